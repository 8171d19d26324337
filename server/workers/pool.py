"""Hands queries to worker processes and takes their results, for the threads of one HTTP process."""

import threading
import time
from pathlib import Path
from typing import Any

from comity.server.problems import Problem
from comity.server.settings import MIB, Settings
from comity.server.workers.endings import KILLED
from comity.server.workers.exchange import Exchange, Result, Worker
from comity.server.workers.frames import Closed, request
from comity.server.workers.lanes import Lanes

#: How long a generation is taken for current without looking.
_LOOK_SECONDS = 0.05
#: How long a worker beyond the warm ones is kept without work.
_IDLE_SECONDS = 30.0
#: How often, every tenth of a second, a worker is asked for while there is no mother.
_TRIES = 50


class Pool:
    """The query workers of one HTTP process."""

    def __init__(self, runtime: Path, settings: Settings) -> None:
        self._runtime = runtime
        self._settings = settings
        self._idle: list[Worker] = []
        self._lock = threading.Lock()
        self._most = settings.result_mib * MIB
        self.lanes = Lanes(settings)
        self._marker = runtime / "generation"
        self._look_again = 0.0
        self._generation = ""

    @property
    def generation(self) -> str:
        """The generation that answers now, as it was a moment ago at most."""
        now = time.monotonic()
        if now > self._look_again:
            self._look_again = now + _LOOK_SECONDS
            self._read_generation()
        return self._generation

    def _read_generation(self) -> None:
        try:
            self._generation = self._marker.read_text("utf-8")
        except OSError as error:
            raise Problem(
                503,
                "no-store",
                "The store is not ready.",
                hint="Try again soon.",
                headers={"Retry-After": "2"},
            ) from error

    def how_it_ended(self, worker: Worker) -> int:
        """The wait status of a worker that is gone; 0 where nobody knows."""
        return worker.ask_end(self._runtime)

    def take(self) -> tuple[Worker, bool]:
        """A worker of the current generation, and whether it has answered before."""
        generation = self.generation
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.generation == generation:
                    return worker, True
                worker.close()
        return self._new(generation), False

    def _new(self, generation: str) -> Worker:
        for _ in range(_TRIES):
            try:
                return Worker(self._runtime, generation)
            except Closed:
                # A mother is being replaced: by a new generation or after a fault.
                time.sleep(0.1)
                generation = self.generation
        raise Problem(
            503,
            "no-worker",
            "No process is free to answer the query.",
            hint="Try again soon.",
            headers={"Retry-After": "2"},
        )

    def give(self, worker: Worker) -> None:
        """Take a worker back that has answered."""
        with self._lock:
            if len(self._idle) < self._settings.concurrent and worker.generation == self._generation:
                worker.idle_since = time.monotonic()
                self._idle.append(worker)
                worker = self._idle[0]
                # The one at the bottom was needed longest ago.
                if worker.idle_since > time.monotonic() - _IDLE_SECONDS or not self._spare():
                    return
                del self._idle[0]
        worker.close()

    def _spare(self) -> bool:
        return len(self._idle) > self._settings.idle_workers

    def run(self, header: dict[str, Any], body: bytes, seconds: float) -> Result:
        """Have a worker answer a request; whatever goes wrong there is a :class:`Problem` here."""
        header["seconds"], header["most"] = seconds, self._most
        message = request(header, body)
        try:
            return self._exchange(message, seconds)
        except Problem as problem:
            if problem.kind != KILLED:
                raise
        return self._exchange(message, seconds)

    def _exchange(self, message: bytes, seconds: float) -> Result:
        exchange = Exchange(self, seconds, self._settings.stream_seconds)
        try:
            return exchange.start(message)
        except BaseException:
            exchange.end()
            raise

    def close(self) -> None:
        """Let all idle workers go."""
        with self._lock:
            for worker in self._idle:
                worker.close()
            self._idle.clear()
