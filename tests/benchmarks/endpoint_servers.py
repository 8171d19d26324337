"""The servers that the endpoint is measured against, each started on the same data and ended again."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

BIN = Path(sys.executable).parent
VIRTUOSO_DEFAULT = "urn:comity:default"


@dataclass
class Endpoint:
    """A running server: its name, the address of its queries, and parameters that every request carries."""

    name: str
    address: str
    parameters: dict[str, str] = field(default_factory=dict)

    def url(self, query: str) -> str:
        """The address that asks a query."""
        return f"{self.address}?{urllib.parse.urlencode({'query': query, **self.parameters})}"


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[str], folder: Path, endpoint: Endpoint, wait: float = 90) -> Iterator[Endpoint]:
    with open(folder / f"{endpoint.name.split()[0]}.log", "wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            _await(endpoint, process, wait)
            yield endpoint
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(endpoint: Endpoint, process: "subprocess.Popen[bytes]", wait: float) -> None:
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{endpoint.name} ended at once with {process.returncode}.")
        try:
            with urllib.request.urlopen(endpoint.url("ASK { ?s ?p ?o }"), timeout=5):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise RuntimeError(f"{endpoint.name} did not answer within {wait:g} s.")


@contextmanager
def comity(store: Path, generation: Path, folder: Path) -> Iterator[Endpoint]:
    """Comity as `comity serve` runs it, with every bound in place."""
    port = free_port()
    command = [str(BIN / "comity"), "serve", "--store", str(store), "--port", str(port)]
    with _running(command, folder, Endpoint("comity", f"http://127.0.0.1:{port}/sparql")) as endpoint:
        yield endpoint


@contextmanager
def oxigraph(store: Path, generation: Path, folder: Path) -> Iterator[Endpoint]:
    """The Oxigraph server, read only, on a copy of the same database."""
    port, data = free_port(), folder / "oxigraph"
    shutil.copytree(generation, data)
    command = [str(BIN / "oxigraph"), "serve-read-only", "--location", str(data)]
    command += ["--bind", f"127.0.0.1:{port}"]
    with _running(command, folder, Endpoint("Oxigraph server", f"http://127.0.0.1:{port}/query")) as endpoint:
        yield endpoint


@contextmanager
def rdflib_endpoint(store: Path, generation: Path, folder: Path) -> Iterator[Endpoint]:
    """rdflib-endpoint over Oxigraph, loaded with the default graph."""
    port, file = free_port(), folder / "default.nt"
    _default_graph(generation, file)
    command = [str(BIN / "rdflib-endpoint"), "serve", "--store", "Oxigraph", "--host", "127.0.0.1"]
    command += ["--port", str(port), str(file)]
    with _running(command, folder, Endpoint("rdflib-endpoint", f"http://127.0.0.1:{port}/")) as endpoint:
        yield endpoint


@contextmanager
def virtuoso(store: Path, generation: Path, folder: Path) -> Iterator[Endpoint]:
    """Virtuoso 7 with the default graph as a graph of its own, which every request names."""
    port, sql, home = free_port(), free_port(), folder / "virtuoso"
    home.mkdir()
    _default_graph(generation, home / "default.nt")
    (home / "virtuoso.ini").write_text(_VIRTUOSO.format(home=home, port=port, sql=sql), "utf-8")
    parameters = {"default-graph-uri": VIRTUOSO_DEFAULT, "format": "application/sparql-results+json"}
    endpoint = Endpoint("Virtuoso 7", f"http://127.0.0.1:{port}/sparql", parameters)
    command = ["virtuoso-t", "-f", "-c", str(home / "virtuoso.ini")]
    with _running(command, home, endpoint) as running:
        load = f"DB.DBA.TTLP_MT(file_to_string_output('{home}/default.nt'), '', '{VIRTUOSO_DEFAULT}');"
        arguments = ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", f"exec={load} checkpoint;"]
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
        yield running


_VIRTUOSO = """[Database]
DatabaseFile = {home}/virtuoso.db
ErrorLogFile = {home}/virtuoso.log
LockFile = {home}/virtuoso.lck
TransactionFile = {home}/virtuoso.trx
xa_persistent_file = {home}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {home}/temp.db
TransactionFile = {home}/temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
MaxClientConnections = 80
DirsAllowed = {home}
NumberOfBuffers = 100000
MaxDirtyBuffers = 60000
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {home}
MaxClientConnections = 80
KeepAliveTimeout = 30
MaxKeepAlives = 80
[SPARQL]
ResultSetMaxRows = 10000000
"""


def _default_graph(generation: Path, file: Path) -> None:
    store = ox.Store.read_only(str(generation))
    triples = (quad.triple for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    ox.serialize(triples, str(file), format=ox.RdfFormat.N_TRIPLES)


def missing() -> dict[str, str]:
    """The servers that are not on this machine, with the way to get them."""
    wanted = {
        "Oxigraph server": (BIN / "oxigraph", "pip install oxigraph"),
        "rdflib-endpoint": (BIN / "rdflib-endpoint", "pip install rdflib-endpoint"),
    }
    found = {name: cure for name, (path, cure) in wanted.items() if not path.exists()}
    if not shutil.which("virtuoso-t"):
        found["Virtuoso 7"] = "apt install virtuoso-opensource"
    return found


PEERS = {
    "comity": comity,
    "Oxigraph server": oxigraph,
    "rdflib-endpoint": rdflib_endpoint,
    "Virtuoso 7": virtuoso,
}
