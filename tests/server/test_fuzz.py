"""Requests of every kind, well-formed and not: none ends in a failure that is not documented."""

import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.store.tokens import Tokens
from tests.changes.world import make_store

from .conftest import running

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

#: Stands for the token of an editor.
EDITOR = "Bearer editor"
SUBJECTS = ["cop:arcadia", "cop:nobody", "<urn:x:y>", "_:b", "<https://w3id.org/comity/thing/x>", "?s"]
PROPERTIES = [
    "co:note",
    "rdfs:label",
    "a",
    "co:edtf",
    "co:startEarliest",
    "geo:lat",
    "owl:sameAs",
    "?p",
    "<urn:x:1>",
]
VALUES = [
    "'x'",
    "'\\u0007'",
    "cop:borduria",
    "co:Polity",
    "1e400",
    "'2022-02-30'^^xsd:date",
    "NaN",
    "'x'@en",
    "?o",
]
UPDATES = [
    "INSERT DATA { TRIPLE }",
    "DELETE WHERE { TRIPLE }",
    "INSERT { TRIPLE } WHERE { TRIPLE }",
    "INSERT DATA { cop:arcadia co:note 'x' } ; DELETE { TRIPLE } WHERE { GRAPH ?g { TRIPLE } }",
    "DELETE { TRIPLE } INSERT { TRIPLE } WHERE { OPTIONAL { TRIPLE } }",
    "CLEAR SILENT GRAPH <https://w3id.org/comity/graph/facts/mine> ; INSERT { TRIPLE } WHERE { TRIPLE }",
    "COPY <https://w3id.org/comity/graph/facts/mine> TO <https://w3id.org/comity/graph/facts/yours>",
]
COLUMNS = ["kind", "actor", "object", "date", "note", "source_title", "source_date", "source_url"]

queries = st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)
values = st.one_of(
    queries, st.text(max_size=40), st.sampled_from(["json", "csv", "2022-07-14", "0.1", "urn:x"])
)
parameters = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=4)
raw = st.binary(max_size=60).map(lambda data: data.decode("latin-1"))
bodies = st.one_of(st.binary(max_size=300), queries.map(str.encode))
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


@st.composite
def writes(draw: st.DrawFn) -> tuple[str, str, str, bytes]:
    """Method, address, media type and body of a write in the right form, with any values; most change nothing."""
    subject, predicate, value = (draw(st.sampled_from(terms)) for terms in (SUBJECTS, PROPERTIES, VALUES))
    triple, cells = f"{subject} {predicate} {value}", draw(st.lists(values, min_size=5, max_size=5))
    update = draw(st.sampled_from(UPDATES)).replace("TRIPLE", triple)
    act = dict(zip(COLUMNS, ["recognition", "arcadia", "syldavia", *cells], strict=True))
    act |= {draw(st.sampled_from(COLUMNS)): draw(values)}
    number, graph = draw(st.integers(0, 9)), quote("https://w3id.org/comity/graph/facts/mine")
    table = ",".join(COLUMNS) + "\n" + ",".join(f'"{cell}"' for cell in act.values())
    row, form = json.dumps(act), "&".join(f"{quote(name)}={quote(cell)}" for name, cell in act.items())
    path, media, text = draw(
        st.sampled_from(
            [
                ("/sparql?", "application/sparql-update", update),
                ("/sparql?", "application/x-www-form-urlencoded", f"update={quote(update)}"),
                (f"/graph-store?graph={graph}", "text/turtle", f"{triple} ."),
                (f"/graph-store?graph={graph}/{quote(cells[0])}", "text/turtle", f"{triple} ."),
                (f"/graph-store?graph={quote(cells[0])}", "text/turtle", f"{triple} ."),
                ("/graph-store?default", "application/n-triples", f"{triple} ."),
                ("/graph-store?", "application/trig", f"<{graph}> {{ {triple} }}"),
                ("/changes?name=acts-mine.csv", "text/csv", table),
                ("/acts?", "application/json", row),
                ("/acts?", "application/x-www-form-urlencoded", form),
                ("/statements?", "application/json", row),
                ("/retract?", "application/json", json.dumps({"thing": cells[0], "reason": cells[1]})),
                (f"/changes/{number}/revert?", "application/json", json.dumps({"reason": cells[0]})),
                (f"/review/{number}/accept?", "application/json", row),
                ("/report?", "application/json", json.dumps({"about": subject, "text": cells[0]})),
                ("/reconcile?", "application/x-www-form-urlencoded", f"queries={quote(row)}"),
            ]
        )
    )
    method = draw(st.sampled_from(["POST", "PUT", "DELETE"])) if path.startswith("/graph-store") else "POST"
    dry = "&dry-run=1" if draw(st.integers(0, 7)) else ""
    return method, path + dry, media, text.encode("utf-8", "replace")


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
    if draw(st.integers(0, 1)):
        headers["Authorization"] = EDITOR
    if draw(st.integers(0, 3)) == 0:
        method, path, media, body = draw(writes())
        return method, path, headers | {"Content-Type": media}, body
    body = draw(bodies)
    if body:
        headers["Content-Type"] = draw(st.sampled_from(MEDIA))
    return draw(st.sampled_from(METHODS)), f"{draw(st.sampled_from(PATHS))}?{text}", headers, body


@dataclass(frozen=True)
class Target:
    """A server over a small world, and the token of an editor."""

    address: str
    token: str


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    store = make_store(tmp_path_factory.mktemp("fuzzed"))
    token = Tokens(store).add("ada", "editor")
    for address in running(store, COMITY_QUERY_SECONDS="1"):
        yield Target(address, token)


SparqlRequest = tuple[str, str, dict[str, str], bytes]


def exchange(server: Target, asked: SparqlRequest) -> tuple[http.client.HTTPResponse, bytes]:
    """The answer to a request; a body that is refused unread may cost the connection, and is sent again."""
    method, path, headers, body = asked
    if headers.get("Authorization") == EDITOR:
        headers = headers | {"Authorization": f"Bearer {server.token}"}
    for tries_left in range(7, -1, -1):
        connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=20)
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


def check(server: Target, asked: SparqlRequest) -> None:
    answer, content = exchange(server, asked)
    assert answer.status < 500 or answer.status in DOCUMENTED, (asked, content)
    if answer.status >= 400 and answer.headers.get_content_type() == "application/problem+json" and content:
        assert json.loads(content)["status"] == answer.status


SILENT = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@settings(max_examples=300, suppress_health_check=SILENT)
@given(asked=requests())
def test_some_fuzzed_requests_end_well(target: Target, asked: SparqlRequest) -> None:
    check(target, asked)


@pytest.mark.long
@settings(max_examples=10_000, suppress_health_check=SILENT)
@given(asked=requests())
def test_ten_thousand_fuzzed_requests_end_well(target: Target, asked: SparqlRequest) -> None:
    check(target, asked)


def test_the_server_still_answers_after_it_all(target: Target) -> None:
    query = quote("ASK { cop:arcadia a co:Polity }")
    answer, content = exchange(target, ("GET", f"/sparql?query={query}", {"Accept": "text/csv"}, b""))
    assert (answer.status, content.strip()) == (200, b"true")
