"""The parties, sources and acts of a graph, in the form in which tables are read.

Rows added to the graph then refer to the same parties, cite the same sources, respond to the same acts and are merged
with the acts that they repeat, just as if they had been in the tables from the start.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from comity.iris import BASE, CO, FACTS_PREFIX, SKOS, STATUS, TYPE, identifier, term
from comity.schema import select
from comity.tables.acts import CLASS_OF_KIND, Act
from comity.tables.parties import Catalogue
from comity.tables.quad_builder import QuadBuilder
from comity.tables.reader import Row
from comity.tables.sources import TITLE, Source, Sources, address_key, host_of

_DEFAULT = ox.DefaultGraph()
_KIND_OF_CLASS = {name: kind for kind, name in CLASS_OF_KIND.items()}
#: The number of new sources up to which they are read one by one.
_FEW_SOURCES = 500
_SOURCE_COLUMNS = (
    term("publisher"),
    TITLE,
    term("published"),
    term("url"),
    term("repositoryPath"),
    term("kind"),
)
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


def in_catalogue(node: object) -> bool:
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
        typed = store.quads_for_pattern(None, TYPE, term("Source"), _DEFAULT)
        self._read(store, {quad.subject for quad in typed}, [None])

    def update(self, store: ox.Store, added: Iterable[ox.Quad], removed: Iterable[ox.Quad]) -> bool:
        """Add the sources added by a change.

        :param store: the graph after the change.
        :returns: whether the index is now complete; if not, because a known source changed, all must be reread.
        """
        if any(quad.subject in self.known for quad in (*added, *removed)):
            return False
        nodes = [quad.subject for quad in added if quad.predicate == TYPE and quad.object == term("Source")]
        if len(nodes) > _FEW_SOURCES:
            return False  # Rereading all is faster.
        self._read(store, nodes, nodes)
        return True

    def _read(self, store: ox.Store, nodes: Iterable[Any], among: Iterable[Any]) -> None:
        """Add sources.

        :param among: the things of which the properties are read; None for all at once.
        """
        columns = [_column(store, name, among) for name in _SOURCE_COLUMNS]
        for node in sorted(nodes, key=str):
            publisher, title, date, url, path, kind = (column.get(node, "") for column in columns)
            source = Source(node, publisher, title, date, url, path)
            key = address_key(url) if url else path or "|".join((publisher, title, date)).casefold()
            self.by_key.setdefault(key, source)
            self.known[node] = (publisher, title, date)
            if url and kind:
                self.publishers.setdefault(host_of(url), ("", kind))
            self.aliases.setdefault(identifier(node).casefold(), source)
            if title and not url:
                self.aliases.setdefault(title.casefold(), source)


def _column(store: ox.Store, name: ox.NamedNode, among: Iterable[Any]) -> dict[Any, str]:
    """Return the value of a property of each thing that has it; the first in order if it has several."""
    column: dict[Any, str] = {}
    for node in among:
        for quad in store.quads_for_pattern(node, name, None, _DEFAULT):
            if isinstance(quad.object, ox.Literal):
                value = quad.object.value
                column[quad.subject] = min(value, column.get(quad.subject, value))
    return column


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

    def _is_new(self, source: Source) -> bool:
        return source.iri not in self._known

    def _write(self, source: Source) -> None:
        if self._is_new(source):
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
