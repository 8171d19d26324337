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
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comity.server.processes.dataset import LoadedDataset
from comity.server.processes.protocol import (
    CHUNK,
    CallLimits,
    Connection,
    FrameKind,
    ResultEnd,
    ResultHead,
    decode_call,
    encode_end,
    encode_head,
    encode_whole,
    frame,
)
from comity.sparql.guard import Refused

_PR_SET_DUMPABLE = 4
Handler = Callable[[LoadedDataset, Any, "ResponseWriter"], None]


@dataclass(frozen=True)
class WorkerLimits:
    """What a worker may use: bytes of memory beyond what it inherits."""

    memory: int


class ResultTooLarge(OSError):
    """A result is larger than it may be."""


class ResponseWriter(io.RawIOBase):
    """A file that the engine writes a result to; it reaches the HTTP process in frames."""

    def __init__(self, connection: Connection, most: int) -> None:
        self._socket = connection.socket
        self._pending: list[bytes] = []
        self._size = 0
        self._begun = False
        self._head = ResultHead("")
        self.left = most
        #: Whether the result was larger than it may be.
        self.overflowed = False

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
        if size > self.left:
            self.overflowed = True
            raise ResultTooLarge
        self.left -= size
        self._pending.append(bytes(data))
        self._size += size
        if self._size >= CHUNK:
            self._flush_result()
        return size

    def _flush_result(self) -> None:
        frames = [] if self._begun else [encode_head(self._head)]
        self._begun = True
        # In pieces, also where one cell makes the engine write a great many bytes at once.
        data = memoryview(b"".join(self._pending))
        frames += [frame(FrameKind.DATA, data[start : start + CHUNK]) for start in range(0, len(data), CHUNK)]
        self._pending.clear()
        self._size = 0
        self._send(b"".join(frames))

    def _send(self, data: bytes, last: bool = False) -> None:
        # The time a slow client takes is not the query's time.
        remaining, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        self._socket.sendall(data)
        if remaining and not last:
            signal.setitimer(signal.ITIMER_REAL, remaining)

    def end(self, end: ResultEnd) -> None:
        """Say that the result is whole, or where it was cut off."""
        if self._begun or end.cut:
            self._flush_result()
            self._send(encode_end(end), last=True)
        else:
            self._send(encode_whole(self._head, b"".join(self._pending)), last=True)

    def refuse(self, members: Mapping[str, Any]) -> None:
        """Say why there is no result; what was not yet sent of one is dropped."""
        self._pending.clear()
        self._send(frame(FrameKind.PROBLEM, json.dumps(members).encode()), last=True)


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
    started = time.perf_counter()
    try:
        handler(dataset, call, writer)
    except Refused as refusal:
        writer.refuse(refusal.members)
    except ResultTooLarge:
        writer.end(ResultEnd(cut="size"))
    except MemoryError:
        # What the engine holds is unknown now: better a new process than a poor one.
        os._exit(77)
    except ConnectionError:
        raise
    except Exception as error:
        words = f"The query worker failed: {type(error).__name__}: {error}"
        writer.refuse({"status": 500, "kind": "internal-error", "detail": words})
    else:
        writer.end(ResultEnd(milliseconds=round((time.perf_counter() - started) * 1000, 3)))
