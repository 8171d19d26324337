"""The encodings that answers are compressed in: zstd, br and gzip, as the client prefers."""

import zlib
from functools import lru_cache
from typing import Protocol

import brotli
import zstandard

#: Below this a header costs more than compression saves.
LEAST_BYTES = 860
_SUPPORTED = ("zstd", "br", "gzip")


class Compressor(Protocol):
    """Compresses a stream piece by piece."""

    def compress(self, data: bytes) -> bytes:
        """Take a piece; some compressed bytes may be ready."""

    def finish(self) -> bytes:
        """The rest of the compressed bytes."""


class _Gzip:
    def __init__(self) -> None:
        self._machine = zlib.compressobj(5, zlib.DEFLATED, 31)

    def compress(self, data: bytes) -> bytes:
        return self._machine.compress(data)

    def finish(self) -> bytes:
        return self._machine.flush()


class _Brotli:
    def __init__(self) -> None:
        self._machine = brotli.Compressor(quality=4)

    def compress(self, data: bytes) -> bytes:
        return bytes(self._machine.process(data))

    def finish(self) -> bytes:
        return bytes(self._machine.finish())


class _Zstd:
    def __init__(self) -> None:
        self._machine = zstandard.ZstdCompressor(level=3).compressobj()

    def compress(self, data: bytes) -> bytes:
        return bytes(self._machine.compress(data))

    def finish(self) -> bytes:
        return bytes(self._machine.flush())


def compressor(encoding: str) -> Compressor:
    """A compressor for one of the encodings."""
    machines: dict[str, type[Compressor]] = {"gzip": _Gzip, "br": _Brotli, "zstd": _Zstd}
    return machines[encoding]()


def compress(data: bytes, encoding: str) -> bytes:
    """The data, compressed."""
    machine = compressor(encoding)
    return machine.compress(data) + machine.finish()


@lru_cache(maxsize=512)
def choose_encoding(header: str | None) -> str:
    """The encoding that an Accept-Encoding header prefers; empty for none."""
    if not header:
        return ""
    wanted: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, rest = part.partition(";")
        quality = 1.0
        if rest.strip().startswith("q="):
            try:
                quality = float(rest.strip()[2:])
            except ValueError:
                quality = 0.0
        wanted[name.strip()] = quality
    best, best_quality = "", wanted.get("identity", 0.0) if "identity" in wanted else 0.0
    for name in _SUPPORTED:
        quality = wanted.get(name, wanted.get("*", 0.0))
        if quality > 0 and quality > best_quality:
            best, best_quality = name, quality
    return best
