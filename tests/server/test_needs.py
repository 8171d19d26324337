"""A query makes no more of a snapshot than it can see, and sees what it would see in the whole."""

import pyoxigraph as ox
import pytest

from comity.iris import PREFIXES, SNAPSHOT_PREFIX
from comity.snapshots.graphs import ALL_PARTS, Snapshots, parts_for
from comity.sparql.policy import properties

DAY = ox.NamedNode(SNAPSHOT_PREFIX + "2022-07-14/according-to/ukraine")
NARROW = [
    "SELECT ?s { ?s co:recognises cop:kosovo }",
    "SELECT ?s ?n { ?s co:recogniserCount ?n } ORDER BY DESC(?n) LIMIT 5",
    "SELECT (COUNT(?s) AS ?n) { ?s co:maintainsRelationsWith cop:taiwan }",
    "SELECT ?a ?b { ?a co:recognises ?b . ?b co:memberOf coo:nato } GROUP BY ?a ?b",
    "SELECT ?l { cop:kosovo <http://www.w3.org/2000/01/rdf-schema#label> ?l }",
    "SELECT ?s { ?s a co:State }",
    "PREFIX x: <https://w3id.org/comity/ontology#> SELECT ?s { ?s x:mutuallyRecognises cop:kosovo }",
    "SELECT ?s { VALUES (?s ?o) { (cop:russia cop:abkhazia) } ?s co:recognises ?o FILTER (!BOUND(?x)) }",
    "SELECT ?x { ?s co:recognises|co:recognisedBy cop:kosovo . BIND (STR(?s) AS ?x) }",
    "ASK { cop:russia co:recognises/co:recognises cop:syria }",
]
ANY = [
    "SELECT * { ?s ?p ?o }",
    "SELECT ?p { cop:kosovo ?p ?o }",
    "SELECT ?p { ?s a co:Polity ; ?p ?o }",
    "SELECT ?p { BIND (STR(?x) AS ?y) ?s ?p cop:kosovo }",
    "SELECT ?s { ?s !(co:recognises) cop:kosovo }",
    "SELECT ?s { ?s !co:recognises cop:kosovo }",
    "SELECT ?p { [] ?p 5 }",
    "SELECT ?p { { SELECT ?p { ?s ?p true } } }",
    "SELECT ?p { VALUES ?s { cop:kosovo } ?s ?p [] }",
    "DESCRIBE cop:kosovo",
    "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }",
]


def answers(memory: ox.Store, query: str, parts: frozenset[str]) -> list[str]:
    made = ox.Store()
    Snapshots(memory, made).make([DAY.value], parts)
    found = made.query(query, prefixes=PREFIXES, default_graph=DAY)
    return sorted(map(str, found)) if not isinstance(found, ox.QueryBoolean) else [str(bool(found))]


@pytest.mark.parametrize("query", NARROW)
def test_a_query_for_named_properties_needs_a_part_and_sees_all_of_it(
    real_memory: ox.Store, query: str
) -> None:
    parts = parts_for(properties(query, PREFIXES))
    assert parts < ALL_PARTS
    assert answers(real_memory, query, parts) == answers(real_memory, query, ALL_PARTS) != []


def test_a_query_without_a_token_needs_nothing() -> None:
    assert properties("", PREFIXES) == frozenset()


@pytest.mark.parametrize("query", ANY)
def test_a_query_that_may_ask_for_any_property_needs_the_whole(query: str) -> None:
    assert parts_for(properties(query, PREFIXES)) == ALL_PARTS
