"""Writes over the protocols: SPARQL updates, Graph Store writes and files become change requests to the writer.

The effect of a request is passed to the writer as the N-Quads text that a worker returned, and is parsed only once, by
the writer. A change that fails validation is answered with its report as text, problem details, HTML or SHACL.
"""

import base64
import codecs
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, render_template, request
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from comity.changes.delta import ADDITIONS, ProtectedError, check_writable, is_protected
from comity.changes.importing import MOST_QUADS
from comity.changes.review import ReviewError, check_room
from comity.iris import PREFIXES, TYPE
from comity.server.endpoint.graph_store import EVERYTHING, tags
from comity.server.endpoint.protocol import GraphWrite, SparqlRequest
from comity.server.http.auth import require_role
from comity.server.http.bodies import allow_upload
from comity.server.http.formats import by_media_type
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.processes.client import ChangeRejected, submit
from comity.server.processes.protocol import ChangeRequest, ParseCall, QueryCall, UpdateCall
from comity.sparql.updates import replaced
from comity.store.changelog import ChangeLog
from comity.store.tokens import Holder

#: Seconds to wait for one change: an import of many rows takes a while, and others may be ahead of it.
_PATIENCE = 300.0
_TRIES = 5
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SH = "http://www.w3.org/ns/shacl#"
_FORMS = ("application/problem+json", "application/json", "text/turtle", "text/plain", "text/html")
Receipt = dict[str, Any]


def submit_change(
    holder: Holder, operation: str, channel: str, *, reason: str = "", dry_run: bool = False, **arguments: Any
) -> Receipt:
    """Return the receipt of a change made in the name of a token's holder.

    The request itself may give a reason and ask for a dry run. Once this returns, every process reads what was
    written.

    :raises ChangeRejected: if the change does not pass validation.
    :raises Problem: for anything else that goes wrong.
    """
    flag = request.args.get("dry-run")
    dry_run = dry_run or (flag is not None and flag.lower() not in ("0", "false", "no"))
    quads = sum(arguments.get(side, "").count("\n") for side in ("added", "removed"))
    if quads > MOST_QUADS:
        detail = f"The change has {quads:,} quads, and a change may have {MOST_QUADS:,}."
        raise Problem(413, "change-too-large", detail, hint="Send it in parts.")
    if holder.role == "contributor" and not dry_run:
        try:
            check_room(ChangeLog(service().store_path), holder.name)
        except ReviewError as error:
            hint = "Send it once an editor has decided on some of them."
            raise Problem(409, "too-many-proposals", str(error), hint=hint) from None
    change = ChangeRequest(
        operation=operation,
        author=holder.name,
        role=holder.role,
        channel=channel,
        reason=(reason or request.args.get("reason") or request.headers.get("Comity-Reason") or "")[:2000],
        dry_run=dry_run,
        arguments=arguments,
    )
    return submit(service().runtime, change, _PATIENCE)


def respond(make: Callable[[], Receipt]) -> Response:
    """Return the response to a change: its receipt, or the validation report of a rejection."""
    try:
        return receipt_response(make())
    except ChangeRejected as problem:
        return rejection_response(problem)


def receipt_response(receipt: Receipt) -> Response:
    """Return a receipt: 201 for a change, 202 for a proposal, 200 if nothing was stored."""
    root = service().root()
    response = jsonify(receipt)
    if receipt.get("proposal"):
        response.status_code = 202
        response.headers["Location"] = f"{root}review/{receipt['proposal']}"
    if receipt.get("number") and receipt.get("kind") == "change":
        response.status_code = 201
        response.headers["Location"] = f"{root}changes/{receipt['number']}"
    response.headers["Cache-Control"] = "no-store"
    return response


def rejection_response(problem: ChangeRejected) -> Response:
    """Return the validation report of a rejected change, with status 422, in the form that the client accepts."""
    kind = request.accept_mimetypes.best_match(_FORMS, "application/problem+json")
    if kind == "text/turtle":
        body: str | bytes = _as_turtle(problem.more)
    elif kind == "text/plain":
        body = "\n".join([problem.detail, *(one["text"] for one in problem.more["problems"])]) + "\n"
    elif kind == "text/html":
        body = render_template("refused.html", problem=problem)
    else:
        kind = "application/problem+json"
        body = json.dumps(problem.document(), ensure_ascii=False) + "\n"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    response = Response(body, problem.status, content_type=f"{kind}{charset}")
    response.headers["Cache-Control"] = "no-store"
    response.headers.add("Vary", "Accept")
    return response


def _as_turtle(report: dict[str, Any]) -> bytes:
    """Return the report as a sh:ValidationReport.

    Faults found by no shape (unreadable rows, contradictions) become results too, with their place in the message.
    """
    node = BlankNode()
    triples = [
        Triple(node, TYPE, _sh("ValidationReport")),
        Triple(node, _sh("conforms"), Literal(False)),
    ]
    findings = report["findings"] or [
        {"severity": "Violation", "nodes": [], "path": None, "message": one["text"], "component": None}
        for one in report["problems"]
    ]
    for finding in findings:
        triples += _result(node, finding)
    return serialize(triples, format=RdfFormat.TURTLE, prefixes=PREFIXES) or b""


def _result(report: BlankNode, finding: dict[str, Any]) -> list[Triple]:
    node = BlankNode()
    component = finding["component"] or _SH + "SPARQLConstraintComponent"
    said = [
        Triple(report, _sh("result"), node),
        Triple(node, TYPE, _sh("ValidationResult")),
        Triple(node, _sh("resultSeverity"), _sh(finding["severity"])),
        Triple(node, _sh("resultMessage"), Literal(finding["message"], language="en")),
        Triple(node, _sh("sourceConstraintComponent"), NamedNode(component)),
    ]
    names = ("focusNode", "value")
    said += [
        Triple(node, _sh(name), NamedNode(iri)) for name, iri in zip(names, finding["nodes"], strict=False)
    ]
    if finding["path"]:
        said.append(Triple(node, _sh("resultPath"), NamedNode(finding["path"])))
    return said


def _sh(name: str) -> NamedNode:
    return NamedNode(_SH + name)


class WriteService:
    """Executes updates and Graph Store writes for the holders of tokens."""

    def update(self, asked: SparqlRequest) -> Response:
        """Execute a SPARQL update."""
        holder = require_role("contributor")
        return respond(lambda: self._update(holder, asked))

    def _update(self, holder: Holder, asked: SparqlRequest) -> Receipt:
        _check_replaced(asked.text or "")
        default, named = tuple(asked.default), tuple(asked.named)
        call = UpdateCall(text=asked.text or "", default_graphs=default, named_graphs=named)
        for attempt in range(_TRIES - 1):
            try:
                return self._update_once(holder, call)
            except Problem as problem:
                if problem.kind != "graph-changed":
                    raise
                time.sleep(0.5 * (attempt + 1))
        return self._update_once(holder, call)

    def _update_once(self, holder: Holder, call: UpdateCall) -> Receipt:
        effect = effect_of(call)
        more: dict[str, Any] = {} if effect.independent else {"generation": effect.generation}
        return submit_change(holder, "quads", "update", added=effect.added, removed=effect.removed, **more)

    def graph(self, write: GraphWrite) -> Response:
        """Execute a Graph Store write: 201 if it creates a graph, 200 if the graph existed."""
        holder = require_role("contributor")
        if write.graph is None and write.method != "POST":
            raise Problem(
                403,
                "graph-protected",
                "The default graph contains all facts and inferences, and cannot be written as a whole.",
                hint=f"Name a graph such as <{ADDITIONS.value}>; POST to ?default adds to it.",
            )
        if write.graph == EVERYTHING:
            added = _content(write, service().root())
            return respond(lambda: submit_change(holder, "quads", "graph-store", added=added, removed=""))
        name = write.graph or ADDITIONS.value
        asked = QueryCall(text=f"ASK {{ GRAPH <{name}> {{ ?s ?p ?o }} }}", result_format="json")
        found = service().pool.run(asked, service().settings.query_seconds)
        exists = bool(json.loads(found.whole())["boolean"])
        conditional = _check_preconditions(tags(found.generation, write.graph) if exists else [])
        more = {"generation": found.generation} if conditional else {}
        response = respond(lambda: self._graph(holder, write, name, more))
        if exists and response.status_code == 201:
            response.status_code = 200
        return response

    def _graph(self, holder: Holder, write: GraphWrite, name: str, more: dict[str, Any]) -> Receipt:
        removes = write.method == "DELETE"
        try:
            return submit_change(
                holder,
                "graph",
                "graph-store",
                graph=name,
                added="" if removes else _content(write, name),
                replace=write.method != "POST",
                must_exist=removes,
                **more,
            )
        except Problem as problem:
            if problem.kind == "graph-changed":
                _check_preconditions([])
            raise


def _check_replaced(text: str) -> None:
    """Refuse to clear or overwrite protected graphs before reading anything, since they are large.

    :raises Problem: 403 if an update would clear, drop, move or overwrite a read-only graph.
    """
    for name in replaced(text, PREFIXES):
        if not name:
            detail = "The graphs together contain all facts, and cannot be cleared or replaced as a whole."
            hint = f"Name a graph of facts, as in CLEAR GRAPH <{ADDITIONS.value}>."
            raise Problem(403, "graph-protected", detail, hint=hint)
        if is_protected(name):
            try:
                check_writable(NamedNode(name))
            except ProtectedError as error:
                raise Problem(403, "graph-protected", str(error)) from error


def _content(write: GraphWrite, base: str) -> str:
    return "".join(parsed(one.body, one.content_type, base) for one in write.documents())


def _check_preconditions(tags: list[str]) -> bool:
    """Return whether the request has preconditions.

    :param tags: the entity tags of the graph to be written; empty if the graph does not exist.
    :raises Problem: 412 if they fail.
    """
    wanted, unwanted = request.if_match, request.if_none_match
    if (wanted and not any(map(wanted.contains_weak, tags))) or any(map(unwanted.contains_weak, tags)):
        raise Problem(
            412,
            "precondition-failed",
            "The graph does not match If-Match or If-None-Match.",
            hint="Fetch the graph again, and send the write with the ETag of the response.",
        )
    return bool(wanted or unwanted)


def import_file(holder: Holder) -> Receipt:
    """Import the file in the request's body: CSV, XLSX or RDF by its Content-Type."""
    allow_upload()
    table, name = request.args.get("table"), request.args.get("name", "upload")[:100]
    media = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if by_media_type(media) is not None:
        quads = parsed(request.get_data(), media, service().root())
        return submit_change(holder, "quads", "import", added=quads, removed="")
    ending = {"text/csv": ".csv", _XLSX: ".xlsx"}.get(media)
    if ending is None:
        raise Problem(
            415,
            "unsupported-media-type",
            f"'{media[:100]}' is not a media type that can be imported.",
            hint=f"Send text/csv, {_XLSX}, Turtle, N-Quads, TriG, RDF/XML or JSON-LD.",
        )
    data = base64.b64encode(request.get_data()).decode()
    file = {"name": name.removesuffix(ending) + ending, "data": data, "table": table}
    return submit_change(holder, "files", "import", files=[file])


@dataclass(frozen=True)
class Effect:
    """The effect of an update: quads as N-Quads, graphs by IRI, and the generation on which it was computed.

    :ivar independent: whether the effect is the same for every generation.
    """

    removed: str
    added: str
    created: tuple[str, ...]
    dropped: tuple[str, ...]
    generation: str
    independent: bool


def effect_of(call: UpdateCall) -> Effect:
    """Return the effect of an update, computed by a worker on a private copy within all limits."""
    try:
        result = service().pool.run(call, service().settings.query_seconds)
        body = result.whole().decode()
    except Problem as problem:
        if problem.kind != "result-too-large":
            raise
        detail = "The update changes more than this server accepts at once."
        raise Problem(413, "change-too-large", detail, hint="Send it in parts.") from problem
    removed, _, added = ("", "", body[1:]) if body.startswith("\n") else body.partition("\n\n")
    head = result.head
    graphs = tuple(head.created), tuple(head.dropped)
    return Effect(_lines(removed), _lines(added), *graphs, result.generation, head.independent)


def parsed(body: bytes, content_type: str, base: str) -> str:
    """Return the quads of an RDF document as N-Quads, parsed by a worker within all limits."""
    form = by_media_type(content_type)
    if form is None:
        raise Problem(
            415,
            "unsupported-media-type",
            f"'{content_type[:100]}' is not a supported RDF format.",
            hint="Send Turtle, N-Triples, N-Quads, TriG, RDF/XML or JSON-LD with its Content-Type.",
        )
    call = ParseCall(document=body.removeprefix(codecs.BOM_UTF8), format=form.name, base=base)
    return _lines(service().pool.run(call, service().settings.query_seconds).whole().decode())


def _lines(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
