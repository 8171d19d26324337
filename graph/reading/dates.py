"""Dates in a text, as EDTF at the given precision, relative to the day of publication.

A weekday is the last such day, including the day of publication. A date in the future ("next week") has no value: no
reported act took place then.
"""

import datetime as dt
import re

from comity.edtf import bounds
from comity.errors import DateError
from comity.reading.text import Item, Sentence

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_CARDINAL = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_ORDINAL = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth "
    "twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
)
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_UNITS = {word: number for number, word in enumerate(_CARDINAL.split(), 1)}
_NUMBERS = (
    {f"{ten}-{one}": tens + unit for ten, tens in _TENS.items() for one, unit in list(_UNITS.items())[:9]}
    | _TENS
    | _UNITS
    | {"an": 1, "a": 1}
)
_ORDINALS = {word: number for number, word in enumerate(_ORDINAL.split(), 1)}
_LONG = "January|February|March|April|May|June|July|August|September|October|November|December"
_FEASTS = {
    "New Year's Day": (1, 1), "New Year’s Day": (1, 1), "New Year's Eve": (12, 31), "New Year’s Eve": (12, 31),
    "May Day": (5, 1), "Bastille Day": (7, 14), "Christmas Eve": (12, 24), "Christmas Day": (12, 25),
    "Boxing Day": (12, 26),
}  # fmt: skip
_MONTH = rf"(?P<month>{_LONG}|(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>1[6-9]\d\d|20\d\d)"
_WEEKDAY = r"(?P<weekday>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_PART = r"(?: (?:morning|afternoon|evening|night))?"
_OF_YEAR = r"(?:that|the same|the following|the next|the previous|this|last|the current)"
_THAT_YEAR = rf"(?P<that_year>,? (?:of )?{_OF_YEAR} year)?"
_NUMBER = rf"(?P<number>\d{{1,2}}|{'|'.join(_NUMBERS)})"
#: A clause after "a day after": its subject and its verb.
_CLAUSE = (
    r"(?P<clause>(?P<party>(?-i:(?= [A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?[.,;])))"
    r"|(?= \w{3,}ing\b)|(?= [A-Z][\w-]+['’]s (?:\w+ )?recognition\b)|"
    r"(?= (?:it|they|he|she|the [\w' -]{3,30}?|[A-Z][\w'-]+(?: (?:and |of )?[A-Z][\w'-]+)*)"
    r" (?:had |has |was |were |first |formally )?"
    r"(?:\w{3,}ed|cut|broken?|withdr(?:ew|awn)|frozen?|began|begun|became|become|took|taken|gave|given|set|did|done"
    r"|made)\b))?"
)
#: The forms of a date, the longer before the shorter.
_FORMS = [
    ("iso", rf"(?P<year>\d{{4}})-(?P<month_number>\d\d)-{_DAY}\b"),
    ("around", rf"\b(?:shortly|just|days|weeks) (?:before|after)\b(?=[^.;]{{0,80}}?"
               rf"(?:{_MONTH} {_DAY}|(?P<day2>[0-3]?\d) (?P<month2>{_LONG}))(?:,? {_YEAR})?)"),
    ("day", rf"\b(?:{_WEEKDAY},? )?(?:the )?{_DAY} (?:of )?{_MONTH}(?:,? {_YEAR})?(?!\d){_THAT_YEAR}"),
    ("day", rf"\b(?:{_WEEKDAY},? )?{_MONTH} {_DAY}(?!\d)(?:,? {_YEAR})?{_THAT_YEAR}"),
    ("day", rf"\b(?:the )?(?P<ordinal>{'|'.join(sorted(_ORDINALS, key=len, reverse=True))}) (?:day )?of {_MONTH}"
            rf"(?:,? {_YEAR})?{_THAT_YEAR}"),
    ("last-day", rf"\bthe last day of (?:that month|{_MONTH},?(?: {_YEAR})?)"),
    ("this-day", rf"\b(?:the )?{_DAY}(?<=[a-z]) of (?P<which>this|last|that) month\b"),
    ("this-day", rf"(?<=\bon )the {_DAY}(?<=[a-z])(?P<which>)(?=[,.;])"),
    ("numeric", r"\b(?P<day>[0-3]?\d)(?P<mark>[./])(?P<month_number>[01]?\d)(?P=mark)(?P<year>1[6-9]\d\d|20\d\d)\b"),
    ("instant", rf"\b(?:the )?{_DAY} (?P<which>inst|ult|instant|ultimo)\b\.?"),
    ("weekday-of", rf"\b{_WEEKDAY}(?: of)? (?P<which>last|this) week\b"),
    ("weekday", rf"\b(?P<ahead>next |coming )?(?P<last>last )?{_WEEKDAY}{_PART}"
                r"(?: next| last(?! (?:year|month|week)))?"),
    ("relative", rf"\b{_NUMBER} (?P<unit>day|week|fortnight|month|year)s? "
                 rf"(?P<way>ago|before|earlier|after|later|from now)\b{_CLAUSE}"
                 r"(?P<noun>(?<=after)(?= [\w“\"])|(?<=before)(?= [\w“\"]))?"),
    ("beside", rf"\b(?P<article>the) (?P<which>day|night|evening|week|month|year) (?P<way>before|after)\b"
               rf"(?! yesterday){_CLAUSE}"
               r"(?(clause)|(?! (?:the|a|its|his|her|their)\b))"),
    ("beside", r"\bthe (?P<which>day|month|year) (?P<way>following)\b"),
    ("beside", r"\bthe (?P<way>next|following|previous|preceding) (?P<which>day|month|year)\b"),
    ("of-the-day", r"\bwithin (?:minutes|hours|an hour) of (?=the|its|their)"),
    ("same", r"\b(?:within|in a matter of) (?:minutes|hours)\b(?P<unit>)"),
    ("same", r"\b(?:an|one|two|three|a few|some|several) hours? (?:later|earlier)\b(?P<unit>)"),
    ("same", r"\b(?:half )?an hour (?:before|after)\b(?P<unit>)"),
    ("ahead", r"\b(?:minutes|hours) before\b(?= \w)"),
    ("same", r"\b(?:minutes|hours) (?:later|after|before|earlier)\b(?P<unit>)"),
    ("of-the-day", r"\b(?:earlier|later) (?:in )?the day\b"),
    ("that-day", r"\b(?:in the course of|during) the day\b"),
    ("of-the-day", r"\b[Aa]t the same (?:hour|time|moment)\b(?! as\b)"),
    ("same", r"\b(?:within the hour|before nightfall"
             r"|in the (?:course of the )?(?:afternoon|evening|morning))\b(?P<unit>)"),
    ("same", r"\bat the same (?:meeting|session|conference|ceremony|sitting)\b(?P<unit>)"),
    ("same", r"\bthe (?P<unit>day) (?:on which|when|that)\b"),
    ("month-of", rf"\b{_MONTH},? (?:of )?(?P<of_year>{_OF_YEAR}) year\b"),
    ("same", r"\b(?:the same|that same|that|later the same) "
             r"(?P<unit>day|month|year|evening|night|afternoon|morning)\b"),
    ("early", rf"\b(?P<part>early|mid-|late|about|around) ?(?:in )?{_MONTH} {_YEAR}"),
    ("month", rf"\b{_MONTH},? (?:of )?{_YEAR}"),
    ("last", r"\b(?P<which>last|this|next|earlier this|later this|the coming) "
             r"(?P<unit>week|month|year|spring|summer|autumn|winter)\b"),
    ("season", r"(?<=\bin )(?:the )?(?:early |late )?(?:spring|summer|autumn|winter)\b(?! of)"),
    ("bare-month", rf"\b(?P<last>last |this |next )?{_MONTH}(?! \d)\b"),
    ("today", r"\b(?P<today>to-?day|(?:the )?day before yesterday|yesterday|to-?night|to-?morrow|last night"
              r"|last evening|this (?:morning|afternoon|evening|date))\b"),
    ("feast", rf"\b(?P<feast>{'|'.join(_FEASTS)})\b(?: (?:of )?{_YEAR})?"),
    ("year", rf"\b(?P<part>about |around )?{_YEAR}\b(?!-)"),
]  # fmt: skip
#: The maximum time between the writing of a report and its publication.
_MOST_DAYS = 70
#: How far after "two days before" the reference day may follow.
_MOST_LETTERS = 60
_ANY_CASE = ("relative", "same", "last", "today", "beside", "of-the-day")
_PATTERNS = [(name, re.compile(form, re.IGNORECASE if name in _ANY_CASE else 0)) for name, form in _FORMS]


class Dates:
    """Finds the dates of a text, sentence by sentence; each may refer to the previous one."""

    def __init__(self, published: dt.date | None) -> None:
        """Read dates relative to the day on which a report was written, if known."""
        self.published = published
        #: The first day named: that of the news.
        self._first = ""
        #: The last date, and the earlier ones.
        self._last = ""
        self._before: list[str] = []
        #: The year given in this sentence or the previous one, if in the past.
        self._of_past = 0
        self._sentences_since = 0
        #: Whether the current sentence has named a date.
        self._dated_here = False

    def mark(self, sentence: Sentence) -> None:
        """Replace the tokens of the dates in a sentence with date items."""
        taken: list[tuple[re.Match[str], str]] = []
        for name, pattern in _PATTERNS:
            for form in pattern.finditer(sentence.text):
                if any(form.start() < other.end() and other.start() < form.end() for other, _ in taken):
                    continue
                if name != "bare-month" or self._is_month(sentence.text, form):
                    taken.append((form, name))
        self._sentences_since += 1
        if self._sentences_since > 1:
            self._of_past = 0
        self._dated_here = False
        taken.sort(key=lambda one: one[0].start())
        for place, (form, name) in enumerate(taken):
            following = next(iter(taken[place + 1 : place + 2]), None)
            value = self._reckoned(sentence.text, form, name, following) or self._value(name, form)
            if form.groupdict().get("year") and self.published and int(value[:4] or 0) < self.published.year:
                self._of_past, self._sentences_since = int(value[:4] or 0), 0
            if value and form.groupdict().get("clause") is None:
                self._last, self._dated_here = value, True
                self._first = self._first or (value if len(value) == 10 else "")
                if form.groupdict().get("way") not in ("earlier", "before"):
                    self._before.append(value)
            self._replace(sentence, *form.span(), value)

    def _replace(self, sentence: Sentence, begin: int, end: int, value: str) -> None:
        first, last = sentence.start + begin, sentence.start + end
        places = [place for place, one in enumerate(sentence.items) if first <= one.start and one.end <= last]
        if places:
            one = Item(sentence.text[begin:end], first, last, kind="date", value=value)
            sentence.items[places[0] : places[-1] + 1] = [one]

    @staticmethod
    def _is_month(text: str, form: re.Match[str]) -> bool:
        """Return whether a word such as May or March is a month in its context."""
        before = text[: form.start()].rstrip().rpartition(" ")[2].lower()
        return bool(form["last"]) or before in (
            "in",
            "since",
            "by",
            "until",
            "last",
            "from",
            "to",
            "and",
            "of",
            "early",
            "late",
            "mid",
        )

    def _reckoned(
        self, text: str, form: re.Match[str], name: str, following: tuple[re.Match[str], str] | None
    ) -> str:
        """Return the day of "two days after Moscow recognised them on 21 February", whose reference day follows."""
        way = form.groupdict().get("way") or form[0].rpartition(" ")[2]
        if (
            following is None
            or following[1] not in ("day", "weekday")
            or name not in ("relative", "same", "beside", "today")
        ):
            return ""
        between = text[form.end() : following[0].start()]
        if name == "today":  # "From today, 5 August".
            return self._value("day", following[0]) if between == ", " else ""
        within = name == "same" and between.startswith(" of ")  # "Within hours of independence on Monday".
        if (
            (way not in ("after", "before") and not within)
            or re.search(r"[,.;:]", between)
            or len(between) > _MOST_LETTERS
        ):
            return ""
        base = self._value(following[1], following[0])
        if name == "same" or not base:
            return base
        number = form.groupdict().get("number") or "a"
        count = _NUMBERS.get(number.lower()) or int(number)
        unit = (form.groupdict().get("unit") or form["which"]).lower()
        return self._moved(base, count if way == "after" else -count, unit)

    def _value(self, name: str, form: re.Match[str]) -> str:
        said = form.groupdict()
        try:
            return getattr(self, "_of_" + name.replace("-", "_"))(said)  # type: ignore[no-any-return]
        except (ValueError, OverflowError, DateError):
            return ""

    def _of_iso(self, said: dict[str, str]) -> str:
        return dt.date(int(said["year"]), int(said["month_number"]), int(said["day"])).isoformat()

    def _of_day(self, said: dict[str, str]) -> str:
        month, day = _month(said["month"]), _ORDINALS.get(said.get("ordinal") or "") or int(said["day"])
        if said["year"]:
            return dt.date(int(said["year"]), month, day).isoformat()
        if said.get("that_year"):
            return dt.date(self._year(said["that_year"]), month, day).isoformat()
        if self.published is None:
            return ""
        found = self._latest(lambda year: dt.date(year, month, day))
        if self._of_past and (self.published - found).days > _MOST_DAYS:
            return dt.date(self._of_past, month, day).isoformat()  # "… in June 1991; Germany on 23 December".
        return found.isoformat()

    def _year(self, words: str) -> int:
        """Return the year meant by "that year", "last year" or "the following year".

        :raises ValueError: if it is not known.
        """
        if "this" in words or "last" in words or "current" in words:
            if self.published is None:
                raise ValueError
            return self.published.year - ("last" in words)
        return int(self._last[:4]) + ("following" in words or "next" in words) - ("previous" in words)

    def _known(self, length: int) -> str:
        """Return the last date that is precise enough, by its number of EDTF characters."""
        return next((date for date in reversed(self._before) if len(date.rstrip("~")) >= length), "")

    def _of_feast(self, said: dict[str, str]) -> str:
        month, day = _FEASTS[said["feast"]]
        if said["year"]:
            return dt.date(int(said["year"]), month, day).isoformat()
        return self._latest(lambda year: dt.date(year, month, day)).isoformat() if self.published else ""

    def _of_instant(self, said: dict[str, str]) -> str:
        if self.published is None:
            return ""
        day = self.published.replace(day=1)
        if said["which"].startswith("ult"):
            day = (day - dt.timedelta(1)).replace(day=1)
        return day.replace(day=int(said["day"])).isoformat()

    def _of_this_day(self, said: dict[str, str]) -> str:
        """Return the day of "the 3rd of this month", or the last 3rd before the report."""
        if said["which"] == "that":
            return dt.date.fromisoformat(f"{self._known(7)[:7]}-{int(said['day']):02}").isoformat()
        if self.published is None:
            return ""
        month = self.published.replace(day=1)
        if said["which"] == "last" or (not said["which"] and int(said["day"]) > self.published.day):
            month = (month - dt.timedelta(1)).replace(day=1)
        return month.replace(day=int(said["day"])).isoformat()

    def _of_numeric(self, said: dict[str, str]) -> str:
        day, month = int(said["day"]), int(said["month_number"])
        if said["mark"] == "/" and day <= len(_MONTHS):
            return said["year"]  # The day may be the month.
        return dt.date(int(said["year"]), month, day).isoformat()

    def _of_weekday_of(self, said: dict[str, str]) -> str:
        if self.published is None:
            return ""
        monday = self.published - dt.timedelta(self.published.weekday() + 7 * (said["which"] == "last"))
        day = monday + dt.timedelta(_DAYS.index(said["weekday"].lower()))
        return day.isoformat() if day <= self.published else ""

    def _of_month_of(self, said: dict[str, str]) -> str:
        return f"{self._year(said['of_year']):04}-{_month(said['month']):02}"

    def _of_beside(self, said: dict[str, str]) -> str:
        unit = {"night": "day", "evening": "day"}.get(said["which"].lower(), said["which"].lower())
        sign = -1 if said["way"].lower() in ("before", "previous", "preceding") else 1
        if said.get("clause") is not None and said.get("article") != "The":
            sign = -sign  # "The day after Syria had recognised them": the recognition is the earlier.
        length = {"day": 10, "week": 10, "month": 7, "year": 4}[unit]
        base = self._known(length)
        return self._moved(base, sign, unit) if base and unit != "week" else ""

    def _latest(self, of_year: object) -> dt.date:
        """Return the last such day not after the publication."""
        assert self.published is not None
        found = of_year(self.published.year)  # type: ignore[operator]
        return found if found <= self.published else of_year(self.published.year - 1)  # type: ignore[operator,no-any-return]

    def _of_around(self, said: dict[str, str]) -> str:
        said = said | {"month": said["month"] or said["month2"], "day": said["day"] or said["day2"]}
        return self._of_day(said)[:7] + "~" if self._of_day(said) else ""

    def _of_weekday(self, said: dict[str, str]) -> str:
        if self.published is None or said["ahead"]:
            return ""
        back = (self.published.weekday() - _DAYS.index(said["weekday"].lower())) % 7
        return (self.published - dt.timedelta(back)).isoformat()

    def _of_relative(self, said: dict[str, str]) -> str:
        number = _NUMBERS.get(said["number"].lower()) or int(said["number"])
        way, unit = said["way"].lower(), said["unit"].lower()
        if way == "from now":
            return ""
        if said["party"] is not None and not self._dated_here:
            return ""  # "Two days after Bolivia" is a day only after another: "on December 24, two days after Bolivia".
        # "A day after Iraqi troops invaded Kuwait": in a report that has named no day.
        lead = (
            way == "after" and (number, unit) == (1, "day") and said["clause"] is not None and not self._last
        )
        base = self.published.isoformat() if (way == "ago" or lead) and self.published else self._last
        if not base or len(base) < {"day": 10, "week": 10, "fortnight": 10, "month": 7, "year": 4}[unit]:
            return ""
        clause = said["clause"] is not None and way in ("after", "before")
        if (clause and way == "before") or (not clause and said["noun"] is not None):
            return ""
        # "Three days after it had recognised them": the recognition is the earlier.
        sign = 1 if way in ("after", "later") and not clause else -1
        return self._moved(base, sign * number, unit)

    @staticmethod
    def _moved(base: str, number: int, unit: str) -> str:
        """Return the date a number of days, weeks, months or years before or after another."""
        if unit == "day":
            return (dt.date.fromisoformat(base[:10]) + dt.timedelta(number)).isoformat()
        if unit in ("week", "fortnight"):
            days = number * (7 if unit == "week" else 14)
            exact = "" if abs(number) == 1 else "~"
            return (dt.date.fromisoformat(base[:10]) + dt.timedelta(days)).isoformat() + exact
        if unit == "month":
            months = int(base[:4]) * 12 + int(base[5:7]) - 1 + number
            return f"{months // 12:04}-{months % 12 + 1:02}"
        return f"{int(base[:4]) + number:04}"

    def _of_same(self, said: dict[str, str]) -> str:
        length = {"day": 10, "month": 7, "year": 4}.get(said["unit"].lower(), 10)
        if not said["unit"] and len(self._last) == 10:
            past = self._first and not self._dated_here and self._last[:7] < self._first[:7]
            return (
                self._first if past else self._last
            )  # "Within hours" of what was told last, or of the news.
        if not said["unit"] and not self._first and self.published:
            return self.published.isoformat()  # "Two hours after the vote", where no other day is named.
        return self._known(length)[:length]

    def _of_of_the_day(self, _: dict[str, str]) -> str:
        return self._last if len(self._last) == 10 and self._dated_here else self._first

    def _of_that_day(self, _: dict[str, str]) -> str:
        return max(self._first, self._last if len(self._last) == 10 else "")

    @staticmethod
    def _of_ahead(_: dict[str, str]) -> str:
        return ""  # "Hours before its foreign minister signed": that may be the day after.

    def _of_early(self, said: dict[str, str]) -> str:
        return self._of_month(said) + ("~" if said["part"].startswith(("about", "around")) else "")

    def _of_month(self, said: dict[str, str]) -> str:
        return f"{said['year']}-{_month(said['month']):02}"

    def _of_last(self, said: dict[str, str]) -> str:
        if self.published is None:
            return ""
        which, unit, day = said["which"].lower(), said["unit"].lower(), self.published
        if which in ("next", "later this", "the coming"):
            return ""
        back = which == "last"
        if unit == "year":
            return f"{day.year - back:04}"
        if unit == "month":
            first = day.replace(day=1) - dt.timedelta(1) if back else day
            return first.isoformat()[:7]
        if unit == "week":
            monday = day - dt.timedelta(day.weekday() + 7 * back)
            return monday.isoformat()[:7] if monday.month == (monday + dt.timedelta(6)).month else ""
        return ""

    def _of_last_day(self, said: dict[str, str]) -> str:
        month = self._known(7)[:7]
        if said["month"]:
            number = _month(said["month"])
            month = f"{said['year']}-{number:02}" if said["year"] else self._latest(
                lambda year: dt.date(year, number, 1)
            ).isoformat()[:7]  # fmt: skip
        following = dt.date.fromisoformat(self._moved(month, 1, "month") + "-01")
        return (following - dt.timedelta(1)).isoformat()

    @staticmethod
    def _of_season(_: dict[str, str]) -> str:
        return ""

    def _of_bare_month(self, said: dict[str, str]) -> str:
        if self.published is None or (said["last"] or "").strip() == "next":
            return ""
        month = _month(said["month"])
        if self._of_past and not self._sentences_since and not said["last"]:
            return f"{self._of_past:04}-{month:02}"  # "… in May 1948, Rumania in June".
        return self._latest(lambda year: dt.date(year, month, 1)).isoformat()[:7]

    def _of_today(self, said: dict[str, str]) -> str:
        word = said["today"].lower().replace("-", "")
        if self.published is None or word == "tomorrow":
            return ""
        back = 2 if "before" in word else word in ("yesterday", "last night", "last evening")
        return (self.published - dt.timedelta(back)).isoformat()

    def _of_year(self, said: dict[str, str]) -> str:
        return said["year"] + "~" * bool(said["part"])


def in_dateline(line: str) -> dt.date | None:
    """Return the day of a dateline that gives one with its year."""
    form = re.search(rf"{_MONTH}\.? {_DAY},? {_YEAR}", line)
    try:
        return dt.date(int(form["year"]), _month(form["month"]), int(form["day"])) if form else None
    except ValueError:
        return None


def written_on(line: str, published: dt.date | None) -> dt.date | None:
    """Return the day on which a report was written: that of its dateline if shortly before publication, else that.

    Words such as "yesterday" refer to it.
    """
    if published is None:
        return None
    form = re.search(
        rf"(?:{_MONTH}\.? {_DAY}|{_DAY.replace('day', 'day2')} {_MONTH.replace('month', 'month2')})\b", line
    )
    weekday = re.search(_WEEKDAY, line)
    try:
        if form:
            month, day = form["month"] or form["month2"], form["day"] or form["day2"]
            written = dt.date(published.year, _month(month), int(day))
            if written > published:
                written = written.replace(year=published.year - 1)
        elif weekday:
            back = (published.weekday() - _DAYS.index(weekday["weekday"].lower())) % 7
            written = published - dt.timedelta(back)
        else:
            return published
    except ValueError:
        return published
    return written if (published - written).days <= _MOST_DAYS else published


def overlap(one: str, other: str) -> bool:
    """Return whether two dates may be the same day."""
    (first, last), (begin, end) = bounds(one), bounds(other)
    return first <= end and begin <= last


def _month(word: str) -> int:
    return next(
        number for number, name in enumerate(_MONTHS, 1) if name.startswith(word.lower().rstrip(".")[:3])
    )
