"""Every derived triple of the real graph has a proof that re-checks, and has it at once."""

import time
from collections.abc import Iterable

import pyoxigraph as ox
import pytest

from comity.graph.names import INFERRED, PERIODS

from .checker import Checker
from .worlds import explainer, real

#: Seconds that an explanation may take.
PROMPT = 0.05


def prove_all(quads: Iterable[ox.Quad], graph: ox.NamedNode | None = None) -> list[str]:
    """Give the complaints: triples that have no proof, whose proof does not re-check, or takes too long."""
    checker, complaints = Checker(real()), []
    for quad in quads:
        start = time.perf_counter()
        proof = explainer().explain((quad.subject, quad.predicate, quad.object), graph)
        took = time.perf_counter() - start
        try:
            assert proof.status != "not entailed", f"no proof: {proof.sentence}"
            checker.check(proof)
        except AssertionError as error:
            complaints.append(str(error))
        if took > PROMPT:
            complaints.append(f"{took:.3f} s: {proof.sentence}")
    return complaints


@pytest.mark.long
@pytest.mark.parametrize("graph", [INFERRED, PERIODS], ids=["inferred", "periods"])
def test_every_triple_has_a_proof(graph: ox.NamedNode) -> None:
    complaints = prove_all(real().quads_for_pattern(None, None, None, graph))
    assert not complaints, f"{len(complaints)}: {complaints[:20]}"
