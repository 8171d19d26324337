"""How long the server works on each kind of page, nothing kept: as its own Server-Timing tells.

    python -m tests.benchmarks pages [--store PATH] [--runs 5]

starts a server over the shipped facts and prints, for each page, the median over fresh addresses, as a table in
Markdown; docs/pages.md holds one run of it. The machine should be idle.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.graph.build import build
from tests.pages.conftest import ADDRESSES, RUN


@contextmanager
def serving(store: Path) -> Iterator[str]:
    """Serve a store by one HTTP process for a while; give the address."""
    environ = os.environ | {"COMITY_PROCESSES": "1", "COMITY_REQUESTS_PER_MINUTE": "0"}
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(store)], stdout=subprocess.PIPE, text=True, env=environ
    )
    assert process.stdout is not None
    try:
        told = re.search(r"http://\S+", process.stdout.readline())
        assert told, "The server did not start."
        time.sleep(3)  # the pages make ready what they need
        yield told[0].rstrip("/")
    finally:
        process.terminate()
        process.wait(15)


def took(address: str) -> tuple[float, float, int]:
    """Give the milliseconds that the server tells, or else those until the answer is here; these; and the size."""
    request = urllib.request.Request(address, headers={"Accept": "text/html"})
    began = time.perf_counter()
    try:
        with urllib.request.urlopen(request) as answer:
            body, timing = answer.read(), answer.headers.get("Server-Timing", "")
    except urllib.error.HTTPError as error:
        body, timing = error.read(), error.headers.get("Server-Timing", "")
    whole = (time.perf_counter() - began) * 1000
    worked = re.search(r"dur=([\d.]+)", timing)
    return float(worked[1]) if worked else whole, whole, len(body)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks pages", description=__doc__)
    parser.add_argument("--store", type=Path, help="a store that is built; without it, one is built")
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        store = chosen.store or Path(folder) / "store"
        if chosen.store is None:
            build(store)
        with serving(store) as root:
            print(
                "| page | first time, ms | later, ms | with the way there, ms | kB |\n|---|---:|---:|---:|---:|"
            )
            for name, address in ADDRESSES.items():
                mark = "&" if "?" in address else "?"
                times = [took(f"{root}{address}{mark}fresh={run}") for run in range(chosen.runs + 1)]
                later = [one for one, _, _ in times[1:]]
                whole = [one for _, one, _ in times[1:]]
                print(
                    f"| {name} | {times[0][0]:.0f} | {statistics.median(later):.0f} |"
                    f" {statistics.median(whole):.0f} | {times[0][2] / 1024:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
