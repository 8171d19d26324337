"""The real graph in memory, and small ones by hand, for the tests of explanations."""

from functools import cache

import pyoxigraph as ox

from comity import schema
from comity.explanation.explain import Explainer
from comity.iris import BASE, INFERRED, ONTOLOGY, PERIODS, PREFIXES, PROVENANCE, graph, in_union
from comity.periods.sweep import derive
from comity.tables.load import load
from tests.closure.reasoning import infer
from tests.sample import sample_folder

PROLOGUE = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())


def store_of(quads: list[ox.Quad]) -> ox.Store:
    """Give a store of asserted quads, with all that follows from them and the union in its default graph."""
    facts = [quad for quad in quads if in_union(quad.graph_name)]
    periods = derive(facts)
    base = [*schema.ontology(), *(quad.triple for quad in facts), *periods]
    layers = ((ONTOLOGY, schema.ontology()), (PERIODS, periods), (INFERRED, infer(base)))
    derived = [ox.Quad(*triple, name) for name, triples in layers for triple in triples]
    store = ox.Store()
    store.bulk_extend([*quads, *derived])
    store.bulk_extend([ox.Quad(*quad.triple) for quad in (*facts, *derived)])
    return store


@cache
def real() -> ox.Store:
    """Give the store of the facts that ship with the package."""
    return store_of([quad for quad in load(sample_folder()).quads if quad.graph_name != PROVENANCE])


@cache
def explainer() -> Explainer:
    """Give the explainer of the real graph."""
    return Explainer(real())


def small(turtle: str) -> ox.Store:
    """Give the store of a few facts in Turtle."""
    quads = ox.parse(PROLOGUE + turtle, format=ox.RdfFormat.TURTLE)
    return store_of([ox.Quad(*quad.triple, graph("facts/acts-test")) for quad in quads])


def node(path: str) -> ox.NamedNode:
    """Give the thing at a path under the base address, or the term after ``co:``."""
    return ox.NamedNode(PREFIXES["co"] + path[3:] if path.startswith("co:") else BASE + path)
