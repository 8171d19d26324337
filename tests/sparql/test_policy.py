"""Tokens of a query, what is refused before a parser sees it, and what of a snapshot it can see."""

import re

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.iris import CO, PREFIXES, SNAPSHOT_PREFIX
from comity.snapshots.graphs import ALL_PARTS, Snapshots, parts_for
from comity.sparql.policy import Bounds, QueryRejected, graphs_asked, matches, properties, scan
from comity.sparql.tokens import offset, place, tokenize, unescape
from comity.sparql.updates import adapt


def kinds(text: str) -> list[str]:
    return [token.kind for token in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("?s <urn:p> 'o'@en", ["variable", "iri", "string", "language"]),
        ("a:b.c a 1.5e3 # service", ["name", "word", "number"]),
        ('"""a "quoted" word"""', ["string"]),
        ("'''SERVICE\n'''", ["string"]),
        ("?a < ?b", ["variable", "sign", "variable"]),
        (r"'it\'s'", ["string"]),
        ("_:b1 :x", ["blank", "name"]),
    ],
)
def test_texts_fall_into_tokens(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


@given(st.text(max_size=200))
def test_every_character_belongs_to_one_token_or_space(text: str) -> None:
    ends = 0
    for token in tokenize(text):
        assert token.start >= ends
        ends = token.start + len(token.text)
    assert ends <= len(text)


@given(st.text(alphabet="ab\n", max_size=50), st.integers(0, 49))
def test_places_and_offsets_are_inverse(text: str, at: int) -> None:
    if at <= len(text):
        assert offset(text, *place(text, at)) == at


def test_escapes_are_decoded_before_anything_else() -> None:
    assert unescape(r"\u0053ERVICE \U0001F600") == "SERVICE 😀"
    assert unescape(r"\uD800 \U99999999") == r"\uD800 \U99999999"


def refusal(text: str, **bounds: int) -> str:
    with pytest.raises(QueryRejected) as refused:
        scan(text, Bounds(**bounds), {})
    return str(refused.value.members["kind"])


def test_length_depth_and_operators_are_bounded() -> None:
    assert refusal("ASK {}", length=3) == "query-too-long"
    assert refusal("ASK " + "{" * 20, nesting=10) == "query-too-deep"
    assert refusal("ASK { FILTER(1" + "+1" * 30 + ") }", operators=20) == "query-too-complex"


def test_signs_in_strings_do_not_count() -> None:
    scan("ASK { ?s ?p '" + "{" * 500 + "' }", Bounds(), {})


def test_the_datasets_of_a_query_are_read_with_its_prefixes_and_base() -> None:
    text = "BASE <http://e/> PREFIX g: <urn:g:> SELECT * FROM <a> FROM NAMED g:b { ?s ?p ?o }"
    reading = scan(text, Bounds(), {})
    assert (reading.default_graphs, reading.named_graphs) == (["http://e/a"], ["urn:g:b"])


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ("DELETE WHERE { ?s ?p ?o }", "DELETE { ?s ?p ?o } USING <urn:g> WHERE { ?s ?p ?o }"),
        (
            "INSERT { ?s ?p 1 } WHERE { { SELECT ?s WHERE { ?s ?p ?o } } }",
            "INSERT { ?s ?p 1 } USING <urn:g> WHERE",
        ),
        ("CLEAR ALL", "CLEAR SILENT ALL"),
        ("DROP SILENT GRAPH <urn:x>", "DROP SILENT GRAPH <urn:x>"),
    ],
)
def test_an_update_is_fitted_to_the_dataset_of_the_request(update: str, expected: str) -> None:
    assert " ".join(adapt(update, ["urn:g"], None).split()).startswith(expected)
    assert adapt("INSERT DATA { <a> <b> 'WHERE' }", ["urn:g"], None) == "INSERT DATA { <a> <b> 'WHERE' }"


DAY = ox.NamedNode(SNAPSHOT_PREFIX + "2022-07-14/according-to/ukraine")
NARROW = [
    "SELECT ?s { ?s co:recognises cop:kosovo }",
    "SELECT ?s ?n { ?s co:recogniserCount ?n } ORDER BY DESC(?n) LIMIT 5",
    "SELECT (COUNT(?s) AS ?n) { ?s co:maintainsRelationsWith cop:taiwan }",
    "SELECT ?a ?b { ?a co:recognises ?b . ?b co:memberOf coo:nato } GROUP BY ?a ?b",
    "SELECT ?l { cop:kosovo <http://www.w3.org/2000/01/rdf-schema#label> ?l }",
    "SELECT ?s { ?s a co:State }",
    "PREFIX x: <https://w3id.org/comity/ontology#> SELECT ?s { ?s x:mutuallyRecognises cop:kosovo }",
    "SELECT ?s { VALUES (?s ?o) { (cop:russia cop:abkhazia) } ?s co:recognises ?o FILTER (!BOUND(?x)) }",
    "SELECT ?x { ?s co:recognises|co:recognisedBy cop:kosovo . BIND (STR(?s) AS ?x) }",
    "ASK { cop:russia co:recognises/co:recognises cop:syria }",
]
ANY = [
    "SELECT * { ?s ?p ?o }",
    "SELECT ?p { cop:kosovo ?p ?o }",
    "SELECT ?p { ?s a co:Polity ; ?p ?o }",
    "SELECT ?p { BIND (STR(?x) AS ?y) ?s ?p cop:kosovo }",
    "SELECT ?s { ?s !(co:recognises) cop:kosovo }",
    "SELECT ?s { ?s !co:recognises cop:kosovo }",
    "SELECT ?p { [] ?p 5 }",
    "SELECT ?p { { SELECT ?p { ?s ?p true } } }",
    "SELECT ?p { VALUES ?s { cop:kosovo } ?s ?p [] }",
    "DESCRIBE cop:kosovo",
    "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }",
]


def answers(memory: ox.Store, query: str, parts: frozenset[str]) -> list[str]:
    made = ox.Store()
    Snapshots(memory, made).make([DAY.value], parts)
    found = made.query(query, prefixes=PREFIXES, default_graph=DAY)
    return sorted(map(str, found)) if not isinstance(found, ox.QueryBoolean) else [str(bool(found))]


@pytest.mark.parametrize("query", NARROW)
def test_a_query_for_named_properties_needs_a_part_and_sees_all_of_it(
    real_memory: ox.Store, query: str
) -> None:
    parts = parts_for(properties(query, PREFIXES))
    assert parts < ALL_PARTS
    assert answers(real_memory, query, parts) == answers(real_memory, query, ALL_PARTS) != []


def test_a_query_without_a_token_needs_nothing() -> None:
    assert properties("", PREFIXES) == frozenset()


@pytest.mark.parametrize("query", ANY)
def test_a_query_that_may_ask_for_any_property_needs_the_whole(query: str) -> None:
    assert parts_for(properties(query, PREFIXES)) == ALL_PARTS


@pytest.mark.parametrize(
    ("query", "graphs"),
    [
        ("ASK { ?s a co:State }", set()),
        (
            "PREFIX f: <https://w3id.org/comity/graph/> ASK { GRAPH f:in\\-ferred { } graph<#x> { } }",
            {"in-ferred", "x"},
        ),
        ("BASE <https://w3id.org/comity/graph/> ASK { GRAPH <p\\u0065riods> { } # GRAPH ?g\n}", {"periods"}),
        ("ASK { VALUES ?g { co:x } GRAPH $g { ?s ?p ?o } }", None),
        ("ASK { GRAPH co:x { } GRAPH\n?g { ?s ?p ?o } }", None),
    ],
)
def test_the_graphs_that_a_query_asks_are_found_in_all_spellings(query: str, graphs: set[str] | None) -> None:
    found = graphs_asked(query, PREFIXES)
    assert (found is None) is (graphs is None)
    assert {iri.replace("#", "/").rpartition("/")[2] for iri in found or ()} == (graphs or set())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ASK { ?s co:p/co:q ?o }", {("p", None), ("q", None)}),
        ("ASK { ?s a co:State . ?s co:p 1 }", {("type", "State"), ("State", None), ("p", None)}),
        ("ASK { ?s rdf:type co:State FILTER(?s != 1) }", {("type", "State"), ("State", None)}),
        ("ASK { [ a co:State ] co:p ?o }", {("type", "State"), ("State", None), ("p", None)}),
        ("ASK { ?s a co:State , ?class }", {("type", None), ("State", None)}),
        ("ASK { ?s a ?class }", {("type", None)}),
        ("ASK { ?s a/rdfs:subClassOf co:State }", {("type", None), ("subClassOf", None), ("State", None)}),
        ("ASK { co:State ^a ?s }", {("type", None), ("State", None)}),
        ("ASK { ?s (a|co:p) co:State }", {("type", None), ("p", None), ("State", None)}),
        ("ASK { ?s co:p*/co:q ?o }", {("p", None), ("q", None)}),
        ("ASK { ?s co:p* ?o }", None),
        ("ASK { ?s (co:p|co:q)? ?o }", None),
        ("ASK { ?s (co:p*) ?o }", None),
        ("ASK { ?s co:p*|co:q ?o }", None),
        ("ASK { ?s ?p ?o }", None),
        ("DESCRIBE co:x", None),
    ],
)
def test_what_a_query_may_match_is_told_by_property_and_class(
    query: str, found: set[tuple[str, str | None]] | None
) -> None:
    told = matches(query, PREFIXES)
    assert (told is None) is (found is None)
    assert {
        tuple(re.sub(".*[/#]", "", part) if part else None for part in match) for match in told or ()
    } == (found or set())


def test_what_a_query_may_match_outside_its_graphs() -> None:
    query = (
        "ASK { GRAPH co:x { ?s ?p ?o { ?s co:a ?b } } ?s co:q ?o . FILTER EXISTS { GRAPH ?g { ?o co:r 1 } } }"
    )
    assert matches(query, PREFIXES) is None
    assert matches(query, PREFIXES, in_graphs=False) == {(CO + "q", None)}
