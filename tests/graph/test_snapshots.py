"""Snapshots: as of a day, certain and possible, and according to a party."""

import pyoxigraph as ox
import pytest

from comity.errors import SnapshotError
from comity.iris import organisation, polity, term
from comity.periods.sweep import derive
from comity.schema import bind, day_bindings, rule, rules
from comity.snapshots.graphs import ALL_PARTS, Snapshots, parts_for, read_address
from comity.tables.reader import Table

from .worlds import RIVALS, accepted, claim, world

BASE = "https://w3id.org/comity/as-of/"


def small(lines: str, *tables: Table) -> Snapshots:
    facts = accepted(world(lines, RIVALS, *tables))
    store = ox.Store()
    store.extend(ox.Quad(item.subject, item.predicate, item.object) for item in [*facts, *derive(facts)])
    return Snapshots(store)


def recognisers(snapshots: Snapshots, address: str, of: str, name: str = "recognises") -> set[str]:
    (graph,) = snapshots.make([BASE + address])
    quads = snapshots.target.quads_for_pattern(None, term(name), polity(of), graph)
    return {quad.subject.value.rpartition("/")[2] for quad in quads}


def test_the_opening_day_is_in_and_the_closing_day_is_out() -> None:
    made = small("recognition,a,c,2001-02-03\nwithdrawal,a,c,2005-06-07")
    answers = [
        recognisers(made, day, "c") for day in ("2001-02-02", "2001-02-03", "2005-06-06", "2005-06-07")
    ]
    assert answers == [set(), {"a"}, {"a"}, set()]


def test_a_coarse_date_is_certain_late_and_possible_early() -> None:
    made = small("recognition,a,c,2001")
    assert recognisers(made, "2001-06-01", "c") == set()
    assert recognisers(made, "2001-06-01/possible", "c") == {"a"}
    assert recognisers(made, "2001-12-31", "c") == {"a"}


def test_relations_imply_recognition_but_no_express_one() -> None:
    made = small("relations_established,a,b,1992-01-09")
    assert recognisers(made, "1992-01-09", "b") == {"a"}
    assert recognisers(made, "1992-01-09", "a") == {"b"}
    assert recognisers(made, "1992-01-09", "b", "recognisesExpressly") == set()


def test_relations_with_a_rival_end_the_recognition_that_old_relations_imply() -> None:
    made = small(
        "relations_established,a,west,1950\nrelations_established,a,east,1964-01-27\nrelations_severed,west,a,1964-02-10"
    )
    assert recognisers(made, "1964-02-01", "west") == set()
    assert recognisers(made, "1964-02-01", "west", "maintainsRelationsWith") == {"a"}
    assert recognisers(made, "1964-02-01", "a") == {"west", "east"}


def test_breaking_off_relations_ends_no_recognition_but_is_a_state_of_its_own() -> None:
    made = small("relations_established,a,b,1992-01-09\nrelations_severed,a,b,2022-07-13")
    assert (
        recognisers(made, "2022-07-14", "b")
        == {"a"}
        == recognisers(made, "2022-07-14", "b", "hasBrokenRelationsWith")
    )
    assert (
        recognisers(made, "2022-07-14", "a")
        == {"b"}
        == recognisers(made, "2022-07-14", "a", "hasBrokenRelationsWith")
    )
    assert recognisers(made, "2022-07-14", "b", "maintainsRelationsWith") == set()


def test_relations_that_are_restored_are_no_longer_broken_off() -> None:
    made = small("relations_severed,a,b,2000-01-01\nrelations_restored,a,b,2005-01-01")
    states = [recognisers(made, day, "b", "hasBrokenRelationsWith") for day in ("2004-12-31", "2005-01-01")]
    assert states == [{"a"}, set()]


def test_suspended_relations_are_not_broken_off() -> None:
    made = small("relations_established,a,b,1992\nrelations_suspended,a,b,2000-01-01")
    assert recognisers(made, "2001-01-01", "b", "hasSuspendedRelationsWith") == {"a"}
    assert recognisers(made, "2001-01-01", "b", "hasBrokenRelationsWith") == set()
    assert recognisers(made, "2001-01-01", "b") == {"a"}


def test_a_freeze_is_no_recognition() -> None:
    made = small("recognition,a,c,2001\nsuspension,a,c,2005-01-01")
    assert recognisers(made, "2006-01-01", "c") == set()
    assert recognisers(made, "2006-01-01", "c", "recognitionFrozen") == {"a"}


@pytest.mark.parametrize(
    ("day", "contradictory"),
    [("2004-12-31", set()), ("2005-01-01", {"a"}), ("2009-12-31", {"a"}), ("2010-01-01", set())],
)
def test_who_recognises_and_refuses_is_contradictory_only_while_both_are_in_force(
    day: str, contradictory: set[str]
) -> None:
    made = small("recognition,a,c,2001-02-03", claim("a,c,no-state,2005-01-01,2010-01-01"))
    assert recognisers(made, day, "c", "recognisesContradictorily") == contradictory
    assert recognisers(made, day, "c") == {"a"}


def test_a_claim_that_leaves_the_status_open_contradicts_nothing() -> None:
    made = small("recognition,a,c,2001-02-03", claim("a,c,territory-of-undetermined-status,2005-01-01,"))
    assert recognisers(made, "2006-01-01", "c", "recognisesContradictorily") == set()


@pytest.mark.parametrize(
    "address",
    ["2022-13-40", "2022", "tomorrow", "2022-07-14/", "2022-07-14/perhaps", "1066-10-14", "9999-01-01"],
)
def test_what_names_no_snapshot_is_refused(address: str) -> None:
    with pytest.raises(SnapshotError):
        read_address(BASE + address)


def test_an_unknown_party_is_refused() -> None:
    with pytest.raises(SnapshotError, match="'atlantis' is not the id of a polity or organisation"):
        small("recognition,a,c,2001").make([BASE + "2022-07-14/according-to/atlantis"])


def test_only_the_parts_that_a_query_needs_are_made() -> None:
    made = small("recognition,a,c,2001")
    (graph,) = made.make([BASE + "2022-07-14"], parts_for([term("recognises").value]))
    assert {quad.predicate for quad in made.target.quads_for_pattern(None, None, None, graph)} == {
        term("recognises")
    }
    made.make([BASE + "2022-07-14"])
    assert made.made[graph] == ALL_PARTS


def test_snapshots_used_longest_ago_are_let_go() -> None:
    made = small("recognition,a,c,2001")
    made._keep = 2
    for year in range(2001, 2006):
        made.make([f"{BASE}{year}-12-31"])
    assert [graph.value.removeprefix(BASE) for graph in made.made] == ["2004-12-31", "2005-12-31"]
    assert len(list(made.target.named_graphs())) == 2


DAYS = ["1950-06-01", "1964-02-01", "1971-10-25", "1991-12-25", "2008-02-18", "2022-07-14", "2025-06-01"]


@pytest.mark.parametrize("reading", ["certain", "possible"])
@pytest.mark.parametrize("day", DAYS)
def test_a_snapshot_is_what_the_rules_in_sparql_conclude(
    real_memory: ox.Store, day: str, reading: str
) -> None:
    address = read_address(f"{BASE}{day}{'/possible' if reading == 'possible' else ''}")
    oracle = ox.Store()
    of_the_day = [name for name in rules("snapshot-") if "?snapshot" not in rule(name)]
    for name in of_the_day:
        found = real_memory.query(bind(rule(name), day_bindings(day, reading)))
        assert isinstance(found, ox.QueryTriples)
        oracle.extend([ox.Quad(*triple, address.iri) for triple in found])
    for name in ("mutual", "counts"):
        found = oracle.query(bind(rule(f"snapshot-{name}"), {"snapshot": address.iri}))
        assert isinstance(found, ox.QueryTriples)
        oracle.extend([ox.Quad(*triple, address.iri) for triple in found])
    made = Snapshots(real_memory, ox.Store())
    made.make([address.iri.value], ALL_PARTS - {"catalogue"})
    assert set(made.target) == set(oracle)


@pytest.fixture(scope="module")
def real(real_memory: ox.Store) -> Snapshots:
    return Snapshots(real_memory, ox.Store())


@pytest.mark.parametrize(
    ("day", "present", "absent"),
    [
        ("2022-06-28", {"russia", "south-ossetia", "abkhazia"}, {"syria", "north-korea"}),
        ("2022-06-29", {"russia", "syria"}, {"north-korea"}),
        ("2022-07-12", {"russia", "syria"}, {"north-korea"}),
        ("2022-07-14", {"russia", "syria", "north-korea", "south-ossetia", "abkhazia"}, {"ukraine"}),
        ("2022-09-30", set(), {"russia", "syria", "north-korea"}),
    ],
)
def test_who_recognised_the_donetsk_republic(
    real: Snapshots, day: str, present: set[str], absent: set[str]
) -> None:
    found = recognisers(real, day, "donetsk-peoples-republic")
    assert present <= found and not absent & found


def test_taiwan_had_twelve_partners_in_june_2025(real: Snapshots) -> None:
    assert len(recognisers(real, "2025-06-01", "taiwan", "maintainsRelationsWith")) == 12


def held(real: Snapshots, party: str, thing: str) -> tuple[set[str], bool]:
    (graph,) = real.make([f"{BASE}2022-07-14/according-to/{party}"])
    statuses = real.target.quads_for_pattern(polity(thing), term("heldToBe"), None, graph)
    kinds = {quad.object for quad in real.target.quads_for_pattern(polity(thing), None, term("State"), graph)}
    return {quad.object.value.rpartition("/")[2] for quad in statuses}, bool(kinds)


def test_opposite_statuses_stand_in_opposite_views(real: Snapshots) -> None:
    ukraine, state_for_ukraine = held(real, "ukraine", "donetsk-peoples-republic")
    russia, state_for_russia = held(real, "russia", "donetsk-peoples-republic")
    assert "temporarily-occupied-territory" in ukraine and not state_for_ukraine
    assert "sovereign-state" in russia and state_for_russia


def test_in_a_view_nobody_elses_claim_stands(real: Snapshots) -> None:
    (graph,) = real.make([BASE + "2022-07-14/according-to/united-nations"])
    claimants = {quad.object for quad in real.target.quads_for_pattern(None, term("claimant"), None, graph)}
    assert claimants == {organisation("united-nations")}


def test_in_a_view_the_catalogue_says_no_more_than_polity(real: Snapshots) -> None:
    (graph,) = real.make([BASE + "2022-07-14/according-to/kazakhstan"])
    assert not list(real.target.quads_for_pattern(None, None, term("DeFactoEntity"), graph))
    assert not list(real.target.quads_for_pattern(polity("kosovo"), None, term("State"), graph))
