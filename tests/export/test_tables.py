"""The tables for reuse: what their rows hold, that all forms hold the same, and what is said of them for programs."""

import csv
import datetime as dt
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click
import frictionless
import pyoxigraph as ox
import pytest

from comity.errors import ExportError
from comity.export import packages, table_files, tables
from comity.iris import BASE
from comity.periods.in_force import CERTAIN, NEVER, POSSIBLE
from comity.server.cli.export import export
from comity.snapshots.calendar import Calendar
from comity.store.database import Store

GENERATION = "20261126T185358812987-eaf10270f6cf-79fe"
Record = dict[str, Any]


@pytest.fixture(scope="session")
def rows(real_store: Store) -> dict[str, list[Record]]:
    """All rows of all tables, by column."""
    source = tables.Source(real_store.oxigraph)
    return {
        name: [
            dict(zip([column.name for column in table.columns], row, strict=True))
            for row in table.rows(source)
        ]
        for name, table in tables.TABLES.items()
    }


def test_each_row_is_known_by_its_first_column(rows: dict[str, list[Record]]) -> None:
    for name, found in rows.items():
        keys = [row[tables.TABLES[name].key] for row in found]
        assert len(keys) == len(set(keys)) > 100, name


def test_an_act_has_parties_codes_bounds_sources_and_a_grade(rows: dict[str, list[Record]]) -> None:
    acts = {row["act"].removeprefix(BASE + "act/"): row for row in rows["acts"]}
    act = acts["recognition/north-korea/donetsk-peoples-republic/2022-07-13"]
    assert (act["kind"], act["actor_iso3"], act["actor_cow"]) == ("recognition", "PRK", 731)
    assert (act["object_name"], act["object_iso3"]) == ("Donetsk People's Republic", None)
    assert (act["earliest"], act["confidence"], act["strength"]) == ("2022-07-13", "high", "strong")
    assert "news-report-2022-07" in act["sources"].split("; ") and "https://" in act["source_urls"]
    assert (act["licence"], act["tables"], act["disputed"]) == ("CC-BY-4.0", "acts-ukraine", False)
    assert acts["withdrawal/solomon-islands/kosovo/2018-11-28"]["disputed"]
    # A month stands for its days.
    assert all(row["earliest"] < row["latest"] for row in rows["acts"] if len(row["date"]) == 7)


def test_the_numbers_are_those_of_the_graph(rows: dict[str, list[Record]], real_store: Store) -> None:
    assert len(rows["acts"]) == real_store.meta["counts"]["acts"]
    ids = {row["id"] for row in rows["sources"]}
    for name in ("acts", "recognitions", "relations"):
        assert {one for row in rows[name] if row["sources"] for one in row["sources"].split("; ")} <= ids
    assert sum(row["acts"] for row in rows["sources"]) == sum(
        len((row["sources"] or "").split("; ")) for row in rows["acts"]
    )


@pytest.mark.parametrize("day", ["1950-06-01", "2008-02-18", "2022-07-14"])
@pytest.mark.parametrize("reading", [CERTAIN, POSSIBLE])
def test_the_bounds_give_what_is_in_force(
    rows: dict[str, list[Record]], real_store: Store, day: str, reading: str
) -> None:
    calendar = Calendar(real_store.oxigraph)

    def on_day(name: str, sides: tuple[str, str], **values: str) -> set[tuple[str, str]]:
        return {
            (row[sides[0]], row[sides[1]])
            for row in rows[name]
            if (row[f"{reading}_from"] or NEVER) <= day < (row[f"{reading}_until"] or NEVER)
            and all(row[key] == value for key, value in values.items())
        }

    def ids(pairs: dict[tuple[ox.NamedNode, ox.NamedNode], None]) -> set[tuple[str, ...]]:
        return {tuple(node.value.rpartition("/")[2] for node in pair) for pair in pairs}

    sides = ("recogniser", "recognised")
    assert on_day("recognitions", sides) == ids(calendar.on("recognises", day, reading)) != set()
    assert on_day("recognitions", sides, basis="express") == ids(calendar.on("express", day, reading))
    related = on_day("relations", ("first", "second"), state="relations")
    both = related | {(b, a) for a, b in related}
    assert both == ids(calendar.on("relations", day, reading)) != set()


def test_an_end_is_told_with_its_act_and_its_dispute(rows: dict[str, list[Record]]) -> None:
    found = next(
        row
        for row in rows["recognitions"]
        if (row["recogniser"], row["recognised"]) == ("solomon-islands", "kosovo") and row["ended_how"]
    )
    assert found["ended_how"] == "withdrawal" and found["end_disputed"]
    assert found["ended_by"] == f"{BASE}act/withdrawal/solomon-islands/kosovo/2018-11-28"
    assert found["began_by"] and found["sources"] and found["licence"]
    carried = next(row for row in rows["relations"] if row["continues"])
    assert carried["began_by"].startswith(BASE + "act/")


def test_all_forms_hold_the_same(real_store: Store, rows: dict[str, list[Record]], tmp_path: Path) -> None:
    import openpyxl
    import pyarrow.parquet as pq

    notes = tables.notes("polities", GENERATION)
    for form in table_files.FORMS:
        table_files.write(real_store.oxigraph, "polities", form, tmp_path / f"p.{form}", notes)
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    texts = (
        {key: "" if value is None else str(value) for key, value in row.items()} for row in rows["polities"]
    )
    assert read == list(texts)
    table = pq.read_table(tmp_path / "p.parquet")
    assert table.schema.metadata[b"generation"].decode() == GENERATION
    days = {column.name for column in tables.TABLES["polities"].columns if column.type == "date"}
    assert table.to_pylist() == [
        {key: dt.date.fromisoformat(value) if value and key in days else value for key, value in row.items()}
        for row in rows["polities"]
    ]
    book = openpyxl.load_workbook(tmp_path / "p.xlsx", read_only=True)
    header, *body = book["Polities"].iter_rows(values_only=True)
    # A workbook leaves out the empty cells at the end of a row.
    assert [dict(zip_longest(header, row)) for row in body] == rows["polities"]
    assert len(list(book["Codebook"].rows)) > len(tables.TABLES["polities"].columns)
    book.close()


def test_equal_content_gives_equal_bytes_and_no_text_is_a_formula(tmp_path: Path) -> None:
    import openpyxl

    table = tables.Table("t", "T", "", (tables.Column("a", "it"),), lambda source: iter([("=1+1\x07",)]))
    for name in ("one", "two"):
        table_files._write_xlsx(table, table.rows(tables.Source(ox.Store())), tmp_path / name, {})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    (tmp_path / "one").rename(tmp_path / "one.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "one.xlsx")["T"]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_the_command_offers_every_table_and_form() -> None:
    table, form = (next(one for one in export.params if one.name == name) for name in ("table", "form"))
    assert isinstance(table.type, click.Choice) and list(table.type.choices) == list(tables.TABLES)
    assert isinstance(form.type, click.Choice) and set(table_files.FORMS) <= set(form.type.choices)


def test_there_is_no_other_table() -> None:
    with pytest.raises(ExportError, match="'votes' is not a table"):
        tables.table("votes")


def test_the_data_package_is_valid_and_so_are_its_files(real_store: Store, tmp_path: Path) -> None:
    descriptor = packages.data_package(GENERATION, "https://example.org/data")
    for name in ("polities", "sources"):
        table_files.write(real_store.oxigraph, name, "csv", tmp_path / f"{name}.csv", {})
    assert not list(frictionless.Package.metadata_validate(descriptor))
    descriptor["resources"] = [one for one in descriptor["resources"] if (tmp_path / one["path"]).exists()]
    assert len(descriptor["resources"]) == 2
    report = frictionless.Package.from_descriptor(descriptor, basepath=str(tmp_path)).validate()
    assert report.valid, report.flatten(["type", "message"])[:3]


def test_the_research_object_names_every_file_and_its_licences() -> None:
    crate = packages.research_object(GENERATION, "https://example.org/data")
    nodes = {node["@id"]: node for node in crate["@graph"]}
    root = nodes[nodes["ro-crate-metadata.json"]["about"]["@id"]]
    assert {"name", "description", "datePublished", "license"} <= root.keys() and root["@type"] == "Dataset"
    files = {f"{name}.{form}" for name in tables.TABLES for form in table_files.FORMS}
    assert {part["@id"] for part in root["hasPart"]} == files
    for name in files:
        assert nodes[name]["@type"] == "File" and all(one["@id"] in nodes for one in nodes[name]["license"])
    assert root["datePublished"] == "2026-11-26"


def test_croissant_describes_every_column_of_every_table() -> None:
    told = packages.croissant(GENERATION, "https://example.org/data")
    assert told["conformsTo"] == "http://mlcommons.org/croissant/1.0" and told["version"] == "2026.11.26"
    files = {one["@id"] for one in told["distribution"]}
    for records, table in zip(told["recordSet"], tables.TABLES.values(), strict=True):
        columns = [field["source"]["extract"]["column"] for field in records["field"]]
        assert columns == [one.name for one in table.columns]
        assert {field["source"]["fileObject"]["@id"] for field in records["field"]} <= files
        assert records["key"]["@id"] in {field["@id"] for field in records["field"]}
