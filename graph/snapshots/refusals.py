"""What counts as refusing to hold a polity to be a state: one definition, for pages, panels and networks alike.

Silence refuses nothing. A refusal is a sourced claim in force whose status excludes, by the table of statuses, a
state or a sovereign state. Who leaves a status open, or names a territory not yet self-governing, refuses nothing
by that; nor does who calls a territory occupied or a government unlawful, which states can be, too.
"""

import pyoxigraph as ox

from comity.iris import PREFIXES

_STATUSES = """
SELECT DISTINCT ?status WHERE {
  VALUES ?stateness { cost:state cost:sovereign-state }
  ?status skos:broader*/co:incompatibleWith ?stateness .
  FILTER (?status NOT IN (cost:territory-of-undetermined-status, cost:non-self-governing-territory))
}"""


def refusing_statuses(store: ox.Store) -> frozenset[str]:
    """Give the IRIs of the statuses that are a refusal when somebody gives them to a polity."""
    solutions = store.query(_STATUSES, prefixes=PREFIXES)
    assert isinstance(solutions, ox.QuerySolutions)
    return frozenset(solution["status"].value for solution in solutions)
