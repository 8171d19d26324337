"""The IRIs of Comity: namespaces, prefixes, and the IRIs of things, terms and named graphs.

IRIs are minted only here. Dates of acts keep their EDTF form; characters not allowed in a path segment (RFC 3986) are
percent-encoded.
"""

import re
import unicodedata
from functools import cache
from urllib.parse import quote

from pyoxigraph import BlankNode, DefaultGraph, NamedNode

from comity.caching import cached_if_short

BASE = "https://w3id.org/comity/"
CO = BASE + "ontology#"
STATUS = BASE + "status/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCTERMS = "http://purl.org/dc/terms/"
GEO = "http://www.w3.org/2003/01/geo/wgs84_pos#"
PROV = "http://www.w3.org/ns/prov#"
WIKIDATA = "http://www.wikidata.org/entity/"

TYPE = NamedNode(RDF + "type")
LABEL = NamedNode(RDFS + "label")
NOTE = NamedNode(SKOS + "note")

#: Prefixes that queries may use without declaring them.
PREFIXES = {
    "co": CO,
    "cop": BASE + "polity/",
    "coo": BASE + "organisation/",
    "coa": BASE + "act/",
    "cos": BASE + "source/",
    "cost": STATUS,
    "cog": BASE + "graph/",
    "rdf": RDF,
    "rdfs": RDFS,
    "owl": OWL,
    "xsd": XSD,
    "skos": SKOS,
    "dcterms": DCTERMS,
    "geo": GEO,
    "prov": PROV,
    "wd": WIKIDATA,
    "sh": "http://www.w3.org/ns/shacl#",
}


def prologue() -> str:
    """Return the prologue of a SPARQL query: a PREFIX line for each of :data:`PREFIXES`."""
    return "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())


@cached_if_short(65536)
def prefixed(iri: str) -> str:
    """Return an IRI shortened with the prefix of the longest matching namespace; unchanged if none matches."""
    prefix, namespace = max(PREFIXES.items(), key=lambda pair: len(pair[1]) if iri.startswith(pair[1]) else 0)
    return f"{prefix}:{iri.removeprefix(namespace)}" if iri.startswith(namespace) else iri


@cache
def term(name: str) -> NamedNode:
    """Return the term ``co:name`` of the ontology."""
    return NamedNode(CO + name)


@cached_if_short(65536)
def segment(text: str) -> str:
    """Return the text as one path segment of an IRI.

    EDTF's ``~`` stays readable; the ``/`` of an interval is written ``--``, as ISO 8601-1 allows, since servers and
    proxies treat an encoded one as the end of the segment; other reserved characters are encoded.
    """
    return quote(text.replace("/", "--"), safe="~-._")


def slug(text: str, longest: int = 60) -> str:
    """Return a lower-case ASCII slug of the text, cut at a word boundary after at most ``longest`` characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower().replace("'", "")).strip("-")
    return words if len(words) <= longest else words[: longest + 1].rpartition("-")[0] or words[:longest]


def thing(kind: str, *parts: str) -> NamedNode:
    """Return the IRI ``…/kind/part/part`` of a thing, for example ``thing("polity", "ukraine")``."""
    return NamedNode(BASE + "/".join((kind, *map(segment, parts))))


@cached_if_short(4096)
def polity(identifier: str) -> NamedNode:
    """Return the IRI of the polity with this id in ``polities.csv``."""
    return thing("polity", identifier)


@cached_if_short(4096)
def organisation(identifier: str) -> NamedNode:
    """Return the IRI of the organisation or body with this id."""
    return thing("organisation", identifier)


def act(kind: str, actor: str, object_: str, date: str) -> NamedNode:
    """Return the IRI of an act, minted from its row: kind, ids of actor and object, EDTF date."""
    return thing("act", kind, actor, object_, date)


def period(kind: str, first: str, second: str, start: str) -> NamedNode:
    """Return the IRI of a derived period: kind (recognition, relations …), ids of both sides, EDTF of its start."""
    return thing("period", kind, first, second, start)


@cached_if_short(4096)
def status(identifier: str) -> NamedNode:
    """Return the IRI of a status of the SKOS scheme."""
    return NamedNode(STATUS + identifier)


@cached_if_short(1024)
def graph(name: str) -> NamedNode:
    """Return the IRI of a named graph, for example ``graph("inferred")`` or ``graph("facts/polities")``."""
    return NamedNode(f"{BASE}graph/{name}")


ONTOLOGY = graph("ontology")
SHAPES = graph("shapes")
INFERRED = graph("inferred")
PERIODS = graph("periods")
PROVENANCE = graph("provenance")
PROPOSALS = graph("proposals")
FACTS_PREFIX = BASE + "graph/facts/"
SNAPSHOT_PREFIX = BASE + "as-of/"


def identifier(iri: NamedNode | str) -> str:
    """Return the last path segment of an IRI, which for polities and organisations is their id in the tables."""
    return (iri if isinstance(iri, str) else iri.value).rpartition("/")[2]


def is_facts(graph_name: object) -> bool:
    """Return whether a graph contains asserted facts, and so may be written."""
    return isinstance(graph_name, NamedNode) and graph_name.value.startswith(FACTS_PREFIX)


def is_asserted(graph_name: object) -> bool:
    """Return whether the triples of a graph are asserted rather than derived: ontology and facts."""
    return graph_name == ONTOLOGY or is_facts(graph_name)


def in_union(graph_name: NamedNode | BlankNode | DefaultGraph) -> bool:
    """Return whether a graph is part of the union in the default graph: ontology, facts, inferred, periods."""
    return is_asserted(graph_name) or graph_name in (INFERRED, PERIODS)
