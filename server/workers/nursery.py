"""The process that sees to it that the store's current generation is held in memory by a mother of workers.

Three kinds of process, each with one thread, so that forking is safe:

    keeper   watches the store's CURRENT file and the life of the server; holds no data
    mother   holds one generation of the store in memory and forks
    worker   answers the HTTP process at the other end of its socket, and may be killed

After an accepted change the mother is asked for her successor, who takes only what differs; after a build, a
restored backup, or whatever else went another way, a new mother reads the whole generation. The file
``{runtime}/generation`` names the generation to use; HTTP processes read it.
"""

import ctypes
import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from comity.errors import ComityError
from comity.server.workers.frames import socket_name
from comity.server.workers.library import Library, current_generation
from comity.server.workers.mother import READY, Mother, ask_for_next
from comity.sparql.policy import Bounds

POLL_SECONDS = 0.05
#: A mother that has not borne the next one after this long is not waited for.
_NEXT_SECONDS = 10.0
_RETRY_SECONDS = 0.5
_PR_SET_CHILD_SUBREAPER = 36


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
        # A mother that another one bore is ours when that one ends, and so are the workers she leaves.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._turn_to(current_generation(self._store))
        print(json.dumps({"generation": self._generation}), flush=True)
        while True:
            ready, _, _ = select.select([sys.stdin], [], [], POLL_SECONDS)
            if ready and not os.read(0, 1):
                break
            self._look()
        self._end_all()

    def _look(self) -> None:
        try:
            if self._mother_is_dead():
                self._mother = 0
            generation = current_generation(self._store)
            if generation != self._generation or not self._mother:
                self._turn_to(generation)
        except ComityError:
            time.sleep(_RETRY_SECONDS)  # Whoever queries meanwhile has the former generation, or is told.

    def _mother_is_dead(self) -> bool:
        """Reap whatever has ended; tell whether the mother has."""
        with suppress(ChildProcessError):
            while pid := os.waitpid(-1, os.WNOHANG)[0]:
                if pid == self._mother:
                    return True
        try:
            os.kill(self._mother, 0)
        except ProcessLookupError:
            return True
        return not self._mother

    def _turn_to(self, generation: str) -> None:
        pid = 0
        if self._mother:
            pid = ask_for_next(self._runtime, self._generation, generation, _NEXT_SECONDS)
        pid = pid or self._bear(generation)
        before, self._generation = self._generation, generation
        former, self._mother = self._mother, pid
        temporary = self._runtime / "generation.new"
        temporary.write_text(generation, "utf-8")
        temporary.replace(self._runtime / "generation")
        if former:
            # Workers of the former generation finish what they are at: they are processes of their own.
            with suppress(ProcessLookupError):
                os.kill(former, signal.SIGTERM)
            with suppress(ChildProcessError):
                os.waitpid(former, 0)
        if before not in ("", generation):
            with suppress(FileNotFoundError):
                os.unlink(socket_name(self._runtime, before))

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
        if message != READY:
            with suppress(ChildProcessError):
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
            os.write(sending, READY)
            os.close(sending)
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
