"""Rules as updates for any engine: the rule files as they are, and the axioms of the ontology one by one."""

import re
from collections.abc import Iterable

from pyoxigraph import Variable

from comity.closure.axioms import TYPE, Atom, Rule
from comity.iris import CO, RDF

_CONSTRUCT = re.compile(r"CONSTRUCT\s*\{(?P<template>[^{}]*)\}\s*WHERE\s*\{", re.IGNORECASE)
Key = tuple[str, str]


def inserting(rule: str, target: str, using: Iterable[str], named: Iterable[str] = ()) -> str:
    """Give a CONSTRUCT as an update that puts what it concludes into a graph.

    >>> inserting("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "urn:a", ["urn:b"])
    'INSERT { GRAPH <urn:a> { ?s ?p ?o } } USING <urn:b> WHERE { ?s ?p ?o }'
    """
    dataset = " ".join([*(f"USING <{one}>" for one in using), *(f"USING NAMED <{one}>" for one in named)])

    def head(found: re.Match[str]) -> str:
        return f"INSERT {{ GRAPH <{target}> {{{found['template']}}} }} {dataset} WHERE {{"

    return _CONSTRUCT.sub(head, rule, count=1)


def axiom(rule: Rule) -> str:
    """Give the rule that an axiom amounts to as a CONSTRUCT."""
    body = " . ".join(map(_pattern, rule.body))
    literal = f" FILTER (!isLiteral({rule.head.subject}))" if _may_be_literal(rule) else ""
    return f"CONSTRUCT {{ {_pattern(rule.head)} }} WHERE {{ {body}{literal} }}"


def _may_be_literal(rule: Rule) -> bool:
    subjects = {atom.subject for atom in rule.body}
    return isinstance(rule.head.subject, Variable) and rule.head.subject not in subjects


def _pattern(atom: Atom) -> str:
    return f"{atom.subject} {atom.predicate} {atom.object}"


def key(atom: Atom) -> Key:
    """Give what an atom's facts are counted under: their class, or their property."""
    return ("class", str(atom.object)) if atom.predicate == TYPE else ("property", str(atom.predicate))


#: How many facts of each class and property a graph holds.
COUNTS = f"""SELECT ?property ?class (COUNT(*) AS ?number) WHERE {{
  {{ ?s ?property ?o . FILTER (?property != <{RDF}type>) BIND ("" AS ?class) }}
  UNION {{ ?s <{RDF}type> ?class . BIND (<{RDF}type> AS ?property) }}
}} GROUP BY ?property ?class"""
#: Tells a fact of which the closure keeps: its property or its class is a term of the ontology.
KEPT = f'(STRSTARTS(STR(?p), "{CO}") || (?p = <{RDF}type> && STRSTARTS(STR(?o), "{CO}")))'
