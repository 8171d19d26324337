"""The reference reasoner: owlrl, with its output reduced to the terms of the ontology.

owlrl implements every rule of OWL 2 RL and takes minutes where the default engine takes half a second. It also
adds literals as subjects, equates literals, types datatypes and reports contradictions as extra nodes in the
graph; here the first three are dropped and the last become messages.
"""

from collections.abc import Iterable

import owlrl
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib.term import Node

from comity.closure.axioms import Term, kept
from comity.iris import TYPE
from comity.terms import to_rdflib

ERROR = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")


def reference(base: Iterable[Triple]) -> tuple[set[Triple], tuple[str, ...]]:
    """Return the triples of the ontology's terms that owlrl entails from a base, and the contradictions it reports."""
    triples = set(base)
    graph = rdflib.Graph()
    originals: dict[Node, Term] = {rdflib.RDF.type: TYPE}  # which the base need not contain
    for stated in triples:
        terms = [(to_rdflib(term), term) for term in stated]
        originals.update(terms)
        graph.add((terms[0][0], terms[1][0], terms[2][0]))
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(
        graph
    )
    stated_values = {(stated.subject, stated.object) for stated in triples}
    entailed: set[Triple] = set()
    for triple in graph:
        s, p, o = map(originals.get, triple)
        if not isinstance(s, NamedNode | BlankNode) or not isinstance(p, NamedNode) or o is None:
            continue
        # A literal not stated of this subject was added because it equals one that was.
        if kept((s, p, o)) and (not isinstance(o, Literal) or (s, o) in stated_values):
            entailed.add(Triple(s, p, o))
    complaints = sorted(str(text) for text in graph.objects(None, ERROR))
    return entailed - triples, tuple(complaints)
