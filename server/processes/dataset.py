"""The loaded dataset that workers inherit: one generation of the store, and snapshots built on demand.

Queries are answered from the generation on disk, which is never modified. Snapshots are therefore built in memory,
together with what the shipped questions combine with them. For a query that combines them with anything else, they are
built in a copy of the generation, which shares its files.
"""

import os
import resource
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store

from comity import jsonld
from comity.errors import SnapshotError, StoreError
from comity.iris import BASE, PREFIXES
from comity.questions.lookup import Names
from comity.questions.questions import questions, snapshots_of
from comity.reading.rows import ReportReader
from comity.server.processes.shared_calendar import read_shared
from comity.snapshots import perspectives
from comity.snapshots.graphs import Snapshots, is_snapshot, parts_for
from comity.sparql.policy import Bounds, Match, QueryRejected, matches, properties
from comity.store import database as stores
from comity.store.steps import Step

#: Our graphs may be empty or not built yet; naming one never fetches anything.
_OURS = BASE + "graph/"
_BOUNDS = Bounds()
#: The number of quads read into memory at once, and of threads that read the whole of it.
_CHUNK, _THREADS = 20_000, 2
#: This many quads may change before a fresh copy is due; fewer waste too little memory to matter.
_LEAST_CHANGED = 20_000


def current_generation(store_path: Path) -> str:
    """Return the name of the store's current generation.

    :raises StoreError: if there is none.
    """
    name = stores.current(store_path)
    if name is None:
        raise StoreError(f"There is no store in {store_path}. Run `comity build` to create one.")
    return name


def copies_folder(store_path: Path, runtime: Path) -> Path:
    """Return the folder for copies of generations: in the store, so that they share its files, if it can be written."""
    return (store_path if os.access(store_path, os.W_OK) else runtime) / "copies"


def remove_abandoned_copies(folder: Path) -> None:
    """Remove the copies in a folder whose workers have ended: one that is killed cannot do so itself."""
    for copy in folder.glob("*"):
        if not Path("/proc", copy.name).exists():
            shutil.rmtree(copy, ignore_errors=True)


class NeedsFreshWorker(Exception):
    """A query needs files that a worker can no longer open."""


class LoadedDataset:
    """One generation, with its named graphs and the snapshots this process has built."""

    def __init__(
        self,
        store_path: Path,
        generation: str,
        memory: Store,
        copied: frozenset[Match],
        keep: int,
        bounds: Bounds,
    ) -> None:
        """Open a generation.

        :param memory: what these matches contain of its default graph; snapshots are built there.
        :param keep: the number of snapshots to keep before the least recently used is discarded.
        :raises StoreError: if it cannot be opened or is damaged.
        """
        self._path = store_path
        self._keep = keep
        #: Whether everything is in memory that is ever to be.
        self.is_whole = True
        #: A file in which other processes may share what is in force on any day.
        self.shared: Path | None = None
        self.generation = generation
        self.bounds = bounds
        #: Every quad, on disk.
        self.store = _open_for_workers(_folder(store_path, generation))
        self._memory = memory
        self._matches = copied
        #: Quads in memory removed and added by steps since a generation was last read whole.
        self._changed = 0
        self.graphs = [graph for graph in self.store.named_graphs() if isinstance(graph, NamedNode)]
        self._names = {graph.value for graph in self.graphs}
        #: What this process has copied into memory: None for a whole graph.
        self._copied: set[tuple[NamedNode | DefaultGraph, Match | None]]
        self._copied = {(DefaultGraph(), match) for match in copied}
        #: The copy that this process has made for a query, with the text of that.
        self._own_copy: tuple[str, Store] | None = None
        self.snapshots = Snapshots(self.store, memory, keep)
        # Files that a worker could not open.
        jsonld.terms()
        perspectives.prepare()
        #: The reader of reports, with its lexicon, which a worker could not open.
        self.reader = ReportReader(self.store, Names(self.store))

    @classmethod
    def load(
        cls,
        store_path: Path,
        generation: str,
        *,
        memory_quads: int,
        at_once: bool = False,
        keep: int = 400,
        bounds: Bounds = _BOUNDS,
        shared: Path | None = None,
    ) -> "LoadedDataset":
        """Return a generation; if it has at most this many quads, with what questions combine with snapshots in memory.

        :param at_once: whether to leave that out, which takes most of the time; ``is_whole`` is then false.
        :param shared: a file in which other processes may share what is in force on any day.
        :raises StoreError: if it cannot be opened.
        """
        stores.check_generation(store_path, generation)
        counts = (stores.stamp(store_path, generation) or {}).get("counts", {})
        combined = _combined() if counts.get("quads", 0) <= memory_quads else frozenset()
        memory, matches = Store(), frozenset() if at_once else combined
        dataset = cls(store_path, generation, memory, matches, keep, bounds)
        dataset.shared = shared
        dataset.read_calendar()
        if at_once:
            dataset.is_whole = False
            return dataset
        # Read once here, so that workers inherit it, and the blocks that the engine has read for it.
        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(partial(_load, dataset.store, memory), combined))
        dataset.snapshots.prepare()
        return dataset

    def read_calendar(self) -> None:
        """Take over what is in force on any day from another process, if it has shared that and this one lacks it."""
        if self.shared is None or not self.snapshots.calendar.is_unread:
            return
        if calendar := read_shared(self.store, self.generation, self._path, self.shared):
            self.snapshots.calendar = calendar

    def advance(self, steps: Sequence[Step]) -> "LoadedDataset | None":
        """Return the generation that steps lead to, sharing this memory; None if it must be read whole.

        This dataset must not be used afterwards. An engine's memory retains removed quads, so after enough of them a
        fresh copy is due.
        """
        parts = [step.in_default_graph() for step in steps]
        copied = [part.restricted_to(self._is_in_memory) for part in parts]
        changed = self._changed + sum(part.size for part in copied)
        if changed > _LEAST_CHANGED and changed > len(self._memory) // 4:
            return None
        for part in copied:
            if not part.applies_to(self._memory):
                return None
            part.apply_to(self._memory)
        later = LoadedDataset(
            self._path, steps[-1].name, self._memory, self._matches, self._keep, self.bounds
        )
        nodes = set().union(*(part.subjects for part in parts))
        later.snapshots = self.snapshots.after(later.store, self._memory, nodes)
        if self.is_whole:
            later.snapshots.prepare()
        later._changed = changed
        later.is_whole, later.shared = self.is_whole, self.shared
        return later

    def _is_in_memory(self, quad: Quad) -> bool:
        name = quad.predicate.value
        value = quad.object.value if isinstance(quad.object, NamedNode) else None
        return not self._matches.isdisjoint((Match(name), Match(name, value)))

    def prepare(self, names: Sequence[str], seen: frozenset[str] | None = None) -> None:
        """Build the snapshots among these graph names, whole or as far as these IRIs can see them.

        :raises QueryRejected: for a name that cannot denote a snapshot.
        """
        wanted = [name for name in dict.fromkeys(names) if is_snapshot(name)]
        if wanted:
            _build(self.snapshots, wanted, seen)

    def store_for(self, names: Sequence[str], text: str = "") -> Store:
        """Return a store that contains these graphs, as far as a query can see them.

        :param names: the IRIs of the graphs; the empty one is the default graph.
        :param text: the query; empty to see all of a single graph.
        :raises QueryRejected: if a name does not denote a snapshot.
        :raises NeedsFreshWorker: if a copy of the generation is needed, which only a new process can make.
        """
        if not any(map(is_snapshot, names)):
            return self.store
        if self._needs_copy(names, text):
            if self._own_copy is None or self._own_copy[0] != text:
                raise NeedsFreshWorker
            return self._own_copy[1]
        self.prepare(names, properties(text, PREFIXES) if text else None)
        return self._memory

    def copy_for(self, names: Sequence[str], text: str, folder: Path) -> None:
        """If a query needs a copy of the generation, make it in a folder, with the snapshots that the query names.

        :raises QueryRejected: if a name does not denote a snapshot, or there is no space.
        """
        wanted = [name for name in dict.fromkeys(names) if is_snapshot(name)]
        if not wanted or not self._needs_copy(names, text):
            return
        try:
            folder.parent.mkdir(exist_ok=True)
            self.store.backup(str(folder))
            builder = self.snapshots.after(self.store, Store(str(folder)), frozenset())
            _build(builder, wanted, properties(text, PREFIXES))
            del builder.target
            self._own_copy = text, _open_for_workers(folder)
        except OSError as error:
            raise QueryRejected(
                503,
                "no-space",
                f"The store cannot be copied for this query: {error}.",
                "Ask for as-of graphs alone; the operator of the server can make room beside the store.",
            ) from error
        finally:
            # The files are open, so they remain until this process ends.
            shutil.rmtree(folder, ignore_errors=True)

    def _needs_copy(self, names: Sequence[str], text: str) -> bool:
        """Return whether a query on snapshots may match anything that is not in memory."""
        if not self._names.isdisjoint(names):
            return True
        found = matches(text, PREFIXES, in_graphs=False) if "" in names else frozenset()
        return found is None or not all(map(self._is_in_memory_if_any, found))

    def _is_in_memory_if_any(self, match: Match) -> bool:
        known = not self._matches.isdisjoint((match, Match(match.property)))
        return known or next(_matching(self.store, match, DefaultGraph()), None) is None

    def in_memory(self, names: Iterable[str], found: frozenset[Match] | None) -> Store:
        """Return a store in memory with the snapshots built so far and these graphs, as far as a pattern can see them.

        :param names: the IRIs of the graphs; the empty one is the default graph.
        :param found: what the pattern may match in them; None for everything.
        """
        for name in names:
            if name == "":
                self._copy(DefaultGraph(), found)
            elif name in self._names:
                self._memory.add_graph(NamedNode(name))
                self._copy(NamedNode(name), found)
        return self._memory

    def _copy(self, graph: NamedNode | DefaultGraph, found: frozenset[Match] | None) -> None:
        for match in [None] if found is None else found:
            within = {None, match} if match is None else {None, match, Match(match.property)}
            if self._copied.isdisjoint((graph, known) for known in within):
                _copy(self._memory, _matching(self.store, match, graph))
                self._copied.add((graph, match))

    def unknown(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the names of graphs that do not exist, and so are empty: nothing is ever fetched."""
        others = (name for name in names if name not in self._names and not name.startswith(_OURS))
        return tuple(name for name in others if not is_snapshot(name))


def _combined() -> frozenset[Match]:
    """Return what questions may match in the default graph in addition to snapshots."""
    texts = (question.sparql for question in questions().values() if snapshots_of(question.sparql))
    return frozenset().union(*(matches(text, PREFIXES, in_graphs=False) or () for text in texts))


def _build(builder: Snapshots, names: Sequence[str], seen: frozenset[str] | None) -> None:
    try:
        builder.make(names, parts_for(seen))
    except SnapshotError as error:
        raise QueryRejected(400, "no-such-snapshot", str(error)) from error


def _copy(memory: Store, quads: Iterable[Quad]) -> None:
    # All at once would take half as much memory again, and keep it.
    for part in stores.batches(quads, _CHUNK):
        memory.bulk_extend(part)


def _load(store: Store, memory: Store, match: Match) -> None:
    """Copy what a match finds in the default graph as text, for which the engine needs no lock of the interpreter.

    Blank nodes get other names; only axioms of the ontology have any, which no question combines with snapshots.
    """
    pattern = f"?s <{match.property}> {f'<{match.value}>' if match.value else '?o'}"
    found: Any = store.query(f"CONSTRUCT {{ {pattern} }} WHERE {{ {pattern} }}")
    memory.load(found.serialize(format=RdfFormat.N_TRIPLES), format=RdfFormat.N_TRIPLES, lenient=True)


def _matching(store: Store, match: Match | None, graph: NamedNode | DefaultGraph) -> Iterator[Quad]:
    name = NamedNode(match.property) if match else None
    value = NamedNode(match.value) if match and match.value else None
    return store.quads_for_pattern(None, name, value, graph)


def _folder(store_path: Path, generation: str) -> Path:
    return (store_path / "generations" / generation).resolve()


def _open(folder: Path) -> Store:
    try:
        return Store.read_only(str(folder))
    except OSError as error:
        raise StoreError(f"The store in {folder} cannot be opened: {error}. Run `comity build`.") from error


def _open_for_workers(folder: Path) -> Store:
    """Return a generation on disk with every file open, since workers cannot open any; else a copy in memory."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    disk = _open(folder)
    files = {str(file) for file in folder.glob("*.sst")}
    graphs: list[Any] = [DefaultGraph(), *disk.named_graphs()]
    for sample in (1, 10, 100, 1000):
        if files <= _open_files():
            return disk
        for graph in graphs:
            for quad in islice(disk.quads_for_pattern(None, None, None, graph), sample):
                _touch(disk, quad)
    if files <= _open_files():
        return disk
    memory = Store()
    memory.bulk_extend(disk.quads_for_pattern(None, None, None, None))
    for graph in disk.named_graphs():
        memory.add_graph(graph)
    return memory


def _touch(store: Store, quad: Quad) -> None:
    """Look a quad up in every index."""
    s, p, o, g = quad.subject, quad.predicate, quad.object, quad.graph_name
    for subject, predicate, value in ((s, None, None), (None, p, None), (None, None, o)):
        for graph in (g, None):
            next(iter(store.quads_for_pattern(subject, predicate, value, graph)), None)


def _open_files() -> set[str]:
    found = set()
    for entry in os.scandir("/proc/self/fd"):
        with suppress(OSError):
            found.add(os.readlink(entry.path))
    return found
