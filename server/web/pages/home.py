"""The front page, the ways to find a thing by its name, and the page on how to read the rest."""

from bisect import bisect_right
from collections import Counter
from itertools import islice
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request

from comity import jsonld
from comity.changes.history import channel_in_words, outlines
from comity.edtf import dated
from comity.iris import BASE, PREFIXES, TYPE, prologue, term
from comity.questions.lookup import fold
from comity.questions.questions import Question, questions
from comity.server.http.formats import JSONLD
from comity.server.http.openapi import JSON, MOMENT, OPENSEARCH, TEXT, operation
from comity.server.http.service import service
from comity.server.web import render, view_context
from comity.server.web.figures.map import Subject
from comity.server.web.models import asked, pair, recognition, records
from comity.server.web.models.asked import SURE
from comity.server.web.models.graph_reader import GraphReader, kept, kept_for_days
from comity.server.web.models.stories import STORIES
from comity.server.web.pages import between, map_page
from comity.server.web.view_context import graph_reader
from comity.store.changelog import ChangeLog

blueprint = Blueprint("home", __name__)
#: The questions that the front page names first.
_FIRST = (
    "who-recognises",
    "withdrawals",
    "responses-to",
    "compare-perspectives",
    "never-recognised-by-un-members",
)
#: The acts of July 2022 that the front page lists.
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
#: Words of a question about two parties that are not part of a name, and how many words are looked at.
_VERBS = frozenset(
    (
        *(
            "do",
            "does",
            "did",
            "has",
            "have",
            "had",
            "is",
            "are",
            "was",
            "when",
            "who",
            "which",
            "whether",
            "with",
        ),
        *("by", "to", "between", "since", "recognise", "recognises", "recognised", "recognize", "recognizes"),
        *("recognized", "recognition", "relation", "relations", "ties", "diplomatic", "break", "broke", "vs"),
        *("withdrew", "withdraw", "withdrawn", "ever", "still", "now", "today", "yet", "already", "not"),
        *("formally", "officially", "currently"),
    )
)
_SMALL = {"and", "of", "the"}
_MOST_WORDS = 12
#: How many acts, and how many sources and statements, the search names.
_MOST_MENTIONS = 12
_KINDS = (
    "Recognition",
    "WithdrawalOfRecognition",
    "FreezeOfRecognition",
    "EstablishmentOfRelations",
    "SeveranceOfRelations",
    "RestorationOfRelations",
    "SuspensionOfRelations",
)
_COUNTS = (
    ("Act", "acts"),
    ("Polity", "polities"),
    ("StatusClaim", "claims of status"),
    ("Source", "sources"),
)


@blueprint.get("/")
@operation(*MOMENT)
def page() -> Response:
    """Return the front page."""
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
        "latest": _latest(reader, now),
        "changes": _changes(),
    }


def _changes() -> list[dict[str, Any]]:
    """Return the last three changes; of the builds from the tables, only the last counts."""
    store = service().store_path
    known = outlines(store, ChangeLog(store).latest(30))
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
    """Return the numbers of acts, polities, claims and sources, each with the noun for it."""
    return [(sum(1 for _ in reader.quads(None, TYPE, term(name))), words) for name, words in _COUNTS]


@kept
def chronicle(reader: GraphReader) -> list[tuple[str, str]]:
    """Return the sourced acts of recognition and relations, each after its latest possible day, in order.

    Empty where there are more than :data:`_MANY_ACTS`, which only synthetic tables have.
    """
    if reader.meta.get("counts", {}).get("acts", 0) > _MANY_ACTS:
        return []
    latest = reader.column("latest")
    acts = {quad.subject.value for name in _KINDS for quad in reader.quads(None, TYPE, term(name))}
    return sorted((latest[act], act) for act in acts if act in latest)


def _latest(reader: GraphReader, now: view_context.ViewContext) -> list[records.Act]:
    """Return the newest acts by the day of the page that have a source."""
    acts = chronicle(reader)
    before = reversed(acts[: bisect_right(acts, (now.day, "~"))])
    sourced = (act for _, iri in before if (act := records.act(reader, iri)) and act.sources)
    return list(islice(sourced, 4))


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
    """Return the prefixes that need no declaration, as JSON or as PREFIX lines."""
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
    """Return the page on how to read the others."""
    trail, contact = [("How to read this", None)], service().settings.contact
    return render.page(
        "about.html", lambda: {"trail": trail, "meta": graph_reader().meta, "contact": contact}
    )


@blueprint.get("/glossary")
def glossary() -> Response:
    """Return what the words on the pages mean."""
    return render.page("glossary.html", lambda: {"trail": [("Glossary", None)]})


@blueprint.get("/go")
@operation("name")
def go() -> Response:
    """Redirect from a name to the thing that bears it, or to the search where that is not certain."""
    text = request.args.get("name", "").strip()
    hits = graph_reader().names.search(text, most=2)
    if hits and hits[0].score >= SURE:
        return redirect(view_context.link(hits[0].iri), 303)  # type: ignore[return-value]
    return redirect(view_context.link("/search", q=text), 303)  # type: ignore[return-value]


@blueprint.get("/search")
@operation("q", *MOMENT)
def search() -> Response:
    """Return the things, questions and acts that a name or words find."""
    text = request.args.get("q", "").strip()[:200]

    def make() -> dict[str, object]:
        reader = graph_reader()
        answer = asked.answer(reader, text, view_context.current().day)
        two = None if answer else _pair(reader, text)
        day = between.day_of(reader, two) if two else view_context.current().day
        hits = reader.names.search(text, most=30)
        words = fold(text).split()
        if hits and hits[0].score >= SURE:  # What merely resembles the name is not what was meant.
            hits = [hit for hit in hits if hit.score >= SURE]
        if not (hits and hits[0].score >= SURE):
            others = reader.names.search(" ".join(word for word in words if word not in _VERBS), most=30)
            hits = others if others and others[0].score >= SURE else hits
        sure = bool(hits) and hits[0].score >= SURE
        understood = sure or bool(two or answer)
        sole = sure and (len(hits) == 1 or hits[1].score < hits[0].score - 0.1)
        named = [
            question
            for question in questions().values()
            if words and all(word in fold(f"{question.title} {question.description}") for word in words)
        ]
        return {
            "q": text,
            "pair": two,
            "sentence": pair.sentence(reader, two, day, view_context.today()) if two else "",
            "last_day": day if day != view_context.current().day else None,
            "hits": [] if two or answer else hits,
            "sure": sure,
            "understood": understood,
            "of": hits[0] if sure and not two and hits[0].iri.startswith(BASE + "polity/") else None,
            "answer": answer,
            "questions": named[:6] or ([] if understood else _nearest(words)),
            "newest": _newest(reader, hits[0].iri) if sole and not two and not answer else [],
            "within": [] if understood else _within(reader, words),
            "acts": reader.names.mentions(text, ("act",), _MOST_MENTIONS),
            "others": reader.names.mentions(text, ("statement", "source"), _MOST_MENTIONS),
            "most": _MOST_MENTIONS,
            "trail": [("Search", None)],
        }

    return render.page("search.html", make)


def _newest(reader: GraphReader, party: str) -> list[records.Act]:
    """Return the newest acts of a party and on it, without votes, the newest first."""
    return [act for act in reversed(records.acts_of(reader, party)) if act.kind != "vote"][:8]


def _within(reader: GraphReader, words: list[str]) -> list[str]:
    """Return the parties that some of the words of a text name exactly, at most three."""
    left = [word if word not in _VERBS | _SMALL else "" for word in words[:_MOST_WORDS]]
    found: dict[int, str] = {}
    for length in (4, 3, 2, 1):
        for place in range(len(left) - length + 1):
            part = left[place : place + length]
            name = " ".join(words[place : place + length])
            hits = reader.names.search(name, "party", 1) if part[0] and part[-1] and len(name) > 3 else []
            if hits and hits[0].score == 3:
                found[place] = hits[0].iri
                left[place : place + length] = [""] * length
    return list(dict.fromkeys(found[place] for place in sorted(found)))[:3]


def _nearest(words: list[str]) -> list[Question]:
    """Return the questions whose titles share most words with a text."""
    sought = {word for word in words if len(word) > 3} - _VERBS
    shared = {name: len(sought & {*fold(one.title).split()}) for name, one in questions().items()}
    best = sorted((name for name in shared if shared[name] > 1), key=lambda name: -shared[name])
    return [questions()[name] for name in best[:3]]


def _pair(reader: GraphReader, text: str) -> tuple[str, str] | None:
    """Return the two parties that words name, such as "does France recognise Taiwan"; None for all else."""
    words = fold(text).split()[:_MOST_WORDS]
    kept = (tuple(word for word in words if word not in left_out) for left_out in (_VERBS, _VERBS | _SMALL))
    for names in dict.fromkeys(kept):
        for place in range(1, len(names)):
            sides = (
                " ".join(names[:place]).removesuffix(" and"),
                " ".join(names[place:]).removeprefix("and "),
            )
            found = [
                hit for side in sides for hit in reader.names.search(side, "party", 1) if hit.score >= SURE
            ]
            if _SMALL.issuperset(names[:place]) or _SMALL.issuperset(names[place:]):
                continue
            if len(found) == 2 and found[0].iri != found[1].iri:
                return found[0].iri, found[1].iri
    return None


@blueprint.get("/complete")
@operation("q", "type", formats=(JSON,))
def complete() -> Response:
    """Return the things of a kind whose name or alias begins with, or resembles, what is typed."""
    text, kind = request.args.get("q", "")[:100], request.args.get("type", "entity")
    reader = graph_reader()
    response = jsonify(
        [
            {
                "name": dated(hit.name),
                "id": hit.id,
                "iri": hit.iri,
                "kind": reader.kind_of(hit.iri),
                "via": hit.via,
            }
            for hit in reader.names.search(text, kind, 12)
        ]
    )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@blueprint.get("/opensearch.xml")
@operation(formats=(OPENSEARCH,))
def opensearch() -> Response:
    """Return the description by which a browser offers the search in its address bar."""
    root = request.url_root.rstrip("/")
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/"><ShortName>Comity</ShortName>'
        "<Description>Names in the graph of recognition</Description>"
        f'<Url type="text/html" template="{root}/search?q={{searchTerms}}"/></OpenSearchDescription>\n'
    )
    return Response(text, content_type="application/opensearchdescription+xml")
