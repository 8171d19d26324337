"""The build of large worlds: the same stages as :mod:`..build`, over files and columns instead of objects.

The store loads the facts and holds them against the constraints in SPARQL while the core of the shapes, the
periods and the closure are worked out from columns: two cores both have work. What comes out is the same store,
which a test holds to the ordinary build.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from ..closure.axioms import compile_rules, fact_of
from ..facts.curation import Ground, assemble
from ..facts.tables import read_all
from ..gate.consistency import findings_in
from ..gate.constraints import breaches, core
from ..gate.shapes import read_shapes
from ..gate.validation import Result, Verdict
from ..periods.sweep import Sweep, triples
from ..vocabulary import schema
from ..vocabulary.names import INFERRED, ONTOLOGY, PERIODS, SHAPES
from .annals import chronicle_of
from .census import Census
from .columns import Columns
from .joins import entail_lines
from .spool import Spool, spooled_assertions

Progress = Callable[[str], None]


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
    try:
        return _Build(database, Spool(work), progress).run(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Build:
    def __init__(self, database: ox.Store, spool: Spool, progress: Progress) -> None:
        self._database, self._spool, self._progress = database, spool, progress

    def run(self, folder: Path) -> Bulk:
        verdict, counts = self._facts(folder)
        union, others = self._spool.graphs(True), self._spool.graphs(False)
        with ThreadPoolExecutor(1) as second:
            constraints = second.submit(self._load_facts, union, others)
            columns = self._columns(union)
            results = list(Census(columns).results(read_shapes(core(schema.shapes()))))
            counts |= self._derive(columns)
            del columns
            self._progress("Loading the facts and holding them against the constraints")
            results += constraints.result()
        verdict.settle(sorted(results, key=str))
        self._progress("Loading what was derived")
        for graph in (PERIODS, INFERRED):
            self._load(graph, True)
        self._progress("Looking for contradictions")
        verdict.refuse_contradictions(findings_in(self._database))
        return Bulk(verdict, counts | {"warnings": len(verdict.warnings)})

    def _facts(self, folder: Path) -> tuple[Verdict, dict[str, int]]:
        """Write the facts into files; of the rows, only the place of each thing stays in memory."""
        self._progress("Reading the tables of facts")
        facts = assemble(*read_all(folder), Ground(spooled_assertions(self._spool)))
        for graph, triples_ in ((ONTOLOGY, schema.ontology()), (SHAPES, schema.shapes())):
            self._spool.write(graph, triples_)
        self._spool.close()
        sourced = sum(act.sourced for act in facts.acts)
        counts = {"acts": sourced, "proposed_acts": len(facts.acts) - sourced}
        return Verdict(facts.origin, list(facts.warnings)), counts

    def _load(self, graph: ox.NamedNode, in_default: bool) -> None:
        path = self._spool.path(graph)
        for target in (graph, ox.DefaultGraph()) if in_default else (graph,):
            self._database.bulk_load(path=str(path), format=ox.RdfFormat.N_TRIPLES, to_graph=target)

    def _load_facts(self, union: list[ox.NamedNode], others: list[ox.NamedNode]) -> list[Result]:
        for graph in (*union, *others):
            self._load(graph, graph in union)
        return [
            (one.severity, [one.value] if isinstance(one.value, ox.NamedNode) else [], None, one.message)
            for one in breaches(self._database, schema.shapes())
        ]

    def _columns(self, union: list[ox.NamedNode]) -> Columns:
        self._progress("Checking them against the shapes")
        columns = Columns()
        for graph in union:
            columns.read(self._spool.path(graph))
        return columns

    def _derive(self, columns: Columns) -> dict[str, int]:
        self._progress("Deriving periods")
        periods = Sweep(chronicle_of(columns)).derive()
        self._spool.write(PERIODS, (triple for period in periods for triple in triples(period)))
        self._spool.close()
        del periods
        columns.read(self._spool.path(PERIODS))
        self._progress("Reasoning")
        rules = compile_rules(map(fact_of, schema.ontology()))
        counted = _Counted(entail_lines(columns, rules))
        self._spool.write_lines(INFERRED, counted)
        self._spool.close()
        return {"inferred": counted.number}


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
