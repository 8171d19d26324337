"""The review queue at /review: proposals waiting for an editor, and the decisions on them."""

from flask import Blueprint, Response, jsonify, request

from comity.changes.review import WAITING, NoProposalError, Proposal, proposal, proposals
from comity.server.editing.changes_page import finish, fresh, given, known, log, page
from comity.server.editing.write_service import submit_change
from comity.server.http.auth import require_role
from comity.server.http.formats import HTML, requested
from comity.server.http.openapi import JSON, fields, operation, writes
from comity.server.http.service import service
from comity.server.problems import Problem

blueprint = Blueprint("review", __name__)
_ACCEPTING = {"reason": "Why."} | {
    f"source_{name}": f"The source's {name}." for name in ("publisher", "title", "date", "url")
}
_UNSOURCED = """SELECT ?act ?label WHERE { GRAPH cog:proposals { ?act co:actor ?actor ; rdfs:label ?label } }
ORDER BY ?label"""


@blueprint.get("/review")
@operation("all", formats=(HTML, JSON))
def queue() -> Response:
    """List the proposals waiting for an editor, and the rows of the tables without a source."""
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
    """Show one proposal: what it would change, and its outcome."""
    found = _found(number)
    if requested(HTML, JSON) is JSON:
        return fresh(jsonify(found.as_json()))
    return page("proposal.html", proposal=found.as_json(), about=known(found.about))


def _found(number: int) -> Proposal:
    try:
        return proposal(log(), number)
    except NoProposalError as error:
        raise Problem(404, "no-such-proposal", str(error), hint="/review lists the open ones.") from None


@blueprint.post("/review/<int:number>/accept")
@writes(body=fields(_ACCEPTING))
def accept(number: int) -> Response:
    """Accept a proposal into the graph if it passes validation."""
    return _decide(number, "accept")


@blueprint.post("/review/<int:number>/refuse")
@writes(body=fields({"reason": "Why."}, "reason"))
def refuse(number: int) -> Response:
    """Reject a proposal, with a reason."""
    return _decide(number, "refuse")


def _decide(number: int, verdict: str) -> Response:
    holder = require_role("editor")
    values = given()
    source = {name: values[name] for name in _ACCEPTING if name != "reason" and values.get(name)}
    reason = values.get("reason", "")[:2000]
    return finish(
        lambda: submit_change(holder, verdict, "review", number=number, reason=reason, source=source)
    )
