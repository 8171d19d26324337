"""Engines that tests start on loopback: Virtuoso with its own small configuration, and the Oxigraph server."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_INI = """[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
NumberOfBuffers = 20000
MaxDirtyBuffers = 12000
ServerThreads = 20
CheckpointInterval = 0
DirsAllowed = .
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
ServerThreads = 10
[SPARQL]
ResultSetMaxRows = 10000
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def wait(address: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(address)


@contextmanager
def running(command: list[str], folder: Path, address: str) -> Iterator[None]:
    with (
        (folder / "out.log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process,
    ):
        try:
            wait(address)
            yield
        finally:
            process.terminate()


@contextmanager
def virtuoso(folder: Path) -> Iterator[str]:
    sql, http = free_port(), free_port()
    (folder / "v.ini").write_text(_INI.format(sql=sql, http=http), "utf-8")
    address = f"http://127.0.0.1:{http}/sparql"
    with running(["virtuoso-t", "+foreground", "+configfile", "v.ini"], folder, f"{address}?query=ASK%7B%7D"):
        grant = 'exec=GRANT SPARQL_UPDATE TO "SPARQL";'
        subprocess.run(["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", grant], check=True, capture_output=True)
        yield f"sparql+{address}"


@contextmanager
def oxigraph(folder: Path) -> Iterator[str]:
    port = free_port()
    program = Path(sys.executable).parent / "oxigraph"
    command = [str(program), "serve", "--location", str(folder / "db"), "--bind", f"127.0.0.1:{port}"]
    with running(command, folder, f"http://127.0.0.1:{port}/query?query=ASK%7B%7D"):
        yield f"sparql+http://127.0.0.1:{port}/query?update=/update&graph-store=/store"
