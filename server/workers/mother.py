"""The process that holds one generation of the store in memory and forks what is needed.

It has one thread, so that forking is safe, and listens at ``{runtime}/{hash of the generation}.sock`` for single
letters: W asks for a worker, S how a worker ended, N for the mother of the next generation. That one is a fork as
well: it takes the steps that lead to its generation instead of reading all of it, and shares the memory of what
has not changed until the former mother ends.
"""

import os
import select
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from comity.server.workers.frames import socket_name
from comity.server.workers.library import Library
from comity.server.workers.worker import WorkerLimits, confine, serve
from comity.store.steps import way

#: How a worker ended, kept this long for the HTTP process that asks.
_REMEMBERED = 256
#: The server holds the other end of this pipe open as long as it lives.
_LIFELINE = 0
READY = b"ready"


class Mother:
    """Forks workers that answer from one generation."""

    def __init__(self, runtime: Path, library: Library, options: dict[str, Any]) -> None:
        self._runtime = runtime
        self._library = library
        self._options = options
        self._ends: dict[int, int] = {}
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        name = socket_name(runtime, library.generation)
        with suppress(FileNotFoundError):
            os.unlink(name)
        self._listener.bind(name)
        self._listener.listen(512)

    def run(self) -> None:
        """Take connections until the server is gone."""
        watched = [self._listener.fileno(), _LIFELINE]
        while True:
            ready, _, _ = select.select(watched, [], [])
            if _LIFELINE in ready:
                return
            connection, _ = self._listener.accept()
            self._reap()
            try:
                kind = connection.recv(1)
                if kind == b"W":
                    self._fork(connection)
                elif kind == b"S":
                    self._tell_end(connection)
                elif kind == b"N":
                    self._bear_next(connection)
            except (OSError, ValueError):
                pass
            connection.close()

    def _fork(self, connection: socket.socket) -> None:
        try:
            pid = os.fork()
        except OSError:
            return
        if pid:
            return
        code = 70
        try:
            self._listener.close()
            os.close(_LIFELINE)
            connection.sendall(os.getpid().to_bytes(4, "big"))
            confine(WorkerLimits(memory=self._options["memory"]))
            serve(connection, self._library)
            code = 0
        finally:
            # No clean-up that belongs to the mother, and no traceback of a worker that lost its client.
            os._exit(code)

    def _bear_next(self, connection: socket.socket) -> None:
        """Fork the mother of the generation that the other side names; she says when she is ready."""
        generation = connection.recv(255).decode()
        if os.fork():
            return
        try:
            self._listener.close()
            connection.sendall(os.getpid().to_bytes(4, "big"))
            steps = way(Path(self._options["store"]), self._library.generation, generation)
            library = self._library.turned(steps) if steps else None
            if library is not None:
                # Nothing of the former generation is left here but what both have in common.
                self._library = library
                mother = Mother(self._runtime, library, self._options)
                connection.sendall(READY)
                connection.close()
                mother.run()
        finally:
            os._exit(1)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    break
                self._ends[pid] = status
        while len(self._ends) > _REMEMBERED:
            del self._ends[next(iter(self._ends))]

    def _tell_end(self, connection: socket.socket) -> None:
        pid = int.from_bytes(connection.recv(4), "big")
        deadline = time.monotonic() + 0.5
        while pid not in self._ends and time.monotonic() < deadline:
            time.sleep(0.002)
            self._reap()
        connection.sendall(self._ends.pop(pid, 0).to_bytes(4, "big"))


def ask_for_next(runtime: Path, generation: str, following: str, seconds: float) -> int:
    """Have the mother of a generation bear that of a later one; her process id, or 0 where it cannot be."""
    pid = 0
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(seconds)
            asking.connect(socket_name(runtime, generation))
            asking.sendall(b"N" + following.encode())
            told = b""
            while piece := asking.recv(64):
                told += piece
                pid = int.from_bytes(told[:4], "big") if len(told) >= 4 else 0
                if told[4:] == READY:
                    return pid
    except OSError:
        pass
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, 9)
    return 0
