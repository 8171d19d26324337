"""The exports at the command line: files whole or not at all, and words for what cannot be done."""

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import run


def test_what_was_left_out_is_said_beside_the_file(real_path: Path, tmp_path: Path) -> None:
    done = run(
        "panel", "--from", "2020", "--to", "2020", "--output", str(tmp_path / "p.csv"), store=real_path
    )
    assert "proposed acts without a source were omitted" in done.stderr and not done.stdout
    assert (tmp_path / "p.csv").read_bytes().startswith(b"year,day,a,") and len(list(tmp_path.iterdir())) == 1


def test_a_table_is_exported_to_the_screen_and_to_a_file(real_path: Path, tmp_path: Path) -> None:
    done = run("export", "polities", store=real_path)
    assert done.stdout.startswith("id,polity,name,") and "proposed acts" in done.stderr
    workbook = tmp_path / "polities.xlsx"
    run("export", "polities", "--format", "xlsx", "--output", str(workbook), store=real_path)
    assert workbook.read_bytes().startswith(b"PK") and list(tmp_path.iterdir()) == [workbook]


def test_an_export_may_go_to_the_screen(real_path: Path) -> None:
    told = run("map", "--as-of", "2022-07-14", "--according-to", "Ukraine", store=real_path).stdout
    assert json.loads(told)["according_to"] == "ukraine"
    assert "graphml" in run("network", "--as-of", "2022-07-14", store=real_path).stdout


def test_a_list_of_states_is_of_one_thing(real_path: Path) -> None:
    done = run(
        "list",
        "states",
        "--as-of",
        "2022-07-14",
        "--according-to",
        "Russia",
        "--format",
        "json",
        store=real_path,
    )
    told = json.loads(done.stdout)
    assert told["title"] == "States according to Russia" and "States according to Russia" in done.stderr
    assert {"abkhazia", "russia"} <= {row["id"] for row in told["states"]}


def test_statements_for_wikidata_come_with_a_call_to_review_them(real_path: Path) -> None:
    done = run("quickstatements", store=real_path)
    assert "Review each line by hand" in done.stderr and "\tP530\t" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("panel", "--from", "2020", "--to", "2019"), 1, "are not valid for a panel"),
        (("list", "states", "--basis", "all"), 1, "Choose un-members"),
        (("panel", "--day", "02-29"), 1, "not a day that exists in every year"),
        (("panel", "--format", "parquet"), 2, "name it with --output"),
        (("export", "acts", "--format", "xlsx"), 2, "name it with --output"),
        (("export", "acts", "--format", "trig"), 2, "a table can be csv, parquet or xlsx"),
        (("export", "acts", "--entity", "kosovo"), 2, "omit --graph and --entity"),
        (("export", "--format", "parquet"), 2, "needs a table"),
        (("network", "--as-of", "2022-99-14"), 2, "is not a valid day"),
        (("map", "--according-to", "Atlantis"), 1, "'Atlantis' is not the name of a party"),
        (("quickstatements", "--output", "/proc/nowhere.tsv"), 1, "nowhere.tsv"),
        (("export", "acts", "--output", "acts.docx"), 2, "does not tell a format"),
        (("map", "--output", "map.shp"), 2, ".geojson, .json, .gpkg, .parquet"),
    ],
)
def test_bad_use_gets_a_sentence(real_path: Path, words: tuple[str, ...], code: int, message: str) -> None:
    assert message in run(*words, store=real_path, code=code).stderr
