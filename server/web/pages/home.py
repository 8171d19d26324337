"""The home page, and the help pages."""

from bisect import bisect_right
from collections import Counter
from itertools import islice
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, jsonify, request

from comity import jsonld
from comity.changes.history import channel_in_words
from comity.iris import BASE, CO, PREFIXES, prologue, term
from comity.periods.in_force import CERTAIN
from comity.questions.questions import questions
from comity.server.http.formats import JSONLD
from comity.server.http.openapi import JSON, MOMENT, TEXT, operation
from comity.server.http.service import service
from comity.server.web import render, view_context
from comity.server.web.figures.map import Subject
from comity.server.web.models import recognition, records
from comity.server.web.models.graph_reader import GraphReader, kept, kept_for_days
from comity.server.web.models.stories import STORIES
from comity.server.web.pages import indexes, map_page
from comity.server.web.view_context import graph_reader
from comity.store.changelog import ChangeLog

blueprint = Blueprint("home", __name__)
#: The questions listed first on the home page.
_FIRST = (
    "who-recognises",
    "withdrawals",
    "responses-to",
    "compare-perspectives",
    "never-recognised-by-un-members",
)
#: The acts of July 2022 listed on the home page.
_STORY = (
    "act/recognition/russia/donetsk-peoples-republic/2022-02-21",
    "act/recognition/syria/donetsk-peoples-republic/2022-06-29",
    "act/recognition/north-korea/donetsk-peoples-republic/2022-07-13",
    "act/relations_severed/ukraine/north-korea/2022-07-13",
)
#: Whose recognition the map of the front page shows: a case in which every class of the legend occurs.
_SHOWN = BASE + "polity/kosovo"
_SHOWN_TOO = ("palestine", "taiwan", "sahrawi-republic", "somaliland")
_MANY_ACTS = 50_000
_UNLAWFUL = BASE + "status/unlawful-government"
#: The kinds of acts, as in their addresses, of which the newest are listed, and how many of them.
_KINDS = (
    "recognition",
    "withdrawal",
    "suspension",
    "relations_established",
    "relations_severed",
    "relations_restored",
    "relations_suspended",
)
_LISTED = 4
_COUNTS = (
    ("Act", "acts"),
    ("Polity", "polities"),
    ("StatusClaim", "claims of status"),
    ("Source", "sources"),
)
_SIZES = f"""SELECT ?class (COUNT(*) AS ?n) {{
  VALUES ?class {{ {" ".join(f"<{CO}{name}>" for name, _ in _COUNTS)} }} ?one a ?class
}} GROUP BY ?class"""


@blueprint.get("/")
@operation(*MOMENT)
def page() -> Response:
    """Return the home page."""
    return render.page("home.html", _home)


def _home() -> dict[str, Any]:
    reader, now = graph_reader(), view_context.current()
    return {
        "contested": contested(reader, now.day, now.reading),
        "denied": denied_members(reader, now.day, now.reading),
        "sizes": sizes(reader),
        "questions": _questions(),
        "map": map_page.figure(Subject(_SHOWN, False)) if _SHOWN in reader.kinds else None,
        "others": [name for name in _SHOWN_TOO if BASE + f"polity/{name}" in reader.kinds],
        "story": [act for iri in _STORY if (act := records.act(reader, BASE + iri))],
        "story_lead": STORIES["july-2022"].lead.partition(". ")[0] + ".",
        "latest": newest(reader, now.day),
        "changes": _changes(),
    }


def _changes() -> list[dict[str, Any]]:
    """Return the last three changes; of the builds from the tables, only the last counts."""
    known = ChangeLog(service().store_path).latest(30)
    found = [record for record in known if record.kind in ("change", "build")]
    builds = [record for record in found if record.channel == "build"][1:]
    return [
        {
            "number": record.number,
            "time": record.time,
            "reason": "" if record.channel == "build" else record.reason,
            "how": "Built from the tables of facts"
            if record.channel == "build"
            else channel_in_words(record.channel),
            "things": [] if record.channel == "build" else record.things,
        }
        for record in found
        if record not in builds
    ][:3]


@kept
def sizes(reader: GraphReader) -> list[tuple[int, str]]:
    """Return the numbers of acts, polities, claims and sources, counted by a query worker, each with its noun."""
    number = {row["class"]: int(row["n"]) for row in service().rows(_SIZES)}
    return [(number.get(CO + name, 0), words) for name, words in _COUNTS]


def prepare(reader: GraphReader) -> None:
    """Read what the home page of today needs, and what other pages have in common with it."""
    day = view_context.today()
    contested(reader, day, CERTAIN)
    denied_members(reader, day, CERTAIN)
    sizes(reader)
    newest(reader, day)
    records.newest_source(reader)
    records.described(reader)
    recognition.turns(reader, _SHOWN)
    for folder in ("act", "source"):
        indexes.names_of(reader, folder)


@kept
def _days(reader: GraphReader) -> list[ox.Literal]:
    """Return the days that are the latest possible day of an act, in order, each once."""
    found = {quad.object for quad in reader.quads(None, term("latest"), None)}
    return sorted(found, key=lambda day: day.value)


@kept_for_days
def newest(reader: GraphReader, day: str) -> list[records.Act]:
    """Return the newest sourced acts of recognition and relations up to a day.

    Empty if there are more than :data:`_MANY_ACTS`, which happens only with synthetic tables.
    """
    if reader.meta.get("counts", {}).get("acts", 0) > _MANY_ACTS:
        return []
    days = _days(reader)
    iris = (
        iri
        for latest in reversed(days[: bisect_right(days, day, key=lambda one: one.value)])
        for iri in sorted(
            (quad.subject.value for quad in reader.quads(None, term("latest"), latest)), reverse=True
        )
    )
    acts = (records.act(reader, iri) for iri in iris)
    sourced = (act for act in acts if act and act.sources and act.kind in _KINDS)
    return list(islice(sourced, _LISTED))


def _questions() -> list[Any]:
    listed = questions()
    return [listed[name] for name in dict.fromkeys((*_FIRST, *listed)) if name in listed][:6]


@kept_for_days
def contested(reader: GraphReader, day: str, reading: str) -> list[dict[str, Any]]:
    """Return the entities that are recognised on the day, most recognised first: de facto ones, and disputed observers.

    An observer whose standing nobody contests, such as the Holy See, is not among them.
    """
    united = recognition.un_members(reader, day)
    number = recognition.recogniser_counts(reader, day, reading)
    of_them = Counter(
        other.value for one, other in reader.pairs(day, reading, "recognises") if one.value in united
    )
    kinds = {"de_facto", "former_de_facto", "un_observer"}
    chosen = [
        iri
        for iri, kind in reader.kinds.items()
        if kind in kinds
        and number[iri]
        and (kind != "un_observer" or any(one.refuses for one in records.claims_about(reader, iri)))
    ]
    rows = [
        {"iri": iri, "kind": reader.kinds[iri], "number": number[iri], "united": of_them[iri]}
        for iri in chosen
    ]
    return sorted(rows, key=lambda row: (-row["number"], reader.label(str(row["iri"]))))


@kept_for_days
def denied_members(reader: GraphReader, day: str, reading: str) -> list[dict[str, Any]]:
    """Return the members of the United Nations whose statehood or government others deny on the day, with the claims.

    They are those of the question ``contested-un-members``; of a party that denies the state, that claim alone.
    """
    number = recognition.recogniser_counts(reader, day, reading)
    rows = []
    for iri in recognition.un_members(reader, day):
        held: dict[str, records.Claim] = {}
        for one in records.claims_about(reader, iri):
            denies = one.refuses or one.status == _UNLAWFUL
            if denies and one.interval.in_force(day) and (one.refuses or one.claimant not in held):
                held[one.claimant] = one
        claims = sorted(held.values(), key=lambda one: reader.label(one.claimant))
        if claims:
            rows.append({"iri": iri, "number": number[iri], "claims": claims})
    return sorted(rows, key=lambda row: (-len(row["claims"]), reader.label(row["iri"])))


@blueprint.get("/prefixes")
@operation(formats=(JSON, TEXT))
def prefixes() -> Response:
    """Return the predeclared prefixes, as JSON or as PREFIX lines."""
    if request.accept_mimetypes.best_match(["application/json", "text/plain"]) == "text/plain":
        return Response(prologue(), content_type="text/plain; charset=utf-8")
    return jsonify(PREFIXES)


@blueprint.get("/context.jsonld")
@operation(formats=(JSONLD,))
def context() -> Response:
    """Return the JSON-LD context of the ontology: its prefixes, and a term for each of its properties."""
    response = jsonify(jsonld.context())
    response.content_type = JSONLD.content_type
    return response


@blueprint.get("/about")
def about() -> Response:
    """Return the help page."""
    trail, contact = [("How to read this", None)], service().settings.contact
    return render.page(
        "about.html", lambda: {"trail": trail, "meta": graph_reader().meta, "contact": contact}
    )


@blueprint.get("/glossary")
def glossary() -> Response:
    """Return the definitions of the terms used on the pages."""
    return render.page("glossary.html", lambda: {"trail": [("Glossary", None)]})
