"""The tools behind the protocol: it follows the store, and its processes end with it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from comity.iris import RDF, RDFS, polity, term
from comity.server.mcp.tools import MOST_LETTERS, GraphTools
from comity.store.database import GenerationWriter, write_lock


def write(path: Path, name: str) -> str:
    node, graph = polity("a"), ox.NamedNode("https://w3id.org/comity/graph/facts/polities")
    quads = [
        ox.Quad(node, ox.NamedNode(RDF + "type"), term("Polity"), graph),
        ox.Quad(node, ox.NamedNode(RDFS + "label"), ox.Literal(name, language="en"), graph),
    ]
    with write_lock(path), GenerationWriter(path, "0" * 64) as writer:
        writer.add_quads(quads)
        writer.publish({"hash": "0" * 64, "counts": {}, "version": "1"})
        return writer.name


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[GraphTools]:
    write(tmp_path / "store", "Oldland")
    made = GraphTools(tmp_path / "store")
    yield made
    made.close()


def test_a_new_build_is_answered_from_at_once(tools: GraphTools, tmp_path: Path) -> None:
    query = "SELECT ?name { cop:a rdfs:label ?name }"
    assert tools.query(query, 10, 5)["rows"] == [{"name": "Oldland"}]
    assert tools.search_name("Oldland", "any", 5)["hits"][0]["id"] == "a"
    new = write(tmp_path / "store", "Newland")
    deadline = time.monotonic() + 30
    while (answer := tools.query(query, 10, 5))["graph_version"]["generation"] != new:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert answer["rows"] == [{"name": "Newland"}]
    assert tools.search_name("Newland", "any", 5)["hits"][0]["name"] == "Newland"


def test_a_cell_that_is_too_long_is_cut_and_marked(tools: GraphTools) -> None:
    text = 'SELECT (CONCAT(REPLACE("%s", "x", "xxxxxxxxxx"), "end") AS ?long) {}' % ("x" * MOST_LETTERS)
    (row,) = tools.query(text, 10, 5)["rows"]
    assert len(row["long"]) == MOST_LETTERS + 2 and row["long"].endswith(" …")


def test_values_are_plain_and_what_is_unbound_is_null(tools: GraphTools) -> None:
    rows = tools.query("SELECT (3 AS ?n) (true AS ?yes) (1.5 AS ?x) ?no {}", 10, 5)["rows"]
    assert rows == [{"n": 3, "yes": True, "x": "1.5", "no": None}]
