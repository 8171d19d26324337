"""Made-up worlds: the same for the same seed."""

from pathlib import Path

from .synthesis import synthesise


def tables(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_equal_numbers_and_seeds_give_equal_bytes(tmp_path: Path) -> None:
    for name, seed in ("first", 5), ("second", 5), ("other", 6):
        synthesise(400, seed, tmp_path / name)
    assert tables(tmp_path / "first") == tables(tmp_path / "second") != tables(tmp_path / "other")
