"""What the graph knows already, in the form in which tables are read: parties, statuses, sources and acts.

So rows that are added to a built graph name the same parties, cite the same sources, answer the same acts and are
joined with the acts that they repeat, just as if they had stood in the tables from the start.
"""

import datetime as dt
from collections.abc import Iterable

import pyoxigraph as ox

from comity.iris import BASE, CO, PREFIXES, RDF, RDFS, STATUS, identifier, is_facts, term
from comity.tables.acts import CLASS_OF_KIND, Act
from comity.tables.parties import Catalogue
from comity.tables.quad_builder import QuadBuilder
from comity.tables.reader import Row
from comity.tables.sources import Source, Sources, address_key

_DEFAULT = ox.DefaultGraph()
_TYPE = ox.NamedNode(RDF + "type")
_LABEL = ox.NamedNode(RDFS + "label")
_KIND_OF_CLASS = {name: kind for kind, name in CLASS_OF_KIND.items()}


_SOURCE_COLUMNS = ("publisher", "title", "date", "url", "path")
_SOURCES = """SELECT ?source ?publisher ?title ?date ?url ?path WHERE { # which
  ?source a co:Source
  OPTIONAL { ?source co:publisher ?publisher }
  OPTIONAL { ?source dcterms:title ?title }
  OPTIONAL { ?source co:published ?date }
  OPTIONAL { ?source co:url ?url }
  OPTIONAL { ?source co:repositoryPath ?path }
} ORDER BY ?source ?publisher ?title ?date ?url ?path"""


def catalogue_of(store: ox.Store) -> Catalogue:
    """Return the parties and statuses of a store."""
    found = Catalogue()
    for name in ("Polity", "Organisation"):
        for quad in store.quads_for_pattern(None, _TYPE, term(name), _DEFAULT):
            node = quad.subject
            if isinstance(node, ox.NamedNode) and node.value.startswith(BASE):
                found.labels[node] = first(store, node, _LABEL) or identifier(node)
                if node.value.startswith((BASE + "polity/", BASE + "organisation/")):
                    found.parties.setdefault(identifier(node), node)
    concept = ox.NamedNode("http://www.w3.org/2004/02/skos/core#Concept")
    for quad in store.quads_for_pattern(None, _TYPE, concept, _DEFAULT):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(STATUS):
            found.statuses[identifier(quad.subject)] = quad.subject
    return found


def first(store: ox.Store, node: ox.NamedNode, predicate: ox.NamedNode) -> str:
    """Return the text of one value of a property, or an empty one."""
    values = (quad.object for quad in store.quads_for_pattern(node, predicate, None, _DEFAULT))
    texts = sorted(value.value for value in values if isinstance(value, ox.Literal | ox.NamedNode))
    return texts[0] if texts else ""


class SourceIndex:
    """All sources that a graph has, by what rows may call them."""

    def __init__(self, store: ox.Store) -> None:
        """Read the sources of this store."""
        self.by_key: dict[str, Source] = {}
        self.aliases: dict[str, Source] = {}
        self.known: dict[ox.NamedNode, tuple[str, str, str]] = {}
        self._read(store, "")

    def update(self, store: ox.Store, added: Iterable[ox.Quad], removed: Iterable[ox.Quad]) -> bool:
        """Take in the sources that a change has added; return whether the index is still true.

        :param store: the graph after the change.
        """
        if any(quad.subject in self.known for quad in (*added, *removed)):
            return False  # One that was known is another now.
        nodes = [quad.subject for quad in added if quad.object == term("Source")]
        if nodes:
            self._read(store, f"VALUES ?source {{ {' '.join(map(str, nodes))} }}")
        return True

    def _read(self, store: ox.Store, which: str) -> None:
        solutions = store.query(_SOURCES.replace("# which", which), prefixes=PREFIXES)
        assert isinstance(solutions, ox.QuerySolutions)
        for row in solutions:
            texts = [row[name].value if row[name] is not None else "" for name in _SOURCE_COLUMNS]
            node, (publisher, title, date, url, path) = row["source"], texts
            if node in self.known:
                continue  # Of two values of a property, the one that was met first.
            source = Source(node, publisher, title, date, url, path)
            key = address_key(url) if url else path or "|".join((publisher, title, date)).casefold()
            self.by_key.setdefault(key, source)
            self.known[node] = (publisher, title, date)
            self.aliases.setdefault(identifier(node).casefold(), source)
            if title and not url:
                self.aliases.setdefault(title.casefold(), source)


class ExistingSources(Sources):
    """The sources of rows that are added to a graph; only those that are new to it will be asserted."""

    def __init__(self, builder: QuadBuilder, index: SourceIndex) -> None:
        """Begin with the sources of a index."""
        super().__init__(builder)
        self._by_key |= index.by_key
        self._aliases |= index.aliases
        self._known = index.known

    def _main(self, row: Row) -> Source:
        source = super()._main(row)
        if source.iri in self._known:  # What the graph says of it stays: another label would be a second one.
            source.publisher, source.title, source.date = self._known[source.iri]
            source.other_titles.clear()
        return source

    def _write(self, source: Source) -> None:
        if source.iri not in self._known:
            super()._write(source)


def existing_acts(store: ox.Store, parties: set[ox.NamedNode] | None = None) -> list[Act]:
    """Return the acts of the facts of a store, or only those between some parties."""
    between = ""
    if parties is not None:
        names = " ".join(map(str, sorted(parties, key=str)))
        between = f"VALUES ?actor {{ {names} }} VALUES ?object {{ {names} }}"
    query = f"SELECT DISTINCT ?act WHERE {{ {between} ?act co:actor ?actor ; co:object ?object }}"
    solutions = store.query(query, prefixes=PREFIXES)
    assert isinstance(solutions, ox.QuerySolutions)
    nodes = sorted((row["act"] for row in solutions if isinstance(row["act"], ox.NamedNode)), key=str)
    return [act for node in nodes if (act := existing_act(store, node))]


def existing_act(store: ox.Store, node: ox.NamedNode) -> Act | None:
    """Return one act of the graph, or None where the node is not one."""
    said: dict[str, ox.NamedNode | ox.Literal] = {}
    kinds = set()
    for quad in store.quads_for_pattern(node, None, None, None):
        value = quad.object
        if not is_facts(quad.graph_name) or not isinstance(value, ox.NamedNode | ox.Literal):
            continue
        if quad.predicate == _TYPE:
            kinds.add(_KIND_OF_CLASS.get(value.value.removeprefix(CO), ""))
        elif quad.predicate.value.startswith(CO):
            said[quad.predicate.value.removeprefix(CO)] = value
    kind = max(kinds, default="")
    actor, object_ = said.get("actor"), said.get("object")
    if not (kind and isinstance(actor, ox.NamedNode) and isinstance(object_, ox.NamedNode)):
        return None
    if not {"edtf", "earliest", "latest"} <= said.keys():
        return None
    edtf = said["edtf"].value
    start, end = (dt.date.fromisoformat(said[name].value) for name in ("earliest", "latest"))
    return Act(kind, actor, object_, edtf, start, end, sourced=True, rows=[], node=node)
