"""Contradictions: where facts and what follows from them cannot all be true, each with its culprits.

A check is a query in ``queries/checks/`` whose every answer is a contradiction; its header says it in words.
The checks work after any reasoner, name the culprits, and find what owlrl misses (the last member of a
list of different things) and what OWL cannot say (acts that answer each other in a circle).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from comity.iris import BASE, CO


@dataclass(frozen=True, order=True)
class Finding:
    """One contradiction: which check found it, what it says, how to mend it, and the IRIs that take part."""

    check: str
    message: str
    cure: str
    culprits: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".rstrip()


@dataclass(frozen=True)
class Check:
    """A query each of whose answers is a contradiction."""

    name: str
    title: str
    message: str
    cure: str
    query: str

    def finding(self, **culprits: str) -> Finding:
        """Give one answer in words, from the IRI of each of the query's variables, in their order."""
        message = self.message.format(**{name: _short(iri) for name, iri in culprits.items()})
        return Finding(self.name, message, self.cure, tuple(culprits.values()))


@cache
def checks() -> tuple[Check, ...]:
    """Give the checks, by name."""
    folder = files("comity.queries") / "checks"
    paths = sorted(
        (path for path in folder.iterdir() if path.name.endswith(".rq")), key=lambda path: path.name
    )
    return tuple(_check(path.name.removesuffix(".rq"), path.read_text(encoding="utf-8")) for path in paths)


def findings(
    base: Iterable[Triple], inferred: Iterable[Triple], complaints: Iterable[str] = ()
) -> list[Finding]:
    """Give the contradictions in the base and its closure, with the complaints of owlrl that add to them."""
    store = Store()
    for triples in (base, inferred):  # literals take no part in any check
        store.bulk_extend(Quad(*triple) for triple in triples if not isinstance(triple.object, Literal))
    found = {finding for check in checks() for finding in findings_of(check, store)}
    known = {culprit for finding in found for culprit in finding.culprits}
    for complaint in complaints:
        culprits = tuple(dict.fromkeys(re.findall(r"https?://[^\s\"'<>]*[^\s\"'<>.,;)]", complaint)))
        if not culprits or not known.issuperset(culprits):
            found.add(
                Finding("owlrl", complaint.rstrip(".") + ".", "Correct the rows that it names.", culprits)
            )
    return sorted(found)


def _check(name: str, text: str) -> Check:
    header = dict(re.findall(r"^# (title|message|cure): (.+)$", text, re.MULTILINE))
    return Check(name, header["title"], header["message"], header["cure"], text)


def findings_of(check: Check, store: Store) -> list[Finding]:
    """Give the contradictions that one check finds in a store whose default graph holds facts and closure."""
    solutions = store.query(check.query)
    assert isinstance(solutions, QuerySolutions)
    names = [variable.value for variable in solutions.variables]
    return [check.finding(**{name: _iri(solution[name]) for name in names}) for solution in solutions]


def _iri(term: object) -> str:
    return term.value if isinstance(term, NamedNode) else str(term)


def _short(iri: str) -> str:
    """Give the name in the tables of a thing of the catalogue, and a term of the ontology with its prefix."""
    return f"co:{iri.removeprefix(CO)}" if iri.startswith(CO) else iri.removeprefix(BASE)
