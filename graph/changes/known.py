"""What the graph knows already, in the form in which tables are read: parties, statuses, sources and acts.

So rows that are added to a built graph name the same parties, cite the same sources, answer the same acts and are
joined with the acts that they repeat, just as if they had stood in the tables from the start.
"""

import datetime as dt
from typing import Any

import pyoxigraph as ox

from comity.changes.delta import Delta, is_facts
from comity.iris import BASE, CO, DCTERMS, RDF, RDFS, STATUS, identifier, term
from comity.tables.acts import CLASS_OF_KIND, Act
from comity.tables.parties import Catalogue
from comity.tables.quad_builder import QuadBuilder
from comity.tables.reader import Row
from comity.tables.sources import Source, Sources, address_key

_DEFAULT = ox.DefaultGraph()
_TYPE = ox.NamedNode(RDF + "type")
_LABEL = ox.NamedNode(RDFS + "label")
_KIND_OF_CLASS = {name: kind for kind, name in CLASS_OF_KIND.items()}


def catalogue_of(store: ox.Store) -> Catalogue:
    """Give the parties and statuses of a store."""
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
    """Give the text of one value of a property, or an empty one."""
    values = (quad.object for quad in store.quads_for_pattern(node, predicate, None, _DEFAULT))
    texts = sorted(value.value for value in values if isinstance(value, ox.Literal | ox.NamedNode))
    return texts[0] if texts else ""


class Register:
    """All sources that the graph knows, kept from one import to the next."""

    def __init__(self, store: ox.Store) -> None:
        """Read what sources the store has."""
        self.by_key: dict[str, Source] = {}
        self.aliases: dict[str, Source] = {}
        self.known: dict[ox.NamedNode, tuple[str, str, str]] = {}
        for quad in store.quads_for_pattern(None, _TYPE, term("Source"), _DEFAULT):
            if isinstance(quad.subject, ox.NamedNode):
                self.take(quad.subject, store)

    def take(self, node: ox.NamedNode, store: ox.Store) -> None:
        """Take a source in."""
        properties = ("publisher", "published", "url", "repositoryPath")
        publisher, date, url, path = (first(store, node, term(name)) for name in properties)
        title = first(store, node, ox.NamedNode(DCTERMS + "title"))
        source = Source(node, publisher, title, date, url, path)
        key = address_key(url) if url else path or "|".join((publisher, title, date)).casefold()
        self.by_key.setdefault(key, source)
        self.known[node] = (publisher, title, date)
        self.aliases.setdefault(identifier(node).casefold(), source)
        if title and not url:
            self.aliases.setdefault(title.casefold(), source)


def register_of(store: ox.Store, shelf: dict[str, Any]) -> Register:
    """Give the register that stands on a shelf, made at the first use."""
    found: Register = shelf.setdefault("sources", None) or Register(store)
    shelf["sources"] = found
    return found


def keep_register(store: ox.Store, shelf: dict[str, Any], delta: Delta) -> None:
    """Bring the register on a shelf up to date with a change that was made to the store."""
    found: Register | None = shelf.get("sources")
    if found is None:
        return
    if any(quad.subject in found.known for quad in (*delta.added, *delta.removed)):
        shelf.pop("sources")  # One that was known is another now.
        return
    for quad in delta.added:
        if quad.object == term("Source") and isinstance(quad.subject, ox.NamedNode):
            found.take(quad.subject, store)


class KnownSources(Sources):
    """The sources of rows that are added to a graph; only those that are new to it will be asserted."""

    def __init__(self, builder: QuadBuilder, register: Register) -> None:
        """Begin with the sources of a register."""
        super().__init__(builder)
        self._by_key |= register.by_key
        self._aliases |= register.aliases
        self._known = register.known

    def _main(self, row: Row) -> Source:
        source = super()._main(row)
        if source.iri in self._known:  # What the graph says of it stays: another label would be a second one.
            source.publisher, source.title, source.date = self._known[source.iri]
            source.other_titles.clear()
        return source

    def _write(self, source: Source) -> None:
        if source.iri not in self._known:
            super()._write(source)


def known_acts(store: ox.Store, parties: set[ox.NamedNode] | None = None) -> list[Act]:
    """Give the acts of the facts of a store, or only those between some parties."""
    if parties is None:
        quads = list(store.quads_for_pattern(None, term("actor"), None, _DEFAULT))
    else:
        quads = [
            quad
            for party in parties
            for quad in store.quads_for_pattern(None, term("actor"), party, _DEFAULT)
            if parties.issuperset(_objects(store, quad.subject))
        ]
    nodes = dict.fromkeys(quad.subject for quad in quads if isinstance(quad.subject, ox.NamedNode))
    return [act for node in nodes if (act := known_act(store, node))]


def _objects(store: ox.Store, act: Any) -> list[Any]:
    return [quad.object for quad in store.quads_for_pattern(act, term("object"), None, _DEFAULT)]


def known_act(store: ox.Store, node: ox.NamedNode) -> Act | None:
    """Give one act of the graph, or None where the node is none."""
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
