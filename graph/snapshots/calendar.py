"""What is in force on a day: periods and memberships as timelines of pairs of parties.

The rules ``queries/rules/snapshot-*.rq`` define the same in SPARQL and a test holds the two together; a scan of
these timelines makes a snapshot several times faster than an engine that evaluates the rules.
"""

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from comity.iris import RDF, term
from comity.periods.in_force import Interval, Timeline
from comity.periods.sweep import EXPRESS, IMPLIED

Pair = tuple[ox.NamedNode, ox.NamedNode]

_TYPE, _DEFAULT = ox.NamedNode(RDF + "type"), ox.DefaultGraph()
_BOUNDS = ("startEarliest", "startLatest", "endEarliest", "endLatest")
#: The bases of recognition that are on a timeline; None for either.
_BASES = {"recognises": None, "express": EXPRESS, "implied": IMPLIED}
#: The classes of periods in which two parties stand in the same relation to each other.
_UNDIRECTED = {
    "relations": "RelationsPeriod",
    "broken": "BrokenRelationsPeriod",
    "suspended": "SuspendedRelationsPeriod",
}
TIMELINES = (*_BASES, "contradictory", "frozen", *_UNDIRECTED, "membership")


class Calendar:
    """All relations that hold for a time, as one timeline of ordered pairs for each kind of them.

    ``recognises`` holds recognition on either basis, ``express`` and ``implied`` each basis alone,
    ``contradictory`` the recognitions that a claim of the recogniser contradicts, and ``membership`` members with
    their organisations. Each is read when it is first asked for.
    """

    def __init__(self, store: ox.Store) -> None:
        """Read from the default graph of this store."""
        self._store = store
        self._columns: dict[str, dict[Any, Any]] = {}
        self._timelines: dict[str, Timeline[Pair]] = {}

    def timeline(self, name: str) -> Timeline[Pair]:
        """Return one of :data:`TIMELINES` by its name."""
        if name not in self._timelines:
            self._timelines[name] = timeline = Timeline[Pair]()
            for pair, interval in self._read(name):
                timeline.add(pair, interval)
        return self._timelines[name]

    def prepare(self) -> None:
        """Read all timelines now, and let go of what they are read from."""
        for name in TIMELINES:
            self.timeline(name)
        self._columns.clear()

    def _read(self, name: str) -> Iterator[tuple[Pair, Interval]]:
        if name == "membership":
            for seat, status in self._column("membershipStatus").items():
                if status.value == "member":
                    yield self._pair(seat, "member", "organisation"), self._interval(seat)
        elif name == "contradictory":
            for quad in self._store.quads_for_pattern(None, term("contradictedBy"), None, _DEFAULT):
                if both := self._interval(quad.subject).overlap(self._interval(quad.object)):
                    yield self._pair(quad.subject, "recogniser", "recognisedParty"), both
        elif name in _UNDIRECTED:
            for period in self._of_class(_UNDIRECTED[name]):
                one, other = self._pair(period, "firstParty", "secondParty")
                yield from (((one, other), self._interval(period)), ((other, one), self._interval(period)))
        elif name == "frozen":
            for period in self._of_class("FreezePeriod"):
                yield self._pair(period, "recogniser", "recognisedParty"), self._interval(period)
        else:
            for period, basis in self._column("basis").items():
                if _BASES[name] in (None, basis.value):
                    yield self._pair(period, "recogniser", "recognisedParty"), self._interval(period)

    def _of_class(self, name: str) -> Iterator[Any]:
        for quad in self._store.quads_for_pattern(None, _TYPE, term(name), _DEFAULT):
            yield quad.subject

    def _column(self, name: str) -> dict[Any, Any]:
        """Return the values of a property by the things that have it."""
        if name not in self._columns:
            quads = self._store.quads_for_pattern(None, term(name), None, _DEFAULT)
            self._columns[name] = {quad.subject: quad.object for quad in quads}
        return self._columns[name]

    def _pair(self, node: Any, one: str, other: str) -> Pair:
        return self._column(one)[node], self._column(other)[node]

    def _interval(self, node: Any) -> Interval:
        return Interval.of(
            *(value.value if (value := self._column(name).get(node)) else "" for name in _BOUNDS)
        )
