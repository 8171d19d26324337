"""What is in force on a day: periods and memberships as timelines of pairs of parties.

The rules ``queries/rules/snapshot-*.rq`` define the same in SPARQL, and a test checks that the two agree; scanning
these timelines builds a snapshot several times faster than evaluating the rules.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from comity.iris import TYPE, term
from comity.periods.in_force import CERTAIN, Interval, Timeline
from comity.periods.sweep import EXPRESS, IMPLIED

Pair = tuple[ox.NamedNode, ox.NamedNode]

_DEFAULT = ox.DefaultGraph()
_BOUNDS = ("startEarliest", "startLatest", "endEarliest", "endLatest")
#: The property and value that identify the members of a timeline.
_MARKS: dict[str, tuple[str, Any]] = {
    "express": ("basis", ox.Literal(EXPRESS)),
    "implied": ("basis", ox.Literal(IMPLIED)),
    "government": ("a", term("GovernmentRecognitionPeriod")),
    "limited": ("a", term("LimitedRecognitionPeriod")),
    "frozen": ("a", term("FreezePeriod")),
    "relations": ("a", term("RelationsPeriod")),
    "broken": ("a", term("BrokenRelationsPeriod")),
    "suspended": ("a", term("SuspendedRelationsPeriod")),
    "membership": ("membershipStatus", ox.Literal("member")),
    "contradictory": ("contradictedBy", None),
}
#: The timelines of symmetric relations.
_UNDIRECTED = ("relations", "broken", "suspended")
#: The properties that name the two parties, unless they are those of a recognition.
_SIDES = {
    "membership": ("member", "organisation"),
    **dict.fromkeys(_UNDIRECTED, ("firstParty", "secondParty")),
    **dict.fromkeys(("government", "limited"), ("recogniser", "recognisedGovernment")),
}
TIMELINES = tuple(_MARKS)
#: Whose hash shows whether another process computes hashes in the same way.
_SAMPLE = term("Party")


class Calendar:
    """All relations in force for a time, as one timeline of ordered pairs for each kind.

    ``express`` and ``implied`` contain recognition by its basis, ``contradictory`` the recognitions that a claim of the
    recogniser contradicts, ``government`` and ``limited`` those of governments, and ``membership`` members with their
    organisations. Each is read on first use; if most are needed, :meth:`prepare` is faster and uses less memory.
    """

    def __init__(self, store: ox.Store) -> None:
        """Read from the default graph of this store."""
        self._store = store
        self._columns: dict[str, dict[Any, Any]] = {}
        #: The terms of the columns, each stored once, however many columns contain it.
        self._terms: dict[Any, Any] = {}
        self._timelines: dict[str, Timeline[Pair]] = {}

    def timeline(self, name: str) -> Timeline[Pair]:
        """Return one of :data:`TIMELINES` by its name."""
        if name not in self._timelines:
            self._timelines[name] = self._with(Timeline(), name, self._nodes(name), self._whole_column)
        return self._timelines[name]

    @property
    def is_unread(self) -> bool:
        """Whether no timeline has been read yet."""
        return not self._timelines

    def on(self, name: str, day: str, reading: str = CERTAIN) -> dict[Pair, None]:
        """Return the pairs in force on a day in one timeline or, for ``recognises``, on either basis."""
        if name == "recognises":
            return self.on("express", day, reading) | self.on("implied", day, reading)
        return self.timeline(name).on(day, reading)

    def prepare(self) -> None:
        """Read all timelines now, and release what they are read from."""
        for name in TIMELINES:
            self.timeline(name)
        self._columns.clear()
        self._terms.clear()

    def encode(self) -> bytes:
        """Return the timelines read so far as JSON, for other processes of the same program; empty if they cannot be.

        It contains the hashes of periods, which another version of the engine may compute in another way.
        """
        places: dict[Any, int] = {}
        timelines = {}
        for name, timeline in self._timelines.items():
            keys, pairs, bounds = timeline.columns()
            parties = [places.setdefault(party, len(places)) for pair in pairs for party in pair]
            timelines[name] = [keys, parties, bounds]
        if not all(isinstance(party, ox.NamedNode) for party in places):
            return b""
        named = [party.value for party in places]
        return json.dumps({"hash": hash(_SAMPLE), "parties": named, "timelines": timelines}).encode()

    @classmethod
    def decode(cls, store: ox.Store, text: bytes) -> "Calendar | None":
        """Return the calendar of a store that :meth:`encode` wrote; None if there is none that can be used here."""
        try:
            found = json.loads(text)
        except ValueError:
            return None
        if found["hash"] != hash(_SAMPLE):
            return None
        parties = [ox.NamedNode(iri) for iri in found["parties"]]
        calendar = cls(store)
        for name, (keys, places, bounds) in found["timelines"].items():
            sides = iter(map(parties.__getitem__, places))
            calendar._timelines[name] = Timeline.of(keys, zip(sides, sides, strict=True), bounds)
        return calendar

    def after(self, store: ox.Store, changed: Iterable[Any]) -> "Calendar":
        """Return the calendar of a later state of the graph, rereading only what differs.

        :param store: the later state.
        :param changed: every node with an added or removed triple.
        """
        later = Calendar(store)
        nodes = {node for node in changed if isinstance(node, ox.NamedNode)}
        # A claim may change without the period it contradicts.
        nodes |= {quad.subject for one in nodes for quad in later._quads(None, "contradictedBy", one)}
        for name, timeline in self._timelines.items():
            concerned = [node for node in nodes if later._is_in(name, node)]
            later._timelines[name] = later._with(timeline.without(nodes), name, concerned, later._value)
        return later

    def _with(
        self, timeline: Timeline[Pair], name: str, nodes: Iterable[Any], value: Callable[[str, Any], Any]
    ) -> Timeline[Pair]:
        """Add some nodes to the timeline of that name.

        :param value: returns the value of a property, given its name, of a node.
        """

        def interval(node: Any) -> Interval:
            return Interval.of(*(bound.value if (bound := value(one, node)) else "" for one in _BOUNDS))

        sides = _SIDES.get(name, ("recogniser", "recognisedParty"))
        for node in nodes:
            one, other = (value(side, node) for side in sides)
            if name == "contradictory":
                for quad in self._quads(node, "contradictedBy", None):
                    if both := interval(node).overlap(interval(quad.object)):
                        timeline.add(node, (one, other), both)
            else:
                timeline.add(node, (one, other), interval(node))
                if name in _UNDIRECTED:
                    timeline.add(node, (other, one), interval(node))
        return timeline

    def _nodes(self, name: str) -> Iterable[Any]:
        """Return the periods and memberships that make up the timeline of this name, each once."""
        return dict.fromkeys(quad.subject for quad in self._quads(None, *_MARKS[name]))

    def _is_in(self, name: str, node: Any) -> bool:
        return any(self._quads(node, *_MARKS[name]))

    def _quads(self, subject: Any, predicate: str, value: Any) -> Iterator[Any]:
        property_ = TYPE if predicate == "a" else term(predicate)
        return self._store.quads_for_pattern(subject, property_, value, _DEFAULT)

    def _value(self, name: str, node: Any) -> Any:
        quad = next(self._quads(node, name, None), None)
        return None if quad is None else quad.object

    def _whole_column(self, name: str, node: Any) -> Any:
        """Return the value of a property of a node; all values of the property are read at once and cached."""
        if name not in self._columns:
            once = self._terms.setdefault
            self._columns[name] = {
                once(quad.subject, quad.subject): once(quad.object, quad.object)
                for quad in self._quads(None, name, None)
            }
        return self._columns[name].get(node)
