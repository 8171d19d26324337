"""The transaction that every change passes: rehearsed, gated, journalled, made a generation, and only then told.

    wish ─▶ what it changes ─▶ shapes, periods, closure, contradictions ─▶ refused whole, nothing written
                                                                  └─▶ generation flushed ─▶ journal on disk
                                                                      ─▶ CURRENT swapped ─▶ answer

The line in the journal is the point of no return: with it the change is accepted whatever happens next, and a
start after a crash makes the generation again; without it nothing ever shows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.changes.delta import Delta, effective, is_facts
from comity.changes.history import activity, fates
from comity.changes.known import keep_register
from comity.changes.outcomes import Outcome
from comity.changes.state import State
from comity.changes.wishes import Author, Draft, Receipt, Wish, receipt_for
from comity.errors import ComityError, StoreError
from comity.iris import INFERRED, PROPOSALS, term
from comity.store.changelog import ChangeLog, NQuads, Record
from comity.store.database import current
from comity.store.generations import discard, forget_old, held, make_current, prepare

ACTOR = term("actor")


Progress = Callable[[str], None]


def _silent(stage: str) -> None:
    """Tell nobody."""


class Changes:
    """Makes changes to one store; it holds the current generation in memory from one change to the next."""

    def __init__(self, store: Path, patience: float = 30.0) -> None:
        """Change this store; other writers are waited for, ``patience`` seconds at most."""
        self.path = store
        self.log = ChangeLog(store)
        #: Called with the name of each stage of a change as it begins.
        self.progress: Progress = _silent
        self._patience = patience
        self._state: State | None = None

    @contextmanager
    def writing(self) -> Iterator[State]:
        """Hold the store for writing, with the current generation in memory and all accepted changes in it.

        :raises StoreError: when there is no store, it cannot be written, or others hold it too long.
        """
        with held(self.path, self._patience):
            if self._state is None or self._state.generation != current(self.path):
                self._state = State.load(self.path)
                forget_old(self.path)
            try:
                self._make_up_for(self._state)
                yield self._state
            except ComityError:
                raise
            except BaseException:
                self._state = None  # Nobody knows how far it got: the next change begins with a fresh copy.
                raise

    def recover(self) -> int:
        """Bring into the store what was accepted and, by a crash, did not get there; give the journal's last number."""
        with self.writing():
            return self.log.head().number

    def change(
        self, wish: Wish, author: Author, way: str, reason: str = "", dry_run: bool = False
    ) -> Receipt:
        """Take a wish through the gate and make it part of the store, whole or not at all.

        :raises ValidationError: when the gate refuses it.
        :raises ProtectedError: when it wants to write what is not asserted facts.
        :raises StoreError: when the disk does not take it.
        """
        with self.writing() as state:
            self.progress("Reading what is to change")
            draft = wish(state)
            delta = effective(state.store, draft.added, draft.removed)
            outcome = state.rehearse(delta, draft.origin, self.progress)
            outcome.warnings.extend(draft.warnings)
            aside = _aside(state, draft)
            draft.proposed = [quad for quad in draft.proposed if _is_new(state, delta, quad)]
            if dry_run or not (delta or aside or draft.proposed):
                return receipt_for(None, "change", state, outcome, dry_run)
            if not (delta or aside):
                return self._propose(state, draft.proposed, [], author, way, reason, draft.more)
            record = _record("change", author, way, reason, _joined(delta, aside), draft.more)
            sealed = self._write(state, outcome, aside, record)
            receipt = receipt_for(sealed, "change", state, outcome, dry_run)
            if draft.proposed:
                later = self._propose(state, draft.proposed, [], author, way, reason, {})
                receipt = Receipt(**(vars(receipt) | {"proposal": later.proposal}))
            return receipt

    def propose(
        self, wish: Wish, author: Author, way: str, reason: str = "", dry_run: bool = False
    ) -> Receipt:
        """Put a wish that the gate would let pass into the review queue.

        :raises ValidationError: when the gate refuses it even now.
        """
        with self.writing() as state:
            draft = wish(state)
            delta = effective(state.store, draft.added, draft.removed)
            outcome = state.rehearse(delta, draft.origin)
            if dry_run or not (delta or draft.proposed):
                return receipt_for(None, "proposal", state, outcome, dry_run)
            added = [*delta.added, *draft.proposed]
            aside = _aside(state, draft)
            kept = draft.more | {
                "aside_added": NQuads.of(aside.added).lines,
                "aside_removed": NQuads.of(aside.removed).lines,
            }
            return self._propose(state, added, list(delta.removed), author, way, reason, kept)

    def _propose(
        self,
        state: State,
        added: list[ox.Quad],
        removed: list[ox.Quad],
        author: Author,
        way: str,
        reason: str,
        more: dict[str, Any],
    ) -> Receipt:
        wanted = {"added": NQuads.of(added).lines, "removed": NQuads.of(removed).lines}
        shown = {ox.Quad(quad.subject, quad.predicate, quad.object, PROPOSALS) for quad in added}
        aside = Delta(frozenset(quad for quad in shown if quad not in state.store))
        record = _record("proposal", author, way, reason, aside, more | {"wanted": wanted})
        outcome = Outcome(Delta(), frozenset(), frozenset())
        sealed = self._write(state, outcome, aside, record)
        receipt = receipt_for(sealed, "proposal", state, outcome, False)
        return Receipt(**(vars(receipt) | {"proposal": sealed.number}))

    def note(
        self, kind: str, author: Author, way: str, reason: str, more: dict[str, Any], aside: Delta
    ) -> Record:
        """Put a record into the journal that changes no facts: a report, or the refusal of a proposal."""
        with self.writing() as state:
            record = _record(kind, author, way, reason, aside, more)
            return self._write(state, Outcome(Delta(), frozenset(), frozenset()), aside, record)

    def _write(self, state: State, outcome: Outcome, aside: Delta, record: Record) -> Record:
        """Make an outcome durable and current, in the order that a crash at any point leaves whole."""
        self.progress("Writing it down")
        sealed = self.log.seal(record)
        whole = self._with_provenance(state, outcome, aside, sealed)
        meta = _meta(state, whole, sealed)
        name = prepare(self.path, state.generation, whole.removed, whole.added, meta)
        try:
            self.log.append(sealed)
        except StoreError:
            discard(self.path, name)
            raise
        try:
            make_current(self.path, name)
        except StoreError as error:
            self._state = None
            raise StoreError(
                f"The change was accepted as number {sealed.number} and is in the change log, but cannot be shown "
                f"yet. {error} It will be shown as soon as the store can be written."
            ) from None
        state.commit(whole, name, meta)
        keep_register(state.store, state.shelf, whole.delta)
        return sealed

    def _with_provenance(self, state: State, outcome: Outcome, aside: Delta, record: Record) -> Outcome:
        gone, back = fates(record, state.store)
        told = activity(record) | gone | aside.added
        return Outcome(
            outcome.delta,
            outcome.added | frozenset(quad for quad in told if quad not in state.store),
            outcome.removed | aside.removed | back,
            outcome.warnings,
            outcome.opened,
            outcome.closed,
        )

    def _make_up_for(self, state: State) -> None:
        """Make the generations of changes that were accepted but, by a crash, not made current."""
        done = state.meta.get("journal", {}).get("number", 0)
        head = self.log.head()
        last = self.log.record(done)
        if done and (last is None or last.digest != state.meta["journal"]["digest"]):
            raise StoreError(
                f"The store {self.path} holds {done} changes that its change log, with {head.number}, does not: one of "
                "the two was replaced. Restore both from a backup with `comity restore`."
            )
        for record in self.log.records(done):
            added, removed = record.added.quads, record.removed.quads
            facts = Delta(
                frozenset(q for q in added if is_facts(q.graph_name)),
                frozenset(q for q in removed if is_facts(q.graph_name)),
            )
            aside = Delta(frozenset(added) - facts.added, frozenset(removed) - facts.removed)
            whole = self._with_provenance(state, state.rehearse(facts), aside, record)
            meta = _meta(state, whole, record)
            name = prepare(self.path, state.generation, whole.removed, whole.added, meta)
            make_current(self.path, name)
            state.commit(whole, name, meta)


def _record(kind: str, author: Author, way: str, reason: str, delta: Delta, more: dict[str, Any]) -> Record:
    return Record(kind, author.name, way, reason, NQuads.of(delta.added), NQuads.of(delta.removed), more)


def _joined(one: Delta, other: Delta) -> Delta:
    return Delta(one.added | other.added, one.removed | other.removed)


def _aside(state: State, draft: Draft) -> Delta:
    return Delta(
        frozenset(quad for quad in draft.aside_added if quad not in state.store),
        frozenset(quad for quad in draft.aside_removed if quad in state.store),
    )


def _is_new(state: State, delta: Delta, quad: ox.Quad) -> bool:
    """Tell whether neither a proposal nor a fact that stays says what a quad says."""
    if ox.Quad(quad.subject, quad.predicate, quad.object, PROPOSALS) in state.store:
        return False
    same = state.store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    return not any(is_facts(one.graph_name) and one not in delta.removed for one in same)


def _meta(state: State, outcome: Outcome, record: Record) -> dict[str, Any]:
    """Give the stamp of the generation that a change makes."""
    counts = dict(state.meta.get("counts", {}))
    for quads, sign in ((outcome.added, 1), (outcome.removed, -1)):
        acts = sum(quad.predicate == ACTOR and is_facts(quad.graph_name) for quad in quads)
        inferred = sum(quad.graph_name == INFERRED for quad in quads)
        for name, number in (("acts", acts), ("inferred", inferred), ("quads", len(quads))):
            counts[name] = counts.get(name, 0) + sign * number
    return state.meta | {"counts": counts, "journal": {"number": record.number, "digest": record.digest}}
