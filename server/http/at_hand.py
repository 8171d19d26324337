"""The default graph at hand: answers queries that are proven cheap in the HTTP process itself.

Handing a query over to a worker costs more than most point queries do. Workers are there because a query may run for
ever or take all memory; one that :mod:`..query.cheap` proves to be cheap can do neither. The first of a kind is
answered as in a worker: the same text of the query, the same engine, the same data. Where it succeeds, those that
differ only in their constants go the way of :mod:`.adjacency`.
"""

import threading
import time
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from comity.iris import BASE
from comity.server.http.adjacency import Adjacency
from comity.server.processes.client import Result
from comity.server.processes.dataset import default_graph_of
from comity.server.processes.evaluation import serialised
from comity.server.processes.protocol import QueryCall, ResultHead
from comity.sparql.cheap import Cheapness, Degree
from comity.store import database as stores

#: A process that is asked less than this has no need of the graph.
_WORTH_IT = 50
_JSON_HEAD = ResultHead("solutions", "json")
#: A generation is loaded once it has been current for so long; while many changes come in, workers answer.
_SETTLED_SECONDS = 2.0
_DEGREES = """SELECT ?property (MAX(?n) AS ?branches) (MAX(?all) AS ?walk) WHERE {
  { SELECT ?end ?property (COUNT(*) AS ?n) WHERE { %s } GROUP BY ?end ?property }
  { SELECT ?end (COUNT(*) AS ?all) WHERE { %s } GROUP BY ?end }
} GROUP BY ?property"""


def degrees_of(store: ox.Store) -> dict[str, Degree]:
    """The degrees of all properties of a default graph; those of any property under the empty name."""
    ends = []
    for pattern in ("?end ?property ?other", "?other ?property ?end"):
        query = _DEGREES % (pattern, pattern.replace("?property", "?any"))
        rows = store.query(query)
        assert isinstance(rows, ox.QuerySolutions)
        ends.append({row[0].value: (int(row[1].value), int(row[2].value)) for row in rows})
    subjects, objects = ends
    found = {
        name: Degree(subjects[name][0], objects[name][0], subjects[name][1], objects[name][1])
        for name in subjects
    }
    most_of_subject = max((degree.walk_of_subject for degree in found.values()), default=0)
    most_of_object = max((degree.walk_of_object for degree in found.values()), default=0)
    return found | {"": Degree(most_of_subject, most_of_object, most_of_subject, most_of_object)}


class _Held(NamedTuple):
    """One generation's default graph, for the engine and by its terms, and what is cheap in it."""

    generation: str
    store: ox.Store
    adjacency: Adjacency
    cheapness: Cheapness


class AtHand:
    """The default graph of the current generation, in the memory of this process, once it is worth it."""

    def __init__(self, store_path: Path, most_quads: int) -> None:
        self._store_path = store_path
        self._most = most_quads
        self._asked = 0
        self._held: _Held | None = None
        self._lock = threading.Lock()
        self._left_to_workers = ""
        self._loading = False

    def answer(self, call: QueryCall, generation: str) -> Result | None:
        """The answer to a query without dataset that is proven cheap; None where a worker has to answer."""
        held = self._held
        if held is None or held.generation != generation:
            self._want(generation)
            return None
        cheap = held.cheapness.proven(call.text)
        if cheap is None:
            return None
        proof = cheap.proof
        if proof.tried and proof.plan is not None and call.result_format == "json":
            body = held.adjacency.select(proof.plan, cheap.parts)
            if body is not None:
                return Result(_JSON_HEAD, body, generation)
        try:
            result = held.store.query(call.text, base_iri=BASE, prefixes=proof.shape.undeclared)
            written = serialised(result, call)
        except (SyntaxError, ValueError, RuntimeError):
            # A worker says it in words.
            return None
        proof.tried = True
        return written and Result(*written, generation)

    def _want(self, generation: str) -> None:
        self._asked += 1
        if self._asked < _WORTH_IT or self._loading or generation == self._left_to_workers:
            return
        with self._lock:
            if not self._loading:
                self._loading = True
                threading.Thread(target=self._settle, args=(generation,), daemon=True).start()

    def _settle(self, generation: str) -> None:
        """Load a generation that is still current after a while."""
        self._held = None
        try:
            time.sleep(_SETTLED_SECONDS)
            if stores.current(self._store_path) == generation:
                self._held = self._load(generation)
                self._left_to_workers = "" if self._held else generation
        finally:
            self._loading = False

    def _load(self, generation: str) -> "_Held | None":
        counts = (stores.stamp(self._store_path, generation) or {}).get("counts", {})
        if counts.get("quads", 0) > self._most:
            return None
        try:
            disk = ox.Store.read_only(str(self._store_path / "generations" / generation))
        except OSError:
            # It went away: a later one is current by now.
            return None
        memory = default_graph_of(disk)
        adjacency = Adjacency(memory.quads_for_pattern(None, None, None))
        return _Held(generation, memory, adjacency, Cheapness(degrees_of(memory)))
