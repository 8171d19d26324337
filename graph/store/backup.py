"""Copies of a store: a backup taken while it is served and written, and the way back from one.

A backup holds the current generation, the change log and the digests of tokens, all of one moment. It is written
beside its final name and renamed, so that a folder of that name is always a whole backup.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from comity.errors import StoreError
from comity.store.changelog import NAME, ChangeLog
from comity.store.database import current, make_current, open_store, stamp, write_atomically, write_lock


@dataclass(frozen=True)
class Copy:
    """What a backup or a restore has copied."""

    path: Path
    generation: str
    changes: int


def backup(store: Path, target: Path) -> Copy:
    """Copy a store, which others may read meanwhile; writers wait.

    :param target: the folder of the backup, new or empty.
    :returns: the generation that was copied, and the number of the last change in it.

    :raises StoreError: when the target is there already, or cannot be written.
    """
    if target.exists() and any(target.iterdir() if target.is_dir() else [target]):
        raise StoreError(f"{target} is there already and is not empty. Name a new folder for the backup.")
    draft = target.with_name(target.name + ".draft")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        (draft / "generations").mkdir(parents=True)
        with write_lock(store):
            disk = open_store(store)
            folder = draft / "generations" / disk.generation
            disk.oxigraph.backup(str(folder))
            _apart(folder)
            shutil.copy2(store / "generations" / disk.generation / "stamp.json", folder / "stamp.json")
            _copy_log(store, draft / NAME)
        write_atomically(draft / "CURRENT", disk.generation + "\n")
        if target.exists():
            target.rmdir()
        os.replace(draft, target)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise StoreError(f"The backup {target} cannot be written: {error}. Nothing is left of it.") from None
    return Copy(target, disk.generation, ChangeLog(target).head().number)


def _apart(folder: Path) -> None:
    """Turn links into files of their own, so that damage to one copy is not damage to both."""
    for file in folder.iterdir():
        if file.is_file() and file.stat().st_nlink > 1:
            copy = file.with_name(file.name + ".copy")
            shutil.copy2(file, copy)
            os.replace(copy, file)


def check(folder: Path) -> Copy:
    """Check that a backup is whole (generation, counts and change log agree) and return what it holds.

    :raises StoreError: when anything is missing or damaged.
    """
    name = current(folder)
    if name is None:
        raise StoreError(
            f"{folder} is not a backup: it has no CURRENT file. Name a folder that `comity backup` made."
        )
    meta = stamp(folder, name) or {}
    disk = open_store(folder)
    quads, said = len(disk.oxigraph), meta.get("counts", {}).get("quads")
    if quads != said:
        raise StoreError(
            f"The backup {folder} is damaged: it holds {quads:,} quads, and its stamp says {said:,}."
        )
    head = ChangeLog(folder).verify()
    if head.number < meta.get("journal", {}).get("number", 0):
        raise StoreError(
            f"The backup {folder} is damaged: its change log is shorter than its generation says."
        )
    return Copy(folder, name, head.number)


def restore(store: Path, folder: Path) -> Copy:
    """Replace a store by a backup. It may be served meanwhile: readers turn to the backup once it is whole.

    The change log that was there is kept beside the new one, under the name of its last change.

    :returns: the generation that is current now, and the number of the last change in it.
    :raises StoreError: when the backup is damaged or the store cannot be written; then nothing has changed.
    """
    found = check(folder)
    with write_lock(store):
        name = found.generation
        target = store / "generations" / name
        try:
            if not target.exists():
                draft = store / "generations" / f"0-{name}.draft"
                shutil.rmtree(draft, ignore_errors=True)
                ox.Store.read_only(str(folder / "generations" / name)).backup(str(draft))
                shutil.copy2(folder / "generations" / name / "stamp.json", draft / "stamp.json")
                _apart(draft)
                os.replace(draft, target)
            _replace_log(store, folder)
            make_current(store, name)
        except OSError as error:
            raise StoreError(f"The store {store} cannot be written: {error}. It is as it was.") from None
    return Copy(store, name, found.changes)


def _copy_log(store: Path, file: Path) -> None:
    """Copy the change log to a file, new or in use, by SQLite's backup API: whole or not at all.

    :raises StoreError: when it cannot be read or written.
    """
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # It holds the digests of tokens.
    with ChangeLog(store).connection() as source, closing(sqlite3.connect(file, timeout=30)) as copy:
        copy.execute("PRAGMA synchronous = FULL")
        source.backup(copy)


def _replace_log(store: Path, folder: Path) -> None:
    """Replace the change log of the store by that of a backup; the old one is kept under another name."""
    head = ChangeLog(store).head()
    if head.number and head != ChangeLog(folder).head():
        _copy_log(store, store / f"changes-until-{head.number}-{head.digest[:8]}.sqlite")
    _copy_log(folder, store / NAME)
