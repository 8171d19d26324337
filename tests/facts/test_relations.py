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


_SPANNING = """SELECT ?opening ?closing {
    VALUES ?opens { co:EstablishmentOfRelations co:RestorationOfRelations }
    VALUES ?closes {
        co:SeveranceOfRelations co:SuspensionOfRelations co:WithdrawalOfRecognition co:FreezeOfRecognition }
    ?opening a ?opens ; co:actor ?one ; co:object ?other ; co:earliest ?began ; co:latest ?latest .
    FILTER (?began != ?latest)
    { ?closing co:actor ?one ; co:object ?other } UNION { ?closing co:actor ?other ; co:object ?one }
    ?closing a ?closes ; co:earliest ?ends ; co:latest ?ended .
    FILTER (?began <= ?ends && ?ended <= ?latest) }"""


@pytest.mark.long
def test_no_beginning_of_relations_is_dated_so_widely_that_their_end_lies_within(whole_path: Path) -> None:
    found = select(open_store(whole_path).oxigraph, _SPANNING, PREFIXES)
    # Venezuela: both in 1945, and the end in October.
    dated = {
        (row["opening"].value, row["closing"].value) for row in found if "1945-10" not in row["closing"].value
    }
    assert dated == set()
