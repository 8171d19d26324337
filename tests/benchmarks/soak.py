"""Whether the memory of a server is level under mixed load, hostile and ordinary, for as long as wanted.

    python -m tests.benchmarks soak [--store PATH] [--minutes 60] [--rate 10] [--write]

Clients ask for pages, queries, files and feeds, send queries that never end or eat memory, parameters and headers at
the limits, broken and cut uploads, reports, acts and their reverts, and give up in the middle of requests and answers.
Each minute prints the memory of all processes (PSS); at the end stand the slope of the line of least squares after a
warm-up, the answers by status, and whatever was answered by an undocumented 5xx. ``--write`` writes docs/soak.md.
"""

import argparse
import http.client
import json
import random
import re
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pyoxigraph as ox

from comity.iris import BASE, PREFIXES
from comity.store.database import open_store
from comity.store.tokens import Tokens
from tests.benchmarks.measure import DOCS, memory, own_store, served
from tests.benchmarks.pages import addresses

#: Time limits, full queues and a store that is being written are answered by these (see docs/endpoint.md).
DOCUMENTED = {501, 503, 504, 507}
#: The share of the time whose memory does not count yet.
WARM_UP = 1 / 3
#: The role of the processes that evaluate queries.
WORKER = "query worker"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER (?a != ?g) }"
_GREEDY = "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?c), STR(?f))) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
_RECOGNISED = "SELECT ?who {{ ?who co:recognises <{0}polity/{1}> }} # {2}"


@dataclass
class Load:
    """A server under load: where it is, what is known of its store, and what it answered."""

    address: str
    token: str
    pages: list[str]
    polities: list[str]
    chance: random.Random
    answers: Counter[int] = field(default_factory=Counter)
    #: Answers by a 5xx that is not documented, and connections that the server broke.
    faults: Counter[str] = field(default_factory=Counter)

    def day(self) -> str:
        """Return some day."""
        return f"{self.chance.randint(1816, 2026)}-{self.chance.randint(1, 12):02}-{self.chance.randint(1, 28):02}"

    def some(self) -> str:
        """Return the id of some polity."""
        return self.chance.choice(self.polities)

    def ask(
        self, target: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Send a request and count its answer; return status and body."""
        place = urlsplit(self.address)
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)) as connection:
            try:
                connection.request(method, target, body, more)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                if body is None:  # A body that is refused unread may cost the connection.
                    self.faults[f"{type(error).__name__}: {method} {target[:80]}"] += 1
                return 0, b""
        self.answers[answer.status] += 1
        if answer.status >= 500 and answer.status not in DOCUMENTED:
            self.faults[f"{answer.status}: {method} {target[:80]}"] += 1
        return answer.status, content


def read_pages(load: Load) -> None:
    """Ask for some page, of some polity or day, in some format."""
    kinds = (
        f"/polity/{load.some()}?as_of={load.day()}",
        f"/polity/{load.some()}?as_of={load.day()}&according_to={load.some()}",
        f"/map?of={load.some()}&as_of={load.day()}&format={load.chance.choice(['json', 'csv', 'svg', 'png'])}",
        f"/timeline/{load.some()}?format=json",
        f"/story?entities={load.some()},{load.some()}",
        f"/between/{load.some()}/{load.some()}?as_of={load.day()}",
        f"/lists/states?according_to={load.some()}&as_of={load.day()}&format=csv",
        f"/matrix?polities={load.some()};{load.some()}&as_of={load.day()}",
        f"/explain?subject={load.some()}&predicate=recognises&object={load.some()}&as_of={load.day()}",
        f"/search?q={quote(load.some())}",
        f"/complete?q={load.some()[:4]}",
        f"/polity/{load.some()}/feed",
        f"/polity/{load.some()}/calendar.ics",
        f"/polity/{load.some()}/counts?count=express&as_of={load.day()}",
        f"/questions/who-recognises?object={load.some()}&as_of={load.day()}",
        f"/reconcile/preview?id=polity/{load.some()}",
        f"/new?format={load.chance.choice(['html', 'json', 'atom'])}",
        load.chance.choice(load.pages),
    )
    load.ask(load.chance.choice(kinds), Accept="text/html, */*;q=0.1")


def read_files(load: Load) -> None:
    """Ask for what is dear to make: downloads, exports of graphs, the facts as once known."""
    targets = [
        "/data/acts.csv",
        "/data/graph.nq.gz",
        "/graph/inferred",
        "/as-known-on/2100-01-01",
        "/network",
    ]
    load.ask(load.chance.choice([*targets, "/changes", "/changes.atom", "/review?all", "/metrics", "/ready"]))


def query(load: Load) -> None:
    """Send an ordinary query that nobody has sent before."""
    text = _RECOGNISED.format(BASE, load.some(), load.chance.random())
    load.ask(
        f"/sparql?{urlencode({'query': text, 'as-of': load.day()})}", Accept="application/sparql-results+json"
    )


def query_hostilely(load: Load) -> None:
    """Send a query that ends by its time or its memory."""
    text = load.chance.choice([_ENDLESS, _GREEDY, "SELECT * { ?a ?b ?c . ?d ?e ?f }"])
    load.ask(f"/sparql?{urlencode({'query': f'{text} # {load.chance.random()}', 'timeout': '1'})}")


def send_large(load: Load) -> None:
    """Send parameters and headers at, and beyond, what is taken."""
    chance = load.chance
    noise = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=1500))
    targets = (
        f"/polity/{load.some()}?x={noise}",
        f"/search?q={noise[:400]}",
        f"/story?entities={','.join(chance.choices(load.polities, k=60))}",
        f"/matrix?polities={';'.join(chance.choices(load.polities, k=60))}&as_of={load.day()}",
        f"/?{noise}={noise}&{noise[:50]}",
        f"/sparql?query={noise * 20}",
        "/map?" + "&".join(f"of={one}" for one in chance.choices(load.polities, k=200)),
    )
    accept = ", ".join(f"text/x-{noise[i : i + 9]};q=0.{i}" for i in range(1, chance.choice([9, 90])))
    load.ask(chance.choice(targets), Accept=accept, Cookie=f"session={noise}", X_Forwarded_For=noise[:200])


def send_broken(load: Load) -> None:
    """Send uploads that break off, unfold, lie about their length or come without a token."""
    chance, token = load.chance, f"Bearer {load.token}"
    lines = "".join(
        f"<urn:s{n}> <urn:p> <urn:o{chance.random()}> .\n" for n in range(chance.choice([9, 9000]))
    )
    kind = chance.randrange(6)
    if kind == 0:
        body = f"{lines}<urn:broken".encode()
        load.ask("/graph-store?graph=urn:x", "PUT", body, Authorization=token, Content_Type="text/turtle")
    elif kind == 1:
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
        load.ask("/changes", "POST", bomb.encode(), Authorization=token, Content_Type="application/rdf+xml")
    elif kind == 2:
        load.ask("/sparql", "POST", b"query=" + b"a" * 300_000, **_FORM)
    elif kind == 3:
        table = "kind,actor,object,date\n" + "vote,nobody,nowhere,2001-01-01\n" * chance.choice([3, 3000])
        load.ask(
            "/changes?name=acts-x.csv", "POST", table.encode(), Authorization=token, Content_Type="text/csv"
        )
    elif kind == 4:
        load.ask("/graph-store?graph=urn:x", "PUT", lines.encode(), Content_Type="text/turtle")
    else:
        unknown = f"Bearer {chance.random()}"
        load.ask("/acts", "POST", b'{"kind": "vote"', Authorization=unknown, Content_Type="application/json")


def report(load: Load) -> None:
    """Report an error as a reader does."""
    form = urlencode({"about": f"polity/{load.some()}", "text": f"A day is wrong. {load.chance.random()}"})
    load.ask("/report", "POST", form.encode(), **_FORM)


def abandon(load: Load) -> None:
    """Give up in the middle of a request, of a body or of an answer, or keep the server waiting first."""
    place = urlsplit(load.address)
    starts = (
        b"GET / HT",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nquery=",
        b"GET /graph/inferred HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /data/graph.nq.gz HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET /polity/{load.some()}?as_of={load.day()} HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    )
    with suppress(OSError), socket.create_connection((place.hostname, place.port or 80), 10) as connection:
        connection.sendall(load.chance.choice(starts))
        time.sleep(load.chance.choice([0, 0, 0.2, 5]))


def write(load: Load) -> None:
    """Enter an act and revert it."""
    one, other = load.some(), load.some()
    values = {"kind": "recognition", "actor": one, "object": other, "date": "2024-05-06"}
    body = json.dumps(values | {"source_url": f"https://acts.example/{load.chance.random()}"}).encode()
    more = {"Authorization": f"Bearer {load.token}", "Content_Type": "application/json"}
    status, said = load.ask("/acts", "POST", body, **more)
    if status == 201 and (number := json.loads(said).get("number")):
        load.ask(f"/changes/{number}/revert", "POST", b'{"reason": "It was a trial."}', **more)


#: What clients do, each with its share of the requests.
KINDS: dict[Callable[[Load], None], float] = {
    read_pages: 48,
    query: 20,
    send_large: 10,
    abandon: 8,
    send_broken: 6,
    query_hostilely: 3,
    report: 2,
    read_files: 2,
    write: 0.3,
}


def _client(load: Load, pause: float, until: float) -> None:
    while time.monotonic() < until:
        (kind,) = load.chance.choices(list(KINDS), list(KINDS.values()))
        kind(load)
        time.sleep(load.chance.expovariate(1 / pause))


@dataclass(frozen=True)
class Sample:
    """The memory of all processes at a moment, in MiB, by the role of the process."""

    minutes: float
    roles: dict[str, float]

    @property
    def total(self) -> float:
        """The memory of all of them."""
        return sum(self.roles.values())


def _sample(pid: int, began: float) -> Sample:
    roles: Counter[str] = Counter()
    for name, size in memory(pid).items():
        roles[re.sub(r"[ \d]+$", "", name)] += size  # type: ignore[assignment]
    return Sample((time.monotonic() - began) / 60, dict(roles))


def _late(samples: list[Sample]) -> list[Sample]:
    """Return the samples after the warm-up."""
    return [one for one in samples if one.minutes >= samples[-1].minutes * WARM_UP]


def slope(samples: list[Sample], size: Callable[[Sample], float] = lambda one: one.total) -> float:
    """Return by how many MiB an hour the memory grows, after the warm-up, by the line of least squares.

    :param size: the memory of a sample that is meant, by default of all processes.
    """
    late = _late(samples)
    found = statistics.linear_regression([one.minutes for one in late], [size(one) for one in late])
    return found.slope * 60


def _lasting(one: Sample) -> float:
    """Return the memory of the processes that are not replaced while all goes well: all but query workers."""
    return one.total - one.roles.get(WORKER, 0.0)


def soak(store: Path, minutes: float, rate: float, seed: int = 7) -> tuple[Load, list[Sample]]:
    """Put a store's server under load.

    :param rate: requests a second, of all clients, as far as the server answers in time.
    """
    disk = open_store(store).oxigraph
    rows = disk.query("SELECT ?p { ?p a co:Polity ; co:kind ?kind } ORDER BY ?p", prefixes=PREFIXES)
    assert isinstance(rows, ox.QuerySolutions)
    polities = [row["p"].value.rpartition("/")[2] for row in rows]
    token, pages = Tokens(store).add("soak", "editor"), list(addresses(disk).values())
    clients = max(2, round(rate * 0.6))
    with served(store) as (address, pid):
        load = Load(address, token, pages, polities, random.Random(seed))
        began = time.monotonic()
        until = began + minutes * 60
        threads = [
            threading.Thread(target=_client, args=(load, clients / rate, until), daemon=True)
            for _ in range(clients)
        ]
        for thread in threads:
            thread.start()
        samples = []
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 15))
            samples.append(_sample(pid, began))
            if len(samples) % 4 == 0:
                parts = ", ".join(f"{role} {size:.0f}" for role, size in sorted(samples[-1].roles.items()))
                asked = sum(load.answers.values())
                print(
                    f"{samples[-1].minutes:6.1f} min {samples[-1].total:7.0f} MiB ({parts}) {asked} answers",
                    flush=True,
                )
        for thread in threads:
            thread.join(150)
    return load, samples


def in_words(load: Load, samples: list[Sample]) -> str:
    """Return what was found."""
    late, lasting = ([size(one) for one in _late(samples)] for size in (lambda one: one.total, _lasting))
    statuses = ", ".join(f"{count:,} × {status}" for status, count in sorted(load.answers.items()))
    faults = "".join(f"\n  {count} × {what}" for what, count in load.faults.most_common(20))
    return (
        f"{samples[-1].minutes:.0f} minutes, {sum(load.answers.values()):,} responses: {statuses}.\n"
        f"Memory of all processes (PSS) after a warm-up of a third of the time: {statistics.median(late):,.0f} MiB "
        f"({min(late):,.0f}–{max(late):,.0f}), changing by {slope(samples):+.0f} MiB an hour.\n"
        f"Without query workers, which are replaced after half a second of a processor: "
        f"{statistics.median(lasting):,.0f} MiB ({min(lasting):,.0f}–{max(lasting):,.0f}), "
        f"changing by {slope(samples, _lasting):+.0f} MiB an hour.\n"
        f"Undocumented 5xx and broken connections: {sum(load.faults.values())}.{faults}"
    )


def main(arguments: list[str] | None = None) -> None:
    """Put a server under load, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks soak", description=__doc__)
    parser.add_argument("--store", type=Path, help="a store that is built, of which a copy is served")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=10, help="requests a second")
    parser.add_argument("--write", action="store_true", help="write docs/soak.md")
    chosen = parser.parse_args(arguments)
    with own_store(chosen.store) as store:
        load, samples = soak(store, chosen.minutes, chosen.rate)
    found = in_words(load, samples)
    print(found)
    if chosen.write:
        (DOCS / "soak.md").write_text(
            f"# Memory under load\n\nWritten by `python -m tests.benchmarks soak --write`.\n\n{found}\n",
            "utf-8",
        )
