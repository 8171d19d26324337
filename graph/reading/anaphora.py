"""What a sentence says about an act reported earlier: its date, or that it did not take place.

"The recognition, which was given on 26 December", "the note, dated October 27", "It had not".
"""

import re

from comity.reading.lexicon import Lexicon, word_list
from comity.reading.phrases import DOCUMENTS
from comity.reading.speech import Said
from comity.reading.text import Item, Sentence, lowered
from comity.reading.told import Told

_DEFINITE = frozenset(("the", "that", "this", "these", "those", "its", "their"))
#: Words that may occur between "the recognition" and its date.
_BETWEEN = word_list("before a date") | {","}
_INSTRUMENTS = ("instrument", "decree", "note", "act", "declaration", "letter", "proclamation")
_BY_THIS = ("thereby", *(f"by this {word}" for word in _INSTRUMENTS))
_DATED = frozenset(("dated", "signed", "issued", "adopted", "promulgated", "bears", "bore", "bearing"))
#: What happens to a document on its date: "It was given at the White Lodge on Monday".
_GIVEN = frozenset(("given", "signed", "issued"))
_TOLD = frozenset(
    ("report", "reports", "claim", "claims", "news", "story", "rumour", "rumours", "rumor", "rumors")
)
_DECISIONS = frozenset(
    ("decision", "move", "step", "measure", "break", "rupture", "recognition", "own", "act")
)
_MADE = frozenset(
    ("taken", "made", "announced", "adopted", "published", "communicated", "notified", "signed")
)
#: The maximum distance of a date from its noun.
_FAR, _FARTHER = 9, 14
#: The maximum number of items in a sentence that only says when a decision was announced.
_SHORT = 16
#: The last line of a document: "Done at New York on 3 June 2024".
_SEALED = re.compile(r"^(?:Done|Signed|Given|Issued) (?:at|in|on|this)\b")
_TAKEN_BACK = re.compile(
    r"^(?:But |Yet |In fact,? |In truth,? )?(?:(?:It|He|She|They|That|This|None of (?:it|this|that)) "
    r"(?:had|has|have|did|was|is|were|are)(?:n['’]t| not)\b[^,;]{0,12}\.?$"
    r"|(?:It|That|This|The (?:report|claim|story|news|rumour|rumor|tale|announcement)) "
    r"(?:was|is|were|proved|turned out(?: to be)?) (?:\w+ )?"
    r"(?:untrue|false|wrong|invented|fabricated|a hoax|baseless|fake)|(?:False|Untrue|Fake|Not true)\.$)",
    re.IGNORECASE,
)
#: Verdicts on a checked claim that is some sentences earlier.
_VERDICT = re.compile(r"(?:False|Untrue|Fake|Not true)\.$")


def refer_back(
    sentence: Sentence,
    previous: Sentence | None,
    here: list[Told],
    said: list[Said],
    before: list[Told],
    words: Lexicon,
) -> None:
    """Add to the acts reported before what a sentence says about them.

    :param previous: the previous sentence, to whose document "by this instrument" may refer.
    :param here: the acts of the sentence itself.
    :param said: the statements of the sentence.
    :param before: the acts of earlier sentences, in order.
    """
    done = [one for one in before if one.done]
    last = done[-1].sentence if done else sentence
    _take_back(sentence, last if _VERDICT.match(sentence.text) else previous, here, said, done)
    done = [one for one in done if one.done]
    latest = [one for one in done if one.sentence is last]
    _date_by_announcement(sentence, said, latest)
    if date := _decided_on(sentence.items):
        _give(latest, date)
    if any(phrase in sentence.text.lower() for phrase in _BY_THIS):
        _give([one for one in here if one.done], dated_document(previous) if previous else "")
    if _SEALED.match(sentence.text):
        _give(done, _first_date(sentence.items))
    places = {one.place for one in here}
    for place, item in enumerate(sentence.items):
        if item.kind != "word" or place in places or not _is_definite(sentence.items, place):
            continue
        if item.lower in words.nominals:
            kinds = {one.kind for one in words.nominals[item.lower]}
            _date_by_noun(sentence.items, place, [one for one in done if one.kind in kinds])
        elif item.lower in DOCUMENTS and not here:
            _give(latest, _of_document(sentence.items, place))


def _take_back(
    sentence: Sentence, checked: Sentence | None, here: list[Told], said: list[Said], done: list[Told]
) -> None:
    """Mark the acts denied that a sentence says did not take place.

    :param checked: the earlier sentence that it is about.
    """
    denying = [other for other in said if other.kind == "denies" and _denies_it(sentence.items, other.place)]
    for one in done:
        if one.sentence is checked and (_TAKEN_BACK.match(sentence.text) or _by_a_side(denying, one)):
            one.mood = "denied"
            one.reasons.append(f"“{sentence.text}”")
    for one in here:
        if one.done and _by_a_side([other for other in denying if other.place > one.place], one):
            one.mood = "denied"


def _date_by_announcement(sentence: Sentence, said: list[Said], latest: list[Told]) -> None:
    """Assign to the latest acts the date on which their actor announced them."""
    items = sentence.items
    for other in said:
        own = [one for one in latest if one.actor in other.speaker.parties]
        if other.kind != "announces" or not own:
            continue
        if other.date and _of_decision(items, other.place):
            _give(own, other.date)
        elif _DECISIONS & set(lowered(items[: other.place])) and len(items) < _SHORT:
            _give(own, _first_date(items))  # "Her decision was announced by the president on Monday".


def _date_by_noun(items: list[Item], place: int, done: list[Told]) -> None:
    """Assign the date after a noun, such as "the recognition", to the latest acts of its kinds."""
    owner = items[place - 2].parties if items[place - 1].kind == "possessive" else ()
    told = [one for one in done if not owner or one.actor in owner]
    if told and (date := _date_after(items, place)):
        _give([one for one in told if one.sentence is told[-1].sentence], date)


def _first_date(items: list[Item]) -> str:
    """Return the first date among some items, or nothing."""
    return next((one.value for one in items if one.kind == "date"), "")


def _decided_on(items: list[Item]) -> str:
    """Return the date of "the decision was taken on Monday", in a sentence that begins with it."""
    words = lowered(items[:5])
    if words[:1] and words[0] in ("the", "this", "that", "its") and words[1:2] and words[1] in _DECISIONS:
        was = words[2:4]
        if len(was) == 2 and was[0] in ("was", "came", "took", "is") and (was[0] != "was" or was[1] in _MADE):
            return _first_date(items[3:7])
    return ""


def _of_decision(items: list[Item], place: int) -> bool:
    """Return whether what is announced is the act: "announced its decision", "announced the move"."""
    return bool(_DECISIONS & set(lowered(items[place + 1 : place + 4])))


def _denies_it(items: list[Item], place: int) -> bool:
    """Return whether what is denied is what was reported before: "denied it", "rejected the report"."""
    follows = lowered(items[place + 1 : place + 4])
    if not follows:
        return False
    return follows[0] in ("it", "this", ".", ",") or (
        follows[0] in ("the", "these", "such") and bool(_TOLD & set(follows))
    )


def _by_a_side(denying: list[Said], one: Told) -> bool:
    """Return whether an act is denied by one of its alleged parties."""
    return any({one.actor, one.object} & set(other.speaker.parties) for other in denying)


def _is_definite(items: list[Item], place: int) -> bool:
    before = items[max(0, place - 3) : place]
    return any(one.lower in _DEFINITE or one.kind in ("possessive", "demonym") for one in before)


def _date_after(items: list[Item], place: int) -> str:
    """Return the date of the noun at a position."""
    for one in items[place + 1 : place + _FAR]:
        if one.kind == "date":
            return one.value
        if one.lower not in _BETWEEN and one.kind not in ("party", "demonym", "pronoun"):
            return ""
    return ""


def _of_document(items: list[Item], place: int) -> str:
    """Return the date of the document named at a position, or nothing."""
    return _dated(items, place) or _day_of(items, place) or _signed(items, place)


def _dated(items: list[Item], place: int) -> str:
    """Return the date of a document: "the note, signed in Paramaribo and dated October 27"."""
    for at in range(place + 1, min(len(items) - 1, place + _FARTHER)):
        word = items[at].lower
        if word in _DATED:
            date = next((one for one in items[at + 1 : at + 5] if one.kind == "date"), None)
            if date is not None:
                return date.value
        elif word in ("that", ";", ":"):
            return ""
    return ""


def _signed(items: list[Item], place: int) -> str:
    """Return the date of the signing in "signed the document on Monday"."""
    before = set(lowered(items[max(0, place - 3) : place]))
    return _date_after(items, place) if _DATED & before else ""


def _day_of(items: list[Item], place: int) -> str:
    """Return the date of "the decision of 21 October" or "the note of Monday"."""
    after = items[place + 1 : place + 3]
    return after[1].value if len(after) == 2 and after[0].lower == "of" and after[1].kind == "date" else ""


def dated_document(sentence: Sentence) -> str:
    """Return the date of the document named in a sentence, or nothing."""
    for place, item in enumerate(sentence.items):
        if item.lower in DOCUMENTS and (date := _dated(sentence.items, place)):
            return date
    if _GIVEN & set(lowered(sentence.items)):
        return _first_date(sentence.items)
    return ""


def _give(told: list[Told], date: str) -> None:
    """Assign a date to acts without one of their own."""
    for one in told:
        if date and (not one.date or one.date.endswith("~") or one.of_report or one.of_publication):
            one.date, one.of_report = date, False
            one.reasons = [reason for reason in one.reasons if "date" not in reason]
            one.doubts = [doubt for doubt in one.doubts if "date" not in doubt]
            one.reasons.append("another sentence gives the day")
