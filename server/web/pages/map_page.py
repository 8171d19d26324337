"""The page of the map: who recognises an entity on a day, or whom a party recognises."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request

from comity.edtf import in_words
from comity.server.http.formats import CSV, HTML, PARQUET, PNG, SVG, requested
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.http.service import service
from comity.server.web import render, view_context
from comity.server.web.figures import basemap
from comity.server.web.figures.map import HIDDEN, LEGEND, Mark, Subject, drawing, legend, marks, svg
from comity.server.web.figures.sheet import of_map, sheet, world
from comity.server.web.models import recognition, records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.records import Act
from comity.server.web.pages import beside
from comity.server.web.pages.days import years
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("map", __name__)
FORMS = (HTML, JSON, CSV, PARQUET, SVG, PNG)
#: The number of days listed below the map, in addition to the first, the one shown and today.
_NAMED = 8


@dataclass(frozen=True)
class Day:
    """A day on which something changes, and the acts that change it."""

    day: str
    acts: list[Act]

    @property
    def words(self) -> str:
        """What happened, from the first act, with its date if the day is only the last possible one."""
        if not self.acts:
            return ""
        first, more = self.acts[0], len(self.acts) - 1
        told = first.sentence if first.edtf == self.day else f"{first.sentence} ({in_words(first.edtf)})"
        return told + (f", and {more} more {'act' if more == 1 else 'acts'}" if more else "")


@blueprint.get("/map", strict_slashes=False)
@operation("of", "by", "beside", *MOMENT, formats=FORMS)
def map_page() -> Response:
    """Return the map as a page, or its data."""
    if request.args.get("beside", "").strip():
        return beside.answer(_subject(graph_reader()).iri)
    form = requested(*FORMS)
    subject = _subject(graph_reader())
    if form is JSON:
        return jsonify(_data(subject))
    if form in (CSV, PARQUET):
        return render.table(lambda: _table(subject), form)
    if form in (SVG, PNG):
        return render.drawing(lambda: _alone(subject), form)
    return render.page("map.html", lambda: _context(subject))


@blueprint.get("/embed/map")
@operation("of", "by", *MOMENT)
def embedded() -> Response:
    """Return the map alone, for embedding in other sites: title, legend, source."""
    subject = _subject(graph_reader())
    return render.page(
        "embed.html", lambda: {**figure(subject), "whole": _whole(subject), "note": basemap.OUTLINES}
    )


def _subject(reader: GraphReader) -> Subject:
    by, of = request.args.get("by", "").strip(), request.args.get("of", "").strip()
    party = view_context.current().party_iri
    if by or (party and not of):
        return Subject(reader.names.find(by, "polity").value if by else str(party), True)
    return Subject(reader.names.find(of or "kosovo", "polity").value, False)


def _title(reader: GraphReader, subject: Subject, now: view_context.ViewContext) -> str:
    name = reader.named(subject.iri)
    if subject.by:
        return f"Whom {name} recognises, {now.words}"
    seen = f", on the map as {reader.named(str(now.party_iri))} sees it" if now.party else ""
    return f"Who recognises {name}, {now.words}{seen}"


def _context(subject: Subject) -> dict[str, Any]:
    reader, now = graph_reader(), view_context.current()
    found = marks(reader, subject, now)
    groups: dict[str, list[Mark]] = {name: [] for name in LEGEND}
    for mark in found:
        if mark.drawn != HIDDEN:
            groups[mark.group].append(mark)
    title = _title(reader, subject, now)
    days = _days(reader, subject, now)
    at = next(place for place, one in enumerate(days) if one.day == now.day)
    return {
        "trail": [("Map", None)],
        "subject": subject,
        "name": reader.label(subject.iri),
        "title": title,
        "embed": render.embed_code("/embed/map", title, {subject.parameter: subject.id, **now.arguments}),
        "svg": svg(title, found, lambda mark: _address(subject, mark)),
        "lead": _lead(
            now,
            subject,
            reader.named(subject.iri),
            {group: len(those) for group, those in groups.items()},
            _disputed(reader, subject, now.day),
        ),
        "groups": groups,
        "legend": legend(reader, subject),
        "views": _views(reader, found) if now.party and not subject.by else {},
        "two": _two(reader, subject.iri, now),
        "days": days,
        "at": at,
        "today": view_context.today(),
        "named": _named(days, {now.day, view_context.today()}),
        "years": years([one.day for one in days]),
        "drawn": bool(basemap.shapes()),
        "regions": bool(basemap.regions()),
        "contested": reader.of_class("DeFactoEntity"),
        "proposals": 0 if subject.by else reader.proposals[subject.iri],
        "reach": records.reach(reader, records.acts_of(reader, subject.iri)),
    }


def _address(subject: Subject, mark: Mark) -> str:
    """Return the link target of a mark: the page of its pair with the subject, or that of the subject."""
    return (
        view_context.link(mark.iri)
        if mark.iri == subject.iri
        else view_context.between(subject.iri, mark.iri)
    )


def _lead(
    now: view_context.ViewContext, subject: Subject, name: str, numbers: Mapping[str, int], disputed: int
) -> str:
    """Return a description of the map in one or two sentences.

    :param disputed: the number of the withdrawals that another party denies.
    """
    certain = sum(numbers[group] for group in ("yes", "broken", "contradictory"))
    past = now.day < view_context.today()
    number = f"{certain or 'no'} {'party' if certain == 1 else 'parties'}"
    if subject.by:
        text = f"On {now.words}, {name} {'recognised' if past else 'recognises'} {number}."
    else:
        verb = "recognised" if past else "recognises" if certain == 1 else "recognise"
        text = f"On {now.words}, {number} {verb} {name}."
    ends = (("withdrawn", "withdrawn"), ("frozen", "frozen"), ("past", "ended in another way"))
    told = [f"{numbers[group]} {words}" for group, words in ends if numbers[group]]
    if numbers["withdrawn"] and disputed:
        told[0] += f" ({disputed} of them disputed)"
    if told:
        text += f" Earlier recognitions: {', '.join(told)}."
    if (refusing := numbers["no"]) and not subject.by:
        text += f" {refusing} {'says' if refusing == 1 else 'say'} that it is not a sovereign state."
    return text


def _disputed(reader: GraphReader, subject: Subject, day: str) -> int:
    """Return the number of the withdrawals of recognition of an entity up to a day that another party denies."""
    ended = [] if subject.by else recognition.endings(reader, subject.iri, "", day)
    return sum(bool(one.act and one.act.kind == "withdrawal" and one.act.disputes) for one in ended)


def _days(reader: GraphReader, subject: Subject, now: view_context.ViewContext) -> list[Day]:
    """Return the days up to today on which the map changes, with today and the day of the view."""
    turns = recognition.turns(reader, subject.iri, not subject.by)
    today = view_context.today()
    days = sorted({day for day in turns if day <= today} | {now.day, today})
    return [Day(day, turns.get(day, [])) for day in days]


def _named(days: list[Day], always: set[str]) -> list[Day]:
    """Return the days to list below the map: the first, and for the busiest years the day with most acts."""

    def weight(one: Day) -> tuple[bool, int]:
        return any(act.kind == "independence_declared" for act in one.acts), len(one.acts)

    years: dict[str, Day] = {}
    for one in days:
        if one.acts and (one.day[:4] not in years or weight(one) > weight(years[one.day[:4]])):
            years[one.day[:4]] = one
    first = next((one.day for one in days if one.acts), "")
    chosen = {one.day for one in sorted(years.values(), key=weight, reverse=True)[:_NAMED]} | always | {first}
    return [one for one in days if one.day in chosen]


def _two(reader: GraphReader, iri: str, now: view_context.ViewContext) -> tuple[str, str]:
    """Return two parties to compare: the chosen one or the main opponent of the entity, and the entity itself."""
    claims = recognition.stances(records.claims_about(reader, iri), now.day)
    ranked = sorted(claims.values(), key=lambda one: (one.whom != one.claimant, not one.refuses, one.since))
    first = now.party_iri or (ranked[0].claimant if ranked else "")
    return first, iri if iri != first else ""


def _views(reader: GraphReader, found: list[Mark]) -> dict[str, list[Mark]]:
    """Return the contested entities by the chosen party's position on them, in words for the list."""
    views: dict[str, list[Mark]] = {}
    for mark in found:
        if "own" in mark.view:
            words = "A state or polity of its own"
        elif mark.view.get("contradictory"):
            words = "Contradictory: recognised, and said not to be a sovereign state; still hatched"
        elif mark.view.get("whom"):
            words = f"Not a sovereign state, but a part of {reader.named(mark.view['whom'])}"
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
    turns = recognition.turns(reader, subject.iri, not subject.by)
    return {
        "title": _title(reader, subject, now),
        "day": now.day,
        "words": now.words,
        "why": Day(now.day, turns.get(now.day, [])).words,
        "polities": {
            mark.id: {
                "name": mark.name,
                "class": mark.group,
                "colour": mark.colour or mark.group,
                "words": mark.words,
                "drawn": mark.drawn,
                **_card(reader, mark),
            }
            for mark in marks(reader, subject, now)
        },
    }


def _card(reader: GraphReader, mark: Mark) -> dict[str, list[str]]:
    """Return what the card of a mark shows besides its text: links to the act or claim and to its best source."""
    card: dict[str, list[str]] = {}
    act, claim = mark.shown.act, mark.shown.claim
    if act:
        card["act"] = [view_context.link(act.iri), act.dated]
    elif claim:
        card["act"] = [view_context.link(claim.iri), f"Claim of {reader.named(claim.claimant)}"]
    if source := records.best(mark.shown.sources):
        card["source"] = [view_context.link(source.iri), source.title, source.about]
    return card


def _table(subject: Subject) -> render.Table:
    reader, now = graph_reader(), view_context.current()
    words = legend(reader, subject)
    rows = [
        (
            mark.name,
            mark.iri,
            mark.group,
            words[mark.group],
            mark.words,
            mark.shown.act.iri if mark.shown.act else mark.shown.claim.iri if mark.shown.claim else "",
            " ".join(one.url or one.iri for one in mark.shown.sources),
            now.day,
        )
        for mark in marks(reader, subject, now)
    ]
    return ("polity", "iri", "class", "legend", "words", "act", "sources", "as_of"), rows


def _alone(subject: Subject) -> str:
    """Return the map as a self-describing SVG document, with its subject, day and origin."""
    reader, now = graph_reader(), view_context.current()
    found = marks(reader, subject, now)
    return sheet(
        _title(reader, subject, now),
        [world(drawing(found))],
        of_map(found, legend(reader, subject)),
        (render.origin(_whole(subject)), basemap.OUTLINES if basemap.shapes() else ""),
        render_template("alone.css"),
    )


def _whole(subject: Subject) -> str:
    """Return the absolute address of the page of a map."""
    arguments = {subject.parameter: subject.id, **view_context.current().arguments}
    return f"{service().root()}map?{urlencode(arguments)}"


def figure(subject: Subject) -> dict[str, Any]:
    """Return the map for use outside its page: title, a sentence, SVG, legend with numbers."""
    reader, now = graph_reader(), view_context.current()
    found = marks(reader, subject, now)
    title = _title(reader, subject, now)
    numbers = Counter(mark.group for mark in found if mark.drawn != HIDDEN)
    return {
        "title": title,
        "lead": _lead(now, subject, reader.named(subject.iri), numbers, _disputed(reader, subject, now.day)),
        "svg": svg(title, found, lambda mark: _address(subject, mark)),
        "legend": {
            group: words if group == "self" else f"{words} ({numbers[group]})"
            for group, words in legend(reader, subject).items()
            if numbers[group]
        },
    }
