"""A SPARQL 1.1 protocol client for any engine: queries, updates, uploads, and workarounds for deviations.

Nothing depends on the name of an engine. Requests are form-encoded, because some engines hang on a query posted
directly; the result of an ASK is read from a boolean or from a one-cell table; an update that an engine refuses under
``update=`` is sent as ``query=``; a broken connection is retried; a batch that is too large is halved.
"""

import io
import json
import os
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

import pyoxigraph as ox

from comity.errors import QueryError, StoreError
from comity.iris import XSD

PREFIX = "sparql+"
_FORM = re.compile(r"(?:#[^\n]*\n|PREFIX\s+[^\s:]*:\s*<[^>]*>|BASE\s*<[^>]*>|\s)*(\w+)", re.IGNORECASE)
#: Binds a variable on both sides of MINUS; engines that lose bindings refuse it.
_BOUND_TWICE = """SELECT ?s WHERE {
  VALUES (?o) { (<urn:a>) } ?s <urn:p> ?o . MINUS { VALUES (?o) { (<urn:a>) } ?s <urn:q> ?o }
}"""
_ATTEMPTS = 5
_TIMEOUT = 600
_BATCH = 2_000
Result = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


class RemoteError(StoreError):
    """An engine cannot be reached, or refuses a request."""


@dataclass(frozen=True)
class Address:
    """The addresses of an engine for queries, updates and uploads, and the credentials."""

    query: str
    update: str
    graph_store: str | None = None
    user: str | None = None
    password: str = ""

    @property
    def shown(self) -> str:
        """The address without credentials."""
        return PREFIX + self.query


def read_address(text: str) -> Address:
    """Parse ``sparql+http://[user:password@]host:port/path[?update=ADDRESS&graph-store=ADDRESS]``.

    The addresses for updates and uploads may be relative to that for queries; without them updates go to the query
    address and uploads are updates. Credentials may be in ``COMITY_SPARQL_USER`` and ``COMITY_SPARQL_PASSWORD``.

    :raises RemoteError: if the text is not such an address.
    """
    try:
        parts = urlsplit(text.removeprefix(PREFIX))
        port = parts.port
    except ValueError:  # An invalid port, or unclosed brackets.
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RemoteError(f"{text!r} is not the address of an engine. Write sparql+http://HOST:PORT/PATH.")
    host = f"{parts.hostname}:{port}" if port else parts.hostname
    query = urlunsplit((parts.scheme, host, parts.path or "/sparql", "", ""))
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if unknown := options.keys() - {"update", "graph-store"}:
        raise RemoteError(f"{', '.join(sorted(unknown))}: only update= and graph-store= are allowed after ?.")
    store = options.get("graph-store")
    return Address(
        query,
        urljoin(query, options.get("update", query)),
        urljoin(query, store) if store else None,
        unquote(parts.username) if parts.username else os.environ.get("COMITY_SPARQL_USER"),
        unquote(parts.password) if parts.password else os.environ.get("COMITY_SPARQL_PASSWORD", ""),
    )


class Endpoint:
    """A client of one engine."""

    def __init__(self, address: Address, pause: float = 0.5) -> None:
        """Create a client for the engine at an address.

        :param pause: seconds before a broken connection is retried; doubled each time.
        """
        self.address = address
        self._pause = pause
        self._parameter = "update"
        self._is_known = False
        self._loses_values: bool | None = None
        self.batch = _BATCH
        #: The row limit of the engine, as stated in its last answer; 0 if it stated none.
        self._most_rows = 0
        #: Whether the last answer reached that limit, so that rows may be missing.
        self.is_cut_off = False
        handlers: list[Any] = [urllib.request.ProxyHandler({})]
        if address.user:
            passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            for place in filter(None, (address.query, address.update, address.graph_store)):
                passwords.add_password(None, place, address.user, address.password)
            handlers.append(urllib.request.HTTPDigestAuthHandler(passwords))
            handlers.append(urllib.request.HTTPBasicAuthHandler(passwords))
        self._opener = urllib.request.build_opener(*handlers)

    def _send(self, address: str, body: bytes, kind: str, accept: str) -> tuple[str, bytes]:
        """Post a body; return the media type and body of the response. All requests sent here are safe to retry."""
        headers = {"Content-Type": kind, "Accept": accept, "User-Agent": "comity"}
        request = urllib.request.Request(address, body, headers, method="POST")
        for attempt in range(_ATTEMPTS):
            try:
                with self._opener.open(request, timeout=_TIMEOUT) as answer:
                    self._is_known = True
                    self._most_rows = int(answer.headers.get("X-SPARQL-MaxRows", 0))
                    return answer.headers.get_content_type(), answer.read()
            except urllib.error.HTTPError as error:
                if error.code not in (502, 503, 504) or attempt == _ATTEMPTS - 1:
                    raise QueryError(f"{self.address.shown} refuses: {_reason(error)}") from None
            except (OSError, ValueError, EOFError) as error:
                reason = getattr(error, "reason", error)
                # If nothing has answered yet, nothing is listening or the address is mistyped.
                mistaken = not self._is_known and isinstance(reason, ConnectionRefusedError | socket.gaierror)
                if mistaken or attempt == _ATTEMPTS - 1:
                    raise RemoteError(
                        f"{self.address.shown} cannot be reached: {reason}. Start it, or check the address; "
                        "if you run a build again, it resumes where it stopped."
                    ) from None
            time.sleep(self._pause * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def query(self, sparql: str, default: Sequence[str] = (), named: Sequence[str] = ()) -> Result:
        """Evaluate a query over a dataset of these graphs, or over the engine's own.

        :raises QueryError: if the engine refuses it.
        :raises RemoteError: if the engine cannot be reached.
        """
        form = _FORM.match(sparql)
        kind = form[1].upper() if form else ""
        fields = [("query", sparql), *(("default-graph-uri", graph) for graph in default)]
        fields += [("named-graph-uri", graph) for graph in named]
        rows = "application/sparql-results+json" if kind in ("SELECT", "ASK") else "application/n-triples"
        body = urlencode(fields).encode()
        media, answer = self._send(self.address.query, body, "application/x-www-form-urlencoded", rows)
        if kind in ("SELECT", "ASK"):
            result, number = _results(answer, kind == "ASK")
            self.is_cut_off = 0 < self._most_rows <= number
            return result
        return _triples(answer, media)

    def loses_values(self) -> bool:
        """Return whether the engine loses bindings of ``VALUES``: it then refuses a query that no data can satisfy."""
        if self._loses_values is None:
            try:
                self.query(_BOUND_TWICE)
                self._loses_values = False
            except QueryError:
                self._loses_values = True
        return self._loses_values

    def update(self, sparql: str) -> None:
        """Execute an update.

        :raises QueryError: if the engine refuses it.
        """
        kind = "application/x-www-form-urlencoded"
        try:
            self._send(self.address.update, urlencode({self._parameter: sparql}).encode(), kind, "*/*")
        except QueryError:
            if self._parameter == "query":
                raise
            self._send(self.address.update, urlencode({"query": sparql}).encode(), kind, "*/*")
            self._parameter = "query"

    def add(self, graph: str, lines: Sequence[str]) -> None:
        """Add lines of N-Triples without blank nodes to a graph; adding them twice is harmless."""
        if self.address.graph_store:
            place = f"{self.address.graph_store}?graph={quote(graph, safe='')}"
            self._send(place, "".join(lines).encode(), "application/n-triples", "*/*")
            return
        try:
            self.update(f"INSERT DATA {{ GRAPH <{graph}> {{\n{''.join(lines)}}} }}")
        except QueryError:
            if len(lines) < 2:
                raise
            self.batch = max(1, min(self.batch, len(lines) // 2))
            self.add(graph, lines[: len(lines) // 2])
            self.add(graph, lines[len(lines) // 2 :])

    def select(
        self, sparql: str, default: Sequence[str] = (), named: Sequence[str] = ()
    ) -> Iterator[ox.QuerySolution]:
        """Return the rows of a SELECT."""
        rows = self.query(sparql, default, named)
        assert isinstance(rows, ox.QuerySolutions)
        return iter(rows)


def _reason(error: urllib.error.HTTPError) -> str:
    """Return the first line of an engine's error message."""
    text = error.read().decode("utf-8", "replace").strip()
    return f"{error.code} {text.splitlines()[0][:300] if text else error.reason}"


def _results(answer: bytes, asked: bool) -> tuple[ox.QuerySolutions | ox.QueryBoolean, int]:
    """Return an answer in SPARQL results JSON and its rows, tolerating deviations of some engines."""
    document = json.loads(answer.decode("utf-8", "replace"), strict=False)
    rows = document.get("results", {}).get("bindings", [])
    if asked and "boolean" not in document:
        value = next(iter(rows[0].values()))["value"] if rows else "0"
        document = {"head": {}, "boolean": value in ("1", "true")}
    elif not asked:
        head = {"vars": document["head"]["vars"]}
        cleaned = [{name: _cell(cell) for name, cell in row.items()} for row in rows]
        document = {"head": head, "results": {"bindings": cleaned}}
    parsed = ox.parse_query_results(
        io.BytesIO(json.dumps(document).encode()), format=ox.QueryResultsFormat.JSON
    )
    assert not isinstance(parsed, ox.QueryTriples)
    return parsed, len(rows)


def _cell(cell: dict[str, str]) -> dict[str, str]:
    if cell["type"] == "bnode" or (cell["value"].startswith("nodeID://") and cell["type"] == "uri"):
        return {"type": "bnode", "value": re.sub(r"\W", "", cell["value"])}
    if cell["type"] == "typed-literal":
        cell = cell | {"type": "literal"}
    if cell.get("datatype") == XSD + "string":
        cell = {name: value for name, value in cell.items() if name != "datatype"}
    return cell


def _triples(answer: bytes, media: str) -> ox.QueryTriples:
    """Read the triples of a CONSTRUCT, in whichever format the engine returns."""
    form = ox.RdfFormat.from_media_type(media) or ox.RdfFormat.TURTLE
    if form == ox.RdfFormat.N_TRIPLES:
        form = ox.RdfFormat.TURTLE  # some engines write Turtle under that name
    store = ox.Store()
    store.extend(ox.Quad(*quad.triple) for quad in ox.parse(answer, format=form, rename_blank_nodes=True))
    found = store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    assert isinstance(found, ox.QueryTriples)
    return found
