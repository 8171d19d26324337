"""A change of quads: what is taken away and what is added, and where changes may be made at all."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

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
)

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
class Delta:
    """What a change takes away and adds, by named graph."""

    added: frozenset[ox.Quad] = frozenset()
    removed: frozenset[ox.Quad] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def __len__(self) -> int:
        return len(self.added) + len(self.removed)

    @property
    def inverse(self) -> "Delta":
        """The change that undoes this one."""
        return Delta(self.removed, self.added)

    @property
    def subjects(self) -> set[ox.NamedNode]:
        """The things of which the change says more or less."""
        quads = (*self.added, *self.removed)
        return {quad.subject for quad in quads if isinstance(quad.subject, ox.NamedNode)}


def is_facts(name: object) -> bool:
    """Tell whether a graph holds asserted facts, and so may be written."""
    return isinstance(name, ox.NamedNode) and name.value.startswith(FACTS_PREFIX)


def canonical(quads: Iterable[ox.Quad]) -> set[ox.Quad]:
    """Give quads as the store will give them back: it rewrites some literals, ``"01"^^xsd:integer`` for one."""
    scratch = ox.Store()
    scratch.extend(quads)
    return set(scratch)


def effective(store: ox.Store, added: Iterable[ox.Quad], removed: Iterable[ox.Quad]) -> Delta:
    """Give what a wish changes in a store: nothing is added that is there, nothing removed that is not.

    What names no graph is added to ``graph/facts/additions``, and removed from every graph of facts.

    :raises ProtectedError: when it would change anything but asserted facts.
    """
    coming, going = set(), set()
    for quad in canonical(map(_named, added)):
        if quad.graph_name != _DEFAULT:
            check_writable(quad.graph_name)
        coming.add(quad)
    for quad in canonical(removed):
        going |= _targets(store, quad)
    coming = {quad for quad in (_placed(store, quad) for quad in coming) if quad is not None}
    going -= coming
    fresh = {quad for quad in coming if quad not in store}
    return Delta(frozenset(fresh), frozenset(going))


def check_writable(name: object) -> None:
    """Let a graph of facts pass.

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


def _named(quad: ox.Quad) -> ox.Quad:
    """Give blank nodes a name, so that later changes and reverts can speak of them."""
    if not isinstance(quad.subject, ox.BlankNode) and not isinstance(quad.object, ox.BlankNode):
        return quad
    subject, value = (
        ox.NamedNode(_GENID + term.value) if isinstance(term, ox.BlankNode) else term
        for term in (quad.subject, quad.object)
    )
    return ox.Quad(subject, quad.predicate, value, quad.graph_name)  # type: ignore[arg-type]


def _placed(store: ox.Store, quad: ox.Quad) -> ox.Quad | None:
    """Put a quad without a graph among the additions, unless some graph of facts says the same already."""
    if quad.graph_name != _DEFAULT:
        return quad
    if fact_graphs(store, quad):
        return None
    return ox.Quad(quad.subject, quad.predicate, quad.object, ADDITIONS)


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


def fact_graphs(store: ox.Store, fact: ox.Quad | ox.Triple) -> list[ox.NamedNode]:
    """Give the graphs of facts that state a triple."""
    quads = store.quads_for_pattern(fact.subject, fact.predicate, fact.object, None)
    return [
        quad.graph_name
        for quad in quads
        if isinstance(quad.graph_name, ox.NamedNode) and is_facts(quad.graph_name)
    ]
