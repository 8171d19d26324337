"""Results kept in memory, bounded in bytes, the least recently used let go first."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

#: So many questions are remembered before all are forgotten.
_ASKED = 16384


@dataclass
class Cached:
    """A whole result, and its compressed forms once somebody has asked for them."""

    body: bytes
    content_type: str
    tag: str
    generation: str
    form: str
    encoded: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The bytes that this takes, roughly."""
        return len(self.body) + 600


class Cache:
    """Results by key."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._entries: OrderedDict[str, Cached] = OrderedDict()
        self._asked: set[int] = set()
        self._lock = threading.Lock()
        self.bytes = 0
        self.hits = 0
        self.misses = 0

    def get(self, key: str) -> Cached | None:
        """The result under a key."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                self.misses += 1
                return None
            self._entries.move_to_end(key)
            self.hits += 1
            return entry

    def asked_before(self, key: str) -> bool:
        """Whether a key was asked about lately; what is found quickly is worth its place from the second time on."""
        mark = hash(key)
        if mark in self._asked:
            return True
        if len(self._asked) >= _ASKED:
            self._asked.clear()
        self._asked.add(mark)
        return False

    def put(self, key: str, entry: Cached) -> None:
        """Keep a result, unless it alone would take a large part of the room."""
        size = self._weight(key, entry)
        if size > self._most // 8:
            return
        with self._lock:
            former = self._entries.pop(key, None)
            if former is not None:
                self.bytes -= self._weight(key, former)
            self._entries[key] = entry
            self.bytes += size
            while self.bytes > self._most:
                oldest, dropped = self._entries.popitem(last=False)
                self.bytes -= self._weight(oldest, dropped)

    @staticmethod
    def _weight(key: str, entry: Cached) -> int:
        # Twice the body leaves room for compressed forms that come later.
        return 2 * len(key) + 2 * entry.size

    def __len__(self) -> int:
        return len(self._entries)
