"""Terms of RDF carried between the two libraries: pyoxigraph for storing and asking, rdflib for validating."""

from collections.abc import Iterable

import pyoxigraph as ox
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

_STRING = "http://www.w3.org/2001/XMLSchema#string"


def to_rdflib(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Node:
    """Give the same term in rdflib; a plain string stays plain."""
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = term.datatype.value
        return Literal(term.value) if datatype == _STRING else Literal(term.value, datatype=URIRef(datatype))
    raise TypeError(f"{term} has no counterpart in RDF 1.1")


def from_rdflib(node: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Give the same term in pyoxigraph."""
    if isinstance(node, URIRef):
        return ox.NamedNode(str(node))
    if isinstance(node, BNode):
        return ox.BlankNode(str(node))
    if isinstance(node, Literal):
        if node.language:
            return ox.Literal(str(node), language=node.language)
        return ox.Literal(str(node), datatype=ox.NamedNode(str(node.datatype)) if node.datatype else None)
    raise TypeError(f"{node!r} is no term of RDF 1.1")


def memory_graph(triples: Iterable[ox.Triple | ox.Quad]) -> Graph:
    """Give an in-memory rdflib graph of the triples, graph names dropped.

    Validation reads this copy: rdflib over an Oxigraph store counts the whole store whenever a
    library asks whether a graph is empty.
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
