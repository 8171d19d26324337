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
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from comity.server.workers import evaluation, uploads
from comity.server.workers.frames import CHUNK, FIRST_BYTES, Closed, Reader, answer
from comity.server.workers.library import Library
from comity.sparql.policy import QueryRejected

_PR_SET_DUMPABLE = 4
Handler = Callable[[Library, dict[str, Any], bytes, "Outlet"], dict[str, Any]]


@dataclass(frozen=True)
class WorkerLimits:
    """What a worker may use."""

    memory: int
    nice: int = 0


class Outlet(io.RawIOBase):
    """A file that the engine writes a result to: kept whole until it ends, so that its size is known before it is sent.

    A result that is too large, or an evaluation that fails in the middle, is thereby an answer of its own and never
    the broken end of another. A large result is then sent as fast as the client takes it.
    """

    def __init__(self, connection: socket.socket, most: int) -> None:
        self._connection = connection
        self._pieces: list[bytes] = []
        self._size = 0
        self.left = most
        self.overflown = False
        self.head: dict[str, Any] = {}

    def begin(self, head: dict[str, Any]) -> None:
        """Tell what kind of result follows."""
        self.head = head

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
        self._pieces.append(bytes(data))
        self._size += size
        return size

    def end(self) -> None:
        """Send the result: in one frame, or with its size before it where it is large."""
        # The time a slow client takes is not the query's time.
        signal.setitimer(signal.ITIMER_REAL, 0)
        head = json.dumps(self.head | {"size": self._size}).encode()
        body = b"".join(self._pieces)
        self._pieces.clear()
        if len(body) <= FIRST_BYTES:
            self._connection.sendall(answer(b"W", head + b"\n" + body))
            return
        self._connection.sendall(answer(b"H", head))
        for start in range(0, len(body), CHUNK):
            self._connection.sendall(answer(b"D", body[start : start + CHUNK]))
        self._connection.sendall(answer(b"E", b"{}"))

    def refuse(self, members: dict[str, Any]) -> None:
        """Tell why there is no result."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._pieces.clear()
        self._connection.sendall(answer(b"P", json.dumps(members).encode()))


class CutOffError(OSError):
    """A result is larger than it may be."""


def too_large(most: int) -> dict[str, Any]:
    """The members of the problem with a result of more than so many bytes."""
    return {
        "status": 413,
        "kind": "result-too-large",
        "detail": f"The result is larger than {most / 1024**2:g} MiB, the most that this server sends.",
        "hint": "Add LIMIT or more conditions, or ask for a part at a time.",
    }


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
        try:
            _handle(library, header, body, outlet)
        except (BrokenPipeError, ConnectionError):
            return


def _handle(library: Library, header: dict[str, Any], body: bytes, outlet: Outlet) -> None:
    try:
        HANDLERS[header["do"]](library, header, body, outlet)
    except QueryRejected as refusal:
        outlet.refuse(refusal.members)
    except CutOffError:
        outlet.refuse(too_large(header["most"]))
    except MemoryError:
        # What the engine holds is unknown now: better a new process than a poor one.
        os._exit(77)
    except (BrokenPipeError, ConnectionError):
        raise
    except Exception as error:
        words = f"The query worker failed: {type(error).__name__}: {error}"
        outlet.refuse({"status": 500, "kind": "internal-error", "detail": words})
    else:
        outlet.end()
