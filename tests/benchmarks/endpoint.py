"""How fast the endpoint answers, against other servers on the same data in the same run.

    python -m tests.benchmarks endpoint [--seconds 3] [--store PATH]

writes docs/benchmarks-endpoint.md.
"""

import argparse
import os
import platform
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pyoxigraph as ox

from comity.iris import CO, RDFS
from comity.store.database import current, default_path

from .endpoint_load import Measured, load
from .endpoint_servers import PEERS, Endpoint, missing

PREFIXES = f"PREFIX co: <{CO}> PREFIX rdfs: <{RDFS}> "
CLIENTS = (1, 8, 64)
REPORT = Path(__file__).parent.parent.parent / "docs" / "benchmarks-endpoint.md"


@dataclass(frozen=True)
class Workload:
    """Queries of one kind: what they ask, for which polities, and whether each is a text of its own."""

    name: str
    query: str
    distinct: bool = True
    clients: tuple[int, ...] = CLIENTS

    def urls(self, endpoint: Endpoint, polities: list[str]) -> list[str]:
        """The addresses that ask it."""
        if "{polity}" not in self.query:
            return [endpoint.url(PREFIXES + self.query)]
        chosen = polities if self.distinct else polities[:1]
        return [endpoint.url(PREFIXES + self.query.replace("{polity}", name)) for name in chosen]


WHO = """SELECT ?name ?date { ?act a co:Recognition ; co:object <{polity}> ; co:actor ?actor ; co:edtf ?date .
?actor rdfs:label ?name }"""
WORKLOADS = (
    Workload("point: the label of a polity", "SELECT ?label { <{polity}> rdfs:label ?label }"),
    Workload("point: who recognised a polity, with dates", WHO),
    Workload("the same query again", WHO, distinct=False),
    Workload(
        "as-of listing: whom all recognised on a day",
        """SELECT ?a ?b { ?p a co:RecognitionPeriod ; co:recogniser ?a ; co:recognisedParty ?b ;
        co:startLatest ?start . FILTER(?start <= "2010-01-01"^^<http://www.w3.org/2001/XMLSchema#date>)
        OPTIONAL { ?p co:endEarliest ?end }
        FILTER(!BOUND(?end) || ?end > "2010-01-01"^^<http://www.w3.org/2001/XMLSchema#date>) }""",
        clients=(8,),
    ),
    Workload(
        "aggregate: recognitions by party",
        "SELECT ?b (COUNT(?a) AS ?n) { ?a a co:Recognition ; co:object ?b } GROUP BY ?b ORDER BY DESC(?n)",
        clients=(8,),
    ),
    Workload("full scan", "SELECT (COUNT(?o) AS ?n) { ?s ?p ?o FILTER(ISLITERAL(?o)) }", clients=(8,)),
    Workload(
        "CONSTRUCT of one entity", "CONSTRUCT { <{polity}> ?p ?o } WHERE { <{polity}> ?p ?o }", clients=(8,)
    ),
)


#: Every server is asked so long before it is measured: Comity takes the graph into its HTTP processes meanwhile.
_WARM_SECONDS = 6.0
#: How busy the machine was with anything when a server's turn came.
LOADS: dict[str, float] = {}


def polities_of(generation: Path) -> list[str]:
    """The polities that somebody recognised, the parameter of the point queries."""
    store = ox.Store.read_only(str(generation))
    rows = store.query(PREFIXES + "SELECT DISTINCT ?x { ?act a co:Recognition ; co:object ?x } ORDER BY ?x")
    return [row["x"].value for row in rows]  # type: ignore[union-attr]


def measure(store: Path, seconds: float) -> dict[tuple[str, int], dict[str, Measured]]:
    """All workloads on all servers, one server at a time."""
    generation = store / "generations" / str(current(store))
    polities = polities_of(generation)
    found: dict[tuple[str, int], dict[str, Measured]] = {}
    for name, start in PEERS.items():
        if name in missing():
            continue
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            endpoint = stack.enter_context(start(store, generation, Path(folder)))
            LOADS[name] = os.getloadavg()[0]
            first = WORKLOADS[0]
            load(first.urls(endpoint, polities), 8, _WARM_SECONDS, Path(folder), first.distinct)
            for work in WORKLOADS:
                for clients in work.clients:
                    urls = work.urls(endpoint, polities)
                    load(urls, clients, min(seconds, 1), Path(folder), work.distinct)
                    row = found.setdefault((work.name, clients), {})
                    row[name] = load(urls, clients, seconds, Path(folder), work.distinct)
                    print(f"{name}: {work.name}, {clients} clients: {row[name].rate:,.0f}/s", flush=True)
    return found


def table(found: dict[tuple[str, int], dict[str, Measured]]) -> str:
    """The report in Markdown."""
    names = [name for name in PEERS if any(name in row for row in found.values())]
    lines = [f"| requests/s (median ms) | clients | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    for (work, clients), row in found.items():
        cells = [_cell(row[name]) if name in row else "" for name in names]
        lines.append(f"| {work} | {clients} | {' | '.join(cells)} |")
    lines += ["", f"| comity against | {' | '.join(names[1:])} |", "|---|" + "---|" * len(names[1:])]
    for (work, clients), row in found.items():
        ratios = [_ratio(row["comity"], row[name]) for name in names[1:]]
        lines.append(f"| {work}, {clients} clients | {' | '.join(ratios)} |")
    return "\n".join(lines)


def _ratio(ours: Measured, theirs: Measured) -> str:
    return f"{ours.rate / theirs.rate:.2f}×" if theirs.rate else "no answer in time"


def _cell(measured: Measured) -> str:
    failed = f", {measured.failed} failed" if measured.failed else ""
    digits = 0 if measured.rate >= 100 else 1
    return f"{measured.rate:,.{digits}f} ({measured.median:.2f}{failed})"


def report(found: dict[tuple[str, int], dict[str, Measured]], triples: int, seconds: float) -> str:
    """The page of the documentation."""
    absent = "".join(f"\nNot on this machine: {name} (`{cure}`)." for name, cure in missing().items())
    loads = ", ".join(f"{name} {load:.1f}" for name, load in LOADS.items())
    return f"""# Benchmarks of the endpoint

Written by `python -m tests.benchmarks endpoint`: every server on the same data ({triples:,} triples in the
default graph), one after the other in one run, {seconds:g} s for each cell, {os.cpu_count()} processors,
Python {platform.python_version()}, pyoxigraph {version("pyoxigraph")}. The load comes from the same machine.
Each query is a text of its own (a comment with a number), so that no cache answers, except in the row that
asks the same again. Comity runs with all its bounds, headers and checks. Each server is asked for
{_WARM_SECONDS:g} s before it is measured.

Load of the machine when each server's turn came: {loads}. Where these differ, or are above one or two, other work
took part: then single cells, and ratios far from those around them, say little.{absent}

{table(found)}
"""


def main(arguments: list[str] | None = None) -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks endpoint")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--store", type=Path, default=default_path())
    options = parser.parse_args(arguments)
    found = measure(options.store, options.seconds)
    generation = options.store / "generations" / str(current(options.store))
    database = ox.Store.read_only(str(generation))
    triples = sum(1 for _ in database.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(report(found, triples, options.seconds), "utf-8")
    print(REPORT.read_text("utf-8"))


if __name__ == "__main__":
    main()
