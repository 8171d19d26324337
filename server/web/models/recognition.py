"""Positions of parties on each other on a day: recognition, its basis and end, broken relations, claims of status."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from comity.iris import BASE, CO
from comity.periods.in_force import CERTAIN, NEVER, POSSIBLE, Interval
from comity.server.web.models import records
from comity.server.web.models.graph_reader import GraphReader, kept, kept_for_days, kept_for_parties
from comity.server.web.models.records import Act, Claim

UNITED_NATIONS = BASE + "organisation/united-nations"
#: The names on pages for the basis of a recognition, and for other states with a duration.
EXPRESS, RELATIONS, FROZEN, BROKEN, SUSPENDED = "expressly", "relations", "frozen", "broken off", "suspended"
_STATES = {
    CO + "RecognitionPeriod": "",
    CO + "FreezePeriod": FROZEN,
    CO + "BrokenRelationsPeriod": BROKEN,
    CO + "SuspendedRelationsPeriod": SUSPENDED,
}
#: The beginnings of the IRIs of these periods; the others need not be read.
_KINDS = tuple(
    f"{BASE}period/{kind}/"
    for kind in ("recognition", "implied-recognition", "freeze", "broken-relations", "suspended-relations")
)


@dataclass(frozen=True)
class Span:
    """A period in which one party recognises another, has frozen recognition, or has broken off relations with it.

    Broken and suspended relations have no direction: each side has a span towards the other.
    """

    recogniser: str
    recognised: str
    state: str
    period: str
    interval: Interval
    began: str = ""
    ended: str = ""
    reason: str = ""
    #: The claims of the recogniser that contradict the recognition, on days on which both are in force.
    contradicted_by: tuple[str, ...] = ()


@dataclass
class Standing:
    """One party's recognition of another on a day, or the freeze of it."""

    party: str
    certain: bool
    #: Ordered by beginning.
    spans: list[Span]
    began: list[Act] = field(default_factory=list)
    #: The claim of the recogniser, in force on the day, that the other is not a sovereign state.
    contradiction: Claim | None = None
    #: The period of broken-off or suspended relations between the two, if in force on the day.
    broken: Span | None = None

    @property
    def basis(self) -> str:
        """Its basis: ``expressly``, ``relations`` or both."""
        states = {span.state for span in self.spans}
        return "expressly, and relations" if len(states) == 2 else states.pop()

    @property
    def since(self) -> str:
        """The first day, as early as known."""
        return min(span.interval.start[0] for span in self.spans)

    @property
    def first_act(self) -> Act | None:
        """The act that it began with; None if it was continued from an earlier state, or its beginning is not given."""
        return next((act for act in self.began if act.iri == self.spans[0].began), None)

    @property
    def carried_on(self) -> str:
        """The succession by which it was continued from an earlier state; empty if there is none."""
        return "" if self.first_act else self.spans[0].began

    @property
    def beginning(self) -> str:
        """The IRI of the act that it began with, else of its first period."""
        return self.first_act.iri if self.first_act else self.spans[0].period

    @property
    def weak(self) -> bool:
        """Whether none of the acts that it began with has more than weak evidence."""
        return bool(self.began) and all(act.strength == "weak" for act in self.began)

    @property
    def edtf(self) -> str:
        """The date of the act that it began with, at the precision known; else the first day."""
        return self.first_act.edtf if self.first_act else self.since


@dataclass(frozen=True)
class Ending:
    """A recognition that has ended: since when it had been in force, and when, why and by what act it ended."""

    party: str
    #: The date from which it was in force, as given by the act that began it.
    since: str
    day: str
    edtf: str
    reason: str
    act: Act | None
    began: Act | None
    #: The succession by which it was continued from an earlier state; empty if it began with an act.
    carried_on: str = ""


@kept_for_parties
def spans(reader: GraphReader, party: str) -> list[Span]:
    """Return all periods in which a party recognises, is recognised, or has no relations after a break."""
    sides = ("recogniser", "recognisedParty", "firstParty", "secondParty")
    periods = dict.fromkeys(iri for side in sides for iri in reader.subjects(side, party))
    return [span for iri in periods if iri.startswith(_KINDS) for span in _spans(reader, iri)]


@kept
def _spans(reader: GraphReader, iri: str) -> list[Span]:
    thing = reader.thing(iri)
    state = next((_STATES[one] for one in thing.all("a") if one in _STATES), None)
    if state is None:
        return []
    one = thing.of("recogniser") or thing.of("firstParty")
    other = thing.of("recognisedParty") or thing.of("secondParty")
    found = Span(
        one,
        other,
        state or (EXPRESS if thing.of("basis") == "express" else RELATIONS),
        iri,
        thing.interval(),
        thing.of("beganBy") or thing.of("beganByContinuity"),
        thing.of("endedBy") or thing.of("endedByEndOf"),
        thing.of("endReason"),
        tuple(thing.all("contradictedBy")),
    )
    if state not in (BROKEN, SUSPENDED):
        return [found]
    return [found, Span(other, one, state, iri, found.interval, found.began, found.ended, found.reason)]


@kept_for_days
def recogniser_counts(reader: GraphReader, day: str, reading: str) -> Counter[str]:
    """Return the number of parties that recognise each polity on a day, by the IRI of the polity."""
    return Counter(other.value for _, other in reader.pairs(day, reading, "recognises"))


def _of(
    reader: GraphReader, polity: str, recognised: bool, states: Iterable[str] = (EXPRESS, RELATIONS)
) -> dict[str, list[Span]]:
    """Return the spans in some states towards a polity (or by it), by the other party."""
    found: dict[str, list[Span]] = {}
    for span in spans(reader, polity):
        ours, other = (span.recognised, span.recogniser) if recognised else (span.recogniser, span.recognised)
        if ours == polity and span.state in states:
            found.setdefault(other, []).append(span)
    return found


def broken(reader: GraphReader, polity: str, day: str, reading: str = CERTAIN) -> dict[str, Span]:
    """Return the parties with which a polity has broken off or suspended relations on a day."""
    return {
        party: span
        for party, those in _of(reader, polity, False, (BROKEN, SUSPENDED)).items()
        for span in those
        if span.interval.in_force(day, reading)
    }


def begun(reader: GraphReader, span: Span) -> str:
    """Return the date of the act that a span began with, at the precision known; else its first day."""
    act = records.act(reader, span.began)
    return act.edtf if act else span.interval.start[0]


def origin(reader: GraphReader, standing: Standing) -> Act | None:
    """Return the act by an earlier state that a continued recognition goes back to; None if none is known."""
    period = reader.thing(standing.spans[0].period)
    while earlier := period.of("continuesPeriod"):
        period = reader.thing(earlier)
    return records.act(reader, period.of("beganBy")) if standing.carried_on else None


def standings(
    reader: GraphReader,
    polity: str,
    day: str,
    recognised: bool = True,
    frozen: bool = False,
    only: str | None = None,
) -> list[Standing]:
    """Return who recognises a polity on a day (or, with `recognised` false, whom it recognises), by name.

    Those only possibly in force are included and marked, as are contradictory recognitions.

    :param only: the IRI of the other party, to restrict the result to it.
    """
    apart = broken(reader, polity, day)
    found = []
    states = (FROZEN,) if frozen else (EXPRESS, RELATIONS)
    for party, those in _of(reader, polity, recognised, states).items():
        if only not in (None, party):
            continue
        certain = [span for span in those if span.interval.in_force(day, CERTAIN)]
        chosen = certain or [span for span in those if span.interval.in_force(day, POSSIBLE)]
        if not chosen:
            continue
        began = {span.began: act for span in chosen if (act := records.act(reader, span.began))}
        claims = (records.claim(reader, iri) for span in chosen for iri in span.contradicted_by)
        found.append(
            Standing(
                party,
                bool(certain),
                sorted(chosen, key=lambda span: span.interval.start),
                sorted(began.values(), key=lambda act: act.earliest),
                next((claim for claim in claims if claim.interval.in_force(day)), None),
                apart.get(party),
            )
        )
    return sorted(found, key=lambda one: reader.label(one.party).casefold())


def endings(
    reader: GraphReader, polity: str, after: str, until: str, recognised: bool = True
) -> list[Ending]:
    """Return the recognitions in force on one day but not on a later one, ordered by end.

    If the first day is empty, return all that have ended by the second.
    """
    found = []
    for party, those in _of(reader, polity, recognised).items():
        if after and not any(span.interval.in_force(after) for span in those):
            continue
        if any(span.interval.in_force(until, POSSIBLE) for span in those):
            continue
        past = [span for span in those if after < span.interval.end[0] <= until]
        if past:
            last = max(past, key=lambda span: (span.interval.end[0], span.state == EXPRESS))
            act = records.act(reader, last.ended)
            day = last.interval.end[0]
            began = records.act(reader, last.began)
            since = began.edtf if began else last.interval.start[0]
            found.append(
                Ending(
                    party,
                    since,
                    day,
                    act.edtf if act else day,
                    last.reason,
                    act,
                    began,
                    "" if began else last.began,
                )
            )
    return sorted(found, key=lambda one: (one.day, one.party))


@dataclass(frozen=True)
class Turn:
    """How the recognition of a polity differs between two days: the numbers of parties, and who they are by name."""

    before: int
    after: int
    gained: list[str]
    lost: list[str]


def turn(reader: GraphReader, polity: str, first: str, last: str) -> Turn:
    """Return how certain recognition of a polity differs between two days."""
    before, after = (
        {one.party for one in standings(reader, polity, day) if one.certain} for day in (first, last)
    )
    by_name = sorted(before ^ after, key=lambda party: reader.label(party).casefold())
    return Turn(
        len(before),
        len(after),
        [party for party in by_name if party in after],
        [party for party in by_name if party in before],
    )


def un_members(reader: GraphReader, day: str, reading: str = CERTAIN) -> set[str]:
    """Return the members of the United Nations on a day."""
    pairs = reader.pairs(day, reading, "membership")
    return {one.value for one, other in pairs if other.value == UNITED_NATIONS}


def counts(reader: GraphReader, polity: str, recognised: bool = True) -> list[tuple[str, int]]:
    """Return the number of certain recognisers after each day on which it changes."""
    changes: dict[str, dict[str, int]] = {}
    for party, those in _of(reader, polity, recognised).items():
        for span in those:
            first, after = span.interval.days(CERTAIN)
            for day, step in ((first, 1), (after, -1)) if first < after else ():
                if day < NEVER:
                    at = changes.setdefault(day, {})
                    at[party] = at.get(party, 0) + step
    depth: dict[str, int] = {}
    number, points = 0, []
    for day in sorted(changes):
        for party, step in changes[day].items():
            before = depth.get(party, 0)
            depth[party] = before + step
            number += (depth[party] > 0) - (before > 0)
        points.append((day, number))
    return points


@kept_for_parties
def turns(reader: GraphReader, polity: str, recognised: bool = True) -> dict[str, list[Act]]:
    """Return the days on which recognition of a polity (or by it) changes for certain, with the acts that change it.

    Declarations of its own independence are included, first on their day. A day may have no act: a recognition also
    ends with a polity.
    """
    found: dict[str, dict[str, Act]] = {}
    for those in _of(reader, polity, recognised, (EXPRESS, RELATIONS, FROZEN)).values():
        for span in those:
            first, after = span.interval.days(CERTAIN)
            for day, iri in ((first, span.began), (after, span.ended)) if first < after else ():
                if day < NEVER:
                    acts = found.setdefault(day, {})
                    if act := records.act(reader, iri):
                        acts[act.iri] = act
    for act in records.acts_of(reader, polity) if recognised else ():
        if act.kind == "independence_declared" and act.actor == polity and act.earliest == act.latest:
            found[act.earliest] = {act.iri: act, **found.get(act.earliest, {})}
    return {day: list(found[day].values()) for day in sorted(found)}


def stances(claims: Iterable[Claim], day: str, by: str = "claimant") -> dict[str, Claim]:
    """Return the most significant claim in force on a day, by claimant or, with `by` ``about``, by subject.

    Claims that are refusals take precedence over others, and a party's claims about itself are excluded.
    """
    found: dict[str, Claim] = {}
    for claim in sorted(claims, key=lambda one: (one.since, one.iri)):
        party: str = getattr(claim, by)
        if claim.claimant == claim.about or not claim.interval.in_force(day):
            continue
        if party not in found or (claim.refuses and not found[party].refuses):
            found[party] = claim
    return found
