"""The dyad-year panel: rows where something is known, typed, reproducible, and equal in all its forms."""

import csv
import datetime as dt
import importlib.util
import io
from pathlib import Path

import pyarrow.parquet as pq
import pyoxigraph as ox
import pytest

from comity.errors import ExportError, MissingLibraryError
from comity.export import panels
from comity.export.dyads import Dyads
from comity.export.panels import COLUMNS, Years
from tests.export.test_dyads import small

PLACES = {name: place for place, name in enumerate(COLUMNS)}


def of(dyads: Dyads, first: int, last: int, *names: str, day: str = "12-31") -> list[tuple[object, ...]]:
    return [tuple(row[PLACES[name]] for name in names) for row in panels.rows(dyads, Years(first, last, day))]


def test_only_years_of_which_something_is_known_have_rows() -> None:
    dyads = small(
        "recognition,a,c,2001-02-03\nrelations_established,a,b,2003\nrelations_severed,b,a,2004-05-05"
    )
    rows = of(dyads, 2000, 2004, "year", "a", "b", "basis")
    assert rows == [
        *[(year, "a", "b", "implied") for year in (2003, 2004)],
        *[(year, "a", "c", "express") for year in (2001, 2002, 2003, 2004)],
        *[(year, "b", "a", "implied") for year in (2003, 2004)],
    ]


def test_the_reference_day_decides() -> None:
    dyads = small("recognition,a,c,2001-07-01")
    assert [of(dyads, 2001, 2001, "day", day=day) for day in ("06-30", "07-01")] == [[], [("2001-07-01",)]]


def test_an_empty_cell_is_empty_and_never_zero(real_dyads: Dyads) -> None:
    text = b"".join(panels.write_csv(panels.rows(real_dyads, Years(2010, 2011)))).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == tuple(COLUMNS) and len(rows) > 3000
    readings = ("recognises", "relations", "broken_off", "frozen", "withdrawn", "refuses")
    assert {row[name] for row in rows for name in readings} <= {"", "certain", "possible"}
    assert not [row for row in rows if not any(row[name] for name in (*readings, "held_to_be"))]


def test_rows_carry_the_codes_of_both_data_sets(real_dyads: Dyads) -> None:
    names = ("a_cow", "a_cow_abbreviation", "a_gw", "b", "since")
    rows = of(real_dyads, 2009, 2009, "a", *names)
    assert ("germany", 255, "GMY", 260, "kosovo", "2008-02-20") in rows


def test_equal_stores_give_equal_panels(real_dyads: Dyads, real_store: object) -> None:
    again = Dyads(real_store.oxigraph)  # type: ignore[attr-defined]
    one, other = (
        b"".join(panels.write_csv(panels.rows(it, Years(2022, 2023)))) for it in (real_dyads, again)
    )
    assert one == other


def test_parquet_holds_the_same_rows_with_types(real_dyads: Dyads, tmp_path: Path) -> None:
    file, span = tmp_path / "panel.parquet", Years(2020, 2021)
    number = panels.write_parquet(panels.rows(real_dyads, span), file, {"generation": "g1"})
    table = pq.read_table(file)
    assert table.num_rows == number == len(list(panels.rows(real_dyads, span)))
    assert table.schema.metadata[b"generation"] == b"g1"
    first, row = table.slice(0, 1).to_pylist()[0], next(panels.rows(real_dyads, span))
    assert first["day"] == dt.date(2020, 12, 31) and first["a"] == row[PLACES["a"]]
    assert list(first) == list(COLUMNS) and str(table.schema.field("a_cow").type) == "int16"


def test_a_panel_of_nothing_is_a_file_without_rows(real_dyads: Dyads, tmp_path: Path) -> None:
    file = tmp_path / "panel.parquet"
    assert panels.write_parquet(panels.rows(real_dyads, Years(1700, 1701)), file, {}) == 0
    assert pq.read_table(file).num_rows == 0


@pytest.mark.parametrize(
    ("years", "words"),
    [
        ((2001, 2000), "are not valid for a panel"),
        ((1, 2), "are not valid for a panel"),
        ((2000, 2001, "02-29"), "not a day that exists in every year"),
        ((2000, 2001, "yesterday"), "not a day that exists in every year"),
    ],
)
def test_years_that_make_no_panel_are_refused(years: tuple[int, int, str], words: str) -> None:
    with pytest.raises(ExportError, match=words):
        Years(*years)


def test_a_missing_library_is_named_with_its_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingLibraryError, match=r"pyarrow, which is not installed.*comity\[scholars\]"):
        panels.write_parquet(iter(()), tmp_path / "panel.parquet", {})


def test_without_years_a_panel_runs_from_what_is_known_to_the_last_day_that_has_come() -> None:
    today, dyads = dt.date.today(), small("recognition,a,c,2001-07-01")
    assert panels.years(dyads, day="01-01") == Years(2001, today.year, "01-01")
    ahead = f"{today + dt.timedelta(days=1):%m-%d}"
    if "01-01" < ahead != "02-29":
        assert panels.years(dyads, day=ahead).last == today.year - 1


def test_a_graph_of_nothing_has_a_panel_of_nothing() -> None:
    dyads = Dyads(ox.Store())
    assert list(panels.rows(dyads, panels.years(dyads))) == []
