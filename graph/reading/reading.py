"""A reading of a text: its acts and statements as rows of the tables, with their positions and confidence."""

import datetime as dt
from dataclasses import dataclass, field

from comity.edtf import bounds
from comity.questions.lookup import Names
from comity.reading import speech
from comity.reading.acts import Finder
from comity.reading.anaphora import refer_back
from comity.reading.dates import Dates, in_dateline, overlap, written_on
from comity.reading.dating import give_dates
from comity.reading.lexicon import Lexicon, lexicon
from comity.reading.mentions import Mentions
from comity.reading.moods import judge
from comity.reading.names import NameTable, name_table
from comity.reading.speech import Said
from comity.reading.text import Sentence, dateline, sentences
from comity.reading.told import OF_PUBLICATION, Told
from comity.tables.acts import MUTUAL

_RESPONSES = ("in response", "in retaliation", "in reaction", "in protest")


@dataclass
class Act:
    """A proposed act, with all passages of the text that report it."""

    kind: str
    actor: str
    object: str
    date: str
    told: list[Told]
    territory: str = ""
    capacity: str = ""
    response_to: list["Act"] = field(default_factory=list)

    @property
    def dated(self) -> bool:
        """Whether the text gives its date, and not only the day of publication."""
        return bool(self.date) and any(
            one.date == self.date and OF_PUBLICATION not in one.reasons for one in self.told
        )

    @property
    def reference(self) -> str:
        """The act as other rows refer to it."""
        return f"{self.kind}/{self.actor}/{self.object}"


@dataclass
class Reading:
    """What was understood of a text."""

    text: str
    published: dt.date | None
    sentences: list[Sentence]
    acts: list[Act]
    #: Acts reported as done whose date the text does not give, or gives in words that were not understood.
    undated: list[Act]
    #: Acts mentioned but not reported as done: planned, denied, demanded and so on.
    not_done: list[Told]
    statements: list[Said]

    @property
    def done(self) -> list[Act]:
        """The acts reported as done, with and without a date."""
        return [*self.acts, *self.undated]


class Reader:
    """Reads texts using the names of a store; one reader is created for many texts."""

    def __init__(self, names: Names, words: Lexicon | None = None) -> None:
        self._words = words or lexicon()
        self._table: NameTable = name_table(names, self._words)

    def read(self, text: str, published: dt.date | None = None) -> Reading:
        """Return the acts and statements in a text.

        :param published: the day on which it was published; that of the dateline, if it has one with a year.
        """
        published = published or in_dateline(dateline(text))
        parts = sentences(text)
        dates = Dates(written_on(dateline(text), published))
        mentions = Mentions(self._table, self._words, published)
        mentions.set_home(dateline(text))
        finder = Finder(self._words)
        told: list[Told] = []
        said: list[Said] = []
        strangers: dict[str, str] = {}
        day, previous = "", None
        for sentence in parts:
            dates.mark(sentence)
            mentions.mark(sentence)
            here = speech.statements(sentence, self._words, strangers)
            found = finder.read(sentence)
            # Declaring independence is an act, and not also a statement.
            here = [one for one in here if one.place not in {act.place for act in found}]
            give_dates(sentence, found, here, self._words, day, dates.published)
            for one in found:
                judge(one, here, published, dates.published, self._words)
            days = [one.value for one in sentence.items if one.kind == "date" and len(one.value) == 10]
            day = days[-1] if days else ""
            refer_back(sentence, previous, found, here, told, self._words)
            told += found
            said += here
            previous = sentence
        proposed = _merged([one for one in told if one.done])
        _respond(proposed)
        dated, undated = [one for one in proposed if one.dated], [one for one in proposed if not one.dated]
        return Reading(text, published, parts, dated, undated, [one for one in told if not one.done], said)


def _sides(one: Told | Act) -> tuple[str, object]:
    if one.kind in MUTUAL:
        return one.kind, frozenset((one.actor, one.object))
    return one.kind, (one.actor, one.object)


def _merged(told: list[Told]) -> list[Act]:
    """Return one act for all its reports, with the most precise date if the dates agree.

    A date given in the text replaces one that is only that of the report.
    """
    found: list[Act] = []
    for one in sorted(told, key=lambda one: one.of_publication):
        same = [act for act in found if _sides(act) == _sides(one) and _agree(act, one)]
        if not same:
            found.append(Act(one.kind, one.actor, one.object, one.date, [one], one.territory, one.capacity))
            continue
        act = same[0]
        act.told.append(one)
        if act.told[0].sentence.headline and one.of_report and one.date.rstrip("~") != act.date:
            act.date = one.date  # A headline has the date of publication if the text names no other.
        elif not one.of_publication or not act.date:
            act.date = min(act.date, one.date, key=_vagueness)
        act.territory, act.capacity = act.territory or one.territory, act.capacity or one.capacity
    for act in found:
        act.told.sort(key=lambda one: one.start)
    return sorted(found, key=lambda act: act.told[0].start)


def _agree(act: Act, one: Told) -> bool:
    """Return whether the dates may be those of one act; an act reported now may be months old."""
    if not act.date or not one.date or overlap(act.date, one.date):
        return True
    return one.of_publication and _near(act.date, one.date)


def _vagueness(date: str) -> tuple[int, int]:
    return (0 if date else 1, -len(date.rstrip("~")) * 2 + date.endswith("~"))


def _respond(proposed: list[Act]) -> None:
    """Link each act that the text calls a response to the act that it answers."""
    for act in proposed:
        for one in act.told:
            text = one.sentence.text.lower()
            if not any(words in text for words in _RESPONSES):
                continue
            # A response answers an act of the party it is directed at: Ukraine breaks with Syria over Syria's act.
            answered = [
                other for other in proposed
                if other.actor == act.object and other is not act and other.kind != act.kind
                and not (act.date and other.date and bounds(other.date)[0] > bounds(act.date)[1])
                and (not act.date or (bool(other.date) and _near(other.date, act.date)))
            ]  # fmt: skip
            act.response_to += [other for other in answered if other not in act.response_to]


def _near(earlier: str, later: str) -> bool:
    """Return whether one date is at most about a year before another."""
    return (bounds(later)[0] - bounds(earlier)[1]).days < 400
