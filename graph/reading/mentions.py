"""Mentions in each sentence: names, offices with their parties and holders, pronouns and their referents.

The tokens of a mention are replaced by one item.
"""

import datetime as dt
import re

from comity.reading.coreference import Referents
from comity.reading.lexicon import Lexicon
from comity.reading.names import Known, NameTable
from comity.reading.offices import Offices
from comity.reading.text import Item, Sentence, tokenize

#: Adjectives of a continent, one of which is also that of a state, and of its parts.
_CONTINENTAL = ("American", "African", "Asian")
_PARTS = ("South", "North", "Central", "Latin", "West", "East")
_TITLES = ("mr", "general", "colonel", "opposition", "leader")


class Mentions:
    """Marks the mentions in a text, sentence by sentence, and records them for later sentences."""

    def __init__(self, table: NameTable, words: Lexicon, published: dt.date | None) -> None:
        """Mark the names in a table as used on a day."""
        self.table, self.words, self.published = table, words, published
        self.referents = Referents()
        self._offices = Offices(words, self.referents)

    def set_home(self, dateline: str) -> None:
        """Take the capital in a dateline as the place where the report was filed."""
        place = dateline.split("(")[0].rstrip(" .-–—:").title()
        items = list(tokenize(place))
        if items:
            length, known = self.table.match(items, 0)
            own = {one.id for one in known if one.kind == "party"}
            cities = [one for one in known if one.kind == "capital" and one.id not in own]
            parties = cities or [one for one in known if one.kind in ("party", "capital")]
            if length and parties and (length == len(items) or items[length].text in (",", ".", "/")):
                self.referents.home = (
                    self.words.on(self.table.choose(parties, self.published).id, self.published),
                )

    def mark(self, sentence: Sentence) -> None:
        """Replace the tokens of the mentions in a sentence with items."""
        self._names(sentence)
        self._offices.mark(sentence)
        self.referents.mark(sentence)

    def _names(self, sentence: Sentence) -> None:
        items, found, place = sentence.items, list[Item](), 0
        while place < len(items):
            length, known = self.table.match(items, place)
            if length and not self._is_name(items, place, length):
                length = 0
            if (
                length == 1
                and place
                and items[place].text in _CONTINENTAL
                and items[place - 1].text in _PARTS
            ):
                length = 0  # "The South American republic".
            if not length:
                found.append(items[place])
                place += 1
                continue
            span = items[place : place + length]
            one = self._named(sentence.words(span[0].start, span[-1].end), span[0].start, span[-1].end, known)
            if not one.binds and found and self._is_first_name(found):
                first = found.pop()  # "Juan Guaidó", where a government is called Guaidó's.
                one.text, one.start = sentence.words(first.start, one.end), first.start
            found.append(one)
            place += length
        sentence.items = found

    def _is_first_name(self, before: list[Item]) -> bool:
        """Return whether the last word before a surname may be a first name and does not follow a title."""
        titles = [one.lower in self.words.offices or one.lower in _TITLES for one in before[-2:]]
        one = before[-1]
        return one.kind == "word" and one.text[:1].isupper() and one.text.isalpha() and not any(titles)

    @staticmethod
    def _is_name(items: list[Item], place: int, length: int) -> bool:
        first = items[place].text
        if not first[:1].isupper():
            return length > 2
        after = items[place + length] if place + length < len(items) else None
        if after is not None and length == 1 and after.text[:1].isupper() and after.kind == "word":
            before = items[place - 1] if place else None
            # Jordan Smith, Chad Miller: a first name before a surname, where no name of a party goes on.
            if first in ("Jordan", "Chad", "Israel", "Georgia", "Cyprus", "Kenya") and before is not None:
                return before.text[:1].islower() is False and before.text not in (",", ".")
        return True

    def _named(self, text: str, start: int, end: int, known: list[Known]) -> Item:
        parties = [one for one in known if one.kind in ("party", "capital")]
        one = self.table.choose(parties or known, self.published)
        places = [other for other in known if other.kind in ("place", "capital")]
        if one.kind in ("party", "capital"):
            several = {other.id for other in parties if other.rank == one.rank} - {one.id}
            several = several if one.kind == "party" else set()
            doubt = f"The name {text!r} is also that of {', '.join(sorted(several))}." if several else ""
            seat = self._seat(one, known)
            if seat is not None:
                return Item(text, start, end, "party", (seat.id,), value=f"place:{one.id}", doubt=doubt)
            capital = any(other.kind == "capital" for other in known)
            value = "capital" if capital else f"place:{places[0].id}" if places else ""
            party = self.words.on(one.id, self.published)
            # A government named after one man is recognised; his acts are those of his state.
            binds = one.id not in self.table.begins or " " in text
            return Item(text, start, end, "party", (party,), doubt=doubt, value=value, binds=binds)
        if one.kind == "demonym":
            return Item(text, start, end, "demonym", (self.words.on(one.party, self.published),))
        if one.kind == "body":
            return Item(text, start, end, "office", one.parties, office=self._office_of(text), value=one.id)
        if one.kind == "medium":
            return Item(text, start, end, "medium", (), value=one.id, person=text)
        if one.kind == "person":
            return Item(
                text,
                start,
                end,
                "person",
                (self.words.on(one.party, self.published),) if one.party else (),
                office=one.office,
                person=text,
                value=one.id,
            )
        return Item(text, start, end, "place", value=one.id)

    def _seat(self, one: Known, known: list[Known]) -> Known | None:
        """Return the state whose capital shares its name with another party: an embassy in Jerusalem is in Israel."""
        others = [
            other
            for other in known
            if other.kind == "capital" and other.id != one.id and self.table.exists(other.id, self.published)
        ]
        both = any(other.kind == "capital" and other.id == one.id for other in known)
        return others[0] if one.kind == "party" and both and len(others) == 1 else None

    def _office_of(self, text: str) -> str:
        lower = text.lower()
        matching = [words for words in self.words.offices if re.search(rf"\b{re.escape(words)}\b", lower)]
        return self.words.offices[max(matching, key=len)].name if matching else ""
