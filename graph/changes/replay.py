"""Accepted changes made again on what a new build reads from the tables, so that a rebuild keeps them.

All of them are tried at once. Where the gate refuses that, they are made one by one, and those that no longer fit
the tables are left out of this build and reported; they stay in the journal and are tried again at the next.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyoxigraph as ox

from comity.changes.delta import Delta, effective, is_facts
from comity.changes.history import INVALIDATED_AT, INVALIDATED_BY, NOTE, activity, change_iri, fates
from comity.changes.state import State
from comity.errors import ComityError, Problem, RefusedError, StoreError
from comity.iris import PROVENANCE, in_union
from comity.store.changelog import ChangeLog, NQuads, Record
from comity.store.database import open_store
from comity.tables.load import Facts
from comity.validation.report import ValidationReport

#: Kinds of records that a rebuild makes again; a build itself is none of them.
REPLAYED = frozenset({"change", "proposal", "decision", "report"})


@dataclass
class Replay:
    """Facts with the accepted changes in them, and the changes that no longer fit."""

    quads: list[ox.Quad]
    conflicts: list[Problem] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)


def at_once(quads: Iterable[ox.Quad], records: Iterable[Record]) -> list[ox.Quad]:
    """Give the facts with all changes made, unseen by any gate."""
    store = ox.Store()
    store.bulk_extend(quads)
    for record in records:
        _provenance(store, record)
        if record.kind in REPLAYED:
            for quad in record.removed.quads:
                store.remove(quad)
            store.extend(record.added.quads)
    return list(store)


def _provenance(store: ox.Store, record: Record) -> None:
    if record.kind not in REPLAYED:
        return
    gone, back = fates(record, store)
    for quad in back:
        store.remove(quad)
    store.extend(activity(record) | gone)


def one_by_one(state: State, records: Iterable[Record], progress: Callable[[str], None]) -> Replay:
    """Make each change that still fits; ``state`` holds a build of the tables alone."""
    replay = Replay([])
    for record in records:
        progress(f"Making change {record.number} again")
        if record.kind in REPLAYED:
            try:
                _make(state, record)
            except ComityError as error:
                replay.left_out.append(record.number)
                replay.conflicts += list(_conflict(record, error))
        _provenance(state.store, record)
        if record.number in replay.left_out:
            _forget(state.store, record)
    default = ox.DefaultGraph()
    replay.quads = [quad for quad in state.store if quad.graph_name != default]
    return replay


def _make(state: State, record: Record) -> None:
    added, removed = record.added.quads, record.removed.quads
    facts = [quad for quad in added if is_facts(quad.graph_name)]
    delta = effective(state.store, facts, [quad for quad in removed if is_facts(quad.graph_name)])
    outcome = state.rehearse(delta)
    state.commit(outcome, "", {})
    for quad in removed:
        if not is_facts(quad.graph_name):
            state.store.remove(quad)
    state.store.extend(quad for quad in added if not is_facts(quad.graph_name))


def _forget(store: ox.Store, record: Record) -> None:
    """Let provenance say nothing of things that a change which was left out made or took away."""
    for predicate in (NOTE, INVALIDATED_AT, INVALIDATED_BY):
        for quad in list(store.quads_for_pattern(None, predicate, None, PROVENANCE)):
            told = store.quads_for_pattern(
                quad.subject, INVALIDATED_BY, change_iri(record.number), PROVENANCE
            )
            if next(told, None) is not None:
                store.remove(quad)


def _conflict(record: Record, error: ComityError) -> Iterator[Problem]:
    problems = error.problems if isinstance(error, RefusedError) else []
    why = "; ".join(f"{problem}" for problem in problems) or str(error)
    yield Problem(
        f"change {record.number}",
        None,
        None,
        f"by {record.agent} on {record.time[:10]} no longer fits the tables and is left out: {why}",
        f"Correct the tables, or revert it with `comity changes revert {record.number}`.",
    )


def facts_delta(before: Iterable[ox.Quad], after: Iterable[ox.Quad]) -> Delta:
    """Give what a build changes in the asserted facts."""
    old = {quad for quad in before if is_facts(quad.graph_name)}
    new = {quad for quad in after if is_facts(quad.graph_name)}
    return Delta(frozenset(new - old), frozenset(old - new))


Derive = Callable[[Facts], tuple[list[ox.Quad], ValidationReport]]


def kept(
    read: Facts, journal: ChangeLog, derive: Derive, progress: Callable[[str], None]
) -> tuple[Replay, ValidationReport]:
    """Give all quads of a build: what was read from the tables, with the accepted changes made again.

    :param derive: takes facts through the gate to all quads of a generation.
    :raises RefusedError: when the gate refuses the tables by themselves.
    """
    records = list(journal.records())
    try:
        quads, verdict = derive(replace(read, quads=at_once(read.quads, records)))
        return Replay(quads), verdict
    except RefusedError:
        if not any(record.kind in REPLAYED for record in records):
            raise
    quads, verdict = derive(read)
    union = [ox.Quad(*quad.triple) for quad in quads if in_union(quad.graph_name)]
    replay = one_by_one(State([*quads, *union]), records, progress)
    verdict.remarks += replay.conflicts
    return replay, verdict


def note_build(store: Path, journal: ChangeLog, replay: Replay) -> Record:
    """Put into the journal what a build changes in the facts; the caller holds the store's lock."""
    before, more = _facts_before(store, journal), {}
    if replay.left_out:
        more = {"left_out": replay.left_out, "conflicts": [str(problem) for problem in replay.conflicts]}
    if before is None:
        record = Record("build", "comity build", "build", "First build.", extra=more | {"base": True})
    else:
        delta = facts_delta(before, replay.quads)
        added, removed = NQuads.of(delta.added), NQuads.of(delta.removed)
        record = Record("build", "comity build", "build", "Built from the tables anew.", added, removed, more)
    sealed = journal.seal(record)
    journal.append(sealed)
    return sealed


def _facts_before(store: Path, journal: ChangeLog) -> set[ox.Quad] | None:
    """Give the facts as the journal's last record left them; None when there is no store yet, or a damaged one."""
    try:
        disk = open_store(store)
    except StoreError:
        return None
    facts = {q for q in disk.oxigraph.quads_for_pattern(None, None, None, None) if is_facts(q.graph_name)}
    done = disk.meta.get("journal", {}).get("number", 0)
    for record in journal.records(min(done, journal.head().number)):
        facts -= set(record.removed.quads)
        facts |= {quad for quad in record.added.quads if is_facts(quad.graph_name)}
    return facts
