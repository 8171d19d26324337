"""The process that writes: it holds the current graph in memory and takes one change after the other.

HTTP processes hand it wishes through a socket in the runtime folder; see :mod:`.errand`. It starts idle and
small, and takes the graph into memory with the first wish, or at once where tokens are configured. A parent that
does nothing else starts it again should it die, and ends it when the server does.
"""

import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from comity.server.parent import end_with

SOCKET = "scribe.sock"
_LOOK_SECONDS = 0.2
_SLOWEST_SENDER = 30.0
#: A wish may hold an upload in base64.
_LONGEST = 2 * 1024**3


def send(connection: socket.socket, message: dict[str, Any]) -> None:
    """Send a message: its length, then JSON."""
    data = json.dumps(message).encode()
    connection.sendall(len(data).to_bytes(8, "big") + data)


def receive(connection: socket.socket) -> dict[str, Any]:
    """Take a message.

    :raises ConnectionError: when the other side closes before its end.
    """
    size = int.from_bytes(_exactly(connection, 8), "big")
    if size > _LONGEST:
        raise ConnectionError("The message is too long.")
    message: dict[str, Any] = json.loads(_exactly(connection, size))
    return message


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts, left = [], size
    while left:
        part = connection.recv(min(left, 1 << 20))
        if not part:
            raise ConnectionError("The other side closed.")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


class Scribe:
    """Takes wishes from the socket and answers each when it is done or refused."""

    def __init__(self, store: Path, runtime: Path) -> None:
        """Listen in the runtime folder for wishes on the store."""
        self._store = store
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        name = str(runtime / SOCKET)
        with suppress(FileNotFoundError):
            os.unlink(name)
        self._listener.bind(name)
        self._listener.listen(256)
        self._clerk: Any = None

    def run(self) -> None:
        """Serve for ever."""
        self._warm()
        while True:
            connection, _ = self._listener.accept()
            connection.settimeout(_SLOWEST_SENDER)
            with connection, suppress(OSError, ValueError):
                wish = receive(connection)
                send(connection, self._answer(wish))

    def _warm(self) -> None:
        """Take the graph into memory before the first wish comes; whatever fails now is told to that wish."""
        from comity.store.tokens import Tokens

        with suppress(Exception):
            if Tokens(self._store).configured():
                self._ready().recover()

    def _ready(self) -> Any:
        if self._clerk is None:
            from comity.server.writer.clerk import Clerk

            self._clerk = Clerk(self._store)
        return self._clerk

    def _answer(self, wish: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._ready().answer(wish)
        return answer


def main() -> None:
    """Keep a scribe running until standard input closes, which the server holds open."""
    options = json.loads(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = _start(options)
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], _LOOK_SECONDS)
        if ready and not os.read(0, 1):
            break
        if os.waitpid(child, os.WNOHANG)[0]:
            child = _start(options)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)


def _start(options: dict[str, Any]) -> int:
    keeper = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        # A change that this cuts short is whole or not there at all, as after any crash.
        end_with(keeper, signal.SIGTERM)
        Scribe(Path(options["store"]), Path(options["runtime"])).run()
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
