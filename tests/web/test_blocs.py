"""Blocs at a glance on the page of a polity: how many members recognise it, and what the others say."""

import html
import re

import pytest
from flask.testing import FlaskClient

from comity.iris import BASE
from comity.server.web.models import blocs
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.records import Act

KOSOVO = BASE + "polity/kosovo"
EUROPEAN_UNION = BASE + "organisation/european-union"


def section(client: FlaskClient, address: str) -> str:
    """Return the text of the section; empty where the page has none."""
    text = client.get(address, headers={"Accept": "text/html"}).get_data(as_text=True)
    found = re.search(r'<section aria-labelledby="blocs">(.*?)</section>', text, re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", found[1]))) if found else ""


def test_each_organisation_has_its_number_and_the_others_by_name(client: FlaskClient) -> None:
    told = section(client, "/polity/kosovo?as_of=2024-01-01")
    assert "European Union 22 of 27 Cyprus ( not a state ) Greece" in told
    assert "Togo ( withdrew its recognition , 28 June 2019 )" in told
    assert "Burundi ( withdrew its recognition , 15 February 2018 disputed )" in told
    assert "Russia ( entity within Serbia whose proclamation is held invalid )" in told
    assert "Nothing is known of" in told


def test_a_vote_is_told_by_which_way_it_went() -> None:
    note = "Abstained: admission of Kosovo to UNESCO; the majority was not reached."
    act = Act("", "vote", "", "", "2015-11-09", "2015-11-09", "2015-11-09", "", note)
    assert blocs.Position("", act=act).words == "abstained: admission of Kosovo to UNESCO"


def test_the_others_lead_to_the_page_of_the_pair(client: FlaskClient) -> None:
    text = client.get("/polity/kosovo?as_of=2024-01-01", headers={"Accept": "text/html"}).get_data(
        as_text=True
    )
    assert 'href="/between/cyprus/kosovo?as_of=2024-01-01">Cyprus</a>' in text


@pytest.mark.parametrize(
    "address", ["/polity/france", "/polity/ambazonia", "/polity/kosovo?as_of=2000-01-01"]
)
def test_a_polity_whose_recognition_is_not_collected_or_that_is_not_there_has_no_numbers(
    client: FlaskClient, address: str
) -> None:
    assert not section(client, address)


def test_who_recognises_and_who_does_not_are_all_the_members(known: GraphReader) -> None:
    found = {one.organisation: one for one in blocs.blocs(known, KOSOVO, "2024-01-01")}
    union = found[EUROPEAN_UNION]
    assert union.recognising + len(union.heard) + len(union.silent) == union.members == 27
    assert [known.label(one.party) for one in union.others] == [
        "Cyprus",
        "Greece",
        "Romania",
        "Slovakia",
        "Spain",
    ]


def test_the_numbers_are_those_of_the_question(client: FlaskClient, known: GraphReader) -> None:
    asked = client.get("/questions/bloc-behaviour?object=kosovo&as_of=2024-01-01&format=json").get_json()
    told = {
        row["organisation"]["value"]: (int(row["recognising"]["value"]), int(row["members"]["value"]))
        for row in asked["results"]["bindings"]
    }
    found = {
        one.organisation: (one.recognising, one.members) for one in blocs.blocs(known, KOSOVO, "2024-01-01")
    }
    assert found and found == told
