"""The front page, which tells a newcomer what this is and where to go, and the page on how to read the rest."""

from collections import Counter
from typing import Any

from flask import Blueprint, Response, redirect, request

from comity.graph.answers.questions import questions
from comity.graph.vocabulary.names import BASE

from . import charts, control, polity_page, search, standing
from . import frame as pages
from .reading import Reader, reader

blueprint = Blueprint("welcome", __name__)
#: The questions that the front page names, where they are there.
_FIRST = (
    "who-recognises",
    "withdrawals",
    "responses-to",
    "compare-perspectives",
    "never-recognised-by-un-members",
)
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
    known.shelf.setdefault("sizes", [(len(known.of_class(name)), words) for name, words in _COUNTS])
    return {
        "contested": contested(known, now),
        "sizes": known.shelf["sizes"],
        "questions": _questions(),
        "kosovo": _kosovo(known, now),
    }


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
    hits = search.find(reader(), text, 2, ("polity",))
    if hits and hits[0].score >= 1.5:
        return redirect(control.link(hits[0].iri), 303)  # type: ignore[return-value]
    return redirect(control.link("/search", q=text), 303)  # type: ignore[return-value]
