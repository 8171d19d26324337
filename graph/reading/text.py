"""A text split into paragraphs, sentences and tokens, each with its position."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

#: A word with inner hyphens, apostrophes and full stops, a number, or one mark.
_TOKEN = re.compile(
    r"(?:[A-Za-z]\.){2,}|\d+(?:[.,]\d+)*(?:st|nd|rd|th)?(?![^\W\d_])|[^\W_]+(?:[-'’][^\W_]+)*|[^\w\s]"
)
#: Adverbs of two or more words.
_ADVERBS = re.compile(
    r"\b(?:at (?:once|last)|in (?:(?:its |her |his |their )?turn|return|fact)|in the same breath"
    r"|for (?:its|their|his|her) part|of course|with immediate effect|with effect from)\b",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’]s$|(?<=s)['’]$", re.IGNORECASE)
_END = re.compile(r"[.!?]+[\"”’)]*(?=\s+(?:[-–—] )?[\"“‘(]?[A-Z0-9]|\s*$)")
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Hon|Gen|Col|Sen|Gov|Rep|Prof|No|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|vs)|\b[A-Z](?:\.[A-Z])*)$"
)
_DAY_OF_LINE = (
    r"(?:[A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?|\d{1,2} [A-Z][a-z]{2,8}\.?(?: \d{4})?"
    r"|[A-Z][a-z]+day(?: (?:night|morning|evening))?)"
)
#: A place in capitals, or one with an agency, optionally with a day, before the first sentence.
_DATELINE = re.compile(
    r"^(?:[A-Z][A-Z .,'’/-]{2,60}?|(?:[A-Z][\w'’.-]+(?: of(?: the)?)? ?){1,3}(?:, [A-Z]\w+)?"
    rf"(?=\([A-Z]|[.,] ?{_DAY_OF_LINE})|[A-Z][a-z]+(?= [–—-] [A-Z]))"
    r"(?:, [A-Z][a-z]+(?: [A-Z][a-z]+)?(?= ?[–—-]))?"
    rf"(?:[.,]? (?P<day>{_DAY_OF_LINE}))?\.?(?: ?\([^()]{{2,60}}\))?"
    r"(?:\.? ?[–—]+ ?|\.? ?-+ |: |(?(day)(?<=\.) |(?!)))(?=[\"“‘(]?[A-Z0-9])"
)


#: A paragraph that has only a place and a day: "Panama City, 21 November 2024".
_PLACE_AND_DAY = re.compile(
    r"[A-Z][\w'’. -]{2,40}, (?:\d{1,2} [A-Z][a-z]{2,8} \d{4}|[A-Z][a-z]{2,8} \d{1,2}, \d{4})\.?"
)


@dataclass
class Item:
    """A token, or a phrase that refers to something: a party, an office, a date."""

    text: str
    start: int
    end: int
    kind: str = "word"
    #: The ids of the parties that it refers to.
    parties: tuple[str, ...] = ()
    office: str = ""
    #: Whether its acts are those of its party.
    binds: bool = True
    person: str = ""
    #: The date in EDTF of a date, the id of a person or a medium in the graph.
    value: str = ""
    #: Why its meaning is less than certain.
    doubt: str = ""
    #: The alternative referents of a pronoun, last named first.
    others: tuple[str, ...] = ()

    @property
    def lower(self) -> str:
        """The text in lower case, with plain apostrophes."""
        return self.text.lower().replace("’", "'")


def phrase_at(items: Sequence[Item], place: int, phrases: Iterable[str]) -> int:
    """Return the number of items from a position on that form one of some phrases, or 0."""
    for phrase in phrases:
        words = phrase.split()
        if lowered(items[place : place + len(words)]) == words:
            return len(words)
    return 0


def lowered(items: Iterable[Item]) -> list[str]:
    """Return the texts of items in lower case."""
    return [one.lower for one in items]


def lower_at(items: Sequence[Item], place: int) -> str:
    """Return the text of the item at a position in lower case, or nothing after the last one."""
    return items[place].lower if place < len(items) else ""


@dataclass
class Sentence:
    """A sentence: its position, its paragraph, and its items in order."""

    text: str
    start: int
    paragraph: int
    headline: bool
    items: list[Item] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The position after its last character."""
        return self.start + len(self.text)

    def words(self, start: int, end: int) -> str:
        """Return its text between two positions in the report."""
        return self.text[start - self.start : end - self.start]

    def is_quoted(self, one: Item) -> bool:
        """Return whether an item is within quotation marks."""
        before = self.words(self.start, one.start)
        return before.count("“") > before.count("”") or before.count('"') % 2 == 1


def sentences(text: str) -> list[Sentence]:
    """Return the sentences of a text in order, with their tokens; a first line without a full stop is a headline."""
    found: list[Sentence] = []
    for number, (start, paragraph) in enumerate(_paragraphs(text), 1):
        headline = number == 1 and not re.search(r"[.!?:][\"”’)]*\s*$", paragraph)
        dateline = _DATELINE.match(paragraph)
        begin = dateline.end() if dateline else 0
        for end in [*_ends(paragraph), len(paragraph)]:
            if end <= begin:
                continue  # Within the dateline.
            piece = paragraph[begin:end]
            if piece.strip():
                offset = start + begin + len(piece) - len(piece.lstrip())
                one = Sentence(piece.strip(), offset, number, headline)
                one.items = list(_joined(tokenize(one.text, offset), one.text, offset))
                found.append(one)
            begin = end
    return found


def dateline(text: str) -> str:
    """Return the dateline of a text, the first that has a day if there are several, or nothing."""
    forms = [
        _DATELINE.match(paragraph) or _PLACE_AND_DAY.fullmatch(paragraph.strip())
        for _, paragraph in _paragraphs(text)
    ]
    lines = [form[0] for form in forms if form]
    return next((line for line in lines if re.search(r"\d", line)), next(iter(lines), ""))


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the position and the text of each paragraph; paragraphs are separated by empty lines, if there are any."""
    parting = r"\n[ \t]*\n\s*" if re.search(r"\S[ \t]*\n[ \t]*\n\s*\S", text) else r"\n"
    begin = 0
    for gap in [*re.finditer(parting, text), None]:
        end = gap.start() if gap else len(text)
        if text[begin:end].strip():
            yield begin, text[begin:end]
        begin = gap.end() if gap else end


def _ends(paragraph: str) -> Iterator[int]:
    for mark in _END.finditer(paragraph):
        before = paragraph[: mark.start()]
        if mark[0].startswith(".") and _ABBREVIATIONS.search(before) and mark.end() < len(paragraph.rstrip()):
            continue
        yield mark.end()


def tokenize(text: str, offset: int = 0) -> Iterator[Item]:
    """Yield the tokens of a text; the ending of a possessive is a separate token."""
    for form in _TOKEN.finditer(text):
        word, start = form[0], offset + form.start()
        if (ending := _POSSESSIVE.search(word)) and ending.start():
            cut = ending.start()
            yield Item(word[:cut], start, start + cut)
            yield Item(word[cut:], start + cut, start + len(word), kind="possessive")
        elif word in ("'", "’") and form.start() and text[form.start() - 1] in "sS":
            yield Item(word, start, start + 1, kind="possessive")
        else:
            yield Item(word, start, start + len(word))


def _joined(items: Iterator[Item], text: str, offset: int) -> Iterator[Item]:
    """Yield the tokens of a text, with adverbs of two or more words as one."""
    spans = [(offset + one.start(), offset + one.end()) for one in _ADVERBS.finditer(text)]
    for item in items:
        within = next((span for span in spans if span[0] <= item.start < span[1]), None)
        if within is None:
            yield item
        elif within[0] == item.start:
            yield Item(text[within[0] - offset : within[1] - offset], *within)
