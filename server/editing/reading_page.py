"""The reading of reports at /read: a text is pasted, and shown beside the acts and statements understood of it.

An act goes on to the form at /acts/new and a statement to that at /statements/new, where it is corrected and sent.
Nothing is kept here, and nothing fetched.
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
    "published": "The day of its publication, such as 2022-07-14, to which “on Wednesday” refers.",
    "publisher": "Who published it.",
    "title": "Its title.",
    "url": "Its address, which is kept and not fetched.",
}
#: The most letters of a field other than the text.
_MOST = 500


@blueprint.get("/read")
@operation()
def form() -> Response:
    """Show the form into which the text of a report is pasted."""
    return _page({})


@blueprint.post("/read")
@operation(methods=("post",), formats=(HTML, JSON), body=fields(_FIELDS, "text"))
def read() -> Response:
    """Read a report: return the acts and statements that it tells of, as rows for a curator to check."""
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
        forms=[_entry("acts", one, known) for one in found["acts"]],
        statement_forms=[_entry("statements", one, known) for one in found["statements"]],
    )


def _rows(values: dict[str, str]) -> dict[str, Any]:
    """Return what a worker reads of a text.

    :raises Problem: when it cannot be read.
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
    """Return the parameters of the form for one row of a table, filled with what was read.

    An act that the graph does not have yet can be neither answered nor spoken of: its parties stand in its place in
    what a statement is about.

    :param known: the path of each act of the report that the graph has, by ``kind/actor/object``.
    """
    row = {name: found[name] for name in known_columns(table) if found.get(name)}
    if answered := row.pop("in_response_to", ""):
        row["in_response_to"] = ";".join(known[one] for one in answered.split(";") if one in known)
    if table == "statements":
        del row["statement_id"]  # The form gives one that no other report uses.
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
    """Return the path of each act that was read and that the graph has, on whatever day, by ``kind/actor/object``."""
    paths: dict[str, str] = {}
    for one in found["acts"]:
        reference = f"{one['kind']}/{one['actor']}/{one['object']}"
        for act in one["known"]["acts"]:
            path = act["iri"].removeprefix(BASE + "act/")
            if path.startswith(reference + "/"):
                paths[reference] = path
    return paths


def marked(text: str, found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a text in pieces: each with the numbers of the acts that it tells, and the mention that it is.

    >>> found = {"acts": [{"span": {"start": 0, "end": 4}, "also": []}], "not_done": [], "mentions": []}
    >>> [(piece["text"], piece["acts"]) for piece in marked("Mali did.", found)]
    [('Mali', [1]), (' did.', [])]
    """
    spans = [
        (span["start"], span["end"], "act", number)
        for number, act in enumerate(found["acts"], 1)
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
