"""Nouns that express an act by themselves: "X's recognition of Y", "the severing of relations by X"."""

from comity.reading.clauses import parties_after, subject_of
from comity.reading.lexicon import PAST, Frame, Lexicon, Nominal
from comity.reading.objects import BELONGING
from comity.reading.passives import agents_at
from comity.reading.phrases import PREPOSITIONS
from comity.reading.text import Item, Sentence, lowered
from comity.reading.told import BY_NOUN, Clause, Told, between, sides_of
from comity.reading.verbs import DECIDED, DONE, VerbGroup, group_at
from comity.tables.acts import MUTUAL

_BEFORE = BELONGING | frozenset(
    [
        "recent",
        "sudden",
        "surprise",
        "later",
        "earlier",
        "subsequent",
        "expected",
        "controversial",
        "historic",
        "unilateral",
    ]
)
_MODALS = frozenset(["if", "would", "will", "may", "might", "could", "should", "can", "shall"])
#: Words for an act that has not been done.
_HANGING = (
    "remains depends hinges prospect unlikely imminent premature agenda postponed failed stalled collapsed"
)
_NOT_YET = frozenset(_HANGING.split())
_FAR_OFF = (
    "out of the question",
    "did not come",
    "did not materiali",
    "has not materiali",
    "has not come",
    "put off",
    "a matter of time",
    "a question of time",
)
#: Phrases for an act on its day: "Norway's recognition came into force the same day".
_CAME = frozenset(["came", "took", "followed", "entered", "dates"])
_GIVEN = frozenset(["dated", "given", "announced", "published"])
#: Words before "for the recognition of" of an act that was done: "in retaliation for the recognition".
_ANSWERED = frozenset(
    [
        "retaliation",
        "reprisal",
        "response",
        "revenge",
        "punishment",
        "punish",
        "condemned",
        "criticised",
        "criticized",
        "thanked",
        "praised",
    ]
)
_SO_CALLED = frozenset(("so-called", "self-proclaimed", "self-styled", "self-declared", "so-styled"))
#: Before this position a noun is in the subject of a sentence, before its verb: "The recognition of Kosovo by …".
_OPENING = 4
#: The maximum distance of a noun from its parties, and from the word that governs it.
_FAR, _GOVERNED, _BOUND, _AFTER, _FARTHER = 12, 8, 14, 14, 30


def nominal(sentence: Sentence, place: int, words: Lexicon) -> list[Told]:
    """Return the acts of a noun such as recognition that names both parties."""
    for one in words.nominals[sentence.items[place].lower]:
        end = _after_complement(sentence.items, place + 1, one)
        if end < 0:
            continue
        told = _told(sentence, place, end, one, words)
        for act in told:
            act.reasons.append(BY_NOUN)
            first = act.group.first if act.group else place
            act.decided_at = _binding(sentence.items, first, words) or _signed_after(
                sentence.items, place, words
            )
        if told:
            return told
    return []


def without_object(sentence: Sentence, place: int, words: Lexicon) -> tuple[list[Item], VerbGroup]:
    """Return whose recognition a noun without an object expresses, and how it is reported."""
    items = sentence.items
    owner, first = _owner(items, place)
    group = VerbGroup(place, first, PAST)
    group.mood, group.reason = _governed(sentence, first, place, words)
    after = items[place + 1].lower if place + 1 < len(items) else ""
    if after == "was" and place + 2 < len(items) and items[place + 2].lower in _GIVEN:
        after = "came"
    if (
        items[place].lower != "recognition"
        or not owner
        or group.mood != DONE
        or after in ("of", "by", "from")
    ):
        return [], group
    if owner[0].kind == "pronoun":
        owner = [one for one in _announced(items, first, words) if one.kind in ("party", "office")]
    elif after not in _CAME:
        owner = []
    return [one for one in owner if one.binds], group


def _after_complement(items: list[Item], end: int, one: Nominal) -> int:
    """Return the position after "of relations", or -1 if a noun requires it and lacks it."""
    if not one.of:
        return end
    if items[end : end + 1] and items[end].lower == "by":
        end = agents_at(items, end + 1)[1]  # "The withdrawal by Malawi of its recognition of".
    if end < len(items) and items[end].lower == "of":
        end += 1
    while end < len(items) and (items[end].lower in BELONGING or items[end].lower == "and"):
        end += 1
    if end >= len(items) or items[end].lower not in one.of:
        return -1
    return end + 1


def _told(sentence: Sentence, place: int, end: int, one: Nominal, words: Lexicon) -> list[Told]:
    items = sentence.items
    owner, first = _owner(items, place)
    if place + 1 < end and items[place + 1].lower == "by":
        owner = agents_at(items, place + 2)[0]
    if first > 0 and items[first - 1].lower == "with" and one.of:
        owner = []
    announcing_at = _binding(items, first, words)
    announcing = _announced(items, first, words) if announcing_at else []
    if (
        owner
        and owner[0].kind == "pronoun"
        and first
        and items[first - 1].lower not in PREPOSITIONS
        and not announcing
    ):
        return []  # "reaffirmed its recognition": an earlier act, not reported in this sentence.
    if place and items[place - 1].lower == "mutual" and one.kind == "recognition":
        return _of_each_other(sentence, place, _announced(items, first, words), words)
    objects, agents, pair, at = _around(items, end, one.kind == "withdrawal")
    group = VerbGroup(place, first, PAST)
    group.mood, group.reason = _governed(sentence, first, place, words)
    clause = Clause(sentence, Frame(one.kind, "", (), ()), group)
    flat = sides_of(pair)
    named = bool(owner) and owner[0].kind != "pronoun"
    if one.kind == "recognition" and named and agents and not objects:
        owner, objects = agents, owner  # "Kosovo's recognition by Kenya".
    actors = [item for item in owner or agents if item.binds]
    if one.kind == "independence_declared":
        declaring = sides_of(actors) or (sides_of(objects) if announcing_at else [])
        return [act for side in declaring for act in between(clause, [side], [side], at, {}, words)]
    if len(flat) == 2 and one.kind in MUTUAL:
        return between(clause, flat[:1], flat[1:], at, {}, words)
    if objects and not actors and one.kind not in MUTUAL:
        actors = [item for item in announcing if item.binds]
    if objects and actors:
        return between(clause, sides_of(actors), sides_of(objects), at, {}, words)
    if one.kind in MUTUAL and not objects:
        both = sides_of(_announced(items, first, words))
        return between(clause, both[:1], both[1:2], at, {}, words) if len(both) == 2 else []
    if one.kind in MUTUAL and objects and not actors:
        alone = sides_of(_announced(items, first, words))
        return between(clause, alone, sides_of(objects), at, {}, words) if len(alone) == 1 else []
    return []


def _of_each_other(sentence: Sentence, place: int, announcing: list[Item], words: Lexicon) -> list[Told]:
    """Return the recognitions of "signed a declaration of mutual recognition"."""
    sides = list({side: (one, side) for one, side in sides_of(announcing)}.values())
    if len(sides) != 2:
        return []
    clause = Clause(sentence, Frame("recognition", "", (), ()), VerbGroup(place, place, PAST))
    there, back = sides[:1], sides[1:]
    end = place + 1
    return between(clause, there, back, end, {}, words) + between(clause, back, there, end, {}, words)


def _around(items: list[Item], end: int, withdrawn: bool) -> tuple[list[Item], list[Item], list[Item], int]:
    """Return the objects, the agents and the pair after a noun, and the position after them.

    :param withdrawn: whether recognition is withdrawn, then "from" a party.
    """
    objects: list[Item] = []
    agents: list[Item] = []
    pair: list[Item] = []
    at = end
    while at < min(len(items), end + _FAR):
        word = items[at].lower
        if (word in ("of", "with") or (withdrawn and word == "from")) and not objects:
            objects, after = parties_after(items, at + 1)
            objects, after = _called(items, objects, after)
        elif word == "by" and not agents:
            agents, after = agents_at(items, at + 1, clauses=end > _OPENING)
        elif word == "between":
            pair, after = parties_after(items, at + 1, listed=True)
        elif items[at].kind == "date":
            after = at + 1
        elif not objects and word == "," and (behind := _after_insertion(items, at)):
            after = behind  # "Syria's recognition, under Assad, of Abkhazia"; "…, on 29 May, by Syria of Abkhazia".
        elif not agents and (by := _decided_by(items, at)):
            agents, after = agents_at(items, by)
        else:
            break
        at = max(at + 1, after)
    return objects, agents, pair, at


def _after_insertion(items: list[Item], comma: int) -> int:
    """Return the position after a parenthesis in commas before "of" or "by", or 0."""
    for at in range(comma + 2, min(len(items) - 1, comma + 6)):
        if items[at].lower == ",":
            return at + 1 if items[at + 1].lower in ("of", "by") else 0
    return 0


def _decided_by(items: list[Item], at: int) -> int:
    """Return the position after ", declared by", or 0."""
    begin = at + (items[at].lower == ",")
    words = lowered(items[begin : begin + 2])
    return begin + 2 if len(words) == 2 and words[0] in DECIDED and words[1] == "by" else 0


def _called(items: list[Item], objects: list[Item], after: int) -> tuple[list[Item], int]:
    """Return the object by its name in apposition, if any: ", the so-called Republic of Somaliland"."""
    ahead = lowered(items[after : after + 3])
    if ahead[:2] == [",", "the"] and ahead[2:] and ahead[2] in _SO_CALLED:
        found, end = parties_after(items, after + 2)
        if found:
            return found, end
    return objects, after


def _announced(items: list[Item], first: int, words: Lexicon) -> list[Item]:
    """Return who announced the act of a noun: "A and B announced the establishment of relations"."""
    at = _binding(items, first, words)
    return subject_of(items, group_at(items, at, PAST, words).first, []) if at else []


def _binding(items: list[Item], first: int, words: Lexicon) -> int:
    """Return the position of the verb that announces, decides or signs the act of a noun, or 0."""
    for at in range(first - 1, max(0, first - _BOUND), -1):
        if words.governs(items[at].lower, "decides"):
            return at
        place = items[at].kind == "party" and items[at - 1].lower in ("in", "at")  # "Signed in Beijing on".
        if items[at].lower in (",", ";", ":", "that") or (
            items[at].kind in ("party", "office") and not place
        ):
            break
    return 0


def _signed_after(items: list[Item], place: int, words: Lexicon) -> int:
    """Return the position of the verb in "an agreement on the establishment of relations was signed", or -1."""
    for at in range(place + 2, min(len(items), place + _FARTHER)):
        if words.governs(items[at].lower, "decides") and items[at - 1].lower in ("was", "were", "been"):
            return at
    return -1


def _owner(items: list[Item], place: int) -> tuple[list[Item], int]:
    """Return the party before a noun, a possessive or a demonym, whose act it expresses, and where it begins."""
    left = place - 1
    while (
        left >= 0
        and items[left].kind == "word"
        and (items[left].lower in _BEFORE or "-" in items[left].text[1:-1])
    ):
        if items[left].lower in ("the", "a", "an"):
            return [], left
        left -= 1
    if left >= 1 and items[left].kind == "possessive" and items[left - 1].parties:
        return [items[left - 1]], left - 1
    if left >= 0 and items[left].kind in ("demonym", "pronoun") and items[left].parties:
        return [items[left]], left
    return [], left + 1


def _governed(sentence: Sentence, first: int, place: int, words: Lexicon) -> tuple[str, str]:
    """Return the mood of a noun from the words around it: "talks on possible recognition"."""
    items = sentence.items
    answered = set(lowered(items[max(0, first - 5) : first])) & _ANSWERED
    if first > 0 and items[first - 1].lower == "for" and items[first].lower in ("the", "a") and not answered:
        return "demanded", "“for”"  # "A petition for the establishment of relations".
    mood = _governed_before(items, first, place, words) or _governed_after(items[place + 1 : place + _AFTER])
    if mood is not None:
        return mood
    if sentence.text.rstrip('"”’ ').endswith("?"):
        return "hypothetical", "a question"
    return DONE, ""


def _governed_before(items: list[Item], first: int, place: int, words: Lexicon) -> tuple[str, str] | None:
    """Return the mood that a word before a noun gives it, with the reason, or None."""
    for at in range(place - 1, max(-1, first - _GOVERNED), -1):
        item = items[at]
        if item.lower in (",", ";", ":"):
            return None
        if item.kind != "word":
            continue
        if item.lower in ("no", "not", "without", "never") or item.lower.endswith("n't"):
            return "negated", f"“{item.text}”"
        effect = words.mood(item.lower)
        if at < first and items[first].parties and item.lower in ("against", "opposed", "opposition"):
            continue  # "Protested against Kenya's recognition".
        if effect and effect != DONE and not (at < first and item.lower in ("state", "country")):
            return effect, f"“{item.text}”"
        if item.lower in _MODALS:
            return "possible", f"“{item.text}”"
    return None


def _governed_after(after: list[Item]) -> tuple[str, str] | None:
    """Return the mood that the words after a noun give it, with the reason, or None."""
    rest = " ".join(lowered(after))
    if hanging := next((words for words in _FAR_OFF if words in rest), ""):
        return "possible", f"“{hanging}”"
    for at, item in enumerate(after):
        if item.lower in (",", ";"):
            return ("possible", "“should”") if lowered(after[at + 1 : at + 2]) == ["should"] else None
        if item.lower in _NOT_YET:
            return "possible", f"“{item.text}”"
        if item.lower in _MODALS and not any(one.lower in ("said", "after") for one in after[:at]):
            return "possible", f"“{item.text}”"
    return None
