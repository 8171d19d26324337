"""The map: who recognises an entity on a day, or whom a party recognises; silence drawn as silence."""

import csv
import io
from dataclasses import dataclass
from html import escape
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from comity.graph.answers.lookup import find
from comity.graph.vocabulary.names import BASE

from ..http import formats
from ..http.formats import Format, choose
from . import atlas, control, coverage, projection, records, stances, standing
from . import frame as pages
from .reading import Reader, Row, reader

blueprint = Blueprint("map", __name__)
_JSON, _SVG = Format("json", ("application/json",)), Format("svg", ("image/svg+xml",))
FORMS = (formats.HTML, _JSON, formats.CSV, _SVG)
#: How each class of the map is called in its legend, in their order there.
LEGEND = {
    "self": "the entity itself",
    "yes": "recognises",
    "maybe": "possibly recognises",
    "frozen": "recognition frozen",
    "past": "recognised it before, not now",
    "no": "holds that it is no sovereign state",
    "other": "makes another claim of its status",
    "silent": "nothing known",
    "absent": "no polity of this name on the day",
}
_PLACES = """
SELECT ?polity ?lat ?long ?m49 ?se ?ee ?el WHERE {
  ?polity a co:Polity .
  OPTIONAL { ?polity geo:lat ?lat ; geo:long ?long }
  OPTIONAL { ?polity co:m49 ?m49 }
  OPTIONAL { ?polity co:establishedEarliest ?se }
  OPTIONAL { ?polity co:endedEarliest ?ee ; co:endedLatest ?el }
}"""
_CONTESTED = ("de_facto", "former_de_facto", "un_observer")


@dataclass(frozen=True)
class Subject:
    """What a map is about: recognition of an entity, or by a party."""

    iri: str
    by: bool

    @property
    def parameter(self) -> str:
        """The name of its parameter in the address."""
        return "by" if self.by else "of"

    @property
    def id(self) -> str:
        """The id in the address."""
        return self.iri.rpartition("/")[2]


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


def _places(known: Reader) -> list[Row]:
    found: list[Row] = known.shelf.get("places", [])
    if not found:
        rows = {row["polity"]: row for row in known.rows(_PLACES)}
        found = known.shelf["places"] = [rows[iri] for iri in sorted(rows, key=known.label)]
    return found


def colours(known: Reader, subject: Subject, now: control.Moment) -> dict[str, tuple[str, str]]:
    """Give the class of each polity that is not silent, and a few words on it."""
    found: dict[str, tuple[str, str]] = {}
    claims = (records.claims_by if subject.by else records.claims_about)(known, subject.iri)
    said = "held to be: " if subject.by else "holds it to be: "
    for one in stances.stances(known, claims, now.day, "about" if subject.by else "claimant").values():
        words = said + known.label(one.claim["status"]).lower()
        found[one.party] = ("no" if one.refuses else "other", words)
    for end in standing.endings(known, subject.iri, "", now.day, not subject.by):
        if end.party not in found:
            found[end.party] = ("past", "until " + control.in_words(end.edtf))
    for one in standing.standings(known, subject.iri, now.day, not subject.by, frozen=True):
        found[one.party] = ("frozen", "recognition frozen since " + control.in_words(one.since))
    for one in standing.standings(known, subject.iri, now.day, not subject.by):
        sure = one.certain or now.reading == "possible"
        words = ("recognises" if not subject.by else "recognised") + ", since " + control.in_words(one.edtf)
        found[one.party] = ("yes" if sure else "maybe", words)
    found[subject.iri] = ("self", "")
    return found


def _exists(row: Row, day: str) -> bool:
    return row.get("se", "") <= day and ("ee" not in row or day < row["el"])


def _marks(known: Reader, subject: Subject, now: control.Moment) -> list[dict[str, Any]]:
    """Give all that is drawn: shapes of the polities that have one, dots for the others that there were."""
    classes = colours(known, subject, now)
    shapes = atlas.shapes()
    found = []
    for row in _places(known):
        iri = row["polity"]
        identifier = iri.rpartition("/")[2]
        kind = known.kinds.get(iri, "")
        key = identifier if identifier in shapes else row.get("m49", "")
        current = _exists(row, now.day)
        has_shape = bool(shapes.get(key))
        if not has_shape and (not current or "lat" not in row) and iri != subject.iri:
            continue
        group, words = classes.get(iri, ("silent", "nothing known"))
        if not current and group in ("silent", "past"):
            group, words = "absent", "not there on this day"
        mark = {
            "id": identifier,
            "iri": iri,
            "name": known.label(iri),
            "class": group,
            "words": words,
            "contested": kind in _CONTESTED,
            "path": shapes[key] if has_shape else "",
        }
        if not has_shape and "lat" in row:
            x, y = projection.place(float(row["long"]), float(row["lat"]))
            mark |= {"x": round(x, 1), "y": round(y, 1)}
        found.append(mark)
    return found


def _svg(
    known: Reader, subject: Subject, now: control.Moment, marks: list[dict[str, Any]], style: str = ""
) -> str:
    own = {mark["path"] for mark in marks if mark["path"]}
    rest = "".join(f'<path d="{path}"/>' for path in atlas.shapes().values() if path and path not in own)
    title = escape(_title(known, subject, now))
    parts = [
        f'<svg class="map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {projection.WIDTH:g} {projection.HEIGHT:g}"'
        f' role="img" aria-label="{title}" aria-describedby="map-words">{style}',
        '<defs><pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<line x1="0" y1="0" x2="0" y2="4" class="hatch"/></pattern></defs>',
        f'<g class="land">{rest}</g>',
    ]
    ordered = sorted(marks, key=lambda mark: (not mark["path"], mark["class"] == "self"))
    for mark in ordered:
        name = escape(f"{mark['name']}: {mark['words']}" if mark["words"] else mark["name"])
        attributes = f'class="m {mark["class"]}" data-id="{mark["id"]}"'
        if mark["path"]:
            parts.append(f'<path {attributes} d="{mark["path"]}"><title>{name}</title></path>')
            if mark["contested"]:
                parts.append(f'<path class="over" d="{mark["path"]}"/>')
        elif mark["contested"] and "x" in mark:
            x, y = mark["x"], mark["y"]
            diamond = f"M{x},{y - 4.6}l4.6,4.6 -4.6,4.6 -4.6,-4.6z"
            small = attributes.replace('class="m ', 'class="m small ')
            parts.append(f'<path {small} d="{diamond}"><title>{name}</title></path>')
            parts.append(f'<path class="over" d="{diamond}"/>')
        elif "x" in mark:
            parts.append(
                f'<circle {attributes} cx="{mark["x"]}" cy="{mark["y"]}" r="2.6"><title>{name}</title></circle>'
            )
    parts += [ring for mark in marks if mark["class"] == "self" for ring in _ring(known, mark)]
    parts.append("</svg>")
    return "".join(parts)


def _ring(known: Reader, mark: dict[str, Any]) -> list[str]:
    """Draw a ring around the subject of the map, which may be too small to see."""
    row = next((row for row in _places(known) if row["polity"] == mark["iri"]), {})
    if "lat" not in row:
        return []
    x, y = projection.place(float(row["long"]), float(row["lat"]))
    return [f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="9"/>']


def _title(known: Reader, subject: Subject, now: control.Moment) -> str:
    name = known.label(subject.iri)
    return f"Whom {name} recognises, {now.words}" if subject.by else f"Who recognises {name}, {now.words}"


def _context(subject: Subject) -> dict[str, Any]:
    known, now = reader(), control.moment()
    marks = _marks(known, subject, now)
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in LEGEND}
    for mark in marks:
        groups[mark["class"]].append(mark)
    points = standing.counts(known, subject.iri, not subject.by)
    days = sorted({day for day, _ in points if day <= control.today()} | {now.day, control.today()})
    return {
        "trail": [("Map", None)],
        "subject": subject,
        "name": known.label(subject.iri),
        "title": _title(known, subject, now),
        "svg": _svg(known, subject, now, marks),
        "groups": groups,
        "legend": LEGEND,
        "days": days,
        "at": days.index(now.day),
        "few": days[:: max(1, len(days) // 10)],
        "drawn": bool(atlas.shapes()),
        "contested": [iri for iri in known.of_class("DeFactoEntity")],
        "proposals": 0 if subject.by else known.proposals[subject.iri],
        "reach": coverage.of_party(known, subject.iri),
    }


def _data(subject: Subject) -> dict[str, Any]:
    known, now = reader(), control.moment()
    marks = _marks(known, subject, now)
    return {
        "title": _title(known, subject, now),
        "day": now.day,
        "words": now.words,
        "polities": {
            mark["id"]: {"name": mark["name"], "class": mark["class"], "words": mark["words"]}
            for mark in marks
        },
    }


def _csv(subject: Subject) -> str:
    known, now = reader(), control.moment()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("polity", "iri", "class", "words", "as_of"))
    for mark in _marks(known, subject, now):
        writer.writerow((mark["name"], mark["iri"], LEGEND[mark["class"]], mark["words"], now.day))
    return out.getvalue()


def _alone(subject: Subject) -> str:
    known, now = reader(), control.moment()
    style = "<style>" + render_template("map-alone.css") + "</style>"
    return _svg(known, subject, now, _marks(known, subject, now), style)


def address(iri: str) -> str:
    """Give the address of the map of an entity's recognition."""
    return control.link("/map", of=iri.removeprefix(BASE + "polity/"))
