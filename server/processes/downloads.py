"""Files to download, each created once per generation by a separate process, and kept beside the server's sockets.

The tables take seconds to create, and the whole graph more than a query may take or send, so neither is created while
another page waits. One file is created at a time; a request that comes meanwhile waits a while and is then asked to
retry. Files of former generations are removed.
"""

import fcntl
import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from comity.changes.history import document, facts_after, last_number
from comity.changes.review import proposal
from comity.export import sqlite_file, table_files, tables
from comity.iris import PREFIXES
from comity.store.changelog import ChangeLog
from comity.store.database import stamp

#: The formats of the whole graph, compressed with gzip.
GRAPH_FORMS = {
    "trig.gz": ox.RdfFormat.TRIG,
    "nq.gz": ox.RdfFormat.N_QUADS,
    "ttl.gz": ox.RdfFormat.TURTLE,
}
#: The names among the tables of the whole graph, and of all tables in one SQLite file.
GRAPH = "graph"
DATABASE = "comity"
DATABASE_FORM = "sqlite.gz"
#: The formats of the facts as once known, and the prefix of their names before the number of a change.
KNOWN_FORMS = {"nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG}
KNOWN = "as-known-after-"
#: The prefix of the names of large changes before their numbers; the formats are those of a change.
CHANGE = "change-"
#: The prefix of the names of large proposals before their numbers; the format is JSON.
PROPOSAL = "proposal-"
#: How many of these files are kept, since there could be one per change.
_MOST_KNOWN = 3
#: How long a request waits for a file, how many requests of each HTTP process may wait at once, and the limits on
#: creating one: seconds of CPU time, and bytes of memory.
PATIENCE, _WAITING, _MOST_SECONDS, _MOST_BYTES = 25.0, 8, 600, 4 << 30
_PAUSE = 0.05
#: The exit status of a maker whose generation was removed before the file was complete.
_GONE = 3
_places = threading.BoundedSemaphore(_WAITING)


class GenerationGoneError(Exception):
    """The generation of a file was superseded and removed."""


def opened(
    runtime: Path, store: Path, generation: str, name: str, form: str, patience: float = PATIENCE
) -> IO[bytes] | None:
    """Return an open file of a generation, created now if missing; None if it is not ready or too many wait.

    :param runtime: the runtime folder of the server.
    :param name: a table, :data:`GRAPH`, :data:`DATABASE`, or :data:`KNOWN`, :data:`CHANGE` or :data:`PROPOSAL` with
        the number of a change.
    :raises GenerationGoneError: if its generation has been removed.
    :raises RuntimeError: if it could not be created.
    """
    folder = runtime / "downloads" / generation
    path, until = folder / f"{name}.{form}", time.monotonic() + patience
    if file := _present(path):
        return file
    if not _places.acquire(blocking=False):
        return None
    try:
        while not (file := _present(path)):
            with suppress(FileNotFoundError):  # A request for a later generation removed the folder.
                folder.mkdir(parents=True, exist_ok=True)
                if maker := _maker(store, path):
                    waiting = threading.Thread(target=_wait_for, args=(maker,), name="download", daemon=True)
                    waiting.start()
                    waiting.join(max(until - time.monotonic(), 0))
                    if maker.returncode == _GONE:
                        raise GenerationGoneError(f"The generation {generation} of {path.name} is gone.")
                    # One that was killed is replaced, as long as there is patience.
                    if maker.returncode not in (None, 0, -signal.SIGKILL):
                        raise RuntimeError(f"{path.name} of {generation} could not be created.")
            if time.monotonic() > until:
                return None
            time.sleep(_PAUSE)
        return file
    finally:
        _places.release()


def _present(path: Path) -> IO[bytes] | None:
    """Return an existing file, opened, so that it can be read to its end even if it is removed."""
    with suppress(FileNotFoundError):
        file = path.open("rb")
        os.utime(file.fileno())
        return file
    return None


def _maker(store: Path, path: Path) -> "subprocess.Popen[bytes] | None":
    """Start the process that creates a file; None if one is already running, which holds a lock until it ends."""
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
    """Keep a maker's pipe open until it ends, even if the request that started it no longer waits."""
    with maker:
        maker.wait()


def make(store: Path, path: Path) -> None:
    """Atomically create a file, whose path names its generation, table and format."""
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
        elif name.startswith(KNOWN):
            last = last_number(stamp(store, generation) or {})
            known = facts_after(ChangeLog(store), database, last, int(name.removeprefix(KNOWN)))
            with draft.open("wb") as out:
                ox.serialize(known, out, format=KNOWN_FORMS[form], prefixes=PREFIXES)
            _leave_room(path.parent, KNOWN)
        elif name.startswith(CHANGE):
            record = ChangeLog(store).record(int(name.removeprefix(CHANGE)))
            assert record is not None
            draft.write_bytes(document(record, form))
            _leave_room(path.parent, CHANGE)
        elif name.startswith(PROPOSAL):
            found = proposal(ChangeLog(store), int(name.removeprefix(PROPOSAL)))
            draft.write_text(json.dumps(found.as_json(), ensure_ascii=False), "utf-8")
            _leave_room(path.parent, PROPOSAL)
        else:
            table_files.write(database, name, form, draft, tables.notes(name, generation))
        draft.replace(path)


def _leave_room(folder: Path, prefix: str) -> None:
    """Remove the least recently requested of the files of which there could be one per change, to make room for one."""
    known = sorted(folder.glob(f"{prefix}*"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in known[_MOST_KNOWN - 1 :]:
        file.unlink()


def _write_database(store: ox.Store, path: Path, notes: dict[str, str]) -> None:
    plain = path.with_suffix(".sqlite")
    plain.unlink(missing_ok=True)  # An abandoned one may have been left behind.
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
    """Write the named graphs or, as Turtle, the default graph that they form."""
    kind = GRAPH_FORMS[form]
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        # It has all methods of a binary file that the engine uses.
        out = cast("IO[bytes]", packed)
        if kind == ox.RdfFormat.TURTLE:
            store.dump(out, kind, from_graph=ox.DefaultGraph(), prefixes=PREFIXES)
            return
        graphs = sorted(store.named_graphs(), key=str)
        quads = (quad for graph in graphs for quad in store.quads_for_pattern(None, None, None, graph))
        ox.serialize(quads, out, format=kind, prefixes=PREFIXES)


def _end_with_the_server() -> None:
    """Wait for the end of a pipe that nobody writes to, which closes when the server ends."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def main() -> None:
    """Create the file named by the argument; stop early if the server ends."""
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    os.nice(5)
    store, path = map(Path, json.loads(sys.argv[1]))
    try:
        make(store, path)
    except Exception:
        if path.parent.is_dir() and (store / "generations" / path.parent.name).is_dir():
            raise
        print(f"{path.name} was not created: its generation {path.parent.name} is gone.", file=sys.stderr)
        sys.exit(_GONE)


if __name__ == "__main__":
    main()
