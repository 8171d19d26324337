"""The real server over a store, in processes of its own, and a client for it."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from comity.server.processes.lifecycle import RuntimeFolder

RUN = """import sys; from pathlib import Path
from comity.build import build
from comity.server.serving import serve
build(Path(sys.argv[1]), Path(sys.argv[2]))
serve(Path(sys.argv[1]), port=0)"""


def start(store: Path, tables: Path, **environ: str) -> tuple[subprocess.Popen[str], str]:
    """Start a server like the one of `comity serve`; give its process and address."""
    command = [sys.executable, "-c", RUN, str(store), str(tables)]
    variables = os.environ | {"COMITY_PROCESSES": "1"} | environ
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=variables, start_new_session=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Comity is at "), line
    return process, line.split()[-1].rstrip("/")


@contextmanager
def serving(store: Path, tables: Path, **environ: str) -> Iterator[str]:
    """Serve a store for a while; give the address."""
    process, address = start(store, tables, **environ)
    try:
        yield address
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout:
            process.stdout.close()


def family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    found = [pid]
    for one in found:
        tasks: list[Path] = []
        with suppress(OSError):  # It has ended, as one of its threads may have.
            tasks = [task / "children" for task in Path(f"/proc/{one}/task").iterdir()]
        for path in tasks:
            with suppress(OSError):
                found += [int(child) for child in path.read_text().split()]
    return found


def kill(process: subprocess.Popen[str]) -> None:
    """End a server and all its processes by SIGKILL, at once."""
    pids = family(process.pid)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(20)
    if process.stdout:
        process.stdout.close()
    # The next server of this user removes what the killed one left; here that is one which does nothing else.
    RuntimeFolder().remove()


def send(
    address: str,
    method: str = "GET",
    body: bytes | None = None,
    token: str = "",
    timeout: float = 30,
    **headers: str,
) -> tuple[int, bytes, dict[str, str]]:
    """Send a request; give status, body and headers, whatever the status."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        more["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(address, body, more, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return response.status, response.read(), dict(response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)


def enter(address: str, token: str, values: dict[str, Any], **headers: str) -> tuple[int, dict[str, Any]]:
    """Enter one act by JSON; give status and answer."""
    more = {"Content_Type": "application/json"} | headers
    status, body, _ = send(f"{address}/acts", "POST", json.dumps(values).encode(), token, **more)
    return status, json.loads(body)
