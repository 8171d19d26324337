"""Entering and correcting acts at /acts: names are accepted wherever ids are, and all faults reported at once."""

from functools import partial
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, request

from comity.errors import UnknownError
from comity.iris import BASE, CO, identifier
from comity.server.editing.changes_page import given
from comity.server.editing.entering import enter_row, show_form
from comity.server.editing.rows import PARTIES, read_act
from comity.server.http.openapi import fields, operation, writes
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.web.view_context import graph_reader
from comity.tables.acts import CLASS_OF_KIND
from comity.tables.reader import known_columns

blueprint = Blueprint("entry", __name__)
_FIELDS = {name: f"The column {name} of the tables of acts." for name in known_columns("acts")} | {
    "actor": "The actor: the name or id of a polity, organisation or government.",
    "object": "The party the act is directed at: a name or an id.",
    "corrects": "The IRI or path of the act to correct.",
    "reason": "Why.",
}
#: Columns without a separate field, which the form passes on.
_HIDDEN = ("capacity", "mode", "territory", "in_place_of", "evidence")
_ACT = "SELECT ?p ?o WHERE { GRAPH ?g { <%s> ?p ?o } }"
_TITLES = {
    "kind": "Kind",
    "actor": "Who did it",
    "object": "Towards whom",
    "date": "When",
    "in_response_to": "In answer to",
    "instrument": "By what",
    "note": "Note",
}


@blueprint.get("/acts/new")
@operation("corrects", "like")
def form() -> Response:
    """Show the form for one act, empty or filled with the data of the act to correct."""
    corrects = request.args.get("corrects", "")[:500]
    like = corrects or request.args.get("like", "")[:500]
    values = _known(like) if like else {}
    values |= {name: request.args[name][:2000] for name in known_columns("acts") if name in request.args}
    return _form(values, corrects)


def _form(values: dict[str, str], corrects: str, status: int = 200, **more: Any) -> Response:
    """Return the form with the submitted values, and with its faults or its effects."""
    return show_form(
        "entry.html",
        _TITLES,
        {name: _called(name, value) for name, value in values.items()},
        "date",
        status,
        kinds=[(kind, graph_reader().label(CO + name)) for kind, name in CLASS_OF_KIND.items()],
        corrects=corrects,
        corrected=_label(corrects) if corrects else "",
        hidden=_HIDDEN,
        **more,
    )


def _called(name: str, value: str) -> str:
    """Return the name of the party whose id a field contains; any other value unchanged."""
    if name not in PARTIES or not value:
        return value
    try:
        return graph_reader().label(graph_reader().names.find(value, "party").value)
    except UnknownError:
        return value


def _label(address: str) -> str:
    try:
        return graph_reader().label(_iri(address))
    except ValueError:
        return address


def _iri(address: str) -> str:
    return address if address.startswith(BASE) else BASE + address.lstrip("/")


def _known(address: str) -> dict[str, str]:
    """Return the data of an act, from the graph or a proposal, in the columns of the tables."""
    iri = _iri(address)
    try:
        node = ox.NamedNode(iri)
    except ValueError:
        raise Problem(400, "not-an-iri", f"'{address[:200]}' is not the address of an act.") from None
    rows = service().rows(_ACT % node.value)
    if not rows:
        raise Problem(
            404,
            "no-such-act",
            f"There is no data about <{iri}>.",
            hint="Search for the act to find its address.",
        )
    said = {row["p"].removeprefix(CO): row["o"] for row in rows}
    parts = iri.removeprefix(BASE).split("/")
    values = {"kind": parts[1] if len(parts) > 1 else "", "date": said.get("edtf", "")}
    for name in ("actor", "object"):
        values[name] = identifier(said.get(name, ""))
    return values | {name: said[name] for name in ("instrument", "confidence") if name in said}


@blueprint.post("/acts")
@writes(body=fields(_FIELDS, "kind", "actor", "object", "date"))
def enter() -> Response:
    """Enter one act, or correct one; a source is required; ``?dry-run`` or the button Check changes nothing."""
    values = given()
    corrects = values.get("corrects", "")[:500]
    return enter_row(
        "acts",
        values,
        read_act,
        lambda row: {
            "operation": "act",
            "channel": "correction" if corrects else "form",
            "row": row,
            "corrects": corrects,
        },
        partial(_form, values, corrects),
    )
