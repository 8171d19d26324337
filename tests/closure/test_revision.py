"""A closure that is revised equals one that is made anew."""

from collections.abc import Iterable

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import schema
from comity.closure.axioms import AxiomError, compile_rules, fact_of
from comity.closure.program import Program, key
from comity.closure.revision import revise
from comity.closure.union import Union
from comity.iris import CO, INFERRED, PERIODS, graph
from tests.closure.reasoning import infer

from .test_axioms import triples
from .test_equality import ACTOR, real_base
from .worlds import axioms, facts, worlds


class Closure:
    """A closure in a store, that facts can be added to and taken from."""

    def __init__(self, base: set[ox.Triple]) -> None:
        self.inferred = infer(base)
        self._store = ox.Store()
        for name, part in ((PERIODS, base), (INFERRED, self.inferred)):
            self._write(name, part)
        self._program = Program(compile_rules(map(fact_of, base)))

    def _write(self, name: ox.NamedNode, triples: Iterable[ox.Triple]) -> None:
        self._store.extend(quad for t in triples for quad in (ox.Quad(*t, name), ox.Quad(*t)))

    def _erase(self, name: ox.NamedNode, triples: Iterable[ox.Triple]) -> None:
        for triple in triples:
            self._store.remove(ox.Quad(*triple, name))
            if all(quad == ox.Quad(*triple) for quad in self._store.quads_for_pattern(*triple, None)):
                self._store.remove(ox.Quad(*triple))

    def revise(self, added: Iterable[ox.Triple] = (), removed: Iterable[ox.Triple] = ()) -> None:
        added, removed = set(added), set(removed)
        change = revise(self._program, Union(self._store), map(fact_of, added), map(fact_of, removed))
        self._write(PERIODS, added)
        self._erase(PERIODS, removed - added)
        self._erase(INFERRED, change.removed)
        self._write(INFERRED, change.added)
        self.inferred = (self.inferred - change.removed) | change.added


CHANGES = st.lists(st.tuples(st.booleans(), st.sets(facts(), min_size=1, max_size=4)), max_size=6)


@settings(max_examples=80)
@given(worlds(25), CHANGES, st.data())
def test_random_changes_give_what_a_rebuild_gives(
    world: set[ox.Triple], changes: list[tuple[bool, set[ox.Triple]]], data: st.DataObject
) -> None:
    closure = Closure(world | axioms())
    for adding, drawn in changes:
        # what is removed at random is seldom there, so that half of the removals take from the world
        chosen = (
            drawn if adding or not world else drawn | {data.draw(st.sampled_from(sorted(world, key=str)))}
        )
        world = world | chosen if adding else world - chosen
        closure.revise(*((chosen, ()) if adding else ((), chosen)))
        assert closure.inferred == infer(world | axioms())


@settings(max_examples=50)
@given(worlds(25), worlds(4), worlds(4))
def test_change_over_a_store_is_the_difference_of_two_closures(
    world: set[ox.Triple], added: set[ox.Triple], removed: set[ox.Triple]
) -> None:
    removed = removed | set(sorted(world, key=str)[::5])
    before, after = infer(world | axioms()), infer((world - removed | added) | axioms())
    change = revise(
        Program(compile_rules(map(fact_of, axioms()))),
        Union(stored(world, before)),
        map(fact_of, added),
        map(fact_of, removed),
    )
    assert (change.added, change.removed) == (after - before, before - after)


def stored(world: set[ox.Triple], inferred: set[ox.Triple]) -> ox.Store:
    store = ox.Store()
    halves = sorted(world, key=str)
    for name, part in ((graph("facts/a"), halves[::2]), (PERIODS, halves[1::2]), (INFERRED, inferred)):
        for triple in part:
            store.extend((ox.Quad(*triple, name), ox.Quad(*triple)))
    return store


def test_what_is_stated_too_stays_when_its_other_reason_goes() -> None:
    rules = triples("co:p a owl:SymmetricProperty")
    closure = Closure(rules | triples("cop:x co:p cop:y . cop:y co:p cop:x"))
    assert closure.inferred == set()
    closure.revise(removed=triples("cop:x co:p cop:y"))
    assert closure.inferred == triples("cop:x co:p cop:y")
    closure.revise(removed=triples("cop:y co:p cop:x"))
    assert closure.inferred == set()


def test_change_of_the_axioms_asks_for_a_rebuild() -> None:
    with pytest.raises(AxiomError):
        Closure(triples("cop:x a co:A")).revise(triples("co:A rdfs:subClassOf co:B"))


def test_all_that_rules_build_on_is_kept() -> None:
    # a revision works from the kept facts; were a dropped one the premise of a rule, it would miss some
    rules = compile_rules(map(fact_of, schema.ontology()))
    built_on = {key(atom) for rule in rules for atom in rule.body}
    assert all(str(key(rule.head)).startswith(f"<{CO}") for rule in rules if key(rule.head) in built_on)


@pytest.mark.long
def test_an_act_taken_back_and_entered_again_leaves_no_trace() -> None:
    base = real_base()
    closure = Closure(base)
    before = set(closure.inferred)
    # an act itself, not its evidence: the sample keeps one act of three, but the evidence of all
    act = min(
        (t.subject for t in base if t.predicate == ACTOR and "/act/recognition/" in str(t.subject)), key=str
    )
    gone = {t for t in base if act in (t.subject, t.object)}
    closure.revise(removed=gone)
    assert closure.inferred != before
    closure.revise(added=gone)
    assert closure.inferred == before
