"""The frames in which an HTTP process and a query worker talk over a socket.

A request is two lengths, a header (marshalled, since both sides are one program) and a body. An answer is
a series of frames, each a letter and a length: W (a whole small result: JSON header, line end, bytes), P (a JSON
problem instead of a result), or, for a large result, H (a JSON header, with its size), D (bytes of it), E (its end).
"""

import hashlib
import marshal
import socket
import struct
from pathlib import Path
from typing import Any

_REQUEST = struct.Struct("!II")
_ANSWER = struct.Struct("!cI")
CHUNK = 65536
#: A result up to this size is answered in one piece; a larger one is streamed.
FIRST_BYTES = 1024 * 1024


def socket_name(runtime: Path, generation: str) -> str:
    """Where the workers of a generation are to be had; short, since addresses of sockets are."""
    return str(runtime / f"{hashlib.blake2b(generation.encode(), digest_size=6).hexdigest()}.sock")


class Closed(Exception):
    """The other side is gone."""


def request(header: dict[str, Any], body: bytes = b"") -> bytes:
    """The bytes of a request."""
    text = marshal.dumps(header)
    return _REQUEST.pack(len(text), len(body)) + text + body


def answer(letter: bytes, payload: bytes) -> bytes:
    """The bytes of one frame of an answer."""
    return _ANSWER.pack(letter, len(payload)) + payload


class Reader:
    """Reads frames from a socket, with as few system calls as they allow."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def _fill(self, size: int) -> None:
        """Have this many bytes at hand; a time-out in between loses none."""
        buffer = self._buffer
        while len(buffer) < size:
            piece = self._connection.recv(CHUNK)
            if not piece:
                raise Closed
            buffer += piece

    def _take(self, size: int) -> bytes:
        self._fill(size)
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def request(self) -> tuple[dict[str, Any], bytes]:
        """The next request: its header and its body."""
        header_size, body_size = _REQUEST.unpack(self._take(_REQUEST.size))
        header: dict[str, Any] = marshal.loads(self._take(header_size))
        return header, self._take(body_size)

    def answer(self) -> tuple[bytes, bytes]:
        """The next frame of an answer: its letter and its payload."""
        self._fill(_ANSWER.size)
        letter, size = _ANSWER.unpack_from(self._buffer)
        self._fill(_ANSWER.size + size)
        return letter, self._take(_ANSWER.size + size)[_ANSWER.size :]
