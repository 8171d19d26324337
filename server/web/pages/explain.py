"""The explanation of a triple: as a page, as text, as JSON or in PROV-O."""

import json
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, request

from comity.english import capital
from comity.errors import SnapshotError, UnknownError
from comity.explanation.proofs import Proof
from comity.explanation.render import as_json, as_text, as_turtle, together
from comity.iris import BASE, CO
from comity.questions.lookup import folder_of
from comity.questions.statement import read_statement
from comity.server.http.formats import HTML, TURTLE, requested
from comity.server.http.openapi import JSON, MOMENT, TEXT, operation
from comity.server.problems import Problem, unknown
from comity.server.web import render, view_context
from comity.server.web.models import pair
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("reasons", __name__)
FORMS = (HTML, JSON, TURTLE, TEXT)
Fact = tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]
_HINT = "For example subject=north-korea, predicate=recognises, object=donetsk-peoples-republic, as_of=2022-07-14."
#: Properties that are stated only in snapshots.
_PRESENT = {
    "recognises",
    "recognisesExpressly",
    "recognitionFrozen",
    "recognisedBy",
    "maintainsRelationsWith",
    "memberOf",
    "mutuallyRecognises",
}
#: Properties summarised in a sentence before the proof, and whether the subject is the recogniser.
_TOLD = {CO + "recognises": True, CO + "recognisesExpressly": True, CO + "recognisedBy": False}
_PARTIES = ("polity", "organisation")


@blueprint.get("/explain", strict_slashes=False)
@operation("subject", "predicate", "object", "graph", *MOMENT, formats=FORMS)
def explain() -> Response:
    """Explain why a triple holds, down to acts and their sources; or what is missing for it to follow."""
    form = requested(*FORMS)
    given = [request.args.get(name, "").strip() for name in ("subject", "predicate", "object")]
    page = {"trail": [("Why?", None)], "proof": None, "given": given}
    if not all(given):
        if form is HTML:
            return render.page("explain.html", lambda: page)
        raise Problem(
            400, "parameters-missing", "An explanation needs subject, predicate and object.", hint=_HINT
        )
    predicate = given[1] if given[1] == "a" or ":" in given[1] else "co:" + given[1]
    try:
        fact, graph = read_statement(graph_reader().names, given[0], predicate, given[2], _graph())
    except UnknownError as error:
        raise unknown(error, 400, "unknown-term", hint="" if error.near else _HINT) from error
    if form is HTML:
        return render.page("explain.html", lambda: page | _explained(fact, graph))
    write = {JSON: _json, TURTLE: as_turtle, TEXT: as_text}[form]
    return render.answer(lambda: write(_proof(fact, graph)), form.content_type)


def _graph() -> str | None:
    """Return the snapshot containing the triple: the given one, or that of the view for present-tense properties."""
    if named := request.args.get("graph", "").strip():
        return named
    present = request.args.get("predicate", "").rpartition("#")[2].rpartition(":")[2]
    return view_context.current().snapshot if present in _PRESENT else None


def _proof(fact: Fact, graph: ox.NamedNode | None) -> Proof:
    reader = graph_reader()
    try:
        with reader.lock:
            return reader.explainer.explain(fact, graph)
    except SnapshotError as error:
        raise Problem(400, "no-such-snapshot", str(error)) from error


def _json(proof: Proof) -> str:
    return json.dumps(as_json(proof), ensure_ascii=False, indent=1) + "\n"


def _explained(fact: Fact, graph: ox.NamedNode | None) -> dict[str, Any]:
    proof, subject = _proof(fact, graph), fact[0].value
    return {
        "trail": [(graph_reader().label(subject), "/" + subject.removeprefix(BASE)), ("Why?", None)],
        "proof": proof,
        "together": together,
        "given": [_written(term) for term in fact],
        "iris": [term.value for term in fact],
        "steps": sum(1 for _ in proof.walk()),
        **_told(fact, graph),
    }


def _written(term: ox.NamedNode | ox.Literal) -> str:
    """Return a term as a reader would type it in the form: its name, if that is unambiguous."""
    reader, value = graph_reader(), term.value
    if isinstance(term, ox.Literal):
        return value
    if value.startswith(CO):
        return value.removeprefix(CO)
    try:
        name = reader.label(value)
        return name if reader.names.find(name).value == value else value.removeprefix(BASE)
    except UnknownError:
        return value.removeprefix(BASE)


def _told(fact: Fact, graph: ox.NamedNode | None) -> dict[str, Any]:
    """Return what the template shows on recognition before the proof: a sentence, and the acts that it is based on."""
    ends = [fact[0].value, fact[2].value]
    if fact[1].value not in _TOLD or any(
        not one.startswith(BASE) or folder_of(one) not in _PARTIES for one in ends
    ):
        return {"stance": None}
    holder, of = ends if _TOLD[fact[1].value] else ends[::-1]
    reader, now = graph_reader(), view_context.current()
    day = graph.value.removeprefix(BASE + "as-of/")[:10] if graph else now.day
    stance = pair.stance(reader, holder, of, day)
    return {
        "stance": stance,
        "day": day,
        "told": capital(pair.stance_in_words(reader, stance, day < view_context.today())) + ".",
    }
