"""What the scribe does with each kind of wish, in plain values: the wish in, a receipt or a refusal out."""

import base64
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.changes import review
from comity.changes.apply import Changes
from comity.changes.corrections import retraction, thing_named
from comity.changes.importing import add_files, add_quads, enter_act, replace_graph
from comity.changes.request import (
    Author,
    ChangeBuilder,
    ChangeResult,
    Changeset,
    CurrentGraph,
    ProtectedError,
)
from comity.errors import ComityError, Problem, RefusedError, StoreError, TableError, UnknownError
from comity.store.changelog import NQuads
from comity.validation.report import ValidationError

Values = dict[str, Any]


class Stale(ComityError):
    """A wish was worked out on a generation that is no longer current."""


class Clerk:
    """Carries out wishes on one store."""

    def __init__(self, store: Path) -> None:
        self._changes = Changes(store)
        self._do: dict[str, Callable[[Values, Author], Values]] = {
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

    def answer(self, wish: Values) -> Values:
        """Carry out a wish; whatever goes wrong is said in the answer."""
        author = Author(wish["author"], wish["role"])
        try:
            return {"receipt": self._do[wish["do"]](wish, author)}
        except ComityError as error:
            return _refusal(error)
        except Exception as error:
            traceback.print_exc()
            return {"status": 500, "kind": "internal-error", "detail": f"{type(error).__name__}: {error}"}

    def _make(self, wish: Values, author: Author, build: ChangeBuilder) -> Values:
        """Change, or for a contributor propose."""
        do = self._changes.propose if author.role == "contributor" else self._changes.change
        return plain(do(build, author, wish["way"], wish.get("reason", ""), wish.get("dry_run", False)))

    def _quads(self, wish: Values, author: Author) -> Values:
        added, removed = NQuads(wish["added"]).quads, NQuads(wish["removed"]).quads

        def build(graph: CurrentGraph) -> Changeset:
            if wish.get("generation") not in (None, graph.generation):
                raise Stale("The graph has changed meanwhile. Send the update again.")
            return Changeset(list(added), list(removed))

        return self._make(wish, author, build)

    def _graph(self, wish: Values, author: Author) -> Values:
        """Put these quads in the place of all that a graph of facts holds."""
        quads = NQuads(wish["added"]).quads
        return self._make(
            wish, author, replace_graph(ox.NamedNode(wish["graph"]), quads, bool(wish.get("must_exist")))
        )

    def _files(self, wish: Values, author: Author) -> Values:
        if "quads" in wish:
            return self._make(wish, author, add_quads(NQuads(wish["quads"]).quads))
        files = [(file["name"], base64.b64decode(file["data"]), file.get("table")) for file in wish["files"]]
        return self._make(wish, author, add_files(files))

    def _act(self, wish: Values, author: Author) -> Values:
        """Enter one act, or put it in the place of one that it corrects."""
        corrects = thing_named(wish["corrects"]) if wish.get("corrects") else None
        return self._make(wish, author, enter_act(wish["row"], corrects))

    def _retract(self, wish: Values, author: Author) -> Values:
        if not wish.get("reason", "").strip():
            raise review.ReviewError(
                "A retraction needs a reason: whoever asks for the thing later is told it."
            )
        return self._make(wish, author, retraction(thing_named(wish["thing"])))

    def _revert(self, wish: Values, author: Author) -> Values:
        return self._make(wish, author, review.revert(self._changes.log, wish["number"]))

    def _accept(self, wish: Values, author: Author) -> Values:
        source = wish.get("source") or None
        return plain(review.accept(self._changes, wish["number"], author, wish.get("reason", ""), source))

    def _refuse(self, wish: Values, author: Author) -> Values:
        record = review.refuse(self._changes, wish["number"], author, wish.get("reason", ""))
        return {"number": record.number, "kind": "decision"}

    def _report(self, wish: Values, author: Author) -> Values:
        record = review.report(self._changes, wish["about"], wish["text"], author)
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
            "detail": "The change does not pass the gate, and nothing was changed.",
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
