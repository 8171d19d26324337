"""QuickStatements: well-formed lines, both sides, dates at the precision known, sources, and the call for review."""

import re

import pyoxigraph as ox
import pytest

from comity.export.quickstatements import quickstatements, relations
from comity.iris import CO, polity
from comity.periods.sweep import derive
from comity.store.database import Store
from comity.tables.reader import parse
from tests.graph.worlds import accepted, world

LINE = re.compile(
    r"Q\d+\tP530\tQ\d+(\tP58[02]\t\+\d{4}-\d\d-\d\dT00:00:00Z/(8|9|10|11))*(\tP1480\tQ5727902)?"
    r'(\t!?S(854|4656)\t"[^"\t]+")*\t/\* FOR REVIEW BY HAND: [^\t]+ \*/'
)


def lines(date: str, url: str = "https://a.example/x") -> list[str]:
    head = "kind,actor,object,date,source_title,source_url\n"
    table = parse("acts-x.csv", f"{head}relations_established,a,b,{date},A report,{url}\n")
    facts = accepted(world("recognition,a,c,2001", table))
    store = ox.Store()
    store.extend(ox.Quad(item.subject, item.predicate, item.object) for item in [*facts, *derive(facts)])
    for name, item in (("a", "Q1"), ("b", "Q2")):
        same = ox.NamedNode("http://www.w3.org/2004/02/skos/core#exactMatch")
        store.add(ox.Quad(polity(name), same, ox.NamedNode(f"http://www.wikidata.org/entity/{item}")))
    return list(quickstatements(store, "g1"))


def test_every_line_is_a_statement_for_review(real_store: Store) -> None:
    found = list(quickstatements(real_store.oxigraph, real_store.generation))
    assert len(found) > 1500 and not [line for line in found if not LINE.fullmatch(line)]
    assert not [line for line in found if "\tP58" not in line and ", [" not in line]  # One of several days.


def test_each_relation_is_stated_of_both_sides(real_store: Store) -> None:
    sides = [tuple(line.split("\t")[:3:2]) for line in quickstatements(real_store.oxigraph, "g1")]
    assert sorted(sides) == sorted((b, a) for a, b in sides)
    assert len(sides) == 2 * len(relations(real_store.oxigraph))


def test_every_relation_between_items_has_a_beginning(real_store: Store) -> None:
    query = f"SELECT (COUNT(DISTINCT ?p) AS ?n) WHERE {{ ?p a <{CO}RelationsPeriod> }}"
    (row,) = real_store.oxigraph.query(query)  # type: ignore[misc]
    assert 0 <= int(row["n"].value) - len(relations(real_store.oxigraph)) < 20


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("1992-01-23", "P580\t+1992-01-23T00:00:00Z/11\tS854"),
        ("1992-01", "P580\t+1992-01-00T00:00:00Z/10\tS854"),
        ("1992", "P580\t+1992-00-00T00:00:00Z/9\tS854"),
        ("199X", "P580\t+1990-00-00T00:00:00Z/8\tS854"),
        ("1992~", "P580\t+1992-00-00T00:00:00Z/9\tP1480\tQ5727902\tS854"),
    ],
)
def test_dates_keep_their_precision(date: str, told: str) -> None:
    one, other = lines(date)
    assert one.startswith(f"Q1\tP530\tQ2\t{told}") and other.startswith(f"Q2\tP530\tQ1\t{told}")


def test_wikipedia_is_told_as_where_it_was_taken_from() -> None:
    assert 'S4656\t"https://en.wikipedia.org/wiki/X"' in lines("1992", "https://en.wikipedia.org/wiki/X")[0]
