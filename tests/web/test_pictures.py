"""Figures as files that stand alone: title, legend, day, source and licence within them."""

import importlib.util
import re
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient


def words_of(document: str) -> str:
    root = ElementTree.fromstring(document)
    return " ".join(text for one in root.iter() if one.tag.endswith(("text", "tspan")) and (text := one.text))


CRIMEA = "/map?of=crimea-republic&according_to=russia&beside=ukraine&as_of=2015-01-01"


@pytest.mark.parametrize(
    ("address", "title", "told"),
    [
        (
            "/timeline/july-2022?",
            "July 2022: North Korea recognises",
            "Ukraine severed relations with North Korea",
        ),
        ("/timeline?of=kosovo&around=2008-02-17", "Kosovo: what happened", "recognised Kosovo"),
        (
            CRIMEA,
            "Republic of Crimea as Russia and as Ukraine see it, 1 January 2015",
            "As Ukraine sees it Ukraine",
        ),
    ],
)
def test_a_figure_says_what_it_shows_and_where_it_is_from(
    client: FlaskClient, address: str, title: str, told: str
) -> None:
    document = client.get(f"{address}&format=svg").get_data(as_text=True)
    words = words_of(document)
    assert words.startswith(title) and told in words and "CC BY 4.0" in words
    assert f"Source: Comity, http://localhost{address.partition('?')[0]}" in words
    # A file has no links: where it is shown, they would lead nowhere.
    assert "href=" not in document
    _, _, width, height = map(float, re.search(r'viewBox="([^"]+)"', document)[1].split())  # type: ignore[index]
    assert width > 500 and height > 300


@pytest.mark.skipif(not importlib.util.find_spec("resvg_py"), reason="resvg-py is not installed")
def test_two_views_are_one_picture(client: FlaskClient) -> None:
    answer = client.get(f"{CRIMEA}&format=png")
    assert answer.content_type == "image/png" and answer.data.startswith(b"\x89PNG")
