"""Planted contradictions are found, with their culprits, and consistent facts raise no alarm."""

from collections.abc import Iterable

import pyoxigraph as ox
import pytest

from comity import schema
from comity.closure.entailment import entail
from comity.iris import BASE
from comity.validation.contradictions import CHECK, check_consistency, checks
from comity.validation.report import ValidationResult
from tests.closure.reasoning import infer
from tests.closure.test_axioms import triples

PLANTED = {
    "disjoint-classes": (
        "co:A owl:disjointWith co:B . co:C rdfs:subClassOf co:B . cop:x a co:A, co:C",
        {"polity/x"},
    ),
    "all-disjoint-classes": (
        "[] a owl:AllDisjointClasses ; owl:members (co:A co:B co:C) . cop:x a co:A, co:C",
        {"polity/x"},
    ),
    "disjoint-properties": (
        "co:p owl:propertyDisjointWith co:q . co:r rdfs:subPropertyOf co:q . cop:x co:p cop:y ; co:r cop:y",
        {"polity/x", "polity/y"},
    ),
    "irreflexive": ("co:p a owl:IrreflexiveProperty . cop:x co:p cop:x", {"polity/x"}),
    "asymmetric": (
        "co:p a owl:AsymmetricProperty . cop:x co:p cop:y . cop:y co:p cop:x",
        {"polity/x", "polity/y"},
    ),
    "nothing": ("co:A rdfs:subClassOf owl:Nothing . cop:x a owl:Nothing", {"polity/x"}),
    "circular-answers": (
        "co:consequentTo a owl:TransitiveProperty . co:inResponseTo rdfs:subPropertyOf co:consequentTo ."
        "coa:x co:inResponseTo coa:y . coa:y co:inResponseTo coa:z . coa:z co:inResponseTo coa:x",
        {"act/x", "act/y", "act/z"},
    ),
}


def contradictions(
    base: Iterable[ox.Triple], inferred: Iterable[ox.Triple], complaints: Iterable[str] = ()
) -> frozenset[ValidationResult]:
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in (*base, *inferred))
    return check_consistency(store, complaints)


def names(found: Iterable[ValidationResult]) -> set[str]:
    return {one.component.removeprefix(CHECK) for one in found}


def culprits(found: Iterable[ValidationResult], check: str) -> set[str]:
    iris = {iri for one in found if one.component == CHECK + check for iri in one.nodes}
    return {iri.removeprefix(BASE) for iri in iris if "ontology#" not in iri}


@pytest.mark.parametrize("check", PLANTED)
def test_planted_contradiction_is_found_with_its_culprits(check: str) -> None:
    base = triples(PLANTED[check][0])
    found = contradictions(base, infer(base))
    assert names(found) == {check}
    assert culprits(found, check) == PLANTED[check][1]


def test_every_check_has_a_planted_contradiction() -> None:
    # owl:sameAs is refused before any reasoning, so that one is planted without a closure
    same = triples("cop:x owl:sameAs cop:y . cop:y owl:differentFrom cop:x")
    assert culprits(contradictions(same, ()), "same-and-different") == {"polity/x", "polity/y"}
    assert {check.name for check in checks()} == {*PLANTED, "same-and-different"}


def test_message_names_the_row_and_the_cure() -> None:
    base = triples(PLANTED["disjoint-classes"][0])
    assert [str(one) for one in contradictions(base, infer(base))] == [
        "polity/x is a co:A and a co:B, which are disjoint. Correct the row that makes it one of them."
    ]


def test_complaints_of_owlrl_are_told_once() -> None:
    base = triples("co:p a owl:AsymmetricProperty . cop:x co:p cop:y . cop:y co:p cop:x")
    found = entail(base, base, "owlrl")
    assert found.complaints
    assert names(contradictions(base, found.triples, found.complaints)) == {"asymmetric"}


def test_complaint_that_no_check_makes_is_passed_on() -> None:
    base = triples("cop:x co:p '2022-13-45'^^xsd:date")
    found = entail(base, base, "owlrl")
    assert names(contradictions(base, found.triples, found.complaints)) == {"owlrl"}


def test_ontology_contradicts_nothing() -> None:
    assert contradictions(schema.ontology(), infer(schema.ontology())) == frozenset()
