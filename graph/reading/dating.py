"""Assignment of dates to the acts and statements of a sentence."""

import datetime as dt
import re

from comity.reading.clauses import manner, previous_words
from comity.reading.lexicon import GERUND, PAST, Lexicon, word_list
from comity.reading.phrases import DOCUMENTS, PREPOSITIONS, is_relative_to_party
from comity.reading.speech import Said
from comity.reading.text import Item, Sentence, lowered
from comity.reading.told import Told
from comity.reading.verbs import DECIDED

_ISSUED = word_list("issued")
_BY_WHICH = re.compile(r"\b(?:by|under|in) which\b|\bwhereby\b|\bwith (?:it|them)\b")
#: The number of paragraphs that report the news, including the headline.
_FIRST = 3
#: The maximum distance of a date after its verb.
_NEAR = 9
#: A date relative to the clause after it: "three days after Moscow recognised them".
_AFTER_CLAUSE = re.compile(r"(?!shortly|just|days|weeks).* (?:after|before)$")
#: The duration of something that ends.
_DURATION = re.compile(r"\bafter (?:\S+ ){0,4}(?:years|decades|century|centuries|months|weeks)\b")
_OF_A_YEAR = "spring summer autumn fall winter beginning end course out middle start"
_PARTS_OF_YEAR = frozenset(_OF_A_YEAR.split())
#: Phrases for a response on the day of the previous act: "Georgia answered within hours: it is breaking off …".
_AT_ONCE = ("within", "hours", "minutes", "in a matter of", "the same day")
_TOOK_PLACE = word_list("took place")
#: Words that may precede a date.
_BEFORE_DATE = ("on", "in", "since", "by", "during", "late", "early", "at")


def give_dates(
    sentence: Sentence,
    told: list[Told],
    said: list[Said],
    words: Lexicon,
    day_before: str = "",
    written: dt.date | None = None,
) -> None:
    """Assign its date to each act and statement of a sentence.

    :param day_before: the last day named in the previous sentence.
    :param written: the day on which the report was written.
    """
    items = sentence.items
    places = {one.place for one in told} | {one.place for one in said}
    anchors = [at for at in range(len(items)) if at in places or _is_verb(items, at, words)]
    owned = _owned(items, told, anchors, words)
    for statement in said:
        statement.date = owned.get(statement.place, "")
        if statement.kind == "announces" and statement.speaker.kind == "pronoun" and not statement.date:
            statement.date = day_before  # "She spoke on Monday. Andorra, she announced, …".
    for one in told:
        one.date = items[one.dated_at].value if one.dated_at >= 0 else owned.get(one.place, "")
        if not _happened(one, owned):
            _of_announcement(one, said)
    for one in told:
        if one.undated:
            one.date = ""
        elif not one.date:
            one.date = _of_decision(one, owned) if one.by_noun else _beside_others(one, told, anchors, owned)
        if (
            not one.date
            and one.group
            and (one.group.form == GERUND or _BY_WHICH.search(" ".join(_words_before(one, 12))))
        ):
            one.date = _of_signing(items, one, owned, words)
    _enumerated(items, told)
    documents, reports = _of_documents(items, owned), _of_reports(items, said, owned, words)
    for one in told:
        if one.date or one.undated:
            continue
        one.date = _of_news(one, day_before, written)
        if not one.date and documents:
            one.date = documents[0]
        elif (
            not one.date
            and reports
            and not in_clause_of_time(one)
            and not (one.kind == "recognition" and one.by_noun)
        ):
            one.date, one.of_report = reports[0], True


def _owned(items: list[Item], told: list[Told], anchors: list[int], words: Lexicon) -> dict[int, str]:
    """Return the date of each verb and noun in a sentence that has one, by position.

    :param anchors: the positions of those that may have one.
    """
    owned: dict[int, str] = {}
    at: dict[int, int] = {}
    left_out = {one.dated_at for one in told}
    for place, item in enumerate(items):
        if item.kind != "date" or not item.value or place in left_out or _describes(items, place, words):
            continue
        if any(one.lower in ("recently", "lately") for one in items[max(0, place - 4) : place]):
            continue  # "most recently Jamaica in April" dates one of several.
        owner = _owner(items, place, anchors, told)
        if owner is None:
            continue
        owner = _told_by(items, owner, told)
        if place and items[place - 1].lower == "since" and _by_several(told, owner):
            continue  # "Have recognised Palestine since April".
        if (
            owner not in owned
            or (
                _is_finer(item.value, owned[owner])
                and not any(one.parties for one in items[at[owner] : place])
            )
            or _is_nearer(items, place, _first(told, owner), at[owner])
        ):
            owned[owner], at[owner] = item.value, place
        _of_nouns(items, told, owner, item.value, owned)
        # "Since 2014, when Russia annexed the peninsula".
        after = lowered(items[place + 1 : place + 3])
        if "when" in after and (later := [at for at in anchors if at > place]):
            owned.setdefault(later[0], item.value)
    return owned


def _by_several(told: list[Told], place: int) -> bool:
    """Return whether several parties have done the act at a position: "have recognised Palestine since April"."""
    here = [one for one in told if one.place == place and one.group is not None and one.group.perfect]
    return len({one.actor for one in here if not _is_pluperfect(one)}) > 1


def _told_by(items: list[Item], owner: int, told: list[Told]) -> int:
    """Return the position of the act whose auxiliary or governing verb owns a date; otherwise the owner itself."""
    owner = next((one.place for one in told if one.group and one.group.first <= owner <= one.place), owner)
    return next((one.place for one in told if _announced_after(one, items, owner)), owner)


def _of_nouns(items: list[Item], told: list[Told], owner: int, date: str, owned: dict[int, str]) -> None:
    """Assign the date of a following verb to acts reported by nouns: "X's recognition of Y came on Monday"."""
    for one in told:
        decided = one.by_noun or (one.group is not None and one.group.owner is not None)
        since = {"from", "back"} & set(lowered(items[owner + 1 : owner + 2]))
        if decided and one.place < owner and items[owner].lower in _TOOK_PLACE and not since:
            owned.setdefault(one.place, date)
        if one.by_noun and one.place < owner and _takes_effect(items, owner):
            owned[one.place] = date  # "Announced on 22 May, the recognition took effect on 28 May".


def _happened(one: Told, owned: dict[int, str]) -> bool:
    """Return whether the date of an act is that of the event: "the recognition, which took place yesterday"."""
    items = one.sentence.items
    within = [item for item in items[one.place :] if item.kind == "date" and item.end <= one.end]
    return any(item.value == one.date for item in within) or any(
        at > one.place and items[at].lower in _TOOK_PLACE and date == one.date for at, date in owned.items()
    )


def _of_announcement(one: Told, said: list[Said]) -> None:
    """Assign the date of its announcement to an act reported by a noun, and remove that of another's statement."""
    before = [other for other in said if other.place < one.place]
    announced = any(other.kind == "announces" and one.actor in other.speaker.parties for other in before)
    if one.by_noun and announced and not one.date:
        one.date = next((other.date for other in before if other.kind == "announces"), "")
    if one.by_noun and before and not announced and not any(other.date for other in before):
        one.date = ""  # "condemned the recognition on Friday": the day may be that of the statement.


def _of_decision(one: Told, owned: dict[int, str]) -> str:
    """Return the date of the verb that decided an act reported by a noun."""
    return owned.get(one.decided_at, "") if one.decided_at > 0 else ""


def _beside_others(one: Told, told: list[Told], anchors: list[int], owned: dict[int, str]) -> str:
    """Return the date that an act shares with another verb in its sentence."""
    items = one.sentence.items
    return (
        _inherited(one, told)
        or _coordinated(items, one, anchors, owned)
        or _joined(items, one, anchors, owned)
        or _beside(items, one, told)
    )


def _of_news(one: Told, day_before: str, written: dt.date | None) -> str:
    """Return the day that opens the sentence of an act, or the day of the news, named in the previous sentence."""
    items = one.sentence.items
    opening = next((item.value for item in items[:2] if item.kind == "date" and len(item.value) == 10), "")
    earlier = set(lowered(items[: one.place])) & {"after", "since", "which", "who", "when"}
    blamed = one.group and one.group.form == GERUND and "for" in _words_before(one)
    if opening and not blamed and not earlier and not _is_pluperfect(one):
        return opening
    if _is_news(one) and _is_recent(day_before, written):
        return day_before
    if one.group and one.group.progressive:
        return next((item.value for item in items if item.lower.startswith(_AT_ONCE)), "")
    return ""


def _of_documents(items: list[Item], owned: dict[int, str]) -> list[str]:
    """Return the dates of the documents in a sentence: of their signing, or "the decree of 5 May"."""
    signed = [
        date
        for place, date in owned.items()
        if items[place].lower in _ISSUED and not (place and items[place - 1].parties)
    ]
    return signed + [
        item.value
        for place, item in enumerate(items)
        if item.kind == "date" and item.value and place > 1 and items[place - 1].lower == "of"
        and items[place - 2].lower in DOCUMENTS
    ]  # fmt: skip


def _of_reports(items: list[Item], said: list[Said], owned: dict[int, str], words: Lexicon) -> list[str]:
    """Return the days on which something was said or announced."""
    days = [one.date for one in said if len(one.date) == 10]
    return days + [date for place, date in owned.items() if len(date) == 10 and _reports(items[place], words)]


def _takes_effect(items: list[Item], place: int) -> bool:
    """Return whether the verb at a position is one of taking effect: "took effect", "entered into force"."""
    return bool({"effect", "force"} & set(lowered(items[place + 1 : place + 3])))


def _reports(item: Item, words: Lexicon) -> bool:
    """Return whether a verb means that something was said or announced, by anyone."""
    known = item.lower in ("informed", "notified", "learned", "learnt")
    return known or any(verb in words.reporting for verb in words.lemmas(item.lower))


def _is_news(one: Told) -> bool:
    """Return whether an act is reported in the simple past near the beginning of a report."""
    group = one.group
    return (
        group is not None
        and not one.by_noun
        and (group.form == PAST or _answers(one))
        and not group.passive
        and one.sentence.paragraph <= _FIRST
        and not _has_vague_date(one)
        and not in_clause_of_time(one)
        and not _is_pluperfect(one)
    )


def _answers(one: Told) -> bool:
    """Return whether an act is a response in the simple past: "Maduro responded by breaking off relations"."""
    before = _words_before(one, 2)
    return before[-1:] == ["by"] and before[0] in (
        "responded",
        "reacted",
        "replied",
        "retaliated",
        "answered",
    )


def _has_vague_date(one: Told) -> bool:
    """Return whether a date without a value follows the verb of an act: "opened its embassy last week"."""
    after = one.sentence.items[one.place : one.place + _NEAR]
    return any(item.kind == "date" and not item.value for item in after)


def _is_recent(day: str, written: dt.date | None) -> bool:
    """Return whether a day is within the week before a report was written."""
    if written is None or len(day) != 10:
        return False
    return dt.timedelta(0) <= written - dt.date.fromisoformat(day) <= dt.timedelta(7)


def _announced_after(one: Told, items: list[Item], owner: int) -> bool:
    """Return whether a participle after a noun names its agent: "the freeze of recognition, declared by Banjul"."""
    if one.place >= owner or items[owner].lower not in DECIDED:
        return False
    if one.by_noun and items[owner].end <= one.end:
        return True
    decided = one.by_noun or (one.group is not None and one.group.owner is not None)
    return decided and items[owner - 1].lower == "," and items[owner - 2].end == one.end


def _is_finer(date: str, other: str) -> bool:
    """Return whether a date is within another, as "this week, on Thursday"."""
    return len(date) > len(other) and date.startswith(other.rstrip("~"))


def _describes(items: list[Item], place: int, words: Lexicon) -> bool:
    """Return whether a date belongs to a noun: "its 2009 recognition of Kosovo"."""
    if place + 1 >= len(items) or place == 0:
        return False
    before, after = items[place - 1], items[place + 1]
    if is_relative_to_party(items, place - 1):
        return True  # "On December 24, two days after Bolivia".
    if len(items[place].value) == 4 and _is_of_noun(items, place):
        return True  # "Within the borders of 1967", "the 1967 borders".
    owned = before.kind in ("possessive", "pronoun") or before.lower in ("the", "its", "their")
    return owned and (
        after.lower in words.nominals or after.lower in ("decision", "relations", "ties", "agreement")
    )


def _is_of_noun(items: list[Item], place: int) -> bool:
    """Return whether a year belongs to a noun before or after it that is not part of a year."""
    before, after = items[place - 1], items[place + 1]
    if before.lower == "of" and place > 1:
        noun = items[place - 2]
        return noun.kind == "word" and noun.text.islower() and noun.lower not in _PARTS_OF_YEAR
    article = before.lower in ("the", "its", "their", "a") or before.kind == "possessive"
    return (
        article
        and after.kind == "word"
        and after.text.islower()
        and after.lower not in PREPOSITIONS | {"and"}
    )


def _first(told: list[Told], owner: int) -> int:
    """Return the start of the verb at a position, including its auxiliaries."""
    return next((one.group.first for one in told if one.place == owner and one.group), owner)


def in_clause_of_time(one: Told) -> bool:
    """Return whether the verb of an act is in a clause with "after" or "since", which has a different day."""
    if one.group is None or one.by_noun:
        return False
    for item in reversed(one.sentence.items[: one.group.first]):
        if item.lower in (",", ";", "that"):
            return False
        if item.lower in ("after", "since", "before", "when", "until") or item.lower.endswith(" after"):
            return True
    return False


def _words_before(one: Told, number: int = 1) -> list[str]:
    """Return a number of words before the verb of an act."""
    first = one.group.first if one.group else one.place
    return lowered(one.sentence.items[max(0, first - number) : first])


def _is_pluperfect(one: Told) -> bool:
    """Return whether an act is earlier than the others in its sentence: "had recognised"."""
    group = one.group
    return group is not None and "had" in lowered(one.sentence.items[group.first : group.place])


def _is_nearer(items: list[Item], place: int, owner: int, other: int) -> bool:
    """Return whether a date follows its verb and the previously assigned one is far before it."""
    return other < owner < place and previous_words(items, other + 1, owner)


def _is_verb(items: list[Item], place: int, words: Lexicon) -> bool:
    word = items[place]
    if word.kind != "word" or not word.text[:1].islower():
        return False
    forms = {form for _, form in words.forms.get(word.lower, ())}
    before = items[place - 1].lower if place else ""
    if forms and forms <= {"gerund"} and before not in (",", "and", "is", "are", "was", "were"):
        return False  # "at a meeting", "by exchanging notes on Thursday": it has no day of its own.
    if before in ("a", "an", "the", "its", "their"):
        return False
    return bool(forms & {"past", "participle", "gerund"}) or (
        word.lower.endswith("ed")
        and len(word.lower) > 4
        and word.lower not in ("united", "hundred", "so-called", "self-proclaimed", "occupied")
    )


def _owner(items: list[Item], place: int, anchors: list[int], told: list[Told]) -> int | None:
    """Return the position of the verb or noun that the date at a position belongs to, or None."""
    for one in told:
        if one.group and one.group.first <= place < one.group.place:
            return one.place
    left = [at for at in anchors if at < place]
    right = [at for at in anchors if at > place]
    if items[place].lower.startswith(("the day on", "the day when", "the day that")):
        # "On the day on which Argentine troops invaded".
        clause = next((at for at in range(place, len(items)) if items[at].lower in (",", ";")), len(items))
        return next((at for at in right if at < clause), None)
    ends = items[place + 1].lower in (",", ".", ";") if place + 1 < len(items) else True
    if right and not ends and _AFTER_CLAUSE.match(items[place].lower) and items[place].value:
        ahead = range(place + 1, len(items))
        stop = next((at for at in ahead if items[at].kind == "date" or items[at].lower == ","), 0)
        if items[stop].kind != "date":
            return right[0]  # "The attack came three days after Moscow recognised them".
        # "The attack came three days after Moscow recognised them on 21 February".
        return left[-1] if left else next((at for at in anchors if at > stop), None)
    if not left or not right:
        return next(iter(left[-1:] or right[:1]), None)
    return right[0] if _is_of_following(items, place, left[-1], right[0], told) else left[-1]


def _is_of_following(items: list[Item], place: int, left: int, right: int, told: list[Told]) -> bool:
    """Return whether a date belongs to the verb after it, not to the one before.

    That is so if it opens the clause of that verb, or immediately precedes the verb.
    """
    for one in told:
        between = items[one.place + 1 : place]
        dated = between and between[-1].lower in ("in", "on", "of")
        if one.by_noun and one.place == left and dated and all(item.start < one.end for item in between[:-1]):
            return False  # "Algeria's severing of ties with Morocco in August 2021 surprised nobody".
    if not previous_words(items, place + 1, right):
        return True
    opener = place
    while opener and items[opener - 1].lower in _BEFORE_DATE:
        opener -= 1
    before = items[opener - 1].lower
    if place + 2 == right and items[place + 1].lower == "," and before == ",":
        return False  # "…, in August 2008, followed by Nicaragua".
    if before == "," and lowered(items[place + 1 : place + 3]) == [",", "and"] and left < opener - 1:
        return False  # "… to recognise Croatia, on 19 December, and Sweden has said".
    if before == "that" and any(one.place == opener - 2 for one in told):
        return False  # "Cancelled that in June 2001".
    opens = before in (",", ";", ":", "and", "but", "that") and left < opener - 1
    follows = items[place + 1]
    return opens and (
        bool(follows.parties) or follows.lower in (",", "the", "it") or follows.kind == "possessive"
    )


def _coordinated(items: list[Item], one: Told, anchors: list[int], owned: dict[int, str]) -> str:
    """Return the date of the verb joined to that of an act by "and": "cut its ties and left on Monday"."""
    following = next((at for at in anchors if at > one.place), 0)
    if not following or items[following - 1].lower != "and":
        return ""
    between = set(lowered(items[one.place : following]))
    return "" if between & {",", ";", "which", "that", "after", "before"} else owned.get(following, "")


def _beside(items: list[Item], one: Told, told: list[Told]) -> str:
    """Return the date of the previous act, which a party answers: "… on Monday, and Georgia severed relations"."""
    if one.group is None or one.group.form != PAST or _is_pluperfect(one):
        return ""
    for other in told:
        between = lowered(items[other.place : one.group.first])
        if other.date and other.place < one.place and "," in between and "and" in between[-4:]:
            return other.date if len(other.date) == 10 and not other.of_report else ""
    return ""


def _joined(items: list[Item], one: Told, anchors: list[int], owned: dict[int, str]) -> str:
    """Return the date of the earlier verb joined by "and": "on Monday closed its embassy and broke off"."""
    before = next((at for at in reversed(anchors) if at < one.place and not _is_inserted(items, at)), -1)
    joint = one.group.first - 1 if one.group else 0
    joint = (
        manner(items, joint) or joint + 1
    ) - 1  # "Met today and in its first decision recognised Lithuania".
    if before < 0 or one.group is None or items[joint].lower != "and":
        return ""
    places = range(before, one.group.first)
    between = {items[at].lower for at in places if not _is_inserted(items, at)}
    return "" if between & {";", "which", "that", "after", "before", "since"} else owned.get(before, "")


def _is_inserted(items: list[Item], place: int) -> bool:
    """Return whether a position is in a relative clause in commas: ", which had been proclaimed the day before,"."""
    begin = max((at for at in range(place) if items[at].lower == ","), default=-1)
    closed = any(one.lower == "," for one in items[place:])
    return begin >= 0 and closed and items[begin + 1].lower in ("which", "who", "whose")


def _enumerated(items: list[Item], told: list[Told]) -> None:
    """Assign separate dates to the acts of a list: "in 2008 and 2009 respectively", "Ghana (2012) and Togo (2014)"."""
    dates = [one for one in items if one.kind == "date" and one.value]
    if "respectively" in lowered(items) and len(dates) == len(told):
        for act, date in zip(told, dates, strict=True):
            act.date = date.value
    for act in told:
        at = next((at for at, one in enumerate(items) if act.actors and one is act.actors[0]), len(items))
        after = items[at + 1 : at + 3]
        if len(after) == 2 and after[0].lower == "(" and after[1].kind == "date" and after[1].value:
            act.date = after[1].value


def _of_signing(items: list[Item], one: Told, owned: dict[int, str], words: Lexicon) -> str:
    """Return the date of the verb of "signed on Monday a communiqué establishing relations", or nothing."""
    # "Putin signed two decrees, and with them Russia recognised …".
    with_them = "with" in _words_before(one, 3)
    for at in range(one.place - 1, -1, -1):
        if items[at].lower in (";", "for") or (items[at].lower == "," and not with_them):
            return ""
        if words.governs(items[at].lower, "decides") and at in owned:
            return owned[at]
    for at in range(one.place + 1, len(items)):
        if items[at].lower in (",", ";"):
            return ""
        if words.governs(items[at].lower, "decides") and items[at - 1].lower in ("was", "were"):
            return owned.get(at, "")
    return ""


def _inherited(one: Told, told: list[Told]) -> str:
    """Return the date of an act of the same subject in the sentence, joined by "and"."""
    actors = {party for item in one.actors for party in item.parties}
    for other in told:
        if other is one or not other.date or other.of_report or in_clause_of_time(other):
            continue
        if actors & {party for item in other.actors for party in item.parties}:
            between = one.sentence.items[min(one.place, other.place) : max(one.place, other.place)]
            lowers = set(lowered(between))
            participle = one.group and one.group.form == GERUND and _words_before(one) == [","]
            lasted = " ".join(lowered(between))
            lasted = _DURATION.sub(
                "", lasted
            )  # "Cut its ties with Taiwan after more than a century and opened …".
            apart = {"which", ";", "after", "before"} & set(lasted.split())
            if ("and" in lowers or participle) and not apart:
                return other.date
    return ""
