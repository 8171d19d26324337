"""The census of columns finds what pyshacl finds."""

import random
import re
from collections import Counter
from functools import cache

import pyoxigraph as ox
import pytest

from comity import schema
from comity.bulk.census import Census, Result
from comity.bulk.columns import Columns
from comity.iris import FACTS_PREFIX
from comity.store.database import Store
from comity.validation.constraints import core
from comity.validation.shapes import ShapeError, read_shapes
from comity.validation.validation import core_results_of_pyshacl
from tests.ontology.faults import FAULTS
from tests.ontology.samples import GOOD, graph


def found(results: list[Result]) -> Counter[str]:
    return Counter(map(str, results))


def by_census(triples: list[ox.Triple]) -> Counter[str]:
    columns = Columns()
    columns.add_triples([*triples, *schema.ontology()])
    return found(list(Census(columns).results(read_shapes(core(schema.shapes())))))


def by_pyshacl(triples: list[ox.Triple]) -> Counter[str]:
    quads = [ox.Quad(*triple) for triple in (*triples, *schema.ontology())]
    return found(list(core_results_of_pyshacl(quads)))


@cache
def faulty() -> tuple[ox.Triple, ...]:
    text = graph(GOOD + "".join(fault.turtle for fault in FAULTS)).serialize(format="nt")
    return tuple(quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES))


def test_it_finds_every_fault_that_pyshacl_finds() -> None:
    results = by_census(list(faulty()))
    assert results == by_pyshacl(list(faulty())) and len(results) > 80


VALUES = [
    ox.Literal("x"),
    ox.Literal("2001-02-30x", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")),
    ox.Literal("1850-02-03", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")),
    ox.Literal("word", language="en"),
    ox.NamedNode("https://w3id.org/comity/test/nobody"),
]


def is_ordered(triple: ox.Triple) -> bool:
    """Tell whether values are compared here: pyshacl fails on, or passes over, what cannot be compared."""
    return re.search(r"#(lat|long)$|(arliest|atest)$", triple.predicate.value) is not None


@pytest.mark.parametrize("seed", range(4))
def test_it_finds_what_pyshacl_finds_wherever_values_are_lost_or_changed(seed: int) -> None:
    drawn, triples = random.Random(seed), list(faulty())
    for _ in range(60):
        old = triples.pop(drawn.randrange(len(triples)))
        value = drawn.choice([None, *VALUES])
        if value is not None and not is_ordered(old):
            triples.append(ox.Triple(old.subject, old.predicate, value))
    assert by_census(triples) == by_pyshacl(triples)


def test_it_finds_what_pyshacl_finds_in_the_real_facts(real_store: Store) -> None:
    quads = [quad for quad in real_store.oxigraph if str(quad.graph_name).startswith(f"<{FACTS_PREFIX}")]
    triples = list({quad.triple for quad in quads})
    assert by_census(triples) == by_pyshacl(triples)


def test_a_shape_that_cannot_be_checked_is_refused_by_name() -> None:
    text = "@prefix sh: <http://www.w3.org/ns/shacl#> . <a:s> sh:targetClass <a:c> ; sh:closed true ."
    shapes = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]
    with pytest.raises(ShapeError, match="closed"):
        read_shapes(shapes)
