"""The front page, which tells a newcomer what this is and where to go, and the page on how to read the rest."""

from bisect import bisect_right
from collections import Counter
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request

from comity.changes.history import about as things_of
from comity.changes.history import way_in_words
from comity.iris import BASE
from comity.questions.questions import questions
from comity.server.http.service import Service
from comity.server.web import charts, control, polity_page, records, search, standing
from comity.server.web import frame as pages
from comity.server.web.reading import Reader, reader
from comity.store.changelog import ChangeLog

blueprint = Blueprint("welcome", __name__)
#: The questions that the front page names, where they are there.
_FIRST = (
    "who-recognises",
    "withdrawals",
    "responses-to",
    "compare-perspectives",
    "never-recognised-by-un-members",
)
#: The acts that the front page tells of July 2022.
_STORY = (
    "act/recognition/russia/donetsk-peoples-republic/2022-02-21",
    "act/recognition/syria/donetsk-peoples-republic/2022-06-29",
    "act/recognition/north-korea/donetsk-peoples-republic/2022-07-13",
    "act/relations_severed/ukraine/north-korea/2022-07-13",
)
_MANY_ACTS = 50_000
_CHRONICLE = """
SELECT DISTINCT ?act ?latest WHERE {
  VALUES ?kind { co:Recognition co:WithdrawalOfRecognition co:FreezeOfRecognition co:EstablishmentOfRelations
                 co:SeveranceOfRelations co:RestorationOfRelations co:SuspensionOfRelations }
  ?act a ?kind ; co:latest ?latest ; co:evidence ?evidence .
}"""
_COUNTS = (
    ("Act", "acts"),
    ("Polity", "polities"),
    ("StatusClaim", "claims of status"),
    ("Source", "sources"),
)


def page() -> Response:
    """The front page."""
    return pages.page("home.html", _home)


def _home() -> dict[str, Any]:
    known, now = reader(), control.moment()
    return {
        "contested": contested(known, now),
        "sizes": sizes(known),
        "questions": _questions(),
        "kosovo": _kosovo(known, now),
        "story": [act for iri in _STORY if (act := records.act(known, BASE + iri))],
        "latest": _latest(known, now),
        "changes": _changes(),
    }


def _changes() -> list[dict[str, Any]]:
    """Give the last changes; of the times that the graph was built from the tables, only the last."""
    service: Service = current_app.extensions["comity"]
    found = [
        record for record in ChangeLog(service.store_path).latest(30) if record.kind in ("change", "build")
    ]
    builds = [record for record in found if record.channel == "build"][1:]
    return [
        {
            "number": record.number,
            "time": record.time,
            "reason": record.reason,
            "how": way_in_words(record.channel),
            "things": things_of(record),
        }
        for record in found
        if record not in builds
    ][:3]


def sizes(known: Reader) -> list[tuple[int, str]]:
    """Give how many acts, polities, claims and sources there are; counted once."""
    if "sizes" not in known.shelf:
        known.shelf["sizes"] = [(len(known.of_class(name)), words) for name, words in _COUNTS]
    found: list[tuple[int, str]] = known.shelf["sizes"]
    return found


def chronicle(known: Reader) -> list[tuple[str, str]]:
    """Give the acts of recognition and relations that have a source, with their latest days, in order; read once.

    There are none where the world is too large for it, which only made-up ones are.
    """
    if "chronicle" not in known.shelf and known.meta.get("counts", {}).get("acts", 0) > _MANY_ACTS:
        known.shelf["chronicle"] = []
    if "chronicle" not in known.shelf:
        rows = known.rows(_CHRONICLE)
        known.shelf["chronicle"] = sorted((row["latest"], row["act"]) for row in rows)
    found: list[tuple[str, str]] = known.shelf["chronicle"]
    return found


def _latest(known: Reader, now: control.Moment) -> list[records.Act]:
    """Give the newest acts by the day of the page."""
    acts = chronicle(known)
    place = bisect_right(acts, (now.day, "~"))
    return [act for _, iri in acts[max(place - 4, 0) : place][::-1] if (act := records.act(known, iri))]


def _questions() -> list[Any]:
    known = questions()
    first = [known[name] for name in _FIRST if name in known]
    rest = [question for name, question in known.items() if name not in _FIRST]
    return [*first, *rest][:6]


def contested(known: Reader, now: control.Moment) -> list[dict[str, Any]]:
    """Give the de facto entities and observers that somebody recognises on the day, by how many do."""
    united = polity_page.members(known, now.day)
    number: Counter[str] = Counter()
    of_them: Counter[str] = Counter()
    for one, other in known.pairs(now.day, now.reading, "recognises"):
        number[other.value] += 1
        of_them[other.value] += one.value in united
    kinds = {"de_facto", "former_de_facto", "un_observer"}
    chosen = [iri for iri, kind in known.kinds.items() if kind in kinds and number[iri]]
    rows = [{"iri": iri, "number": number[iri], "united": of_them[iri]} for iri in chosen]
    return sorted(rows, key=lambda row: (-row["number"], known.label(str(row["iri"]))))


def _kosovo(known: Reader, now: control.Moment) -> dict[str, Any]:
    points = standing.counts(known, BASE + "polity/kosovo")
    title = "Number of parties that recognise Kosovo, over time"
    return {
        "chart": charts.steps(points, now.day, control.today(), title, "kosovo-words"),
        "number": next((number for day, number in reversed(points) if day <= now.day), 0),
        "peak": max((number for _, number in points), default=0),
    }


@blueprint.get("/about")
def about() -> Response:
    """How to read the pages."""
    return pages.page("about.html", lambda: {"trail": [("How to read this", None)], "meta": reader().meta})


@blueprint.get("/go")
def go() -> Response:
    """Lead from a name typed into the box of the front page to the thing itself, or to the search."""
    text = request.args.get("name", "").strip()
    hits = search.find(reader(), text, 2)
    if hits and hits[0].score >= 1.5:
        return redirect(control.link(hits[0].iri), 303)  # type: ignore[return-value]
    return redirect(control.link("/search", q=text), 303)  # type: ignore[return-value]
