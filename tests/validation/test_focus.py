"""Validating the nodes that a change affects finds what validating everything does."""

from functools import cache

import pyoxigraph as ox
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity import schema
from comity.validation.focus import affected_nodes, validate_nodes
from comity.validation.report import ValidationResult
from comity.validation.shacl import validate

from .test_shacl import faulty, literal

VALUES = [
    ox.Literal("x"),
    literal("1850-02-03", "date"),
    literal("2030-01-01", "date"),
    ox.NamedNode("https://w3id.org/comity/test/nobody"),
]
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


@cache
def facts() -> tuple[ox.Triple, ...]:
    return tuple(sorted(set(faulty()) - set(schema.ontology()), key=str))


def stored(triples: set[ox.Triple]) -> ox.Store:
    store = ox.Store()
    store.bulk_extend(ox.Quad(*triple) for triple in triples | set(schema.ontology()))
    return store


def named(results: frozenset[ValidationResult]) -> set[ValidationResult]:
    return {one for one in results if one.nodes}


@st.composite
def changes(draw: st.DrawFn) -> tuple[set[ox.Triple], set[ox.Triple]]:
    """Draw triples that go, and some that come: others of the same property, or values that do not fit."""
    gone = set(draw(st.lists(st.sampled_from(facts()), max_size=4)))
    come = set()
    for triple in draw(st.lists(st.sampled_from(facts()), max_size=4)):
        alike = [one.object for one in facts() if one.predicate == triple.predicate]
        value = draw(st.sampled_from([*alike, *alike, *VALUES]))
        come.add(ox.Triple(triple.subject, triple.predicate, value))
    return come - set(facts()), gone


@settings(max_examples=25, suppress_health_check=QUIET)
@given(changes())
def test_a_change_is_judged_as_by_validating_everything(
    change: tuple[set[ox.Triple], set[ox.Triple]],
) -> None:
    come, gone = change
    before, after = stored(set(facts())), stored((set(facts()) - gone) | come)
    nodes = affected_nodes(before, come | gone) | affected_nodes(after, come | gone)
    was, now = validate(before), validate(after)
    assert named(now - was) == named(validate_nodes(after, nodes) - validate_nodes(before, nodes))


@settings(max_examples=15, suppress_health_check=QUIET)
@given(
    st.sets(st.sampled_from([t.subject for t in facts() if isinstance(t.subject, ox.NamedNode)]), max_size=6)
)
def test_some_nodes_alone_have_the_results_they_have_among_all(nodes: set[ox.NamedNode]) -> None:
    store = stored(set(facts()))
    names = {node.value for node in nodes}
    expected = {one for one in validate(store) if one.nodes and one.nodes[0] in names}
    assert validate_nodes(store, nodes) == expected
