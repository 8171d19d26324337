"""Copies of a store: backups taken while it is served and written, and restoring from them.

A backup contains the current generation, the change log and the digests of tokens, all from the same moment, and the
readers' reports. It is written under a temporary name and then renamed, so a folder with the final name is complete.
"""

import json
import os
import shutil
import sqlite3
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

from comity.errors import DamagedError, StoreError
from comity.store.changelog import NAME, ChangeLog, insert_tokens, token_rows
from comity.store.database import (
    check_generation,
    current,
    make_current,
    open_store,
    stamp,
    write_atomically,
    write_lock,
)
from comity.store.digests import digests
from comity.store.reports import Reports


@dataclass(frozen=True)
class Copy:
    """What a backup or a restore copied.

    :ivar left_out: sentences on what was not copied, or was set aside.
    """

    path: Path
    generation: str
    changes: int
    left_out: tuple[str, ...] = ()


def backup(store: Path, target: Path) -> Copy:
    """Copy a store while others may read it; writers wait, unless the store is read-only.

    :param target: the folder for the backup, new or empty.
    :returns: the generation that was copied, and the number of the last change in it.

    :raises StoreError: if the target already exists or cannot be written.
    :raises DamagedError: if the store is damaged.
    """
    if target.exists() and any(target.iterdir() if target.is_dir() else [target]):
        raise StoreError(f"{target} is there already and is not empty. Name a new folder for the backup.")
    draft = target.with_name(target.name + ".draft")
    writable = os.access(store, os.W_OK, effective_ids=True)
    try:
        shutil.rmtree(draft, ignore_errors=True)
        (draft / "generations").mkdir(parents=True)
        with write_lock(store) if writable else nullcontext():
            name = open_store(store).generation
            _copy_generation(store, draft, name)
            _copy_log(store, draft / NAME)
        left_out = _copy_reports(store, draft)
        write_atomically(draft / "CURRENT", name + "\n")
        copied = _checked(draft)
        if target.exists():
            target.rmdir()
        os.replace(draft, target)
    except OSError as error:
        raise StoreError(f"The backup {target} cannot be written: {error}. Nothing is left of it.") from None
    except DamagedError as error:  # The copy is as damaged as the store is.
        found = str(error).replace(str(draft), str(store))
        raise DamagedError(f"The store {store} cannot be backed up: it is damaged. Found: {found}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Copy(target, copied.generation, copied.changes, tuple(left_out))


def _copy_generation(store: Path, target: Path, name: str) -> None:
    """Copy a generation, whose files are never written again, and check the copy byte by byte.

    :raises DamagedError: if it differs from what was published.
    """
    folder = target / "generations" / name
    shutil.copytree(store / "generations" / name, folder)
    meta = stamp(target, name) or {}
    if "files" not in meta:  # The store was created before 0.3.
        meta |= {"files": digests(folder)}
        write_atomically(folder / "stamp.json", json.dumps(meta, indent=1, sort_keys=True))
    check_generation(target, name)


def check(folder: Path) -> Copy:
    """Check that a backup is intact (each byte of its generation, counts, change log) and return what it contains.

    :raises StoreError: if anything is missing or damaged.
    """
    try:
        return _checked(folder)
    except DamagedError as error:
        raise DamagedError(f"The backup {folder} is damaged. Take another one. Found: {error}") from None


def _checked(folder: Path) -> Copy:
    name = current(folder)
    if name is None:
        raise StoreError(
            f"{folder} is not a backup: it has no CURRENT file. Name a folder that `comity backup` made."
        )
    check_generation(folder, name)
    meta = stamp(folder, name) or {}
    quads, stamped = len(open_store(folder).oxigraph), meta.get("counts", {}).get("quads")
    if quads != stamped:
        raise DamagedError(f"it holds {quads:,} quads, and its stamp says {stamped:,}")
    head = ChangeLog(folder).verify()
    ChangeLog(folder).check_holds(meta.get("journal", {}))
    Reports(folder).listed(closed=True)
    return Copy(folder, name, head.number)


def restore(store: Path, folder: Path, tokens: bool = False) -> Copy:
    """Restore a store, existing or new, from a backup. It may be served meanwhile: readers switch once it is complete.

    The old change log is kept next to the new one, named after its last change. Readers' reports
    are restored only if the store has none.

    :param tokens: whether the backup's tokens replace those of the store; tokens revoked since then are restored.
    :returns: the generation that is current now, the number of the last change in it, and what was left out.
    :raises StoreError: if the backup is damaged or the store cannot be written; nothing is changed then.
    """
    checked = check(folder)
    with write_lock(store):
        name = checked.generation
        drafts = store / f"restoring-{name}"
        target = store / "generations" / name
        try:
            shutil.rmtree(drafts, ignore_errors=True)
            (drafts / "generations").mkdir(parents=True)
            if not _has_whole(store, name):
                _copy_generation(folder, drafts, name)
                target.parent.mkdir(exist_ok=True)
                if target.exists():
                    os.replace(target, drafts / "former")
                os.replace(drafts / "generations" / name, target)
            _copy_log(folder, drafts / NAME)
            left_out = [*_keep_log(store, folder), *_set_tokens(store, drafts, tokens)]
            left_out += _set_reports(store, folder)
            _copy_log(drafts, store / NAME)
            make_current(store, name)
        except OSError as error:
            raise StoreError(f"The store {store} cannot be written: {error}. It is as it was.") from None
        finally:
            shutil.rmtree(drafts, ignore_errors=True)
    return Copy(store, name, checked.changes, tuple(left_out))


def _copy_log(store: Path, file: Path) -> None:
    """Copy the change log to a file, new or in use, with SQLite's backup API: completely or not at all.

    :raises StoreError: if it cannot be read or written.
    """
    if not file.exists():
        # Only its owner may read it: it contains the digests of tokens.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600))
    with ChangeLog(store).connection() as source, closing(sqlite3.connect(file, timeout=30)) as copy:
        copy.execute("PRAGMA synchronous = FULL")
        source.backup(copy)


def _copy_reports(store: Path, target: Path) -> list[str]:
    """Copy the readers' reports; if they are damaged, note that and keep everything else."""
    try:
        Reports(store).copy_to(target)
    except DamagedError as error:
        return [f"The backup holds no reports. {error}"]
    return []


def _set_reports(store: Path, folder: Path) -> list[str]:
    """Restore the reports of a backup to a store that has none; otherwise leave them and note that."""
    reports, backed_up = Reports(store), Reports(folder)
    if not reports.path.exists():
        backed_up.copy_to(store)
        return []
    left = len(backed_up.listed(closed=True))
    return [f"Reports are as they were; those of the backup, {left:,}, are left out."] if left else []


def _has_whole(store: Path, name: str) -> bool:
    try:
        check_generation(store, name)
    except DamagedError:
        return False
    return True


def _keep_log(store: Path, folder: Path) -> list[str]:
    """Keep the store's change log next to the backup's, which will replace it; note it if they differ."""
    log = ChangeLog(store)
    try:
        head = log.verify()
    except DamagedError:
        log.salvage()
        head = log.head()
    if not head.number or head == ChangeLog(folder).head():
        return []
    kept = f"changes-until-{head.number}-{head.digest[:8]}.sqlite"
    _copy_log(store, store / kept)
    return [f"The change log that was here, up to record {head.number:,}, is kept as {kept}."]


def _set_tokens(store: Path, draft: Path, wanted: bool) -> list[str]:
    """Copy the store's tokens to a draft of the change log, unless its own are wanted; note those left out."""
    if wanted:
        return []
    with ChangeLog(store).connection() as connection:
        kept = token_rows(connection)
    with ChangeLog(draft).connection(writing=True) as connection:
        replaced = token_rows(connection)
        connection.execute("DELETE FROM tokens")
        insert_tokens(connection, kept)
    missing = ", ".join(row[0] for row in replaced if row not in kept)
    return [f"Tokens are as they were; --tokens brings back those of {missing}."] if missing else []
