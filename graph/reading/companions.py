"""Parties that share an act with its subject: "Spain, together with Ireland, recognised Palestine"."""

from comity.reading.clauses import CLASSES
from comity.reading.passives import agents_at
from comity.reading.text import Item, lowered

#: Words that join a party to the subject of a verb; the longer forms may also follow the object.
_WITH = (
    ("together", "with"),
    ("along", "with"),
    ("jointly", "with"),
    ("simultaneously", "with"),
    ("in", "concert", "with"),
    ("in", "unison", "with"),
    ("at", "the", "same", "time", "as"),
    ("alongside",),
    ("joined", "by"),
)
_COLONS = (":", "–", "—", "-")
#: The same when the day of the act is a date item: "on 28 May, the same day as Norway".
_HOURS_AFTER = ("hour after", "hours after", "minutes after")
_SAME_DAY = ("the same day", "that same day")


def companions(items: list[Item], actors: list[Item], verb: int, end: int) -> list[Item]:
    """Return the parties that did the same as the subject of a verb.

    :param verb: the position of the verb.
    :param end: the position after its objects.
    """
    if (
        not actors
        and verb
        and items[verb - 1].lower in CLASSES
        and end < len(items)
        and items[end].lower in _COLONS
    ):
        return agents_at(items, end + 1)[
            0
        ]  # "Three countries recognised Palestine: Spain, Ireland and Norway".
    acting = {party for one in actors for party in one.parties}
    if len(actors) != 1 or not acting or actors[0] not in items:
        return []
    subject = items.index(actors[0])
    for place in (*range(0, 1), *range(subject + 1, verb), *range(end, min(len(items), end + 5))):
        length = _joined(items, place)
        if not length:
            continue
        found, _ = agents_at(items, place + length)
        if found and not acting & {party for one in found for party in one.parties}:
            return [one for one in found if one.kind == "party" or one.binds]
    return []


def forerunners(items: list[Item], end: int) -> tuple[str, ...]:
    """Return the earlier parties in "the fifth to recognise Kosovo, after Kenya and Chad"."""
    begin = end + (items[end : end + 1] != [] and items[end].lower == ",")
    if lowered(items[begin : begin + 1]) != ["after"]:
        return ()
    found, after = agents_at(items, begin + 1)
    if not found or (after < len(items) and items[after].lower not in (".", ",", ";", ")")):
        return ()  # "After Kenya had done so".
    return tuple(party for one in found if one.kind == "party" for party in one.parties)


def _joined(items: list[Item], place: int) -> int:
    """Return the number of items from a position on that join a party to the subject."""
    if items[place].kind == "date" and items[place].lower.endswith(_HOURS_AFTER):
        return 1  # "Britain recognised Palestine on Sunday, an hour after Australia and Canada".
    if items[place].kind == "date" and items[place].lower in _SAME_DAY:
        return 2 if lowered(items[place + 1 : place + 2]) == ["as"] else 0
    for words in _WITH:
        if tuple(lowered(items[place : place + len(words)])) == words:
            return len(words)
    return 0
