"""The processes and the folder of a server: what an end of any kind leaves, and who notices that one is gone."""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask

from comity.server.processes import lifecycle
from comity.server.processes.lifecycle import PREFIX, RuntimeFolder, StoreProcesses
from tests.changes.serving import family

from .conftest import RUN, process_name, running
from .test_limits import ask

#: As RUN, but one of the two HTTP processes takes a minute to make its application.
RUN_LATE = (
    """import os; from comity.server import serving
application = serving.application
def late(*told):
    try:
        os.mkdir(os.path.join(os.environ["TMPDIR"], "first"))
    except OSError:
        import time; time.sleep(60)
    return application(*told)
serving.application = late
"""
    + RUN
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that no other server uses."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def left(place: Path) -> list[Path]:
    return sorted(place.glob(f"{PREFIX}*"))


def test_folders_of_dead_servers_are_removed_and_no_others(place: Path) -> None:
    dead, living, strange, link = (place / f"{PREFIX}{name}" for name in ("dead", "live", "strange", "link"))
    for folder in (dead, living, strange):
        folder.mkdir()
    for folder in (dead, living):
        (folder / "lock").touch()
        (folder / "writer.sock").touch()
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").touch()
    link.symlink_to(elsewhere)
    with (living / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mine = RuntimeFolder()
        assert left(place) == sorted([living, strange, link, mine.path])
        assert (elsewhere / "lock").exists() and mine.path.stat().st_mode & 0o777 == 0o700
        other = RuntimeFolder()
        assert mine.path.exists()
        mine.remove()
        other.remove()
    assert left(place) == sorted([living, strange, link])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_ends_in_order_leaves_no_folder(
    place: Path, store_path: Path, how: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(store_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline().startswith("Comity is at ")
    assert len(left(place)) == 1
    process.send_signal(how)
    process.wait(20)
    process.stdout.close()
    assert left(place) == []


def test_a_server_that_is_ended_while_its_store_loads_says_nothing(place: Path, store_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(store_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    loading: list[int] = []
    while not loading:
        loading = [pid for pid in family(process.pid) if process_name(pid) == "supervisor"]
    os.kill(loading[0], signal.SIGSTOP)
    while sum(process_name(pid) == "comity" for pid in family(process.pid)) < 3:  # Then it takes signals.
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    os.kill(loading[0], signal.SIGCONT)
    assert process.communicate(timeout=20) == ("", "") and process.returncode == 0
    assert left(place) == []


@pytest.mark.parametrize("run", [RUN, RUN_LATE], ids=["ready", "while an HTTP process starts"])
def test_a_killed_server_takes_all_its_processes_with_it_and_the_next_its_folder(
    place: Path, store_path: Path, run: str
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", run, str(store_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline().startswith("Comity is at ")
    others = family(process.pid)[1:]
    assert len(others) >= 5  # supervisor, fork server, writer, two HTTP processes
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 20
    while any(map(lives, others)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(lives, others))
    (abandoned,) = left(place)
    generator = running(store_path)
    assert ask(next(generator), "ASK {}")[0] == 200
    assert abandoned not in left(place)
    with pytest.raises(StopIteration):
        next(generator)
    assert left(place) == []


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_killed_supervisor_is_replaced_while_queries_are_answered(app: Flask) -> None:
    processes: StoreProcesses = app.extensions["comity"].processes
    former = processes.supervisor
    os.kill(former, signal.SIGKILL)
    client = app.test_client()
    deadline = time.monotonic() + 20
    while processes.supervisor == former and time.monotonic() < deadline:
        app.extensions["comity"].pool.close()
        number = time.monotonic_ns()
        assert client.get(f"/sparql?query=ASK+%7B+FILTER({number}>0)+%7D&format=json").json["boolean"] is True
    assert processes.supervisor != former and lives(processes.supervisor)
    assert client.get("/ready").status_code == 200


def test_the_allocator_is_left_out_where_it_does_not_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / lifecycle._ALLOCATOR
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no library")
    broken_package = SimpleNamespace(locate_file=tmp_path.joinpath)
    monkeypatch.setattr(lifecycle, "distribution", lambda name: broken_package)
    assert "libmimalloc" not in lifecycle.environment().get("LD_PRELOAD", "")
