"""How fast the endpoint answers, against other servers on the same data, measured in interleaved rounds.

    python -m tests.benchmarks endpoint [--rounds 5] [--seconds 2] [--store PATH] [--only WORD]

writes docs/benchmarks-endpoint.md. All servers run all the time; in each round each of them is asked in turn, so that
what else the machine does falls on all alike. A ratio is only ever taken within a round.
"""

import argparse
import os
import platform
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

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


#: The measurements of a workload with a number of clients: by server, one for each round.
Rounds = dict[str, list[Measured]]
Results = dict[tuple[str, int], Rounds]


def polities_of(generation: Path) -> list[str]:
    """The polities that somebody recognised, the parameter of the point queries."""
    store = ox.Store.read_only(str(generation))
    rows = store.query(PREFIXES + "SELECT DISTINCT ?x { ?act a co:Recognition ; co:object ?x } ORDER BY ?x")
    return [row["x"].value for row in rows]  # type: ignore[union-attr]


def measure(store: Path, rounds: int, seconds: float, only: str) -> Results:
    """Return the measurements of all workloads; a first round, which warms all servers, is left out."""
    generation = store / "generations" / str(current(store))
    polities = polities_of(generation)
    found: Results = {}
    with ExitStack() as stack:
        servers: dict[str, tuple[Endpoint, Path]] = {}
        for name, start in PEERS.items():
            if name not in missing():
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                servers[name] = stack.enter_context(start(store, generation, folder)), folder
        for work in WORKLOADS:
            for clients in work.clients if only in work.name else ():
                row: Rounds = {name: [] for name in servers}
                for number in range(rounds + 1):
                    for name, (endpoint, folder) in servers.items():
                        urls = work.urls(endpoint, polities)
                        measured = load(urls, clients, seconds if number else 1, folder, work.distinct)
                        row[name] += [measured] * (number > 0)
                found[work.name, clients] = row
                told = ", ".join(f"{name} {_rates(one)}" for name, one in row.items())
                print(f"{work.name}, {clients} clients: {told}", flush=True)
    return found


def table(found: Results) -> str:
    """Return the report's two tables in Markdown: rates, and ratios within rounds."""
    names = list(next(iter(found.values())))
    lines = [f"| requests/s | clients | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    lines += [
        f"| {work} | {clients} | {' | '.join(_rates(row[name]) for name in names)} |"
        for (work, clients), row in found.items()
    ]
    lines += [
        "",
        f"| comity against | clients | {' | '.join(names[1:])} |",
        "|---|---|" + "---|" * len(names[1:]),
    ]
    lines += [
        f"| {work} | {clients} | {' | '.join(_ratios(row['comity'], row[name]) for name in names[1:])} |"
        for (work, clients), row in found.items()
    ]
    return "\n".join(lines)


def _rates(rounds: list[Measured]) -> str:
    rates = [one.rate for one in rounds]
    failed = sum(one.failed for one in rounds)
    digits = 0 if median(rates) >= 100 else 1
    spread = f"{median(rates):,.{digits}f} ({min(rates):,.{digits}f} – {max(rates):,.{digits}f})"
    return f"{spread}, {failed} failed" if failed else spread


def _ratios(ours: list[Measured], theirs: list[Measured]) -> str:
    ratios = [one.rate / other.rate for one, other in zip(ours, theirs, strict=True) if other.rate]
    if not ratios:
        return "no answer in time"
    return f"{median(ratios):.2f}× ({min(ratios):.2f} – {max(ratios):.2f})"


def report(found: Results, triples: int, rounds: int, seconds: float) -> str:
    """Return the page of the documentation."""
    absent = "".join(f"\nNot on this machine: {name} (`{cure}`)." for name, cure in missing().items())
    return f"""# Benchmarks of the endpoint

Written by `python -m tests.benchmarks endpoint`: every server on the same data ({triples:,} triples in the
default graph), {os.cpu_count()} processors, Python {platform.python_version()}, pyoxigraph {version("pyoxigraph")}. All
servers run at the same time and are queried in turn, {seconds:g} s each, in {rounds} interleaved rounds after a warm-up
round. A cell gives the median of the rounds, with minimum and maximum. A ratio compares two servers in the same
round. The load is generated on the same machine. Each query has a different text (a comment with a number), so that
it is not in any cache, except in the row that repeats the same query. Comity runs with all its limits, headers and
checks. The load of the machine at the end was {os.getloadavg()[0]:.1f}: the benchmark itself causes about two, and
other programs affect all servers equally.{absent}

{table(found)}
"""


def main(arguments: list[str] | None = None) -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks endpoint")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--store", type=Path, default=default_path())
    parser.add_argument("--only", default="", help="only workloads whose name holds this; nothing is written")
    options = parser.parse_args(arguments)
    found = measure(options.store, options.rounds, options.seconds, options.only)
    generation = options.store / "generations" / str(current(options.store))
    database = ox.Store.read_only(str(generation))
    triples = sum(1 for _ in database.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    page = report(found, triples, options.rounds, options.seconds)
    if not options.only:
        REPORT.write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main()
