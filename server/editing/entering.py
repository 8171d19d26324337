"""What the forms for acts and for statements share: fields, authorization, validation, preview, redirect."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Response, redirect, request

from comity.edtf import bounds, in_words
from comity.errors import DateError
from comity.questions.lookup import Names
from comity.server.editing import consequences
from comity.server.editing.changes_page import is_form, page
from comity.server.editing.faults import as_problem, of_rejection
from comity.server.editing.rows import Faults, Row
from comity.server.editing.write_service import Receipt, receipt_response, rejection_response, submit_change
from comity.server.http.auth import require_role
from comity.server.problems import Problem
from comity.server.processes.client import ChangeRejected
from comity.server.web.models.records import NATURES
from comity.server.web.view_context import graph_reader

#: The labels of the fields that both forms have.
_COMMON = {
    "source_title": "Title of the source",
    "source_date": "Date of the source",
    "source_url": "Address of the source",
    "source_publisher": "Publisher",
    "source_kind": "Kind of source",
    "reason": "Why this change",
    "token": "Token",
}


def show_form(
    template: str,
    titles: dict[str, str],
    values: Row,
    date: str,
    status: int = 200,
    faults: Faults | None = None,
    words: list[str] | None = None,
    receipt: Receipt | None = None,
    **more: Any,
) -> Response:
    """Return a form with the submitted values, and with its faults or its effects.

    :param titles: the labels of the fields that only this form has, in their order.
    :param date: the name of the field of a date, which is also shown in words.
    :param words: the effects in words, if it was only checked or changed nothing.
    """
    titles, faults = titles | _COMMON, faults or {}
    order = [*titles, *faults]
    return page(
        template,
        status,
        values=values,
        days="" if date in faults else _days_in_words(values.get(date, "")[:40]),
        faults={name: faults[name] for name in sorted(faults, key=order.index)},
        titles=titles,
        source_kinds=NATURES.items(),
        words=words,
        receipt=receipt,
        **more,
    )


def _days_in_words(date: str) -> str:
    """Return in a sentence which days a date may denote, or what is wrong with it."""
    if not date:
        return ""
    try:
        days = bounds(date)
    except DateError as error:
        return str(error)
    if dt.date.min in days or dt.date.max in days:  # An end that is open, or before the Common Era.
        return f"That is, {in_words(date)}."
    first, last = (in_words(day.isoformat()) for day in days)
    return f"That is, {first if first == last else f'{first} to {last}'}."


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
