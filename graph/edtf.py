"""Dates of known precision: the subset of EDTF (ISO 8601-2:2019, level 1) that the tables use, and their bounds.

Valid are ``2022-07-13``, ``2022-07`` and ``2022``, each optionally followed by ``~`` (approximate), ``?`` (uncertain)
or ``%`` (both), and the unspecified digits of ``202X`` and ``20XX``. A date stands for the interval of days that it
may mean; ``~`` and ``%`` widen it by one unit of the date's own precision on both sides: ``2022-02~`` is 2022-01-01
to 2022-03-31.
"""

import calendar
import datetime as dt
import re
from functools import lru_cache

from comity.errors import DateError

_FORM = re.compile(
    r"(?P<year>\d{4}|\d{3}X|\d{2}XX)(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?(?P<mark>[~?%]?)", re.ASCII
)
_CURE = "Write YYYY-MM-DD, YYYY-MM or YYYY, with ~ behind it for 'about' (for example 2022-07-13 or 1991~)."


def _month_end(year: int, month: int) -> dt.date:
    following = dt.date(year + month // 12, month % 12 + 1, 1) if (year, month) != (9999, 12) else None
    return following - dt.timedelta(days=1) if following else dt.date.max


def _years(year: str) -> tuple[int, int]:
    return int(year.replace("X", "0")), int(year.replace("X", "9"))


def _month_shift(year: int, month: int, by: int) -> tuple[int, int]:
    count = year * 12 + month - 1 + by
    return count // 12, count % 12 + 1


@lru_cache(maxsize=65536)
def bounds(edtf: str) -> tuple[dt.date, dt.date]:
    """Return the first and the last day that an EDTF date may mean.

    >>> bounds("2022-07")
    (datetime.date(2022, 7, 1), datetime.date(2022, 7, 31))
    >>> bounds("2022-02~")
    (datetime.date(2022, 1, 1), datetime.date(2022, 3, 31))

    :raises DateError: if it is not a date of the subset; the message shows the valid forms.
    """
    form = _FORM.fullmatch(edtf)
    if form is None:
        raise DateError(f"{edtf!r} is not a date. {_CURE}")
    first_year, last_year = _years(form["year"])
    widen = 1 if form["mark"] in ("~", "%") else 0
    try:
        if form["month"] is None:
            unit = last_year - first_year + 1
            return (
                dt.date(first_year - widen * unit, 1, 1),
                dt.date(last_year + widen * unit, 12, 31),
            )
        if first_year != last_year:
            raise ValueError("a month of an unspecified year")
        return _days(first_year, form["month"], form["day"], widen)
    except (ValueError, OverflowError):
        raise DateError(f"{edtf!r} is not a day of the calendar. {_CURE}") from None


def _days(year: int, month_text: str, day_text: str | None, widen: int) -> tuple[dt.date, dt.date]:
    month = int(month_text)
    if day_text is not None:
        day = dt.date(year, month, int(day_text))
        return day - dt.timedelta(days=widen), day + dt.timedelta(days=widen)
    dt.date(year, month, 1)
    return (
        dt.date(*_month_shift(year, month, -widen), 1),
        _month_end(*_month_shift(year, month, widen)),
    )


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


@lru_cache(maxsize=8192)
def in_words(edtf: str) -> str:
    """Return a date, or an interval of two, in English at the precision known; any other text as it is.

    >>> in_words("2022-02~")
    'about February 2022'
    >>> in_words("2022-07-13/2022-07-14")
    '13 July 2022 to 14 July 2022'
    """
    if "/" in edtf:
        first, _, last = edtf.partition("/")
        return " to ".join(in_words(end) if end.strip(".") else "…" for end in (first, last))
    parts = edtf.rstrip("~?%").split("-")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 3:
        return edtf
    if len(parts) > 1 and not 1 <= int(parts[1]) <= 12:
        return edtf
    words = [parts[0]] if len(parts) == 1 else [calendar.month_name[int(parts[1])], parts[0]]
    if len(parts) == 3:
        words.insert(0, str(int(parts[2])))
    about = "about " if edtf.endswith(("~", "%")) else ""
    return about + " ".join(words) + (" (uncertain)" if edtf.endswith(("?", "%")) else "")


_WRITTEN = re.compile(r"(?<![\d/.-])(?:\d{4}-\d{2}(?:-\d{2})?[~?%]?|\d{4}[~?%])(?![\d/-])", re.ASCII)


def dated(text: str) -> str:
    """Return a text with the dates in it written out.

    >>> dated("Abkhazia recognises South Ossetia, 2005~")
    'Abkhazia recognises South Ossetia, about 2005'
    """
    return _WRITTEN.sub(lambda found: in_words(found[0]), text)
