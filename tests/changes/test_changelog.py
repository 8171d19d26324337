"""The change log in SQLite: what is appended is there, and the log of an older store is taken over whole."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from comity.changes.review import proposals
from comity.errors import StoreError
from comity.iris import BASE
from comity.store.backup import backup, restore
from comity.store.changelog import NAME, OLD_LOG, OLD_TOKENS, ChangeLog
from comity.store.outlines import ADDED, MOST_ACTS, REMOVED, WOULD_ADD, ActChange
from comity.store.records import NQuads, Record
from comity.store.review_queue import ReviewQueue
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
    assert [one.number for one in log.latest(1)] == [2]
    assert [one.number for one in log.mentioning("urn:g", 5)] == [2, 1] and log.mentioning(
        "urn:none", 5
    ) == []


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
    assert log.record(number) is None and ReviewQueue(log).entries(number=number) == []
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


def _acts(number: int) -> NQuads:
    """Return the facts of some acts of France, the newest of them of 2000 and on Ghana."""
    fact = "<{act}> <https://w3id.org/comity/ontology#{property}> <{value}> <https://w3id.org/comity/graph/facts/a> ."
    lines = []
    for year in range(2001 - number, 2001):
        other = "ghana" if year == 2000 else "togo"
        act = f"{BASE}act/recognition/france/{other}/{year:04}-01-01"
        for property, party in (("actor", "france"), ("object", other)):
            lines.append(fact.format(act=act, property=property, value=f"{BASE}polity/{party}"))
    return NQuads.of_lines(sorted(lines))


def _make_form_1(log: ChangeLog) -> None:
    """Turn a log into one without outlines, as version 0.2 wrote it."""
    with log.connection(writing=True) as connection:
        for table in ("outlines", "first_lines", "mentions", "acts"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 1")


@pytest.mark.parametrize("older", [False, True], ids=["new", "of an older program"])
def test_a_change_is_outlined_without_reading_it(tmp_path: Path, older: bool) -> None:
    log = ChangeLog(tmp_path)
    log.append(log.seal(Record("change", "ada", "import", "Because.", _acts(1500), _acts(1))))
    wanted = {"added": _acts(300).lines, "removed": []}
    log.append(log.seal(Record("proposal", "bob", "form", "Please.", extra={"wanted": wanted})))
    if older:
        _make_form_1(log)
    with log.connection(writing=True) as connection:  # Whatever still read a record would find this.
        connection.execute("UPDATE changes SET added = 'x', removed = 'x', extra = '{}'")
    proposed, outline = log.latest(9)
    assert (outline.added, outline.removed, outline.number_of_things) == (3000, 2, 1500)
    assert outline.things[0] == "act/recognition/france/ghana/2000-01-01" and len(outline.things) == 100
    assert (
        log.first_lines(1, ADDED) == _acts(1500).lines[:400] and log.first_lines(1, REMOVED) == _acts(1).lines
    )
    assert (proposed.would_add, log.first_lines(2, WOULD_ADD)) == (600, _acts(300).lines[:400])
    assert [one.number for one in log.mentioning(f"{BASE}polity/ghana", 9)] == [2, 1]
    newest = log.acts(1)
    assert (len(newest), newest[0].date, newest[-1].date) == (MOST_ACTS, "2000-01-01", "1800-01-01")
    named = frozenset(f"{BASE}polity/{name}" for name in ("france", "ghana"))
    ghana = ActChange(f"{BASE}act/recognition/france/ghana/2000-01-01", named, named)
    assert log.acts(1, f"{BASE}polity/ghana") == [ghana] and log.acts(1, f"{BASE}polity/peru") == []


def test_a_log_of_an_older_program_that_cannot_be_written_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = ChangeLog(tmp_path)
    record = _append(log)
    _make_form_1(log)
    before = log.path.read_bytes()
    with closing(sqlite3.connect(log.path)) as other:
        other.execute(
            "BEGIN IMMEDIATE"
        )  # Root may write to read-only files, so another writer is in the way.
        monkeypatch.setattr("comity.store.changelog._BUSY_SECONDS", 0.1)
        assert [one.added for one in log.latest(9)] == [1] and log.record(1) == record
    assert log.path.read_bytes() == before


def test_an_older_log_with_a_damaged_record_is_read_up_to_it(tmp_path: Path) -> None:
    log = ChangeLog(tmp_path)
    for _ in range(3):
        _append(log)
    _make_form_1(log)
    connection = sqlite3.connect(log.path)
    with closing(connection), connection:
        connection.execute("UPDATE changes SET extra = '{' WHERE number = 2")
    assert [one.number for one in log.latest(9)] == [1]
    with pytest.raises(StoreError, match="damaged at record 2"):
        log.verify()
    log.salvage()
    assert [one.number for one in log.latest(9)] == [1] and log.verify().number == 1
