"""A query worker: a forked process that answers requests from the store it inherited, and may be killed.

It has no descriptors to spare, no more memory than allowed, and the kernel ends it when time is up: the
alarm keeps its default action, since a handler would only run after the engine has returned.
"""

import ctypes
import io
import json
import os
import resource
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from comity.server.workers import evaluation, uploads
from comity.server.workers.frames import CHUNK, Closed, Reader, answer
from comity.server.workers.library import Library
from comity.sparql.guard import Refused

_PR_SET_DUMPABLE = 4
Handler = Callable[[Library, dict[str, Any], bytes, "Outlet"], dict[str, Any]]


@dataclass(frozen=True)
class WorkerLimits:
    """What a worker may use."""

    memory: int
    nice: int = 0


class Outlet(io.RawIOBase):
    """A file that the engine writes a result to; it reaches the HTTP process in frames."""

    def __init__(self, connection: socket.socket, most: int) -> None:
        self._connection = connection
        self._pending: list[bytes] = []
        self._size = 0
        self._begun = False
        self.left = most
        self.overflown = False
        self.head: dict[str, Any] | None = None

    def begin(self, head: dict[str, Any]) -> None:
        """Tell what kind of result follows."""
        self.head = head
        self._begun = False

    def writable(self) -> bool:
        """Always: this is a file for writing."""
        return True

    def write(self, data: Any) -> int:
        """Take a piece of the result; beyond the limit, end the evaluation."""
        size = len(data)
        if size > self.left:
            self.overflown = True
            raise CutOffError
        self.left -= size
        self._pending.append(bytes(data))
        self._size += size
        if self._size >= CHUNK:
            self._flush_result()
        return size

    def _flush_result(self) -> None:
        frames = [] if self._begun else [answer(b"H", json.dumps(self.head).encode())]
        self._begun = True
        if self._size:
            frames.append(answer(b"D", b"".join(self._pending)))
        self._pending.clear()
        self._size = 0
        self._send(b"".join(frames))

    def _send(self, data: bytes, last: bool = False) -> None:
        # The time a slow client takes is not the query's time.
        remaining, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        self._connection.sendall(data)
        if remaining and not last:
            signal.setitimer(signal.ITIMER_REAL, remaining)

    def end(self, trailer: dict[str, Any]) -> None:
        """Tell that the result is whole, or where it was cut."""
        if self._begun or trailer.get("cut"):
            self._flush_result()
            self._send(answer(b"E", json.dumps(trailer).encode()), last=True)
        else:
            head = json.dumps(self.head).encode()
            self._send(answer(b"W", head + b"\n" + b"".join(self._pending)), last=True)

    def refuse(self, members: dict[str, Any]) -> None:
        """Tell why there is no result; what was not yet sent of one is dropped."""
        self._pending.clear()
        self._send(answer(b"P", json.dumps(members).encode()), last=True)


class CutOffError(OSError):
    """A result is larger than it may be."""


def confine(limits: WorkerLimits) -> None:
    """Take from this process what a query has no business with."""
    with open("/proc/self/statm", "rb") as statistics:
        used = int(statistics.read().split()[0]) * resource.getpagesize()
    if limits.memory:
        resource.setrlimit(resource.RLIMIT_AS, (used + limits.memory, used + limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    # From here on every open() and socket() fails, whatever the engine is talked into.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    if limits.nice:
        os.nice(limits.nice)


HANDLERS: dict[str, Handler] = {
    "query": evaluation.query,
    "graph": evaluation.graph,
    "update": uploads.update,
    "data": uploads.data,
    "parse": uploads.parse,
}


def serve(connection: socket.socket, library: Library) -> None:
    """Answer requests until the other side closes."""
    reader = Reader(connection)
    while True:
        try:
            header, body = reader.request()
        except (Closed, ConnectionError):
            return
        outlet = Outlet(connection, header["most"])
        signal.setitimer(signal.ITIMER_REAL, header["seconds"])
        started = time.perf_counter()
        try:
            _handle(library, header, body, outlet, started)
        except (BrokenPipeError, ConnectionError):
            return


def _handle(library: Library, header: dict[str, Any], body: bytes, outlet: Outlet, started: float) -> None:
    try:
        trailer = HANDLERS[header["do"]](library, header, body, outlet)
    except Refused as refusal:
        outlet.refuse(refusal.members)
    except CutOffError:
        outlet.end({"cut": "size"})
    except MemoryError:
        # What the engine holds is unknown now: better a new process than a poor one.
        os._exit(77)
    except (BrokenPipeError, ConnectionError):
        raise
    except Exception as error:
        words = f"The query worker failed: {type(error).__name__}: {error}"
        outlet.refuse({"status": 500, "kind": "internal-error", "detail": words})
    else:
        outlet.end(trailer | {"ms": round((time.perf_counter() - started) * 1000, 3)})
