"""Which of the shipped facts the tests use: all of them where it takes long, and a sample everywhere else."""

import contextlib
import csv
import os
from collections.abc import Iterable
from pathlib import Path

from comity.build import facts_folder

BUILD = Path(__file__).parent.parent / "build"
#: The fields of the sample: disputes, where acts of every kind answer and contradict each other.
FIELDS = (
    *(
        "baltic",
        "china",
        "de-facto",
        "germany",
        "israel",
        "korea",
        "kosovo",
        "palestine",
        "sahrawi",
        "territory",
    ),
    *("governments", "ukraine-1991", "ukraine", "vietnam-cambodia", "yugoslavia"),
)
_SOURCES, _LIST = "sources.csv", "wikipedia-foreign-relations-of-"


def sample_folder() -> Path:
    """Return a folder with every shipped table but the acts outside :data:`FIELDS` and what these alone cite."""
    folder = BUILD / "test-facts"
    folder.mkdir(parents=True, exist_ok=True)
    tables = {path.name: path for path in facts_folder().iterdir() if path.suffix in (".csv", ".json")}
    acts = {f"acts-{field}.csv" for field in FIELDS}
    assert acts <= set(tables)
    wanted = {name for name in tables if not (name.startswith("acts-") and name.endswith(".csv"))} | acts
    for link in folder.iterdir():
        if link.name not in wanted and link.suffix != ".draft":
            link.unlink(missing_ok=True)
    for name in wanted - {_SOURCES}:
        with contextlib.suppress(FileExistsError):  # another process of the tests makes the same link
            (folder / name).symlink_to(tables[name])
    _write_sources(tables[_SOURCES], folder / _SOURCES, _cited(tables[name] for name in acts))
    return folder


def _cited(tables: Iterable[Path]) -> set[str]:
    """Return what rows of acts name as their evidence."""
    found: set[str] = set()
    for path in tables:
        with path.open(encoding="utf-8", newline="") as file:
            found.update(*(row["evidence"].split("; ") for row in csv.DictReader(file)))
    return found


def _write_sources(shipped: Path, copy: Path, cited: set[str]) -> None:
    """Copy the table of sources without texts known only through a list of relations, unless they are cited."""
    with shipped.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    through, named = header.index("reported_in"), header.index("id")
    draft = copy.with_name(f"sources-{os.getpid()}.draft")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(row for row in rows if not row[through].startswith(_LIST) or row[named] in cited)
    draft.replace(copy)
