"""Backups and the way back, as an operator takes it."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from comity.changes.apply import Changes
from comity.errors import DamagedError
from comity.server.cli.main import main
from comity.store.backup import backup, check, restore
from comity.store.changelog import ChangeLog
from comity.store.database import current
from comity.store.tokens import Tokens

from .serving import enter, send, serving
from .test_durability import read_only
from .world import add, fresh_row, write_tables

DOCS = Path(__file__).parents[2] / "docs"
ACT = {
    **{"kind": "recognition", "actor": "borduria", "object": "syldavia"},
    **{"source_title": "News", "source_url": "https://news.example/a"},
}


def _largest(store: Path) -> Path:
    folder = store / "generations" / str(current(store))
    return max(folder.glob("*.sst"), key=lambda file: file.stat().st_size)


def test_a_backup_becomes_a_store_in_a_new_folder(store: Path, tmp_path: Path) -> None:
    add(Changes(store), fresh_row()[0])
    Tokens(store).add("ada", "editor")
    backup(store, tmp_path / "copy")
    new = tmp_path / "another" / "place"
    result = CliRunner().invoke(main, ["restore", str(tmp_path / "copy"), "--store", str(new)])
    assert result.exit_code == 0 and "--tokens brings back those of ada" in result.output
    assert (current(new), ChangeLog(new).verify()) == (current(store), ChangeLog(store).verify())
    assert Tokens(new).holders() == []
    restore(new, tmp_path / "copy", tokens=True)
    assert [holder.name for holder in Tokens(new).holders()] == ["ada"]
    add(Changes(new), fresh_row()[0])


def test_a_restore_leaves_the_tokens_as_they_are_and_keeps_the_log(store: Path, tmp_path: Path) -> None:
    tokens = Tokens(store)
    tokens.add("gone", "admin")
    backup(store, tmp_path / "copy")
    tokens.revoke("gone")
    tokens.add("new", "editor")
    add(Changes(store), fresh_row()[0])
    found = restore(store, tmp_path / "copy")
    assert [holder.name for holder in tokens.holders()] == ["new"]
    log, said = found.left_out
    assert "up to record 2, is kept as" in log and "gone" in said
    assert (store / log.split()[-1].rstrip(".")).exists()


def test_each_byte_of_a_backup_is_checked(store: Path, tmp_path: Path) -> None:
    backup(store, tmp_path / "copy")
    file = _largest(tmp_path / "copy")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    before = current(store)
    for place in (store, tmp_path / "new"):
        with pytest.raises(DamagedError, match=f"altered: {file.name}"):
            restore(place, tmp_path / "copy")
    assert (current(store), (tmp_path / "new").exists()) == (before, False)


def test_a_backup_mends_a_damaged_store_and_is_not_made_of_one(store: Path, tmp_path: Path) -> None:
    backup(store, tmp_path / "copy")
    _largest(store).unlink()
    with pytest.raises(DamagedError, match="cannot be backed up: it is damaged") as told:
        backup(store, tmp_path / "second")
    assert "second" not in str(told.value)
    assert [entry.name for entry in tmp_path.iterdir() if "second" in entry.name] == []
    (store / "changes.sqlite").write_bytes(b"no database, and long enough to be taken for none" * 9)
    restore(store, tmp_path / "copy")
    assert backup(store, tmp_path / "second").generation == check(tmp_path / "copy").generation


def test_a_store_that_nobody_may_write_can_be_copied(store: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies"
    target.mkdir()
    target.chmod(0o777)
    ChangeLog(store).path.chmod(0o644)
    with read_only(store):
        backup(store, target / "copy")
    assert check(target / "copy").generation == current(store)


@pytest.mark.long
def test_a_write_after_a_live_restore_is_quick(store: Path, tmp_path: Path) -> None:
    token = Tokens(store).add("ada", "editor")
    with serving(store, write_tables(tmp_path / "tables")) as address:
        assert enter(address, token, {**ACT, "date": "2006-06-06"})[0] == 201
        backup(store, tmp_path / "copy")
        assert enter(address, token, {**ACT, "date": "2007-07-07", "object": "arcadia"})[0] == 201
        restore(store, tmp_path / "copy")
        started = time.monotonic()
        status, receipt = enter(address, token, {**ACT, "date": "2008-08-08", "object": "arcadia"})
        assert status == 201, receipt
        assert time.monotonic() - started < 2
        listed = json.loads(send(f"{address}/changes", Accept="application/json")[1])
        assert listed["changes"][0]["number"] == ChangeLog(store).head().number


@pytest.mark.long
def test_the_nightly_example_of_the_docs_does_what_it_says(store: Path, tmp_path: Path) -> None:
    text = (DOCS / "changes.md").read_text("utf-8")
    (script,) = re.findall(r"```sh\n(.*?comity backup.*?)```", text, re.DOTALL)
    folder = tmp_path / "backups"
    for day in range(1, 31):
        (folder / f"2020-01-{day:02}").mkdir(parents=True)
    assert "folder=/var/backups/comity\n" in script
    script = script.replace("folder=/var/backups/comity\n", f"folder={folder}\n")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    assert shutil.which("comity", path=path)
    run = ["sh", "-c", script]
    environ = os.environ | {"PATH": path, "COMITY_STORE": str(store)}
    subprocess.run(run, env=environ, check=True, timeout=60)
    names = sorted(entry.name for entry in folder.iterdir())
    assert names == [*(f"2020-01-{day:02}" for day in range(18, 31)), time.strftime("%Y-%m-%d")]
    assert check(folder / names[-1]).generation == current(store)
    # A night that fails removes nothing.
    assert subprocess.run(run, env=environ, check=False, capture_output=True, timeout=60).returncode
    assert sorted(entry.name for entry in folder.iterdir()) == names
