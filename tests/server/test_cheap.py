"""Queries that are proven cheap are answered in the HTTP process, with the same answers; no others are."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.iris import BASE, CO, PREFIXES
from comity.server.app import create_app
from comity.server.http.adjacency import Adjacency
from comity.server.http.at_hand import AtHand, degrees_of
from comity.server.processes.client import WorkerPool
from comity.server.processes.protocol import QueryCall
from comity.server.settings import Settings
from comity.sparql.cheap import MOST_ROWS, Cheapness, Degree

KOSOVO = f"<{BASE}polity/kosovo>"
CHEAP = {
    "a label": f"SELECT ?label {{ {KOSOVO} rdfs:label ?label }}",
    "a label with its prefix": f"PREFIX r: <http://www.w3.org/2000/01/rdf-schema#> SELECT * {{ {KOSOVO} r:label ?l }}",
    "all of a thing": f"CONSTRUCT {{ {KOSOVO} ?p ?o }} WHERE {{ {KOSOVO} ?p ?o . }}",
    "who recognised it": f"SELECT ?n {{ ?a a co:Recognition ; co:object {KOSOVO} ; co:actor ?x . ?x rdfs:label ?n }}",
    "whether it did": f"ASK {{ ?a co:object {KOSOVO} , {KOSOVO} ; co:edtf ?day }}",
    "a name in quotes": 'SELECT ?x WHERE { ?x rdfs:label "Kosovo"@en } LIMIT 5',
    "a property that nothing has": "SELECT ?x { ?x <urn:none> ?y . ?y <urn:none> <urn:x> }",
}
DEAR = {
    "a scan": "SELECT * { ?s ?p ?o }",
    "all of a class": "SELECT ?x { ?x a co:Evidence }",
    "two patterns that share nothing": f"SELECT * {{ {KOSOVO} rdfs:label ?l . ?s co:edtf ?day }}",
    "recognisers of recognisers": f"SELECT * {{ ?a co:hasRecognised {KOSOVO} . ?b co:hasRecognised ?a . ?b ?p ?o }}",
    "a path": f"SELECT * {{ ?x co:consequentTo+ {KOSOVO} }}",
    "an inverse path": f"SELECT * {{ {KOSOVO} ^co:object ?act }}",
    "an option": f"SELECT * {{ {KOSOVO} rdfs:label ?l OPTIONAL {{ ?x co:edtf ?day }} }}",
    "a filter": f"SELECT * {{ {KOSOVO} rdfs:label ?l FILTER(REGEX(?l, 'a')) }}",
    "a graph": f"SELECT * {{ GRAPH ?g {{ {KOSOVO} rdfs:label ?l }} }}",
    "a dataset": f"SELECT * FROM <{BASE}graph/inferred> {{ {KOSOVO} rdfs:label ?l }}",
    "another server": f"SELECT * {{ SERVICE <http://127.0.0.1:1/> {{ {KOSOVO} rdfs:label ?l }} }}",
    "an aggregate": f"SELECT (COUNT(*) AS ?n) {{ {KOSOVO} rdfs:label ?l }}",
    "a group in a group": f"SELECT * {{ {{ {KOSOVO} rdfs:label ?l }} }}",
    "a description": f"DESCRIBE {KOSOVO}",
    "an update": f"DELETE WHERE {{ {KOSOVO} ?p ?o }}",
    "a blank node": "SELECT * { [] co:object ?x }",
    "nothing": "SELECT * { }",
    "an IRI in need of a base": f"BASE <{CO}> SELECT * {{ ?x <hasRecognised> ?y . ?y <hasRecognised> {KOSOVO} }}",
    "an IRI by a detour": f"SELECT * {{ ?x <{BASE}x/../ontology#hasRecognised> ?y . ?y co:hasRecognised {KOSOVO} }}",
    "an escape": f"SELECT * {{ ?x co:has\\u0052ecognised {KOSOVO} }}",
    "words behind the end": f"SELECT * {{ {KOSOVO} rdfs:label ?l }} VALUES ?l {{ 1 }}",
    "a comment in the way": f"SELECT * {{ {KOSOVO} rdfs:label ?l # }}\n . ?s ?p ?o }}",
}


@pytest.fixture(scope="module")
def cheapness(real_memory: ox.Store) -> Cheapness:
    return Cheapness(degrees_of(real_memory))


@pytest.mark.parametrize("name", CHEAP)
def test_a_plain_pattern_that_leads_on_from_a_constant_is_cheap(cheapness: Cheapness, name: str) -> None:
    assert cheapness.proven(CHEAP[name])


@pytest.mark.parametrize("name", DEAR)
def test_everything_else_is_left_to_a_worker(cheapness: Cheapness, name: str) -> None:
    assert not cheapness.proven(DEAR[name])


def test_degrees_are_the_most_that_occur() -> None:
    store, (a, b, c), p = ox.Store(), map(ox.NamedNode, ("urn:a", "urn:b", "urn:c")), ox.NamedNode("urn:p")
    store.extend([ox.Quad(a, p, b), ox.Quad(a, p, c), ox.Quad(b, p, c), ox.Quad(a, ox.NamedNode("urn:q"), c)])
    assert degrees_of(store) == {
        "urn:p": Degree(2, 2, 3, 3),
        "urn:q": Degree(1, 1, 3, 3),
        "": Degree(3, 3, 3, 3),
    }


TERMS = st.sampled_from(["?x", "?y", "?z", KOSOVO, f"<{BASE}polity/serbia>"])
VERBS = st.sampled_from(
    ["co:object", "co:actor", "a", "rdfs:label", "co:hasRecognised", "co:inResponseTo", "?p"]
)


@pytest.fixture(scope="module")
def adjacency(real_memory: ox.Store) -> Adjacency:
    return Adjacency(real_memory.quads_for_pattern(None, None, None, ox.DefaultGraph()))


SELECTED = ["*", "?x", "DISTINCT ?y ?x", "REDUCED ?z", "?x ?nowhere", "?nowhere"]


@given(
    st.lists(st.tuples(TERMS, VERBS, TERMS), min_size=1, max_size=4),
    st.sampled_from(SELECTED),
    st.sampled_from(["", "LIMIT 3", "OFFSET 2", "LIMIT 2 OFFSET 1", "LIMIT 0"]),
)
@settings(max_examples=150, deadline=None)
def test_steps_from_term_to_term_find_what_the_engine_finds(
    real_memory: ox.Store,
    adjacency: Adjacency,
    cheapness: Cheapness,
    patterns: list[tuple[str, str, str]],
    selected: str,
    bounds: str,
) -> None:
    where = " . ".join(" ".join(pattern) for pattern in patterns)
    text = f"SELECT {selected} WHERE {{ {where} }} {bounds}"
    cheap = cheapness.proven(text)
    body = adjacency.select(cheap.proof.plan, cheap.parts) if cheap and cheap.proof.plan else None
    if body is not None:
        found = rows_of(body)
        theirs = real_memory.query(text, prefixes=PREFIXES).serialize(format=ox.QueryResultsFormat.JSON)  # type: ignore[union-attr]
        assert theirs is not None and len(found) == len(rows_of(theirs))
        assert set(json.loads(body)["head"]["vars"]) == set(json.loads(theirs)["head"]["vars"])
        if bounds:  # which rows these are is free
            whole = real_memory.query(text.removesuffix(bounds), prefixes=PREFIXES)
            theirs = whole.serialize(format=ox.QueryResultsFormat.JSON)  # type: ignore[union-attr]
            assert theirs is not None and set(found) <= set(rows_of(theirs))
        else:
            assert found == rows_of(theirs)


def rows_of(body: bytes) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in json.loads(body)["results"]["bindings"])


VALUES = [
    ox.NamedNode("urn:b"),
    ox.BlankNode("b"),
    ox.Literal('a "quoted"\n\\ line 👍 %s {}'),
    ox.Literal("Київ", language="uk"),
    ox.Literal("01", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
    ox.Literal("2022-07-14", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")),
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_terms_of_all_kinds_are_written_as_the_engine_does(value: ox.Literal) -> None:
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:p"), value))
    text = "SELECT ?x { <urn:a> <urn:p> ?x }"
    cheap = Cheapness(degrees_of(store)).proven(text)
    assert cheap and cheap.proof.plan
    body = Adjacency(store).select(cheap.proof.plan, cheap.parts)
    theirs = store.query(text).serialize(format=ox.QueryResultsFormat.JSON)  # type: ignore[union-attr]
    assert body and theirs and json.loads(body) == json.loads(theirs)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?x { <urn:unknown> rdfs:label ?x }",
        f"SELECT ?x {{ <{BASE}polity/../polity/kosovo> rdfs:label ?x }}",
        "SELECT ?x { <kosovo> rdfs:label ?x }",
        'SELECT ?x { ?x rdfs:label "Kosovo"@en }',
        f"SELECT ?x ?x {{ {KOSOVO} rdfs:label ?x }}",
        f"SELECT {{ {KOSOVO} rdfs:label ?x }}",
        f"ASK {{ {KOSOVO} rdfs:label ?x }}",
        f"SELECT ?p {{ {KOSOVO} ?p ?o }}",
        f"SELECT ?x {{ {KOSOVO} rdfs:label ?x . ?y skos:altLabel 5 }}",
    ],
)
def test_whatever_is_more_than_steps_from_known_terms_is_left_to_the_engine(
    adjacency: Adjacency, cheapness: Cheapness, text: str
) -> None:
    cheap = cheapness.proven(text)
    assert not (cheap and cheap.proof.plan and adjacency.select(cheap.proof.plan, cheap.parts) is not None)


def test_a_text_with_an_error_is_told_by_a_worker_each_time(at_hand: AtHand, pool: WorkerPool) -> None:
    wrong = f"SELECT ?label {{ {KOSOVO} rdfs:label ?label , }}"
    call = QueryCall(text=wrong, result_format="json", graph_format="turtle")
    assert [at_hand.answer(call, pool.generation) for _ in range(3)] == [None] * 3


@given(st.lists(st.tuples(TERMS, VERBS, TERMS), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_what_is_proven_cheap_has_few_rows(
    real_memory: ox.Store, cheapness: Cheapness, patterns: list[tuple[str, str, str]]
) -> None:
    text = f"SELECT * WHERE {{ {' . '.join(' '.join(pattern) for pattern in patterns)} }}"
    if cheapness.proven(text):
        rows = real_memory.query(text, prefixes=PREFIXES)
        assert sum(1 for _ in rows) <= MOST_ROWS  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def at_hand(real_path: Path) -> AtHand:
    held = AtHand(real_path, 10_000_000)
    generation = (real_path / "CURRENT").read_text("utf-8").strip()
    call = QueryCall(text=CHEAP["a label"], result_format="json", graph_format="turtle")
    while held.answer(call, generation) is None:
        time.sleep(0.01)
    return held


@pytest.fixture(scope="module")
def pool(real_path: Path) -> Iterator[WorkerPool]:
    app = create_app(real_path, Settings())
    yield app.extensions["comity"].pool
    app.extensions["comity"].close()


@pytest.mark.parametrize("accept", ["json", "xml", "csv", "tsv"])
@pytest.mark.parametrize("turn", ["first", "later"])
@pytest.mark.parametrize("name", CHEAP)
def test_the_answer_is_that_of_a_worker(
    at_hand: AtHand, pool: WorkerPool, name: str, turn: str, accept: str
) -> None:
    call = QueryCall(text=CHEAP[name], result_format=accept, graph_format="ntriples")
    mine = at_hand.answer(call, pool.generation)
    theirs = pool.run(call, 10.0)
    if mine is None:
        assert theirs.head.form == "boolean" and accept in ("csv", "tsv")
    else:
        assert mine.head == theirs.head
        assert sorted(mine.body) == sorted(theirs.body)  # the order of rows is free


def test_another_generation_is_left_to_the_workers(at_hand: AtHand) -> None:
    call = QueryCall(text=CHEAP["a label"], result_format="json", graph_format="turtle")
    assert at_hand.answer(call, "another") is None


def test_a_store_that_is_too_large_is_left_to_the_workers(real_path: Path) -> None:
    held = AtHand(real_path, 10)
    generation = (real_path / "CURRENT").read_text("utf-8").strip()
    call = QueryCall(text=CHEAP["a label"], result_format="json", graph_format="turtle")
    for _ in range(300):
        assert held.answer(call, generation) is None
        time.sleep(0.01)
