"""Exports: the dataset, a named graph or an entity, as bytes that depend only on the content."""

import csv
import io
from collections.abc import Iterable

import pyoxigraph as ox

from comity.errors import UnknownError
from comity.iris import BASE, INFERRED, ONTOLOGY, PERIODS, PREFIXES, PROPOSALS, PROVENANCE, SHAPES
from comity.questions.lookup import find
from comity.serialization import serialize
from comity.store.database import Store
from comity.terms import memory_graph
from comity.wellformed import xml

#: Formats that include the names of graphs, and those that drop them.
WITH_GRAPHS = ("trig", "nquads")
_ORDER = {ONTOLOGY: 0, SHAPES: 1, INFERRED: 3, PERIODS: 4, PROPOSALS: 5, PROVENANCE: 6}


def export(store: Store, form: str, graph: str | None = None, entity: str | None = None) -> bytes:
    """Return the dataset, a graph or an entity in an RDF format or as CSV; equal content yields equal bytes.

    :param form: ``turtle``, ``trig``, ``nquads``, ``ntriples``, ``jsonld``, ``rdfxml`` or ``csv``.
    :param graph: name of a graph under ``graph/``, or its IRI.
    :param entity: an entity by id, path, IRI or name: statements about and referring to it, with their evidence.
    :raises UnknownError: if the graph or the entity does not exist.
    """
    if entity is not None:
        quads = _about(store.oxigraph, find(store.oxigraph, entity))
    elif graph is not None:
        quads = _graph(store.oxigraph, graph)
    else:
        quads = [quad for quad in store.oxigraph if quad.graph_name != ox.DefaultGraph()]
    return write(quads, form)


def write(quads: Iterable[ox.Quad], form: str) -> bytes:
    """Return quads in a format; in formats without graphs each triple occurs once."""
    if form in WITH_GRAPHS:
        return _with_graphs(list(quads), form)
    triples = {quad.triple for quad in quads}
    if form == "turtle":
        return _turtle(triples)
    ordered = sorted(triples, key=str)
    if form == "csv":
        return _csv(ordered)
    kind = {
        "ntriples": ox.RdfFormat.N_TRIPLES,
        "rdfxml": ox.RdfFormat.RDF_XML,
        "jsonld": ox.RdfFormat.JSON_LD,
    }[form]
    return _serialized(ordered, kind)


def _serialized(items: Iterable[ox.Triple] | Iterable[ox.Quad], kind: ox.RdfFormat) -> bytes:
    out = io.BytesIO()
    serialize(items, out, kind)
    return xml(out.getvalue()) if kind == ox.RdfFormat.RDF_XML else out.getvalue()


def _turtle(triples: Iterable[ox.Triple]) -> bytes:
    """Write Turtle with rdflib, whose longturtle orders subjects, predicates and blank nodes by content."""
    graph = memory_graph(triples)
    for prefix, iri in PREFIXES.items():
        graph.bind(prefix, iri, replace=True)
    return graph.serialize(format="longturtle", encoding="utf-8")


def _with_graphs(quads: list[ox.Quad], form: str) -> bytes:
    quads.sort(key=lambda quad: (_ORDER.get(quad.graph_name, 2), str(quad.graph_name), str(quad.triple)))  # type: ignore[arg-type]
    return _serialized(quads, ox.RdfFormat.TRIG if form == "trig" else ox.RdfFormat.N_QUADS)


def _csv(triples: Iterable[ox.Triple]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("subject", "predicate", "object", "datatype", "language"))
    for triple in triples:
        value, datatype, language = triple.object, "", ""
        if isinstance(value, ox.Literal):
            language = value.language or ""
            datatype = "" if language else value.datatype.value
        terms = (_text(triple.subject), _text(triple.predicate), _text(value))
        writer.writerow((*terms, datatype, language))
    return out.getvalue().encode()


def _text(term: object) -> str:
    return f"_:{term.value}" if isinstance(term, ox.BlankNode) else str(getattr(term, "value", term))


def _graph(store: ox.Store, name: str) -> list[ox.Quad]:
    node = ox.NamedNode(name if name.startswith("http") else f"{BASE}graph/{name}")
    if not store.contains_named_graph(node):
        known = sorted(str(graph.value).removeprefix(BASE + "graph/") for graph in store.named_graphs())
        raise UnknownError(f"There is no graph {name!r}. The graphs are: {', '.join(known)}.")
    return list(store.quads_for_pattern(None, None, None, node))


def _about(store: ox.Store, node: ox.NamedNode) -> list[ox.Quad]:
    """Return the statements about an entity and those referring to it in the default graph, with their evidence."""
    default = ox.DefaultGraph()
    quads = list(store.quads_for_pattern(node, None, None, default))
    evidence = [quad.object for quad in quads if quad.predicate.value.endswith("#evidence")]
    quads += store.quads_for_pattern(None, None, node, default)
    for item in evidence:
        if isinstance(item, ox.NamedNode):
            quads += store.quads_for_pattern(item, None, None, default)
    return quads
