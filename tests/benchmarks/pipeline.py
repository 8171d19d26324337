"""How long each stage of a build takes.

    python -m tests.benchmarks pipeline [--facts DIR] [--reference]

prints a line for each stage; ``--reference`` reasons by owlrl, the reference engine, which takes minutes.
"""

import argparse
import tempfile
import time
from pathlib import Path

from comity.build import build, facts_folder


def stages(tables: Path, store: Path, reference: bool = False) -> dict[str, float]:
    """Build a store in this process; return the seconds of each stage by its name."""
    found: dict[str, float] = {}
    began, name = time.perf_counter(), "Hashing the tables"

    def progress(stage: str) -> None:
        nonlocal began, name
        now = time.perf_counter()
        found[name] = found.get(name, 0.0) + now - began
        began, name = now, stage

    build(store, tables, "owlrl" if reference else "fast", progress, force=True)
    progress("")
    return found


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks pipeline", description=__doc__)
    parser.add_argument("--facts", type=Path, default=facts_folder(), help="a folder of tables")
    parser.add_argument("--reference", action="store_true")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = stages(chosen.facts, Path(folder) / "store", chosen.reference)
    for name, seconds in found.items():
        print(f"{seconds:8.2f} s  {name}")
    print(f"{sum(found.values()):8.2f} s  all")
