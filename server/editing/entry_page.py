"""The entry and the correction of an act at /acts: names are taken wherever ids are, all faults are told at once."""

from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request

from comity.edtf import bounds, in_words
from comity.errors import DateError, UnknownError
from comity.iris import BASE, CO, identifier
from comity.server.editing import consequences
from comity.server.editing.changes_page import given, is_form, page
from comity.server.editing.faults import as_problem, of_rejection
from comity.server.editing.rows import PARTIES, Faults, read_act
from comity.server.editing.write_service import Receipt, receipt_response, rejection_response, submit_change
from comity.server.http.auth import require_role
from comity.server.http.openapi import TEXT, fields, operation, writes
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.processes.client import ChangeRejected
from comity.server.web.view_context import graph_reader
from comity.store.tokens import Holder
from comity.tables.acts import CLASS_OF_KIND
from comity.tables.reader import known_columns

blueprint = Blueprint("entry", __name__)
_FIELDS = {name: f"As the column {name} of the tables of acts." for name in known_columns("acts")} | {
    "actor": "Who did it: the name or the id of a polity, organisation or government.",
    "object": "Towards whom: a name or an id.",
    "corrects": "The IRI or path of the act that this one corrects.",
    "reason": "Why.",
}
#: Columns without a field of their own, which the form carries on.
_HIDDEN = ("capacity", "mode", "territory", "in_place_of", "evidence")
_ACT = "SELECT ?p ?o WHERE { GRAPH ?g { <%s> ?p ?o } }"
#: How the form calls the fields that a fault may be in.
TITLES = {
    "kind": "Kind",
    "actor": "Who did it",
    "object": "Towards whom",
    "date": "When",
    "in_response_to": "In answer to",
    "source_title": "Title of the source",
    "source_date": "Date of the source",
    "source_url": "Address of the source",
    "source_publisher": "Publisher",
    "token": "Token",
}


@blueprint.get("/acts/new")
@operation("corrects", "like")
def form() -> Response:
    """Show the form for one act, empty or filled with what is known of the act that it corrects."""
    corrects = request.args.get("corrects", "")[:500]
    like = corrects or request.args.get("like", "")[:500]
    values = _known(like) if like else {}
    values |= {name: request.args[name][:2000] for name in known_columns("acts") if name in request.args}
    return _form(values, corrects)


def _form(values: dict[str, str], corrects: str, status: int = 200, **more: Any) -> Response:
    """Return the form with what was written into it, and with its faults or what it would change."""
    faults: Faults = more.pop("faults", {})
    order = [*TITLES, *faults]
    return page(
        "entry.html",
        status,
        kinds=[(kind, graph_reader().label(CO + name)) for kind, name in CLASS_OF_KIND.items()],
        values={name: _called(name, value) for name, value in values.items()},
        corrects=corrects,
        corrected=_label(corrects) if corrects else "",
        days="" if "date" in faults else days_in_words(values.get("date", "")[:40]),
        faults={name: faults[name] for name in sorted(faults, key=order.index)},
        titles=TITLES,
        hidden=_HIDDEN,
        **{"words": None, "receipt": None} | more,
    )


def _called(name: str, value: str) -> str:
    """Return the name of a party that a field holds by its id; any other value as it is."""
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
    """Return what the graph, or a proposal, says of an act, in the columns of the tables."""
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
            f"Nothing is known of <{iri}>.",
            hint="Search for the act to find its address.",
        )
    said = {row["p"].removeprefix(CO): row["o"] for row in rows}
    parts = iri.removeprefix(BASE).split("/")
    values = {"kind": parts[1] if len(parts) > 1 else "", "date": said.get("edtf", "")}
    for name in ("actor", "object"):
        values[name] = identifier(said.get(name, ""))
    return values | {name: said[name] for name in ("instrument", "confidence") if name in said}


def days_in_words(date: str) -> str:
    """Return in words which days a date may mean, or what is wrong with it."""
    if not date:
        return ""
    try:
        first, last = (in_words(day.isoformat()) for day in bounds(date))
    except DateError as error:
        return str(error)
    return first if first == last else f"{first} to {last}"


@blueprint.get("/acts/days")
@operation("date", formats=(TEXT,))
def days() -> Response:
    """Return which days a date as written may mean: the help of the form's date field."""
    return Response(
        days_in_words(request.args.get("date", "")[:40]), content_type="text/plain; charset=utf-8"
    )


@blueprint.post("/acts")
@writes(body=fields(_FIELDS, "kind", "actor", "object", "date"))
def enter() -> Response:
    """Enter one act, or correct one; a source is required, ``?dry-run`` or the button Check changes nothing."""
    values = given()
    corrects = values.get("corrects", "")[:500]
    try:
        holder = require_role("contributor")
    except Problem as problem:
        if not is_form() or problem.status not in (401, 403):
            raise
        return _form(values, corrects, problem.status, faults={"token": problem.sentence()})
    row, faults = read_act(graph_reader().names, values)
    if faults:
        if is_form():
            return _form(values, corrects, 422, faults=faults)
        raise as_problem(faults)
    try:
        receipt = _submit(holder, row, corrects, values)
    except ChangeRejected as problem:
        if is_form():
            return _form(values, corrects, problem.status, faults=of_rejection(problem, "acts"))
        return rejection_response(problem)
    except Problem as problem:
        if not is_form():
            raise
        return _form(values, corrects, problem.status, faults={"": problem.sentence()})
    if not is_form():
        return receipt_response(receipt)
    if receipt.get("proposal"):
        return redirect(f"{request.script_root}/review/{receipt['proposal']}", 303)  # type: ignore[return-value]
    if receipt.get("dry_run") or not receipt.get("number"):
        words = consequences.in_words(graph_reader(), receipt)
        return _form(values, corrects, words=words, receipt=receipt)
    return redirect(f"{request.script_root}/changes/{receipt['number']}", 303)  # type: ignore[return-value]


def _submit(holder: Holder, row: dict[str, str], corrects: str, values: dict[str, str]) -> Receipt:
    return submit_change(
        holder,
        "act",
        "correction" if corrects else "form",
        row=row,
        corrects=corrects,
        reason=values.get("reason", "")[:2000],
        dry_run="check" in values,
    )
