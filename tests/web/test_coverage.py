"""The page of coverage, its data, and what a polity's page says of the coverage of the record."""

import csv
import io
import re

import pytest
from flask.testing import FlaskClient


def page(client: FlaskClient, address: str) -> str:
    text = client.get(address, headers={"Accept": "text/html"}).get_data(as_text=True)
    return re.sub(r"\s+([,.:;)]|(?=\s)|$)", r"\1", re.sub(r"<[^>]+>", " ", text))


def test_the_page_tells_how_complete_each_topic_is_and_by_which_list(client: FlaskClient) -> None:
    told = page(client, "/coverage")
    assert "complete as of 19 November 2025 5 recognisers by the list: 5" in told
    assert "Wikipedia, Foreign relations of Abkhazia" in told
    assert "UN members that recognise Abkhazia 19 November 2025 5 in the record: 5" in told


def test_it_tells_what_holds_for_parties_that_are_not_listed(client: FlaskClient) -> None:
    told = page(client, "/coverage")
    assert "Every other member of the United Nations" in told and "Every other party" in told
    assert "Of 18,528 pairs of the 193 members of the United Nations" in told


def test_the_statements_and_the_totals_come_as_csv_and_json(client: FlaskClient) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/coverage?format=csv").get_data(as_text=True))))
    known = {(row["party"], row["topic"]): row["known"] for row in rows}
    assert known["Abkhazia", "recognition of it"] == "5"
    totals = client.get("/coverage?format=json&kind=totals").get_json()
    assert all(one["difference"] == one["recorded"] - one["number"] for one in totals)


@pytest.mark.parametrize(
    ("polity", "told"),
    [
        ("abkhazia", "Recognition of Abkhazia: complete as of 19 November 2025, checked against Wikipedia"),
        ("france", "Relations of France, as for every other member of the United Nations: covered"),
        ("tibet", "Claims about Tibet, as for every party without a statement of its own: covered"),
    ],
)
def test_the_page_of_a_polity_says_how_far_the_record_reaches_for_it(
    client: FlaskClient, polity: str, told: str
) -> None:
    assert told in page(client, f"/polity/{polity}")


def test_a_statement_and_a_total_have_pages_of_their_own(client: FlaskClient) -> None:
    assert "Coverage of Abkhazia: recognition" in page(client, "/coverage/abkhazia/recognition")
    assert "UN members that recognise Abkhazia" in page(client, "/total/abkhazia-2025-11")
