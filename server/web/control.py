"""The day and the party that a page is about: read from its address, shown in one control, carried by links."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlencode

from flask import g, request

from comity.edtf import day as read_day
from comity.errors import DateError, UnknownError
from comity.iris import BASE, identifier
from comity.questions.lookup import find
from comity.server.problems import Problem
from comity.server.web.reading import Row, reader
from comity.snapshots.graphs import FIRST_DAY, LAST_DAY, Address

#: The parameters of the control, which every link within the pages carries on.
PARAMETERS = ("as_of", "according_to", "reading")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@dataclass(frozen=True)
class Moment:
    """A day, how inexact dates are read on it, and the party whose view is added, if any."""

    day: str
    reading: str = "certain"
    party: str | None = None
    given: bool = False

    @property
    def arguments(self) -> dict[str, str]:
        """The parameters that lead to this moment; none for today seen by nobody in particular."""
        found = {"as_of": self.day} if self.given else {}
        if self.party:
            found["according_to"] = self.party
        if self.reading != "certain":
            found["reading"] = self.reading
        return found

    @property
    def words(self) -> str:
        """The day as a person writes it."""
        return in_words(self.day)

    @property
    def snapshot(self) -> str:
        """The IRI of the graph that holds what was in force."""
        return Address(self.day, self.reading, self.party).iri.value

    @property
    def party_iri(self) -> str | None:
        """The IRI of the party."""
        return find(reader().store, self.party, "party").value if self.party else None


def today() -> str:
    """The present day."""
    return dt.date.today().isoformat()


def moment() -> Moment:
    """Give the moment that the address of this request names; today where it names none."""
    if "moment" not in g:
        g.moment = _read()
    found: Moment = g.moment
    return found


def _read() -> Moment:
    text = request.args.get("as_of", "").strip()
    reading = request.args.get("reading", "certain") or "certain"
    if reading not in ("certain", "possible"):
        raise Problem(
            400, "bad-reading", f"reading: {reading[:40]!r} is unknown.", hint="Use certain or possible."
        )
    return Moment(_day(text), reading, _party(request.args.get("according_to", "").strip()), bool(text))


def _day(text: str) -> str:
    if not text:
        return today()
    try:
        day = read_day(text).isoformat()
    except DateError as error:
        raise Problem(
            400, "bad-date", f"as_of: {error}", hint="Write a day as YYYY-MM-DD, such as 2022-07-14."
        ) from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Problem(
            400,
            "bad-date",
            f"as_of: {day} is outside {FIRST_DAY} to {LAST_DAY}.",
            hint="Give a day in between.",
        )
    return day


def _party(text: str) -> str | None:
    if not text:
        return None
    try:
        return identifier(find(reader().store, text, "party"))
    except UnknownError as error:
        raise Problem(
            400, "unknown-party", f"according_to: {error}", hint="Leave it empty for nobody's view."
        ) from error


@lru_cache(maxsize=8192)
def in_words(edtf: str) -> str:
    """Give a date in words, at the precision known: ``2022-02~`` is about February 2022."""
    if "/" in edtf:
        first, _, last = edtf.partition("/")
        return (
            f"{in_words(first) if first.strip('.') else '…'} to {in_words(last) if last.strip('.') else '…'}"
        )
    plain = edtf.rstrip("~?%")
    mark = "about " if edtf.endswith(("~", "%")) else ""
    doubt = " (uncertain)" if edtf.endswith(("?", "%")) else ""
    parts = plain.split("-")
    if not all(part.isdigit() for part in parts) or not 1 <= len(parts) <= 3:
        return edtf
    if len(parts) > 1 and not 1 <= int(parts[1]) <= 12:
        return edtf
    words = [parts[0]] if len(parts) == 1 else [_MONTHS[int(parts[1]) - 1], parts[0]]
    if len(parts) == 3:
        words.insert(0, str(int(parts[2])))
    return mark + " ".join(words) + doubt


def path_of(iri: str) -> str:
    """Give the address here of one of our IRIs; other IRIs stay as they are."""
    if not iri.startswith(BASE):
        return iri
    return request.script_root + "/" + _quoted(iri)


@lru_cache(maxsize=16384)
def _quoted(iri: str) -> str:
    return quote(iri.removeprefix(BASE), safe="/~%:-._#")


_encoded = lru_cache(maxsize=4096)(urlencode)


def link(target: str, **more: str | None) -> str:
    """Give the link to an IRI or a path, with the moment carried on; a parameter set to None is left out."""
    address = path_of(target) if target.startswith(BASE) else target
    if address.startswith(("http://", "https://")):
        return address
    if target.startswith("/"):
        address = request.script_root + target
    merged: dict[str, str | None] = {**_carried(), **more}
    arguments = {name: value for name, value in merged.items() if value is not None}
    address, mark, fragment = address.partition("#")
    query = "?" + _encoded(tuple(arguments.items())) if arguments else ""
    return address + query + mark + fragment


def _carried() -> dict[str, str]:
    """The parameters to carry on: none where the address named a moment that does not exist."""
    try:
        return moment().arguments
    except Problem:
        return {}


def here(**more: str | None) -> str:
    """Give this page's address with some parameters changed; None takes one away."""
    merged: dict[str, str | None] = {**request.args.to_dict(), **more}
    arguments = {name: value for name, value in merged.items() if value is not None}
    return request.script_root + quote(request.path) + ("?" + urlencode(arguments) if arguments else "")


def kept() -> list[tuple[str, str]]:
    """Give the parameters of this page that the control leaves alone, for its hidden fields."""
    return [
        (name, value)
        for name, values in request.args.lists()
        if name not in PARAMETERS
        for value in values
        if len(value) < 2000
    ]


def in_force(row: Row, day: str, reading: str = "certain") -> bool:
    """Tell whether what a row dates by startEarliest … endLatest (se, sl, ee, el) holds on a day."""
    start, end = ("sl", "ee") if reading == "certain" else ("se", "el")
    return row.get(start, "9999") <= day and (end not in row or row[end] > day)
