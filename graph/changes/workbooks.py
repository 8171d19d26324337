"""XLSX workbooks as tables of texts.

A small workbook can unfold to an enormous one, so it is read by a separate process with limits on time, memory and
files, which stops at the first cell beyond the limits on rows, columns and text.
"""

import io
import json
import resource
import subprocess
import sys
import zipfile
from datetime import date, datetime
from importlib import import_module
from typing import Any

from comity.errors import ComityError, require

#: The most bytes that a workbook unpacks to, columns of a sheet, cells and characters of all sheets.
MOST_UNPACKED, MOST_COLUMNS, MOST_CELLS, MOST_LETTERS = 256 << 20, 200, 2_000_000, 64_000_000
#: The limits of the process: seconds of a processor, and bytes of memory; and the seconds after which it is given up.
_SECONDS, _MEMORY, _PATIENCE = 30, 1 << 30, 120.0
_NONE = "this is not an XLSX workbook. Save it as XLSX or CSV."
#: A sheet: its title and its rows, the last of which is not empty.
Sheet = tuple[str, list[list[str]]]


class WorkbookError(ComityError):
    """A workbook cannot be read, or holds more than is read."""


def sheets(data: bytes) -> list[Sheet]:
    """Return the sheets of a workbook that are not empty, read by a confined process.

    :raises WorkbookError: if it is not a workbook, or exceeds a limit.
    :raises MissingLibraryError: if the library of the extra ``xlsx`` is not installed.
    """
    require("openpyxl", "xlsx")
    command = [sys.executable, "-m", "comity.changes.workbooks"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode:
        raise WorkbookError(
            "the workbook takes more time or memory to read than is allowed. Send it in parts, or as CSV."
        )
    found = json.loads(done.stdout)
    if isinstance(found, str):
        raise WorkbookError(found)
    return [(title, rows) for title, rows in found]


def read(data: bytes) -> list[Sheet]:
    """Return the sheets of a workbook that are not empty, read by this process.

    :raises WorkbookError: if it is not a workbook, or exceeds a limit.
    """
    from openpyxl import load_workbook

    unpacked = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(data)).infolist())
    if unpacked > MOST_UNPACKED:
        raise WorkbookError(
            f"the workbook unpacks to {unpacked:,} bytes, more than is read. Send it in parts."
        )
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    found: list[Sheet] = []
    cells = letters = 0
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # Those in the file may be made up.
        rows: list[list[str]] = []
        for values in sheet.iter_rows(values_only=True):
            row = [_cell(value) for value in values]
            while row and not row[-1]:
                row.pop()
            if len(row) > MOST_COLUMNS:
                raise WorkbookError(
                    f"row {len(rows) + 1} of {sheet.title} has a cell in column {len(row):,}, beyond the "
                    f"{MOST_COLUMNS} that are read. Remove it."
                )
            rows.append(row)
            cells, letters = cells + 1 + len(row), letters + sum(map(len, row))
            if cells > MOST_CELLS or letters > MOST_LETTERS:
                raise WorkbookError(
                    f"the workbook has more than {MOST_CELLS:,} cells or {MOST_LETTERS:,} characters. "
                    "Send it in parts."
                )
        while rows and not rows[-1]:
            rows.pop()
        width = max(map(len, rows), default=0)
        if rows:
            found.append((sheet.title, [row + [""] * (width - len(row)) for row in rows]))
    return found


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def main() -> None:
    """Write the sheets of the workbook on standard input to standard output as JSON, or why it cannot be read."""
    data = sys.stdin.buffer.read()
    # Imported before the limits, after which no file can be opened; the second is that of names in ZIP files.
    for name in ("openpyxl", "encodings.cp437"):
        import_module(name)
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    found: list[Sheet] | str
    try:
        found = read(data)
    except WorkbookError as error:
        found = str(error)
    except MemoryError:
        sys.exit(1)
    except Exception:  # The library raises whatever it meets in a broken file.
        found = _NONE
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
