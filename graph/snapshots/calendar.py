"""What is in force on a day: periods and memberships as timelines of pairs of parties.

The rules ``queries/rules/snapshot-*.rq`` define the same in SPARQL and a test holds the two together; a scan of
these timelines makes a snapshot several times faster than an engine that evaluates the rules.
"""

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from comity.iris import RDF, term
from comity.periods.in_force import Interval, Timeline
from comity.periods.sweep import EXPRESS

Pair = tuple[ox.NamedNode, ox.NamedNode]

#: The timelines that a period is on, by its class.
_TIMELINES = {
    "FreezePeriod": "frozen",
    "RelationsPeriod": "relations",
    "BrokenRelationsPeriod": "broken",
    "SuspendedRelationsPeriod": "suspended",
}
_UNDIRECTED = frozenset({"RelationsPeriod", "BrokenRelationsPeriod", "SuspendedRelationsPeriod"})
_TYPE, _DEFAULT = ox.NamedNode(RDF + "type"), ox.DefaultGraph()
_BOUNDS = ("startEarliest", "startLatest", "endEarliest", "endLatest")
_PROPERTIES = (
    *("recogniser", "recognisedParty", "firstParty", "secondParty", "basis"),
    *("member", "organisation", "membershipStatus", *_BOUNDS),
)


class Calendar:
    """All relations that hold for a time, as one timeline of ordered pairs for each kind of them.

    ``recognises`` holds recognition on either basis, ``express`` and ``implied`` each basis alone,
    ``contradictory`` the recognitions that a claim of the recogniser contradicts, and ``membership`` members with
    their organisations.
    """

    def __init__(self, store: ox.Store) -> None:
        """Read the periods and memberships of a store's default graph."""
        names = ("recognises", "express", "implied", "contradictory", *_TIMELINES.values(), "membership")
        self.timelines: dict[str, Timeline[Pair]] = {name: Timeline() for name in names}
        self._store = store
        self._values = {name: dict(self._pairs(name)) for name in _PROPERTIES}
        for name in ("RecognitionPeriod", *_TIMELINES):
            for quad in store.quads_for_pattern(None, _TYPE, term(name), _DEFAULT):
                self._add_period(name, quad.subject)
        for period, claim in self._pairs("contradictedBy"):
            if both := self._interval(period).overlap(self._interval(claim)):
                self.timelines["contradictory"].add(self._pair(period, "recogniser", "recognisedParty"), both)
        for seat, status in self._values["membershipStatus"].items():
            if status.value == "member":
                pair = self._pair(seat, "member", "organisation")
                self.timelines["membership"].add(pair, self._interval(seat))
        del self._values, self._store

    def _add_period(self, kind: str, period: Any) -> None:
        interval = self._interval(period)
        if kind in _UNDIRECTED:
            one, other = self._pair(period, "firstParty", "secondParty")
            self.timelines[_TIMELINES[kind]].add((one, other), interval)
            self.timelines[_TIMELINES[kind]].add((other, one), interval)
            return
        pair = self._pair(period, "recogniser", "recognisedParty")
        if kind == "FreezePeriod":
            self.timelines["frozen"].add(pair, interval)
            return
        self.timelines["recognises"].add(pair, interval)
        basis = self._values["basis"][period].value
        self.timelines["express" if basis == EXPRESS else "implied"].add(pair, interval)

    def _pairs(self, name: str) -> Iterator[tuple[Any, Any]]:
        """Yield the things that have a property, each with its value."""
        for quad in self._store.quads_for_pattern(None, term(name), None, _DEFAULT):
            yield quad.subject, quad.object

    def _pair(self, node: Any, one: str, other: str) -> Pair:
        return self._values[one][node], self._values[other][node]

    def _interval(self, node: Any) -> Interval:
        return Interval.of(
            *(value.value if (value := self._values[name].get(node)) else "" for name in _BOUNDS)
        )
