"""Replay of accepted changes on the quads that a build reads from the tables, so that a rebuild keeps them.

All of them are tried at once. If that does not pass validation, they are applied one by one, and those that no longer
fit the tables are excluded from this build and reported; they remain in the change log and are retried in the next.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from comity.changes.apply import split, validated
from comity.changes.delta import Delta, canonical, effective
from comity.changes.history import (
    INVALIDATED_AT,
    INVALIDATED_BY,
    activity,
    change_iri,
    last_number,
    tombstones,
)
from comity.changes.request import CurrentGraph
from comity.derivation import quads_of
from comity.errors import ComityError, Problem, StoreError
from comity.iris import NOTE, PROVENANCE, is_facts
from comity.schema import select
from comity.store.changelog import ChangeLog
from comity.store.database import open_store
from comity.store.records import NQuads, Record
from comity.validation.report import ValidationError

#: Kinds of records that a rebuild reapplies.
REPLAYED = frozenset({"change", "proposal", "decision"})


@dataclass
class Replay:
    """The quads of a build including accepted changes, and the changes that are no longer valid."""

    quads: list[ox.Quad]
    conflicts: list[Problem] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)


def apply_all(quads: list[ox.Quad], records: Iterable[Record]) -> list[ox.Quad]:
    """Return the quads with all changes applied, not yet validated."""
    replayed = [record for record in records if record.kind in REPLAYED]
    if not replayed:
        return quads
    store = ox.Store()
    store.bulk_extend(quads)
    for record in replayed:
        _apply_provenance(store, record)
        for quad in record.removed.quads:
            store.remove(quad)
        store.extend(record.added.quads)
    return list(store)


def apply_each(store: ox.Store, records: Iterable[Record], progress: Callable[[str], None]) -> Replay:
    """Return a build with each change that is still valid.

    :param store: a build of the tables alone, in memory, with the union in its default graph; modified in place.
    """
    replay = Replay([])
    for record in records:
        if record.kind not in REPLAYED:
            continue
        progress(f"Applying change {record.number} again")
        try:
            _apply(store, record)
        except ComityError as error:
            replay.left_out.append(record.number)
            replay.conflicts.append(_conflict(record, error))
        _apply_provenance(store, record)
        if record.number in replay.left_out:
            _drop_tombstones(store, record)
    default = ox.DefaultGraph()
    replay.quads = [quad for quad in store if quad.graph_name != default]
    return replay


def note_build(log: ChangeLog, delta: Delta | None, left_out: list[int], conflicts: list[Problem]) -> Record:
    """Append the changes of a build to the facts to the change log, and return the record.

    The caller holds the store's write lock.

    :param delta: how the facts differ from the previous ones, from :func:`facts_delta`.
    """
    extra: dict[str, object] = {}
    if conflicts:
        extra = {"left_out": left_out, "conflicts": [str(problem) for problem in conflicts]}
    if delta is None:
        first = "Built from the tables anew." if log.head().number else "First build."
        record = Record("build", "comity build", "build", first, extra=extra | {"base": True})
    else:
        sides = NQuads.of(delta.added), NQuads.of(delta.removed)
        record = Record("build", "comity build", "build", "Built from the tables anew.", *sides, extra)
    sealed = log.seal(record)
    log.append(sealed)
    return sealed


def facts_delta(store: Path, log: ChangeLog, quads: Iterable[ox.Quad]) -> Delta | None:
    """Return how facts differ from those after the log's last record; None without a store to compare with.

    Quads of the old generation are listed only for the graphs that lose some, since listing is slow.
    """
    try:
        disk = open_store(store)
    except StoreError:
        return None
    old, new = disk.oxigraph, {quad for quad in quads if is_facts(quad.graph_name)}
    staying = {quad for quad in new if quad in old}
    added, removed = canonical(new - staying), set()
    counts = Counter(quad.graph_name for quad in staying)
    for name in old.named_graphs():
        if is_facts(name) and counts[name] != _count(old, name):
            kept = canonical(quad for quad in staying if quad.graph_name == name)
            removed |= {quad for quad in old.quads_for_pattern(None, None, None, name) if quad not in kept}
    # Later records were accepted, but kept out of the old generation by a crash.
    for record in log.records(min(last_number(disk.meta), log.head().number)):
        facts, _ = split(record)
        removed |= {quad for quad in facts.added if quad not in new}
        added |= {quad for quad in facts.removed if quad in new}
        added -= facts.added
        removed -= facts.removed
    return Delta(frozenset(added), frozenset(removed))


def _count(store: ox.Store, name: ox.NamedNode | ox.BlankNode) -> int:
    rows = select(store, f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH {name} {{ ?s ?p ?o }} }}")
    return int(next(rows)["n"].value)


def _apply(store: ox.Store, record: Record) -> None:
    facts, metadata = split(record)
    change = validated(CurrentGraph(store), effective(store, facts.added, facts.removed))
    added, removed = quads_of(change.derived)
    added, removed = added | change.delta.added, removed | change.delta.removed
    for quad in removed | metadata.removed:
        store.remove(quad)
    store.extend(added | metadata.added)


def _apply_provenance(store: ox.Store, record: Record) -> None:
    dead, alive = tombstones(record, store)
    for quad in alive:
        store.remove(quad)
    store.extend(activity(record) | dead)


def _drop_tombstones(store: ox.Store, record: Record) -> None:
    """Remove provenance about things that an excluded change created or removed."""
    for predicate in (NOTE, INVALIDATED_AT, INVALIDATED_BY):
        for quad in list(store.quads_for_pattern(None, predicate, None, PROVENANCE)):
            if ox.Quad(quad.subject, INVALIDATED_BY, change_iri(record.number), PROVENANCE) in store:
                store.remove(quad)


def _conflict(record: Record, error: ComityError) -> Problem:
    problems = error.problems if isinstance(error, ValidationError) else []
    why = "; ".join(f"{problem}" for problem in problems) or str(error)
    return Problem(
        f"change {record.number}",
        None,
        None,
        f"by {record.agent} on {record.time[:10]} no longer fits the tables and is left out: {why}",
        f"Correct the tables, or revert it with `comity changes revert {record.number}`.",
    )
