"""Files to download, each made once for a generation, by a process of its own, and kept beside the server's sockets.

The tables take seconds to make and the whole graph more than a query may take or send, so that neither is made while
somebody waits for another page. One file is made at a time; who asks meanwhile waits a while and is then asked to come
again. Files of former generations are removed.
"""

import fcntl
import gzip
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from comity.export import sqlite_file, table_files, tables
from comity.iris import PREFIXES

#: The forms in which the whole graph can be had, compressed by gzip.
GRAPH_FORMS = {
    "trig.gz": ox.RdfFormat.TRIG,
    "nq.gz": ox.RdfFormat.N_QUADS,
    "ttl.gz": ox.RdfFormat.TURTLE,
}
#: The name under which the whole graph stands among the tables, and that of all tables in one file of SQLite.
GRAPH = "graph"
DATABASE = "comity"
DATABASE_FORM = "sqlite.gz"
#: How long one request waits for a file, and how much time of a processor making one may take, in seconds.
PATIENCE, _MOST_SECONDS = 25.0, 600
_PAUSE = 0.05


def file_of(
    runtime: Path, store: Path, generation: str, name: str, form: str, patience: float = PATIENCE
) -> Path | None:
    """Return a file of a generation, made now if it is not there; None while it is still being made.

    :param runtime: the runtime folder of the server.
    :param name: a table, :data:`GRAPH` or :data:`DATABASE`.
    :raises RuntimeError: if it could not be made.
    """
    folder = runtime / "downloads" / generation
    path, until = folder / f"{name}.{form}", time.monotonic() + patience
    while not path.exists():
        with suppress(FileNotFoundError):  # A request of a later generation removed the folder.
            folder.mkdir(parents=True, exist_ok=True)
            if maker := _maker(store, path):
                waiting = threading.Thread(target=_wait_for, args=(maker,), name="download", daemon=True)
                waiting.start()
                waiting.join(max(until - time.monotonic(), 0))
                if maker.returncode:
                    raise RuntimeError(f"{path.name} of {generation} could not be made.")
        if time.monotonic() > until:
            return None
        time.sleep(_PAUSE)
    return path


def _maker(store: Path, path: Path) -> "subprocess.Popen[bytes] | None":
    """Start the process that makes a file; None where one is at it already, which holds a lock until it ends."""
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        if path.exists():
            return None
        return subprocess.Popen(
            [sys.executable, "-m", "comity.server.processes.downloads", json.dumps([str(store), str(path)])],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[lock.fileno()],
        )


def _wait_for(maker: "subprocess.Popen[bytes]") -> None:
    """Keep a maker's pipe open until it ends, whether or not the request still waits that started it."""
    with maker:
        maker.wait()


def make(store: Path, path: Path) -> None:
    """Make a file, whose generation, table and form its path names, whole or not at all."""
    generation, (name, _, form) = path.parent.name, path.name.partition(".")
    with path.parent.with_name("lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for other in path.parent.parent.iterdir():
            if other.is_dir() and other.name < generation:
                shutil.rmtree(other, ignore_errors=True)
        database = ox.Store.read_only(str(store / "generations" / generation))
        draft = path.with_name(f".{path.name}.draft")
        if name == GRAPH:
            _write_graph(database, form, draft)
        elif name == DATABASE:
            _write_database(database, draft, tables.notes_of_all(generation))
        else:
            table_files.write(database, name, form, draft, tables.notes(name, generation))
        draft.replace(path)


def _write_database(store: ox.Store, path: Path, notes: dict[str, str]) -> None:
    plain = path.with_suffix(".sqlite")
    plain.unlink(missing_ok=True)  # One that was given up may have been left.
    try:
        sqlite_file.write(store, plain, notes)
        with (
            plain.open("rb") as source,
            path.open("wb") as raw,
            gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
        ):
            shutil.copyfileobj(source, packed)
    finally:
        plain.unlink(missing_ok=True)


def _write_graph(store: ox.Store, form: str, path: Path) -> None:
    """Write the named graphs or, as Turtle, the default graph that they make up."""
    kind = GRAPH_FORMS[form]
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        # It has all of a binary file that the engine uses.
        out = cast("IO[bytes]", packed)
        if kind == ox.RdfFormat.TURTLE:
            store.dump(out, kind, from_graph=ox.DefaultGraph(), prefixes=PREFIXES)
            return
        graphs = sorted(store.named_graphs(), key=str)
        quads = (quad for graph in graphs for quad in store.quads_for_pattern(None, None, None, graph))
        ox.serialize(quads, out, format=kind, prefixes=PREFIXES)


def _end_with_the_server() -> None:
    """Wait for the end of a pipe that nobody writes to, which the server's end closes."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def main() -> None:
    """Make the file that the argument names; end before it is made where the server ends."""
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    os.nice(5)
    store, path = map(Path, json.loads(sys.argv[1]))
    make(store, path)


if __name__ == "__main__":
    main()
