"""Search: finding things by name, and interpreting questions in words."""

import re

from flask import Blueprint, Response, jsonify, redirect, request

from comity.edtf import dated
from comity.iris import BASE
from comity.questions.lookup import Hit
from comity.questions.questions import Question, questions
from comity.questions.spelling import fold
from comity.server.http.openapi import JSON, MOMENT, OPENSEARCH, operation
from comity.server.web import render, view_context
from comity.server.web.models import asked, pair, records
from comity.server.web.models.asked import SURE
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.pages import between
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("search", __name__)
#: Words of a question about two parties that are not part of a name, and the maximum number of words examined.
_VERBS = frozenset(
    fold(
        "do does did has have had is are was be been being will would "
        "when who whom which what whether why how many much long first last "
        "with by to from between since before after in "
        "recognise recognises recognised recognising recognize recognizes recognized recognizing recognition "
        "relation relations ties diplomatic embassy break broke broken cut severed sever vs versus "
        "establish established restore restored resume resumed open opened switch switched turn turned "
        "withdrew withdraw withdrawn ever never still now today yet already not formally officially currently "
        "each other"
    ).split()
)
_SMALL = {"and", "of", "the"}
#: The score from which a mistyped name of two is taken as the one it resembles, if the other name is certain, or
#: if the words ask about recognition or relations.
_MISTYPED = 0.8
_ASKING = re.compile(r"\b(?:recogni|relations?\b|ties\b|broke|withdr[ae]w|sever)")
_MOST_WORDS = 12
#: The number of acts, and of sources and statements, listed by the search.
_MOST_MENTIONS = 12


@blueprint.get("/go")
@operation("name")
def go() -> Response:
    """Redirect from a name to the thing that it names, or to the search if that is not certain."""
    text = request.args.get("name", "").strip()
    hits = graph_reader().names.search(text, most=2)
    if _sure(hits):
        return redirect(view_context.link(hits[0].iri), 303)  # type: ignore[return-value]
    return redirect(view_context.link("/search", q=text), 303)  # type: ignore[return-value]


@blueprint.get("/search")
@operation("q", *MOMENT)
def search() -> Response:
    """Return the things, questions and acts found for a name or words."""
    text = request.args.get("q", "").strip()[:200]

    def make() -> dict[str, object]:
        reader = graph_reader()
        answer = asked.answer(reader, text, view_context.current().day)
        rest, _, past = asked.without_day(fold(text))
        past = past if past <= view_context.today() else ""
        two = None if answer else _pair(reader, rest)
        day = past or (between.day_of(reader, two) if two else view_context.current().day)
        hits = reader.names.search(text, most=30)
        words = fold(text).split()
        if _sure(hits):  # Things that merely resemble the name were not meant.
            hits = [hit for hit in hits if hit.score >= SURE]
        else:
            others = reader.names.search(" ".join(word for word in words if word not in _VERBS), most=30)
            hits = others if _sure(others) else hits
        sure = _sure(hits)
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
            "past": past,
            "last_day": day if day != view_context.current().day else None,
            "hits": [] if two or answer else hits,
            "sure": sure,
            "understood": understood,
            "of": hits[0] if sole and not two and hits[0].iri.startswith(BASE + "polity/") else None,
            "asked": len(words) > 2,
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


def _sure(hits: list[Hit]) -> bool:
    """Return whether the best of the hits is certain."""
    return bool(hits) and hits[0].score >= SURE


def _newest(reader: GraphReader, party: str) -> list[records.Act]:
    """Return the newest acts by and on a party, except votes, newest first."""
    return [act for act in reversed(records.acts_of(reader, party)) if act.kind != "vote"][:8]


def _within(reader: GraphReader, words: list[str]) -> list[str]:
    """Return the parties named exactly by some of the words of a text, at most three."""
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
    """Return the questions whose titles share the most words with a text."""
    sought = {word for word in words if len(word) > 3} - _VERBS
    shared = {name: len(sought & {*fold(one.title).split()}) for name, one in questions().items()}
    best = sorted((name for name in shared if shared[name]), key=lambda name: -shared[name])
    return [questions()[name] for name in best[:3]]


def _pair(reader: GraphReader, text: str) -> tuple[str, str] | None:
    """Return the two parties in words such as "does France recognise Taiwan"; None for anything else."""
    words, asking = fold(text).split()[:_MOST_WORDS], bool(_ASKING.search(fold(text)))
    kept = (tuple(word for word in words if word not in left_out) for left_out in (_VERBS, _VERBS | _SMALL))
    for names in dict.fromkeys(kept):
        for place in range(1, len(names)):
            sides = (
                " ".join(names[:place]).removesuffix(" and"),
                " ".join(names[place:]).removeprefix("and "),
            )
            if _SMALL.issuperset(names[:place]) or _SMALL.issuperset(names[place:]):
                continue
            found = [hit for side in sides for hit in reader.names.search(side, "party", 1)]
            if len(found) < 2 or found[0].iri == found[1].iri:
                continue
            worse, better = sorted(hit.score for hit in found)
            nearly = len(names) == 2 and worse >= _MISTYPED
            if worse >= SURE or (nearly and (better >= SURE or asking)):
                return found[0].iri, found[1].iri
    return None


@blueprint.get("/complete")
@operation("q", "type", formats=(JSON,))
def complete() -> Response:
    """Return the things of a kind whose name or alias begins with, or resembles, the input."""
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
    """Return the OpenSearch description, with which browsers offer the search in the address bar."""
    root = request.url_root.rstrip("/")
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/"><ShortName>Comity</ShortName>'
        "<Description>Names in the graph of recognition</Description>"
        f'<Url type="text/html" template="{root}/search?q={{searchTerms}}"/></OpenSearchDescription>\n'
    )
    return Response(text, content_type="application/opensearchdescription+xml")
