"""The page of a pair: whether two parties recognise each other, since when, and what passed between them."""

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request

from comity.edtf import in_words
from comity.english import capital
from comity.errors import UnknownError
from comity.iris import identifier
from comity.server.http.formats import CSV, HTML, PARQUET, requested
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.problems import Problem, unknown
from comity.server.web import render, view_context
from comity.server.web.models import pair, records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("between", __name__)
FORMS = (HTML, JSON, CSV, PARQUET)
#: The number of acts on the page; the files have all.
MOST = 150


@blueprint.get("/between", strict_slashes=False)
@operation("one", "other", *MOMENT)
def ask() -> Response:
    """Return the page of two parties if given, or the form for choosing them."""
    one, other = (request.args.get(name, "").strip() for name in ("one", "other"))
    if not (one and other):
        return render.page(
            "between-form.html", lambda: {"one": one, "other": other, "trail": [("Two parties", None)]}
        )
    return _moved(*_found(graph_reader(), one, other))


@blueprint.get("/between/<one>/<other>")
@operation(*MOMENT, formats=FORMS)
def between(one: str, other: str) -> Response:
    """Return the positions of two parties on each other on a day, or the acts between them."""
    reader = graph_reader()
    form = requested(*FORMS)
    first, second = _found(reader, one, other)
    if (one, other) != (identifier(first), identifier(second)):
        return _moved(first, second)
    if form is HTML:
        return render.page("between.html", lambda: context(reader, first, second))
    if form in (CSV, PARQUET):
        return render.table(lambda: _table(_acts(reader, first, second)), form)
    return jsonify(document(reader, first, second))


def _found(reader: GraphReader, one: str, other: str) -> tuple[str, str]:
    """Return the IRIs of two parties by their ids or names.

    :raises Problem: if one of them is unknown, or both are the same.
    """
    try:
        first, second = (reader.names.find(name, "party").value for name in (one, other))
    except UnknownError as error:
        raise unknown(error, 404, "unknown-party") from error
    if first == second:
        raise Problem(400, "same-party", f"{reader.label(first)} is named twice.", hint="Name two parties.")
    return first, second


def _moved(first: str, second: str) -> Response:
    return redirect(view_context.between(first, second), 303)  # type: ignore[return-value]


def _of(reader: GraphReader, first: str, second: str) -> tuple[pair.Pair, str]:
    """Return a pair and its day."""
    day = day_of(reader, (first, second))
    return pair.pair(reader, first, second, day), day


def _acts(reader: GraphReader, first: str, second: str) -> list[records.Act]:
    """Return the acts between two parties, preceded by those of their predecessor states."""
    found = _of(reader, first, second)[0]
    return [*found.acts_before, *found.acts]


def day_of(reader: GraphReader, parties: tuple[str, str]) -> str:
    """Return the day for a pair: that in the address, or else today, or the last day on which both existed."""
    now = view_context.current()
    return now.day if now.given else pair.last_day(reader, parties, now.day)


def context(reader: GraphReader, first: str, second: str) -> dict[str, Any]:
    """Return what the template of a pair shows."""
    found, day = _of(reader, first, second)
    return {
        "trail": [("Two parties", "/between"), (f"{reader.label(first)} and {reader.label(second)}", None)],
        "pair": found,
        "day": in_words(day),
        "dated": day != view_context.today(),
        "past": day < view_context.today(),
        "explained": day == view_context.current().day,
        "names": (reader.label(first), reader.label(second)),
        "ids": (identifier(first), identifier(second)),
        "lead": pair.lead(reader, found, day < view_context.today()),
        "lives": [
            f"{capital(reader.named(iri))} {listed}."
            for iri in (first, second)
            if (listed := records.listed(reader.thing(iri), day, view_context.today()))
        ],
        "sparql": _sparql(found),
        "acts": found.acts[-MOST:],
        "acts_before": found.acts_before[-MOST:],
    }


def _sparql(found: pair.Pair) -> str:
    """Return the query for the acts between two parties and between their predecessor states."""
    own = [(found.one, found.other), (found.other, found.one)]
    sides = dict.fromkeys([*own, *((act.actor, act.object) for act in found.acts_before)])
    values = " ".join(f"(<{actor}> <{object_}>)" for actor, object_ in sides)
    return f"""SELECT ?date ?label ?act WHERE {{
  VALUES (?actor ?object) {{ {values} }}
  ?act co:actor ?actor ; co:object ?object ; co:edtf ?date ; rdfs:label ?label
}} ORDER BY ?date"""


def document(reader: GraphReader, first: str, second: str) -> dict[str, Any]:
    """Return the positions of two parties on each other on a day as JSON."""
    found, day = _of(reader, first, second)
    return {
        "day": day,
        "parties": [first, second],
        "sentence": pair.lead(reader, found, day < view_context.today()),
        "recognition": [_stance(one) for one in found.stances],
        "relations": [
            {
                "state": span.state,
                "since": span.began.edtf if span.began else span.interval.start[0],
                "until": span.ended.edtf if span.ended else None,
                "inForce": span in found.now,
            }
            for span in found.relations
        ],
        "missions": [{"act": one.act.iri, "office": one.office or None} for one in found.missions],
        "envoys": [
            {"office": one.iri, "of": one.of, "to": one.to, "attested": one.attested} for one in found.envoys
        ],
        "sharedOrganisations": found.shared,
        "acts": [
            {
                "date": act.edtf,
                "sentence": act.sentence,
                "act": act.iri,
                "sources": [one.iri for one in act.sources],
            }
            for act in (*found.acts_before, *found.acts)
        ],
    }


def _stance(one: pair.Stance) -> dict[str, Any]:
    return {
        "recogniser": one.holder,
        "recognised": one.of,
        "recognises": one.recognises,
        "basis": one.standing.basis if one.standing else None,
        "since": one.standing.edtf if one.standing else None,
        "ended": one.ending.edtf if one.ending else None,
        "frozen": bool(one.frozen),
        "claim": one.claim.status if one.claim else None,
        "shortOfRecognition": one.short.iri if one.short else None,
    }


def _table(acts: list[records.Act]) -> render.Table:
    columns = ("date", "kind", "actor", "object", "sentence", "note", "sources", "act")
    rows = [
        (
            act.edtf,
            act.kind,
            identifier(act.actor),
            identifier(act.object),
            act.sentence,
            act.note,
            " ".join(one.url or one.iri for one in act.sources),
            act.iri,
        )
        for act in acts
    ]
    return columns, rows
