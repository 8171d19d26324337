"""What a query is about: the default dataset, named graphs, snapshots by name, and never anything else."""

import json
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
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
    mixed = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{AS_OF}> {{ ?a co:recognises cop:p0 }} ?a rdfs:label ?name }}"
    assert int(values(client, mixed)[0]) > 300
    app.extensions["comity"].close()


@pytest.mark.parametrize(
    "rest",
    [
        "?a ?property ?value",  # anything
        "?a a ?class",
        "?a co:capital ?value",  # no question combines this with a snapshot
        "GRAPH ?stored { ?a rdfs:label ?value }",
        "GRAPH <graph/facts/polities> { ?a rdfs:label ?value }",
        "?a co:continuesPeriod* ?value",
        "{ SELECT ?a { ?a a co:State ; rdfs:label ?value } }",
    ],
)
def test_a_query_combines_snapshots_with_all_else(client: FlaskClient, store_path: Path, rest: str) -> None:
    query = f"SELECT DISTINCT ?a {{ GRAPH <{AS_OF}> {{ ?a co:recognises cop:p0 }} {rest} }}"
    alone = set(values(client, f"SELECT ?a FROM <{AS_OF}> {{ ?a co:recognises cop:p0 }}"))
    for _ in range(3):  # by a fresh worker, and by one that has answered before
        elsewhere = set(values(client, f"SELECT DISTINCT ?a {{ {rest} }}"))
        assert set(values(client, query)) == alone & elsewhere
    assert list((store_path / "copies").glob("*")) == []


def test_a_query_on_a_copy_ends_in_time_and_leaves_nothing(client: FlaskClient, store_path: Path) -> None:
    days = " ".join(f"<as-of/2010-01-{n:02}>" for n in range(1, 29))
    query = (
        f"SELECT (COUNT(*) AS ?n) {{ VALUES ?g {{ {days} }} GRAPH ?g {{ ?a ?b ?c }} ?c ?d ?e . ?e ?f ?h }}"
    )
    response = client.get("/sparql?" + urlencode({"query": query, "timeout": "0.05"}))
    assert response.status_code == 504
    # When it forks the next worker, the fork server has noticed the end of this one.
    assert (
        values(client, f"SELECT ?b {{ GRAPH <{AS_OF}> {{ ?a co:recognises cop:p0 }} ?a co:capital ?b }}")
        == []
    )
    assert list((store_path / "copies").glob("*")) == []


def test_a_copy_whose_worker_and_server_were_killed_is_removed_by_the_next_server(store_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = store_path / "copies" / str(ended.pid)
    left.mkdir(parents=True)
    app = create_app(store_path, Settings())
    assert values(app.test_client(), "SELECT ?l { cop:p0 rdfs:label ?l }")
    assert not left.exists()
    app.extensions["comity"].close()


def write_stamp(store_path: Path) -> None:
    name = (store_path / "CURRENT").read_text().strip()
    stamp = store_path / "generations" / name / "stamp.json"
    stamp.write_text('{"form": 1, "counts": {"quads": 10000}}')


def test_the_whole_dataset_is_read_without_snapshots(client: FlaskClient) -> None:
    values(client, WHO.format(f"FROM <{AS_OF}>"))
    lines = client.get("/graph-store?format=nquads").text
    assert "graph/proposals" in lines and "as-of/" not in lines


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("<urn:f>(1)", []),
        ("COALESCE(<urn:f>(1), 2)", ["2"]),
        ("IF(BOUND(?no), co:f(1), 3)", ["3"]),
        ("<urn:f>(<urn:g>(1))", []),
        ("xsd:nothing('1')", []),
        ("xsd:integer('1')", ["1"]),
        ("SUM(<urn:f>(1))", []),
    ],
)
def test_an_unknown_function_is_an_error_of_its_expression(
    client: FlaskClient, expression: str, wanted: list[str]
) -> None:
    assert values(client, f"SELECT ({expression} AS ?x) {{}}") == wanted


@pytest.mark.parametrize("pattern", ["FILTER(<urn:f>(?s))", "FILTER(<urn:f>(?s) || ?s = cop:p0)"])
def test_rows_for_which_a_filter_fails_are_left_out(client: FlaskClient, pattern: str) -> None:
    found = values(client, f"SELECT DISTINCT ?s {{ ?s rdfs:label ?l {pattern} }}")
    assert len(found) == ("||" in pattern)


@pytest.mark.parametrize("clause", ["FROM {}", "FROM NAMED {}", "FROM <graph/facts/acts> FROM {}"])
def test_a_graph_that_is_not_here_is_empty_and_a_header_says_so(client: FlaskClient, clause: str) -> None:
    query = f"SELECT * {clause.format('<urn:nowhere>')} {{ ?s co:edtf ?o }} LIMIT 1"
    response = client.get("/sparql", query_string={"query": query})
    assert response.headers["Comity-Unknown-Graph"] == "urn:nowhere"
    assert len(response.json["results"]["bindings"]) == ("facts" in clause)
    again = client.get("/sparql", query_string={"query": query})
    assert again.headers["Comity-Unknown-Graph"] == "urn:nowhere"
    known = client.get("/sparql", query_string={"query": query.replace("urn:nowhere", "graph/inferred")})
    assert "Comity-Unknown-Graph" not in known.headers


@pytest.mark.parametrize("service", ["<http://x.example/>", "?e", "co:x"])
def test_a_silent_service_gives_one_empty_solution(client: FlaskClient, service: str) -> None:
    query = f"SELECT * {{ VALUES ?e {{ 1 }} SERVICE SILENT {service} {{ ?s ?p ?o }} BIND(2 AS ?b) }}"
    assert values(client, query) == ["2", "1"]
    refused = client.get("/sparql", query_string={"query": query.replace("SILENT", "")})
    assert (refused.status_code, refused.json["type"].split("/")[-1]) == (403, "outside-access-refused")


def test_a_silent_load_does_nothing_and_lets_the_rest_be_done(scratch: Flask) -> None:
    client = scratch.test_client()
    texts = ["LOAD SILENT <http://x.example/>", "LOAD SILENT <urn:x> INTO GRAPH <urn:y>"]
    for number, text in enumerate(texts):
        update = f"{text} ; INSERT DATA {{ GRAPH <urn:z> {{ <urn:a> <urn:b> {number} }} }}"
        assert client.post("/sparql", data={"update": update}).status_code == 204
        assert values(client, "SELECT ?o { GRAPH <urn:z> { ?s ?p ?o } }")[-1:] != []
        assert values(client, "SELECT ?g { GRAPH <urn:y> { ?s ?p ?o } }") == []
        refused = client.post("/sparql", data={"update": update.replace("SILENT", "")})
        assert refused.status_code == 403


@pytest.mark.parametrize(
    "update",
    [
        "LOAD ; LOAD <urn:a>",
        "LOAD <urn:a> ; INSERT DATA { _:a <urn:b> ?c }",
        "LOAD SILENT ; DROP ALL",
        "LOAD <urn:a> <urn:b>",
    ],
)
def test_an_error_of_syntax_is_told_before_a_refusal(scratch: Flask, update: str) -> None:
    answer = scratch.test_client().post("/sparql", data={"update": update})
    assert (answer.status_code, answer.json["type"].split("/")[-1]) == (400, "syntax-error")
