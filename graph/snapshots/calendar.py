"""What is in force on a day: periods and memberships as plain rows of days and parties.

The rules ``queries/rules/snapshot-*.rq`` say the same in SPARQL and a test holds the two together; a scan of
these rows makes a snapshot several times faster than an engine that evaluates the rules.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property

import pyoxigraph as ox

from comity.iris import CO

#: After every day: the end of what has none.
NEVER = "9999-99-99"
READINGS = ("certain", "possible")
Pair = tuple[ox.NamedNode, ox.NamedNode]

_PERIODS = f"""
PREFIX co: <{CO}>
SELECT ?class ?a ?b ?se ?sl ?ee ?el ?lost ?ie ?il WHERE {{
  VALUES (?class ?one ?other) {{
    (co:RecognitionPeriod co:recogniser co:recognisedParty)
    (co:FreezePeriod co:recogniser co:recognisedParty)
    (co:RelationsPeriod co:firstParty co:secondParty)
  }}
  ?period a ?class ; ?one ?a ; ?other ?b ; co:startEarliest ?se ; co:startLatest ?sl .
  OPTIONAL {{ ?period co:endEarliest ?ee ; co:endLatest ?el }}
  OPTIONAL {{ ?period co:noLongerRecognised ?lost ; co:impliedEndEarliest ?ie ; co:impliedEndLatest ?il }}
}}"""
_MEMBERSHIPS = f"""
PREFIX co: <{CO}>
SELECT ?a ?b ?se ?sl ?ee ?el WHERE {{
  ?m a co:Membership ; co:membershipStatus "member" ; co:member ?a ; co:organisation ?b ;
     co:startEarliest ?se ; co:startLatest ?sl .
  OPTIONAL {{ ?m co:endEarliest ?ee ; co:endLatest ?el }}
}}"""


@dataclass
class Rows:
    """One relation through time: for each reading, (first day, day after the last, subject, object)."""

    certain: list[tuple[str, str, Pair]] = field(default_factory=list)
    possible: list[tuple[str, str, Pair]] = field(default_factory=list)

    def add(self, pair: Pair, start: tuple[str, str], end: tuple[str, str]) -> None:
        """Add what lasts from a start to an end, each given as its earliest and its latest day."""
        self.certain.append((start[1], end[0], pair))
        self.possible.append((start[0], end[1], pair))

    def on(self, day: str, reading: str) -> dict[Pair, None]:
        """Give the pairs in force on a day, each once."""
        rows = self.certain if reading == "certain" else self.possible
        return {pair: None for start, end, pair in rows if start <= day < end}

    @cached_property
    def _changes(self) -> dict[str, list[str]]:
        return {
            reading: sorted({day for row in getattr(self, reading) for day in row[:2]})
            for reading in READINGS
        }

    def interval(self, day: str, reading: str) -> int:
        """Number the stretch of days around a day in which nothing changes: equal numbers, equal pairs."""
        return bisect_right(self._changes[reading], day)


class Calendar:
    """All relations that hold for a time, by the property that a snapshot states them with."""

    def __init__(self, store: ox.Store) -> None:
        self.rows = {name: Rows() for name in ("express", "implied", "frozen", "relations", "membership")}
        for row in _select(store, _PERIODS):
            self._add_period(row)
        for row in _select(store, _MEMBERSHIPS):
            self.rows["membership"].add((row["a"], row["b"]), *_bounds(row))

    def _add_period(self, row: ox.QuerySolution) -> None:
        a, b, (start, end) = row["a"], row["b"], _bounds(row)
        kind = row["class"].value.removeprefix(CO)
        if kind == "RecognitionPeriod":
            self.rows["express"].add((a, b), start, end)
        elif kind == "FreezePeriod":
            self.rows["frozen"].add((a, b), start, end)
        else:
            for one, other in ((a, b), (b, a)):
                self.rows["relations"].add((one, other), start, end)
                lost = (row["ie"].value, row["il"].value) if row["lost"] == other else (NEVER, NEVER)
                self.rows["implied"].add((one, other), start, (min(end[0], lost[0]), min(end[1], lost[1])))


def _select(store: ox.Store, query: str) -> ox.QuerySolutions:
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    return solutions


def _bounds(row: ox.QuerySolution) -> tuple[tuple[str, str], tuple[str, str]]:
    end = (row["ee"].value, row["el"].value) if row["ee"] else (NEVER, NEVER)
    return (row["se"].value, row["sl"].value), end
