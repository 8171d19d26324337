"""Clients that are slow, leave, or send what is refused, against the real server over raw sockets."""

import json
import re
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.changes.serving import family

from .conftest import processes_of, read_proc, running
from .test_limits import ENDLESS, still_answers

_QUERY = f"/sparql?query={quote(ENDLESS)}"


@pytest.fixture(scope="module")
def narrow(store_path: Path) -> Iterator[str]:
    """A server with one process, four threads and two places for queries."""
    yield from running(
        store_path,
        COMITY_PROCESSES="1",
        COMITY_THREADS="4",
        COMITY_CONCURRENT="2",
        COMITY_SLOW_CONCURRENT="2",
        COMITY_QUERY_SECONDS="120",
        COMITY_BODY_SECONDS="2",
        COMITY_STREAM_SECONDS="20",
    )


def connect(server: str) -> socket.socket:
    """A connection to the server."""
    address = urlsplit(server)
    return socket.create_connection((address.hostname, address.port), timeout=30)


def head(method: str, path: str, *headers: str) -> bytes:
    """The head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def received(connection: socket.socket) -> tuple[int, bytes]:
    """The status and body of the answer, which the server ends with the connection, or by its length."""
    data = b""
    while b"\r\n\r\n" not in data and (piece := connection.recv(65536)):
        data += piece
    start, _, body = data.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", start.lower())[1])
    while len(body) < length and (piece := connection.recv(65536)):
        body += piece
    return int(start.split()[1]), body


def abandoned(server: str) -> float:
    """How many queries were ended since their clients had left, by the server's own count."""
    with urllib.request.urlopen(f"{server}/metrics") as answer:
        found = re.search(rb'^comity_queries_total\{outcome="abandoned"\} (\S+)', answer.read(), re.MULTILINE)
    return float(found[1])


def test_a_client_that_leaves_ends_its_query(narrow: str) -> None:
    before = abandoned(narrow)
    for _ in range(4):  # More than there are places.
        with closing(connect(narrow)) as connection:
            connection.sendall(head("GET", _QUERY))
            time.sleep(0.7)
    deadline = time.monotonic() + 30
    while abandoned(narrow) < before + 4 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert abandoned(narrow) == before + 4 and still_answers(narrow)


def test_a_client_that_stays_gets_its_answer_beside_those_that_left(narrow: str) -> None:
    slow = "/sparql?timeout=3&query=" + quote(ENDLESS)
    with closing(connect(narrow)) as stays, closing(connect(narrow)) as leaves:
        stays.sendall(head("GET", slow))
        leaves.sendall(head("GET", _QUERY))
        time.sleep(0.5)
        leaves.close()
        status, body = received(stays)
    assert status == 504 and json.loads(body)["type"].endswith("/query-timed-out")


@pytest.mark.parametrize(
    "start", ["GET /health HT", "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\nq"]
)
def test_hundreds_that_send_slowly_hold_nobody_up(narrow: str, start: str) -> None:
    senders = [connect(narrow) for _ in range(300)]
    try:
        for sender in senders:
            sender.sendall(start.encode())
        assert all(still_answers(narrow) for _ in range(5))
        for sender in senders:
            with suppress(OSError):
                sender.sendall(b"x")
        assert still_answers(narrow)
    finally:
        for sender in senders:
            sender.close()


def test_a_body_that_stops_is_answered_with_408(narrow: str) -> None:
    with closing(connect(narrow)) as connection:
        kind = "Content-Type: application/sparql-query"
        connection.sendall(head("POST", "/sparql", kind, "Content-Length: 100") + b"SELECT")
        status, body = received(connection)
    assert status == 408 and json.loads(body)["type"].endswith("/body-late")


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/sparql", ["Content-Type: application/sparql-query"], 413),
        ("PUT", "/graph-store?default", ["Content-Type: text/turtle"], 403),
        ("POST", "/report", ["Content-Type: application/json"], 413),
        ("GET", "/health", [], 200),
    ],
)
def test_a_large_body_that_nobody_reads_is_answered_not_reset(
    narrow: str, method: str, path: str, headers: list[str], status: int
) -> None:
    size = 8 * 1024 * 1024
    with closing(connect(narrow)) as connection:
        connection.sendall(head(method, path, *headers, f"Content-Length: {size}"))
        for _ in range(size // 65536):
            connection.sendall(bytes(65536))
        found, body = received(connection)
    assert found == status and json.loads(body)


def memory(pid: int) -> int:
    """How many bytes the server of a supervisor and all its processes hold."""
    server = int(re.search(r"PPid:\s+(\d+)", read_proc(pid, "status"))[1])
    sizes = (re.search(r"VmRSS:\s+(\d+)", read_proc(one, "status")) for one in family(server))
    return sum(int(size[1]) * 1024 for size in sizes if size)


@pytest.mark.long
def test_hundreds_that_read_a_large_file_slowly_hold_nobody_up_and_no_memory(
    store_path: Path, tmp_path: Path
) -> None:
    before = set(processes_of(store_path))
    for server in running(store_path, COMITY_PROCESSES="1", COMITY_THREADS="4", TMPDIR=str(tmp_path)):
        with closing(connect(server)) as first:
            first.sendall(head("GET", "/data/graph.nq.gz"))
            assert received(first)[0] == 200
        (file,) = tmp_path.glob("*/downloads/*/graph.nq.gz")
        file.write_bytes(bytes(16 * 1024 * 1024))
        (supervisor, *_) = sorted(set(processes_of(store_path)) - before)
        held = memory(supervisor)
        readers = [connect(server) for _ in range(200)]
        for reader in readers[1:]:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for reader in readers:
            reader.sendall(head("GET", "/data/graph.nq.gz"))
        assert all(reader.recv(12) == b"HTTP/1.1 200" for reader in readers)
        assert all(still_answers(server) for _ in range(5))
        assert memory(supervisor) - held < 200 * len(file.read_bytes()) // 8
        file.unlink()  # Who has begun to read it gets all of it.
        for reader in readers[1:]:
            reader.close()
        left = b""
        while len(left) <= 16 * 1024 * 1024 and (piece := readers[0].recv(1 << 20)):
            left += piece
        readers[0].close()
        assert left.endswith(bytes(1024)) and len(left) > 16 * 1024 * 1024


def test_large_answers_that_nobody_takes_hold_no_places(store_path: Path) -> None:
    large = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 200000"
    running_server = running(
        store_path, COMITY_PROCESSES="1", COMITY_CONCURRENT="2", COMITY_STREAM_SECONDS="2"
    )
    for server in running_server:
        readers = [connect(server) for _ in range(2)]
        for reader in readers:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.sendall(head("GET", f"/sparql?query={quote(large)}"))
        deadline = time.monotonic() + 60
        while not still_answers(server) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert still_answers(server)
        for reader in readers:
            reader.close()
