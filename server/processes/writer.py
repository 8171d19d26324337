"""The writer: the one process of a server that changes the store.

It starts small, and takes the graph into memory with the first change; after a while without any it ends, and the
supervisor starts it again, small. A change is answered once the processes that read have turned to the generation
that it made: whoever is answered reads what was written, over whichever connection.
"""

import json
import select
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from comity.server.processes.lifecycle import ProcessOptions
from comity.server.processes.protocol import ChangeRequest, Connection, FrameKind, supervisor_socket

#: How long a change request may take to arrive, once it has begun to.
_REQUEST_SECONDS = 30.0
#: Readers that have not turned to a change after this long are told of as late.
_SWITCH_SECONDS = 60.0
_PAUSE = 0.05


class WriterServer:
    """Takes change requests, one after the other, and answers each when it is done or refused."""

    def __init__(self, listener: socket.socket, options: ProcessOptions) -> None:
        """Serve the requests that come to a listening socket."""
        self._listener = listener
        self._store = Path(options.store)
        self._runtime = Path(options.runtime)
        self._idle_seconds = options.writer_idle_seconds
        self._handler: Any = None

    def run(self) -> None:
        """Serve until nothing has come for a while, if the graph is in memory then."""
        while True:
            wait = None if self._handler is None else self._idle_seconds
            ready, _, _ = select.select([self._listener], [], [], wait)
            if not ready:
                return
            sock, _ = self._listener.accept()
            sock.settimeout(_REQUEST_SECONDS)
            with Connection(sock) as connection, suppress(OSError, ValueError):
                payload = connection.expect(FrameKind.CHANGE)
                self._answer(connection, ChangeRequest(**json.loads(payload)))

    def recover(self) -> None:
        """Bring into the store what a crash kept from it, where tokens say that there may be changes at all.

        Whatever fails now is told to the first who wants a change.
        """
        from comity.store.tokens import Tokens

        with suppress(Exception):
            if Tokens(self._store).configured():
                self._loaded().recover()

    def _loaded(self) -> Any:
        if self._handler is None:
            # Imported only now: the writer is small as long as nobody writes.
            from comity.server.processes.change_handler import ChangeHandler

            self._handler = ChangeHandler(self._store)
        return self._handler

    def _answer(self, connection: Connection, request: ChangeRequest) -> None:
        result, refused = self._loaded().answer(request)
        if not refused and not request.dry_run and not _published(self._runtime):
            refused, result = True, _not_visible(result)
        kind = FrameKind.PROBLEM if refused else FrameKind.WHOLE
        connection.send(kind, json.dumps(result).encode())


def _published(runtime: Path) -> bool:
    """Wait until readers have turned to the current generation; return whether they have."""
    deadline = time.monotonic() + _SWITCH_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        try:
            with Connection.to(supervisor_socket(runtime), left) as supervisor:
                supervisor.send(FrameKind.SWITCH)
                supervisor.expect(FrameKind.READY)
                return True
        except OSError:
            time.sleep(_PAUSE)  # It is being replaced, or cannot load the generation yet.
    return False


def _not_visible(receipt: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": 503,
        "kind": "change-not-visible",
        "detail": f"The change was accepted as number {receipt['number']}, but cannot be read yet.",
        "hint": "Do not send it again; look at /changes.",
    }
