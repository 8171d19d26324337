"""The store: generations, no-op builds, damage, and refusals that leave the old store untouched."""

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from comity.build import build, facts_folder
from comity.errors import StoreError, TableError
from comity.iris import SNAPSHOT_PREFIX
from comity.server.cli.main import main
from comity.store.database import Store, current, make_current, open_store, prepare, write_lock
from comity.validation.report import ValidationError

from .worlds import POLITIES, full_disk

ACTS = "kind,actor,object,date,source_title\nrecognition,a,c,2001-02-03,A report\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    facts = tmp_path / "facts"
    facts.mkdir()
    (facts / "polities.csv").write_text(POLITIES)
    (facts / "acts-test.csv").write_text(ACTS)
    return facts


def test_an_unchanged_build_does_nothing(tmp_path: Path, folder: Path) -> None:
    first = build(tmp_path / "store", folder)
    again = build(tmp_path / "store", folder)
    assert not first.unchanged and again.unchanged and again.generation == first.generation


def test_a_change_of_the_tables_makes_a_new_generation(tmp_path: Path, folder: Path) -> None:
    first = build(tmp_path / "store", folder)
    (folder / "acts-test.csv").write_text(ACTS + "recognition,b,a,2002,A report\n")
    assert build(tmp_path / "store", folder).generation != first.generation
    assert open_store(tmp_path / "store").meta["counts"]["acts"] == 2


def test_the_same_facts_give_the_same_quads(tmp_path: Path, folder: Path) -> None:
    build(tmp_path / "one", folder)
    build(tmp_path / "two", folder)
    one, two = (open_store(tmp_path / name).oxigraph for name in ("one", "two"))
    assert set(map(str, one)) == set(map(str, two))


@pytest.mark.parametrize("most", [64, 100_000])
def test_a_full_disk_leaves_the_old_store_and_nothing_else(tmp_path: Path, folder: Path, most: int) -> None:
    """Limits of a file at which the database cannot be made, and at which the ontology cannot be written."""
    generation = build(tmp_path / "store", folder).generation
    with full_disk(most), pytest.raises(StoreError, match="cannot be written"):
        build(tmp_path / "store", folder, force=True)
    assert [entry.name for entry in (tmp_path / "store" / "generations").iterdir()] == [generation]
    assert len(open_store(tmp_path / "store").oxigraph)


def test_a_store_is_built_again_from_what_it_was_built_from(tmp_path: Path, folder: Path) -> None:
    first = build(tmp_path / "store", folder)
    assert build(tmp_path / "store").unchanged
    (folder / "acts-test.csv").write_text(ACTS + "recognition,b,a,2002,A report\n")
    assert build(tmp_path / "store").meta["counts"]["acts"] == first.meta["counts"]["acts"] + 1
    shutil.rmtree(folder)
    with pytest.raises(StoreError, match="which does not exist any more"):
        build(tmp_path / "store")


def test_a_store_that_does_not_say_what_it_was_built_from_is_asked_about(
    tmp_path: Path, folder: Path
) -> None:
    name = build(tmp_path / "store", folder).generation
    file = tmp_path / "store" / "generations" / name / "stamp.json"
    meta = json.loads(file.read_text())
    del meta["facts"]
    file.write_text(json.dumps(meta))
    result = CliRunner().invoke(main, ["serve", "--store", str(tmp_path / "store"), "--quiet"])
    assert (result.exit_code, "does not record which facts" in result.output) == (1, True)
    assert current(tmp_path / "store") == name


def test_a_store_whose_facts_are_gone_is_served_as_it_is(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = build(tmp_path / "store", folder).generation
    shutil.rmtree(folder)
    served: list[str | None] = []
    monkeypatch.setattr("comity.server.serving.serve", lambda store, *_: served.append(current(store)))
    result = CliRunner().invoke(main, ["serve", "--store", str(tmp_path / "store"), "--quiet"])
    assert (result.exit_code, served) == (0, [name]) and "existing store is served" in result.output


def test_facts_that_cannot_be_read_leave_the_store_untouched(tmp_path: Path, folder: Path) -> None:
    before = build(tmp_path / "store", folder).generation
    (folder / "acts-test.csv").write_text(ACTS + "recognition,b,a,someday,A report\n")
    with pytest.raises(TableError, match="row 3, column date"):
        build(tmp_path / "store", folder)
    assert current(tmp_path / "store") == before


def test_a_withdrawal_before_its_recognition_is_refused_with_its_row(tmp_path: Path, folder: Path) -> None:
    before = build(tmp_path / "store", folder).generation
    (folder / "acts-test.csv").write_text(ACTS + "withdrawal,a,c,1999,,\n".replace(",,", ",A report"))
    with pytest.raises(
        ValidationError, match=r"acts-test\.csv, row 3.*is earlier than every known recognition"
    ):
        build(tmp_path / "store", folder)
    assert current(tmp_path / "store") == before


def test_a_store_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Make one with `comity build`"):
        open_store(tmp_path)


def test_a_store_of_a_newer_program_is_refused(tmp_path: Path, folder: Path) -> None:
    name = build(tmp_path / "store", folder).generation
    stamp = tmp_path / "store" / "generations" / name / "stamp.json"
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"form": 99}))
    with pytest.raises(StoreError, match="made by a newer program"):
        open_store(tmp_path / "store")


def test_a_damaged_store_says_so(tmp_path: Path, folder: Path) -> None:
    name = build(tmp_path / "store", folder).generation
    (tmp_path / "store" / "generations" / name / "stamp.json").write_text("{")
    with pytest.raises(StoreError, match="is damaged"):
        open_store(tmp_path / "store")


def test_two_builds_at_once_are_refused(tmp_path: Path, folder: Path) -> None:
    with write_lock(tmp_path / "store"), pytest.raises(StoreError, match="written by another process"):
        build(tmp_path / "store", folder)


def test_old_generations_are_forgotten(tmp_path: Path, folder: Path) -> None:
    for number in range(4):
        (folder / "acts-test.csv").write_text(ACTS + f"recognition,b,a,200{number},A report\n")
        build(tmp_path / "store", folder)
    assert len(list((tmp_path / "store" / "generations").iterdir())) <= 3


def test_a_generation_that_was_current_for_long_stays_for_those_who_still_read_it(
    tmp_path: Path, folder: Path
) -> None:
    store = tmp_path / "store"
    build(store, folder)
    built, long_ago = str(current(store)), "20200101T000000000000-0123456789ab-0123"
    (store / "generations" / built).rename(store / "generations" / long_ago)
    (store / "CURRENT").write_text(long_ago + "\n")
    before = open_store(store)
    make_current(store, prepare(store, long_ago, before.oxigraph, [], [], before.meta))
    assert current(store) != long_ago
    assert (store / "generations" / long_ago / "CURRENT").is_file()


def test_the_shipped_facts_are_found_from_anywhere() -> None:
    assert (facts_folder() / "polities.csv").is_file()


def test_a_store_is_an_rdflib_dataset_too(tmp_path: Path, folder: Path) -> None:
    build(tmp_path / "store", folder)
    dataset = open_store(tmp_path / "store").dataset()
    answer = dataset.query("ASK { <https://w3id.org/comity/polity/a> ?p ?o }")
    assert bool(answer.askAnswer)
    shutil.rmtree(tmp_path / "store")


def test_snapshots_are_made_in_a_copy_that_goes_with_the_store(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path / "store", folder)
    (tmp_path / "copies").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "copies"))

    def ask(store: Store) -> list[bool]:
        (graph,) = store.snapshots.make([f"{SNAPSHOT_PREFIX}2001-02-03"])
        return [one.contains_named_graph(graph) for one in (store.snapshots.target, store.oxigraph)]

    assert ask(open_store(tmp_path / "store")) == [True, False]
    assert not list((tmp_path / "copies").iterdir())


def test_a_copy_that_finds_no_room_says_what_to_do(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path / "store", folder)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(StoreError, match="set TMPDIR"):
        _ = open_store(tmp_path / "store").snapshots
