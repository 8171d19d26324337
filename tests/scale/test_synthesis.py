"""Made-up worlds: the same for the same seed; and built in either way, the same store."""

import re
from collections import Counter
from pathlib import Path

import pyoxigraph as ox

from comity import build as building
from comity.bulk.build import build_into
from comity.bulk.synthesis import synthesise
from comity.store.database import open_store


def tables(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_equal_numbers_and_seeds_give_equal_bytes(tmp_path: Path) -> None:
    for name, seed in ("first", 5), ("second", 5), ("other", 6):
        synthesise(400, seed, tmp_path / name)
    assert tables(tmp_path / "first") == tables(tmp_path / "second") != tables(tmp_path / "other")


def quads(database: ox.Store) -> Counter[str]:
    """Give the quads without the names of blank nodes, which each store gives as it likes."""
    return Counter(re.sub(r"_:\w+", "_:", str(quad)) for quad in database)


def test_the_build_of_large_worlds_makes_the_store_that_the_ordinary_one_makes(tmp_path: Path) -> None:
    synthesise(700, 3, tmp_path / "world")
    building.build(tmp_path / "store", tmp_path / "world")
    database = ox.Store()
    build_into(database, tmp_path / "world", lambda stage: None)
    assert quads(database) == quads(open_store(tmp_path / "store").oxigraph)
