"""Change requests: the requested change, the graph that it is computed on, and its result.

The existing content of the graph is read in the same form as tables, so that added rows refer to the same parties, cite
the same sources, respond to the same acts and are merged with the acts that they repeat, just as if they had been in
the tables from the start.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import pyoxigraph as ox

from comity.derivation import Derived, Difference, party_groups, succeeding_groups
from comity.errors import ComityError, Problem
from comity.iris import (
    BASE,
    CO,
    FACTS_PREFIX,
    INFERRED,
    ONTOLOGY,
    PERIODS,
    PROPOSALS,
    PROVENANCE,
    SHAPES,
    SKOS,
    SNAPSHOT_PREFIX,
    STATUS,
    TYPE,
    graph,
    identifier,
    is_asserted,
    is_facts,
    term,
)
from comity.periods.sweep import PartyGroups
from comity.schema import select
from comity.store.changelog import NQuads, Record
from comity.tables.acts import CLASS_OF_KIND, Act
from comity.tables.parties import Catalogue
from comity.tables.quad_builder import QuadBuilder
from comity.tables.reader import Row
from comity.tables.sources import Source, Sources, address_key, host_of
from comity.validation.report import Origin

_DEFAULT = ox.DefaultGraph()
_KIND_OF_CLASS = {name: kind for kind, name in CLASS_OF_KIND.items()}

#: The number of quads above which a change is a bulk change.
_MANY_QUADS = 20_000
#: The number of new sources up to which they are read one by one.
_FEW_SOURCES = 500
_SOURCE_COLUMNS = ("publisher", "title", "date", "url", "path", "kind")
_SOURCES = """SELECT ?source ?publisher ?title ?date ?url ?path ?kind WHERE { # which
  ?source a co:Source
  OPTIONAL { ?source co:publisher ?publisher }
  OPTIONAL { ?source dcterms:title ?title }
  OPTIONAL { ?source co:published ?date }
  OPTIONAL { ?source co:url ?url }
  OPTIONAL { ?source co:repositoryPath ?path }
  OPTIONAL { ?source co:kind ?kind }
} ORDER BY ?source ?publisher ?title ?date ?url ?path"""
_ACTS = f"""SELECT ?act ?class ?actor ?object ?edtf ?earliest ?latest WHERE {{ # which
  ?act co:actor ?actor ; co:object ?object ; co:edtf ?edtf ; co:earliest ?earliest ; co:latest ?latest .
  GRAPH ?g {{ ?act a ?class }}
  FILTER (STRSTARTS(STR(?g), "{FACTS_PREFIX}"))
}}"""
_PARTIES = """SELECT ?node (MIN(STR(?text)) AS ?label) WHERE {
  { ?node a co:Polity } UNION { ?node a co:Organisation }
  OPTIONAL { ?node rdfs:label ?text }
} GROUP BY ?node ORDER BY ?node"""


def catalogue_of(store: ox.Store) -> Catalogue:
    """Return the parties and statuses of a store."""
    catalogue = Catalogue()
    for row in select(store, _PARTIES):
        node = row["node"]
        if isinstance(node, ox.NamedNode) and node.value.startswith(BASE):
            catalogue.labels[node] = row["label"].value if row["label"] is not None else identifier(node)
            if node.value.startswith((BASE + "polity/", BASE + "organisation/")):
                catalogue.parties.setdefault(identifier(node), node)
    for quad in store.quads_for_pattern(None, TYPE, ox.NamedNode(SKOS + "Concept"), _DEFAULT):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(STATUS):
            catalogue.statuses[identifier(quad.subject)] = quad.subject
    return catalogue


def _in_catalogue(node: object) -> bool:
    """Return whether a node is a party or a status."""
    folders = (BASE + "polity/", BASE + "organisation/", STATUS)
    return isinstance(node, ox.NamedNode) and node.value.startswith(folders)


class SourceIndex:
    """All sources of a graph, by address and by the names that rows cite them by."""

    def __init__(self, store: ox.Store) -> None:
        """Read the sources of this store."""
        self.by_key: dict[str, Source] = {}
        self.aliases: dict[str, Source] = {}
        self.known: dict[ox.NamedNode, tuple[str, str, str]] = {}
        #: By host, the kind of its sources, after an empty publisher: the row of a new source names its own.
        self.publishers: dict[str, tuple[str, str]] = {}
        self._read(store, "")

    def update(self, store: ox.Store, added: Iterable[ox.Quad], removed: Iterable[ox.Quad]) -> bool:
        """Add the sources added by a change.

        :param store: the graph after the change.
        :returns: whether the index is now complete; if not, because a known source changed, all must be reread.
        """
        if any(quad.subject in self.known for quad in (*added, *removed)):
            return False
        nodes = [quad.subject for quad in added if quad.object == term("Source")]
        if len(nodes) > _FEW_SOURCES:
            return False  # Rereading all is faster.
        if nodes:
            self._read(store, f"VALUES ?source {{ {' '.join(map(str, nodes))} }}")
        return True

    def _read(self, store: ox.Store, which: str) -> None:
        for row in select(store, _SOURCES.replace("# which", which)):
            texts = [row[name].value if row[name] is not None else "" for name in _SOURCE_COLUMNS]
            node, (publisher, title, date, url, path, kind) = row["source"], texts
            if node in self.known:
                continue  # If a property has two values, the first is used.
            source = Source(node, publisher, title, date, url, path)
            key = address_key(url) if url else path or "|".join((publisher, title, date)).casefold()
            self.by_key.setdefault(key, source)
            self.known[node] = (publisher, title, date)
            if url and kind:
                self.publishers.setdefault(host_of(url), ("", kind))
            self.aliases.setdefault(identifier(node).casefold(), source)
            if title and not url:
                self.aliases.setdefault(title.casefold(), source)


class ExistingSources(Sources):
    """The sources that rows added to a graph cite; only those new to the graph are written."""

    def __init__(self, builder: QuadBuilder, index: SourceIndex) -> None:
        """Start with the sources of an index."""
        super().__init__(builder)
        self._by_key |= index.by_key
        self._aliases |= index.aliases
        self._publishers |= index.publishers
        self._known = index.known

    def _main(self, row: Row) -> Source:
        source = super()._main(row)
        if source.iri in self._known:  # Another description would give the source a second label.
            source.publisher, source.title, source.date = self._known[source.iri]
            source.other_titles.clear()
        return source

    def _write(self, source: Source) -> None:
        if source.iri not in self._known:
            super()._write(source)


def existing_acts(store: ox.Store, parties: set[ox.NamedNode] | None = None) -> list[Act]:
    """Return the acts in the facts of a store, or only those between some parties."""
    if parties is None:
        return _acts(store, "")
    names = " ".join(map(str, sorted(parties, key=str)))
    return _acts(store, f"VALUES ?actor {{ {names} }} VALUES ?object {{ {names} }}")


def existing_act(store: ox.Store, node: ox.NamedNode) -> Act | None:
    """Return an act of the graph, or None if the node is not one."""
    return next(iter(_acts(store, f"VALUES ?act {{ {node} }}")), None)


def _acts(store: ox.Store, which: str) -> list[Act]:
    """Return acts in order of IRI, each with the kind given by its classes in the graphs of facts."""
    acts: dict[ox.NamedNode, Act] = {}
    for row in select(store, _ACTS.replace("# which", which)):
        node, actor, object_ = row["act"], row["actor"], row["object"]
        kind = _KIND_OF_CLASS.get(row["class"].value.removeprefix(CO), "")
        if not kind or not all(isinstance(term, ox.NamedNode) for term in (node, actor, object_)):
            continue
        if node not in acts or kind > acts[node].kind:
            start, end = (dt.date.fromisoformat(row[name].value) for name in ("earliest", "latest"))
            edtf = row["edtf"].value
            acts[node] = Act(kind, actor, object_, edtf, start, end, sourced=True, rows=[], node=node)
    return [acts[node] for node in sorted(acts, key=str)]


#: The target of updates that name no graph.
ADDITIONS = graph("facts/additions")
_GENID = BASE + ".well-known/genid/"
_REASONS = {
    INFERRED: "what is inferred follows from the facts and cannot be written",
    PERIODS: "periods are derived from acts and cannot be written: enter the act that opens or ends one",
    ONTOLOGY: "the ontology ships with the program and cannot be written here",
    SHAPES: "the shapes ship with the program and cannot be written here",
    PROVENANCE: "provenance is kept by the program and cannot be written",
    PROPOSALS: "proposals are entered through the review queue",
}


class ProtectedError(ComityError):
    """The change is to something other than asserted facts."""


@dataclass(frozen=True)
class Author:
    """Who makes a change: the name of the token, and its role."""

    name: str
    role: str = "editor"


def is_bulk(quads: int) -> bool:
    """Return whether a change of this many quads is a bulk change.

    All facts are then read into memory, since looking each up on disk takes longer, and the writer yields to readers.
    """
    return quads > _MANY_QUADS


class CurrentGraph:
    """A generation, open for reading, that a change is computed on."""

    def __init__(self, store: ox.Store, generation: str = "", meta: dict[str, Any] | None = None) -> None:
        """Wrap an open store; ``meta`` is the stamp of its generation."""
        self.store, self.generation, self.meta = store, generation, meta or {}
        self._facts: ox.Store | None = None
        self._sources: SourceIndex | None = None
        self._catalogue: Catalogue | None = None
        self._groups: PartyGroups | None = None

    def facts_for(self, quads: int) -> ox.Store:
        """Return a store for looking up facts, or the ontology, by graph for a change of this many quads.

        It is the generation itself or, for a large change, its assertions in memory.
        """
        if self._facts is None and is_bulk(quads):
            self._facts = ox.Store()
            for name in self.store.named_graphs():
                if is_asserted(name):
                    self._facts.bulk_extend(self.store.quads_for_pattern(None, None, None, name))
        return self.store if self._facts is None else self._facts

    @property
    def groups(self) -> PartyGroups:
        """The groups of parties, read on first use."""
        if self._groups is None:
            self._groups = party_groups(self.store)
        return self._groups

    @property
    def catalogue(self) -> Catalogue:
        """The parties and statuses of the graph, read on first use."""
        if self._catalogue is None:
            self._catalogue = catalogue_of(self.store)
        return deepcopy(self._catalogue)  # Reading tables adds what they name.

    @property
    def sources(self) -> SourceIndex:
        """All sources in the graph, read on first use."""
        if self._sources is None:
            self._sources = SourceIndex(self.store)
        return self._sources

    def succeeded_by(self, after: "CurrentGraph", delta: "Delta") -> None:
        """Pass what was read and is not affected by the change on to the graph resulting from it."""
        changed = (*delta.added, *delta.removed)
        if not any(_in_catalogue(quad.subject) for quad in changed):
            after._catalogue = self._catalogue
        if self._groups is not None:
            after._groups = succeeding_groups(self._groups, after.store, [quad.triple for quad in changed])
        if self._sources is not None and self._sources.update(after.store, delta.added, delta.removed):
            after._sources = self._sources


@dataclass
class Changeset:
    """What a change request adds and removes.

    ``added`` and ``removed`` are facts; ``proposed`` are facts without a source, which only become proposals;
    ``metadata_added`` and ``metadata_removed`` are quads of provenance and proposals that the program itself writes.
    ``extra`` goes into the record.
    """

    added: list[ox.Quad] = field(default_factory=list)
    removed: list[ox.Quad] = field(default_factory=list)
    proposed: list[ox.Quad] = field(default_factory=list)
    metadata_added: list[ox.Quad] = field(default_factory=list)
    metadata_removed: list[ox.Quad] = field(default_factory=list)
    origin: Origin = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)


#: Computes a change from the graph at the time it is applied.
ChangeBuilder = Callable[[CurrentGraph], Changeset]


@dataclass(frozen=True)
class Delta:
    """The quads that a change effectively adds and removes, by named graph."""

    added: frozenset[ox.Quad] = frozenset()
    removed: frozenset[ox.Quad] = frozenset()

    def __len__(self) -> int:
        return len(self.added) + len(self.removed)

    def __or__(self, other: "Delta") -> "Delta":
        return Delta(self.added | other.added, self.removed | other.removed)


@dataclass(frozen=True)
class ChangeResult:
    """The result of a change request.

    ``number`` is that of its record, or None if there was nothing to change or nothing was recorded; ``opened`` and
    ``closed`` count periods; for a dry run, ``periods`` is what would be added to their graph and removed from it.
    """

    number: int | None
    kind: str
    generation: str
    added: NQuads = field(default_factory=NQuads)
    removed: NQuads = field(default_factory=NQuads)
    warnings: tuple[Problem, ...] = ()
    opened: int = 0
    closed: int = 0
    proposal: int | None = None
    dry_run: bool = False
    periods: tuple[NQuads, NQuads] = field(default_factory=lambda: (NQuads(), NQuads()))

    @classmethod
    def of(
        cls, kind: str, delta: Delta, derived: Derived, warnings: Iterable[Problem], dry_run: bool = False
    ) -> "ChangeResult":
        """Return the result of a change that was not recorded."""
        starts = term("startLatest")
        opened, closed = (
            sum(triple.predicate == starts for triple in side)
            for side in (derived.periods.added, derived.periods.removed)
        )
        sides = NQuads.of(delta.added), NQuads.of(delta.removed)
        result = cls(None, kind, "", *sides, tuple(warnings), opened, closed, None, dry_run)
        if not dry_run:
            return result
        added, removed = (
            NQuads.of(ox.Quad(triple.subject, triple.predicate, triple.object, PERIODS) for triple in side)
            for side in (derived.periods.added, derived.periods.removed)
        )
        return replace(result, periods=(added, removed))

    def kept(self, record: Record, generation: str) -> "ChangeResult":
        """Return the result with its record."""
        return replace(
            self,
            number=record.number,
            generation=generation,
            added=record.added,
            removed=record.removed,
            proposal=record.number if record.kind == "proposal" else None,
        )


def effective(
    store: ox.Store, added: Iterable[ox.Quad], removed: Iterable[ox.Quad], facts: ox.Store | None = None
) -> Delta:
    """Return what a change request changes in a store, without adding what exists or removing what does not.

    Quads without a graph are added to ``graph/facts/additions``, and removed from every graph of facts.

    :param facts: a store that contains all facts of that one, for faster look-ups.
    :raises ProtectedError: if it would change anything but asserted facts.
    """
    facts = store if facts is None else facts
    coming, going = set(), set()
    for quad in canonical(map(_skolemised, added)):
        if quad.graph_name != _DEFAULT:
            check_writable(quad.graph_name)
            coming.add(quad)
        elif not fact_graphs(facts, quad):  # No graph of facts states it already.
            coming.add(ox.Quad(quad.subject, quad.predicate, quad.object, ADDITIONS))
    for quad in canonical(removed):
        going |= _targets(store, facts, quad)
    going -= coming
    return Delta(frozenset(quad for quad in coming if quad not in facts), frozenset(going))


def canonical(quads: Iterable[ox.Quad]) -> set[ox.Quad]:
    """Return quads as the store will return them: it rewrites some literals, ``"01"^^xsd:integer`` for one."""
    scratch = ox.Store()
    scratch.extend(quads)
    return set(scratch)


def facts_difference(store: ox.Store, delta: Delta) -> Difference:
    """Return the triples added to and removed from the facts, regardless of moves between graphs."""
    staying = {q.triple for q in delta.added if is_facts(q.graph_name)}
    subjects = {triple.subject for triple in staying}
    known = {node for node in subjects if next(store.quads_for_pattern(node, None, None, None), None)}
    coming = {triple for triple in staying if triple.subject not in known or not fact_graphs(store, triple)}
    going = set()
    for quad in delta.removed:
        if not is_facts(quad.graph_name) or quad.triple in staying:
            continue
        names = fact_graphs(store, quad)
        if all(ox.Quad(quad.subject, quad.predicate, quad.object, name) in delta.removed for name in names):
            going.add(quad.triple)
    return Difference(frozenset(coming), frozenset(going))


def check_writable(name: object) -> None:
    """Check that a graph may be written, which only graphs of facts may be.

    :raises ProtectedError: if it is another graph, with the reason.
    """
    if is_facts(name):
        return
    iri = getattr(name, "value", "the default graph")
    reason = _REASONS.get(name) if isinstance(name, ox.NamedNode) else None
    if reason is None and iri.startswith(SNAPSHOT_PREFIX):
        reason = "an as-of graph is made from periods and cannot be written"
    reason = reason or f"facts live in graphs under {FACTS_PREFIX}"
    raise ProtectedError(
        f"<{iri}> takes no changes: {reason}. Write to a graph under {FACTS_PREFIX}, such as <{ADDITIONS.value}>."
    )


def is_protected(iri: str) -> bool:
    """Return whether a graph is one that requests never write: derived, part of the program, or a snapshot."""
    return iri.startswith(SNAPSHOT_PREFIX) or any(iri == name.value for name in _REASONS)


def fact_graphs(store: ox.Store, fact: ox.Quad | ox.Triple) -> list[ox.NamedNode]:
    """Return the graphs of facts that state a triple."""
    quads = store.quads_for_pattern(fact.subject, fact.predicate, fact.object, None)
    return [
        quad.graph_name
        for quad in quads
        if isinstance(quad.graph_name, ox.NamedNode) and is_facts(quad.graph_name)
    ]


def _skolemised(quad: ox.Quad) -> ox.Quad:
    """Return a quad with IRIs in place of blank nodes, so that later changes and reverts can refer to them."""
    if not isinstance(quad.subject, ox.BlankNode) and not isinstance(quad.object, ox.BlankNode):
        return quad
    subject, value = (
        ox.NamedNode(_GENID + node.value) if isinstance(node, ox.BlankNode) else node
        for node in (quad.subject, quad.object)
    )
    return ox.Quad(subject, quad.predicate, value, quad.graph_name)  # type: ignore[arg-type]


def _targets(store: ox.Store, facts: ox.Store, quad: ox.Quad) -> set[ox.Quad]:
    if quad.graph_name != _DEFAULT:
        check_writable(quad.graph_name)
        return {quad} if quad in facts else set()
    names = fact_graphs(facts, quad)
    if not names and quad in store:
        raise ProtectedError(
            f"{quad.triple} is derived or part of the ontology, and no table or import states it. "
            "Change the facts that it follows from; `comity explain` names them."
        )
    return {ox.Quad(quad.subject, quad.predicate, quad.object, name) for name in names}
