"""The processes that belong to a server: the keeper of the store's memory, and the scribe that writes."""

import json
import os
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from comity.errors import StoreError
from comity.server.settings import MIB, Settings
from comity.server.workers.allocator import environment
from comity.server.workers.runtime import RuntimeFolder
from comity.server.writer.errand import ScribeProcess

_Process = subprocess.Popen[bytes]
#: Between one attempt to start a keeper and the next.
_RETRY_SECONDS = 1.0


class Nursery:
    """The processes that hold the store, started and ended with the server.

    A keeper that is killed gets a successor; until that one is ready, what the former left goes on answering.
    """

    def __init__(self, store_path: Path, settings: Settings, wait: bool = True) -> None:
        self._folder = RuntimeFolder()
        self.runtime = self._folder.path
        self._options = json.dumps(_options(store_path, self.runtime, settings))
        self._closing = threading.Event()
        self._process = self._start()
        self._scribe = ScribeProcess(store_path, self.runtime)
        # HTTP processes are forked from this one, and may outlive it by a moment: it is our end that counts.
        reference = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _let_go(reference()))
        if wait:
            try:
                self.wait()
            except StoreError:
                self.close()
                raise

    def _start(self) -> _Process:
        return subprocess.Popen(
            [sys.executable, "-m", "comity.server.workers.nursery", self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
        )

    def wait(self) -> None:
        """Wait until workers are to be had.

        :raises StoreError: when they never will be; closing is up to the caller.
        """
        told = _told_by(self._process)
        if "error" in told:
            raise StoreError(told["error"])
        threading.Thread(target=self._replace_keepers, name="keeper", daemon=True).start()

    def _replace_keepers(self) -> None:
        while True:
            self._process.wait()
            if self._closing.is_set():
                return
            successor = self._start()
            if "error" in _told_by(successor):
                _end(successor)
                self._closing.wait(_RETRY_SECONDS)
                continue
            # With this pipe the former mother ends, who has answered until now.
            former, self._process = self._process, successor
            _end(former)
            if self._closing.is_set():
                _end(successor)

    def lifelines(self) -> list[IO[bytes]]:
        """The pipes by whose closing the other processes see that the server is gone."""
        pipes = (self._process.stdin, self._scribe.lifeline)
        return [pipe for pipe in pipes if pipe is not None and not pipe.closed]

    def close(self) -> None:
        """End the processes and remove their folder."""
        self._closing.set()
        self._scribe.close()
        _end(self._process)
        self._folder.remove()


def _let_go(nursery: Nursery | None) -> None:
    """Close what a forked process has of the pipes that tell the others whether the server lives."""
    if nursery is not None:
        for pipe in nursery.lifelines():
            with suppress(OSError):
                os.close(pipe.fileno())


def _options(store_path: Path, runtime: Path, settings: Settings) -> dict[str, Any]:
    return {
        "store": str(store_path),
        "runtime": str(runtime),
        "memory": settings.memory_mib * MIB,
        "memory_quads": settings.memory_quads,
        "snapshot_cache": settings.snapshot_cache,
        "bounds": {
            "length": settings.query_kib * 1024,
            "nesting": settings.nesting,
            "operators": settings.operators,
            "snapshots": settings.snapshot_graphs,
        },
    }


def _told_by(process: _Process) -> dict[str, Any]:
    """What a keeper says once it is ready, or why it never will be."""
    assert process.stdout is not None
    line = process.stdout.readline()
    told: dict[str, Any] = (
        json.loads(line) if line else {"error": "The process that holds the store did not start."}
    )
    return told


def _end(process: _Process) -> None:
    """End a keeper and all that it started: they see the pipe close."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    process.kill()
    process.wait()
