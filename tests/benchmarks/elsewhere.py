"""The cost of a change to a store, and of a build and answers inside another engine, for worlds of any size."""

import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

Figures = dict[str, Any]


def change(world: Path, store: Path) -> Figures:
    """Enter acts one by one: the seconds until the graph is in memory, and the milliseconds of each act (median)."""
    from comity.changes.apply import Changes
    from tests.changes.world import add, row

    actor, object_ = [
        line.split(",")[0] for line in (world / "polities.csv").read_text("utf-8").splitlines()[1:3]
    ]
    changes = Changes(store)
    changes.recover()
    taken = []
    for day in range(1, 8):
        start = time.perf_counter()
        add(changes, row("vote", actor, object_, f"2031-03-{day:02}", f"https://votes.example/{day}"))
        taken.append(time.perf_counter() - start)
    return {
        "first": taken[0],
        "act": statistics.median(taken[1:]) * 1000,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def engine(world: Path, store: Path) -> Figures:
    """Build the world inside a Virtuoso started for it, and ask there: seconds, and milliseconds a question."""
    from comity.questions.questions import question
    from comity.remote.build import build_remote
    from comity.remote.store import open_remote
    from tests.benchmarks.scale import DAY, entity_of, milliseconds
    from tests.remote.engines import virtuoso

    stages: dict[str, float] = {}
    begun = [time.perf_counter(), ""]

    def progress(stage: str) -> None:
        name, now = str(begun[1]).split(":")[0].split(" (")[0], time.perf_counter()
        stages[name] = stages.get(name, 0.0) + now - float(begun[0])
        begun[:] = [now, stage]

    entity, party = entity_of(world)
    with tempfile.TemporaryDirectory() as folder, virtuoso(Path(folder)) as address:
        start = time.perf_counter()
        build_remote(address, world, "benchmark", progress)
        found: Figures = {"build": time.perf_counter() - start}
        progress("")
        found["stages"] = {name: seconds for name, seconds in stages.items() if name}
        remote = open_remote(address).oxigraph
        for name, asked, values in (
            ("point", "who-recognises", {"object": entity, "as_of": DAY}),
            ("listing", "recognised-by", {"actor": party, "as_of": DAY}),
        ):
            query = question(asked).bind(remote, values)
            found[name] = milliseconds(lambda query=query: list(remote.query(query)), 5)  # type: ignore[misc]
        found["disk"] = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file()) / 2**20
    return found
