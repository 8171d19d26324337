"""Cells of the tables that are meant for spreadsheets, which take some texts for formulas and run them.

Such a text gets an apostrophe in front, as spreadsheets themselves write it; the import takes it away again.
"""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

_RUN = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def guarded(value: Any) -> Any:
    """Return the value of a cell, with an apostrophe before a text that a spreadsheet would run.

    A text that has one there already gets another, so that :func:`unguarded` gives every text back.
    """
    if isinstance(value, str) and _RUN.match(value) and not _NUMBER.fullmatch(value):
        return "'" + value
    return value


def unguarded(text: str) -> str:
    """Return what a cell held before it was guarded.

    >>> unguarded("'=1+1"), unguarded("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text.startswith("'") and _RUN.match(text) else text


def csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as lines of CSV (RFC 4180) whose texts no spreadsheet runs."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()
