"""The figures of the project, measured and written into docs/figures.md by one command.

    python -m tests.benchmarks figures [--world DIR] [--rounds 3]

A small world (the sample of the facts that tests use) and a large one are measured in turns. The large one is all the
shipped facts, or another folder of tables.
"""

import argparse
import os
import platform
import re
import tempfile
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from comity.build import facts_folder
from comity.store.database import open_store
from tests.benchmarks import pages, upkeep
from tests.benchmarks.measure import DOCS, Spread, memory, run, served
from tests.sample import sample_folder

ROOT = DOCS.parent


@dataclass
class World:
    """A folder of tables, the store built from it, and what was measured of it."""

    name: str
    tables: Path
    store: Path
    build: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)


def lines(pattern: str, *folders: str) -> tuple[int, int]:
    """Return how many lines and files match a pattern below folders of the checkout."""
    files = [path for folder in folders for path in (ROOT / folder).rglob(pattern)]
    return sum(path.read_text("utf-8").count("\n") for path in files), len(files)


def pattern_lines(question: str) -> int:
    """Return the lines of a question from SELECT on, without comments and blank lines."""
    text = (ROOT / "queries" / "questions" / f"{question}.rq").read_text("utf-8")
    body = text[re.search(r"^SELECT", text, re.MULTILINE).start() :]  # type: ignore[union-attr]
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in body.splitlines())


def measure_served(world: World, rounds: int) -> None:
    """Measure memory and pages of a served store, and what one act takes."""
    addresses = pages.addresses(open_store(world.store).oxigraph)
    with served(world.store) as (address, pid):
        taken = pages.measure(address, addresses, rounds)
        used = memory(pid)
    world.found["memory"] = f"{sum(used.values()):,.0f} MiB in {len(used)} processes"
    slowest = max(taken, key=lambda name: max(taken[name]))
    world.found["pages"] = (
        f"{pages.p95(taken):.0f} ms ({len(taken)} kinds × {rounds}; slowest: {slowest}, {max(taken[slowest]):.0f} ms)"
    )
    answered, visible = upkeep.measure(world.store, 8)
    world.found["act"] = f"{visible} s (answered after {answered} s)"


def report(small: World, large: World, rounds: int) -> str:
    """Return the page of the documentation."""
    code, files = lines("*.py", "graph", "server")
    asked, questions = lines("*.rq", "queries/questions")
    rows = [
        (
            "Python in `graph/` and `server/`",
            f"{code:,} lines, {files} files",
            "",
            "≤ 19,000 lines, ≤ 120 files",
        ),
        (
            "questions in SPARQL",
            f"{asked:,} lines, {questions} files; `who-recognises` {pattern_lines('who-recognises')} lines of pattern",
            "",
            "≤ 2,000; ≤ 25",
        ),
        (
            "build, as a separate process",
            *(f"{Spread(tuple(world.build))} s" for world in (small, large)),
            "≤ 5 s; ≤ 30 s",
        ),
        (
            "peak memory of the build",
            *(f"{Spread(tuple(world.peak), 0)} MiB" for world in (small, large)),
            "≤ 1 GiB",
        ),
        (
            "one act, from its request until a query shows it",
            small.found["act"],
            large.found["act"],
            "≤ 0.5 s",
        ),
        ("memory of a serving instance (PSS)", small.found["memory"], large.found["memory"], "≤ 700 MiB"),
        ("pages, 95 % within", small.found["pages"], large.found["pages"], "≤ 100 ms"),
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"""# Figures

Written by `python -m tests.benchmarks figures` (`make figures`); do not edit it by hand.
{os.cpu_count()} processors, Python {platform.python_version()}, pyoxigraph {version("pyoxigraph")};
load of the machine at the end: {os.getloadavg()[0]:.1f}. If it is well above 1, other programs were running
and times are too long.

* Small: {small.name}. Large: {large.name}.
* Builds: the median of rounds in turn (small, large, small …), {rounds} of each, with minimum and maximum in brackets.
* Memory is the proportional set size of all processes of `comity serve`, after every kind of page has been requested.
* Pages are requested over HTTP by one client; no address is in a cache. The first round is not counted.
* Acts are entered one by one over HTTP; a query right after the response must show each.

| | small | large | aim |
|---|---|---|---|
{table}

For point queries compared with other servers, see [benchmarks-endpoint.md](benchmarks-endpoint.md).
For the stages from a row to a response, see [architecture.md](architecture.md).
"""


def main(arguments: list[str] | None = None) -> None:
    """Measure both worlds, print the page and write it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks figures", description=__doc__)
    parser.add_argument("--world", type=Path, help="another folder of tables than the shipped facts")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="comity-figures-") as temporary:
        folder = Path(temporary)
        small = World("the sample of the facts used by tests", sample_folder(), folder / "small")
        name = "the folder named by `--world`" if chosen.world else "the shipped facts"
        large = World(name, chosen.world or facts_folder(), folder / "large")
        for _ in range(chosen.rounds):
            for world in (small, large):
                seconds, peak = run("build", "--facts", world.tables, "--store", world.store, "--force")
                world.build.append(seconds)
                world.peak.append(peak)
        for world in (small, large):
            acts = open_store(world.store).meta["counts"]["acts"]
            world.name = f"{world.name}, {acts:,} acts"
            measure_served(world, chosen.rounds)
        text = report(small, large, chosen.rounds)
    print(text)
    (DOCS / "figures.md").write_text(text, "utf-8")
