"""Constants in the place of variables change no answer."""

import pyoxigraph as ox
import pytest

from comity.remote.store import with_constants


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("SELECT ?s { VALUES (?o) { (<a>) } ?s ?p ?o }", "SELECT ?s {  ?s ?p <a> }"),
        ("SELECT ?s { VALUES (?o ?n) { (<a> UNDEF) } ?s ?n ?o }", "SELECT ?s {  ?s ?n <a> }"),
        ('SELECT ?s { VALUES (?d) { ("1"^^<t>) } FILTER (BOUND(?d)) }', "SELECT ?s {  FILTER ((1 = 1)) }"),
    ],
)
def test_a_variable_of_one_value_becomes_it(query: str, wanted: str) -> None:
    assert with_constants(query) == wanted


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?o { VALUES (?o) { (<a>) } ?s ?p ?o }",
        "SELECT ?s { { VALUES (?o) { (<a>) } ?s ?p ?o } ?s ?q ?o }",
        "SELECT ?s { VALUES (?o) { (<a>) } { SELECT ?s { ?s ?p ?o } } }",
        "SELECT ?s { VALUES (?o) { (<a>) } ?s ?p ?o MINUS { <b> <c> ?o } }",
        "SELECT ?s { ?s ?p ?o } # VALUES (?o) { (<a>) }",
        "SELECT ?s { ?s ?p ?o } VALUES (?o) { (<a>) }",
        "SELECT ?s { VALUES (?o) { (<a>) } VALUES (?o ?n) { (<a> 1) (<b> 2) } ?s ?n ?o }",
        "SELECT ?s { VALUES (?o) { (<a>) } BIND (?s AS ?t) BIND (<b> AS ?o) }",
    ],
)
def test_a_variable_that_others_need_stays(query: str) -> None:
    assert with_constants(query) == query


def test_what_all_branches_of_a_union_bind_alike_holds_around_it() -> None:
    query = "SELECT ?s { { VALUES (?o) { (<a>) } ?s <p> ?o } UNION { VALUES (?o) { (<a>) } ?s <q> ?o } ?s <r> ?o }"
    store = ox.Store()
    assert "?o" not in with_constants(query)
    store.query(with_constants(query), base_iri="urn:x")
