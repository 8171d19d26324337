"""Change requests: what somebody wants to change, what of it is a change at all, and what became of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pyoxigraph as ox

from comity.changes.existing import SourceIndex
from comity.derivation import Derived, Difference
from comity.errors import ComityError, Problem
from comity.iris import (
    BASE,
    FACTS_PREFIX,
    INFERRED,
    ONTOLOGY,
    PERIODS,
    PROPOSALS,
    PROVENANCE,
    SHAPES,
    SNAPSHOT_PREFIX,
    graph,
    is_facts,
    term,
)
from comity.store.changelog import NQuads, Record
from comity.validation.report import Origin

#: Where an update goes that names no graph.
ADDITIONS = graph("facts/additions")
_DEFAULT = ox.DefaultGraph()
_GENID = BASE + ".well-known/genid/"
_REASONS = {
    INFERRED: "what is inferred follows from the facts and cannot be written",
    PERIODS: "periods are derived from acts and cannot be written: enter the act that opens or ends one",
    ONTOLOGY: "the ontology ships with the program and cannot be written here",
    SHAPES: "the shapes ship with the program and cannot be written here",
    PROVENANCE: "provenance is kept by the program and cannot be written",
    PROPOSALS: "proposals are entered through the review queue",
}


class ProtectedError(ComityError):
    """A change wants to write where nobody may write."""


@dataclass(frozen=True)
class Author:
    """Who makes a change: the name of the token, and its role."""

    name: str
    role: str = "editor"


class CurrentGraph:
    """One generation, open for reading, which a change is worked out on."""

    def __init__(self, store: ox.Store, generation: str = "", meta: dict[str, Any] | None = None) -> None:
        """Take an open store; ``meta`` is the stamp of its generation."""
        self.store, self.generation, self.meta = store, generation, meta or {}
        self._sources: SourceIndex | None = None

    @property
    def sources(self) -> SourceIndex:
        """All sources that the graph knows, read at the first use."""
        if self._sources is None:
            self._sources = SourceIndex(self.store)
        return self._sources

    def succeeded_by(self, after: "CurrentGraph", delta: "Delta") -> None:
        """Hand what was read on to the graph that a change has made of this one."""
        if self._sources is not None and self._sources.update(after.store, delta.added, delta.removed):
            after._sources = self._sources


@dataclass
class Changeset:
    """What somebody wants to change.

    ``added`` and ``removed`` are facts; ``proposed`` are facts without a source, which only become proposals;
    ``metadata_added`` and ``metadata_removed`` are quads of provenance and proposals that the program itself writes.
    ``extra`` goes into the record.
    """

    added: list[ox.Quad] = field(default_factory=list)
    removed: list[ox.Quad] = field(default_factory=list)
    proposed: list[ox.Quad] = field(default_factory=list)
    metadata_added: list[ox.Quad] = field(default_factory=list)
    metadata_removed: list[ox.Quad] = field(default_factory=list)
    origin: Origin = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)


#: Works out a change on the graph as it is when the change's turn has come.
ChangeBuilder = Callable[[CurrentGraph], Changeset]


@dataclass(frozen=True)
class Delta:
    """The quads that a change really adds and removes, by named graph."""

    added: frozenset[ox.Quad] = frozenset()
    removed: frozenset[ox.Quad] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def __or__(self, other: "Delta") -> "Delta":
        return Delta(self.added | other.added, self.removed | other.removed)


@dataclass(frozen=True)
class ChangeResult:
    """What became of a change request.

    ``number`` is that of its record, or None when there was nothing to change or nothing was kept; ``opened`` and
    ``closed`` count periods.
    """

    number: int | None
    kind: str
    generation: str
    added: NQuads = field(default_factory=NQuads)
    removed: NQuads = field(default_factory=NQuads)
    warnings: tuple[Problem, ...] = ()
    opened: int = 0
    closed: int = 0
    proposal: int | None = None
    dry_run: bool = False

    @classmethod
    def of(
        cls, kind: str, delta: Delta, derived: Derived, warnings: Iterable[Problem], dry_run: bool = False
    ) -> "ChangeResult":
        """Return the result of a change of which nothing was kept."""
        starts = term("startLatest")
        opened, closed = (
            sum(triple.predicate == starts for triple in side)
            for side in (derived.periods.added, derived.periods.removed)
        )
        sides = NQuads.of(delta.added), NQuads.of(delta.removed)
        return cls(None, kind, "", *sides, tuple(warnings), opened, closed, None, dry_run)

    def kept(self, record: Record, generation: str) -> "ChangeResult":
        """Return the result with the record that was kept of it."""
        return replace(
            self,
            number=record.number,
            generation=generation,
            added=record.added,
            removed=record.removed,
            proposal=record.number if record.kind == "proposal" else None,
        )


def effective(store: ox.Store, added: Iterable[ox.Quad], removed: Iterable[ox.Quad]) -> Delta:
    """Return what a change request changes in a store: nothing is added that is there, nothing removed that is not.

    What names no graph is added to ``graph/facts/additions``, and removed from every graph of facts.

    :raises ProtectedError: when it would change anything but asserted facts.
    """
    coming, going = set(), set()
    for quad in canonical(map(_named, added)):
        if quad.graph_name != _DEFAULT:
            check_writable(quad.graph_name)
            coming.add(quad)
        elif not fact_graphs(store, quad):  # No graph of facts says it already.
            coming.add(ox.Quad(quad.subject, quad.predicate, quad.object, ADDITIONS))
    for quad in canonical(removed):
        going |= _targets(store, quad)
    going -= coming
    return Delta(frozenset(quad for quad in coming if quad not in store), frozenset(going))


def canonical(quads: Iterable[ox.Quad]) -> set[ox.Quad]:
    """Return quads as the store will return them: it rewrites some literals, ``"01"^^xsd:integer`` for one."""
    scratch = ox.Store()
    scratch.extend(quads)
    return set(scratch)


def facts_difference(store: ox.Store, delta: Delta) -> Difference:
    """Return the triples that come into the facts and leave them, whatever graph they move between."""
    coming = {q.triple for q in delta.added if is_facts(q.graph_name) and not fact_graphs(store, q)}
    going = set()
    staying = {q.triple for q in delta.added if is_facts(q.graph_name)}
    for quad in delta.removed:
        if not is_facts(quad.graph_name) or quad.triple in staying:
            continue
        names = fact_graphs(store, quad)
        if all(ox.Quad(quad.subject, quad.predicate, quad.object, name) in delta.removed for name in names):
            going.add(quad.triple)
    return Difference(frozenset(coming), frozenset(going))


def check_writable(name: object) -> None:
    """Do nothing for a graph of facts.

    :raises ProtectedError: for any other, with the reason.
    """
    if is_facts(name):
        return
    iri = getattr(name, "value", "the default graph")
    reason = _REASONS.get(name) if isinstance(name, ox.NamedNode) else None
    if reason is None and iri.startswith(SNAPSHOT_PREFIX):
        reason = "an as-of graph is made from periods and cannot be written"
    reason = reason or f"facts live in graphs under {FACTS_PREFIX}"
    raise ProtectedError(
        f"<{iri}> takes no changes: {reason}. Write to a graph under {FACTS_PREFIX}, such as <{ADDITIONS.value}>."
    )


def fact_graphs(store: ox.Store, fact: ox.Quad | ox.Triple) -> list[ox.NamedNode]:
    """Return the graphs of facts that state a triple."""
    quads = store.quads_for_pattern(fact.subject, fact.predicate, fact.object, None)
    return [
        quad.graph_name
        for quad in quads
        if isinstance(quad.graph_name, ox.NamedNode) and is_facts(quad.graph_name)
    ]


def _named(quad: ox.Quad) -> ox.Quad:
    """Return a quad whose blank nodes have names, so that later changes and reverts can speak of them."""
    if not isinstance(quad.subject, ox.BlankNode) and not isinstance(quad.object, ox.BlankNode):
        return quad
    subject, value = (
        ox.NamedNode(_GENID + node.value) if isinstance(node, ox.BlankNode) else node
        for node in (quad.subject, quad.object)
    )
    return ox.Quad(subject, quad.predicate, value, quad.graph_name)  # type: ignore[arg-type]


def _targets(store: ox.Store, quad: ox.Quad) -> set[ox.Quad]:
    if quad.graph_name != _DEFAULT:
        check_writable(quad.graph_name)
        return {quad} if quad in store else set()
    found = fact_graphs(store, quad)
    if not found and quad in store:
        raise ProtectedError(
            f"{quad.triple} is derived or part of the ontology, and no table or import states it. "
            "Change the facts that it follows from; `comity explain` names them."
        )
    return {ox.Quad(quad.subject, quad.predicate, quad.object, name) for name in found}
