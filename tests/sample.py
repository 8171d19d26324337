"""Which of the shipped facts the tests use: all of them where it takes long, and a sample everywhere else."""

import contextlib
from pathlib import Path

from comity.build import facts_folder

BUILD = Path(__file__).parent.parent / "build"
#: The fields of the sample: disputes, where acts of every kind answer and contradict each other.
FIELDS = (
    *("baltic", "china", "de-facto", "germany", "israel", "korea", "kosovo", "palestine", "sahrawi"),
    *("ukraine-1991", "ukraine", "vietnam-cambodia", "yugoslavia"),
)


def sample_folder() -> Path:
    """Return a folder with every shipped table but the acts outside :data:`FIELDS`; its files are links."""
    folder = BUILD / "test-facts"
    folder.mkdir(parents=True, exist_ok=True)
    tables = {path.name: path for path in facts_folder().iterdir() if path.suffix in (".csv", ".json")}
    acts = {f"acts-{field}.csv" for field in FIELDS}
    assert acts <= set(tables)
    wanted = {name for name in tables if not (name.startswith("acts-") and name.endswith(".csv"))} | acts
    for link in folder.iterdir():
        if link.name not in wanted:
            link.unlink(missing_ok=True)
    for name in wanted:
        with contextlib.suppress(FileExistsError):  # another process of the tests makes the same link
            (folder / name).symlink_to(tables[name])
    return folder
