"""The review queue at /review: proposals and reports that wait for an editor, and the decisions on them."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from pyoxigraph import NamedNode

from comity.changes.review import LONGEST_REPORT, WAITING, NoProposalError, Proposal, proposal, proposals
from comity.iris import BASE
from comity.server.editing.changes_page import finish, fresh, given, is_form, log, page
from comity.server.editing.write_service import submit_change
from comity.server.http.auth import refuse_other_sites, require_role
from comity.server.http.formats import HTML, requested
from comity.server.http.openapi import JSON, fields, operation, writes
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.web.view_context import graph_reader
from comity.store.tokens import Holder

blueprint = Blueprint("review", __name__)
_ACCEPTING = {"reason": "Why."} | {
    f"source_{name}": f"The source's {name}." for name in ("publisher", "title", "date", "url")
}
_REPORTING = {"about": "What it is about.", "text": "What is wrong.", "name": "Who reports it; optional."}
_UNSOURCED = """SELECT ?act ?label WHERE { GRAPH cog:proposals { ?act co:actor ?actor ; rdfs:label ?label } }
ORDER BY ?label"""


@blueprint.get("/review")
@operation("all", formats=(HTML, JSON))
def queue() -> Response:
    """List what waits for an editor, and the rows of the tables that wait for a source."""
    everything = request.args.get("all") is not None
    found = proposals(log(), None if everything else WAITING)
    if requested(HTML, JSON) is JSON:
        return fresh(jsonify({"proposals": [one.as_json() for one in found]}))
    named = {
        quad.subject.value for one in found for quad in one.added.quads if hasattr(quad.subject, "value")
    }
    unsourced = [row for row in service().rows(_UNSOURCED) if row["act"] not in named]
    build = log().last_of_kind("build")
    return page(
        "review.html",
        proposals=[one.as_json() for one in found[::-1]],
        unsourced=unsourced,
        conflicts=build.extra.get("conflicts", []) if build else [],
        everything=everything,
    )


@blueprint.get("/review/<int:number>")
@operation(formats=(HTML, JSON))
def one(number: int) -> Response:
    """Show one proposal: what it would change, and what became of it."""
    found = _found(number)
    if requested(HTML, JSON) is JSON:
        return fresh(jsonify(found.as_json()))
    return page("proposal.html", proposal=found.as_json(), about=_known(found.about))


def _known(about: str) -> str:
    """Return the IRI of what a report is about, if the graph says anything of it; what strangers write is no link."""
    iri = about if about.startswith(BASE) else BASE + about.lstrip("/")
    try:
        known = next(graph_reader().quads(NamedNode(iri), None, None), None)
    except ValueError:
        return ""
    return iri if known else ""


def _found(number: int) -> Proposal:
    try:
        return proposal(log(), number)
    except NoProposalError as error:
        raise Problem(404, "no-such-proposal", str(error), hint="/review lists what waits.") from None


@blueprint.post("/review/<int:number>/accept")
@writes(body=fields(_ACCEPTING))
def accept(number: int) -> Response:
    """Accept a proposal into the graph, if it passes the validation."""
    return _decide(number, "accept")


@blueprint.post("/review/<int:number>/refuse")
@writes(body=fields({"reason": "Why."}, "reason"))
def refuse(number: int) -> Response:
    """Refuse a proposal for a reason."""
    return _decide(number, "refuse")


def _decide(number: int, verdict: str) -> Response:
    holder = require_role("editor")
    values = given()
    source = {name: values[name] for name in _ACCEPTING if name != "reason" and values.get(name)}
    reason = values.get("reason", "")[:2000]
    return finish(
        lambda: submit_change(holder, verdict, "review", number=number, reason=reason, source=source)
    )


@blueprint.get("/report")
@operation("about")
def report_form() -> Response:
    """Show the form with which a reader reports an error, or the address that takes reports."""
    return _report_page(request.args.get("about", "")[:500])


def _report_page(about: str, status: int = 200, **more: Any) -> Response:
    settings = service().settings
    known = {"taken": settings.reports, "contact": settings.contact, "longest": LONGEST_REPORT}
    return page(
        "report.html",
        status,
        about=about,
        **{"sent": None, "fault": "", "text": "", "name": ""} | known | more,
    )


@blueprint.post("/report")
@writes(body=fields(_REPORTING, "about", "text"), token="")
def report() -> Response:
    """Add a reader's report to the queue; no token is needed, and few may be sent at once."""
    if not service().settings.reports:
        raise Problem(
            403,
            "no-reports",
            "This server takes no reports.",
            hint=f"Write to {service().settings.contact}.",
        )
    refuse_other_sites()
    values = given()
    name = values.get("name", "").strip()[:60]
    reader = Holder(f"reader {name}".strip(), "reader", "", "")
    about, text = values.get("about", "")[:500], values.get("text", "")
    try:
        receipt = submit_change(
            reader, "report", "report", about=about, text=text, client=request.remote_addr or ""
        )
    except Problem as problem:
        if not is_form():
            raise
        kept = {"text": text[:LONGEST_REPORT], "name": name, "fault": problem.sentence()}
        return _report_page(about, problem.status, **kept)
    if request.is_json:
        return fresh(jsonify(receipt), status=202)
    return _report_page(about, 202, sent=receipt["number"])
