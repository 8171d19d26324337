"""Validation of some nodes alone: after a change, of those whose validity the change can matter to.

A core shape looks at the triples of its focus node and at the classes of their values; the constraints in SPARQL look
at things of the same kind beside it: other acts between the same parties and their predecessors, answers and their
causes, claims of one holder about one polity, memberships of one party in one organisation, holders of one code.
:func:`related` names these neighbours, so that the part of the graph around some nodes says of them all that the
whole graph would. A test holds the results against those of validating everything.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache

import pyoxigraph as ox

from comity import schema
from comity.iris import CO, RDF, RDFS, SKOS
from comity.validation.report import ValidationResult
from comity.validation.shacl import validate

TYPE = ox.NamedNode(RDF + "type")
_DEFAULT = ox.DefaultGraph()
_SUBCLASS = ox.NamedNode(RDFS + "subClassOf")
_BROADER, _EXACT = ox.NamedNode(SKOS + "broader"), ox.NamedNode(SKOS + "exactMatch")
_ACTOR, _OBJECT, _ANSWERS, _CONTINUES, _INCOMPATIBLE = (
    ox.NamedNode(CO + name) for name in ("actor", "object", "inResponseTo", "continues", "incompatibleWith")
)
#: What two things have in common that constraints hold against each other.
_SHARED = tuple(
    tuple(ox.NamedNode(iri) for iri in iris)
    for iris in (
        (CO + "claimant", CO + "about"),
        (CO + "member", CO + "organisation"),
        (CO + "isoAlpha2",),
        (CO + "isoAlpha3",),
        (SKOS + "exactMatch",),
    )
)
#: Properties of a party on which the validity of its acts depends.
_LIFE = frozenset(
    ox.NamedNode(CO + name)
    for name in ("establishedEarliest", "establishedLatest", "endedEarliest", "endedLatest")
)
#: Beyond so many nodes, validating everything is faster.
_WHOLESALE = 3000


def validate_nodes(store: ox.Store, focus_nodes: Iterable[ox.NamedNode]) -> frozenset[ValidationResult]:
    """Return what the shapes find at some nodes of a graph.

    :param store: facts and ontology, in the default graph.
    """
    wanted = set(focus_nodes)
    part = store if len(wanted) > _WHOLESALE else _around(store, wanted)
    names = {node.value for node in wanted}
    return frozenset(one for one in validate(part) if one.nodes and one.nodes[0] in names)


def affected_nodes(store: ox.Store, changed: Iterable[ox.Triple]) -> set[ox.NamedNode]:
    """Return the nodes whose validity some triples, that come or go, can matter to.

    Asked before the change and after it: a change may take the links away by which a node is found.

    :param store: facts and ontology, in the default graph.
    """
    graph = _Graph(store)
    found: set[ox.NamedNode] = set()
    for triple in changed:
        subject = triple.subject
        if not isinstance(subject, ox.NamedNode):
            continue
        found.add(subject)
        if triple.predicate == TYPE:
            found.update(graph.subjects(None, subject))
        elif triple.predicate in _LIFE:
            found.update(graph.subjects(_ACTOR, subject))
        elif triple.predicate == _CONTINUES:
            for party in graph.family(subject) | graph.family(triple.object):
                found.update(graph.subjects(_ACTOR, party), graph.subjects(_OBJECT, party))
        elif triple.predicate in (_BROADER, _INCOMPATIBLE):
            found.update(graph.subjects(TYPE, ox.NamedNode(CO + "StatusClaim")))
            found.update(node for node in (triple.object,) if isinstance(node, ox.NamedNode))
    return related(store, found)


def related(store: ox.Store, nodes: Iterable[ox.NamedNode]) -> set[ox.NamedNode]:
    """Return the nodes together with those that constraints hold against them."""
    graph = _Graph(store)
    found = set(nodes)
    for node in list(found):
        found.update(graph.acts_beside(node))
        found.update(graph.subjects(_ANSWERS, node))
        found.update(graph.reached(node, _ANSWERS))
        for predicates in _SHARED:
            found.update(graph.sharing(node, predicates))
    return found


class _Graph:
    """Look-ups in the default graph of a store."""

    def __init__(self, store: ox.Store) -> None:
        self._quads = store.quads_for_pattern
        self._families: dict[object, set[ox.NamedNode]] = {}
        self._acts: dict[tuple[object, object], set[ox.NamedNode]] = {}

    def subjects(self, predicate: ox.NamedNode | None, value: object) -> Iterator[ox.NamedNode]:
        for quad in self._quads(None, predicate, value, _DEFAULT):  # type: ignore[arg-type]
            if isinstance(quad.subject, ox.NamedNode):
                yield quad.subject

    def objects(self, subject: ox.NamedNode, predicate: ox.NamedNode) -> Iterator[object]:
        for quad in self._quads(subject, predicate, None, _DEFAULT):
            yield quad.object

    def links(self, subject: ox.NamedNode, predicate: ox.NamedNode) -> Iterator[ox.NamedNode]:
        for value in self.objects(subject, predicate):
            if isinstance(value, ox.NamedNode):
                yield value

    def reached(self, node: ox.NamedNode, predicate: ox.NamedNode) -> set[ox.NamedNode]:
        """Return the node and all that a chain of one property leads to."""
        return _closure(node, lambda one: self.links(one, predicate))

    def family(self, party: object) -> set[ox.NamedNode]:
        """Return a party with all that it continues and all that continue it, in any number of steps."""
        if party not in self._families:
            found = set()
            if isinstance(party, ox.NamedNode):
                found = _closure(
                    party, lambda one: (*self.links(one, _CONTINUES), *self.subjects(_CONTINUES, one))
                )
            self._families |= dict.fromkeys(found, found) | {party: found}
        return self._families[party]

    def acts_beside(self, act: ox.NamedNode) -> set[ox.NamedNode]:
        """Return all acts between the families of an act's parties, in either direction."""
        found: set[ox.NamedNode] = set()
        for actor in self.objects(act, _ACTOR):
            for object_ in self.objects(act, _OBJECT):
                found |= self._between(actor, object_)
        return found

    def _between(self, one: object, other: object) -> set[ox.NamedNode]:
        if (one, other) not in self._acts:
            left, right = self.family(one), self.family(other)
            found = {
                act
                for party in left
                for act in self.subjects(_ACTOR, party)
                if self._has(act, _OBJECT, right)
            }
            found |= {
                act
                for party in left
                for act in self.subjects(_OBJECT, party)
                if self._has(act, _ACTOR, right)
            }
            self._acts[one, other] = found
        return self._acts[one, other]

    def _has(self, act: ox.NamedNode, predicate: ox.NamedNode, values: set[ox.NamedNode]) -> bool:
        return any(value in values for value in self.objects(act, predicate))

    def sharing(self, node: ox.NamedNode, predicates: tuple[ox.NamedNode, ...]) -> set[ox.NamedNode]:
        """Return the nodes that have a value of each property in common with a node."""
        shared = [
            {other for value in self.objects(node, predicate) for other in self.subjects(predicate, value)}
            for predicate in predicates
        ]
        return set.intersection(*shared)


def _around(store: ox.Store, nodes: set[ox.NamedNode]) -> ox.Store:
    """Return the part of a graph that says of some nodes all that the shapes ask."""
    graph = _Graph(store)
    described = related(store, nodes)
    for node in list(described):
        for predicate in (_ACTOR, _OBJECT):
            for party in graph.links(node, predicate):
                described |= graph.family(party)
    described |= {concept for predicate in (_BROADER, _INCOMPATIBLE) for concept in _ends(store, predicate)}
    triples = {q.triple for node in described for q in store.quads_for_pattern(node, None, None, _DEFAULT)}
    values = {triple.object for triple in triples if isinstance(triple.object, ox.NamedNode)} - described
    for value in values:
        triples |= {quad.triple for quad in store.quads_for_pattern(value, TYPE, None, _DEFAULT)}
    part = ox.Store()
    part.bulk_extend(ox.Quad(*triple) for triple in triples | _hierarchy())
    return part


def _ends(store: ox.Store, predicate: ox.NamedNode) -> Iterator[ox.NamedNode]:
    for quad in store.quads_for_pattern(None, predicate, None, _DEFAULT):
        yield from (node for node in (quad.subject, quad.object) if isinstance(node, ox.NamedNode))


@cache
def _hierarchy() -> frozenset[ox.Triple]:
    return frozenset(triple for triple in schema.ontology() if triple.predicate == _SUBCLASS)


def _closure(
    node: ox.NamedNode, neighbours: Callable[[ox.NamedNode], Iterable[ox.NamedNode]]
) -> set[ox.NamedNode]:
    found, agenda = {node}, [node]
    while agenda:
        for other in neighbours(agenda.pop()):
            if other not in found:
                found.add(other)
                agenda.append(other)
    return found
