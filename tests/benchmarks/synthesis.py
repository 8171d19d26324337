"""Made-up worlds of any size in the tables' own form, for measuring growth: no name in them is a real one.

``python -m tests.benchmarks.synthesis --acts 26000 --out world`` writes one, which ``comity build --facts`` builds.

A world is as many regions as its acts need. A region is much like the real facts: some two hundred polities
that declare independence, recognise each other, open, break off and restore relations, withdraw, freeze and
resume recognition, answer each other's acts, and are told of at the precision that sources give. The same
number of acts and the same seed give the same bytes; rows are written as they are made, so that a million acts
need no memory.
"""

import argparse
import csv
from contextlib import ExitStack
from importlib.resources import files
from itertools import islice
from pathlib import Path

from comity.errors import ComityError

from .regions import Region, Values

ACTS_IN_REGION = 2_600
_ROWS_IN_TABLE = 50_000
_HEADS = {
    "acts": "kind actor object date in_response_to instrument note source_publisher source_title source_date "
    "source_url evidence confidence",
    "polities": "id name official_name kind un_member_since established ended capital claimed_by lat lon region notes",
    "organisations": "id name kind founded notes",
    "memberships": "polity organisation since until status evidence note",
    "successions": "successor predecessor kind date note evidence",
    "rivals": "party rival since note evidence",
    "status-claims": "claimant about status of_whom since short_quotation language speaker source_publisher "
    "source_title source_date source_url confidence",
}


class SynthesisError(ComityError):
    """A world that cannot be made."""


def synthesise(acts: int, seed: int, folder: Path) -> None:
    """Write a world of this many acts to a folder of tables, for ``comity build --facts``.

    :raises SynthesisError: when there are no acts to make, or the folder holds tables or cannot be written.
    """
    if acts < 1:
        raise SynthesisError(f"A world of {acts} acts cannot be made. Ask for at least one.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.glob("*.csv")):
            raise SynthesisError(f"The folder {folder} holds tables already. Name an empty one.")
        with ExitStack() as opened:
            _Tables(folder, opened).write(acts, seed)
    except OSError as error:
        raise SynthesisError(f"The folder {folder} cannot be written: {error.strerror}.") from None


class _Tables:
    """The files of a world, each opened when its first row comes."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self._folder, self._opened = folder, opened
        self._writers: dict[str, csv.DictWriter[str]] = {}

    def write(self, acts: int, seed: int) -> None:
        statuses = files("comity").joinpath("facts", "statuses.csv").read_bytes()
        (self._folder / "statuses.csv").write_bytes(statuses)
        union = {"id": "united-nations", "name": "United Nations", "kind": "global", "founded": "1945-10-24"}
        self._add("organisations", union)
        for number in range(-(-acts // ACTS_IN_REGION)):
            region = Region(number, seed)
            for table, row in region.catalogue():
                self._add(table, row)
            first = number * ACTS_IN_REGION
            for place, row in enumerate(islice(region.acts(), min(ACTS_IN_REGION, acts - first)), first):
                self._add(f"acts-world-{place // _ROWS_IN_TABLE + 1:03d}", row)

    def _add(self, table: str, row: Values) -> None:
        if table not in self._writers:
            file = (self._folder / f"{table}.csv").open("w", encoding="utf-8", newline="")
            self._opened.enter_context(file)
            columns = _HEADS["acts" if table.startswith("acts-") else table].split()
            self._writers[table] = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            self._writers[table].writeheader()
        self._writers[table].writerow(row)


def main() -> None:
    """Write the world that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=int, required=True, help="How many acts the world holds.")
    parser.add_argument("--seed", type=int, default=0, help="Equal seeds give equal worlds.")
    parser.add_argument("--out", type=Path, required=True, help="Folder for the tables; empty or new.")
    options = parser.parse_args()
    synthesise(options.acts, options.seed, options.out)


if __name__ == "__main__":
    main()
