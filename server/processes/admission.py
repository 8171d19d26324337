"""Admission control: a bounded number of queries at once, a short queue, and permits that only quick ones take."""

import threading

from comity.server.problems import Problem
from comity.server.settings import Settings


class Permit:
    """The permission to run one query, given back when it ends."""

    def __init__(self, control: "AdmissionControl") -> None:
        self._control = control
        self.slow = False
        self._released = False

    def mark_slow(self) -> bool:
        """Turn it into one of the permits for long queries; return whether there was one left."""
        self.slow = self._control.acquire_slow()
        return self.slow

    def release(self) -> None:
        """Give the permit back; a second time does nothing."""
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
        """Return a permit, after a short wait if need be.

        :raises Problem: 429, when the queue is full or the wait was in vain.
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
            "More queries are running than this server takes at once.",
            hint="Try again in a few seconds; ask less at once.",
            headers={"Retry-After": "3"},
        )

    def acquire_slow(self) -> bool:
        """Let a running query become a long one; return whether there is room for it."""
        with self._condition:
            if self.slow >= self._most_slow:
                return False
            self.slow += 1
            return True

    def release(self, slow: bool) -> None:
        """Take a permit back."""
        with self._condition:
            self.running -= 1
            self.slow -= slow
            if self.waiting:
                self._condition.notify()
