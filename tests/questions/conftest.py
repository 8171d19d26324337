"""The real facts in memory, with the snapshots that questions name made in the same store.

A case in a ``.toml`` file is asked of the sample. One whose answer depends on tables that the sample leaves out says
``facts = "all"`` and is asked of all shipped facts, among the tests that take long.
"""

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from comity.iris import PREFIXES
from comity.questions.questions import snapshots_of
from comity.snapshots.graphs import Snapshots, parts_for
from comity.sparql.policy import properties
from comity.store.database import Store, open_store

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


@pytest.fixture(scope="session")
def whole_store(whole_path: Path) -> Store:
    """The store of all shipped facts, open for reading."""
    return open_store(whole_path)
