"""The build of large worlds: the same stages as :mod:`..build`, over files and columns instead of objects.

The store loads facts while more of them are read, and while the core of the shapes, the periods and the closure are
worked out from columns; the constraints in SPARQL and the checks run side by side: two cores both have work. What
comes out is the same store, which a test holds to the ordinary build.
"""

import gc
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity import schema
from comity.bulk.annals import chronicle_of
from comity.bulk.census import Census
from comity.bulk.columns import Columns
from comity.bulk.contradictions import IN_COLUMNS, contradictions
from comity.bulk.joins import Joiner, entail_lines
from comity.bulk.spool import Spool, spooled_builder
from comity.closure.axioms import compile_rules, fact_of
from comity.iris import INFERRED, ONTOLOGY, PERIODS, SHAPES, in_union
from comity.periods.sweep import Sweep, triples
from comity.tables.load import ExistingGraph, assemble
from comity.tables.reader import read_all
from comity.validation.consistency import Finding, checks, findings_of
from comity.validation.constraints import broken, compiled, core
from comity.validation.shapes import read_shapes
from comity.validation.validation import Result, Verdict, result_of

Progress = Callable[[str], None]
#: Threads that load and ask; the engine works without Python's lock.
_HANDS = 2


@dataclass
class Bulk:
    """What a large build found, its quads being in the database already."""

    verdict: Verdict
    counts: dict[str, int]


def build_into(database: ox.Store, folder: Path, progress: Progress) -> Bulk:
    """Take the tables of a folder through the gate into a new database, with periods and closure.

    :raises TableError: when a table cannot be read.
    :raises RefusedError: when the gate refuses the facts.
    """
    work = Path(tempfile.mkdtemp(prefix="comity-build-", dir=Path(tempfile.gettempdir())))
    crew = ThreadPoolExecutor(_HANDS)
    # Millions of objects, all of them needed to the end: looking for garbage among them took a fifth of the time.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _Build(database, work, crew, progress).run(folder)
    finally:
        if collects:
            gc.enable()
        crew.shutdown(cancel_futures=True)
        shutil.rmtree(work, ignore_errors=True)


class _Build:
    """One build: this thread reads and derives, the crew loads files and asks the database."""

    def __init__(self, database: ox.Store, work: Path, crew: ThreadPoolExecutor, progress: Progress) -> None:
        self._database, self._crew, self._progress = database, crew, progress
        self._loads: list[Future[Any]] = []
        self._spool = Spool(work, self._take)

    def run(self, folder: Path) -> Bulk:
        verdict, counts = self._facts(folder)
        columns = self._columns(self._spool.graphs(True))
        results = list(Census(columns).results(read_shapes(core(schema.shapes()))))
        derived, contradictory = self._derive(columns)
        del columns
        self._progress("Loading the facts")
        self._wait()
        self._progress("Holding them against the constraints")
        results += self._breaches()
        verdict.settle(sorted(results, key=str))
        self._progress("Loading what was derived")
        for path in (*self._spool.paths(PERIODS), *self._spool.paths(INFERRED)):
            self._load_into(ox.DefaultGraph(), path)
        self._wait()
        self._progress("Looking for contradictions")
        verdict.refuse_contradictions(sorted(contradictory | self._contradictions()))
        return Bulk(verdict, counts | derived | {"warnings": len(verdict.warnings)})

    def _facts(self, folder: Path) -> tuple[Verdict, dict[str, int]]:
        """Write the facts into files; of the rows, only the place of each thing stays in memory."""
        self._progress("Reading the tables of facts")
        facts = assemble(*read_all(folder), ExistingGraph(spooled_builder(self._spool)))
        for graph, triples_ in ((ONTOLOGY, schema.ontology()), (SHAPES, schema.shapes())):
            self._spool.write(graph, triples_)
        self._spool.close()
        sourced = sum(act.sourced for act in facts.acts)
        counts = {"acts": sourced, "proposed_acts": len(facts.acts) - sourced}
        return Verdict(facts.origin, list(facts.warnings)), counts

    def _take(self, graph: ox.NamedNode, path: Path) -> None:
        """Have the crew load a file that is whole; the default graph waits for what was derived, since the
        constraints speak of facts alone.
        """
        self._load_into(graph, path)
        if in_union(graph) and graph not in (PERIODS, INFERRED):
            self._load_into(ox.DefaultGraph(), path)

    def _load_into(self, target: ox.NamedNode | ox.DefaultGraph, path: Path) -> None:
        load = self._database.bulk_load
        self._loads.append(
            self._crew.submit(load, path=str(path), format=ox.RdfFormat.N_TRIPLES, to_graph=target)
        )

    def _wait(self) -> None:
        for load in self._loads:
            load.result()
        self._loads.clear()

    def _breaches(self) -> list[Result]:
        found = self._crew.map(lambda entry: list(broken(self._database, *entry)), compiled(schema.shapes()))
        return [result_of(one) for some in found for one in some]

    def _contradictions(self) -> set[Finding]:
        asked = [check for check in checks() if check.name not in IN_COLUMNS]
        found = self._crew.map(lambda check: findings_of(check, self._database), asked)
        return {finding for some in found for finding in some}

    def _columns(self, union: list[ox.NamedNode]) -> Columns:
        self._progress("Checking them against the shapes")
        columns = Columns()
        for graph in union:
            for path in self._spool.paths(graph):
                columns.read(path)
        return columns

    def _derive(self, columns: Columns) -> tuple[dict[str, int], set[Finding]]:
        self._progress("Deriving periods")
        periods = Sweep(chronicle_of(columns)).derive()
        self._spool.write(PERIODS, (triple for period in periods for triple in triples(period)))
        self._spool.close()
        del periods
        for path in self._spool.paths(PERIODS):
            columns.read(path)
        self._progress("Reasoning")
        joiner = Joiner(columns, compile_rules(map(fact_of, schema.ontology())))
        counted = _Counted(entail_lines(columns, joiner))
        self._spool.write_lines(INFERRED, counted)
        self._spool.close()
        return {"inferred": counted.number}, set(contradictions(columns, joiner))


class _Counted:
    """Lines that are counted as they pass."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.number = 0

    def __iter__(self) -> "_Counted":
        self._iterator = iter(self._lines)
        return self

    def __next__(self) -> str:
        line = next(self._iterator)
        self.number += 1
        return line
