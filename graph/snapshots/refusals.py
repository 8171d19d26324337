"""The statuses that are refusals (:mod:`comity.periods.events`), read from a store for panels and pages."""

import pyoxigraph as ox

from comity.iris import SKOS, term
from comity.periods.events import read_events

_DEFAULT = ox.DefaultGraph()


def refusing_statuses(store: ox.Store) -> frozenset[str]:
    """Return the IRIs of the statuses that constitute a refusal when claimed of a polity."""
    scheme = [
        quad
        for predicate in (ox.NamedNode(SKOS + "broader"), term("incompatibleWith"))
        for quad in store.quads_for_pattern(None, predicate, None, _DEFAULT)
    ]
    return read_events(scheme).refusing
