"""What pyshacl finds in Turtle, each result with the name of its shape."""

from typing import NamedTuple

from pyshacl import validate
from rdflib import RDF, SH, Graph
from rdflib.term import Node

from . import files

TEST = "https://w3id.org/comity/test/"


class Finding(NamedTuple):
    shape: str
    culprit: str
    severity: str
    message: str


def findings(data: Graph) -> set[Finding]:
    """Validate the data together with the ontology; the culprit of a set-wise constraint is its value."""
    shapes = files.read("shapes.ttl")
    _, report, text = validate(
        files.together(files.read("comity.ttl"), data), shacl_graph=files.together(shapes), inplace=True
    )
    assert isinstance(report, Graph), text
    found = set()
    for node in report.subjects(RDF.type, SH.ValidationResult):
        focus, value = report.value(node, SH.focusNode), report.value(node, SH.value)
        culprit = value if str(focus) == "https://w3id.org/comity/dataset" else focus
        severity = str(report.value(node, SH.resultSeverity)).rpartition("#")[2]
        shape = _name(shapes, report, report.value(node, SH.sourceShape), report.value(node, SH.resultPath))
        message = str(report.value(node, SH.resultMessage))
        found.add(Finding(shape, str(culprit).replace(TEST, ""), severity, message))
    return found


def _name(shapes: Graph, report: Graph, shape: Node | None, path: Node | None) -> str:
    """Name a shape, or a nameless property shape by its path."""
    local = str(shape).rpartition("#")[2]
    return local if (shape, RDF.type, SH.NodeShape) in shapes or str(shape).startswith("http") else _end(path)


def _end(path: Node | None) -> str:
    return str(path).replace("#", "/").rpartition("/")[2]
