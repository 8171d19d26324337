"""Pages that say what is wrong: nothing twice, the nearest names as links, and what was asked in a form."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient


def main_of(client: FlaskClient, address: str) -> tuple[int, str, str]:
    """The status of a page, its main part, and the same as text."""
    answer = client.get(address, headers={"Accept": "text/html"})
    found = re.search(r"<main.*</main>", answer.text, re.DOTALL)
    assert found
    return (
        answer.status_code,
        unescape(found[0]),
        re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", found[0]))),
    )


@pytest.mark.parametrize(
    ("address", "status", "better"),
    [
        (
            "/polity/serbia?according_to=Kosovoo&as_of=2010-01-01",
            400,
            "/polity/serbia?according_to=kosovo&as_of=2010-01-01",
        ),
        ("/matrix?polities=Serbia,Kosovoo", 400, "/matrix?polities=Serbia%2Ckosovo"),
        ("/map?of=Kosovoo", 400, "/map?of=kosovo"),
        ("/between/kosovoo/serbia", 404, "/between/kosovo/serbia"),
        (
            "/explain?subject=Kosovoo&predicate=a&object=co:State",
            400,
            "/explain?subject=kosovo&predicate=a&object=co%3AState",
        ),
        ("/questions/who-recognises?object=Kosovoo", 400, "/questions/who-recognises?object=kosovo"),
    ],
)
def test_a_name_that_stands_for_nothing_leads_to_the_nearest(
    client: FlaskClient, address: str, status: int, better: str
) -> None:
    answered, page, text = main_of(client, address)
    assert answered == status
    assert "is not the name of a" in text
    assert text.count("Did you mean") == 1
    assert f'href="{better}"' in page
    assert client.get(better).status_code == 200


def test_what_was_asked_stays_in_a_form(client: FlaskClient) -> None:
    _, page, _ = main_of(client, "/map?of=Kosovoo&as_of=2010-01-01")
    assert 'name="of" value="Kosovoo"' in page
    assert 'name="as_of" value="2010-01-01"' in page
    _, page, _ = main_of(client, "/sparql?query=SELECT+%3Fx+%7B+%3Fx+co:actor+%7D")
    assert "SELECT ?x { ?x co:actor }</textarea>" in page


def test_a_bad_day_is_told_once(client: FlaskClient) -> None:
    _, _, text = main_of(client, "/polity/kosovo?as_of=2022-13-45")
    assert text.count("YYYY-MM-DD") == 1


def test_programs_are_told_the_place_and_the_nearest(client: FlaskClient) -> None:
    told = client.get("/polity/serbia?according_to=Kosovoo").json
    assert told["detail"] == "'Kosovoo' is not the name of a party in this graph."
    assert told["hint"].startswith("Did you mean Kosovo")
    assert told["parameter"] == "according_to"
    assert told["suggestions"][0] == {"name": "Kosovo", "iri": "https://w3id.org/comity/polity/kosovo"}
