"""Derivation: from asserted facts to a validated graph with periods, closure and no contradictions.

    facts ─▶ shapes (focus nodes) ─▶ periods (pairs of party groups) ─▶ closure ─▶ contradictions

A build and a change run the same stages. They differ in how much is affected: a build starts from nothing, so every
node and every pair is; a change affects the nodes that its triples can matter to and the pairs whose acts it touches.
A change of thousands of acts affects nearly everything: periods and closure are then derived as in a build, and
compared with the content of the store, while another thread validates.
"""

from collections.abc import Callable, Iterable, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import chain
from typing import Any

import pyoxigraph as ox

from comity import schema
from comity.closure.axioms import compile_rules, fact_of, touches_axioms
from comity.closure.entailment import Reasoner, entail
from comity.closure.program import Program
from comity.closure.revision import revise
from comity.closure.union import Union
from comity.iris import INFERRED, PERIODS, TYPE, is_asserted
from comity.periods.groups import PartyGroups, may_regroup
from comity.periods.sweep import derive as derive_periods
from comity.store.bulk import BulkReader
from comity.validation.contradictions import bearing_on_checks, check_consistency
from comity.validation.focus import is_wholesale, validation_changes
from comity.validation.report import Origin, ValidationError, ValidationReport, ValidationResult
from comity.validation.shacl import validate

Progress = Callable[[str], None]
Emit = Callable[[Iterable[ox.Triple], ox.NamedNode], None]
_DEFAULT = ox.DefaultGraph()
_Pattern = tuple[Any, Any, Any]


@dataclass(frozen=True)
class Difference:
    """The difference between two graphs, in triples."""

    added: Set[ox.Triple] = frozenset()
    removed: Set[ox.Triple] = frozenset()


class Assertions:
    """The asserted facts and the ontology of a store, as they are or as a change would leave them.

    It behaves like a store that has all of them in its default graph. Look-ups go to the store, which may be on disk,
    and are cached and shared between the states before and after a change; only SPARQL queries need a copy.
    """

    def __init__(self, store: ox.Store, difference: Difference = Difference()) -> None:
        """Read from this store, which is never written to."""
        self._store = store
        self._difference = difference
        self._before: Assertions | None = None
        self._found: dict[_Pattern, list[ox.Quad]] = {}

    def changed(self, difference: Difference) -> "Assertions":
        """Return the assertions as a change would leave them."""
        after = Assertions(self._store, difference)
        after._before, after._found = self, self._found
        return after

    def quads_for_pattern(
        self, subject: Any, predicate: Any, object: Any, graph_name: Any = None
    ) -> Iterator[ox.Quad]:
        """Yield the assertions matching a pattern, in which None matches anything, as quads of the default graph."""
        pattern = (subject, predicate, object)
        if pattern not in self._found:
            quads = self._store.quads_for_pattern(subject, predicate, object, None)
            self._found[pattern] = list(
                dict.fromkeys(ox.Quad(*quad.triple) for quad in quads if is_asserted(quad.graph_name))
            )
        for quad in self._found[pattern]:
            if quad.triple not in self._difference.removed:
                yield quad
        for triple in self._added(pattern):
            if ox.Quad(*triple) not in self._found[pattern]:
                yield ox.Quad(*triple)

    def query(self, text: str, **options: Any) -> Any:
        """Return the answer of a SPARQL query over all assertions."""
        return self._copy.query(text, **options)

    @cached_property
    def triples(self) -> frozenset[ox.Triple]:
        """All assertions."""
        if self._before is not None:
            return self._before.triples - self._difference.removed | self._difference.added
        names = [name for name in self._store.named_graphs() if is_asserted(name)]
        return frozenset(triple for name in names for triple in _triples_of(self._store, name))

    @cached_property
    def _copy(self) -> ox.Store:
        return _in_memory(self.triples)

    @cached_property
    def _index(self) -> dict[tuple[int, Any], list[ox.Triple]]:
        index: dict[tuple[int, Any], list[ox.Triple]] = {}
        for triple in self._difference.added:
            for position, term in enumerate(triple):
                index.setdefault((position, term), []).append(triple)
        return index

    def _added(self, pattern: _Pattern) -> Iterable[ox.Triple]:
        bound = [(position, term) for position, term in enumerate(pattern) if term is not None]
        if not bound:
            return self._difference.added
        candidates = min((self._index.get(key, []) for key in bound), key=len)
        return [triple for triple in candidates if all(triple[position] == term for position, term in bound)]


def _triples_of(store: ox.Store, graph: ox.NamedNode | ox.BlankNode) -> Iterator[ox.Triple]:
    return (quad.triple for quad in store.quads_for_pattern(None, None, None, graph))


@dataclass(frozen=True)
class Derived:
    """What follows from a change of the facts: how periods and closure differ, and the warnings of validation.

    ``union`` is the difference of the default graph, which contains triples of several graphs only once; a build
    leaves it to the writer of the graphs.
    """

    facts: Difference
    periods: Difference
    inferred: Difference
    union: Difference = Difference()
    report: ValidationReport = field(default_factory=ValidationReport)


def derive_all(
    facts: Iterable[ox.Triple],
    origin: Origin,
    reasoner: Reasoner = "fast",
    progress: Progress = lambda stage: None,
    emit: Emit = lambda triples, graph: None,
) -> Derived:
    """Return what follows from facts alone: a build, which affects everything.

    :param origin: the locations of things in the tables.
    :param emit: called with the derived triples of each graph as soon as they are available, before the check for
    contradictions.
    :raises ValidationError: if the facts violate a shape or contradict each other.
    """
    return _derive(None, Difference(frozenset(facts)), origin, reasoner, progress, emit)


def party_groups(store: ox.Store) -> PartyGroups:
    """Return the groups of parties of a generation, which most changes do not affect."""
    return PartyGroups(Assertions(store))


def succeeding_groups(
    groups: PartyGroups, after: ox.Store, changed: Iterable[ox.Triple]
) -> PartyGroups | None:
    """Return the groups of the generation created by a change, or None if they must be reread.

    :param changed: the triples added and removed by the change.
    """
    assertions = Assertions(after)
    return None if may_regroup(changed, groups.facts, assertions) else groups.over(assertions)


def derive_change(
    store: ox.Store,
    facts: Difference,
    origin: Origin | None = None,
    progress: Progress = lambda stage: None,
    groups: PartyGroups | None = None,
    bulk: BulkReader | None = None,
) -> Derived:
    """Return how a change of the facts affects what follows from them; the store is not modified.

    :param store: a generation: facts, ontology and everything derived from them.
    :param facts: triples that no graph of facts contains yet, and triples that none will contain any more.
    :param groups: the groups of parties of the generation, if already read.
    :param bulk: what a bulk change reads of it, if already being read.
    :raises ValidationError: if the change violates a shape, contradicts something or affects the axioms.
    """
    return _derive(_states(store, facts, groups, bulk), facts, origin or {}, progress=progress)


def consequences(store: ox.Store, facts: Difference) -> Derived:
    """Return how a change of the facts would affect what follows from them, whether or not it is valid.

    :param store: a generation, which is not modified.
    :param facts: as for :func:`derive_change`.
    """
    return _follow(_states(store, facts), facts)[0]


@dataclass(frozen=True)
class _States:
    """A store to be changed, and its assertions before and after, which behave like stores."""

    store: ox.Store
    before: Any
    after: Any
    groups: PartyGroups | None
    #: Set if so much is affected that deriving everything is faster; a change of axioms is refused instead.
    whole: BulkReader | None = None

    @property
    def wholesale(self) -> bool:
        """Whether everything is derived."""
        return self.whole is not None

    @cached_property
    def periods(self) -> frozenset[ox.Triple]:
        """The triples of all periods of the store."""
        return self._derived(PERIODS)

    @cached_property
    def inferred(self) -> frozenset[ox.Triple]:
        """All inferred triples of the store."""
        return self._derived(INFERRED)

    def _derived(self, graph: ox.NamedNode) -> frozenset[ox.Triple]:
        return self.whole.derived(graph) if self.whole else frozenset(_triples_of(self.store, graph))

    def stated(self, facts: Difference, periods: Difference) -> Difference:
        """Return how the input of the closure differs: a triple may be stated both by a fact and by a period."""
        added = facts.added | periods.added
        gone = (facts.removed | periods.removed) - added
        if self.wholesale:
            return Difference(added, gone - self.after.triples - (self.periods - periods.removed))

        def stays(triple: ox.Triple) -> bool:
            if next(self.after.quads_for_pattern(*triple, _DEFAULT), None):
                return True
            return (
                triple not in periods.removed
                and ox.Quad(triple.subject, triple.predicate, triple.object, PERIODS) in self.store
            )

        return Difference(added, frozenset(triple for triple in gone if not stays(triple)))

    def union(self, stated: Difference, inferred: Difference) -> Difference:
        """Return how the union of everything stated and inferred differs."""
        coming, going = stated.added | inferred.added, stated.removed | inferred.removed
        if self.wholesale:
            return Difference(coming - self.before.triples - self.periods - self.inferred, going - coming)
        present = {triple for triple in coming if ox.Quad(*triple) in self.store}
        return Difference(coming - present, going - coming)


def _states(
    store: ox.Store,
    facts: Difference,
    groups: PartyGroups | None = None,
    bulk: BulkReader | None = None,
) -> _States:
    changed = facts.added | facts.removed
    if is_wholesale(changed) and not touches_axioms(map(fact_of, changed)):
        whole = bulk or BulkReader(store)
        before = Assertions(whole.assertions)
        return _States(store, before, before.changed(facts), groups, whole)
    before = Assertions(bulk.assertions if bulk else store)
    return _States(store, before, before.changed(facts), groups)


def _derive(
    states: _States | None,
    facts: Difference,
    origin: Origin,
    reasoner: Reasoner = "fast",
    progress: Progress = lambda stage: None,
    emit: Emit = lambda triples, graph: None,
) -> Derived:
    progress("Checking against the shapes")
    if states is not None:
        _refuse_axioms(states, facts, origin)
    if states is not None and states.wholesale:
        _ = states.after.triples  # Read once, for both.
        # The engine does not hold the interpreter's lock while it evaluates the shapes.
        with ThreadPoolExecutor(1) as thread:
            validation = thread.submit(_validated, states, facts, origin)
            try:
                derived, complaints = _follow(states, facts, origin, reasoner, progress)
            finally:
                report = validation.result()  # A violation is reported rather than what followed from it.
    else:
        report = _validated(states, facts, origin)
        derived, complaints = _follow(states, facts, origin, reasoner, progress, emit)
    derived = replace(derived, report=report)
    progress("Looking for contradictions")
    _refuse_contradictions(states, derived, complaints)
    return derived


def _refuse_axioms(states: _States, facts: Difference, origin: Origin) -> None:
    """Refuse a change of the axioms before anything else is read.

    :raises ValidationError: naming the things that the axioms are about.
    """
    touching = [
        triple
        for side, other in ((facts.added, states.before), (facts.removed, states.after))
        for triple in side
        if touches_axioms([fact_of(triple)]) and not any(other.quads_for_pattern(*triple, _DEFAULT))
    ]
    if touching:
        first = min(touching, key=str)
        words = (
            f"The change states or removes {first.predicate}, of which axioms are made; the ontology ships with the "
            "program and cannot be changed here. Leave it out, and use properties in place of RDF lists."
        )
        nodes = (first.subject.value,) if isinstance(first.subject, ox.NamedNode) else ()
        result = ValidationResult("Violation", nodes, None, words)
        raise ValidationError([result.problem(origin)], [result])


def _validated(states: _States | None, facts: Difference, origin: Origin) -> ValidationReport:
    """Return the new results of validation against the shapes.

    :raises ValidationError: if any of them is a violation.
    """
    if states is None:
        results = validate(_in_memory(chain(schema.ontology(), facts.added)))
    else:
        results = validation_changes(states.before, states.after, [*facts.added, *facts.removed])
    return ValidationReport(results, origin).raise_on_violation()


def _follow(
    states: _States | None,
    facts: Difference,
    origin: Origin | None = None,
    reasoner: Reasoner = "fast",
    progress: Progress = lambda stage: None,
    emit: Emit = lambda triples, graph: None,
) -> tuple[Derived, tuple[str, ...]]:
    """Return how periods and closure differ, and the errors reported by the reasoner."""
    progress("Deriving periods")
    periods = _periods(states, facts)
    emit(periods.added, PERIODS)
    progress("Reasoning")
    if states is None:
        base = chain(schema.ontology(), facts.added, periods.added)
        entailed = entail(schema.ontology(), base, reasoner)
        emit(entailed.triples, INFERRED)
        return Derived(facts, periods, Difference(entailed.triples)), entailed.complaints
    stated = states.stated(facts, periods)
    inferred = _closed(states, stated, periods)
    return Derived(facts, periods, inferred, states.union(stated, inferred)), ()


def _periods(states: _States | None, facts: Difference) -> Difference:
    if states is None:
        return Difference(frozenset(derive_periods(facts.added)))
    changed = [*facts.added, *facts.removed]
    was: Set[ox.Triple]
    if states.wholesale or may_regroup(changed, states.before, states.after):
        was, now = states.periods, set(derive_periods(states.after.triples))
    else:
        groups = states.groups or PartyGroups(states.before)
        before, after = groups.over(states.before), groups.over(states.after)
        nodes = {triple.subject for triple in changed}
        pairs = before.pairs_of(nodes) | after.pairs_of(nodes)
        was, now = before.periods(pairs), after.periods(pairs)
    return Difference(frozenset(now - was), frozenset(was - now))


def _closed(states: _States, stated: Difference, periods: Difference) -> Difference:
    """Return how the closure differs."""
    if states.wholesale:
        base = chain(states.after.triples, states.periods - periods.removed, periods.added)
        now, was = frozenset(entail(schema.ontology(), base).triples), states.inferred
        return Difference(now - was, was - now)
    added, removed = (map(fact_of, side) for side in (stated.added, stated.removed))
    change = revise(_program(), Union(states.store), added, removed)
    return Difference(change.added, change.removed)


def _refuse_contradictions(states: _States | None, derived: Derived, complaints: tuple[str, ...]) -> None:
    """Refuse contradictions; only things in the new triples can be involved.

    :raises ValidationError: naming the rows of the things involved.
    """
    added = (derived.facts.added, derived.periods.added, derived.inferred.added)
    around: set[ox.Triple] = set()
    bearing = bearing_on_checks()
    if states is not None:
        nodes = {term for triple in chain(*added) for term in (triple.subject, triple.object)}
        around = {
            quad.triple
            for node in nodes
            if isinstance(node, ox.NamedNode)
            for quad in states.store.quads_for_pattern(node, None, None, _DEFAULT)
            if quad.predicate in bearing
        }
        around -= derived.facts.removed | derived.periods.removed | derived.inferred.removed
    relevant = (triple for triple in chain(around, *added) if triple.predicate in bearing)
    part = _in_memory(chain(_axioms(), relevant))
    ValidationReport(check_consistency(part, complaints), derived.report.origin).raise_on_violation()


def _in_memory(triples: Iterable[ox.Triple]) -> ox.Store:
    """Return a store of triples loaded as text, in half the time of quads and without the interpreter's lock."""
    store = ox.Store()
    store.load(
        ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format=ox.RdfFormat.N_TRIPLES, lenient=True
    )
    return store


def quads_of(derived: Derived) -> tuple[set[ox.Quad], set[ox.Quad]]:
    """Return the added and removed quads of the periods and inferred graphs, and of the union."""
    added: set[ox.Quad] = set()
    removed: set[ox.Quad] = set()
    graphs = ((PERIODS, derived.periods), (INFERRED, derived.inferred), (_DEFAULT, derived.union))
    for name, difference in graphs:
        added |= {ox.Quad(t.subject, t.predicate, t.object, name) for t in difference.added}
        removed |= {ox.Quad(t.subject, t.predicate, t.object, name) for t in difference.removed}
    return added, removed


@cache
def _program() -> Program:
    return Program(compile_rules(map(fact_of, schema.ontology())))


@cache
def _axioms() -> tuple[ox.Triple, ...]:
    """Return what the checks need of the ontology: types of classes and properties, disjointness, and RDF lists."""
    return tuple(
        triple
        for triple in schema.ontology()
        if triple.predicate == TYPE
        or "isjoint" in triple.predicate.value
        or "rdf-syntax" in triple.predicate.value
    )
