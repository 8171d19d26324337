"""Whoever got the answer to a change reads what was written, over whichever connection and from whichever process."""

import http.client
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from comity.iris import act
from comity.store.tokens import Tokens
from tests.changes.serving import enter, family, serving
from tests.changes.world import make_store

from .conftest import process_name

_CONNECTIONS = 8


@pytest.fixture(scope="module")
def editing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server with two HTTP processes, and the token of an editor."""
    folder = tmp_path_factory.mktemp("editing")
    store = make_store(folder)
    token = Tokens(store).add("ada", "editor")
    with serving(store, folder / "tables", COMITY_PROCESSES="2") as address:
        yield address, token


def write(address: str, token: str, year: int) -> tuple[str, str]:
    """Enter an act; the path of its page and the generation that has it."""
    date = f"{year}-11-11"
    values = {"kind": "vote", "actor": "arcadia", "object": "syldavia", "date": date}
    values["source_url"] = "https://votes.example/"
    status, receipt = enter(address, token, values)
    if status == 503:  # The writer ended meanwhile; to send the same again does no harm.
        assert receipt["type"].endswith("/change-unknown")
        status, receipt = enter(address, token, values)
    assert status in (200, 201), receipt
    return act("vote", "arcadia", "syldavia", date).value.partition("/comity")[2], receipt["generation"]


def get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes, str]:
    connection.request("GET", path, headers={"Accept": "text/html, application/json;q=0.5"})
    response = connection.getresponse()
    return response.status, response.read(), response.headers.get("Comity-Version", "")


def test_queries_and_pages_see_a_change_once_it_is_answered(editing: tuple[str, str]) -> None:
    address, token = editing
    with ThreadPoolExecutor(_CONNECTIONS) as threads:
        for year in range(1990, 1998):
            path, generation = write(address, token, year)
            found = threads.map(lambda number: _look(address, path, number), range(_CONNECTIONS))  # noqa: B023
            for status, truth, versions in found:
                assert status == 200 and truth and min(versions) >= generation


def _look(address: str, path: str, number: int) -> tuple[int, bool, set[str]]:
    """Over a connection of its own: the status of the page, and whether queries of three kinds see the act."""
    pattern = f"<https://w3id.org/comity{path}> ?p ?o"
    queries = (
        f"ASK {{ {pattern} }}",
        f"ASK {{ GRAPH ?g {{ {pattern} }} }}",
        f"ASK {{ {pattern} }} # {number}",
    )
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)) as connection:
        answers = [get(connection, f"/sparql?format=json&query={quote(query)}") for query in queries]
        status, _, _ = get(connection, path)
    truth = all(json.loads(body)["boolean"] for _, body, _ in answers)
    return status, truth, {version for _, _, version in answers}


def test_a_kept_connection_sees_each_change_of_another(editing: tuple[str, str]) -> None:
    address, token = editing
    query = quote("SELECT (COUNT(*) AS ?n) { ?act a co:Vote }")
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)) as connection:

        def votes() -> int:
            body = get(connection, f"/sparql?format=json&query={query}")[1]
            return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])

        before = votes()
        for number, year in enumerate(range(1980, 1986), 1):
            write(address, token, year)
            assert votes() == before + number


def test_a_change_that_is_answered_is_seen_though_the_supervisor_was_just_killed(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    token = Tokens(store).add("ada", "editor")
    with serving(store, tmp_path / "tables") as address:
        server = _server_of(store)
        write(address, token, 1970)
        for year in (1971, 1972):
            os.kill(_supervisor_of(server), signal.SIGKILL)
            path, _ = write(address, token, year)
            status, truth, _ = _look(address, path, year)
            assert status == 200 and truth


def _supervisor_of(server: int) -> int:
    # The list of children that the kernel gives can lack some while others end (proc(5)).
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for pid in family(server):
            if process_name(pid) == "supervisor":
                return pid
    raise AssertionError("no supervisor")


def _server_of(store: Path) -> int:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text()
        except OSError:
            continue
        if str(store) in words and "serve(" in words:
            return int(folder.name)
    raise AssertionError("no server")
