"""Derived triples of the real graph, drawn from all of them, have proofs that re-check, and have them at once."""

import random
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from comity.explanation.explain import Explainer
from comity.iris import INFERRED, PERIODS
from comity.snapshots.graphs import Snapshots

from .checker import Checker
from .worlds import node, real

#: So many triples of a stored graph and of a snapshot are drawn; all of them take many minutes.
DRAWN, DRAWN_OF_SNAPSHOT = 6000, 2000
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


def drawn(graph: ox.NamedNode, most: int) -> list[ox.Quad]:
    quads = sorted(real().quads_for_pattern(None, None, None, graph), key=str)
    return random.Random(7).sample(quads, min(len(quads), most))


@pytest.mark.long
@pytest.mark.parametrize("graph", [INFERRED, PERIODS], ids=["inferred", "periods"])
def test_triples_of_a_graph_have_a_proof(graph: ox.NamedNode) -> None:
    found = list(complaints(drawn(graph, DRAWN)))
    assert not found, f"{len(found)}: {found[:20]}"


@pytest.mark.long
@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_triples_of_a_snapshot_have_a_proof(snapshot: str) -> None:
    view = node(snapshot)
    Snapshots(real()).make([view.value])
    found = list(complaints(drawn(view, DRAWN_OF_SNAPSHOT), view))
    assert not found, f"{len(found)}: {found[:20]}"
