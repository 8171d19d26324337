"""How much time of a processor each public GET takes in the HTTP process, whatever its parameters.

    python -m tests.benchmarks processor [--store PATH] [--most 0.3]

All routes of the OpenAPI document are asked for in every format, with usual parameters and with those that make most
work: the parties with the most acts, days at both ends, the possible reading, as many names as are taken. Each address
is new to every cache and is asked for plain, as gzip and as Brotli; the first time includes what a process derives once
from a generation.
One HTTP process is measured (``/proc``), since workers and makers of files have limits of their own. Prints what takes
longer than ``--most`` at once, and at the end the dearest of the rest. What is read in advance is not counted.
"""

import argparse
import http.client
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pyoxigraph as ox

from comity.iris import BASE, PREFIXES
from comity.questions.questions import Question, questions
from comity.store.database import open_store
from tests.benchmarks.measure import own_store, served
from tests.benchmarks.pages import addresses
from tests.changes.serving import family

ENCODINGS = ("identity", "gzip", "br")
#: Packing fewer bytes than these takes no time that counts.
_LARGE = 100_000
_TICKS = os.sysconf("SC_CLK_TCK")
_PARTIES = """SELECT ?x (COUNT(?act) AS ?n) { ?act co:actor|co:object ?x . ?x a co:Polity }
GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 25"""
#: A name that nothing has, longer than any; and queries that are long, or have many columns.
_NO_NAME = "republic of the north " * 150
_LONG = f"SELECT * {{ VALUES ?x {{ {' '.join(f'cop:polity-{n}' for n in range(2500))} }} ?x ?y ?z }}"
_WIDE = f"SELECT {' '.join(f'(?o AS ?v{n})' for n in range(150))} {{ ?s a ?o }}"


@dataclass(frozen=True)
class Measured:
    """What one address took: its status, its bytes, and the seconds of the processor by the encoding asked for."""

    target: str
    status: int
    size: int
    seconds: dict[str, float]

    @property
    def most(self) -> float:
        """The most that it took."""
        return max(self.seconds.values())

    def __str__(self) -> str:
        taken = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in self.seconds.items())
        return f"{taken}  {self.status} {self.size:>10,} bytes  {self.target[:300]}"


class Extremes:
    """The parameters that make most work in one store."""

    def __init__(self, store: ox.Store) -> None:
        self.parties = [self._id(row["x"]) for row in self._rows(store, _PARTIES)]
        #: The paths of the things of each kind that most triples name.
        self.largest = list(self._largest(store))
        self.pages = addresses(store)
        one, other = (self.parties * 2)[:2]
        many = ",".join(self.parties[:6])
        act = f"{BASE}{self.pages.get('Recognition', '/act/x')[1:]}"
        batch = {f"q{n}": {"query": one[n % 3 :] + "a" * (n % 5), "limit": 25} for n in range(50)}
        extend = {
            "ids": [f"polity/{party}" for party in self.parties] * 40,
            "properties": [{"id": name} for name in ("recognisers", "recognised", "isoAlpha3", "label")],
        }
        #: By parameter, the usual value first.
        self.values: dict[str, list[str]] = {
            "about": [f"polity/{one}"],
            "according_to": ["", one, "united-nations"],
            "according-to": ["", one],
            "act": ["", "recognition"],
            "all": ["", "1"],
            "around": ["", "1900-01-01"],
            "as-of": ["", "2026-01-01"],
            "as_of": ["", "1816-01-01", "2026-01-01", "9999-12-31"],
            "basis": ["", "un-members-and-observers"],
            "before": ["", "9223372036854775807"],
            "beside": ["", other],
            "bloc": ["", "united-nations"],
            "by": ["", one],
            "corrects": ["", act],
            "count": ["", "express"],
            "cursor": ["", "1000"],
            "date": ["1900-01-01", "1000-01-01/2026-01-01"],
            "entities": [one, many],
            "extend": ["", json.dumps(extend)],
            "from": ["", "1500-01-01"],
            "graph": ["", f"{BASE}graph/inferred"],
            "default": [""],
            "download": ["", "1"],
            "id": [f"polity/{one}"],
            "kind": ["", "responses", "mutual", "totals", "recognition"],
            "like": ["", act],
            "limit": ["", "100000"],
            "name": [one, _NO_NAME],
            "object": [other],
            "of": [other, _NO_NAME, many],
            "of_page": [f"/polity/{one}"],
            "one": [one],
            "other": [other],
            "page": ["", "9", "100000"],
            "polities": [";".join(self.parties[:24])],
            "predicate": ["recognises"],
            "prefix": ["a", _NO_NAME, "re"],
            "q": [one, "a", "republic of the", _NO_NAME, "s " * 200],
            "queries": ["", json.dumps(batch)],
            "query": ["SELECT * { ?s a ?o } LIMIT 20000", "CONSTRUCT WHERE { ?s a ?o }", _WIDE, _LONG],
            "question": ["who-recognises"],
            "reading": ["", "possible"],
            "recognised-by": ["", "1"],
            "region": ["", "Eastern Africa"],
            "sort": ["", "number", "date"],
            "subject": [one],
            "thing": [act],
            "type": ["", "party", "entity"],
            "until": ["", "2026-01-01"],
            "votes": ["", "1"],
        }

    @staticmethod
    def _rows(store: ox.Store, query: str) -> Iterator[Any]:
        yield from store.query(query, prefixes=PREFIXES)  # type: ignore[misc]

    @staticmethod
    def _largest(store: ox.Store) -> Iterator[str]:
        quads = store.quads_for_pattern(None, None, None, ox.DefaultGraph())
        named = Counter(quad.object.value for quad in quads if isinstance(quad.object, ox.NamedNode))
        seen: set[str] = set()
        for iri, _ in named.most_common():
            folder, _, rest = iri.removeprefix(BASE).partition("/")
            if iri.startswith(BASE) and rest and folder not in (*seen, "graph"):
                seen.add(folder)
                yield f"/{folder}/{rest}"

    @staticmethod
    def _id(node: Any) -> str:
        return str(node.value.rpartition("/")[2])

    def paths(self, path: str, schema: dict[str, Any]) -> Iterator[str]:
        """Yield addresses of a route of which each part of the path has a value that exists."""
        one, other = (self.parties * 2)[:2]
        known = {
            "/static/{filename}": ["/static/comity.css"],
            "/graph-store/{name}": ["/graph-store/inferred"],
            "/graph/{name}": ["/graph/inferred", "/graph/provenance", "/graph/schema"],
            "/questions/{name}": [],
            "/rule/{name}": ["/rule/snapshot-recognises"],
            "/ontology/{version}": ["/ontology/0.3.0"],
            "/problem/{kind}": ["/problem/bad-date"],
            "/as-known-on/{text}": ["/as-known-on/2100-01-01"],
            "/as-of/{rest}": ["/as-of/2026-01-01", f"/as-of/2026-01-01/according-to/{one}"],
            "/{folder}/{rest}": [
                *(address for address in self.pages.values() if address.count("/") > 1),
                *self.largest,
                "/organisation/united-nations",
                f"/polity/{_NO_NAME}",
                f"/polity/{one}",
                f"/polity/{other}",
            ],
        }
        if path in known:
            yield from known[path]
            return
        choices = {name: part["enum"] for name, part in schema.items() if "enum" in part}
        usual = {"name": one, "one": one, "other": other, "number": "1"}
        found = [path]
        for name in schema:
            values = choices.get(name, [usual.get(name, "x")])
            found = [address.replace(f"{{{name}}}", value) for address in found for value in values]
        yield from found

    def targets(self, path: str, operation: dict[str, Any], thorough: bool) -> Iterator[str]:
        """Yield the addresses of one route: all extreme parameters at once, in each format that it has.

        :param thorough: whether to yield as well all usual parameters at once, and each extreme one beside them.
        """
        told = operation["parameters"]
        schema = {one["name"]: one["schema"] for one in told if one["in"] == "path"}
        names = [one["name"] for one in told if one["in"] == "query" and one["name"] in self.values]
        formats: list[dict[str, str]] = [{}]
        if any(one["name"] == "format" for one in told):
            media = [one for one in operation["responses"]["200"]["content"] if "/x-" not in one]
            formats += [{"format": one} for one in media]
        usual = {name: self.values[name][0] for name in names}
        last = {name: self.values[name][-1] for name in names}
        sets = [{**last, **one} for one in formats]
        if thorough:
            sets += [{**usual, **one} for one in formats]
            sets += [{**usual, name: value} for name in names for value in self.values[name][1:]]
        for address in self.paths(path, schema):
            for parameters in sets:
                given = {name: value for name, value in parameters.items() if value}
                mark = "&" if "?" in address else "?"
                yield quote(address, safe="/?&=:%,;") + (f"{mark}{urlencode(given)}" if given else "")

    def of_question(self, question: Question) -> Iterator[str]:
        """Yield the addresses of a question: with the values of its example, and with the parties of most acts."""
        examples = {one.name: one.example for one in question.parameters if one.example and one.required}
        named = [one.name for one in question.parameters if one.type in ("polity", "party")]
        parties = dict(zip(named, self.parties * 2, strict=False))
        for form in ("", "json", "parquet", "atom", "ics"):
            for values in (examples, examples | parties):
                yield f"/questions/{question.name}?{urlencode(values | ({'format': form} if form else {}))}"


def http_processes(pid: int) -> list[int]:
    """Return the processes of a server that answer HTTP, by its main process."""
    named = {}
    for one in family(pid):
        with suppress(OSError):  # It has ended.
            named[one] = Path(f"/proc/{one}/comm").read_text("utf-8").strip()
    return [one for one, name in named.items() if name == "comity"]


def processor_seconds(pids: list[int]) -> float:
    """Return the seconds that a processor has spent on some processes, to a hundredth."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def measure(
    address: str, pid: int, targets: list[str], encodings: Sequence[str] = ENCODINGS
) -> Iterator[Measured]:
    """Ask for each address, for large ones in each encoding, and yield what it took."""
    place, pids = urlsplit(address), http_processes(pid)
    _wait_until_idle(pids)
    for target in targets:
        seconds, status, size = {}, 0, 0
        for encoding in encodings:
            before = processor_seconds(pids)
            with closing(
                http.client.HTTPConnection(place.hostname or "", place.port, timeout=600)
            ) as connection:
                headers = {"Accept": "text/html, */*;q=0.5", "Accept-Encoding": encoding}
                connection.request("GET", target, headers=headers)
                answer = connection.getresponse()
                status, size = answer.status, 0
                while chunk := answer.read(1 << 20):
                    size += len(chunk)
            seconds[encoding] = processor_seconds(pids) - before
            if size < _LARGE:
                break
        yield Measured(target, status, size, seconds)


def _wait_until_idle(pids: list[int]) -> None:
    """Wait until some processes have done nothing for two seconds."""
    before = -1.0
    while (now := processor_seconds(pids)) - before > 0.1:
        before = now
        time.sleep(2)


def all_targets(address: str, store: Path, thorough: bool) -> list[str]:
    """Return addresses of all public GET routes of a server."""
    extremes = Extremes(open_store(store).oxigraph)
    place = urlsplit(address)
    with closing(http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)) as connection:
        connection.request("GET", "/openapi.json")
        paths = json.load(connection.getresponse())["paths"]
    found = [
        target
        for path, methods in paths.items()
        if "get" in methods
        for target in extremes.targets(path, methods["get"], thorough)
    ]
    if thorough:
        found += [one for question in questions().values() for one in extremes.of_question(question)]
    return list(dict.fromkeys(found))


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks processor", description=__doc__)
    parser.add_argument("--store", type=Path, help="a store that is built, of which a copy is served")
    parser.add_argument("--most", type=float, default=0.3, help="seconds of the processor")
    parser.add_argument("--only", default="", help="a part of the addresses that are measured")
    chosen = parser.parse_args(arguments)
    with (
        own_store(chosen.store) as store,
        served(store, COMITY_PROCESSES="1", COMITY_CACHE_MIB="0") as (address, pid),
    ):
        targets = [one for one in all_targets(address, store, True) if chosen.only in one]
        found = []
        for one in measure(address, pid, targets):
            found.append(one)
            if one.most > chosen.most:
                print(one, flush=True)
    found.sort(key=lambda one: -one.most)
    dear = [one for one in found if one.most > chosen.most]
    print("The dearest of the rest:", *found[len(dear) : len(dear) + 20], sep="\n")
    statuses = sum(one.status == 200 for one in found)
    print(f"{len(found)} addresses, {statuses} answered by 200; {len(dear)} took more than {chosen.most} s.")


if __name__ == "__main__":
    main()
