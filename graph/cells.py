"""Cells of tables meant for spreadsheets, which evaluate some texts as formulas.

Such a text is prefixed with an apostrophe, as in spreadsheets themselves; the import removes it.
"""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def guarded(value: Any) -> Any:
    """Return the value of a cell, with an apostrophe before a text that a spreadsheet would evaluate.

    A text that already has apostrophes there gets another one, so that :func:`unguarded` restores every text.
    """
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return "'" + value
    return value


def unguarded(text: str) -> str:
    """Return the value of a cell before it was guarded.

    >>> unguarded("'=1+1"), unguarded("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as lines of CSV (RFC 4180) whose texts are safe in spreadsheets."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()
