"""The build: from tables of facts to a new generation of the store, by the one derivation.

Changes that were accepted since are in the change log beside the store, and every build applies them again.
"""

import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity import schema
from comity.changes.apply import ACTOR, Changes
from comity.changes.replay import REPLAYED, Replay, apply_all, apply_each, note_build
from comity.closure.entailment import Reasoner
from comity.derivation import Progress, derive_all, quads_of
from comity.errors import Problem, StoreError
from comity.iris import INFERRED, is_facts
from comity.store.changelog import ChangeLog
from comity.store.database import current, stamp, with_union, write_generation, write_lock
from comity.tables.load import Facts, load
from comity.validation.report import ValidationError, ValidationReport

#: Stands in stamps for the folder of the facts that ship with the package, wherever it is installed.
SHIPPED = "shipped"


@dataclass
class BuildReport:
    """What a build did: whether it was needed, the generation, and the warnings of the validation."""

    generation: str
    unchanged: bool
    meta: dict[str, Any]
    warnings: list[Problem] = field(default_factory=list)


def facts_folder() -> Path:
    """Return the folder of the facts that ship with the package."""
    with as_file(files("comity").joinpath("facts")) as folder:
        return folder


def remembered_folder(store: Path) -> Path:
    """Return the folder of tables that the store was built from; of a new store, the facts that ship with the package.

    :raises StoreError: when the folder is gone, or the store is of a time before stores remembered it and differs from
        the shipped facts: whoever asks has to say which facts are meant.
    """
    before = stamp(store) if current(store) else None
    if before is None or before.get("facts") == SHIPPED:
        return facts_folder()
    if "facts" not in before:
        if before["hash"] == content_hash(facts_folder()):
            return facts_folder()
        raise StoreError(
            f"The store {store} does not say which facts it was built from. Build it again: "
            "`comity build --facts DIR`, or `comity build --shipped` for the facts that ship with comity."
        )
    folder = Path(before["facts"])
    if not folder.is_dir():
        raise FactsGoneError(
            f"The store {store} was built from the facts in {folder}, which are not there. "
            "Name where they are now: `comity build --facts DIR`, or `comity build --shipped`."
        )
    return folder


class FactsGoneError(StoreError):
    """The folder that a store was built from is not there any more."""


def _origin(folder: Path) -> dict[str, str]:
    """Return what the stamp of a generation says of the tables that it was built from."""
    return {"facts": SHIPPED if folder.resolve() == facts_folder().resolve() else str(folder.resolve())}


def content_hash(facts: Path) -> str:
    """Return the digest of all that a build is made from: tables, ontology, shapes, rules and code."""
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
    """Build the store from tables of facts, unless it is already made from the very same ones.

    :param facts: the folder of tables; by default the one that the store was built from, of a new store the facts that
        ship with the package.
    :param reasoner: ``fast``, or ``owlrl`` for the reference engine.
    :param progress: called with the name of each stage as it begins.
    :raises TableError: when a table cannot be read.
    :raises ValidationError: when the facts do not pass the validation; the previous store stays as it was.
    :raises StoreError: when the store cannot be written, or nobody knows what it was built from.
    """
    folder = facts or remembered_folder(store)
    wanted = content_hash(folder)
    before = stamp(store) if current(store) else None
    if before and before["hash"] == wanted and before["reasoner"] == reasoner and not force:
        if ChangeLog(store).head().number > before.get("journal", {}).get("number", 0):
            Changes(store).recover()
        return BuildReport(str(current(store)), True, stamp(store) or before)
    with write_lock(store, 0), _collector_paused():
        log = ChangeLog(store)
        progress("Reading the tables of facts")
        read = load(folder)
        replay, report = _replayed(read, log, reasoner, progress)
        progress("Writing the store")
        record = note_build(store, log, replay)
        meta = _meta(wanted, reasoner, read, replay.quads, report) | _origin(folder)
        meta["journal"] = {"number": record.number, "digest": record.digest}
        name = write_generation(store, replay.quads, meta)
        return BuildReport(name, False, meta, report.warnings)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Make no search for garbage among millions of objects that are all needed to the end."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _replayed(
    read: Facts, log: ChangeLog, reasoner: Reasoner, progress: Progress
) -> tuple[Replay, ValidationReport]:
    """Return all quads of a build: what was read from the tables, with the accepted changes applied again.

    :raises ValidationError: when the tables by themselves do not pass the validation.
    """
    records = list(log.records())
    try:
        quads, report = derive_generation(read, apply_all(read.quads, records), reasoner, progress)
        return Replay(quads), report
    except ValidationError:
        if not any(record.kind in REPLAYED for record in records):
            raise
    quads, report = derive_generation(read, read.quads, reasoner, progress)
    memory = ox.Store()
    memory.bulk_extend(with_union(quads))
    replay = apply_each(memory, records, progress)
    report.remarks += replay.conflicts
    return replay, report


def derive_generation(
    read: Facts, quads: list[ox.Quad], reasoner: Reasoner = "fast", progress: Progress = lambda stage: None
) -> tuple[list[ox.Quad], ValidationReport]:
    """Return all quads of a generation, but for the union, and the report of the validation.

    :param read: where the quads come from, for the places in the report.
    :param quads: facts, proposals and provenance.
    :raises ValidationError: when the facts do not pass the validation.
    """
    facts = [quad.triple for quad in quads if is_facts(quad.graph_name)]
    derived = derive_all(facts, read.origin, reasoner, progress)
    added, _ = quads_of(derived)
    derived.report.remarks += read.warnings
    return [*quads, *schema.quads(), *added], derived.report


def _meta(
    wanted: str, reasoner: str, facts: Facts, quads: list[ox.Quad], report: ValidationReport
) -> dict[str, Any]:
    return {
        "hash": wanted,
        "reasoner": reasoner,
        "version": version("comity"),
        "counts": {
            "acts": sum(quad.predicate == ACTOR and is_facts(quad.graph_name) for quad in quads),
            "proposed_acts": sum(not act.sourced for act in facts.acts),
            "warnings": len(report.warnings),
            "inferred": sum(quad.graph_name == INFERRED for quad in quads),
        },
    }
