"""Which format an answer has, and that each is what it says."""

import gzip
import json
from urllib.parse import quote
from xml.etree import ElementTree

import brotli
import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from flask_compress.compat import compression

SELECT = quote("SELECT ?s ?label WHERE { ?s rdfs:label ?label } ORDER BY ?s LIMIT 3")
MANY = quote("SELECT ?s ?label WHERE { ?s rdfs:label ?label } ORDER BY ?s")
CONSTRUCT = quote("CONSTRUCT { ?s rdfs:label ?label } WHERE { ?s rdfs:label ?label } LIMIT 3")


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("application/json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/*", "text/csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/csv;q=0.4, text/tab-separated-values;q=0.5", "text/tab-separated-values"),
        ("text/csv;q=0, */*;q=0.1", "application/sparql-results+json"),
        ("application/sparql-results+json;q=0, application/*", "application/sparql-results+xml"),
        ("image/png, text/csv;q=0.01", "text/csv"),
        ("text/csv; charset=utf-8", "text/csv"),
        (
            "text/csv; charset=utf-8; q=0.2, application/sparql-results+xml; profile=x",
            "application/sparql-results+xml",
        ),
    ],
)
def test_the_best_acceptable_format_is_chosen(client: FlaskClient, accept: str | None, media: str) -> None:
    response = client.get(f"/sparql?query={SELECT}", headers={"Accept": accept} if accept else {})
    assert response.status_code == 200 and response.mimetype == media
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize(
    "accept", ["image/png", "text/turtle", "*/*;q=0", "application/sparql-results+json;q=0"]
)
def test_nothing_acceptable_is_406_with_what_there_is(client: FlaskClient, accept: str) -> None:
    response = client.get(f"/sparql?query={SELECT}", headers={"Accept": accept})
    assert response.status_code == 406
    assert "text/csv" in response.json["hint"]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("json", ox.QueryResultsFormat.JSON),
        ("xml", ox.QueryResultsFormat.XML),
        ("tsv", ox.QueryResultsFormat.TSV),
    ],
)
def test_results_read_back_the_same(client: FlaskClient, name: str, form: ox.QueryResultsFormat) -> None:
    body = client.get(f"/sparql?format={name}&query={SELECT}").data
    rows = [[term.value for term in row] for row in ox.parse_query_results(body, form)]
    assert len(rows) == 3 and rows[0][1] == "Polity 0"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("turtle", ox.RdfFormat.TURTLE),
        ("ntriples", ox.RdfFormat.N_TRIPLES),
        ("nquads", ox.RdfFormat.N_QUADS),
        ("trig", ox.RdfFormat.TRIG),
        ("rdfxml", ox.RdfFormat.RDF_XML),
        ("jsonld", ox.RdfFormat.JSON_LD),
    ],
)
def test_graphs_read_back_the_same(client: FlaskClient, name: str, form: ox.RdfFormat) -> None:
    response = client.get(f"/sparql?format={name}&query={CONSTRUCT}")
    assert form.media_type in response.content_type
    assert len(list(ox.parse(response.data, form))) == 3


def test_csv_is_what_the_w3c_describes(client: FlaskClient) -> None:
    lines = client.get(f"/sparql?format=csv&query={SELECT}").text.split("\r\n")
    assert lines[0] == "s,label" and lines[1] == "https://w3id.org/comity/polity/p0,Polity 0"


def test_ask_is_answered_in_json_and_xml(client: FlaskClient) -> None:
    assert client.get("/sparql?query=ASK%7B%7D&format=json").json["boolean"] is True
    body = client.get("/sparql?query=ASK%7B%7D&format=xml").data
    boolean = ElementTree.fromstring(body).find("{http://www.w3.org/2005/sparql-results#}boolean")
    assert boolean is not None and boolean.text == "true"


def test_a_browser_sees_a_table(client: FlaskClient) -> None:
    page = client.get(f"/sparql?query={SELECT}", headers={"Accept": "text/html"}).text
    assert "<td>" in page and "Polity 0" in page


def test_a_page_escapes_what_the_data_hold(client: FlaskClient) -> None:
    query = quote('SELECT ("<script>alert(1)</script>" AS ?x) (IRI("javascript:alert(1)") AS ?y) {}')
    page = client.get(f"/sparql?query={query}", headers={"Accept": "text/html"}).text
    assert "<script>alert" not in page and 'href="javascript:' not in page


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_answers_are_compressed_as_the_client_likes(client: FlaskClient, encoding: str) -> None:
    plain = client.get(f"/sparql?query={MANY}").data
    response = client.get(f"/sparql?query={MANY}", headers={"Accept-Encoding": encoding})
    assert response.headers["Content-Encoding"] == encoding and len(response.data) < len(plain) / 3
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": compression.zstd.decompress}[encoding]
    assert unpack(response.data) == plain


def test_small_answers_and_refused_encodings_stay_plain(client: FlaskClient) -> None:
    small = client.get("/sparql?query=ASK%7B%7D", headers={"Accept-Encoding": "gzip"})
    refused = client.get(f"/sparql?query={MANY}", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in small.headers and "Content-Encoding" not in refused.headers


def test_an_entity_tag_spares_the_second_answer(client: FlaskClient) -> None:
    first = client.get(f"/sparql?query={SELECT}")
    again = client.get(f"/sparql?query={SELECT}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.data and again.headers["ETag"] == first.headers["ETag"]
    other = client.get(f"/sparql?query={SELECT}&format=csv", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200
    assert first.headers["Comity-Version"]


def test_a_query_that_changes_by_itself_is_never_kept(client: FlaskClient) -> None:
    query = quote("SELECT (STRUUID() AS ?x) {}")
    first, second = (client.get(f"/sparql?query={query}") for _ in range(2))
    assert first.data != second.data and "ETag" not in first.headers
    assert first.headers["Cache-Control"] == "no-store"


def test_head_has_the_headers_of_get_and_no_body(client: FlaskClient) -> None:
    got, head = client.get(f"/sparql?query={SELECT}"), client.head(f"/sparql?query={SELECT}")
    assert head.status_code == 200 and not head.data
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert head.headers[name] == got.headers[name]


def test_options_tells_methods_and_lets_other_sites_ask(client: FlaskClient) -> None:
    response = client.options("/sparql", headers={"Origin": "https://example.org"})
    assert {"GET", "HEAD", "POST", "OPTIONS"} <= set(response.headers["Allow"].split(", "))
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_every_answer_has_the_security_headers(client: FlaskClient) -> None:
    for path in ("/", "/sparql?query=ASK%7B%7D", "/nowhere"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in headers["Content-Security-Policy"]


def test_the_json_of_a_result_lists_its_variables(client: FlaskClient) -> None:
    document = json.loads(client.get(f"/sparql?query={SELECT}").data)
    assert document["head"]["vars"] == ["s", "label"]


@pytest.mark.parametrize("accept", ["application/sparql-results+json", "*/*", "text/csv, text/html;q=0.9"])
def test_a_query_whose_text_says_html_is_answered_like_any_other(client: FlaskClient, accept: str) -> None:
    query = quote("SELECT ?s { ?s rdfs:label 'html' }")
    response = client.get(f"/sparql?query={query}", headers={"Accept": accept})
    wanted = "application/sparql-results+json" if accept == "*/*" else accept.partition(",")[0]
    assert response.status_code == 200 and response.mimetype == wanted


def test_a_large_graph_says_how_long_it_is(client: FlaskClient) -> None:
    response = client.get("/graph-store?format=nquads")
    assert int(response.headers["Content-Length"]) == len(response.get_data()) > 1024 * 1024


@pytest.mark.parametrize("name", ["nonsense", "turtle", "xlsx", "text/html5", "", "%00"])
def test_a_format_that_does_not_fit_gives_way_to_accept(client: FlaskClient, name: str) -> None:
    address = f"/sparql?query={SELECT}&format={name}"
    assert client.get(address, headers={"Accept": "text/csv"}).mimetype == "text/csv"
    assert client.get(address).mimetype == "application/sparql-results+json"
    assert client.get(address, headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize("media", ["text/n3", "text/rdf+n3", "text/n3;q=0.9, text/html;q=0.1"])
@pytest.mark.parametrize(
    "path", [f"/sparql?query={CONSTRUCT}", "/polity/p1", "/graph/facts/acts", "/.well-known/void"]
)
def test_who_asks_for_n3_gets_turtle(client: FlaskClient, media: str, path: str) -> None:
    response = client.get(path, headers={"Accept": media})
    assert (response.status_code, response.mimetype) == (200, "text/turtle")


@pytest.mark.parametrize(
    ("form", "suffix"),
    [(ox.RdfFormat.TRIG, "trig"), (ox.RdfFormat.N_QUADS, "nq"), (ox.RdfFormat.TURTLE, "ttl")],
)
def test_things_come_in_every_format_of_rdf(client: FlaskClient, form: ox.RdfFormat, suffix: str) -> None:
    wanted = {
        quad.triple for quad in ox.parse(client.get("/polity/p1.nt").data, format=ox.RdfFormat.N_TRIPLES)
    }
    for answer in (
        client.get(f"/polity/p1.{suffix}"),
        client.get("/polity/p1", headers={"Accept": form.media_type}),
    ):
        assert {quad.triple for quad in ox.parse(answer.data, format=form)} == wanted


@pytest.mark.parametrize(
    "more", ["default-graph-uri=", "named-graph-uri=&default-graph-uri=", "timeout=0", "timeout=", "format="]
)
def test_empty_parameters_are_as_good_as_none(client: FlaskClient, more: str) -> None:
    response = client.get(f"/sparql?query={SELECT}&{more}")
    assert response.status_code == 200 and response.json["results"]["bindings"]


def test_a_byte_order_mark_is_no_part_of_a_query(client: FlaskClient) -> None:
    text = "\ufeffASK {}"
    for answer in (
        client.post("/sparql", data=text.encode(), content_type="application/sparql-query"),
        client.post("/sparql", data={"query": text}),
        client.get("/sparql", query_string={"query": text}),
    ):
        assert answer.json["boolean"] is True


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate, gzip"])
def test_a_packed_body_is_refused_with_what_is_read(client: FlaskClient, coding: str) -> None:
    answer = client.post(
        "/sparql", data=b"x", content_type="text/turtle", headers={"Content-Encoding": coding}
    )
    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "identity")


def test_pages_elsewhere_may_send_what_writes_need(client: FlaskClient) -> None:
    headers = client.options("/sparql").headers
    assert {"Authorization", "Prefer", "If-Match"} <= set(headers["Access-Control-Allow-Headers"].split(", "))
    assert {"PUT", "DELETE"} <= set(headers["Access-Control-Allow-Methods"].split(", "))
