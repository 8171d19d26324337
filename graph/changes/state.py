"""The current graph in memory, on which a change is rehearsed: shapes, periods, closure, contradictions.

A rehearsal changes nothing that anybody reads. It ends with all that a new generation differs in from the
current one, or with the gate's refusal, after which the state is as before.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity import schema
from comity.changes.delta import Delta, fact_graphs, is_facts
from comity.changes.outcomes import Outcome
from comity.closure.axioms import TYPE, AxiomError, compile_rules, fact_of
from comity.closure.program import Program
from comity.closure.revision import Change, revise
from comity.closure.union import Union
from comity.iris import INFERRED, PERIODS, in_union
from comity.periods.families import Families, Pair
from comity.store.database import open_store
from comity.validation.contradictions import check_consistency
from comity.validation.focus import affected_nodes, validate_nodes
from comity.validation.report import Origin, ValidationError, ValidationReport, ValidationResult

_DEFAULT = ox.DefaultGraph()
#: Beyond so many quads, deriving everything anew is faster than upkeep.
WHOLESALE = 3000


@dataclass(frozen=True)
class Turn:
    """What a change of the facts touches: pairs of families with their periods before, and what is wrong now."""

    pairs: set[Pair]
    periods: set[ox.Triple]
    tied: bool
    results: frozenset[ValidationResult]


class State:
    """One generation, held in memory by the process that writes."""

    def __init__(
        self, quads: Iterable[ox.Quad], generation: str = "", meta: dict[str, Any] | None = None
    ) -> None:
        """Take all quads of a generation into memory, those of the default graph included."""
        self.generation, self.meta = generation, meta or {}
        #: What readers of the state work out and keep from one change to the next.
        self.shelf: dict[str, Any] = {}
        self.store = ox.Store()
        self.store.bulk_extend(quads)
        self._asserted = ox.Store()
        self._asserted.bulk_extend(ox.Quad(*triple) for triple in schema.ontology())
        self._asserted.bulk_extend(
            ox.Quad(*quad.triple)
            for quad in self.store.quads_for_pattern(None, None, None, None)
            if is_facts(quad.graph_name)
        )
        self._families = Families(self._asserted)
        self._program = Program(compile_rules(map(fact_of, schema.ontology())))

    @classmethod
    def load(cls, path: Path) -> "State":
        """Take the current generation of the store into memory.

        :raises StoreError: when there is none, or it cannot be read.
        """
        disk = open_store(path)
        quads = disk.oxigraph.quads_for_pattern(None, None, None, None)
        return cls(quads, disk.generation, disk.meta)

    def rehearse(
        self, delta: Delta, origin: Origin | None = None, progress: Callable[[str], None] = lambda stage: None
    ) -> Outcome:
        """Take a change through the gate and derive what follows; the state stays as it was.

        :param origin: where the things of the change stand in tables that are imported.
        :raises ValidationError: when the change breaks a shape, contradicts something or bears on the axioms.
        """
        coming, going = self._facts_of(delta)
        progress("Looking for what it touches")
        turned = self._turn(coming, going, validating=True)
        try:
            report = ValidationReport(turned.results, origin or {}).raise_on_violation()
            progress("Deriving periods and reasoning")
            after = self._families.all_periods() if turned.tied else self._families.periods(turned.pairs)
            changed = (after - turned.periods, turned.periods - after)
            outcome = self._derive(delta, (coming, going), changed, report)
        finally:
            self._turn(going, coming)
        return replace(outcome, warnings=report.warnings)

    def commit(self, outcome: Outcome, generation: str, meta: dict[str, Any]) -> None:
        """Take an outcome that is on disk into memory too."""
        coming, going = self._facts_of(outcome.delta)
        for quad in outcome.removed:
            self.store.remove(quad)
        _extend(self.store, list(outcome.added))
        self._turn(coming, going)
        self.generation, self.meta = generation, meta

    def _facts_of(self, delta: Delta) -> tuple[set[ox.Triple], set[ox.Triple]]:
        """Give the triples that come into the facts and leave them, whatever graph they move between."""
        coming = {q.triple for q in delta.added if is_facts(q.graph_name) and not fact_graphs(self.store, q)}
        going = {q.triple for q in delta.removed if is_facts(q.graph_name)}
        return coming, going - self._staying(delta)

    def _staying(self, delta: Delta) -> set[ox.Triple]:
        """Give the triples that leave one graph of facts and stay in another."""
        staying = {quad.triple for quad in delta.added if is_facts(quad.graph_name)}
        for quad in delta.removed:
            left = [
                name
                for name in fact_graphs(self.store, quad)
                if ox.Quad(quad.subject, quad.predicate, quad.object, name) not in delta.removed
            ]
            if left:
                staying.add(quad.triple)
        return staying

    def _turn(self, coming: set[ox.Triple], going: set[ox.Triple], validating: bool = False) -> Turn:
        """Change the asserted facts in memory; give what is touched, and what there was before."""
        subjects = {triple.subject for triple in (*coming, *going)}
        tied = self._families.ties((*coming, *going))
        touched = self._families.touched(subjects)
        nodes = affected_nodes(self._asserted, (*coming, *going)) if validating else set()
        self._write(coming, going)
        touched |= self._families.touched(subjects)
        results: frozenset[ValidationResult] = frozenset()
        if validating:
            nodes |= affected_nodes(self._asserted, (*coming, *going))
            results = validate_nodes(self._asserted, nodes)
            self._write(going, coming)
            results -= validate_nodes(self._asserted, nodes)
            self._write(coming, going)
        periods = self._families.all_periods() if tied else self._families.periods(touched)
        self._families.refresh(subjects, tied)
        return Turn(self._families.pairs() if tied else touched, periods, tied, results)

    def _write(self, coming: set[ox.Triple], going: set[ox.Triple]) -> None:
        _extend(self._asserted, [ox.Quad(*triple) for triple in coming])
        for triple in going:
            self._asserted.remove(ox.Quad(*triple))

    def _derive(
        self,
        delta: Delta,
        facts: tuple[set[ox.Triple], set[ox.Triple]],
        periods: tuple[set[ox.Triple], set[ox.Triple]],
        report: ValidationReport,
    ) -> Outcome:
        coming, going = facts
        opened, closed = periods
        stated_later = self._asserted_has(closed) | coming | opened
        inferred = self._revised(coming | opened, (going | closed) - stated_later, report)
        added = set(delta.added) | _in(PERIODS, opened) | _in(INFERRED, inferred.added)
        removed = set(delta.removed) | _in(PERIODS, closed) | _in(INFERRED, inferred.removed)
        more, less = self._union_changes(added, removed)
        self._check(more, less, report)
        return Outcome(
            delta,
            frozenset(added | more),
            frozenset(removed | less),
            [],
            frozenset(opened),
            frozenset(closed),
        )

    def _asserted_has(self, triples: set[ox.Triple]) -> set[ox.Triple]:
        return {triple for triple in triples if ox.Quad(*triple) in self._asserted}

    def _revised(self, coming: set[ox.Triple], going: set[ox.Triple], report: ValidationReport) -> Change:
        if len(coming) + len(going) > WHOLESALE:
            return self._closed_anew(coming, going)
        try:
            return revise(self._program, Union(self.store), map(fact_of, coming), map(fact_of, going))
        except AxiomError as error:
            node = next(
                t.subject.value
                for t in sorted((*coming, *going), key=str)
                if isinstance(t.subject, ox.NamedNode)
            )
            found = ValidationResult("Violation", (node,), None, str(error))
            raise ValidationError([found.problem(report.origin)], []) from None

    def _closed_anew(self, coming: set[ox.Triple], going: set[ox.Triple]) -> Change:
        from comity.closure.entailment import infer

        before = {quad.triple for quad in self.store.quads_for_pattern(None, None, None, INFERRED)}
        periods = {quad.triple for quad in self.store.quads_for_pattern(None, None, None, PERIODS)}
        base = {quad.triple for quad in self._asserted.quads_for_pattern(None, None, None, _DEFAULT)}
        after = infer([*base, *((periods | coming) - going - base)])
        return Change(frozenset(after - before), frozenset(before - after))

    def _union_changes(self, added: set[ox.Quad], removed: set[ox.Quad]) -> tuple[set[ox.Quad], set[ox.Quad]]:
        """Give what comes into the default graph, which holds the union, and what leaves it."""
        more = {ox.Quad(*q.triple) for q in added if in_union(q.graph_name)}
        gone = {q.triple for q in removed if in_union(q.graph_name)}
        less = set()
        for triple in gone:
            left = self.store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
            if not any(
                quad not in removed
                for quad in left
                if isinstance(quad.graph_name, ox.NamedNode) and in_union(quad.graph_name)
            ):
                less.add(ox.Quad(*triple))
        return {quad for quad in more if quad not in self.store}, less - more

    def _check(self, more: set[ox.Quad], less: set[ox.Quad], report: ValidationReport) -> None:
        """Refuse what contradicts anything; only things that the new triples speak of can take part."""
        nodes = {term for quad in more for term in (quad.subject, quad.object)}
        around = {
            quad
            for node in nodes
            if isinstance(node, ox.NamedNode)
            for quad in self.store.quads_for_pattern(node, None, None, _DEFAULT)
        }
        part = ox.Store()
        part.bulk_extend(ox.Quad(*triple) for triple in _axioms())
        part.bulk_extend((around | more) - less)
        found = check_consistency(part)
        if found:
            raise ValidationError(sorted({one.problem(report.origin) for one in found}, key=str), [])


def _extend(store: ox.Store, quads: list[ox.Quad]) -> None:
    """Add quads to a store in memory; many at once cost less outside a transaction."""
    (store.extend if len(quads) < WHOLESALE else store.bulk_extend)(quads)


def _in(name: ox.NamedNode, triples: Iterable[ox.Triple]) -> set[ox.Quad]:
    return {ox.Quad(triple.subject, triple.predicate, triple.object, name) for triple in triples}


@cache
def _axioms() -> tuple[ox.Triple, ...]:
    """Give what the checks read of the ontology: which classes and properties are what, and are disjoint."""
    return tuple(
        triple
        for triple in schema.ontology()
        if triple.predicate == TYPE
        or "isjoint" in triple.predicate.value
        or "rdf-syntax" in triple.predicate.value
    )
