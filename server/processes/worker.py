"""A query worker: a forked process that answers calls from the dataset it inherited, and may be killed.

It has no descriptors to spare, no more memory than allowed, and the kernel ends it when time is up: the
alarm keeps its default action, since a handler would only run after the engine has returned.
"""

import ctypes
import io
import json
import os
import resource
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from comity.server.processes.dataset import LoadedDataset
from comity.server.processes.protocol import (
    CHUNK,
    FIRST_BYTES,
    CallLimits,
    Connection,
    FrameKind,
    ResultHead,
    decode_call,
    encode_head,
    encode_whole,
    frame,
)
from comity.sparql.policy import QueryRejected

_PR_SET_DUMPABLE = 4
Handler = Callable[[LoadedDataset, Any, "ResponseWriter"], None]


@dataclass(frozen=True)
class WorkerLimits:
    """What a worker may use: bytes of memory beyond what it inherits."""

    memory: int


class ResultTooLarge(OSError):
    """A result is larger than it may be."""


class ResponseWriter(io.RawIOBase):
    """A file that the engine writes a result to: kept whole until it ends, so that its size is known before it is sent.

    A result that is too large, or an evaluation that fails in the middle, is thereby an answer of its own and never
    the broken end of another. A large result is then sent as fast as the client takes it.
    """

    def __init__(self, connection: Connection, most: int) -> None:
        self._socket = connection.socket
        self._pieces: list[bytes] = []
        self._head = ResultHead("")
        self._most = most
        self.size = 0

    @property
    def overflowed(self) -> bool:
        """Whether the result is larger than it may be."""
        return self.size > self._most

    def begin(self, head: ResultHead) -> None:
        """Say what kind of result follows."""
        self._head = head

    def writable(self) -> bool:
        """Return true: this is a file for writing."""
        return True

    def write(self, data: Any) -> int:
        """Take a piece of the result.

        :raises ResultTooLarge: beyond the limit, which ends the evaluation.
        """
        size = len(data)
        self.size += size
        if self.overflowed:
            raise ResultTooLarge
        self._pieces.append(bytes(data))
        return size

    def end(self) -> None:
        """Send the result: in one frame, or with its size before it where it is large."""
        # The time a slow client takes is not the query's time.
        signal.setitimer(signal.ITIMER_REAL, 0)
        head = replace(self._head, size=self.size)
        body = b"".join(self._pieces)
        self._pieces.clear()
        if len(body) <= FIRST_BYTES:
            self._socket.sendall(encode_whole(head, body))
            return
        self._socket.sendall(encode_head(head))
        for start in range(0, len(body), CHUNK):
            self._socket.sendall(frame(FrameKind.DATA, body[start : start + CHUNK]))
        self._socket.sendall(frame(FrameKind.END))

    def refuse(self, members: Mapping[str, Any]) -> None:
        """Say why there is no result."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._pieces.clear()
        self._socket.sendall(frame(FrameKind.PROBLEM, json.dumps(members).encode()))


def too_large(most: int) -> dict[str, Any]:
    """Return the members of the problem with a result of more than so many bytes."""
    return {
        "status": 413,
        "kind": "result-too-large",
        "detail": f"The result is larger than {most / 1024**2:g} MiB, the most that this server sends.",
        "hint": "Add LIMIT or more conditions, or ask for a part at a time.",
    }


def apply_rlimits(limits: WorkerLimits) -> None:
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


def serve(connection: Connection, dataset: LoadedDataset, handlers: Mapping[str, Handler]) -> None:
    """Answer calls until the other side closes.

    :param handlers: by operation, what writes the result of a call.
    """
    while True:
        try:
            call, limits = decode_call(connection.expect(FrameKind.CALL))
            _answer(connection, dataset, handlers[call.operation], call, limits)
        except ConnectionError:
            return


def _answer(
    connection: Connection, dataset: LoadedDataset, handler: Handler, call: Any, limits: CallLimits
) -> None:
    writer = ResponseWriter(connection, limits.result_bytes)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    try:
        handler(dataset, call, writer)
    except QueryRejected as refusal:
        writer.refuse(refusal.members)
    except ResultTooLarge:
        writer.refuse(too_large(limits.result_bytes))
    except MemoryError:
        # What the engine holds is unknown now: better a new process than a poor one.
        os._exit(77)
    except ConnectionError:
        raise
    except Exception as error:
        words = f"The query worker failed: {type(error).__name__}: {error}"
        writer.refuse({"status": 500, "kind": "internal-error", "detail": words})
    else:
        writer.end()
