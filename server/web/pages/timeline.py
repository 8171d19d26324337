"""Timelines of a polity or a story: acts as rows from actor to object, responses as curves, the same in words."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, request

from comity.edtf import day as read_day
from comity.edtf import in_words
from comity.errors import DateError
from comity.iris import BASE
from comity.server.http.formats import CSV, HTML, requested
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.web import render, view_context
from comity.server.web.figures import charts
from comity.server.web.models import records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.records import Act
from comity.server.web.view_context import graph_reader


@dataclass(frozen=True)
class Story:
    """Acts that belong together: of some parties, between two days."""

    name: str
    title: str
    lead: str
    parties: tuple[str, ...]
    first: str
    last: str
    #: Within these days statements are shown too; outside only acts on recognition or relations.
    close_first: str
    close_last: str
    #: The entities whose recognition the story is about, and the act that it turns on.
    about: tuple[str, ...]
    turn: str

    @property
    def party_iris(self) -> list[str]:
        """The IRIs of the parties, in the order of their lanes."""
        return [polity_iri(one) for one in self.parties]


def polity_iri(identifier: str) -> str:
    """Return the IRI of a polity."""
    return f"{BASE}polity/{identifier}"


STORIES = {
    story.name: story
    for story in (
        Story(
            "july-2022",
            "July 2022: North Korea recognises, Ukraine answers",
            "In July 2022 North Korea recognised the two republics that had been proclaimed in eastern Ukraine, "
            "and Ukraine severed relations with it on the same day. Each row is an act, from its actor to the "
            "party that it concerns; curves on the left lead from an act to what was done in answer to it.",
            (
                "north-korea",
                "donetsk-peoples-republic",
                "luhansk-peoples-republic",
                "ukraine",
                "russia",
                "syria",
                "south-ossetia",
                "abkhazia",
            ),
            "2014-04-07",
            "2022-10-31",
            "2022-07-12",
            "2022-07-31",
            ("donetsk-peoples-republic", "luhansk-peoples-republic"),
            "act/recognition/north-korea/donetsk-peoples-republic/2022-07-13",
        ),
        Story(
            "taiwan-and-china",
            "Between Beijing and Taipei since 2016",
            "Since 2016 a number of states have broken with Taiwan and established relations with China, or the "
            "other way round. Relations with the one end recognition of the other, by the rule of rival governments.",
            ("taiwan", "china"),
            "2016-01-01",
            "2026-12-31",
            "2016-01-01",
            "2016-01-01",
            ("taiwan", "china"),
            "",
        ),
    )
}


blueprint = Blueprint("timeline", __name__)
FORMS = (HTML, JSON, CSV)
#: What the colours of the figure stand for.
LEGEND = {
    "yes": "recognition",
    "maybe": "relations, representation",
    "no": "breaking off, annexation, force",
    "frozen": "suspension",
    "ended": "statement, declaration",
}
_QUIET = {"statement", "vote", "representation_opened"}
#: Acts that the timeline of a polity shows, and lanes that it has at most.
MOST, LANES = 40, 8


@blueprint.get("/timeline", strict_slashes=False)
@operation("of", "around", *MOMENT, formats=FORMS)
def timeline() -> Response:
    """Return the timeline of one party up to the day of the view, or around another day."""
    reader = graph_reader()
    of = request.args.get("of", "").strip()
    if not of:
        return render.page(
            "timelines.html", lambda: {"stories": STORIES.values(), "trail": [("Timelines", None)]}
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

    :raises Problem: where no story is called so.
    """
    if name not in STORIES:
        raise Problem(
            404, "no-such-story", f"{name[:60]!r} is not the name of a story.", hint=", ".join(STORIES)
        )
    return STORIES[name]


@blueprint.get("/embed/timeline")
@operation("of", "around", *MOMENT)
def embedded() -> Response:
    """Return the figure of the timeline of a party alone, for a frame in a page of others."""
    iri = graph_reader().names.find(request.args.get("of", "").strip(), "party").value
    return render.page("embed.html", lambda: _frame(_polity(graph_reader(), iri), "/timeline"))


@blueprint.get("/embed/timeline/<name>")
@operation("around", *MOMENT)
def embedded_story(name: str) -> Response:
    """Return the figure of a story alone, for a frame in a page of others."""
    return render.page(
        "embed.html", lambda: _frame(_story(graph_reader(), _named(name)), f"/timeline/{name}")
    )


def _frame(shown: dict[str, Any], path: str) -> dict[str, Any]:
    """Return what the template of a frame shows of a timeline."""
    query = request.query_string.decode("latin-1")
    return {
        "title": shown["title"],
        "whole": service().root().rstrip("/") + path + (f"?{query}" if query else ""),
        "svg": shown["svg"],
        "wide": True,
        "legend": LEGEND,
        "note": "",
    }


def _answer(make: Any) -> Response:
    form = requested(*FORMS)
    if form is HTML:
        return render.page("timeline.html", make)
    if form is CSV:
        return render.answer(lambda: _csv(make()["acts"]), form.content_type)
    return jsonify([_record(act) for act in make()["acts"]])


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


def _csv(acts: list[Act]) -> str:
    columns = ("date", "kind", "actor", "object", "sentence", "answers", "sources", "act")
    several = {"answers", "sources"}
    rows = [
        [" ".join(one[name]) if name in several else one[name] for name in columns]
        for one in map(_record, acts)
    ]
    return render.csv_text(columns, rows)


def _story(reader: GraphReader, story: Story) -> dict[str, Any]:
    parties = story.party_iris
    acts = [
        act
        # A story that turns on no act takes acts with parties outside it too.
        for act in records.acts_between(reader, story.first, story.last, set(parties), not story.turn)
        if (act.kind not in _QUIET or story.close_first <= act.earliest <= story.close_last)
        and (not story.turn or act.object in {polity_iri(one) for one in story.about} or _tied(act, story))
    ]
    turn = records.act(reader, BASE + story.turn) if story.turn else None
    about = [polity_iri(one) for one in story.about]
    return {
        "trail": [("Timelines", "/timeline"), (story.title, None)],
        "title": story.title,
        "lead": story.lead,
        "before": [(entity, _earlier(reader, entity, turn)) for entity in about] if story.turn else [],
        "turn": story.turn and BASE + story.turn,
        "answers": _answers(reader, story),
        "embed": render.embed_code(f"/embed/timeline/{story.name}", story.title, {}),
        **_drawn(reader, acts, parties),
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
    if not story.turn:
        return []
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
    acts = records.acts_of(reader, iri)
    at = sum(act.earliest <= middle for act in acts)
    half = MOST if not request.args.get("around") else MOST // 2
    first = max(0, min(at - half, len(acts) - MOST))
    shown = acts[first : first + MOST]
    number = Counter(party for act in shown for party in (act.actor, act.object) if party != iri)
    parties = [iri, *(party for party, _ in number.most_common(LANES - 1))]
    name = reader.label(iri)
    return {
        "trail": [("Polities", "/polity"), (name, "/" + iri.removeprefix(BASE)), ("Timeline", None)],
        "title": f"{name}: what happened",
        "lead": f"{len(shown)} of {len(acts)} acts by {name} and on it, around {in_words(middle)}.",
        "earlier": acts[first - 1].earliest if first else None,
        "later": acts[first + MOST].earliest if first + MOST < len(acts) else None,
        "before": [],
        "answers": [],
        "turn": "",
        "embed": render.embed_code("/embed/timeline", name, {"of": iri.rpartition("/")[2], "around": middle}),
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
        "links": {act.iri: [one for one in act.answered if one in place] for act in acts},
        "statements": {
            act.iri: records.statements_on(reader, act.iri) for act in acts if act.kind not in _QUIET
        }
        if len(acts) < 70
        else {},
    }
