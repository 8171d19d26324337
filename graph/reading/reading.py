"""One reading of a text: its acts and statements as rows of the tables, with their places, and how sure each is."""

import datetime as dt
from dataclasses import dataclass, field

from comity.reading import acts, speech
from comity.reading.acts import Finder, Told
from comity.reading.clauses import DONE, previous_words
from comity.reading.dates import Dates, overlap
from comity.reading.lexicon import Lexicon, lexicon
from comity.reading.names import NameTable, name_table
from comity.reading.phrases import Mentions
from comity.reading.speech import Said
from comity.reading.text import Item, Sentence, dateline, sentences
from comity.reading.dates import in_dateline
from comity.questions.lookup import Names
from comity.tables.acts import MUTUAL

_DOCUMENTS = frozenset("signed dated issued adopted published".split())
_TOOK_PLACE = frozenset("came took followed dates dated occurred happened entered".split())
_ANNOUNCING = ("announces", "states", "confirms")
_RESPONSES = ("in response", "in retaliation", "in reaction", "in protest")


@dataclass
class Act:
    """A proposed act, with all places of the text that tell it."""

    kind: str
    actor: str
    object: str
    date: str
    told: list[Told]
    territory: str = ""
    capacity: str = ""
    response_to: list["Act"] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """The act as other rows name it."""
        return f"{self.kind}/{self.actor}/{self.object}"


@dataclass
class Reading:
    """What was understood of one text."""

    text: str
    published: dt.date | None
    sentences: list[Sentence]
    acts: list[Act]
    #: What the text tells of and does not tell as done: planned, denied, demanded and so on.
    not_done: list[Told]
    statements: list[Said]


class Reader:
    """Reads texts with the names of one store; it is made once and reads many."""

    def __init__(self, names: Names, words: Lexicon | None = None) -> None:
        self._words = words or lexicon()
        self._table: NameTable = name_table(names, self._words)

    def read(self, text: str, published: dt.date | None = None) -> Reading:
        """Return what a text says.

        :param published: the day on which it was published; the dateline's, where it gives one with its year.
        """
        published = published or in_dateline(dateline(text))
        parts = sentences(text)
        dates = Dates(published)
        mentions = Mentions(self._table, self._words, published)
        finder = Finder(self._words)
        told: list[Told] = []
        said: list[Said] = []
        for sentence in parts:
            dates.mark(sentence)
            mentions.mark(sentence)
            here = speech.statements(sentence, self._words)
            found = finder.read(sentence)
            # To declare independence is an act, and no statement besides.
            here = [one for one in here if one.place not in {act.place for act in found}]
            self._date(sentence, found, here, published)
            for one in found:
                self._judge(one, here, published)
            told += found
            said += here
        proposed = _merged([one for one in told if one.done])
        _respond(proposed)
        return Reading(text, published, parts, proposed, [one for one in told if not one.done], said)

    # Dates

    def _date(self, sentence: Sentence, told: list[Told], said: list[Said], published: dt.date | None) -> None:
        """Give each act and statement of a sentence the date that belongs to it."""
        items = sentence.items
        act_places = {one.place for one in told}
        said_places = {one.place for one in said}
        anchors = sorted(
            place
            for place, item in enumerate(items)
            if place in act_places or place in said_places or self._is_verb(items, place)
        )
        owned: dict[int, str] = {}
        for place, item in enumerate(items):
            if item.kind != "date" or not item.value:
                continue
            if any(one.lower in ("recently", "lately") for one in items[max(0, place - 4) : place]):
                continue  # "most recently Jamaica in April" dates one of several.
            owner = self._owner(items, place, anchors, told)
            owner = next((one.place for one in told if owner is not None and one.group and one.group.first <= owner <= one.place), owner)
            if owner is not None and owner not in owned:
                owned[owner] = item.value
            # "X's recognition of Y came on Monday".
            for one in told:
                if owner is not None and "told by a noun" in one.reasons and one.place < owner and items[owner].lower in _TOOK_PLACE:
                    owned.setdefault(one.place, item.value)
            # "Since 2014, when Russia annexed the peninsula".
            after = [one.lower for one in items[place + 1 : place + 3]]
            if "when" in after and (later := [at for at in anchors if at > place]):
                owned.setdefault(later[0], item.value)
        for one in said:
            one.date = owned.get(one.place, "")
        for one in told:
            one.date = owned.get(one.place, "")
        for one in told:
            before = [other for other in said if other.place < one.place]
            announced = any(other.kind == "announces" and one.actor in other.speaker.parties for other in before)
            if "told by a noun" in one.reasons and before and not announced:
                one.date = ""  # "condemned the recognition on Friday": the day may be that of the statement.
        for one in told:
            if one.undated:
                one.date = ""
            elif not one.date and "told by a noun" not in one.reasons:
                one.date = self._inherited(one, told)
        documents = [date for place, date in owned.items() if items[place].lower in _DOCUMENTS]
        reports = [one.date for one in said if len(one.date) == 10]
        for one in told:
            if one.date or one.undated:
                continue
            if documents:
                one.date = documents[0]
            elif reports and not (one.group and one.kind in ("recognition",) and "told by a noun" in one.reasons):
                one.date, one.of_report = reports[0], True
        __ = published

    def _is_verb(self, items: list[Item], place: int) -> bool:
        word = items[place]
        if word.kind != "word" or not word.text[:1].islower():
            return False
        forms = {form for _, form in self._words.forms.get(word.lower, ())}
        before = items[place - 1].lower if place else ""
        if forms and forms <= {"gerund"} and before not in (",", "and", "is", "are", "was", "were"):
            return False  # "at a meeting", "by exchanging notes on Thursday": it has no day of its own.
        if before in ("a", "an", "the", "its", "their"):
            return False
        return bool(forms & {"past", "participle", "gerund"}) or (word.lower.endswith("ed") and len(word.lower) > 4 and word.lower not in ("united", "so-called", "self-proclaimed", "occupied"))

    @staticmethod
    def _owner(items: list[Item], place: int, anchors: list[int], told: list[Told]) -> int | None:
        for one in told:
            if one.group and one.group.first <= place < one.group.place:
                return one.place
        left = [at for at in anchors if at < place]
        right = [at for at in anchors if at > place]
        if not left or not right:
            return (left[-1:] or right[:1] or [None])[0]
        # A date that opens its clause, or stands right before its verb, belongs to the verb that follows.
        if not previous_words(items, place + 1, right[0]):
            return right[0]
        opener = place
        while opener and items[opener - 1].lower in ("on", "in", "since", "by", "during", "late", "early", "at"):
            opener -= 1
        opens = items[opener - 1].lower in (",", ";", "and", "but", "that") and left[-1] < opener - 1
        follows = items[place + 1]
        if opens and (follows.parties or follows.lower in (",", "the", "it") or follows.kind == "possessive"):
            return right[0]
        return left[-1]

    @staticmethod
    def _inherited(one: Told, told: list[Told]) -> str:
        """Return the date of an act of the same subject in the sentence, joined by "and"."""
        for other in told:
            if other is not one and other.date and not other.of_report and other.actors and one.actors:
                if {party for item in other.actors for party in item.parties} & {party for item in one.actors for party in item.parties}:
                    between = one.sentence.items[min(one.place, other.place) : max(one.place, other.place)]
                    lowers = [item.lower for item in between]
                    if "and" in lowers and not {"which", ";", "after", "before"} & set(lowers):
                        return other.date
        return ""

    # Moods

    def _judge(self, one: Told, said: list[Said], published: dt.date | None) -> None:
        """Say by what the sentence adds whether an act is proposed, and give it a date where it has none."""
        items = one.sentence.items
        own = [
            other
            for other in said
            if one.actor in other.speaker.parties and other.speaker.binds and other.kind in _ANNOUNCING
        ]
        condition = {"if", "once", "unless", "when"} & {item.lower for item in items[one.place :]}
        if one.mood == "future" and one.kind == "recognition" and own and not condition:
            one.kind, one.mood = "recognition_announced", DONE
            one.reasons.append("the actor announces that it will recognise")
            one.date = own[0].date or (f"{published}~" if published else "")
            one.of_report = False
        elif one.mood == "performed":
            one.mood = DONE if own or one.sentence.headline else "planned"
            one.of_report = False if own else one.of_report
        elif one.mood == "negated" and one.kind == "recognition" and one.group and one.group.form == "base" and any(other.kind == "announces" for other in own):
            if any(item.lower in ("does", "do", "doesn't", "don't") for item in items[one.group.first : one.place]):
                one.kind, one.mood = "non_recognition", DONE
                one.date = own[0].date or one.date
                one.of_report = False
        if one.done:
            self._context(one, said)
        if not one.done:
            return
        if one.of_report and one.date:
            performed = one.group is not None and one.group.present and not one.sentence.headline
            if not performed:
                one.date += "~"
                one.reasons.append("the date is that of the report")
        if not one.date and published and (one.sentence.headline or (one.group and (one.group.perfect or one.group.present or one.group.progressive) and one.sentence.paragraph <= 2)):
            one.date = f"{published}~"
            one.reasons.append("the text gives no date; it is that of the publication")
        if not one.date:
            one.doubts.append("The text gives no date.")

    def _context(self, one: Told, said: list[Said]) -> None:
        """Find what makes an act doubtful: a denial, a demand or a claim in whose clause it stands."""
        items = one.sentence.items
        for place, item in enumerate(items):
            if item.kind != "word":
                continue
            lemmas = set(self._words.lemmas(item.lower))
            follows = [other.lower for other in items[place + 1 : place + 5]]
            if place < one.place:
                if lemmas & {"deny", "refute"} and not any(other.lower == ";" for other in items[place : one.place]):
                    one.mood = "denied"
                elif item.lower in ("reports", "rumours", "rumors", "claims", "allegations", "suggestions", "report", "claim") and "that" in follows[:2]:
                    one.mood = "claimed"
                elif lemmas & {"demand", "urge", "propose", "recommend", "insist", "ask", "suggest", "wish", "hope"} and "that" in follows[:2]:
                    one.mood = "demanded"
                elif item.lower in ("untrue", "false") and "that" in follows[:1]:
                    one.mood = "denied"
            if lemmas & {"claim", "allege"} and not any(one.actor in other.speaker.parties for other in said if other.place == place):
                if any(other.place == place for other in said) or item.lower in ("allegedly",):
                    one.mood = "claimed"
            if item.lower in ("unconfirmed", "rumours", "rumors", "allegedly"):
                one.mood = "claimed"
            if not one.done:
                one.reasons.append(f"“{item.text}”")
                return


def _sides(one: Told | Act) -> tuple[str, object]:
    if one.kind in MUTUAL:
        return one.kind, frozenset((one.actor, one.object))
    return one.kind, (one.actor, one.object)


def _merged(told: list[Told]) -> list[Act]:
    """Return one act for all that tells of it: with the most exact date, where the dates agree."""
    found: list[Act] = []
    for one in told:
        same = [act for act in found if _sides(act) == _sides(one) and _agree(act.date, one.date)]
        if not same:
            found.append(Act(one.kind, one.actor, one.object, one.date, [one], one.territory, one.capacity))
            continue
        act = same[0]
        act.told.append(one)
        act.date = min(act.date, one.date, key=_vagueness)
        act.territory, act.capacity = act.territory or one.territory, act.capacity or one.capacity
    # A date that is only that of the report gives way to one that the text gives.
    for act in list(found):
        others = [other for other in found if other is not act and _sides(other) == _sides(act) and not other.date.endswith("~")]
        if act.date.endswith("~") and others and all("date" in " ".join(one.reasons) for one in act.told):
            others[0].told += act.told
            found.remove(act)
    return found


def _agree(one: str, other: str) -> bool:
    return not one or not other or overlap(one, other)


def _vagueness(date: str) -> tuple[int, int]:
    return (0 if date else 1, -len(date.rstrip("~")) * 2 + date.endswith("~"))


def _respond(proposed: list[Act]) -> None:
    """Join each act that the text calls a response with the act that it answers."""
    for act in proposed:
        for one in act.told:
            text = one.sentence.text.lower()
            mark = next((text.find(words) for words in _RESPONSES if words in text), -1)
            if mark < 0:
                continue
            mark += one.sentence.start
            # What follows "in response to" is answered; without it, what was told before.
            here = [
                other for other in proposed for told in other.told
                if other is not act and told.sentence is one.sentence and told.start > mark
            ]  # fmt: skip
            earlier = [
                other for other in proposed if other is not act and other.told[0].start < one.sentence.start
                and act.actor != other.actor
            ]  # fmt: skip
            answered = here or [other for other in earlier if other.told[0].sentence is earlier[-1].told[0].sentence]
            act.response_to += [other for other in answered if other not in act.response_to]


__all__ = ["Act", "Reader", "Reading", "acts"]
