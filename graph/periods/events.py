"""Events that open and close periods, and refusing claims, read from asserted triples.

Periods are derived from these, so it makes no difference whether a fact came from a table, an import or an update.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from comity.iris import CO, RDF, SKOS, STATUS
from comity.periods.in_force import Interval

_TYPE = RDF + "type"
_BROADER = SKOS + "broader"
_ACT = ("actor", "object", "edtf", "earliest", "latest")
_END = ("ended", "endedEarliest", "endedLatest")
_CLAIM = ("claimant", "about", "status", "startEarliest", "startLatest")
_CONTINUITY = frozenset({"successor", "predecessor", "successionKind", "type", "edtf", "earliest", "latest"})
_CARRIES = ("carriesRelations", "carriesRecognitions")
_SPAN_END = ("until", "endEarliest", "endLatest")
_VALUES = frozenset(
    (*_ACT, "capacity", "inPlaceOf", *_END, *_CLAIM, *_SPAN_END, *_CARRIES, *(_CONTINUITY - {"type"}))
)
_TIES = ("rivalGovernmentOf", "governmentOf", "incompatibleWith")
_READ = frozenset((_TYPE, _BROADER, *(CO + name for name in (*_VALUES, *_TIES))))
#: The kind of event by which a state that continues another takes over all its periods.
CONTINUITY = "Continuity"
#: Statuses that make a claim a refusal: those that exclude one of these ...
_STATEHOOD = frozenset({STATUS + "state", STATUS + "sovereign-state"})
#: ... but not these, which leave open whether the territory is a state.
_OPEN_STATUSES = frozenset(
    {STATUS + "territory-of-undetermined-status", STATUS + "non-self-governing-territory"}
)


@dataclass(frozen=True, slots=True)
class Event:
    """An event that opens or closes periods: an act, a succession, or the end of a polity or government.

    Days are ISO strings, which sort chronologically.
    """

    iri: str
    kind: str
    actor: str
    object: str
    edtf: str
    earliest: str
    latest: str
    #: The capacity in which a government is recognised, and in place of which other; empty if not stated.
    capacity: str = ""
    in_place_of: str = ""

    @property
    def order(self) -> tuple[str, str, str]:
        """The sort key of the event: latest day, earliest day, IRI."""
        return self.latest, self.earliest, self.iri

    @property
    def days(self) -> tuple[str, str]:
        """The earliest and latest day of the event."""
        return self.earliest, self.latest

    def follows(self, other: "Event") -> bool:
        """Return whether this event may come after another: it may unless it is wholly or partly before.

        If one date covers the other (``1991`` and ``1991-05-03``), the interpretation is the one in which a
        closing follows its opening.
        """
        return self.latest >= other.latest or self.earliest >= other.earliest


@dataclass(frozen=True, slots=True)
class Refusal:
    """A claim by a party, for a time, that another is not a state or not a sovereign one."""

    iri: str
    claimant: str
    about: str
    interval: Interval


@dataclass
class EventLog:
    """All events of a graph by kind, with the data on parties that the rules need."""

    acts: list[Event] = field(default_factory=list)
    ends: dict[str, Event] = field(default_factory=dict)
    continuities: list[Event] = field(default_factory=list)
    rivals: dict[str, set[str]] = field(default_factory=dict)
    #: The polity that each government governs or claims to.
    governments: dict[str, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    #: The statuses that make a claim a refusal, by IRI.
    refusing: frozenset[str] = frozenset()


def read_events(triples: Iterable[ox.Triple | ox.Quad], refusing: frozenset[str] | None = None) -> EventLog:
    """Return the events described by asserted triples: acts, ends of parties, uncontested continuities, refusals.

    :param refusing: the statuses that make a claim a refusal; by default, those of the triples' own scheme.
    """
    values: dict[str, dict[str, str]] = defaultdict(dict)
    broader: dict[str, set[str]] = defaultdict(set)
    incompatible: dict[str, set[str]] = defaultdict(set)
    log = EventLog(rivals=defaultdict(set))
    for triple in triples:
        if (predicate := triple.predicate.value) not in _READ:
            continue
        subject, value = triple.subject, triple.object
        if isinstance(subject, ox.Triple) or isinstance(value, ox.Triple):
            continue  # RDF 1.2 terms, which the tables never produce
        if predicate == _TYPE:
            if value.value.startswith(CO):
                values[subject.value].setdefault("type", value.value.removeprefix(CO))
        elif predicate == _BROADER:
            broader[subject.value].add(value.value)
        else:
            name = predicate.removeprefix(CO)
            if name == "rivalGovernmentOf":
                log.rivals[subject.value].add(value.value)
            elif name == "governmentOf":
                log.governments[subject.value] = value.value
            elif name == "incompatibleWith":
                incompatible[subject.value].add(value.value)
                incompatible[value.value].add(subject.value)
            else:
                values[subject.value][name] = value.value
    log.refusing = statuses_that_refuse(broader, incompatible) if refusing is None else refusing
    for iri, node in values.items():
        _add(iri, node, log)
    log.acts.sort(key=lambda event: event.order)
    log.continuities.sort(key=lambda event: event.order)
    log.refusals.sort(key=lambda refusal: refusal.iri)
    return log


def _add(iri: str, node: dict[str, str], log: EventLog) -> None:
    """Add the event or refusal that the values of a node describe; incomplete ones are left to the shapes.

    :param node: the values by the local names of their properties.
    """
    if node.keys() >= set(_ACT):
        values = [*(node[name] for name in _ACT), node.get("capacity", ""), node.get("inPlaceOf", "")]
        log.acts.append(Event(iri, node.get("type", "Act"), *values))
    elif iri in log.governments:
        if node.keys() >= set(_SPAN_END):
            log.ends[iri] = Event(iri, "EndOfGovernment", iri, "", *(node[name] for name in _SPAN_END))
    elif node.keys() >= set(_END):
        log.ends[iri] = Event(iri, "EndOfPolity", iri, "", *(node[name] for name in _END))
    elif (
        node.keys() >= _CONTINUITY
        and node["type"] == "Succession"
        and (node["successionKind"] == "continues" or node.keys() & set(_CARRIES))
    ):
        carried = "+".join(name for name in _CARRIES if name in node)
        kind = CONTINUITY if node["successionKind"] == "continues" else carried
        sides = (node["successor"], node["predecessor"])
        log.continuities.append(Event(iri, kind, *sides, node["edtf"], node["earliest"], node["latest"]))
    elif (
        node.get("status") in log.refusing
        and node.keys() >= set(_CLAIM)
        and node.get("type") == "StatusClaim"
        and node["claimant"] != node["about"]
    ):
        bounds = (node["startEarliest"], node["startLatest"], node.get("endEarliest"), node.get("endLatest"))
        log.refusals.append(Refusal(iri, node["claimant"], node["about"], Interval.of(*bounds)))


def statuses_that_refuse(broader: dict[str, set[str]], incompatible: dict[str, set[str]]) -> frozenset[str]:
    """Return the statuses that exclude a state: ``skos:broader*/co:incompatibleWith`` a state, with two exceptions.

    Silence is not a refusal, nor is leaving a status open, or calling a territory not yet self-governing or
    occupied, or its government unlawful: that can be true of states, too.
    """
    refusing = set()
    for status in broader.keys() | incompatible.keys():
        ancestors, agenda = {status}, [status]
        while agenda:
            for ancestor in broader.get(agenda.pop(), set()) - ancestors:
                ancestors.add(ancestor)
                agenda.append(ancestor)
        if any(_STATEHOOD & incompatible.get(ancestor, set()) for ancestor in ancestors):
            refusing.add(status)
    return frozenset(refusing - _OPEN_STATUSES)
