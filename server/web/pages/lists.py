"""Lists of states for software, and the page that explains how to choose and cite one."""

from typing import Any

from flask import Blueprint, Response, request

from comity.errors import ComityError
from comity.export.dyads import Dyads
from comity.export.lists import COLUMNS, Choice, States, write_json
from comity.server.http.formats import CSV, HTML, PARQUET, requested
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.problems import Problem
from comity.server.web import render, view_context
from comity.server.web.models import blocs
from comity.server.web.models.graph_reader import GraphReader, kept
from comity.server.web.models.stories import polity_iri
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("lists", __name__)
FORMS = (HTML, JSON, CSV, PARQUET)
#: The lists that the page offers in addition to that of a party.
_OFFERED = {
    "Members of the United Nations": {"basis": "un-members"},
    "Members and observer states": {"basis": "un-members-and-observers"},
    "Recognised by at least one member": {"recognised-by": "1"},
    "Recognised by at least 50 members": {"recognised-by": "50"},
    "Recognised by at least 100 members": {"recognised-by": "100"},
}


@blueprint.get("/lists/states", strict_slashes=False)
@operation("basis", "recognised-by", *MOMENT, formats=FORMS)
def states() -> Response:
    """Return a list of states, or the page that shows it and explains how to choose and cite one."""
    form, choice, now = requested(*FORMS), _choice(), view_context.current()
    reader = graph_reader()
    if form is HTML:
        return render.page("list.html", lambda: _context(reader, choice))
    if form in (CSV, PARQUET):
        return render.table(lambda: _table(reader, choice, now), form)
    about = {
        "title": _title(reader, choice),
        "as_of": now.day,
        "reading": now.reading,
        "generation": reader.generation,
        "licence": "CC BY 4.0",
    }
    return render.answer(
        lambda: write_json(_rows(reader, choice, now.day, now.reading), about), form.content_type
    )


def _choice() -> Choice:
    party = view_context.current().party or ""
    try:
        return Choice.read(
            request.args.get("basis", "").strip(),
            party,
            request.args.get("recognised-by", "").strip(),
        )
    except ComityError as error:
        hint = "Give one of according_to=ukraine, basis=un-members, recognised-by=50, or none of them."
        raise Problem(400, "bad-list", str(error), hint=hint) from None


@kept
def _dyads(reader: GraphReader) -> Dyads:
    with reader.lock:
        return Dyads(reader.store, reader.snapshots.calendar)


def _rows(reader: GraphReader, choice: Choice, day: str, reading: str) -> list[dict[str, Any]]:
    return States(reader.store, _dyads(reader), day, reading).rows(choice)


def _table(reader: GraphReader, choice: Choice, now: view_context.ViewContext) -> render.Table:
    rows = _rows(reader, choice, now.day, now.reading)
    return list(COLUMNS), [[row.get(name) for name in COLUMNS] for row in rows]


def _title(reader: GraphReader, choice: Choice) -> str:
    party = view_context.current().party_iri
    return choice.title(reader.named(party) if party else "")


def _context(reader: GraphReader, choice: Choice) -> dict[str, Any]:
    now = view_context.current()
    title = _title(reader, choice)
    return {
        "trail": [("Lists of states", "/lists/states"), (title, None)],
        "title": title,
        "choice": choice,
        "rows": _rows(reader, choice, now.day, now.reading),
        "columns": COLUMNS,
        "offered": _OFFERED,
        "is_whole": lambda row: blocs.is_whole(reader, polity_iri(row["id"])),
        "refusers": lambda row: [
            reader.label(reader.names.find(one, "party").value) for one in row["refused_by"].split(";") if one
        ],
    }
