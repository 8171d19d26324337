"""Try the programs that people use on a real server, and write the table: ``python -m tests.clients --write``.

What is not installed is listed as such and does not fail. ``make test-clients`` installs what comes from PyPI and npm.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox

import comity
from comity.api import open_store
from comity.iris import TYPE, graph, term
from tests.changes.serving import serving
from tests.conftest import built
from tests.sample import BUILD, sample_folder

HERE, DOCUMENT = Path(__file__).parent, Path(__file__).parents[2] / "docs" / "clients.md"
INSTALLED = BUILD / "clients"
COMITY = Path(sys.executable).with_name("comity")
_BEGIN, _END = "<!-- clients -->\n", "<!-- end of clients -->\n"
_GRAPH = "facts/acts-kosovo"
_SUFFIXES = ("ttl", "nt", "nq", "trig", "rdf", "jsonld")
_MAPS = {"geojson": "geojson", "gpkg": "geopackage", "parquet": "geoparquet"}
_DAY = ("--as-of", "2022-07-14")
#: How long a program may take, and a query, which a busy machine makes slow.
_SECONDS, _QUERY_SECONDS = 300, "60"
_CLASS = ox.NamedNode("http://www.w3.org/2002/07/owl#Class")


@dataclass
class Outcome:
    """A program, and how each step with it ended."""

    name: str
    version: str
    steps: list[dict[str, str]] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """What went wrong, a sentence each."""
        return [f"{one['tried']}: {one['fault']}" for one in self.steps if one["fault"]]

    def row(self, origin: str) -> str:
        """Return the row of the table."""
        if not self.version:
            return f"| {self.name} | | {origin} | | not installed |"
        tried = "; ".join(one["tried"] for one in self.steps if one["tried"] != "begins")
        result = "; ".join(f"**{one}**" for one in self.faults) or "works"
        cells = (self.name, self.version, origin, tried, result)
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def environments() -> dict[str, tuple[list[str], Path]]:
    """Return by origin of the programs the command that runs them, and the folder in which it does."""
    python = INSTALLED / "venv" / "bin" / "python"
    node = shutil.which("node")
    found: dict[str, tuple[list[str], Path]] = {}
    if python.exists():
        found["PyPI"] = ([str(python), str(HERE / "in_python.py")], HERE)
    if node and (INSTALLED / "npm" / "node_modules").exists():
        # Modules are looked for from where the program lies.
        shutil.copy(HERE / "in_node.mjs", INSTALLED / "npm")
        found["npm"] = ([node, "in_node.mjs"], INSTALLED / "npm")
    found["Debian"] = ([sys.executable, str(HERE / "in_debian.py")], HERE)
    return found


def world(store: Path, files: Path) -> dict[str, Any]:
    """Write the exports into a folder, and return what there is to count in them and at the endpoint."""
    files.mkdir(parents=True, exist_ok=True)

    def write(name: str, *words: str) -> None:
        command = [str(COMITY), *words, "--store", str(store), "--output", str(files / name), "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    exports = {f"kosovo.{suffix}": ("export", "--graph", _GRAPH) for suffix in _SUFFIXES}
    exports |= {name: ("export",) for name in ("whole.nq", "whole.trig", "comity.sqlite")}
    exports |= {f"map.{suffix}": ("map", *_DAY, "--format", form) for suffix, form in _MAPS.items()}
    exports |= {f"network.{form}": ("network", *_DAY, "--format", form) for form in ("graphml", "gexf")}
    exports |= {f"ontology.{suffix}": ("export", "--graph", "ontology") for suffix in ("ttl", "rdf")}
    exports |= {"shapes.ttl": ("export", "--graph", "shapes"), "acts.csv": ("export", "acts")}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for written in [pool.submit(write, name, *words) for name, words in exports.items()]:
            written.result()
    data = open_store(store)
    (files / "facts.ttl").write_bytes(ox.serialize(_facts(data.oxigraph), format=ox.RdfFormat.TURTLE) or b"")

    def count(query: str) -> int:
        return int(comity.query(data, f"SELECT (COUNT(*) AS ?n) {{ {query} }}")[0]["n"])

    classes = data.oxigraph.quads_for_pattern(None, TYPE, _CLASS, graph("ontology"))
    recognition = f"?act a <{term('Recognition').value}> ; co:object cop:kosovo ; co:actor ?actor"
    return {
        "files": str(files),
        "version": comity.__version__,
        "rows": count(recognition),
        "triples": count(f"GRAPH <https://w3id.org/comity/graph/{_GRAPH}> {{ ?s ?p ?o }}"),
        "whole": sum(not isinstance(quad.graph_name, ox.DefaultGraph) for quad in data.oxigraph),
        "classes": sum(isinstance(quad.subject, ox.NamedNode) for quad in classes),
        "acts": sum(1 for _ in csv.DictReader((files / "acts.csv").open(encoding="utf-8", newline=""))),
        "mcp": [str(COMITY), "mcp", "--quiet", "--store", str(store)],
    }


def _facts(store: ox.Store) -> Iterator[ox.Triple]:
    """Yield the facts that shapes hold about parties and what they are described by, with the ontology."""
    for name in ("ontology", "facts/polities", "facts/polity-names", "facts/polity-codes", "facts/sources"):
        yield from (quad.triple for quad in store.quads_for_pattern(None, None, None, graph(name)))


def attempt(command: list[str], folder: Path, name: str, version: str, environ: dict[str, str]) -> Outcome:
    """Try one program in a process of its own."""
    outcome = Outcome(name, version)
    if not version:
        return outcome
    try:
        done = subprocess.run(
            [*command, name], cwd=folder, env=environ, capture_output=True, text=True, timeout=_SECONDS
        )
        lines, complaint = done.stdout, done.stderr[-400:] if done.returncode else ""
    except subprocess.TimeoutExpired as error:
        lines, complaint = str(error.stdout or ""), f"did not end within {_SECONDS} s"
    outcome.steps = [json.loads(line) for line in lines.splitlines() if line.startswith('{"tried"')]
    if complaint or not outcome.steps:
        outcome.steps.append({"tried": "ends", "fault": complaint or "told nothing"})
    return outcome


def try_all(only: str) -> Iterator[tuple[str, Outcome]]:
    """Start the server over a copy of the sample, and try what is installed; yield origin and outcome."""
    # Exports, store and what programs leave are made anew.
    store, files = INSTALLED / "store", INSTALLED / "files"
    for folder in (store, files):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(built(BUILD / "test-store", sample_folder()), store)
    given = [str(COMITY), "token", "add", "clients", "--store", str(store)]
    token = subprocess.run(given, check=True, capture_output=True, text=True).stdout.split()[0]
    counted = world(store, files)
    with serving(store, sample_folder(), COMITY_QUERY_SECONDS=_QUERY_SECONDS) as address:
        environ = os.environ | {"COMITY_CLIENTS": json.dumps(counted | {"address": address, "token": token})}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for origin, (command, folder) in environments().items():
                listed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
                found = json.loads(listed.stdout)
                runs = [
                    pool.submit(attempt, command, folder, name, version, environ)
                    for name, version in found.items()
                    if only.lower() in name.lower()
                ]
                for run in runs:
                    yield origin, run.result()


def main(words: list[str]) -> int:
    """Print how each program fared; return 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table into docs/clients.md")
    parser.add_argument("--only", default="", help="try the programs whose name has this text in it")
    options = parser.parse_args(words)
    begun = time.monotonic()
    lines = ["| program | version | from | what was tried | result |", "|---|---|---|---|---|"]
    failed = missing = works = 0
    for origin, outcome in try_all(options.only):
        lines.append(outcome.row(origin))
        for fault in outcome.faults:
            print(f"{outcome.name} {outcome.version}: {fault}", flush=True)
        if not outcome.version:
            print(f"{outcome.name} ({origin}): not installed", flush=True)
        failed += bool(outcome.faults)
        missing += not outcome.version
        works += bool(outcome.version) and not outcome.faults
    if options.write:
        text = DOCUMENT.read_text("utf-8")
        before, after = text.split(_BEGIN)[0], text.split(_END)[1]
        DOCUMENT.write_text(before + _BEGIN + "\n".join(lines) + "\n" + _END + after, "utf-8")
    print(
        f"Programs: {works} work, {failed} fail, {missing} not installed, in {time.monotonic() - begun:.0f} s."
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
