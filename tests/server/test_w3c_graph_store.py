"""The tests of the W3C's Graph Store HTTP protocol suite, in its order, and the service description's."""

import io
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

TURTLE = "text/turtle; charset=utf-8"
PREFIXES = "@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix v: <http://www.w3.org/2006/vcard/ns#> .\n"
JOHN = PREFIXES + '<1> a foaf:Person; foaf:businessCard [ a v:VCard; v:fn "John Doe" ] .'
JANE = PREFIXES + '<1> a foaf:Person; foaf:businessCard [ a v:VCard; v:fn "Jane Doe" ] .'
ALICE = PREFIXES + '[] a foaf:Person; foaf:businessCard [ a v:VCard; v:given-name "Alice" ] .'
PERSON = "/graph-store/person/1.ttl"


@pytest.fixture
def client(scratch: Flask) -> Iterator[FlaskClient]:
    yield scratch.test_client()


def names(response: TestResponse) -> list[str]:
    assert response.status_code == 200 and response.content_type == TURTLE
    triples = ox.parse(response.data, ox.RdfFormat.TURTLE, base_iri="http://localhost/")
    return sorted(quad.object.value for quad in triples if isinstance(quad.object, ox.Literal))


def put(client: FlaskClient, address: str, text: str, media: str = TURTLE) -> int:
    return client.put(address, data=text.encode(), content_type=media).status_code


def test_put_makes_a_graph_that_is_read_by_either_identification(client: FlaskClient) -> None:
    assert put(client, PERSON, JOHN) == 201
    assert names(client.get(f"/graph-store?graph=http://localhost{PERSON}")) == ["John Doe"]


def test_put_replaces_a_graph_already_in_the_store(client: FlaskClient) -> None:
    put(client, PERSON, JOHN)
    assert put(client, PERSON, JANE) == 204
    assert names(client.get(PERSON)) == ["Jane Doe"]


def test_put_replaces_the_default_graph(client: FlaskClient) -> None:
    assert put(client, "/graph-store?default", ALICE) == 204
    assert names(client.get("/graph-store?default", headers={"Accept": "text/turtle"})) == ["Alice"]


def test_put_with_a_mismatched_payload_is_refused(client: FlaskClient) -> None:
    assert put(client, PERSON, "<?xml version='1.0'?><rdf/>", TURTLE) == 400


def test_put_of_an_empty_graph_makes_an_empty_graph(client: FlaskClient) -> None:
    assert put(client, "/graph-store/empty", "") == 201
    assert names(client.get("/graph-store/empty")) == []
    assert put(client, "/graph-store/empty", JOHN) == 204
    assert names(client.get("/graph-store/empty")) == ["John Doe"]


def test_a_deleted_graph_is_gone(client: FlaskClient) -> None:
    put(client, "/graph-store/person/2.ttl", JOHN)
    assert client.delete("/graph-store/person/2.ttl").status_code == 204
    assert client.get("/graph-store/person/2.ttl").status_code == 404
    assert client.delete("/graph-store/person/2.ttl").status_code == 404


def test_post_adds_to_an_existing_graph(client: FlaskClient) -> None:
    put(client, PERSON, JANE)
    addition = PREFIXES + '<1> foaf:name "Jane" .'
    assert client.post(PERSON, data=addition, content_type=TURTLE).status_code == 204
    assert names(client.get(PERSON)) == ["Jane", "Jane Doe"]


def _file(key: str, value: str) -> FileStorage:
    text = f'{PREFIXES}<1> foaf:{key} "{value}" .'
    return FileStorage(io.BytesIO(text.encode()), filename=f"{key}.ttl", content_type="text/turtle")


def test_post_of_a_form_adds_each_of_its_files(client: FlaskClient) -> None:
    put(client, PERSON, JANE)
    files = [_file(key, value) for key, value in (("givenName", "Jane"), ("familyName", "Doe"))]
    response = client.post(PERSON, data={"one": files[0], "two": files[1]})
    assert response.status_code == 204
    assert names(client.get(PERSON)) == ["Doe", "Jane", "Jane Doe"]


def test_post_to_the_store_makes_a_new_graph_and_says_where(client: FlaskClient) -> None:
    response = client.post("/graph-store", data=ALICE, content_type=TURTLE)
    assert response.status_code == 201
    place = response.headers["Location"]
    assert names(client.get(place)) == ["Alice"]
    assert client.post(place, data="", content_type=TURTLE).status_code == 204
    assert names(client.get(place)) == ["Alice"]


def test_head_tells_of_an_existing_graph_without_its_body(client: FlaskClient) -> None:
    put(client, PERSON, JOHN)
    response = client.head(PERSON)
    assert response.status_code == 200 and response.content_type == TURTLE and not response.data


def test_head_tells_that_a_graph_does_not_exist(client: FlaskClient) -> None:
    assert client.head("/graph-store/person/4").status_code == 404


def test_two_graphs_in_one_request_are_refused(client: FlaskClient) -> None:
    assert client.get("/graph-store?default&graph=urn:a").status_code == 400
    assert client.get("/graph-store?graph=urn:a&graph=urn:b").status_code == 400


def test_a_relative_graph_name_is_refused(client: FlaskClient) -> None:
    assert client.get("/graph-store?graph=person").status_code == 400


@pytest.mark.parametrize("before", ["", f"<!--{'x' * 100_000}-->"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_entity_bomb_is_refused(client: FlaskClient, before: str, encoding: str) -> None:
    start = f'<?xml version="1.0" encoding="{encoding}"?>{before}'
    bomb = f'{start}<!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><rdf:RDF/>'.encode(encoding)
    response = client.put(PERSON, data=bomb, content_type="application/rdf+xml")
    assert response.status_code == 400 and "DOCTYPE" in response.json["detail"]


@pytest.mark.parametrize("opening", [b'{"urn:a":', b'{"urn:[{":[', b'\n{"a\\"{":'])
def test_a_json_ld_document_nested_very_deeply_is_refused(client: FlaskClient, opening: bytes) -> None:
    closing = b"]}" if opening.endswith(b"[") else b"}"
    document = opening * 20_000 + b"1" + closing * 20_000
    response = client.put(PERSON, data=document, content_type="application/ld+json")
    assert response.status_code == 400 and "more than 500 levels deep" in response.json["detail"]


def test_brackets_in_strings_nest_nothing(client: FlaskClient) -> None:
    document = b'{"@id": "urn:a", "urn:name": "' + b"[" * 5000 + b'"}'
    response = client.put(PERSON, data=document, content_type="application/ld+json")
    assert "levels deep" not in response.text


def test_a_remote_json_ld_context_is_refused(client: FlaskClient) -> None:
    document = '{"@context": "http://127.0.0.1:9/context", "@id": "urn:a", "name": "b"}'
    assert put(client, PERSON, document, "application/ld+json") == 400


SD = "http://www.w3.org/ns/sparql-service-description#"


def description(client: FlaskClient) -> list[ox.Quad]:
    response = client.get("/sparql", headers={"Accept": "text/turtle"})
    assert response.status_code == 200
    return list(ox.parse(response.data, ox.RdfFormat.TURTLE))


def test_the_service_returns_rdf_about_itself(client: FlaskClient) -> None:
    assert description(client)


def test_the_service_names_exactly_its_own_endpoint(client: FlaskClient) -> None:
    endpoints = [quad for quad in description(client) if quad.predicate.value == SD + "endpoint"]
    assert [quad.object.value for quad in endpoints] == ["http://localhost/sparql"]
    services = [quad for quad in description(client) if quad.object == ox.NamedNode(SD + "Service")]
    assert [quad.subject for quad in services] == [quad.subject for quad in endpoints]


def test_the_description_fits_the_schema_of_its_vocabulary(client: FlaskClient) -> None:
    known = {
        *("endpoint", "supportedLanguage", "resultFormat", "inputFormat", "defaultDataset"),
        *("defaultGraph", "namedGraph", "name", "graph", "feature"),
    }
    used = {
        quad.predicate.value.removeprefix(SD) for quad in description(client) if SD in quad.predicate.value
    }
    assert used <= known
