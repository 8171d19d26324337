"""Counters of the server in Prometheus' text format, summed over the HTTP processes.

Each process counts in a small file of its own in the runtime directory, mapped into memory; whoever is
asked for the sum reads all of them.
"""

import mmap
import os
import struct
import threading
from bisect import bisect_left
from pathlib import Path

BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
_OUTCOMES = ("ok", "at_hand", "cached", "bad_request", "timed_out", "out_of_memory", "turned_away", "other")

#: name in the output: (type, help)
_FAMILIES = {
    "comity_queries_total": ("counter", "Queries by how they ended."),
    "comity_query_seconds": (
        "histogram",
        "Time that evaluated queries took.",
    ),
    "comity_result_bytes_total": ("counter", "Bytes of results before compression, streamed parts left out."),
    "comity_responses_total": ("counter", "Answers by class of status."),
    "comity_cache_bytes": ("gauge", "Bytes of results kept in memory."),
    "comity_running_queries": ("gauge", "Queries running now."),
    "comity_waiting_queries": ("gauge", "Queries waiting for a place."),
}
_NAMES = [
    *(f'comity_queries_total{{outcome="{outcome}"}}' for outcome in _OUTCOMES),
    *(f'comity_query_seconds_bucket{{le="{bound:g}"}}' for bound in BUCKETS),
    'comity_query_seconds_bucket{le="+Inf"}',
    "comity_query_seconds_sum",
    "comity_query_seconds_count",
    "comity_result_bytes_total",
    *(f'comity_responses_total{{status="{number}xx"}}' for number in range(1, 6)),
    "comity_cache_bytes",
    "comity_running_queries",
    "comity_waiting_queries",
]
_PLACES = {name: place for place, name in enumerate(_NAMES)}
_SIZE = 8 * len(_NAMES)
_FIRST_BUCKET = len(_OUTCOMES)
_SUM = _PLACES["comity_query_seconds_sum"]
_BYTES = _PLACES["comity_result_bytes_total"]
_FIRST_RESPONSE = _BYTES + 1


class Metrics:
    """The counters of this process."""

    def __init__(self, runtime: Path) -> None:
        self._runtime = runtime
        path = runtime / f"metrics-{os.getpid()}"
        path.write_bytes(bytes(_SIZE))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)
        self._values = memoryview(self._map).cast("d")
        self._lock = threading.Lock()

    def count_response(self, kind: int) -> None:
        """Count an answer by the first digit of its status."""
        with self._lock:
            self._values[_FIRST_RESPONSE + kind - 1] += 1

    def count_query(self, outcome: str, seconds: float | None = None, size: int = 0) -> None:
        """Count a query by how it ended, with the time that its evaluation took."""
        with self._lock:
            values = self._values
            values[_OUTCOMES.index(outcome)] += 1
            values[_BYTES] += size
            if seconds is not None:
                values[_FIRST_BUCKET + bisect_left(BUCKETS, seconds)] += 1
                values[_SUM] += seconds
                values[_SUM + 1] += 1

    def set(self, name: str, value: float) -> None:
        """Set a gauge."""
        self._values[_PLACES[name]] = value

    def text(self) -> str:
        """The sums over all processes, as Prometheus reads them."""
        totals = [0.0] * len(_NAMES)
        for path in self._runtime.glob("metrics-*"):
            data = path.read_bytes()
            if len(data) == _SIZE:
                totals = [a + b for a, b in zip(totals, struct.unpack(f"={len(_NAMES)}d", data), strict=True)]
        # Kept one by one, told as Prometheus wants them: each bucket includes the smaller ones.
        for place in range(_FIRST_BUCKET + 1, _FIRST_BUCKET + len(BUCKETS) + 1):
            totals[place] += totals[place - 1]
        lines: list[str] = []
        announced = ""
        for name, total in zip(_NAMES, totals, strict=True):
            family = next(known for known in _FAMILIES if name.startswith(known))
            if family != announced:
                kind, text = _FAMILIES[family]
                lines += [f"# HELP {family} {text}", f"# TYPE {family} {kind}"]
                announced = family
            lines.append(f"{name} {total:.10g}")
        return "\n".join(lines) + "\n"

    def close(self) -> None:
        """Let the map go."""
        self._values.release()
        self._map.close()
