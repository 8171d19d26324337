"""Dates in EDTF and in the Julian calendar: which are read, what they may mean, and what is said of the others."""

import datetime as dt
import re
import time

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st

from comity.edtf import bounds, check_orderable, dated, day, in_words, order, shifted
from comity.errors import DateError
from comity.schema import shapes

YEARS = st.integers(1, 9998)
#: The patterns of the shapes for a date: of the end of something first, where no interval may stand, then of anything.
END, FULL = (
    re.compile(pattern)
    for pattern in sorted({one.object.value for one in shapes() if "julian" in str(one.object)}, key=len)
)


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
        ("202X~", "2010-01-01", "2039-12-31"),
        ("19XX", "1900-01-01", "1999-12-31"),
        ("2004-XX", "2004-01-01", "2004-12-31"),
        ("1985-04-XX", "1985-04-01", "1985-04-30"),
        ("1985-XX-XX", "1985-01-01", "1985-12-31"),
        ("2001-21", "2001-03-01", "2001-05-31"),
        ("2001-24", "2001-12-01", "2002-02-28"),
        ("2001-29", "2001-09-01", "2001-11-30"),
        ("2001-33", "2001-01-01", "2001-03-31"),
        ("2001-41~", "2001-01-01", "2002-06-30"),
        ("1991-08/1991-12", "1991-08-01", "1991-12-31"),
        ("1984~/2004?", "1983-01-01", "2004-12-31"),
        ("1991/..", "1991-01-01", "9999-12-31"),
        ("1991/", "1991-01-01", "9999-12-31"),
        ("../1991-12-08", "0001-01-01", "1991-12-08"),
        ("[1667,1668,1670..1672]", "1667-01-01", "1672-12-31"),
        ("[..1760-12-03]", "0001-01-01", "1760-12-03"),
        ("{1960,1961-12}", "1960-01-01", "1961-12-31"),
        ("julian:1917-10-25", "1917-11-07", "1917-11-07"),
        ("julian:1900-02-29", "1900-03-13", "1900-03-13"),
        ("julian:1917-10", "1917-10-14", "1917-11-13"),
        ("julian:1917-10-25~/1917-11", "1917-11-06", "1917-12-13"),
        ("-0660-02-11", "0001-01-01", "0001-01-01"),
        ("Y-12000", "0001-01-01", "0001-01-01"),
        ("-0043/0014", "0001-01-01", "0014-12-31"),
        ("0001~", "0001-01-01", "0002-12-31"),
    ],
)
def test_a_date_stands_for_the_span_of_days_it_may_mean(edtf: str, first: str, last: str) -> None:
    assert as_texts(edtf) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "13.07.2022",
        "2022-13",
        "2022-02-30",
        "../..",
        "[]",
        "[1991,]",
        "2022-21-01",
        "-0000",
        "July 2022",
        "２０２２",
        "22",
    ],
)
def test_any_other_text_is_refused_with_the_forms_that_are_read(text: str) -> None:
    with pytest.raises(DateError, match="Write YYYY-MM-DD, YYYY-MM or YYYY"):
        bounds(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("9999~", "after the year 9999. Leave the date empty"),
        ("Y170000002", "after the year 9999"),
        ("1991/1990", "ends before it begins. Swap the two ends"),
        ("2004-06-11T10:00:00Z", "a time of day, which is not supported. Omit"),
        ("2004?-06", "a qualifier on part of the date, which is not supported. Put one qualifier"),
        ("156X-12-25", "these unspecified digits, which is not supported. Write the days it lies between"),
        ("Y17E7", "an exponent or significant digits, which is not supported"),
    ],
)
def test_what_is_edtf_and_is_not_taken_says_so_with_a_cure(text: str, words: str) -> None:
    with pytest.raises(DateError, match=words):
        bounds(text)


@pytest.mark.parametrize("edtf", ["-0044-03-15", "0000", "0001~", "julian:0001-01-01", "-0001/1991", "-01XX"])
def test_a_date_by_which_acts_are_put_in_order_is_of_our_era(edtf: str) -> None:
    assert bounds(edtf)[0] == dt.date.min
    with pytest.raises(DateError, match=r"before the Common Era.*years 1 to 9999\. Omit the act"):
        check_orderable(edtf)
    for one in ("0001-01-01", "../1991", "2022-07"):
        check_orderable(one)


@pytest.mark.parametrize(
    ("edtf", "words"),
    [
        ("0044~", "about 0044"),
        ("-0659", "660 BC"),
        ("0000", "1 BC"),
        ("-05XX", "the years 600 BC to 501 BC"),
        ("-0043/0014", "44 BC to 0014"),
        ("Y-12000", "12001 BC"),
        ("-0044-03-15", "15 March 45 BC"),
        ("201X", "the 2010s"),
        ("20XX?", "the years 2000 to 2099 (uncertain)"),
        ("1985-04-XX", "some day of April 1985"),
        ("2001-21", "spring 2001"),
        ("2001-34", "the second quarter of 2001"),
        ("1991-08/1991-12", "August 1991 to December 1991"),
        ("1991/..", "from 1991 on"),
        ("1991/", "from 1991 to an unknown day"),
        ("../1991", "until 1991"),
        ("[1667,1668,1670..1672]", "1667, 1668 or some time between 1670 and 1672"),
        ("[1760-12..]", "December 1760 or later"),
        ("{..1983,1984}", "1983 and before and 1984"),
        ("julian:1917-10-25", "25 October 1917 in the Julian calendar (7 November 1917)"),
        ("julian:0001-01-01", "1 January 0001 in the Julian calendar"),
        ("1991/1990", "1991/1990"),
        ("2022-02-30", "2022-02-30"),
    ],
)
def test_a_date_is_put_into_words_at_its_precision(edtf: str, words: str) -> None:
    assert in_words(edtf) == words


def test_only_a_whole_day_can_be_asked_about() -> None:
    assert day("2022-07-14") == dt.date(2022, 7, 14)
    with pytest.raises(DateError, match="for example 2022-07-14"):
        day("2022-07")


def strict(value: time.struct_time) -> dt.date:
    return dt.date(*value[:3])


YEAR = YEARS.map(lambda year: f"{year:04d}")
MARK = st.sampled_from(["", "~", "?", "%"])
MONTH = st.builds("{}-{:02d}".format, YEAR, st.integers(1, 12))
DAY = st.dates(dt.date(2, 1, 1), dt.date(9998, 12, 31)).map(str)
UNSPECIFIED = st.one_of(
    st.integers(1, 998).map(lambda decade: f"{decade:03d}X"),
    st.integers(1, 98).map(lambda century: f"{century:02d}XX"),
    YEAR.map("{}-XX".format),
    YEAR.map("{}-XX-XX".format),
    MONTH.map("{}-XX".format),
)
UNMARKED = st.one_of(YEAR, MONTH, DAY, UNSPECIFIED)
PART_OF_YEAR = st.builds("{}-{}".format, st.integers(20, 9997).map("{:04d}".format), st.integers(21, 41))
ONE = st.builds(
    "{}{}".format, st.one_of(st.dates(dt.date(210, 1, 1), dt.date(9700, 1, 1)).map(str), PART_OF_YEAR), MARK
)
ENDS = st.tuples(ONE, ONE).filter(lambda ends: bounds(ends[0])[0] <= bounds(ends[1])[1])
OPEN = st.sampled_from(["", ".."])
INTERVAL = st.one_of(
    ENDS.map("/".join), st.builds("{}/{}".format, ONE, OPEN), st.builds("{}/{}".format, OPEN, ONE)
)
MEMBER = st.one_of(ONE, ENDS.map("..".join))
SET = st.builds(
    lambda brackets, members: brackets[0] + ",".join(members) + brackets[1],
    st.sampled_from(["[]", "{}"]),
    st.lists(MEMBER, min_size=1, max_size=4),
)
INNER = UNMARKED.filter(lambda edtf: bounds(edtf)[0].year > 1 and bounds(edtf)[1].year < 9998)
BEFORE_OUR_ERA = st.one_of(
    st.builds("-{:04d}-{:02d}".format, st.integers(1, 9999), st.integers(1, 12)),
    st.integers(10_000, 99_999).map("Y-{}".format),
)
EDTF = st.one_of(INNER, ONE, INTERVAL, SET, BEFORE_OUR_ERA)


@given(UNMARKED)
def test_the_bounds_are_those_of_the_reference_library(edtf: str) -> None:
    reference = parse_edtf(edtf)
    assert bounds(edtf) == (strict(reference.lower_strict()), strict(reference.upper_strict()))


@given(st.tuples(UNMARKED, UNMARKED).filter(lambda ends: bounds(ends[0])[0] <= bounds(ends[1])[1]))
def test_an_interval_is_from_the_first_day_of_one_end_to_the_last_of_the_other(ends: tuple[str, str]) -> None:
    assert bounds("/".join(ends)) == (bounds(ends[0])[0], bounds(ends[1])[1])


@given(st.lists(ONE, min_size=2, max_size=5), st.sampled_from(["[]", "{}"]))
def test_a_set_is_from_the_first_to_the_last_day_of_its_members(members: list[str], brackets: str) -> None:
    firsts, lasts = zip(*map(bounds, members), strict=True)
    assert bounds(brackets[0] + ",".join(members) + brackets[1]) == (min(firsts), max(lasts))


@given(st.dates(dt.date(4, 1, 1), dt.date(9998, 12, 1)))
def test_the_calendars_part_by_a_day_in_each_common_centurial_year(label: dt.date) -> None:
    year = label.year - (label.month < 3)
    lag = dt.timedelta(year // 100 - year // 400 - 2)
    assert bounds(f"julian:{label}") == (label + lag, label + lag)


@given(ONE)
def test_a_mark_of_about_widens_and_one_of_doubt_does_not(edtf: str) -> None:
    plain = edtf.rstrip("~?%")
    (first, last), (before, after) = bounds(plain), bounds(f"{plain}~")
    assert before < first and last < after and bounds(f"{plain}%") == (before, after)
    assert bounds(f"{plain}?") == (first, last)


@given(EDTF, st.sampled_from(["", "julian:"]))
def test_whatever_is_read_has_words_of_its_own_and_passes_the_shapes(edtf: str, calendar: str) -> None:
    first, last = bounds(calendar + edtf)
    assert first <= last and not set(in_words(calendar + edtf)) & set("~?%/X[]{}-")
    assert FULL.fullmatch(calendar + edtf)
    assert bool(END.fullmatch(calendar + edtf)) == ("/" not in edtf)


@given(st.text(max_size=12) | st.text("0123456789X-/.~?%[]{},YTESjulian:", max_size=24))
def test_no_text_breaks_the_reader(text: str) -> None:
    in_words(text), dated(text)
    try:
        first, last = bounds(text)
    except DateError as error:
        assert re.search(r"\. [A-Z]", str(error))
        return
    assert first <= last


def test_the_day_before_the_first_of_the_calendar_is_the_first() -> None:
    assert (shifted("2022-03-01", -1), shifted("0001-01-01", -1)) == ("2022-02-28", "0001-01-01")
    assert shifted("9999-12-31", 1) == "9999-12-31"


def test_dates_sort_by_what_they_may_mean() -> None:
    dates = [
        "[1992..1994]",
        "-0043",
        "2022-07",
        "nonsense",
        "1991~",
        "-0500",
        "2022-07-13",
        "julian:1917-10-25",
    ]
    sorted_dates = ["nonsense", "-0500", "-0043", "julian:1917-10-25", "1991~", "[1992..1994]", "2022-07"]
    sorted_dates.append("2022-07-13")
    assert sorted(dates, key=order) == sorted_dates
