"""Conversion of RDF terms and graphs from pyoxigraph to rdflib, which pyshacl and owlrl require."""

from collections.abc import Iterable

import pyoxigraph as ox
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

_STRING = "http://www.w3.org/2001/XMLSchema#string"


def to_rdflib(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Node:
    """Return the same term in rdflib; an ``xsd:string`` becomes a plain literal.

    :raises TypeError: for a triple term, which RDF 1.1 does not have.
    """
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = term.datatype.value
        if datatype == _STRING:
            return Literal(term.value)
        return Literal(term.value, datatype=URIRef(datatype), normalize=False)  # "1.0" stays "1.0".
    raise TypeError(f"{term} has no counterpart in RDF 1.1")


def memory_graph(triples: Iterable[ox.Triple | ox.Quad]) -> Graph:
    """Return the triples as an rdflib graph in memory; the names of their graphs are dropped.

    It is a copy because rdflib over an Oxigraph store counts all quads whenever a library tests whether a graph
    is empty.
    """
    known: dict[object, Node] = {}

    def carried(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Node:
        node = known.get(term)
        if node is None:
            node = known[term] = to_rdflib(term)
        return node

    graph = Graph()
    add = graph.add
    for triple in triples:
        add((carried(triple.subject), carried(triple.predicate), carried(triple.object)))
    return graph
