"""The shapes' constraints in SPARQL, evaluated by Oxigraph.

A constraint that speaks of the whole dataset is written set-wise: its one target is the dataset, and its
SELECT gives each culprit as ``?value`` (SHACL, section 5). rdflib takes minutes for such queries over the real
facts where Oxigraph takes milliseconds; pyshacl stays the reference, and a test holds both to the same results.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from comity.iris import BASE

_SH = "http://www.w3.org/ns/shacl#"
DATASET = ox.NamedNode(BASE + "dataset")
_CONSTRAINTS = f"""
PREFIX sh: <{_SH}>
SELECT ?shape ?select ?message ?severity ?prefixes WHERE {{
  ?shape sh:targetNode <{DATASET.value}> ; sh:sparql ?constraint .
  ?constraint sh:select ?select .
  OPTIONAL {{ ?constraint sh:message ?own }}
  OPTIONAL {{ ?shape sh:message ?shared }}
  OPTIONAL {{ ?shape sh:severity ?severity }}
  OPTIONAL {{ ?constraint sh:prefixes ?prefixes }}
  BIND (COALESCE(?own, ?shared, "") AS ?message)
}}"""
_DECLARED = (
    f"PREFIX sh: <{_SH}> SELECT ?p ?n WHERE {{ ?x sh:declare ?d . ?d sh:prefix ?p ; sh:namespace ?n }}"
)


@dataclass(frozen=True)
class Breach:
    """A culprit that a constraint found."""

    severity: str
    value: ox.NamedNode | ox.BlankNode | ox.Literal
    message: str


def core(shapes: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Give the shapes without those that only carry a set-wise constraint: what is left for pyshacl."""
    triples = list(shapes)
    apart = {
        triple.subject
        for triple in triples
        if triple.predicate.value == _SH + "targetNode" and triple.object == DATASET
    }
    return [triple for triple in triples if triple.subject not in apart]


@dataclass(frozen=True)
class Constraint:
    """A set-wise constraint, ready to run: the shape it stands in, its query, its message and severity."""

    shape: str
    select: str
    message: str
    severity: str


def compiled(shapes: Iterable[ox.Triple]) -> list[tuple[Constraint, dict[str, str]]]:
    """Give the set-wise constraints among the shapes, each with the prefixes of its query."""
    schema = ox.Store()
    schema.extend(ox.Quad(*triple) for triple in shapes)
    prefixes = {row["p"].value: row["n"].value for row in _rows(schema, _DECLARED)}
    found = []
    for row in _rows(schema, _CONSTRAINTS):
        severity = row["severity"].value.removeprefix(_SH) if row["severity"] else "Violation"
        select = row["select"].value.replace("$this", "?this")
        found.append((Constraint(row["shape"].value, select, row["message"].value, severity), prefixes))
    return found


def breaches(facts: ox.Store, shapes: Iterable[ox.Triple]) -> Iterator[Breach]:
    """Give every culprit of every set-wise constraint; ``facts`` holds facts and ontology in its default graph."""
    for constraint, prefixes in compiled(shapes):
        yield from broken(facts, constraint, prefixes)


def broken(facts: ox.Store, constraint: Constraint, prefixes: dict[str, str]) -> Iterator[Breach]:
    """Give every culprit of one constraint."""
    for row in _rows(facts, constraint.select, prefixes):
        if row["value"] is not None:
            yield Breach(constraint.severity, row["value"], _filled(constraint.message, row))


def _rows(store: ox.Store, query: str, prefixes: dict[str, str] | None = None) -> Iterator[ox.QuerySolution]:
    solutions = store.query(query, prefixes=prefixes)
    assert isinstance(solutions, ox.QuerySolutions)
    return iter(solutions)


def _filled(message: str, row: ox.QuerySolution) -> str:
    """Put the values of a solution into the message (SHACL, section 5.3.2)."""

    def value(name: re.Match[str]) -> str:
        try:
            term = row[name[1]]
        except KeyError:
            return name[0]
        return "" if term is None else str(getattr(term, "value", term)).removeprefix(BASE)

    return re.sub(r"\{[?$](\w+)\}", value, message)
