"""Timelines of a polity or a story: acts as rows from actor to object, responses as curves, the same in words."""

from collections import Counter
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, render_template, request

from comity.edtf import day as read_day
from comity.edtf import in_words
from comity.errors import DateError, UnknownError
from comity.iris import BASE, identifier
from comity.server.http.formats import CSV, HTML, PARQUET, PNG, SVG, requested
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.web import render, view_context
from comity.server.web.figures import charts
from comity.server.web.figures.sheet import measured, sheet
from comity.server.web.models import records, stories
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.records import Act
from comity.server.web.models.stories import STORIES, Story, polity_iri
from comity.server.web.view_context import graph_reader
from comity.snapshots.graphs import FIRST_DAY, LAST_DAY

blueprint = Blueprint("timeline", __name__)
FORMS = (HTML, JSON, CSV, PARQUET, SVG, PNG)
#: The meaning of the colours of the figure.
LEGEND = {
    "yes": "recognition",
    "maybe": "relations, representation",
    "no": "breaking off, annexation, force",
    "frozen": "suspension",
    "ended": "statement, declaration",
}
_QUIET = {"statement", "vote", "representation_opened"}
_NO_VOTE = "FILTER NOT EXISTS { ?act a co:Vote }"
#: The maximum numbers of acts and of lanes in the timeline of a polity.
MOST, LANES = 40, 6
#: Acts that a story shows, answered acts that it lists, and entities that it may have; the files have all acts.
MOST_TOLD, MOST_ANSWERED, MOST_ENTITIES = 250, 12, 6


@blueprint.get("/timeline", strict_slashes=False)
@operation("of", "around", "votes", *MOMENT, formats=FORMS)
def timeline() -> Response:
    """Return the timeline of one party up to the day of the view, or around another day."""
    reader = graph_reader()
    of = request.args.get("of", "").strip()
    if not of:
        return render.page(
            "timelines.html",
            lambda: {
                "stories": STORIES.values(),
                "trail": [("Stories", None)],
                "today": view_context.today(),
            },
        )
    iri = reader.names.find(of, "party").value
    return _answer(lambda: _polity(graph_reader(), iri))


@blueprint.get("/timeline/<name>")
@operation("around", *MOMENT, formats=FORMS)
def story(name: str) -> Response:
    """Return the timeline of a story."""
    story = _named(name)
    return _answer(lambda: _story(graph_reader(), story))


def _named(name: str) -> Story:
    """Return a story by its name.

    :raises Problem: if there is no story with that name.
    """
    if name not in STORIES:
        raise Problem(
            404, "no-such-story", f"{name[:60]!r} is not the name of a story.", hint=", ".join(STORIES)
        )
    return STORIES[name]


@blueprint.get("/embed/timeline")
@operation("of", "around", *MOMENT)
def embedded() -> Response:
    """Return only the figure of the timeline of a party, for embedding in other sites."""
    iri = graph_reader().names.find(request.args.get("of", "").strip(), "party").value
    return render.page("embed.html", lambda: _frame(_polity(graph_reader(), iri), "/timeline"))


@blueprint.get("/embed/timeline/<name>")
@operation("around", *MOMENT)
def embedded_story(name: str) -> Response:
    """Return only the figure of a story, for embedding in other sites."""
    return render.page(
        "embed.html", lambda: _frame(_story(graph_reader(), _named(name)), f"/timeline/{name}")
    )


def _frame(shown: dict[str, Any], path: str) -> dict[str, Any]:
    """Return what the template of a frame shows of a timeline."""
    query = urlencode([(name, value) for name, value in view_context.arguments() if name != "format"])
    return {
        "title": shown["title"],
        "whole": service().root().rstrip("/") + path + (f"?{query}" if query else ""),
        "svg": shown["svg"],
        "wide": True,
        "legend": LEGEND,
        "note": "",
    }


@blueprint.get("/story")
@operation("entities", "from", "until", *MOMENT, formats=FORMS)
def chosen() -> Response:
    """Return the story of some entities between two days, inclusive; without them, redirect people to the form."""
    asked = any(request.args.get(name) for name in ("entities", "from", "until"))
    if not asked and requested(*FORMS) is HTML:
        return redirect(view_context.link("/timeline") + "#make", 303)  # type: ignore[return-value]
    reader = graph_reader()
    told = stories.made(reader, _entities(reader), *_days())
    return _answer(lambda: _story(graph_reader(), told))


def _entities(reader: GraphReader) -> tuple[str, ...]:
    """Return the ids of the polities in the address.

    :raises Problem: 400 if it names none, too many, or an unknown one.
    """
    given = [one.strip() for one in request.args.get("entities", "").split(",") if one.strip()]
    if not 1 <= len(given) <= MOST_ENTITIES:
        raise Problem(
            400,
            "bad-entities",
            f"entities: {len(given)} names are given.",
            hint=f"Give one to {MOST_ENTITIES} countries or territories, separated by commas.",
        )
    try:
        found = [reader.names.find(one, "polity").value for one in given]
    except UnknownError as error:
        raise Problem(
            400, "unknown-polity", f"entities: {error}", hint="Choose a name that is suggested."
        ) from error
    return tuple(dict.fromkeys(identifier(iri) for iri in found))


def _days() -> tuple[str, str]:
    """Return the first and the last day in the address.

    :raises Problem: 400 if one of them is not a day, or the last is before the first.
    """
    found = []
    for name in ("from", "until"):
        try:
            found.append(read_day(request.args.get(name, "").strip()).isoformat())
        except DateError as error:
            raise Problem(
                400, "bad-date", f"{name}: {error}", hint="Write a day as YYYY-MM-DD, such as 2022-07-14."
            ) from error
    first, last = found
    if not FIRST_DAY < first <= last <= LAST_DAY:
        raise Problem(
            400,
            "bad-date",
            f"from, until: {first} to {last} is no time between {FIRST_DAY} and {LAST_DAY}.",
            hint="Give the earlier day as from and the later one as until.",
        )
    return first, last


def _answer(make: Any) -> Response:
    form = requested(*FORMS)
    if form is HTML:
        return render.page("timeline.html", make)
    if form in (SVG, PNG):
        return render.drawing(lambda: _alone(make()), form)
    if form in (CSV, PARQUET):
        return render.table(lambda: _table(_every(make())), form)
    return jsonify([_record(act) for act in _every(make())])


def _alone(made: dict[str, Any]) -> str:
    """Return the figure of a page as a self-describing SVG document, with its subject and origin."""
    query = urlencode([(name, value) for name, value in view_context.arguments() if name != "format"])
    address = service().root().rstrip("/") + request.path + (f"?{query}" if query else "")
    return sheet(
        made["title"],
        [measured(made["svg"])],
        LEGEND.items(),
        (made["lead"], render.origin(address)),
        render_template("lines-alone.css"),
    )


def _every(made: dict[str, Any]) -> list[Act]:
    """Return the acts of a page, including those that it does not show."""
    found: list[Act] = made.get("every", made["acts"])
    return found


def _record(act: Act) -> dict[str, Any]:
    return {
        "act": act.iri,
        "kind": act.kind,
        "actor": act.actor,
        "object": act.object,
        "date": act.edtf,
        "sentence": act.sentence,
        "answers": act.answered,
        "sources": [one.url or one.iri for one in act.sources],
    }


def _table(acts: list[Act]) -> render.Table:
    columns = ("date", "kind", "actor", "object", "sentence", "answers", "sources", "act")
    several = {"answers", "sources"}
    rows = [
        [" ".join(one[name]) if name in several else one[name] for name in columns]
        for one in map(_record, acts)
    ]
    return columns, rows


def _story(reader: GraphReader, story: Story) -> dict[str, Any]:
    parties = story.party_iris
    acts = [
        act
        # A story that does not turn on an act also includes acts with parties outside it.
        for act in records.acts_between(reader, story.first, story.last, set(parties), not story.turn)
        if (act.kind not in _QUIET or story.close_first <= act.earliest <= story.close_last)
        and (not story.turn or act.object in {polity_iri(one) for one in story.about} or _tied(act, story))
    ]
    if not story.turn:
        story = replace(story, last=max(story.first, min(story.last, view_context.today())))
        return {
            **_told(reader, story, [act for act in acts if act.kind != "vote"]),
            "sparql": _sparql(story),
        }
    turn = records.act(reader, BASE + story.turn)
    return {
        "trail": [("Stories", "/timeline"), (story.title, None)],
        "title": story.title,
        "lead": story.lead,
        "before": [(entity, _earlier(reader, entity, turn)) for entity in map(polity_iri, story.about)],
        "turn": turn,
        "answers": _answers(reader, story),
        "embed": render.embed_code(f"/embed/timeline/{story.name}", story.title, {}),
        # No one query gives the acts that are tied to the one that the story turns on.
        "sparql": "",
        **_drawn(reader, acts, parties),
    }


def _sparql(story: Story) -> str:
    """Return the query for the acts of a story that turns on no single act."""
    within = '?day >= "{}"^^xsd:date && ?day <= "{}"^^xsd:date'
    conditions = [f"FILTER ({within.format(story.first, story.last)})", _NO_VOTE]
    if (close := (story.close_first, story.close_last)) != (story.first, story.last):
        conditions += [
            "OPTIONAL { VALUES ?quiet { co:Statement co:OpeningOfMission } ?act a ?quiet }",
            f"FILTER (!BOUND(?quiet) || {within.format(*close)})",
        ]
    return records.query(story.party_iris, *conditions)


def _told(reader: GraphReader, story: Story, acts: list[Act]) -> dict[str, Any]:
    """Return what the template shows of a story that turns on no single act."""
    about, shown = story.party_iris, acts[:MOST_TOLD]
    number = Counter(party for act in shown for party in (act.actor, act.object) if party not in about)
    lanes = [*about, *(party for party, _ in number.most_common(LANES - len(about)))]
    answered = stories.answered(reader, acts)
    return {
        "trail": [("Stories", "/timeline"), (story.title, None)],
        "title": story.title,
        "lead": story.lead,
        "before": [],
        "answers": [],
        "turn": "",
        "story": story,
        "every": acts,
        "changes": stories.changes(reader, story),
        "answered": answered[:MOST_ANSWERED],
        "quotations": stories.quotations(reader, story),
        # A story chosen by a reader has no figure for embedding.
        "embed": render.embed_code(f"/embed/timeline/{story.name}", story.title, {}) if story.name else "",
        **_drawn(reader, shown, lanes),
    }


def _tied(act: Act, story: Story) -> bool:
    """Return whether an act is in the close-up days of a story, or answers an act on one of its entities."""
    return story.close_first <= act.earliest <= story.close_last or any(
        f"/{entity}/" in answered for answered in act.answered for entity in story.about
    )


def _earlier(reader: GraphReader, entity: str, turn: Act | None) -> list[Act]:
    """Return the recognitions of an entity before the act that a story turns on."""
    if turn is None:
        return []
    return [
        act
        for act in records.acts_of(reader, entity)
        if act.kind == "recognition" and act.object == entity and act.latest < turn.earliest
    ]


def _answers(reader: GraphReader, story: Story) -> list[Act]:
    """Return the acts in answer to the one that a story turns on, those that change recognition or relations first."""
    turn = BASE + story.turn
    found = {
        act.iri: act
        for party in story.party_iris
        for act in records.acts_of(reader, party)
        if turn in act.answered
    }
    return sorted(found.values(), key=lambda act: (act.kind in _QUIET, act.earliest, act.iri))


def _polity(reader: GraphReader, iri: str) -> dict[str, Any]:
    now = view_context.current()
    around = request.args.get("around", "") or now.day
    try:
        middle = read_day(around).isoformat()
    except DateError as error:
        raise Problem(400, "bad-date", f"around: {error}", hint="Write YYYY-MM-DD.") from error
    every, votes = records.acts_of(reader, iri), bool(request.args.get("votes"))
    acts = [act for act in every if votes or act.kind != "vote"]
    at = sum(act.earliest <= middle for act in acts)
    around_words = f"around {in_words(middle)}" if request.args.get("around") else f"up to {in_words(middle)}"
    half = MOST if not request.args.get("around") else MOST // 2
    first = max(0, min(at - half, len(acts) - MOST))
    shown = acts[first : first + MOST]
    number = Counter(party for act in shown for party in (act.actor, act.object) if party != iri)
    parties = [iri, *(party for party, _ in number.most_common(LANES - 1))]
    name = reader.label(iri)
    return {
        "trail": [("States and others", "/polity"), (name, "/" + iri.removeprefix(BASE)), ("Timeline", None)],
        "title": f"{name}: what happened",
        "lead": f"{len(shown)} of {len(acts)} {'act' if len(acts) == 1 else 'acts'} by {reader.named(iri)} and on it,"
        f" {around_words}.",
        "cast": len(every) - len(acts),
        "earlier": acts[first - 1].earliest if first else None,
        "later": acts[first + MOST].earliest if first + MOST < len(acts) else None,
        "before": [],
        "answers": [],
        "turn": "",
        "embed": render.embed_code("/embed/timeline", name, {"of": identifier(iri), "around": middle}),
        "sparql": records.query(
            [iri],
            *([] if votes else [_NO_VOTE]),
            end=f"ORDER BY ?day ?last ?act OFFSET {first} LIMIT {MOST}",
        ),
        **_drawn(reader, shown, parties),
    }


def _drawn(reader: GraphReader, acts: list[Act], parties: list[str]) -> dict[str, Any]:
    present = {party for act in acts for party in (act.actor, act.object)}
    lanes = [party for party in parties if party in present]
    others = bool(present - set(lanes))
    place = {act.iri: row for row, act in enumerate(acts)}
    return {
        "acts": acts,
        "legend": LEGEND,
        "svg": charts.acts_between_lanes(reader, acts, lanes, others),
        "sentences": {act.iri: act.dated for act in acts},
        "links": {act.iri: [one for one in act.answered if one in place] for act in acts},
        "statements": {
            act.iri: records.statements_on(reader, act.iri) for act in acts if act.kind not in _QUIET
        }
        if len(acts) < 70
        else {},
    }
