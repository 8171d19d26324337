"""Whether something is in force on a day, given the earliest and latest days of its beginning and end.

This is the only definition in Python; ``docs/semantics.md`` states it in words and the files
``queries/rules/snapshot-*.rq`` in SPARQL. An interval is half-open: it includes its opening day and excludes its
closing day. An inexact date allows two readings:

* **certainly** in force on day D: ``startLatest <= D < endEarliest``;
* **possibly** in force on day D: ``startEarliest <= D < endLatest``.

Days are ISO 8601 strings (``2022-07-14``), which sort chronologically.
"""

import sys
from array import array
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

#: Sorts after every day: the end of an interval not known to have ended.
NEVER = "9999-99-99"
CERTAIN, POSSIBLE = "certain", "possible"


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of days with uncertain bounds; ``start`` and ``end`` are pairs of the earliest and latest day."""

    start: tuple[str, str]
    end: tuple[str, str] = (NEVER, NEVER)

    @classmethod
    def of(
        cls,
        start_earliest: str,
        start_latest: str,
        end_earliest: str | None = None,
        end_latest: str | None = None,
    ) -> "Interval":
        """Return the interval with these four bounds; without the last two, it is not known to have ended."""
        return cls((start_earliest, start_latest), (end_earliest or NEVER, end_latest or NEVER))

    def days(self, reading: str) -> tuple[str, str]:
        """Return the first day in force and the first day after, in one reading."""
        if reading == CERTAIN:
            return self.start[1], self.end[0]
        return self.start[0], self.end[1]

    def in_force(self, day: str, reading: str = CERTAIN) -> bool:
        """Return whether it is in force on a day.

        :param day: an ISO date.
        :param reading: ``certain`` or ``possible``; whatever is certainly in force is also possibly so.
        """
        first, after = self.days(reading)
        return first <= day < after

    def reading_on(self, day: str) -> str | None:
        """Return the strongest reading in which it is in force on a day, or None."""
        if self.in_force(day, CERTAIN):
            return CERTAIN
        return POSSIBLE if self.in_force(day, POSSIBLE) else None

    def overlap(self, other: "Interval") -> "Interval | None":
        """Return the interval in which both are in force; None if they cannot overlap on any day."""
        start = (max(self.start[0], other.start[0]), max(self.start[1], other.start[1]))
        end = (min(self.end[0], other.end[0]), min(self.end[1], other.end[1]))
        return Interval(start, end) if start[0] < end[1] else None


T = TypeVar("T", bound=Hashable)
G = TypeVar("G", bound=Hashable)


class Timeline(Generic[T]):
    """Items with the intervals in which they are in force, searchable by day.

    Each entry has a key, so that changed entries can be removed and re-added without reading the rest. Entries are
    stored in columns, with only the 64-bit hashes of their keys: tens of thousands of objects would take several times
    the memory.
    """

    def __init__(self) -> None:
        self._keys = array("q")
        self._values: list[T] = []
        #: The earliest and latest days of the beginnings, and those of the ends.
        self._bounds: tuple[list[str], ...] = ([], [], [], [])

    def add(self, key: Hashable, value: T, interval: Interval) -> None:
        """Add an item with the interval in which it is in force; the same item may be added for several intervals."""
        self._keys.append(hash(key))
        self._values.append(value)
        for column, day in zip(self._bounds, (*interval.start, *interval.end), strict=True):
            column.append(sys.intern(day))

    def columns(self) -> tuple[list[int], list[T], tuple[list[str], ...]]:
        """Return the hashes of the keys, the items, and the columns of bounds, of which :meth:`of` makes it again."""
        return self._keys.tolist(), self._values, self._bounds

    @classmethod
    def of(cls, keys: Iterable[int], values: Iterable[T], bounds: Iterable[Iterable[str]]) -> "Timeline[T]":
        """Return the timeline with these columns."""
        found: Timeline[T] = cls()
        found._keys = array("q", keys)
        found._values = list(values)
        found._bounds = tuple(list(map(sys.intern, column)) for column in bounds)
        return found

    def without(self, keys: Iterable[Hashable]) -> "Timeline[T]":
        """Return a timeline without the entries under these keys; this one is unchanged."""
        hashes = set(map(hash, keys))
        return self._at([position for position, key in enumerate(self._keys) if key not in hashes])

    def grouped(self, by: Callable[[T], G]) -> dict[G, "Timeline[T]"]:
        """Return the entries of each group as a separate timeline.

        :param by: a function that returns the group of an item.
        """
        positions: defaultdict[G, list[int]] = defaultdict(list)
        for position, value in enumerate(self._values):
            positions[by(value)].append(position)
        return {group: self._at(of_group) for group, of_group in positions.items()}

    def _at(self, positions: list[int]) -> "Timeline[T]":
        """Return a timeline of the entries at these positions of the columns."""
        part: Timeline[T] = Timeline()
        part._keys = array("q", map(self._keys.__getitem__, positions))
        part._values = list(map(self._values.__getitem__, positions))
        part._bounds = tuple(list(map(column.__getitem__, positions)) for column in self._bounds)
        return part

    def entries_of(self, wanted: Callable[[T], bool]) -> Iterator[tuple[Interval, T]]:
        """Yield each wanted item, preceded by its interval."""
        for value, *bounds in zip(self._values, *self._bounds, strict=True):
            if wanted(value):
                yield Interval.of(*bounds), value

    def on(self, day: str, reading: str = CERTAIN) -> dict[T, None]:
        """Return the items in force on a day without duplicates, as the keys of a dictionary in order of addition."""
        start_earliest, start_latest, end_earliest, end_latest = self._bounds
        starts, ends = (start_latest, end_earliest) if reading == CERTAIN else (start_earliest, end_latest)
        return {
            value: None
            for value, start, end in zip(self._values, starts, ends, strict=True)
            if start <= day < end
        }

    def begun(self, day: str, reading: str = CERTAIN) -> dict[T, None]:
        """Return the items that have begun by a day, whether or not they have ended, without duplicates."""
        starts = self._bounds[1] if reading == CERTAIN else self._bounds[0]
        return {value: None for value, start in zip(self._values, starts, strict=True) if start <= day}
