"""The nodes whose validity a change may affect, and their validation alone.

A core shape depends on the triples of its focus node and on the classes of their values; the SPARQL constraints depend
on related entities of the same kind: other acts between the same parties and their predecessors, responses and what
they respond to, claims by the same party about the same polity, memberships of the same party in the same organisation,
holders of the same code. :func:`related` finds these neighbours, so that for some nodes the part of the graph around
them yields the same results as the whole graph.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain

import pyoxigraph as ox

from comity import schema
from comity.iris import CO, DCTERMS, RDFS, SKOS, TYPE
from comity.validation.report import ValidationResult
from comity.validation.shacl import validate

_DEFAULT = ox.DefaultGraph()
_SUBCLASS = ox.NamedNode(RDFS + "subClassOf")
_BROADER = ox.NamedNode(SKOS + "broader")
_ACTOR, _OBJECT, _IN_RESPONSE_TO, _CONTINUES, _INCOMPATIBLE = (
    ox.NamedNode(CO + name) for name in ("actor", "object", "inResponseTo", "continues", "incompatibleWith")
)
#: The properties by which constraints relate two entities.
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
_EXISTENCE = frozenset(
    ox.NamedNode(CO + name)
    for name in ("establishedEarliest", "establishedLatest", "endedEarliest", "endedLatest")
)
#: Properties of a government on which the validity of acts towards it, by it and in its place depends.
_GOVERNMENT = frozenset(ox.NamedNode(CO + name) for name in ("governmentOf", "startEarliest", "endLatest"))
_IN_PLACE_OF = ox.NamedNode(CO + "inPlaceOf")
#: Properties of a succession that determine which relations its successor keeps.
_SUCCESSOR, _PREDECESSOR, _CARRIES = _SUCCESSION = tuple(
    ox.NamedNode(CO + name) for name in ("successor", "predecessor", "carriesRelations")
)
#: Beyond this many nodes, validating and deriving everything is faster.
_WHOLESALE = 3000


def is_wholesale(changed: Iterable[ox.Triple]) -> bool:
    """Return whether a change is so large that it is faster to validate and derive everything.

    :param changed: the triples added or removed; those that no shape and no rule reads do not count.
    """
    subjects = set()
    for triple in bearing(changed):
        subjects.add(triple.subject)
        if len(subjects) > _WHOLESALE:
            return True
    return False


def bearing(changed: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield the triples with properties that the ontology and the shapes may read: types, and those that they name."""
    known, vocabularies = _named(), (CO, RDFS, SKOS, DCTERMS)
    for triple in changed:
        name = triple.predicate
        if name == TYPE or name in known or name.value.startswith(vocabularies):
            yield triple


@cache
def _named() -> frozenset[object]:
    """Return what ontology and shapes make statements about or refer to; SPARQL constraints use our prefixes alone."""
    return frozenset(
        node for t in chain(schema.ontology(), schema.shapes()) for node in (t.subject, t.object)
    )


def validation_changes(
    before: ox.Store, after: ox.Store, changed: Sequence[ox.Triple]
) -> frozenset[ValidationResult]:
    """Return the results of the shapes that a change introduces.

    :param before: facts and ontology, in the default graph, as is ``after``.
    :param changed: the triples added or removed.
    """
    changed = list(bearing(changed))
    if not changed:
        return frozenset()
    if not is_wholesale(changed):
        nodes = affected_nodes(before, changed) | affected_nodes(after, changed)
        found = validate_nodes(after, nodes)
    else:
        found = validate(after)
    # A result can be old only if its focus node existed before the change.
    nodes = {ox.NamedNode(result.nodes[0]) for result in found if result.nodes}
    existing = {node for node in nodes if _is_mentioned(before, node)}
    return found - validate_nodes(before, existing) if found else found


def _is_mentioned(store: ox.Store, node: ox.NamedNode) -> bool:
    about = store.quads_for_pattern(node, None, None, _DEFAULT)
    return any(True for _ in chain(about, store.quads_for_pattern(None, None, node, _DEFAULT)))


def validate_nodes(store: ox.Store, focus_nodes: Iterable[ox.NamedNode]) -> frozenset[ValidationResult]:
    """Return the results of the shapes for some nodes of a graph.

    :param store: facts and ontology, in the default graph.
    """
    nodes = set(focus_nodes)
    part = store if len(nodes) > _WHOLESALE else _around(store, nodes)
    iris = {node.value for node in nodes}
    return frozenset(result for result in validate(part) if result.nodes and result.nodes[0] in iris)


def affected_nodes(store: ox.Store, changed: Iterable[ox.Triple]) -> set[ox.NamedNode]:
    """Return the nodes whose validity added or removed triples may affect.

    Call this before and after the change, since a change may remove the links by which a node is found.

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
        elif triple.predicate in _EXISTENCE:
            for role in (_ACTOR, _OBJECT):
                found.update(graph.subjects(role, subject))
        elif triple.predicate == _CONTINUES:
            for party in (subject, triple.object):
                found |= graph.acts_of(party, _ACTOR) | graph.acts_of(party, _OBJECT)
        elif triple.predicate in _GOVERNMENT:
            for role in (_ACTOR, _OBJECT, _IN_PLACE_OF):
                found.update(graph.subjects(role, subject))
        elif triple.predicate in _SUCCESSION:
            for side in (_SUCCESSOR, _PREDECESSOR):
                for tied in (*graph.links(subject, side), triple.object):
                    found |= graph.acts_of(tied, _ACTOR) | graph.acts_of(tied, _OBJECT)
        elif triple.predicate in (_BROADER, _INCOMPATIBLE):
            found.update(graph.subjects(TYPE, ox.NamedNode(CO + "StatusClaim")))
            found.update(node for node in (triple.object,) if isinstance(node, ox.NamedNode))
    return related(store, found)


def related(store: ox.Store, nodes: Iterable[ox.NamedNode]) -> set[ox.NamedNode]:
    """Return the nodes together with those that constraints relate to them."""
    graph = _Graph(store)
    found = set(nodes)
    for node in list(found):
        found.update(graph.acts_beside(node))
        found.update(graph.subjects(_IN_RESPONSE_TO, node))
        found.update(graph.reached(node, _IN_RESPONSE_TO))
        for predicates in _SHARED:
            found.update(graph.sharing(node, predicates))
    return found


class _Graph:
    """Look-ups in the default graph of a store."""

    def __init__(self, store: ox.Store) -> None:
        self._quads = store.quads_for_pattern
        self._families: dict[object, set[ox.NamedNode]] = {}
        self._acts: dict[tuple[object, object], set[ox.NamedNode]] = {}
        self._roles: dict[tuple[object, ox.NamedNode], set[ox.NamedNode]] = {}

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
        """Return the node and all nodes reachable from it by a property."""
        return _closure(node, lambda one: self.links(one, predicate))

    def family(self, party: object) -> set[ox.NamedNode]:
        """Return a party with all predecessors and successors, at any distance, that continue it or keep relations."""
        if party not in self._families:
            found = set()
            if isinstance(party, ox.NamedNode):
                found = _closure(
                    party,
                    lambda one: (
                        *self.links(one, _CONTINUES),
                        *self.subjects(_CONTINUES, one),
                        *self._kept(one, _SUCCESSOR, _PREDECESSOR),
                        *self._kept(one, _PREDECESSOR, _SUCCESSOR),
                    ),
                )
            self._families |= dict.fromkeys(found, found) | {party: found}
        return self._families[party]

    def _kept(self, party: ox.NamedNode, side: ox.NamedNode, other: ox.NamedNode) -> Iterator[ox.NamedNode]:
        """Yield the other parties of successions that carry on relations."""
        for succession in self.subjects(side, party):
            if next(self.objects(succession, _CARRIES), None):
                yield from self.links(succession, other)

    def acts_of(self, party: object, role: ox.NamedNode) -> set[ox.NamedNode]:
        """Return the acts in which a party's family has a role."""
        if (party, role) not in self._roles:
            acts = {act for one in self.family(party) for act in self.subjects(role, one)}
            self._roles[party, role] = acts
        return self._roles[party, role]

    def acts_beside(self, act: ox.NamedNode) -> set[ox.NamedNode]:
        """Return all acts between the families of an act's parties, in either direction."""
        found: set[ox.NamedNode] = set()
        for actor in self.objects(act, _ACTOR):
            for object_ in self.objects(act, _OBJECT):
                found |= self._between(actor, object_)
        return found

    def _between(self, one: object, other: object) -> set[ox.NamedNode]:
        if (one, other) not in self._acts:
            forth = self.acts_of(one, _ACTOR) & self.acts_of(other, _OBJECT)
            self._acts[one, other] = forth | self.acts_of(other, _ACTOR) & self.acts_of(one, _OBJECT)
        return self._acts[one, other]

    def sharing(self, node: ox.NamedNode, predicates: tuple[ox.NamedNode, ...]) -> set[ox.NamedNode]:
        """Return the nodes that share a value of each property with a node."""
        shared = [
            {other for value in self.objects(node, predicate) for other in self.subjects(predicate, value)}
            for predicate in predicates
        ]
        return set.intersection(*shared)


def _around(store: ox.Store, nodes: set[ox.NamedNode]) -> ox.Store:
    """Return the part of a graph that the shapes need in order to validate some nodes."""
    graph = _Graph(store)
    described = related(store, nodes)
    for node in list(described):
        for predicate in (_ACTOR, _OBJECT, _IN_PLACE_OF):
            for party in graph.links(node, predicate):
                described |= graph.family(party)
                described.update(
                    one for kin in graph.family(party) for one in graph.subjects(_SUCCESSOR, kin)
                )
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
