"""The history of the graph: accepted changes as PROV-O activities, and the facts as known at an earlier moment.

It makes the graph bitemporal: an act has the time at which it happened, its record in the change log the time at which
it was entered.
"""

import datetime as dt
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.errors import ComityError
from comity.iris import (
    DCTERMS,
    LABEL,
    NOTE,
    PROV,
    PROVENANCE,
    TYPE,
    XSD,
    identifier,
    is_facts,
    slug,
    thing,
)
from comity.serialization import serialize
from comity.store.changelog import ChangeLog
from comity.store.database import open_store
from comity.store.records import Record

_TIME = ox.NamedNode(XSD + "dateTime")
REPLACED_BY = ox.NamedNode(DCTERMS + "isReplacedBy")
GENERATED_BY = ox.NamedNode(PROV + "wasGeneratedBy")
INVALIDATED_BY = ox.NamedNode(PROV + "wasInvalidatedBy")
INVALIDATED_AT = ox.NamedNode(PROV + "invalidatedAtTime")
#: The formats of a change: its record as JSON, its quads as RDF Patch, and its activity in PROV-O.
DOCUMENTS = {"json": None, "patch": None, "ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES}
_CHANNELS = {
    "import": "import of tables or RDF",
    "update": "SPARQL update",
    "graph-store": "Graph Store write",
    "form": "form for one act",
    "revert": "revert of an earlier change",
    "review": "decision on a proposal",
    "report": "report of an error",
    "retraction": "retraction",
    "correction": "correction",
    "build": "build from the tables",
}


class HistoryError(ComityError):
    """A text is not a moment, or the moment is before the graph's first build."""


#: Kinds of records not described in the graph.
UNSHOWN = frozenset({"report"})


def change_iri(number: int) -> ox.NamedNode:
    """Return the IRI of an accepted change."""
    return thing("change", str(number))


def channel_in_words(channel: str) -> str:
    """Return in words how a change was submitted."""
    return _CHANNELS.get(channel, channel)


def activity(record: Record) -> set[ox.Quad]:
    """Return a change as a PROV-O activity: who, when, how, why, and which things it created."""
    node, agent = change_iri(record.number), thing("agent", slug(record.agent) or "unnamed")
    when = ox.Literal(record.time, datatype=_TIME)
    triples: list[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]] = [
        (node, TYPE, ox.NamedNode(PROV + "Activity")),
        (
            node,
            LABEL,
            ox.Literal(f"Change {record.number}: {channel_in_words(record.channel)}", language="en"),
        ),
        (node, ox.NamedNode(PROV + "startedAtTime"), when),
        (node, ox.NamedNode(PROV + "endedAtTime"), when),
        (node, ox.NamedNode(PROV + "wasAssociatedWith"), agent),
        (agent, TYPE, ox.NamedNode(PROV + "Agent")),
        (agent, LABEL, ox.Literal(record.agent)),
    ]
    if record.reason:
        description = ox.Literal(record.reason, language="en")
        triples.append((node, ox.NamedNode(DCTERMS + "description"), description))
    if earlier := record.extra.get("reverts"):
        triples.append((node, ox.NamedNode(PROV + "wasInformedBy"), change_iri(earlier)))
    if record.kind != "build":
        subjects = {quad.subject for quad in record.added.quads if is_facts(quad.graph_name)}
        triples += [
            (subject, GENERATED_BY, node) for subject in subjects if isinstance(subject, ox.NamedNode)
        ]
    return {ox.Quad(*triple, PROVENANCE) for triple in triples}


def tombstones(
    record: Record, store: ox.Store, facts: ox.Store | None = None
) -> tuple[set[ox.Quad], set[ox.Quad]]:
    """Return what a change adds to and removes from provenance about things it removes from the facts.

    :param store: facts and provenance before the change. A thing is gone if no fact about it is left; its IRI then
    resolves to the reason, or to its replacement.
    :param facts: a store that contains all facts of that one, for faster look-ups.
    """
    facts = store if facts is None else facts
    removed, added = set(record.removed.quads), record.added.quads
    node, when = change_iri(record.number), ox.Literal(record.time, datatype=_TIME)
    alive = {quad.subject for quad in added if is_facts(quad.graph_name)}
    additions, removals = set(), set()
    for subject in {quad.subject for quad in removed if is_facts(quad.graph_name)} - alive:
        left = facts.quads_for_pattern(subject, None, None, None)
        if not any(is_facts(quad.graph_name) and quad not in removed for quad in left):
            additions.add(ox.Quad(subject, INVALIDATED_BY, node, PROVENANCE))
            additions.add(ox.Quad(subject, INVALIDATED_AT, when, PROVENANCE))
            if record.reason:
                additions.add(ox.Quad(subject, NOTE, ox.Literal(record.reason, language="en"), PROVENANCE))
    for subject in alive:
        for predicate in (INVALIDATED_BY, INVALIDATED_AT, NOTE):
            removals |= set(store.quads_for_pattern(subject, predicate, None, PROVENANCE))
    return additions, removals


@dataclass(frozen=True)
class Tombstone:
    """What became of a thing that is no longer in the facts: replaced by another, or retracted for a reason."""

    replaced_by: str | None
    change: int | None = None
    time: str = ""
    reason: str = ""


def tombstone(store: ox.Store, node: ox.NamedNode) -> Tombstone | None:
    """Return what became of a thing that is no longer in the facts; None if it is, or is unknown."""
    if any(is_facts(quad.graph_name) for quad in store.quads_for_pattern(node, None, None, None)):
        return None
    for quad in store.quads_for_pattern(node, REPLACED_BY, None, PROVENANCE):
        if isinstance(quad.object, ox.NamedNode):
            return Tombstone(quad.object.value)
    for quad in store.quads_for_pattern(node, INVALIDATED_BY, None, PROVENANCE):
        change = {
            each.predicate.value: each.object.value  # type: ignore[union-attr]
            for each in store.quads_for_pattern(quad.object, None, None, PROVENANCE)  # type: ignore[arg-type]
        }
        number = int(identifier(quad.object))  # type: ignore[arg-type]
        time, reason = change.get(PROV + "endedAtTime", ""), change.get(DCTERMS + "description", "")
        return Tombstone(None, number, time, reason)
    return None


def timestamp(text: str) -> str:
    """Return a moment as the change log writes it: ISO 8601 in UTC, with microseconds.

    :param text: a day, meaning its end, or a date and time, in UTC unless it has an offset.
    :raises HistoryError: if it is neither.
    """
    try:
        if len(text) == 10:
            day = dt.date.fromisoformat(text)
            return f"{day.isoformat()}T23:59:59.999999Z"
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        raise HistoryError(
            f"{text!r} is not a moment. Write a day such as 2026-07-14, or a time such as 2026-07-14T12:00:00Z."
        ) from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=dt.UTC)
    return f"{time.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def last_known(store: Path, text: str) -> int:
    """Return the number of the last change in the graph at a past moment.

    :param store: the folder of the store.
    :param text: a moment, as :func:`timestamp` takes it.
    :raises HistoryError: if the moment is before the graph's first build.
    """
    log = ChangeLog(store)
    if number := log.last_until(timestamp(text)):
        return number
    began = log.begun() or "its first build"
    raise HistoryError(f"The graph knew nothing on {text}: it begins with {began}. Name a later moment.")


def facts_after(log: ChangeLog, graph: ox.Store, last: int, number: int) -> Iterator[ox.Quad]:
    """Yield the asserted facts as they were after an earlier change, graph by graph, by undoing later ones.

    :param graph: the graph after the change numbered ``last``.
    """
    # The first later change with a quad shows whether it existed before all of them.
    before: dict[ox.Quad, bool] = {}
    for record in log.records(number):
        if record.number > last:
            break
        for quads, existed in ((record.added.quads, False), (record.removed.quads, True)):
            for quad in quads:
                if is_facts(quad.graph_name):
                    before.setdefault(quad, existed)
    removed_since: dict[Any, list[ox.Quad]] = {}
    for quad, existed in before.items():
        if existed and quad not in graph:
            removed_since.setdefault(quad.graph_name, []).append(quad)
    for name in sorted({*filter(is_facts, graph.named_graphs()), *removed_since}, key=str):
        now = graph.quads_for_pattern(None, None, None, name)
        yield from (quad for quad in now if before.get(quad, True))
        yield from removed_since.get(name, ())


def as_known_on(store: Path, text: str) -> set[ox.Quad]:
    """Return the asserted facts as the graph knew them at a past moment.

    :param store: the folder of the store.
    :param text: a moment, as :func:`timestamp` takes it.
    :raises HistoryError: if the moment is before the graph's first build.
    """
    disk, number = open_store(store), last_known(store, text)
    return set(facts_after(ChangeLog(store), disk.oxigraph, last_number(disk.meta), number))


def last_number(meta: Mapping[str, Any]) -> int:
    """Return the number of the change that a generation was created by, from its stamp."""
    number: int = meta.get("journal", {}).get("number", 0)
    return number


def rdf_patch(record: Record) -> str:
    """Return what a change removed and added as RDF Patch."""
    header = [f"H id <{change_iri(record.number).value}> .", f'H time "{record.time}" .', "TX ."]
    lines = [f"D {line}" for line in record.removed.lines] + [f"A {line}" for line in record.added.lines]
    return "\n".join([*header, *lines, "TC ."]) + "\n"


def document(record: Record, form: str) -> bytes:
    """Return a change in one of :data:`DOCUMENTS`."""
    if form == "json":
        return json.dumps(
            {**record.as_json(), "iri": change_iri(record.number).value}, ensure_ascii=False
        ).encode()
    if form == "patch":
        return rdf_patch(record).encode()
    out, kind = io.BytesIO(), DOCUMENTS[form]
    assert kind is not None
    serialize(sorted((quad.triple for quad in activity(record)), key=str), out, kind)
    return out.getvalue()
