"""Dates in the subset of EDTF that the tables use."""

import datetime as dt
import time

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st

from comity.edtf import bounds, day
from comity.errors import DateError

YEARS = st.integers(1, 9998)


def as_texts(edtf: str) -> tuple[str, str]:
    first, last = bounds(edtf)
    return first.isoformat(), last.isoformat()


@pytest.mark.parametrize(
    ("edtf", "first", "last"),
    [
        ("2022-07-13", "2022-07-13", "2022-07-13"),
        ("2022-07", "2022-07-01", "2022-07-31"),
        ("1991", "1991-01-01", "1991-12-31"),
        ("1991~", "1990-01-01", "1992-12-31"),
        ("2022-02~", "2022-01-01", "2022-03-31"),
        ("2022-12~", "2022-11-01", "2023-01-31"),
        ("2022-07-13~", "2022-07-12", "2022-07-14"),
        ("2000-02", "2000-02-01", "2000-02-29"),
        ("196X", "1960-01-01", "1969-12-31"),
        ("1991?", "1991-01-01", "1991-12-31"),
    ],
)
def test_a_date_stands_for_the_span_of_days_it_may_mean(edtf: str, first: str, last: str) -> None:
    assert as_texts(edtf) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "13.07.2022", "2022-13", "2022-02-30", "2022/..", "July 2022", "２０２２", "22"]
)
def test_any_other_text_is_refused_with_the_forms_that_are_read(text: str) -> None:
    with pytest.raises(DateError, match="Write YYYY-MM-DD, YYYY-MM or YYYY"):
        bounds(text)


def test_only_a_whole_day_can_be_asked_about() -> None:
    assert day("2022-07-14") == dt.date(2022, 7, 14)
    with pytest.raises(DateError, match="for example 2022-07-14"):
        day("2022-07")


def strict(value: time.struct_time) -> dt.date:
    return dt.date(*value[:3])


@given(st.dates(dt.date(1, 1, 1), dt.date(9998, 12, 31)), st.sampled_from([4, 7, 10]))
def test_the_bounds_are_those_of_the_reference_library(date: dt.date, length: int) -> None:
    edtf = date.isoformat()[:length]
    reference = parse_edtf(edtf)
    assert bounds(edtf) == (strict(reference.lower_strict()), strict(reference.upper_strict()))


@given(st.text(max_size=12))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        first, last = bounds(text)
    except DateError:
        return
    assert first <= last
