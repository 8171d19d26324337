"""Change requests: the requested change, the graph that it is computed on, and its result."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import pyoxigraph as ox

from comity.changes.delta import Delta
from comity.changes.existing import SourceIndex, catalogue_of, in_catalogue
from comity.derivation import Derived, party_groups, succeeding_groups
from comity.errors import Problem
from comity.iris import PERIODS, term
from comity.periods.groups import PartyGroups
from comity.store.bulk import BulkReader
from comity.store.records import NQuads, Record
from comity.tables.parties import Catalogue
from comity.validation.report import Origin

#: The number of quads above which a change is a bulk change.
_MANY_QUADS = 20_000


@dataclass(frozen=True)
class Author:
    """Who makes a change: the name of the token, and its role."""

    name: str
    role: str = "editor"


def is_bulk(quads: int) -> bool:
    """Return whether a change of this many quads is a bulk change.

    All facts are then read into memory, since looking each up on disk takes longer, and the writer yields to readers.
    """
    return quads > _MANY_QUADS


class CurrentGraph:
    """A generation, open for reading, that a change is computed on."""

    def __init__(self, store: ox.Store, generation: str = "", meta: dict[str, Any] | None = None) -> None:
        """Wrap an open store; ``meta`` is the stamp of its generation."""
        self.store, self.generation, self.meta = store, generation, meta or {}
        #: For a bulk change: what it reads, in memory.
        self.bulk: BulkReader | None = None
        self._sources: SourceIndex | None = None
        self._catalogue: Catalogue | None = None
        self._groups: PartyGroups | None = None

    def facts_for(self, quads: int) -> ox.Store:
        """Return a store for looking up facts, or the ontology, by graph for a change of this many quads.

        It is the generation itself or, for a large change, its assertions in memory.
        """
        if self.bulk is None and is_bulk(quads):
            self.bulk = BulkReader(self.store)
        return self.store if self.bulk is None else self.bulk.assertions

    @property
    def groups(self) -> PartyGroups:
        """The groups of parties, read on first use."""
        if self._groups is None:
            self._groups = party_groups(self.store)
        return self._groups

    @property
    def catalogue(self) -> Catalogue:
        """The parties and statuses of the graph, read on first use."""
        if self._catalogue is None:
            self._catalogue = catalogue_of(self.store)
        return deepcopy(self._catalogue)  # Reading tables adds what they name.

    @property
    def sources(self) -> SourceIndex:
        """All sources in the graph, read on first use."""
        if self._sources is None:
            self._sources = SourceIndex(self.store)
        return self._sources

    def succeeded_by(self, after: "CurrentGraph", delta: Delta) -> None:
        """Pass what was read and is not affected by the change on to the graph resulting from it."""
        changed = (*delta.added, *delta.removed)
        if not any(in_catalogue(quad.subject) for quad in changed):
            after._catalogue = self._catalogue
        if self._groups is not None:
            after._groups = succeeding_groups(self._groups, after.store, [quad.triple for quad in changed])
        if self._sources is not None and self._sources.update(after.store, delta.added, delta.removed):
            after._sources = self._sources


@dataclass
class Changeset:
    """What a change request adds and removes.

    ``added`` and ``removed`` are facts; ``proposed`` are facts without a source, which only become proposals;
    ``metadata_added`` and ``metadata_removed`` are quads of provenance and proposals that the program itself writes.
    ``extra`` goes into the record.
    """

    added: list[ox.Quad] = field(default_factory=list)
    removed: list[ox.Quad] = field(default_factory=list)
    proposed: list[ox.Quad] = field(default_factory=list)
    metadata_added: list[ox.Quad] = field(default_factory=list)
    metadata_removed: list[ox.Quad] = field(default_factory=list)
    origin: Origin = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)


#: Computes a change from the graph at the time it is applied.
ChangeBuilder = Callable[[CurrentGraph], Changeset]


@dataclass(frozen=True)
class ChangeResult:
    """The result of a change request.

    ``number`` is that of its record, or None if there was nothing to change or nothing was recorded; ``opened`` and
    ``closed`` count periods; for a dry run, ``periods`` is what would be added to their graph and removed from it.
    """

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
    periods: tuple[NQuads, NQuads] = field(default_factory=lambda: (NQuads(), NQuads()))

    @classmethod
    def of(
        cls, kind: str, delta: Delta, derived: Derived, warnings: Iterable[Problem], dry_run: bool = False
    ) -> "ChangeResult":
        """Return the result of a change that was not recorded."""
        starts = term("startLatest")
        opened, closed = (
            sum(triple.predicate == starts for triple in side)
            for side in (derived.periods.added, derived.periods.removed)
        )
        result = cls(None, kind, "", warnings=tuple(warnings), opened=opened, closed=closed, dry_run=dry_run)
        if not dry_run:
            return result  # Its record has what it adds and removes.
        added, removed = (
            NQuads.of(ox.Quad(triple.subject, triple.predicate, triple.object, PERIODS) for triple in side)
            for side in (derived.periods.added, derived.periods.removed)
        )
        sides = NQuads.of(delta.added), NQuads.of(delta.removed)
        return replace(result, added=sides[0], removed=sides[1], periods=(added, removed))

    def kept(self, record: Record, generation: str) -> "ChangeResult":
        """Return the result with its record."""
        return replace(
            self,
            number=record.number,
            generation=generation,
            added=record.added,
            removed=record.removed,
            proposal=record.number if record.kind == "proposal" else None,
        )
