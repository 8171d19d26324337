"""What a set of triples entails, for the tests that compare entailments."""

from collections.abc import Collection

from pyoxigraph import Triple

from comity.closure.entailment import Reasoner, entail


def infer(base: Collection[Triple], reasoner: Reasoner = "fast") -> set[Triple]:
    """Return the new triples that the axioms among the base entail from its facts."""
    return set(entail(base, base, reasoner).triples)
