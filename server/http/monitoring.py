"""Counters for Prometheus, summed over all HTTP processes, and the query log."""

import json
import os
import sys
from datetime import UTC, datetime
from io import TextIOWrapper
from logging import INFO, LogRecord, StreamHandler
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

#: Names the folder of the counters of a server's processes; the library reads it on import.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
OUTCOMES = ("ok", "cached", "bad_request", "timed_out", "out_of_memory", "turned_away", "abandoned", "other")
_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)


class Metrics:
    """The counters of this process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._folder = os.environ.get(SHARED_FOLDER)
        queries: Counter = self._made(Counter, "comity_queries", "Queries by outcome.", ["outcome"])
        self._queries = {outcome: queries.labels(outcome) for outcome in OUTCOMES}
        self._seconds: Histogram = self._made(
            Histogram, "comity_query_seconds", "Evaluation time of queries.", buckets=_BUCKETS
        )
        self._bytes: Counter = self._made(
            Counter, "comity_result_bytes", "Bytes of results before compression, excluding streamed parts."
        )
        responses: Counter = self._made(Counter, "comity_responses", "Responses by status class.", ["status"])
        self._responses = [responses.labels(f"{number}xx") for number in range(1, 6)]
        self.cache_bytes = self._gauge("comity_cache_bytes", "Bytes of results cached in memory.")
        self.running = self._gauge("comity_running_queries", "Queries currently running.")
        self.waiting = self._gauge("comity_waiting_queries", "Queries currently waiting for admission.")

    def _made(self, kind: Any, *arguments: Any, **options: Any) -> Any:
        return kind(*arguments, registry=self._registry, **options)

    def _gauge(self, name: str, text: str) -> Gauge:
        gauge: Gauge = self._made(Gauge, name, text, multiprocess_mode="livesum")
        return gauge

    def count_response(self, status: int) -> None:
        """Count a response by the class of its status."""
        self._responses[status // 100 - 1].inc()

    def count_query(self, outcome: str, seconds: float | None = None, size: int = 0) -> None:
        """Count a query by outcome, with its evaluation time in seconds and the bytes of its result."""
        self._queries[outcome].inc()
        if size:
            self._bytes.inc(size)
        if seconds is not None:
            self._seconds.observe(seconds)

    def text(self) -> bytes:
        """Return the sums over all processes in Prometheus' text format."""
        if not self._folder:
            return generate_latest(self._registry)
        for path in Path(self._folder).glob("gauge_live*_*.db"):
            process = int(path.stem.rpartition("_")[2])
            if not Path(f"/proc/{process}").exists():
                mark_process_dead(process, self._folder)  # type: ignore[no-untyped-call]
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=self._folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


_LONGEST = 20_000


class _LogFile(WatchedFileHandler):
    """A file readable only by its user and group, reopened after it is renamed, as by logrotate(8)."""

    _told = False

    def _open(self) -> TextIOWrapper:
        # One write per line, so that several processes can share the file.
        return open(
            self.baseFilename,
            "a",
            encoding="utf-8",
            buffering=1,
            opener=lambda name, flags: os.open(name, flags, 0o640),
        )

    def emit(self, record: LogRecord) -> None:
        """Write a line; a fault such as a full disk is reported once, and does not affect the response."""
        try:
            self.reopenIfNeeded()
            if self.stream is None:  # An earlier attempt to reopen it failed.
                self.stream = self._open()
                self._statstream()
            self.stream.write(record.getMessage() + "\n")
            self._told = False
        except (OSError, ValueError) as error:
            if not self._told:
                self._told = True
                print(f"comity: {self.baseFilename} cannot be written: {error}", file=sys.stderr, flush=True)


class QueryLog:
    """Logs queries and their outcomes to a file or to standard error."""

    def __init__(self, name: str) -> None:
        self._to: StreamHandler[Any] | None = None
        if name == "-":
            self._to = StreamHandler(sys.stderr)
        elif name:
            self._to = _LogFile(name)

    @property
    def open(self) -> bool:
        """Return whether queries are logged at all."""
        return self._to is not None

    def write(self, kind: str, text: str, **facts: Any) -> None:
        """Add a line: the kind of text, the text, and details of the outcome."""
        if self._to is None:
            return
        line = json.dumps(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "kind": kind,
                **facts,
                "text": text[:_LONGEST],
            },
            ensure_ascii=False,
        )
        self._to.handle(LogRecord("comity.queries", INFO, "", 0, line, None, None))

    def close(self) -> None:
        """Close the file."""
        if self._to is not None:
            self._to.close()
