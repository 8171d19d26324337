"""One request to a query worker and its answer: the waiting, the bounds, and what a worker's end means."""

import json
import os
import signal
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.server.problems import Problem
from comity.server.workers.endings import ending, timed_out
from comity.server.workers.frames import Closed, Reader, socket_name

if TYPE_CHECKING:
    from comity.server.workers.pool import Pool

#: A query that has run this long on a processor is not quick: it gives way to others.
QUICK_SECONDS = 0.1
_LOOK = struct.pack("ll", 0, int(QUICK_SECONDS * 1_000_000))
_SEND = struct.pack("ll", 30, 0)
#: After this long on a processor, or thrice as long by the clock, it takes one of the places for long queries.
SLOW_SECONDS = 1.0
SLOW_NICENESS = 15
#: The kernel ends a worker on time; if its alarm were ever lost, this is how much later we do.
_GRACE_SECONDS = 0.5


class Worker:
    """This side of a connection to a query worker."""

    def __init__(self, runtime: Path, generation: str) -> None:
        self.generation = generation
        self.nice = False
        self.idle_since = 0.0
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.connect(socket_name(runtime, generation))
            self.socket.sendall(b"W")
            self.socket.settimeout(10)
            pid = self.socket.recv(4)
            # From here on the kernel ends a wait for the worker, which spares a call per answer.
            self.socket.settimeout(None)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _LOOK)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND)
        except OSError as error:
            self.socket.close()
            raise Closed from error
        if len(pid) < 4:
            self.socket.close()
            raise Closed
        self.pid = int.from_bytes(pid, "big")
        self.reader = Reader(self.socket)

    def close(self) -> None:
        """Let the worker go: it ends when it has nothing to answer any more."""
        self.socket.close()

    def kill(self) -> None:
        """End the worker, whatever it is at."""
        self.socket.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def yield_to_others(self) -> None:
        """Let quick queries have the processors first, for the rest of this worker's life."""
        self.nice = True
        with suppress(ProcessLookupError, PermissionError):
            os.setpriority(os.PRIO_PROCESS, self.pid, SLOW_NICENESS)

    def processor_seconds(self) -> float:
        """The time that the worker has run on a processor, whoever else wanted one."""
        try:
            # The clock of another process, as clock_getcpuclockid(3) names it.
            return time.clock_gettime((~self.pid << 3) | 2)
        except OSError:
            return 0.0

    def ask_end(self, runtime: Path) -> int:
        """The wait status with which the worker ended; 0 where its mother does not know."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
                asking.settimeout(2)
                asking.connect(socket_name(runtime, self.generation))
                asking.sendall(b"S" + self.pid.to_bytes(4, "big"))
                return int.from_bytes(asking.recv(4), "big")
        except OSError:
            return 0


@dataclass
class Result:
    """What a worker answered: a header (with the size), the first bytes and, where those are not all, the rest."""

    head: dict[str, Any]
    body: bytes
    generation: str
    rest: "Rest | None" = None


class Exchange:
    """One request and its answer."""

    def __init__(self, pool: "Pool", seconds: float, stream_seconds: float) -> None:
        self._pool = pool
        self._seconds = seconds
        self._stream_seconds = stream_seconds
        self._place = pool.lanes.enter()
        self._worker: Worker | None = None

    def start(self, message: bytes) -> Result:
        """Send the request and read the answer: the whole of it, or the head and the first bytes of a large one."""
        worker = self._send(message)
        self._started = time.monotonic()
        head: dict[str, Any] = {}
        while True:
            letter, payload = self._frame(worker)
            if letter == b"W":
                self.finish()
                text, _, body = payload.partition(b"\n")
                return Result(json.loads(text), body, worker.generation)
            if letter == b"D":
                return Result(head, payload, worker.generation, rest=Rest(self, worker))
            elif letter == b"H":
                head = json.loads(payload)
            else:
                self.finish()
                raise Problem(**json.loads(payload))

    def _send(self, message: bytes) -> Worker:
        while True:
            worker, used = self._pool.take()
            self._worker = worker
            self._used = worker.processor_seconds()
            try:
                worker.socket.sendall(message)
            except OSError as error:
                worker.kill()
                if not used:
                    raise self._ended(worker) from error
                # It died while idle; that is nothing to the client.
                continue
            return worker

    def _frame(self, worker: Worker) -> tuple[bytes, bytes]:
        """The next frame within the time allowed."""
        while True:
            try:
                return worker.reader.answer()
            except BlockingIOError:
                self._look_after(worker, time.monotonic() - self._started)
            except (Closed, OSError) as error:
                raise self._ended(worker) from error

    def _look_after(self, worker: Worker, elapsed: float) -> None:
        """What becomes of a query that is still running."""
        if elapsed >= self._seconds + _GRACE_SECONDS:
            worker.kill()
            raise timed_out(self._seconds)
        used = worker.processor_seconds() - self._used
        if used >= QUICK_SECONDS and not worker.nice:
            worker.yield_to_others()
        slow = used >= SLOW_SECONDS or elapsed >= 3 * SLOW_SECONDS
        if slow and not self._place.slow and not self._place.turn_slow():
            worker.kill()
            raise Problem(
                503,
                "too-many-long-queries",
                f"Too many long queries are running; this one was ended after {elapsed:.0f} s.",
                hint="Try again later, or ask for less: quick queries are always answered.",
                headers={"Retry-After": "10"},
            )

    def _ended(self, worker: Worker) -> Problem:
        return ending(self._pool.how_it_ended(worker), self._seconds)

    def end(self) -> None:
        """Give the place back and end the worker: for an answer that nobody will read to its end."""
        self._place.leave()
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()

    def finish(self) -> None:
        """Give the place and the worker back, after a whole answer."""
        self._place.leave()
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if worker.nice:
            worker.close()
        else:
            self._pool.give(worker)

    def more(self, worker: Worker) -> tuple[bytes, bytes]:
        """The next frame of a streamed answer: as late as the client reads, within the longest time."""
        if time.monotonic() - self._started > self._stream_seconds:
            raise self._too_slow()
        while True:
            elapsed = time.monotonic() - self._started
            if not self._place.slow and elapsed > SLOW_SECONDS:
                self._look_after(worker, 3 * SLOW_SECONDS)
            try:
                return worker.reader.answer()
            except BlockingIOError:
                if elapsed > self._stream_seconds:
                    raise self._too_slow() from None
            except (Closed, OSError) as error:
                raise self._ended(worker) from error

    def _too_slow(self) -> Problem:
        return Problem(503, "client-too-slow", f"The result took longer than {self._stream_seconds:g} s.")


class Rest:
    """The rest of a large result, read as the client takes it; a Problem in the middle breaks it off."""

    def __init__(self, exchange: Exchange, worker: Worker) -> None:
        self._exchange = exchange
        self._worker = worker
        self._over = False

    def __iter__(self) -> Iterator[bytes]:
        """The pieces still to come."""
        while not self._over:
            try:
                letter, payload = self._exchange.more(self._worker)
            except Problem:
                self.close()
                raise
            if letter == b"D":
                yield payload
                continue
            self._over = True
            self._exchange.finish()

    def close(self) -> None:
        """Stop here: the client has gone, or something went wrong."""
        if not self._over:
            self._over = True
            self._exchange.end()
