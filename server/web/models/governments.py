"""The governments of a polity, and who recognised them: as the government, or in a limited capacity."""

from dataclasses import dataclass

from comity.iris import CO
from comity.periods.in_force import Interval
from comity.server.web.models.graph_reader import GraphReader, kept


@dataclass(frozen=True)
class Government:
    """A body that governs a polity or claims to, with its dates."""

    iri: str
    of: str
    interval: Interval
    since: str = ""
    until: str = ""
    phases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recognition:
    """A period in which a party recognises a government in one capacity."""

    party: str
    government: str
    of: str
    period: str
    capacity: str
    #: Whether the capacity falls short of being the government.
    limited: bool
    interval: Interval
    began: str
    since: str
    ended: str = ""
    until: str = ""
    reason: str = ""


@kept
def government(reader: GraphReader, iri: str) -> Government | None:
    """Return a government by its IRI; None if it is not one."""
    thing = reader.thing(iri)
    if not (of := thing.of("governmentOf")):
        return None
    span = (thing.interval(), thing.of("since"), thing.of("until"))
    return Government(iri, of, *span, tuple(thing.all("phase")))


@kept
def governments_of(reader: GraphReader, polity: str) -> list[Government]:
    """Return the governments of a polity with a known beginning, ordered by it."""
    found = [government(reader, iri) for iri in reader.subjects("governmentOf", polity)]
    dated = [one for one in found if one and one.since]
    return sorted(dated, key=lambda one: (one.interval.start, one.iri))


def at_the_same_time(reader: GraphReader, iri: str) -> list[Government]:
    """Return the other governments of the same polity whose time surely overlaps."""
    one = government(reader, iri)
    if one is None or not one.since:
        return []
    return [
        other
        for other in governments_of(reader, one.of)
        if other.iri != iri
        and max(one.interval.start[1], other.interval.start[1])
        < min(one.interval.end[0], other.interval.end[0])
    ]


@kept
def recognitions(reader: GraphReader, iri: str) -> list[Recognition]:
    """Return all recognitions of a government, or of governments by a party, ordered by beginning."""
    periods = [*reader.subjects("recognisedGovernment", iri), *reader.subjects("recogniser", iri)]
    found = []
    for period in dict.fromkeys(periods):
        thing = reader.thing(period)
        if not (towards := thing.of("recognisedGovernment")):
            continue
        began = reader.thing(thing.of("beganBy") or thing.of("beganByContinuity"))
        ended = reader.thing(thing.of("endedBy") or thing.of("endedByEndOf"))
        found.append(
            Recognition(
                thing.of("recogniser"),
                towards,
                reader.thing(towards).of("governmentOf"),
                period,
                thing.of("capacity"),
                CO + "LimitedRecognitionPeriod" in thing.all("a"),
                thing.interval(),
                began.iri,
                began.of("edtf"),
                ended.iri,
                next(filter(None, map(ended.of, ("edtf", "until", "ended"))), ""),
                thing.of("endReason"),
            )
        )
    return sorted(found, key=lambda one: (one.interval.start, reader.label(one.party)))


def on_day(found: list[Recognition], day: str) -> list[tuple[Recognition, bool]]:
    """Return those of some recognitions that may be in force on a day, each with whether it certainly is."""
    return [(one, one.interval.in_force(day)) for one in found if one.interval.reading_on(day)]


def by_capacity(found: list[tuple[Recognition, bool]]) -> list[tuple[str, list[tuple[Recognition, bool]]]]:
    """Return recognitions on a day grouped by capacity, limited ones last; they are never added together."""
    groups: dict[tuple[bool, str], list[tuple[Recognition, bool]]] = {}
    for one, certain in found:
        groups.setdefault((one.limited, one.capacity), []).append((one, certain))
    ordered = sorted(groups.items(), key=lambda item: (item[0][0], -len(item[1]), item[0][1]))
    return [(capacity, those) for (_, capacity), those in ordered]
