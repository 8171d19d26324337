"""How well reports are read: precision and recall of acts and of attributions, by kind."""

import datetime as dt
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comity.reading.lexicon import lexicon
from comity.reading.reading import Reader, Reading

FOLDER = Path(__file__).parent


def reports(name: str) -> list[dict[str, Any]]:
    """Return the reports of one file."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))["report"]  # type: ignore[no-any-return]


@dataclass
class Score:
    """What was found and wanted, by kind."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, report: str, found: set[str], wanted: set[str], kind: Any) -> None:
        """Compare what was found in a report with what it holds."""
        self.right.update(kind(one) for one in found & wanted)
        self.wrong.update(kind(one) for one in found - wanted)
        self.missed.update(kind(one) for one in wanted - found)
        self.faults += [f"{report}: not there: {one}" for one in sorted(found - wanted)]
        self.faults += [f"{report}: missed: {one}" for one in sorted(wanted - found)]

    def precision(self, kind: str | None = None) -> float:
        """Return how much of what was found is right."""
        right, wrong = self._sum(self.right, kind), self._sum(self.wrong, kind)
        return right / (right + wrong) if right + wrong else 1.0

    def recall(self, kind: str | None = None) -> float:
        """Return how much of what is there was found."""
        right, missed = self._sum(self.right, kind), self._sum(self.missed, kind)
        return right / (right + missed) if right + missed else 1.0

    def there(self, kind: str | None = None) -> int:
        """Return how many there are to be found."""
        return self._sum(self.right, kind) + self._sum(self.missed, kind)

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.right + other.right,
            self.wrong + other.wrong,
            self.missed + other.missed,
            [*self.faults, *other.faults],
        )

    @staticmethod
    def _sum(counter: Counter[str], kind: str | None) -> int:
        return counter.total() if kind is None else counter[kind]


def acts_of(reading: Reading) -> set[str]:
    """Return the acts that a reading takes for done, as the reports list them; one without a date ends in ``-``."""
    return {f"{one.kind} {one.actor} {one.object} {one.date or '-'}" for one in reading.done}


def proposed(reading: Reading, wanted: set[str]) -> set[str]:
    """Return the acts that a reading proposes, and those found without a date of which the report gives none."""
    undated = {f"{one.kind} {one.actor} {one.object} -" for one in reading.undated}
    return {f"{one.kind} {one.actor} {one.object} {one.date}" for one in reading.acts} | (undated & wanted)


def said_in(reading: Reading) -> set[str]:
    """Return the statements of a reading as the reports list them."""
    return {f"{one.name} {one.kind}" for one in reading.statements}


def measure(reader: Reader, name: str) -> tuple[Score, Score]:
    """Return the scores of acts and of attributions over the reports of one file."""
    acts, said = Score(), Score()
    for report in reports(name):
        reading = reader.read(report["text"].strip(), dt.date.fromisoformat(report["published"]))
        wanted = mutual(set(report["acts"]), acts_of(reading))
        acts.add(report["id"], proposed(reading, wanted), wanted, lambda one: one.split()[0])
        wanted = {_office_named(one) for one in report["said"]}
        said.add(report["id"], said_in(reading), wanted, lambda one: one.rsplit(" ", 1)[1])
    return acts, said


def _office_named(said: str) -> str:
    """Return a statement with the office as the lexicon names it: a chancellor is a prime minister."""
    speaker, _, kind = said.rpartition(" ")
    party, slash, office = speaker.partition("/")
    known = lexicon().offices.get(office)
    return f"{party}/{known.name} {kind}" if slash and known else said


def mutual(wanted: set[str], found: set[str]) -> set[str]:
    """Return the wanted acts, those of both sides turned as they were found."""

    def turned(one: str) -> str:
        kind, actor, object_, date = one.split()
        other = f"{kind} {object_} {actor} {date}"
        mutual = kind in ("relations_established", "relations_restored") or kind == "accreditation"
        return other if mutual and other in found else one

    return {turned(one) for one in wanted}
