"""The quads that a change effectively adds and removes, and the graphs that may be changed."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from comity.derivation import Difference
from comity.errors import ComityError
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
)

_DEFAULT = ox.DefaultGraph()
#: The target of updates that name no graph.
ADDITIONS = graph("facts/additions")
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
    """The change is to something other than asserted facts."""


@dataclass(frozen=True)
class Delta:
    """The quads that a change effectively adds and removes, by named graph."""

    added: frozenset[ox.Quad] = frozenset()
    removed: frozenset[ox.Quad] = frozenset()

    def __len__(self) -> int:
        return len(self.added) + len(self.removed)

    def __or__(self, other: "Delta") -> "Delta":
        return Delta(self.added | other.added, self.removed | other.removed)


def effective(
    store: ox.Store, added: Iterable[ox.Quad], removed: Iterable[ox.Quad], facts: ox.Store | None = None
) -> Delta:
    """Return what a change request changes in a store, without adding what exists or removing what does not.

    Quads without a graph are added to ``graph/facts/additions``, and removed from every graph of facts.

    :param facts: a store that contains all facts of that one, for faster look-ups.
    :raises ProtectedError: if it would change anything but asserted facts.
    """
    facts = store if facts is None else facts
    coming, going = set(), set()
    for quad in canonical(map(_skolemised, added)):
        if quad.graph_name != _DEFAULT:
            check_writable(quad.graph_name)
            coming.add(quad)
        elif not fact_graphs(facts, quad):  # No graph of facts states it already.
            coming.add(ox.Quad(quad.subject, quad.predicate, quad.object, ADDITIONS))
    for quad in canonical(removed):
        going |= _targets(store, facts, quad)
    going -= coming
    return Delta(frozenset(quad for quad in coming if quad not in facts), frozenset(going))


def canonical(quads: Iterable[ox.Quad]) -> set[ox.Quad]:
    """Return quads as the store will return them: it rewrites some literals, ``"01"^^xsd:integer`` for one."""
    scratch = ox.Store()
    scratch.extend(quads)
    return set(scratch)


def facts_difference(store: ox.Store, delta: Delta) -> Difference:
    """Return the triples added to and removed from the facts, regardless of moves between graphs."""
    staying = {q.triple for q in delta.added if is_facts(q.graph_name)}
    subjects = {triple.subject for triple in staying}
    known = {node for node in subjects if next(store.quads_for_pattern(node, None, None, None), None)}
    coming = {triple for triple in staying if triple.subject not in known or not fact_graphs(store, triple)}
    going = set()
    for quad in delta.removed:
        if not is_facts(quad.graph_name) or quad.triple in staying:
            continue
        names = fact_graphs(store, quad)
        if all(ox.Quad(quad.subject, quad.predicate, quad.object, name) in delta.removed for name in names):
            going.add(quad.triple)
    return Difference(frozenset(coming), frozenset(going))


def check_writable(name: object) -> None:
    """Check that a graph may be written, which only graphs of facts may be.

    :raises ProtectedError: if it is another graph, with the reason.
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


def is_protected(iri: str) -> bool:
    """Return whether a graph is one that requests never write: derived, part of the program, or a snapshot."""
    return iri.startswith(SNAPSHOT_PREFIX) or any(iri == name.value for name in _REASONS)


def fact_graphs(store: ox.Store, fact: ox.Quad | ox.Triple) -> list[ox.NamedNode]:
    """Return the graphs of facts that state a triple."""
    quads = store.quads_for_pattern(fact.subject, fact.predicate, fact.object, None)
    return [
        quad.graph_name
        for quad in quads
        if isinstance(quad.graph_name, ox.NamedNode) and is_facts(quad.graph_name)
    ]


def _skolemised(quad: ox.Quad) -> ox.Quad:
    """Return a quad with IRIs in place of blank nodes, so that later changes and reverts can refer to them."""
    if not isinstance(quad.subject, ox.BlankNode) and not isinstance(quad.object, ox.BlankNode):
        return quad
    subject, value = (
        ox.NamedNode(_GENID + node.value) if isinstance(node, ox.BlankNode) else node
        for node in (quad.subject, quad.object)
    )
    return ox.Quad(subject, quad.predicate, value, quad.graph_name)  # type: ignore[arg-type]


def _targets(store: ox.Store, facts: ox.Store, quad: ox.Quad) -> set[ox.Quad]:
    if quad.graph_name != _DEFAULT:
        check_writable(quad.graph_name)
        return {quad} if quad in facts else set()
    names = fact_graphs(facts, quad)
    if not names and quad in store:
        raise ProtectedError(
            f"{quad.triple} is derived or part of the ontology, and no table or import states it. "
            "Change the facts that it follows from; `comity explain` names them."
        )
    return {ox.Quad(quad.subject, quad.predicate, quad.object, name) for name in names}
