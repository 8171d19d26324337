"""What clients make up in any length and number is not kept for good."""

from collections.abc import Callable

import pytest

from comity import edtf, iris
from comity.caching import LONGEST, cached_if_short
from comity.server.web.models.graph_reader import GraphReader
from comity.store.database import Store

LONG = "x" * (LONGEST + 1)


def test_results_for_short_texts_are_kept_and_those_for_long_ones_are_not() -> None:
    made = cached_if_short(2)(lambda text: [text])
    assert made("a") is made("a") and made(LONG) == made(LONG) and made(LONG) is not made(LONG)


@pytest.mark.parametrize(
    ("function", "long"),
    [(iris.graph, LONG), (iris.polity, LONG), (edtf.bounds, f"[{','.join(['1991'] * LONGEST)}]")],
)
def test_no_iri_or_date_of_a_long_text_is_kept(function: Callable[[str], object], long: str) -> None:
    assert function("1991") is function("1991") and function(long) is not function(long)


def test_the_absence_of_a_name_is_not_kept(real_store: Store) -> None:
    reader = GraphReader(real_store.oxigraph, real_store.generation, real_store.meta)
    assert [reader.name(f"{iris.BASE}polity/none-{number}") for number in range(3)] == [""] * 3
    assert reader.label(iris.polity("none").value) == "none" and not reader._labels
