"""Standings between two parties: certain and possible, express and implied, and silence apart from refusal."""

import pyoxigraph as ox
import pytest

from comity.export.dyads import Dyads, Standing
from comity.iris import identifier, polity
from comity.periods.sweep import derive
from comity.snapshots.graphs import Address, Snapshots
from comity.store.database import Store
from comity.tables.reader import Table, parse
from tests.graph.worlds import accepted, world


def small(lines: str, *tables: Table) -> Dyads:
    facts = accepted(world(lines, *tables))
    store = ox.Store()
    store.extend(ox.Quad(item.subject, item.predicate, item.object) for item in [*facts, *derive(facts)])
    return Dyads(store)


def standing(dyads: Dyads, day: str, one: str = "a", other: str = "c") -> Standing | None:
    pair = (polity(one), polity(other))
    return dyads.standing(pair, day) if pair in dyads.pairs else None


def test_nothing_known_is_nothing_and_no_refusal() -> None:
    dyads = small("recognition,a,c,2001-02-03")
    assert standing(dyads, "2001-02-02") is None and standing(dyads, "2005-01-01", "c", "a") is None
    assert standing(dyads, "2001-02-03") == Standing(
        "certain", "express", since="2001-02-03", since_latest="2001-02-03"
    )


def test_a_coarse_date_is_possible_before_it_is_certain() -> None:
    dyads = small("recognition,a,c,2001")
    early, late = standing(dyads, "2001-06-01"), standing(dyads, "2001-12-31")
    assert early and (early.recognises, early.stance) == ("possible", "possibly recognises")
    assert late and (late.recognises, late.since, late.since_latest) == (
        "certain",
        "2001-01-01",
        "2001-12-31",
    )


def test_relations_imply_recognition_of_either_side() -> None:
    dyads = small("relations_established,a,c,2001-02-03")
    for one, other in (("a", "c"), ("c", "a")):
        found = standing(dyads, "2002-01-01", one, other)
        assert found and (found.recognises, found.basis, found.relations) == ("certain", "implied", "certain")


def test_since_reaches_back_over_what_followed_without_a_gap() -> None:
    dyads = small(
        "relations_established,a,c,2001-02-03\nrecognition,a,c,2003-01-01\nrelations_severed,a,c,2004-01-01"
    )
    found = standing(dyads, "2005-01-01")
    assert found and (found.basis, found.since, found.relations) == ("express", "2001-02-03", None)


def test_a_withdrawal_is_known_until_the_next_recognition() -> None:
    dyads = small("recognition,a,c,2001\nwithdrawal,a,c,2003-05-01\nrecognition,a,c,2009-01-01")
    stances = [
        getattr(standing(dyads, day), "stance", None) for day in ("2003-04-30", "2004-01-01", "2009-01-01")
    ]
    assert stances == ["recognises", "withdrawn", "recognises"]


def test_a_freeze_is_neither_recognition_nor_withdrawal() -> None:
    found = standing(small("recognition,a,c,2001\nsuspension,a,c,2003-05-01"), "2004-01-01")
    assert found == Standing(frozen="certain")


def test_nothing_is_known_between_parties_of_which_one_has_ended() -> None:
    dyads = small("recognition,a,gone,2014\nwithdrawal,a,gone,2016")
    assert standing(dyads, "2020-01-01", "a", "gone") == Standing(withdrawn="certain")
    assert standing(dyads, "2022-09-30", "a", "gone") is None


STATUSES = parse(
    "statuses.csv",
    "id,label,definition,broader,incompatible_with\nsovereign-state,S,S.,,part-of-another-state\n"
    "part-of-another-state,P,P.,,sovereign-state\nseparatist-entity,E,E.,part-of-another-state,\noccupied-territory,O,O.,,\n"
    "territory-of-undetermined-status,U,U.,,sovereign-state\n",
)
HEAD = "claimant,about,status,of_whom,since,until,source_title\n"


@pytest.mark.parametrize(
    ("status", "refuses"),
    [
        ("part-of-another-state", "certain"),
        ("separatist-entity", "certain"),
        ("occupied-territory", None),
        ("sovereign-state", None),
        ("territory-of-undetermined-status", None),
    ],
)
def test_only_a_claim_of_a_status_that_no_state_has_is_a_refusal(status: str, refuses: str | None) -> None:
    claims = parse("status-claims.csv", f"{HEAD}b,c,{status},b,2001,2010-01-01,A report\n")
    dyads = small("recognition,a,c,2001", STATUSES, claims)
    assert standing(dyads, "2005-01-01", "b") == Standing(refuses=refuses, held_to_be=(status,))
    assert standing(dyads, "2010-01-01", "b") is None


def test_who_recognises_and_refuses_at_once_is_contradictory() -> None:
    claims = parse("status-claims.csv", f"{HEAD}a,c,part-of-another-state,b,2003-01-01,,A report\n")
    dyads = small("recognition,a,c,2001-01-01", STATUSES, claims)
    stances = [getattr(standing(dyads, day), "stance", None) for day in ("2002-01-01", "2004-01-01")]
    assert stances == ["recognises", "contradictory"]


def test_broken_off_relations_are_told_beside_recognition_which_goes_on() -> None:
    dyads = small("relations_established,a,c,2001-01-01\nrelations_severed,a,c,2003-01-01")
    found = standing(dyads, "2004-01-01")
    assert found and (found.stance, found.relations, found.broken_off) == ("recognises", None, "certain")


@pytest.mark.parametrize("day", ["1960-12-31", "1991-12-25", "2008-02-18", "2022-07-14", "2025-12-31"])
@pytest.mark.parametrize("reading", ["certain", "possible"])
def test_standings_are_those_of_the_snapshot(
    real_store: Store, real_dyads: Dyads, day: str, reading: str
) -> None:
    snapshots = Snapshots(real_store.oxigraph, ox.Store())
    readings = ("certain",) if reading == "certain" else ("certain", "possible")
    for name in ("recognises", "frozen", "relations"):
        found = {pair for pair, it in real_dyads.on(day) if getattr(it, name) in readings}
        expected = set(snapshots.pairs(Address(day, reading), name))
        assert {tuple(map(identifier, pair)) for pair in found ^ expected} == set()
