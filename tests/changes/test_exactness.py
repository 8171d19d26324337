"""The quick gate says what the whole one says: on any change, the same refusals and the same derived graph."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity import schema
from comity.changes.delta import Delta, effective, is_facts
from comity.changes.importing import wish_for_tables
from comity.changes.outcomes import GateError, Outcome
from comity.changes.state import State
from comity.closure.entailment import infer
from comity.iris import INFERRED, PERIODS, RDF, term
from comity.periods.sweep import derive
from comity.validation.consistency import findings
from comity.validation.constraints import breaches
from comity.validation.inspection import NEAR
from comity.validation.validation import core_results_of_pyshacl

from .world import FIRST, make_store, row, sheet

_PARTIES = ("arcadia", "borduria", "cascadia", "ruritania", "syldavia", "taured", "league")
_KINDS = (
    *("recognition", "withdrawal", "suspension", "relations_established", "relations_severed"),
    *("relations_suspended", "relations_restored", "independence_declared", "statement", "annexation"),
)
_DATES = ("1910", "1949-10-01", "1955", "2001-06", "2001-06-07", "2002~", "2005-03-03", "2011-11-11")


@cache
def state() -> State:
    """The small world with more acts than its tables begin with."""
    path = make_store(Path(mkdtemp()))
    return State.load(path)


@cache
def facts() -> tuple[ox.Quad, ...]:
    return tuple(sorted((quad for quad in state().store if is_facts(quad.graph_name)), key=str))


_ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(_KINDS),
        st.sampled_from(_PARTIES),
        st.sampled_from(_PARTIES),
        st.sampled_from(_DATES),
    ),
    max_size=3,
)


@st.composite
def deltas(draw: st.DrawFn) -> Delta:
    """A change: rows that are added, facts that go, and facts whose value becomes that of another."""
    current = state()
    draft = wish_for_tables(sheet(*draw(_ROWS)))(current)
    added, removed = list(draft.added), list(draft.removed)
    removed += draw(st.lists(st.sampled_from(facts()), max_size=3))
    for quad in draw(st.lists(st.sampled_from(facts()), max_size=2)):
        other = draw(st.sampled_from([one for one in facts() if one.predicate == quad.predicate]))
        added.append(ox.Quad(quad.subject, quad.predicate, other.object, quad.graph_name))
        if draw(st.booleans()):
            removed.append(quad)
    return effective(current.store, added, removed)


def tried(delta: Delta) -> Outcome | GateError:
    try:
        return state().rehearse(delta)
    except GateError as error:
        return error


def after(delta: Delta) -> set[ox.Quad]:
    return (set(facts()) - delta.removed) | delta.added


def violating(whole: set[ox.Quad]) -> Iterator[tuple[ox.NamedNode, str]]:
    """Give what breaks a shape, and how, by pyshacl and by the constraints over everything."""
    quads = [ox.Quad(*triple) for triple in {*(quad.triple for quad in whole), *schema.ontology()}]
    for severity, nodes, _, message in core_results_of_pyshacl(quads):
        if severity == "Violation":
            yield nodes[0], message
    store = ox.Store()
    store.extend(quads)
    for breach in breaches(store, schema.shapes()):
        if breach.severity == "Violation" and isinstance(breach.value, ox.NamedNode):
            yield breach.value, breach.message


def check(delta: Delta) -> None:
    """Hold the quick gate and its derivations against validating and deriving everything."""
    whole = after(delta)
    triples = {quad.triple for quad in whole}
    violations = {(node.value, message) for node, message in violating(whole)}
    outcome = tried(delta)
    if isinstance(outcome, GateError) and outcome.findings:
        assert {(one.nodes[0].value, one.message) for one in outcome.findings} == violations
        return
    assert not violations
    periods = set(derive(whole))
    base = [*schema.ontology(), *triples, *periods]
    inferred = infer(base)
    contradictions = findings(base, inferred)
    assert isinstance(outcome, GateError) == bool(contradictions)
    if isinstance(outcome, Outcome):
        store = (set(state().store) | outcome.added) - outcome.removed
        assert {quad.triple for quad in store if quad.graph_name == PERIODS} == periods
        assert {quad.triple for quad in store if quad.graph_name == INFERRED} == inferred


_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=20, deadline=None, suppress_health_check=_QUIET)
@given(deltas())
def test_the_quick_gate_says_what_the_whole_gate_says(delta: Delta) -> None:
    check(delta)


@pytest.mark.long
@settings(max_examples=300, deadline=None, suppress_health_check=_QUIET)
@given(deltas())
def test_the_quick_gate_says_so_of_many_changes(delta: Delta) -> None:
    check(delta)


def test_a_rehearsal_leaves_the_state_as_it_was() -> None:
    before = set(state().store)
    for line in FIRST[1:3]:
        state().rehearse(
            effective(state().store, wish_for_tables(sheet(line.replace("2", "1", 1)))(state()).added, [])
        )
    assert set(state().store) == before
    assert derive(facts()) and state().rehearse(Delta()).added == frozenset()


def test_the_shapes_look_no_further_than_a_slice_does() -> None:
    used = {triple.predicate.value for triple in schema.shapes() if "shacl#" in triple.predicate.value}
    beyond = (
        used
        - NEAR
        - {f"http://www.w3.org/ns/shacl#{name}" for name in ("sparql", "select", "prefixes", "targetNode")}
    )
    assert not beyond, f"The quick gate does not know what these look at: {sorted(beyond)}"
    paths = [triple.object for triple in schema.shapes() if triple.predicate.value.endswith("shacl#path")]
    steps = {triple.predicate.value for triple in schema.shapes() if triple.subject in paths}
    assert steps <= {"http://www.w3.org/ns/shacl#alternativePath"}


def test_a_node_that_loses_its_class_spoils_what_names_it() -> None:
    node = next(quad for quad in facts() if quad.predicate == term("source")).object
    gone = [quad for quad in facts() if quad.subject == node and quad.predicate.value == RDF + "type"]
    outcome = tried(Delta(frozenset(), frozenset(gone)))
    assert isinstance(outcome, GateError) and outcome.findings[0].path == term("source").value


def test_a_succession_of_another_day_carries_other_periods_on() -> None:
    rows = sheet(row("recognition", "borduria", "ruritania", "1910"))
    draft = wish_for_tables(rows)(state())
    old = next(q for q in facts() if q.predicate == term("edtf") and "/succession/" in str(q.subject))
    new = ox.Quad(old.subject, old.predicate, ox.Literal("1918-11"), old.graph_name)
    check(effective(state().store, [*draft.added, new], [old]))
