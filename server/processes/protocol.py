"""The protocol between the processes of a server: typed messages in length-prefixed frames over Unix sockets.

A frame is one byte for its kind, eight bytes for the length of its payload, and the payload. Anything in a message
beyond plain bytes is JSON, read into the dataclasses below: nothing that a client can influence is ever unpickled.
Requests and their answers:

    FORK_WORKER                 READY (pid), from the worker: from then on the connection is the worker's
    EXIT_STATUS (pid)           READY (wait status)
    FORK_SUCCESSOR (name)       FORKED (pid), then READY once the successor listens; else the connection closes
    SWITCH                      READY, once the current generation is published
    CALL (call)                 RESULT or PROBLEM; NEEDS_FRESH_WORKER for a query that must be a worker's first call
    CHANGE (change request)     RESULT or PROBLEM
"""

import hashlib
import json
import os
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, ClassVar

_FRAME = struct.Struct("!BQ")
_LENGTH = struct.Struct("!I")
_CHUNK = 65536
#: A result up to this size is read whole; the rest of a larger one is read at the client's pace.
FIRST_BYTES = 1024 * 1024
#: A change request may contain an upload in base64.
_LONGEST = 2 * 1024**3


class FrameKind(IntEnum):
    """The kind of a frame."""

    FORK_WORKER = 1
    EXIT_STATUS = 2
    FORK_SUCCESSOR = 3
    SWITCH = 4
    CALL = 5
    CHANGE = 6
    FORKED = 7
    READY = 8
    RESULT = 9
    PROBLEM = 10
    NEEDS_FRESH_WORKER = 11
    IS_WHOLE = 12


class Closed(ConnectionError):
    """The other side has closed the connection."""


def frame(kind: FrameKind, payload: bytes = b"") -> bytes:
    """Return the bytes of a frame."""
    return _FRAME.pack(kind, len(payload)) + payload


def frame_head(kind: FrameKind, header: Any, size: int) -> bytes:
    """Return the start of a frame with a JSON header, to be followed by a body of this size."""
    text = json.dumps(header).encode()
    return _FRAME.pack(kind, _LENGTH.size + len(text) + size) + _LENGTH.pack(len(text)) + text


def split_payload(payload: bytes) -> tuple[Any, bytes]:
    """Return the header and the body of a payload in the layout of :func:`frame_head`."""
    end = _LENGTH.size + _LENGTH.unpack_from(payload)[0]
    return json.loads(payload[_LENGTH.size : end]), payload[end:]


class Connection:
    """One end of a connection: sends frames, and receives them with as few system calls as possible."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._buffer = bytearray()
        #: The remaining bytes of a payload that :meth:`receive` has returned in part.
        self.left = 0

    @classmethod
    def to(cls, name: str, seconds: float) -> "Connection":
        """Return a connection to a socket in the runtime folder.

        :param seconds: the longest wait for any step of the exchange.
        :raises Closed: if nobody is listening there.
        """
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(seconds)
        try:
            sock.connect(name)
        except OSError as error:
            sock.close()
            raise Closed(str(error)) from error
        return cls(sock)

    def send(self, kind: FrameKind, payload: bytes = b"") -> None:
        """Send a frame."""
        self.socket.sendall(frame(kind, payload))

    def receive(self, most: int = _LONGEST) -> tuple[FrameKind, bytes]:
        """Return the kind of the next frame and its payload, or the first bytes of a longer payload.

        A time-out loses no data: the call can be repeated.

        :param most: the most bytes of the payload to return; :meth:`receive_rest` returns the others.
        :raises Closed: if the other side closes first.
        """
        self._fill(_FRAME.size)
        kind, size = _FRAME.unpack_from(self._buffer)
        end = _FRAME.size + min(size, most)
        self._fill(end)
        payload = bytes(memoryview(self._buffer)[_FRAME.size : end])
        del self._buffer[:end]
        self.left = size - len(payload)
        return FrameKind(kind), payload

    def receive_rest(self) -> bytes:
        """Return the next bytes of a payload that has some left."""
        self._fill(1)
        piece = bytes(self._buffer[: self.left])
        del self._buffer[: len(piece)]
        self.left -= len(piece)
        return piece

    def expect(self, wanted: FrameKind) -> bytes:
        """Return the payload of the next frame, which must be of this kind.

        :raises Closed: if it is of another kind, or none comes.
        """
        kind, payload = self.receive()
        if kind is not wanted or self.left:
            raise Closed(f"Expected {wanted.name}, received {kind.name}.")
        return payload

    def _fill(self, size: int) -> None:
        buffer = self._buffer
        while len(buffer) < size:
            piece = self.socket.recv(max(_CHUNK, min(size - len(buffer), 1 << 20)))
            if not piece:
                raise Closed
            buffer += piece

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()

    def __enter__(self) -> "Connection":
        """Return the connection, which is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()


def listen(name: str, backlog: int = 512) -> socket.socket:
    """Return a socket listening under this name, replacing one that a former process left there."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with suppress(FileNotFoundError):
        os.unlink(name)
    listener.bind(name)
    listener.listen(backlog)
    return listener


def forkserver_socket(runtime: Path, generation: str) -> str:
    """Return the name of a fork server's socket; short, since socket addresses are limited."""
    return str(runtime / f"{hashlib.blake2b(generation.encode(), digest_size=6).hexdigest()}.sock")


def writer_socket(runtime: Path) -> str:
    """Return the name of the writer's socket."""
    return str(runtime / "writer.sock")


def supervisor_socket(runtime: Path) -> str:
    """Return the name of the supervisor's socket."""
    return str(runtime / "supervisor.sock")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryCall:
    """Evaluate a query.

    :ivar result_format: the format of a table or truth value; None if the client accepts none.
    :ivar graph_format: the same for triples.
    :ivar refusals: for each format that is None, the detail and the hint of the refusal.
    """

    operation: ClassVar[str] = "query"
    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    result_format: str | None = None
    graph_format: str | None = None
    refusals: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCall:
    """Serialise a graph; None is the default graph, ``*`` all graphs."""

    operation: ClassVar[str] = "graph"
    graph: str | None
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCall:
    """Try an update on a private copy and return its effect."""

    operation: ClassVar[str] = "update"
    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseCall:
    """Parse an RDF document and return its quads."""

    operation: ClassVar[str] = "parse"
    document: bytes
    format: str
    base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCall:
    """Read a report, and return its rows as JSON."""

    operation: ClassVar[str] = "read"
    text: str
    publisher: str = ""
    title: str = ""
    published: str = ""
    url: str = ""


Call = QueryCall | GraphCall | UpdateCall | ParseCall | ReadCall
_CALLS: dict[str, type[Call]] = {
    call.operation: call for call in (QueryCall, GraphCall, UpdateCall, ParseCall, ReadCall)
}
_BODIES = {"query": "text", "update": "text", "parse": "document", "read": "text"}


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The limits of one call: seconds of evaluation, bytes of result."""

    seconds: float
    result_bytes: int


def encode_call(call: Call, limits: CallLimits) -> bytes:
    """Return the frame of a call."""
    members = {name: getattr(call, name) for name in call.__slots__}
    body = members.pop(_BODIES.get(call.operation, ""), b"")
    body = body if isinstance(body, bytes) else body.encode()
    header = {"operation": call.operation, "limits": [limits.seconds, limits.result_bytes], **members}
    return frame_head(FrameKind.CALL, header, len(body)) + body


def decode_call(payload: bytes) -> tuple[Call, CallLimits]:
    """Return the call in a payload, and its limits."""
    members, body = split_payload(payload)
    operation, limits = members.pop("operation"), CallLimits(*members.pop("limits"))
    name = _BODIES.get(operation)
    if name is not None:
        members[name] = body.decode() if name == "text" else body
    return _CALLS[operation](**members), limits


@dataclass(frozen=True, slots=True)
class ResultHead:
    """The head of a result: its form (solutions, boolean, graph, quads, change) and its format.

    :ivar created: graphs that an update creates.
    :ivar dropped: graphs that an update removes.
    :ivar independent: whether the effect of an update is independent of the contents of the store.
    :ivar unknown: graphs in the dataset of a query that are not in the store, and so empty.
    """

    form: str
    format: str = ""
    created: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    independent: bool = False

    def encode(self, size: int) -> bytes:
        """Return the start of the frame of a result, to be followed by a body of this size."""
        return frame_head(FrameKind.RESULT, [*astuple(self)], size)


def decode_result(payload: bytes) -> tuple[ResultHead, bytes]:
    """Return the head and the first bytes of a result."""
    members, body = split_payload(payload)
    return ResultHead(*members), body


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """A request to the writer.

    :ivar operation: ``quads``, ``graph``, ``files``, ``act``, ``retract``, ``revert``, ``accept``, ``refuse`` or
        ``report``.
    :ivar author: the name of the token's holder; ``role`` is the role of the token.
    :ivar channel: the channel of the request: ``update``, ``graph-store``, ``import``, ``form`` …
    :ivar arguments: what the operation needs, in plain values.
    """

    operation: str
    author: str
    role: str
    channel: str = ""
    reason: str = ""
    dry_run: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)
