"""The fork server: holds one generation of the store in memory and forks workers that inherit it.

It has a single thread, so that forking is safe. The fork server of the next generation is a fork as well: it applies
the steps that lead to its generation instead of reading all of it, and shares the memory of unchanged data until the
former one ends. A third fork, the standby, shares all memory and takes over if the fork server is killed.
"""

import os
import select
import signal
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from comity.server.processes.dataset import LoadedDataset, copies_folder, remove_abandoned_copies
from comity.server.processes.lifecycle import (
    ProcessOptions,
    announce_process,
    name_process,
    published_generation,
    reap,
    signal_at_end_of_parent,
)
from comity.server.processes.protocol import Connection, FrameKind, forkserver_socket, listen
from comity.server.processes.worker import HANDLERS, WorkerLimits, limit_memory, serve
from comity.store.steps import steps_between

#: How many wait statuses of workers are kept for HTTP processes to ask for.
_REMEMBERED = 256
#: Standard input: a pipe whose other end the server holds open for its lifetime.
_PARENT_PIPE = 0
#: The longest wait for a request of an HTTP process; requests are sent at once.
_REQUEST_SECONDS = 2.0
#: How long to wait for a fork server to fork its successor, then for that to listen, and for each attempt to read.
_SUCCESSOR_SECONDS, _POLL_SECONDS = 10.0, 0.05
#: How long to wait for a standby to listen, which takes a few milliseconds.
_STANDBY_SECONDS = 0.5
#: The process, user and group of a peer.
_CREDENTIALS = struct.Struct("3i")


class ForkServer:
    """Forks workers that answer from one generation."""

    def __init__(self, dataset: LoadedDataset, options: ProcessOptions) -> None:
        """Listen in the runtime folder for requests for workers."""
        self._dataset = dataset
        self._options = options
        self._statuses: dict[int, int] = {}
        self._copies = copies_folder(Path(options.store), Path(options.runtime))
        self._listener = listen(forkserver_socket(Path(options.runtime), dataset.generation))
        announce_process(Path(options.runtime), "fork server")
        # Workers of a server that was killed, or orphaned ones, have nobody who notices their end.
        remove_abandoned_copies(self._copies)

    def run(self) -> None:
        """Serve requests until the server ends; in a fork, as its successor."""
        serving: ForkServer | None = self
        while serving is not None:
            serving = serving._serve()

    def _serve(self) -> "ForkServer | None":
        """Serve requests; return None when the server ends, and in a fork that takes over, the one to go on with.

        Forks return here instead of serving further down the stack, whose frames would keep every former generation.
        """
        # One that is soon replaced for the same generation has no standby, which would take over from that one.
        if self._dataset.is_whole and (standby := self._fork_standby()):
            return standby
        watched = [self._listener.fileno(), _PARENT_PIPE]
        while True:
            ready, _, _ = select.select(watched, [], [])
            if _PARENT_PIPE in ready:
                self._reap()
                return None
            sock, _ = self._listener.accept()
            self._reap()
            sock.settimeout(_REQUEST_SECONDS)
            with Connection(sock) as connection, suppress(OSError, ValueError):
                kind, payload = connection.receive()
                if kind is FrameKind.FORK_WORKER:
                    self._dataset.read_calendar()
                    self._fork_worker(connection)
                elif kind is FrameKind.IS_WHOLE:
                    connection.send(FrameKind.READY, bytes([self._dataset.is_whole]))
                elif kind is FrameKind.EXIT_STATUS:
                    self._send_exit_status(connection, int.from_bytes(payload, "big"))
                elif kind is FrameKind.FORK_SUCCESSOR and (
                    successor := self._fork_successor(connection, payload.decode())
                ):
                    return successor

    def _fork_standby(self) -> "ForkServer | None":
        """Fork the process that takes over if this one is killed; return, in that process only, its fork server."""
        parent = os.getpid()
        if os.fork():
            return None
        try:
            self._listener.close()
            name_process("standby")
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
            signal_at_end_of_parent(parent, signal.SIGUSR1)
            signal.sigwait([signal.SIGUSR1])
            signal_at_end_of_parent(os.getppid(), None)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
            ended = select.select([_PARENT_PIPE], [], [], 0)[0]
            # Else it was not killed, but has a successor.
            if not ended and published_generation(Path(self._options.runtime)) == self._dataset.generation:
                return ForkServer(self._dataset, self._options)
        except BaseException:
            os._exit(1)
        os._exit(0)

    def _fork_worker(self, connection: Connection) -> None:
        if os.fork():
            return
        code = 70
        try:
            self._listener.close()
            os.close(_PARENT_PIPE)
            name_process("query worker")
            connection.socket.settimeout(None)
            connection.send(FrameKind.READY, os.getpid().to_bytes(4, "big"))
            limit_memory(WorkerLimits(memory=self._options.memory))
            serve(connection, self._dataset, HANDLERS, self._copies)
            code = 0
        finally:
            # Skip the fork server's clean-up, and the traceback of a worker that lost its client.
            os._exit(code)

    def _fork_successor(self, connection: Connection, generation: str) -> "ForkServer | None":
        """Fork the fork server of a later generation; return it, in its own process only."""
        if os.fork():
            return None
        try:
            self._listener.close()
            connection.send(FrameKind.FORKED, os.getpid().to_bytes(4, "big"))
            steps = steps_between(Path(self._options.store), self._dataset.generation, generation)
            dataset = self._dataset.advance(steps) if steps else None
            if dataset is not None:
                # Nothing of the former generation remains here except what both have in common.
                del self._dataset
                successor = ForkServer(dataset, self._options)
                connection.send(FrameKind.READY)
                return successor
        except BaseException:
            os._exit(1)
        os._exit(1)

    def _reap(self) -> None:
        ended = dict(reap())
        self._statuses |= ended
        if ended:
            remove_abandoned_copies(self._copies)
        while len(self._statuses) > _REMEMBERED:
            del self._statuses[next(iter(self._statuses))]

    def _send_exit_status(self, connection: Connection, pid: int) -> None:
        deadline = time.monotonic() + 0.5
        while pid not in self._statuses and time.monotonic() < deadline:
            time.sleep(0.002)
            self._reap()
        connection.send(FrameKind.READY, self._statuses.pop(pid, 0).to_bytes(4, "big"))


def listening_process(runtime: Path, generation: str) -> int:
    """Return the process id of the fork server that listens for requests to a generation; 0 if there is none."""
    with suppress(OSError), Connection.to(forkserver_socket(runtime, generation), 1) as asking:
        # The credentials of the process that listens there, as in unix(7).
        found = asking.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        return int(_CREDENTIALS.unpack(found)[0])
    return 0


def is_whole(runtime: Path, generation: str) -> bool:
    """Return whether the fork server of a generation has in memory what it is to have, and need not be replaced."""
    with suppress(OSError), Connection.to(forkserver_socket(runtime, generation), 1) as asking:
        asking.send(FrameKind.IS_WHOLE)
        return any(asking.expect(FrameKind.READY))
    return False


def find_standby(runtime: Path, generation: str) -> int:
    """Return the process id of a fork server, or of the standby that takes over from it; 0 if there is none."""
    deadline = time.monotonic() + _STANDBY_SECONDS
    while not (found := listening_process(runtime, generation)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS / 10)
    return found


def request_successor(runtime: Path, generation: str, following: str, meanwhile: Callable[[], None]) -> int:
    """Ask the fork server of a generation to fork its successor for a later one.

    :param meanwhile: is called again and again until there is an answer.
    :returns: the process id of the successor, which is listening; 0 if the later one must be read whole.
    """
    pid = 0
    try:
        with Connection.to(forkserver_socket(runtime, generation), _SUCCESSOR_SECONDS) as asking:
            asking.send(FrameKind.FORK_SUCCESSOR, following.encode())
            asking.socket.settimeout(_POLL_SECONDS)
            pid = int.from_bytes(_answer(asking, FrameKind.FORKED, meanwhile), "big")
            _answer(asking, FrameKind.READY, meanwhile)
            return pid
    except OSError:
        pass
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, 9)
    return 0


def _answer(asking: Connection, kind: FrameKind, meanwhile: Callable[[], None]) -> bytes:
    deadline = time.monotonic() + _SUCCESSOR_SECONDS
    while True:
        try:
            return asking.expect(kind)
        except TimeoutError:
            if time.monotonic() > deadline:
                raise
            meanwhile()
