"""Noun phrases: whether one is a subject, and lists of parties."""

import re

from comity.reading.lexicon import word_list
from comity.reading.text import Item

PREPOSITIONS = word_list("prepositions")
_PAPERS = (
    "note notes decree letter document communique communiqué agreement decision declaration proclamation statement "
    "protocol resolution treaty"
)
DOCUMENTS = frozenset(_PAPERS.split())
#: Attributes of a state that are recognised.
STATEHOOD = ("independence", "statehood", "sovereignty")
STATES = (
    r"country|state|nation|kingdom|island|republic|archipelago|emirate|sultanate|principality|duchy|monarchy"
    r"|federation|islands"
)
_IS_STATE = re.compile(rf"^(?:{STATES})$")
#: Endings of adjectives of regions and the like: "the Pacific state", "the Andean nation".
_ADJECTIVAL = ("ic", "an", "al", "ern", "ish", "ese", "ed", "y", "ny", "ll", "tle", "ous", "ing", "new")


def is_subject_place(items: list[Item], place: int) -> bool:
    """Return whether the item at a position is not within a prepositional phrase."""
    before = place - 1
    while before >= 0 and items[before].lower in ("the", "both", "a", "an", "republic", "state", "so-called"):
        before -= 1
    if before >= 1 and items[before].lower == "of" and _IS_STATE.match(items[before - 1].lower):
        before -= 2  # "The Pacific state of Nauru".
        while (
            before >= 0
            and items[before].kind in ("word", "demonym")
            and items[before].lower.endswith(_ADJECTIVAL)
        ):
            before -= 1
        return is_subject_place(items, before + 1)
    if before >= 0 and items[before].lower in ("and", ",") and before >= 1 and items[before - 1].parties:
        # The later members of a list have the role of the first.
        return is_subject_place(items, before - 1) if items[before].lower == "and" else True
    return before < 0 or items[before].lower not in PREPOSITIONS


def is_object_of_verb(items: list[Item], place: int) -> bool:
    """Return whether a party immediately follows a verb, as its object: "recognised Palestine"."""
    before = items[place - 1] if place else None
    return (
        before is not None and before.kind == "word" and before.lower.endswith("ed") and before.text.islower()
    )


def is_relative_to_party(items: list[Item], comma: int) -> bool:
    """Return whether a date at a position relates an act to that of a party: ", two days after Bolivia."."""
    after = items[comma : comma + 4]
    return (
        [one.kind for one in after[1:3]] == ["date", "party"]
        and after[0].lower == ","
        and after[1].lower.endswith(" after")
        and (len(after) == 3 or after[3].lower in (".", ",", ";"))
    )


def listed(items: list[Item], place: int) -> list[str]:
    """Return the parties named together from a position on, joined by commas and "and"."""
    if not items[place].parties or items[place].kind != "party":
        return []
    if place and items[place - 1].lower in ("and", ",") and place > 1 and items[place - 2].kind == "party":
        return []
    found, joined = list(items[place].parties), False
    while place + 2 < len(items) and items[place + 1].lower in ("and", ","):
        step = 2 if items[place + 2].lower not in ("the", "neighbouring", "nearby") else 3
        if place + step >= len(items) or items[place + step].kind != "party":
            break
        joined = joined or items[place + 1].lower == "and"
        found += [party for party in items[place + step].parties if party not in found]
        place += step
    return found if joined else []
