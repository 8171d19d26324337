"""The application's services: settings, workers, cache, counters, log and rate limits."""

import hashlib
import json
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import Flask, current_app, render_template, request

from comity.server.http.gateway import client_left
from comity.server.http.monitoring import Metrics, QueryLog
from comity.server.http.responses import Cache, Representation
from comity.server.problems import Problem
from comity.server.processes.client import WorkerPool
from comity.server.processes.lifecycle import StoreProcesses
from comity.server.processes.protocol import QueryCall
from comity.server.settings import MIB, Settings
from comity.store.database import GRAPH_SIZES, stamp

#: Addresses for monitoring, whose responses cost little and contain no address.
PROBES = ("/health", "/ready", "/metrics")
_CLIENTS = 10_000
#: Unknown tokens allowed per address and minute. Valid ones still pass, since many clients may share an address.
_FAILED_TOKENS = 30


class RateLimit:
    """A bucket of tokens for each client, filled at the allowed rate."""

    def __init__(self, per_minute: int, what: str = "requests") -> None:
        """Start with full buckets.

        :param per_minute: 0 for no limit.
        :param what: the name of what is counted, for the message.
        """
        self._what = what
        self._rate = per_minute / 60
        self._full = float(max(per_minute, 1))
        self._salt = secrets.token_bytes(16)
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Count a request of a client.

        :raises Problem: 429 if the client has reached its limit.
        """
        if not self._rate:
            return
        client = hashlib.blake2b(address.encode(), key=self._salt, digest_size=12).digest()
        now = time.monotonic()
        with self._lock:
            tokens, last = self._buckets.pop(client, (self._full, now))
            tokens = min(self._full, tokens + (now - last) * self._rate)
            self._buckets[client] = (max(tokens - 1, 0), now) if tokens >= 1 else (tokens, now)
            if len(self._buckets) > _CLIENTS:
                self._buckets.popitem(last=False)
        if tokens < 1:
            wait = max(1, round((1 - tokens) / self._rate))
            raise Problem(
                429,
                "too-many-requests",
                f"This address made more than {round(self._rate * 60)} {self._what} per minute.",
                hint=f"Try again in {wait} s.",
                headers={"Retry-After": str(wait)},
            )


_BY_KIND = {"query-out-of-memory": "out_of_memory", "client-left": "abandoned"}
_OUTCOMES = {
    400: "bad_request",
    406: "bad_request",
    413: "bad_request",
    429: "turned_away",
    504: "timed_out",
}


class Service:
    """The services of one HTTP process, at ``app.extensions["comity"]``."""

    def __init__(self, store_path: Path, settings: Settings, runtime: Path | None = None) -> None:
        self.store_path = store_path
        self.settings = settings
        self.processes = None if runtime else StoreProcesses(store_path, settings)
        self.runtime = runtime or self.processes.runtime  # type: ignore[union-attr]
        self.pool = WorkerPool(self.runtime, settings, client_left)
        self.cache = Cache(settings.cache_mib * MIB)
        self.rate_limit = RateLimit(settings.requests_per_minute)
        self.failed_tokens = RateLimit(_FAILED_TOKENS, "attempts with unknown tokens")
        self.metrics = Metrics()
        self.log = QueryLog(settings.query_log)

    def root(self) -> str:
        """Return the public URL of the server, with a trailing slash."""
        return (self.settings.public_url or request.url_root).rstrip("/") + "/"

    def ask(self, text: str) -> Any:
        """Return the parsed JSON result of one of our own queries, for pages and descriptions."""
        return json.loads(self.pool.run(QueryCall(text=text, result_format="json"), 10.0).whole())

    def rows(self, text: str) -> list[dict[str, str]]:
        """Return the values, row by row, of one of our own SELECT queries, without their types."""
        document = self.ask(text)
        return [
            {name: term["value"] for name, term in row.items()} for row in document["results"]["bindings"]
        ]

    def graph_sizes(self, generation: str) -> dict[str, int]:
        """Return the number of triples of each graph of a generation by its IRI, that of the default graph being empty.

        Its stamp has them, unless it was not built from tables.
        """
        meta = stamp(self.store_path, generation) or {}
        if known := meta.get("graphs"):
            return {"": meta["counts"]["quads"] - sum(known.values()), **known}
        default = int(self.rows("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0]["n"])
        return {"": default} | {row["g"]: int(row["n"]) for row in self.rows(GRAPH_SIZES)}

    def construct(self, text: str, format_name: str = "ntriples") -> bytes:
        """Return the serialised result of one of our own CONSTRUCT or DESCRIBE queries."""
        return self.pool.run(QueryCall(text=text, graph_format=format_name), 10.0).whole()

    def page_of_result(self, form: str, body: bytes, text: str, default: Sequence[str]) -> bytes:
        """Return a result as an HTML page.

        :param default: the default graphs named in the request's parameters.
        """
        result = json.loads(body)
        return render_template("result.html", form=form, result=result, text=text, default=default).encode()

    def record(self, seconds: float, found: Representation, text: str, outcome: str, streamed: bool) -> None:
        """Count and log an answered query."""
        cached = outcome == "cached"
        self.metrics.count_query(outcome, None if cached else seconds, len(found.body))
        if self.log.open:
            self.log.write(
                "query",
                text,
                ms=round(seconds * 1000, 2),
                form=found.form,
                status=200,
                bytes=len(found.body),
                cached=cached,
                streamed=streamed,
            )

    def record_problem(self, started: float, problem: Problem, text: str) -> None:
        """Count and log a failed query."""
        outcome = _BY_KIND.get(problem.kind) or _OUTCOMES.get(problem.status, "other")
        self.metrics.count_query(outcome)
        milliseconds = round((time.perf_counter() - started) * 1000, 2)
        self.log.write("query", text, ms=milliseconds, status=problem.status, problem=problem.kind)

    def close(self) -> None:
        """Stop everything started here."""
        self.pool.close()
        self.log.close()
        if self.processes is not None:
            self.processes.close()


def register(app: Flask) -> None:
    """Limit the rate of all requests, apart from those for files of the pages and for monitoring."""

    def check() -> None:
        if request.endpoint != "static" and request.path not in PROBES:
            service().rate_limit.check(request.remote_addr or "")

    app.before_request(check)


def service() -> Service:
    """Return the services of the application that handles this request."""
    found: Service = current_app.extensions["comity"]
    return found
