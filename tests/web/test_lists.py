"""Lists of states say of each row why it is there; what software expects of a list of countries is in it."""

import csv
import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from comity.export.lists import COLUMNS


def listed(client: FlaskClient, parameters: str) -> dict[str, Any]:
    rows = client.get(f"/lists/states?{parameters}&format=json").get_json()["states"]
    return {row["id"]: row for row in rows}


def test_members_of_the_united_nations_stand_with_codes_points_and_sources(client: FlaskClient) -> None:
    rows = listed(client, "as_of=2022-07-14")
    assert len(rows) == 193
    assert all(row["alpha-3"] and row["latitude"] is not None and row["source"] for row in rows.values())
    assert rows["south-sudan"]["since"] == "2011-07-14" and rows["france"]["capital"] == "Paris"
    assert "south-sudan" not in listed(client, "as_of=2011-07-13")


def test_observer_states_join_from_their_day(client: FlaskClient) -> None:
    basis = "basis=un-members-and-observers"
    before, after = listed(client, f"{basis}&as_of=2012-11-28"), listed(client, f"{basis}&as_of=2012-11-29")
    assert set(after) - set(before) == {"palestine"}
    assert after["palestine"]["status"] == "observer" and "order-of-malta" not in after


def test_a_list_according_to_a_party_has_its_acts_and_itself(client: FlaskClient) -> None:
    russia = listed(client, "according-to=Russia&as-of=2022-07-14")
    ukraine = listed(client, "according_to=ukraine&as_of=2022-07-14")
    assert "kosovo" not in russia and "abkhazia" not in ukraine
    abkhazia = russia["abkhazia"]
    assert abkhazia["status"] == "express" and abkhazia["since"] == "2008-08-26"
    assert "/act/recognition/russia/abkhazia/" in abkhazia["because"] and abkhazia["source"]
    assert "georgia" in abkhazia["refused_by"].split(";")
    assert russia["russia"]["status"] == "itself"


def test_a_number_of_recognisers_is_a_rule_of_its_own(client: FlaskClient) -> None:
    some, many = (listed(client, f"recognised-by={n}&as_of=2022-07-14") for n in (5, 50))
    assert (
        set(many) < set(some) and {"kosovo", "palestine"} <= set(many) and "abkhazia" in set(some) - set(many)
    )
    assert all(row["recognised_by"] >= 50 for row in many.values())


def test_a_list_by_number_cites_the_recognition_that_reaches_it(client: FlaskClient) -> None:
    first, fifth = (listed(client, f"recognised-by={n}&as_of=2022-07-14")["abkhazia"] for n in (1, 5))
    assert (first["since"], fifth["since"]) == ("2008-08-26", "2018-05-29")
    assert "/act/recognition/russia/abkhazia/" in first["because"] and first["reason"].endswith("is Russia.")
    assert "number 5 is Syria" in fifth["reason"] and fifth["source"] and fifth["source_url"]
    rows = listed(client, "recognised-by=50&as_of=2022-07-14").values()
    assert all(row["because"] and row["source"] and row["since"] <= "2022-07-14" for row in rows)


def test_csv_has_the_columns_that_are_described(client: FlaskClient) -> None:
    table = client.get("/lists/states?according_to=ukraine&as_of=2022-07-14&format=csv").text
    rows = list(csv.DictReader(io.StringIO(table)))
    assert list(rows[0]) == list(COLUMNS) and len(rows) > 70


def test_the_page_says_how_to_choose_and_cite(client: FlaskClient) -> None:
    page = client.get(
        "/lists/states?according_to=ukraine&as_of=2022-07-14", headers={"Accept": "text/html"}
    ).text
    assert "States according to Ukraine" in page and "How to choose" in page and "How to cite it" in page


@pytest.mark.parametrize(
    "parameters",
    [
        "basis=all",
        "recognised-by=0",
        "recognised-by=²",
        "recognised-by=9999999",
        "basis=un-members&according_to=france",
    ],
)
def test_a_list_that_is_of_nothing_or_of_two_things_is_refused(client: FlaskClient, parameters: str) -> None:
    refused = client.get(f"/lists/states?{parameters}&format=json")
    assert refused.status_code == 400 and refused.get_json()["hint"]


def test_a_wrong_day_of_a_list_is_told_as_one(client: FlaskClient) -> None:
    refused = client.get("/lists/states?as_of=2022-02-30&format=json").get_json()
    assert "2022-02-30" in refused["detail"] and "basis" not in refused.get("hint", "")


def test_the_list_of_periods_names_their_parties(client: FlaskClient) -> None:
    page = client.get("/period?q=kosovo+2008+02+18", headers={"Accept": "text/html"}).text
    assert ">Afghanistan recognises Kosovo, from 18 February 2008</a>" in page
    assert ">2008 02 18<" not in page


def test_a_name_used_in_several_languages_stands_once_with_each(client: FlaskClient) -> None:
    page = client.get("/name?q=dahomey", headers={"Accept": "text/html"}).text
    told = re.findall(r'<li><a href="/name/benin/[^"]+">([^<]+)</a>', page)
    assert len(told) == len(set(told)) > 1
    assert {"Dahomey, former name of Benin", "Dahomey (fr), former name of Benin"} <= set(told)


def test_a_list_by_date_says_where_inexact_dates_stand(client: FlaskClient) -> None:
    told = "A date that is not exact stands at the first day that it may mean"
    for address, inexact in (("/timeline?of=benin", True), ("/between/ukraine/north-korea", False)):
        assert (told in client.get(address, headers={"Accept": "text/html"}).text) == inexact, address
