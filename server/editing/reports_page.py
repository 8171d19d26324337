"""Readers' reports of errors: the form at /report, and the list at /reports where editors close them.

Reports from the public are kept apart from the graph and its history, and appear in no feed.
"""

import hashlib
import ipaddress
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, request

from comity.errors import StoreError
from comity.server.editing.changes_page import fresh, given, is_form, known, page
from comity.server.http.auth import refuse_other_sites, require_role
from comity.server.http.formats import HTML, requested
from comity.server.http.openapi import JSON, fields, operation, writes
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.store.reports import (
    LONGEST_ABOUT,
    LONGEST_NAME,
    LONGEST_TEXT,
    Report,
    ReportError,
    Reports,
    TooManyReports,
)

blueprint = Blueprint("reports", __name__)
_REPORTING = {
    "about": "What the report is about.",
    "text": "What is wrong.",
    "name": "The reporter's name; optional.",
}


def _reports() -> Reports:
    return Reports(service().store_path)


@blueprint.get("/report")
@operation("about")
def report_form() -> Response:
    """Show the form for reporting an error, or the address that accepts reports."""
    return _form_page(request.args.get("about", ""))


def _form_page(about: str, status: int = 200, **more: Any) -> Response:
    settings = service().settings
    lengths = {"longest_text": LONGEST_TEXT, "longest_about": LONGEST_ABOUT, "longest_name": LONGEST_NAME}
    shown: dict[str, Any] = {"taken": settings.reports, "contact": settings.contact}
    shown |= {"about": about[:LONGEST_ABOUT], "thing": known(about[:LONGEST_ABOUT]) if about else ""}
    return page(
        "report.html", status, **{"sent": None, "fault": "", "text": "", "name": ""} | shown | lengths | more
    )


@blueprint.post("/report")
@writes(body=fields(_REPORTING, "about", "text"), token="")
def report() -> Response:
    """Store a reader's report; no token is needed, and the rate is limited."""
    if not service().settings.reports:
        hint = f"Write to {service().settings.contact}."
        raise Problem(403, "no-reports", "This server does not accept reports.", hint=hint)
    refuse_other_sites()
    sent = given()
    values = {name: sent.get(name, "") for name in _REPORTING}
    try:
        number = _kept(values)
    except Problem as problem:
        if not is_form():
            raise
        kept = {"text": values["text"][:LONGEST_TEXT], "name": values["name"][:LONGEST_NAME]}
        return _form_page(values["about"], problem.status, fault=problem.sentence(), **kept)
    if is_form():
        return _form_page(values["about"], 202, sent=number)
    return fresh(jsonify({"number": number}), status=202)


def _kept(values: dict[str, str]) -> int:
    """Store a report and return its number.

    :raises Problem: if it cannot be stored.
    """
    contact = service().settings.contact
    try:
        return _reports().add(**values, sender=_sender(request.remote_addr or ""))
    except ReportError as error:
        raise Problem(400, "bad-report", str(error)) from None
    except TooManyReports as error:
        hint = f"You can also write to {contact}." if contact else ""
        raise Problem(429, "too-many-reports", str(error), hint=hint, headers={"Retry-After": "60"}) from None
    except StoreError:
        hint = f"Write to {contact}." if contact else "Tell the operator of the server."
        raise Problem(503, "report-not-kept", "The report could not be saved.", hint=hint) from None


def _sender(client: str) -> str:
    """Return a pseudonym, valid for this run, of the network of an address: the /24 of IPv4 or the /64 of IPv6."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        network = client
    else:
        network = str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False))
    key = bytes(current_app.secret_key or b"")  # type: ignore[arg-type]
    return hashlib.blake2b(network.encode(), key=key, digest_size=12).hexdigest()


@blueprint.get("/reports")
@operation("all", formats=(HTML, JSON))
def listing() -> Response:
    """List the open reports, or all reports."""
    everything = request.args.get("all") is not None
    found = [one.as_json() for one in _reports().listed(everything)]
    if requested(HTML, JSON) is JSON:
        return fresh(jsonify({"reports": found}))
    about = {one["about"]: known(one["about"]) for one in found}
    return page("reports.html", reports=found[::-1], about=about, everything=everything)


@blueprint.get("/reports/<int:number>")
@operation(formats=(HTML, JSON))
def one(number: int) -> Response:
    """Show one report and its outcome."""
    found = _found(number)
    if requested(HTML, JSON) is JSON:
        return fresh(jsonify(found.as_json()))
    return page("reported.html", report=found.as_json(), about=known(found.about))


def _found(number: int) -> Report:
    try:
        return _reports().report(number)
    except ReportError as error:
        raise Problem(404, "no-such-report", str(error), hint="/reports lists the open ones.") from None


@blueprint.post("/reports/<int:number>/close")
@writes(body=fields({"outcome": "The outcome: what was corrected, or why nothing was."}, "outcome"))
def close(number: int) -> Response:
    """Close a report with its outcome."""
    holder = require_role("editor")
    _found(number)
    try:
        closed = _reports().close(number, holder.name, given().get("outcome", "")[:LONGEST_TEXT])
    except ReportError as error:
        raise Problem(409, "not-to-be-closed", str(error), hint=f"See /reports/{number}.") from None
    if is_form():
        return redirect(f"{request.script_root}/reports/{number}", 303)  # type: ignore[return-value]
    return fresh(jsonify(closed.as_json()))
