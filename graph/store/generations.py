"""Generations that follow from the current one by a change: hard-linked, changed, flushed, then made current.

Copying is done by links, so the cost is that of the change and not of the store. A generation that readers have
open is never written to.
"""

import datetime as dt
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.errors import StoreError
from comity.store.database import FORM, current, locked, write_atomically
from comity.store.steps import write_step

#: A generation that is no longer current stays this long, for readers that are about to open it.
KEPT_SECONDS = 60
_STEP = 0.02
#: So many quads are written to files of their own instead of in one transaction.
_MANY = 5000


@contextmanager
def held(path: Path, seconds: float = 30.0) -> Iterator[None]:
    """Hold the store for writing, waiting for other writers.

    :raises StoreError: when it is still held after that time, or cannot be written.
    """
    deadline = time.monotonic() + seconds
    while True:
        lock = locked(path)
        try:
            lock.__enter__()
        except StoreError as error:
            if time.monotonic() > deadline or "another process" not in str(error):
                raise
            time.sleep(_STEP)
            continue
        break
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def prepare(
    path: Path, base: str, removed: Iterable[ox.Quad], added: Iterable[ox.Quad], meta: dict[str, Any]
) -> str:
    """Write a generation that differs from a base by these quads; it is flushed, and not yet current.

    :raises StoreError: when the disk is full or read-only; then nothing is left of it.
    """
    moment = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%f")  # Later generations have later names.
    name = f"{moment}-{meta['hash'][:12]}-{uuid.uuid4().hex[:4]}"
    folder = path / "generations" / name
    try:
        ox.Store.read_only(str(path / "generations" / base)).backup(str(folder))
        database = ox.Store(str(folder))
        going, coming = list(removed), list(added)
        for quad in going:
            database.remove(quad)
        (database.extend if len(coming) < _MANY else database.bulk_extend)(coming)
        database.flush()
        del database
        write_step(folder, base, going, coming)
        write_atomically(folder / "stamp.json", json.dumps(meta | {"form": FORM}, indent=1, sort_keys=True))
        _sync(folder.parent)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StoreError(
            f"The store {path} cannot be written: {error}. Nothing was changed; free some space, "
            "or make the folder writable, and try again."
        ) from None
    return name


def discard(path: Path, name: str) -> None:
    """Remove a generation that was prepared in vain."""
    shutil.rmtree(path / "generations" / name, ignore_errors=True)


def make_current(path: Path, name: str) -> None:
    """Let readers turn to a generation, and forget those that nobody is about to open any more.

    :raises StoreError: when the disk does not take it.
    """
    try:
        write_atomically(path / "CURRENT", name + "\n")
    except OSError as error:
        raise StoreError(f"The store {path} cannot be written: {error.strerror}.") from None
    forget_old(path)


def forget_old(path: Path) -> None:
    """Remove generations that are neither current nor young; also those that a crash left unfinished."""
    present = current(path)
    border = time.strftime("%Y%m%dT%H%M%S", time.gmtime(time.time() - KEPT_SECONDS))
    for entry in (path / "generations").iterdir():
        if entry.name != present and entry.name < border:
            with suppress(OSError):
                shutil.rmtree(entry)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
