"""Corrections and retractions: an act that is entered anew under another IRI, and things that are taken back.

An IRI that was ever given out stays alive: a replaced one leads to what replaced it, a retracted one says why.
"""

from collections.abc import Iterable

import pyoxigraph as ox

from comity.changes.history import REPLACED_BY
from comity.changes.request import ChangeBuilder, Changeset, CurrentGraph
from comity.errors import UnknownError
from comity.iris import BASE, CO, PROVENANCE, RDFS, is_facts, term
from comity.tables.sources import evidence_iri

_EVIDENCE, _SOURCE = term("evidence"), term("source")
#: What makes an act the act that it is; the rest (sources, notes, answers) moves along with a correction.
_OWN = frozenset(
    {
        *(term(name) for name in ("actor", "object", "edtf", "earliest", "latest")),
        ox.NamedNode(RDFS + "label"),
    }
)


def facts_about(store: ox.Store, node: ox.NamedNode) -> list[ox.Quad]:
    """Give what the facts say of a thing."""
    return [quad for quad in store.quads_for_pattern(node, None, None, None) if is_facts(quad.graph_name)]


def facts_naming(store: ox.Store, node: ox.NamedNode) -> list[ox.Quad]:
    """Give the facts that have a thing as their value."""
    return [quad for quad in store.quads_for_pattern(None, None, node, None) if is_facts(quad.graph_name)]


def evidence_of(store: ox.Store, node: ox.NamedNode) -> list[ox.NamedNode]:
    """Give the pieces of evidence for a thing."""
    values = {quad.object for quad in facts_about(store, node) if quad.predicate == _EVIDENCE}
    return sorted((value for value in values if isinstance(value, ox.NamedNode)), key=str)


def replace_by(store: ox.Store, old: ox.NamedNode, new: ox.NamedNode, changeset: Changeset) -> None:
    """Let a new act, whose own facts the changeset adds, take the place of an old one, with its sources and answers."""
    for quad in facts_about(store, old):
        changeset.removed.append(quad)
        if quad.predicate in _OWN or quad.predicate.value.endswith("#type") or quad.predicate == _EVIDENCE:
            continue
        if quad.predicate.value != CO + "confidence" or not _said(changeset, new, quad.predicate):
            changeset.added.append(ox.Quad(new, quad.predicate, quad.object, quad.graph_name))
    for evidence in evidence_of(store, old):
        _move_evidence(store, evidence, new, changeset)
    for quad in facts_naming(store, old):
        changeset.removed.append(quad)
        changeset.added.append(ox.Quad(quad.subject, quad.predicate, new, quad.graph_name))
    changeset.metadata_added.append(ox.Quad(old, REPLACED_BY, new, PROVENANCE))
    for quad in store.quads_for_pattern(None, REPLACED_BY, old, PROVENANCE):
        changeset.metadata_added.append(ox.Quad(quad.subject, REPLACED_BY, new, PROVENANCE))
    changeset.metadata_removed += list(store.quads_for_pattern(new, REPLACED_BY, None, PROVENANCE))


def _said(changeset: Changeset, node: ox.NamedNode, predicate: ox.NamedNode) -> bool:
    return any(quad.subject == node and quad.predicate == predicate for quad in changeset.added)


def _move_evidence(store: ox.Store, old: ox.NamedNode, act: ox.NamedNode, changeset: Changeset) -> None:
    said = facts_about(store, old)
    sources = [quad.object for quad in said if quad.predicate == _SOURCE]
    new = evidence_iri(act, sources[0]) if sources and isinstance(sources[0], ox.NamedNode) else old
    for quad in said:
        changeset.removed.append(quad)
        changeset.added.append(ox.Quad(new, quad.predicate, quad.object, quad.graph_name))
        link = ox.Quad(act, _EVIDENCE, new, quad.graph_name)
        if link not in changeset.added:
            changeset.added.append(link)


def retraction(node: ox.NamedNode) -> ChangeBuilder:
    """Return the change that takes a thing back, and with it whatever stands on it alone.

    Of an act, its evidence falls with it. Of a source, the evidence that it bears falls; what has no other
    evidence is no longer a fact and becomes a proposal again.
    """

    def build(graph: CurrentGraph) -> Changeset:
        store = graph.store
        if not facts_about(store, node):
            raise UnknownError(
                f"No fact speaks of <{node.value}>. Look its address up; what follows from facts cannot be retracted."
            )
        changeset = Changeset(extra={"retracts": node.value})
        falling = {node}
        bearing = {quad.subject for quad in facts_naming(store, node) if quad.predicate == _SOURCE}
        bearing |= set(evidence_of(store, node))
        for evidence in bearing:
            if isinstance(evidence, ox.NamedNode):
                falling.add(evidence)
        for one in _left_without(store, falling):
            falling |= {one, *evidence_of(store, one)}
            changeset.proposed += facts_about(store, one)
        changeset.removed += _all_of(store, falling)
        return changeset

    return build


def _left_without(store: ox.Store, falling: set[ox.NamedNode]) -> set[ox.NamedNode]:
    """Give the things whose every piece of evidence falls."""
    supported = {
        quad.subject
        for evidence in falling
        for quad in facts_naming(store, evidence)
        if quad.predicate == _EVIDENCE and isinstance(quad.subject, ox.NamedNode)
    }
    return {one for one in supported - falling if set(evidence_of(store, one)) <= falling}


def _all_of(store: ox.Store, nodes: Iterable[ox.NamedNode]) -> list[ox.Quad]:
    """Give all facts that speak of these things or name them."""
    return [quad for node in nodes for quad in (*facts_about(store, node), *facts_naming(store, node))]


def thing_named(text: str) -> ox.NamedNode:
    """Give the thing that an IRI or a path of the project names."""
    return ox.NamedNode(text if text.startswith(("http://", "https://")) else BASE + text.lstrip("/"))
