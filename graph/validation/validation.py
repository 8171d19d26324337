"""The gate: facts pass the shapes and stay free of contradictions, or are refused with a report.

The shapes' constraints in SPARQL are run by Oxigraph and their core by :mod:`..bulk.census`, both held to pyshacl by
tests. What it finds is told in the terms of the tables: which
table, row and column, what is wrong, and how to mend it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from comity import schema
from comity.errors import Problem, RefusedError
from comity.iris import BASE, CO, PROPOSALS, PROVENANCE, RDFS
from comity.tables.load import Facts
from comity.terms import memory_graph
from comity.validation.consistency import Finding as Contradiction
from comity.validation.consistency import findings
from comity.validation.constraints import Breach, breaches, core
from comity.validation.shapes import read_shapes

#: The column of the tables where a property is written.
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
    CO + "published": "source_date",
    CO + "url": "source_url",
    RDFS + "label": "name",
}
_IN_EVIDENCE = re.compile(rf"{re.escape(BASE)}evidence/(.+)/[^/]+")


@dataclass
class Verdict:
    """What the gate found: warnings that let the facts pass. What does not pass is raised."""

    origin: dict[ox.NamedNode, tuple[str, int]]
    warnings: list[Problem] = field(default_factory=list)
    report: str = ""

    def settle(self, results: Iterable["Result"]) -> None:
        """Take in what the shapes found.

        :raises RefusedError: when a shape of severity Violation is broken.
        """
        violations: list[Problem] = []
        for severity, nodes, path, message in results:
            problem = self.problem(nodes, path, message)
            (violations if severity == "Violation" else self.warnings).append(problem)
        if violations:
            raise RefusedError(sorted(set(violations), key=str))
        self.warnings = list(dict.fromkeys(self.warnings))

    def check_consistency(
        self, base: Iterable[ox.Triple], inferred: Iterable[ox.Triple], complaints: Iterable[str] = ()
    ) -> None:
        """Refuse facts whose closure holds a contradiction.

        :param complaints: the contradictions that owlrl reported, where it was the reasoner.
        :raises RefusedError: naming the rows of the things that take part.
        """
        self.refuse_contradictions(findings(base, inferred, complaints))

    def refuse_contradictions(self, found: Iterable[Contradiction]) -> None:
        """Refuse facts in which contradictions were found.

        :raises RefusedError: naming the rows of the things that take part, when there are any.
        """
        problems = []
        for finding in found:
            nodes = [ox.NamedNode(iri) for iri in finding.culprits if iri.startswith("http")]
            problems.append(self.problem(nodes, None, finding.message, finding.cure))
        if problems:
            raise RefusedError(problems)

    def problem(self, nodes: list[ox.NamedNode], path: str | None, message: str, cure: str = "") -> Problem:
        """Give a problem placed at the row of the first of these nodes that came from a table."""
        column = _COLUMNS.get(path or "")
        for node in nodes:
            if place := self._place(node):
                return Problem(*place, column, message, cure)
        where = nodes[0].value.removeprefix(BASE) if nodes else "the facts"
        return Problem(where, None, column, message, cure)

    def _place(self, node: ox.NamedNode) -> tuple[str, int] | None:
        if node in self.origin:
            return self.origin[node]
        if evidence := _IN_EVIDENCE.fullmatch(node.value):
            return self.origin.get(ox.NamedNode(BASE + evidence[1]))
        return None


def validate(facts: Facts) -> Verdict:
    """Hold facts against the shapes; give the warnings.

    :raises RefusedError: when a shape of severity Violation is broken.
    """
    accepted = [quad for quad in facts.quads if quad.graph_name not in (PROPOSALS, PROVENANCE)]
    verdict = Verdict(facts.origin, list(facts.warnings))
    verdict.settle(shacl_results(accepted))
    return verdict


Result = tuple[str, list[ox.NamedNode], str | None, str]


def shacl_results(triples: Iterable[ox.Triple | ox.Quad]) -> list[Result]:
    """Give what the shapes find in the triples: severity, culprits (the first is the place), path, message."""
    facts = [*(ox.Quad(item.subject, item.predicate, item.object) for item in triples)]
    facts += [ox.Quad(*triple) for triple in schema.ontology()]
    store = ox.Store()
    store.bulk_extend(facts)
    results = [result_of(breach) for breach in breaches(store, schema.shapes())]
    results += core_results(facts)
    return sorted(results, key=str)


def result_of(breach: Breach) -> Result:
    """Give the breach of a constraint as a result of the shapes."""
    nodes = [breach.value] if isinstance(breach.value, ox.NamedNode) else []
    return (breach.severity, nodes, None, breach.message)


def core_results(facts: Iterable[ox.Quad]) -> Iterator[Result]:
    """Give what the core of the shapes finds in facts together with the ontology."""
    from comity.bulk.census import Census  # numpy costs a tenth of a second to import
    from comity.bulk.columns import Columns

    columns = Columns()
    columns.add_triples(facts)
    return Census(columns).results(read_shapes(core(schema.shapes())))


def core_results_of_pyshacl(facts: Iterable[ox.Quad]) -> Iterator[Result]:
    """Give the same as :func:`core_results` by the reference engine, which takes a hundred times as long."""
    from pyshacl import validate as shacl
    from rdflib import RDF, SH, Graph, URIRef

    conforms, report, text = shacl(
        memory_graph(facts), shacl_graph=memory_graph(core(schema.shapes())), advanced=False, inplace=True
    )
    if not isinstance(report, Graph):
        raise RuntimeError(f"pyshacl could not apply the shapes: {text}")
    for node in () if conforms else report.subjects(RDF.type, SH.ValidationResult):
        focus, value = report.value(node, SH.focusNode), report.value(node, SH.value)
        severity = str(report.value(node, SH.resultSeverity)).rpartition("#")[2]
        path = report.value(node, SH.resultPath)
        nodes = [ox.NamedNode(str(culprit)) for culprit in (focus, value) if isinstance(culprit, URIRef)]
        messages = sorted(str(message) for message in report.objects(node, SH.resultMessage))
        yield severity, nodes, str(path) if isinstance(path, URIRef) else None, " ".join(messages)
