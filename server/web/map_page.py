"""The map: who recognises an entity on a day, or whom a party recognises; silence drawn as silence."""

import csv
import io
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from comity.questions.lookup import find
from comity.server.http import formats
from comity.server.http.formats import Format, choose
from comity.server.web import atlas, control, coverage, map_drawing, standing
from comity.server.web import frame as pages
from comity.server.web.map_marks import HIDDEN, LEGEND, Mark, Subject, marks
from comity.server.web.reading import Reader, reader

blueprint = Blueprint("map", __name__)
_JSON, _SVG = Format("json", ("application/json",)), Format("svg", ("image/svg+xml",))
FORMS = (formats.HTML, _JSON, formats.CSV, _SVG)


@blueprint.get("/map", strict_slashes=False)
def map_page() -> Response:
    """The map as a page, or its data."""
    form = choose(request.headers.get("Accept"), FORMS, request.args.get("format"))
    subject = _subject(reader())
    if form is _JSON:
        return jsonify(_data(subject))
    if form is formats.CSV:
        return pages.answer(lambda: _csv(subject), form.content_type)
    if form is _SVG:
        return pages.answer(lambda: _alone(subject), form.content_type)
    return pages.page("map.html", lambda: _context(subject))


def _subject(known: Reader) -> Subject:
    by, of = request.args.get("by", "").strip(), request.args.get("of", "").strip()
    party = control.moment().party_iri
    if by or (party and not of):
        return Subject(find(known.store, by, "polity").value if by else str(party), True)
    return Subject(find(known.store, of or "kosovo", "polity").value, False)


def _title(known: Reader, subject: Subject, now: control.Moment) -> str:
    name = known.label(subject.iri)
    return f"Whom {name} recognises, {now.words}" if subject.by else f"Who recognises {name}, {now.words}"


def _context(subject: Subject) -> dict[str, Any]:
    known, now = reader(), control.moment()
    found = marks(known, subject, now)
    groups: dict[str, list[Mark]] = {name: [] for name in LEGEND}
    for mark in found:
        if mark.drawn != HIDDEN:
            groups[mark.group].append(mark)
    points = standing.counts(known, subject.iri, not subject.by)
    days = sorted({day for day, _ in points if day <= control.today()} | {now.day, control.today()})
    title = _title(known, subject, now)
    return {
        "trail": [("Map", None)],
        "subject": subject,
        "name": known.label(subject.iri),
        "title": title,
        "svg": map_drawing.svg(title, found),
        "groups": groups,
        "legend": LEGEND,
        "views": _views(known, found) if now.party and not subject.by else {},
        "days": days,
        "at": days.index(now.day),
        "few": days[:: max(1, len(days) // 10)],
        "drawn": bool(atlas.shapes()),
        "regions": bool(atlas.regions()),
        "contested": known.of_class("DeFactoEntity"),
        "proposals": 0 if subject.by else known.proposals[subject.iri],
        "reach": coverage.of_party(known, subject.iri),
    }


def _views(known: Reader, found: list[Mark]) -> dict[str, list[Mark]]:
    """Give what the party chosen holds of the contested entities: of their own, or a part of which state."""
    views: dict[str, list[Mark]] = {}
    for mark in found:
        if "own" in mark.view:
            words = "A state or polity of its own"
        elif mark.view.get("whom"):
            words = f"No sovereign state, but of {known.label(mark.view['whom'])}"
        elif mark.view:
            words = "Another claim; still hatched"
        elif mark.contested and mark.drawn != HIDDEN:
            words = "Nothing known; still hatched"
        else:
            continue
        views.setdefault(words, []).append(mark)
    return dict(sorted(views.items()))


def _data(subject: Subject) -> dict[str, Any]:
    known, now = reader(), control.moment()
    return {
        "title": _title(known, subject, now),
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
            for mark in marks(known, subject, now)
        },
    }


def _csv(subject: Subject) -> str:
    known, now = reader(), control.moment()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("polity", "iri", "class", "words", "as_of"))
    for mark in marks(known, subject, now):
        writer.writerow((mark.name, mark.iri, LEGEND[mark.group], mark.words, now.day))
    return out.getvalue()


def _alone(subject: Subject) -> str:
    known, now = reader(), control.moment()
    style = "<style>" + render_template("map-alone.css") + "</style>"
    return map_drawing.svg(_title(known, subject, now), marks(known, subject, now), style)
