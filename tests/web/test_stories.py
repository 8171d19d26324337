"""Stories: those that are ready, and those that a reader makes of some entities and two days."""

import csv
import html
import io
import re

import pytest
from flask.testing import FlaskClient

from comity.edtf import bounds, in_words
from comity.iris import BASE
from comity.server.web.models import stories
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.stories import STORIES
from comity.server.web.view_context import today

HTML = {"Accept": "text/html"}
ASKED = "/story?entities=Estonia,Latvia&from=1991-08-01&until=1991-12-31"


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == 200, address
    text = re.sub(r"<svg.*?</svg>", "", answer.get_data(as_text=True), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


@pytest.mark.parametrize("name", STORIES)
def test_every_story_that_is_ready_is_listed_and_has_acts(client: FlaskClient, name: str) -> None:
    assert f'href="/timeline/{name}"' in client.get("/timeline", headers=HTML).get_data(as_text=True)
    assert client.get(f"/timeline/{name}?format=json").get_json()


def test_a_story_tells_before_and_after_who_answered_and_in_whose_words(client: FlaskClient) -> None:
    told = page(client, "/timeline/israel-somaliland")
    assert (
        "Somaliland : no party recognised it before 20 December 2025, and 1 party on 31 January 2026." in told
    )
    assert "New: Israel" in told
    assert "26 December 2025 Israel recognised Somaliland In answer: Somaliland recognised Israel" in told
    assert "“null, void, and without any legal or political effect”" in told
    assert "in answer to: Israel recognised Somaliland, 26 December 2025" in told
    told = page(client, "/timeline/kosovo-withdrawals")
    assert re.search(r"Ended or frozen: Burundi .* Togo", told) and "disputed" in told


def test_the_figure_has_whole_sentences_and_headings_that_do_not_touch(client: FlaskClient) -> None:
    text = client.get("/timeline/israel-somaliland", headers=HTML).get_data(as_text=True)
    told = "The Organisation of Islamic Cooperation made a statement on Somaliland"
    rows = re.findall(r'<text class="said">(.*?)</text>', text)
    assert told in [" ".join(re.findall(">([^<]+)<", row)) for row in rows]
    text = client.get("/timeline/kosovo-withdrawals", headers=HTML).get_data(as_text=True)
    headings = re.findall(
        r"<tspan[^>]*>([^<]+)</tspan>", "".join(re.findall('class="party".*?</text>', text))
    )
    assert {"Guinea-", "Bissau"} <= set(headings) and max(map(len, headings)) <= 12


def test_numbers_stand_only_where_the_record_counts(client: FlaskClient, known: GraphReader) -> None:
    assert "Estonia : new recognitions by Argentina" in page(client, ASKED)
    for name, counted in (("palestine-september-2025", True), ("baltic-states", False)):
        assert all((one.before is not None) is counted for one in stories.changes(known, STORIES[name]))


def test_a_story_that_is_made_has_the_acts_of_its_entities_within_its_days(client: FlaskClient) -> None:
    acts = client.get(ASKED + "&format=json").get_json()
    assert len(acts) > 50
    entities = {BASE + "polity/estonia", BASE + "polity/latvia"}
    assert all({one["actor"], one["object"]} & entities for one in acts)
    days = [[day.isoformat() for day in bounds(one["date"])] for one in acts]
    assert all("1991-08-01" <= first <= "1991-12-31" for first, _ in days)
    assert not [one for one in acts if one["kind"] == "vote"]
    rows = list(csv.DictReader(io.StringIO(client.get(ASKED + "&format=csv").get_data(as_text=True))))
    assert [row["act"] for row in rows] == [one["act"] for one in acts]
    assert "Estonia and Latvia, from 1 August 1991 to 31 December 1991" in page(client, ASKED)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "entities=kosovo",
        "entities=atlantis&from=2008-01-01&until=2009-01-01",
        "entities=kosovo&from=2008&until=2009-01-01",
        "entities=kosovo&from=2010-01-01&until=2009-01-01",
        "entities=a,b,c,d,e,f,g&from=2008-01-01&until=2009-01-01",
    ],
)
def test_what_makes_no_story_is_refused_with_a_cure(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/story?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 400 and answer.get_json()["hint"]


def test_a_story_up_to_a_day_to_come_counts_today(client: FlaskClient) -> None:
    told = page(client, "/story?entities=kosovo&from=2017-01-01&until=2199-01-01")
    assert f"on {in_words(today())}" in told and "on 1 January 2199" not in told


def test_stories_are_in_the_navigation(client: FlaskClient) -> None:
    text = client.get("/polity/kosovo", headers=HTML).get_data(as_text=True)
    assert '<a href="/timeline">Stories</a>' in text
