"""Changes over HTTP: the history at /changes, reverting changes, and retraction.

The history is available as pages, JSON, PROV-O, RDF Patch and an Atom feed.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from pyoxigraph import NamedNode

from comity.changes.history import (
    channel_in_words,
    document,
    last_known,
    timestamp,
)
from comity.iris import BASE
from comity.server.editing import consequences
from comity.server.editing.write_service import (
    Receipt,
    import_file,
    receipt_response,
    rejection_response,
    respond,
    submit_change,
)
from comity.server.http import bodies, feeds, files
from comity.server.http.auth import configured, end_session, form_key, require_role, signed_in
from comity.server.http.feeds import ATOM
from comity.server.http.formats import HTML, NQUADS, NTRIPLES, TRIG, TURTLE, Format, requested
from comity.server.http.openapi import JSON, PATCH, documents, fields, operation, writes
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.processes import downloads
from comity.server.processes.client import ChangeRejected
from comity.server.web.view_context import graph_reader
from comity.store.changelog import LARGEST, ChangeLog
from comity.store.outlines import ADDED, REMOVED, Outline
from comity.wellformed import UNWRITABLE, unwritable

blueprint = Blueprint("changes", __name__)
#: Numbers: of changes in a list, and of things named of each; and of characters from which a change is written by a
#: separate process.
PAGE, _FIRST_THINGS, LARGE = 50, 3, 500_000
_SUFFIXES = {TURTLE.name: "ttl", NTRIPLES.name: "nt"}


def log() -> ChangeLog:
    """Return the change log of the served store."""
    return ChangeLog(service().store_path)


def summary(one: Outline) -> dict[str, Any]:
    """Return the fields of a record that lists show."""
    names = ("number", "kind", "time", "agent", "reason", "added", "removed")
    return {
        **{name: getattr(one, name) for name in names},
        "things": one.things[:_FIRST_THINGS],
        "more_things": max(one.number_of_things - _FIRST_THINGS, 0),
        "way": one.channel,
        "how": channel_in_words(one.channel),
        "conflicts": one.conflicts,
        "reverts": one.reverts,
        "decides": one.decides,
    }


def fresh(body: Any, content_type: str | None = None, status: int = 200) -> Response:
    """Return a response that caches must revalidate."""
    response = make_response(body, status)
    if content_type:
        response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = "no-cache"
    response.headers.add("Vary", "Accept")
    return response


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page about changes; templates are told whether this server accepts changes."""
    known = {"writable": configured(), "holder": signed_in(), "form_key": form_key()}
    response = fresh(render_template(template, **known, **values), status=status)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/changes")
@operation("before", "about", formats=(HTML, JSON, ATOM))
def listing() -> Response:
    """List the accepted changes, newest first, page by page."""
    chosen = requested(HTML, JSON, ATOM)
    before = bodies.number_in_address("before", LARGEST, "bad-number", "change")
    about = request.args.get("about", "")
    records = _concerning(about) if about else log().latest(PAGE, before)
    changes = [summary(record) for record in records]
    if chosen is ATOM:
        return _feed(changes)
    older = records[-1].number if records and records[-1].number > 1 and not about else None
    if chosen is JSON:
        return fresh(jsonify({"changes": changes, "next": older and f"/changes?before={older}"}))
    thing = known(about) if about else ""
    return page("changes.html", changes=changes, older=older, about=about, thing=thing)


def known(about: str) -> str:
    """Return the IRI of an entity given by IRI or path, if it is in the graph; other text never becomes a link."""
    iri = about if about.startswith(BASE) else BASE + about.lstrip("/")
    try:
        found = next(graph_reader().quads(NamedNode(iri), None, None), None)
    except ValueError:
        return ""
    return iri if found else ""


def _concerning(thing: str) -> list[Outline]:
    """Return the outlines of the latest records that add or remove statements about an entity, given by IRI or path."""
    return log().mentioning(thing if thing.startswith("http") else BASE + thing.lstrip("/"), PAGE)


@blueprint.get("/changes.atom")
@operation(formats=(ATOM,))
def feed() -> Response:
    """Return the latest changes as an Atom feed."""
    return _feed([summary(one) for one in log().latest(PAGE)])


def _feed(changes: list[dict[str, Any]]) -> Response:
    root = service().root()
    entries = [_entry(root, one) for one in changes]
    body = feeds.atom("Comity: changes", BASE + "changes", f"{root}changes.atom", f"{root}changes", entries)
    return fresh(body, ATOM.content_type)


def _entry(root: str, one: dict[str, Any]) -> feeds.Entry:
    reason = one["reason"]
    short = f" – {reason[:100]}{'…' if len(reason) > 100 else ''}" if reason else ""
    more = f" and {one['more_things']} more" if one["more_things"] else ""
    named = f" About {', '.join(one['things'])}{more}." if one["things"] else ""
    return feeds.Entry(
        f"{BASE}change/{one['number']}",
        f"{root}changes/{one['number']}",
        f"Change {one['number']}: {one['how']}{short}",
        one["time"],
        f"{one['added']} quads added, {one['removed']} removed.{named} {reason}",
        one["agent"],
    )


@blueprint.get("/change/<int:number>")
def named(number: int) -> Response:
    """Redirect from the IRI of a change to its page."""
    return redirect(f"{request.script_root}/changes/{number}", 303)  # type: ignore[return-value]


@blueprint.get("/changes/<int:number>")
@operation(formats=(HTML, JSON, PATCH, TURTLE, NTRIPLES))
def one(number: int) -> Response:
    """Show one change: who, when, how, why, and what it removed and added."""
    changes = log()
    outline = changes.outline(number)
    if outline is None:
        raise Problem(
            404, "no-such-change", f"There is no change {number}.", hint="/changes lists all changes."
        )
    chosen = requested(HTML, JSON, PATCH, TURTLE, NTRIPLES)
    if chosen is not HTML:
        return _document(changes, outline, chosen)
    return page(
        "change.html",
        change=summary(outline),
        added=changes.first_lines(number, ADDED),
        removed=changes.first_lines(number, REMOVED),
        things=outline.things,
    )


def _document(changes: ChangeLog, outline: Outline, chosen: Format) -> Response:
    """Return a change in one of the formats for programs; a large one from a separate process."""
    form = _SUFFIXES.get(chosen.name, chosen.name)
    content_type = f"{chosen.media[0]}; charset=utf-8" if chosen is PATCH else chosen.content_type
    if outline.size > LARGE:
        return files.answer(f"{downloads.CHANGE}{outline.number}", form, content_type)
    record = changes.record(outline.number)
    assert record is not None
    return fresh(document(record, form), content_type)


@blueprint.post("/changes")
@writes("name", "table", body=documents(tables=True))
def bring() -> Response:
    """Import the file in the body: CSV or XLSX with the columns of the tables, or RDF."""
    holder = require_role("contributor")
    return respond(lambda: import_file(holder))


@blueprint.post("/changes/<int:number>/revert")
@writes(body=fields({"reason": "Why."}))
def revert(number: int) -> Response:
    """Undo a change with a new one."""
    holder = require_role("contributor")
    reason = _given_reason() or f"Reverts change {number}."
    return finish(lambda: submit_change(holder, "revert", "revert", number=number, reason=reason))


@blueprint.get("/retract")
@operation("thing")
def retraction() -> Response:
    """Show the form that retracts an entity, and first what depends on it."""
    thing = request.args.get("thing", "")[:500]
    return page("retract.html", thing=thing)


@blueprint.post("/retract")
@writes(
    body=fields(
        {"thing": "The entity, as IRI or path.", "reason": "Why; shown to anyone who looks it up later."},
        "thing",
        "reason",
    )
)
def retract() -> Response:
    """Retract an act, a source or another entity, with a reason; ``?dry-run`` only shows what depends on it."""
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
    """Return the facts as the graph knew them at a past moment: a day or a time in UTC."""
    chosen = requested(NQUADS, TRIG)
    number = last_known(service().store_path, text)
    form = "nq" if chosen is NQUADS else "trig"
    response = files.answer(f"{downloads.KNOWN}{number}", form, chosen.content_type)
    response.headers["Comity-As-Known-On"] = timestamp(text)
    return response


def given() -> dict[str, str]:
    """Return the fields of the request, from a form or from JSON."""
    values = bodies.json_object() if request.is_json else request.form.to_dict()
    found = {str(name): str(value) for name, value in values.items() if value is not None}
    for name, value in found.items():
        if fault := unwritable(name + value):
            raise Problem(
                400, "unwritable-text", f"{UNWRITABLE.sub('', name)[:100]}: {fault[0]}", hint=fault[1]
            )
    return found


def _given_reason() -> str:
    reason = given().get("reason") or request.args.get("reason") or request.headers.get("Comity-Reason")
    return (reason or "")[:2000]


def is_form() -> bool:
    """Return whether a browser sent a form, and so expects a page in response."""
    return bool(request.form) and request.accept_mimetypes.best_match(["application/json", "text/html"]) == (
        "text/html"
    )


def finish(make: Callable[[], Receipt]) -> Response:
    """Return the response to a change: its page for a browser, else its receipt; or the report of a rejection."""
    try:
        receipt = make()
    except ChangeRejected as problem:
        return rejection_response(problem)
    if not is_form():
        return receipt_response(receipt)
    address = f"/changes/{receipt['number']}"
    if receipt.get("proposal"):
        address = f"/review/{receipt['proposal']}"
    elif receipt.get("dry_run") or not receipt.get("number"):
        words = consequences.in_words(graph_reader(), receipt)
        return page("rehearsed.html", receipt=receipt, words=words)
    return redirect(request.script_root + address, 303)  # type: ignore[return-value]


@blueprint.post("/session/end")
@writes(body=fields({"form": "The key of the session's forms."}))
def sign_out() -> Response:
    """Sign out: end this session."""
    if signed_in() is not None:
        require_role("reader")
    end_session()
    return redirect(f"{request.script_root}/changes", 303)  # type: ignore[return-value]
