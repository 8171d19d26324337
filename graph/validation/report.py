"""Validation results and reports, in terms of the tables that the facts came from."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

import pyoxigraph as ox

from comity.errors import MOST_PROBLEMS, ComityError, Problem, shortened
from comity.iris import BASE, CO, RDFS

SH = "http://www.w3.org/ns/shacl#"
SPARQL_COMPONENT = SH + "SPARQLConstraintComponent"
#: The table and line where an entity was entered.
Origin = Mapping[ox.NamedNode, tuple[str, int]]
#: The column of the tables for each property.
_COLUMNS = {
    CO + "edtf": "date",
    CO + "earliest": "date",
    CO + "latest": "date",
    CO + "actor": "actor",
    CO + "object": "object",
    CO + "inResponseTo": "in_response_to",
    CO + "evidence": "evidence",
    CO + "source": "evidence",
    CO + "confidence": "confidence",
    CO + "isoAlpha2": "iso2",
    CO + "isoAlpha3": "iso3",
    CO + "since": "since",
    CO + "until": "until",
    CO + "claimant": "claimant",
    CO + "about": "about",
    CO + "status": "status",
    CO + "ofWhom": "of_whom",
    CO + "topic": "topic",
    CO + "completeness": "completeness",
    CO + "asOf": "as_of",
    CO + "checkedAgainst": "known_total",
    CO + "measure": "measure",
    CO + "among": "among",
    CO + "number": "number",
    CO + "qualifier": "qualifier",
    CO + "published": "source_date",
    CO + "url": "source_url",
    RDFS + "label": "name",
}
_IN_EVIDENCE = re.compile(rf"{re.escape(BASE)}evidence/(.+)/[^/]+")


@dataclass(frozen=True)
class ValidationResult:
    """A result of a constraint, like ``sh:ValidationResult``.

    ``nodes`` are the entities involved: for a SHACL core constraint the focus node, then the value if it is an IRI;
    for a SPARQL constraint the offending node; for a contradiction all entities named in it. ``path`` is the property
    as an IRI, if the shape has one. ``hint`` says how to fix it if the message does not.
    """

    severity: str
    nodes: tuple[str, ...]
    path: str | None
    message: str
    component: str = SPARQL_COMPONENT
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()

    def problem(self, origin: Origin) -> Problem:
        """Return the result as a problem in the row of the first of its nodes that came from a table."""
        column = _COLUMNS.get(self.path or "")
        for node in self.nodes:
            if place := _place(node, origin):
                return Problem(*place, column, self.message, self.hint)
        where = self.nodes[0].removeprefix(BASE) if self.nodes else "the facts"
        return Problem(where, None, column, self.message, self.hint)


class ValidationError(ComityError):
    """Facts violate a shape or contradict each other: ``problems`` lists rows, ``results`` nodes, 1,000 at most."""

    def __init__(self, problems: list[Problem], results: Iterable[ValidationResult]) -> None:
        self.problems = shortened(problems)
        super().__init__("\n".join(map(str, self.problems)))
        self.results = list(islice(results, MOST_PROBLEMS))


@dataclass
class ValidationReport:
    """A validation report.

    ``origin`` maps each entity to the row it came from; ``remarks`` are warnings from reading the tables, before any
    shape was checked.
    """

    results: frozenset[ValidationResult] = frozenset()
    origin: Origin = field(default_factory=dict)
    remarks: list[Problem] = field(default_factory=list)

    @property
    def warnings(self) -> list[Problem]:
        """Return the warnings, each with its row, without duplicates."""
        warned = self._problems(result for result in self.results if result.severity != "Violation")
        return list(dict.fromkeys([*self.remarks, *warned]))

    def raise_on_violation(self) -> "ValidationReport":
        """Return the report itself if it contains no violation.

        :raises ValidationError: if there is a result of severity Violation.
        """
        violations = sorted((result for result in self.results if result.severity == "Violation"), key=repr)
        if violations:
            raise ValidationError(self._problems(violations), violations)
        return self

    def _problems(self, results: Iterable[ValidationResult]) -> list[Problem]:
        return sorted({result.problem(self.origin) for result in results}, key=str)


def _place(node: str, origin: Origin) -> tuple[str, int] | None:
    if not node.startswith("http"):
        return None
    place = origin.get(ox.NamedNode(node))
    if place is None and (evidence := _IN_EVIDENCE.fullmatch(node)):
        place = origin.get(ox.NamedNode(BASE + evidence[1]))
    return place
