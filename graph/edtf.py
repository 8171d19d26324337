"""Dates of known precision: EDTF (ISO 8601-2:2019) level 1, sets of level 2 and Julian dates; their bounds and words.

Read are

* days, months and years: ``2022-07-13``, ``2022-07``, ``2022``;
* unspecified digits: ``202X``, ``20XX``, ``2022-XX``, ``2022-07-XX``, ``2022-XX-XX``;
* seasons and other parts of a year: ``2022-21`` (spring) to ``2022-24`` (winter), and the codes 25 to 41 of level 2;
* a mark behind any of these: ``~`` (approximate), ``?`` (uncertain), ``%`` (both);
* intervals: ``1991-08/1991-12``, with an open (``1991/..``) or an unknown end (``1991/``);
* sets of level 2: ``[1991,1993]`` (one of them) and ``{1991,1993}`` (all of them), members of which may be spans:
  ``1991..1993``, ``..1991``, ``1991..``;
* any of them in the Julian calendar: ``julian:1917-10-25``.

A date stands for the days that it may mean, from the earliest to the latest. ``~`` and ``%`` widen it by one unit of
the date's own precision on both sides: ``2022-02~`` is 2022-01-01 to 2022-03-31. An end that is open or unknown has
no bound, for which the first or the last day of :class:`datetime.date` stands; so does its first day for what lies
before our era (``-0660``, ``Y-12000``). Dates after the year 9999 are read and put into words, and have no bounds.
"""

import calendar
import datetime as dt
import math
import re
from functools import lru_cache
from typing import NamedTuple

from comity.errors import DateError

_YEAR = r"(?P<year>-(?!0000)\d{4}|\d{4}|-?(?:\d{3}X|\d\dXX)(?!-)|Y-?[1-9]\d{4,11})"
_FORM = re.compile(rf"{_YEAR}(?:-(?P<month>\d\d|XX(?!-\d))(?:-(?P<day>\d\d|XX))?)?(?P<mark>[~?%]?)", re.ASCII)
_CURE = "Write YYYY-MM-DD, YYYY-MM or YYYY, with ~ behind it for 'about' (for example 2022-07-13 or 1991~)."
_BEYOND = "Leave the date out where it may be empty, and tell it in the note."
_MORE = (
    f"{_CURE} Other forms of EDTF are read too, such as 1991-08/1991-12, [1991,1993] or julian:1917-10-25."
)
#: Forms of EDTF that are not read, what they have that is not read, and what to write in their place.
_NOT_READ = (
    (r".*\dT\d\d.*", "a time of day", "Leave the time of day out."),
    (r".*\d[ES]\d.*", "an exponent or significant digits", "Write the years between which it lies: A/B."),
    (r".*[~?%].*[-\d].*", "a mark on a part of the date", "Put one mark behind the whole date."),
    (r".*X.*", "these unspecified digits", "Write the days between which it lies: [A..B]."),
)
_JULIAN = "julian:"
_FIRST, _LAST = dt.date.min.toordinal(), dt.date.max.toordinal()
#: The parts of a year, by the code in place of the month: name, first month, number of months. Seasons are the
#: meteorological ones, in the north unless the code says south; a winter or summer over the turn of the year
#: belongs to the year in which it begins.
_NAMES = ("spring", "summer", "autumn", "winter")
_PARTS = {
    **{21 + n: (_NAMES[n], 3 + 3 * n, 3) for n in range(4)},
    **{25 + n: (f"northern {_NAMES[n]}", 3 + 3 * n, 3) for n in range(4)},
    **{29 + n: (f"southern {_NAMES[n]}", (9, 12, 3, 6)[n], 3) for n in range(4)},
    **{
        33 + n: (f"{one} quarter", 1 + 3 * n, 3)
        for n, one in enumerate(("first", "second", "third", "fourth"))
    },
    **{37 + n: (f"{one} third", 1 + 4 * n, 4) for n, one in enumerate(("first", "second", "third"))},
    **{40 + n: (f"{one} half", 1 + 6 * n, 6) for n, one in enumerate(("first", "second"))},
}


class _Calendar(NamedTuple):
    """How days of a calendar are counted: 1 is 0001-01-01 of the Gregorian calendar, as in :mod:`datetime`."""

    julian: bool

    def leap(self, year: int) -> bool:
        return year % 4 == 0 and (self.julian or year % 100 != 0 or year % 400 == 0)

    def length(self, year: int, month: int) -> int:
        return 28 + self.leap(year) if month == 2 else 30 + (month in (1, 3, 5, 7, 8, 10, 12))

    def ordinal(self, year: int, month: int, day: int) -> int:
        before = year - 1
        leaps = before // 4 - 2 if self.julian else before // 4 - before // 100 + before // 400
        return 365 * before + leaps + sum(self.length(year, one) for one in range(1, month)) + day

    def months(self, year: int, month: int, number: int, widen: int) -> tuple[int, int]:
        """Return the first and the last day of some months, widened by as many on both sides."""
        first, last = year * 12 + month - 1 - widen, year * 12 + month - 2 + number + widen
        end = (last // 12, last % 12 + 1)
        return self.ordinal(first // 12, first % 12 + 1, 1), self.ordinal(*end, self.length(*end))


class _Date(NamedTuple):
    """One date as written, without a calendar."""

    years: tuple[int, int]
    month: str
    day: str
    mark: str

    def days(self, reckoned: _Calendar) -> tuple[int, int]:
        """Return the first and the last day that it may mean.

        :raises ValueError: if it has a month or a day that is not there.
        """
        widen = int(self.mark in ("~", "%"))
        first, last = self.years
        if not self.month:
            widen *= last - first + 1
            return reckoned.ordinal(first - widen, 1, 1), reckoned.ordinal(last + widen, 12, 31)
        if self.month == "XX":
            return reckoned.months(first, 1, 12, widen)
        month = int(self.month)
        if month in _PARTS and not self.day:
            _, start, number = _PARTS[month]
            return reckoned.months(first, start, number, widen * number)
        if not 1 <= month <= 12:
            raise ValueError("a month beyond twelve")
        if not self.day:
            return reckoned.months(first, month, 1, widen)
        if self.day == "XX":
            days = reckoned.months(first, month, 1, 0)
            return days[0] - widen, days[1] + widen
        if not 1 <= int(self.day) <= reckoned.length(first, month):
            raise ValueError("a day that the month has not")
        day = reckoned.ordinal(first, month, int(self.day))
        return day - widen, day + widen

    def words(self) -> str:
        """Return it in English."""
        first, last = self.years
        year = _year(first)
        if first != last:
            decade = first > 0 and last - first == 9
            year = f"the {year}s" if decade else f"the years {year} to {_year(last)}"
        if not self.month:
            said = year
        elif self.month == "XX":
            said = f"some {'day' if self.day else 'month'} of {year}"
        elif (month := int(self.month)) in _PARTS:
            name = _PARTS[month][0]
            said = f"{name} {year}" if name.endswith(_NAMES) else f"the {name} of {year}"
        elif self.day == "XX":
            said = f"some day of {calendar.month_name[month]} {year}"
        else:
            said = f"{calendar.month_name[month]} {year}"
            said = f"{int(self.day)} {said}" if self.day else said
        about = "about " if self.mark in ("~", "%") else ""
        return about + said + (" (uncertain)" if self.mark in ("?", "%") else "")


def _year(year: int) -> str:
    """Return a year in words; the year 0 of EDTF is 1 BC."""
    return f"{year:04d}" if year > 0 else f"{1 - year} BC"


def _date(text: str) -> _Date:
    """Return one date.

    :raises DateError: if it has another form; the message says what of it is not read, and what to write.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        for unread, what, cure in _NOT_READ:
            if re.fullmatch(unread, text, re.ASCII):
                raise DateError(f"{text[:60]!r} has {what}, and that is not read. {cure}")
        raise DateError(f"{text[:60]!r} is not a date. {_MORE}")
    year = form["year"].removeprefix("Y")
    years = sorted(int(year.replace("X", digit)) for digit in "09")
    return _Date((years[0], years[1]), form["month"] or "", form["day"] or "", form["mark"])


class _Span(NamedTuple):
    """A date, or the span between two; an end that is None is open."""

    first: _Date | None
    last: _Date | None
    #: Whether the end that is None is unknown rather than open.
    unknown: bool = False

    def between(self) -> str:
        """Return an interval in English."""
        if self.first and self.last:
            return f"{self.first.words()} to {self.last.words()}"
        if self.first:
            return f"from {self.first.words()} " + ("to an unknown day" if self.unknown else "on")
        last = self.last.words() if self.last else ""
        return f"from an unknown day to {last}" if self.unknown else f"until {last}"

    def member(self, one_of: bool) -> str:
        """Return a member of a set in English."""
        joint = "or" if one_of else "and"
        if self.first == self.last and self.first:
            return self.first.words()
        if self.first and self.last:
            return ("some time from " if one_of else "") + self.between()
        if self.first:
            return f"{self.first.words()} {joint} later"
        return f"{self.last.words()} {joint} before" if self.last else ""


class _Reading(NamedTuple):
    """An EDTF string, read."""

    kind: str  #: ``date``, ``interval``, ``one of`` or ``all of``
    spans: tuple[_Span, ...]
    reckoned: _Calendar

    def days(self) -> tuple[int, int]:
        """Return the first and the last day that it may mean, ends that are open at those of :mod:`datetime`."""
        found = []
        for span in self.spans:
            first = span.first.days(self.reckoned) if span.first else (_FIRST, _FIRST)
            last = span.last.days(self.reckoned) if span.last else (_LAST, _LAST)
            if first[0] > last[1]:
                raise DateError("it ends before it begins. Exchange the two ends, or correct one.")
            found.append((first[0], last[1]))
        return min(first for first, _ in found), max(last for _, last in found)

    def words(self) -> str:
        """Return it in English."""
        if self.kind == "interval":
            return self.spans[0].between()
        one_of = self.kind == "one of"
        members = [span.member(one_of) for span in self.spans]
        said = ", ".join(members[:-1])
        return f"{said} {'or' if one_of else 'and'} {members[-1]}" if said else members[-1]


def _read(edtf: str) -> _Reading:
    """Return an EDTF string, read.

    :raises DateError: if it has a form that is not read.
    """
    text = edtf.removeprefix(_JULIAN)
    reckoned = _Calendar(text != edtf)
    if text[:1] + text[-1:] in ("[]", "{}"):
        spans = []
        for part in text[1:-1].split(","):
            begin, dots, end = part.partition("..")
            ends = (_date(begin) if begin else None, _date(end) if end else None)
            if ends == (None, None):
                raise DateError(f"{edtf[:60]!r} has a member without a date. {_MORE}")
            spans.append(_Span(*ends) if dots else _Span(ends[0], ends[0]))
        return _Reading("one of" if text[0] == "[" else "all of", tuple(spans), reckoned)
    if "/" in text:
        one, _, other = text.partition("/")
        if one in ("", "..") and other in ("", ".."):
            raise DateError(f"{edtf[:60]!r} has a date at neither end. {_MORE}")
        first, last = (None if end in ("", "..") else _date(end) for end in (one, other))
        return _Reading("interval", (_Span(first, last, "" in (one, other)),), reckoned)
    date = _date(text)
    return _Reading("date", (_Span(date, date),), reckoned)


@lru_cache(maxsize=65536)
def bounds(edtf: str) -> tuple[dt.date, dt.date]:
    """Return the first and the last day that an EDTF date may mean, in the Gregorian calendar.

    Days before our era cannot be told apart by their bounds: 1 January of the year 1 stands for each.

    >>> bounds("2022-07")
    (datetime.date(2022, 7, 1), datetime.date(2022, 7, 31))
    >>> bounds("2022-02~")
    (datetime.date(2022, 1, 1), datetime.date(2022, 3, 31))
    >>> bounds("julian:1917-10-25")
    (datetime.date(1917, 11, 7), datetime.date(1917, 11, 7))
    >>> bounds("-0660")
    (datetime.date(1, 1, 1), datetime.date(1, 1, 1))

    :raises DateError: if it is not a date that is read, or may be after the year 9999; the message gives the cure.
    """
    first, last = _days(edtf)
    if last > _LAST:
        raise DateError(f"{edtf[:60]!r} is, or may be, after the year 9999. {_BEYOND}")
    return dt.date.fromordinal(max(first, _FIRST)), dt.date.fromordinal(max(last, _FIRST))


def check_orderable(edtf: str) -> None:
    """Check the date of an act, a succession or a dispute: these are put in order by their bounds.

    :raises DateError: if :func:`bounds` raises it, or the date may lie before our era, where bounds give no order.
    """
    bounds(edtf)
    if _days(edtf)[0] < _FIRST:
        raise DateError(
            f"{edtf[:60]!r} is, or may be, before our era, and acts are put in order by days of the years 1 to 9999. "
            "Leave the act out, and tell it in a note."
        )


def _days(edtf: str) -> tuple[int, int]:
    """Return the first and the last day that a date may mean, as :meth:`datetime.date.toordinal` counts on.

    :raises DateError: if it is not a date that is read.
    """
    reading = _read(edtf)
    try:
        return reading.days()
    except ValueError:
        raise DateError(f"{edtf[:60]!r} is not a day of the calendar. {_CURE}") from None
    except DateError as error:
        raise DateError(f"{edtf[:60]!r}: {error}") from None


def day(text: str) -> dt.date:
    """Return one exact calendar day, as ``--as-of`` takes it.

    :raises DateError: if the text is not ``YYYY-MM-DD`` of the calendar.
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            pass
    raise DateError(f"{text!r} is not a day. Write YYYY-MM-DD, for example 2022-07-14.")


@lru_cache(maxsize=65536)
def order(edtf: str) -> tuple[float, float]:
    """Return by what dates are sorted: the days that they may mean; what is no date comes first."""
    try:
        return _days(edtf)
    except DateError:
        return -math.inf, -math.inf


def shifted(day: str, by: int) -> str:
    """Return the day that is some days after another in ISO 8601, never beyond the years 1 to 9999."""
    return dt.date.fromordinal(
        min(max(dt.date.fromisoformat(day).toordinal() + by, _FIRST), _LAST)
    ).isoformat()


@lru_cache(maxsize=8192)
def in_words(edtf: str) -> str:
    """Return an EDTF date in English at the precision known; any other text as it is.

    >>> in_words("2022-02~")
    'about February 2022'
    >>> in_words("2022-07-13/2022-07-14")
    '13 July 2022 to 14 July 2022'
    >>> in_words("julian:1917-10-25")
    '25 October 1917 in the Julian calendar (7 November 1917)'
    """
    try:
        reading = _read(edtf)
        first, last = reading.days()
    except (DateError, ValueError):
        return edtf
    said = reading.words()
    if not reading.reckoned.julian:
        return said
    said += " in the Julian calendar"
    if not _FIRST < first <= last < _LAST:
        return said
    days = [
        in_words(dt.date.fromordinal(one).isoformat())
        for one in ((first,) if first == last else (first, last))
    ]
    return f"{said} ({' to '.join(days)})"


_ONE = r"\d{4}-(?:\d\d|XX)(?:-(?:\d\d|XX))?[~?%]?"
_SET = r"[\[{][\dX~?%.-]*(?:,|\.\.)[\dX~?%.,-]*[\]}]"
_WRITTEN = re.compile(
    rf"(?<![\d/.-])(?:julian:(?:{_SET}|\d{{4}}[\dX~?%/-]*)|{_SET}|{_ONE}/(?:{_ONE}|\.\.)|\.\./{_ONE}|{_ONE}"
    r"|(?:\d{4}[~?%]|\d{3}X[~?%]?))(?![\d/-])",
    re.ASCII,
)


def dated(text: str) -> str:
    """Return a text with the dates in it written out.

    >>> dated("Abkhazia recognises South Ossetia, 2005~")
    'Abkhazia recognises South Ossetia, about 2005'
    """
    return _WRITTEN.sub(lambda found: in_words(found[0]), text)
