"""A store of which something was lost or altered: it is told before it serves, and nothing goes without a word."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from comity.build import build
from comity.changes.apply import Changes
from comity.errors import DamagedError, StoreError
from comity.server.processes.dataset import LoadedDataset
from comity.store.changelog import NAME, ChangeLog
from comity.store.database import current, open_store
from comity.store.tokens import Tokens

from .world import add, fresh_row, write_tables


def _generation(store: Path) -> Path:
    return store / "generations" / str(current(store))


def _largest(store: Path) -> Path:
    return max(_generation(store).glob("*.sst"), key=lambda file: file.stat().st_size)


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.unlink()  # Other generations link to it.
    file.write_bytes(data)


def _remove(files: list[Path]) -> None:
    assert files
    for file in files:
        file.unlink()


def _sql(statement: str) -> Callable[[Path], None]:
    def damage(store: Path) -> None:
        with closing(sqlite3.connect(store / NAME)) as connection, connection:
            connection.execute(statement)

    return damage


def _cut(store: Path) -> None:
    with closing(sqlite3.connect(store / NAME)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = store / NAME
    file.write_bytes(file.read_bytes()[:6000])


RUN = "from comity.server.cli.main import main; main()"
#: By name: the damage, what is said of it, and how many of three changes a forced build still has.
LOGS: dict[str, tuple[Callable[[Path], None], str, int]] = {
    "missing": (lambda store: _remove(list(store.glob(NAME + "*"))), "is missing", 0),
    "emptied": (_sql("DELETE FROM changes"), "is missing", 0),
    "shorter": (_sql("DELETE FROM changes WHERE number = 4"), "ends at record 3", 2),
    "a hole": (_sql("DELETE FROM changes WHERE number = 3"), "damaged at record 4", 1),
    "altered": (_sql("UPDATE changes SET reason = 'other' WHERE number = 3"), "damaged at record 3", 1),
    "another": (_sql("UPDATE changes SET digest = '00' WHERE number = 4"), "damaged at record 4", 2),
    "cut": (_cut, "malformed", 0),
}
GENERATIONS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a byte flipped": (lambda store: _flip(_largest(store)), "altered: "),
    "a file missing": (lambda store: _largest(store).unlink(), "missing: "),
    "no write-ahead log": (lambda store: _remove(list(_generation(store).glob("*.log"))), "missing: "),
    "no manifest": (lambda store: _remove(list(_generation(store).glob("MANIFEST*"))), "missing: "),
    "no stamp": (lambda store: (_generation(store) / "stamp.json").unlink(), "no readable stamp"),
    "torn stamp": (lambda store: (_generation(store) / "stamp.json").write_text("{") and None, "no readable"),
    "all of it": (lambda store: shutil.rmtree(_generation(store)), "no readable stamp"),
}


@pytest.fixture(scope="module")
def changed(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[ox.NamedNode]]:
    """A store, and three acts, each of a change of its own, numbered from 2."""
    path = tmp_path_factory.mktemp("damage") / "store"
    shutil.copytree(pristine, path)
    rows = [fresh_row() for _ in range(3)]
    for row, _ in rows:
        add(Changes(path), row)
    return path, [iri for _, iri in rows]


@pytest.fixture
def acts(changed: tuple[Path, list[ox.NamedNode]]) -> list[ox.NamedNode]:
    return changed[1]


@pytest.fixture
def store(changed: tuple[Path, list[ox.NamedNode]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(changed[0], tmp_path / "store"))


def _quick(kinds: Iterable[str], quick: str) -> list[Any]:
    return [pytest.param(kind, marks=() if kind == quick else pytest.mark.long) for kind in kinds]


def _present(store: Path, acts: list[ox.NamedNode]) -> int:
    opened = open_store(store).oxigraph
    return sum(any(opened.quads_for_pattern(act, None, None, None)) for act in acts)


@pytest.mark.parametrize("kind", _quick(LOGS, "shorter"))
def test_a_damaged_record_of_changes_is_never_built_over_silently(
    store: Path, acts: list[ox.NamedNode], tmp_path: Path, kind: str
) -> None:
    damage, said, left = LOGS[kind]
    Tokens(store).add("ada", "editor")
    tables, before = write_tables(tmp_path / "tables"), current(store)
    damage(store)
    with pytest.raises(DamagedError, match=said) as told:
        build(store, tables)
    assert "`comity restore`" in str(told.value) and "`comity build --force`" in str(told.value)
    if kind not in ("a hole", "altered"):  # A change looks at the last record alone.
        with pytest.raises(DamagedError, match=said):
            Changes(store).recover()
    assert (current(store), _present(store, acts)) == (before, 3)
    report = build(store, tables, force=True)
    assert [problem.table for problem in report.lost] == [NAME] and said in report.lost[0].message
    assert _present(store, acts) == left
    log = ChangeLog(store)
    *_, last = (record for record in log.records() if record.kind == "build")
    assert said in last.extra["conflicts"][0]
    assert Changes(store).recover() == log.verify().number
    assert build(store, tables).unchanged
    add(Changes(store), fresh_row()[0])
    if kind in ("a hole", "altered", "another"):
        assert list(store.glob("changes-damaged-*.sqlite")) and Tokens(store).named("ada")


@pytest.mark.parametrize("kind", _quick(GENERATIONS, "a byte flipped"))
def test_a_damaged_generation_is_made_again_before_it_serves(
    store: Path, acts: list[ox.NamedNode], kind: str
) -> None:
    damage, said = GENERATIONS[kind]
    before = str(current(store))
    damage(store)
    with pytest.raises(StoreError, match=said):
        LoadedDataset.load(store, before, memory_quads=10**6)
    report = build(store)
    assert [problem.table for problem in report.lost] == ["generation"] and said in report.lost[0].message
    assert (current(store) != before, _present(store, acts)) == (True, 3)
    assert LoadedDataset.load(store, report.generation, memory_quads=10**6)
    assert build(store).unchanged


@pytest.mark.long
def test_the_server_tells_of_damage_when_it_starts(store: Path, acts: list[ox.NamedNode]) -> None:
    _flip(_largest(store))
    command = [sys.executable, "-c", RUN, "serve", "--store", str(store), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        line = process.stdout.readline()
        process.terminate()
        assert line.startswith("Comity is at ") and "Damaged: generation" in process.stderr.read()
    assert _present(store, acts) == 3
    LOGS["missing"][0](store)
    refused = subprocess.run([*command, "--quiet"], capture_output=True, text=True, check=False, timeout=30)
    assert (refused.returncode, "is missing, and the store was made from one with" in refused.stderr) == (
        1,
        True,
    )
