"""The reference reasoner: owlrl, with its output cleaned to what the ontology is about.

owlrl knows every rule of OWL 2 RL and takes minutes where the default engine takes half a second. It also
adds literals as subjects, equates literals, types datatypes and reports contradictions as extra nodes in the
graph; here the first three are dropped and the last become messages.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import owlrl
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib.term import Node

from .axioms import TYPE, Term, kept

ERROR = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")


@dataclass(frozen=True)
class Reference:
    """What owlrl found: the triples worth keeping, and its complaints about contradictions."""

    triples: set[Triple]
    complaints: tuple[str, ...]


def reference(base: Iterable[Triple]) -> Reference:
    """Give the closure of the base by owlrl, cleaned, and the contradictions that it reports."""
    triples = set(base)
    graph = rdflib.Graph()
    back: dict[Node, Term] = {}
    stated: set[tuple[Term, Term]] = set()
    for triple in triples:
        terms = [(_rdflib(term), term) for term in triple]
        back.update(terms)
        graph.add((terms[0][0], terms[1][0], terms[2][0]))
        if isinstance(triple.object, Literal):
            stated.add((triple.subject, triple.object))
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(
        graph
    )
    found = set()
    for subject, predicate, value in graph:
        fact = (back.get(subject), back.get(predicate), back.get(value))
        if None in fact or isinstance(fact[0], Literal) or not kept(fact):
            continue
        # A literal that was never said of this subject came in by equality with one that was.
        if not isinstance(fact[2], Literal) or (fact[0], fact[2]) in stated:
            found.add(Triple(*fact))
    return Reference(found - triples, tuple(sorted(str(text) for text in graph.objects(None, ERROR))))


def _rdflib(term: Term) -> Node:
    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)
