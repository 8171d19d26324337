"""The process that holds the store and forks query workers, one for each connection it is asked for.

Three kinds of process, each with one thread, so that forking is safe:

    keeper   watches the store's CURRENT file and the life of the server; holds no data
    mother   holds one generation of the store in memory and forks
    worker   answers the HTTP process at the other end of its socket, and may be killed

A mother listens at ``{runtime}/{hash of the generation}.sock``. Its workers share its memory until they
write to it.
The file ``{runtime}/generation`` names the generation to use; HTTP processes read it.
"""

import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from comity.graph.vocabulary.errors import ComityError

from ..query.guard import Bounds
from .frames import socket_name
from .library import Library, current_generation
from .worker import WorkerLimits, confine, serve

POLL_SECONDS = 0.25
#: How a worker ended, kept this long for the HTTP process that asks.
_REMEMBERED = 256


class Mother:
    """Forks workers that answer from one generation."""

    def __init__(self, runtime: Path, library: Library, options: dict[str, Any]) -> None:
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
        """Take connections for ever: W asks for a worker, S for how a worker ended."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except InterruptedError:
                continue
            self._reap()
            try:
                kind = connection.recv(1)
                if kind == b"W":
                    self._fork(connection)
                elif kind == b"S":
                    self._tell_end(connection)
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
            connection.sendall(os.getpid().to_bytes(4, "big"))
            confine(WorkerLimits(memory=self._options["memory"]))
            serve(connection, self._library)
            code = 0
        finally:
            # No clean-up that belongs to the mother, and no traceback of a worker that lost its client.
            os._exit(code)

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


class Keeper:
    """Keeps a mother for the store's current generation, and ends when the server does."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._store = Path(options["store"])
        self._runtime = Path(options["runtime"])
        self._mother = 0
        self._generation = ""

    def run(self) -> None:
        """Serve until standard input closes, which the server holds open."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.setpgid(0, 0)
        self._turn_to(current_generation(self._store))
        print(json.dumps({"generation": self._generation}), flush=True)
        while True:
            ready, _, _ = select.select([sys.stdin], [], [], POLL_SECONDS)
            if ready and not os.read(0, 1):
                break
            self._look()
        self._end_all()

    def _look(self) -> None:
        with suppress(ComityError):
            generation = current_generation(self._store)
            if generation != self._generation or self._mother_is_dead():
                self._turn_to(generation)

    def _mother_is_dead(self) -> bool:
        with suppress(ChildProcessError):
            return os.waitpid(self._mother, os.WNOHANG)[0] != 0
        return True

    def _turn_to(self, generation: str) -> None:
        pid = self._bear(generation)
        former, self._mother, self._generation = self._mother, pid, generation
        temporary = self._runtime / "generation.new"
        temporary.write_text(generation, "utf-8")
        temporary.replace(self._runtime / "generation")
        if former:
            # Workers of the former generation finish what they are at: they are processes of their own.
            with suppress(ProcessLookupError):
                os.kill(former, signal.SIGTERM)
            with suppress(ChildProcessError):
                os.waitpid(former, 0)

    def _bear(self, generation: str) -> int:
        """Fork a mother for a generation and wait until it listens."""
        receiving, sending = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(receiving)
            self._be_mother(generation, sending)
        os.close(sending)
        with os.fdopen(receiving, "rb") as pipe:
            message = pipe.read()
        if message != b"ready":
            os.waitpid(pid, 0)
            raise ComityError(message.decode() or f"The store's generation {generation} cannot be loaded.")
        return pid

    def _be_mother(self, generation: str, sending: int) -> None:
        try:
            library = Library.load(
                self._store,
                generation,
                memory_quads=self._options["memory_quads"],
                keep=self._options["snapshot_cache"],
                bounds=Bounds(**self._options["bounds"]),
            )
            mother = Mother(self._runtime, library, self._options)
            os.write(sending, b"ready")
            os.close(sending)
            sys.stdin.close()
            mother.run()
        except Exception as error:
            with suppress(OSError):
                os.write(sending, str(error).encode())
        finally:
            os._exit(1)

    def _end_all(self) -> None:
        # Our group: the mother, and the workers that are still at a query.
        os.killpg(0, signal.SIGTERM)


def main() -> None:
    """Run the keeper with the options given as JSON on the command line."""
    options = json.loads(sys.argv[1])
    try:
        Keeper(options).run()
    except ComityError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
