"""Runs the application under granian, alongside the processes that serve the store."""

import ctypes
import gc
import json
import os
import resource
import signal
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import FileSystemBytecodeCache

from comity.errors import ComityError, StoreError
from comity.server.listening import free_address, shown
from comity.server.processes.lifecycle import (
    StoreProcesses,
    adopt_orphans,
    announce_process,
    reap_adopted,
    release_free_memory,
    signal_at_end_of_parent,
)
from comity.server.processes.shared_calendar import calendar_file
from comity.server.settings import Settings
from comity.store.database import open_store

if TYPE_CHECKING:
    from flask import Flask

    from comity.server.http.gateway import Gateway

_HANDOVER = "COMITY_SERVING"
_RELEASE_SECONDS = 20.0
_FORK_SECONDS = 0.02
#: Views are preloaded from a generation that has been current for this long, not from one replaced at once.
_READER_SECONDS = 0.5
_LOOK_SECONDS = 0.05
_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3
_MAPPED_BYTES = 32 * 1024
_OTHER_FILES = 512


def application(*_: Any) -> "Gateway":
    """Return the application of one HTTP process, as configured by the server in the environment."""
    # Otherwise threads allocate in many arenas, and pages in heaps, which both retain freed memory (mallopt(3)).
    with suppress(AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, 2)
        libc.mallopt(_M_MMAP_THRESHOLD, _MAPPED_BYTES)
    handed = json.loads(os.environ[_HANDOVER])
    from comity.server.app import create_app
    from comity.server.http.gateway import Gateway

    settings = Settings(**handed["settings"])
    app = create_app(Path(handed["store"]), settings, runtime=Path(handed["runtime"]))
    threading.Thread(target=_release_memory, name="memory", daemon=True).start()
    threading.Thread(target=_prepare_readers, args=(app,), name="reader", daemon=True).start()
    return Gateway(app.wsgi_app, settings.threads, settings.body_seconds, settings.stream_seconds)


def _import_application(runtime: Path) -> None:
    """Import what all HTTP processes need before forking them, so that they share its memory."""
    # The metrics library reads this on import, which importing the application causes.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(runtime)
    import_module("comity.server.app")
    # Each process would copy the pages its garbage collector visits.
    gc.freeze()


def _release_memory() -> None:
    """Return freed memory to the system periodically; rendering pages in many threads leaves a lot of it."""
    while True:
        time.sleep(_RELEASE_SECONDS)
        release_free_memory()


def _prepare_readers(app: "Flask") -> None:
    """Preload what all pages of a generation need, at startup and when no changes arrive."""
    from comity.server.http.service import service
    from comity.server.problems import Problem
    from comity.server.web.pages import home
    from comity.server.web.view_context import graph_reader, read_ahead, share_calendar

    before = prepared = ""
    # The templates, compiled, are shared as well.
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(app.extensions["comity"].runtime))
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    with app.app_context():
        if calendar_file(service().runtime).exists():
            # This process replaces one that was killed: requests that wait for it come first.
            time.sleep(_READER_SECONDS)
        with suppress(OSError, StoreError):  # As below.
            read_ahead()
        while True:
            with suppress(Problem, OSError, StoreError):  # Requests report the failure themselves.
                now = service().pool.generation
                if before in ("", now) and now != prepared:
                    reader = graph_reader()
                    reader.prepare()
                    home.prepare(reader)
                    prepared = now
                    share_calendar(reader)
                before = now
                read_ahead()
            time.sleep(_READER_SECONDS)


def serve(
    store_path: Path, host: str = "127.0.0.1", port: int = 8000, settings: Settings | None = None
) -> None:
    """Serve until interrupted or terminated; print the address once requests are answered."""
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.log import LogLevels

    settings = settings or Settings.read()
    host, port = free_address(host, port)
    _allow_files(settings.connections)
    # The store loads while the HTTP processes start; a missing store is reported at once.
    open_store(store_path)
    processes = StoreProcesses(store_path, settings, wait=False)
    announce_process(processes.runtime, "comity")
    os.environ[_HANDOVER] = json.dumps(
        {"store": str(store_path), "settings": asdict(settings), "runtime": str(processes.runtime)}
    )
    _import_application(processes.runtime)
    server_process = os.getpid()
    os.register_at_fork(after_in_child=lambda: _end_with_server(server_process))
    adopt_orphans()
    server = _server_class(processes)(
        "comity.server.serving:application",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        loop=Loops.asyncio,
        workers=settings.processes,
        backpressure=settings.connections,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
        log_level=LogLevels.error,
        websockets=False,
    )
    failures: list[ComityError] = []

    def announce() -> None:
        # A thread running during a fork may hold a lock that the new process would wait for.
        while len(server.wrks) < settings.processes:
            time.sleep(_FORK_SECONDS)
        try:
            _announce(processes, shown(host), port)
        except ComityError as error:
            if not server.interrupt_signal:  # Otherwise it was stopped while the store was loading.
                failures.append(error)
                os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=announce, daemon=True).start()
    try:
        server.serve(target_loader=application, wrap_loader=True)
    finally:
        processes.close()
    if failures:
        raise failures[0]


def _allow_files(connections: int) -> None:
    """Raise the limit on open files, as far as the system permits, to suit a number of connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, 4 * connections + _OTHER_FILES)  # A response may be a file, opened twice.
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == -1 else min(wanted, hard), hard))


def _server_class(processes: StoreProcesses) -> Any:
    """Return granian's server, modified to handle any number of signals and to replace every HTTP process that ends.

    Granian's own handler takes a lock, on which a second signal at the same moment waits forever, and granian gives up
    if a process ends twice within seconds.
    """
    from granian.server import Server

    class PatientServer(Server):  # type: ignore[misc, valid-type]
        """A server whose main loop polls instead of waiting to be notified."""

        def signal_handler_interrupt(self, *_: Any) -> None:
            self.interrupt_signal = True

        def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
            while not self.interrupt_signal:
                time.sleep(_LOOK_SECONDS)
                reap_adopted({processes.supervisor, *(worker.inner.pid for worker in self.wrks)})
                while self.interrupt_children:
                    self._respawn_workers([self.interrupt_children.pop()], spawn_target, target_loader)

    return PatientServer


def _end_with_server(server_process: int) -> None:
    """Reset the signal handlers of a forked HTTP process, and have it killed when the server ends.

    The inherited handlers do nothing. If the server is killed, nothing supervises this process or the store's
    processes any more, and an orderly shutdown would wait for them.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal_at_end_of_parent(server_process, signal.SIGKILL)


def _announce(processes: StoreProcesses, host: str, port: int) -> None:
    """Print the address once a query has been answered.

    :raises ComityError: if the store cannot be served.
    """
    processes.wait()
    reached = "127.0.0.1" if host == "0.0.0.0" else "[::1]" if host == "[::]" else host
    for _ in range(600):
        if _answers(f"http://{reached}:{port}/ready"):
            print(f"Comity is at http://{host}:{port}/", flush=True)
            return
        time.sleep(0.02)


def _answers(address: str) -> bool:
    """Return whether the store is ready, as tested with a query; an empty store counts as ready."""
    try:
        with urllib.request.urlopen(address, timeout=30):
            return True
    except urllib.error.HTTPError as error:
        with error:
            return b"store-empty" in error.read()
    except OSError:
        return False
