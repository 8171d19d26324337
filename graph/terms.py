"""Conversion of RDF terms and graphs from pyoxigraph to rdflib, which pyshacl and owlrl require."""

from collections.abc import Iterable
from functools import cache

import pyoxigraph as ox
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from comity.iris import XSD


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
        if datatype == XSD + "string":
            return Literal(term.value)
        return Literal(term.value, datatype=URIRef(datatype), normalize=False)  # "1.0" stays "1.0".
    raise TypeError(f"{term} has no counterpart in RDF 1.1")


def memory_graph(triples: Iterable[ox.Triple | ox.Quad]) -> Graph:
    """Return the triples as an rdflib graph in memory; the names of their graphs are dropped.

    It is a copy because rdflib over an Oxigraph store counts all quads whenever a library tests whether a graph
    is empty.
    """
    convert = cache(to_rdflib)
    graph = Graph()
    for triple in triples:
        graph.add((convert(triple.subject), convert(triple.predicate), convert(triple.object)))
    return graph
