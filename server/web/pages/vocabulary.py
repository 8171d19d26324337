"""The ontology as one page for readers: every term with its definition, examples and axioms in words."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import pyoxigraph as ox
from markupsafe import Markup, escape

from comity import schema
from comity.iris import CO, OWL, RDF, RDFS, SKOS, prefixed

Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_SCHEMA_ORG = "https://schema.org/"
_ONTOLOGY = CO.removesuffix("#")
_NIL = RDF + "nil"
_NOT = "Not: "
_CHARACTER = {
    OWL + "SymmetricProperty": "holds both ways",
    OWL + "TransitiveProperty": "carries on from one to the next",
    OWL + "AsymmetricProperty": "never holds both ways",
    OWL + "IrreflexiveProperty": "never connects a thing with itself",
}


@dataclass
class Term:
    """A term as shown on the page: texts, and facts as pairs of a heading and marked-up words."""

    name: str
    label: str
    definition: str
    examples: list[str]
    counterexamples: list[str]
    notes: list[str]
    facts: list[tuple[str, Markup]] = field(default_factory=list)
    narrower: list["Term"] = field(default_factory=list)


class OntologyReader:
    """The triples of the ontology by subject and by object, and its axioms as words."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._out: dict[str, dict[str, list[Node]]] = defaultdict(lambda: defaultdict(list))
        self._in: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for triple in triples:
            subject, value = _key(triple.subject), triple.object
            self._out[subject][triple.predicate.value].append(value)
            if not isinstance(value, ox.Literal):
                self._in[_key(value)][triple.predicate.value].append(subject)

    def values(self, subject: str, predicate: str) -> list[Node]:
        """Return the values of a property, in the order of the file."""
        return self._out[subject][predicate] if subject in self._out else []

    def keys(self, subject: str, predicate: str) -> list[str]:
        """Return the keys of the values of a property."""
        return [_key(value) for value in self.values(subject, predicate)]

    def subjects(self, predicate: str, value: str) -> list[str]:
        """Return the subjects that have this value of a property."""
        return list(self._in[value][predicate]) if value in self._in else []

    def text(self, subject: str, predicate: str) -> str:
        """Return the first value of a property as text; empty if there is none."""
        return next((_text(value) for value in self.values(subject, predicate)), "")

    def terms(self, kind: str) -> list[str]:
        """Return the IRIs of the ontology's own terms of a kind (``owl:Class``, ...), in the order of the file."""
        return [term for term in self.subjects(RDF + "type", OWL + kind) if term.startswith(CO)]

    def link(self, term: str) -> Markup:
        """Return a link to a term: within the page, or to another vocabulary."""
        if term.startswith(CO):
            label = self.text(term, RDFS + "label") or term
            return Markup('<a href="#{}">{}</a>').format(term.removeprefix(CO), label)
        return Markup('<a href="{}">{}</a>').format(term, prefixed(term).replace(_SCHEMA_ORG, "schema:"))

    def links(self, terms: Iterable[str]) -> Markup:
        """Return links to several terms, separated by commas."""
        return Markup(", ").join(self.link(term) for term in terms)

    def members(self, first: str) -> Iterator[str]:
        """Yield the members of an RDF list."""
        while first != _NIL:
            yield self.keys(first, RDF + "first")[0]
            first = self.keys(first, RDF + "rest")[0]

    def words(self, expression: str) -> Markup:
        """Return a class expression in words: a class, a restriction, or an intersection."""
        if listed := self.keys(expression, OWL + "intersectionOf"):
            return Markup(", ").join(self.words(part) for part in self.members(listed[0]))
        for quantity, saying in (("someValuesFrom", "{} some {}"), ("hasValue", "{} {}")):
            if wanted := self.keys(expression, OWL + quantity):
                path = self.link(self.keys(expression, OWL + "onProperty")[0])
                return Markup(saying).format(path, self.words(wanted[0]))
        return self.link(expression)


def _key(node: Node) -> str:
    return node.value if isinstance(node, ox.NamedNode) else str(node)


def _text(node: Node) -> str:
    return node.value if isinstance(node, ox.NamedNode | ox.Literal) else str(node)


def _term(ontology: OntologyReader, iri: str) -> Term:
    said = [_text(value) for value in ontology.values(iri, SKOS + "example")]
    return Term(
        iri.removeprefix(CO),
        ontology.text(iri, RDFS + "label"),
        ontology.text(iri, SKOS + "definition"),
        [text for text in said if not text.startswith(_NOT)],
        [text.removeprefix(_NOT) for text in said if text.startswith(_NOT)],
        [_text(value) for value in ontology.values(iri, SKOS + "scopeNote")],
    )


def _class(ontology: OntologyReader, iri: str) -> Term:
    term = _term(ontology, iri)
    below = ontology.subjects(RDFS + "subClassOf", iri)
    apart = [*ontology.keys(iri, OWL + "disjointWith"), *ontology.subjects(OWL + "disjointWith", iri)]
    facts = [
        ("Kind of", ontology.links(ontology.keys(iri, RDFS + "subClassOf"))),
        ("Kinds", ontology.links(each for each in below if each.startswith(CO))),
        ("The same as", _expressions(ontology, ontology.keys(iri, OWL + "equivalentClass"))),
        ("Inferred for", _expressions(ontology, [each for each in below if not each.startswith(CO)])),
        ("Never also", ontology.links(apart)),
        ("Properties", ontology.links(_properties_of(ontology, iri))),
    ]
    term.facts = [(heading, words) for heading, words in facts if words]
    return term


def _expressions(ontology: OntologyReader, expressions: list[str]) -> Markup:
    return Markup("; ").join(Markup("any {}").format(ontology.words(each)) for each in expressions)


def _properties_of(ontology: OntologyReader, iri: str) -> list[str]:
    ends = (RDFS + "domain", _SCHEMA_ORG + "domainIncludes")
    return [term for predicate in ends for term in ontology.subjects(predicate, iri) if term.startswith(CO)]


def _property(ontology: OntologyReader, iri: str) -> Term:
    term = _term(ontology, iri)
    others = [*ontology.keys(iri, OWL + "inverseOf"), *ontology.subjects(OWL + "inverseOf", iri)]
    inverse = [other for other in others if other.startswith(CO)]
    character = [_CHARACTER[kind] for kind in ontology.keys(iri, RDF + "type") if kind in _CHARACTER]
    chains = ontology.keys(iri, OWL + "propertyChainAxiom")
    facts = [
        ("Of", ontology.links(ontology.keys(iri, RDFS + "domain"))),
        ("Used with", ontology.links(ontology.keys(iri, _SCHEMA_ORG + "domainIncludes"))),
        ("Leads to", ontology.links(ontology.keys(iri, RDFS + "range"))),
        ("Values", ontology.links(ontology.keys(iri, _SCHEMA_ORG + "rangeIncludes"))),
        ("Implies", ontology.links(ontology.keys(iri, RDFS + "subPropertyOf"))),
        ("Implied by", ontology.links(ontology.subjects(RDFS + "subPropertyOf", iri))),
        ("The other way round", ontology.links(inverse)),
        ("Follows from", Markup("; or ").join(_chain(ontology, each) for each in chains)),
        ("Character", escape(", ".join(character))),
    ]
    term.facts = [(heading, words) for heading, words in facts if words]
    return term


def _chain(ontology: OntologyReader, first: str) -> Markup:
    return Markup(", then ").join(_step(ontology, step) for step in ontology.members(first))


def _step(ontology: OntologyReader, step: str) -> Markup:
    """Return a property of a chain as a link or, if it is an inverse, in words."""
    inverted = ontology.keys(step, OWL + "inverseOf")
    return (
        ontology.link(step) if step.startswith(CO) else Markup("the inverse of ") + ontology.links(inverted)
    )


def _tree(ontology: OntologyReader, classes: list[str]) -> list[Term]:
    """Return the classes as trees, each under its first superclass."""
    made = {iri: _class(ontology, iri) for iri in classes}
    roots: list[Term] = []
    for iri, term in made.items():
        above = [each for each in ontology.keys(iri, RDFS + "subClassOf") if each in made]
        (made[above[0]].narrower if above else roots).append(term)
    return roots


@cache
def vocabulary() -> dict[str, Any]:
    """Return what the template shows of the ontology: its terms by sections, and the statuses."""
    ontology = OntologyReader(schema.turtle("comity.ttl"))
    table = files("comity").joinpath("facts", "statuses.csv").read_text(encoding="utf-8")
    statuses = list(csv.DictReader(table.splitlines()))
    sections = (
        ("classes", "Classes", _tree(ontology, ontology.terms("Class"))),
        ("links", "Links between things", _properties(ontology, "ObjectProperty")),
        ("values", "Texts, dates and numbers", _properties(ontology, "DatatypeProperty")),
    )
    return {
        "title": ontology.text(_ONTOLOGY, "http://purl.org/dc/terms/title"),
        "description": ontology.text(_ONTOLOGY, "http://purl.org/dc/terms/description"),
        "version": ontology.text(_ONTOLOGY, OWL + "versionInfo"),
        "licence": ontology.text(_ONTOLOGY, "http://purl.org/dc/terms/license"),
        "namespace": CO,
        "sections": sections,
        "statuses": statuses,
        "labels": {row["id"]: row["label"] for row in statuses},
    }


def _properties(ontology: OntologyReader, kind: str) -> list[Term]:
    return [_property(ontology, iri) for iri in ontology.terms(kind)]
