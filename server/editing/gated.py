"""Writes of the protocols, taken through the gate: SPARQL updates, Graph Store writes, and files."""

import base64
import time
from typing import Any

from flask import Response, current_app, jsonify, request
from pyoxigraph import NamedNode, Quad

from comity.changes.request import ADDITIONS
from comity.server.editing.trial import read_document, try_data, try_update
from comity.server.editing.validation_report import answer as refuse
from comity.server.endpoint.graph_store import EVERYTHING
from comity.server.endpoint.protocol_request import SparqlRequest
from comity.server.endpoint.write_backend import GraphWrite
from comity.server.http.auth import require_role
from comity.server.http.formats import by_media_type
from comity.server.http.service import Service
from comity.server.problems import Problem
from comity.server.processes.client import ChangeRejected, submit
from comity.server.processes.protocol import ChangeRequest
from comity.sparql.updates import is_data
from comity.store.changelog import NQuads
from comity.store.tokens import Holder

#: An import of many rows takes a while, and others may be before it.
PATIENCE = 300.0
_TRIES = 5
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _service() -> Service:
    service: Service = current_app.extensions["comity"]
    return service


def carry_out(holder: Holder, wish: dict[str, Any]) -> dict[str, Any]:
    """Have a wish carried out in the name of a token's holder; give the receipt.

    Once this returns, every process reads what was written.
    """
    arguments = {"reason": _reason()} | wish
    request = ChangeRequest(
        operation=arguments.pop("do"),
        author=holder.name,
        role=holder.role,
        channel=arguments.pop("way", ""),
        reason=arguments.pop("reason"),
        dry_run=_flag("dry-run"),
        arguments=arguments,
    )
    return submit(_service().runtime, request, PATIENCE)


def respond(make: Any) -> Response:
    """Give the receipt of a change as an answer, or the report of a refusal."""
    try:
        receipt = make()
    except ChangeRejected as problem:
        return refuse(problem)
    return told(receipt)


def told(receipt: dict[str, Any]) -> Response:
    """Give a receipt: 201 for a change, 202 for a proposal that waits, 200 where nothing was kept."""
    root = _service().root()
    response = jsonify(receipt)
    if receipt.get("proposal"):
        response.status_code = 202
        response.headers["Location"] = f"{root}review/{receipt['proposal']}"
    if receipt.get("number") and receipt.get("kind") == "change":
        response.status_code = 201
        response.headers["Location"] = f"{root}changes/{receipt['number']}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _flag(name: str) -> bool:
    value = request.args.get(name)
    return value is not None and value.lower() not in ("0", "false", "no")


def _reason() -> str:
    return (request.args.get("reason") or request.headers.get("Comity-Reason") or "")[:2000]


class GatedWrites:
    """Takes updates and Graph Store writes of those who have a token."""

    def update(self, asked: SparqlRequest) -> Response:
        """Carry out a SPARQL update."""
        holder = require_role("contributor")
        return respond(lambda: self._update(holder, asked))

    def _update(self, holder: Holder, asked: SparqlRequest) -> dict[str, Any]:
        service, wish = _service(), {"do": "quads", "way": "update"}
        if is_data(asked.text or ""):
            change = try_data(service, asked)
            return carry_out(holder, wish | _sides(change.added, change.removed))
        for attempt in range(_TRIES):
            change = try_update(service, asked)
            try:
                sides = _sides(change.added, change.removed)
                return carry_out(holder, wish | sides | {"generation": change.generation})
            except Problem as problem:
                if problem.kind != "graph-changed" or attempt == _TRIES - 1:
                    raise
                time.sleep(0.5 * (attempt + 1))
        raise AssertionError

    def graph(self, write: GraphWrite) -> Response:
        """Carry out a Graph Store write."""
        holder = require_role("contributor")
        return respond(lambda: self._graph(holder, write))

    def _graph(self, holder: Holder, write: GraphWrite) -> dict[str, Any]:
        name = ADDITIONS.value if write.graph in (None, EVERYTHING) else str(write.graph)
        wish: dict[str, Any] = {"way": "graph-store", "graph": name, "added": "", "removed": ""}
        if write.method == "DELETE":
            return carry_out(holder, wish | {"do": "graph", "must_exist": True})
        quads = [
            quad
            for document in write.documents
            for quad in read_document(_service(), document.body, document.content_type, name)
        ]
        if write.method == "PUT":
            return carry_out(holder, wish | {"do": "graph", "added": NQuads.of(quads).text})
        graph = NamedNode(name)
        placed = NQuads.of(Quad(quad.subject, quad.predicate, quad.object, graph) for quad in quads)
        return carry_out(holder, wish | {"do": "quads", "added": placed.text})


def _sides(added: Any, removed: Any) -> dict[str, Any]:
    return {"added": NQuads.of(added).text, "removed": NQuads.of(removed).text}


def files(holder: Holder) -> dict[str, Any]:
    """Import the file in the request's body: CSV, XLSX or RDF by its Content-Type."""
    table, name = request.args.get("table"), request.args.get("name", "upload")[:100]
    wish: dict[str, Any] = {"do": "files", "way": "import", "files": []}
    media = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if by_media_type(media) is not None:
        quads = read_document(_service(), request.get_data(), media, _service().root())
        return carry_out(holder, wish | {"quads": NQuads.of(quads).text})
    ending = {"text/csv": ".csv", _XLSX: ".xlsx"}.get(media)
    if ending is None:
        raise Problem(
            415,
            "unsupported-media-type",
            f"'{media[:100]}' is nothing that can be imported.",
            hint=f"Send text/csv, {_XLSX}, Turtle, N-Quads, TriG, RDF/XML or JSON-LD.",
        )
    stem = name.removesuffix(ending)
    data = base64.b64encode(request.get_data()).decode()
    return carry_out(holder, wish | {"files": [{"name": stem + ending, "data": data, "table": table}]})
