"""Tokens of a query, and what is refused before a parser sees it."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.server.endpoint.protocol import parse_parameters
from comity.server.problems import Problem
from comity.sparql.policy import Bounds, QueryRejected, scan
from comity.sparql.tokens import offset, place, tokens, unescape
from comity.sparql.updates import adapt


def kinds(text: str) -> list[str]:
    return [token.kind for token in tokens(text)]


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
    for token in tokens(text):
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


@given(st.text(max_size=60))
def test_parameters_are_decoded_as_they_were_encoded(text: str) -> None:
    assert parse_parameters(f"a={quote(text, safe='')}".encode()) == {"a": [text]}
    assert parse_parameters(f"a={quote_plus(text)}&a=b%3Dc&d".encode()) == {"a": [text, "b=c"], "d": [""]}


def test_a_percent_sign_is_decoded_once() -> None:
    assert parse_parameters(b"a=%2541%25") == {"a": ["%41%"]}


@pytest.mark.parametrize("data", [b"a=%FF%FE", b"a=\xff", b"a=%zz", b"a=1%", b"&".join([b"a=1"] * 5001)])
def test_parameters_that_are_malformed_are_refused(data: bytes) -> None:
    with pytest.raises(Problem) as refused:
        parse_parameters(data)
    assert refused.value.status == 400
