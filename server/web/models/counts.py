"""What may be counted as recognition of a polity on a day, group by group, and the counts that others publish."""

from collections.abc import Iterable
from dataclasses import dataclass

from comity.periods.in_force import CERTAIN
from comity.questions.coverage import KnownTotal
from comity.server.web.models import recognition, records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.recognition import EXPRESS, UNITED_NATIONS
from comity.server.web.models.records import Act

#: The groups, each party being in the first that applies: what is counted, and the wording in a sentence.
GROUPS = {
    "express": ("Recognise it by declaration", "recognitions by declaration"),
    "relations": ("Recognise it by diplomatic relations alone", "recognitions that rest on relations alone"),
    "contradictory": ("Recognise it, and claim that it is no sovereign state", "contradictory recognitions"),
    "possible": ("Possibly recognise it: the dates are not exact", "recognitions that are only possible"),
    "frozen": ("Froze their recognition", "frozen recognitions"),
    "conditional": ("Recognised it on a condition", "recognitions on a condition"),
    "announced": ("Announced that they would recognise it", "announced recognitions"),
    "disputed": ("Ended their recognition, which is disputed", "recognitions whose end is disputed"),
    "withdrawn": ("Withdrew their recognition", "recognitions that were withdrawn"),
    "ended": ("No longer recognise it for another reason", "recognitions that ended for another reason"),
}
#: What Comity counts as certainly in force, and what the reading of inexact dates adds.
COUNTED = ("express", "relations", "contradictory")
_ACTS = {"recognition_conditional": "conditional", "recognition_announced": "announced"}


@dataclass(frozen=True)
class Counted:
    """A party in a group: the date that put it there, and the act, if there is one."""

    party: str
    united: bool
    edtf: str = ""
    act: Act | None = None


@dataclass(frozen=True)
class Group:
    """Parties that a count includes all or none of."""

    key: str
    rows: list[Counted]

    @property
    def title(self) -> str:
        """What the parties do or did."""
        return GROUPS[self.key][0]

    @property
    def noun(self) -> str:
        """The wording in a sentence for what they gave."""
        return GROUPS[self.key][1]

    @property
    def united(self) -> int:
        """The number of them that are members of the United Nations on the day."""
        return sum(one.united for one in self.rows)


@dataclass(frozen=True)
class Compared:
    """A count by another publisher, compared with the record."""

    total: KnownTotal
    #: Whether only members of the United Nations are counted.
    united: bool
    #: The groups on that day that may explain why the record has fewer, if excluded, or more, if included.
    candidates: list[Group]
    #: The one of them whose inclusion or exclusion would give the same number.
    same: Group | None


def chosen_by_default(reading: str) -> tuple[str, ...]:
    """Return the groups that pages count in a reading of inexact dates."""
    return COUNTED if reading == CERTAIN else (*COUNTED, "possible")


def groups(reader: GraphReader, polity: str, day: str) -> list[Group]:
    """Return every party that recognises or has recognised a polity by a day, each in one group."""
    united = recognition.un_members(reader, day)
    found: dict[str, dict[str, Counted]] = {key: {} for key in GROUPS}
    placed: set[str] = set()

    def place(key: str, party: str, edtf: str, act: Act | None) -> None:
        if party not in placed:
            placed.add(party)
            found[key][party] = Counted(party, party in united, edtf, act)

    for standing in recognition.standings(reader, polity, day):
        states = {span.state for span in standing.spans}
        if not standing.certain:
            key = "possible"
        elif standing.contradiction:
            key = "contradictory"
        else:
            key = "express" if EXPRESS in states else "relations"
        place(key, standing.party, standing.edtf, standing.began[0] if standing.began else None)
    for standing in recognition.standings(reader, polity, day, frozen=True):
        place("frozen", standing.party, standing.edtf, standing.began[0] if standing.began else None)
    for ending in recognition.endings(reader, polity, "", day):
        disputed = ending.act is not None and bool(ending.act.disputes)
        key = "disputed" if disputed else "withdrawn" if ending.reason == "withdrawal" else "ended"
        place(key, ending.party, ending.edtf, ending.act)
    for act in reversed(records.acts_of(reader, polity)):
        if act.object == polity and act.kind in _ACTS and act.earliest <= day:
            place(_ACTS[act.kind], act.actor, act.edtf, act)
    return [
        Group(key, sorted(rows.values(), key=lambda one: reader.label(one.party).casefold()))
        for key, rows in found.items()
        if rows
    ]


def number(those: Iterable[Group], keys: Iterable[str], united: bool = False) -> int:
    """Return the number of parties in some groups, or only of members of the United Nations."""
    wanted = set(keys)
    return sum(one.united if united else len(one.rows) for one in those if one.key in wanted)


def compared(reader: GraphReader, polity: str) -> list[Compared]:
    """Return the counts published by others for a polity, newest first."""
    totals = sorted(reader.coverage.totals(polity), key=lambda one: (one.day, one.iri), reverse=True)
    return [_compared(reader, polity, one) for one in totals]


def _compared(reader: GraphReader, polity: str, total: KnownTotal) -> Compared:
    among = reader.thing(total.iri).of("among")
    united = among == UNITED_NATIONS
    if not total.difference or total.measure != "recognisers" or (among and not united):
        return Compared(total, united, [], None)
    fewer = total.difference < 0
    there = [
        Group(one.key, [row for row in one.rows if row.united or not united])
        for one in groups(reader, polity, total.day)
        # Recognition by declaration is counted by everybody.
        if one.key != "express" and (one.key not in COUNTED) == fewer
    ]
    candidates = [one for one in there if one.rows]
    same = next((one for one in candidates if len(one.rows) == abs(total.difference)), None)
    return Compared(total, united, candidates, same)
