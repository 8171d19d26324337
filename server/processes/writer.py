"""The writer: the only process of a server that changes the store.

It starts small, and loads the graph with the first change; after some idle time it exits, and the supervisor restarts
it without the graph. A change is answered once the reading processes have switched to the generation it created: a
client that has its answer reads its own writes, over any connection.
"""

import base64
import json
import os
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.changes import review
from comity.changes.apply import Changes
from comity.changes.delta import ProtectedError
from comity.changes.importing import add_files, enter_act, retraction, thing_named, write_graph
from comity.changes.request import Author, ChangeBuilder, ChangeResult, Changeset, CurrentGraph, is_bulk
from comity.errors import ComityError, Problem, StoreError, TableError, UnknownError
from comity.server.fault_log import LOGGER
from comity.server.processes.lifecycle import ProcessOptions
from comity.server.processes.protocol import ChangeRequest, Connection, FrameKind, supervisor_socket
from comity.store.records import NQuads
from comity.store.tokens import Tokens
from comity.validation.report import ValidationError

#: How long a change request may take to arrive once it has begun.
_REQUEST_SECONDS = 30.0
#: A change that readers do not see after this long is answered with a problem.
_SWITCH_SECONDS = 60.0
_PAUSE = 0.05
#: The niceness of a large change, which leaves the processors to readers.
_NICENESS = 5
Values = dict[str, Any]


class Stale(ComityError):
    """A change request was computed on a generation that is no longer current."""


class ChangeHandler:
    """Executes change requests on one store."""

    def __init__(self, store: Path) -> None:
        self._changes = Changes(store)
        self._operations: dict[str, Callable[[Values, Author], Values]] = {
            "quads": self._quads,
            "graph": self._graph,
            "files": self._files,
            "act": self._act,
            "retract": self._retract,
            "revert": self._revert,
            "accept": self._accept,
            "refuse": self._refuse,
        }

    def recover(self) -> int:
        """Apply accepted changes that a crash kept out of the store; return the number of the last record."""
        return self._changes.recover()

    def answer(self, request: ChangeRequest) -> tuple[Values, bool]:
        """Execute a change request.

        :returns: the receipt and false, or the members of a problem and true.
        """
        author = Author(request.author, request.role)
        values = {
            **request.arguments,
            **{"channel": request.channel, "reason": request.reason, "dry_run": request.dry_run},
        }
        try:
            return self._operations[request.operation](values, author), False
        except ComityError as error:
            return _refusal(error), True
        except Exception as error:
            LOGGER.exception("A change failed")
            detail = f"{type(error).__name__}: {error}"
            return {"status": 500, "kind": "internal-error", "detail": detail}, True

    def _make(self, request: Values, author: Author, build: ChangeBuilder) -> Values:
        """Change, or for a contributor propose."""
        do = self._changes.propose if author.role == "contributor" else self._changes.change

        def in_time(graph: CurrentGraph) -> Changeset:
            if request.get("generation") not in (None, graph.generation):
                raise Stale("The graph has changed in the meantime. Send the update again.")
            changeset = build(graph)
            if is_bulk(len(changeset.added) + len(changeset.removed)):
                os.nice(_NICENESS)
            return changeset

        return _plain(
            do(in_time, author, request["channel"], request.get("reason", ""), request.get("dry_run", False))
        )

    def _quads(self, request: Values, author: Author) -> Values:
        added, removed = NQuads(request["added"]).quads, NQuads(request["removed"]).quads

        def build(graph: CurrentGraph) -> Changeset:
            return Changeset(list(added), list(removed))

        return self._make(request, author, build)

    def _graph(self, request: Values, author: Author) -> Values:
        """Write quads to a graph of facts, replacing or extending its contents."""
        name, quads = ox.NamedNode(request["graph"]), NQuads(request["added"]).quads
        replace, must_exist = bool(request.get("replace")), bool(request.get("must_exist"))
        return self._make(request, author, write_graph(name, quads, replace, must_exist))

    def _files(self, request: Values, author: Author) -> Values:
        files = [
            (file["name"], base64.b64decode(file["data"]), file.get("table")) for file in request["files"]
        ]
        return self._make(request, author, add_files(files))

    def _act(self, request: Values, author: Author) -> Values:
        """Enter one act, replacing the one it corrects, if any."""
        corrects = thing_named(request["corrects"]) if request.get("corrects") else None
        return self._make(request, author, enter_act(request["row"], corrects))

    def _retract(self, request: Values, author: Author) -> Values:
        if not request.get("reason", "").strip():
            raise review.ReviewError(
                "A retraction needs a reason, which is shown to anyone who looks up the retracted entity later."
            )
        return self._make(request, author, retraction(thing_named(request["thing"])))

    def _revert(self, request: Values, author: Author) -> Values:
        return self._make(request, author, review.revert(self._changes.log, request["number"]))

    def _accept(self, request: Values, author: Author) -> Values:
        source = request.get("source") or None
        return _plain(
            review.accept(self._changes, request["number"], author, request.get("reason", ""), source)
        )

    def _refuse(self, request: Values, author: Author) -> Values:
        record = review.refuse(self._changes, request["number"], author, request.get("reason", ""))
        return {"number": record.number, "kind": "decision"}


def _plain(receipt: ChangeResult) -> Values:
    """Return a receipt as plain values; that of a dry run includes the periods that would be added and removed."""
    periods = {"added": receipt.periods[0].lines, "removed": receipt.periods[1].lines}
    return ({"periods": periods} if receipt.dry_run else {}) | {
        **{name: getattr(receipt, name) for name in ("number", "kind", "generation", "proposal", "dry_run")},
        "added": receipt.added.lines,
        "removed": receipt.removed.lines,
        "periods_opened": receipt.opened,
        "periods_closed": receipt.closed,
        "warnings": [_problem(warning) for warning in receipt.warnings],
    }


def _problem(problem: Problem) -> Values:
    return {
        **{name: getattr(problem, name) for name in ("table", "row", "column", "message", "cure")},
        "text": str(problem),
    }


def _refusal(error: ComityError) -> Values:
    """Return the status and the members of the problem for an error."""
    if isinstance(error, ValidationError | TableError):
        findings = error.results if isinstance(error, ValidationError) else []
        return {
            "status": 422,
            "kind": "change-refused",
            "detail": "The change does not pass validation; nothing was changed.",
            "problems": [_problem(problem) for problem in error.problems],
            "findings": [
                {
                    "severity": one.severity,
                    "nodes": list(one.nodes),
                    "path": one.path,
                    "message": one.message,
                    "component": one.component,
                }
                for one in findings
            ],
        }
    status, kind = next(
        (
            (status, kind)
            for sort, status, kind in (
                (ProtectedError, 403, "graph-protected"),
                (Stale, 409, "graph-changed"),
                (UnknownError, 404, "not-found"),
                (StoreError, 507, "store-not-writable"),
                (review.ReviewError, 409, "not-to-be-decided"),
            )
            if isinstance(error, sort)
        ),
        (400, "bad-request"),
    )
    return {"status": status, "kind": kind, "detail": str(error)}


class WriterServer:
    """Handles change requests one after the other, and answers each when it is done or refused."""

    def __init__(self, listener: socket.socket, options: ProcessOptions) -> None:
        """Serve the requests that come to a listening socket."""
        self._listener = listener
        self._store = Path(options.store)
        self._runtime = Path(options.runtime)
        self._idle_seconds = options.writer_idle_seconds
        self._handler: ChangeHandler | None = None

    def run(self) -> None:
        """Serve until idle for a while with the graph in memory, or until a large change has been made.

        Such a change lowers the priority of the process, which cannot be raised again, and fills its memory.
        """
        niceness = os.nice(0)
        while os.nice(0) == niceness:
            wait = None if self._handler is None else self._idle_seconds
            ready, _, _ = select.select([self._listener], [], [], wait)
            if not ready:
                return
            sock, _ = self._listener.accept()
            sock.settimeout(_REQUEST_SECONDS)
            with Connection(sock) as connection, suppress(OSError, ValueError):
                payload = connection.expect(FrameKind.CHANGE)
                self._answer(connection, ChangeRequest(**json.loads(payload)))

    def recover(self) -> None:
        """Apply accepted changes that a crash kept out of the store, if there are tokens, without which there are none.

        A failure here recurs at the first change, which reports it.
        """
        with suppress(Exception):
            if Tokens(self._store).configured():
                self._loaded().recover()

    def _loaded(self) -> ChangeHandler:
        if self._handler is None:
            self._handler = ChangeHandler(self._store)
        return self._handler

    def _answer(self, connection: Connection, request: ChangeRequest) -> None:
        result, refused = self._loaded().answer(request)
        if not refused and not request.dry_run and not _published(self._runtime):
            refused, result = True, _not_visible(result)
        kind = FrameKind.PROBLEM if refused else FrameKind.RESULT
        connection.send(kind, json.dumps(result).encode())


def _published(runtime: Path) -> bool:
    """Wait until readers have switched to the current generation; return whether they have."""
    deadline = time.monotonic() + _SWITCH_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        try:
            with Connection.to(supervisor_socket(runtime), left) as supervisor:
                supervisor.send(FrameKind.SWITCH)
                supervisor.expect(FrameKind.READY)
                return True
        except OSError:
            time.sleep(_PAUSE)  # The fork server is being replaced, or cannot load the generation yet.
    return False


def _not_visible(receipt: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": 503,
        "kind": "change-not-visible",
        "detail": f"The change was accepted as number {receipt['number']}, but is not visible yet.",
        "hint": "Do not send it again; check /changes.",
    }
