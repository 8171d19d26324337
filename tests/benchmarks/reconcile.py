"""How many names of other people's lists the reconciliation takes for the right polity at once.

The names stand in ``tests/questions/reconciliation.csv`` as the Correlates of War project, Gleditsch and Ward, V-Dem,
the World Bank and ministries write them, each with the polity that it means; none, where the graph does not have it,
and then no candidate may be called certain.
"""

import argparse
import csv
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from comity.api import open_store
from comity.edtf import bounds
from comity.questions.lookup import Names
from comity.questions.reconciliation import Candidate, Query, Reconciler

LISTED = Path(__file__).parent.parent / "questions" / "reconciliation.csv"


@dataclass(frozen=True)
class Outcome:
    """A name of a list and what was found for it."""

    listed: str
    name: str
    expected: str
    first: Candidate | None
    plain: bool

    @property
    def right(self) -> bool:
        """Whether the first candidate is the polity that is meant, or none is certain where none is meant."""
        if not self.expected:
            return self.first is None or not self.first.match
        return self.first is not None and self.first.id == f"polity/{self.expected}"

    @property
    def wrongly_sure(self) -> bool:
        """Whether another polity was called certain."""
        return self.first is not None and self.first.match and not self.right


def outcomes(names: Names) -> Iterator[Outcome]:
    """Yield what is found for each name of the list."""
    reconciler = Reconciler(names)
    with LISTED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            first, last = bounds(row["as_of"]) if row["as_of"] else (None, None)
            day = (first.isoformat(), last.isoformat()) if first and last else None
            found = reconciler.candidates(Query(row["name"], ("polity",), 5, day))
            best = found[0] if found else None
            plain = best is not None and best.name == row["name"]
            yield Outcome(row["list"], row["name"], row["expected"], best, plain)


def main(words: list[str]) -> None:
    """Print the figures, and the names that went wrong."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks reconcile", description=__doc__)
    options.add_argument("--store", type=Path, help="the folder of a store; by default that of comity")
    names = Names(open_store(options.parse_args(words).store).oxigraph)
    started = time.perf_counter()
    found = list(outcomes(names))
    seconds = time.perf_counter() - started
    for one in found:
        if not one.right or one.wrongly_sure:
            got = f"{one.first.id} ({one.first.score})" if one.first else "nothing"
            print(f"{one.listed}: {one.name}: {got} instead of {one.expected or 'nothing'}")
    total, right = Counter(one.listed for one in found), Counter(one.listed for one in found if one.right)
    for listed, count in total.items():
        print(f"{listed:<10} {right[listed]:>4} of {count:>4} right ({right[listed] / count:.1%})")
    others = [one for one in found if not one.plain]
    sure = sum(one.first is not None and one.first.match for one in found)
    wrong = sum(one.wrongly_sure for one in found)
    print(
        f"{len(found)} names: {sum(right.values()) / len(found):.1%} first candidates right; of the {len(others)} "
        f"that are not the label of what was found, {sum(one.right for one in others) / len(others):.1%}. "
        f"{sure} called certain, {wrong} of them wrongly. {seconds / len(found) * 1000:.1f} ms a name."
    )
