"""The store on disk: generations of an Oxigraph database, one of which is current.

    STORE/
      CURRENT                      the name of the current generation, swapped atomically
      generations/NAME/            an Oxigraph database, never written again once it is current
      generations/NAME/stamp.json  what it was made from, and its counts

A reader opens the current generation read-only and is not affected by later builds; a build writes a
new generation next to it, flushes, and only then moves ``CURRENT``. The default graph of the database
is the union of the ontology, facts, inferred and period graphs, so a plain query needs no dataset
clause and runs at the engine's full speed; each graph is also available by name.
"""

import datetime as dt
import json
import os
import shutil
import tempfile
import time
import uuid
import weakref
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import platformdirs
import pyoxigraph as ox

from comity.errors import DamagedError, StoreError, require
from comity.iris import in_union
from comity.snapshots.graphs import Snapshots
from comity.store.digests import damage, digests
from comity.store.steps import is_large, write_step

if TYPE_CHECKING:
    from rdflib import Dataset

#: The format of the store; a program refuses a store in a later format.
FORM = 1
#: The seconds for which a superseded generation is kept for readers that still use it: they open its files one by
#: one.
KEPT_SECONDS = 60
_LOCK, _LOCK_INTERVAL = "LOCK", 0.02
#: The number of quads from which they are written to separate files instead of in one transaction.
_BULK = 5000
#: The number of quads indexed together: all at once takes gigabytes, and smaller parts are merged more often.
_CHUNK = 60_000
#: The maximum number of parts waiting to be indexed; more would fill the memory if the disk is slow.
_WAITING = 8
_Item = TypeVar("_Item")


def default_path() -> Path:
    """Return the location of the store: ``COMITY_STORE``, or a folder in the user's data directory."""
    return Path(os.environ.get("COMITY_STORE") or platformdirs.user_data_path("comity") / "store")


@dataclass(frozen=True)
class Store:
    """One generation, open for reading."""

    path: Path
    generation: str
    meta: dict[str, Any]
    oxigraph: ox.Store

    @cached_property
    def snapshots(self) -> Snapshots:
        """The builder of snapshots of this generation, in a copy of it that is removed with this object.

        If both are on one file system, the copy shares the generation's files and takes milliseconds.

        :raises StoreError: if there is no space for it.
        """
        try:
            folder = Path(tempfile.mkdtemp(prefix="comity-"))
            try:
                self.oxigraph.backup(str(folder / self.generation))
                copy = ox.Store(str(folder / self.generation))
            except OSError:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        except OSError as error:
            raise StoreError(
                f"The store {self.path} cannot be copied for its snapshots: {error}. "
                "Make room for temporary files, or set TMPDIR."
            ) from None
        snapshots = Snapshots(self.oxigraph, copy)
        weakref.finalize(self, _remove_copy, snapshots, folder)
        return snapshots

    def dataset(self) -> "Dataset":
        """Return the generation as an rdflib Dataset over Oxigraph.

        :raises MissingLibraryError: if oxrdflib is not installed.
        """
        require("oxrdflib", "scholars")
        from oxrdflib import OxigraphStore
        from rdflib import Dataset

        return Dataset(store=OxigraphStore(store=self.oxigraph))


def _remove_copy(snapshots: Snapshots, folder: Path) -> None:
    del snapshots.target  # An open database would write to its folder during removal.
    shutil.rmtree(folder, ignore_errors=True)


def current(path: Path) -> str | None:
    """Return the name of the current generation, or None if nothing has been built yet.

    :raises StoreError: if the store cannot be read.
    """
    try:
        return (path / "CURRENT").read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"The store {path} cannot be read: {error.strerror}.") from None


def stamp(path: Path, generation: str | None = None) -> dict[str, Any] | None:
    """Return the stamp of a generation (the current one by default), or None if there is none.

    :raises StoreError: if the stamp cannot be read, or was written by a newer program.
    """
    name = generation or current(path)
    if name is None:
        return None
    try:
        meta: dict[str, Any] = json.loads((path / "generations" / name / "stamp.json").read_text("utf-8"))
    except (OSError, ValueError):
        raise _damaged(path, f"its generation {name} has no readable stamp") from None
    if meta.get("form", 0) > FORM:
        raise StoreError(
            f"The store {path} was made by a newer program. Upgrade comity, or name another --store."
        )
    return meta


def open_store(path: Path) -> Store:
    """Return the current generation, open for reading.

    :raises StoreError: if there is no store, or it is damaged or was written by a newer program.
    """
    name = current(path)
    meta = stamp(path, name) if name else None
    if name is None or meta is None:
        raise StoreError(f"There is no store in {path}. Make one with `comity build`.")
    try:
        database = ox.Store.read_only(str(path / "generations" / name))
    except (OSError, RuntimeError) as error:
        raise _damaged(path, f"its generation {name} cannot be opened, {error}") from None
    return Store(path, name, meta, database)


def _damaged(path: Path, what: str) -> DamagedError:
    return DamagedError(f"The store {path} is damaged: {what}. Build it again with `comity build --force`.")


def check_generation(path: Path, name: str) -> None:
    """Check that the files of a generation are those it was published with.

    :raises DamagedError: if files are missing or altered, with their names.
    """
    said = (stamp(path, name) or {}).get("files", {})  # Stores from before 0.3 have none.
    if words := damage(path / "generations" / name, said) if said else "":
        raise _damaged(path, f"of the files of its generation {name} are {words}")


def stamps(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the readable stamps: that of the current generation, then those of the others, latest first."""
    present = current(path)
    folders = path / "generations"
    names = sorted((entry.name for entry in folders.iterdir()), reverse=True) if folders.is_dir() else []
    for name in [present] * (present is not None) + [name for name in names if name != present]:
        with suppress(DamagedError):
            if found := stamp(path, name):
                yield found


@contextmanager
def write_lock(path: Path, timeout: float = 30.0) -> Iterator[None]:
    """Lock the store for writing; one process at a time.

    :param timeout: the seconds to wait for other writers.
    :raises StoreError: if another process still holds the lock then, or the folder cannot be written.
    """
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    deadline = time.monotonic() + timeout
    while (lock := _lock(path)) is None:
        if time.monotonic() >= deadline:
            raise StoreError(f"The store {path} is being written by another process. Try again later.")
        time.sleep(_LOCK_INTERVAL)
    try:
        yield
    finally:
        if made:
            _remove_unused(path, made)
        os.close(lock)


def _lock(path: Path) -> int | None:
    """Return a handle that holds the lock of a store, or None if another process holds it."""
    import fcntl

    try:
        path.mkdir(parents=True, exist_ok=True)
        handle = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise StoreError(f"The store {path} cannot be written: {error.strerror}.") from None
    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The previous holder may have removed an unfinished store, and this lock with it.
        if os.path.samestat(os.fstat(handle), os.stat(path / _LOCK)):
            return handle
    os.close(handle)
    return None


def _remove_unused(path: Path, made: Iterable[Path]) -> None:
    """Remove what was created for a store that was never finished: its lock and its folders."""
    with suppress(OSError):
        (path / "generations").rmdir()
    with suppress(OSError):
        if os.listdir(path) == [_LOCK]:
            (path / _LOCK).unlink()
        for folder in made:  # Innermost first, up to the first that is not empty.
            folder.rmdir()


class GenerationWriter:
    """A new generation, written in parts while others are still being derived.

    Oxigraph indexes serialised triples without holding the interpreter's lock, so a thread writes in parallel with the
    derivation. Only one: with two loading into one database, the engine once crashed with a segmentation fault, and
    a second saves no processor time. Every generation starts empty, and nobody reads it before it is published.
    As a context manager, it removes a generation not published by the end. The caller holds :func:`write_lock`.
    """

    def __init__(self, path: Path, digest: str) -> None:
        """Begin a generation in a store.

        :param digest: the hash of what it is built from.
        :raises StoreError: if the store cannot be written.
        """
        self.name = new_name(digest)
        self._path, self._folder = path, path / "generations" / self.name
        self._published = False
        with self._store_errors():
            self._folder.mkdir(parents=True)
            self._database = ox.Store(str(self._folder))
        self._thread = ThreadPoolExecutor(1)
        self._parts: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)
        if not self._published:
            self._close()
            discard(self._path, self.name)

    def add_triples(self, triples: Iterable[ox.Triple], graph: ox.NamedNode) -> None:
        """Write triples to a named graph, and to the default graph if that includes it."""
        graphs = (graph, None) if in_union(graph) else (graph,)
        for part in batches(triples, _CHUNK):
            self._submit(part, ox.RdfFormat.N_TRIPLES, *graphs)

    def add_quads(self, quads: Iterable[ox.Quad]) -> None:
        """Write quads to their graphs, and to the default graph if that includes them."""
        for part in batches(quads, _CHUNK):
            union = [quad.triple for quad in part if in_union(quad.graph_name)]
            self._submit(part, ox.RdfFormat.N_QUADS, None)
            self._submit(union, ox.RdfFormat.N_TRIPLES, None)

    def add_schema(self, quads: Iterable[ox.Quad]) -> None:
        """Write quads that may have blank nodes: these keep their labels, which loading a text would change."""
        with self._store_errors():
            self._database.extend(with_union(quads))

    def publish(self, meta: dict[str, Any]) -> None:
        """Wait until all is written, and make the generation current.

        :raises StoreError: if the disk is full or read-only; the previous generation stays current.
        """
        with self._store_errors():
            for part in self._parts:
                part.result()
            # Otherwise readers, which cannot compact, would merge some twenty files of each index on every look-up.
            self._database.optimize()
            self._database.flush()
            meta = meta | {"form": FORM, "counts": meta["counts"] | {"quads": len(self._database)}}
            meta["graphs"] = graph_sizes(self._database)
            self._close()
            meta["files"] = digests(self._folder)
            write_atomically(self._folder / "stamp.json", json.dumps(meta, indent=1, sort_keys=True))
            write_atomically(self._path / "CURRENT", self.name + "\n")
            self._published = True
        prune(self._path, keep=2)  # Full generations, which share no files.

    def _submit(
        self,
        part: list[ox.Triple] | list[ox.Quad],
        form: ox.RdfFormat,
        *graphs: ox.NamedNode | None,
    ) -> None:
        """Submit one part for indexing in each graph, None being the default; text takes a third of the memory."""
        text = ox.serialize(part, format=form)
        if len(self._parts) >= _WAITING:
            with self._store_errors():
                self._parts.pop(0).result()
        self._parts.append(self._thread.submit(self._load, text, form, *graphs))

    def _load(self, text: bytes | None, form: ox.RdfFormat, *graphs: ox.NamedNode | None) -> None:
        for graph in graphs:
            self._database.bulk_load(text, format=form, to_graph=graph, lenient=True)

    def _close(self) -> None:
        self.__dict__.pop("_database", None)

    @contextmanager
    def _store_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            discard(self._path, self.name)
            raise StoreError(
                f"The store {self._path} cannot be written: {error}. The previous one is untouched."
            ) from None


#: The number of quads ``?n`` of each named graph ``?g``.
GRAPH_SIZES = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"


def graph_sizes(store: ox.Store) -> dict[str, int]:
    """Return the number of quads of each named graph, by counting them all."""
    rows = store.query(GRAPH_SIZES)
    assert isinstance(rows, ox.QuerySolutions)
    return {row["g"].value: int(row["n"].value) for row in rows if isinstance(row["g"], ox.NamedNode)}


def batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Yield lists of a number of items, the last of the remainder; from Python 3.12 on, itertools.batched."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def prepare(
    path: Path,
    base: str,
    store: ox.Store,
    removed: Iterable[ox.Quad],
    added: Iterable[ox.Quad],
    meta: dict[str, Any],
) -> str:
    """Write a generation that differs from a base by these quads; it is durable, but not yet current.

    The files of the base are hard-linked, so the cost depends on the size of the change and not of the store. The base
    itself, which readers have open, is never written to.

    :param store: the base, open.
    :returns: the name of the generation.
    :raises StoreError: if the disk is full or read-only; the unfinished generation is removed.
    """
    name = new_name(content_of(meta))
    folder = path / "generations" / name
    try:
        store.backup(str(folder))
        database = ox.Store(str(folder))
        going, coming = (
            sorted(removed, key=str),
            list(added),
        )  # Sorted like the index, which halves the time.
        for quad in going:
            database.remove(quad)
        for graph in {quad.graph_name for quad in going} - {ox.DefaultGraph()}:
            if next(database.quads_for_pattern(None, None, None, graph), None) is None:
                database.remove_graph(graph)  # Empty graphs do not exist.
        (database.extend if len(coming) < _BULK else database.bulk_extend)(coming)
        if is_large(len(going)):
            database.optimize()  # Otherwise reading passes over what was removed, and takes twice as long.
        database.flush()
        del database
        write_step(folder, base, going, coming)
        meta = meta | {"files": digests(folder, path / "generations" / base, meta.get("files"))}
        write_atomically(folder / "stamp.json", json.dumps(meta | {"form": FORM}, indent=1, sort_keys=True))
        sync_folder(folder.parent)
    except OSError as error:
        discard(path, name)
        raise StoreError(
            f"The store {path} cannot be written: {error}. Nothing was changed; free some space, "
            "or make the folder writable, and try again."
        ) from None
    return name


def content_of(meta: Mapping[str, Any]) -> str:
    """Return the digest of a generation's content: of what it was built from, and of each change since."""
    content: str = meta.get("content") or meta["hash"]
    return content


def new_name(digest: str) -> str:
    """Return a name for a generation; later names sort later."""
    moment = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%f")
    return f"{moment}-{digest[:12]}-{uuid.uuid4().hex[:4]}"


def discard(path: Path, name: str) -> None:
    """Remove a generation that will not become current."""
    shutil.rmtree(path / "generations" / name, ignore_errors=True)


def make_current(path: Path, name: str) -> None:
    """Publish a generation: readers switch to it; generations that no reader will open any more are removed.

    :raises StoreError: if it cannot be written to disk.
    """
    try:
        write_atomically(path / "CURRENT", name + "\n")
    except OSError as error:
        raise StoreError(f"The store {path} cannot be written: {error.strerror}.") from None
    prune(path)


def prune(path: Path, keep: int | None = None) -> None:
    """Remove generations that have not been current for a while, including those left unfinished by a crash.

    :param keep: the maximum number of the latest to keep, regardless of age.
    """
    present = current(path)
    border = time.strftime("%Y%m%dT%H%M%S", time.gmtime(time.time() - KEPT_SECONDS))
    names = sorted(entry.name for entry in (path / "generations").iterdir() if entry.is_dir())
    latest = names if keep is None else names[-keep:]
    # A generation is superseded when the next is created; the last counts from its own creation.
    for name, next_one in zip(names, [*names[1:], *names[-1:]], strict=True):
        if name != present and (next_one < border or name not in latest):
            shutil.rmtree(path / "generations" / name, ignore_errors=True)


def with_union(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield quads, repeating those of the union in the default graph."""
    for quad in quads:
        yield quad
        if in_union(quad.graph_name):
            yield ox.Quad(quad.subject, quad.predicate, quad.object)


def write_atomically(file: Path, text: str) -> None:
    """Write a small file atomically: readers, even after a crash, find either the old text or the new one."""
    draft = file.with_name(file.name + ".draft")
    make_anew(draft)
    with open(draft, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(draft, file)
    sync_folder(file.parent)


def make_anew(draft: Path) -> None:
    """Create an empty file for a replacement; an existing file of that name is removed, and no link is followed.

    :raises OSError: if it cannot be created.
    """
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))


def sync_folder(folder: Path) -> None:
    """Flush the entries of a folder to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
