"""What public requests cost the HTTP process that answers them, whatever their parameters."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.benchmarks.measure import own_store, served
from tests.benchmarks.processor import Measured, all_targets, measure

#: The seconds of a processor that an address may take, and those that a million additions take where they are meant.
_MOST, _MILLION = 0.3, 0.05


def slowness() -> float:
    """How many times longer than meant a processor takes here and now."""
    began = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number
    return max(1.0, (time.process_time() - began) / _MILLION)


def _three_times(first: Measured, address: str, pid: int) -> Iterator[Measured]:
    yield first
    yield from measure(address, pid, [first.target] * 2, ["gzip"])


@pytest.mark.long
def test_no_route_takes_the_http_process_long_whatever_its_parameters(real_path: Path) -> None:
    dear = []
    with (
        own_store(real_path) as store,
        served(store, COMITY_PROCESSES="1", COMITY_CACHE_MIB="0") as (address, pid),
    ):
        # Of each path one address: all of them, in each format, are for the benchmark.
        targets = {urlsplit(one).path: one for one in all_targets(address, store, thorough=False)}
        for one in measure(address, pid, list(targets.values()), ["gzip"]):
            assert one.status < 500 or one.status in (503, 504), one
            # What else runs on the machine only adds to a time, so an address costs the least of what it took.
            if not any(again.most <= _MOST * slowness() for again in _three_times(one, address, pid)):
                dear.append(str(one))
    assert len(targets) > 100 and not dear
