"""One generation of the graph, open on disk for the queries of pages and tools."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import pyoxigraph as ox

from comity.edtf import dated
from comity.english import with_article
from comity.explanation.explain import Explainer
from comity.iris import BASE, CO, PREFIXES, PROPOSALS, RDF, RDFS, SKOS, TYPE, identifier, term
from comity.periods.in_force import NEVER, Interval
from comity.questions.coverage import Coverage
from comity.questions.lookup import Names, folder_of
from comity.schema import bind
from comity.server.processes.shared_calendar import read_shared
from comity.snapshots import perspectives
from comity.snapshots.calendar import Pair
from comity.snapshots.graphs import Address, Snapshots
from comity.snapshots.refusals import refusing_statuses
from comity.store import database as stores
from comity.store.steps import steps_between

_DEFAULT = ox.DefaultGraph()
_SOURCE = BASE + "source/"
_LABELS = (ox.NamedNode(RDFS + "label"), ox.NamedNode(SKOS + "prefLabel"))
#: A row of an answer: the values by variable, without unbound ones.
Row = dict[str, str]
#: The nouns for polities, by their kind in the catalogue.
KINDS = {
    "un_member": "member state of the United Nations",
    "un_observer": "observer state at the United Nations",
    "de_facto": "de facto entity",
    "former_de_facto": "former de facto entity",
    "former_state": "former state",
    "associated_state": "associated state",
    "other": "polity of another kind",
}
#: The number of results that a reader caches per function, per function that depends on a day, and per function that
#: returns all that concerns a party, which is thousands of objects for some.
_MOST_KEPT, _MOST_DAYS, _MOST_PARTIES = 2_000, 200, 40
_MOST_LABELS = 20_000
P = ParamSpec("P")
T = TypeVar("T")
Kept = Callable[Concatenate["GraphReader", P], T]


class Thing:
    """What the default graph states about a thing, by property."""

    def __init__(self, iri: str, values: dict[str, list[Any]]) -> None:
        self.iri = iri
        self.values = values

    def terms(self, name: str) -> list[Any]:
        """Return the values of a property: a full IRI, a name in the ontology, or ``a`` for the class."""
        predicate = name if name.startswith("http") else RDF + "type" if name == "a" else CO + name
        return self.values.get(predicate, [])

    def of(self, name: str) -> str:
        """Return one value of a property as text; empty if there is none."""
        found = self.terms(name)
        return str(found[0].value) if found else ""

    def all(self, name: str) -> list[str]:
        """Return all values of a property as texts, in order."""
        return sorted(str(value.value) for value in self.terms(name))

    def interval(self) -> Interval:
        """Return the period from its start to its end, each with its bounds."""
        bounds = ("startEarliest", "startLatest", "endEarliest", "endLatest")
        first, latest, end, end_latest = (self.of(name) for name in bounds)
        return Interval.of(first or NEVER, latest or NEVER, end, end_latest)


def keeping(most: int) -> Callable[[Kept[P, T]], Kept[P, T]]:
    """Return a decorator that caches what a function derives from a generation for the lifetime of its reader.

    The arguments after the reader must be hashable, and the result must not be modified.

    :param most: the number of results to cache; the oldest is discarded first.
    """

    def kept(function: Kept[P, T]) -> Kept[P, T]:
        @wraps(function)
        def from_cache(reader: "GraphReader", /, *args: P.args, **kwargs: P.kwargs) -> T:
            cache = reader.derived.setdefault(function, {})
            if args not in cache:
                found = function(reader, *args, **kwargs)
                while len(cache) >= most:
                    cache.pop(next(iter(cache)), None)
                cache[args] = found
            value: T = cache[args]
            return value

        return from_cache

    return kept


#: For results that depend on nothing, or on a thing in the graph.
kept = keeping(_MOST_KEPT)
#: For results that depend on a day, of which a client may request any number.
kept_for_days = keeping(_MOST_DAYS)
#: For results that contain all acts or periods of a party.
kept_for_parties = keeping(_MOST_PARTIES)


class GraphReader:
    """One generation of the store, read in this process only by the program's own queries."""

    def __init__(self, store: ox.Store, generation: str, meta: Mapping[str, Any]) -> None:
        self.store = store
        self.generation = generation
        self.meta = meta
        self.lock = threading.RLock()
        #: The results of functions decorated with :func:`kept`, by function and arguments.
        self.derived: dict[Any, dict[Any, Any]] = {}
        self._labels: dict[str, str] = {}

    def prepare(self) -> None:
        """Read what most pages need: what is in force on any day, the coverage of the record, and all names."""
        with self.lock:
            _ = self.snapshots
        self.coverage.own("")
        self.names.prepare()

    @cached_property
    def names(self) -> Names:
        """The look-up of things by name."""
        return Names(self.store)

    @cached_property
    def snapshots(self) -> Snapshots:
        """What is in force on a day, without writing to the store."""
        found = Snapshots(self.store, ox.Store())
        # Pages need most of what it reads, and the source data need not be kept.
        found.calendar.prepare()
        return found

    @cached_property
    def coverage(self) -> Coverage:
        """The coverage of the record, by statements and known totals."""
        with self.lock:
            return Coverage(self.store, self.snapshots.calendar)

    @cached_property
    def explainer(self) -> Explainer:
        """Explains triples; for one thread at a time, holding :attr:`lock`."""
        return Explainer(self.store)

    def rows(self, text: str, **terms: ox.NamedNode | ox.Literal | None) -> list[Row]:
        """Return the rows of one of the program's SELECT queries, with the given terms in its VALUES line."""
        solutions = self.store.query(bind(text, terms) if terms else text, prefixes=PREFIXES, base_iri=BASE)
        assert isinstance(solutions, ox.QuerySolutions)
        names = [variable.value for variable in solutions.variables]
        return [
            {
                name: str(getattr(value, "value", ""))
                for name, value in zip(names, row, strict=True)
                if value is not None
            }
            for row in solutions
        ]

    def pairs(self, day: str, reading: str, name: str) -> dict[Pair, None]:
        """Return the pairs of one relation on a day: express, implied, recognises, frozen, relations, membership."""
        with self.lock:
            return self.snapshots.pairs(Address(day, reading), name)

    def view(self, day: str, reading: str, party: str) -> list[perspectives.Statement]:
        """Return a party's positions on a day, from its claims and recognitions."""
        return perspectives.view(self.store, day, reading, party, self.pairs(day, reading, "recognises"))

    def label(self, iri: str) -> str:
        """Return the name of a thing, or the end of its IRI if it has none."""
        return self.name(iri) or identifier(iri.removeprefix(CO)).replace("-", " ")

    def named(self, iri: str) -> str:
        """Return the name of a thing as used within a sentence: *the United States*."""
        return with_article(self.label(iri))

    def name(self, iri: str) -> str:
        """Return the label of a thing, with dates written out; empty if it has none."""
        if iri not in self._labels:
            node = ox.NamedNode(iri)
            quads = (quad for label in _LABELS for quad in self.quads(node, label, None))
            quad = next(quads, None)
            if len(self._labels) > _MOST_LABELS:
                self._labels.clear()
            name = self._of_evidence(node) if quad is None else quad.object.value
            if not name:  # A client may have made the IRI up, so it is not kept.
                return ""
            # A source keeps its publisher's title.
            self._labels[iri] = name if iri.startswith(_SOURCE) else dated(name)
        return self._labels[iri]

    def _of_evidence(self, iri: ox.NamedNode) -> str:
        """Return the name of a piece of evidence, which has no label: what it supports, and its source."""
        source = next((quad.object.value for quad in self.quads(iri, term("source"), None)), "")
        borne_out = next((quad.subject.value for quad in self.quads(None, term("evidence"), iri)), "")
        return f"{self.label(borne_out)}: {self.label(source)}" if source and borne_out else ""

    def quads(self, subject: Any, predicate: Any, value: Any, graph: Any = _DEFAULT) -> Iterator[Any]:
        """Return the quads matching a pattern, in the default graph unless another is named."""
        return self.store.quads_for_pattern(subject, predicate, value, graph)

    def thing(self, iri: str) -> Thing:
        """Return what the default graph states about a thing."""
        values: dict[str, list[Any]] = {}
        for quad in self.quads(ox.NamedNode(iri), None, None) if iri else ():
            values.setdefault(quad.predicate.value, []).append(quad.object)
        return Thing(iri, values)

    def subjects(self, name: str, iri: str) -> list[str]:
        """Return the things that have a thing as the value of a property of the ontology, in order."""
        quads = self.quads(None, term(name), ox.NamedNode(iri))
        return sorted({quad.subject.value for quad in quads})

    def column(self, name: str, graph: Any = _DEFAULT) -> dict[str, str]:
        """Return one value of a property of the ontology for each thing that has it, by scanning them all."""
        return {quad.subject.value: quad.object.value for quad in self.quads(None, term(name), None, graph)}

    def pointing(self, iri: str) -> Iterator[Any]:
        """Return the quads of the default graph whose object is a thing."""
        return self.quads(None, None, ox.NamedNode(iri))

    def of_class(self, name: str) -> list[str]:
        """Return the IRIs in a class of the ontology, ordered by label."""
        quads = self.quads(None, TYPE, term(name))
        return sorted({quad.subject.value for quad in quads}, key=lambda iri: self.label(iri).casefold())

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of each polity in the catalogue, by IRI."""
        rows = self.rows("SELECT ?polity ?kind WHERE { ?polity a co:Polity ; co:kind ?kind }")
        return {row["polity"]: row["kind"] for row in rows}

    def kind_of(self, iri: str) -> str:
        """Return in words what kind of thing an IRI names."""
        folder = folder_of(iri)
        if folder == "organisation" and next(self.quads(ox.NamedNode(iri), TYPE, term("Government")), None):
            return "government"
        return KINDS.get(self.kinds.get(iri, ""), "polity") if folder == "polity" else folder

    @cached_property
    def refusing(self) -> frozenset[str]:
        """The statuses that deny that a polity is a sovereign state."""
        return refusing_statuses(self.store)

    @cached_property
    def proposals(self) -> Counter[str]:
        """The number of acts about each polity that are excluded everywhere because they have no source."""
        quads = self.quads(None, term("object"), None, PROPOSALS)
        return Counter(quad.object.value for quad in quads)


def open_reader(
    store_path: Path, generation: str, before: GraphReader | None = None, shared: Path | None = None
) -> GraphReader:
    """Return a reader of one generation of a store on disk, open read-only.

    :param before: the reader of an earlier generation, whose snapshots and names are updated if there are steps.
    :param shared: a file in which other processes may share what is in force on any day.
    :raises OSError: if the generation does not exist or cannot be read.
    """
    folder = store_path / "generations" / generation
    reader = GraphReader(
        ox.Store.read_only(str(folder)), generation, stores.stamp(store_path, generation) or {}
    )
    # If no page has needed them yet, there is nothing to update.
    known = before if before and "snapshots" in vars(before) else None
    steps = steps_between(store_path, known.generation, generation) if known else None
    if known and steps:
        changed = set().union(*(step.subjects for step in steps))
        with known.lock:
            reader.snapshots = known.snapshots.after(reader.store, ox.Store(), changed)
        reader.names = known.names.after(reader.store, changed)
    elif shared is not None and (calendar := read_shared(reader.store, generation, store_path, shared)):
        reader.snapshots = Snapshots(reader.store, ox.Store())
        reader.snapshots.calendar = calendar
    return reader
