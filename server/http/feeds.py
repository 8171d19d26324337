"""Events as an Atom feed (RFC 4287) and as an iCalendar (RFC 5545)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

from comity.addresses import web_address
from comity.edtf import shifted
from comity.server.http.formats import Format
from comity.wellformed import UNWRITABLE

ATOM = Format("atom", ("application/atom+xml",))
ICALENDAR = Format("ics", ("text/calendar",))
_NAMESPACE = "http://www.w3.org/2005/Atom"
#: The most octets in a line of an iCalendar, without its line break.
_WIDEST = 75


@dataclass(frozen=True)
class Entry:
    """An event: its title, where it is described, when it happened, and its sources.

    ``updated`` is a moment in RFC 3339; ``first`` and ``last`` are the days between which it certainly took place.
    """

    iri: str
    address: str
    title: str
    updated: str
    text: str = ""
    author: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    first: str = ""
    last: str = ""


def midnight(day: str) -> str:
    """Return the first moment of a day in RFC 3339."""
    return f"{day}T00:00:00Z"


def atom(title: str, iri: str, address: str, page: str, entries: Iterable[Entry], begun: str = "") -> str:
    """Return an Atom feed of some entries, in their order.

    :param iri: the permanent identifier of the feed.
    :param address: the URL of the feed.
    :param page: the corresponding page for readers.
    :param begun: the timestamp of a feed without entries.
    """
    ElementTree.register_namespace("", _NAMESPACE)
    listed = list(entries)
    feed = ElementTree.Element(f"{{{_NAMESPACE}}}feed")
    _add(feed, "id", iri)
    _add(feed, "title", title)
    _add(feed, "updated", max((one.updated for one in listed), default=begun or midnight("1970-01-01")))
    _add(_add(feed, "author"), "name", "Comity")
    _add(feed, "link", rel="self", type=ATOM.media[0], href=web_address(address))
    _add(feed, "link", rel="alternate", type="text/html", href=web_address(page))
    for one in listed:
        entry = _add(feed, "entry")
        _add(entry, "id", one.iri)
        _add(entry, "title", one.title)
        _add(entry, "updated", one.updated)
        if one.author:
            _add(_add(entry, "author"), "name", one.author)
        _add(entry, "link", rel="alternate", type="text/html", href=web_address(one.address))
        for name, url in one.sources:
            if via := web_address(url):
                _add(entry, "link", rel="via", title=name, href=via)
        _add(entry, "summary", _described(one))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(feed, encoding="unicode") + "\n"


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    writable = {key: UNWRITABLE.sub("", value) for key, value in attributes.items()}
    element = ElementTree.SubElement(parent, f"{{{_NAMESPACE}}}{name}", writable)
    element.text = UNWRITABLE.sub("", text) or None
    return element


def _described(one: Entry) -> str:
    named = "; ".join(name for name, _ in one.sources)
    return " ".join(part for part in (one.text, f"Sources: {named}." if named else "") if part)


def calendar(name: str, about: str, entries: Iterable[Entry], day: str) -> str:
    """Return an iCalendar with an all-day event for each entry whose day is known.

    An entry that may have happened on several days is omitted. RFC 5545 requires at least one event.

    :param about: a sentence on what the calendar contains and omits.
    :param day: the day of its creation.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Comity//Acts//EN", "CALSCALE:GREGORIAN"]
    lines += [f"{key}:{_escaped(name)}" for key in ("NAME", "X-WR-CALNAME")]
    lines += [f"{key}:{_escaped(about)}" for key in ("DESCRIPTION", "X-WR-CALDESC")]
    stamp = day.replace("-", "") + "T000000Z"
    for one in exact(entries):
        after = shifted(one.first, 1)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_escaped(one.iri)}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{one.first.replace('-', '')}",
            f"DTEND;VALUE=DATE:{after.replace('-', '')}",
            f"SUMMARY:{_escaped(one.title)}",
            f"DESCRIPTION:{_escaped(_described(one))}",
            f"URL:{web_address(one.address)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def exact(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries whose day is known."""
    return [one for one in entries if one.first and one.first == one.last]


def _escaped(text: str) -> str:
    """Return a text as the value of a property of type TEXT."""
    text = UNWRITABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\x7f", "")
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def _folded(line: str) -> str:
    """Return a line folded into lines of at most 75 octets, never within a character."""
    octets, parts, start, width = line.encode(), [], 0, _WIDEST
    while len(octets) - start > width:
        end = start + width
        while octets[end] & 0xC0 == 0x80:  # The rest of a character.
            end -= 1
        parts.append(octets[start:end])
        # Every line except the first begins with a space.
        start, width = end, _WIDEST - 1
    return b"\r\n ".join([*parts, octets[start:]]).decode()
