"""The build: tables of facts through the gate to periods, closure and a new generation of the store.

Changes that were accepted since are in the journal beside the store, and every build makes them again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity import schema
from comity.changes.delta import is_facts
from comity.changes.replay import kept, note_build
from comity.changes.transaction import ACTOR, Changes
from comity.closure.entailment import Reasoner, entail
from comity.errors import Problem, StoreError
from comity.iris import INFERRED, PERIODS, PROPOSALS, PROVENANCE
from comity.periods.sweep import derive
from comity.store.changelog import ChangeLog
from comity.store.database import current, locked, stamp, write_generation
from comity.tables.load import Facts, load
from comity.validation.contradictions import check_consistency
from comity.validation.report import ValidationReport
from comity.validation.shacl import validate

#: Stands in stamps for the folder of the facts that ship with the package, wherever it is installed.
SHIPPED = "shipped"
Progress = Callable[[str], None]


@dataclass
class BuildReport:
    """What a build did: whether it was needed, the generation, and the warnings of the gate."""

    generation: str
    unchanged: bool
    meta: dict[str, Any]
    warnings: list[Problem] = field(default_factory=list)


def facts_folder() -> Path:
    """Give the folder of the facts that ship with the package."""
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
    """Give the digest of all that a build is made from: tables, ontology, shapes, rules and code."""
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
    :raises RefusedError: when the gate refuses the facts; the previous store stays as it was.
    :raises StoreError: when the store cannot be written, or nobody knows what it was built from.
    """
    folder = facts or remembered_folder(store)
    wanted = content_hash(folder)
    before = stamp(store) if current(store) else None
    if before and before["hash"] == wanted and before["reasoner"] == reasoner and not force:
        if ChangeLog(store).head().number > before.get("journal", {}).get("number", 0):
            Changes(store).recover()
        return BuildReport(str(current(store)), True, stamp(store) or before)
    with locked(store):
        journal = ChangeLog(store)
        progress("Reading the tables of facts")
        read = load(folder)
        replay, report = kept(read, journal, lambda facts: derive_all(facts, reasoner, progress), progress)
        progress("Writing the store")
        record = note_build(store, journal, replay)
        quads = replay.quads
        meta = _meta(wanted, reasoner, read, quads, report) | _origin(folder)
        meta["journal"] = {"number": record.number, "digest": record.digest}
        name = write_generation(store, quads, meta)
        return BuildReport(name, False, meta, report.warnings)


def derive_all(
    facts: Facts, reasoner: Reasoner, progress: Progress
) -> tuple[list[ox.Quad], ValidationReport]:
    """Validate facts and derive periods and closure; return all quads of a generation.

    :raises ValidationError: when the facts break a shape or contradict each other.
    """
    accepted = [quad.triple for quad in facts.quads if quad.graph_name not in (PROPOSALS, PROVENANCE)]
    progress("Checking them against the shapes")
    store = ox.Store()
    store.bulk_extend(ox.Quad(*triple) for triple in (*schema.ontology(), *accepted))
    report = ValidationReport(validate(store), facts.origin, facts.warnings).raise_on_violation()
    progress("Deriving periods")
    periods = derive(accepted)
    progress("Reasoning")
    entailed = entail([*schema.ontology(), *accepted, *periods], reasoner)
    store.bulk_extend(ox.Quad(*triple) for triple in (*periods, *entailed.triples))
    contradictions = check_consistency(store, entailed.complaints)
    ValidationReport(contradictions, facts.origin).raise_on_violation()
    quads = [*facts.quads, *schema.quads()]
    for graph, triples in ((PERIODS, periods), (INFERRED, entailed.triples)):
        quads += [ox.Quad(triple.subject, triple.predicate, triple.object, graph) for triple in triples]
    return quads, report


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
