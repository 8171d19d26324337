"""What the writer does with each kind of change request: plain values in, a receipt or a refusal out."""

import base64
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.changes import review
from comity.changes.apply import Changes
from comity.changes.corrections import retraction, thing_named
from comity.changes.importing import add_files, enter_act, write_graph
from comity.changes.request import (
    Author,
    ChangeBuilder,
    ChangeResult,
    Changeset,
    CurrentGraph,
    ProtectedError,
)
from comity.errors import ComityError, Problem, RefusedError, StoreError, TableError, UnknownError
from comity.server.processes.protocol import ChangeRequest
from comity.store.changelog import NQuads
from comity.validation.report import ValidationError

Values = dict[str, Any]


class Stale(ComityError):
    """A change request was worked out on a generation that is no longer current."""


class TooManyReports(ComityError):
    """One client sends more reports than it may."""


class ReportLimit:
    """How many reports a client may send in a minute; the writer counts, since it is one process."""

    most = 6

    def __init__(self) -> None:
        self._sent: dict[str, list[float]] = {}

    def check(self, client: str) -> None:
        """Count a report.

        :raises TooManyReports: when the client has sent as many as it may in the last minute.
        """
        now = time.monotonic()
        self._sent = {one: [t for t in times if t > now - 60] for one, times in self._sent.items()}
        self._sent = {one: times for one, times in self._sent.items() if times}
        times = self._sent.setdefault(client, [])
        if len(times) >= self.most:
            raise TooManyReports(f"This address sent {self.most} reports in a minute. Try again in a minute.")
        times.append(now)


class ChangeHandler:
    """Carries out change requests on one store."""

    def __init__(self, store: Path) -> None:
        self._changes = Changes(store)
        self._reports = ReportLimit()
        self._operations: dict[str, Callable[[Values, Author], Values]] = {
            "quads": self._quads,
            "graph": self._graph,
            "files": self._files,
            "act": self._act,
            "retract": self._retract,
            "revert": self._revert,
            "accept": self._accept,
            "refuse": self._refuse,
            "report": self._report,
        }

    def recover(self) -> int:
        """Bring into the store what a crash kept from it."""
        return self._changes.recover()

    def answer(self, request: ChangeRequest) -> tuple[Values, bool]:
        """Carry out a change request.

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
            traceback.print_exc()
            detail = f"{type(error).__name__}: {error}"
            return {"status": 500, "kind": "internal-error", "detail": detail}, True

    def _make(self, request: Values, author: Author, build: ChangeBuilder) -> Values:
        """Change, or for a contributor propose."""
        do = self._changes.propose if author.role == "contributor" else self._changes.change
        return plain(
            do(build, author, request["channel"], request.get("reason", ""), request.get("dry_run", False))
        )

    def _quads(self, request: Values, author: Author) -> Values:
        added, removed = NQuads(request["added"]).quads, NQuads(request["removed"]).quads

        def build(graph: CurrentGraph) -> Changeset:
            if request.get("generation") not in (None, graph.generation):
                raise Stale("The graph has changed meanwhile. Send the update again.")
            return Changeset(list(added), list(removed))

        return self._make(request, author, build)

    def _graph(self, request: Values, author: Author) -> Values:
        """Write quads to a graph of facts, in the place of all that it holds or beside it."""
        name, quads = ox.NamedNode(request["graph"]), NQuads(request["added"]).quads
        replace, must_exist = bool(request.get("replace")), bool(request.get("must_exist"))
        return self._make(request, author, write_graph(name, quads, replace, must_exist))

    def _files(self, request: Values, author: Author) -> Values:
        files = [
            (file["name"], base64.b64decode(file["data"]), file.get("table")) for file in request["files"]
        ]
        return self._make(request, author, add_files(files))

    def _act(self, request: Values, author: Author) -> Values:
        """Enter one act, or put it in the place of one that it corrects."""
        corrects = thing_named(request["corrects"]) if request.get("corrects") else None
        return self._make(request, author, enter_act(request["row"], corrects))

    def _retract(self, request: Values, author: Author) -> Values:
        if not request.get("reason", "").strip():
            raise review.ReviewError(
                "A retraction needs a reason: whoever asks for the thing later is told it."
            )
        return self._make(request, author, retraction(thing_named(request["thing"])))

    def _revert(self, request: Values, author: Author) -> Values:
        return self._make(request, author, review.revert(self._changes.log, request["number"]))

    def _accept(self, request: Values, author: Author) -> Values:
        source = request.get("source") or None
        return plain(
            review.accept(self._changes, request["number"], author, request.get("reason", ""), source)
        )

    def _refuse(self, request: Values, author: Author) -> Values:
        record = review.refuse(self._changes, request["number"], author, request.get("reason", ""))
        return {"number": record.number, "kind": "decision"}

    def _report(self, request: Values, author: Author) -> Values:
        self._reports.check(request.get("client", ""))
        record = review.report(self._changes, request["about"], request["text"], author)
        return {"number": record.number, "kind": "report"}


def plain(receipt: ChangeResult) -> Values:
    """Give a receipt as plain values."""
    return {
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
    """Give what is wrong as the status and members of a problem."""
    if isinstance(error, RefusedError | TableError):
        findings = error.results if isinstance(error, ValidationError) else []
        return {
            "status": 422,
            "kind": "change-refused",
            "detail": "The change does not pass the validation, and nothing was changed.",
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
                (TooManyReports, 429, "too-many-requests"),
                (UnknownError, 404, "not-found"),
                (StoreError, 507, "store-not-writable"),
                (review.ReviewError, 409, "not-to-be-decided"),
            )
            if isinstance(error, sort)
        ),
        (400, "bad-request"),
    )
    return {"status": status, "kind": kind, "detail": str(error)}
