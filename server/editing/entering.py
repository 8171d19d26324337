"""The steps shared by the forms for acts and for statements: authorization, validation, preview, redirect."""

from collections.abc import Callable
from typing import Any

from flask import Response, redirect, request

from comity.questions.lookup import Names
from comity.server.editing import consequences
from comity.server.editing.changes_page import is_form
from comity.server.editing.faults import as_problem, of_rejection
from comity.server.editing.rows import Faults, Row
from comity.server.editing.write_service import Receipt, receipt_response, rejection_response, submit_change
from comity.server.http.auth import require_role
from comity.server.problems import Problem
from comity.server.processes.client import ChangeRejected
from comity.server.web.view_context import graph_reader


def enter_row(
    table: str,
    values: Row,
    read: Callable[[Names, Row], tuple[Row, Faults]],
    change: Callable[[Row], dict[str, Any]],
    show: Callable[..., Response],
) -> Response:
    """Enter one row, and return the form, a document or a redirect, as suits the request.

    :param table: the kind of the table, ``acts`` or ``statements``.
    :param values: the submitted values; with ``check`` among them, nothing is changed.
    :param read: builds the row from the values, and returns its faults.
    :param change: the parts of the change specific to the row: operation, channel and contents.
    :param show: shows the form again, with a status and either its faults or its effects.
    """
    refused: Problem | None = None
    try:
        holder = require_role("contributor")
    except Problem as problem:
        if not is_form() or problem.status not in (401, 403):
            raise
        refused = problem
    row, faults = read(graph_reader().names, values)
    if refused:
        return show(refused.status, faults=faults | {"token": refused.sentence()})
    if faults:
        if is_form():
            return show(422, faults=faults)
        raise as_problem(faults)
    try:
        receipt = submit_change(
            holder, **change(row), reason=values.get("reason", "")[:2000], dry_run="check" in values
        )
    except ChangeRejected as problem:
        if is_form():
            return show(problem.status, faults=of_rejection(problem, table))
        return rejection_response(problem)
    except Problem as problem:
        if not is_form():
            raise
        return show(problem.status, faults={"": problem.sentence()})
    return _entered(receipt, show) if is_form() else receipt_response(receipt)


def _entered(receipt: Receipt, show: Callable[..., Response]) -> Response:
    if receipt.get("proposal"):
        return redirect(f"{request.script_root}/review/{receipt['proposal']}", 303)  # type: ignore[return-value]
    if receipt.get("dry_run") or not receipt.get("number"):
        return show(words=consequences.in_words(graph_reader(), receipt), receipt=receipt)
    return redirect(f"{request.script_root}/changes/{receipt['number']}", 303)  # type: ignore[return-value]
