"""The supervisor: keeps a fork server for the store's current generation and a writer running.

    supervisor   watches the store's CURRENT file, its children and the server; loads no data
    fork server  loads one generation of the store and forks
    standby      takes over from a fork server that is killed
    worker       answers the HTTP process at the other end of its socket, and may be killed
    writer       applies one change after the other

Each has one thread, so that forking is safe. A supervisor that takes the place of a killed one takes charge of its fork
server, which goes on answering. After an accepted change the fork server is asked for its successor,
which applies only the difference; after a build, a restored backup or any other replacement, and if a fork server and
its standby are killed, a new fork server reads the whole generation. Once it is listening, its generation is published
to all processes.
"""

import gc
import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from comity.errors import ComityError
from comity.server.processes.dataset import LoadedDataset, current_generation
from comity.server.processes.forkserver import (
    ForkServer,
    find_standby,
    listening_process,
    request_successor,
)
from comity.server.processes.lifecycle import (
    ProcessOptions,
    adopt_orphans,
    announce_process,
    has_ended,
    name_process,
    publish,
    published_generation,
    reap,
    release_free_memory,
    signal_at_end_of_parent,
)
from comity.server.processes.protocol import (
    Connection,
    FrameKind,
    forkserver_socket,
    listen,
    supervisor_socket,
    writer_socket,
)
from comity.server.processes.writer import WriterServer

POLL_SECONDS = 0.05
_RETRY_SECONDS = 0.5
_READY = b"ready"


class Supervisor:
    """Keeps the processes that serve a store running, and ends them when the server ends."""

    def __init__(self, options: ProcessOptions) -> None:
        """Listen for requests to switch the generation, and for the writer's clients."""
        self._options = options
        self._store = Path(options.store)
        self._runtime = Path(options.runtime)
        self._listener = listen(supervisor_socket(self._runtime))
        # The writer's clients wait here while it restarts.
        self._writer_listener = listen(writer_socket(self._runtime))
        self._forkserver = 0
        self._writer = 0
        self._generation = ""

    def run(self) -> None:
        """Serve until standard input, which the server holds open, closes."""
        announce_process(self._runtime, "supervisor")
        # Memory freed by imports would otherwise be shared by all forks.
        release_free_memory()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # When a fork server ends, the fork server and workers that it forked become our children.
        adopt_orphans()
        generation = current_generation(self._store)
        self._take_charge()
        # It needs no fork server, so it is there, and replaced, while the generation is loaded.
        self._writer = self._start_writer(recover=True)
        if generation != self._generation:
            self._switch_generation(generation)
        print(json.dumps({"generation": self._generation}), flush=True)
        while True:
            ready, _, _ = select.select([sys.stdin, self._listener], [], [], POLL_SECONDS)
            if sys.stdin in ready:
                self._end_with_server()
            if self._listener in ready:
                self._answer_switch()
            else:
                self._poll()

    def _take_charge(self) -> None:
        """Take charge of the fork server that a killed supervisor left, if any, and join its process group."""
        published = published_generation(self._runtime)
        self._forkserver = find_standby(self._runtime, published) if published else 0
        try:
            os.setpgid(0, os.getpgid(self._forkserver) if self._forkserver else 0)
        except OSError:  # It has just ended.
            os.setpgid(0, 0)
        if self._forkserver:
            self._generation = published

    def _end_with_server(self) -> None:
        """End our process group if the server has ended: fork servers, writer, workers still busy with a query."""
        if not os.read(0, 1):
            os.killpg(0, signal.SIGKILL)  # Processes that are stopped heed no other.

    def _answer_switch(self) -> None:
        """Switch to the generation that has just become current, and confirm once it is published."""
        sock, _ = self._listener.accept()
        sock.settimeout(1)
        with Connection(sock) as connection, suppress(OSError, ValueError, ComityError):
            connection.expect(FrameKind.SWITCH)
            self._poll()
            if self._generation == current_generation(self._store):
                connection.send(FrameKind.READY)

    def _poll(self) -> None:
        """Replace processes that have ended, and switch to the current generation."""
        self._reap()
        if not self._forkserver and self._generation:
            self._forkserver = find_standby(self._runtime, self._generation)
        try:
            generation = current_generation(self._store)
            if generation != self._generation or not self._forkserver:
                self._switch_generation(generation)
        except ComityError:
            time.sleep(_RETRY_SECONDS)  # Meanwhile the former generation answers, or requests wait.

    def _reap(self) -> None:
        """Note which children have ended, and restart the writer if it has."""
        for pid, status in reap():
            if pid == self._forkserver:
                self._forkserver = 0
            if pid == self._writer:
                # A writer that exits normally was idle, and leaves nothing to recover.
                self._writer = self._start_writer(recover=status != 0)
        # It may be no child of ours.
        if self._forkserver and has_ended(self._forkserver):
            self._forkserver = 0

    def _start_writer(self, recover: bool) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            # A change that this interrupts is applied completely or not at all, as after any crash.
            signal_at_end_of_parent(parent, signal.SIGKILL)
            announce_process(self._runtime, "writer")
            self._listener.close()
            writer = WriterServer(self._writer_listener, self._options)
            if recover:
                writer.recover()
            writer.run()
            code = 0
        finally:
            os._exit(code)

    def _switch_generation(self, generation: str) -> None:
        # A supervisor that was killed may have been about to publish it.
        pid = listening_process(self._runtime, generation)
        if self._forkserver and not pid:
            pid = request_successor(self._runtime, self._generation, generation, self._look_after_others)
        pid = pid or self._start_forkserver(generation)
        before, self._generation = self._generation, generation
        former, self._forkserver = self._forkserver, pid
        publish(self._runtime, generation)
        if former:
            # Workers of the former generation are separate processes and finish their work.
            with suppress(ProcessLookupError):
                os.kill(former, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(former, 0)
        if before not in ("", generation):
            with suppress(FileNotFoundError):
                os.unlink(forkserver_socket(self._runtime, before))

    def _start_forkserver(self, generation: str) -> int:
        """Fork a fork server that reads a whole generation, and wait until it is listening."""
        receiving, sending = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(receiving)
            self._run_forkserver(generation, sending)
        os.close(sending)
        with os.fdopen(receiving, "rb") as pipe:
            while not select.select([pipe], [], [], POLL_SECONDS)[0]:
                self._look_after_others()
            message = pipe.read()
        if message != _READY:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
            raise ComityError(message.decode() or f"The store's generation {generation} cannot be loaded.")
        return pid

    def _look_after_others(self) -> None:
        """End if the server has, and replace the writer if it has ended: called again and again during a load."""
        if select.select([sys.stdin], [], [], 0)[0]:
            self._end_with_server()
        self._reap()

    def _run_forkserver(self, generation: str, sending: int) -> None:
        try:
            name_process("fork server")
            supervisor = os.getppid()
            # One that is not ready yet is of no use to another supervisor.
            signal_at_end_of_parent(supervisor, signal.SIGKILL)
            self._listener.close()
            self._writer_listener.close()
            dataset = LoadedDataset.load(
                self._store,
                generation,
                memory_quads=self._options.memory_quads,
                keep=self._options.snapshot_cache,
                bounds=self._options.bounds,
            )
            release_free_memory()
            # Workers would copy the pages their garbage collector visits.
            gc.freeze()
            signal_at_end_of_parent(supervisor, None)
            forkserver = ForkServer(dataset, self._options)
            del dataset  # Its successors, which are forks, would keep it.
            os.write(sending, _READY)
            os.close(sending)
            forkserver.run()
        except Exception as error:
            with suppress(OSError):
                os.write(sending, str(error).encode())
        finally:
            os._exit(1)


def main() -> None:
    """Run the supervisor with options given as JSON on the command line."""
    try:
        Supervisor(ProcessOptions.decode(sys.argv[1])).run()
    except (ComityError, OSError) as error:
        print(json.dumps({"error": str(error)}), flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
