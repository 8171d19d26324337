"""The ontology as one page for readers: every term with its definition, examples and axioms in words."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import jinja2
import pyoxigraph as ox
from markupsafe import Markup, escape

from comity import schema
from comity.iris import CO, OWL, PREFIXES, RDF, RDFS, SKOS

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
    """One term as the page shows it: texts, and facts as pairs of a heading and marked-up words."""

    name: str
    label: str
    definition: str
    examples: list[str]
    counterexamples: list[str]
    notes: list[str]
    facts: list[tuple[str, Markup]] = field(default_factory=list)
    narrower: list["Term"] = field(default_factory=list)


class Reading:
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
        """Give the values of a property, in the order of the file."""
        return self._out[subject][predicate] if subject in self._out else []

    def keys(self, subject: str, predicate: str) -> list[str]:
        """Give the things that a property leads to, as keys."""
        return [_key(value) for value in self.values(subject, predicate)]

    def subjects(self, predicate: str, value: str) -> list[str]:
        """Give the things from which a property leads to this one."""
        return list(self._in[value][predicate]) if value in self._in else []

    def text(self, subject: str, predicate: str) -> str:
        """Give the first text of a property, or nothing."""
        return next((_text(value) for value in self.values(subject, predicate)), "")

    def terms(self, kind: str) -> list[str]:
        """Give the IRIs of our terms of a kind (``owl:Class``, ...), in the order of the file."""
        return [term for term in self.subjects(RDF + "type", OWL + kind) if term.startswith(CO)]

    def link(self, term: str) -> Markup:
        """Give a term as a link within the page, or a term of others as a link to it."""
        if term.startswith(CO):
            label = self.text(term, RDFS + "label") or term
            return Markup('<a href="#{}">{}</a>').format(term.removeprefix(CO), label)
        return Markup('<a href="{}">{}</a>').format(term, _short(term))

    def links(self, terms: Iterable[str]) -> Markup:
        """Give several terms as links, with commas between."""
        return Markup(", ").join(self.link(term) for term in terms)

    def members(self, first: str) -> Iterator[str]:
        """Give what is in an RDF list."""
        while first != _NIL:
            yield self.keys(first, RDF + "first")[0]
            first = self.keys(first, RDF + "rest")[0]

    def words(self, expression: str) -> Markup:
        """Say a class expression: a class, what a restriction asks, or several of them together."""
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


def _short(iri: str) -> str:
    known = {**PREFIXES, "schema": _SCHEMA_ORG}
    for prefix, namespace in known.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _term(reading: Reading, iri: str) -> Term:
    said = [_text(value) for value in reading.values(iri, SKOS + "example")]
    return Term(
        iri.removeprefix(CO),
        reading.text(iri, RDFS + "label"),
        reading.text(iri, SKOS + "definition"),
        [text for text in said if not text.startswith(_NOT)],
        [text.removeprefix(_NOT) for text in said if text.startswith(_NOT)],
        [_text(value) for value in reading.values(iri, SKOS + "scopeNote")],
    )


def _class(reading: Reading, iri: str) -> Term:
    term = _term(reading, iri)
    below = reading.subjects(RDFS + "subClassOf", iri)
    apart = [*reading.keys(iri, OWL + "disjointWith"), *reading.subjects(OWL + "disjointWith", iri)]
    told = [
        ("Kind of", reading.links(reading.keys(iri, RDFS + "subClassOf"))),
        ("Kinds", reading.links(each for each in below if each.startswith(CO))),
        ("The same as", _expressions(reading, reading.keys(iri, OWL + "equivalentClass"))),
        ("Inferred for", _expressions(reading, [each for each in below if not each.startswith(CO)])),
        ("Never also", reading.links(apart)),
        ("Properties", reading.links(_properties_of(reading, iri))),
    ]
    term.facts = [(heading, words) for heading, words in told if words]
    return term


def _expressions(reading: Reading, expressions: list[str]) -> Markup:
    return Markup("; ").join(Markup("any {}").format(reading.words(each)) for each in expressions)


def _properties_of(reading: Reading, iri: str) -> list[str]:
    ends = (RDFS + "domain", _SCHEMA_ORG + "domainIncludes")
    return [term for predicate in ends for term in reading.subjects(predicate, iri) if term.startswith(CO)]


def _property(reading: Reading, iri: str) -> Term:
    term = _term(reading, iri)
    inverse = [*reading.keys(iri, OWL + "inverseOf"), *reading.subjects(OWL + "inverseOf", iri)]
    character = [_CHARACTER[kind] for kind in reading.keys(iri, RDF + "type") if kind in _CHARACTER]
    chains = reading.keys(iri, OWL + "propertyChainAxiom")
    told = [
        ("Of", reading.links(reading.keys(iri, RDFS + "domain"))),
        ("Used with", reading.links(reading.keys(iri, _SCHEMA_ORG + "domainIncludes"))),
        ("Leads to", reading.links(reading.keys(iri, RDFS + "range"))),
        ("Values", reading.links(reading.keys(iri, _SCHEMA_ORG + "rangeIncludes"))),
        ("Implies", reading.links(reading.keys(iri, RDFS + "subPropertyOf"))),
        ("Implied by", reading.links(reading.subjects(RDFS + "subPropertyOf", iri))),
        ("The other way round", reading.links(inverse)),
        ("Follows from", Markup("; or ").join(_chain(reading, each) for each in chains)),
        ("Character", escape(", ".join(character))),
    ]
    term.facts = [(heading, words) for heading, words in told if words]
    return term


def _chain(reading: Reading, first: str) -> Markup:
    return Markup(", then ").join(reading.link(step) for step in reading.members(first))


def _tree(reading: Reading, classes: list[str]) -> list[Term]:
    """Give the classes as trees, each under the first class that it is a kind of."""
    made = {iri: _class(reading, iri) for iri in classes}
    roots: list[Term] = []
    for iri, term in made.items():
        above = [each for each in reading.keys(iri, RDFS + "subClassOf") if each in made]
        (made[above[0]].narrower if above else roots).append(term)
    return roots


def _statuses() -> list[dict[str, str]]:
    text = files("comity").joinpath("facts", "statuses.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def ontology_page() -> str:
    """Give the page on the ontology as HTML that needs no other file."""
    reading = Reading(schema.turtle("comity.ttl"))
    statuses = _statuses()
    template = files("comity.server").joinpath("templates", "ontology.html").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(
        title=reading.text(_ONTOLOGY, "http://purl.org/dc/terms/title"),
        description=reading.text(_ONTOLOGY, "http://purl.org/dc/terms/description"),
        version=reading.text(_ONTOLOGY, OWL + "versionInfo"),
        licence=reading.text(_ONTOLOGY, "http://purl.org/dc/terms/license"),
        namespace=CO,
        classes=_tree(reading, reading.terms("Class")),
        links=[_property(reading, iri) for iri in reading.terms("ObjectProperty")],
        values=[_property(reading, iri) for iri in reading.terms("DatatypeProperty")],
        statuses=statuses,
        labels={row["id"]: row["label"] for row in statuses},
    )
