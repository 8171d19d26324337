"""Names: those of a polity on its page, those that acts are told with, and what lists call acts and periods."""

import re
from typing import TYPE_CHECKING

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
