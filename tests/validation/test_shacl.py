"""The compiled shapes find what pyshacl finds, in good facts and in broken ones."""

from collections.abc import Iterable
from functools import cache

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity import schema
from comity.iris import FACTS_PREFIX
from comity.store.database import Store
from comity.validation.report import SPARQL_COMPONENT, ValidationResult
from comity.validation.shacl import ShapeError, compile_shapes, compiled_shapes
from tests.ontology.faults import FAULTS
from tests.ontology.samples import GOOD, graph

from .reference import by_pyshacl

XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIXES = f"""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <{XSD}> . @prefix t: <https://test/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""


def turtle(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PREFIXES + text, format=ox.RdfFormat.TURTLE)]


def compiled(
    triples: Iterable[ox.Triple], shapes: Iterable[ox.Triple] | None = None
) -> set[ValidationResult]:
    """Return what the core of the compiled shapes finds."""
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in triples)
    found = (compiled_shapes() if shapes is None else compile_shapes(shapes)).validate(store)
    return {one for one in found if one.component != SPARQL_COMPONENT}


@cache
def faulty() -> tuple[ox.Triple, ...]:
    """Return good facts and one fault of each kind, with the ontology."""
    text = graph(GOOD + "".join(fault.turtle for fault in FAULTS)).serialize(format="nt")
    quads = ox.parse(text, format=ox.RdfFormat.N_TRIPLES)
    return (*(quad.triple for quad in quads), *schema.ontology())


def test_it_finds_every_fault_that_pyshacl_finds() -> None:
    results = compiled(faulty())
    assert results == by_pyshacl(faulty()) and len(results) > 80


def literal(text: str, datatype: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD + datatype))


VALUES = [
    ox.Literal("x"),
    ox.Literal("word", language="en"),
    ox.NamedNode("https://w3id.org/comity/test/nobody"),
    *(literal(text, "date") for text in ("1850-02-03", "2001-02-30", "2001-02-30x")),
]


def is_compared(triple: ox.Triple) -> bool:
    """Tell whether values are compared: pyshacl fails on, or passes over, what cannot be compared."""
    return triple.predicate.value.endswith(("#lat", "#long", "arliest", "atest"))


@st.composite
def broken_graphs(draw: st.DrawFn) -> list[ox.Triple]:
    """Draw the faulty facts with some triples lost and the values of others changed."""
    facts = faulty()[: -len(schema.ontology())]
    changes = draw(
        st.dictionaries(st.integers(0, len(facts) - 1), st.sampled_from([None, *VALUES]), max_size=60)
    )
    triples = [*schema.ontology()]
    for place, triple in enumerate(facts):
        value = changes.get(place, triple.object)
        if value is not None:
            kept = triple if is_compared(triple) else ox.Triple(triple.subject, triple.predicate, value)
            triples.append(kept)
    return triples


SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=8, suppress_health_check=SLOW)
@given(broken_graphs())
def test_it_finds_what_pyshacl_finds_in_broken_graphs(triples: list[ox.Triple]) -> None:
    assert compiled(triples) == by_pyshacl(triples)


@pytest.mark.long
@settings(max_examples=50, suppress_health_check=SLOW)
@given(broken_graphs())
def test_it_finds_what_pyshacl_finds_in_many_broken_graphs(triples: list[ox.Triple]) -> None:
    assert compiled(triples) == by_pyshacl(triples)


@pytest.mark.long
def test_it_finds_what_pyshacl_finds_in_the_real_facts(real_store: Store) -> None:
    quads = [quad for quad in real_store.oxigraph if str(quad.graph_name).startswith(f"<{FACTS_PREFIX}")]
    triples = [*{quad.triple for quad in quads}, *schema.ontology()]
    assert compiled(triples) == by_pyshacl(triples)


CASES = {
    "counts of two": (
        "sh:property [ sh:path t:p ; sh:minCount 2 ; sh:maxCount 2 ]",
        "t:a t:p 1 . t:b t:p 1, 2 . t:c t:p 1, 2, 3 . t:d a t:C",
    ),
    "nothing allowed": ("sh:property [ sh:path t:p ; sh:maxCount 0 ]", "t:a t:p 1 . t:b t:q 1"),
    "one of two properties": (
        "sh:property [ sh:path [ sh:alternativePath (t:p t:q) ] ; sh:maxCount 1 ; sh:minCount 1 ]",
        "t:a t:p 1 ; t:q 2 . t:b t:q 2 . t:c t:p 1 ; t:q 1 . t:d a t:C",
    ),
    "classes and their subclasses": (
        "sh:property [ sh:path t:p ; sh:class t:C ]",
        "t:a t:p t:b, t:other, t:narrow, 3 . t:b a t:C . t:narrow a t:N . t:N rdfs:subClassOf t:C",
    ),
    "kinds of nodes": ("sh:property [ sh:path t:p ; sh:nodeKind sh:IRIOrLiteral ]", "t:a t:p 1, t:b, [] "),
    "well-formed literals": (
        "sh:property [ sh:path t:p ; sh:datatype xsd:decimal ]",
        "t:a t:p 1.5, 'x'^^xsd:decimal, 3, 'word', t:b",
    ),
    "choices": ("sh:property [ sh:path t:p ; sh:in ('a' t:b 3) ]", "t:a t:p 'a', t:b, 3, '3', 'b', 'a'@en"),
    "ranges": (
        "sh:property [ sh:path t:p ; sh:minInclusive 0 ; sh:maxInclusive 9 ]",
        "t:a t:p 0, 9, 10, -1, 'word'",
    ),
    "texts": (
        "sh:property [ sh:path t:p ; sh:pattern '^a' ; sh:minLength 2 ]",
        "t:a t:p 'a', 'ab', 'b', 12, t:b, [] ",
    ),
    "languages": (
        "sh:property [ sh:path t:p ; sh:uniqueLang true ]",
        "t:a t:p 'a'@en, 'b'@en, 'c', 'd' . t:b t:p 'a'@en, 'a'@de",
    ),
    "pairs of properties": (
        "sh:property [ sh:path t:p ; sh:lessThanOrEquals t:q ; sh:disjoint t:r ]",
        "t:a t:p 1 ; t:q 2 ; t:r 3 . t:b t:p 3 ; t:q 3, 2 ; t:r 3 . t:c t:p 3",
    ),
    "one of several things": (
        "sh:or ([ sh:path t:p ; sh:minCount 1 ] [ sh:path t:q ; sh:minCount 1 ]) ; "
        "sh:property [ sh:path t:p ; sh:or ([ sh:class t:C ] [ sh:class t:D ]) ]",
        "t:a t:q 1 . t:b t:p t:a, t:d, t:x . t:d a t:D . t:c a t:C",
    ),
}


@pytest.mark.parametrize("target", ["sh:targetClass t:C", "sh:targetSubjectsOf t:target"])
@pytest.mark.parametrize("case", CASES)
def test_each_component_is_evaluated_as_by_pyshacl(case: str, target: str) -> None:
    shape, facts = CASES[case]
    focus = " ".join(f"t:{name} a t:C ; t:target 1 ." for name in "abcd")
    shapes = turtle(f"t:shape a sh:NodeShape ; {target} ; {shape} .")
    triples = turtle(f"{facts} . {focus}")
    found, expected = compiled(triples, shapes), by_pyshacl(triples, shapes)
    assert {(one.nodes, one.path, one.component) for one in found} == {
        (one.nodes, one.path, one.component) for one in expected
    }
    assert expected


@pytest.mark.parametrize(
    ("shape", "named"),
    [
        ("sh:targetClass t:C ; sh:closed true", "sh:closed"),
        ("sh:targetClass t:C ; sh:property [ sh:path t:p ; sh:hasValue 1 ]", "sh:hasValue"),
        ("sh:targetClass t:C ; sh:property [ sh:path [ sh:inversePath t:p ] ; sh:minCount 1 ]", "path"),
        ("sh:targetClass t:C ; sh:or ([ sh:path t:p ; sh:datatype xsd:date ])", "sh:or"),
        ("sh:targetNode t:a ; sh:property [ sh:path t:p ; sh:minCount 1 ]", "sh:targetNode"),
        ("sh:targetClass t:C ; sh:sparql [ sh:select 'SELECT $this {}' ]", "sh:sparql"),
        ("sh:targetClass t:C ; sh:property [ sh:path t:p ; sh:property [ sh:path t:q ] ]", "sh:property"),
        ("sh:targetClass t:C ; sh:property [ sh:path t:p ; sh:pattern 'a' ; sh:flags 'i' ]", "sh:flags"),
    ],
)
def test_what_is_not_known_is_refused_by_name(shape: str, named: str) -> None:
    with pytest.raises(ShapeError, match=named):
        compile_shapes(turtle(f"t:shape a sh:NodeShape ; {shape} ."))
