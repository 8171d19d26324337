"""Deriving a change gives what deriving everything gives: on any change, the same refusals and the same graph."""

import datetime as dt
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from unittest.mock import patch

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity import schema
from comity.changes import request
from comity.changes.apply import Changes, ValidatedChange, validated
from comity.changes.delta import ADDITIONS, Delta, effective
from comity.changes.importing import add_rows
from comity.changes.request import Author, Changeset, CurrentGraph
from comity.derivation import quads_of
from comity.iris import INFERRED, ONTOLOGY, PERIODS, RDF, is_facts, organisation, polity, term
from comity.periods.sweep import derive
from comity.store.database import open_store
from comity.tables.quad_builder import date_literal
from comity.validation import focus
from comity.validation.contradictions import CHECK, check_consistency
from comity.validation.report import ValidationError
from comity.validation.shacl import validate
from tests.closure.reasoning import infer

from .world import make_store, row, sheet

_PARTIES = (
    *("arcadia", "borduria", "cascadia", "ruritania", "syldavia", "taured", "league"),
    *("borduria-junta", "borduria-council"),
)
_KINDS = (
    *("recognition", "withdrawal", "suspension", "relations_established", "relations_severed"),
    *("relations_suspended", "relations_restored", "independence_declared", "statement", "annexation"),
)
_DATES = ("1910", "1949-10-01", "1955", "2001-06", "2001-06-07", "2002~", "2005-03-03", "2011-11-11")


@cache
def graph() -> CurrentGraph:
    """The small world with more acts than its tables begin with."""
    path = make_store(Path(mkdtemp()))
    disk = open_store(path)
    return CurrentGraph(disk.oxigraph, disk.generation, disk.meta)


@cache
def facts() -> tuple[ox.Quad, ...]:
    return tuple(sorted((quad for quad in graph().store if is_facts(quad.graph_name)), key=str))


_ROW = st.builds(
    row,
    st.sampled_from(_KINDS),
    st.sampled_from(_PARTIES),
    st.sampled_from(_PARTIES),
    st.sampled_from(_DATES),
)
_TOWARDS_GOVERNMENT = st.builds(
    row,
    st.sampled_from(("recognition", "withdrawal", "relations_severed")),
    st.sampled_from(("arcadia", "cascadia", "ruritania")),
    st.just("borduria-council"),
    st.sampled_from(_DATES),
    capacity=st.sampled_from(("", "de jure government", "legitimate representative")),
    in_place_of=st.sampled_from(("", "borduria-junta")),
)
_ROWS = st.lists(st.one_of(_ROW, _TOWARDS_GOVERNMENT), max_size=3)


@st.composite
def deltas(draw: st.DrawFn) -> Delta:
    """A change: rows that are added, facts that go, and facts whose value becomes that of another."""
    current = graph()
    changeset = add_rows(sheet(*draw(_ROWS)))(current)
    added, removed = list(changeset.added), list(changeset.removed)
    removed += draw(st.lists(st.sampled_from(facts()), max_size=3))
    for quad in draw(st.lists(st.sampled_from(facts()), max_size=2)):
        other = draw(st.sampled_from([one for one in facts() if one.predicate == quad.predicate]))
        added.append(ox.Quad(quad.subject, quad.predicate, other.object, quad.graph_name))
        if draw(st.booleans()):
            removed.append(quad)
    return effective(current.store, added, removed)


def tried(delta: Delta) -> ValidatedChange | ValidationError:
    try:
        return validated(graph(), delta)
    except ValidationError as error:
        return error


def after(delta: Delta) -> set[ox.Quad]:
    return (set(facts()) - delta.removed) | delta.added


def stored(*parts: Iterable[ox.Triple]) -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(*triple) for part in parts for triple in part)
    return store


def check(delta: Delta) -> None:
    """Hold what is derived of a change against validating and deriving everything."""
    whole = after(delta)
    triples = {quad.triple for quad in whole}
    results = validate(stored(triples, schema.ontology()))
    violations = {one for one in results if one.severity == "Violation"}
    outcome = tried(delta)
    if isinstance(outcome, ValidationError):
        broken = {one for one in outcome.results if not one.component.startswith(CHECK)}
        assert broken == violations
        if broken:
            return
    assert not violations
    periods = set(derive(whole))
    base = [*schema.ontology(), *triples, *periods]
    inferred = infer(base)
    contradictions = check_consistency(stored(base, inferred))
    assert isinstance(outcome, ValidationError) == bool(contradictions)
    if isinstance(outcome, ValidatedChange):
        added, removed = quads_of(outcome.derived)
        store = (set(graph().store) | added | outcome.delta.added) - removed - outcome.delta.removed
        assert {quad.triple for quad in store if quad.graph_name == PERIODS} == periods
        assert {quad.triple for quad in store if quad.graph_name == INFERRED} == inferred
        stated = {quad.triple for quad in store if is_facts(quad.graph_name) or quad.graph_name == ONTOLOGY}
        union = {quad.triple for quad in store if quad.graph_name == ox.DefaultGraph()}
        assert union == stated | periods | inferred


_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=20, suppress_health_check=_QUIET)
@given(deltas())
def test_a_change_gives_what_deriving_everything_gives(delta: Delta) -> None:
    check(delta)


@settings(max_examples=10, suppress_health_check=_QUIET)
@given(deltas())
def test_a_change_of_thousands_of_nodes_gives_the_same_though_all_is_derived_again(delta: Delta) -> None:
    with patch.object(focus, "_WHOLESALE", 0), patch.object(request, "_MANY_QUADS", -1):
        check(delta)


@pytest.mark.long
@settings(max_examples=300, suppress_health_check=_QUIET)
@given(deltas())
def test_many_changes_give_what_deriving_everything_gives(delta: Delta) -> None:
    check(delta)


def _of_turtle(text: str) -> Delta:
    quads = ox.parse(text.encode(), format=ox.RdfFormat.TURTLE)
    return effective(graph().store, [ox.Quad(*quad.triple, ADDITIONS) for quad in quads], [])


def test_thousands_of_nodes_that_no_shape_and_no_rule_reads_cost_no_derivation_of_everything() -> None:
    delta = _of_turtle("<urn:a> <urn:b> " + "[ <urn:p> " * 4000 + "1" + " ]" * 4000 + " .")
    with patch("comity.derivation.entail", side_effect=AssertionError("Everything is derived again.")):
        change = validated(graph(), delta)
    assert len(change.delta.added) == len(change.derived.facts.added) == 4001
    assert not change.derived.periods.added and not change.derived.inferred.added


def test_a_long_list_is_refused_before_anything_is_validated() -> None:
    delta = _of_turtle("<urn:a> <urn:b> (" + " 1" * 4000 + ") .")
    with (
        patch("comity.derivation.validation_changes", side_effect=AssertionError("It is validated.")),
        pytest.raises(ValidationError, match="of which axioms are made"),
    ):
        validated(graph(), delta)


def test_nothing_changed_derives_nothing() -> None:
    assert quads_of(validated(graph(), Delta()).derived) == (set(), set())


def test_a_node_that_loses_its_class_spoils_what_names_it() -> None:
    node = next(quad for quad in facts() if quad.predicate == term("source")).object
    gone = [quad for quad in facts() if quad.subject == node and quad.predicate.value == RDF + "type"]
    outcome = tried(Delta(frozenset(), frozenset(gone)))
    assert isinstance(outcome, ValidationError) and outcome.results[0].path == term("source").value


def test_a_government_that_ends_earlier_ends_what_was_recognised_earlier() -> None:
    changeset = add_rows(sheet(row("recognition", "ruritania", "borduria-junta", "1910")))(graph())
    old = [
        q
        for q in facts()
        if q.subject == organisation("borduria-junta") and q.predicate == term("endEarliest")
    ]
    new = [ox.Quad(q.subject, q.predicate, date_literal(dt.date(1990, 1, 1)), q.graph_name) for q in old]
    assert old
    check(effective(graph().store, [*changeset.added, *new], old))


def test_a_party_that_becomes_a_government_is_no_longer_recognised_as_a_state() -> None:
    node = organisation("borduria-junta")
    gone = [quad for quad in facts() if quad.subject == node and quad.predicate == term("governmentOf")]
    check(effective(graph().store, [], gone))
    more = ox.Quad(node, term("governmentOf"), polity("syldavia"), gone[0].graph_name)
    check(effective(graph().store, [more], gone))


def test_a_succession_of_another_day_carries_other_periods_on() -> None:
    rows = sheet(row("recognition", "borduria", "ruritania", "1910"))
    changeset = add_rows(rows)(graph())
    old = next(q for q in facts() if q.predicate == term("edtf") and "/succession/" in str(q.subject))
    new = ox.Quad(old.subject, old.predicate, ox.Literal("1918-11"), old.graph_name)
    check(effective(graph().store, [*changeset.added, new], [old]))


def test_what_was_read_for_one_change_is_read_again_when_another_has_altered_it(tmp_path: Path) -> None:
    changes, author = Changes(make_store(tmp_path)), Author("ada")

    def enter(actor: str, date: str) -> None:
        changes.change(add_rows(sheet(row("recognition", actor, "borduria-junta", date))), author, "test")

    enter("syldavia", "2001-08")
    ends = term("endEarliest"), term("endLatest")
    old = [q for q in facts() if q.subject == organisation("borduria-junta") and q.predicate in ends]
    new = [ox.Quad(q.subject, q.predicate, date_literal(dt.date(2001, 8, 20)), q.graph_name) for q in old]
    assert len(new) == 2
    changes.change(lambda graph: Changeset(new, old), author, "test")
    enter("taured", "2001-09")
    shown = list(open_store(changes.path).oxigraph)
    periods = derive(quad for quad in shown if is_facts(quad.graph_name))
    assert {quad.triple for quad in shown if quad.graph_name == PERIODS} == set(periods)
