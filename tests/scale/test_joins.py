"""The closure over columns entails what the forward chainer entails."""

import pyoxigraph as ox
from hypothesis import given, settings

from comity import schema
from comity.bulk.columns import Columns
from comity.bulk.joins import entail_triples
from comity.closure.axioms import compile_rules, fact_of
from comity.closure.entailment import infer
from comity.iris import in_union
from comity.store.database import Store
from tests.closure.worlds import worlds


def joined(base: list[ox.Triple]) -> set[ox.Triple]:
    columns = Columns()
    columns.add_triples(base)
    return set(entail_triples(columns, compile_rules(map(fact_of, base))))


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_joins_entail_what_the_chainer_entails(world: set[ox.Triple]) -> None:
    base = [*schema.ontology(), *world]
    assert joined(base) == infer(base)


def test_joins_entail_what_the_chainer_entails_from_the_real_facts(real_store: Store) -> None:
    inferred = {"https://w3id.org/comity/graph/inferred"}
    quads = [quad for quad in real_store.oxigraph if in_union(quad.graph_name)]
    base = list({quad.triple for quad in quads if quad.graph_name.value not in inferred})
    assert joined(base) == {quad.triple for quad in quads if quad.graph_name.value in inferred}
