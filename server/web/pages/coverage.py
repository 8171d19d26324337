"""The coverage of the record: statements by topic, and the counts of other publishers compared with its own."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, request

from comity.iris import BASE
from comity.questions.coverage import COMPLETENESS, Statement
from comity.server.http.formats import CSV, HTML, PARQUET, requested
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.web import render
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("coverage", __name__)
FORMS = (HTML, JSON, CSV, PARQUET)
#: The topics in the order of the page, with the headings of their tables.
_HEADINGS = {
    "recognition": "Who recognises it",
    "recognition-by": "Whom it recognises",
    "relations": "Its diplomatic relations",
    "claims": "What others claim of its status",
}

#: The singular of what is counted for each topic.
_THINGS = {
    "recognition": "recogniser",
    "recognition-by": "recognition",
    "relations": "partner",
    "claims": "claim",
}


@blueprint.get("/coverage", strict_slashes=False)
@operation("kind", *MOMENT, formats=FORMS)
def coverage() -> Response:
    """Return the coverage as a page, or its data: the statements or, with kind=totals, the totals."""
    form = requested(*FORMS)
    if form is HTML:
        return render.page("coverage.html", lambda: _context(graph_reader()))
    records = _records(graph_reader(), request.args.get("kind", ""))
    if form in (CSV, PARQUET):
        header = list(records[0]) if records else []
        return render.table(lambda: (header, [list(one.values()) for one in records]), form)
    return jsonify(records)


def _records(reader: GraphReader, kind: str) -> list[dict[str, Any]]:
    found = reader.coverage.totals() if kind == "totals" else reader.coverage.statements()
    return [one.record() for one in found]


def _context(reader: GraphReader) -> dict[str, Any]:
    stated = reader.coverage.statements()
    own = [one for one in stated if one.party.startswith(BASE + "polity/")]
    return {
        "trail": [("Coverage", None)],
        "meanings": COMPLETENESS,
        "numbers": {word: sum(one.completeness == word for one in own) for word in COMPLETENESS},
        "general": [
            ("Every other member of the United Nations", _of(stated, "/organisation/united-nations")),
            ("Every other party", _of(stated, "/dataset")),
        ],
        "topics": [
            (topic, heading, [one for one in own if one.topic == topic])
            for topic, heading in _HEADINGS.items()
        ],
        "headings": _HEADINGS,
        "things": _THINGS,
        "totals": sorted(reader.coverage.totals(), key=lambda one: (reader.label(one.about), one.day)),
    }


def _of(stated: Sequence[Statement], ending: str) -> list[Statement]:
    """Return the statements that apply to many parties, in the order of the topics."""
    order = list(_HEADINGS)
    return sorted(
        (one for one in stated if one.party.endswith(ending)), key=lambda one: order.index(one.topic)
    )
