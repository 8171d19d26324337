"""The supervisor: keeps a fork server for the store's current generation and a writer running.

    supervisor   watches the store's CURRENT file, its children and the server; loads no data
    fork server  loads one generation of the store and forks
    standby      takes over from a fork server that is killed
    worker       answers the HTTP process at the other end of its socket, and may be killed
    writer       applies one change after the other

Each has one thread, so that forking is safe. A supervisor that takes the place of a killed one takes charge of its fork
server, which goes on answering. After an accepted change the fork server is asked for its successor, which applies only
the difference; after a build, a large change, a restored backup or any other replacement, and if a fork server and its
standby are killed, a new fork server opens the generation. Once it is listening, its generation is published to all
processes. Meanwhile another reads into memory what makes queries on snapshots faster, and replaces it.
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
from typing import BinaryIO, NamedTuple

from comity.errors import ComityError
from comity.server.processes.dataset import LoadedDataset, current_generation
from comity.server.processes.forkserver import (
    ForkServer,
    find_standby,
    is_whole,
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
from comity.server.processes.shared_calendar import calendar_file, shared_generation
from comity.server.processes.writer import WriterServer
from comity.store.steps import steps_between

POLL_SECONDS = 0.05
_RETRY_SECONDS = 0.5
#: The pause before everything is read again, if that failed; queries are answered in the meantime.
_LOAD_RETRY_SECONDS = 10.0
#: How long pages of the former generation are shown while those of the next are prepared.
_READERS_SECONDS = 10.0
#: What a fork server tells when it is listening.
_WHOLE, _IN_PART = _READY = (b"whole", b"in part")


class _Loading(NamedTuple):
    """A fork server that has been forked, and the pipe through which it tells that it is listening, or why not."""

    pid: int
    generation: str
    pipe: BinaryIO

    def message(self) -> bytes:
        """Wait for what it tells; empty if it has ended without a word."""
        with self.pipe:
            return self.pipe.read()


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
        #: Whether the fork server is to be replaced by one that has read everything; that one; when to start it.
        self._is_in_part = False
        self._loading: _Loading | None = None
        self._load_at = 0.0

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
            loaded = [self._loading.pipe] if self._loading else []
            ready, _, _ = select.select([sys.stdin, self._listener, *loaded], [], [], POLL_SECONDS)
            if sys.stdin in ready:
                self._end_with_server()
            if self._listener in ready:
                self._answer_switch()
            elif self._loading and self._loading.pipe in ready:
                self._replace_by_loaded()
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
            self._is_in_part = not is_whole(self._runtime, published)

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
        if self._is_in_part and self._loading is None and time.monotonic() >= self._load_at:
            self._loading = self._fork_forkserver(self._generation)

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
        if pid:
            self._is_in_part = not is_whole(self._runtime, generation)
        elif self._forkserver:
            pid = request_successor(self._runtime, self._generation, generation, self._look_after_others)
        if not pid:
            pid, self._is_in_part = self._start_forkserver(generation)
            if self._loading and self._loading.generation != generation:
                self._stop_loading(self._loading)
            # HTTP processes follow steps without preparing anything.
            if self._generation and steps_between(self._store, self._generation, generation) is None:
                self._wait_for_readers(generation)
        before, self._generation = self._generation, generation
        former, self._forkserver = self._forkserver, pid
        if not former and before not in ("", generation):  # A standby may have taken over in the meantime.
            former = listening_process(self._runtime, before)
        publish(self._runtime, generation)
        self._end_forkserver(former)
        if before not in ("", generation):
            self._forget_socket(before)

    def _start_forkserver(self, generation: str) -> tuple[int, bool]:
        """Fork a fork server, and wait until it is listening.

        :returns: its process id, and whether another is to read the rest into memory.
        """
        # At the start nobody waits for an answer yet.
        started = self._fork_forkserver(generation, at_once=bool(self._generation))
        while not select.select([started.pipe], [], [], POLL_SECONDS)[0]:
            self._look_after_others()
        message = started.message()
        if message not in _READY:
            with suppress(ChildProcessError):
                os.waitpid(started.pid, 0)
            raise ComityError(message.decode() or f"The store's generation {generation} cannot be loaded.")
        return started.pid, message == _IN_PART

    def _wait_for_readers(self, generation: str) -> None:
        """Wait until an HTTP process has read what pages need, if any does, unless another change is waiting."""
        deadline = time.monotonic() + _READERS_SECONDS
        while (
            shared_generation(calendar_file(self._runtime)) not in ("", generation)
            and current_generation(self._store) == generation
            and not select.select([self._writer_listener], [], [], 0)[0]
            and time.monotonic() < deadline
        ):
            self._look_after_others()
            time.sleep(POLL_SECONDS)

    def _replace_by_loaded(self) -> None:
        """Let the fork server that has read everything take over, or try again later if it could not."""
        assert self._loading
        loaded, self._loading = self._loading, None
        pid = loaded.pid if loaded.message() in _READY else 0
        if pid and loaded.generation != self._generation:
            pid = request_successor(
                self._runtime, loaded.generation, self._generation, self._look_after_others
            )
            self._end_forkserver(loaded.pid)
            self._forget_socket(loaded.generation)
        if not pid:
            self._load_at = time.monotonic() + _LOAD_RETRY_SECONDS
            return
        former, self._forkserver, self._is_in_part = self._forkserver, pid, False
        if former != pid:  # It may already have been found in place of one that was killed.
            self._end_forkserver(former)

    def _stop_loading(self, loading: _Loading) -> None:
        self._end_forkserver(loading.pid)
        loading.pipe.close()
        self._loading, self._load_at = None, 0.0

    def _end_forkserver(self, pid: int) -> None:
        """End a fork server, if there is one; its workers are separate processes and finish their work."""
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def _forget_socket(self, generation: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(forkserver_socket(self._runtime, generation))

    def _fork_forkserver(self, generation: str, at_once: bool = False) -> "_Loading":
        """Fork a fork server, which tells through a pipe when it is listening.

        :param at_once: whether to leave out what makes queries on snapshots faster.
        """
        receiving, sending = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(receiving)
            self._run_forkserver(generation, sending, at_once)
        os.close(sending)
        return _Loading(pid, generation, os.fdopen(receiving, "rb"))

    def _look_after_others(self) -> None:
        """End if the server has, and replace the writer if it has ended: called again and again during a load."""
        if select.select([sys.stdin], [], [], 0)[0]:
            self._end_with_server()
        self._reap()

    def _run_forkserver(self, generation: str, sending: int, at_once: bool) -> None:
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
                at_once=at_once,
                keep=self._options.snapshot_cache,
                bounds=self._options.bounds,
                shared=calendar_file(self._runtime),
            )
            release_free_memory()
            # Workers would copy the pages their garbage collector visits.
            gc.freeze()
            message = _WHOLE if dataset.is_whole else _IN_PART
            signal_at_end_of_parent(supervisor, None)
            replaced = listening_process(self._runtime, generation)
            forkserver = ForkServer(dataset, self._options)
            if replaced:  # By this one, since the supervisor may be killed before it does so.
                with suppress(ProcessLookupError):
                    os.kill(replaced, signal.SIGKILL)
            del dataset  # Its successors, which are forks, would keep it.
            os.write(sending, message)
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
