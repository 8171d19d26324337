"""Every derived triple of the real graph has a proof that re-checks, and has it at once."""

import random
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from comity.explanation.explain import Explainer
from comity.iris import INFERRED, PERIODS
from comity.snapshots.graphs import Snapshots

from .checker import Checker
from .worlds import node, real

#: So many triples of a snapshot are drawn.
DRAWN = 3000
SNAPSHOTS = [
    "as-of/2022-07-14",
    "as-of/1975-06-01/possible",
    "as-of/2022-10-05/according-to/ukraine",
    "as-of/2022-10-05/according-to/russia",
    "as-of/2025-06-01/possible/according-to/china",
]


def complaints(quads: list[ox.Quad], view: ox.NamedNode | None = None) -> Iterator[str]:
    """Give what is wrong with the proofs of some triples: that there is none, or that it does not re-check."""
    checker, explainer = Checker(real()), Explainer(real(), widest=None)
    for quad in quads:
        proof = explainer.explain((quad.subject, quad.predicate, quad.object), view)
        try:
            assert proof.status != "not entailed", proof.reason
            checker.check(proof)
        except AssertionError as error:
            yield f"{quad.triple}: {error}"


@pytest.mark.long
@pytest.mark.parametrize("graph", [INFERRED, PERIODS], ids=["inferred", "periods"])
def test_every_triple_has_a_proof(graph: ox.NamedNode) -> None:
    found = list(complaints(list(real().quads_for_pattern(None, None, None, graph))))
    assert not found, f"{len(found)}: {found[:20]}"


@pytest.mark.long
@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_drawn_triples_of_a_snapshot_have_a_proof(snapshot: str) -> None:
    view = node(snapshot)
    Snapshots(real()).make([view.value])
    quads = sorted(real().quads_for_pattern(None, None, None, view), key=str)
    drawn = random.Random(7).sample(quads, min(len(quads), DRAWN))  # all of them take minutes each
    found = list(complaints(drawn, view))
    assert not found, f"{len(found)}: {found[:20]}"
