"""How cost grows with the facts: made-up worlds of some times today's size, built and asked.

``python -m tests.benchmarks.scale --sizes 1 10`` measures these sizes and writes them, with those measured before,
to ``docs/benchmarks-scale.json``, ``docs/benchmarks-scale.md`` and the charts beside it. Each build and each
asking is a process of its own, so that memory is that of one size alone.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from comity.server.processes import allocator

from .synthesis import synthesise

DOCS = Path(__file__).parent.parent.parent / "docs"
TODAY = 2_600
DAY, CHANGES = "2005-06-01", ("2003-01-01", "2006-01-01", "2009-01-01")
Figures = dict[str, Any]


def milliseconds(work: Callable[[], object], times: int) -> float:
    """The median time of some runs, the first of which is not counted."""
    taken = []
    for _ in range(times + 1):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:]) * 1000


def build(world: Path, store: Path) -> Figures:
    """Build in this process; the seconds of each stage, by the wall and by the processor."""
    from comity.build import build as build_store
    from comity.store.database import stamp

    stages: list[tuple[str, float, float]] = []

    def progress(stage: str) -> None:
        stages.append((stage, time.perf_counter(), time.process_time()))

    start = time.perf_counter()
    build_store(store, world, progress=progress, force=True)
    progress("")
    found: Figures = {"counts": (stamp(store) or {})["counts"], "wall": time.perf_counter() - start}
    found["processor"] = time.process_time()
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found["stages"] = {
        stage: [then[1] - wall, then[2] - processor] for (stage, wall, processor), then in pairwise(stages)
    }
    found["load"] = os.getloadavg()[1]
    return found


def entity_of(world: Path) -> tuple[str, str]:
    """A contested entity of a world, and a party that may recognise others."""
    lines = (world / "polities.csv").read_text("utf-8").splitlines()
    return next(line.split(",")[0] for line in lines if ",de_facto," in line), lines[1].split(",")[0]


def ask(world: Path, store: Path) -> Figures:
    """Ask the store on disk; milliseconds of each kind of question."""
    import pyoxigraph as ox

    from comity.questions.questions import question
    from comity.snapshots.graphs import Snapshots
    from comity.store.database import open_store

    database = open_store(store).oxigraph
    entity, party = entity_of(world)
    found: Figures = {}
    for name, asked, values in (
        ("point", "who-recognises", {"object": entity, "as_of": DAY}),
        ("listing", "recognised-by", {"actor": party, "as_of": DAY}),
    ):
        sparql = question(asked).bind(database, values)
        found[name] = milliseconds(lambda sparql=sparql: list(database.query(sparql)), 30)  # type: ignore[misc]
    memory = ox.Store()
    start = time.perf_counter()
    snapshots = Snapshots(database, memory)
    snapshots.calendar.prepare()
    found["calendar"] = (time.perf_counter() - start) * 1000
    days = iter(f"https://w3id.org/comity/as-of/{day}" for day in ("2001-01-01", *CHANGES))
    found["snapshot"] = milliseconds(lambda: snapshots.make([next(days)]), len(CHANGES))
    graph, base = f"https://w3id.org/comity/as-of/{CHANGES[0]}", "https://w3id.org/comity/"
    lookup = f"SELECT ?s {{ GRAPH <{graph}> {{ ?s <{base}ontology#recognises> <{base}polity/{entity}> }} }}"
    found["lookup"] = milliseconds(lambda: list(memory.query(lookup)), 50)  # type: ignore[arg-type]
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


#: Up to these sizes a part is measured: a change holds the graph in memory as objects, Virtuoso takes hours for more.
_UP_TO = {"build": 400, "ask": 400, "change": 10, "virtuoso": 10}


def parts_for(size: int) -> list[str]:
    """What is measured of a world of this size; of Virtuoso nothing where it is not installed."""
    return [
        part
        for part, most in _UP_TO.items()
        if size <= most and (part != "virtuoso" or shutil.which("virtuoso-t"))
    ]


def measure(size: int) -> Figures:
    """All figures of one size."""
    with tempfile.TemporaryDirectory(prefix="comity-scale-") as name:
        world, store = Path(name) / "world", Path(name) / "store"
        synthesise(size * TODAY, 1, world)
        found: Figures = {"size": size}
        for part in parts_for(size):
            command = [sys.executable, "-m", "tests.benchmarks.scale", "--part", part, world, store]
            # Asked as the server's workers ask, under their allocator.
            around = allocator.environment() if part == "ask" else None
            said = subprocess.run(command, check=True, capture_output=True, text=True, env=around).stdout
            found[part] = json.loads(said.splitlines()[-1])
        found["disk"] = sum(file.stat().st_size for file in store.rglob("*") if file.is_file()) / 2**20
        shutil.rmtree(world)
    return found


def main() -> None:
    """Measure the sizes asked for and write them down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1, 10])
    parser.add_argument("--part", nargs=3, metavar=("PART", "WORLD", "STORE"))
    options = parser.parse_args()
    if options.part:
        from . import elsewhere

        part, world, store = options.part
        work = {"build": build, "ask": ask, "change": elsewhere.change, "virtuoso": elsewhere.engine}[part]
        print(json.dumps(work(Path(world), Path(store))))
        return
    from .growth import write

    file = DOCS / "benchmarks-scale.json"
    known = {one["size"]: one for one in json.loads(file.read_text("utf-8"))} if file.exists() else {}
    for size in options.sizes:
        known[size] = measure(size)
        file.write_text(json.dumps([known[one] for one in sorted(known)], indent=1) + "\n", "utf-8")
        write([known[one] for one in sorted(known)], DOCS)
        print(f"{size} times today's facts: {known[size]['build']['wall']:.0f} s")


if __name__ == "__main__":
    main()
