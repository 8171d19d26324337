"""A pair of parties on a day: their positions on each other, and their relations."""

import re
from dataclasses import dataclass, replace

from comity.edtf import in_words, order, shifted
from comity.english import capital
from comity.iris import CO
from comity.periods.in_force import Interval
from comity.server.web.models import recognition, records
from comity.server.web.models.graph_reader import GraphReader, kept
from comity.server.web.models.recognition import Ending, Standing
from comity.server.web.models.records import Act, Claim, Source

RELATIONS = "Diplomatic relations"
#: The classes of periods of relations, and the name of the state on pages.
_STATES = {
    CO + "RelationsPeriod": RELATIONS,
    CO + "BrokenRelationsPeriod": "Relations broken off",
    CO + "SuspendedRelationsPeriod": "Relations suspended",
}
#: The kinds of acts that concern recognition and neither begin nor end it.
_SHORT_OF_IT = {
    "recognition_announced",
    "recognition_conditional",
    "belligerency_recognised",
    "non_recognition",
}
#: The kinds of acts by which missions come about, or envoys are received.
_MISSIONS = {"representation_opened", "accreditation"}


@dataclass(frozen=True)
class Mission:
    """An opened representation or an exchange of envoys, with the office that it set up, if that is known."""

    act: Act
    office: str


@dataclass(frozen=True)
class Envoy:
    """A term of office that one party's envoy with the other is attested for."""

    iri: str
    of: str
    to: str
    attested: str
    sources: list[Source]


@dataclass(frozen=True)
class Stance:
    """One party's position on another on a day; at most one of its grounds is in force."""

    holder: str
    of: str
    standing: Standing | None
    frozen: Standing | None
    ending: Ending | None
    claim: Claim | None
    #: The last act short of recognition, such as one on a condition, if there is nothing else.
    short: Act | None = None

    @property
    def recognises(self) -> bool:
        """Whether recognition is certainly in force and not contradicted by a claim of the same party."""
        return bool(self.standing and self.standing.certain and not self.standing.contradiction)

    @property
    def is_silent(self) -> bool:
        """Whether nothing at all is known."""
        return not (self.standing or self.frozen or self.ending or self.claim or self.short)


@dataclass(frozen=True)
class Relations:
    """A period in which two parties have relations, or have broken them off or suspended them."""

    state: str
    period: str
    interval: Interval
    began: Act | None
    ended: Act | None
    reason: str


@dataclass(frozen=True)
class Predecessor:
    """A state that had ended, and the party that continues or succeeds it."""

    iri: str
    successor: str
    continued: bool
    #: The date of succession, in EDTF, and the parties that hold it if it is contested.
    edtf: str
    held_by: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Two parties on a day."""

    one: str
    other: str
    stances: tuple[Stance, Stance]
    relations: list[Relations]
    #: The relations among them that are in force on the day.
    now: list[Relations]
    acts: list[Act]
    missions: list[Mission]
    envoys: list[Envoy]
    claims: list[Claim]
    shared: list[str]
    #: The predecessors of either of the two that acted between them, and their acts.
    before: list[Predecessor]
    acts_before: list[Act]


def pair(reader: GraphReader, one: str, other: str, day: str) -> Pair:
    """Return the positions of two parties on each other on a day, and all acts between them."""
    relations = _relations(reader, one, other)
    acts = [act for act in records.acts_of(reader, one) if other in (act.actor, act.object)]
    claims = [
        claim
        for about, by in ((one, other), (other, one))
        for claim in records.claims_about(reader, about)
        if claim.claimant == by
    ]
    members = reader.pairs(day, "certain", "membership")
    of = [{body.value for member, body in members if member.value == side} for side in (one, other)]
    before = [predecessors(reader, side) for side in (one, other)]
    lines = [
        {side, *(state.iri for state in states)} for side, states in zip((one, other), before, strict=True)
    ]
    found = {
        act.iri: act
        for iri in sorted(lines[0] | lines[1])
        for act in (records.acts_of(reader, iri) if iri not in (one, other) else ())
        if (act.actor in lines[0] and act.object in lines[1])
        or (act.actor in lines[1] and act.object in lines[0])
    }
    sides = {party for act in found.values() for party in (act.actor, act.object)}
    return Pair(
        one,
        other,
        (stance(reader, one, other, day), stance(reader, other, one, day)),
        relations,
        [span for span in relations if span.interval.in_force(day)],
        acts,
        [
            Mission(act, next(iter(reader.subjects("establishedBy", act.iri)), ""))
            for act in acts
            if act.kind in _MISSIONS
        ],
        _envoys(reader, one, other),
        claims,
        sorted(of[0] & of[1], key=lambda iri: reader.label(iri).casefold()),
        [state for states in before for state in states if state.iri in sides],
        sorted(found.values(), key=lambda act: (act.earliest, act.latest, act.iri)),
    )


@kept
def predecessors(reader: GraphReader, party: str) -> tuple[Predecessor, ...]:
    """Return the states, all ended, that a party continues or succeeds, and those that these do, the latest first."""
    found: dict[str, Predecessor] = {}
    waiting = [party]
    while waiting:
        successor = waiting.pop()
        for iri in reader.subjects("successor", successor):
            thing = reader.thing(iri)
            earlier, kind = thing.of("predecessor"), thing.of("successionKind")
            if (
                kind in ("continues", "succeeds")
                and earlier not in found
                and reader.thing(earlier).of("ended")
            ):
                found[earlier] = Predecessor(
                    earlier, successor, kind == "continues", thing.of("edtf"), tuple(thing.all("heldBy"))
                )
                waiting.append(earlier)
    return tuple(sorted(found.values(), key=lambda state: order(state.edtf), reverse=True))


def stance(reader: GraphReader, holder: str, of: str, day: str) -> Stance:
    """Return one party's position on another on a day."""

    def only(found: list[Standing]) -> Standing | None:
        return next((one for one in found if one.party == holder), None)

    claims = recognition.stances(records.claims_about(reader, of), day)
    endings = recognition.endings(reader, of, "", day)
    found = Stance(
        holder,
        of,
        only(recognition.standings(reader, of, day, only=holder)),
        only(recognition.standings(reader, of, day, frozen=True, only=holder)),
        next((one for one in endings if one.party == holder), None),
        claims.get(holder),
    )
    return replace(found, short=_short(reader, holder, of, day)) if found.is_silent else found


def _short(reader: GraphReader, holder: str, of: str, day: str) -> Act | None:
    """Return the last act of one party on another, up to a day, that is short of recognition."""
    iris = {*reader.subjects("actor", holder)} & {*reader.subjects("object", of)}
    acts = [act for iri in iris if (act := records.act(reader, iri)) and act.kind in _SHORT_OF_IT]
    return max(
        (act for act in acts if act.latest <= day), key=lambda act: (act.latest, act.iri), default=None
    )


def _envoys(reader: GraphReader, one: str, other: str) -> list[Envoy]:
    """Return the terms of office of the envoys of two parties with each other, in order of the day of attestation."""
    found = []
    for of, to in ((one, other), (other, one)):
        for iri in {*reader.subjects("officeOf", of)} & {*reader.subjects("postedTo", to)}:
            thing = reader.thing(iri)
            sources = [records.source(reader, cited) for cited in thing.all("citesSource")]
            found.append(Envoy(iri, of, to, thing.of("attestedOn"), sources))
    return sorted(found, key=lambda envoy: (order(envoy.attested), envoy.iri))


def _relations(reader: GraphReader, one: str, other: str) -> list[Relations]:
    sides = ("firstParty", "secondParty")
    periods: set[str] = set()
    for first, second in (sides, sides[::-1]):
        periods |= {*reader.subjects(first, one)} & {*reader.subjects(second, other)}
    found = []
    for iri in periods:
        thing = reader.thing(iri)
        state = next((_STATES[kind] for kind in thing.all("a") if kind in _STATES), None)
        if state:
            began = records.act(reader, thing.of("beganBy"))
            ended = records.act(reader, thing.of("endedBy"))
            found.append(Relations(state, iri, thing.interval(), began, ended, thing.of("endReason")))
    return sorted(found, key=lambda span: (span.interval.start, span.period))


def last_day(reader: GraphReader, parties: tuple[str, str], day: str) -> str:
    """Return a day or, if one of the parties had ended before it, the last day on which both existed."""
    ends = [end for iri in parties if (end := reader.thing(iri).of("endedEarliest"))]
    return min([day, *(shifted(end, -1) for end in ends)])


def sentence(reader: GraphReader, parties: tuple[str, str], day: str, today: str) -> str:
    """Return sentences on the positions of two parties on each other on a day."""
    return lead(reader, pair(reader, *parties, day), past=day < today)


def lead(reader: GraphReader, found: Pair, past: bool) -> str:
    """Return sentences on the positions of two parties on each other.

    :param past: whether the day is before today.
    """
    one, other = (reader.named(iri) for iri in (found.one, found.other))
    forward, back = found.stances
    relations = next((span for span in found.now if span.state == RELATIONS), None)
    apart = next((span for span in found.now if span.state != RELATIONS), None)
    had = "had had" if past else "have had"
    since = f" since {_since(relations)}" if relations else ""
    if forward.recognises and back.recognises:
        text = f"{capital(one)} and {other} {'recognised' if past else 'recognise'} each other"
        text += f" and {had} diplomatic relations{since}." if relations else "."
    elif forward.is_silent and back.is_silent and not relations:
        text = f"Nothing is known of recognition between {one} and {other}, and silence is not refusal."
    else:
        text = " ".join(f"{capital(stance_in_words(reader, stance, past))}." for stance in found.stances)
        text += f" They {had} diplomatic relations{since}." if relations else ""
    if apart:
        state = apart.state.removeprefix("Relations ")
        text += f" Diplomatic relations between them {'had' if past else 'have'} been {state} since {_since(apart)}."
    return text


def stance_in_words(reader: GraphReader, stance: Stance, past: bool) -> str:
    """Return one party's position on another as a sentence without a full stop."""
    holder, of = reader.named(stance.holder), reader.named(stance.of)
    standing, claim = stance.standing, stance.claim
    recognises = f"recognised {of}" if past else f"recognises {of}"
    if standing and standing.contradiction:
        both = "claimed at the same time that it was" if past else "claims at the same time that it is"
        return f"{holder} {recognises} and {both} {records.status_in_words(reader, standing.contradiction)}"
    if standing and standing.certain:
        return f"{holder} {'had' if past else 'has'} recognised {of} since {in_words(standing.edtf)}"
    if standing:
        return f"{holder} {recognises}, possibly: the dates that are known are not exact"
    if stance.frozen:
        return f"{holder} {'had' if past else 'has'} frozen its recognition of {of}"
    if claim and claim.refuses:
        holds, was = ("held", "was") if past else ("holds", "is")
        held = records.status_in_words(reader, claim)
        held = held if held.startswith("not a state") else f"not a sovereign state ({held})"
        return f"{holder} {holds} that {of} {was} {held}"
    if stance.ending:
        until = f"it {'had' if past else 'did'} until {in_words(stance.ending.edtf)}"
        return f"{holder} no longer {recognises}; {until}"
    if claim:
        makes = "made" if past else "makes"
        return (
            f"{holder} {makes} another claim of the status of {of}: {records.status_in_words(reader, claim)}"
        )
    if stance.short:
        done = re.sub("^The ", "the ", stance.short.sentence)
        return f"{done}, {in_words(stance.short.edtf)}; no full recognition is known"
    return f"nothing is known of a recognition of {of} by {holder}, and silence is not refusal"


def _since(span: Relations) -> str:
    return in_words(span.began.edtf if span.began else span.interval.start[0])
