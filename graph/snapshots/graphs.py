"""Snapshots: who recognises whom as of a day, as named graphs built when a query names them.

``…/as-of/2022-07-14`` states in the present tense what was certainly in force on that day;
``…/as-of/2022-07-14/possible`` what may have been, given inexact dates; appending ``…/according-to/X`` to either adds
the claims of the party X. A snapshot contains only what follows from the acts known to the graph.
"""

import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pyoxigraph as ox

from comity.edtf import day as read_day
from comity.errors import DateError, SnapshotError
from comity.iris import CO, LABEL, SNAPSHOT_PREFIX, TYPE, XSD, term
from comity.snapshots import perspectives
from comity.snapshots.calendar import Calendar, Pair
from comity.snapshots.perspectives import Statement

_ADDRESS = re.compile(
    r"(?P<day>[^/]+)(?P<possible>/possible)?(?:/according-to/(?P<party>[a-z0-9-]+))?", re.ASCII
)
_CURE = (
    "Write as-of/YYYY-MM-DD, optionally followed by /possible and by /according-to/ and the id of a polity or "
    "organisation, for example as-of/2022-07-14/according-to/ukraine."
)
#: The days for which snapshots exist; the graph has no data before or after them.
FIRST_DAY, LAST_DAY = "1700-01-01", "2199-12-31"
_INTEGER = ox.NamedNode(XSD + "integer")
_CATALOGUE = frozenset(
    term(name)
    for name in ("Polity", "State", "DeFactoEntity", "FormerState", "AssociatedState", "Organisation")
) | {term("InternationalOrganisation"), term("Government")}
#: The properties and classes of a snapshot, by the part that states them.
PARTS = {
    "recognises": "recognises",
    "recognisedBy": "recognisedBy",
    "recognisesExpressly": "express",
    "recognisesByRelations": "implied",
    "recognisesContradictorily": "contradictory",
    "recognitionFrozen": "frozen",
    "recognisesAsGovernment": "government",
    "recognisesInLimitedCapacity": "limited",
    "maintainsRelationsWith": "relations",
    "hasBrokenRelationsWith": "broken",
    "hasSuspendedRelationsWith": "suspended",
    "memberOf": "membership",
    "mutuallyRecognises": "mutual",
    "recogniserCount": "counts",
    "recognisedCount": "counts",
}
#: The number of quads inserted into the store at once.
_BATCH = 50_000
#: The number of days and parts whose pairs are cached.
_MOST_PAIRS = 64
ALL_PARTS = frozenset({*PARTS.values(), "catalogue", "perspective"})


@dataclass(frozen=True)
class Address:
    """The contents of a snapshot's IRI: the day, the reading, and the party whose perspective is added, if any."""

    day: str
    reading: str = "certain"
    party: str | None = None

    @property
    def iri(self) -> ox.NamedNode:
        """The IRI of the snapshot."""
        possible = "/possible" if self.reading == "possible" else ""
        view = f"/according-to/{self.party}" if self.party else ""
        return ox.NamedNode(f"{SNAPSHOT_PREFIX}{self.day}{possible}{view}")


def is_snapshot(iri: str) -> bool:
    """Return whether an IRI is under ``as-of/``, which contains only snapshots."""
    return iri.startswith(SNAPSHOT_PREFIX)


def read_address(iri: str) -> Address:
    """Parse the IRI of a snapshot.

    :raises SnapshotError: if it does not name a snapshot, or names a day far outside recorded history.
    """
    form = _ADDRESS.fullmatch(iri.removeprefix(SNAPSHOT_PREFIX)) if is_snapshot(iri) else None
    if form is None:
        raise SnapshotError(f"<{iri}> does not name a snapshot. {_CURE}")
    try:
        day = read_day(form["day"]).isoformat()
    except DateError as error:
        raise SnapshotError(f"<{iri}> does not name a snapshot: {error}") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise SnapshotError(f"<{iri}>: the graph covers {FIRST_DAY} to {LAST_DAY}. Use a day in that range.")
    return Address(day, "possible" if form["possible"] else "certain", form["party"])


class Snapshots:
    """Builds the snapshots of a store and keeps the most recent ones in it.

    :param store: where periods and claims are read from.
    :param target: where snapshots are written: a store in memory, never a generation on disk; by default the same.
    :param keep: the number of snapshots to keep before the least recently used is discarded.
    """

    def __init__(self, store: ox.Store, target: ox.Store | None = None, keep: int = 400) -> None:
        self.store = store
        self.target = store if target is None else target
        self._keep = keep
        #: The timelines of periods, each read on first use.
        self.calendar = Calendar(store)
        self._pairs: OrderedDict[tuple[str, str, str], dict[Pair, None]] = OrderedDict()
        self._entries: dict[Any, list[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]]] = {}
        #: The parts already built of each snapshot in the store, least recently used first.
        self.made: OrderedDict[ox.NamedNode, set[str]] = OrderedDict()

    def prepare(self) -> None:
        """Read everything needed to build snapshots, for forked workers that will be unable to open files.

        The engine counts references to quads it reads, so each worker that read them would copy their memory.
        """
        self.calendar.prepare()
        for quad in self.store.quads_for_pattern(None, TYPE, term("Party"), ox.DefaultGraph()):
            self._entry(quad.subject)

    def after(self, store: ox.Store, target: ox.Store, changed: Set[Any]) -> "Snapshots":
        """Return the builder of snapshots for a later state of the graph, rereading only what differs.

        :param store: the later state.
        :param target: where its snapshots are written.
        :param changed: every node with an added or removed triple.
        """
        later = Snapshots(store, target, self._keep)
        later.calendar = self.calendar.after(store, changed)
        later._entries = {party: entry for party, entry in self._entries.items() if party not in changed}
        return later

    def make(self, iris: Iterable[str], parts: frozenset[str] = ALL_PARTS) -> list[ox.NamedNode]:
        """Write these snapshots, at least the requested parts, to the store; remove the least recently used ones.

        :raises SnapshotError: if an IRI does not name a snapshot, or names a party that is not in the graph.
        """
        addresses = [read_address(iri) for iri in dict.fromkeys(iris)]
        quads: list[ox.Quad] = []
        graphs: list[ox.NamedNode] = []
        for address in addresses:
            quads += self._missing(address, parts)
            graphs.append(address.iri)
            # One transaction for many small snapshots, but no more of them at once than fit in memory.
            if len(quads) >= _BATCH or address is addresses[-1]:
                self._put(quads, graphs, parts)
                quads, graphs = [], []
        while len(self.made) > max(self._keep, len(addresses)):
            oldest, _ = self.made.popitem(last=False)
            self.target.remove_graph(oldest)
        return [address.iri for address in addresses]

    def _put(self, quads: list[ox.Quad], graphs: list[ox.NamedNode], parts: frozenset[str]) -> None:
        self.target.bulk_extend(quads)
        for graph in graphs:
            self.target.add_graph(graph)
            self.made[graph] = self.made.get(graph, set()) | parts
            self.made.move_to_end(graph)

    def _missing(self, address: Address, parts: frozenset[str]) -> list[ox.Quad]:
        """Return the quads of a snapshot in parts not built yet."""
        graph = address.iri
        missing = parts - self.made.get(graph, set())
        return (
            [ox.Quad(*statement, graph) for statement in self._triples(address, missing)] if missing else []
        )

    def pairs(self, address: Address, name: str) -> dict[Pair, None]:
        """Return the pairs of a part in force on the day of a snapshot."""
        key = (name, address.day, address.reading)
        if key not in self._pairs:
            self._pairs[key] = self.calendar.on(name, address.day, address.reading)
            if len(self._pairs) > _MOST_PAIRS:
                self._pairs.popitem(last=False)
        return self._pairs[key]

    def _triples(self, address: Address, parts: Iterable[str]) -> list[Statement]:
        statements: list[Statement] = []
        for part in sorted(parts):
            if part in _PROPERTY:
                statements += [(a, _PROPERTY[part], b) for a, b in self.pairs(address, part)]
            elif part == "catalogue":
                statements += self._catalogue(address)
            elif part != "perspective":
                statements += _OF_RECOGNITION[part](self.pairs(address, "recognises"))
            elif address.party:
                recognises = self.pairs(address, "recognises")
                statements += perspectives.view(
                    self.store, address.day, address.reading, address.party, recognises
                )
        return statements

    def _catalogue(self, address: Address) -> list[Statement]:
        """Label and classify the parties mentioned; in a perspective, nothing is classified beyond co:Polity."""
        pairs = chain.from_iterable(self.pairs(address, name) for name in _CATALOGUED)
        parties = dict.fromkeys(chain.from_iterable(pairs))
        hidden = CLASSIFICATION if address.party else frozenset()
        return [
            (party, predicate, value)
            for party in parties
            for predicate, value in self._entry(party)
            if value not in hidden
        ]

    def _entry(self, party: Any) -> list[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]]:
        """Return the labels and kinds of a party from the catalogue, as pairs of property and value."""
        if party not in self._entries:
            entry: list[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]] = []
            for predicate in (LABEL, TYPE):
                for quad in self.store.quads_for_pattern(party, predicate, None, ox.DefaultGraph()):
                    value = quad.object
                    if isinstance(value, ox.Literal) or (
                        isinstance(value, ox.NamedNode) and value in _CATALOGUE
                    ):
                        entry.append((predicate, value))
            self._entries[party] = entry
        return self._entries[party]


#: The property of each part that is a single timeline of the calendar.
_PROPERTY = {
    part: term(name) for name, part in PARTS.items() if part not in ("recognisedBy", "mutual", "counts")
}
#: The parts whose parties are labelled and classified in a snapshot.
_CATALOGUED = (
    *("recognises", "frozen", "relations", "broken", "suspended", "membership"),
    *("government", "limited"),
)
#: The classes by which the catalogue classifies polities; a perspective omits them, as its co:State is a claim.
CLASSIFICATION = frozenset(
    term(name) for name in ("State", "DeFactoEntity", "FormerState", "AssociatedState")
)


def _counts(recognises: Iterable[Pair]) -> list[Statement]:
    recognisers, recognised = Counter(b for _, b in recognises), Counter(a for a, _ in recognises)
    return [
        (party, term(name), ox.Literal(str(number), datatype=_INTEGER))
        for name, counter in (("recogniserCount", recognisers), ("recognisedCount", recognised))
        for party, number in counter.items()
    ]


def _inverse(recognises: Mapping[Pair, None]) -> list[Statement]:
    return [(b, term("recognisedBy"), a) for a, b in recognises]


def _mutual(recognises: Mapping[Pair, None]) -> list[Statement]:
    return [(a, term("mutuallyRecognises"), b) for a, b in recognises if (b, a) in recognises]


#: The parts derived from recognitions.
_OF_RECOGNITION: dict[str, Callable[[Mapping[Pair, None]], list[Statement]]] = {
    "recognisedBy": _inverse,
    "mutual": _mutual,
    "counts": _counts,
}


def parts_for(properties: Iterable[str] | None) -> frozenset[str]:
    """Return the parts needed by a query that mentions only these IRIs; all parts for None."""
    if properties is None:
        return ALL_PARTS
    known = {iri.removeprefix(CO) for iri in properties if iri.startswith(CO)}
    parts = {PARTS[name] for name in known if name in PARTS}
    if known - PARTS.keys() or any(not iri.startswith(CO) for iri in properties):
        parts |= {"catalogue", "perspective"}
    return frozenset(parts)
