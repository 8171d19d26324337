"""The 34 tests of the W3C's SPARQL 1.1 protocol suite, in its order and under its names."""

import json
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from .conftest import KASEI

DATA = [KASEI.format(number) for number in range(4)]
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
BOTH = f"<{DATA[1]}> a ?type . <{DATA[2]}> a ?type ."
BOTH_NAMED = f"GRAPH ?g1 {{ <{DATA[1]}> a ?type }} GRAPH ?g2 {{ <{DATA[2]}> a ?type }}"
SELECT = {"application/sparql-results+xml", "application/sparql-results+json", "text/csv", "text/html"}
GRAPH = {"text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"}


def is_true(response: TestResponse) -> bool:
    return response.status_code == 200 and json.loads(response.data)["boolean"] is True


def get(client: FlaskClient, query: str, **dataset: list[str]) -> TestResponse:
    return client.get("/sparql/?" + urlencode({"query": query} | _hyphened(dataset), doseq=True))


def post(client: FlaskClient, text: str, media: str, **dataset: list[str]) -> TestResponse:
    address = "/sparql/?" + urlencode(_hyphened(dataset), doseq=True)
    return client.post(address, data=text.encode(), content_type=media)


def _hyphened(dataset: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name.replace("_", "-"): values for name, values in dataset.items()}


def test_query_post_form(client: FlaskClient) -> None:
    assert is_true(post(client, "query=ASK%20%7B%7D", FORM, default_graph_uri=[DATA[0]]))


def test_query_dataset_default_graphs_get(client: FlaskClient) -> None:
    assert is_true(get(client, f"ASK {{ {BOTH} }}", default_graph_uri=DATA[1:3]))


def test_query_dataset_default_graphs_post(client: FlaskClient) -> None:
    assert is_true(post(client, f"ASK {{ {BOTH} }}", QUERY, default_graph_uri=DATA[1:3]))


def test_query_dataset_named_graphs_post(client: FlaskClient) -> None:
    assert is_true(post(client, f"ASK {{ {BOTH_NAMED} }}", QUERY, named_graph_uri=DATA[1:3]))


def test_query_dataset_named_graphs_get(client: FlaskClient) -> None:
    assert is_true(get(client, f"ASK {{ {BOTH_NAMED} }}", named_graph_uri=DATA[1:3]))


def test_query_dataset_full(client: FlaskClient) -> None:
    query = f"ASK {{ <{DATA[3]}> a ?type {BOTH_NAMED} }}"
    assert is_true(post(client, query, QUERY, default_graph_uri=[DATA[3]], named_graph_uri=DATA[1:3]))


def test_query_multiple_dataset(client: FlaskClient) -> None:
    """The dataset of the protocol wins over the one of the query."""
    query = f"ASK FROM <{DATA[1]}> {{ <{DATA[1]}> a ?type }}"
    response = get(client, query, default_graph_uri=[DATA[2]])
    assert response.status_code == 200 and not json.loads(response.data)["boolean"]


def test_query_get(client: FlaskClient) -> None:
    assert is_true(get(client, "ASK {}"))


@pytest.mark.parametrize(
    ("query", "media"),
    [
        pytest.param("SELECT (1 AS ?value) {}", SELECT, id="query_content_type_select"),
        pytest.param("ASK {}", SELECT, id="query_content_type_ask"),
        pytest.param("DESCRIBE <http://example.org/>", GRAPH, id="query_content_type_describe"),
        pytest.param("CONSTRUCT { <s> <p> 1 } WHERE {}", GRAPH, id="query_content_type_construct"),
    ],
)
def test_query_content_type(client: FlaskClient, query: str, media: set[str]) -> None:
    assert get(client, query).mimetype in media


INSERT = "\n".join(
    [
        "PREFIX dc: <http://purl.org/dc/terms/> PREFIX foaf: <http://xmlns.com/foaf/0.1/> DROP ALL ;",
        "INSERT DATA {",
        *(f"GRAPH <{name}> {{ <{name}> a foaf:Document }}" for name in DATA[1:]),
        "} ;",
    ]
)
TEST = "http://example.org/protocol-update-test/"
IS_COPIED = "<{}> a <http://purl.org/dc/terms/BibliographicResource> ."


def copied(*numbers: int) -> str:
    return f"GRAPH <{TEST}> {{ {' '.join(IS_COPIED.format(DATA[number]) for number in numbers)} }}"


def updated(scratch: Flask, where: str, ask: str, **dataset: list[str]) -> bool:
    update = f"{INSERT} INSERT {{ GRAPH <{TEST}> {{ ?s a dc:BibliographicResource }} }} WHERE {{ {where} }}"
    client = scratch.test_client()
    assert post(client, update, UPDATE, **dataset).status_code == 204
    return is_true(post(client, f"ASK {{ {ask} }}", QUERY))


def test_update_dataset_default_graph(scratch: Flask) -> None:
    ask = f"{copied(1)} FILTER NOT EXISTS {{ {copied(2)} }}"
    assert updated(scratch, "?s a foaf:Document", ask, using_graph_uri=DATA[1:2])


def test_update_dataset_default_graphs(scratch: Flask) -> None:
    ask = f"{copied(1, 2)} FILTER NOT EXISTS {{ {copied(3)} }}"
    assert updated(scratch, "?s a foaf:Document", ask, using_graph_uri=DATA[1:3])


def test_update_dataset_named_graphs(scratch: Flask) -> None:
    ask = f"{copied(1, 2)} FILTER NOT EXISTS {{ {copied(3)} }}"
    where = "GRAPH ?g { ?s a foaf:Document }"
    assert updated(scratch, where, ask, using_named_graph_uri=DATA[1:3])


def test_update_dataset_full(scratch: Flask) -> None:
    update = f"""{INSERT} INSERT {{ GRAPH <{TEST}> {{ ?s <http://example.org/in> ?in }} }}
    WHERE {{ {{ GRAPH ?g {{ ?s a foaf:Document }} BIND(?g AS ?in) }}
             UNION {{ ?s a foaf:Document . BIND("default" AS ?in) }} }}"""
    client = scratch.test_client()
    dataset = {"using_graph_uri": [DATA[1]], "using_named_graph_uri": [DATA[2]]}
    assert post(client, update, UPDATE, **dataset).status_code == 204
    ask = f"""ASK {{ GRAPH <{TEST}> {{ <{DATA[1]}> <http://example.org/in> "default" .
                                      <{DATA[2]}> <http://example.org/in> <{DATA[2]}> }}
              FILTER NOT EXISTS {{ GRAPH <{TEST}> {{ <{DATA[3]}> ?p ?o }} }} }}"""
    assert is_true(post(client, ask, QUERY))


def test_update_post_form(scratch: Flask) -> None:
    client = scratch.test_client()
    assert post(client, urlencode({"update": "CLEAR NAMED"}), FORM).status_code == 204


def test_update_post_direct(scratch: Flask) -> None:
    assert post(scratch.test_client(), "CLEAR NAMED", UPDATE).status_code == 204


def test_update_base_uri(scratch: Flask) -> None:
    client = scratch.test_client()
    update = """CLEAR GRAPH <http://example.org/base/> ; INSERT DATA { GRAPH <http://example.org/base/>
             { <http://example.org/s> <http://example.org/p> <test> } }"""
    assert post(client, update, UPDATE).status_code == 204
    query = "SELECT ?o WHERE { GRAPH <http://example.org/base/> { <http://example.org/s> ?p ?o } }"
    rows = json.loads(post(client, query, QUERY).data)["results"]["bindings"]
    assert len(rows) == 1 and rows[0]["o"]["value"].endswith("/test") and "://" in rows[0]["o"]["value"]


def test_query_post_direct(client: FlaskClient) -> None:
    assert is_true(post(client, "ASK {}", QUERY))


def test_bad_query_method(client: FlaskClient) -> None:
    response = client.put("/sparql?query=ASK%20%7B%7D")
    assert response.status_code == 405 and "POST" in response.headers["Allow"]


def test_bad_multiple_queries(client: FlaskClient) -> None:
    assert client.get("/sparql?query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D").status_code == 400


@pytest.mark.parametrize(
    ("text", "media", "status"),
    [
        pytest.param("ASK {}", "text/plain", 415, id="bad_query_wrong_media_type"),
        pytest.param("query=ASK%20%7B%7D", "", 415, id="bad_query_missing_form_type"),
        pytest.param("ASK {}", "", 415, id="bad_query_missing_direct_type"),
        pytest.param("ASK {}", f"{QUERY}; charset=UTF-16", 415, id="bad_query_non_utf8"),
        pytest.param("ASK {", QUERY, 400, id="bad_query_syntax"),
        pytest.param("update=CLEAR%20NAMED&update=CLEAR%20DEFAULT", FORM, 400, id="bad_multiple_updates"),
        pytest.param("CLEAR NAMED", "text/plain", 415, id="bad_update_wrong_media_type"),
        pytest.param("update=CLEAR%20NAMED", "", 415, id="bad_update_missing_form_type"),
        pytest.param("CLEAR NAMED", f"{UPDATE}; charset=UTF-16", 415, id="bad_update_non_utf8"),
        pytest.param("CLEAR XYZ", UPDATE, 400, id="bad_update_syntax"),
    ],
)
def test_bad_post(scratch: Flask, text: str, media: str, status: int) -> None:
    response = scratch.test_client().post("/sparql/", data=text.encode(), content_type=media or None)
    assert response.status_code == status


def test_bad_query_non_utf8_body(client: FlaskClient) -> None:
    body = "ASK {}".encode("utf-16")
    assert client.post("/sparql", data=body, content_type=QUERY).status_code == 400


def test_bad_update_get(scratch: Flask) -> None:
    assert scratch.test_client().get("/sparql?update=CLEAR%20ALL").status_code in {400, 405}


def test_bad_update_dataset_conflict(scratch: Flask) -> None:
    update = f"""INSERT {{ <s> <p> ?o }} USING <{DATA[1]}> WHERE {{ ?s ?p ?o }}"""
    assert post(scratch.test_client(), update, UPDATE, using_graph_uri=[DATA[2]]).status_code == 400
