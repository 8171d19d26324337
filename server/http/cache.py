"""Representations kept in memory, bounded in bytes, the least recently used dropped first."""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

#: Changes when the program would answer the same request of the same data with other bytes.
_EDITION = "2"
#: What an entry takes beside its body, roughly.
_OVERHEAD = 600


def entity_tag(key: str) -> str:
    """Return the entity tag of what a cache key stands for."""
    return hashlib.blake2b(f"{_EDITION}\0{key}".encode(), digest_size=12).hexdigest()


@dataclass(slots=True)
class Representation:
    """A representation of a resource (RFC 9110): its bytes, and what they are.

    ``tag`` is the entity tag, empty where the bytes may not be kept; ``form`` is ``solutions``, ``boolean``,
    ``graph`` or ``page``.
    """

    body: bytes
    content_type: str
    generation: str
    tag: str = ""
    form: str = ""


class Cache:
    """Representations by key, up to a number of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._entries: OrderedDict[str, Representation] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0

    def get(self, key: str) -> Representation | None:
        """Return what is kept under a key."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def put(self, key: str, entry: Representation) -> None:
        """Keep a representation, unless it alone would take an eighth of the room."""
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
    def _weight(key: str, entry: Representation) -> int:
        return 2 * len(key) + len(entry.body) + _OVERHEAD

    def __len__(self) -> int:
        return len(self._entries)
