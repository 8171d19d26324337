"""The reference for the core of SHACL: pyshacl, with its results in the form that the package has."""

from collections.abc import Iterable

import pyoxigraph as ox
from pyshacl import validate
from rdflib import RDF, SH, Graph, URIRef

from comity import schema
from comity.terms import memory_graph
from comity.validation.report import ValidationResult
from comity.validation.shacl import DATASET


def core() -> list[ox.Triple]:
    """Return the shapes without the constraints in SPARQL, which rdflib takes minutes for."""
    triples = schema.shapes()
    apart = {t.subject for t in triples if t.object == ox.NamedNode(DATASET)}
    return [triple for triple in triples if triple.subject not in apart]


def by_pyshacl(
    triples: Iterable[ox.Triple | ox.Quad], shapes: Iterable[ox.Triple] | None = None
) -> set[ValidationResult]:
    """Return what pyshacl finds in facts and ontology, by default for the core of the shapes."""
    conforms, report, text = validate(
        memory_graph(triples), shacl_graph=memory_graph(shapes or core()), advanced=False, inplace=True
    )
    assert isinstance(report, Graph), text
    found = set()
    for node in () if conforms else report.subjects(RDF.type, SH.ValidationResult):
        focus, value = report.value(node, SH.focusNode), report.value(node, SH.value)
        path = report.value(node, SH.resultPath)
        found.add(
            ValidationResult(
                str(report.value(node, SH.resultSeverity)).rpartition("#")[2],
                tuple(str(one) for one in (focus, value) if isinstance(one, URIRef)),
                str(path) if isinstance(path, URIRef) else None,
                " ".join(sorted(str(message) for message in report.objects(node, SH.resultMessage))),
                str(report.value(node, SH.sourceConstraintComponent)),
            )
        )
    return found
