"""A change of one act to the real graph costs a fraction of a second, and a tenth of a rebuild at most."""

import shutil
import statistics
import time
from pathlib import Path

import pytest

from comity.graph.build import build
from comity.graph.changes import Changes

from .world import add, row


@pytest.mark.long
def test_one_act_costs_less_than_three_tenths_of_a_second(real_path: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(real_path, store)
    changes = Changes(store)
    changes.recover()
    times = []
    for day in range(1, 22):
        began = time.perf_counter()
        add(changes, row("vote", "nauru", "kosovo", f"2031-03-{day:02}", f"https://votes.example/{day}"))
        times.append(time.perf_counter() - began)
    began = time.perf_counter()
    build(tmp_path / "rebuilt")
    rebuild = time.perf_counter() - began
    median = statistics.median(times[1:])
    print(f"one act {median * 1000:.0f} ms, a rebuild {rebuild:.1f} s")
    assert median <= 0.3
    assert median <= rebuild / 10
