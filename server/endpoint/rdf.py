"""A small RDF graph to write descriptions in, serialised by the engine."""

from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from comity.iris import PREFIXES, RDF, XSD
from comity.server.processes.evaluation import RDF_FORMATS

VOCABULARIES = PREFIXES | {
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "format": "http://www.w3.org/ns/formats/",
    "schema": "https://schema.org/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spex": "https://purl.expasy.org/sparql-examples/ontology#",
}
Node = NamedNode | BlankNode


def name(short: str) -> NamedNode:
    """Return the IRI of a prefixed name."""
    prefix, _, local = short.partition(":")
    return NamedNode(VOCABULARIES[prefix] + local)


class Description:
    """Triples, added node by node."""

    def __init__(self) -> None:
        self.triples: list[Triple] = []

    def add(self, subject: Node, predicate: str, *values: Node | Literal | str | int) -> None:
        """Add a statement for each value; a str becomes English text, an int an xsd:integer."""
        for value in values:
            self.triples.append(Triple(subject, name(predicate), _term(value)))

    def typed(self, subject: Node, *classes: str) -> Node:
        """State the classes of a subject, and return it."""
        for class_ in classes:
            self.triples.append(Triple(subject, NamedNode(RDF + "type"), name(class_)))
        return subject

    def part(self, subject: Node, predicate: str, *classes: str) -> Node:
        """Return a new blank node that the subject has as a value."""
        node = BlankNode()
        self.add(subject, predicate, node)
        return self.typed(node, *classes)

    def serialized(self, format_name: str) -> bytes:
        """Return the triples in one of the RDF formats."""
        places: dict[object, int] = {}
        for triple in self.triples:
            places.setdefault(triple.subject, len(places))
        ordered = sorted(self.triples, key=lambda triple: places[triple.subject])
        return to_bytes(ordered, RDF_FORMATS[format_name])


def to_bytes(triples: Iterable[Triple], form: RdfFormat) -> bytes:
    """Serialise triples with the prefixes of the descriptions."""
    return serialize(triples, format=form, prefixes=VOCABULARIES) or b""


def _term(value: Node | Literal | str | int) -> Node | Literal:
    if isinstance(value, str):
        return Literal(value, language="en")
    if isinstance(value, int):
        return Literal(str(value), datatype=NamedNode(XSD + "integer"))
    return value
