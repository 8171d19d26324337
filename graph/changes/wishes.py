"""What somebody wishes to change, who wishes it, and the receipt for what became of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from comity.changes.outcomes import Outcome
from comity.changes.state import State
from comity.errors import Problem
from comity.iris import term
from comity.store.changelog import NQuads, Record
from comity.validation.report import Origin


@dataclass(frozen=True)
class Author:
    """Who makes a change: the name of the token, and its role."""

    name: str
    role: str = "editor"


@dataclass
class Draft:
    """What somebody wishes to change.

    ``added`` and ``removed`` are facts; ``proposed`` are facts without a source, which only become proposals;
    ``aside_added`` and ``aside_removed`` are quads of provenance and proposals that the program itself writes.
    """

    added: list[ox.Quad] = field(default_factory=list)
    removed: list[ox.Quad] = field(default_factory=list)
    proposed: list[ox.Quad] = field(default_factory=list)
    aside_added: list[ox.Quad] = field(default_factory=list)
    aside_removed: list[ox.Quad] = field(default_factory=list)
    origin: Origin = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Receipt:
    """What became of a wish: the number of its record, or None when there was nothing to change or nothing was kept."""

    number: int | None
    kind: str
    generation: str
    added: NQuads = field(default_factory=NQuads)
    removed: NQuads = field(default_factory=NQuads)
    warnings: tuple[Problem, ...] = ()
    opened: int = 0
    closed: int = 0
    proposal: int | None = None
    dry_run: bool = False


Wish = Callable[[State], Draft]


def receipt_for(record: Record | None, kind: str, state: State, outcome: Outcome, dry_run: bool) -> Receipt:
    """Give the receipt for a record, or for an outcome of which nothing was kept."""
    starts = term("startLatest")
    return Receipt(
        record.number if record else None,
        kind,
        state.generation,
        record.added if record else NQuads.of(outcome.delta.added),
        record.removed if record else NQuads.of(outcome.delta.removed),
        tuple(outcome.warnings),
        sum(triple.predicate == starts for triple in outcome.opened),
        sum(triple.predicate == starts for triple in outcome.closed),
        None,
        dry_run,
    )
