"""The HTTP process's clients of the other processes: a bounded pool of query workers, and the writer."""

import json
import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from comity.server.problems import Problem, of_process
from comity.server.processes.lifecycle import published_generation
from comity.server.processes.protocol import (
    FIRST_BYTES,
    Call,
    CallLimits,
    ChangeRequest,
    Closed,
    Connection,
    FrameKind,
    ResultHead,
    decode_result,
    encode_call,
    forkserver_socket,
    writer_socket,
)
from comity.server.settings import MIB, Settings


class Permit:
    """A permit to run one query, returned when the query ends."""

    def __init__(self, control: "AdmissionControl") -> None:
        self._control = control
        self.slow = False
        self._released = False

    def mark_slow(self) -> bool:
        """Exchange it for a permit for a long query; return whether one was left."""
        self.slow = self._control.acquire_slow()
        return self.slow

    def release(self) -> None:
        """Return the permit to the pool; further calls do nothing."""
        if not self._released:
            self._released = True
            self._control.release(self.slow)


class AdmissionControl:
    """The permits of one HTTP process."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.concurrent
        self._most_slow = settings.slow_concurrent
        self._queue = settings.queue
        self._wait = settings.queue_seconds
        self._condition = threading.Condition()
        self.running = 0
        self.slow = 0
        self.waiting = 0
        self.rejected = 0

    def acquire(self) -> Permit:
        """Return a permit, after a short wait if necessary.

        :raises Problem: 429, if the queue is full or the wait timed out.
        """
        with self._condition:
            if self.running >= self._most:
                self._wait_for_turn()
            self.running += 1
        return Permit(self)

    def _wait_for_turn(self) -> None:
        if self.waiting < self._queue:
            self.waiting += 1
            free = self._condition.wait_for(lambda: self.running < self._most, self._wait)
            self.waiting -= 1
            if free:
                return
        self.rejected += 1
        raise Problem(
            429,
            "too-many-queries",
            "The server is already running as many queries as it allows at once.",
            hint="Try again in a few seconds, with fewer queries at once.",
            headers={"Retry-After": "3"},
        )

    def acquire_slow(self) -> bool:
        """Count a running query among the long ones; return whether the limit allows it."""
        with self._condition:
            if self.slow >= self._most_slow:
                return False
            self.slow += 1
            return True

    def release(self, slow: bool) -> None:
        """Release a permit, and wake a request that is waiting for one."""
        with self._condition:
            self.running -= 1
            self.slow -= slow
            if self.waiting:
                self._condition.notify()


#: A query that has used this much CPU time is not quick: it yields to others, and its worker ends with it.
#: Building a snapshot of a large graph and answering from it takes less, so the next query finds it ready.
QUICK_SECONDS = 0.5
#: How often a running query is checked.
_LOOK = struct.pack("ll", 0, 100_000)
_SEND = struct.pack("ll", 30, 0)
#: After this much CPU time, or three times as much wall-clock time, a query takes a permit for long queries.
SLOW_SECONDS = 1.0
SLOW_NICENESS = 15
#: The kernel ends a worker on time; should its alarm be lost, we end it this much later.
_GRACE_SECONDS = 0.5
#: How long an idle worker beyond the warm ones is kept.
_IDLE_SECONDS = 30.0
#: The processor time after which a worker is replaced, since it keeps blocks of files that the engine has read, and
#: copies the memory that it inherited.
_WORN_SECONDS = 0.5
_PAUSE = 0.05
#: How long to wait for a writer that is restarting.
_WRITER_SECONDS = 10.0
#: Ends of a worker that its query may not have caused, so that another worker may retry it once.
_KILLED, _ENDED = "query-killed", "query-ended"
_C = TypeVar("_C", bound=Connection)


class WorkerConnection(Connection):
    """The connection to one query worker."""

    def __init__(self, runtime: Path, generation: str) -> None:
        """Connect to a worker forked by the fork server of a generation.

        :raises Closed: if it does not fork one.
        """
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        super().__init__(sock)
        self.generation = generation
        self.nice = False
        self.idle_since = 0.0
        try:
            sock.settimeout(10)
            sock.connect(forkserver_socket(runtime, generation))
            self.send(FrameKind.FORK_WORKER)
            self.pid = int.from_bytes(self.expect(FrameKind.READY), "big")
            # From here on the kernel times out waits for the worker, which saves a call per answer.
            sock.settimeout(None)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _LOOK)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND)
        except OSError as error:
            sock.close()
            raise Closed from error

    def kill(self) -> None:
        """End the worker, whatever it is doing."""
        self.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def lower_priority(self) -> None:
        """Lower the priority of this worker for the rest of its life, so that quick queries come first."""
        self.nice = True
        with suppress(ProcessLookupError, PermissionError):
            os.setpriority(os.PRIO_PROCESS, self.pid, SLOW_NICENESS)

    def processor_seconds(self) -> float:
        """Return the CPU time that the worker has used."""
        try:
            # The CPU clock of another process, as in clock_getcpuclockid(3).
            return time.clock_gettime((~self.pid << 3) | 2)
        except OSError:
            return 0.0

    def exit_status(self, runtime: Path) -> int:
        """Return the wait status of the ended worker; 0 if its fork server does not know it."""
        try:
            with Connection.to(forkserver_socket(runtime, self.generation), 2) as asking:
                asking.send(FrameKind.EXIT_STATUS, self.pid.to_bytes(4, "big"))
                return int.from_bytes(asking.expect(FrameKind.READY), "big")
        except OSError:
            return 0


@dataclass
class Result:
    """A worker's answer: its head, the first bytes, the total size and, if there is more, a stream of the rest."""

    head: ResultHead
    body: bytes
    generation: str
    size: int
    rest: "ResponseStream | None" = None

    def whole(self) -> bytes:
        """Return all bytes of the result."""
        return self.body + b"".join(self.rest or ())


class WorkerPool:
    """The query workers of one HTTP process."""

    def __init__(
        self, runtime: Path, settings: Settings, client_left: Callable[[], bool] = lambda: False
    ) -> None:
        """Create an empty pool.

        :param client_left: tells whether the client of the request that this thread answers has gone.
        """
        self._runtime = runtime
        self._settings = settings
        self.client_left = client_left
        self._idle: list[WorkerConnection] = []
        self._lock = threading.Lock()
        self.admission = AdmissionControl(settings)

    @property
    def generation(self) -> str:
        """The current generation, the same in all processes; at startup, waits until there is one.

        :raises Problem: 503, if none is ready within the time that the settings allow for startup.
        """
        return published_generation(self._runtime) or self._wait_until_ready()

    def _wait_until_ready(self) -> str:
        deadline = time.monotonic() + self._settings.startup_seconds
        while time.monotonic() < deadline and self._runtime.exists():
            time.sleep(_PAUSE)
            if name := published_generation(self._runtime):
                return name
        raise _unavailable("no-store", "The store is not ready.")

    def run(self, call: Call, seconds: float) -> Result:
        """Return the answer of a worker to a call.

        :param seconds: the time limit of the evaluation.
        :raises Problem: if the call is refused, exceeds its limits, or finds no worker.
        """
        message = encode_call(call, CallLimits(seconds, self._settings.result_mib * MIB))
        try:
            return self._run(message, seconds)
        except Problem as problem:
            if problem.kind not in (_KILLED, _ENDED):
                raise
        self.close()  # The idle ones may have been killed as well.
        return self._run(message, seconds)

    def _run(self, message: bytes, seconds: float) -> Result:
        call = WorkerCall(self, seconds, self._settings.stream_seconds)
        try:
            return call.start(message)
        except BaseException:
            call.abort()
            raise

    def take(self) -> tuple[WorkerConnection, bool]:
        """Return a worker of the current generation, and whether it has answered before."""
        generation = self.generation
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.generation == generation:
                    return worker, True
                worker.close()
        return self.fork(), False

    def fork(self) -> WorkerConnection:
        """Return a new worker of the current generation."""
        # The fork server may be about to be replaced, for a new generation or after a fault.
        return _connected(
            self._settings.startup_seconds,
            lambda: WorkerConnection(self._runtime, self.generation),
            _unavailable("no-worker", "No process is available to answer the query."),
        )

    def give(self, worker: WorkerConnection) -> None:
        """Return a worker that has answered to the pool; one that has read much is ended instead."""
        if worker.processor_seconds() > _WORN_SECONDS:
            worker.close()
            return
        with self._lock:
            if len(self._idle) < self._settings.concurrent and worker.generation == published_generation(
                self._runtime
            ):
                worker.idle_since = time.monotonic()
                self._idle.append(worker)
                worker = self._idle[0]
                # The one at the bottom was used least recently.
                if worker.idle_since > time.monotonic() - _IDLE_SECONDS or not self._spare():
                    return
                del self._idle[0]
        worker.close()

    def _spare(self) -> bool:
        return len(self._idle) > self._settings.idle_workers

    def problem_for(self, worker: WorkerConnection, seconds: float) -> Problem:
        """Return the problem implied by the end of a worker during a query."""
        return problem_for_exit(worker.exit_status(self._runtime), seconds)

    def close(self) -> None:
        """End all idle workers."""
        with self._lock:
            for worker in self._idle:
                worker.close()
            self._idle.clear()


class WorkerCall:
    """One call and its answer: waiting, limits, and the interpretation of a worker's end."""

    def __init__(self, pool: WorkerPool, seconds: float, stream_seconds: float) -> None:
        self._pool = pool
        self._seconds = seconds
        self._stream_seconds = stream_seconds
        self._permit = pool.admission.acquire()
        self._worker: WorkerConnection | None = None

    def start(self, message: bytes) -> Result:
        """Send the call and return the answer: whole, or the head and the first bytes of a large one.

        :raises Problem: if the worker answers with one, or is ended.
        """
        worker = self._send(message)
        self._started = time.monotonic()
        kind, payload = self._answer(worker)
        if kind is FrameKind.NEEDS_FRESH_WORKER:
            self._pool.give(worker)
            worker = self._send(message, fresh=True)
            kind, payload = self._answer(worker)
        if kind is FrameKind.PROBLEM:
            self.finish()
            raise of_process(json.loads(payload))
        head, body = decode_result(payload)
        result = Result(head, body, worker.generation, len(body) + worker.left)
        if worker.left:
            result.rest = ResponseStream(self, worker)
        else:
            self.finish()
        return result

    def _send(self, message: bytes, fresh: bool = False) -> WorkerConnection:
        while True:
            worker, used = (self._pool.fork(), False) if fresh else self._pool.take()
            self._worker = worker
            self._used = worker.processor_seconds()
            try:
                worker.socket.sendall(message)
            except OSError as error:
                worker.kill()
                if not used:
                    raise self._pool.problem_for(worker, self._seconds) from error
                # It died while idle, which does not concern the client.
                continue
            return worker

    def _answer(self, worker: WorkerConnection) -> tuple[FrameKind, bytes]:
        """Return the answer, or the first bytes of a large one, within the time allowed."""
        while True:
            try:
                return worker.receive(FIRST_BYTES)
            except BlockingIOError:
                self._enforce_limits(worker, time.monotonic() - self._started)
            except OSError as error:
                raise self._pool.problem_for(worker, self._seconds) from error

    def _enforce_limits(self, worker: WorkerConnection, elapsed: float) -> None:
        """End a query that runs too long or whose client has left, and require a permit of one that runs long."""
        if self._pool.client_left():
            worker.kill()
            raise Problem(503, "client-left", "The client disconnected before the query was answered.")
        if elapsed >= self._seconds + _GRACE_SECONDS:
            worker.kill()
            raise timed_out(self._seconds)
        used = worker.processor_seconds() - self._used
        if used >= QUICK_SECONDS and not worker.nice:
            worker.lower_priority()
        slow = used >= SLOW_SECONDS or elapsed >= 3 * SLOW_SECONDS
        if slow and not self._permit.slow and not self._permit.mark_slow():
            worker.kill()
            raise Problem(
                503,
                "too-many-long-queries",
                f"Too many long queries are running; this one was stopped after {elapsed:.0f} s.",
                hint="Try again later, or simplify the query: quick queries are always answered.",
                headers={"Retry-After": "10"},
            )

    def abort(self) -> None:
        """Release the permit and end the worker, since the answer will not be read to its end."""
        self._permit.release()
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()

    def finish(self) -> None:
        """Release the permit and the worker, after a whole answer."""
        self._permit.release()
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if worker.nice:
            worker.close()
        else:
            self._pool.give(worker)

    def next_bytes(self, worker: WorkerConnection) -> bytes:
        """Return the next bytes of a large answer when the client is ready for them, within the time limit."""
        while True:
            elapsed = time.monotonic() - self._started
            if elapsed > self._stream_seconds:
                raise Problem(
                    503, "client-too-slow", f"The result took longer than {self._stream_seconds:g} s."
                )
            if not self._permit.slow and elapsed > SLOW_SECONDS:
                self._enforce_limits(worker, 3 * SLOW_SECONDS)
            try:
                return worker.receive_rest()
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._pool.problem_for(worker, self._seconds) from error


class ResponseStream:
    """The rest of a large result, read at the client's pace; a Problem in the middle truncates it."""

    def __init__(self, call: WorkerCall, worker: WorkerConnection) -> None:
        self._call = call
        self._worker = worker
        self._over = False

    def __iter__(self) -> Iterator[bytes]:
        """Yield the remaining chunks."""
        while not self._over:
            try:
                piece = self._call.next_bytes(self._worker)
            except Problem:
                self.close()
                raise
            if not self._worker.left:
                self._over = True
                self._call.finish()
            yield piece

    def close(self) -> None:
        """Stop reading: the client has left, or something failed."""
        if not self._over:
            self._over = True
            self._call.abort()


def problem_for_exit(status: int, seconds: float) -> Problem:
    """Return the problem for a query whose worker ended with a wait status."""
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGALRM:
        return timed_out(seconds)
    if number == signal.SIGSEGV:
        return Problem(
            400,
            "query-too-deep",
            "The query is nested too deeply, or chains too many operators, to be evaluated.",
            hint="Flatten it; VALUES or FILTER IN can often replace long chains.",
        )
    if number == signal.SIGKILL:
        return Problem(
            503,
            _KILLED,
            "The process that answered the query was killed by another process.",
            hint="Try again; the machine may be short of memory.",
            headers={"Retry-After": "2"},
        )
    if number == signal.SIGABRT or (os.WIFEXITED(status) and os.WEXITSTATUS(status)):
        return Problem(
            503,
            "query-out-of-memory",
            "The query needs more memory than the server allows.",
            hint="Add LIMIT or more conditions; long texts and large joins need memory.",
        )
    return Problem(
        503,
        _ENDED,
        "The process that answered the query ended unexpectedly.",
        hint="Try again.",
        headers={"Retry-After": "1"},
    )


def timed_out(seconds: float) -> Problem:
    """Return the problem for a query that timed out."""
    return Problem(
        504,
        "query-timed-out",
        f"The query took longer than {seconds:g} s and was stopped.",
        hint="Add LIMIT or more conditions, or ask in several queries.",
    )


class ChangeRejected(Problem):
    """The change failed validation; the problem carries the validation report."""


def submit(runtime: Path, request: ChangeRequest, seconds: float) -> dict[str, Any]:
    """Send a change request to the writer.

    :param seconds: the time limit for waiting and for the change.
    :returns: the receipt of the change.
    :raises ChangeRejected: if it fails validation.
    :raises Problem: for anything else that goes wrong.
    """
    failure = _unavailable("writer-unavailable", "The writer process is not running.")
    with _connected(
        _WRITER_SECONDS, lambda: Connection.to(writer_socket(runtime), _WRITER_SECONDS), failure
    ) as connection:
        connection.socket.settimeout(seconds)
        try:
            connection.send(FrameKind.CHANGE, json.dumps(asdict(request)).encode())
            kind, payload = connection.receive()
        except (OSError, ValueError):
            raise Problem(
                503,
                "change-unknown",
                "The writer process did not answer, so it is unknown whether the change was accepted.",
                hint="Check /changes, which lists accepted changes. Sending the same change again is harmless.",
            ) from None
    answer: dict[str, Any] = json.loads(payload)
    if kind is FrameKind.RESULT:
        return answer
    raise _rejection(answer)


def _rejection(members: Mapping[str, Any]) -> Problem:
    if members["kind"] != "change-refused":
        return of_process(members)
    return ChangeRejected(**members, hint="Each problem gives its place and how to fix it.")


def _connected(seconds: float, connect: Callable[[], _C], failure: Problem) -> _C:
    """Return a connection, retrying for some seconds before raising the failure."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return connect()
        except Closed:
            if time.monotonic() > deadline:
                raise failure from None
            time.sleep(_PAUSE)


def _unavailable(kind: str, detail: str) -> Problem:
    return Problem(503, kind, detail, hint="Try again soon.", headers={"Retry-After": "2"})
