"""The store on disk: generations of an Oxigraph database, of which one is current.

    STORE/
      CURRENT                      the name of the current generation, swapped atomically
      generations/NAME/            an Oxigraph database, never written again once it is current
      generations/NAME/stamp.json  what it was made from, and its counts

A reader opens the current generation read-only and is not touched by later builds; a build writes a
new generation beside it, flushes, and only then moves ``CURRENT``. The default graph of the database
holds the union of ontology, facts, inferred and period graphs, so that a plain query needs no dataset
clause and runs at the engine's own speed; every graph is also there by name.
"""

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
import pyoxigraph as ox

from comity.errors import ComityError, StoreError
from comity.iris import in_union
from comity.optional import require

if TYPE_CHECKING:
    from rdflib import Dataset

#: Form of the store; a program refuses a store of a later form.
FORM = 1
_KEPT_GENERATIONS = 2


def default_path() -> Path:
    """Give the place of the store: ``COMITY_STORE``, or a folder in the user's data directory."""
    return Path(os.environ.get("COMITY_STORE") or platformdirs.user_data_path("comity") / "store")


@dataclass(frozen=True)
class Store:
    """One generation, open for reading."""

    path: Path
    generation: str
    meta: dict[str, Any]
    oxigraph: ox.Store

    def dataset(self) -> "Dataset":
        """Return the generation as an rdflib Dataset over Oxigraph.

        :raises MissingLibraryError: if oxrdflib is not installed.
        """
        require("oxrdflib", "scholars")
        from oxrdflib import OxigraphStore
        from rdflib import Dataset

        return Dataset(store=OxigraphStore(store=self.oxigraph))


def current(path: Path) -> str | None:
    """Give the name of the current generation, or None when nothing was built yet."""
    try:
        return (path / "CURRENT").read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"The store {path} cannot be read: {error.strerror}.") from None


def stamp(path: Path, generation: str | None = None) -> dict[str, Any] | None:
    """Give the stamp of a generation (the current one by default), or None when there is none."""
    name = generation or current(path)
    if name is None:
        return None
    try:
        meta: dict[str, Any] = json.loads((path / "generations" / name / "stamp.json").read_text("utf-8"))
    except (OSError, ValueError):
        raise StoreError(
            f"The store {path} is damaged: its generation {name} has no readable stamp. "
            "Build it again with `comity build --force`."
        ) from None
    if meta.get("form", 0) > FORM:
        raise StoreError(
            f"The store {path} was made by a newer program. Upgrade comity, or name another --store."
        )
    return meta


def open_store(path: Path) -> Store:
    """Open the current generation for reading.

    :raises StoreError: when there is no store, or it is damaged or of a newer program.
    """
    name = current(path)
    meta = stamp(path, name) if name else None
    if name is None or meta is None:
        raise StoreError(f"There is no store in {path}. Make one with `comity build`.")
    try:
        database = ox.Store.read_only(str(path / "generations" / name))
    except OSError as error:
        raise StoreError(
            f"The store {path} cannot be opened: {error}. Build it again with `comity build`."
        ) from None
    return Store(path, name, meta, database)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the store for writing; one process at a time.

    :raises StoreError: when another process holds it, or the folder cannot be written.
    """
    import fcntl

    try:
        path.mkdir(parents=True, exist_ok=True)
        handle = open(path / "LOCK", "w")  # noqa: SIM115  (held until the end of the block)
    except OSError as error:
        raise StoreError(f"The store {path} cannot be written: {error.strerror}.") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"The store {path} is being written by another process. Try again later."
            ) from None
        yield


def write_generation(path: Path, quads: Iterable[ox.Quad], meta: dict[str, Any]) -> str:
    """Write a new generation with these quads and make it current; the caller holds :func:`locked`.

    :raises StoreError: when the disk is full or read-only; the previous generation stays current.
    """

    def fill(database: ox.Store) -> dict[str, Any]:
        database.bulk_extend(_with_union(quads))
        return meta

    return make_generation(path, meta["hash"], fill)


def make_generation(path: Path, digest: str, fill: Callable[[ox.Store], dict[str, Any]]) -> str:
    """Make a generation current that ``fill`` writes, giving its stamp; the caller holds :func:`locked`.

    :raises StoreError: when the disk is full or read-only; the previous generation stays current, as it does
        after any error of ``fill``.
    """
    name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{digest[:12]}-{uuid.uuid4().hex[:4]}"
    folder = path / "generations" / name
    try:
        folder.mkdir(parents=True)
        database = ox.Store(str(folder))
        meta = fill(database)
        database.flush()
        meta = meta | {"form": FORM, "counts": meta["counts"] | {"quads": len(database)}}
        del database
        write_atomically(folder / "stamp.json", json.dumps(meta, indent=1, sort_keys=True))
        write_atomically(path / "CURRENT", name + "\n")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StoreError(
            f"The store {path} cannot be written: {error}. The previous one is untouched."
        ) from None
    except ComityError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _forget_old(path, name)
    return name


def _with_union(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    for quad in quads:
        yield quad
        if in_union(quad.graph_name):
            yield ox.Quad(quad.subject, quad.predicate, quad.object)


def write_atomically(file: Path, text: str) -> None:
    """Write a small file so that a reader, or a crash, meets the old text or the new one, never a part."""
    draft = file.with_name(file.name + ".draft")
    with open(draft, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(draft, file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _forget_old(path: Path, newest: str) -> None:
    """Remove all but the last generations; a reader that still has one open keeps its files until it closes."""
    names = sorted(entry.name for entry in (path / "generations").iterdir() if entry.is_dir())
    for name in names:
        if name != newest and name not in names[-_KEPT_GENERATIONS:]:
            with suppress(OSError):
                shutil.rmtree(path / "generations" / name)
