"""Reading most of a generation, for changes of thousands of acts.

The engine does not hold the interpreter's lock while it writes a graph as text or reads text, so other threads do that
beside the one that computes the change; quads that are read one by one would take twice the time of that one.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyoxigraph as ox

from comity.iris import INFERRED, ONTOLOGY, PERIODS, is_facts

_TEXT = ox.RdfFormat.N_TRIPLES
_THREADS = 2


class BulkReader:
    """The assertions of a generation in memory, and what was derived from them, which is read in the meantime."""

    def __init__(self, store: ox.Store) -> None:
        """Read the assertions of a store, and begin to read the rest."""
        self._store = store
        #: Facts and ontology, by graph.
        self.assertions = ox.Store()
        # Text has other names for blank nodes, of which only the ontology has any.
        self.assertions.bulk_extend(store.quads_for_pattern(None, None, None, ONTOLOGY))
        pool = ThreadPoolExecutor(_THREADS)
        list(pool.map(self._copy, filter(is_facts, store.named_graphs())))
        self._derived: dict[ox.NamedNode, Callable[[], bytes]]
        self._derived = {name: pool.submit(self._text, name).result for name in (PERIODS, INFERRED)}
        pool.shutdown(wait=False)

    def derived(self, graph: ox.NamedNode) -> frozenset[ox.Triple]:
        """Return the triples of one of the graphs of periods and of inferred triples."""
        return frozenset(quad.triple for quad in ox.parse(self._derived[graph](), format=_TEXT, lenient=True))

    def _copy(self, graph: ox.NamedNode) -> None:
        self.assertions.load(self._text(graph), format=_TEXT, to_graph=graph, lenient=True)

    def _text(self, graph: ox.NamedNode) -> bytes:
        text = self._store.dump(format=_TEXT, from_graph=graph)
        assert text is not None
        return text
