"""Entering attributed statements at /statements: who said what, when, about what, and which source reports it."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from comity.server.editing.changes_page import given
from comity.server.editing.entering import enter_row, show_form
from comity.server.editing.rows import as_file, read_statement
from comity.server.http.openapi import fields, operation, writes
from comity.tables.reader import known_columns
from comity.tables.statements import STATEMENT_KINDS

blueprint = Blueprint("statements", __name__)
_FIELDS = {name: f"The column {name} of the table of statements." for name in known_columns("statements")} | {
    "speaker_id": "The speaker: the name or id of a person, a body or a party.",
    "speaks_for": "Those spoken for: names or ids, separated by semicolons.",
    "about": "The subject: acts by path, or other entities by name or id, separated by semicolons.",
    "reason": "Why.",
}
#: Columns without a separate field, which the form passes on.
_HIDDEN = ("organisation", "relays", "claimed_date", "reported_by", "in_document")
_TITLES = {
    "speaker": "Speaker",
    "role_of_speaker": "Office",
    "speaker_id": "Speaker in the graph",
    "speaks_for": "Speaks for",
    "kind": "What the speaker does",
    "said_on": "Said on",
    "about": "About",
    "claim_in_our_words": "What is said, in our words",
    "short_quotation": "Quotation",
    "topic": "Topic",
}


@blueprint.get("/statements/new")
@operation()
def form() -> Response:
    """Show the form for one statement, filled with the columns given in the address."""
    values = {name: request.args[name][:2000] for name in known_columns("statements") if name in request.args}
    return _form(values)


@blueprint.post("/statements")
@writes(body=fields(_FIELDS, "speaker", "kind", "about", "claim_in_our_words"))
def enter() -> Response:
    """Enter one statement; a source is required, ``?dry-run`` or the button Check changes nothing."""
    values = given()
    return enter_row(
        "statements",
        values,
        read_statement,
        lambda row: {"operation": "files", "channel": "form", "files": [as_file("statements", [row])]},
        partial(_form, values),
    )


def _form(values: dict[str, str], status: int = 200, **more: Any) -> Response:
    """Return the form with the submitted values, and with its faults or its effects."""
    kinds = [(kind, kind) for kind in STATEMENT_KINDS]
    return show_form(
        "statement.html", _TITLES, values, "said_on", status, kinds=kinds, hidden=_HIDDEN, **more
    )
