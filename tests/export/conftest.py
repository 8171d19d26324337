"""The standings of the real facts, read once."""

import pytest

from comity.export.dyads import Dyads
from comity.store.database import Store


@pytest.fixture(scope="session")
def real_dyads(real_store: Store) -> Dyads:
    return Dyads(real_store.oxigraph)
