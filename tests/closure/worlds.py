"""Small random worlds over the real ontology, for the tests of the reasoner."""

from functools import cache

import pyoxigraph as ox
from hypothesis import strategies as st

from comity import schema
from comity.iris import BASE, CO, OWL, RDF, RDFS, TYPE

AXIOM_PREFIXES = (OWL, RDF, RDFS + "sub", RDFS + "domain", RDFS + "range")
THINGS = [ox.NamedNode(f"{BASE}thing/{name}") for name in "abcdef"]
THINGS.append(ox.NamedNode(BASE + "organisation/united-nations"))
VALUES = [
    ox.Literal("1992"),
    ox.Literal("1992", datatype=ox.NamedNode(CO + "edtf")),
    ox.Literal("x", language="en"),
]


@cache
def axioms() -> frozenset[ox.Triple]:
    """Give the logical part of the ontology: what is said for readers only slows the reference down."""
    return frozenset(t for t in schema.ontology() if t.predicate.value.startswith(AXIOM_PREFIXES))


def terms(kind: str) -> list[ox.NamedNode]:
    """Give the terms of the ontology that are declared as this kind of thing."""
    named = {t.subject for t in axioms() if t.predicate == TYPE and t.object == ox.NamedNode(OWL + kind)}
    return sorted((term for term in named if str(term).startswith(f"<{CO}")), key=str)


def facts() -> st.SearchStrategy[ox.Triple]:
    """Draw one fact: a typing, a link or a value."""
    thing = st.sampled_from(THINGS)
    typing = st.builds(ox.Triple, thing, st.just(TYPE), st.sampled_from(terms("Class")))
    link = st.builds(ox.Triple, thing, st.sampled_from(terms("ObjectProperty")), thing)
    value = st.builds(ox.Triple, thing, st.sampled_from(terms("DatatypeProperty")), st.sampled_from(VALUES))
    return st.one_of(link, link, link, typing, typing, value)


def worlds(most: int = 12) -> st.SearchStrategy[set[ox.Triple]]:
    """Draw a few facts about a few things."""
    return st.sets(facts(), max_size=most)
