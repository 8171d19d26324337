"""The page of the map: who recognises an entity on a day, or whom a party recognises."""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from comity.server.http.formats import CSV, HTML, Format, requested
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.web import render, view_context
from comity.server.web.figures import basemap
from comity.server.web.figures.map import HIDDEN, LEGEND, Mark, Subject, marks, svg
from comity.server.web.models import recognition, records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("map", __name__)
SVG = Format("svg", ("image/svg+xml",))
FORMS = (HTML, JSON, CSV, SVG)


@blueprint.get("/map", strict_slashes=False)
@operation("of", "by", *MOMENT, formats=FORMS)
def map_page() -> Response:
    """Return the map as a page, or its data."""
    form = requested(*FORMS)
    subject = _subject(graph_reader())
    if form is JSON:
        return jsonify(_data(subject))
    if form is CSV:
        return render.answer(lambda: _csv(subject), form.content_type)
    if form is SVG:
        return render.answer(lambda: _alone(subject), form.content_type)
    return render.page("map.html", lambda: _context(subject))


def _subject(reader: GraphReader) -> Subject:
    by, of = request.args.get("by", "").strip(), request.args.get("of", "").strip()
    party = view_context.current().party_iri
    if by or (party and not of):
        return Subject(reader.names.find(by, "polity").value if by else str(party), True)
    return Subject(reader.names.find(of or "kosovo", "polity").value, False)


def _title(reader: GraphReader, subject: Subject, now: view_context.ViewContext) -> str:
    name = reader.label(subject.iri)
    return f"Whom {name} recognises, {now.words}" if subject.by else f"Who recognises {name}, {now.words}"


def _context(subject: Subject) -> dict[str, Any]:
    reader, now = graph_reader(), view_context.current()
    found = marks(reader, subject, now)
    groups: dict[str, list[Mark]] = {name: [] for name in LEGEND}
    for mark in found:
        if mark.drawn != HIDDEN:
            groups[mark.group].append(mark)
    points = recognition.counts(reader, subject.iri, not subject.by)
    days = sorted({day for day, _ in points if day <= view_context.today()} | {now.day, view_context.today()})
    title = _title(reader, subject, now)
    return {
        "trail": [("Map", None)],
        "subject": subject,
        "name": reader.label(subject.iri),
        "title": title,
        "svg": svg(title, found),
        "groups": groups,
        "legend": LEGEND,
        "views": _views(reader, found) if now.party and not subject.by else {},
        "days": days,
        "at": days.index(now.day),
        "few": days[:: max(1, len(days) // 10)],
        "drawn": bool(basemap.shapes()),
        "regions": bool(basemap.regions()),
        "contested": reader.of_class("DeFactoEntity"),
        "proposals": 0 if subject.by else reader.proposals[subject.iri],
        "reach": records.reach(reader, records.acts_of(reader, subject.iri)),
    }


def _views(reader: GraphReader, found: list[Mark]) -> dict[str, list[Mark]]:
    """Return the contested entities by what the party chosen holds them to be, in words for the list."""
    views: dict[str, list[Mark]] = {}
    for mark in found:
        if "own" in mark.view:
            words = "A state or polity of its own"
        elif mark.view.get("contradictory"):
            words = "Contradictory: recognised, and held not to be a sovereign state; still hatched"
        elif mark.view.get("whom"):
            words = f"Not a sovereign state, but a part of {reader.label(mark.view['whom'])}"
        elif mark.view:
            words = "Another claim; still hatched"
        elif mark.contested and mark.drawn != HIDDEN:
            words = "Nothing known; still hatched"
        else:
            continue
        views.setdefault(words, []).append(mark)
    return dict(sorted(views.items()))


def _data(subject: Subject) -> dict[str, Any]:
    reader, now = graph_reader(), view_context.current()
    return {
        "title": _title(reader, subject, now),
        "day": now.day,
        "words": now.words,
        "polities": {
            mark.id: {
                "name": mark.name,
                "class": mark.group,
                "colour": mark.colour or mark.group,
                "words": mark.words,
                "drawn": mark.drawn,
            }
            for mark in marks(reader, subject, now)
        },
    }


def _csv(subject: Subject) -> str:
    reader, now = graph_reader(), view_context.current()
    rows = [
        (mark.name, mark.iri, LEGEND[mark.group], mark.words, now.day) for mark in marks(reader, subject, now)
    ]
    return render.csv_text(("polity", "iri", "class", "words", "as_of"), rows)


def _alone(subject: Subject) -> str:
    reader, now = graph_reader(), view_context.current()
    style = "<style>" + render_template("map-alone.css") + "</style>"
    return svg(_title(reader, subject, now), marks(reader, subject, now), style)
