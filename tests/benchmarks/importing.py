"""How long a large table takes to be imported and reverted, and what pages take before and after it.

    python -m tests.benchmarks importing [--store PATH] [--rows 10000]

Random recognitions between members of the United Nations, each with a source of its own, are sent to a server in one
request; the front page is asked for all the while. Prints seconds, those of a processor that the writer, the fork
server and their kin took, and of each page the seconds before and after. The store is copied first.
"""

import argparse
import json
import random
import threading
import time
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox

from comity.iris import PREFIXES, identifier
from comity.store.database import open_store
from comity.store.tokens import Tokens
from tests.benchmarks.measure import own_store, served
from tests.benchmarks.processor import http_processes, processor_seconds
from tests.changes.serving import family, send

PAGES = ("/", "/changes", "/changes.atom", "/new", "/changes?about=polity/france", "/polity/france/since")
_MEMBERS = 'SELECT ?p { ?p a co:Polity ; co:kind "un_member" } ORDER BY ?p'
_COLUMNS = "kind,actor,object,date,source_publisher,source_title,source_date,source_url"


def table(store: ox.Store, rows: int, seed: int = 5) -> str:
    """Return a table of so many random acts of recognition, each once."""
    found = store.query(_MEMBERS, prefixes=PREFIXES)
    members = [identifier(row["p"]) for row in found]  # type: ignore[union-attr, index, arg-type]
    chance, acts = random.Random(seed), set()
    while len(acts) < rows:
        day = f"2025-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        acts.add((*chance.sample(members, 2), day))
    lines = (
        f"recognition,{actor},{object_},{day},Ministry,Note {number},{day},https://notes.example/{number}"
        for number, (actor, object_, day) in enumerate(sorted(acts))
    )
    return "\n".join([_COLUMNS, *lines, ""])


class Reader:
    """Asks for the front page again and again, and keeps how long it took and what other processes spend meanwhile."""

    def __init__(self, address: str, pid: int) -> None:
        self._address, self._pid, self._over = address, pid, threading.Event()
        self.taken: list[float] = []
        #: Seconds of a processor by process, other than HTTP processes; a process may end before the change does.
        self._before, self._spent = self._seconds(), self._seconds()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "Reader":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def spent(self) -> float:
        """The seconds of a processor that all processes other than the HTTP processes have spent."""
        return sum(seconds - self._before.get(pid, 0.0) for pid, seconds in self._spent.items())

    def _seconds(self) -> dict[int, float]:
        found = {}
        for pid in set(family(self._pid)) - set(http_processes(self._pid)):
            with suppress(OSError):  # It has ended.
                found[pid] = processor_seconds([pid])
        return found

    def _read(self) -> None:
        number = 0
        while not self._over.wait(0.2):
            number += 1
            day = f"{1900 + number % 120}-01-01"
            began = time.perf_counter()
            status, _, _ = send(f"{self._address}/?as_of={day}", timeout=600)
            assert status == 200, status
            self.taken.append(time.perf_counter() - began)
            self._spent |= self._seconds()


def pages(address: str) -> dict[str, float]:
    """Return the seconds that each page took the second time."""
    found = {}
    for page in PAGES:
        for _ in range(2):
            began = time.perf_counter()
            assert send(address + page, timeout=600)[0] == 200
            found[page] = time.perf_counter() - began
    return found


def measure(store: Path, rows: int) -> None:
    """Import and revert, and print what it took."""
    text = table(open_store(store).oxigraph, rows).encode()
    token = Tokens(store).add("benchmark", "editor")
    wait = {"Prefer": "wait=600", "Accept": "application/json"}
    with served(store) as (address, pid):
        before = pages(address)
        number = 0
        for what in ("import", "revert"):
            began = time.perf_counter()
            with Reader(address, pid) as reader:
                if what == "import":
                    target, body, media = "/changes?name=acts-mine.csv", text, "text/csv"
                else:
                    target, body, media = f"/changes/{number}/revert", b"{}", "application/json"
                status, said, _ = send(
                    address + target, "POST", body, token, timeout=1200, Content_Type=media, **wait
                )
            if status != 201:
                raise SystemExit(f"The {what} was answered {status}: {said[:500]!r}")
            number = json.loads(said)["number"]
            seconds = time.perf_counter() - began
            print(
                f"{what} of {rows:,} rows: {seconds:.1f} s, {reader.spent:.1f} s of a processor; "
                f"the front page meanwhile {len(reader.taken)} times, at most {max(reader.taken, default=0):.2f} s",
                flush=True,
            )
        for page, seconds in pages(address).items():
            print(f"{page}: {before[page]:.3f} s before, {seconds:.3f} s after")


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks importing", description=__doc__)
    parser.add_argument("--store", type=Path, help="a store that is built; without it, one is built")
    parser.add_argument("--rows", type=int, default=10_000)
    chosen = parser.parse_args(arguments)
    with own_store(chosen.store) as store:
        measure(store, chosen.rows)
