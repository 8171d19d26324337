"""Clauses: the subject before a verb, and the parties after it."""

import re

from comity.reading.lexicon import word_list
from comity.reading.phrases import DOCUMENTS, PREPOSITIONS, STATEHOOD, is_subject_place
from comity.reading.text import Item, lower_at, lowered
from comity.reading.verbs import AUXILIARIES, BECOME, RELATIVE, is_adverb

#: Words that may occur between a verb and the party that is its object.
_LIGHT = word_list("before a party")
#: Endings of words such as "Russian-backed".
_ATTRIBUTIVE = (
    "-backed",
    "-led",
    "-controlled",
    "-held",
    "-occupied",
    "-supported",
    "-sponsored",
    "-friendly",
)
#: Things that belong to a party and may be meant by its name.
_OF_PARTY = frozenset(
    ["state", "republic", "independence", "sovereignty", "statehood", "government", "authorities"]
)
#: Nouns that introduce several parties: "two breakaway regions, Abkhazia and South Ossetia".
_CLASSES = (
    "regions republics states countries nations territories entities governments provinces powers capitals"
)
CLASSES = frozenset(_CLASSES.split())
_LANDS = frozenset(("region", "republic", "state", "territory", "entity", "province", "enclave", "peninsula"))
_NAMELY = frozenset(
    (",", ":", "–", "—", "-", "among", "them", "including", "namely", "such", "as", "notably")
)
_OF_NAME = re.compile("[A-Z.]|(?:de|von|van|al|bin)$")
_SPEAKING_FOR = frozenset(("for", "now", "in", "the", "speaking", "on", "behalf", "of"))
#: Prepositions that are also conjunctions: "after Honduras broke off relations".
_CONJUNCTIONS = frozenset(["after", "before", "since", "as", "until", "than"])
#: Words that join the members of a list.
_JOINING = frozenset([",", "and", "&", "the", "both", "also", "with", "neighbouring"])
_OWN = frozenset(("its", "their", "his", "her"))
_QUOTES = frozenset("\"“”‘’'«»")
#: Marks and words that may occur between a subject and its verb.
_BEFORE_VERB = BECOME | _QUOTES | {")", "–", "—", "-"}
_PASTS = ("went", "came", "took", "made", "held", "met", "sent", "left", "found", "set", "put", "kept")


def subject_of(items: list[Item], first: int, previous: list[Item]) -> list[Item]:
    """Return the parties, offices, persons or media that are the subject of the verb group at a position.

    :param previous: the subject of the previous verb, for a verb joined to it by "and".
    """
    left = first - 1
    while left >= 0:
        item = items[left]
        if item.kind == "date" or item.lower in _BEFORE_VERB or is_adverb(item):
            left -= 1
        elif item.lower in ("and", "but", "or", "then", "before"):
            return previous
        elif item.lower in RELATIVE or item.lower == "whose":
            return _antecedent(items, left)
        elif item.lower == ",":
            return _before_comma(items, left, previous)
        elif item.kind in ("party", "office", "pronoun", "person", "medium"):
            if item.kind == "party" and item.parties and _owns(items, left):
                return []
            step = _preposition(items, left)
            joined = step >= 0 and items[step].lower in _CONJUNCTIONS
            if is_subject_place(items, left) or (joined and not previous_words(items, left + 1, first)):
                return _list_before(items, left)
            left = step - 1
        elif left == first - 1 and _is_lower(item) and (step := manner(items, left)) > 0:
            left = step - 1
            if items[left].lower == "and":
                # "… met on Friday and in its first decision recognised Lithuania".
                return previous or first_subject(items, left)
        elif item.lower in CLASSES and (joint := _before_others(items, left)):
            return _list_before(items, joint - 1)
        else:
            left = _before_phrase(items, left)
    return []


def _owns(items: list[Item], place: int) -> bool:
    """Return whether a possessive ending follows a position."""
    return place + 1 < len(items) and items[place + 1].kind == "possessive"


def _is_lower(item: Item) -> bool:
    """Return whether an item is a word in small letters."""
    return item.kind == "word" and item.text.islower()


def _before_phrase(items: list[Item], end: int) -> int:
    """Return the position before a phrase that may part a subject from its verb, or -1 if none ends at a position."""
    item = items[end]
    if item.kind == "possessive":
        return -1
    if item.lower in ("in", "at", "on", "after", "("):
        return end - 1
    if end >= 2 and items[end - 2].lower == "by" and items[end - 1].lower in ("this", "that", "it"):
        return end - 3  # "Spain by this instrument recognises".
    named = item.kind == "word" and item.text[:1].isupper()
    step = _preposition(items, end) if item.kind == "place" or named else -1
    return step - 1 if step >= 0 else -1


def signer(items: list[Item], first: int) -> list[Item]:
    """Return who signed the document that is the subject of a verb: "a decree signed by the president recognises"."""
    for place in range(first - 1, max(0, first - 7), -1):
        if items[place].lower == "by" and items[place - 1].lower in ("signed", "issued"):
            named = items[place + 1 : place + 3]
            return [one for one in named if one.parties][:1] if items[place - 2].lower in DOCUMENTS else []
    return []


def manner(items: list[Item], place: int) -> int:
    """Return the start of a phrase such as "by royal decree" that ends at a position, or 0."""
    step = _preposition(items, place)
    return step if step > 0 and items[step].lower in ("in", "by", "through", "under") else 0


def _before_others(items: list[Item], place: int) -> int:
    """Return the position of the "and" in "Britain, Kenya and five other European countries", or 0."""
    joint = next((at for at in range(place, max(0, place - 6), -1) if items[at].lower == "and"), 0)
    other = "other" in lowered(items[joint:place])
    return joint if joint and other and items[joint - 1].kind == "party" else 0


def previous_words(items: list[Item], begin: int, end: int) -> bool:
    """Return whether there is anything but dates and adverbs between two positions."""
    return any(one.kind != "date" and not is_adverb(one) for one in items[begin:end])


def _preposition(items: list[Item], place: int) -> int:
    """Return the position of the preposition that governs the item at a position, or -1."""
    for left in range(place - 1, max(-1, place - 5), -1):
        if items[left].lower in PREPOSITIONS:
            return left
        if items[left].lower in (",", ";"):
            return -1
    return -1


def _antecedent(items: list[Item], place: int) -> list[Item]:
    left = place - 1
    while left >= 0 and (items[left].lower == "," or items[left].kind == "date"):
        left -= 1
    if left >= 0 and items[left].parties:
        return [items[left]]
    return []


def _before_comma(items: list[Item], comma: int, previous: list[Item]) -> list[Item]:
    """Return the subject before an insertion between commas; without one, the subject of the main clause."""
    for left in range(comma - 1, -1, -1):
        if items[left].lower == ",":
            opens = lowered(items[left + 1 : left + 3])
            if (opens == ["among", "them"] or opens[:1] == ["including"]) and items[comma - 1].parties:
                return _list_before(items, comma - 1)
            if opens[:1] in (["who"], ["whose"], ["whom"]) and (name := _name_before(items, left)) < left:
                # "M. Keita, who regards himself as the head of the Federation, denounced it".
                office = items[name - 2 : name - 1] if name and items[name - 1].lower == "," else []
                return office if office and office[0].kind == "office" else []
            inserted = lowered(items[left + 1 : comma - 1])
            if (
                inserted
                and _SPEAKING_FOR.issuperset(inserted)
                and items[comma - 1].kind in ("party", "office")
            ):
                return [items[comma - 1]]  # "Mr. Healey, for the Opposition, welcomed it".
            while left > 1 and is_adverb(items[left - 1]):
                left -= 1  # "Ethiopia itself, against which the guerrillas fought, did so".
            before = items[left - 1] if left else None
            if before is not None and before.kind in ("party", "office", "pronoun", "person", "medium"):
                if is_subject_place(items, left - 1):
                    return _list_before(items, left - 1)
                if found := subject_of(items, left, []):
                    return found
    if previous:
        return previous
    # A participle after a comma, or an apposition such as a name: the first subject of the sentence.
    if (
        comma
        and items[comma - 1].kind in ("party", "office", "pronoun", "person", "medium")
        and is_subject_place(items, comma - 1)
    ):
        return _list_before(items, comma - 1)
    return first_subject(items, comma)


def _name_before(items: list[Item], end: int) -> int:
    """Return the start of an unknown name that ends at a position; without one, that position."""
    begin = end
    while begin and items[begin - 1].kind == "word" and _OF_NAME.match(items[begin - 1].text):
        begin -= 1
    return begin


def first_subject(items: list[Item], until: int) -> list[Item]:
    """Return the first subject of a sentence before a position."""
    for place, one in enumerate(items[:until]):
        if (
            one.kind in ("party", "office", "pronoun", "person")
            and one.parties
            and is_subject_place(items, place)
        ):
            if place + 1 < len(items) and items[place + 1].kind == "possessive":
                continue
            end = place
            while end + 2 < until and items[end + 1].lower in ("and", ","):
                step = 3 if items[end + 2].lower == "the" else 2
                if end + step >= until or items[end + step].kind != one.kind:
                    break
                end += step
            return _list_before(items, end)
    return []


def _list_before(items: list[Item], place: int) -> list[Item]:
    """Return the members of a list that ends at a position, in order."""
    found, joined = [items[place]], False
    left = place - 1
    while left >= 1:
        if items[left].lower in ("the", "both", "neighbouring"):
            left -= 1
            continue
        if left >= 3 and joined and items[left].lower == ")" and items[left - 2].lower == "(":
            left -= 3  # "Turkey (1949) and Iran (1950)".
        word = items[left].lower
        if word in ("and", "&") or (word == "," and (joined or left == 1)):
            joined = True
            left -= 1
            if items[left].lower == ",":
                # "…, and" follows a list of three or more, or a separate clause.
                if not (left >= 2 and any(items[left - step].lower == "," for step in (2, 3))):
                    break
                left -= 1
        else:
            break
        while left >= 0 and items[left].lower in ("the",):
            left -= 1
        if left < 0 or items[left].kind not in ("party", "office"):
            break
        found.insert(0, items[left])
        left -= 1
    return found


def parties_after(
    items: list[Item], place: int, listed: bool = False, heads: bool = False
) -> tuple[list[Item], int]:
    """Return the parties that follow a verb or a preposition as its object, and the position after them.

    :param listed: whether a list is required, as after "between".
    :param heads: whether a head of state represents its party, as when credentials are presented.
    """
    at = place
    while at < len(items) and _is_before_party(items, at):
        at += 1
    at = _after_owner(items, _named_after_class(items, place, at))
    found: list[Item] = []
    while at < len(items):
        if [one.kind for one in items[at + 1 : at + 3]] == ["possessive", "party"] and items[at].parties:
            at += 2  # "The Libyan rebels' National Transitional Council".
        if not _is_party(items, at, heads):
            break
        if _owns(items, at):
            after = at + 2
            while after < len(items) and items[after].lower in ("full", "own", "claimed"):
                after += 1
            return ([*found, items[at]], after + 1) if lower_at(items, after) in _OF_PARTY else (found, at)
        found.append(items[at])
        at += 1
        joined = _joined_party(items, at, listed)
        if joined < 0:
            break
        at = joined
    return found, at


def _is_before_party(items: list[Item], at: int) -> bool:
    """Return whether an item may occur between a verb or a preposition and the party that is its object."""
    one = items[at]
    if one.kind == "word" and (one.lower in _LIGHT | _QUOTES or is_adverb(one)):
        return True
    if one.kind == "date" or (one.kind == "word" and one.lower.endswith(_ATTRIBUTIVE)):
        return True
    if one.lower == "and":
        return items[at - 1].lower in STATEHOOD  # "Independence and sovereignty of".
    return (
        one.kind == "demonym"
        and at + 1 < len(items)
        and (items[at + 1].lower in _LIGHT or items[at + 1].kind == "party")
    )


def _is_party(items: list[Item], at: int, heads: bool) -> bool:
    """Return whether an item refers to parties as the object of an act.

    :param heads: whether a head of state represents its party.
    """
    one, owned = items[at], items[at + 1 : at + 4]
    if one.lower in _OWN and not any(other.lower in _OF_PARTY or other.kind == "demonym" for other in owned):
        return False  # "Recognised its former partner", but not "its Bosnian neighbour".
    represents = one.kind == "office" and (one.office == "government" or heads)
    return bool(one.parties) and (one.kind in ("party", "pronoun") or represents)


def _joined_party(items: list[Item], at: int, listed: bool) -> int:
    """Return the position of the party that a comma or "and" at a position joins to a list, or -1."""
    ahead = at
    while ahead < len(items):
        if lowered(items[ahead : ahead + 3]) == ["as", "well", "as"]:
            ahead += 3
        elif items[ahead].lower in _JOINING | _QUOTES:
            ahead += 1
        else:
            break
    if ahead >= len(items) or not {"and", ",", "&", "as"} & set(lowered(items[at:ahead])):
        return -1
    pronoun = listed and items[ahead].kind == "pronoun" and bool(items[ahead].parties)
    if not pronoun and items[ahead].kind != "party":
        return -1
    return ahead if listed or not starts_clause(items, ahead) else -1


def _after_owner(items: list[Item], at: int) -> int:
    """Return the position of the party in "Georgia's breakaway region of Abkhazia", or the same position."""
    if [one.kind for one in items[at + 1 : at + 2]] != ["possessive"]:
        return at
    begin = end = at + 2
    while end < len(items) and (items[end].lower in _LIGHT or items[end].lower.endswith(_ATTRIBUTIVE)):
        end += 1
    lands = set(lowered(items[begin:end])) & (CLASSES | _LANDS)
    return end if lands and end < len(items) and items[end].kind == "party" else at


def _named_after_class(items: list[Item], place: int, at: int) -> int:
    """Return the start of the parties named after "all twelve republics, among them", or the same position."""
    near = range(max(place, at - 1), min(len(items), at + 5))
    head = next((one for one in near if items[one].lower in CLASSES), len(items))
    begin = head + 1
    owned = any(one.kind == "possessive" for one in items[at:head])
    if (
        items[begin : begin + 1] and items[begin].lower == "in"
    ):  # "The two republics in eastern Ukraine, Donetsk and …".
        begin = next(
            (one for one in range(begin, min(len(items), begin + 5)) if items[one].lower == ","), begin
        )
    while begin < len(items) and (
        items[begin].lower in _NAMELY | {"the"} or (owned and items[begin].lower == "of")
    ):
        begin += 1
    named = begin > head + 1 and begin < len(items) and items[begin].kind == "party"
    if (
        not named
        or (not owned and any(one.kind == "party" for one in items[at:head]))
        or starts_clause(items, begin)
    ):
        return at
    return begin


def starts_clause(items: list[Item], place: int) -> bool:
    """Return whether a party after a comma or an "and" is the subject of a separate clause."""
    after = place + 1
    while after < len(items) and (
        items[after].kind == "date"
        or is_adverb(items[after])
        or (
            items[after].lower in ("on", "in")
            and [one.kind for one in items[after + 1 : after + 2]] == ["date"]
        )
    ):
        after += 1
    if after >= len(items):
        return False
    word = items[after]
    if word.lower in (
        "regions",
        "republics",
        "states",
        "provinces",
        "territories",
        "governments",
        "districts",
    ):
        return False
    if word.kind == "possessive":
        return True
    causes = word.lower in ("prompted", "caused", "led") and items[after + 1 : after + 2]
    if causes and causes[0].parties:
        return False  # "Syria's decision to recognise Abkhazia and South Ossetia prompted Georgia to".
    return word.kind == "word" and (
        (after == place + 1 and word.text[:1].islower() and word.lower.endswith("s") and len(word.lower) > 3)
        or word.lower in AUXILIARIES
        or (word.lower.endswith("ed") and len(word.lower) > 3)
        or word.lower
        in ("said", "says", "cut", "broke", "withdrew", "froze", "began", "became", "told", "gave", *_PASTS)
    )
