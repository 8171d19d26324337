"""The real facts in memory, with the snapshots that questions name made in the same store."""

from collections.abc import Callable

import pyoxigraph as ox
import pytest

from comity.iris import PREFIXES
from comity.questions.questions import snapshots_of
from comity.snapshots.graphs import Snapshots, parts_for
from comity.sparql.policy import properties

Ask = Callable[[str], ox.QuerySolutions]


@pytest.fixture(scope="session")
def ask(real_memory: ox.Store) -> Ask:
    """Evaluate the text of a question over the real facts."""
    store = ox.Store()
    store.bulk_extend(real_memory)
    snapshots = Snapshots(store)

    def evaluate(sparql: str) -> ox.QuerySolutions:
        if named := snapshots_of(sparql):
            snapshots.make(named, parts_for(properties(sparql, PREFIXES)))
        solutions = store.query(sparql)
        assert isinstance(solutions, ox.QuerySolutions)
        return solutions

    return evaluate
