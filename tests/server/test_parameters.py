"""Parameters of a request are read as they were sent, or refused."""

from urllib.parse import quote, quote_plus

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from comity.server.endpoint.protocol import parse_parameters
from comity.server.problems import Problem


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


_ASK = "/sparql?query=ASK%7B%7D"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/lists/states?as_of=2020&as_of=2021", "as_of"),
        ("/lists/states?as-of=2020&as_of=2021", "as-of or as_of"),
        ("/map?of=kosovo&of=serbia", "of"),
        ("/search?q=a&q=b", "q"),
        ("/reconcile?queries=%7B%7D&queries=%7B%7D", "queries"),
        ("/graph-store?graph=urn:a&graph=urn:b", "graph"),
        (f"{_ASK}&as-of=2020-01-01&as-of=2021-01-01", "as-of"),
        (f"{_ASK}&timeout=1&timeout=2", "timeout"),
        (f"{_ASK}&query=ASK%7B%7D", "query"),
    ],
)
def test_a_parameter_that_is_given_twice_is_refused(address: str, name: str, client: FlaskClient) -> None:
    answer = client.get(address, headers={"Accept": "application/json"})
    assert answer.status_code == 400 and answer.get_json()["type"].endswith("/repeated-parameter")
    assert answer.get_json()["detail"] == f"The parameter {name} is given 2 times."


def test_a_format_may_be_given_by_name_and_media_type_as_sparqlwrapper_does(client: FlaskClient) -> None:
    answer = client.get(f"{_ASK}&format=xml&format=application/sparql-results%2Bxml&output=xml")
    assert answer.status_code == 200


def test_a_parameter_in_the_address_and_in_the_form_is_given_twice(client: FlaskClient) -> None:
    answer = client.post("/sparql?timeout=1", data={"query": "ASK {}", "timeout": "2"})
    assert answer.status_code == 400 and b"timeout is given 2 times" in answer.data
