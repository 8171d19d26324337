"""Each process of the real server is killed, again and again; it is replaced, and no answer is lost with it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from comity.iris import SNAPSHOT_PREFIX
from comity.server.processes.lifecycle import process_state
from comity.store.tokens import Tokens

from ..server.conftest import children, process_name
from .serving import enter, family, send, start
from .world import make_store

pytestmark = pytest.mark.long
#: It has another result each time, so that a worker is asked.
QUERY = "/sparql?query=SELECT%20(RAND()%20AS%20%3Fx)%20%7B%7D"
Served = tuple["subprocess.Popen[str]", str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("kills")
    store = make_store(folder)
    token = Tokens(store).add("ada", "editor")
    process, address = start(store, folder / "tables", COMITY_PROCESSES="2")
    yield process, address, token
    process.terminate()
    assert process.wait(20) == 0
    assert process.stdout is not None
    process.stdout.close()


def _named(process: "subprocess.Popen[str]", name: str) -> list[int]:
    return [pid for pid in family(process.pid) if process_name(pid) == name and pid != process.pid]


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def _stopped(pids: list[int]) -> Iterator[None]:
    """Stop processes, as ones that hang; wait until they have taken the signal, and let them go on at the end."""
    _send(pids, signal.SIGSTOP)
    try:
        _wait_for(lambda: {process_state(pid) for pid in pids} <= {"T"}, 10)
        yield
    finally:
        _send(pids, signal.SIGCONT)


def _wait_for(succeeds: Callable[[], bool], seconds: float) -> None:
    """Try again for a while: what was on its way to a process that was killed is reset, or its fate not known."""
    deadline = time.monotonic() + seconds
    while True:
        with suppress(OSError):
            if succeeds():
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _write(served: Served, day: int) -> int:
    act = {"kind": "recognition", "actor": "borduria", "object": "syldavia", "date": f"2006-06-{day:02}"}
    source = {"source_title": "News", "source_url": f"https://news.example/{day}"}
    return enter(served[1], served[2], act | source)[0]


@pytest.mark.parametrize("name", ["writer", "fork server", "query worker", "supervisor", "comity"])
def test_a_process_that_is_killed_twice_is_replaced(served: Served, name: str) -> None:
    process, address, _ = served
    for turn in range(2):
        deadline = time.monotonic() + 5
        while not (found := _named(process, name)) and time.monotonic() < deadline:
            assert send(address + QUERY)[0] == 200
        assert found, f"no {name}"
        _send(found[:1] if name == "comity" else found, signal.SIGKILL)
        # A second where nothing else runs; for one whose parent is gone, each write once waited ten, in vain.
        _wait_for(lambda: send(address + QUERY)[0] == 200, 5)
        _wait_for(lambda day=1 + turn: _write(served, day) in (200, 201), 5)  # type: ignore[misc]
    assert send(f"{address}/ready")[0] == 200


def test_queries_go_on_at_once_when_a_fork_server_is_killed(served: Served) -> None:
    process, address, _ = served

    def standbys() -> list[int]:
        serving = _named(process, "fork server")
        return children(serving[0], "standby") if len(serving) == 1 else []

    for turn in range(5):
        _wait_for(lambda: bool(standbys()), 10)
        expected, killed = standbys(), _named(process, "fork server")
        _send([*killed, *_named(process, "query worker")], signal.SIGKILL)
        _wait_for(lambda: send(address + QUERY)[0] == 200, 1)
        # A process that has just been forked still has the name of its parent.
        _wait_for(lambda known={*expected, *killed}: {*_named(process, "fork server")} <= known, 2)  # type: ignore[misc]
        _wait_for(lambda day=10 + turn: _write(served, day) in (200, 201), 5)  # type: ignore[misc]


def test_a_writer_that_is_killed_while_a_generation_is_loaded_is_replaced(served: Served) -> None:
    process, address, _ = served
    _wait_for(lambda: bool(_named(process, "fork server")) and bool(_named(process, "writer")), 10)
    former = _named(process, "fork server")
    _send([*_named(process, "standby"), *former], signal.SIGKILL)
    loading: list[int] = []
    deadline = time.monotonic() + 10
    while not loading and time.monotonic() < deadline:
        loading = [pid for pid in _named(process, "fork server") if pid not in former]
    assert loading
    # A load that lasts as long as this test needs.
    with _stopped(loading):
        for _ in range(2):
            killed = _named(process, "writer")
            _send(killed, signal.SIGKILL)
            _wait_for(lambda killed=killed: bool(set(_named(process, "writer")) - {*killed}), 10)  # type: ignore[misc]
    _wait_for(lambda: send(address + QUERY)[0] == 200, 20)
    _wait_for(lambda: _write(served, 20) in (200, 201), 20)


def test_queries_and_changes_do_not_wait_until_a_generation_is_in_memory(served: Served) -> None:
    process, address, _ = served
    _wait_for(lambda: len(_named(process, "fork server")) == 1, 20)
    former = _named(process, "fork server")
    _send([*_named(process, "standby"), *former], signal.SIGKILL)
    serving: list[int] = []
    loading: list[int] = []
    deadline = time.monotonic() + 20
    while not loading and time.monotonic() < deadline:
        new = [pid for pid in _named(process, "fork server") if pid not in former]
        serving, loading = serving or new, [pid for pid in new if serving and pid not in serving]
    assert loading
    with _stopped(loading):
        _wait_for(lambda: _write(served, 25) in (200, 201), 20)
        assert _recognised(address, "2006-06-25")
        # The worker may open no file of the rules for what a party holds.
        view = f"ASK {{ GRAPH <{SNAPSHOT_PREFIX}2006-06-25/according-to/borduria> {{ ?x ?y ?z }} FILTER(RAND() >= 0) }}"
        assert send(f"{address}/sparql?query={quote(view)}")[0] == 200
        assert _named(process, "standby") == []
    _wait_for(lambda: bool(_named(process, "standby")) and len(_named(process, "fork server")) == 1, 20)
    assert _recognised(address, "2006-06-25")


def _recognised(address: str, day: str) -> bool:
    """Ask for a snapshot together with the default graph, on which the answer also depends."""
    graph = f"{SNAPSHOT_PREFIX}{day}"
    query = f"""ASK {{ GRAPH <{graph}> {{ cop:borduria co:recognises ?party }}
        ?party rdfs:label ?label . ?act co:object ?party FILTER(RAND() >= 0) }}"""
    answer = send(f"{address}/sparql?query={quote(query)}", Accept="application/sparql-results+json")
    assert answer[0] == 200, answer
    return b"true" in answer[1]


def test_http_processes_that_all_end_within_seconds_do_not_end_the_server(served: Served) -> None:
    process, address, _ = served
    for _ in range(3):
        _send(_named(process, "comity"), signal.SIGKILL)
        _wait_for(lambda: send(address + QUERY)[0] == 200, 20)
    assert process.poll() is None


def test_the_next_supervisor_goes_on_with_the_fork_server_that_is_there(served: Served) -> None:
    process, address, _ = served
    _wait_for(lambda: len(_named(process, "fork server")) == 1 and bool(_named(process, "supervisor")), 10)
    serving = _named(process, "fork server")
    for turn in range(3):
        killed = _named(process, "supervisor")
        _send(killed, signal.SIGKILL)
        _wait_for(lambda killed=killed: bool(set(_named(process, "supervisor")) - {*killed}), 10)  # type: ignore[misc]
        assert _named(process, "fork server") == serving
        assert send(address + QUERY)[0] == 200
        _wait_for(lambda day=21 + turn: _write(served, day) in (200, 201), 10)  # type: ignore[misc]
        _wait_for(lambda: len(_named(process, "fork server")) == 1, 10)
        # The change was one step, which the fork server took, and its end was noticed by whoever is its parent now.
        former, serving = serving, _named(process, "fork server")
        assert former != serving
        _wait_for(lambda: all(process_state(pid) != "Z" for pid in family(process.pid)), 5)
    _send(serving, signal.SIGKILL)
    _wait_for(lambda: send(address + QUERY)[0] == 200, 5)
    _wait_for(lambda: _write(served, 24) in (200, 201), 5)


@pytest.mark.parametrize(
    "names", [("supervisor", "fork server"), ("writer", "fork server"), ("comity", "supervisor")]
)
def test_several_processes_that_are_killed_at_once_are_replaced(
    served: Served, names: tuple[str, ...]
) -> None:
    process, address, _ = served
    for turn in range(2):
        _wait_for(lambda: all(_named(process, name) for name in (*names, "standby")), 10)
        _send([pid for name in names for pid in _named(process, name)], signal.SIGKILL)
        _wait_for(lambda: send(address + QUERY)[0] == 200, 5)
        _wait_for(lambda day=25 + turn: _write(served, day) in (200, 201), 5)  # type: ignore[misc]
    _wait_for(lambda: send(f"{address}/ready")[0] == 200, 5)


@pytest.mark.parametrize("name", ["writer", "supervisor", "comity"])
def test_the_health_check_sees_a_process_that_hangs(served: Served, name: str) -> None:
    process, address, _ = served
    _wait_for(lambda: send(f"{address}/ready")[0] == 200 and bool(_named(process, "writer")), 10)
    hung: set[int] = set()

    def is_noticed() -> bool:
        # After the kills of the test before, another may have taken its place at the last moment.
        hung.update([process.pid] if name == "comity" else _named(process, name))
        _send([*hung], signal.SIGSTOP)
        return send(f"{address}/ready")[0] == 503

    try:
        _wait_for(is_noticed, 5)
        status, body, _ = send(f"{address}/ready")
        assert (status, json.loads(body)["type"].rpartition("/")[2]) == (503, "process-missing")
        assert f": {name}." in json.loads(body)["detail"]
        assert send(address + QUERY)[0] == 200
    finally:
        _send([*hung], signal.SIGCONT)
    _wait_for(lambda: send(f"{address}/ready")[0] == 200, 10)


def test_a_fork_server_that_hangs_is_seen_and_given_up_at_the_next_change(served: Served) -> None:
    process, address, _ = served
    _wait_for(lambda: send(f"{address}/ready")[0] == 200 and len(_named(process, "fork server")) == 1, 10)
    hung = _named(process, "fork server")
    with _stopped(hung):
        status, body, _ = send(f"{address}/ready")
        assert (status, json.loads(body).get("detail")) == (
            503,
            "These processes are not running: fork server.",
        )
        # It is asked for its successor for ten seconds; then the generation is read whole.
        _wait_for(lambda: _write(served, 28) in (200, 201), 30)
        _wait_for(lambda: send(f"{address}/ready")[0] == 200, 20)
        _wait_for(lambda: not set(hung) & set(_named(process, "fork server")), 20)
    assert send(address + QUERY)[0] == 200


def test_an_http_process_that_hangs_is_seen_and_the_other_answers(served: Served) -> None:
    process, address, _ = served
    _wait_for(lambda: len(_named(process, "comity")) == 2 and send(f"{address}/ready")[0] == 200, 10)
    (hung, _) = _named(process, "comity")
    with _stopped([hung]):
        _wait_for(lambda: send(f"{address}/ready", timeout=5)[0] == 503, 30)
    _wait_for(lambda: send(f"{address}/ready")[0] == 200, 10)


@pytest.mark.parametrize("pause", [0.0, 0.01, 0.2])
def test_signals_one_upon_the_other_end_the_server(tmp_path: Path, pause: float) -> None:
    store = make_store(tmp_path)
    process, _ = start(store, tmp_path / "tables")
    for _ in range(20):
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        time.sleep(pause / 20)
    # A signal that comes when all is done and the interpreter ends has its ordinary effect.
    assert process.wait(10) in (0, -signal.SIGTERM)
    assert process.stdout is not None
    process.stdout.close()
