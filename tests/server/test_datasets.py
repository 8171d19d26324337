"""What a query is about: the default dataset, named graphs, snapshots by name, and never anything else."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from comity.server.app import create_app
from comity.server.settings import Settings

AS_OF = "https://w3id.org/comity/as-of/2010-01-01"


def values(client: FlaskClient, query: str, **parameters: str | list[str]) -> list[str]:
    response = client.get("/sparql?" + urlencode({"query": query, **parameters}, doseq=True))
    assert response.status_code == 200, response.data
    rows = json.loads(response.data)["results"]["bindings"]
    return [term["value"] for row in rows for term in row.values()]


def problem(client: FlaskClient, query: str, **parameters: str) -> dict[str, str]:
    response = client.get("/sparql?" + urlencode({"query": query, **parameters}))
    assert response.status_code == 400
    return response.json


WHO = "SELECT (COUNT(*) AS ?n) {} {{ ?a co:recognises cop:p0 }}"


def test_the_default_graph_holds_neither_proposals_nor_snapshots(client: FlaskClient) -> None:
    assert values(client, WHO.format(f"FROM <{AS_OF}>")) != ["0"]
    assert values(client, "SELECT ?b { ?a co:recognises ?b }") == []


@pytest.mark.parametrize("clause", ["FROM <{}>", "FROM <as-of/2010-01-01>", "FROM <{}/possible>"])
def test_a_snapshot_is_made_when_a_query_is_about_it(client: FlaskClient, clause: str) -> None:
    assert int(values(client, WHO.format(clause.format(AS_OF)))[0]) > 300


def test_a_snapshot_before_the_acts_is_empty(client: FlaskClient) -> None:
    assert values(client, WHO.format("FROM <as-of/2000-01-01>")) == ["0"]


@pytest.mark.parametrize(
    "pattern",
    [
        f"GRAPH <{AS_OF}> {{ ?a co:recognises cop:p0 }}",
        f"VALUES ?g {{ <{AS_OF}> }} GRAPH ?g {{ ?a co:recognises cop:p0 }}",
        "GRAPH at:2010-01-01 { ?a co:recognises cop:p0 }",
    ],
)
def test_a_snapshot_can_be_named_in_a_pattern(client: FlaskClient, pattern: str) -> None:
    query = f"PREFIX at: <https://w3id.org/comity/as-of/> SELECT (COUNT(*) AS ?n) {{ {pattern} }}"
    assert int(values(client, query)[0]) > 300


def test_a_snapshot_can_be_named_by_parameters(client: FlaskClient) -> None:
    query = WHO.format("")
    assert int(values(client, query, **{"default-graph-uri": AS_OF})[0]) > 300
    assert int(values(client, query, **{"as-of": "2010-01-01"})[0]) > 300
    assert values(client, query, **{"as-of": "2000-01-01"}) == ["0"]


def test_a_variable_graph_never_shows_snapshots_that_others_asked_for(client: FlaskClient) -> None:
    values(client, WHO.format(f"FROM <{AS_OF}>"))
    graphs = values(client, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
    assert graphs and not [name for name in graphs if "as-of" in name]


@pytest.mark.parametrize("name", ["2010-13-45", "yesterday", "2010-01-01/according-to/nobody", "9999-01-01"])
def test_what_names_no_snapshot_is_refused(client: FlaskClient, name: str) -> None:
    found = problem(client, f"SELECT * FROM <https://w3id.org/comity/as-of/{name}> {{ ?s ?p ?o }}")
    assert found["type"].endswith("/no-such-snapshot")


def test_too_many_snapshots_are_refused_kindly(client: FlaskClient) -> None:
    names = " ".join(f"<as-of/{1000 + n // 12}-{n % 12 + 1:02}-01>" for n in range(1001))
    response = client.post("/sparql", data={"query": f"SELECT * {{ VALUES ?g {{ {names} }} GRAPH ?g {{}} }}"})
    assert response.status_code == 400 and "1,001" in response.json["detail"]


def test_from_replaces_the_default_dataset(client: FlaskClient) -> None:
    query = "SELECT ?l FROM <https://w3id.org/comity/graph/proposals> { ?l co:recognises ?o }"
    assert values(client, query) == ["https://w3id.org/comity/polity/p1"]


def test_a_graph_of_ours_that_is_empty_is_no_fault(client: FlaskClient) -> None:
    assert values(client, "SELECT * FROM <https://w3id.org/comity/graph/provenance> { ?s ?p ?o }") == []


def test_a_snapshot_is_read_whole_by_the_graph_store(client: FlaskClient) -> None:
    response = client.get(f"/graph-store?graph={AS_OF}")
    assert response.status_code == 200 and b"recognises" in response.data


def test_a_store_that_is_answered_from_disk_has_snapshots_too(store_path: Path) -> None:
    write_stamp(store_path)
    app = create_app(store_path, Settings(memory_quads=0))
    client = app.test_client()
    assert int(values(client, WHO.format(f"FROM <{AS_OF}>"))[0]) > 300
    assert len(values(client, "SELECT ?l { ?s rdfs:label ?l }")) == 400
    mixed = client.get(f"/sparql?query=ASK+%7B+GRAPH+%3C{AS_OF}%3E+%7B%7D+%7D")
    app.extensions["comity"].close()
    assert mixed.status_code == 501 and "COMITY_MEMORY_QUADS" in mixed.json["hint"]


def write_stamp(store_path: Path) -> None:
    name = (store_path / "CURRENT").read_text().strip()
    stamp = store_path / "generations" / name / "stamp.json"
    stamp.write_text('{"form": 1, "counts": {"quads": 10000}}')


def test_the_whole_dataset_is_read_without_snapshots(client: FlaskClient) -> None:
    values(client, WHO.format(f"FROM <{AS_OF}>"))
    lines = client.get("/graph-store?format=nquads").text
    assert "graph/proposals" in lines and "as-of/" not in lines
