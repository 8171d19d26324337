"""Every attack that is known to break an engine or to reach out of one, against the real server.

Each is answered by a clear refusal or a bounded failure; nothing outside is touched, and the next request
is answered. A file that cannot be read without blocking and a listening socket stand by as canaries.
"""

import errno
import json
import os
import resource
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from comity.server.processes.worker import WorkerLimits, confine, limit_memory

from .conftest import process_name, processes_of, running
from .test_limits import DOUBLING, ENDLESS, ask, still_answers


@dataclass
class Canaries:
    """A pipe that nobody may read and a port that nobody may call."""

    pipe: Path
    listener: socket.socket

    @property
    def file(self) -> str:
        return f"<file://{self.pipe}>"

    @property
    def http(self) -> str:
        return f"<http://127.0.0.1:{self.listener.getsockname()[1]}/sparql>"

    def check(self) -> None:
        """Fail if the pipe was opened or the port called."""
        with pytest.raises(OSError) as opened:
            os.close(os.open(self.pipe, os.O_WRONLY | os.O_NONBLOCK))
        assert opened.value.errno == errno.ENXIO
        with pytest.raises(BlockingIOError):
            self.listener.accept()


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaries]:
    pipe = tmp_path_factory.mktemp("canary") / "pipe"
    os.mkfifo(pipe)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Canaries(pipe, listener)


@pytest.fixture(scope="module")
def target(store_path: Path) -> Iterator[str]:
    yield from running(store_path, COMITY_QUERY_SECONDS="1", COMITY_MEMORY_MIB="256")


OUTSIDE = {
    "service": "SELECT * { SERVICE {http} { ?s ?p ?o } }",
    "service silent": "SELECT * { SERVICE SILENT {http} { ?s ?p ?o } }",
    "service in small letters": "select * { service {http} { ?s ?p ?o } }",
    "service behind a comment": "SELECT * { SERVICE # {\n {http} { ?s ?p ?o } }",
    "service written with escapes": "SELECT * { \\u0053ERVICE {http} { ?s ?p ?o } }",
    "service at a variable": "SELECT * { BIND({http} AS ?e) SERVICE ?e { ?s ?p ?o } }",
    "service in a sub-select": "SELECT * { { SELECT * { SERVICE {http} { ?s ?p ?o } } } }",
    "service in exists": "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE {http} { ?s ?p ?o } } }",
    "service in a construct": "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE {http} { ?s ?p ?o } }",
    "service that a lexer may miss": "SELECT * { ?a ?b ?c FILTER(?a<?b#>'''\n) SERVICE {http} { ?s ?p ?o } #'''\n }",
    "from a file": "SELECT * FROM {file} { ?s ?p ?o }",
    "from named a file": "SELECT * FROM NAMED {file} { GRAPH ?g { ?s ?p ?o } }",
    "from the web": "SELECT * FROM {http} { ?s ?p ?o }",
    "describe from a file": "DESCRIBE {file} FROM {file}",
    "load as a query": "LOAD {http}",
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_outside_is_reached_by_a_query(target: str, canaries: Canaries, name: str) -> None:
    query = OUTSIDE[name].replace("{http}", canaries.http).replace("{file}", canaries.file)
    status, body, headers = ask(target, query)
    canaries.check()
    if "silent" in name or "FROM" in query:
        # As the standard has it, what cannot be had is empty; a header tells which graph was.
        assert status == 200, body
        assert ("FROM" in query) == ("comity-unknown-graph" in {key.lower() for key in headers})
        assert (
            json.loads(body)["results"]["bindings"] in ([], [{}]) if query.startswith("SELECT") else not body
        )
    else:
        assert status == (400 if name == "service that a lexer may miss" else 403), body
        assert json.loads(body)["detail"]
    assert still_answers(target)


@pytest.mark.parametrize("name", ["service", "service in exists", "load as a query"])
def test_a_refusal_says_what_is_never_done(target: str, canaries: Canaries, name: str) -> None:
    query = OUTSIDE[name].replace("{http}", canaries.http).replace("{file}", canaries.file)
    problem = json.loads(ask(target, query)[1])
    assert "not allowed here" in problem["detail"] and problem["type"].endswith("/outside-access-refused")


@pytest.mark.parametrize("parameter", ["default-graph-uri", "named-graph-uri"])
def test_nothing_outside_is_reached_by_a_parameter(target: str, canaries: Canaries, parameter: str) -> None:
    for name in (canaries.http, canaries.file):
        status, body, _ = ask(target, "SELECT * { ?s ?p ?o }", **{parameter: name[1:-1]})
        assert status == 200 and not json.loads(body)["results"]["bindings"]
    canaries.check()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p 'SERVICE <http://example.org/> {}' }",
        "SELECT * { ?s ?p ?o } # SERVICE <http://example.org/> {}",
        "SELECT ?service { ?service ?load ?from }",
        "PREFIX service: <urn:> SELECT * { ?s service:load ?o }",
        "SELECT * { ?s <http://example.org/SERVICE> ?o }",
    ],
)
def test_words_that_only_look_like_it_are_no_reason_to_refuse(target: str, query: str) -> None:
    assert ask(target, query)[0] == 200


def deep(opening: str, middle: str, closing: str, times: int) -> str:
    return opening * times + middle + closing * times


PRODUCT = " ".join(f"VALUES ?v{n} {{ {' '.join(map(str, range(60)))} }}" for n in range(8))
A16 = "a" * 16
REPLACING = f", 'a', '{A16}')"
EXHAUSTING = {
    "nested groups": f"SELECT * {deep('{', '', '}', 5000)}",
    "nested groups, below the limit of length": f"SELECT * {deep('{', '', '}', 190)}",
    "nested parentheses": f"SELECT ({deep('(', '1', ')', 6000)} AS ?x) {{}}",
    "nested exists": f"SELECT * {{ {deep('FILTER EXISTS { ?a ?b ?c ', '', '}', 900)} }}",
    "nested sub-selects": f"SELECT * {deep('{ SELECT * ', '{}', '}', 1500)}",
    "nested lists": f"SELECT * {{ ?s ?p {deep('(', '1', ')', 5000)} }}",
    "nested blank nodes": f"SELECT * {{ ?s ?p {deep('[ ?p ', '1', ']', 5000)} }}",
    "nested triples": f"SELECT * {{ {deep('<< ?a ?b ', '?c', ' >>', 3000)} ?p ?o }}",
    "a long sum": f"SELECT ({'+'.join(['1'] * 20000)} AS ?x) {{}}",
    "a sum of the most terms allowed": f"SELECT ({'+'.join(['1'] * 4990)} AS ?x) {{}}",
    "a long disjunction": f"SELECT * {{ FILTER({'||'.join(['?x'] * 20000)}) }}",
    "many negations": f"SELECT * {{ FILTER({'!' * 20000}?x) }}",
    "many unions": f"SELECT * {{ {' UNION '.join(['{ ?s ?p ?o }'] * 3000)} }}",
    "many optionals": f"SELECT * {{ {'OPTIONAL { ?s ?p ?o } ' * 400} }}",
    "a path of the most steps": f"SELECT * {{ ?s {'/'.join(['rdfs:label'] * 4900)} ?o }}",
    "a thousand chained patterns": f"SELECT * {{ {' '.join(f'?v{n} ?p{n} ?v{n + 1} .' for n in range(1000))} }}",
    "a product of values": f"SELECT * {{ {PRODUCT} }}",
    "text that doubles": DOUBLING,
    "replacements in replacements": f"SELECT ({'REPLACE(' * 8}'{A16}'{REPLACING * 8} AS ?x) {{}}",
    "a join of everything, sorted": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i",
    "everything in one text": "SELECT (GROUP_CONCAT(?f) AS ?x) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "endless counting": ENDLESS,
    "a closure of a closure": "SELECT (COUNT(*) AS ?n) { ?s ((co:object|^co:object|co:actor|^co:actor)*)* ?o }",
    "backtracking": f"SELECT * {{ ?s ?p ?o FILTER REGEX('{'a' * 5000}!', '^(a+)+$') }} LIMIT 1",
    "a huge repetition": "SELECT * { FILTER REGEX('a', '((a{1000}){1000}){1000}') }",
    "distinct products": "SELECT DISTINCT ?c ?f ?i { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "a nameless function": "SELECT (<http://127.0.0.1/function>(1) AS ?x) {}",
}
BOUNDED = {200, 400, 413, 503, 504}


@pytest.mark.parametrize("name", EXHAUSTING)
def test_nothing_is_exhausted(target: str, canaries: Canaries, name: str) -> None:
    status, body, headers = ask(target, EXHAUSTING[name])
    assert status in BOUNDED, body
    if status != 200:
        assert headers["content-type"] == "application/problem+json" and json.loads(body)["hint"]
    canaries.check()
    assert still_answers(target)


HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
MALFORMED = {
    "half an escape": ("GET", "/sparql?query=%", {}, b""),
    "no escape": ("GET", "/sparql?query=%zz", {}, b""),
    "no utf-8": ("GET", "/sparql?query=%FF%FE", {}, b""),
    "no utf-8 in a form": ("POST", "/sparql", HEADERS, b"query=%FF"),
    "a form without escapes": ("POST", "/sparql", HEADERS, b"query=\xff\xfe"),
    "a null": ("GET", "/sparql?query=%00", {}, b""),
    "a header in a format": ("GET", "/sparql?query=ASK%7B%7D&format=json%0D%0ASet-Cookie:a=b", {}, b""),
    "an accept of commas": ("GET", "/sparql?query=ASK%7B%7D", {"Accept": "," * 8000 + ";q=;q"}, b""),
    "a negative time": ("GET", "/sparql?query=ASK%7B%7D&timeout=-1", {}, b""),
    "not a positive number of seconds": ("GET", "/sparql?query=ASK%7B%7D&timeout=nan", {}, b""),
    "an as-of that is none": ("GET", "/sparql?query=ASK%7B%7D&as-of=2022-99-99", {}, b""),
    "an as-of that climbs": ("GET", "/sparql?query=ASK%7B%7D&as-of=../../etc/passwd", {}, b""),
    "a path that climbs": ("GET", "/static/../../../etc/passwd", {}, b""),
    "a path that climbs, escaped": ("GET", "/static/%2e%2e/%2e%2e/settings.py", {}, b""),
    "a graph that is a file": ("GET", "/graph-store?graph=file:///etc/passwd", {}, b""),
    "an update": (
        "POST",
        "/sparql",
        {"Content-Type": "application/sparql-update"},
        b"LOAD <file:///etc/passwd>",
    ),
    "an upload": ("PUT", "/graph-store?default", {"Content-Type": "text/turtle"}, b"<a> <b> <c> ."),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_requests_are_refused(target: str, name: str) -> None:
    method, path, headers, body = MALFORMED[name]
    asked = urllib.request.Request(target + path, body or None, headers, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=10) as response:
            assert name in ("an accept of commas", "a header in a format") and response.status == 200
            assert "Set-Cookie" not in response.headers
    except urllib.error.HTTPError as error:
        with error:
            assert 400 <= error.code < 500 and b"root:" not in error.read()
            assert "Set-Cookie" not in error.headers
    assert still_answers(target)


def test_a_confined_process_can_open_nothing() -> None:
    receiving, sending = os.pipe()
    pid = os.fork()
    if pid == 0:
        limit_memory(WorkerLimits(memory=64 * 1024 * 1024))
        confine()
        tries = [lambda: os.open("/etc/passwd", os.O_RDONLY), lambda: socket.socket(), lambda: os.pipe()]
        told = "".join(_number(attempt) for attempt in tries)
        limit = resource.getrlimit(resource.RLIMIT_AS)[1] != resource.RLIM_INFINITY
        os.write(sending, f"{told}{limit}".encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(receiving, 100).decode() == f"{errno.EMFILE}" * 3 + "True"
    os.close(receiving)
    os.close(sending)


def _number(attempt: object) -> str:
    try:
        attempt()  # type: ignore[operator]
    except OSError as error:
        return str(error.errno)
    return "opened"


def test_a_killed_worker_is_replaced_before_anybody_notices(target: str, store_path: Path) -> None:
    for round_ in range(5):
        assert still_answers(target)
        for pid in _workers(store_path):
            os.kill(pid, 9)
        assert still_answers(target), round_


def _workers(store_path: Path) -> list[int]:
    """The workers that answer from this store."""
    return [pid for pid in processes_of(store_path) if process_name(pid) == "query worker"]


def test_quoting_survives_a_round_trip(target: str) -> None:
    query = 'SELECT ("a\'b\\"c<d>&e\\n" AS ?x) {}'
    with urllib.request.urlopen(f"{target}/sparql?query={quote(query)}") as response:
        row = json.loads(response.read())["results"]["bindings"][0]
    assert row["x"]["value"] == "a'b\"c<d>&e\n"
