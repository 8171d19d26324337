"""Governments are recognised apart from their states: in a capacity, for a time, one in place of another."""

import pyoxigraph as ox
import pytest

from comity.errors import TableError
from comity.iris import TYPE, organisation, polity, term
from comity.periods.sweep import derive
from comity.snapshots.graphs import Snapshots
from comity.tables.reader import parse

from .worlds import CONTINUES, GOVERNMENTS, accepted, periods, told, towards, world


def derived(lines: str, others: str = "") -> list[str]:
    """Return the periods that follow from acts towards governments, and from any others."""
    return told(periods(others, GOVERNMENTS, towards(lines)))


def made(lines: str, others: str = "") -> Snapshots:
    facts = accepted(world(others, GOVERNMENTS, towards(lines)))
    store = ox.Store()
    store.extend(ox.Quad(*quad.triple) for quad in facts)
    store.extend(ox.Quad(*triple) for triple in derive(facts))
    return Snapshots(store)


def stated(snapshots: Snapshots, address: str, name: str) -> set[tuple[str, str]]:
    (graph,) = snapshots.make(["https://w3id.org/comity/as-of/" + address])
    quads = snapshots.target.quads_for_pattern(None, term(name), None, graph)
    return {(quad.subject.value.rpartition("/")[2], quad.object.value.rpartition("/")[2]) for quad in quads}


def test_recognising_a_government_is_no_recognition_of_the_state() -> None:
    assert derived("recognition,a,b-new,2006-02-03") == ["government-recognition a→b-new 2006-02-03"]


def test_a_government_is_recognised_until_its_actor_withdraws_that() -> None:
    found = derived("recognition,a,b-new,2006\nwithdrawal,a,b-new,2008-05-06")
    assert found == ["government-recognition a→b-new 2006 until 2008-05-06 withdrawal"]


def test_the_end_of_a_government_is_no_withdrawal() -> None:
    assert derived("recognition,a,b-old,2001") == [
        "government-recognition a→b-old 2001 until 2010-06-30 government ended"
    ]


def test_recognition_in_place_of_a_rival_ends_that_of_the_rival() -> None:
    found = derived("recognition,a,b-old,2001\nrecognition,a,b-new,2006-02-03,,b-old")
    assert found == [
        "government-recognition a→b-new 2006-02-03",
        "government-recognition a→b-old 2001 until 2006-02-03 rival government",
    ]


def test_recognising_a_rival_ends_nothing_by_itself() -> None:
    found = derived("recognition,a,b-old,2001\nrecognition,a,b-new,2006-02-03,legitimate representative")
    assert found == [
        "government-recognition a→b-old 2001 until 2010-06-30 government ended",
        "limited-recognition a→b-new 2006-02-03",
    ]


def test_another_capacity_ends_the_earlier_one() -> None:
    found = derived(
        "recognition,a,b-new,2006,legitimate representative\nrecognition,a,b-new,2007,de facto government\n"
        "recognition,a,b-new,2008,de jure government\nrecognition,a,b-new,2009,de jure government"
    )
    assert found == [
        "government-recognition a→b-new 2007 until 2008 another capacity",
        "government-recognition a→b-new 2008",
        "limited-recognition a→b-new 2006 until 2007 another capacity",
    ]


def test_relations_and_recognition_of_the_state_run_through_a_change_of_government() -> None:
    before = "recognition,a,b,1950\nrelations_established,a,b,1960"
    alone = told(periods(before))
    acts = "recognition,a,b-old,1960\nrecognition,a,b-new,2006,,b-old\nwithdrawal,a,b-new,2008"
    assert [line for line in derived(acts, before) if "-new" not in line and "-old" not in line] == alone


def test_a_break_with_a_government_leaves_relations_with_the_state_as_they_were() -> None:
    found = derived("relations_severed,a,b-old,2001-02-03", "relations_established,a,b,1960")
    assert "relations a→b 1960" in found
    assert "broken-relations b-old→a 2001-02-03 until 2010-06-30 government ended" in found


@pytest.mark.parametrize(
    "kind",
    ["accreditation", "non_recognition", "recognition_announced", "recognition_conditional", "statement"],
)
def test_dealings_and_refusals_open_and_end_nothing(kind: str) -> None:
    assert derived(f"recognition,a,b-new,2006\n{kind},a,b-new,2007") == [
        "government-recognition a→b-new 2006"
    ]


def test_a_continuing_state_goes_on_recognising_a_government_in_the_same_capacity() -> None:
    found = periods("", GOVERNMENTS, CONTINUES, towards("recognition,old,c-council,1980,national committee"))
    assert told(found) == [
        "limited-recognition new→c-council 1991-12-24 until 2012 government ended",
        "limited-recognition old→c-council 1980 until 1991-12-26 polity ended",
    ]
    assert {period.began.capacity for period in found} == {"national committee"}


def test_a_snapshot_tells_recognition_as_government_from_recognition_in_a_limited_capacity() -> None:
    snapshots = made(
        "recognition,a,b-new,2006-02-03\nrecognition,old,b-new,1990\n"
        "recognition,b,c-council,2001,sole legitimate representative"
    )
    assert stated(snapshots, "2007-01-01", "recognisesAsGovernment") == {("a", "b-new")}
    assert stated(snapshots, "2007-01-01", "recognisesInLimitedCapacity") == {("b", "c-council")}
    assert stated(snapshots, "2007-01-01", "recognises") == set()
    assert stated(snapshots, "2007-01-01", "recogniserCount") == set()
    assert stated(snapshots, "2006-02-02", "recognisesAsGovernment") == set()


def test_according_to_a_party_the_government_that_it_recognises_governs() -> None:
    snapshots = made("recognition,a,b-new,2006\nrecognition,c,b-old,2006")
    assert stated(snapshots, "2007-01-01/according-to/a", "heldToGovern") == {("b-new", "b")}
    assert stated(snapshots, "2007-01-01/according-to/c", "heldToGovern") == {("b-old", "b")}
    assert stated(snapshots, "2007-01-01", "heldToGovern") == set()


def test_a_row_says_of_which_polity_for_what_time_and_how() -> None:
    quads = {(quad.subject, quad.predicate, quad.object) for quad in accepted(world("", GOVERNMENTS))}
    new = organisation("b-new")
    assert {(new, TYPE, term("Government")), (new, term("governmentOf"), polity("b"))} <= quads
    assert {value.value for _, name, value in quads if name == term("phase")} == {
        "rival",
        "in office",
        "in exile",
    }
    assert (new, term("startEarliest")) in {(subject, name) for subject, name, _ in quads}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("x,X,nowhere,,,", "'nowhere' is not the id of a polity or organisation."),
        ("x,X,b,2005,2001,", "'2001' is before the beginning, '2005'."),
        ("x,X,b,,,in power", "'in power' is not allowed here. Use one of: in office"),
    ],
)
def test_a_wrong_cell_is_refused(row: str, told: str) -> None:
    table = parse("governments.csv", f"id,name,of,from,until,phases,source_title\n{row},A report\n")
    with pytest.raises(TableError) as raised:
        world("", table)
    assert told in str(raised.value)


def test_a_capacity_that_the_tables_do_not_know_is_refused() -> None:
    with pytest.raises(TableError, match="'king' is not allowed here"):
        world("", GOVERNMENTS, towards("recognition,a,b-new,2006,king"))
