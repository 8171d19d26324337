"""Files of the tables for reuse: CSV, Parquet and workbooks (XLSX).

Equal content yields equal bytes.
"""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.cells import csv_lines, guarded
from comity.errors import require
from comity.export.tables import Row, Source, Table, table
from comity.store.database import batches
from comity.wellformed import UNWRITABLE

_BATCH = 20_000
#: The library, and the extra that installs it, of each format that needs one.
FORMS: dict[str, tuple[str, str] | None] = {
    "csv": None,
    "parquet": ("pyarrow", "scholars"),
    "xlsx": ("openpyxl", "xlsx"),
}


def check_form(form: str) -> None:
    """Check that a format can be written.

    :raises MissingLibraryError: if its library is not installed, with the command that installs it.
    """
    if needed := FORMS[form]:
        require(*needed)


def write(store: ox.Store, name: str, form: str, path: Path, notes: Mapping[str, str]) -> None:
    """Write a table to a file.

    :param form: ``csv``, ``parquet`` or ``xlsx``.
    :param notes: metadata of the file, if its format has a place for it.
    :raises ExportError: if there is no such table.
    :raises MissingLibraryError: if the library of the format is not installed.
    """
    chosen = table(name)
    check_form(form)
    rows = chosen.rows(Source(store))
    if form == "parquet":
        _write_parquet(chosen, rows, path, notes)
    elif form == "xlsx":
        _write_xlsx(chosen, rows, path, notes)
    else:
        with path.open("wb") as file:
            file.writelines(write_csv(chosen, rows))


def write_csv(chosen: Table, rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield a table as CSV (RFC 4180, UTF-8), one chunk per batch of rows."""
    yield _lines([tuple(column.name for column in chosen.columns)])
    for batch in batches(rows, _BATCH):
        yield _lines([tuple(map(_text, row)) for row in batch])


def _lines(rows: list[Row]) -> bytes:
    return csv_lines(rows).encode()


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _write_parquet(chosen: Table, rows: Iterable[Row], path: Path, notes: Mapping[str, str]) -> None:
    """Write a table with typed columns, described in the metadata of each field."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {
        "string": pa.string(),
        "date": pa.date32(),
        "integer": pa.int32(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
    }
    fields = [
        pa.field(column.name, kinds[column.type], metadata={"about": column.about})
        for column in chosen.columns
    ]
    schema = pa.schema(fields).with_metadata(dict(notes))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches(rows, _BATCH):
            columns = zip(*batch, strict=True)
            arrays = [
                pa.array(map(_day, values) if column.type == "date" else values, kinds[column.type])
                for column, values in zip(chosen.columns, columns, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def _write_xlsx(chosen: Table, rows: Iterable[Row], path: Path, notes: Mapping[str, str]) -> None:
    """Write a workbook with two sheets: the rows, and descriptions of the columns.

    Days are texts, since workbooks cannot represent days before 1900, and no text is a formula.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    def cells(sheet: Any, row: Iterable[Any]) -> list[Any]:
        return [cell(sheet, value) for value in row]

    def cell(sheet: Any, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        value = UNWRITABLE.sub("", value)
        if guarded(value) == value:
            return value
        # Formatted as text, even if the cell is edited; a leading apostrophe is kept.
        made = WriteOnlyCell(sheet, guarded(value) if value.startswith("'") else value)
        made.data_type, made.quotePrefix = "s", True
        return made

    book = Workbook(write_only=True)
    book.properties.creator, book.properties.title = "Comity", f"Comity: {chosen.title}"
    sheet = book.create_sheet(chosen.title)
    sheet.freeze_panes = "A2"
    sheet.append([column.name for column in chosen.columns])
    for row in rows:
        sheet.append(cells(sheet, row))
    codebook = book.create_sheet("Codebook")
    codebook.append(["column", "type", "what it holds"])
    for column in chosen.columns:
        codebook.append([column.name, column.type, column.about])
    for pair in notes.items():
        codebook.append(cells(codebook, ["", *pair]))
    raw = io.BytesIO()
    book.save(raw)
    _without_clock(raw, path)


def _without_clock(raw: io.BytesIO, path: Path) -> None:
    """Write a workbook without timestamps, so that equal content yields equal bytes."""
    with zipfile.ZipFile(raw) as book, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in book.infolist():
            data = book.read(part)
            if part.filename == "docProps/core.xml":
                data = re.sub(rb">\d{4}-\d\d-\d\dT[\d:]+Z?<", b">1980-01-01T00:00:00Z<", data)
            info = zipfile.ZipInfo(part.filename)
            info.compress_type = zipfile.ZIP_DEFLATED
            copy.writestr(info, data)
