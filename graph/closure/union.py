"""The union of a store's graphs as facts for the rules of the closure: asserted, periods, inferred.

The default graph of a store contains the union, so a look-up there needs no graph; the named graphs give the origin
of a fact.
"""

from collections.abc import Iterable, Iterator

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from comity.closure.axioms import Fact, Term
from comity.iris import INFERRED, in_union, is_asserted

DEFAULT = DefaultGraph()


class Union:
    """The facts in the default graph of a store."""

    def __init__(self, store: Store) -> None:
        """Create a reader of a store, which is never written to."""
        self.store = store

    def match(self, subject: Term | None, predicate: NamedNode | None, value: Term | None) -> Iterator[Fact]:
        """Return the matching facts; None matches anything."""
        if isinstance(subject, Literal):
            return
        for quad in self.store.quads_for_pattern(subject, predicate, value, DEFAULT):
            yield quad.subject, quad.predicate, quad.object

    def graphs(self, fact: Fact) -> list[NamedNode]:
        """Return the graphs of the union that contain the fact, by name."""
        subject, predicate, value = fact
        if isinstance(subject, Literal):
            return []
        names = (quad.graph_name for quad in self.store.quads_for_pattern(subject, predicate, value, None))
        return sorted((name for name in names if isinstance(name, NamedNode) and in_union(name)), key=str)

    def stated(self, fact: Fact) -> bool:
        """Return whether the fact is part of the input of reasoning: facts, ontology and periods."""
        return any(graph != INFERRED for graph in self.graphs(fact))

    def asserted(self, fact: Fact) -> list[NamedNode]:
        """Return the graphs that assert the fact: tables of facts, and the ontology."""
        return [name for name in self.graphs(fact) if is_asserted(name)]

    def objects(self, subject: Term, predicate: NamedNode) -> Iterable[Term]:
        """Return the values of a property."""
        return (fact[2] for fact in self.match(subject, predicate, None))
