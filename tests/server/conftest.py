"""A small store, the application over it in this process, and the real server over it."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient

from comity.iris import PROPOSALS, RDFS, TYPE, act, graph, period, polity, term
from comity.server.app import create_app
from comity.server.settings import Settings

from .scratch import ScratchWrites, write_store

KASEI = "http://kasei.us/2009/09/sparql/data/data{}.rdf"
FOAF_DOCUMENT = ox.NamedNode("http://xmlns.com/foaf/0.1/Document")
DAY = ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")
RUN = """import sys; from pathlib import Path
from comity.server.serving import serve
serve(Path(sys.argv[1]), port=0)"""


def sample_quads() -> Iterator[ox.Quad]:
    """Four documents of the W3C's tests; 400 polities, of which each recognises the first; a proposal."""
    for number in range(4):
        document = ox.NamedNode(KASEI.format(number))
        yield ox.Quad(document, TYPE, FOAF_DOCUMENT, document)
    for statement in _recognitions():
        yield ox.Quad(*statement, graph("facts/acts"))
        yield ox.Quad(*statement)
    yield ox.Quad(polity("p1"), term("recognises"), polity("nowhere"), PROPOSALS)


def _recognitions() -> Iterator[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]:
    first = polity("p0")
    for number in range(400):
        other, deed = polity(f"p{number}"), act("recognition", f"p{number}", "p0", "2008-02-18")
        yield other, TYPE, term("Polity")
        yield other, ox.NamedNode(RDFS + "label"), ox.Literal(f"Polity {number}", language="en")
        yield deed, TYPE, term("Recognition")
        yield deed, term("actor"), other
        yield deed, term("object"), first
        yield deed, term("edtf"), ox.Literal("2008-02-18")
        span = period("recognition", f"p{number}", "p0", "2008-02-18")
        yield span, TYPE, term("RecognitionPeriod")
        yield span, term("basis"), ox.Literal("express")
        yield span, term("recogniser"), other
        yield span, term("recognisedParty"), first
        yield span, term("startEarliest"), ox.Literal("2008-02-18", datatype=DAY)
        yield span, term("startLatest"), ox.Literal("2008-02-18", datatype=DAY)


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store")
    write_store(path, sample_quads())
    return path


def _closing(app: Flask) -> Iterator[Flask]:
    yield app
    app.extensions["comity"].close()


@pytest.fixture(scope="session")
def app(store_path: Path) -> Iterator[Flask]:
    yield from _closing(create_app(store_path, Settings(query_seconds=2)))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    path = tmp_path_factory.mktemp("scratch")
    write_store(path, sample_quads())
    yield from _closing(create_app(path, Settings(), writes=ScratchWrites()))


@pytest.fixture(scope="session")
def server(store_path: Path) -> Iterator[str]:
    """The address of a server process like the one that `comity serve` starts."""
    yield from running(store_path)


def running(store_path: Path, **environ: str) -> Iterator[str]:
    """Start a server process and end it afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(store_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environ,
    )
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], 60)
    line = process.stdout.readline() if ready else "nothing"
    assert line.startswith("Comity is at "), line
    yield line.split()[-1].rstrip("/")
    process.terminate()
    assert process.wait(15) == 0
    process.stdout.close()


def read_proc(pid: int, name: str) -> str:
    """A file of /proc about a process; nothing where that has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text("utf-8", "replace")
    except OSError:
        return ""


def process_name(pid: int) -> str:
    return read_proc(pid, "comm").strip()


def children(pid: int, name: str) -> list[int]:
    """The children of a process that bear a name."""
    found = map(int, read_proc(pid, f"task/{pid}/children").split())
    return [child for child in found if process_name(child) == name]


def processes_of(store_path: Path) -> list[int]:
    """The supervisors, fork servers, writers and workers of a store."""
    every = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    wanted = ("comity.server.processes.supervisor", str(store_path))
    return [pid for pid in every if all(word in read_proc(pid, "cmdline") for word in wanted)]
