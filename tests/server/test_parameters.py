"""Parameters of a request are read as they were sent, or refused."""

from urllib.parse import quote, quote_plus

import pytest
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
