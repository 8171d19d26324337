"""The default reasoner gives exactly what owlrl gives."""

import hashlib
from importlib.resources import files

import platformdirs
import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings

from comity import schema
from comity.closure.entailment import entail
from comity.iris import PROPOSALS, PROVENANCE, term
from comity.periods.sweep import derive
from comity.tables.load import load
from tests.closure.reasoning import infer
from tests.sample import sample_folder

from .worlds import axioms, worlds

ACTOR = term("actor")
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def assert_equal_to_owlrl(world: set[ox.Triple]) -> None:
    base = world | axioms()
    fast, reference = infer(base), infer(base, "owlrl")
    assert fast == reference, f"missing {reference - fast}, extra {fast - reference}"


@settings(max_examples=8, suppress_health_check=SLOW)
@given(worlds())
def test_small_worlds_close_alike(world: set[ox.Triple]) -> None:
    assert_equal_to_owlrl(world)


@settings(max_examples=8, suppress_health_check=SLOW)
@given(worlds())
def test_what_is_entailed_is_a_set_that_can_be_gone_through_again(world: set[ox.Triple]) -> None:
    base = world | axioms()
    entailed = entail(axioms(), base).triples
    found = set(entailed)
    assert len(entailed) == len(list(entailed)) == len(found)
    assert all(triple in entailed for triple in found)
    assert not any(triple in entailed for triple in base)
    assert entailed - found == frozenset()


@pytest.mark.long
@settings(max_examples=25, suppress_health_check=SLOW)
@given(worlds(40))
def test_larger_worlds_close_alike(world: set[ox.Triple]) -> None:
    assert_equal_to_owlrl(world)


def real_base() -> set[ox.Triple]:
    """Return the sample with one of three of its acts, for all of which owlrl takes ten minutes."""
    quads = [quad for quad in load(sample_folder()).quads if quad.graph_name not in (PROPOSALS, PROVENANCE)]
    acts = sorted({quad.subject for quad in quads if quad.predicate == ACTOR}, key=str)
    left_out = set(acts) - set(acts[::3])
    quads = [quad for quad in quads if quad.subject not in left_out]
    return {*schema.ontology(), *(quad.triple for quad in quads), *derive(quads)}


def cached_reference(base: set[ox.Triple]) -> set[ox.Triple]:
    """Give owlrl's closure, which takes minutes, from the cache when this very base was closed before."""
    ontology = set(schema.ontology())  # by its text, because its blank nodes are named anew at each reading
    digest = hashlib.sha256((files("comity.ontology") / "comity.ttl").read_bytes())
    digest.update("\n".join(sorted(str(triple) for triple in base - ontology)).encode())
    file = platformdirs.user_cache_path("comity", ensure_exists=True) / f"owlrl-{digest.hexdigest()}.nt"
    if not file.exists():
        draft = file.with_suffix(".draft")
        ox.serialize(infer(base, "owlrl"), draft, format=ox.RdfFormat.N_TRIPLES)
        draft.replace(file)
    return {quad.triple for quad in ox.parse(path=file, format=ox.RdfFormat.N_TRIPLES)}


@pytest.mark.long
def test_real_facts_close_alike() -> None:
    base = real_base()
    fast, reference = infer(base), cached_reference(base)
    assert fast == reference, f"missing {list(reference - fast)[:9]}, extra {list(fast - reference)[:9]}"
