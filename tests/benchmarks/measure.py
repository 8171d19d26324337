"""What the benchmarks share: commands and servers as processes, their memory, and figures with their spread."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.changes.serving import family

DOCS = Path(__file__).parents[2] / "docs"
_COMITY = str(Path(sys.executable).parent / "comity")


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing; printed as the median with the least and the greatest."""

    values: tuple[float, ...]
    digits: int = 1

    def __str__(self) -> str:
        low, middle, high = (
            f"{value:,.{self.digits}f}"
            for value in (min(self.values), statistics.median(self.values), max(self.values))
        )
        return middle if low == high else f"{middle} ({low}–{high})"


def percentile(values: list[float], share: float) -> float:
    """Return the least value that at least this share of the values does not exceed."""
    return sorted(values)[max(0, -int(-share * len(values) // 1) - 1)]


def run(*words: str | Path) -> tuple[float, float]:
    """Run a command of comity; return its seconds and its peak resident memory in MiB."""
    began = time.perf_counter()
    process = subprocess.Popen([_COMITY, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"comity {' '.join(map(str, words))} failed:\n{said}")
    return time.perf_counter() - began, used.ru_maxrss / 1024


@contextmanager
def own_store(built: Path | None) -> Iterator[Path]:
    """Yield a store that may be written to: a copy of one that is built, or one that is built now."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        if built is None:
            run("build", "--store", store)
        else:
            shutil.copytree(built, store)
        yield store


@contextmanager
def served(store: Path, **environ: str) -> Iterator[tuple[str, int]]:
    """Serve a store as ``comity serve`` does, without a limit of requests; yield the address and the process id."""
    command = [_COMITY, "serve", "--store", str(store), "--port", "0", "--quiet"]
    variables = os.environ | {"COMITY_REQUESTS_PER_MINUTE": "0"} | environ
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line.startswith("Comity is at "):
            sys.exit(f"The server did not start: {line}")
        yield line.split()[-1].rstrip("/"), process.pid
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def memory(pid: int) -> dict[str, float]:
    """Return the memory of a process and all its descendants in MiB, by command line.

    It is the proportional set size (PSS): a page that n processes share counts 1/n for each.
    """
    found: dict[str, float] = {}
    for one in family(pid):
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text("ascii")
            name = Path(f"/proc/{one}/comm").read_text("utf-8").strip()
        except OSError:  # It has ended meanwhile.
            continue
        pss = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        found[f"{name} {one}"] = pss / 1024
    return found
