"""Dates of stated precision: EDTF (ISO 8601-2:2019) level 1, sets of level 2, Julian dates; bounds and wording.

Supported forms are

* days, months and years: ``2022-07-13``, ``2022-07``, ``2022``;
* unspecified digits: ``202X``, ``20XX``, ``2022-XX``, ``2022-07-XX``, ``2022-XX-XX``;
* seasons and other parts of a year: ``2022-21`` (spring) to ``2022-24`` (winter), and the codes 25 to 41 of level 2;
* a qualifier after any of these: ``~`` (approximate), ``?`` (uncertain), ``%`` (both);
* intervals: ``1991-08/1991-12``, with an open (``1991/..``) or an unknown end (``1991/``);
* sets of level 2: ``[1991,1993]`` (one of them) and ``{1991,1993}`` (all of them), whose members may be spans:
  ``1991..1993``, ``..1991``, ``1991..``;
* any of them in the Julian calendar: ``julian:1917-10-25``.

A date represents the days that it may denote, from the earliest to the latest. ``~`` and ``%`` widen it by one unit of
the date's own precision on both sides: ``2022-02~`` is 2022-01-01 to 2022-03-31. An open or unknown end has no bound
and is represented by the first or the last day of :class:`datetime.date`; so are dates before the Common Era
(``-0660``, ``Y-12000``), by the first. Dates after the year 9999 are parsed and put into words, but have no bounds.
"""

import datetime as dt
import math
import re
from calendar import month_name
from typing import NamedTuple

from comity.caching import cached_if_short
from comity.errors import DateError

_YEAR = r"(?P<year>-(?!0000)\d{4}|\d{4}|-?(?:\d{3}X|\d\dXX)(?!-)|Y-?[1-9]\d{4,11})"
_FORM = re.compile(rf"{_YEAR}(?:-(?P<month>\d\d|XX(?!-\d))(?:-(?P<day>\d\d|XX))?)?(?P<mark>[~?%]?)", re.ASCII)
_CURE = "Write YYYY-MM-DD, YYYY-MM or YYYY, followed by ~ for 'about' (for example 2022-07-13 or 1991~)."
_BEYOND = "Leave the date empty if that is allowed, and give it in the note."
_MORE = f"{_CURE} Other supported forms of EDTF include 1991-08/1991-12, [1991,1993] or julian:1917-10-25."
#: Unsupported forms of EDTF, the unsupported part, and what to write instead.
_UNSUPPORTED = (
    (r".*\dT\d\d.*", "a time of day", "Omit the time of day."),
    (r".*\d[ES]\d.*", "an exponent or significant digits", "Write the years it lies between: A/B."),
    (r".*[~?%].*[-\d].*", "a qualifier on part of the date", "Put one qualifier after the whole date."),
    (r".*X.*", "these unspecified digits", "Write the days it lies between: [A..B]."),
)
_JULIAN = "julian:"
_FIRST, _LAST = dt.date.min.toordinal(), dt.date.max.toordinal()
#: The parts of a year, by the code in place of the month: name, first month, number of months. Seasons are the
#: meteorological ones, in the northern hemisphere unless the code says southern; a winter or summer that spans the
#: turn of the year belongs to the year in which it begins.
_NAMES = ("spring", "summer", "autumn", "winter")
_PARTS = {
    **{21 + n: (_NAMES[n], 3 + 3 * n, 3) for n in range(4)},
    **{25 + n: (f"northern {_NAMES[n]}", 3 + 3 * n, 3) for n in range(4)},
    **{29 + n: (f"southern {_NAMES[n]}", (9, 12, 3, 6)[n], 3) for n in range(4)},
    **{
        33 + n: (f"{ordinal} quarter", 1 + 3 * n, 3)
        for n, ordinal in enumerate(("first", "second", "third", "fourth"))
    },
    **{37 + n: (f"{ordinal} third", 1 + 4 * n, 4) for n, ordinal in enumerate(("first", "second", "third"))},
    **{40 + n: (f"{ordinal} half", 1 + 6 * n, 6) for n, ordinal in enumerate(("first", "second"))},
}


class _Calendar(NamedTuple):
    """The day count of a calendar: 1 is 0001-01-01 of the Gregorian calendar, as in :mod:`datetime`."""

    julian: bool

    def is_leap(self, year: int) -> bool:
        return year % 4 == 0 and (self.julian or year % 100 != 0 or year % 400 == 0)

    def days_in(self, year: int, month: int) -> int:
        return 28 + self.is_leap(year) if month == 2 else 30 + (month in (1, 3, 5, 7, 8, 10, 12))

    def ordinal(self, year: int, month: int, day: int) -> int:
        before = year - 1
        leaps = before // 4 - 2 if self.julian else before // 4 - before // 100 + before // 400
        return 365 * before + leaps + sum(self.days_in(year, earlier) for earlier in range(1, month)) + day

    def months(self, year: int, month: int, number: int, widen: int) -> tuple[int, int]:
        """Return the first and last day of some months, widened by a number of months on both sides."""
        first, last = year * 12 + month - 1 - widen, year * 12 + month - 2 + number + widen
        end = (last // 12, last % 12 + 1)
        return self.ordinal(first // 12, first % 12 + 1, 1), self.ordinal(*end, self.days_in(*end))


class _Date(NamedTuple):
    """A date as written, without a calendar."""

    years: tuple[int, int]
    month: str
    day: str
    mark: str

    def days(self, calendar: _Calendar) -> tuple[int, int]:
        """Return the first and last day the date may denote.

        :raises ValueError: if the month or day does not exist.
        """
        widen = int(self.mark in ("~", "%"))
        first, last = self.years
        if not self.month:
            widen *= last - first + 1
            return calendar.ordinal(first - widen, 1, 1), calendar.ordinal(last + widen, 12, 31)
        if self.month == "XX":
            return calendar.months(first, 1, 12, widen)
        month = int(self.month)
        if month in _PARTS and not self.day:
            _, start, number = _PARTS[month]
            return calendar.months(first, start, number, widen * number)
        if not 1 <= month <= 12:
            raise ValueError("a month greater than twelve")
        if not self.day:
            return calendar.months(first, month, 1, widen)
        if self.day == "XX":
            days = calendar.months(first, month, 1, 0)
            return days[0] - widen, days[1] + widen
        if not 1 <= int(self.day) <= calendar.days_in(first, month):
            raise ValueError("a day that the month does not have")
        day = calendar.ordinal(first, month, int(self.day))
        return day - widen, day + widen

    def words(self) -> str:
        """Return the date in English."""
        first, last = self.years
        year = _year(first)
        if first != last:
            decade = first > 0 and last - first == 9
            year = f"the {year}s" if decade else f"the years {year} to {_year(last)}"
        if not self.month:
            text = year
        elif self.month == "XX":
            text = f"some {'day' if self.day else 'month'} of {year}"
        elif (month := int(self.month)) in _PARTS:
            name = _PARTS[month][0]
            text = f"{name} {year}" if name.endswith(_NAMES) else f"the {name} of {year}"
        elif self.day == "XX":
            text = f"some day of {month_name[month]} {year}"
        else:
            text = f"{month_name[month]} {year}"
            text = f"{int(self.day)} {text}" if self.day else text
        about = "about " if self.mark in ("~", "%") else ""
        return about + text + (" (uncertain)" if self.mark in ("?", "%") else "")


def _year(year: int) -> str:
    """Return a year in words; the year 0 of EDTF is 1 BC."""
    return f"{year:04d}" if year > 0 else f"{1 - year} BC"


def _date(text: str) -> _Date:
    """Parse a single date.

    :raises DateError: if it has an unsupported form; the message names the part and what to write instead.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        for pattern, part, cure in _UNSUPPORTED:
            if re.fullmatch(pattern, text, re.ASCII):
                raise DateError(f"{text[:60]!r} has {part}, which is not supported. {cure}")
        raise DateError(f"{text[:60]!r} is not a date. {_MORE}")
    year = form["year"].removeprefix("Y")
    years = sorted(int(year.replace("X", digit)) for digit in "09")
    return _Date((years[0], years[1]), form["month"] or "", form["day"] or "", form["mark"])


class _Span(NamedTuple):
    """A date, or the span between two; an end that is None is open."""

    first: _Date | None
    last: _Date | None
    #: Whether an end that is None is unknown rather than open.
    unknown: bool = False

    def between(self) -> str:
        """Return the interval in English."""
        if self.first and self.last:
            return f"{self.first.words()} to {self.last.words()}"
        if self.first:
            return f"from {self.first.words()} " + ("to an unknown day" if self.unknown else "on")
        last = self.last.words() if self.last else ""
        return f"from an unknown day to {last}" if self.unknown else f"until {last}"

    def member(self, one_of: bool) -> str:
        """Return the span as a member of a set in English."""
        joint = "or" if one_of else "and"
        if self.first == self.last and self.first:
            return self.first.words()
        if self.first and self.last:
            ends = f"{self.first.words()} and {self.last.words()}"
            return f"some time between {ends}" if one_of else self.between()
        if self.first:
            return f"{self.first.words()} {joint} later"
        return f"{self.last.words()} {joint} before" if self.last else ""


class _Expression(NamedTuple):
    """A parsed EDTF string."""

    kind: str  #: ``date``, ``interval``, ``one of`` or ``all of``
    spans: tuple[_Span, ...]
    calendar: _Calendar

    def days(self) -> tuple[int, int]:
        """Return the first and last day it may denote; open ends are those of :mod:`datetime`."""
        bounds = []
        for span in self.spans:
            first = span.first.days(self.calendar) if span.first else (_FIRST, _FIRST)
            last = span.last.days(self.calendar) if span.last else (_LAST, _LAST)
            if first[0] > last[1]:
                raise DateError("it ends before it begins. Swap the two ends, or correct one.")
            bounds.append((first[0], last[1]))
        return min(first for first, _ in bounds), max(last for _, last in bounds)

    def words(self) -> str:
        """Return the date in English."""
        if self.kind == "interval":
            return self.spans[0].between()
        one_of = self.kind == "one of"
        members = [span.member(one_of) for span in self.spans]
        if len(members) == 1:
            return members[0]
        return f"{', '.join(members[:-1])} {'or' if one_of else 'and'} {members[-1]}"


def _parse(edtf: str) -> _Expression:
    """Parse an EDTF string.

    :raises DateError: if it has an unsupported form.
    """
    text = edtf.removeprefix(_JULIAN)
    calendar = _Calendar(text != edtf)
    if text[:1] + text[-1:] in ("[]", "{}"):
        spans = []
        for part in text[1:-1].split(","):
            begin, dots, end = part.partition("..")
            ends = (_date(begin) if begin else None, _date(end) if end else None)
            if ends == (None, None):
                raise DateError(f"{edtf[:60]!r} has a member without a date. {_MORE}")
            spans.append(_Span(*ends) if dots else _Span(ends[0], ends[0]))
        return _Expression("one of" if text[0] == "[" else "all of", tuple(spans), calendar)
    if "/" in text:
        begin, _, end = text.partition("/")
        if begin in ("", "..") and end in ("", ".."):
            raise DateError(f"{edtf[:60]!r} has no date at either end. {_MORE}")
        first, last = (None if bound in ("", "..") else _date(bound) for bound in (begin, end))
        return _Expression("interval", (_Span(first, last, "" in (begin, end)),), calendar)
    date = _date(text)
    return _Expression("date", (_Span(date, date),), calendar)


@cached_if_short(65536)
def bounds(edtf: str) -> tuple[dt.date, dt.date]:
    """Return the first and last day that an EDTF date may denote, in the Gregorian calendar.

    Days before the Common Era cannot be distinguished by bounds: 1 January of the year 1 represents each.

    >>> bounds("2022-07")
    (datetime.date(2022, 7, 1), datetime.date(2022, 7, 31))
    >>> bounds("2022-02~")
    (datetime.date(2022, 1, 1), datetime.date(2022, 3, 31))
    >>> bounds("julian:1917-10-25")
    (datetime.date(1917, 11, 7), datetime.date(1917, 11, 7))
    >>> bounds("-0660")
    (datetime.date(1, 1, 1), datetime.date(1, 1, 1))

    :raises DateError: if it is not a supported date, or may be after the year 9999; the message says how to fix it.
    """
    first, last = _days(edtf)
    if last > _LAST:
        raise DateError(f"{edtf[:60]!r} is, or may be, after the year 9999. {_BEYOND}")
    return dt.date.fromordinal(max(first, _FIRST)), dt.date.fromordinal(max(last, _FIRST))


def check_orderable(edtf: str) -> None:
    """Check the date of an act, a succession or a dispute, which are ordered by their bounds.

    :raises DateError: if :func:`bounds` raises it, or the date may be before the Common Era, where bounds give no
        order.
    """
    if bounds(edtf)[0] == dt.date.min and _days(edtf)[0] < _FIRST:
        raise DateError(
            f"{edtf[:60]!r} is, or may be, before the Common Era, but acts are ordered by days in the years 1 to 9999. "
            "Omit the act, and describe it in a note."
        )


def _days(edtf: str) -> tuple[int, int]:
    """Return the first and last day that a date may denote, as ordinals that continue those of :mod:`datetime`.

    :raises DateError: if it is not a supported date.
    """
    expression = _parse(edtf)
    try:
        return expression.days()
    except ValueError:
        raise DateError(f"{edtf[:60]!r} is not a valid calendar day. {_CURE}") from None
    except DateError as error:
        raise DateError(f"{edtf[:60]!r}: {error}") from None


def day(text: str) -> dt.date:
    """Parse an exact calendar day, as accepted by ``--as-of``.

    :raises DateError: if the text is not a valid day as ``YYYY-MM-DD``.
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            pass
    raise DateError(f"{text!r} is not a valid day. Write YYYY-MM-DD, for example 2022-07-14.")


@cached_if_short(65536)
def order(edtf: str) -> tuple[float, float]:
    """Return the sort key of a date, the days it may denote; texts that are not dates come first."""
    try:
        return _days(edtf)
    except DateError:
        return -math.inf, -math.inf


def shifted(day: str, by: int) -> str:
    """Return the day a number of days after another in ISO 8601, limited to the years 1 to 9999."""
    return dt.date.fromordinal(
        min(max(dt.date.fromisoformat(day).toordinal() + by, _FIRST), _LAST)
    ).isoformat()


@cached_if_short(8192)
def in_words(edtf: str) -> str:
    """Return an EDTF date in English at its own precision; any other text unchanged.

    >>> in_words("2022-02~")
    'about February 2022'
    >>> in_words("2022-07-13/2022-07-14")
    '13 July 2022 to 14 July 2022'
    >>> in_words("julian:1917-10-25")
    '25 October 1917 in the Julian calendar (7 November 1917)'
    """
    try:
        expression = _parse(edtf)
        first, last = expression.days()
    except (DateError, ValueError):
        return edtf
    text = expression.words()
    if not expression.calendar.julian:
        return text
    text += " in the Julian calendar"
    if not _FIRST < first <= last < _LAST:
        return text
    days = [in_words(dt.date.fromordinal(day).isoformat()) for day in sorted({first, last})]
    return f"{text} ({' to '.join(days)})"


_SINGLE = r"\d{4}-(?:\d\d|XX)(?:-(?:\d\d|XX))?[~?%]?"
_SET = r"[\[{][\dX~?%.-]*(?:,|\.\.)[\dX~?%.,-]*[\]}]"
_DATE_IN_TEXT = re.compile(
    rf"(?<![\d/.-])(?:julian:(?:{_SET}|\d{{4}}[\dX~?%/-]*)|{_SET}|{_SINGLE}/(?:{_SINGLE}|\.\.)|\.\./{_SINGLE}|{_SINGLE}"
    r"|(?:\d{4}[~?%]|\d{3}X[~?%]?))(?![\d/-])",
    re.ASCII,
)


def dated(text: str) -> str:
    """Return a text with its EDTF dates in English.

    >>> dated("Abkhazia recognises South Ossetia, 2005~")
    'Abkhazia recognises South Ossetia, about 2005'
    """
    return _DATE_IN_TEXT.sub(lambda date: in_words(date[0]), text)
