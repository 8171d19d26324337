"""What the pages read: the generation that answers now, open on disk, with labels and a calendar at hand."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.explanation.why import Explainer
from comity.iris import BASE, CO, PREFIXES, PROPOSALS, RDF, RDFS, SKOS, term
from comity.rules import bind
from comity.snapshots import perspectives
from comity.snapshots.calendar import Pair
from comity.snapshots.graphs import Address, Snapshots
from comity.snapshots.refusals import refusing_statuses
from comity.store import database as stores

_DEFAULT = ox.DefaultGraph()
_LABELS = (ox.NamedNode(SKOS + "prefLabel"), ox.NamedNode(RDFS + "label"))
TYPE = ox.NamedNode(RDF + "type")
#: A row of an answer: the values by variable, without those that are unbound.
Row = dict[str, str]


class GraphReader:
    """One generation of the store, read in this process by queries of our own only."""

    def __init__(self, store: ox.Store, generation: str, meta: Mapping[str, Any]) -> None:
        self.store = store
        self.generation = generation
        self.meta = meta
        self.labels: dict[str, str] = {}
        for predicate in _LABELS:
            for quad in self.quads(None, predicate, None):
                self.labels[quad.subject.value] = quad.object.value
        self.lock = threading.RLock()
        self._views: dict[tuple[str, str, str], list[perspectives.Statement]] = {}

    @cached_property
    def snapshots(self) -> Snapshots:
        """Whatever is in force on a day; nothing is ever written to the store for it."""
        return Snapshots(self.store, ox.Store())

    @cached_property
    def explainer(self) -> Explainer:
        """Explains triples; used by one thread at a time, under :attr:`lock`."""
        return Explainer(self.store)

    @cached_property
    def shelf(self) -> dict[Any, Any]:
        """A place for what modules derive from this generation and want to keep as long as it."""
        return {}

    def rows(self, text: str, **terms: ox.NamedNode | ox.Literal | None) -> list[Row]:
        """Give the answer to a SELECT of ours; its VALUES line takes the given terms."""
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
        """Give the pairs of one relation on a day: express, implied, recognises, frozen, relations, membership."""
        with self.lock:
            return self.snapshots.pairs(Address(day, reading), name)

    def view(self, day: str, reading: str, party: str) -> list[perspectives.Statement]:
        """Give what a party holds on a day, by its claims and recognitions."""
        key = (day, reading, party)
        if key not in self._views:
            found = perspectives.view(self.store, day, reading, party, self.pairs(day, reading, "recognises"))
            while len(self._views) > 50:
                self._views.pop(next(iter(self._views)), None)
            self._views[key] = found
        return self._views[key]

    def label(self, iri: str) -> str:
        """Give the name of a thing, or the end of its IRI where it has none."""
        return self.labels.get(iri) or iri.removeprefix(CO).rpartition("/")[2].replace("-", " ")

    def quads(self, subject: Any, predicate: Any, value: Any, graph: Any = _DEFAULT) -> Iterator[Any]:
        """Give the quads of a pattern, of the default graph unless another is named."""
        return self.store.quads_for_pattern(subject, predicate, value, graph)

    def about(self, iri: str) -> dict[str, list[Any]]:
        """Give what the default graph says of a thing, by predicate; empty when it is not there."""
        found: dict[str, list[Any]] = {}
        for quad in self.quads(ox.NamedNode(iri), None, None):
            found.setdefault(quad.predicate.value, []).append(quad.object)
        return found

    def pointing(self, iri: str) -> Iterator[Any]:
        """Give what points at a thing in the default graph."""
        return self.quads(None, None, ox.NamedNode(iri))

    def of_class(self, name: str) -> list[str]:
        """Give the IRIs in a class of the ontology, in order of their labels."""
        quads = self.quads(None, TYPE, term(name))
        return sorted({quad.subject.value for quad in quads}, key=lambda iri: self.label(iri).casefold())

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of each polity as the catalogue has it, by IRI."""
        rows = self.rows("SELECT ?polity ?kind WHERE { ?polity a co:Polity ; co:kind ?kind }")
        return {row["polity"]: row["kind"] for row in rows}

    @cached_property
    def refusing(self) -> frozenset[str]:
        """The statuses whose holder says that a polity is no sovereign state."""
        return refusing_statuses(self.store)

    @cached_property
    def proposals(self) -> Counter[str]:
        """How many acts without a source, left out everywhere, are about each polity."""
        quads = self.quads(None, term("object"), None, PROPOSALS)
        return Counter(quad.object.value for quad in quads)

    def first(self, iri: str, predicate: str) -> str | None:
        """Give one value of a property of a thing."""
        quad = next(self.quads(ox.NamedNode(iri), ox.NamedNode(predicate), None), None)
        return None if quad is None else str(quad.object.value)


def open_reader(store_path: Path, generation: str) -> GraphReader:
    """Open one generation of a store on disk, read-only.

    :raises OSError: when the generation is not there or cannot be read.
    """
    folder = store_path / "generations" / generation
    return GraphReader(
        ox.Store.read_only(str(folder)), generation, stores.stamp(store_path, generation) or {}
    )
