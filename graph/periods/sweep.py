"""Periods derived from acts: recognition of states and governments, freezes, and diplomatic relations.

This is the only derivation of periods. ``docs/semantics.md`` gives the legal sources of each rule:

* **Express recognition** is opened by an act of recognition. **Implied recognition** is opened, in both
  directions, by the first opening of diplomatic relations. Recognition of either kind is ended by the first of
  these: its actor's withdrawal or freeze; the actor's recognition of, or relations with, a rival government of the
  recognised party; a break of relations with a party that has a rival government; the end of either polity.
  Breaking off or suspending relations with any other party leaves recognition unchanged.
* A **freeze** opens a period of frozen recognition, ended by the same actor's recognition or withdrawal.
* **Relations** are mutual: either side's severing or suspension ends them. A loss of recognition by either side
  ends them if no severing is known before they are opened again.
* A severing opens a period of **broken-off relations** and a suspension one of **suspended relations**; both are
  ended by the next opening of relations, and a suspension also by a severing.
* **Recognition of a government** is opened by an act of recognition towards it, in a capacity: as the government,
  or in a limited capacity, such as legitimate representative. It is ended by its actor's withdrawal, by its
  actor's recognition of the same government in another capacity or of another government in its place, and by the
  end of the government. It does not affect recognition of a state, or relations.
* The end of a polity or government closes its periods with that reason, never as a withdrawal. An annexation ends
  nothing.
* A state that continues another carries on its periods from the day of continuity. A successor does so only if it
  kept what its predecessor had: the relations, with the recognition that they imply, or the recognitions that the
  predecessor had granted.
* If the predecessor is one that does not end, an act that closes a period of the successor closes the one that it
  carries on. What began relations that a state carries on ends its own earlier break. Relations that an act ends on
  the day of continuity are not carried on.
* A recognition is **contradicted** by each refusing claim of the recogniser about the recognised party that may
  be in force at the same time.

While a period is open, further openings have no effect. An act that opens or closes keeps the bounds of its
own date: a period begins and ends as exactly as is known.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace

import pyoxigraph as ox

from comity.iris import BASE, TYPE, XSD, identifier, segment, term
from comity.periods.events import CONTINUITY, Event, EventLog, read_events
from comity.periods.in_force import Interval

EXPRESS, IMPLIED = "express", "implied by relations"
_RELATIONS_OPENING = frozenset({"EstablishmentOfRelations", "RestorationOfRelations"})
_LOSING = frozenset({"WithdrawalOfRecognition", "FreezeOfRecognition"})
_RECOGNITION = frozenset({"Recognition"})
#: The capacity of a recognised government if the act names none, and those short of government.
AS_GOVERNMENT = "government"
LIMITED_CAPACITIES = frozenset(
    {
        "sole legitimate representative",
        "legitimate representative",
        "representative",
        "national committee",
        "administering authority",
        "belligerent government",
        "president-elect",
        "winner of the election",
    }
)
_SEVERING, _SUSPENDING = "SeveranceOfRelations", "SuspensionOfRelations"


@dataclass(frozen=True)
class Kind:
    """A kind of period: its class, the acts between its two parties that open and close it, and its basis."""

    cls: str
    opening: frozenset[str]
    closing: frozenset[str]
    directed: bool = True
    basis: str | None = None
    #: The capacities, if it is towards a government; None for periods between all other parties.
    limited: bool | None = None

    def is_opened_by(self, act: Event) -> bool:
        """Return whether an act between the two parties opens a period of this kind."""
        limited = act.capacity in LIMITED_CAPACITIES
        return act.kind in self.opening and self.limited in (None, limited)


#: The kinds of period by the name in their IRIs.
KINDS = {
    "recognition": Kind("RecognitionPeriod", _RECOGNITION, _LOSING, basis=EXPRESS),
    "implied-recognition": Kind("RecognitionPeriod", _RELATIONS_OPENING, _LOSING, basis=IMPLIED),
    "government-recognition": Kind(
        "GovernmentRecognitionPeriod", _RECOGNITION, frozenset({"WithdrawalOfRecognition"}), limited=False
    ),
    "limited-recognition": Kind(
        "LimitedRecognitionPeriod", _RECOGNITION, frozenset({"WithdrawalOfRecognition"}), limited=True
    ),
    "freeze": Kind(
        "FreezePeriod",
        frozenset({"FreezeOfRecognition"}),
        frozenset({"WithdrawalOfRecognition", "Recognition"}),
    ),
    "relations": Kind(
        "RelationsPeriod", _RELATIONS_OPENING, frozenset({_SEVERING, _SUSPENDING}), directed=False
    ),
    "broken-relations": Kind(
        "BrokenRelationsPeriod", frozenset({_SEVERING}), _RELATIONS_OPENING, directed=False
    ),
    "suspended-relations": Kind(
        "SuspendedRelationsPeriod",
        frozenset({_SUSPENDING}),
        _RELATIONS_OPENING | {_SEVERING},
        directed=False,
    ),
}
_KINDS_BY_ACT = {
    act: [name for name, kind in KINDS.items() if act in kind.opening | kind.closing]
    for act in {act for kind in KINDS.values() for act in kind.opening | kind.closing}
}


def _carries(continuity: Event, kind: str, granted: bool) -> bool:
    """Return whether a succession carries on periods of a kind.

    :param granted: whether the predecessor is the recognising party.
    """
    return (
        continuity.kind == CONTINUITY
        or ("carriesRelations" in continuity.kind and kind in {"relations", "implied-recognition"})
        or ("carriesRecognitions" in continuity.kind and kind == "recognition" and granted)
    )


@dataclass(frozen=True, slots=True)
class Period:
    """One derived period, from the event that opened it to the one that ended it, if any."""

    kind: str
    first: str
    second: str
    began: Event
    ended: Event | None
    continues: str | None = None
    resumes: bool = False
    contradicted_by: tuple[str, ...] = ()

    @property
    def iri(self) -> str:
        """The IRI of the period: its kind, both parties and the date of its beginning as written."""
        sides = "/".join(identifier(side) for side in (self.first, self.second))
        return f"{BASE}period/{self.kind}/{sides}/{segment(self.began.edtf)}"

    @property
    def interval(self) -> Interval:
        """The bounds of the period."""
        return Interval(self.began.days, self.ended.days) if self.ended else Interval(self.began.days)

    @property
    def end_reason(self) -> str | None:
        """Why the period ended, in a few words; None if it has not."""
        if self.ended is None:
            return None
        if reason := _REASONS.get(self.ended.kind):
            return reason
        # What ended it is an act that opens another period.
        if self.kind == "freeze":
            return "resumption"
        if self.kind.endswith("-relations"):
            return "restoration"
        if KINDS[self.kind].limited is not None and self.ended.object == self.second:
            return "another capacity"
        return "rival government"


_REASONS = {
    "EndOfPolity": "polity ended",
    "EndOfGovernment": "government ended",
    "WithdrawalOfRecognition": "withdrawal",
    "FreezeOfRecognition": "freeze",
    _SEVERING: "severance",
    _SUSPENDING: "suspension",
}


#: A kind of period and two parties.
Key = tuple[str, str, str]


class Sweep:
    """Derives the periods from a log of events, key by key."""

    def __init__(self, events: EventLog) -> None:
        self._events = events
        self._acts: dict[Key, list[Event]] = defaultdict(list)
        self._carried: dict[Key, list[tuple[Event, str]]] = defaultdict(list)
        self._in_place: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for act in events.acts:
            for key in _keys(act, events.governments):
                self._acts[key].append(act)
            if act.in_place_of:
                self._in_place[act.actor, act.in_place_of].append(act)

    def derive(self) -> list[Period]:
        """Return every period, including those of continued states, in order of key."""
        periods = {key: self._periods_of(key) for key in self._acts}
        self._keys_of = _by_party(periods) if self._events.continuities else {}
        for continuity in self._events.continuities:
            for key in self._inherit(continuity, periods):
                periods[key] = self._periods_of(key)
                for side in key[1:]:
                    self._keys_of.setdefault(side, {})[key] = None
        self._contradict(periods)
        return [period for key in sorted(periods) for period in periods[key]]

    def _inherit(self, continuity: Event, periods: dict[Key, list[Period]]) -> set[Key]:
        """Pass the predecessor's periods of that day on to its successor; return the keys whose periods then change."""
        successor, predecessor = continuity.actor, continuity.object
        changed = set()
        for held in list(self._keys_of.get(predecessor, ())):
            kind, *pair = held
            if not _carries(continuity, kind, granted=pair[0] == predecessor):
                continue
            other = pair[1] if pair[0] == predecessor else pair[0]
            end = self._events.ends.get(other)
            if other == successor or (end and not end.follows(continuity)):
                continue
            key = _key(kind, *(successor if side == predecessor else side for side in pair))
            for period in periods[held]:
                if period.began.earliest <= continuity.latest and not _is_over(period, continuity):
                    self._carried[key].append(
                        (replace(continuity, capacity=period.began.capacity), period.iri)
                    )
                    changed.add(key)
                    if kind == "relations":
                        changed |= self._restore(key, period.began)
            if key in changed and predecessor not in self._events.ends:
                breaks = [act for act in self._acts.get(key, ()) if act.kind in KINDS[kind].closing]
                self._acts[held] += [act for act in breaks if act.follows(continuity)]
                changed.add(held)
        return changed

    def _restore(self, key: Key, opening: Event) -> set[Key]:
        """End a break of the relations that are carried on by what began them; return the keys whose periods change.

        Egypt broke with Australia in 1956, the United Arab Republic restored the relations, and Egypt carries them on.
        """
        gaps = {(name, *key[1:]) for name in ("broken-relations", "suspended-relations")}
        changed = gaps & self._acts.keys()
        for gap in changed:
            self._acts[gap].append(opening)
        return changed

    def _contradict(self, periods: dict[Key, list[Period]]) -> None:
        """Add to each period of recognition the recogniser's refusing claims of the same time."""
        by_pair: dict[tuple[str, str], list[tuple[str, Interval]]] = defaultdict(list)
        for refusal in self._events.refusals:
            by_pair[refusal.claimant, refusal.about].append((refusal.iri, refusal.interval))
        for pair, refusals in by_pair.items():
            for kind in ("recognition", "implied-recognition"):
                key = (kind, *pair)
                periods[key] = [
                    replace(
                        period,
                        contradicted_by=tuple(
                            iri for iri, interval in refusals if period.interval.overlap(interval)
                        ),
                    )
                    for period in periods.get(key, ())
                ]

    def _periods_of(self, key: Key) -> list[Period]:
        kind = KINDS[key[0]]
        acts = self._acts.get(key, ())
        openings = [act for act in acts if kind.is_opened_by(act)]
        closings = [act for act in acts if act.kind in kind.closing] + self._ends(key)
        if kind.basis:
            closings += self._rival_acts(key[1], key[2])
        continued = dict(self._carried.get(key, ()))
        openings += continued
        if kind.limited is None:
            periods = self._group(key, openings, closings)
        else:
            closings += self._in_place.get((key[1], key[2]), [])
            periods = self._by_capacity(key, openings, closings)
        return [
            replace(
                period,
                continues=continued.get(period.began),
                resumes=period.began.kind == "Recognition"
                and any(act.kind in _LOSING and not act.follows(period.began) for act in closings),
            )
            for period in periods
        ]

    def _by_capacity(self, key: Key, openings: list[Event], closings: list[Event]) -> list[Period]:
        """Return the periods of each capacity, which end with a later recognition in another one.

        A recognition without a capacity is recognition as the government: it ends only a limited one.
        """
        periods: list[Period] = []
        recognitions = [act for act in self._acts.get(key, ()) if act.kind in _RECOGNITION]
        for capacity in sorted({act.capacity for act in openings}):
            others = [
                act
                for act in recognitions
                if act.capacity != capacity and (act.capacity or KINDS[key[0]].limited)
            ]
            same = [act for act in openings if act.capacity == capacity]
            periods += self._group(key, same, closings, others)
        return sorted(periods, key=lambda period: period.began.order)

    def _ends(self, key: Key) -> list[Event]:
        return [self._events.ends[side] for side in key[1:] if side in self._events.ends]

    def _rival_acts(self, actor: str, party: str) -> list[Event]:
        """Return the acts that end an actor's recognition of a party because the party has a rival government.

        These are the actor's recognition of, or relations with, a rival, and a break of relations
        between the two themselves: of two rival governments, the one broken with is no longer recognised.
        """
        rivals = self._events.rivals.get(party, ())
        acts: list[Event] = []
        for rival in rivals:
            acts += self._acts_between("relations", actor, rival, _RELATIONS_OPENING)
            acts += self._acts_between("recognition", actor, rival, _RECOGNITION)
        if rivals:
            acts += self._acts_between("relations", actor, party, frozenset({_SEVERING}))
        return acts

    def _acts_between(self, kind: str, first: str, second: str, acts: frozenset[str]) -> list[Event]:
        return [act for act in self._acts.get(_key(kind, first, second), ()) if act.kind in acts]

    def _losses(self, actor: str, party: str) -> list[Event]:
        """Return the acts by which the actor ceased to recognise a party, whatever relations they had."""
        return self._acts_between("recognition", actor, party, _LOSING) + self._rival_acts(actor, party)

    def _group(
        self, key: Key, openings: list[Event], closings: list[Event], replacing: list[Event] | None = None
    ) -> list[Period]:
        """Merge the openings ended by the same closing into one period, begun by the first of them.

        :param replacing: openings of other periods, each of which also closes an earlier one of these.
        """
        groups: dict[Event | None, list[Event]] = defaultdict(list)
        for opening in sorted(openings, key=lambda event: event.order):
            later = [act for act in replacing or () if act.order > opening.order]
            end = _first(closings + later, opening)
            if key[0] == "relations":
                end = self._end_by_loss(key, opening, openings, end)
            groups[end].append(opening)
        periods = [Period(*key, begun[0], end) for end, begun in groups.items()]
        return sorted(periods, key=lambda period: period.began.order)

    def _end_by_loss(
        self, key: Key, opening: Event, openings: list[Event], end: Event | None
    ) -> Event | None:
        """Return the end of relations: a loss of recognition if nothing else ends them before the next opening."""
        for actor, party in ((key[1], key[2]), (key[2], key[1])):
            loss = _first(self._losses(actor, party), opening)
            if loss is None or (end is not None and not end.follows(loss)):
                continue
            reopened = any(
                not loss.follows(other) and (end is None or end.follows(other))
                for other in openings
                if other is not opening
            )
            if end is None or reopened:
                return loss
        return end


def _by_party(keys: Iterable[Key]) -> dict[str, dict[Key, None]]:
    """Return the keys indexed by each of their two parties."""
    index: dict[str, dict[Key, None]] = {}
    for key in keys:
        for side in key[1:]:
            index.setdefault(side, {})[key] = None
    return index


def _keys(act: Event, governments: Container[str]) -> Iterator[Key]:
    """Yield the keys of the periods that an act may open or close; for a government, none that concern a state."""
    for name in _KINDS_BY_ACT.get(act.kind, ()):
        kind = KINDS[name]
        if kind.directed and (kind.limited is not None) != (act.object in governments):
            continue
        if kind.basis == IMPLIED and act.actor in governments:
            continue
        yield _key(name, act.actor, act.object)
        if act.kind in kind.opening and kind.basis == IMPLIED:
            yield _key(name, act.object, act.actor)


def _key(kind: str, first: str, second: str) -> Key:
    """Return the key of a kind of period between two parties, whose order matters only if the kind is directed."""
    return (kind, first, second) if KINDS[kind].directed or first <= second else (kind, second, first)


def _is_over(period: Period, continuity: Event) -> bool:
    """Return whether a period has ended when a state continues another, by an act of that day or before it."""
    ended = period.ended
    if ended is None:
        return False
    if ended.kind == "EndOfPolity":
        return ended.latest < continuity.earliest
    return ended.latest <= continuity.earliest


def _first(closings: Iterable[Event], opening: Event) -> Event | None:
    """Return the first closing after an opening."""
    return min(
        (event for event in closings if event.follows(opening)), key=lambda event: event.order, default=None
    )


def derive(facts: Iterable[ox.Triple | ox.Quad]) -> list[ox.Triple]:
    """Return the triples of periods and refusals derived from asserted triples (facts only, no proposals)."""
    return list(derive_from(read_events(facts)))


def derive_from(events: EventLog) -> Iterator[ox.Triple]:
    """Yield the triples of all periods derived from events, and those that mark claims as refusals."""
    for period in Sweep(events).derive():
        yield from triples(period)
    for refusal in events.refusals:
        yield ox.Triple(ox.NamedNode(refusal.iri), TYPE, term("Refusal"))


_DATE = ox.NamedNode(XSD + "date")


def triples(period: Period) -> Iterator[ox.Triple]:
    """Yield the triples of a period, including those about the acts that bound it."""
    node, kind = ox.NamedNode(period.iri), KINDS[period.kind]
    roles = ("recogniser", "recognisedParty") if kind.directed else ("firstParty", "secondParty")
    yield ox.Triple(node, TYPE, term(kind.cls))
    if kind.basis:
        yield ox.Triple(node, term("basis"), ox.Literal(kind.basis))
    if kind.limited is not None:
        roles = ("recogniser", "recognisedGovernment")
        yield ox.Triple(node, term("capacity"), ox.Literal(period.began.capacity or AS_GOVERNMENT))
    for role, side in zip(roles, (period.first, period.second), strict=True):
        yield ox.Triple(node, term(role), ox.NamedNode(side))
    began = ox.NamedNode(period.began.iri)
    yield ox.Triple(node, term("beganBy" if period.continues is None else "beganByContinuity"), began)
    yield from _bounds(node, "start", period.began)
    if period.continues:
        yield ox.Triple(node, term("continuesPeriod"), ox.NamedNode(period.continues))
    if period.resumes:
        yield ox.Triple(began, TYPE, term("ResumptionOfRecognition"))
    if period.ended:
        yield from _ending(node, period, period.ended)
    for claim in period.contradicted_by:
        yield ox.Triple(node, term("contradictedBy"), ox.NamedNode(claim))


def _bounds(node: ox.NamedNode, name: str, event: Event) -> Iterator[ox.Triple]:
    yield ox.Triple(node, term(name + "Earliest"), ox.Literal(event.earliest, datatype=_DATE))
    yield ox.Triple(node, term(name + "Latest"), ox.Literal(event.latest, datatype=_DATE))


def _ending(node: ox.NamedNode, period: Period, ended: Event) -> Iterator[ox.Triple]:
    by = "endedByEndOf" if ended.kind in ("EndOfPolity", "EndOfGovernment") else "endedBy"
    yield ox.Triple(node, term(by), ox.NamedNode(ended.iri))
    yield ox.Triple(node, term("endReason"), ox.Literal(period.end_reason or ""))
    yield from _bounds(node, "end", ended)
    if (
        ended.kind == "WithdrawalOfRecognition"
        and period.continues is None
        and KINDS[period.kind].opening == _RECOGNITION
    ):
        yield ox.Triple(ox.NamedNode(ended.iri), term("reverses"), ox.NamedNode(period.began.iri))
