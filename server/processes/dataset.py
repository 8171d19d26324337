"""The loaded dataset that workers inherit: one generation of the store, and snapshots built on demand.

The default graph, the only one most queries need, is in memory; the named graphs are read from the generation on disk,
which contains every quad once more. If a query combines as-of graphs, which are built in memory, with named graphs,
the parts of these that it can see are copied into memory.
"""

import os
import resource
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from comity import jsonld
from comity.errors import SnapshotError, StoreError
from comity.iris import BASE
from comity.questions.lookup import Names
from comity.reading.rows import ReportReader
from comity.snapshots.graphs import Snapshots, is_snapshot, parts_for
from comity.sparql.policy import Bounds, QueryRejected
from comity.store import database as stores
from comity.store.steps import Step

#: Our graphs may be empty or not built yet; naming one never fetches anything.
_OURS = BASE + "graph/"
_BOUNDS = Bounds()
#: The number of quads read into memory at once.
_CHUNK = 20_000
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


class LoadedDataset:
    """One generation, with its named graphs and the snapshots this process has built."""

    def __init__(
        self,
        store_path: Path,
        generation: str,
        memory: Store | None,
        keep: int,
        bounds: Bounds,
        snapshots: Snapshots | None = None,
    ) -> None:
        """Open a generation.

        :param memory: its default graph in memory; None if the generation is too large.
        :param keep: the number of snapshots to keep before the least recently used is discarded.
        :param snapshots: the builder of its snapshots, if there is one already.
        :raises StoreError: if it cannot be opened or is damaged.
        """
        self._path = store_path
        self._keep = keep
        self.generation = generation
        self.bounds = bounds
        #: Every quad, on disk.
        self.store = _open_for_workers(store_path, generation)
        #: Answers queries on the default graph alone.
        self.default_graph = self.store if memory is None else memory
        # In memory; if the default graph is on disk, snapshots have a separate store.
        self._memory = Store() if memory is None else memory
        self._in_memory = memory is not None
        #: Quads of the default graph removed and added by steps since a generation was last read whole.
        self._changed = 0
        self.graphs = [graph for graph in self.store.named_graphs() if isinstance(graph, NamedNode)]
        self._names = {graph.value for graph in self.graphs}
        #: The parts of graphs copied into memory: pairs of a graph and a property, None for the whole graph.
        self._copied: set[tuple[NamedNode | DefaultGraph, str | None]] = set()
        self.snapshots = snapshots or Snapshots(self.default_graph, self._memory, keep)
        # Read once here, so that workers inherit it.
        self.snapshots.prepare()
        jsonld.terms()
        #: The reader of reports, with its lexicon, which a worker could not open.
        self.reader = ReportReader(self.store, Names(self.default_graph))

    @classmethod
    def load(
        cls,
        store_path: Path,
        generation: str,
        *,
        memory_quads: int,
        keep: int = 400,
        bounds: Bounds = _BOUNDS,
    ) -> "LoadedDataset":
        """Return a generation, with its default graph in memory unless it has too many quads.

        :raises StoreError: if it cannot be opened.
        """
        stores.check_generation(store_path, generation)
        counts = (stores.stamp(store_path, generation) or {}).get("counts", {})
        memory = None
        if counts.get("quads", 0) <= memory_quads:
            memory = Store()
            quads = _open(store_path, generation).quads_for_pattern(None, None, None, DefaultGraph())
            # All at once would take half as much memory again, and keep it.
            for part in stores.batches(quads, _CHUNK):
                memory.bulk_extend(part)
        return cls(store_path, generation, memory, keep, bounds)

    def advance(self, steps: Sequence[Step]) -> "LoadedDataset | None":
        """Return the generation that steps lead to, sharing this memory; None if it must be read whole.

        This dataset must not be used afterwards. An engine's memory retains removed quads, so after enough of them a
        fresh copy is due.
        """
        parts = [step.in_default_graph() for step in steps]
        changed = self._changed + sum(part.size for part in parts)
        if not self._in_memory or (changed > _LEAST_CHANGED and changed > len(self._memory) // 4):
            return None
        for part in parts:
            if not part.applies_to(self._memory):
                return None
            part.apply_to(self._memory)
        nodes = set().union(*(part.subjects for part in parts))
        snapshots = self.snapshots.after(self._memory, self._memory, nodes)
        later = LoadedDataset(self._path, steps[-1].name, self._memory, self._keep, self.bounds, snapshots)
        later._changed = changed
        return later

    def prepare(self, names: Sequence[str], properties: frozenset[str] | None = None) -> None:
        """Build the snapshots among these graph names, whole or as far as these IRIs can see them.

        :raises QueryRejected: for a name that cannot denote a snapshot.
        """
        wanted = [name for name in dict.fromkeys(names) if is_snapshot(name)]
        if not wanted:
            return
        try:
            self.snapshots.make(wanted, parts_for(properties))
        except SnapshotError as error:
            raise QueryRejected(400, "no-such-snapshot", str(error)) from error

    def store_for(self, names: Sequence[str], properties: frozenset[str] | None = None) -> Store:
        """Return a store that contains these graphs; the empty name is the default graph.

        :param properties: the IRIs that a query mentions, if it can match no other property.
        """
        others = [name for name in names if not is_snapshot(name)]
        if len(others) == len(names):
            return self.store
        if others and not self._in_memory:
            raise QueryRejected(
                501,
                "graphs-kept-apart",
                "This store is queried from disk, where a query cannot combine as-of graphs with others.",
                "Ask in two queries, or raise COMITY_MEMORY_QUADS to load the store into memory.",
            )
        self._copy((NamedNode(name) for name in others if name in self._names), properties)
        return self._memory

    def in_memory(self, names: Iterable[str], properties: frozenset[str] | None) -> Store:
        """Return a store in memory that contains the default graph and these graphs, as far as a query can see them.

        :param properties: the IRIs that the query mentions; None if it can match any property.
        """
        graphs = [NamedNode(name) for name in names if name in self._names]
        self._copy(graphs if self._in_memory else [DefaultGraph(), *graphs], properties)
        return self._memory

    def _copy(self, graphs: Iterable[NamedNode | DefaultGraph], properties: frozenset[str] | None) -> None:
        """Copy into memory the parts of graphs that a query can see."""
        for graph in graphs:
            self._memory.add_graph(graph)
            for name in [None] if properties is None else properties:
                if not self._copied.isdisjoint(((graph, name), (graph, None))):
                    continue
                node = None if name is None else NamedNode(name)
                self._memory.extend(self.store.quads_for_pattern(None, node, None, graph))
                self._copied.add((graph, name))

    def unknown(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the names of graphs that do not exist, and so are empty: nothing is ever fetched."""
        others = (name for name in names if name not in self._names and not name.startswith(_OURS))
        return tuple(name for name in others if not is_snapshot(name))


def _open(store_path: Path, generation: str) -> Store:
    try:
        return Store.read_only(str(store_path / "generations" / generation))
    except OSError as error:
        raise StoreError(f"The store {store_path} cannot be opened: {error}. Run `comity build`.") from error


def _open_for_workers(store_path: Path, generation: str) -> Store:
    """Return a generation on disk with every file open, since workers cannot open any; else a copy in memory."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    disk = _open(store_path, generation)
    folder = (store_path / "generations" / generation).resolve()
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
