"""How long the way from tables to answers takes: build, stages, closure against owlrl, a question, memory."""

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pyoxigraph as ox

from comity import schema
from comity.build import facts_folder
from comity.closure.entailment import infer
from comity.iris import PROPOSALS, PROVENANCE
from comity.periods.sweep import derive
from comity.snapshots.graphs import ALL_PARTS, Snapshots, parts_for
from comity.store.database import open_store
from comity.tables.load import load
from comity.validation.shacl import validate

COMITY = Path(sys.executable).parent / "comity"
RECOGNISES = "https://w3id.org/comity/ontology#recognises"


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """The median time of some runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def measure(reference: bool) -> dict[str, str]:
    """All figures by name; with the reference, also owlrl, which takes minutes."""
    found: dict[str, str] = {}
    facts = load(facts_folder())
    accepted = [quad for quad in facts.quads if quad.graph_name not in (PROPOSALS, PROVENANCE)]
    found["read tables (s)"] = f"{seconds(lambda: load(facts_folder()), 3):.2f}"
    graph = ox.Store()
    graph.bulk_extend(
        ox.Quad(*triple) for triple in (*schema.ontology(), *(quad.triple for quad in accepted))
    )
    found["shapes (s)"] = f"{seconds(lambda: validate(graph)):.2f}"
    found["periods (s)"] = f"{seconds(lambda: derive(accepted), 3):.2f}"
    base = [*schema.ontology(), *(quad.triple for quad in accepted), *derive(accepted)]
    fast = seconds(lambda: infer(base), 3)
    found["closure (s)"] = f"{fast:.2f}"
    if reference:
        slow = seconds(lambda: infer(base, "owlrl"))
        found["closure by owlrl (s)"] = f"{slow:.0f} ({slow / fast:.0f} times the default)"
    with tempfile.TemporaryDirectory() as folder:
        _measure_store(Path(folder), found)
    return found


def _measure_store(store: Path, found: dict[str, str]) -> None:
    def comity(*words: str) -> None:
        subprocess.run([COMITY, *words, "--store", store, "--quiet"], check=True, capture_output=True)

    found["full build, as a process (s)"] = f"{seconds(lambda: comity('build')):.1f}"
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    found["peak memory of the build (MiB)"] = f"{memory:.0f}"
    found["unchanged build, as a process (s)"] = f"{seconds(lambda: comity('build'), 3):.2f}"
    ask = ("ask", "who-recognises", "--object", "kosovo", "--as-of", "2010-01-01")
    found["comity ask, as a process (s)"] = f"{seconds(lambda: comity(*ask), 5):.2f}"
    memory_copy = ox.Store()
    memory_copy.bulk_extend(open_store(store).oxigraph)
    _measure_snapshots(memory_copy, found)


def _measure_snapshots(memory: ox.Store, found: dict[str, str]) -> None:
    snapshots = Snapshots(memory)
    snapshots.calendar.prepare()
    for name, parts, month in (("one property", parts_for([RECOGNISES]), "03"), ("whole", ALL_PARTS, "09")):
        days = iter(f"https://w3id.org/comity/as-of/{year}-{month}-01" for year in range(1960, 2020))
        taken = seconds(lambda days=days, parts=parts: snapshots.make([next(days)], parts), 60)  # type: ignore[misc]
        found[f"snapshot, {name} (ms)"] = f"{taken * 1000:.1f}"
    lookup = f"SELECT ?s {{ ?s <{RECOGNISES}> <https://w3id.org/comity/polity/kosovo> }}"
    graph = ox.NamedNode("https://w3id.org/comity/as-of/2019-03-01")
    stored = ox.Store()
    stored.extend(ox.Quad(*quad.triple) for quad in memory.quads_for_pattern(None, None, None, graph))
    through = seconds(lambda: list(memory.query(lookup, default_graph=graph)), 500)  # type: ignore[arg-type]
    plain = seconds(lambda: list(stored.query(lookup)), 500)  # type: ignore[arg-type]
    found["lookup in a snapshot, against stored triples"] = (
        f"{through / plain:.2f} times ({through * 1e6:.0f} µs)"
    )


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and write the table of the docs; ``--reference`` adds owlrl, which takes minutes."""
    found = measure("--reference" in (arguments or []))
    rows = "\n".join(f"| {name} | {value} |" for name, value in found.items())
    text = f"""# Benchmarks of the way from tables to answers

Written by `python -m tests.benchmarks pipeline` on the shipped facts;
{os.cpu_count()} processors, Python {platform.python_version()}, pyoxigraph {version("pyoxigraph")}.

| what | how much |
|---|---|
{rows}
"""
    print(text)
    (Path(__file__).parents[2] / "docs" / "benchmarks-pipeline.md").write_text(text, "utf-8")
