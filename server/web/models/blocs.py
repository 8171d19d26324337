"""The positions of each organisation's members on a polity on a day: how many recognise it, and what the others say."""

from dataclasses import dataclass
from functools import partial

from comity.periods.in_force import CERTAIN
from comity.questions.coverage import Statement
from comity.server.web.models import recognition, records
from comity.server.web.models.graph_reader import GraphReader, kept
from comity.server.web.models.recognition import Ending, Standing
from comity.server.web.models.records import Act, Claim

#: Acts that express a position on another party without recognising it, the most significant first, in words.
_SAID = {
    "non_recognition": "declared that it does not recognise it",
    "recognition_conditional": "recognised it on a condition",
    "recognition_announced": "announced that it would recognise it",
    "belligerency_recognised": "recognised it as a belligerent",
    "statement": "made a statement",
    "vote": "voted",
}
_RANK = list(_SAID)


@dataclass(frozen=True)
class Position:
    """What is known of a party that does not certainly recognise a polity; at most one attribute is set.

    ``possible`` is a recognition with inexact dates.
    """

    party: str
    possible: Standing | None = None
    frozen: Standing | None = None
    claim: Claim | None = None
    ending: Ending | None = None
    act: Act | None = None

    @property
    def words(self) -> str:
        """The act in words; for a vote, which way it was cast and on what."""
        if not self.act:
            return ""
        clause = self.act.note.partition(";")[0].rstrip(".") if self.act.kind == "vote" else ""
        return clause[:1].lower() + clause[1:] or _SAID[self.act.kind]

    @property
    def is_silent(self) -> bool:
        """Whether nothing is known."""
        return not (self.possible or self.frozen or self.claim or self.ending or self.act)


@dataclass(frozen=True)
class Bloc:
    """An organisation on a day: which members recognise a polity, and the positions of the others, both by name."""

    organisation: str
    recognisers: list[str]
    others: list[Position]

    @property
    def members(self) -> int:
        """The number of its members."""
        return len(self.recognisers) + len(self.others)

    @property
    def recognising(self) -> int:
        """The number of its members that recognise the polity."""
        return len(self.recognisers)

    @property
    def heard(self) -> list[Position]:
        """The others with a known position."""
        return [one for one in self.others if not one.is_silent]

    @property
    def silent(self) -> list[Position]:
        """The others without a known position."""
        return [one for one in self.others if one.is_silent]


def counted(reader: GraphReader, polity: str) -> Statement | None:
    """Return the statement of coverage that makes a count of the recognisers of a polity meaningful.

    None if its recognisers are not recorded systematically: a count would then only tell how many happen to be
    recorded.
    """
    stated = (one for one in reader.coverage.own(polity) if one.topic == "recognition")
    return next((one for one in stated if one.completeness != "incidentally"), None)


@kept
def is_whole(reader: GraphReader, polity: str) -> bool:
    """Return whether, by the statement of coverage, the number of a polity's recognisers is more than a lower bound."""
    statement = counted(reader, polity)
    return bool(statement and statement.completeness in ("complete", "nearly"))


def blocs(reader: GraphReader, polity: str, day: str, reading: str = CERTAIN) -> list[Bloc]:
    """Return the positions of each organisation's members on a polity on a day, the largest organisation first.

    The polity itself does not count as a member.

    :param reading: the reading of inexact dates: ``possible`` also counts possible recognitions.
    """
    members: dict[str, list[str]] = {}
    for member, organisation in reader.pairs(day, reading, "membership"):
        if member.value != polity:
            members.setdefault(organisation.value, []).append(member.value)
    found = recognition.standings(reader, polity, day)
    recognising = {one.party for one in found if one.certain or reading != CERTAIN}
    positions = _positions(reader, polity, day, {one.party: one for one in found if not one.certain})
    name = partial(_name, reader)
    blocs = []
    for body, those in members.items():
        those.sort(key=name)
        others = [positions.get(one) or Position(one) for one in those if one not in recognising]
        blocs.append(Bloc(body, [one for one in those if one in recognising], others))
    return sorted(blocs, key=lambda one: (-one.members, name(one.organisation)))


def _name(reader: GraphReader, iri: str) -> str:
    return reader.label(iri).casefold()


def _positions(
    reader: GraphReader, polity: str, day: str, possible: dict[str, Standing]
) -> dict[str, Position]:
    """Return the most significant thing known of each party that does not certainly recognise a polity."""
    said: dict[str, Act] = {}
    for act in records.acts_of(reader, polity):
        if act.object == polity and act.kind in _SAID and act.earliest <= day:
            before = said.get(act.actor)
            # Of the acts of one kind, the last is decisive.
            if before is None or _RANK.index(act.kind) <= _RANK.index(before.kind):
                said[act.actor] = act
    claims = recognition.stances(records.claims_about(reader, polity), day)
    refusing = {party: claim for party, claim in claims.items() if claim.refuses}
    frozen = recognition.standings(reader, polity, day, frozen=True)
    found: dict[str, Position] = {}
    # From the least to the most significant.
    found |= {party: Position(party, act=act) for party, act in said.items()}
    found |= {party: Position(party, claim=claim) for party, claim in claims.items()}
    found |= {
        one.party: Position(one.party, ending=one) for one in recognition.endings(reader, polity, "", day)
    }
    found |= {party: Position(party, claim=claim) for party, claim in refusing.items()}
    found |= {one.party: Position(one.party, frozen=one) for one in frozen}
    found |= {party: Position(party, possible=one) for party, one in possible.items()}
    return found
