"""A refused change as the client reads it: text, JSON (problem details), HTML or a SHACL validation report."""

import json
from typing import Any

from flask import Response, render_template, request
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from comity.iris import PREFIXES, RDF
from comity.server.processes.client import ChangeRejected

_SH = "http://www.w3.org/ns/shacl#"
_TYPE = NamedNode(RDF + "type")
_FORMS = ("application/problem+json", "application/json", "text/turtle", "text/plain", "text/html")


def answer(problem: ChangeRejected) -> Response:
    """Give the report of a refusal, with status 422."""
    kind = request.accept_mimetypes.best_match(_FORMS, "application/problem+json")
    if kind == "text/turtle":
        body: str | bytes = as_turtle(problem.more)
    elif kind == "text/plain":
        body = as_text(problem)
    elif kind == "text/html":
        body = render_template("refused.html", problem=problem)
    else:
        kind = "application/problem+json"
        body = json.dumps(problem.document(), ensure_ascii=False) + "\n"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    response = Response(body, problem.status, content_type=f"{kind}{charset}")
    response.headers["Cache-Control"] = "no-store"
    response.headers.add("Vary", "Accept")
    return response


def as_text(problem: ChangeRejected) -> str:
    """Give the report as lines of text."""
    lines = [problem.detail, *(one["text"] for one in problem.more["problems"])]
    return "\n".join(lines) + "\n"


def as_turtle(report: dict[str, Any]) -> bytes:
    """Give the report as a sh:ValidationReport.

    What was refused without a shape (rows that cannot be read, contradictions) becomes a result too, with
    its place in the message.
    """
    node = BlankNode()
    triples = [
        Triple(node, _TYPE, _sh("ValidationReport")),
        Triple(node, _sh("conforms"), Literal(False)),
    ]
    findings = report["findings"] or [
        {"severity": "Violation", "nodes": [], "path": None, "message": one["text"], "component": None}
        for one in report["problems"]
    ]
    for finding in findings:
        triples += _result(node, finding)
    return serialize(triples, format=RdfFormat.TURTLE, prefixes=PREFIXES) or b""


def _result(report: BlankNode, finding: dict[str, Any]) -> list[Triple]:
    node = BlankNode()
    component = finding["component"] or _SH + "SPARQLConstraintComponent"
    said = [
        Triple(report, _sh("result"), node),
        Triple(node, _TYPE, _sh("ValidationResult")),
        Triple(node, _sh("resultSeverity"), _sh(finding["severity"])),
        Triple(node, _sh("resultMessage"), Literal(finding["message"], language="en")),
        Triple(node, _sh("sourceConstraintComponent"), NamedNode(component)),
    ]
    names = ("focusNode", "value")
    said += [
        Triple(node, _sh(name), NamedNode(iri)) for name, iri in zip(names, finding["nodes"], strict=False)
    ]
    if finding["path"]:
        said.append(Triple(node, _sh("resultPath"), NamedNode(finding["path"])))
    return said


def _sh(name: str) -> NamedNode:
    return NamedNode(_SH + name)
