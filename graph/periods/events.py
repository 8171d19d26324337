"""Acts and the ends of polities as dated events, read back from asserted triples.

The sweep over periods works on these, so it does not matter whether a fact came from a table, an
import or an update.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from comity.iris import CO, RDF

_TYPE = RDF + "type"
_ACT_PROPERTIES = ("actor", "object", "edtf", "earliest", "latest")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that opens or closes periods: an act, a succession, or the end of a polity.

    Days are ISO strings, which sort as the days do.
    """

    iri: str
    kind: str
    actor: str
    object: str
    edtf: str
    earliest: str
    latest: str

    @property
    def order(self) -> tuple[str, str, str]:
        """Where the event stands among others: latest day, earliest day, IRI."""
        return self.latest, self.earliest, self.iri

    def follows(self, other: "Event") -> bool:
        """Tell whether this event may come after another: it does unless it lies wholly or partly before.

        Where one date covers the other (``1991`` and ``1991-05-03``), the reading is the one in which a
        closing follows its opening.
        """
        return self.latest >= other.latest or self.earliest >= other.earliest


@dataclass
class Chronicle:
    """All events of a graph, by kind, with what the rules need to know of the parties."""

    acts: list[Event] = field(default_factory=list)
    ends: dict[str, Event] = field(default_factory=dict)
    continuities: list[Event] = field(default_factory=list)
    rivals: dict[str, set[str]] = field(default_factory=dict)


def chronicle(triples: Iterable[ox.Triple | ox.Quad]) -> Chronicle:
    """Read the events from asserted triples: acts, ends of polities, uncontested continuities, rival governments."""
    values: dict[str, dict[str, str]] = defaultdict(dict)
    found = Chronicle(rivals=defaultdict(set))
    for triple in triples:
        subject, predicate, value = triple.subject, triple.predicate.value, triple.object
        if isinstance(subject, ox.Triple) or isinstance(value, ox.Triple):
            continue  # RDF 1.2 terms, which the tables never give
        if predicate == _TYPE:
            if value.value.startswith(CO):
                values[subject.value].setdefault("type", value.value.removeprefix(CO))
        elif predicate.startswith(CO):
            name = predicate.removeprefix(CO)
            if name == "rivalGovernmentOf":
                found.rivals[subject.value].add(value.value)
            elif name in _WANTED:
                values[subject.value][name] = value.value
    for iri, node in values.items():
        _file(iri, node, found)
    found.acts.sort(key=lambda event: event.order)
    found.continuities.sort(key=lambda event: event.order)
    return found


_WANTED = frozenset(
    (*_ACT_PROPERTIES, "ended", "endedEarliest", "endedLatest", "successor", "predecessor", "successionKind")
)


#: What is incomplete is no event; the shapes refuse it where it comes from a table or an import.
_CONTINUITY = frozenset({"successor", "predecessor", "successionKind", "type", "edtf", "earliest", "latest"})


def _file(iri: str, node: dict[str, str], found: Chronicle) -> None:
    if {"actor", "object", "edtf", "earliest", "latest"} <= node.keys():
        found.acts.append(
            Event(iri, node.get("type", "Act"), *(node.get(name, "") for name in _ACT_PROPERTIES))
        )
    elif {"ended", "endedEarliest", "endedLatest"} <= node.keys():
        bounds = (node["ended"], node["endedEarliest"], node["endedLatest"])
        found.ends[iri] = Event(iri, "EndOfPolity", iri, "", *bounds)
    elif node.keys() >= _CONTINUITY and (node["successionKind"], node["type"]) == ("continues", "Succession"):
        sides = (node["successor"], node["predecessor"])
        found.continuities.append(
            Event(iri, "Continuity", *sides, node["edtf"], node["earliest"], node["latest"])
        )
