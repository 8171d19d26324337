"""How long the pages take: every kind of page of a served store, over HTTP, by one client, nothing taken from a cache.

    python -m tests.benchmarks pages [--store PATH] [--rounds 5]

prints a line for each kind. The first round is not counted.
"""

import argparse
import http.client
import statistics
import time
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pyoxigraph as ox

from comity.iris import BASE, PREFIXES
from comity.store.database import open_store
from tests.benchmarks.measure import own_store, percentile, served

DAY = "2012-01-01"
_LARGEST = """SELECT ?x (COUNT(?act) AS ?n) { ?act co:%s ?x . ?x a co:Polity }
GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1"""
_CLASSES = ("Recognition", "StatusClaim", "Source", "Membership", "RecognitionPeriod", "RelationsPeriod")
_fresh = count()


def _first(store: ox.Store, query: str) -> str | None:
    """Return the path of the first thing that a query finds."""
    for row in store.query(query, prefixes=PREFIXES):  # type: ignore[union-attr]
        return row[0].value.removeprefix(BASE)  # type: ignore[no-any-return,index,union-attr]
    return None


def addresses(store: ox.Store) -> dict[str, str]:
    """Return an address of each kind of page; the parties are those with the most acts in the store."""
    actor = (_first(store, _LARGEST % "actor") or "").rpartition("/")[2]
    object_ = (_first(store, _LARGEST % "object") or "").rpartition("/")[2]
    found = {
        "home": "/",
        "about": "/about",
        "polities": f"/polity?as_of={DAY}",
        "polity, most acts": f"/polity/{actor}?as_of={DAY}",
        "polity, most acted on": f"/polity/{object_}?as_of={DAY}",
        "polity, according to another": f"/polity/{object_}?as_of={DAY}&according_to={actor}",
        "snapshot": f"/as-of/{DAY}",
        "snapshot, according to": f"/as-of/{DAY}/according-to/{actor}",
        "questions": "/questions",
        "question": "/questions/who-recognises",
        "answer": f"/questions/who-recognises?object={object_}&as_of={DAY}",
        "search": f"/search?q={quote(object_.replace('-', ' '))}",
        "search, nothing found": "/search?q=xyzzyx",
        "map": f"/map?of={object_}&as_of={DAY}",
        "map, by": f"/map?by={actor}&as_of={DAY}",
        "map, according to": f"/map?of={object_}&as_of={DAY}&according_to={actor}",
        "timelines": "/timeline",
        "timeline": f"/timeline?of={object_}",
        "matrix": f"/matrix?as_of={DAY}",
        "network": "/network",
        "editor": "/editor",
        "explain": f"/explain?subject={actor}&predicate=recognises&object={object_}&as_of={DAY}",
        "graphs": "/graph",
        "ontology": "/ontology",
        "changes": "/changes",
    }
    for name in _CLASSES:
        if path := _first(store, f"SELECT ?x {{ ?x a co:{name} }} ORDER BY ?x LIMIT 1"):
            found[name] = f"/{quote(path, safe='/')}"
    return found


def fetch(connection: http.client.HTTPConnection, address: str) -> tuple[float, int, int]:
    """Fetch a page that was never asked for before; return milliseconds, status and size."""
    parts = urlsplit(address)
    # Pages are kept by the parameters that they know, so each is asked for on a day of its own.
    day = (date.fromisoformat(DAY) - timedelta(next(_fresh))).isoformat()
    fresh = parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), "as_of": day})).geturl()
    began = time.perf_counter()
    connection.request("GET", fresh, headers={"Accept": "text/html"})
    response = connection.getresponse()
    size = len(response.read())
    return (time.perf_counter() - began) * 1000, response.status, size


def measure(address: str, pages: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of each kind of page, one for each round after the first."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)
    found: dict[str, list[float]] = {name: [] for name in pages}
    for turn in range(rounds + 1):
        for name, page in pages.items():
            taken, status, _ = fetch(connection, page)
            if status >= 500:
                raise SystemExit(f"{page} answered {status}.")
            if turn:
                found[name].append(taken)
    connection.close()
    return found


def p95(found: dict[str, list[float]]) -> float:
    """Return the 95th percentile over all requests of all kinds."""
    return percentile([value for values in found.values() for value in values], 0.95)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks pages", description=__doc__)
    parser.add_argument("--store", type=Path, help="a store that is built, of which a copy is served")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args(arguments)
    with own_store(chosen.store) as store:
        pages = addresses(open_store(store).oxigraph)
        with served(store) as (address, _):
            found = measure(address, pages, chosen.rounds)
    for name, values in sorted(found.items(), key=lambda item: -statistics.median(item[1])):
        print(f"{statistics.median(values):8.1f} ms, at most {max(values):8.1f}  {name}: {pages[name]}")
    print(f"{p95(found):8.1f} ms: 95 % of all requests")
