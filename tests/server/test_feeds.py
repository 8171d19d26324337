"""Feeds and calendars of anything that happened: Atom that parses back, iCalendar that unfolds back."""

import datetime as dt
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.server.http import feeds
from comity.server.http.feeds import Entry

ATOM = "{http://www.w3.org/2005/Atom}"
DAYS = st.dates(dt.date(1700, 1, 1), dt.date(2199, 12, 31)).map(dt.date.isoformat)
ENTRIES = st.builds(
    lambda title, text, source, address, day: Entry(
        "urn:x",
        "https://e/" + address,
        title,
        feeds.midnight(day),
        text,
        title,
        ((source, "https://e/" + source),),
        day,
        day,
    ),
    st.text(),
    st.text(),
    st.text(),
    st.text(),
    DAYS,
)


def unfolded(text: str) -> dict[str, list[str]]:
    """Return the values of the properties of a calendar by name, unfolded and unescaped."""
    found: dict[str, list[str]] = {}
    for line in text.replace("\r\n ", "").split("\r\n"):
        name, _, value = line.partition(":")
        value = re.sub(r"\\(.)", lambda one: "\n" if one[1] in "nN" else one[1], value)
        found.setdefault(name.partition(";")[0], []).append(value)
    return found


def plain(text: str) -> str:
    """Return what a calendar can say of a text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in text if one in "\n\t" or (ord(one) >= 32 and one not in "\x7f\ufffe\uffff"))


@given(st.lists(ENTRIES, max_size=3))
def test_whatever_happened_an_atom_feed_is_xml_with_what_rfc_4287_asks_for(entries: list[Entry]) -> None:
    feed = ElementTree.fromstring(feeds.atom("t", "urn:f", "https://e/f", "https://e/", entries).encode())
    assert feed.tag == ATOM + "feed"
    assert all(len(feed.findall(ATOM + name)) == 1 for name in ("id", "title", "updated"))
    found = feed.findall(ATOM + "entry")
    assert len(found) == len(entries)
    for entry in found:
        assert all(len(entry.findall(ATOM + name)) == 1 for name in ("id", "title", "updated"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", entry.findtext(ATOM + "updated") or "")
    for link in feed.iter(ATOM + "link"):
        assert not re.search(r"[\s<>\"{}|\\^`\[\]]", re.sub(r"[^\x00-\x7f]", "", link.get("href") or " "))


@given(st.lists(ENTRIES, min_size=1, max_size=3))
def test_whatever_happened_a_calendar_folds_and_escapes_so_that_it_reads_back(entries: list[Entry]) -> None:
    text = feeds.calendar("n", "about", entries, "2026-01-02")
    assert text.endswith("END:VCALENDAR\r\n") and not re.search("(?<!\r)\n|\r(?!\n)", text)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    found = unfolded(text)
    assert found["SUMMARY"] == [plain(one.title) for one in entries]
    assert found["DTSTART"] == [one.first.replace("-", "") for one in entries]
    assert found["BEGIN"].count("VEVENT") == found["END"].count("VEVENT") == len(found["UID"]) == len(entries)


def test_an_event_lasts_one_whole_day() -> None:
    last = Entry("urn:x", "https://e/", "t", "", first="2020-12-31", last="2020-12-31")
    found = unfolded(feeds.calendar("n", "", [last], "2026-01-02"))
    assert found["DTSTART"] == ["20201231"] and found["DTEND"] == ["20210101"]
    assert found["DTSTAMP"] == ["20260102T000000Z"]


def test_what_is_not_known_to_the_day_is_no_event() -> None:
    month = Entry("urn:x", "https://e/", "t", "", first="2020-12-01", last="2020-12-31")
    assert not feeds.exact([month])
    assert "VEVENT" not in feeds.calendar("n", "", [month], "2026-01-02")


@pytest.mark.parametrize("letter", ["é", "語", "𐍈"])
def test_a_line_is_never_broken_within_a_character(letter: str) -> None:
    text = feeds.calendar("n", letter * 200, [], "2026-01-02")
    assert unfolded(text)["DESCRIPTION"] == [letter * 200]
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
