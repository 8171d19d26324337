"""Questions against snapshots, which are made another way, and against the calendar of Python."""

import datetime as dt
from functools import cache

import pyoxigraph as ox
import pytest

from comity.iris import BASE, SNAPSHOT_PREFIX, polity, term
from comity.questions.questions import question, snapshots_of
from comity.snapshots.graphs import Snapshots

DAYS = (
    "1912-06-01",
    "1949-10-03",
    "1964-02-05",
    "1975-12-31",
    "1991-12-25",
    "2008-09-01",
    "2022-07-14",
    "2026-01-01",
)
PARTIES = (
    "abkhazia",
    "china",
    "taiwan",
    "kosovo",
    "palestine",
    "israel",
    "russia",
    "sahrawi-republic",
    "ukraine",
)


@pytest.fixture(scope="module")
def snapshots(real_memory: ox.Store) -> Snapshots:
    return Snapshots(real_memory, ox.Store())


@cache
def made_in(store: ox.Store) -> Snapshots:
    return Snapshots(store)


def column(store: ox.Store, name: str, variable: str, **values: str) -> list[ox.NamedNode]:
    sparql = question(name).bind(store, values)
    if needed := snapshots_of(sparql):
        made_in(store).make(needed)
    solutions = store.query(sparql)
    assert isinstance(solutions, ox.QuerySolutions)
    found = [solution[variable] for solution in solutions]
    return [node for node in found if isinstance(node, ox.NamedNode)]


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("reading", ["certain", "possible"])
def test_recognisers_are_those_of_the_snapshot(
    real_memory: ox.Store, snapshots: Snapshots, day: str, reading: str
) -> None:
    graph = SNAPSHOT_PREFIX + day + ("/possible" if reading == "possible" else "")
    (made,) = snapshots.make([graph])
    for party in PARTIES:
        asked = column(real_memory, "who-recognises", "recogniser", object=party, as_of=day, reading=reading)
        held = snapshots.target.quads_for_pattern(None, term("recognises"), polity(party), made)
        assert sorted(asked, key=str) == sorted((quad.subject for quad in held), key=str), party


@pytest.mark.parametrize("day", DAYS)
def test_those_whom_a_party_recognises_are_those_of_the_snapshot(
    real_memory: ox.Store, snapshots: Snapshots, day: str
) -> None:
    (made,) = snapshots.make([SNAPSHOT_PREFIX + day])
    for party in PARTIES:
        asked = column(real_memory, "recognised-by", "recognised", actor=party, as_of=day)
        held = snapshots.target.quads_for_pattern(polity(party), term("recognises"), None, made)
        assert sorted(asked, key=str) == sorted((quad.object for quad in held), key=str), party


def act(kind: str, actor: str, other: str, day: dt.date) -> str:
    bounds = f'co:earliest "{day}"^^xsd:date ; co:latest "{day}"^^xsd:date ; co:edtf "{day}"'
    return (
        f"<act/{kind}/{actor}/{other}/{day}> a co:{kind} ; rdfs:label '{kind}' ; {bounds} ; "
        f"co:actor <polity/{actor}> ; co:object <polity/{other}> ."
    )


def world(*acts: str) -> ox.Store:
    named = "".join(f"<polity/{name}> a co:Polity ; rdfs:label '{name}' ." for name in ("a", "b", "c"))
    prefixes = (
        "PREFIX co: <https://w3id.org/comity/ontology#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
    )
    store = ox.Store()
    store.update(prefixes + "INSERT DATA {" + named + "".join(acts) + "}", base_iri=BASE)
    return store


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2000-02-28", "2000-03-01"),
        ("1900-02-28", "1900-03-01"),
        ("2023-12-31", "2024-01-01"),
        ("2024-01-31", "2024-03-01"),
        ("1911-11-30", "2025-07-31"),
    ],
)
def test_days_are_counted_as_the_calendar_does(first: str, second: str) -> None:
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(second)
    store = world(act("DeclarationOfIndependence", "c", "c", start), act("Recognition", "b", "c", end))
    for days, rows in ((end - start).days, 1), ((end - start).days - 1, 0):
        values = {"act": f"act/DeclarationOfIndependence/c/c/{first}", "days": str(days)}
        assert len(column(store, "cascades", "recognition", **values)) == rows


@pytest.mark.parametrize(("days", "rows"), [("40", 1), ("39", 0)])
def test_a_break_soon_after_an_act_towards_claimed_territory_is_shown(days: str, rows: int) -> None:
    start = dt.date(2020, 2, 1)
    store = world(
        "<polity/c> co:territoryClaimedBy <polity/a> .",
        act("Recognition", "b", "c", start),
        act("SeveranceOfRelations", "a", "b", start + dt.timedelta(days=40)),
    )
    assert len(column(store, "retaliations", "break", days=days)) == rows
