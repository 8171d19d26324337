"""The axioms of the ontology as Horn rules, which the closure runs forwards and explanations backwards.

Only the positive part of OWL 2 RL that the ontology uses is compiled: subclasses, subproperties, domains, ranges,
inverses, symmetry, transitivity, property chains, and class expressions built from intersection, union,
someValuesFrom, allValuesFrom and hasValue. Constructs that would merge or count individuals are refused by name,
because a closure that silently skips an axiom is worse than none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from comity.errors import ComityError
from comity.iris import CO, OWL, RDF, RDFS, TYPE

Term = NamedNode | BlankNode | Literal | Triple
Fact = tuple[Term, NamedNode, Term]
Node = Term | Variable

THING = NamedNode(OWL + "Thing")
SAME_AS = NamedNode(OWL + "sameAs")
FIRST, REST, NIL = (NamedNode(RDF + name) for name in ("first", "rest", "nil"))

#: Predicates whose triples state the axioms; a change to one of them changes the rules themselves.
SCHEMA = {
    FIRST,
    REST,
    *(NamedNode(RDFS + name) for name in ("subClassOf", "subPropertyOf", "domain", "range")),
    *(
        NamedNode(OWL + name)
        for name in (
            *("equivalentClass", "equivalentProperty", "inverseOf", "propertyChainAxiom", "onProperty"),
            *("intersectionOf", "unionOf", "someValuesFrom", "allValuesFrom", "hasValue"),
            *("hasKey", "oneOf", "maxCardinality", "maxQualifiedCardinality", "cardinality", "hasSelf"),
        )
    ),
}
REFUSED = {
    *(NamedNode(OWL + name) for name in ("hasKey", "oneOf", "maxCardinality", "maxQualifiedCardinality")),
    *(NamedNode(OWL + name) for name in ("cardinality", "hasSelf", "sameAs")),
    *(NamedNode(OWL + name) for name in ("FunctionalProperty", "InverseFunctionalProperty")),
}
SYMMETRIC = NamedNode(OWL + "SymmetricProperty")
TRANSITIVE = NamedNode(OWL + "TransitiveProperty")


class AxiomError(ComityError):
    """An axiom, or an owl:sameAs, is not supported by the closure."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A triple pattern of a rule: the predicate is always given, as is the class of an rdf:type."""

    subject: Node
    predicate: NamedNode
    object: Node


@dataclass(frozen=True, slots=True)
class Rule:
    """If every atom of the body holds, the head holds; ``kind`` and ``terms`` identify the axiom."""

    kind: str
    terms: tuple[NamedNode, ...]
    head: Atom
    body: tuple[Atom, ...]


Body = tuple[Atom, ...]
X, Y, Z = Variable("x"), Variable("y"), Variable("z")


def compile_rules(triples: Iterable[Fact]) -> tuple[Rule, ...]:
    """Compile the axioms among these triples to rules, without duplicates and in a fixed order."""
    schema = _Schema(triples)
    rules = {rule: None for rule in schema.rules() if rule.head not in rule.body}
    return tuple(sorted(rules, key=str))


class _Schema:
    """The triples that state axioms, by predicate and subject."""

    def __init__(self, triples: Iterable[Fact]) -> None:
        self.types: dict[Term, list[Term]] = {SYMMETRIC: [], TRANSITIVE: []}
        self.stated: defaultdict[NamedNode, defaultdict[Term, list[Term]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for subject, predicate, value in triples:
            if predicate in REFUSED or (predicate == TYPE and value in REFUSED):
                raise AxiomError(_refusal(subject, value if predicate == TYPE else predicate))
            if predicate == TYPE:
                if value in self.types:
                    self.types[value].append(subject)
            elif predicate in SCHEMA:
                self.stated[predicate][subject].append(value)

    def rules(self) -> Iterator[Rule]:
        yield from self._property_rules()
        yield from self._chain_rules()
        for name, both_ways in (("subClassOf", False), ("equivalentClass", True)):
            prefix = RDFS if name == "subClassOf" else OWL
            for narrow, broad in self._pairs(prefix + name):
                yield from self._inclusion(narrow, broad)
                if both_ways:
                    yield from self._inclusion(broad, narrow)

    def _pairs(self, predicate: str) -> Iterator[tuple[Term, Term]]:
        for subject, values in self.stated[NamedNode(predicate)].items():
            for value in values:
                yield subject, value

    def _properties(self, predicate: str) -> Iterator[tuple[NamedNode, NamedNode]]:
        for p, q in self._pairs(predicate):
            yield _property(p), _property(q)

    def _property_rules(self) -> Iterator[Rule]:
        for p, q in self._properties(RDFS + "subPropertyOf"):
            yield Rule("subproperty", (p, q), Atom(X, q, Y), (Atom(X, p, Y),))
        for p, q in self._properties(OWL + "equivalentProperty"):
            yield Rule("subproperty", (p, q), Atom(X, q, Y), (Atom(X, p, Y),))
            yield Rule("subproperty", (q, p), Atom(X, p, Y), (Atom(X, q, Y),))
        for subject, value in self._pairs(OWL + "inverseOf"):
            if isinstance(subject, BlankNode):  # An anonymous inverse is a link of a chain.
                continue
            p, q = _property(subject), _property(value)
            yield Rule("inverse", (p, q), Atom(Y, q, X), (Atom(X, p, Y),))
            yield Rule("inverse", (q, p), Atom(Y, p, X), (Atom(X, q, Y),))
        for p in map(_property, self.types[SYMMETRIC]):
            yield Rule("symmetry", (p,), Atom(Y, p, X), (Atom(X, p, Y),))
        for p in map(_property, self.types[TRANSITIVE]):
            yield Rule("transitivity", (p,), Atom(X, p, Z), (Atom(X, p, Y), Atom(Y, p, Z)))
        for name, variable in (("domain", X), ("range", Y)):
            for role, kind in self._pairs(RDFS + name):
                p = _property(role)
                for extra, head in self._conclusions(kind, variable):
                    yield Rule(name, (p, *_named(kind)), head, (Atom(X, p, Y), *extra))

    def _chain_rules(self) -> Iterator[Rule]:
        for p, head in self._pairs(OWL + "propertyChainAxiom"):
            links = self._list(head)
            nodes = [X, *(Variable(f"n{i}") for i in range(1, len(links))), Y]
            body = tuple(self._link(link, nodes[i], nodes[i + 1]) for i, link in enumerate(links))
            named = tuple(atom.predicate for atom in body)
            yield Rule("chain", (*named, _property(p)), Atom(X, _property(p), Y), body)

    def _link(self, link: Term, start: Variable, end: Variable) -> Atom:
        """Return the atom for a property, or for an anonymous inverse, between two nodes of a chain."""
        if isinstance(link, BlankNode) and (inverted := self._only(link, "inverseOf")) is not None:
            return Atom(end, _property(inverted), start)
        return Atom(start, _property(link), end)

    def _inclusion(self, narrow: Term, broad: Term) -> Iterator[Rule]:
        kind = "subclass" if isinstance(narrow, NamedNode) and isinstance(broad, NamedNode) else "definition"
        for body in self._conditions(narrow, X):
            for extra, head in self._conclusions(broad, X):
                yield Rule(kind, (*_named(narrow), *_named(broad)), head, (*body, *extra))

    def _conditions(self, kind: Term, node: Variable) -> list[Body]:
        """Return the alternative bodies that make ``node`` a member of the class expression."""
        if isinstance(kind, NamedNode):
            return [()] if kind == THING else [(Atom(node, TYPE, kind),)]
        if parts := self._members(kind, "intersectionOf"):
            choices = product(*(self._conditions(part, node) for part in parts))
            return [tuple(atom for body in choice for atom in body) for choice in choices]
        if parts := self._members(kind, "unionOf"):
            return [body for part in parts for body in self._conditions(part, node)]
        role = self._only(kind, "onProperty")
        if (value := self._only(kind, "hasValue")) is not None and isinstance(role, NamedNode):
            return [(Atom(node, role, value),)]
        if (filler := self._only(kind, "someValuesFrom")) is not None and isinstance(role, NamedNode):
            other = Variable(node.value + "v")
            return [(Atom(node, role, other), *body) for body in self._conditions(filler, other)]
        raise AxiomError(f"The class expression {kind} cannot be a condition in OWL 2 RL. Rewrite the axiom.")

    def _conclusions(self, kind: Term, node: Variable) -> list[tuple[Body, Atom]]:
        """Return the consequences of membership of ``node`` in the class expression, each with its further premises."""
        if isinstance(kind, NamedNode):
            return [] if kind == THING else [((), Atom(node, TYPE, kind))]
        if parts := self._members(kind, "intersectionOf"):
            return [conclusion for part in parts for conclusion in self._conclusions(part, node)]
        role = self._only(kind, "onProperty")
        if (value := self._only(kind, "hasValue")) is not None and isinstance(role, NamedNode):
            return [((), Atom(node, role, value))]
        if (filler := self._only(kind, "allValuesFrom")) is not None and isinstance(role, NamedNode):
            other = Variable(node.value + "v")
            return [
                ((Atom(node, role, other), *body), head) for body, head in self._conclusions(filler, other)
            ]
        raise AxiomError(
            f"The class expression {kind} cannot be a conclusion in OWL 2 RL. Rewrite the axiom."
        )

    def _members(self, kind: Term, name: str) -> list[Term]:
        head = self._only(kind, name)
        return [] if head is None else self._list(head)

    def _only(self, subject: Term, name: str) -> Term | None:
        values = self.stated[NamedNode(OWL + name)].get(subject, ())
        return values[0] if values else None

    def _list(self, head: Term) -> list[Term]:
        items: list[Term] = []
        while head != NIL:
            first, rest = self.stated[FIRST].get(head, ()), self.stated[REST].get(head, ())
            if len(first) != 1 or len(rest) != 1:
                raise AxiomError(f"The list at {head} is broken: each cell needs one first and one rest.")
            items.append(first[0])
            head = rest[0]
        return items


def kept(fact: Fact) -> bool:
    """Return whether an entailed fact is kept: if its predicate or class is a term of the ontology."""
    term = fact[2] if fact[1] == TYPE else fact[1]
    return isinstance(term, NamedNode) and term.value.startswith(CO)


def triple_of(fact: Fact) -> Triple:
    """Return the fact as a triple; the rules derive none with a literal as subject."""
    return Triple(*fact)  # type: ignore[arg-type]


def fact_of(triple: Triple) -> Fact:
    """Return the triple as a fact."""
    return triple.subject, triple.predicate, triple.object


def touches_axioms(facts: Iterable[Fact]) -> bool:
    """Return whether any of the facts states an axiom, which changes the rules."""
    return any(p in SCHEMA or (p == TYPE and str(o).startswith(f"<{OWL}")) for _, p, o in facts)


def _property(term: Term) -> NamedNode:
    if isinstance(term, NamedNode):
        return term
    raise AxiomError(
        f"An axiom uses {term} as a property. Name the property; only a chain allows [ owl:inverseOf … ]."
    )


def _named(*kinds: Term) -> tuple[NamedNode, ...]:
    return tuple(kind for kind in kinds if isinstance(kind, NamedNode))


def _refusal(subject: Term, construct: Term) -> str:
    if construct == SAME_AS:
        return (
            f"{subject} is stated owl:sameAs another. Use skos:exactMatch: identity would merge their facts."
        )
    return f"{subject} uses {construct}, which the closure does not support. Express it as a SHACL shape."
