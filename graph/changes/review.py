"""The review queue: proposals of contributors and rows without a source, until an editor decides.

A proposal's facts are in ``graph/proposals``, which is excluded from all answers; accepting one validates it
as a separate change, refusing one records the reason. Records of older stores also include reports of errors, which are
decided here; for new ones see :mod:`comity.store.reports`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyoxigraph as ox

from comity.changes.apply import Changes, split
from comity.changes.delta import Delta
from comity.changes.existing import ExistingSources
from comity.changes.request import Author, ChangeBuilder, ChangeResult, Changeset, CurrentGraph
from comity.errors import ComityError
from comity.iris import PROPOSALS, term
from comity.store.changelog import ChangeLog
from comity.store.records import NQuads, Record
from comity.store.review_queue import QueueEntry, ReviewQueue
from comity.tables.quad_builder import QuadBuilder
from comity.tables.reader import Row

_EVIDENCE = term("evidence")
WAITING = "waiting"
#: The most proposals of one contributor that may wait at once.
MOST_WAITING = 50


class ReviewError(ComityError):
    """A proposal does not exist, or was already decided."""


class NoProposalError(ReviewError):
    """There is no proposal with that number."""


@dataclass(frozen=True)
class Proposal:
    """An entry of the queue: what somebody proposes or reports, and the outcome."""

    record: Record
    state: str = WAITING
    decided_by: str = ""
    verdict: str = ""

    @classmethod
    def of(cls, entry: QueueEntry) -> "Proposal":
        """Return an entry of the queue as a proposal."""
        return cls(entry.record, entry.state, entry.decided_by, entry.verdict)

    @property
    def number(self) -> int:
        """The number of its record."""
        return self.record.number

    @property
    def kind(self) -> str:
        """``proposal`` or ``report``."""
        return self.record.kind

    @property
    def about(self) -> str:
        """What a report is about: an IRI or a path, or empty."""
        return str(self.record.extra.get("about", ""))

    @cached_property
    def added(self) -> NQuads:
        """What would be added."""
        return self._wanted("added")

    @cached_property
    def removed(self) -> NQuads:
        """What would be removed."""
        return self._wanted("removed")

    def _wanted(self, side: str) -> NQuads:
        return NQuads.of_lines(self.record.extra.get("wanted", {}).get(side, ()))

    def as_json(self) -> dict[str, Any]:
        """Return the proposal as plain values."""
        plain = self.record.as_json()
        return {
            **{name: plain[name] for name in ("number", "kind", "time", "agent", "way", "reason")},
            **{name: getattr(self, name) for name in ("about", "state", "decided_by", "verdict")},
            "added": self.added.lines,
            "removed": self.removed.lines,
        }


def check_room(log: ChangeLog, contributor: str) -> None:
    """Check that a contributor may propose something more.

    :raises ReviewError: if as many proposals of this contributor wait as may.
    """
    if (number := ReviewQueue(log).waiting(contributor)) >= MOST_WAITING:
        raise ReviewError(f"{number} proposals of {contributor} wait for an editor, which is the most.")


def proposals(log: ChangeLog, state: str | None = WAITING) -> list[Proposal]:
    """Return the entries of the queue in one state (or all for None), oldest first."""
    return [Proposal.of(entry) for entry in ReviewQueue(log).entries(state)]


def proposal(log: ChangeLog, number: int) -> Proposal:
    """Return one entry of the queue.

    :raises ReviewError: if there is none with that number.
    """
    for entry in ReviewQueue(log).entries(number=number):
        return Proposal.of(entry)
    raise NoProposalError(f"There is no proposal {number}. `comity review list` names those that wait.")


def accept(
    changes: Changes, number: int, author: Author, reason: str = "", source: dict[str, str] | None = None
) -> ChangeResult:
    """Add a proposal to the graph, if it passes validation; for a report, only record the decision.

    :param source: a source for those of its acts that have none: ``source_title``, ``source_url`` and so on.
    :returns: the result, whose record is that of the decision.
    :raises ValidationError: if it does not pass; it then remains pending.
    :raises ReviewError: if it is not pending.
    """
    decision = {"decides": number, "accepted": True}

    def build(graph: CurrentGraph) -> Changeset:
        waiting = _waiting(changes.log, number)
        changeset = Changeset(list(waiting.added.quads), list(waiting.removed.quads), extra=decision)
        changeset.metadata_added += _quads(waiting, "aside_added")
        changeset.metadata_removed += [*_quads(waiting, "aside_removed"), *_shown(changes.log, waiting)]
        if source:
            _cite(graph, changeset, source)
        return changeset

    waiting = _waiting(changes.log, number)
    if waiting.kind == "report":
        record = changes.note("decision", author, "review", reason, decision, Delta())
        return ChangeResult(record.number, "decision", "")
    return changes.change(build, author, "review", reason or waiting.record.reason)


def refuse(changes: Changes, number: int, author: Author, reason: str) -> Record:
    """Refuse a proposal for a reason; its facts are removed from ``graph/proposals``.

    :returns: the record of the decision.
    :raises ReviewError: if it is not pending, or no reason is given.
    """
    if not reason.strip():
        raise ReviewError("A refusal needs a reason: say what is wrong, so that it can be proposed better.")
    metadata = Delta(removed=frozenset(_shown(changes.log, _waiting(changes.log, number))))
    decision = {"decides": number, "accepted": False}
    return changes.note("decision", author, "review", reason, decision, metadata)


def _waiting(log: ChangeLog, number: int) -> Proposal:
    found = proposal(log, number)
    if found.state != WAITING:
        raise ReviewError(f"Proposal {number} was {found.state} by {found.decided_by} already.")
    return found


def _quads(decided: Proposal, side: str) -> tuple[ox.Quad, ...]:
    return NQuads.of_lines(decided.record.extra.get(side, ())).quads


def _shown(log: ChangeLog, decided: Proposal) -> list[ox.Quad]:
    """Return what a decision removes from the graph of proposals: the facts that no other proposal contains."""
    subjects = {quad.subject.value for quad in decided.added.quads if isinstance(quad.subject, ox.NamedNode)}
    entries = [Proposal.of(entry) for entry in ReviewQueue(log).mentioning(subjects)]
    others = {
        quad.triple
        for other in entries
        if other.state == WAITING and other.number != decided.number
        for quad in other.added.quads
    }
    owned = {quad.triple for entry in entries for quad in entry.record.added.quads}
    return [
        ox.Quad(triple.subject, triple.predicate, triple.object, PROPOSALS)
        for triple in {quad.triple for quad in decided.added.quads} - others
        if triple in owned
    ]


def _cite(graph: CurrentGraph, changeset: Changeset, source: dict[str, str]) -> None:
    """Cite a source for every act, claim, membership and succession in a change that has no evidence."""
    row = Row("review.csv", 1, source)
    for subject, quads in _unsourced(changeset):
        builder = QuadBuilder()
        sources = ExistingSources(builder, graph.sources)
        name = quads[0].graph_name
        sources.cite(str(getattr(name, "value", "")).rpartition("facts/")[2], subject, sources.of(row))
        sources.write_all()
        changeset.added += builder.quads


def _unsourced(changeset: Changeset) -> Iterator[tuple[ox.NamedNode, list[ox.Quad]]]:
    needing = {term(name) for name in ("actor", "claimant", "member", "successor")}
    by_subject: dict[ox.NamedNode, list[ox.Quad]] = {}
    for quad in changeset.added:
        if isinstance(quad.subject, ox.NamedNode):
            by_subject.setdefault(quad.subject, []).append(quad)
    for subject, quads in by_subject.items():
        predicates = {quad.predicate for quad in quads}
        if predicates & needing and _EVIDENCE not in predicates:
            yield subject, quads


def revert(log: ChangeLog, number: int) -> ChangeBuilder:
    """Return the change that undoes an accepted one.

    :raises ReviewError: if there is no such change, or it cannot be undone.
    """
    record = log.record(number)
    if record is None:
        raise ReviewError(f"There is no change {number}. `comity changes list` names them.")
    if record.kind != "change":
        raise ReviewError(f"Record {number} is a {record.kind}, which cannot be reverted. Name a change.")
    facts, metadata = split(record)
    return lambda graph: Changeset(
        added=list(facts.removed),
        removed=list(facts.added),
        metadata_added=list(metadata.removed),
        metadata_removed=list(metadata.added),
        extra={"reverts": number},
    )
