"""Each kind of axiom entails what OWL 2 RL says, and what would merge or count is refused by name."""

import pyoxigraph as ox
import pytest

from comity.closure.axioms import AxiomError
from comity.iris import PREFIXES
from tests.closure.reasoning import infer

PROLOGUE = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())


def triples(turtle: str) -> set[ox.Triple]:
    full = f"{PROLOGUE}{turtle} ." if turtle else ""
    return {quad.triple for quad in ox.parse(full, format=ox.RdfFormat.TURTLE)}


CASES = {
    "subclass, through two steps": (
        "co:A rdfs:subClassOf co:B . co:B rdfs:subClassOf co:C . cop:x a co:A",
        "cop:x a co:B, co:C",
    ),
    "subproperty": ("co:p rdfs:subPropertyOf co:q . cop:x co:p 'v'", "cop:x co:q 'v'"),
    "domain and range": (
        "co:p rdfs:domain co:A ; rdfs:range co:B . cop:x co:p cop:y",
        "cop:x a co:A . cop:y a co:B",
    ),
    "no literal as subject": ("co:p rdfs:range co:B ; owl:inverseOf co:q . cop:x co:p 'v'", ""),
    "inverse, both ways": (
        "co:p owl:inverseOf co:q . cop:x co:p cop:y . cop:v co:q cop:w",
        "cop:y co:q cop:x . cop:w co:p cop:v",
    ),
    "symmetry": ("co:p a owl:SymmetricProperty . cop:x co:p cop:y", "cop:y co:p cop:x"),
    "transitivity": (
        "co:p a owl:TransitiveProperty . cop:x co:p cop:y . cop:y co:p cop:z . cop:z co:p cop:w",
        "cop:x co:p cop:z, cop:w . cop:y co:p cop:w",
    ),
    "chain of three": (
        "co:r owl:propertyChainAxiom (co:p co:q co:p) ."
        "cop:x co:p cop:y . cop:y co:q cop:z . cop:z co:p cop:w",
        "cop:x co:r cop:w",
    ),
    "chain with the inverse of a property": (
        "co:r owl:propertyChainAxiom ([ owl:inverseOf co:p ] co:q) . cop:x co:p cop:y . cop:x co:q cop:z",
        "cop:y co:r cop:z",
    ),
    "chain that feeds itself": (
        "co:r owl:propertyChainAxiom (co:r co:p) . cop:x co:r cop:y . cop:y co:p cop:z . cop:z co:p cop:w",
        "cop:x co:r cop:z, cop:w",
    ),
    "some value of a class": (
        "[ owl:intersectionOf (co:A [ owl:onProperty co:p ; owl:someValuesFrom co:B ]) ]"
        " rdfs:subClassOf co:C ."
        "cop:x a co:A ; co:p cop:y . cop:y a co:B . cop:z a co:A ; co:p cop:x",
        "cop:x a co:C",
    ),
    "some value at all": (
        "[ owl:onProperty co:p ; owl:someValuesFrom owl:Thing ] rdfs:subClassOf co:C . cop:x co:p cop:y",
        "cop:x a co:C",
    ),
    "either of two classes": (
        "[ owl:unionOf (co:A co:B) ] rdfs:subClassOf co:C . cop:x a co:A . cop:y a co:B",
        "cop:x a co:C . cop:y a co:C",
    ),
    "all values": (
        "co:A rdfs:subClassOf [ owl:onProperty co:p ; owl:allValuesFrom co:B ] . cop:x a co:A ; co:p cop:y",
        "cop:y a co:B",
    ),
    "a given value, both ways": (
        "co:A owl:equivalentClass [ owl:onProperty co:p ; owl:hasValue cop:v ] ."
        "cop:x a co:A . cop:y co:p cop:v",
        "cop:x co:p cop:v . cop:y a co:A",
    ),
    "equivalent properties": (
        "co:p owl:equivalentProperty co:q . cop:x co:p cop:y . cop:z co:q cop:w",
        "cop:x co:q cop:y . cop:z co:p cop:w",
    ),
    "only terms of the ontology": ("co:A rdfs:subClassOf skos:Concept . cop:x a co:A", ""),
    "through terms of others": (
        "co:A rdfs:subClassOf skos:Concept . skos:Concept rdfs:subClassOf co:B . cop:x a co:A",
        "cop:x a co:B",
    ),
}


@pytest.mark.parametrize("reasoner", ["fast", "owlrl"])
@pytest.mark.parametrize("case", CASES)
def test_entailed(case: str, reasoner: str) -> None:
    base, expected = map(triples, CASES[case])
    found = {t for t in infer(base, reasoner) if str(t.subject).startswith(f"<{PREFIXES['cop']}")}
    assert found == expected


@pytest.mark.parametrize(
    "turtle",
    [
        "co:p a owl:FunctionalProperty",
        "co:A owl:hasKey (co:p)",
        "cop:x owl:sameAs cop:y",
        "[ owl:inverseOf co:p ] rdfs:subPropertyOf co:q",
        "[ owl:onProperty co:p ; owl:allValuesFrom co:B ] rdfs:subClassOf co:A",
        "co:A rdfs:subClassOf [ owl:onProperty co:p ; owl:someValuesFrom co:B ]",
        "co:A rdfs:subClassOf [ owl:unionOf (co:B co:C) ]",
        "co:r owl:propertyChainAxiom [ rdf:first co:p ]",
    ],
)
def test_refused(turtle: str) -> None:
    with pytest.raises(AxiomError):
        infer(triples(turtle))
