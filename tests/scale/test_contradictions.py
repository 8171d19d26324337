"""Contradictions found in columns are those that the checks find by asking."""

import pyoxigraph as ox
import pytest
from hypothesis import given, settings

from comity import schema
from comity.bulk.columns import Columns
from comity.bulk.contradictions import IN_COLUMNS, contradictions
from comity.bulk.joins import Joiner
from comity.closure.axioms import compile_rules, fact_of
from comity.closure.entailment import infer
from comity.validation.consistency import Finding, checks, findings
from tests.closure.test_axioms import triples
from tests.closure.test_consistency import PLANTED
from tests.closure.worlds import worlds


def found_in_columns(base: list[ox.Triple]) -> set[Finding]:
    columns = Columns()
    columns.add_triples(base)
    joiner = Joiner(columns, compile_rules(map(fact_of, base)))
    list(joiner.entailed())
    return set(contradictions(columns, joiner))


def asked(base: list[ox.Triple]) -> set[Finding]:
    return {finding for finding in findings(base, infer(base)) if finding.check in IN_COLUMNS}


@pytest.mark.parametrize("check", sorted(IN_COLUMNS))
def test_planted_contradiction_is_found_in_columns(check: str) -> None:
    base = triples(PLANTED[check][0])
    assert {finding.check for finding in found_in_columns(base)} == {check}
    assert found_in_columns(base) == asked(base)


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_columns_find_what_the_checks_find(world: set[ox.Triple]) -> None:
    base = [*schema.ontology(), *world]
    assert found_in_columns(base) == asked(base)


def test_checks_answered_in_columns_are_checks() -> None:
    assert {check.name for check in checks()} > IN_COLUMNS
