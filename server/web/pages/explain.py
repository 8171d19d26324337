"""The explanation of a triple: as a page, as text, as JSON or in PROV-O."""

import json
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, request

from comity.errors import SnapshotError
from comity.explanation import telling
from comity.explanation.proofs import Proof
from comity.iris import BASE, CO, PREFIXES
from comity.questions.lookup import find
from comity.server.http import formats
from comity.server.http.formats import Format, choose
from comity.server.problems import Problem
from comity.server.web import render, view_context
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("reasons", __name__)
_TEXT = Format("text", ("text/plain",))
_JSON = Format("json", ("application/json",))
FORMS = (formats.HTML, _JSON, formats.TURTLE, _TEXT)
_NAMES = ("subject", "predicate", "object")


@blueprint.get("/explain", strict_slashes=False)
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
    subject, predicate, value = _term(given[0]), _predicate(given[1]), _term(given[2])
    if not isinstance(subject, ox.NamedNode):
        raise Problem(400, "bad-subject", "A subject is a thing, not a text.", hint=_HINT)
    graph = _graph()
    if form is formats.HTML:
        return render.page("explain.html", lambda: _told(subject, predicate, value, graph, given))

    def written() -> str:
        proof = _proof(subject, predicate, value, graph)
        if form is _JSON:
            return json.dumps(telling.as_json(proof), ensure_ascii=False, indent=1) + "\n"
        return telling.as_turtle(proof) if form is formats.TURTLE else telling.as_text(proof)

    return render.answer(written, form.content_type)


_HINT = "For example subject=north-korea, predicate=recognises, object=donetsk-peoples-republic, as_of=2022-07-14."


def _term(text: str) -> ox.NamedNode | ox.Literal:
    if text.startswith('"'):
        body, mark, tail = text[1:].rpartition('"')
        if mark and tail.startswith("@"):
            return ox.Literal(body, language=tail[1:])
        if mark and tail.startswith("^^"):
            return ox.Literal(body, datatype=_predicate(tail[2:].strip("<>")))
        return ox.Literal(body)
    prefix, colon, rest = text.strip("<>").partition(":")
    if colon and prefix in PREFIXES:
        return ox.NamedNode(PREFIXES[prefix] + rest)
    if text.strip("<>").startswith(("http://", "https://")):
        return _predicate(text.strip("<>"))
    return find(graph_reader().store, text)


def _predicate(text: str) -> ox.NamedNode:
    prefix, colon, rest = text.partition(":")
    iri = PREFIXES[prefix] + rest if colon and prefix in PREFIXES else text
    if "://" not in iri:
        iri = CO + iri
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise Problem(400, "not-an-iri", f"{text[:100]!r} is no IRI.", hint=_HINT) from error


def _graph() -> ox.NamedNode | None:
    """The snapshot that the triple stands in: the one named, else the one of the control where it is set."""
    named = request.args.get("graph", "").strip()
    if named:
        return _predicate(named if "://" in named else BASE + named)
    present = request.args.get("predicate", "").rpartition("#")[2].rpartition(":")[2]
    return ox.NamedNode(view_context.current().snapshot) if present in _PRESENT else None


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
        "text": telling.as_text(proof),
    }


def together(premises: tuple[Proof, ...]) -> list[tuple[Proof, str]]:
    """Give the premises with their sentences, what is asserted of one thing from the same sources as one."""
    told: dict[object, tuple[Proof, str]] = {}
    for place, premise in enumerate(premises):
        key = (premise.about, premise.reason, premise.citations) if premise.about else place
        if key in told:
            more = premise.sentence.removeprefix(premise.about).removeprefix(" — ").strip()
            told[key] = told[key][0], f"{told[key][1]}; {more}"
        else:
            told[key] = premise, premise.sentence
    return list(told.values())
