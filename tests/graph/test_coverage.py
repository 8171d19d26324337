"""Coverage of the record: totals counted by measure and day, and the statements that hold for a party."""

import pyoxigraph as ox
import pytest

from comity.errors import TableError
from comity.iris import organisation, polity, term
from comity.periods.sweep import derive
from comity.questions.coverage import Coverage
from comity.snapshots.calendar import Calendar
from comity.snapshots.totals import Totals
from comity.tables.reader import Table, parse

from .worlds import accepted, world

ACTS = """recognition,a,c,2001-05-01
recognition,b,c,2002-05-01
withdrawal,a,c,2005-05-01
relations_established,a,b,2003-01-01
relations_established,a,new,2003-01-01
relations_severed,a,new,2004-01-01
"""
LEAGUE = parse("organisations.csv", "id,name,kind\nleague,League,global\n")
MEMBERS = parse(
    "memberships.csv",
    "polity,organisation,since,evidence\na,league,1990-01-01,A page\nb,league,2003-06-01,A page\n"
    "new,league,1990-01-01,A page\n",
)


def totals(*lines: str) -> Table:
    head = "id,about,measure,as_of,number,counted,among,qualifier,source_title"
    return parse("known-totals.csv", "\n".join([head, *(f"{line},A list" for line in lines)]) + "\n")


def statements(*lines: str) -> Table:
    head = "about,topic,completeness,as_of,known_total,missing,source_title"
    return parse("coverage.csv", "\n".join([head, *lines]) + "\n")


def graph(*tables: Table) -> ox.Store:
    facts = accepted(world(ACTS, LEAGUE, MEMBERS, *tables))
    store = ox.Store()
    store.extend(ox.Quad(item.subject, item.predicate, item.object) for item in [*facts, *derive(facts)])
    for member in ("a", "b", "new"):
        store.add(ox.Quad(polity(member), term("hasBelongedTo"), organisation("league")))
    return store


@pytest.mark.parametrize(
    ("measure", "party", "day", "expected"),
    [
        ("recognisers", "c", "2001-04-30", set()),
        ("recognisers", "c", "2002-05-01", {"a", "b"}),
        ("recognisers", "c", "2005-05-01", {"b"}),
        ("recognisers-ever", "c", "2005-05-01", {"a", "b"}),
        ("recognised", "a", "2004-06-01", {"b", "c", "new"}),
        ("relations", "a", "2003-01-01", {"b", "new"}),
        ("relations", "a", "2004-01-01", {"b"}),
        ("relations-ever", "a", "2004-01-01", {"b", "new"}),
        ("broken-relations", "a", "2004-01-01", {"new"}),
    ],
)
def test_a_measure_counts_the_partners_of_a_party_on_a_day(
    measure: str, party: str, day: str, expected: set[str]
) -> None:
    pairs = Totals(Calendar(graph())).counted(measure, polity(party), day)
    assert {other.value.rpartition("/")[2] for _, other in pairs} == expected


@pytest.mark.parametrize(("day", "number"), [("2003-05-31", 1), ("2003-06-01", 2)])
def test_only_those_count_that_are_members_on_the_day(day: str, number: int) -> None:
    totals_of = Totals(Calendar(graph()))
    assert len(totals_of.counted("relations", polity("a"), day, organisation("league"))) == number
    assert len(totals_of.counted("pairs-ever", organisation("league"), day)) == number


def test_the_record_is_counted_beside_what_a_publisher_counts() -> None:
    store = graph(totals("two,c,recognisers,2005-05-01,2,Friends,,"))
    (total,) = Coverage(store, Calendar(store)).totals()
    assert (total.number, total.recorded, total.difference) == (2, 1, -1)
    assert [str(source) for source in total.sources] == ["A list"]


def told(store: ox.Store, party: str) -> list[tuple[str, str, str]]:
    found = Coverage(store, Calendar(store)).statements(polity(party).value)
    return [(one.label, one.topic, one.completeness) for one in found]


def test_what_is_stated_of_a_party_goes_before_its_organisation_and_that_before_the_rest() -> None:
    store = graph(
        totals("one,a,relations,2005-05-01,1,Friends,,"),
        statements(
            "a,relations,complete,2005-05-01,one,,",
            "league,relations,partly,2005-05-01,,Most of them,",
            ",relations,incidentally,2005-05-01,,,",
            ",claims,incidentally,2005-05-01,,,",
        ),
    )
    assert told(store, "a") == [("Aland", "relations", "complete"), REST]
    assert told(store, "b") == [("League: every other member", "relations", "partly"), REST]
    assert told(store, "c") == [REST, ("every other party", "relations", "incidentally")]


REST = ("every other party", "claims", "incidentally")


def test_without_a_total_the_record_is_counted_for_the_topic() -> None:
    store = graph(statements("c,recognition,partly,2003-01-01,,Some,", ",claims,incidentally,2003-01-01,,,"))
    assert [one.recorded for one in Coverage(store, Calendar(store)).statements()] == [2, None]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (totals("x,c,glory,2001-01-01,1,Friends,,"), "'glory' is not allowed here. Use one of: recognisers"),
        (totals("x,c,relations,2001,1,Friends,,"), "'2001' is not a valid day. Write YYYY-MM-DD"),
        (totals("x,c,relations,2001-01-01,few,Friends,,"), "'few' is not a whole number. Write it in digits"),
        (totals("x,c,relations,2001-01-01,1,Friends,,roughly"), "'roughly' is not allowed here"),
        (statements("c,weather,partly,2001-01-01,,,"), "'weather' is not allowed here"),
        (statements("c,claims,half,2001-01-01,,,"), "'half' is not allowed here"),
        (statements("nobody,claims,partly,2001-01-01,,,"), "'nobody' is not the id of a polity"),
    ],
)
def test_a_cell_that_does_not_fit_is_named(table: Table, message: str) -> None:
    with pytest.raises(TableError) as caught:
        world(ACTS, LEAGUE, table)
    assert message in str(caught.value)
