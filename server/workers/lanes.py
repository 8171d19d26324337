"""Who may run now: a bounded number of queries, a short queue, and places that only quick ones take."""

import threading

from comity.server.problems import Problem
from comity.server.settings import Settings


class Place:
    """A running query's place, given back when it ends."""

    def __init__(self, lanes: "Lanes") -> None:
        self._lanes = lanes
        self.slow = False
        self._left = False

    def turn_slow(self) -> bool:
        """Take one of the places for long queries; false where there is none."""
        self.slow = self._lanes.take_slow()
        return self.slow

    def leave(self) -> None:
        """Give the place back; a second time does nothing."""
        if not self._left:
            self._left = True
            self._lanes.leave(self.slow)


class Lanes:
    """The places of one HTTP process."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.concurrent
        self._most_slow = settings.slow_concurrent
        self._queue = settings.queue
        self._wait = settings.queue_seconds
        self._condition = threading.Condition()
        self.running = 0
        self.slow = 0
        self.waiting = 0
        self.turned_away = 0

    def enter(self) -> Place:
        """Take a place, after a short wait if need be."""
        with self._condition:
            if self.running >= self._most:
                self._queue_up()
            self.running += 1
        return Place(self)

    def _queue_up(self) -> None:
        if self.waiting < self._queue:
            self.waiting += 1
            free = self._condition.wait_for(lambda: self.running < self._most, self._wait)
            self.waiting -= 1
            if free:
                return
        self.turned_away += 1
        raise busy()

    def take_slow(self) -> bool:
        """Let a running query become a long one, if there is room for it."""
        with self._condition:
            if self.slow >= self._most_slow:
                return False
            self.slow += 1
            return True

    def leave(self, slow: bool) -> None:
        """Free a place."""
        with self._condition:
            self.running -= 1
            self.slow -= slow
            if self.waiting:
                self._condition.notify()


def busy() -> Problem:
    """The answer where there is no place."""
    return Problem(
        429,
        "too-many-queries",
        "More queries are running than this server takes at once.",
        hint="Try again in a few seconds; ask less at once.",
        headers={"Retry-After": "3"},
    )
