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


def counted(
    calendar: Calendar, measure: str, party: NamedNode, day: str, among: NamedNode | None = None
) -> set[Pair]:
    """Return what a total counts, as pairs of parties; a total of one party pairs it with each that it counts.

    :param measure: one of :data:`comity.tables.coverage.MEASURES`.
    :param day: an ISO date.
    :param among: an organisation, of which only those count that are members on the day.
    """
    name = measure.removesuffix(_EVER)
    if name == "pairs":
        members = _members(calendar, party, day)
        pairs = _pairs(calendar, ("relations",), day, True)
        # Relations have no direction; each pair of members stands once.
        return {(one, other) for one, other in pairs if {one, other} <= members and one.value < other.value}
    timelines, second = _OF_A_PARTY[name]
    pairs = _pairs(calendar, timelines, day, measure.endswith(_EVER))
    found = {(party, pair[0 if second else 1]) for pair in pairs if pair[second] == party}
    if among is None:
        return found
    members = _members(calendar, among, day)
    return {(party, other) for _, other in found if other in members}


def _members(calendar: Calendar, organisation: NamedNode, day: str) -> set[NamedNode]:
    return {one for one, other in calendar.on("membership", day) if other == organisation}


def _pairs(calendar: Calendar, timelines: tuple[str, ...], day: str, ever: bool) -> set[Pair]:
    read = calendar.timeline
    if ever:
        return {pair for name in timelines for pair in read(name).begun(day, CERTAIN)}
    return {pair for name in timelines for pair in read(name).on(day, CERTAIN)}
