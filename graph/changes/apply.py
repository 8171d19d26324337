"""The single write path: every change is validated, derived, made durable, recorded and published before the response.

    request ─▶ what it changes ─▶ shapes, periods, closure, contradictions ─▶ rejected whole, nothing written
                                                          └─▶ generation flushed ─▶ record committed
                                                              ─▶ CURRENT swapped ─▶ answer

Committing the record is the point of no return: from then on the change is accepted whatever happens, and a start after
a crash rebuilds the generation; before that, nothing becomes visible.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity import collector
from comity.changes.delta import Delta, effective, facts_difference
from comity.changes.history import UNSHOWN, activity, tombstones
from comity.changes.request import Author, ChangeBuilder, ChangeResult, Changeset, CurrentGraph
from comity.derivation import Derived, Difference, derive_change, quads_of
from comity.errors import Problem, StoreError, TableError
from comity.iris import PROPOSALS, is_facts, term
from comity.store.changelog import ChangeLog
from comity.store.database import (
    content_of,
    current,
    discard,
    make_current,
    open_store,
    prepare,
    prune,
    write_lock,
)
from comity.store.records import NQuads, Record
from comity.validation.report import Origin
from comity.wellformed import UNWRITABLE, faults

ACTOR = term("actor")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class ValidatedChange:
    """A validated change: the facts that it changes, and what follows from them."""

    delta: Delta
    derived: Derived

    @property
    def warnings(self) -> list[Problem]:
        """The warnings of the validation."""
        return self.derived.report.warnings


def validated(
    graph: CurrentGraph, delta: Delta, origin: Origin | None = None, progress: Progress = lambda stage: None
) -> ValidatedChange:
    """Return a change with all that follows from it; the graph is not modified.

    :param origin: the locations of the things of the change in imported tables.
    :raises ValidationError: if it violates a shape, contradicts something or affects the axioms.
    """
    asserted = graph.facts_for(len(delta))
    facts = facts_difference(asserted, delta)
    if not (facts.added or facts.removed):
        return ValidatedChange(delta, Derived(facts, Difference(), Difference()))
    derived = derive_change(graph.store, facts, origin, progress, graph.groups, graph.bulk)
    return ValidatedChange(delta, derived)


class Changes:
    """Makes changes to a store, waiting for writers in other processes."""

    def __init__(self, store: Path, patience: float = 30.0) -> None:
        """Use this store, waiting at most ``patience`` seconds for other writers."""
        self.path = store
        self.log = ChangeLog(store)
        #: Called with the name of each stage of a change as it begins.
        self.progress: Progress = lambda stage: None
        self._patience = patience
        self._graph: CurrentGraph | None = None

    @contextmanager
    def writing(self) -> Iterator[CurrentGraph]:
        """Lock the store for writing, and yield its current generation, including all accepted changes.

        :raises StoreError: if there is no store, it cannot be written, or others hold the lock too long.
        """
        with write_lock(self.path, self._patience), collector.paused():
            graph = self._recovered()
            try:
                yield graph
            finally:
                graph.bulk = None  # If the change was refused, this would keep most of the store in memory.

    def recover(self) -> int:
        """Apply accepted changes that a crash kept out of the graph; return the number of the last record."""
        with self.writing():
            return self.log.head().number

    def change(
        self, build: ChangeBuilder, author: Author, channel: str, reason: str = "", dry_run: bool = False
    ) -> ChangeResult:
        """Apply a change to the store, completely or not at all.

        :param build: computes the change from the graph at the time it is applied.
        :param channel: how it was submitted: ``import``, ``update``, ``form`` and so on; shown in the history.
        :param dry_run: whether the change is only validated.
        :returns: what it adds, removes and derives, and the number of its record, None if nothing was recorded.
        :raises ValidationError: if it does not pass validation.
        :raises ProtectedError: if it would write anything but asserted facts.
        :raises StoreError: if the store cannot be written, or another process holds the lock too long.
        """
        with self.writing() as graph:
            self.progress("Reading what is to change")
            wanted, change, result = self._validated(graph, build, "change", dry_run)
            metadata = _metadata(graph, wanted)
            proposed = [quad for quad in wanted.proposed if _is_new(graph, change.delta, quad)]
            if dry_run or not (change.delta or metadata or proposed):
                return replace(result, generation=graph.generation)
            if change.delta or metadata:
                record = _record("change", author, channel, reason, change.delta | metadata, wanted.extra)
                graph, record = self._publish(graph, change, metadata, record)
                result = result.kept(record, graph.generation)
                wanted.extra = {}
            if proposed:
                later = self._propose(graph, result, proposed, [], author, channel, reason, wanted.extra)
                if result.number is None:
                    return later
                result = replace(result, proposal=later.proposal)
            return result

    def propose(
        self, build: ChangeBuilder, author: Author, channel: str, reason: str = "", dry_run: bool = False
    ) -> ChangeResult:
        """Add a change that would pass validation to the review queue.

        :returns: the result, whose ``proposal`` is its number in the queue.
        :raises ValidationError: if it does not already pass.
        """
        with self.writing() as graph:
            wanted, change, result = self._validated(graph, build, "proposal", dry_run)
            if dry_run or not (change.delta or wanted.proposed):
                return replace(result, generation=graph.generation)
            metadata = _metadata(graph, wanted)
            extra = wanted.extra | {
                "aside_added": NQuads.of(metadata.added).lines,
                "aside_removed": NQuads.of(metadata.removed).lines,
            }
            added, removed = [*change.delta.added, *wanted.proposed], list(change.delta.removed)
            return self._propose(graph, result, added, removed, author, channel, reason, extra)

    def note(
        self, kind: str, author: Author, channel: str, reason: str, extra: dict[str, Any], metadata: Delta
    ) -> Record:
        """Append a record that changes no facts, such as a decision, and return it.

        :param extra: what the record contains in addition to the fields of all records.
        :param metadata: the changes to provenance and proposals.
        """
        with self.writing() as graph:
            return self._note(graph, _record(kind, author, channel, reason, metadata, extra), metadata)[1]

    def _validated(
        self, graph: CurrentGraph, build: ChangeBuilder, kind: str, dry_run: bool
    ) -> tuple[Changeset, ValidatedChange, ChangeResult]:
        wanted = build(graph)
        if found := faults([*wanted.added, *wanted.proposed]):
            raise TableError(found)
        facts = graph.facts_for(len(wanted.added) + len(wanted.removed))
        delta = effective(graph.store, wanted.added, wanted.removed, facts)
        change = validated(graph, delta, wanted.origin, self.progress)
        warnings = [*change.warnings, *wanted.warnings]
        return wanted, change, ChangeResult.of(kind, delta, change.derived, warnings, dry_run)

    def _propose(
        self,
        graph: CurrentGraph,
        result: ChangeResult,
        added: list[ox.Quad],
        removed: list[ox.Quad],
        author: Author,
        channel: str,
        reason: str,
        extra: dict[str, Any],
    ) -> ChangeResult:
        wanted = {"added": NQuads.of(added).lines, "removed": NQuads.of(removed).lines}
        shown = {ox.Quad(quad.subject, quad.predicate, quad.object, PROPOSALS) for quad in added}
        metadata = Delta(frozenset(quad for quad in shown if quad not in graph.store))
        record = _record("proposal", author, channel, reason, metadata, extra | {"wanted": wanted})
        graph, record = self._note(graph, record, metadata)
        return replace(result, kind="proposal").kept(record, graph.generation)

    def _note(self, graph: CurrentGraph, record: Record, metadata: Delta) -> tuple[CurrentGraph, Record]:
        return self._publish(graph, validated(graph, Delta()), metadata, record)

    def _publish(
        self, graph: CurrentGraph, change: ValidatedChange, metadata: Delta, record: Record
    ) -> tuple[CurrentGraph, Record]:
        """Make a change durable and current, in an order that is safe against a crash at any point."""
        self.progress("Writing it down")
        sealed = self.log.seal(record)
        name = self._prepare(graph, change, metadata, sealed)
        try:
            self.log.append(sealed)
        except StoreError:
            discard(self.path, name)
            raise
        try:
            make_current(self.path, name)
        except StoreError as error:
            raise StoreError(
                f"The change was accepted as number {sealed.number} and is in the change log, but cannot be shown "
                f"yet. {error} It will be shown as soon as the store can be written."
            ) from None
        return self._opened(graph, change.delta), sealed

    def _prepare(self, graph: CurrentGraph, change: ValidatedChange, metadata: Delta, record: Record) -> str:
        added, removed = quads_of(change.derived)
        dead, alive = tombstones(record, graph.store, graph.facts_for(len(change.delta)))
        added |= change.delta.added | metadata.added
        added |= {quad for quad in activity(record) | dead if quad not in graph.store}
        removed |= change.delta.removed | metadata.removed | alive
        meta = _meta(graph.meta, change, _growth(added, removed), record)
        return prepare(self.path, graph.generation, graph.store, removed, added, meta)

    def _opened(self, before: CurrentGraph | None = None, delta: Delta | None = None) -> CurrentGraph:
        """Return the current generation, opened unless it is open already."""
        if self._graph is None or self._graph.generation != current(self.path):
            disk = open_store(self.path)
            self._graph = CurrentGraph(disk.oxigraph, disk.generation, disk.meta)
            if before is not None and delta is not None:
                before.succeeded_by(self._graph, delta)
        return self._graph

    def _recovered(self) -> CurrentGraph:
        """Return the current generation after applying accepted changes that a crash kept from being published.

        :raises StoreError: if the change log is damaged or belongs to another store.
        """
        graph = self._opened()
        prune(self.path)
        done = graph.meta.get("journal", {}).get("number", 0)
        self.log.check_holds(graph.meta.get("journal", {}))
        for record in self.log.records(done):
            if record.kind in UNSHOWN:
                continue
            facts, metadata = split(record)
            name = self._prepare(graph, validated(graph, facts), metadata, record)
            make_current(self.path, name)
            graph = self._opened()
        return graph


def split(record: Record) -> tuple[Delta, Delta]:
    """Return the changes of a record to the facts, and those to provenance and proposals."""
    sides = [frozenset(record.added.quads), frozenset(record.removed.quads)]
    facts = [frozenset(quad for quad in side if is_facts(quad.graph_name)) for side in sides]
    return Delta(*facts), Delta(sides[0] - facts[0], sides[1] - facts[1])


def _record(
    kind: str, author: Author, channel: str, reason: str, delta: Delta, extra: dict[str, Any]
) -> Record:
    reason = UNWRITABLE.sub("\ufffd", reason)
    return Record(kind, author.name, channel, reason, NQuads.of(delta.added), NQuads.of(delta.removed), extra)


def _metadata(graph: CurrentGraph, wanted: Changeset) -> Delta:
    return Delta(
        frozenset(quad for quad in wanted.metadata_added if quad not in graph.store),
        frozenset(quad for quad in wanted.metadata_removed if quad in graph.store),
    )


def _is_new(graph: CurrentGraph, delta: Delta, quad: ox.Quad) -> bool:
    """Return whether neither a proposal nor a remaining fact states the triple of a quad."""
    if ox.Quad(quad.subject, quad.predicate, quad.object, PROPOSALS) in graph.store:
        return False
    same = graph.store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    return not any(is_facts(one.graph_name) and one not in delta.removed for one in same)


def _growth(added: Iterable[ox.Quad], removed: Iterable[ox.Quad]) -> Counter[str]:
    """Return the number of quads that each graph grows by, under its IRI, that of the default graph being empty."""
    growth = Counter(getattr(quad.graph_name, "value", "") for quad in added)
    growth.subtract(Counter(getattr(quad.graph_name, "value", "") for quad in removed))
    return growth


def _meta(
    before: dict[str, Any], change: ValidatedChange, growth: Counter[str], record: Record
) -> dict[str, Any]:
    """Return the stamp of the generation that a change creates.

    :param growth: the number of quads that each graph grows by.
    """
    acts, gone = (
        sum(quad.predicate == ACTOR for quad in side) for side in (change.delta.added, change.delta.removed)
    )
    inferred = change.derived.inferred
    counts = dict(before.get("counts", {}))
    more = {
        "acts": acts - gone,
        "inferred": len(inferred.added) - len(inferred.removed),
        "quads": growth.total(),
    }
    counts |= {name: counts.get(name, 0) + number for name, number in more.items()}
    sizes = Counter(before.get("graphs", {}))
    sizes.update({name: number for name, number in growth.items() if name})
    content = record.content_after(content_of(before))
    return before | {
        "counts": counts,
        "graphs": {name: number for name, number in sorted(sizes.items()) if number},
        "content": content,
        "journal": {"number": record.number, "digest": record.digest},
    }
