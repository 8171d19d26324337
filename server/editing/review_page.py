"""The review queue at /review: proposals waiting for an editor, and the decisions on them."""

from flask import Blueprint, Response, jsonify, request

from comity.changes.review import WAITING, proposal
from comity.server.editing.changes_page import (
    LARGE,
    PAGE,
    finish,
    fresh,
    given,
    known,
    log,
    page,
)
from comity.server.editing.write_service import submit_change
from comity.server.http import files
from comity.server.http.auth import require_role
from comity.server.http.bodies import number_in_address
from comity.server.http.formats import HTML, requested
from comity.server.http.openapi import JSON, fields, operation, writes
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.processes import downloads
from comity.store.changelog import LARGEST
from comity.store.outlines import WOULD_ADD, WOULD_REMOVE
from comity.store.review_queue import ReviewQueue

blueprint = Blueprint("review", __name__)
_ACCEPTING = {"reason": "Why."} | {
    f"source_{name}": f"The source's {name}." for name in ("publisher", "title", "date", "url")
}
_UNSOURCED = """GRAPH cog:proposals { ?act co:actor ?actor ; rdfs:label ?label
FILTER NOT EXISTS { ?act co:evidence ?evidence } }"""
#: How many acts without a source the page names.
_MOST_NAMED = 200


@blueprint.get("/review")
@operation("all", "before", formats=(HTML, JSON))
def queue() -> Response:
    """List the proposals waiting for an editor, newest first, page by page, and the acts without a source."""
    state = None if (everything := request.args.get("all") is not None) else WAITING
    changes = ReviewQueue(log())
    before = number_in_address("before", LARGEST, "bad-number", "proposal")
    heads = changes.heads(state, PAGE + 1, before)
    shown = [head.as_json() for head in heads[:PAGE]]
    older = shown[-1]["number"] if len(heads) > PAGE else None
    total = changes.length(state)
    if requested(HTML, JSON) is JSON:
        following = older and f"/review?{'all&' if everything else ''}before={older}"
        return fresh(jsonify({"proposals": shown, "total": total, "next": following}))
    unsourced = service().rows(f"SELECT ?act ?label {{ {_UNSOURCED} }} ORDER BY ?label LIMIT {_MOST_NAMED}")
    return page(
        "review.html",
        proposals=shown,
        total=total,
        older=older,
        unsourced=unsourced,
        number_unsourced=_number_unsourced(len(unsourced)),
        conflicts=changes.conflicts(),
        everything=everything,
    )


def _number_unsourced(shown: int) -> int:
    if shown < _MOST_NAMED:
        return shown
    (row,) = service().rows(f"SELECT (COUNT(*) AS ?number) {{ {_UNSOURCED} }}")
    return int(row["number"])


@blueprint.get("/review/<int:number>")
@operation(formats=(HTML, JSON))
def one(number: int) -> Response:
    """Show one proposal: what it would change, and its outcome."""
    changes, chosen = log(), requested(HTML, JSON)
    head = ReviewQueue(changes).head(number)
    if head is None:
        raise Problem(
            404, "no-such-proposal", f"There is no proposal {number}.", hint="/review lists the open ones."
        )
    if chosen is JSON:
        if head.outline.size > LARGE:
            return files.answer(f"{downloads.PROPOSAL}{number}", "json", JSON.content_type)
        return fresh(jsonify(proposal(changes, number).as_json()))
    added, removed = (changes.first_lines(number, side) for side in (WOULD_ADD, WOULD_REMOVE))
    return page(
        "proposal.html",
        proposal=head.as_json(),
        about=known(head.outline.about),
        added=added,
        removed=removed,
        complete=len(added) + len(removed) == head.outline.would_add + head.outline.would_remove,
    )


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
