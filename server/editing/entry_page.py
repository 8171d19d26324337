"""The form for one act at /acts/new, and the entry and correction of an act by form or JSON at /acts."""

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, make_response, render_template, request

from comity.edtf import bounds
from comity.errors import DateError
from comity.iris import BASE, CO
from comity.server.editing.changes_page import finish, given
from comity.server.editing.write_service import submit_change
from comity.server.http.auth import configured, require_role
from comity.server.http.openapi import TEXT, fields, operation, writes
from comity.server.http.service import Service
from comity.server.problems import Problem
from comity.tables.acts import CLASS_OF_KIND
from comity.tables.reader import known_columns

blueprint = Blueprint("entry", __name__)
_FIELDS = {name: f"As the column {name} of the tables of acts." for name in known_columns("acts")} | {
    "corrects": "The IRI or path of the act that this one corrects.",
    "reason": "Why.",
}
_PARTIES = """SELECT ?party ?label WHERE { { ?party a co:Polity } UNION { ?party a co:InternationalOrganisation }
?party rdfs:label ?label } ORDER BY ?label"""
_ACT = "SELECT ?p ?o WHERE { GRAPH ?g { <%s> ?p ?o } }"


@blueprint.get("/acts/new")
@operation("corrects", "like")
def form() -> Response:
    """Show the form for one act, empty or filled with what is known of the act that it corrects."""
    corrects = request.args.get("corrects", "")
    like = corrects or request.args.get("like", "")
    values = _known(like) if like else {}
    values |= {name: request.args[name] for name in known_columns("acts") if name in request.args}
    return _page(values, corrects)


def _page(values: dict[str, str], corrects: str) -> Response:
    service: Service = current_app.extensions["comity"]
    parties = [(row["party"].rpartition("/")[2], row["label"]) for row in service.rows(_PARTIES)]
    response = make_response(
        render_template(
            "entry.html",
            kinds=[(kind, kind.replace("_", " ")) for kind in CLASS_OF_KIND],
            parties=parties,
            values=values,
            corrects=corrects,
            days=_days(values.get("date", "")),
            writable=configured(),
        )
    )
    response.headers["Cache-Control"] = "no-cache"
    return response


def _known(address: str) -> dict[str, str]:
    """Return what the graph, or a proposal, says of an act, in the columns of the tables."""
    service: Service = current_app.extensions["comity"]
    iri = address if address.startswith(BASE) else BASE + address.lstrip("/")
    try:
        node = ox.NamedNode(iri)
    except ValueError:
        raise Problem(400, "not-an-iri", f"'{address[:200]}' is not the address of an act.") from None
    rows = service.rows(_ACT % node.value)
    if not rows:
        raise Problem(404, "no-such-act", f"Nothing is known of <{iri}>.", hint="Look its address up first.")
    said = {row["p"].removeprefix(CO): row["o"] for row in rows}
    parts = iri.removeprefix(BASE).split("/")
    values = {"kind": parts[1] if len(parts) > 1 else "", "date": said.get("edtf", "")}
    for name in ("actor", "object"):
        values[name] = said.get(name, "").rpartition("/")[2]
    return values | {name: said[name] for name in ("instrument", "confidence") if name in said}


def _days(date: str) -> str:
    """Return in words which days a date may mean, or what is wrong with it."""
    if not date:
        return ""
    try:
        first, last = bounds(date)
    except DateError as error:
        return str(error)
    return f"{first.isoformat()}" if first == last else f"{first.isoformat()} to {last.isoformat()}"


@blueprint.get("/acts/days")
@operation("date", formats=(TEXT,))
def days() -> Response:
    """Return which days a date as written may mean: the help of the form's date field."""
    return Response(_days(request.args.get("date", "")[:40]), content_type="text/plain; charset=utf-8")


@blueprint.post("/acts")
@writes(body=fields(_FIELDS, "kind", "actor", "object", "date"))
def enter() -> Response:
    """Enter one act, or correct one; a source is required, ``?dry-run`` or the button Check changes nothing."""
    holder = require_role("contributor")
    values = given()
    row = {name: values[name].strip() for name in known_columns("acts") if values.get(name)}
    for name in ("kind", "actor", "object", "date"):
        if not row.get(name):
            raise Problem(422, "field-missing", f"{name}: the field is empty.", hint="Fill it in.")
    if not any(row.get(name) for name in ("source_title", "source_url", "source_publisher", "evidence")):
        raise Problem(
            422,
            "source-missing",
            "No source, no fact: the act names none.",
            hint="Give source_title or source_url of where it can be read.",
        )
    corrects = values.get("corrects", "")
    return finish(
        lambda: submit_change(
            holder,
            "act",
            "correction" if corrects else "form",
            row=row,
            corrects=corrects,
            reason=values.get("reason", "")[:2000],
            dry_run="check" in values,
        )
    )
