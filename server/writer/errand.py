"""Hands wishes to the scribe and turns its answers into receipts or problems."""

import json
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from comity.server.problems import Problem
from comity.server.writer.scribe import SOCKET, receive, send

_START_SECONDS = 10.0


class ScribeProcess:
    """The process of the scribe, started by the server and ended with it."""

    def __init__(self, store: Path, runtime: Path) -> None:
        """Start it; it holds no data until it is needed."""
        options = {"store": str(store), "runtime": str(runtime)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "comity.server.writer.scribe", json.dumps(options)], stdin=subprocess.PIPE
        )

    @property
    def lifeline(self) -> IO[bytes] | None:
        """The pipe that the scribe watches: it ends when this end is closed everywhere."""
        return self._process.stdin

    def close(self) -> None:
        """End it; a change that is under way is whole or not there at all."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()


class RefusedChange(Problem):
    """The gate refused a change; the problem carries its problems and what the shapes found."""


def ask(runtime: Path, wish: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Have the scribe carry out a wish; give the receipt.

    :raises RefusedChange: when the gate refuses it.
    :raises Problem: for anything else that goes wrong.
    """
    with _connected(runtime) as connection:
        connection.settimeout(seconds)
        try:
            send(connection, wish)
            answer = receive(connection)
        except (OSError, ValueError):
            raise Problem(
                503,
                "change-unknown",
                "The process that writes did not answer, so it is not known whether the change was accepted.",
                hint="Look at /changes: what stands there was. To send the same change again does no harm.",
            ) from None
    if "receipt" in answer:
        receipt: dict[str, Any] = answer["receipt"]
        return receipt
    raise _problem(answer)


def _problem(answer: dict[str, Any]) -> Problem:
    status, kind, detail = answer["status"], answer["kind"], answer["detail"]
    if kind != "change-refused":
        return Problem(status, kind, detail)
    return RefusedChange(
        status,
        kind,
        detail,
        hint="Each problem says where it is and how to mend it.",
        problems=answer["problems"],
        findings=answer["findings"],
    )


def _connected(runtime: Path) -> socket.socket:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(runtime / SOCKET))
            return connection
        except OSError:
            connection.close()
            if time.monotonic() > deadline:
                raise Problem(
                    503,
                    "no-scribe",
                    "The process that writes is not there.",
                    hint="Try again soon.",
                    headers={"Retry-After": "2"},
                ) from None
            time.sleep(0.05)
