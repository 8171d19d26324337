"""Contradictions: facts and inferences that cannot all be true.

A check is a query in ``queries/checks/`` whose every answer is a contradiction; its header describes it in words. The
checks work after any reasoner, name all entities involved, and find what owlrl misses (the last member of a list of
different individuals) and what OWL cannot express (acts that respond to each other in a circle).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pyoxigraph as ox

from comity.iris import BASE, CO, OWL, TYPE
from comity.schema import ontology, select
from comity.validation.report import ValidationResult

#: The namespace of constraint components: the name of a check follows it.
CHECK = BASE + "check/"
_DISJOINT = ox.NamedNode(OWL + "propertyDisjointWith")
_CONSTRAINED = (ox.NamedNode(OWL + "AsymmetricProperty"), ox.NamedNode(OWL + "IrreflexiveProperty"))


@dataclass(frozen=True)
class Check:
    """A query whose every answer is a contradiction: its variables are the entities involved."""

    name: str
    title: str
    message: str
    hint: str
    query: str

    def results(self, store: ox.Store) -> list[ValidationResult]:
        """Return the contradictions that the check finds in the default graph of a store."""
        solutions = select(store, self.query)
        names = [variable.value for variable in solutions.variables]
        return [self._result({name: _iri(row[name]) for name in names}) for row in solutions]

    def _result(self, nodes: dict[str, str]) -> ValidationResult:
        message = self.message.format(**{name: _short(iri) for name, iri in nodes.items()})
        return ValidationResult(
            "Violation", tuple(nodes.values()), None, message, CHECK + self.name, self.hint
        )


@cache
def checks() -> tuple[Check, ...]:
    """Return the checks, by name."""
    texts = {
        entry.name.removesuffix(".rq"): entry.read_text(encoding="utf-8")
        for entry in (files("comity.queries") / "checks").iterdir()
        if entry.name.endswith(".rq")
    }
    return tuple(_check(name, texts[name]) for name in sorted(texts))


@cache
def bearing_on_checks() -> frozenset[ox.NamedNode]:
    """Return the predicates that the checks depend on: those they name, and those their axioms are about.

    A check names a predicate in its text, or has a variable for one that the ontology declares asymmetric,
    irreflexive, or disjoint with another.
    """
    predicates = {TYPE, ox.NamedNode(OWL + "sameAs"), ox.NamedNode(OWL + "differentFrom")}
    for check in checks():
        predicates |= {ox.NamedNode(CO + name) for name in re.findall(r"\bco:(\w+)", check.query)}
    for subject, predicate, value in ontology():
        if predicate == _DISJOINT:
            predicates |= {subject, value}
        elif predicate == TYPE and value in _CONSTRAINED:
            predicates.add(subject)
    return frozenset(predicates)


def check_consistency(store: ox.Store, complaints: Iterable[str] = ()) -> frozenset[ValidationResult]:
    """Return the contradictions in facts and their closure.

    :param store: ontology, facts and closure, in the default graph.
    :param complaints: the reports of owlrl, if it was the reasoner; redundant ones are omitted.
    """
    found = {result for check in checks() for result in check.results(store)}
    known = {node for result in found for node in result.nodes}
    for complaint in complaints:
        nodes = tuple(dict.fromkeys(re.findall(r"https?://[^\s\"'<>]*[^\s\"'<>.,;)]", complaint)))
        if not nodes or not known.issuperset(nodes):
            message = complaint.rstrip(".") + "."
            hint = "Correct the rows it names."
            found.add(ValidationResult("Violation", nodes, None, message, CHECK + "owlrl", hint))
    return frozenset(found)


def _check(name: str, text: str) -> Check:
    header = dict(re.findall(r"^# (title|message|cure): (.+)$", text, re.MULTILINE))
    return Check(name, header["title"], header["message"], header["cure"], text)


def _iri(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _short(iri: str) -> str:
    """Return the id of a catalogued entity as in the tables, or a term of the ontology with its prefix."""
    return f"co:{iri.removeprefix(CO)}" if iri.startswith(CO) else iri.removeprefix(BASE)
