"""Why counts of recognition differ: groups to count or not, each party once, beside the counts of other publishers."""

import csv
import html
import io
import re

import pytest
from flask.testing import FlaskClient

from comity.iris import BASE
from comity.server.web.models import counts, recognition
from comity.server.web.models.graph_reader import GraphReader

DAY = "2024-01-01"


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def test_the_usual_count_is_that_of_the_polity_s_page(client: FlaskClient, known: GraphReader) -> None:
    told = client.get(f"/polity/kosovo/counts?as_of={DAY}&format=json").get_json()
    certain = [one for one in recognition.standings(known, BASE + "polity/kosovo", DAY) if one.certain]
    assert told["parties"] == len(certain) > 50
    assert f"{told['parties']} parties on 1 January 2024" in page(client, f"/polity/kosovo?as_of={DAY}")


def test_switches_add_what_is_chosen(client: FlaskClient) -> None:
    address = f"/polity/kosovo/counts?as_of={DAY}&format=json"
    usual = client.get(address).get_json()
    sizes = {one["group"]: len(one["parties"]) for one in usual["groups"]}
    more = client.get(f"{address}&count=express&count=disputed&count=frozen").get_json()
    assert sizes["disputed"] and sizes["frozen"]
    assert more["parties"] == sizes["express"] + sizes["disputed"] + sizes["frozen"]
    text = page(client, f"/polity/kosovo/counts?as_of={DAY}&count=express&count=disputed")
    assert f"Counted so: {sizes['express'] + sizes['disputed']} parties" in text


@pytest.mark.parametrize("polity", ["kosovo", "sahrawi-republic", "taiwan", "palestine", "israel"])
def test_no_party_is_in_two_groups(known: GraphReader, polity: str) -> None:
    found = counts.groups(known, f"{BASE}polity/{polity}", DAY)
    parties = [row.party for one in found for row in one.rows]
    assert parties and len(parties) == len(set(parties))


def test_disputed_and_frozen_are_named(client: FlaskClient) -> None:
    told = page(client, f"/polity/kosovo/counts?as_of={DAY}")
    assert "Froze their recognition 2 (2 in the United Nations) Grenada ( 4 November 2018 ) ; Palau" in told
    ended = told.partition("Ended their recognition, which is disputed ")[2]
    assert ended.startswith("9 (9 in the United Nations)") and "Comoros ( 7 November 2018 )" in ended


def test_the_counts_of_others_stand_beside_with_their_reasons(client: FlaskClient) -> None:
    told = client.get("/polity/kosovo/counts?format=json").get_json()["otherCounts"]
    assert [one["asOf"] for one in told] == sorted((one["asOf"] for one in told), reverse=True)
    (one,) = (one for one in told if one["total"].endswith("/kosovo-2013-08"))
    assert one["number"] == 101 and one["difference"] == -1 and one["note"]
    assert one["candidates"]["withdrawn"] == [BASE + "polity/sao-tome-and-principe"]
    assert one["sameNumber"] == "withdrawn"
    text = page(client, "/polity/kosovo/counts")
    assert "the same number with recognitions that were withdrawn (São Tomé and Príncipe)" in text
    assert "The publisher still counts recognitions" in text


def test_the_file_has_each_party_with_its_group(client: FlaskClient) -> None:
    text = client.get(f"/polity/kosovo/counts?as_of={DAY}&format=csv").get_data(as_text=True)
    rows = {row["party"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["grenada"]["group"] == "frozen" and rows["grenada"]["counted"] == "no"
    assert rows["austria"]["counted"] == "yes"


def test_the_page_of_a_polity_leads_there(client: FlaskClient) -> None:
    text = client.get(f"/polity/kosovo?as_of={DAY}", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert f'href="/polity/kosovo/counts?as_of={DAY}">Why other lists differ' in text
    assert "Why other lists differ" not in page(client, "/polity/france")


@pytest.mark.parametrize(
    ("address", "status"), [("/polity/atlantis/counts", 404), ("/polity/kosovo/counts?count=all", 400)]
)
def test_what_is_unknown_is_refused_with_a_cure(client: FlaskClient, address: str, status: int) -> None:
    answer = client.get(address, headers={"Accept": "application/json"})
    assert answer.status_code == status and answer.get_json()["hint"]
