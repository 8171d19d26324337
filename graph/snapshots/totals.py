"""The record's own counts for comparison with the totals of other publishers: always computed, never entered.

A total counts the partners of a party on a day: those that recognise it, those in relations with it, and so on,
certainly in force. For an organisation, ``pairs-ever`` counts the pairs of its members that have had relations.
"""

from operator import itemgetter

from pyoxigraph import NamedNode

from comity.periods.in_force import CERTAIN, Timeline
from comity.snapshots.calendar import Calendar, Pair

#: For each measure, the timelines it reads, and whether the party is the second of their pairs.
_OF_A_PARTY: dict[str, tuple[tuple[str, ...], bool]] = {
    "recognisers": (("express", "implied"), True),
    "recognised": (("express", "implied"), False),
    "relations": (("relations",), False),
    "broken-relations": (("broken",), False),
}
#: The suffix of a measure that also counts periods ended by the day.
_EVER = "-ever"


class Totals:
    """The counts of totals from a calendar, with the timelines of each party cached."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._by_party: dict[tuple[str, bool], dict[NamedNode, Timeline[Pair]]] = {}

    def counted(self, measure: str, party: NamedNode, day: str, among: NamedNode | None = None) -> set[Pair]:
        """Return the pairs of parties that a total counts; a total of one party pairs it with each counted one.

        :param measure: one of :data:`comity.tables.coverage.MEASURES`.
        :param day: an ISO date.
        :param among: an organisation, to count only its members on the day.
        """
        name = measure.removesuffix(_EVER)
        if name == "pairs":
            members = self._members(party, day)
            # Relations have no direction; each pair of members occurs once.
            return {
                (one, other)
                for one, other in self._calendar.timeline("relations").begun(day, CERTAIN)
                if {one, other} <= members and one.value < other.value
            }
        timelines, second = _OF_A_PARTY[name]
        counted = Timeline.begun if measure.endswith(_EVER) else Timeline.on
        partners = {
            pair[not second]
            for timeline in timelines
            for pair in counted(self._of(party, timeline, second), day, CERTAIN)
        }
        if among is not None:
            partners &= self._members(among, day)
        return {(party, partner) for partner in partners}

    def _of(self, party: NamedNode, name: str, second: bool) -> Timeline[Pair]:
        """Return the part of a timeline in which a party is the first or the second of the pairs."""
        if (name, second) not in self._by_party:
            self._by_party[name, second] = self._calendar.timeline(name).grouped(itemgetter(int(second)))
        return self._by_party[name, second].get(party, Timeline())

    def _members(self, organisation: NamedNode, day: str) -> set[NamedNode]:
        return {member for member, body in self._calendar.on("membership", day) if body == organisation}
