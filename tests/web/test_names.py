"""Names: those of a polity on its page, those that acts are told with, and what lists call acts and periods."""

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from comity.iris import BASE
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.naming import named_then
from comity.server.web.models.titles import called

if TYPE_CHECKING:
    from tests.web.conftest import Open


def page_of(client: FlaskClient, polity: str) -> str:
    return client.get(f"/polity/{polity}", headers={"Accept": "text/html"}).get_data(as_text=True)


def test_own_and_former_names_come_with_language_and_years(client: FlaskClient) -> None:
    text = page_of(client, "myanmar")
    assert '<bdi lang="my">' in text
    former = text[text.index("Former names") :]
    assert re.search(r">Burma</a>\s*<span[^>]*>\(1948–1989\)", former)
    assert former.index("<details>") < former.index("Бирма") < former.index("</details>")


def test_a_polity_that_bore_one_name_shows_no_former_ones(client: FlaskClient) -> None:
    assert "Former names" not in page_of(client, "chile")


def test_a_former_name_has_a_page_with_its_time_and_source(client: FlaskClient) -> None:
    address = re.search(r'href="(/name/sri-lanka/ceylon[^"]*)"', page_of(client, "sri-lanka"))
    assert address
    text = client.get(address[1], headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "1948" in text and "1972" in text and "Birth of the Republic of Sri Lanka" in text


def test_search_finds_a_state_by_its_former_name_in_russian(client: FlaskClient) -> None:
    text = client.get("/search?q=Бирма", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert 'href="/polity/myanmar"' in text


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("width", [390, 1280])
def test_names_in_other_languages_are_folded(visit: "Open", width: int) -> None:
    page = visit("/polity/cambodia", viewport={"width": width, "height": 800})
    names = page.locator("aside details")
    russian = names.locator("bdi[lang=ru]").first
    assert not russian.is_visible()
    names.locator("summary").click()
    assert russian.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("party", "earliest", "latest", "said"),
    [
        ("benin", "1960-08-02", "1960-08-02", "Dahomey (Benin)"),
        ("benin", "1975-01-01", "1975-12-31", "Benin"),  # The name changed in that year.
        ("iran", "1856-12-13", "1856-12-13", "Persia (Iran)"),
        ("taiwan", "1913-10-01", "1913-10-31", "the Republic of China (Taiwan)"),
        ("taiwan", "1964-02-10", "1964-02-10", "Taiwan"),
        ("china", "1964-01-27", "1964-01-27", "China"),
        (
            "cambodia",
            "1980-01-01",
            "1980-12-31",
            "Cambodia",
        ),  # Which of two names to use is a matter of view.
        ("libya", "1980-01-01", "1980-01-01", "the Libyan Arab Jamahiriya (Libya)"),
    ],
)
def test_an_act_names_a_party_as_it_was_called_then(
    known: GraphReader, party: str, earliest: str, latest: str, said: str
) -> None:
    assert named_then(known, f"{BASE}polity/{party}", earliest, latest) == said


def test_lists_call_acts_periods_and_successions_by_what_they_are(known: GraphReader) -> None:
    assert (
        called(known, f"{BASE}act/recognition/north-korea/donetsk-peoples-republic/2022-07-13")
        == "North Korea recognised the Donetsk People's Republic, 13 July 2022"
    )
    assert (
        called(known, f"{BASE}period/relations/austria/kosovo/2008-02-28")
        == "Relations of Austria and Kosovo, from 28 February 2008"
    )
    assert called(known, f"{BASE}succession/russia/soviet-union") == "Russia continues the Soviet Union"
    assert called(known, f"{BASE}name/n12").startswith(known.label(f"{BASE}name/n12") + ", ")


_ASK = "/sparql?query=ASK%7B%7D"


def test_parameters_of_many_values_are_given_as_often_as_there_are_values(client: FlaskClient) -> None:
    graphs = "&default-graph-uri=urn:a&default-graph-uri=urn:b&named-graph-uri=urn:a&named-graph-uri=urn:b"
    assert client.get(_ASK + graphs).status_code == 200
    assert client.get("/polity/kosovo/counts?count=express&count=relations").status_code == 200


_PARTIES = ["FRA", "fr", "France", "Francia", "france", "polity/france", f"{BASE}polity/france"]


@pytest.mark.parametrize("party", _PARTIES)
def test_a_party_is_named_by_id_iri_name_or_code(party: str, client: FlaskClient) -> None:
    named = quote(party, safe="")
    asked = "/sparql?query=SELECT*%7B%3Fs%20a%20co:State%7D&as-of=2020-01-01&format=csv&according-to="
    assert client.get(asked + named).data == client.get(f"{asked}france").data
    listed = client.get(f"/lists/states?format=json&according-to={named}").get_json()
    assert listed["title"] == "States according to France"
    for address in (f"/between?one={named}&other=DEU", f"/between?one=germany&other={named}"):
        assert "france" in client.get(address, headers={"Accept": "text/html"}).location


@pytest.mark.parametrize("address", ["/lists/states", f"{_ASK}&as-of=2020-01-01", "/map?of=kosovo"])
def test_a_party_that_is_not_known_is_refused(address: str, client: FlaskClient) -> None:
    mark = "&" if "?" in address else "?"
    answer = client.get(f"{address}{mark}according-to=Qqqq", headers={"Accept": "application/json"})
    assert answer.status_code == 400 and answer.get_json()["type"].endswith("/unknown-party")


def test_a_bloc_is_named_as_a_party_is(client: FlaskClient) -> None:
    for name in ("european-union", "European%20Union"):
        page = client.get(f"/polity?bloc={name}&as_of=2020-01-01", headers={"Accept": "text/html"})
        assert page.status_code == 200 and "/polity/france" in page.text and "/polity/brazil" not in page.text


def test_json_ld_of_results_and_graphs_is_compact_and_equal_to_turtle(client: FlaskClient) -> None:
    query = "/sparql?query=" + quote(
        "CONSTRUCT { ?s ?p ?o } { VALUES ?s { cop:kosovo cop:france } ?s ?p ?o }"
    )
    for address in (query, "/graph-store?graph=" + quote(f"{BASE}graph/inferred"), "/as-of/2010-01-01"):
        compact, turtle = (
            client.get(address, headers={"Accept": media}) for media in ("application/ld+json", "text/turtle")
        )
        document = json.loads(compact.data)
        assert document["@context"]["cop"] == f"{BASE}polity/" and "@graph" in document
        read = {quad.triple for quad in ox.parse(compact.data, format=ox.RdfFormat.JSON_LD)}
        assert read == {quad.triple for quad in ox.parse(turtle.data, format=ox.RdfFormat.TURTLE)}
