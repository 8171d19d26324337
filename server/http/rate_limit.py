"""A limit to how many requests one client may make, off unless set; addresses are not kept."""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict

from comity.server.problems import Problem

_CLIENTS = 10_000


class RateLimit:
    """A bucket of tokens for each client, filled at the allowed rate."""

    def __init__(self, per_minute: int) -> None:
        self._rate = per_minute / 60
        self._full = float(max(per_minute, 1))
        self._salt = secrets.token_bytes(16)
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Take a token of the client's, or refuse."""
        if not self._rate:
            return
        client = hashlib.blake2b(address.encode(), key=self._salt, digest_size=12).digest()
        now = time.monotonic()
        with self._lock:
            tokens, last = self._buckets.pop(client, (self._full, now))
            tokens = min(self._full, tokens + (now - last) * self._rate)
            self._buckets[client] = (max(tokens - 1, 0), now) if tokens >= 1 else (tokens, now)
            if len(self._buckets) > _CLIENTS:
                self._buckets.popitem(last=False)
        if tokens < 1:
            wait = max(1, round((1 - tokens) / self._rate))
            raise Problem(
                429,
                "too-many-requests",
                f"This address made more than {round(self._rate * 60)} requests a minute.",
                hint=f"Try again in {wait} s.",
                headers={"Retry-After": str(wait)},
            )
