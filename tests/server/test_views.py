"""Snapshots and views of the real facts over HTTP, as the README promises them."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from .conftest import running

BASE = "https://w3id.org/comity/as-of/"
REPUBLIC = "cop:donetsk-peoples-republic"


@pytest.fixture(scope="module")
def real_server(real_path: Path) -> Iterator[str]:
    yield from running(real_path)


def names(server: str, snapshot: str, pattern: str) -> set[str]:
    query = f"SELECT ?x FROM <{BASE}{snapshot}> {{ {pattern} }}"
    with urlopen(f"{server}/sparql?format=json&query={quote(query)}") as answer:
        rows = json.load(answer)["results"]["bindings"]
    return {row["x"]["value"].rpartition("/")[2] for row in rows}


@pytest.mark.parametrize(
    ("day", "later", "gone"),
    [
        ("2022-06-28", set(), {"syria", "north-korea"}),
        ("2022-06-29", {"syria"}, {"north-korea"}),
        ("2022-07-12", {"syria"}, {"north-korea"}),
        ("2022-07-14", {"syria", "north-korea"}, {"ukraine"}),
    ],
)
def test_the_recognisers_of_a_day(real_server: str, day: str, later: set[str], gone: set[str]) -> None:
    found = names(real_server, day, f"?x co:recognises {REPUBLIC}")
    assert {"russia", "south-ossetia", "abkhazia", *later} <= found and not found & gone


def test_nobody_recognises_a_polity_that_has_ended(real_server: str) -> None:
    assert names(real_server, "2022-10-01", f"?x co:recognises {REPUBLIC}") == set()


def test_opposite_statuses_in_opposite_views(real_server: str) -> None:
    views = [
        names(real_server, f"2022-07-14/according-to/{party}", f"{REPUBLIC} co:heldToBe ?x")
        for party in ("ukraine", "russia")
    ]
    assert "temporarily-occupied-territory" in views[0] and "sovereign-state" in views[1]
    assert not views[0] & views[1]


def test_only_one_of_them_holds_it_to_be_a_state(real_server: str) -> None:
    pattern = f"{REPUBLIC} a ?x FILTER (?x = co:State)"
    assert names(real_server, "2022-07-14/according-to/russia", pattern)
    assert not names(real_server, "2022-07-14/possible/according-to/ukraine", pattern)


def test_the_united_nations_have_a_view_too(real_server: str) -> None:
    assert names(real_server, "2022-07-14/according-to/united-nations", "?x co:memberOf coo:united-nations")
    assert names(real_server, "2022-07-14/according-to/united-nations", "cop:sahrawi-republic co:heldToBe ?x")
