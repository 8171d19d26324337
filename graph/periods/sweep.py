"""Periods of recognition, of frozen recognition and of relations, derived from acts by one sweep per pair.

The rules, each also as a SPARQL file in ``queries/rules/`` that a test holds this sweep against:

* A recognition opens a period; it is ended by the first that follows of: its actor's withdrawal or
  freeze, the actor's relations with a rival government of the recognised party, or the end of either polity.
  A recognition while a period is open opens nothing new.
* A freeze opens a period of frozen recognition, ended by the same actor's recognition or withdrawal.
* Relations are mutual: either side's severing or suspension ends them. One side's withdrawal or freeze of its
  recognition of the other, or its relations with a rival government, ends the recognition that the relations
  imply, and the relations themselves where no severing is known before they are opened again.
* The end of a polity closes its periods as what it is, never as a withdrawal. An annexation ends nothing.
* A state that continues another carries its periods on, from the day of continuity; a successor does not.

An act that opens or closes keeps the bounds of its own date: the period begins and ends as exactly as it is known.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import pyoxigraph as ox

from comity.iris import BASE, RDF, XSD, term
from comity.periods.events import Chronicle, Event, chronicle

_OPENING = frozenset({"Recognition"})
_RELATIONS_OPENING = frozenset({"EstablishmentOfRelations", "RestorationOfRelations"})
_RELATIONS_CLOSING = frozenset({"SeveranceOfRelations", "SuspensionOfRelations"})
_CLOSING = frozenset({"WithdrawalOfRecognition", "FreezeOfRecognition"})
#: Why a period ended, by the kind of the event that ended it.
END_REASONS = {
    "WithdrawalOfRecognition": "withdrawal",
    "FreezeOfRecognition": "freeze",
    "Recognition": "resumption",
    "SeveranceOfRelations": "severance",
    "SuspensionOfRelations": "suspension",
    "EndOfPolity": "polity ended",
    "EstablishmentOfRelations": "rival government",
    "RestorationOfRelations": "rival government",
}


@dataclass(frozen=True, slots=True)
class Period:
    """One derived period; ``implied_end`` is the act that ended the recognition which relations imply."""

    kind: str
    first: str
    second: str
    began: Event
    ended: Event | None
    continues: str | None = None
    resumes: bool = False
    no_longer_recognised: str | None = None
    implied_end: Event | None = None

    @property
    def iri(self) -> str:
        """The IRI of the period: its kind, both sides and the date of its beginning as written."""
        sides = "/".join(side.rpartition("/")[2] for side in (self.first, self.second))
        return f"{BASE}period/{self.kind}/{sides}/{self.began.edtf}"


Key = tuple[str, str, str]


class Sweep:
    """Derives the periods of a chronicle, pair by pair; a key is a kind of period and two parties."""

    def __init__(self, events: Chronicle) -> None:
        self._events = events
        self._acts: dict[Key, list[Event]] = defaultdict(list)
        self._carried: dict[Key, list[tuple[Event, str]]] = defaultdict(list)
        for act in events.acts:
            for key in _keys(act):
                self._acts[key].append(act)

    def derive(self) -> list[Period]:
        """Give every period, those of continued states included, in the order of their keys."""
        found = {key: self._pair(key) for key in self._acts}
        self._keys_of = _by_party(found) if self._events.continuities else {}
        for continuity in self._events.continuities:
            for key in self._carry(continuity, found):
                found[key] = self._pair(key)
                for side in key[1:]:
                    self._keys_of.setdefault(side, {})[key] = None
        return [period for key in sorted(found) for period in found[key]]

    def _carry(self, continuity: Event, found: dict[Key, list[Period]]) -> set[Key]:
        """Hand the predecessor's periods of that day on to its successor; give the keys that this changes."""
        successor, predecessor = continuity.actor, continuity.object
        changed = set()
        for held in list(self._keys_of.get(predecessor, ())):
            (kind, *pair), periods = held, found[held]
            other = pair[1] if pair[0] == predecessor else pair[0]
            end = self._events.ends.get(other)
            if other == successor or (end and not end.follows(continuity)):
                continue
            heir = [successor if side == predecessor else side for side in pair]
            key = (kind, *(_unordered((heir[0], heir[1])) if kind == "relations" else heir))
            for period in periods:
                if period.began.earliest <= continuity.latest and (
                    period.ended is None or period.ended.latest >= continuity.earliest
                ):
                    self._carried[key].append((continuity, period.iri))
                    changed.add(key)
        return changed

    def _pair(self, key: Key) -> list[Period]:
        kind, first, second = key
        acts = self._acts.get(key, [])
        opening, closing = _ROLES[kind]
        openings = [act for act in acts if act.kind in opening]
        closings = [act for act in acts if act.kind in closing] + self._ends(first, second)
        if kind == "recognition":
            closings += self._rival_acts(first, second)
        continued = dict(self._carried.get(key, ()))
        periods = self._group(key, openings + list(continued), closings)
        return [
            replace(
                period,
                continues=continued.get(period.began),
                resumes=period.began.kind == "Recognition"
                and any(act.kind in _CLOSING and not act.follows(period.began) for act in closings),
            )
            for period in periods
        ]

    def _ends(self, first: str, second: str) -> list[Event]:
        return [self._events.ends[side] for side in (first, second) if side in self._events.ends]

    def _rival_acts(self, actor: str, object_: str) -> list[Event]:
        """Give the acts by which the actor opened relations with a rival government of the object."""
        rivals = self._events.rivals.get(object_, ())
        keys = [("relations", *_unordered((actor, rival))) for rival in rivals]
        return [act for key in keys for act in self._acts.get(key, ()) if act.kind in _RELATIONS_OPENING]

    def _losses(self, actor: str, party: str) -> list[Event]:
        """Give the acts by which the actor ceased to recognise a party, whatever relations they had."""
        acts = self._acts.get(("recognition", actor, party), ())
        return [act for act in acts if act.kind in _CLOSING] + self._rival_acts(actor, party)

    def _group(self, key: Key, openings: list[Event], closings: list[Event]) -> list[Period]:
        """Join the openings that one closing ends into one period, begun by the first of them."""
        kind, first, second = key
        groups: dict[Event | None, list[Event]] = defaultdict(list)
        implied: dict[Event, tuple[str, Event]] = {}
        for opening in sorted(openings, key=lambda event: event.order):
            end = _first(closings, opening)
            if kind == "relations":
                end = self._with_loss(key, opening, openings, end, implied)
            groups[end].append(opening)
        periods = []
        for end, begun in groups.items():
            lost, by = next((implied[opening] for opening in begun if opening in implied), (None, None))
            periods.append(
                Period(kind, first, second, begun[0], end, no_longer_recognised=lost, implied_end=by)
            )
        return sorted(periods, key=lambda period: period.began.order)

    def _with_loss(
        self,
        key: Key,
        opening: Event,
        openings: list[Event],
        end: Event | None,
        implied: dict[Event, tuple[str, Event]],
    ) -> Event | None:
        """Weigh a loss of recognition against the known end: it ends relations only where nothing else does in time."""
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
            implied[opening] = (party, loss)
        return end


_ROLES = {
    "recognition": (_OPENING, _CLOSING),
    "freeze": (frozenset({"FreezeOfRecognition"}), frozenset({"WithdrawalOfRecognition", "Recognition"})),
    "relations": (_RELATIONS_OPENING, _RELATIONS_CLOSING),
}


def _by_party(keys: Iterable[Key]) -> dict[str, dict[Key, None]]:
    """File keys under both of their parties."""
    found: dict[str, dict[Key, None]] = {}
    for key in keys:
        for side in key[1:]:
            found.setdefault(side, {})[key] = None
    return found


def _keys(act: Event) -> list[Key]:
    """Give the pairs that an act bears on."""
    if act.kind in _OPENING or act.kind in _CLOSING:
        return [("recognition", act.actor, act.object), ("freeze", act.actor, act.object)]
    if act.kind in _RELATIONS_OPENING or act.kind in _RELATIONS_CLOSING:
        return [("relations", *_unordered((act.actor, act.object)))]
    return []


def _unordered(pair: tuple[str, str]) -> tuple[str, str]:
    return pair if pair[0] <= pair[1] else pair[::-1]


def _first(closings: Iterable[Event], opening: Event) -> Event | None:
    """Give the first closing that follows an opening."""
    return min(
        (event for event in closings if event.follows(opening)), key=lambda event: event.order, default=None
    )


def derive(facts: Iterable[ox.Triple | ox.Quad]) -> list[ox.Triple]:
    """Give the triples of all periods that follow from asserted triples (facts only, no proposals)."""
    return [triple for period in Sweep(chronicle(facts)).derive() for triple in triples(period)]


_CLASS = {"recognition": "RecognitionPeriod", "freeze": "FreezePeriod", "relations": "RelationsPeriod"}
_TYPE = ox.NamedNode(RDF + "type")
_DATE = ox.NamedNode(XSD + "date")


def triples(period: Period) -> Iterator[ox.Triple]:
    """Give the triples of one period, and those it says of the acts that bound it."""
    node = ox.NamedNode(period.iri)
    roles = ("firstParty", "secondParty") if period.kind == "relations" else ("recogniser", "recognisedParty")
    yield ox.Triple(node, _TYPE, term(_CLASS[period.kind]))
    for role, side in zip(roles, (period.first, period.second), strict=True):
        yield ox.Triple(node, term(role), ox.NamedNode(side))
    began = ox.NamedNode(period.began.iri)
    yield ox.Triple(node, term("beganBy" if period.continues is None else "beganByContinuity"), began)
    yield from _bounds(node, "start", period.began)
    if period.continues:
        yield ox.Triple(node, term("continuesPeriod"), ox.NamedNode(period.continues))
    if period.resumes:
        yield ox.Triple(began, _TYPE, term("ResumptionOfRecognition"))
    if period.ended:
        yield from _ending(node, period, period.ended)
    if period.implied_end and period.no_longer_recognised:
        yield ox.Triple(node, term("impliedRecognitionEndedBy"), ox.NamedNode(period.implied_end.iri))
        yield ox.Triple(node, term("noLongerRecognised"), ox.NamedNode(period.no_longer_recognised))
        yield from _bounds(node, "impliedEnd", period.implied_end)


def _bounds(node: ox.NamedNode, name: str, event: Event) -> Iterator[ox.Triple]:
    yield ox.Triple(node, term(name + "Earliest"), ox.Literal(event.earliest, datatype=_DATE))
    yield ox.Triple(node, term(name + "Latest"), ox.Literal(event.latest, datatype=_DATE))


def _ending(node: ox.NamedNode, period: Period, ended: Event) -> Iterator[ox.Triple]:
    by = "endedByEndOf" if ended.kind == "EndOfPolity" else "endedBy"
    yield ox.Triple(node, term(by), ox.NamedNode(ended.iri))
    yield ox.Triple(node, term("endReason"), ox.Literal(END_REASONS[ended.kind]))
    yield from _bounds(node, "end", ended)
    if ended.kind == "WithdrawalOfRecognition" and period.continues is None and period.kind == "recognition":
        yield ox.Triple(ox.NamedNode(ended.iri), term("reverses"), ox.NamedNode(period.began.iri))
