"""The explanation of a triple: as a page, as text, as JSON or in PROV-O."""

import json
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, request

from comity.errors import SnapshotError, UnknownError
from comity.explanation.proofs import Proof
from comity.explanation.render import as_json, as_text, as_turtle, together
from comity.iris import BASE
from comity.questions.lookup import read_statement
from comity.server.http import formats
from comity.server.http.formats import Format, choose
from comity.server.http.openapi import MOMENT, operation
from comity.server.problems import Problem
from comity.server.web import render, view_context
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("reasons", __name__)
_TEXT = Format("text", ("text/plain",))
_JSON = Format("json", ("application/json",))
FORMS = (formats.HTML, _JSON, formats.TURTLE, _TEXT)
_NAMES = ("subject", "predicate", "object")


@blueprint.get("/explain", strict_slashes=False)
@operation("subject", "predicate", "object", "graph", *MOMENT, formats=FORMS)
def explain() -> Response:
    """Why a triple holds, down to acts and their sources; or what is missing for it to follow."""
    form = choose(request.headers.get("Accept"), FORMS, request.args.get("format"))
    given = [request.args.get(name, "").strip() for name in _NAMES]
    if not all(given):
        if form is formats.HTML:
            return render.page("explain.html", lambda: _frame() | {"proof": None, "given": given})
        raise Problem(
            400, "parameters-missing", "An explanation needs subject, predicate and object.", hint=_HINT
        )
    predicate_text = given[1] if given[1] == "a" or ":" in given[1] else "co:" + given[1]
    try:
        (subject, predicate, value), graph = read_statement(
            graph_reader().names, given[0], predicate_text, given[2], _graph()
        )
    except UnknownError as error:
        raise Problem(400, "unknown-term", str(error), hint=_HINT) from error
    if form is formats.HTML:
        return render.page("explain.html", lambda: _told(subject, predicate, value, graph, given))

    def written() -> str:
        proof = _proof(subject, predicate, value, graph)
        if form is _JSON:
            return json.dumps(as_json(proof), ensure_ascii=False, indent=1) + "\n"
        return as_turtle(proof) if form is formats.TURTLE else as_text(proof)

    return render.answer(written, form.content_type)


_HINT = "For example subject=north-korea, predicate=recognises, object=donetsk-peoples-republic, as_of=2022-07-14."


def _graph() -> str | None:
    """The snapshot that the triple stands in: the one named, else the one of the control where it is set."""
    named = request.args.get("graph", "").strip()
    if named:
        return named
    present = request.args.get("predicate", "").rpartition("#")[2].rpartition(":")[2]
    return view_context.current().snapshot if present in _PRESENT else None


#: Properties that are stated only in graphs of one day.
_PRESENT = {
    "recognises",
    "recognisesExpressly",
    "recognitionFrozen",
    "recognisedBy",
    "maintainsRelationsWith",
    "memberOf",
    "mutuallyRecognises",
}


def _proof(
    subject: ox.NamedNode,
    predicate: ox.NamedNode,
    value: ox.NamedNode | ox.Literal,
    graph: ox.NamedNode | None,
) -> Proof:
    reader = graph_reader()
    try:
        with reader.lock:
            return reader.explainer.explain((subject, predicate, value), graph)
    except SnapshotError as error:
        raise Problem(400, "no-such-snapshot", str(error)) from error


def _frame() -> dict[str, Any]:
    return {"trail": [("Why?", None)], "hint": _HINT}


def _told(
    subject: ox.NamedNode,
    predicate: ox.NamedNode,
    value: ox.NamedNode | ox.Literal,
    graph: ox.NamedNode | None,
    given: list[str],
) -> dict[str, Any]:
    reader = graph_reader()
    proof = _proof(subject, predicate, value, graph)
    name = reader.label(subject.value)
    return {
        "trail": [(name, "/" + subject.value.removeprefix(BASE)), ("Why?", None)],
        "hint": _HINT,
        "proof": proof,
        "together": together,
        "given": given,
        "iris": (subject.value, predicate.value, value.value),
        "steps": sum(1 for _ in proof.walk()),
        "text": as_text(proof),
    }
