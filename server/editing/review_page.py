"""The review queue at /review: proposals and reports that wait, and the decisions of editors."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request

from comity.changes.review import LONGEST_REPORT, WAITING, NoProposalError, Proposal, proposal, proposals
from comity.iris import BASE
from comity.server.editing.changes_page import finish, given, log
from comity.server.editing.write_service import submit_change
from comity.server.http.auth import configured, require_role
from comity.server.http.formats import HTML, JSON, choose
from comity.server.http.openapi import fields, operation, writes
from comity.server.http.service import Service
from comity.server.problems import Problem
from comity.store.tokens import Holder

blueprint = Blueprint("review", __name__)
_ACCEPTING = {"reason": "Why."} | {
    f"source_{name}": f"The source's {name}." for name in ("publisher", "title", "date", "url")
}
_REPORTING = {"about": "What it is about.", "text": "What is wrong.", "name": "Who says so, if they like."}
_SOURCE = ("source_publisher", "source_title", "source_date", "source_url")
_UNSOURCED = """SELECT ?act ?label WHERE { GRAPH cog:proposals { ?act co:actor ?actor ; rdfs:label ?label } }
ORDER BY ?label"""


@blueprint.get("/review")
@operation("all", formats=(HTML, JSON))
def queue() -> Response:
    """List what waits for an editor, and the rows of the tables that wait for a source."""
    everything = request.args.get("all") is not None
    found = proposals(log(), None if everything else WAITING)
    if choose(request.headers.get("Accept"), (HTML, JSON), request.args.get("format")) is JSON:
        return _fresh(jsonify({"proposals": [one.as_json() for one in found]}))
    service: Service = current_app.extensions["comity"]
    named = {
        quad.subject.value for one in found for quad in one.added.quads if hasattr(quad.subject, "value")
    }
    unsourced = [row for row in service.rows(_UNSOURCED) if row["act"] not in named]
    build = log().last_of_kind("build")
    return _fresh(
        render_template(
            "review.html",
            proposals=[one.as_json() for one in found[::-1]],
            unsourced=unsourced,
            conflicts=build.extra.get("conflicts", []) if build else [],
            everything=everything,
            BASE=BASE,
        )
    )


@blueprint.get("/review/<int:number>")
@operation(formats=(HTML, JSON))
def one(number: int) -> Response:
    """Show one proposal: what it would change, and what became of it."""
    found = _found(number)
    if choose(request.headers.get("Accept"), (HTML, JSON), request.args.get("format")) is JSON:
        return _fresh(jsonify(found.as_json()))
    return _fresh(
        render_template("proposal.html", proposal=found.as_json(), writable=configured(), BASE=BASE)
    )


def _found(number: int) -> Proposal:
    try:
        return proposal(log(), number)
    except NoProposalError as error:
        raise Problem(404, "no-such-proposal", str(error), hint="/review lists what waits.") from None


@blueprint.post("/review/<int:number>/accept")
@writes(body=fields(_ACCEPTING))
def accept(number: int) -> Response:
    """Make a proposal part of the graph, if it passes the validation."""
    return _decide(number, "accept")


@blueprint.post("/review/<int:number>/refuse")
@writes(body=fields({"reason": "Why."}, "reason"))
def refuse(number: int) -> Response:
    """Refuse a proposal for a reason."""
    return _decide(number, "refuse")


def _decide(number: int, verdict: str) -> Response:
    holder = require_role("editor")
    values = given()
    source = {name: values[name] for name in _SOURCE if values.get(name)}
    reason = values.get("reason", "")[:2000]
    return finish(
        lambda: submit_change(holder, verdict, "review", number=number, reason=reason, source=source)
    )


@blueprint.get("/report")
@operation("about")
def report_form() -> Response:
    """Show the form with which a reader reports an error."""
    about = request.args.get("about", "")[:500]
    return _fresh(
        render_template("report.html", about=about, writable=configured(), longest=LONGEST_REPORT, sent=None)
    )


@blueprint.post("/report")
@writes(body=fields(_REPORTING, "about", "text"), token="")
def report() -> Response:
    """Put a reader's report into the queue; no token is needed, and few may be sent at once."""
    if not configured():
        raise Problem(403, "read-only", "This server takes no reports.", hint="Tell whoever runs it.")
    values = given()
    name = values.get("name", "").strip()[:60]
    reader = Holder(f"reader {name}".strip(), "reader", "", "")
    about, text = values.get("about", "")[:500], values.get("text", "")
    receipt = submit_change(
        reader, "report", "report", about=about, text=text, client=request.remote_addr or ""
    )
    if request.is_json:
        response = jsonify(receipt)
        response.status_code = 202
        return response
    page = render_template(
        "report.html", about=about, writable=True, longest=LONGEST_REPORT, sent=receipt["number"]
    )
    return make_response(page, 202)


def _fresh(body: Any) -> Response:
    response = make_response(body)
    response.headers["Cache-Control"] = "no-cache"
    response.headers.add("Vary", "Accept")
    return response
