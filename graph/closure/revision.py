"""Incremental maintenance of a closure: the effect of a few added and removed facts, without recomputing it.

Removing a fact also removes everything derived from it (overdeletion), except what is itself stated; what can still
be derived in another way is then restored, and what new facts entail is added. The result equals the closure that a
rebuild would produce.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from pyoxigraph import NamedNode, Triple

from comity.closure.axioms import (
    AxiomError,
    Fact,
    Term,
    kept,
    touches_axioms,
    triple_of,
)
from comity.closure.program import Facts, Program


class Stated(Facts, Protocol):
    """Facts, some of which are stated and the others inferred from these."""

    def stated(self, fact: Fact) -> bool:
        """Return whether the fact is stated, not only inferred."""


@dataclass(frozen=True)
class Change:
    """The effect of a revision on the graph of inferred triples."""

    added: frozenset[Triple]
    removed: frozenset[Triple]


def revise(program: Program, facts: Stated, added: Iterable[Fact], removed: Iterable[Fact]) -> Change:
    """Return the effect on inferred facts of stating some facts and no longer stating others.

    :param facts: the previous state, which is not changed.
    :raises AxiomError: if the change affects the axioms themselves; the closure must then be recomputed.
    """
    coming, going = set(added), set(removed)
    coming, going = {f for f in coming if not facts.stated(f)}, {f for f in going - coming if facts.stated(f)}
    if touches_axioms(coming | going):
        raise AxiomError("The change affects axioms of the ontology. Rebuild the graph.")
    after = _Revised(facts, going)
    overdeleted = _dependents(program, facts, after, coming)
    after.gone |= overdeleted
    agenda = [fact for fact in (*overdeleted, *going) if next(program.steps(fact, after), None)] + list(
        coming
    )
    for fact in agenda:
        after.add(fact)
    for fact in agenda:
        for entailed in list(program.consequences(fact, after)):
            if kept(entailed) and not after.holds(entailed):
                after.add(entailed)
                agenda.append(entailed)
    before = overdeleted | {fact for fact in coming if next(iter(facts.match(*fact)), None)}
    now = {fact for fact in after.new if fact not in coming}
    return Change(frozenset(map(triple_of, now - before)), frozenset(map(triple_of, before - now)))


def _dependents(program: Program, facts: Stated, after: "_Revised", coming: set[Fact]) -> set[Fact]:
    """Return the inferred facts that were derived, in any way, from the removed ones."""
    dependents: set[Fact] = set()
    agenda = list(after.gone)
    for fact in agenda:
        for entailed in program.consequences(fact, facts):
            if entailed in dependents or entailed in after.gone or entailed in coming or not kept(entailed):
                continue
            if not facts.stated(entailed):
                dependents.add(entailed)
                agenda.append(entailed)
    return dependents


class _Revised:
    """A state of facts with some removed and some added."""

    def __init__(self, facts: Facts, gone: set[Fact]) -> None:
        self.facts, self.gone = facts, set(gone)
        self.new: dict[Fact, None] = {}
        #: The new facts, indexed by what a pattern binds besides the predicate: subject, value or neither.
        self._index: dict[tuple[Term | None, NamedNode, Term | None], list[Fact]] = {}

    def add(self, fact: Fact) -> None:
        if fact not in self.new:
            self.new[fact] = None
            subject, predicate, value = fact
            for pattern in ((subject, predicate, None), (None, predicate, value), (None, predicate, None)):
                self._index.setdefault(pattern, []).append(fact)

    def holds(self, fact: Fact) -> bool:
        return next(iter(self.match(*fact)), None) is not None

    def match(self, subject: Term | None, predicate: NamedNode, value: Term | None) -> Iterator[Fact]:
        for fact in self.facts.match(subject, predicate, value):
            if fact not in self.gone and fact not in self.new:
                yield fact
        if subject is not None and value is not None:
            if (subject, predicate, value) in self.new:
                yield subject, predicate, value
        else:
            yield from list(self._index.get((subject, predicate, value), ()))
