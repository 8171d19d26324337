"""What the record says of relations: of any two parties, one state on any day."""

from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from comity.iris import PREFIXES, identifier
from comity.periods.in_force import Interval
from comity.schema import select
from comity.store.database import open_store

_PERIODS = """SELECT ?kind ?first ?second ?began ?latest ?ends ?ended {
    VALUES ?kind { co:RelationsPeriod co:BrokenRelationsPeriod co:SuspendedRelationsPeriod }
    ?period a ?kind ; co:firstParty ?first ; co:secondParty ?second ; co:startEarliest ?began ; co:startLatest ?latest
    OPTIONAL { ?period co:endEarliest ?ends ; co:endLatest ?ended } }"""


@pytest.mark.long
def test_no_relations_are_both_in_force_and_broken_or_suspended(whole_path: Path) -> None:
    periods = defaultdict(list)
    for row in select(open_store(whole_path).oxigraph, _PERIODS, PREFIXES):
        days = (row[name].value if row[name] else "" for name in ("began", "latest", "ends", "ended"))
        pair = identifier(row["first"]), identifier(row["second"])
        periods[pair].append((row["kind"].value, Interval.of(*days)))
    both = set()
    for pair, found in periods.items():
        for (first, one), (second, other) in combinations(found, 2):
            shared = one.overlap(other)
            if first != second and shared and shared.start[1] < shared.end[0]:
                both.add((*pair, first, second))
    assert both == set()
