"""A polity's page shows its own and its former names, and folds those in other languages."""

import re
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient

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
