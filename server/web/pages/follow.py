"""Following a polity or the record: feeds and calendars of acts, what changed since a day, and what is new."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from comity.edtf import day as read_day
from comity.edtf import in_words
from comity.errors import DateError
from comity.iris import BASE, identifier
from comity.server.http import feeds
from comity.server.http.feeds import ATOM, ICALENDAR
from comity.server.http.formats import CSV, HTML, PARQUET, requested
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.web import render, view_context
from comity.server.web.models import blocs, news, recognition, records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.news import News
from comity.server.web.models.records import Act
from comity.server.web.pages.counts import polity_named
from comity.server.web.view_context import graph_reader
from comity.store.changelog import ChangeLog
from comity.store.outlines import MOST_ACTS

blueprint = Blueprint("follow", __name__)
#: The numbers of entries in a feed and in a calendar, of changes read for news, and of lines in a list.
MOST_ENTRIES, MOST_EVENTS, MOST_CHANGES, MOST_LINES = 100, 1000, 50, MOST_ACTS - 1


@blueprint.get("/polity/<name>/feed")
@operation(formats=(ATOM,))
def feed(name: str) -> Response:
    """Return the acts by and on a polity as an Atom feed, newest act first."""
    reader, root = graph_reader(), service().root()
    iri = polity_named(reader, name)

    def made() -> str:
        entries = [news.entry(root, act) for act in _newest(reader, iri)[:MOST_ENTRIES]]
        title = f"Comity: acts of and on {reader.label(iri)}"
        return feeds.atom(title, iri + "/feed", f"{root}polity/{name}/feed", f"{root}polity/{name}", entries)

    return render.answer(made, ATOM.content_type)


@blueprint.get("/polity/<name>/calendar.ics")
@operation(formats=(ICALENDAR,))
def calendar(name: str) -> Response:
    """Return the acts by and on a polity with a known day as an iCalendar."""
    reader, root = graph_reader(), service().root()
    iri = polity_named(reader, name)
    acts = _newest(reader, iri)
    dated = [act for act in acts if act.earliest == act.latest]
    if not dated:
        raise Problem(
            404,
            "no-days",
            f"The day of no act of or on {reader.label(iri)} is known.",
            hint=f"/polity/{name}/feed has all acts.",
        )

    def made() -> str:
        label = reader.label(iri)
        about = f"Acts of and on {label} whose day is known, the newest {MOST_EVENTS} at most."
        if left := len(acts) - len(dated):
            about += f" Left out, since their day is not known: {left}."
        entries = [news.entry(root, act) for act in dated[:MOST_EVENTS]]
        return feeds.calendar(f"Comity: {label}", about, entries, view_context.today())

    return render.answer(made, ICALENDAR.content_type)


def _newest(reader: GraphReader, iri: str) -> list[Act]:
    return records.acts_of(reader, iri)[::-1]


@blueprint.get("/polity/<name>/since")
@operation("date", *MOMENT, formats=(HTML, JSON, CSV, PARQUET))
def since(name: str) -> Response:
    """Return what changed for a polity since a date: in the world, and in the record."""
    reader = graph_reader()
    iri = polity_named(reader, name)
    day = _since()
    form = requested(HTML, JSON, CSV, PARQUET)
    if form is JSON:
        return jsonify(_document(_changed(reader, iri, day)))
    if form in (CSV, PARQUET):
        return render.table(lambda: _table(_changed(reader, iri, day)), form)
    return render.page("since.html", lambda: _changed(reader, iri, day))


def _since() -> str:
    """Return the day in the address, by default a year before that of the view.

    :raises Problem: 400 if it is not a day, or not before that of the view.
    """
    until = view_context.current().day
    text = request.args.get("date", "").strip()
    if not text:
        return f"{int(until[:4]) - 1:04}{until[4:]}".replace("02-29", "02-28")
    try:
        day = read_day(text).isoformat()
    except DateError as error:
        raise Problem(400, "bad-date", f"date: {error}", hint="Write a day as YYYY-MM-DD.") from error
    if day >= until:
        raise Problem(
            400,
            "bad-date",
            f"date: {day} is not before {until}, the day of the page.",
            hint="Choose an earlier date, or a later day.",
        )
    return day


def _changed(reader: GraphReader, iri: str, day: str) -> dict[str, Any]:
    until, name = view_context.current().day, reader.label(iri)
    acts = [one for one in _newest(reader, iri) if day < one.latest and one.earliest <= until]
    log = ChangeLog(service().store_path)
    begun = log.begun()[:10]
    changes = [one for one in log.mentioning(iri, MOST_CHANGES) if day < one.time[:10] <= until]
    turn = recognition.turn(reader, iri, day, until)
    return {
        "iri": iri,
        "id": identifier(iri),
        "name": name,
        "trail": [
            ("States and others", "/polity"),
            (name, "/" + iri.removeprefix(BASE)),
            ("What changed", None),
        ],
        "since": day,
        "acts": [one for one in acts if one.earliest > day],
        "perhaps": [one for one in acts if one.earliest <= day],
        "news": news.of_records(reader, log, changes, iri),
        "begun": begun if begun > day else "",
        "counted": bool(blocs.counted(reader, iri)),
        "before": turn.before,
        "after": turn.after,
        "gained": turn.gained,
        "lost": turn.lost,
        "most": MOST_LINES,
        "sparql": records.query([iri], f'FILTER (?last > "{day}"^^xsd:date && ?day <= "{until}"^^xsd:date)'),
    }


def _document(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "polity": found["iri"],
        "since": found["since"],
        "until": view_context.current().day,
        "recognisersBefore": found["before"],
        "recognisersAfter": found["after"],
        "recognisesSince": found["gained"],
        "noLongerRecognises": found["lost"],
        "acts": [_act(one) for one in found["acts"]],
        "possiblySince": [_act(one) for one in found["perhaps"]],
        "inTheRecord": [_news(one) for one in found["news"]],
        "recordBegins": found["begun"] or None,
    }


def _table(found: dict[str, Any]) -> render.Table:
    """Return the acts since a day, also those that possibly are, as a table."""
    rows = [
        (
            one.edtf,
            one.kind,
            identifier(one.actor),
            identifier(one.object),
            one.sentence,
            " ".join(source.url or source.iri for source in one.sources),
            one.iri,
        )
        for one in (*found["acts"], *found["perhaps"])
    ]
    return ("date", "kind", "actor", "object", "sentence", "sources", "act"), rows


def _act(one: Act) -> dict[str, Any]:
    return {
        "act": one.iri,
        "date": one.edtf,
        "sentence": one.sentence,
        "sources": [source.iri for source in one.sources],
    }


def _news(one: News) -> dict[str, Any]:
    return {
        "act": one.act,
        "what": one.what,
        "date": one.date,
        "sentence": one.sentence,
        "change": one.record.number,
        "recorded": one.record.time,
        "reason": one.record.reason,
    }


@blueprint.get("/new")
@operation(formats=(HTML, JSON, ATOM, CSV, PARQUET))
def new() -> Response:
    """Return what is new in the record, act by act, newest change first."""
    form = requested(HTML, JSON, ATOM, CSV, PARQUET)
    reader, root = graph_reader(), service().root()
    if form is HTML:
        return render.page("new.html", lambda: _new(reader))
    log = ChangeLog(service().store_path)
    found = news.of_records(reader, log, log.latest(MOST_CHANGES))[:MOST_LINES]
    if form is JSON:
        return jsonify([_news(one) for one in found])
    if form in (CSV, PARQUET):
        columns = ("act", "what", "date", "sentence", "change", "recorded", "reason")
        return render.table(lambda: (columns, [tuple(_news(one).values()) for one in found]), form)
    entries = [news.entry_of_change(root, one) for one in found]
    body = feeds.atom(
        "Comity: new in the record",
        BASE + "new",
        f"{root}new?format=atom",
        f"{root}new",
        entries,
        log.begun(),
    )
    return Response(body, content_type=ATOM.content_type)


def _new(reader: GraphReader) -> dict[str, Any]:
    log = ChangeLog(service().store_path)
    latest = log.latest(MOST_CHANGES)
    begun, found = log.begun(), news.of_records(reader, log, latest)
    by_change: dict[int, list[News]] = {}
    for one in found[:MOST_LINES]:
        by_change.setdefault(one.record.number, []).append(one)
    return {
        "trail": [("New in the record", None)],
        "changes": list(by_change.values()),
        "more": len(found) > MOST_LINES,
        "older": bool(latest) and latest[-1].number > 1,
        "begun": in_words(begun[:10]) if begun else "",
        "number": reader.meta.get("counts", {}).get("acts", 0),
    }
