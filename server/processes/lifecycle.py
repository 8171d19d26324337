"""The lifecycle of a server's processes: the runtime folder, the published generation, the supervisor."""

import ctypes
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator, Set
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from comity.errors import StoreError
from comity.server.settings import MIB, Settings
from comity.sparql.policy import Bounds

_ALLOCATOR = Path("cmeel.prefix") / "lib" / "libmimalloc.so"


def environment() -> dict[str, str]:
    """Return the environment of the supervisor, with a faster allocator preloaded.

    The engine allocates a great deal; under mimalloc the same query takes a quarter to a half less time. It is
    omitted if its package is not installed, or needs a library that is missing.
    """
    try:
        library = Path(str(distribution("cmeel-mimalloc").locate_file(_ALLOCATOR)))
    except PackageNotFoundError:
        return dict(os.environ)
    if not library.exists() or not _loads(str(library)):
        return dict(os.environ)
    others = [name for name in os.environ.get("LD_PRELOAD", "").split(":") if name not in ("", str(library))]
    return os.environ | {
        "LD_PRELOAD": ":".join([str(library), *others]),
        # Reserved in small steps (KiB), since reserved memory counts against a worker's limit.
        "MIMALLOC_ARENA_RESERVE": "32768",
    }


@cache
def _loads(library: str) -> bool:
    """Return whether a program starts with the library preloaded: it may need others that a small system lacks."""
    program = shutil.which("true")
    if program is None:
        return False
    tried = subprocess.run(
        [program], env=os.environ | {"LD_PRELOAD": library}, capture_output=True, check=False
    )
    return tried.returncode == 0 and not tried.stderr


PREFIX = "comity-"
_LOCK = "lock"
_GENERATION = "generation"
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
#: States of a process, as in proc(5).
_STOPPED, _ENDED = frozenset("Tt"), frozenset(("", "Z", "X", "x"))
#: The pause between attempts to start a supervisor.
_RETRY_SECONDS = 1.0


def signal_at_end_of_parent(parent: int, number: signal.Signals | None) -> None:
    """Ask the kernel to signal this process when its parent ends, even if killed (prctl(2)); or no longer to.

    :param parent: the process that forked this one; if it is already gone, this one ends at once.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number or 0, 0, 0, 0)
    if os.getppid() != parent:  # It ended before the signal was requested.
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of processes whose parents end before them (prctl(2)); their ends must be reaped."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def name_process(name: str) -> None:
    """Set the name under which ps(1) and top(1) show this process, 15 bytes at most (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def announce_process(runtime: Path, name: str) -> None:
    """Name this process, and record its id in the runtime folder."""
    name_process(name)
    draft = runtime / f"{name}.{os.getpid()}.new"
    draft.write_text(str(os.getpid()))
    draft.replace(runtime / f"{name}.pid")


def stopped_processes(runtime: Path) -> list[str]:
    """Return the names of a server's processes that have ended or been stopped and are not yet replaced."""
    halted = _STOPPED | _ENDED
    names = [file.stem for file in sorted(runtime.glob("*.pid")) if process_state(_pid(file)) in halted]
    if names:
        return names
    # HTTP processes, which record no ids.
    server = _pid(runtime / "comity.pid")
    return ["HTTP process"] if any(process_state(pid) in _STOPPED for pid in _children(server)) else []


def process_state(pid: int) -> str:
    """Return the state of a process as in proc(5); empty if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def has_ended(pid: int) -> bool:
    """Return whether a process has ended, even if its parent has not yet asked for its status."""
    return process_state(pid) in _ENDED


def _pid(file: Path) -> int:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, file.read_text().split())
    return found


def release_free_memory() -> None:
    """Return freed memory to the system, which the C library (malloc_trim(3)) and mimalloc otherwise keep."""
    library = ctypes.CDLL(None)
    for name in ("malloc_trim", "mi_collect"):
        with suppress(AttributeError):  # The C library may be another one, and mimalloc is optional.
            getattr(library, name)(1)


class RuntimeFolder:
    """The private folder of one server, readable only by its user: sockets, counters, published generation.

    Its creator holds a lock on a file in it as long as any process that uses it lives. A folder whose lock is free was
    left behind by a killed server; the next server of the same user removes it.
    """

    def __init__(self) -> None:
        """Create the folder, and remove those that dead servers left beside it."""
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        draft = self.path / "lock.new"
        self._lock = draft.open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Renamed only now, so that nobody ever sees a lock that is not yet held.
        draft.rename(self.path / _LOCK)
        _remove_abandoned(self.path.parent)

    def remove(self) -> None:
        """Remove the folder and its contents."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def _remove_abandoned(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            # Ignore symbolic links that somebody placed there under such a name.
            status = folder.lstat()
            if status.st_uid != os.getuid() or folder.is_symlink():
                continue
            with (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)


def reap() -> Iterator[tuple[int, int]]:
    """Yield the process id and the wait status of each child that has ended, without waiting for the others."""
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            yield pid, status


def reap_adopted(own: Set[int]) -> None:
    """Reap the children of this process that have ended, apart from its own, whose ends others wait for."""
    with suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid in own:
                return  # It would be found again; the others follow once it is reaped.
            os.waitpid(ended.si_pid, os.WNOHANG)


def published_generation(runtime: Path) -> str:
    """Return the name of the generation all processes of a server answer from; empty if there is none yet."""
    try:
        return os.readlink(f"{runtime}/{_GENERATION}")
    except OSError:
        return ""


def publish(runtime: Path, generation: str) -> None:
    """Publish another generation to every process, by atomically replacing the target of a link."""
    draft = runtime / f"{_GENERATION}.new"
    draft.unlink(missing_ok=True)
    draft.symlink_to(generation)
    draft.replace(runtime / _GENERATION)


@dataclass(frozen=True)
class ProcessOptions:
    """The options of the supervisor and of the processes it forks.

    :ivar memory: bytes a query may use beyond the graph itself.
    :ivar writer_idle_seconds: after this long without a change, the writer frees its memory.
    """

    store: str
    runtime: str
    memory: int
    memory_quads: int
    snapshot_cache: int
    writer_idle_seconds: float
    bounds: Bounds

    @classmethod
    def of(cls, store: Path, runtime: Path, settings: Settings) -> "ProcessOptions":
        """Return the options derived from the settings."""
        return cls(
            str(store),
            str(runtime),
            settings.memory_mib * MIB,
            settings.memory_quads,
            settings.snapshot_cache,
            settings.writer_idle_seconds,
            Bounds(
                length=settings.query_kib * 1024,
                nesting=settings.nesting,
                operators=settings.operators,
                snapshots=settings.snapshot_graphs,
            ),
        )

    @classmethod
    def decode(cls, text: str) -> "ProcessOptions":
        """Return the options that :meth:`encode` wrote."""
        members = json.loads(text)
        return cls(**members | {"bounds": Bounds(**members["bounds"])})

    def encode(self) -> str:
        """Return the options as JSON."""
        return json.dumps(asdict(self))


class StoreProcesses:
    """The supervisor of a server, started and stopped with it.

    A killed supervisor is replaced. Its fork server continues to answer, and the successor takes charge of it.
    """

    def __init__(self, store_path: Path, settings: Settings, wait: bool = True) -> None:
        """Start the supervisor.

        :param wait: return only once queries can be answered.
        :raises StoreError: if they never can be.
        """
        self._folder = RuntimeFolder()
        self.runtime = self._folder.path
        self._options = ProcessOptions.of(store_path, self.runtime, settings).encode()
        self._closing = threading.Event()
        # All other processes hold the reading end, and see when the server ends.
        self._reading, self._writing = os.pipe()
        self._process = self._start()
        # HTTP processes are forked from this one and may outlive it by a moment: our own end counts.
        reference = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _close_parent_pipe(reference()))
        if wait:
            try:
                self.wait()
            except StoreError:
                self.close()
                raise

    @property
    def supervisor(self) -> int:
        """The process id of the supervisor."""
        return self._process.pid

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "comity.server.processes.supervisor", self._options],
            stdin=self._reading,
            stdout=subprocess.PIPE,
            env=environment(),
        )

    def wait(self) -> None:
        """Wait until workers are available; from then on, a supervisor that ends is replaced.

        :raises StoreError: if they never will be; the caller must close it.
        """
        if error := _read_ready_line(self._process):
            raise StoreError(error)
        threading.Thread(target=self._replace_supervisors, name="supervisor", daemon=True).start()

    def _replace_supervisors(self) -> None:
        while True:
            self._process.wait()
            if self._closing.is_set():
                return
            successor = self._start()
            if _read_ready_line(successor):
                _end(successor)
                self._closing.wait(_RETRY_SECONDS)
                continue
            former, self._process = self._process, successor
            _end(former)
            if self._closing.is_set():
                _end(successor)

    def close_parent_pipe(self) -> None:
        """Close this process's end of the pipe that tells the others whether the server is alive."""
        writing, self._writing = self._writing, -1
        if writing >= 0:
            os.close(writing)

    def close(self) -> None:
        """End the processes and remove their folder; a change in progress is applied completely or not at all."""
        self._closing.set()
        self.close_parent_pipe()
        _end(self._process)
        reading, self._reading = self._reading, -1
        if reading >= 0:
            os.close(reading)
        self._folder.remove()


def _close_parent_pipe(processes: StoreProcesses | None) -> None:
    if processes is not None:
        processes.close_parent_pipe()


def _read_ready_line(process: "subprocess.Popen[bytes]") -> str:
    """Wait until a supervisor is ready; return the reason if it never will be, or an empty text."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        return "The process that loads the store did not start."
    return str(json.loads(line).get("error", ""))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Wait for the end of a supervisor that has failed or sees that the server ends; kill it if need be."""
    if process.stdout is not None:
        with suppress(OSError):
            process.stdout.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    process.kill()
    process.wait()
