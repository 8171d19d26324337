"""What each kind of page costs the server, nothing of it kept.

    python -m tests.benchmarks pages [--store PATH] [--runs 9]

prints a line for each page and writes docs/benchmarks-pages.md: the first time after a start and the median after it,
in milliseconds of the processor, which other programs on the machine change less; and the least time by the clock, as
`Server-Timing` tells it, which holds the waiting for a query worker too.
"""

import argparse
import os
import re
import statistics
import tempfile
import time
from pathlib import Path

from flask.testing import FlaskClient

from comity.build import build
from comity.server.app import create_app
from comity.server.settings import Settings
from tests.web.conftest import ADDRESSES

DOCS = Path(__file__).parents[2] / "docs"
#: Pages larger than most of their kind.
LARGEST = {
    "polity, most acts": "/polity/south-korea",
    "polity, most recognised": "/polity/palestine",
    "map, most recognised": "/map?of=palestine",
    "story with everyone in it": "/timeline/taiwan-and-china",
}


def took(client: FlaskClient, address: str) -> tuple[float, float, int]:
    """Give the milliseconds of the processor and of the clock, and the size of the page."""
    began, worked = time.perf_counter(), time.process_time()
    answer = client.get(address, headers={"Accept": "text/html"})
    worked, whole = time.process_time() - worked, time.perf_counter() - began
    told = re.search(r"dur=([\d.]+)", answer.headers.get("Server-Timing", ""))
    return worked * 1000, float(told[1]) if told else whole * 1000, len(answer.data)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks pages", description=__doc__)
    parser.add_argument("--store", type=Path, help="a store that is built; without it, one is built")
    parser.add_argument("--runs", type=int, default=9)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        store = chosen.store or Path(folder) / "store"
        if chosen.store is None:
            build(store)
        app = create_app(store, Settings(requests_per_minute=0))
        try:
            lines = ["| page | first, ms | after, ms | by the clock, ms | kB |", "|---|---:|---:|---:|---:|"]
            for name, address in (ADDRESSES | LARGEST).items():
                lines.append(_line(app.test_client(), name, address, chosen.runs))
                print(lines[-1], flush=True)
        finally:
            app.extensions["comity"].close()
    about = re.sub(r"\s+", " ", (__doc__ or "").partition("docs/benchmarks-pages.md: ")[2]).strip()
    busy = f"Load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    text = f"# Benchmarks of the pages\n\nWritten by `python -m tests.benchmarks pages`: {about} {busy}\n\n"
    (DOCS / "benchmarks-pages.md").write_text(text + "\n".join(lines) + "\n", "utf-8")


def _line(client: FlaskClient, name: str, address: str, runs: int) -> str:
    mark = "&" if "?" in address else "?"
    times = [took(client, f"{address}{mark}fresh={run}") for run in range(runs + 1)]
    after = statistics.median(worked for worked, _, _ in times[1:])
    least = min(clock for _, clock, _ in times)
    return f"| {name} | {times[0][0]:.0f} | {after:.0f} | {least:.0f} | {times[0][2] / 1024:.0f} |"


if __name__ == "__main__":
    main()
