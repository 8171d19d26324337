"""The quick gate says what the whole one says: on any change, the same refusals and the same derived graph."""

from collections.abc import Iterable
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
from comity.changes.outcomes import Outcome
from comity.changes.state import State
from comity.closure.entailment import infer
from comity.iris import INFERRED, PERIODS, RDF, term
from comity.periods.sweep import derive
from comity.validation.contradictions import check_consistency
from comity.validation.report import ValidationError
from comity.validation.shacl import validate

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


def tried(delta: Delta) -> Outcome | ValidationError:
    try:
        return state().rehearse(delta)
    except ValidationError as error:
        return error


def after(delta: Delta) -> set[ox.Quad]:
    return (set(facts()) - delta.removed) | delta.added


def stored(*parts: Iterable[ox.Triple]) -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(*triple) for part in parts for triple in part)
    return store


def check(delta: Delta) -> None:
    """Hold the quick gate and its derivations against validating and deriving everything."""
    whole = after(delta)
    triples = {quad.triple for quad in whole}
    results = validate(stored(triples, schema.ontology()))
    violations = {one for one in results if one.severity == "Violation"}
    outcome = tried(delta)
    if isinstance(outcome, ValidationError) and outcome.results:
        assert set(outcome.results) == violations
        return
    assert not violations
    periods = set(derive(whole))
    base = [*schema.ontology(), *triples, *periods]
    inferred = infer(base)
    contradictions = check_consistency(stored(base, inferred))
    assert isinstance(outcome, ValidationError) == bool(contradictions)
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


def test_a_node_that_loses_its_class_spoils_what_names_it() -> None:
    node = next(quad for quad in facts() if quad.predicate == term("source")).object
    gone = [quad for quad in facts() if quad.subject == node and quad.predicate.value == RDF + "type"]
    outcome = tried(Delta(frozenset(), frozenset(gone)))
    assert isinstance(outcome, ValidationError) and outcome.results[0].path == term("source").value


def test_a_succession_of_another_day_carries_other_periods_on() -> None:
    rows = sheet(row("recognition", "borduria", "ruritania", "1910"))
    draft = wish_for_tables(rows)(state())
    old = next(q for q in facts() if q.predicate == term("edtf") and "/succession/" in str(q.subject))
    new = ox.Quad(old.subject, old.predicate, ox.Literal("1918-11"), old.graph_name)
    check(effective(state().store, [*draft.added, new], [old]))
