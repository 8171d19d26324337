"""Requests of every kind, well-formed and not: none ends in a failure that is not documented."""

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import running
from .test_limits import still_answers

DOCUMENTED = {503, 504}
PATHS = ["/sparql", "/sparql/", "/graph-store", "/graph-store/x", "/graph/inferred", "/.well-known/void", "/"]
PATHS += ["/examples", "/openapi.json", "/prefixes", "/health", "/ready", "/metrics", "/static/comity.css"]
PATHS += ["/changes", "/changes/1/revert", "/acts", "/acts/new", "/review", "/report", "/retract", "/search"]
PATHS += ["/explain", "/map", "/timeline", "/polity/p1", "/act/x", "/as-of/2022-07-14", "/questions/x"]
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "QUERY"]
NAMES = ["query", "update", "default-graph-uri", "named-graph-uri", "using-graph-uri", "graph", "default"]
NAMES += ["about", "of", "subject", "predicate", "object", "q", "as_of", "according_to", "thing", "corrects"]
NAMES += ["format", "timeout", "as-of", "according-to", "reading", "output"]
PIECES = [
    "SELECT",
    "*",
    "ASK",
    "CONSTRUCT",
    "DESCRIBE",
    "WHERE",
    "{",
    "}",
    "(",
    ")",
    "?s",
    "?p",
    "?o",
    "<urn:x>",
]
PIECES += [
    "a",
    ".",
    ";",
    ",",
    "FILTER",
    "REGEX",
    "'x'",
    '"""',
    "1e400",
    "UNION",
    "OPTIONAL",
    "GRAPH",
    "BIND",
    "AS",
]
PIECES += [
    "VALUES",
    "UNDEF",
    "LIMIT",
    "-1",
    "99999999999999999999",
    "SERVICE",
    "FROM",
    "NAMED",
    "#",
    "\\u0053",
]
PIECES += [
    "co:actor",
    "nope:x",
    "_:b",
    "<<",
    ">>",
    "NOW()",
    "!",
    "^",
    "*/",
    "|",
    "INSERT",
    "DELETE",
    "DATA",
    "CLEAR",
]
MEDIA = ["application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update"]
MEDIA += [
    "text/turtle",
    "application/ld+json",
    "application/rdf+xml",
    "multipart/form-data; boundary=x",
    "x",
    "",
]
ACCEPTS = [
    "*/*",
    "text/html",
    "application/json",
    "text/csv;q=0.5",
    "image/png",
    ";;;",
    "a/b;q=x",
    "text/turtle, */*",
]

queries = st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)
values = st.one_of(
    queries, st.text(max_size=40), st.sampled_from(["json", "csv", "2022-07-14", "0.1", "urn:x"])
)
parameters = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=4)
raw = st.binary(max_size=60).map(lambda data: data.decode("latin-1"))
bodies = st.one_of(st.binary(max_size=300), queries.map(str.encode))
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, dict[str, str], bytes]:
    """A method, an address, headers and a body."""
    pairs = draw(parameters)
    text = "&".join(f"{name}={quote(value.encode('utf-8', 'replace'))}" for name, value in pairs)
    if draw(st.integers(0, 4)) == 0:
        text += "".join(c for c in draw(raw) if c.isprintable() and c not in ' "<>' and ord(c) < 127)
    headers = {"Accept": draw(st.one_of(st.sampled_from(ACCEPTS), printable))}
    for name in ("Accept-Encoding", "If-None-Match", "Origin", "X-Forwarded-Host", "Range"):
        if draw(st.integers(0, 5)) == 0:
            headers[name] = draw(printable)
    body = draw(bodies)
    if body:
        headers["Content-Type"] = draw(st.sampled_from(MEDIA))
    return draw(st.sampled_from(METHODS)), f"{draw(st.sampled_from(PATHS))}?{text}", headers, body


@pytest.fixture(scope="module")
def target(store_path: Path) -> Iterator[str]:
    yield from running(store_path, COMITY_QUERY_SECONDS="1")


SparqlRequest = tuple[str, str, dict[str, str], bytes]


def exchange(server: str, asked: SparqlRequest) -> tuple[http.client.HTTPResponse, bytes]:
    """The answer to a request; a body that is refused unread may cost the connection, and is sent again."""
    method, path, headers, body = asked
    for tries_left in range(7, -1, -1):
        connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=20)
        try:
            connection.request(method, path, body or None, {k: v.strip() for k, v in headers.items()})
            answer = connection.getresponse()
            return answer, answer.read()
        except (ConnectionResetError, BrokenPipeError):
            if not (tries_left and body):
                raise
            time.sleep(0.1 * (8 - tries_left))  # A busy machine resets what a free one delivers.
        finally:
            connection.close()
    raise AssertionError("the last try returns or raises")


def check(server: str, asked: SparqlRequest) -> None:
    answer, content = exchange(server, asked)
    assert answer.status < 500 or answer.status in DOCUMENTED, (asked, content)
    if answer.status >= 400 and answer.headers.get_content_type() == "application/problem+json" and content:
        assert json.loads(content)["status"] == answer.status


SILENT = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@settings(max_examples=300, suppress_health_check=SILENT)
@given(asked=requests())
def test_some_fuzzed_requests_end_well(target: str, asked: tuple[str, str, dict[str, str], bytes]) -> None:
    check(target, asked)


@pytest.mark.long
@settings(max_examples=10_000, suppress_health_check=SILENT)
@given(asked=requests())
def test_ten_thousand_fuzzed_requests_end_well(
    target: str, asked: tuple[str, str, dict[str, str], bytes]
) -> None:
    check(target, asked)


def test_the_server_still_answers_after_it_all(target: str) -> None:
    assert still_answers(target)
