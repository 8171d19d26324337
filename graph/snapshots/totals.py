"""What the record holds of that which other publishers count: counted by one function, and never entered.

A total counts the partners of a party on a day: those that recognise it, those in relations with it, and so on,
certainly in force. Of an organisation, ``pairs-ever`` counts the pairs of its members that have had relations.
"""

from pyoxigraph import NamedNode

from comity.periods.in_force import CERTAIN
from comity.snapshots.calendar import Calendar, Pair

#: For each measure the timelines that it reads, and whether the party is the second of their pairs.
_OF_A_PARTY: dict[str, tuple[tuple[str, ...], bool]] = {
    "recognisers": (("express", "implied"), True),
    "recognised": (("express", "implied"), False),
    "relations": (("relations",), False),
    "broken-relations": (("broken",), False),
}
#: The ending of a measure that also counts what has ended by the day.
_EVER = "-ever"


class Totals:
    """What totals count by one calendar; for a measure and a day, the partners of all parties are found at once."""

    def __init__(self, calendar: Calendar) -> None:
        """Count by this calendar."""
        self._calendar = calendar
        self._partners: dict[tuple[str, str], dict[NamedNode, set[NamedNode]]] = {}

    def counted(self, measure: str, party: NamedNode, day: str, among: NamedNode | None = None) -> set[Pair]:
        """Return what a total counts, as pairs of parties; a total of one party pairs it with each that it counts.

        :param measure: one of :data:`comity.tables.coverage.MEASURES`.
        :param day: an ISO date.
        :param among: an organisation, of which only those count that are members on the day.
        """
        name = measure.removesuffix(_EVER)
        if name == "pairs":
            members = self._members(party, day)
            pairs = self._pairs(("relations",), day, True)
            # Relations have no direction; each pair of members stands once.
            return {
                (one, other) for one, other in pairs if {one, other} <= members and one.value < other.value
            }
        if (measure, day) not in self._partners:
            timelines, second = _OF_A_PARTY[name]
            partners: dict[NamedNode, set[NamedNode]] = {}
            for pair in self._pairs(timelines, day, measure.endswith(_EVER)):
                partners.setdefault(pair[second], set()).add(pair[not second])
            self._partners[measure, day] = partners
        found = self._partners[measure, day].get(party, set())
        if among is not None:
            found = found & self._members(among, day)
        return {(party, other) for other in found}

    def _members(self, organisation: NamedNode, day: str) -> set[NamedNode]:
        return {one for one, other in self._calendar.on("membership", day) if other == organisation}

    def _pairs(self, timelines: tuple[str, ...], day: str, ever: bool) -> set[Pair]:
        read = self._calendar.timeline
        if ever:
            return {pair for name in timelines for pair in read(name).begun(day, CERTAIN)}
        return {pair for name in timelines for pair in read(name).on(day, CERTAIN)}
