"""The build: from tables of facts to a new generation of the store.

Changes accepted since are in the change log beside the store, and every build reapplies them.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity import collector, schema
from comity.changes.apply import ACTOR, Changes
from comity.changes.delta import Delta
from comity.changes.history import last_number
from comity.changes.replay import REPLAYED, Replay, apply_all, apply_each, facts_delta, note_build
from comity.closure.entailment import Reasoner
from comity.derivation import Derived, Emit, Progress, derive_all, quads_of
from comity.errors import DamagedError, Problem, StoreError
from comity.iris import INFERRED, ONTOLOGY, SHAPES, is_facts
from comity.store.changelog import NAME, ChangeLog
from comity.store.database import (
    GenerationWriter,
    check_generation,
    current,
    open_store,
    stamp,
    stamps,
    with_union,
    write_lock,
)
from comity.tables.load import Facts, load
from comity.validation.report import ValidationError, ValidationReport

#: Denotes, in stamps, the folder of the shipped facts, wherever the package is installed.
SHIPPED = "shipped"


@dataclass
class BuildReport:
    """The result of a build: whether it was needed, the generation, validation warnings, and damage found."""

    generation: str
    unchanged: bool
    meta: dict[str, Any]
    warnings: list[Problem] = field(default_factory=list)
    lost: list[Problem] = field(default_factory=list)


def facts_folder() -> Path:
    """Return the folder of the facts that ship with the package."""
    with as_file(files("comity").joinpath("facts")) as folder:
        return folder


def remembered_folder(store: Path) -> Path:
    """Return the folder of tables the store was built from; for a new store, the shipped facts.

    :raises StoreError: if the folder no longer exists, or the store predates the recording of its folder and differs
        from the shipped facts: the user then has to say which facts are meant.
    """
    before = next(stamps(store), None)
    if before is None and current(store):
        raise DamagedError(
            f"The store {store} is damaged and does not record which facts it was built from. Build it again: "
            "`comity build --force --facts DIR`, or `--shipped` for the facts that ship with comity."
        )
    if before is None or before.get("facts") == SHIPPED:
        return facts_folder()
    if "facts" not in before:
        if before["hash"] == content_hash(facts_folder()):
            return facts_folder()
        raise StoreError(
            f"The store {store} does not record which facts it was built from. Build it again: "
            "`comity build --facts DIR`, or `comity build --shipped` for the facts that ship with comity."
        )
    folder = Path(before["facts"])
    if not folder.is_dir():
        raise FactsGoneError(
            f"The store {store} was built from the facts in {folder}, which does not exist any more. "
            "Name the new folder: `comity build --facts DIR`, or `comity build --shipped`."
        )
    return folder


class FactsGoneError(StoreError):
    """The folder that a store was built from no longer exists."""


def _origin(folder: Path) -> dict[str, str]:
    """Return the part of a generation's stamp that records the tables it was built from."""
    return {"facts": SHIPPED if folder.resolve() == facts_folder().resolve() else str(folder.resolve())}


def content_hash(facts: Path) -> str:
    """Return the SHA-256 digest of all inputs of a build: tables, ontology, shapes, rules and code."""
    digest = hashlib.sha256(schema.fingerprint())
    for table in sorted(facts.glob("*.csv")):
        digest.update(f"{table.name}\0".encode())
        digest.update(table.read_bytes())
    return digest.hexdigest()


def build(
    store: Path,
    facts: Path | None = None,
    reasoner: Reasoner = "fast",
    progress: Progress = lambda stage: None,
    force: bool = False,
) -> BuildReport:
    """Build the store from tables of facts, unless it is already built from the same ones.

    :param facts: the folder of tables; by default the one the store was built from, or the shipped facts for a new
        store.
    :param reasoner: ``fast``, or ``owlrl`` for the reference engine.
    :param progress: called with the name of each stage as it begins.
    :raises TableError: if a table cannot be read.
    :raises ValidationError: if the facts do not pass validation; the previous store is unchanged.
    :raises StoreError: if the store cannot be written to, or what it was built from is unknown.
    """
    lost = _lost(store, force)
    folder = facts or remembered_folder(store)
    digest = content_hash(folder)
    before = stamp(store) if current(store) and not lost else None
    if before and before["hash"] == digest and before["reasoner"] == reasoner and not force:
        if ChangeLog(store).head().number > last_number(before):
            Changes(store).recover()
        return BuildReport(str(current(store)), True, stamp(store) or before)
    with write_lock(store, 0), collector.paused():
        progress("Reading the tables of facts")
        read = load(folder)
        if lost.log:
            ChangeLog(store).salvage()
        work = _Build(store, folder, digest, reasoner, progress, read, lost)
        try:
            return work.with_all_changes()
        except ValidationError:
            if not work.records:
                raise
        return work.change_by_change()


@dataclass(frozen=True)
class _Lost:
    """Descriptions of the damage to a store: to its change log and its generation."""

    log: str = ""
    generation: str = ""

    def __bool__(self) -> bool:
        return bool(self.log or self.generation)

    @property
    def problems(self) -> list[Problem]:
        """The messages of a build about the damage."""
        log = "The intact records were kept; later ones are only in the damaged log."
        made = "It was rebuilt from the tables and the change log."
        return [
            Problem(name, None, None, damage, cure)
            for name, damage, cure in ((NAME, self.log, log), ("generation", self.generation, made))
            if damage
        ]


def _lost(store: Path, force: bool) -> _Lost:
    """Return the damage to a store; a damaged generation is rebuilt, but records missing from the change log are lost.

    :raises DamagedError: if the change log is damaged or lacks records, unless the build is forced.
    """
    log, generation = "", ""
    try:
        ChangeLog(store).verify()
        ChangeLog(store).check_holds(next(stamps(store), {}).get("journal", {}))
    except DamagedError as error:
        if not force:
            raise
        log = str(error)
    try:
        if name := current(store):
            check_generation(store, name)
            open_store(store)
    except DamagedError as error:
        generation = str(error)
    return _Lost(log, generation)


@dataclass
class _Build:
    """A build from tables already read, with the changes accepted since."""

    store: Path
    folder: Path
    digest: str
    reasoner: Reasoner
    progress: Progress
    read: Facts
    lost: _Lost

    def __post_init__(self) -> None:
        self.log = ChangeLog(self.store)
        self.records = [record for record in self.log.records() if record.kind in REPLAYED]

    def with_all_changes(self) -> BuildReport:
        """Build with all accepted changes applied to the facts at once.

        :raises ValidationError: if tables and changes together do not pass validation.
        """
        quads = apply_all(self.read.quads, self.records)
        with GenerationWriter(self.store, self.digest) as writer:
            writer.add_schema(schema.quads())
            writer.add_quads(quads)
            facts = _facts_of(quads)
            built = self._compared(facts, quads)
            # Hundreds of megabytes that are not needed any more.
            del quads
            self.read.quads.clear()
            self.read.acts.clear()
            derived = _derived(self.read, facts, self.reasoner, self.progress, writer.add_triples)
            return self._publish(writer, built, len(derived.inferred.added), derived.report)

    def change_by_change(self) -> BuildReport:
        """Build from the tables alone, and apply the accepted changes that are still valid, one by one.

        :raises ValidationError: if the tables by themselves do not pass validation.
        """
        self.read = load(self.folder)
        quads, report = derive_generation(self.read, self.reasoner, self.progress)
        memory = ox.Store()
        memory.bulk_extend(with_union(quads))
        replay = apply_each(memory, self.records, self.progress)
        report.remarks += replay.conflicts
        asserted = [quad for quad in replay.quads if quad.graph_name not in (ONTOLOGY, SHAPES)]
        with GenerationWriter(self.store, self.digest) as writer:
            writer.add_schema(schema.quads())
            writer.add_quads(asserted)
            inferred = sum(quad.graph_name == INFERRED for quad in asserted)
            built = self._compared(_facts_of(replay.quads), replay.quads)
            return self._publish(writer, built, inferred, report, replay)

    def _compared(self, facts: Iterable[ox.Triple], quads: Iterable[ox.Quad]) -> "_Compared":
        acts = sum(triple.predicate == ACTOR for triple in facts)
        proposed = sum(not act.sourced for act in self.read.acts)
        delta = None if self.lost.generation else facts_delta(self.store, self.log, quads)
        return _Compared(acts, proposed, delta)

    def _publish(
        self,
        writer: GenerationWriter,
        built: "_Compared",
        inferred: int,
        report: ValidationReport,
        replay: Replay | None = None,
    ) -> BuildReport:
        self.progress("Writing the store")
        replay = replay or Replay([])
        conflicts = [*self.lost.problems, *replay.conflicts]
        record = note_build(self.log, built.delta, replay.left_out, conflicts)
        meta = {
            "hash": self.digest,
            "content": reduce(
                lambda content, record: record.content_after(content), self.records, self.digest
            ),
            "reasoner": self.reasoner,
            "version": version("comity"),
            "counts": {
                "acts": built.acts,
                "proposed_acts": built.proposed,
                "warnings": len(report.warnings),
                "inferred": inferred,
            },
            "journal": {"number": record.number, "digest": record.digest},
        }
        writer.publish(meta | _origin(self.folder))
        return BuildReport(writer.name, False, meta, report.warnings, self.lost.problems)


@dataclass(frozen=True)
class _Compared:
    """The number of acts and proposals in a build, and how its facts differ from the previous ones."""

    acts: int
    proposed: int
    delta: Delta | None


def derive_generation(
    read: Facts, reasoner: Reasoner = "fast", progress: Progress = lambda stage: None
) -> tuple[list[ox.Quad], ValidationReport]:
    """Return all quads of a generation from tables alone, except the union, and the validation report.

    :raises ValidationError: if the facts do not pass validation.
    """
    derived = _derived(read, _facts_of(read.quads), reasoner, progress)
    added, _ = quads_of(derived)
    return [*read.quads, *schema.quads(), *added], derived.report


def _facts_of(quads: Iterable[ox.Quad]) -> frozenset[ox.Triple]:
    return frozenset(quad.triple for quad in quads if is_facts(quad.graph_name))


def _derived(
    read: Facts,
    facts: frozenset[ox.Triple],
    reasoner: Reasoner,
    progress: Progress,
    emit: Emit = lambda triples, graph: None,
) -> Derived:
    """Return what follows from facts, including the warnings from reading the tables."""
    derived = derive_all(facts, read.origin, reasoner, progress, emit)
    derived.report.remarks += read.warnings
    return derived
