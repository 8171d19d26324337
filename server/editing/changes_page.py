"""The history at /changes: what was accepted, as pages, JSON, PROV-O, RDF Patch and an Atom feed; and its undoing."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, redirect, render_template, request
from pyoxigraph import serialize

from comity.changes.history import (
    about,
    activity,
    as_known_on,
    change_iri,
    channel_in_words,
    moment,
    rdf_patch,
)
from comity.iris import BASE, PREFIXES
from comity.server.editing.validation_report import answer as rejection
from comity.server.editing.write_service import (
    Receipt,
    import_file,
    receipt_response,
    respond,
    submit_change,
)
from comity.server.endpoint.description import to_bytes
from comity.server.http.auth import configured, require_role
from comity.server.http.formats import HTML, JSON, NQUADS, NTRIPLES, TRIG, TURTLE, Format, choose
from comity.server.http.openapi import ATOM, PATCH, documents, fields, operation, writes
from comity.server.http.service import Service
from comity.server.problems import Problem
from comity.server.processes.client import ChangeRejected
from comity.store.changelog import ChangeLog, Record

blueprint = Blueprint("changes", __name__)
_PAGE = 50
_MOST_LINES = 400
_PATCH = Format("patch", ("application/rdf-patch", "text/rdf-patch"))
_ATOM = Format("atom", ("application/atom+xml",))


def log() -> ChangeLog:
    """Return the change log of the store that is served."""
    service: Service = current_app.extensions["comity"]
    return ChangeLog(service.store_path)


def summary(record: Record) -> dict[str, Any]:
    """Return what lists show of a record."""
    things = about(record)
    return {
        **{name: getattr(record, name) for name in ("number", "kind", "time", "agent", "reason")},
        "way": record.channel,
        "how": channel_in_words(record.channel),
        "added": len(record.added),
        "removed": len(record.removed),
        "things": things[:3],
        "more_things": max(len(things) - 3, 0),
        "conflicts": record.extra.get("conflicts", []),
        "reverts": record.extra.get("reverts"),
        "decides": record.extra.get("decides"),
    }


def _chosen(*offered: Format) -> Format:
    return choose(request.headers.get("Accept"), offered, request.args.get("format"))


def _fresh(body: Any, content_type: str | None = None) -> Response:
    response = make_response(body)
    if content_type:
        response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = "no-cache"
    response.headers.add("Vary", "Accept")
    return response


@blueprint.get("/changes")
@operation("before", "about", formats=(HTML, JSON, ATOM))
def listing() -> Response:
    """List the accepted changes, newest first, page by page."""
    chosen = _chosen(HTML, JSON, _ATOM)
    before, thing = request.args.get("before", type=int), request.args.get("about", "")
    records = _concerning(thing) if thing else log().latest(_PAGE, before)
    changes = [summary(record) for record in records]
    if chosen is _ATOM:
        return _feed(changes)
    older = records[-1].number if records and records[-1].number > 1 and not thing else None
    if chosen is JSON:
        return _fresh(jsonify({"changes": changes, "next": older and f"/changes?before={older}"}))
    return _fresh(
        render_template(
            "changes.html", changes=changes, older=older, thing=thing, writable=configured(), BASE=BASE
        )
    )


def _concerning(thing: str) -> list[Record]:
    """Give the latest records that add or take away anything about a thing, by its IRI or path."""
    return log().mentioning(thing if thing.startswith("http") else BASE + thing.lstrip("/"), _PAGE)


@blueprint.get("/changes.atom")
@operation(formats=(ATOM,))
def feed() -> Response:
    """Give the latest changes as an Atom feed."""
    return _feed([summary(record) for record in log().latest(_PAGE)])


def _feed(changes: list[dict[str, Any]]) -> Response:
    service: Service = current_app.extensions["comity"]
    body = render_template("changes.xml", changes=changes, root=service.root(), BASE=BASE)
    return _fresh(body, "application/atom+xml; charset=utf-8")


@blueprint.get("/change/<int:number>")
def named(number: int) -> Response:
    """Lead from the IRI of a change to where it is told of."""
    return redirect(f"{request.script_root}/changes/{number}", 303)  # type: ignore[return-value]


@blueprint.get("/changes/<int:number>")
@operation(formats=(HTML, JSON, PATCH, TURTLE, NTRIPLES))
def one(number: int) -> Response:
    """Show one change: who, when, how, why, and what it took away and added."""
    record = log().record(number)
    if record is None:
        raise Problem(404, "no-such-change", f"There is no change {number}.", hint="/changes lists them.")
    chosen = _chosen(HTML, JSON, _PATCH, TURTLE, NTRIPLES)
    if chosen is _PATCH:
        return _fresh(rdf_patch(record), "application/rdf-patch; charset=utf-8")
    if chosen is JSON:
        return _fresh(jsonify({**record.as_json(), "iri": change_iri(number).value}))
    if chosen in (TURTLE, NTRIPLES):
        from comity.server.processes.worker import RDF_FORMATS

        triples = sorted((quad.triple for quad in activity(record)), key=str)
        return _fresh(to_bytes(triples, RDF_FORMATS[chosen.name]), chosen.content_type)
    return _fresh(
        render_template(
            "change.html",
            change=summary(record),
            added=record.added.lines[:_MOST_LINES],
            removed=record.removed.lines[:_MOST_LINES],
            most=_MOST_LINES,
            things=about(record)[:100],
            writable=configured(),
            BASE=BASE,
        )
    )


@blueprint.post("/changes")
@writes("name", "table", body=documents(tables=True))
def bring() -> Response:
    """Import the file in the body: CSV or XLSX in the columns of the tables, or RDF."""
    holder = require_role("contributor")
    return respond(lambda: import_file(holder))


@blueprint.post("/changes/<int:number>/revert")
@writes(body=fields({"reason": "Why."}))
def revert(number: int) -> Response:
    """Undo a change by a new one."""
    holder = require_role("contributor")
    reason = _given_reason() or f"Reverts change {number}."
    return finish(lambda: submit_change(holder, "revert", "revert", number=number, reason=reason))


@blueprint.get("/retract")
@operation("thing")
def retraction() -> Response:
    """Show the form that takes a thing back, after it has shown what falls with it."""
    thing = request.args.get("thing", "")[:500]
    return _fresh(render_template("retract.html", thing=thing, writable=configured()))


@blueprint.post("/retract")
@writes(
    body=fields(
        {"thing": "The thing, as IRI or path.", "reason": "Why; whoever asks for it later is told."},
        "thing",
        "reason",
    )
)
def retract() -> Response:
    """Take an act, a source or another thing back, with a reason; ``?dry-run`` shows first what falls with it."""
    holder = require_role("contributor")
    values = given()
    only_check, thing = "check" in values, values.get("thing", "")
    reason = _given_reason() or ("-" if only_check else "")
    return finish(
        lambda: submit_change(holder, "retract", "retraction", thing=thing, reason=reason, dry_run=only_check)
    )


@blueprint.get("/as-known-on/<text>")
@operation(formats=(NQUADS, TRIG))
def known_on(text: str) -> Response:
    """Give the facts as the graph knew them at a past moment: a day, or a time in UTC."""
    service: Service = current_app.extensions["comity"]
    chosen = _chosen(NQUADS, TRIG)
    from comity.server.processes.worker import RDF_FORMATS

    quads = sorted(as_known_on(service.store_path, text), key=str)
    body = serialize(quads, format=RDF_FORMATS[chosen.name], prefixes=PREFIXES)
    response = _fresh(body, chosen.content_type)
    response.headers["Comity-As-Known-On"] = moment(text)
    return response


def given() -> dict[str, str]:
    """Return what a request says, as a form or as JSON."""
    values = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    if not isinstance(values, dict):
        raise Problem(400, "bad-json", "The body is not a JSON object.", hint='Send {"name": "value"}.')
    return {str(name): str(value) for name, value in values.items() if value is not None}


def _given_reason() -> str:
    reason = given().get("reason") or request.args.get("reason") or request.headers.get("Comity-Reason")
    return (reason or "")[:2000]


def is_form() -> bool:
    """Return whether a browser's form was sent, which wants a page as an answer."""
    return bool(request.form) and request.accept_mimetypes.best_match(["application/json", "text/html"]) == (
        "text/html"
    )


def finish(make: Callable[[], Receipt]) -> Response:
    """Return the answer to a change: its page for a browser, else its receipt; or the report of a rejection."""
    try:
        receipt = make()
    except ChangeRejected as problem:
        return rejection(problem)
    if not is_form():
        return receipt_response(receipt)
    address = f"/changes/{receipt['number']}"
    if receipt.get("proposal"):
        address = f"/review/{receipt['proposal']}"
    elif receipt.get("dry_run") or not receipt.get("number"):
        return _fresh(render_template("rehearsed.html", receipt=receipt, BASE=BASE))
    return redirect(request.script_root + address, 303)  # type: ignore[return-value]
