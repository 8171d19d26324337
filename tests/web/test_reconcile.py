"""The reconciliation service answers as its specification says, version 0.2, and says what is wrong with a request."""

import json
from typing import Any
from urllib.parse import quote

import jsonschema
import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from comity import iris
from comity.iris import BASE, LABEL, term
from comity.questions.lookup import Names
from comity.questions.reconciliation import Query, Reconciler
from comity.store.database import Store

TEXT = {"type": "string", "minLength": 1}
TYPE = {"type": "object", "required": ["id", "name"], "properties": {"id": TEXT, "name": TEXT}}
TYPES = {"type": "array", "items": TYPE}
SUGGEST = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("service_url", "service_path")},
}
MANIFEST = {
    "type": "object",
    "required": ["versions", "name", "identifierSpace", "schemaSpace"],
    "properties": {
        "versions": {"type": "array", "items": TEXT, "contains": {"const": "0.2"}},
        **{name: TEXT for name in ("name", "serviceVersion")},
        **{name: TEXT | {"format": "uri"} for name in ("identifierSpace", "schemaSpace", "documentation")},
        "defaultTypes": TYPES | {"uniqueItems": True},
        "batchSize": {"type": "integer", "minimum": 1},
        "view": {"required": ["url"], "properties": {"url": TEXT | {"pattern": r"\{\{id\}\}"}}},
        "suggest": {
            "additionalProperties": SUGGEST,
            "propertyNames": {"enum": ["entity", "type", "property"]},
        },
        "preview": {
            "required": ["url", "width", "height"],
            "properties": {
                "url": TEXT | {"pattern": r"\{\{id\}\}"},
                **{name: {"type": "integer"} for name in ("width", "height")},
            },
        },
        "extend": {
            "properties": {"propose_properties": SUGGEST, "property_settings": {"type": "array"}},
        },
    },
}
CANDIDATE = {
    "type": "object",
    "required": ["id", "name", "score"],
    "properties": {
        "id": TEXT,
        "name": TEXT,
        "description": {"type": "string"},
        "score": {"type": "number"},
        "match": {"type": "boolean"},
        "type": TYPES,
        "features": {
            "type": "array",
            "items": {"properties": {"id": TEXT, "value": {"type": ["number", "boolean"]}}},
        },
    },
}
ANSWERS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["result"],
        "properties": {"result": {"type": "array", "items": CANDIDATE}},
    },
}
SUGGESTIONS = {
    "type": "object",
    "required": ["result"],
    "properties": {
        "result": {
            "type": "array",
            "items": TYPE | {"properties": TYPE["properties"] | {"notable": TYPES}},  # type: ignore[operator]
        }
    },
}
EXTENSION = {
    "type": "object",
    "required": ["meta", "rows"],
    "properties": {
        "meta": TYPES,
        "rows": {
            "additionalProperties": {
                "additionalProperties": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["str"],
                        "properties": {"str": {"type": "string"}},
                        "additionalProperties": False,
                    },
                }
            }
        },
    },
}
NAMES = {
    "Burma": "myanmar",
    "S. Korea": "south-korea",
    "DPRK": "north-korea",
    "Congo-Kinshasa": "democratic-republic-of-the-congo",
    "Congo, Rep.": "republic-of-the-congo",
    "Чехословакия": "czechoslovakia",
    "polity/kosovo": "kosovo",
}


def batch(client: FlaskClient, queries: object) -> Any:
    return client.post("/reconcile", data={"queries": json.dumps(queries)})


def test_the_manifest_names_services_that_answer(client: FlaskClient) -> None:
    manifest = client.get("/reconcile").get_json()
    jsonschema.validate(manifest, MANIFEST)
    for service in manifest["suggest"].values():
        answer = client.get(service["service_url"] + service["service_path"], query_string={"prefix": "po"})
        jsonschema.validate(answer.get_json(), SUGGESTIONS)
    proposal = manifest["extend"]["propose_properties"]
    proposed = client.get(
        proposal["service_url"] + proposal["service_path"] + "?type=polity&limit=4"
    ).get_json()
    jsonschema.validate({"result": proposed["properties"]}, SUGGESTIONS)
    assert len(proposed["properties"]) == 4
    of_kosovo = quote("polity/kosovo", safe="")
    shown = client.get(manifest["preview"]["url"].replace("{{id}}", of_kosovo))
    assert "Pristina" in shown.text and "frame-ancestors" not in shown.headers["Content-Security-Policy"]
    assert client.get(manifest["view"]["url"].replace("{{id}}", of_kosovo)).status_code == 200
    assert shown.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_batch_finds_what_names_mean(client: FlaskClient, method: str) -> None:
    queries = json.dumps({name: {"query": name, "limit": 3} for name in NAMES})
    values = {"query_string" if method == "get" else "data": {"queries": queries}}
    found = getattr(client, method)("/reconcile", **values).get_json()
    jsonschema.validate(found, ANSWERS)
    assert {name: one["result"][0]["id"] for name, one in found.items()} == {
        name: f"polity/{expected}" for name, expected in NAMES.items()
    }
    assert all(one["result"][0]["match"] for one in found.values())


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("Germany", "1900", "german-empire"),
        ("Germany", "2000-01", "germany"),
        ("Yugoslavia", "1935-06-01", "kingdom-of-yugoslavia"),
        ("Yugoslavia", "1980", "yugoslavia"),
        ("Turkey", "1890", "ottoman-empire"),
    ],
)
def test_the_day_of_a_list_tells_namesakes_apart(
    client: FlaskClient, name: str, day: str, expected: str
) -> None:
    found = batch(client, {"q": {"query": name, "properties": [{"pid": "as_of", "v": day}]}}).get_json()
    assert found["q"]["result"][0]["id"] == f"polity/{expected}"


def test_codes_beside_a_name_or_alone_decide(client: FlaskClient) -> None:
    congo = {"query": "Congo", "properties": [{"pid": "iso3", "v": "COD"}]}
    coded = {"properties": [{"pid": "cow", "v": 731}], "type": "polity"}
    found = batch(client, {"name": congo, "code": coded}).get_json()
    jsonschema.validate(found, ANSWERS)
    assert found["name"]["result"][0]["id"] == "polity/democratic-republic-of-the-congo"
    assert [one["id"] for one in found["code"]["result"]] == ["polity/north-korea"]


def test_a_name_of_several_is_left_to_the_reader(client: FlaskClient) -> None:
    found = batch(client, {"q": {"query": "Korea", "type": "polity"}}).get_json()["q"]["result"]
    assert {"polity/north-korea", "polity/south-korea"} <= {one["id"] for one in found}
    assert not any(one["match"] for one in found)


def test_sources_are_found_by_their_titles(client: FlaskClient) -> None:
    title = "A Guide to the United States' History of Recognition"
    found = batch(client, {"q": {"query": title, "type": "source"}}).get_json()["q"]["result"]
    assert found and all(one["type"][0]["id"] == "source" for one in found)


def test_a_column_is_extended_with_properties(client: FlaskClient) -> None:
    wanted = {"ids": ["polity/france", "polity/nowhere"], "properties": [{"id": "iso3"}, {"id": "capital"}]}
    found = client.post("/reconcile", data={"extend": json.dumps(wanted)}).get_json()
    jsonschema.validate(found, EXTENSION)
    assert found["rows"]["polity/france"] == {"iso3": [{"str": "FRA"}], "capital": [{"str": "Paris"}]}
    assert found["rows"]["polity/nowhere"] == {"iso3": [], "capital": []}


def test_suggestions_can_be_read_on(client: FlaskClient) -> None:
    one = client.get("/reconcile/suggest/entity?prefix=Guinea").get_json()["result"]
    rest = client.get("/reconcile/suggest/entity?prefix=Guinea&cursor=1").get_json()["result"]
    assert one[0]["id"] == "polity/guinea" and [first["id"] for first in rest][:2] == [
        second["id"] for second in one[1:3]
    ]


def test_a_source_titled_like_a_state_makes_the_state_no_less_certain(real_store: Store) -> None:
    store = ox.Store()
    store.extend(real_store.oxigraph)
    page = ox.NamedNode(BASE + "source/a-page")
    store.add(ox.Quad(page, iris.TYPE, term("Source")))
    store.add(ox.Quad(page, LABEL, ox.Literal("Swaziland")))
    reconciler = Reconciler(Names(store))
    found = reconciler.candidates(Query("Swaziland", (), 3))
    assert [(one.id, one.match) for one in found[:2]] == [("polity/eswatini", True), ("source/a-page", False)]
    either = reconciler.candidates(Query("Swaziland", ("polity", "source"), 3))
    assert not any(one.match for one in either)


def test_a_blank_cell_matches_nothing_and_harms_no_other(client: FlaskClient) -> None:
    queries = json.dumps({"a": {"query": ""}, "b": {"query": " "}, "c": {"query": "Burma"}})
    found = client.post("/reconcile", data={"queries": queries}).get_json()
    assert (found["a"], found["b"]) == ({"result": []}, {"result": []})
    assert found["c"]["result"][0]["id"] == "polity/myanmar"


@pytest.mark.parametrize(
    ("queries", "status", "words"),
    [
        ("{", 400, "not JSON"),
        ("[]", 400, "not a JSON object"),
        ("[" * 50_000, 400, "nested too deeply"),
        ('{"q": {}}', 400, "neither query nor properties"),
        ('{"q": {"query": ["Burma"]}}', 400, "not a text"),
        ('{"q": {"query": "Burma", "limit": 0}}', 400, "positive whole number"),
        ('{"q": {"query": "Burma", "limit": 1e999}}', 400, "positive whole number"),
        ('{"q": {"query": "Burma", "limit": "٣"}}', 400, "positive whole number"),
        ('{"q": {"query": %s}}' % ("9" * 5000), 400, "(a number is too long)"),
        ('{"q": {"query": "Burma", "properties": [{"pid": "as_of", "v": "1900-02-30"}]}}', 400, "1900-02-30"),
        ('{"q": {"query": "Burma", "properties": [{"pid": "as_of"}]}}', 400, "pid or v"),
        (json.dumps({"q": {"query": "x" * 301}}), 400, "more than 300 letters"),
        (json.dumps({str(place): {"query": "Burma"} for place in range(51)}), 413, "51 queries"),
    ],
)
def test_a_request_that_does_not_fit_is_told_why(
    client: FlaskClient, queries: str, status: int, words: str
) -> None:
    refused = client.post("/reconcile", data={"queries": queries})
    assert refused.status_code == status
    assert words in refused.get_json()["detail"] and refused.get_json()["hint"]
