"""What is accepted stays: after a torn line, a cut-short change, a full or read-only disk, and a rebuild."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

from comity.build import build
from comity.changes import apply
from comity.changes.apply import Changes
from comity.errors import StoreError
from comity.iris import act, term
from comity.store.backup import backup, check, restore
from comity.store.changelog import NAME, ChangeLog
from comity.store.database import current, open_store

from ..graph.worlds import full_disk
from .world import FIRST, add, fresh_row, row, write_tables

LINE = row("recognition", "borduria", "syldavia", "2006-06-06")
ACT = act("recognition", "borduria", "syldavia", "2006-06-06")


def has(store: Path, node: ox.NamedNode = ACT) -> bool:
    shown = open_store(store).oxigraph
    return next(shown.quads_for_pattern(node, term("actor"), None, ox.DefaultGraph()), None) is not None


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    return write_tables(tmp_path / "tables")


def test_a_record_that_was_not_committed_is_not_there(changes: Changes) -> None:
    add(changes, LINE)
    connection = sqlite3.connect(changes.log.path)
    connection.execute("UPDATE changes SET agent = 'eve'")
    connection.execute("DELETE FROM changes WHERE number = 2")
    connection.close()
    assert Changes(changes.path).recover() == 2
    add(Changes(changes.path), fresh_row()[0])
    assert ChangeLog(changes.path).verify().number == 3


def test_a_change_that_got_no_further_than_the_log_is_made_good(
    changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(apply, "make_current", _fail)
        with pytest.raises(StoreError, match="accepted as number 2 and is in the change log"):
            add(changes, LINE)
    assert not has(changes.path)
    Changes(changes.path).recover()
    assert has(changes.path)


def _fail(*_: object) -> None:
    raise StoreError("The disk is gone.")


def test_a_change_that_did_not_reach_the_log_never_was(
    changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = current(changes.path)
    with monkeypatch.context() as patch:
        patch.setattr(ChangeLog, "append", _fail)
        with pytest.raises(StoreError):
            add(changes, LINE)
    assert (Changes(changes.path).recover(), current(changes.path), has(changes.path)) == (1, before, False)
    assert len(list((changes.path / "generations").iterdir())) == 1


def test_a_full_disk_is_told_and_leaves_the_old_graph(changes: Changes) -> None:
    changes.recover()
    with full_disk(), pytest.raises(StoreError, match="cannot be written"):
        add(changes, LINE)
    assert not has(changes.path)
    add(changes, LINE)
    assert has(changes.path)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write in a folder; root, who may write anywhere, becomes somebody else for that time."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.parents)}
    user = os.geteuid()
    folder.chmod(0o555)
    if user == 0:
        for path in folder.parents:
            path.chmod(modes[path] | 0o011)
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        for path, mode in modes.items() if user == 0 else [(folder, modes[folder])]:
            path.chmod(mode)


def test_a_read_only_folder_is_told_and_leaves_the_old_graph(changes: Changes) -> None:
    changes.recover()
    with read_only(changes.path), pytest.raises(StoreError, match=r"cannot be written: (Permission|Read)"):
        add(changes, LINE)
    assert not has(changes.path)
    add(changes, LINE)
    assert has(changes.path)


def test_writers_take_turns_and_none_is_lost(store: Path) -> None:
    rows = [fresh_row() for _ in range(12)]

    def write(mine: list[tuple[str, ox.NamedNode]]) -> None:
        changes = Changes(store)
        for line, _ in mine:
            add(changes, line)

    threads = [threading.Thread(target=write, args=(rows[start::3],)) for start in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(has(store, node) for _, node in rows)


def test_an_open_reader_keeps_what_it_opened(changes: Changes) -> None:
    reader = open_store(changes.path)
    before = set(reader.oxigraph)
    for _ in range(3):
        add(changes, fresh_row()[0])
    assert set(reader.oxigraph) == before


def test_a_rebuild_keeps_accepted_changes(changes: Changes, tables: Path) -> None:
    add(changes, LINE)
    write_tables(tables, [*FIRST, row("statement", "arcadia", "syldavia", "2012-12-12")])
    report = build(changes.path, tables)
    assert has(changes.path) and has(changes.path, act("statement", "arcadia", "syldavia", "2012-12-12"))
    assert not report.unchanged and build(changes.path, tables).unchanged


def test_a_change_that_no_longer_fits_is_reported_and_tried_again(changes: Changes, tables: Path) -> None:
    add(changes, row("withdrawal", "arcadia", "syldavia", "2010-10-10"))
    add(changes, LINE)
    later = row("recognition", "arcadia", "syldavia", "2020-02-02")
    report = build(changes.path, write_tables(tables, [FIRST[0], later, *FIRST[2:]]))
    (conflict,) = [str(one) for one in report.warnings if one.table == "change 2"]
    assert conflict.startswith("change 2: by ada on ")
    withdrawal = act("withdrawal", "arcadia", "syldavia", "2010-10-10")
    assert (has(changes.path), has(changes.path, withdrawal)) == (True, False)
    build(changes.path, write_tables(tables))
    assert has(changes.path, withdrawal)


def test_a_backup_brings_everything_back(changes: Changes, tmp_path: Path) -> None:
    add(changes, LINE)
    copy = backup(changes.path, tmp_path / "copy")
    assert copy.changes == 2 and check(tmp_path / "copy") == copy
    line, node = fresh_row()
    add(changes, line)
    restore(changes.path, tmp_path / "copy")
    assert (has(changes.path), has(changes.path, node)) == (True, False)
    add(Changes(changes.path), line)
    assert has(changes.path, node)


def test_a_damaged_backup_is_not_restored(changes: Changes, tmp_path: Path) -> None:
    add(changes, LINE)
    copy = backup(changes.path, tmp_path / "copy")
    connection = sqlite3.connect(tmp_path / "copy" / NAME)
    connection.execute("DELETE FROM changes WHERE number = 2")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="ends at record 1"):
        restore(changes.path, copy.path)
    with pytest.raises(StoreError, match="is there already"):
        backup(changes.path, copy.path)
    assert has(changes.path)
