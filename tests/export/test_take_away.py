"""One file to take away: SQLite with keys and views, and maps as GeoPackage and GeoParquet."""

import gzip
import json
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox
import pytest

from comity.export import as_of, map_files, sqlite_file, table_files, tables
from comity.export.dyads import Dyads
from comity.questions.questions import answer, question
from comity.store.database import Store
from tests.cli.test_commands import run

DAY = "2022-07-14"


@pytest.fixture(scope="module")
def path(real_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("taken") / "comity.sqlite"
    assert "proposed acts" in run("export", "--output", str(file), store=real_path).stderr
    return file


@pytest.fixture
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as the command writes it, with the views set to a day; nothing is written to it for good."""
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("UPDATE as_of SET day = ?", (DAY,))
        yield opened


def test_its_tables_are_those_of_the_other_exports(database: sqlite3.Connection, real_store: Store) -> None:
    source = tables.Source(real_store.oxigraph)
    for table in tables.TABLES.values():
        read = database.execute(f"SELECT * FROM {table.name}")
        assert [column[0] for column in read.description] == [column.name for column in table.columns]
        if table.name in ("polities", "sources", "relations"):
            assert read.fetchall() == list(table.rows(source))
        told = database.execute('SELECT count(*) FROM codebook WHERE "table" = ?', (table.name,)).fetchone()
        assert told == (len(table.columns) + 1,)
    assert dict(database.execute("SELECT * FROM about"))["generation"] == real_store.generation


def test_its_keys_hold_and_lists_are_tables_of_their_own(database: sqlite3.Connection) -> None:
    assert not database.execute("PRAGMA foreign_key_check").fetchall()
    targets = {row[2] for row in database.execute("PRAGMA foreign_key_list(recognitions)")}
    assert targets == {"parties", "acts", "recognitions"}
    act = "https://w3id.org/comity/act/recognition/north-korea/donetsk-peoples-republic/2022-07-13"
    (listed,) = database.execute("SELECT sources FROM acts WHERE act = ?", (act,)).fetchone()
    found = database.execute(
        "SELECT source FROM act_sources WHERE act = ? ORDER BY source", (act,)
    ).fetchall()
    assert [one for (one,) in found] == sorted(listed.split("; ")) != []
    for name in ("act_answers", "recognition_sources", "relations_sources", "polity_claims"):
        assert database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] > 10, name


def test_the_views_answer_as_the_questions_do(database: sqlite3.Connection, real_store: Store) -> None:
    values = {"object": "donetsk-peoples-republic", "as_of": DAY}
    asked = question("who-recognises").bind(real_store.oxigraph, values)
    solutions = answer(real_store, asked)
    assert isinstance(solutions, ox.QuerySolutions)
    expected = {row["recogniser"].value.rpartition("/")[2] for row in solutions}
    query = "SELECT DISTINCT recogniser FROM recognitions_in_force WHERE recognised = ?"
    found = {one for (one,) in database.execute(query, (values["object"],))}
    assert found == expected and len(found) == 6
    counts = dict(database.execute("SELECT id, recognisers FROM recogniser_counts"))
    assert counts["donetsk-peoples-republic"] == 6 and counts["kosovo"] > 50
    for name in sqlite_file.VIEWS:
        assert database.execute(f"SELECT * FROM {name} LIMIT 1").fetchone(), name


def test_relations_stand_for_both_sides(database: sqlite3.Connection) -> None:
    pairs = set(database.execute("SELECT party, other, state FROM relations_in_force"))
    assert pairs == {(other, party, state) for party, other, state in pairs} != set()


def test_equal_content_gives_equal_bytes(real_store: Store, path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.sqlite"
    sqlite_file.write(real_store.oxigraph, again, tables.notes_of_all(real_store.generation))
    assert again.read_bytes() == path.read_bytes()


def test_the_name_of_a_file_says_its_form_and_compression(real_path: Path, tmp_path: Path) -> None:
    table, graph = tmp_path / "polities.parquet", tmp_path / "graph.nq.gz"
    run("export", "polities", "--output", str(table), store=real_path)
    assert table.read_bytes().startswith(b"PAR1")
    run("export", "--graph", "facts/polities", "--output", str(graph), store=real_path)
    text = gzip.decompress(graph.read_bytes())
    assert text.startswith(b"<https://w3id.org/comity/") and b"graph/facts/polities> .\n" in text
    packed = tmp_path / "graph.nq.zst"
    run("export", "--graph", "facts/polities", "--output", str(packed), store=real_path)
    assert packed.read_bytes().startswith(b"\x28\xb5\x2f\xfd")
    assert sorted(tmp_path.iterdir()) == sorted([table, graph, packed])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("export acts --format sqlite", "omit TABLE"),
        ("export --format sqlite", "name it with --output"),
        ("map --format geopackage", "name it with --output"),
    ],
)
def test_what_cannot_be_written_is_said(real_path: Path, words: str, sentence: str) -> None:
    assert sentence in run(*words.split(), store=real_path, code=2).stderr


def test_maps_hold_the_same_points_in_all_forms(
    real_store: Store, real_dyads: Dyads, real_path: Path, tmp_path: Path
) -> None:
    import pyarrow.parquet as pq
    import pyogrio

    collection = as_of.make_geojson(real_store.oxigraph, real_dyads, DAY, "certain", "ukraine")
    expected = {one["id"]: one for one in collection["features"]}
    parquet, package = tmp_path / "p.parquet", tmp_path / "p.gpkg"
    map_files.write(collection, "geoparquet", parquet)
    run("map", "--as-of", DAY, "--according-to", "Ukraine", "--output", str(package), store=real_path)
    read = pq.read_table(parquet)
    geo = json.loads(read.schema.metadata[b"geo"])
    assert geo["columns"][geo["primary_column"]]["encoding"] == "WKB" and geo["version"] == "1.1.0"
    _, features = pyogrio.read_arrow(package)
    for rows, geometry in ((read.to_pylist(), "geometry"), (features.to_pylist(), "geom")):
        assert {row["id"] for row in rows} == set(expected)
        for row in rows:
            one = expected[row["id"]]
            assert list(struct.unpack("<dd", row[geometry][5:])) == one["geometry"]["coordinates"]
            for name in ("name", "iso3", "cow", "un_member", "recogniser_count", "stance"):
                assert row[name] == one["properties"][name]
    assert pyogrio.read_info(package)["dataset_metadata"]["as_of"] == DAY
    map_files.write(collection | {"generation": real_store.generation}, "geopackage", tmp_path / "again.gpkg")
    assert (tmp_path / "again.gpkg").read_bytes() == package.read_bytes()


def test_an_empty_map_is_a_map(tmp_path: Path) -> None:
    import pyogrio

    map_files.write(
        {"type": "FeatureCollection", "as_of": DAY, "features": []}, "geopackage", tmp_path / "e.gpkg"
    )
    assert pyogrio.read_info(tmp_path / "e.gpkg")["features"] == 0


def test_every_form_of_a_table_is_known_by_its_suffix() -> None:
    from comity.server.cli import export

    assert set(table_files.FORMS) <= set(export._SUFFIXES.values())
