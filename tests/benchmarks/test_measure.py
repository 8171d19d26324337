"""The figures of the benchmarks: percentiles, spreads, counts, and addresses that exist."""

import pytest

from comity.store.database import Store
from tests.benchmarks.figures import lines, pattern_lines
from tests.benchmarks.measure import Spread, percentile
from tests.benchmarks.pages import addresses


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2), (0.75, 3), (0.95, 4), (1.0, 4)])
def test_a_percentile_is_the_least_value_that_the_share_does_not_exceed(share: float, expected: int) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], share) == expected


def test_a_spread_shows_its_bounds_only_where_they_differ() -> None:
    assert str(Spread((3.04, 1.0, 2.0))) == "2.0 (1.0–3.0)"
    assert str(Spread((2.0,))) == "2.0"


def test_lines_are_counted_below_the_folders_named() -> None:
    number, files = lines("*.rq", "queries/questions")
    assert files > 60 and number > 10 * files
    assert 5 < pattern_lines("who-recognises") < number


def test_every_kind_of_page_gets_an_address_from_the_store(real_store: Store) -> None:
    found = addresses(real_store.oxigraph)
    assert not [address for address in found.values() if "//" in address or "None" in address]
    assert found["Recognition"].startswith("/act/recognition/")
