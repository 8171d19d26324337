"""What the writer does with each kind of change request: plain values in, a receipt or a refusal out."""

import base64
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.changes import review
from comity.changes.corrections import proposals_about, replace_by, retraction, thing_named
from comity.changes.delta import ProtectedError, check_writable, is_facts
from comity.changes.importing import Sheet, read, wish_for_quads, wish_for_tables
from comity.changes.state import State
from comity.changes.transaction import Changes
from comity.changes.wishes import Author, Draft, Receipt, Wish
from comity.errors import ComityError, Problem, RefusedError, StoreError, TableError, UnknownError
from comity.iris import act as act_iri
from comity.server.processes.protocol import ChangeRequest
from comity.store.changelog import NQuads
from comity.tables.reader import known_columns, parse
from comity.validation.report import ValidationError

Values = dict[str, Any]


class Stale(ComityError):
    """A change request was worked out on a generation that is no longer current."""


class ChangeHandler:
    """Carries out change requests on one store."""

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

    def _make(self, request: Values, author: Author, make: Wish) -> Values:
        """Change, or for a contributor propose."""
        do = self._changes.propose if author.role == "contributor" else self._changes.change
        return plain(
            do(make, author, request["channel"], request.get("reason", ""), request.get("dry_run", False))
        )

    def _quads(self, request: Values, author: Author) -> Values:
        added, removed = NQuads(request["added"]).quads, NQuads(request["removed"]).quads

        def make(state: State) -> Draft:
            if request.get("generation") not in (None, state.generation):
                raise Stale("The graph has changed meanwhile. Send the update again.")
            return Draft(list(added), list(removed))

        return self._make(request, author, make)

    def _graph(self, request: Values, author: Author) -> Values:
        """Put these quads in the place of all that a graph of facts holds."""
        name = ox.NamedNode(request["graph"])
        added = [ox.Quad(q.subject, q.predicate, q.object, name) for q in NQuads(request["added"]).quads]

        def make(state: State) -> Draft:
            check_writable(name)
            there = list(state.store.quads_for_pattern(None, None, None, name))
            if not there and request.get("must_exist"):
                raise UnknownError(f"There is no graph <{name.value}>.")
            return Draft(added, there)

        return self._make(request, author, make)

    def _files(self, request: Values, author: Author) -> Values:
        sheets: list[Sheet] = []
        quads: list[ox.Quad] = list(NQuads(request.get("quads", "")).quads)
        for file in request["files"]:
            for part in read(file["name"], base64.b64decode(file["data"]), file.get("table")):
                sheets.append(part) if isinstance(part, Sheet) else quads.append(part)

        def make(state: State) -> Draft:
            draft = wish_for_tables(sheets)(state)
            draft.added += wish_for_quads(quads)(state).added
            return draft

        return self._make(request, author, make)

    def _act(self, request: Values, author: Author) -> Values:
        """Enter one act, or put it in the place of one that it corrects."""
        row = {name: str(request["row"].get(name, "")).strip() for name in known_columns("acts")}
        sheet = _sheet(row)
        new = act_iri(row["kind"], row["actor"], row["object"], row["date"])

        def make(state: State) -> Draft:
            old = thing_named(request["corrects"]) if request.get("corrects") else None
            if old is None:
                draft = wish_for_tables([sheet])(state)
                draft.aside_removed += proposals_about(
                    state.store, new
                )  # It waited for a source, and has one now.
                return draft
            if not any(is_facts(q.graph_name) for q in state.store.quads_for_pattern(old, None, None, None)):
                raise UnknownError(f"No fact speaks of <{old.value}>, so it cannot be corrected.")
            return _correction(state, sheet, old, new)

        return self._make(request, author, make)

    def _retract(self, request: Values, author: Author) -> Values:
        if not request.get("reason", "").strip():
            raise review.ReviewError(
                "A retraction needs a reason: whoever asks for the thing later is told it."
            )
        return self._make(request, author, retraction(thing_named(request["thing"])))

    def _revert(self, request: Values, author: Author) -> Values:
        return self._make(request, author, review.wish_to_undo(self._changes.log, request["number"]))

    def _accept(self, request: Values, author: Author) -> Values:
        source = request.get("source") or None
        return plain(
            review.accept(self._changes, request["number"], author, request.get("reason", ""), source)
        )

    def _refuse(self, request: Values, author: Author) -> Values:
        record = review.refuse(self._changes, request["number"], author, request.get("reason", ""))
        return {"number": record.number, "kind": "decision"}

    def _report(self, request: Values, author: Author) -> Values:
        record = review.report(self._changes, request["about"], request["text"], author)
        return {"number": record.number, "kind": "report"}


def _sheet(row: dict[str, str]) -> Sheet:
    """Give the row of a form as a table; its graph is that of acts entered one by one."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.DictWriter(out, list(row))
    writer.writeheader()
    writer.writerow(row)
    table = parse("acts-entered.csv", out.getvalue())
    return Sheet(table.name, table.columns, table.rows, "the form")


def _correction(state: State, sheet: Sheet, old: ox.NamedNode, new: ox.NamedNode) -> Draft:
    draft = wish_for_tables([sheet])(state)
    draft.more["corrects"] = old.value
    if old != new:
        replace_by(state.store, old, new, draft)
        return draft
    fresh = {quad.predicate for quad in draft.added if quad.subject == old}
    for quad in state.store.quads_for_pattern(old, None, None, None):
        keeps_other = quad.predicate.value.endswith(("#evidence", "#inResponseTo"))
        if is_facts(quad.graph_name) and quad.predicate in fresh and not keeps_other:
            draft.removed.append(quad)
    return draft


def plain(receipt: Receipt) -> Values:
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
