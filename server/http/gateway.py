"""A gateway from RSGI, the interface of granian's event loop, to the WSGI application (PEP 3333).

A request takes a thread only once it has arrived: headers and small bodies are awaited on the event loop, where a slow
client ties up only its connection. The application can ask whether its client has disconnected (`client_left`), and
whether a body arrived too late.
"""

import asyncio
import io
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any

from flask import has_request_context, request

from comity.server.fault_log import LOGGER

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

#: Bodies up to this length are read before a thread is taken, larger ones by the view that may read them.
READ_AHEAD_BYTES = 256 * 1024
#: Responses up to this length are handed over whole, so that no thread waits for the client.
_WHOLE_BYTES = 256 * 1024
#: How many bytes of an unread body are drained before the response, and for how long: a client that is still sending
#: would not see the response.
_DRAIN_BYTES, _DRAIN_SECONDS = 64 * 1024 * 1024, 5.0
#: How long a file stays open for the event loop to reopen it.
_OPENING_SECONDS = 30.0
_CLIENT, _BODY = "comity.client", "comity.body"


def client_left() -> bool:
    """Return whether the client of the current request has disconnected; False if that is unknown."""
    client = request.environ.get(_CLIENT) if has_request_context() else None
    return client is not None and client.has_left()


def body_late(environ: "WSGIEnvironment") -> bool:
    """Return whether the body of a request failed to arrive in time."""
    return _BODY in environ and environ[_BODY].late


class Gateway:
    """An RSGI application that runs a WSGI application in threads."""

    def __init__(
        self, application: "WSGIApplication", threads: int, body_seconds: float, stream_seconds: float
    ) -> None:
        """Create the gateway; threads start on demand.

        :param threads: the most requests handled at once; others wait.
        :param body_seconds: the time that a small body may take to arrive.
        :param stream_seconds: the time for a large body, and for a client to accept a chunk of a response.
        """
        self._application = application
        self._body_seconds = body_seconds
        self._stream_seconds = stream_seconds
        self._most = threads
        self._threads: list[threading.Thread] = []
        self._requests = 0
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Handle a request."""
        loop = asyncio.get_running_loop()
        environ = _environ(scope)
        body = None
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            length = environ.get("CONTENT_LENGTH", "")
            small = length.isascii() and length.isdecimal() and int(length) <= READ_AHEAD_BYTES
            seconds = self._body_seconds if small else self._stream_seconds
            environ[_BODY] = body = _Body(protocol, loop, seconds)
            if small:
                await body.read_ahead()
        environ["wsgi.input"] = io.BytesIO() if body is None else io.BufferedReader(body)
        environ[_CLIENT] = client = _Client(protocol, loop)
        answer = _Answer(protocol, loop, self._stream_seconds)
        made = loop.create_future()

        def make() -> None:
            try:
                answer.make(self._application, environ)
                if body is None or body.ended:
                    answer.send()
            finally:  # The request is over, whatever happens to the response.
                loop.call_soon_threadsafe(made.set_result, None)

        self._requests += 1
        if len(self._threads) < min(self._requests, self._most):
            self._threads.append(threading.Thread(target=self._work, daemon=True))
            self._threads[-1].start()
        self._waiting.put(make)
        await made
        self._requests -= 1
        client.forget()
        if body is not None and not body.ended:
            if "HTTP_EXPECT" not in environ:
                await body.drain()
            answer.send()

    def _work(self) -> None:
        while True:
            try:
                self._waiting.get()()
            except Exception:  # A response that cannot be sent ends its request, never the thread.
                LOGGER.exception("A response was not sent")


class _Body(io.RawIOBase):
    """The body of a request, received by the event loop and read by a thread.

    ``ended`` means that no more data will come, ``late`` that the body timed out.
    """

    def __init__(self, protocol: Any, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._pieces = aiter(protocol)
        self._loop = loop
        self._seconds = seconds
        self._deadline = 0.0
        self._rest = memoryview(b"")
        self.ended = self.late = False

    async def read_ahead(self) -> None:
        """Receive the whole body."""
        pieces = []
        while piece := await self._next():
            pieces.append(piece)
        self._rest = memoryview(b"".join(pieces))

    async def drain(self) -> None:
        """Receive and discard the rest, up to a limit."""
        self._deadline = time.monotonic() + _DRAIN_SECONDS
        received = 0
        while received < _DRAIN_BYTES and (piece := await self._next()):
            received += len(piece)

    async def _next(self) -> bytes:
        """Return the next chunk, empty at the end."""
        if self.ended:
            return b""
        now = time.monotonic()
        self._deadline = self._deadline or now + self._seconds
        try:
            piece: bytes = await asyncio.wait_for(anext(self._pieces), self._deadline - now)
        except TimeoutError:
            self.late, piece = True, b""
        except (StopAsyncIteration, OSError):
            piece = b""
        self.ended = not piece
        return piece

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer; return the number of bytes, 0 at the end."""
        if not self._rest and not self.ended:
            self._rest = memoryview(asyncio.run_coroutine_threadsafe(self._next(), self._loop).result())
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


class _Client:
    """The client of a request, watched from the first time its state is asked for."""

    def __init__(self, protocol: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._protocol = protocol
        self._loop = loop
        self._watch: asyncio.Task[None] | None = None
        self._asked = self._left = False

    def has_left(self) -> bool:
        """Return whether the client is known to have disconnected."""
        if not self._asked:
            self._asked = True
            self._loop.call_soon_threadsafe(self._begin)
        return self._left

    def _begin(self) -> None:
        self._watch = self._loop.create_task(self._await_departure())

    async def _await_departure(self) -> None:
        await self._protocol.client_disconnect()
        self._left = True

    def forget(self) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.cancel()


class _File:
    """A file sent as a response (``wsgi.file_wrapper`` of PEP 3333); the event loop reads it as the client does."""

    def __init__(self, file: IO[bytes], block_size: int = 0) -> None:
        self.file = file

    def __iter__(self) -> Iterator[bytes]:
        with self.file:
            yield self.file.read()


class _Answer:
    """The application's response, sent whole by the event loop or in chunks by the thread that produces it."""

    def __init__(self, protocol: Any, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._protocol = protocol
        self._loop = loop
        self._seconds = seconds
        self._status = 500
        self._headers: list[tuple[str, str]] = []
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._streamed = False

    def make(self, application: "WSGIApplication", environ: "WSGIEnvironment") -> None:
        """Call the application; stream its response if it is large."""
        try:
            pieces = application(environ, self._start)
            if isinstance(pieces, _File):
                self._file = pieces.file
                return
            try:
                self._collect(pieces)
            finally:
                if close := getattr(pieces, "close", None):
                    close()
        except Exception:
            # The application handles its own errors; this is a lost connection or a middleware fault.
            if not self._streamed:
                LOGGER.exception("A request failed outside the application")
                self._status, self._headers, self._pieces = 500, [], []

    def _start(
        self, status: str, headers: list[tuple[str, str]], exc_info: "OptExcInfo | None" = None
    ) -> Callable[[bytes], object]:
        self._status, self._headers = int(status[:3]), headers
        return self._pieces.append

    def _collect(self, pieces: Iterable[bytes]) -> None:
        size = 0
        transport = None
        for piece in pieces:
            if transport is not None:
                self._wait(transport.send_bytes(piece))
                continue
            self._pieces.append(piece)
            size += len(piece)
            if size > _WHOLE_BYTES and not isinstance(pieces, list):
                transport = self._protocol.response_stream(self._status, self._headers)
                self._streamed = True
                self._wait(transport.send_bytes(b"".join(self._pieces)))

    def _wait(self, sending: Awaitable[Any]) -> None:
        async def within() -> None:
            await asyncio.wait_for(sending, self._seconds)

        asyncio.run_coroutine_threadsafe(within(), self._loop).result()

    def send(self) -> None:
        """Send the response unless it has been sent."""
        if not self._streamed:
            body = b"".join(self._pieces)
            if self._file is not None:
                # By descriptor, since files of former generations are removed and the name may be gone.
                name = f"/proc/self/fd/{self._file.fileno()}"
                self._protocol.response_file(self._status, self._headers, name)
                self._loop.call_soon_threadsafe(self._loop.call_later, _OPENING_SECONDS, self._file.close)
            elif body:
                self._protocol.response_bytes(self._status, self._headers, body)
            else:
                self._protocol.response_empty(self._status, self._headers)


#: What every environ contains (PEP 3333).
_CONSTANT: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.file_wrapper": _File,
}


def _environ(scope: Any) -> "WSGIEnvironment":
    """Return the environ of a request."""
    server, port = _address(scope.server)
    environ = {
        **_CONSTANT,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "REMOTE_ADDR": _address(scope.client)[0],
        "wsgi.url_scheme": scope.scheme,
    }
    for name, value in scope.headers.items():
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        if key in environ:
            value = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
        environ[key] = value
    if scope.authority and "HTTP_HOST" not in environ:
        environ["HTTP_HOST"] = scope.authority
    return environ


def _address(text: str) -> tuple[str, str]:
    """Return host and port."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), port
