"""The review queue at /review: proposals waiting for an editor, and the decisions on them."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from comity.changes.review import WAITING, proposal
from comity.server.editing.changes_page import (
    LARGE,
    MOST_LETTERS,
    MOST_LINES,
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
from comity.store.changelog import LARGEST, QueueHead

blueprint = Blueprint("review", __name__)
_ACCEPTING = {"reason": "Why."} | {
    f"source_{name}": f"The source's {name}." for name in ("publisher", "title", "date", "url")
}
_UNSOURCED = """GRAPH cog:proposals { ?act co:actor ?actor ; rdfs:label ?label
FILTER NOT EXISTS { ?act co:evidence ?evidence } }"""
#: How many acts without a source, and changes that no longer fit, the page names.
_MOST_NAMED = 200


@blueprint.get("/review")
@operation("all", "before", formats=(HTML, JSON))
def queue() -> Response:
    """List the proposals waiting for an editor, newest first, page by page, and the acts without a source."""
    state = None if (everything := request.args.get("all") is not None) else WAITING
    changes = log()
    before = number_in_address("before", LARGEST, "bad-number", "proposal")
    heads = changes.queue_heads(state, PAGE + 1, before)
    older, shown = heads[PAGE - 1].number if len(heads) > PAGE else None, heads[:PAGE]
    total = changes.queue_length(state)
    if requested(HTML, JSON) is JSON:
        following = older and f"/review?{'all&' if everything else ''}before={older}"
        return fresh(jsonify({"proposals": [plain(one) for one in shown], "total": total, "next": following}))
    unsourced = service().rows(f"SELECT ?act ?label {{ {_UNSOURCED} }} ORDER BY ?label LIMIT {_MOST_NAMED}")
    return page(
        "review.html",
        proposals=shown,
        total=total,
        older=older,
        unsourced=unsourced,
        number_unsourced=_number_unsourced(len(unsourced)),
        conflicts=changes.conflicts(_MOST_NAMED),
        everything=everything,
    )


def _number_unsourced(shown: int) -> int:
    if shown < _MOST_NAMED:
        return shown
    (row,) = service().rows(f"SELECT (COUNT(*) AS ?number) {{ {_UNSOURCED} }}")
    return int(row["number"])


def plain(head: QueueHead) -> dict[str, Any]:
    """Return the head of a proposal as plain values, under the names of its record."""
    values = asdict(head)
    return {"way" if name == "channel" else name: value for name, value in values.items()}


@blueprint.get("/review/<int:number>")
@operation(formats=(HTML, JSON))
def one(number: int) -> Response:
    """Show one proposal: what it would change, and its outcome."""
    changes, chosen = log(), requested(HTML, JSON)
    head = changes.queue_head(number)
    if head is None:
        raise Problem(
            404, "no-such-proposal", f"There is no proposal {number}.", hint="/review lists the open ones."
        )
    if head.size > LARGE:
        if chosen is JSON:
            return files.answer(f"{downloads.PROPOSAL}{number}", "json", JSON.content_type)
        added, removed = changes.queue_beginning(number, MOST_LETTERS)
    else:
        whole = proposal(changes, number)
        if chosen is JSON:
            return fresh(jsonify(whole.as_json()))
        added, removed = whole.added.lines, whole.removed.lines
    return page(
        "proposal.html",
        proposal=head,
        about=known(head.about),
        added=added[:MOST_LINES],
        removed=removed[:MOST_LINES],
        complete=head.size <= LARGE and max(len(added), len(removed)) <= MOST_LINES,
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
