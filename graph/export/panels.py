"""The dyad-year panel: the known state of each ordered pair of parties on one day of each year.

There are rows only for pairs of which something is known. A cell is empty if nothing is known, never zero, since a
party not known to recognise has not thereby refused.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.cells import csv_lines
from comity.errors import ExportError, require
from comity.export.dyads import Dyads, Party, Standing
from comity.periods.in_force import NEVER
from comity.store.database import batches

#: The columns of the panel, in order, with their descriptions.
COLUMNS = {
    "year": "year",
    "day": "reference day of the year",
    "a": "id of the party whose standing towards b the row describes",
    "a_name": "its name",
    "a_kind": "its kind in the catalogue (polities.csv, organisations.csv)",
    "a_cow": "its Correlates of War state number",
    "a_cow_abbreviation": "its Correlates of War abbreviation",
    "a_gw": "its Gleditsch-Ward number",
    "b": "id of the party that the row is about",
    "b_name": "its name",
    "b_kind": "its kind in the catalogue",
    "b_cow": "its Correlates of War state number",
    "b_cow_abbreviation": "its Correlates of War abbreviation",
    "b_gw": "its Gleditsch-Ward number",
    "stance": "contradictory (recognises and refuses), recognises, frozen, refuses or withdrawn, the first that "
    "applies; preceded by 'possibly' if dates leave it open",
    "recognises": "certain or possible: a recognises b",
    "basis": "basis of the recognition: express (an act of recognition) or implied (by diplomatic relations)",
    "relations": "certain or possible: a and b maintain diplomatic relations",
    "broken_off": "certain or possible: a and b had diplomatic relations, which are broken off",
    "frozen": "certain or possible: a has frozen its recognition of b",
    "withdrawn": "certain or possible: a has withdrawn its recognition of b and not renewed it",
    "refuses": "certain or possible: a claims that b has a status that no state has",
    "held_to_be": "the statuses that a claims b to have, separated by semicolons",
    "since": "first day, as early as the dates allow, since which a has recognised b without a break",
    "since_latest": "the same, as late as the dates allow",
}
_NUMBERS = ("year", "a_cow", "a_gw", "b_cow", "b_gw")
_DAYS = ("day", "since", "since_latest")
_BATCH = 50_000
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Years:
    """The years of a panel and the reference day of each, as ``MM-DD``."""

    first: int
    last: int
    day: str = "12-31"

    def __post_init__(self) -> None:
        """Refuse years in the wrong order, and days that do not exist in every year."""
        form = re.fullmatch(r"(\d\d)-(\d\d)", self.day, re.ASCII)
        try:
            dt.date(2001, int(form[1]) if form else 0, int(form[2]) if form else 0)
        except ValueError:
            raise ExportError(
                f"{self.day!r} is not a day that exists in every year. Write month and day, such as 12-31 or 07-01."
            ) from None
        if not 1700 <= self.first <= self.last <= 2199:
            raise ExportError(
                f"The years {self.first} to {self.last} are not valid for a panel. Give a first and a last year, "
                "in this order, between 1700 and 2199."
            )


def years(dyads: Dyads, first: int | None = None, last: int | None = None, day: str = "12-31") -> Years:
    """Return the years of a panel: by default from the first year with known data to the present.

    The present is the last year whose reference day has passed.

    :param day: the reference day of each year, as ``MM-DD``.
    :raises ExportError: if the day or the years are invalid.
    """
    today = dt.date.today()
    if last is None:
        last = today.year if f"{today:%m-%d}" >= day else today.year - 1
    if first is None:
        known = (int(dyads.reach(pair)[0][:4]) for pair in dyads.pairs)
        first = min(last, min(known, default=last))
    return Years(first, last, day)


def rows(dyads: Dyads, span: Years) -> Iterator[Row]:
    """Yield the rows of the panel by pair and year, with cells in the order of :data:`COLUMNS`."""
    for pair in dyads.pairs:
        start, end = dyads.reach(pair)
        if start >= end:
            continue
        a, b = (_party(dyads.parties[party]) for party in pair)
        final = span.last if end == NEVER else min(span.last, int(end[:4]))
        for year in range(max(span.first, int(start[:4])), final + 1):
            day = f"{year:04}-{span.day}"
            if standing := dyads.standing(pair, day):
                yield (year, day, *a, *b, *_standing(standing))


def _party(party: Party) -> Row:
    return party.id, party.name, party.kind, party.cow, party.cow_abbreviation, party.gw


def _standing(standing: Standing) -> Row:
    return (
        standing.stance,
        standing.recognises,
        standing.basis,
        standing.relations,
        standing.broken_off,
        standing.frozen,
        standing.withdrawn,
        standing.refuses,
        ";".join(standing.held_to_be) or None,
        standing.since,
        standing.since_latest,
    )


def write_csv(panel: Iterator[Row]) -> Iterator[bytes]:
    """Yield the panel as CSV (RFC 4180), one chunk per batch of rows."""
    yield _lines([tuple(COLUMNS)])
    for batch in batches(panel, _BATCH):
        yield _lines(batch)


def _lines(batch: list[Row]) -> bytes:
    return csv_lines(batch).encode()


def write_parquet(panel: Iterator[Row], path: Path, notes: dict[str, str]) -> int:
    """Write the panel to a Parquet file with typed columns; return the number of rows.

    :param notes: metadata of the file, stored in its schema.
    :raises MissingLibraryError: if pyarrow is not installed.
    """
    require("pyarrow", "scholars")
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [pa.field(name, _arrow(pa, name), metadata={"about": COLUMNS[name]}) for name in COLUMNS]
    )
    number = 0
    with pq.ParquetWriter(path, schema.with_metadata(notes), compression="zstd") as writer:
        for batch in batches(panel, _BATCH):
            columns = [
                pa.array(map(_day, column) if name in _DAYS else column, schema.field(name).type)
                for name, column in zip(COLUMNS, zip(*batch, strict=True), strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=writer.schema))
            number += len(batch)
    return number


def _arrow(pa: Any, name: str) -> Any:
    if name in _NUMBERS:
        return pa.int16()
    return pa.date32() if name in _DAYS else pa.string()


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def columns_of(dyads: Dyads, span: Years) -> dict[str, list[Any]]:
    """Return the panel as a list of values for each column, as expected by ``pandas.DataFrame``."""
    columns = list(zip(*rows(dyads, span), strict=True)) or [()] * len(COLUMNS)
    return {name: list(column) for name, column in zip(COLUMNS, columns, strict=True)}
