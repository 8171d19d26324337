"""The reading of reports at /read: a pasted text is shown beside the acts and statements found in it.

Acts continue to the form at /acts/new and statements to /statements/new, where they are corrected and sent.
Nothing is stored here, and nothing is fetched.
"""

import json
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify

from comity.iris import BASE
from comity.server.editing.changes_page import fresh, given, is_form, page
from comity.server.http.formats import HTML, requested
from comity.server.http.openapi import JSON, fields, operation
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.processes.protocol import ReadCall
from comity.tables.reader import known_columns

blueprint = Blueprint("reading", __name__)
_FIELDS = {
    "text": "The text of the report, in English.",
    "published": "The day of publication, such as 2022-07-14, from which “on Wednesday” is resolved.",
    "publisher": "Who published it.",
    "title": "Its title.",
    "url": "Its URL, which is recorded but not fetched.",
}
#: The most characters in a field other than the text.
_MOST = 500


@blueprint.get("/read")
@operation()
def form() -> Response:
    """Show the form for pasting the text of a report."""
    return _page({})


@blueprint.post("/read")
@operation(methods=("post",), formats=(HTML, JSON), body=fields(_FIELDS, "text"))
def read() -> Response:
    """Read a report: return the acts and statements it describes, as rows for a curator to check."""
    sent = given()
    values = {name: str(sent.get(name, "")) for name in _FIELDS}
    values = {name: value if name == "text" else value[:_MOST].strip() for name, value in values.items()}
    if not is_form() or requested(HTML, JSON) is JSON:
        return fresh(jsonify(_rows(values)))
    try:
        found = _rows(values)
    except Problem as problem:
        return _page(values, problem.status, fault=problem.sentence())
    text = values["text"].replace("\r\n", "\n").replace("\r", "\n")
    known = _known(found)
    return _page(
        values,
        found=found,
        pieces=marked(text, found),
        forms=[_entry("acts", one, known) for one in _done(found)],
        statement_forms=[_entry("statements", one, known) for one in found["statements"]],
    )


def _rows(values: dict[str, str]) -> dict[str, Any]:
    """Return a worker's reading of a text.

    :raises Problem: if it cannot be read.
    """
    result = service().pool.run(ReadCall(**values), service().settings.query_seconds)
    found: dict[str, Any] = json.loads(result.whole())
    return found


def _page(values: dict[str, str], status: int = 200, **more: Any) -> Response:
    return page(
        "read.html",
        status,
        **{"values": values, "fault": "", "found": None, "pieces": [], "forms": [], "statement_forms": []}
        | more,
    )


def _entry(table: str, found: dict[str, Any], known: dict[str, str]) -> str:
    """Return the parameters that fill the form with one row read from a report.

    An act that is not in the graph cannot be referred to, so a statement about one refers to its parties
    instead.

    :param known: the path of each act of the report that is in the graph, by ``kind/actor/object``.
    """
    row = {name: found[name] for name in known_columns(table) if found.get(name)}
    if answered := row.pop("in_response_to", ""):
        row["in_response_to"] = ";".join(known[one] for one in answered.split(";") if one in known)
    if table == "statements":
        del row["statement_id"]  # The form creates one that no other report uses.
        about = [part for one in row.get("about", "").split(";") for part in _spoken_of(one, known)]
        row["about"] = ";".join(dict.fromkeys(about))
    return urlencode({**{name: text for name, text in row.items() if text}, "reason": "Read in a report."})


def _spoken_of(reference: str, known: dict[str, str]) -> list[str]:
    kind, *sides = reference.split("/")
    if not sides:
        return [reference]
    path = known.get("/".join((kind, *sides[:2])))
    return [path] if path else sides[:2]


def _known(found: dict[str, Any]) -> dict[str, str]:
    """Return the path of each act read that is in the graph, on any day, by ``kind/actor/object``."""
    paths: dict[str, str] = {}
    for one in _done(found):
        reference = f"{one['kind']}/{one['actor']}/{one['object']}"
        for act in one["known"]["acts"]:
            path = act["iri"].removeprefix(BASE + "act/")
            if path.startswith(reference + "/"):
                paths[reference] = path
    return paths


def _done(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the acts reported as done in the order of their numbers: those with a date, then those without."""
    return [*found["acts"], *found["undated"]]


def marked(text: str, found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a text in pieces, each with the numbers of the acts it describes and the mention it is, if any.

    >>> found = {"acts": [{"span": {"start": 0, "end": 4}, "also": []}], "undated": [], "not_done": [], "mentions": []}
    >>> [(piece["text"], piece["acts"]) for piece in marked("Mali did.", found)]
    [('Mali', [1]), (' did.', [])]
    """
    spans = [
        (span["start"], span["end"], "act", number)
        for number, act in enumerate(_done(found), 1)
        for span in (act["span"], *act["also"])
    ]
    spans += [(one["span"]["start"], one["span"]["end"], "not", 0) for one in found["not_done"]]
    mentions = [one for one in found["mentions"] if one["kind"] != "pronoun" or one.get("ids")]
    edges = sorted(
        {0, len(text)}
        | {place for span in spans for place in span[:2]}
        | {place for one in mentions for place in (one["start"], one["end"])}
    )
    pieces = []
    named = {one["start"]: one for one in mentions}
    for start, end in pairwise(edges):
        mention = named.get(start)
        pieces.append(
            {
                "text": text[start:end],
                "acts": sorted({n for a, b, kind, n in spans if kind == "act" and a <= start and end <= b}),
                "not": any(a <= start and end <= b for a, b, kind, _ in spans if kind == "not"),
                "title": _meaning(mention) if mention and mention["end"] == end else "",
            }
        )
    return pieces


def _meaning(mention: dict[str, Any]) -> str:
    return ", ".join(mention.get("ids", ())) or mention.get("date", "")
