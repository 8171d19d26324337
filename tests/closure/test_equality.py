"""The default reasoner gives exactly what owlrl gives."""

import pyoxigraph as ox
import pytest
from comity.graph.closure import infer
from hypothesis import HealthCheck, given, settings

from .worlds import axioms, worlds

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def assert_equal_to_owlrl(world: set[ox.Triple]) -> None:
    base = world | axioms()
    fast, reference = infer(base), infer(base, "owlrl")
    assert fast == reference, f"missing {reference - fast}, extra {fast - reference}"


@settings(max_examples=8, deadline=None, suppress_health_check=SLOW)
@given(worlds())
def test_small_worlds_close_alike(world: set[ox.Triple]) -> None:
    assert_equal_to_owlrl(world)


@pytest.mark.long
@settings(max_examples=120, deadline=None, suppress_health_check=SLOW)
@given(worlds(40))
def test_larger_worlds_close_alike(world: set[ox.Triple]) -> None:
    assert_equal_to_owlrl(world)
