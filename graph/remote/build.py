"""The build into an engine: derived locally, like every build, and sent graph by graph.

The facts are validated before anything is sent. Each step is recorded in a graph of the engine itself, so that an
interrupted build resumes where it stopped; repeating a step is harmless. Readers find a stamp, and so a store, only
when all steps are done.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.build import derive_generation
from comity.derivation import Progress
from comity.errors import Problem
from comity.iris import BASE, INFERRED, in_union
from comity.remote.endpoint import Endpoint, read_address
from comity.remote.store import (
    BUILD_LOG,
    DONE,
    SENDING,
    STAMP,
    UNION,
    begin_graphs,
    check_foreign,
    graphs,
    graphs_begun,
    read_stamp,
)
from comity.store.database import batches
from comity.tables.load import load


@dataclass
class RemoteReport:
    """The result of a build into an engine."""

    unchanged: bool
    meta: dict[str, Any]
    warnings: list[Problem] = field(default_factory=list)


def build_remote(
    address: str, folder: Path, wanted: str, progress: Progress, force: bool = False
) -> RemoteReport:
    """Build the store inside an engine from tables of facts, or resume an interrupted build.

    :param wanted: the digest of all inputs of the build.
    :raises ValidationError: if the facts violate a shape or contradict each other; the engine is then not touched.
    :raises RemoteError: if the engine cannot be reached.
    """
    endpoint = Endpoint(read_address(address))
    before = read_stamp(endpoint)
    if before and before["hash"] == wanted and not force:
        return RemoteReport(True, before)
    progress("Reading the tables of facts")
    facts = load(folder)
    quads, report = derive_generation(facts, "fast", progress)
    counts = {
        "warnings": len(report.warnings),
        "acts": sum(act.sourced for act in facts.acts),
        "inferred": sum(quad.graph_name == INFERRED for quad in quads),
    }
    upload = _Upload(endpoint, wanted, progress)
    contents = _contents(quads)
    upload.begin(force, [name.value for name in contents])
    upload.send(contents)
    counts["quads"] = len(contents[UNION])
    return RemoteReport(False, upload.finish(counts), report.warnings)


#: The lines of each graph, in order and without duplicates.
Contents = dict[ox.NamedNode, dict[str, None]]


def _contents(quads: Iterable[ox.Quad]) -> Contents:
    """Return the data to send: each graph by name, and finally the union."""
    contents: Contents = {}
    union: dict[str, None] = {}
    for quad in quads:
        assert isinstance(quad.graph_name, ox.NamedNode)
        line = _line(quad)
        contents.setdefault(quad.graph_name, {})[line] = None
        if in_union(quad.graph_name):
            union[line] = None
    return contents | {UNION: union}


class _Upload:
    """The upload of a build, recorded step by step in the engine."""

    def __init__(self, endpoint: Endpoint, wanted: str, progress: Progress) -> None:
        self._endpoint, self._wanted, self._progress = endpoint, wanted, progress
        self._done: set[str] = set()

    def begin(self, force: bool, names: Sequence[str]) -> None:
        """Determine which steps of this build are done; remove leftovers of another build, and nothing else.

        :param names: the graphs to send.
        :raises RemoteError: if one of them exists that no build created.
        """
        rows = self._endpoint.select(
            f"SELECT ?step WHERE {{ GRAPH {BUILD_LOG} {{ {UNION} <{DONE}> ?step }} }}"
        )
        steps = {row["step"].value for row in rows}
        if self._wanted in steps and not force and read_stamp(self._endpoint) is None:
            self._done = steps
            self._progress(f"Resuming after {len(steps)} steps")
            return
        begun = graphs_begun(self._endpoint)
        check_foreign(self._endpoint, set(names) - begun)
        # The log is dropped last, so that a build interrupted here still knows what to remove.
        for name in (*sorted(begun & graphs(self._endpoint).keys()), BUILD_LOG.value):
            self._endpoint.update(f"DROP SILENT GRAPH <{name}>")
        begin_graphs(self._endpoint, names)
        self._note(self._wanted)

    def _note(self, step: str) -> None:
        self._endpoint.update(f'INSERT DATA {{ GRAPH {BUILD_LOG} {{ {UNION} <{DONE}> "{step}" }} }}')
        self._done.add(step)

    def send(self, contents: Contents) -> None:
        """Send each graph by name."""
        for name, lines in contents.items():
            step = SENDING + name.value.removeprefix(BASE)
            if step not in self._done:
                self._progress(step)
                self._add(name.value, lines)
                self._note(step)

    def _add(self, name: str, lines: Iterable[str]) -> None:
        for batch in batches(lines, self._endpoint.batch):
            self._endpoint.add(name, batch)

    def finish(self, counts: dict[str, int]) -> dict[str, Any]:
        """Write the stamp, which completes the store."""
        meta = {"hash": self._wanted, "reasoner": "fast", "version": version("comity"), "counts": counts}
        stamp = ox.Literal(json.dumps(meta, sort_keys=True))
        self._endpoint.update(f"INSERT DATA {{ GRAPH {BUILD_LOG} {{ {UNION} <{STAMP}> {stamp} }} }}")
        return meta


def _line(quad: ox.Quad) -> str:
    """Return a triple as a line of N-Triples whose blank nodes have IRIs, so that it can be sent in any batch."""
    terms = (_skolemised(term) for term in (quad.subject, quad.predicate, quad.object))
    return f"{' '.join(terms)} .\n"


def _skolemised(term: object) -> str:
    if isinstance(term, ox.BlankNode):
        return f"<{BASE}.well-known/genid/{re.sub(r'[^A-Za-z0-9]', '', term.value)}>"
    return str(term)
