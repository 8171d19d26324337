"""What falls with a source or an act is what a graph built without it lacks."""

import datetime as dt

import pyoxigraph as ox
import pytest

from comity.errors import UnknownError
from comity.explanation.dependence import depends
from comity.iris import INFERRED, PERIODS

from .test_axiom_proofs import STORY
from .test_rule_proofs import WORLD
from .worlds import node, small

TODAY = dt.date(2020, 1, 1)


def triples(store: ox.Store, graph: ox.NamedNode) -> set[ox.Triple]:
    return {quad.triple for quad in store.quads_for_pattern(None, None, None, graph)}


@pytest.mark.parametrize(
    "path", ["act/Recognition/a/b/2000-01-01", "act/Recognition/a/b/2010-01-01", "polity/d"]
)
def test_what_falls_is_what_a_rebuild_lacks(path: str) -> None:
    whole = small(WORLD)
    falls = depends(whole, node(path), TODAY)
    asserted = triples(whole, node("graph/facts/acts-test")) - falls.asserted
    without = small("\n".join(f"{triple} ." for triple in asserted))
    periods, inferred = triples(whole, PERIODS), triples(whole, INFERRED)
    assert (periods - falls.periods) | falls.opened == triples(without, PERIODS)
    assert inferred - triples(without, INFERRED) == falls.inferred


def test_recognitions_of_today_that_fall_are_named() -> None:
    falls = depends(small(WORLD), node("act/Recognition/a/b/2010-01-01"), TODAY)
    assert falls.recognitions == ()  # the relations of 2012 still imply it
    falls = depends(small(WORLD), node("act/EstablishmentOfRelations/b/a/2012-01-01"), TODAY)
    assert falls.recognitions == (("B", "A"),)
    assert "B recognises A" in falls.as_text()


def test_thing_with_another_source_stays() -> None:
    more = "<https://w3id.org/comity/act/r> co:evidence cos:e3 . cos:e3 a co:Evidence ; co:source cos:two ."
    falls = depends(small(STORY + more), node("source/two"), TODAY)
    assert falls.weakened == ("A recognises B",)
    assert falls.things == ("C severs relations with A", "Report two")
    assert any(str(triple.object).endswith("Retaliation>") for triple in falls.inferred)


def test_nothing_is_known_of_an_unknown_thing() -> None:
    with pytest.raises(UnknownError):
        depends(small(STORY), node("source/none"), TODAY)
