"""The change log in SQLite: what is appended is there, and the log of an older store is taken over whole."""

import json
import sqlite3
from pathlib import Path

import pytest

from comity.changes.review import proposals
from comity.errors import StoreError
from comity.store.backup import backup, restore
from comity.store.changelog import NAME, OLD_LOG, OLD_TOKENS, ChangeLog, Head, NQuads, Record
from comity.store.tokens import Tokens

LINE = '<urn:a> <urn:b> "x\u2028y" <urn:g> .'


def _append(log: ChangeLog, **values: object) -> Record:
    sealed = log.seal(Record("change", "ada", "import", "Because.", NQuads(LINE + "\n"), **values))  # type: ignore[arg-type]
    log.append(sealed)
    return sealed


def _make_old(store: Path) -> list[Record]:
    """Turn a store's log into the files that stores had before 0.2."""
    log = ChangeLog(store)
    records = [_append(log), _append(log, extra={"more": [1, "ü"]})]
    proposal = log.seal(
        Record("proposal", "bob", "form", "Please.", extra={"wanted": {"added": [LINE], "removed": []}})
    )
    log.append(proposal)
    lines = [json.dumps(one.as_json(), ensure_ascii=False) for one in log.records()]
    with log.connection() as connection:
        tokens = connection.execute("SELECT name, role, made, digest FROM tokens").fetchall()
    (store / OLD_LOG).write_text("\n".join(lines) + '\n{"number": 9, "ki', "utf-8")
    names = ("name", "role", "made", "digest")
    (store / OLD_TOKENS).write_text(json.dumps([dict(zip(names, row, strict=True)) for row in tokens]))
    for file in store.glob(NAME + "*"):
        file.unlink()
    return [*records, proposal]


def test_records_are_chained_and_come_back_as_they_were(tmp_path: Path) -> None:
    log = ChangeLog(tmp_path)
    first, second = _append(log), _append(log)
    assert (first.number, second.number, log.verify().digest) == (1, 2, second.digest)
    assert list(log.records()) == [first, second] and log.record(2) == second
    assert second.added.lines == [LINE] and len(second.added) == 1
    heads = [Head(one.number, one.digest) for one in (second, first)]
    assert log.latest(1) == heads[:1] and log.mentioning("urn:g", 5) == heads


def test_a_record_sealed_for_another_place_is_not_appended(tmp_path: Path) -> None:
    log = ChangeLog(tmp_path)
    sealed = log.seal(Record("change", "ada", "import", ""))
    _append(log)
    with pytest.raises(StoreError, match="another process"):
        log.append(sealed)
    assert log.head().number == 1


def test_a_store_of_the_older_form_is_taken_over_whole(tmp_path: Path) -> None:
    token = Tokens(tmp_path).add("ada", "editor")
    records = _make_old(tmp_path)
    log = ChangeLog(tmp_path)
    assert list(log.records()) == records
    assert [one.number for one in proposals(log)] == [3]
    holder = Tokens(tmp_path).holder_of(token)
    assert holder is not None and holder.role == "editor"
    assert log.path.stat().st_mode & 0o077 == 0
    assert {file.name for file in tmp_path.iterdir()} >= {f"{OLD_LOG}.before-0.2", f"{OLD_TOKENS}.before-0.2"}
    _append(log)
    assert log.verify().number == 4


def test_a_damaged_older_log_is_told_and_kept(tmp_path: Path) -> None:
    _make_old(tmp_path)
    text = (tmp_path / OLD_LOG).read_text("utf-8")
    (tmp_path / OLD_LOG).write_text(text.replace('"ada"', '"eve"', 1), "utf-8")
    for _ in range(2):
        with pytest.raises(StoreError, match="damaged at line 1"):
            ChangeLog(tmp_path).head()
    assert (tmp_path / OLD_LOG).exists()


def test_a_backup_of_the_older_form_can_be_restored(store: Path, tmp_path: Path) -> None:
    backup(store, tmp_path / "copy")
    (line,) = [json.dumps(one.as_json()) for one in ChangeLog(store).records()]
    for file in (tmp_path / "copy").glob(NAME + "*"):
        file.unlink()
    (tmp_path / "copy" / OLD_LOG).write_text(line + "\n")
    assert restore(store, tmp_path / "copy").changes == 1
    assert ChangeLog(store).verify().number == 1


@pytest.mark.parametrize("number", [-(10**30), 1 << 63, 10**30])
def test_a_number_that_no_record_can_have_finds_nothing(tmp_path: Path, number: int) -> None:
    log = ChangeLog(tmp_path)
    _append(log)
    assert log.record(number) is None and log.queue(number=number) == []
    assert [one.number for one in log.latest(9, number)] == ([1] if number > 0 else [])
    assert [one.number for one in log.records(number)] == ([] if number > 0 else [1])


def test_a_store_without_a_log_reads_as_an_empty_one(tmp_path: Path) -> None:
    assert ChangeLog(tmp_path).head().number == 0
    assert list(tmp_path.iterdir()) == []
    assert not Tokens(tmp_path).configured()


def test_a_log_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    _append(ChangeLog(tmp_path))
    connection = sqlite3.connect(tmp_path / NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer program"):
        ChangeLog(tmp_path).head()
