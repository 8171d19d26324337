"""Draws sourced acts at random, to be read against their sources by hand.

Every row of the tables of acts that names a source or evidence has the same chance.
The same seed draws the same rows as long as the tables stay the same.

    python -m tests.facts.draw --rows 200 --seed 20261126 > sample.csv
"""

import argparse
import csv
import random
import sys
from pathlib import Path

FACTS = Path(__file__).resolve().parents[2] / "graph" / "facts"
COLUMNS = ("table", "line", "kind", "actor", "object", "date", "confidence", "sources")


def sourced(folder: Path = FACTS) -> list[dict[str, str]]:
    """All rows of acts with a source or evidence, by table and line (of the row's last line)."""
    rows = []
    for path in sorted(folder.glob("acts-*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                given = [row["source_url"] or row["source_title"], *row["evidence"].split(";")]
                sources = list(dict.fromkeys(text.strip() for text in given if text.strip()))
                if sources:
                    rows.append(
                        {
                            "table": path.stem,
                            "line": str(reader.line_num),
                            **{name: row[name] for name in COLUMNS[2:7]},
                            "sources": "; ".join(sources),
                        }
                    )
    return rows


def draw(number: int, seed: int, folder: Path = FACTS) -> list[dict[str, str]]:
    """A random sample without repetition, in the order of the tables."""
    rows = sourced(folder)
    chosen = random.Random(seed).sample(range(len(rows)), min(number, len(rows)))
    return [rows[index] for index in sorted(chosen)]


def main() -> None:
    """Prints the sample as CSV."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261126)
    arguments = parser.parse_args()
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(draw(arguments.rows, arguments.seed))


if __name__ == "__main__":
    main()
