"""Verbs with their auxiliaries: form, voice and mood.

A verb reports an act as done, unless its clause negates, plans, demands, denies, doubts or supposes it.
"""

from dataclasses import dataclass

from comity.reading.lexicon import BASE, GERUND, PARTICIPLE, PAST, THIRD, Lexicon, word_list
from comity.reading.text import Item, lowered

DONE = "done"
#: Verbs for ending a state of affairs: "ceased to recognise".
ENDED = "ended"
#: Participles that introduce the agent of an act expressed by a noun.
_DECIDED = "declared announced decided decreed ordered proclaimed made granted extended given taken signed"
DECIDED = frozenset(_DECIDED.split())
_HAVE = frozenset(["has", "have", "had", "having", "'ve"])
_BE = frozenset(["is", "are", "was", "were", "be", "been", "being", "am", "'s", "'re"])
_FUTURE = frozenset(["will", "would", "shall", "'ll"])
_MODALS = frozenset(["can", "could", "may", "might", "must", "should", "ought"])
_DO = frozenset(["do", "does", "did"])
AUXILIARIES = _HAVE | _BE | _FUTURE | _MODALS | _DO
_NEGATIONS = frozenset(["not", "never", "n't", "no-longer", "neither", "nor", "hardly", "scarcely", "cannot"])
_ADVERBS = word_list("adverbs")
_BLOCKERS = frozenset(["if", "unless", "whether", "should", "lest", "how", "why"])
_DOUBTS = frozenset(["allegedly", "purportedly", "supposedly", "reportedly"])
#: Adverbs for what did not happen.
_NOT_QUITE = frozenset(["nearly", "almost", "barely"])
_ORDINALS = word_list("ordinals")
#: Endings of further ordinals: eleventh, twelfth, thirteenth, twentieth, twenty-first.
_OF_ORDINALS = ("eleventh", "twelfth", "teenth", "tieth", "-first", "-second", "-third", "-fourth", "-fifth",
                "-sixth", "-seventh", "-eighth", "-ninth")  # fmt: skip
BECOME = frozenset(["become", "becomes", "became", "becoming", "is", "was", "being", "as", "were", "been"])
#: Words that may precede "the first countries to recognise".
_AMONG = frozenset(["among", "one", "of", "amongst"])
#: "The list of states that recognise", "those which had recognised".
RELATIVE = frozenset(["that", "which", "who"])
_STATES = frozenset(["states", "countries", "nations", "governments", "those", "members"])
#: Verbs whose object performs the act of the infinitive after it.
_CAUSED = frozenset(["prompted", "led", "caused", "induced", "compelled", "prompting", "leading", "causing"])
#: Adjectives of a decision.
_PRAISE = frozenset(["recent", "sudden", "controversial", "historic", "own", "surprise", "unilateral"])

#: Nouns that an ordinal makes govern an infinitive: "the second country to recognise".
_RANKED = frozenset(
    ("country", "state", "nation", "member", "government", "one", "countries", "states", "nations", "governments",
     *_ORDINALS)
)  # fmt: skip


@dataclass
class VerbGroup:
    """A verb with its auxiliaries: its start, and how its act is reported."""

    place: int
    first: int
    form: str
    mood: str = DONE
    passive: bool = False
    perfect: bool = False
    progressive: bool = False
    #: The reason for the mood, or that a governing verb such as "decided" precedes.
    reason: str = ""
    #: Other parties of the same act: "the second country after Russia to recognise".
    after: tuple[str, ...] = ()
    #: Whether the verb follows an ordinal: "the second country to recognise".
    ranked: bool = False
    #: Whose decision it is if a noun governs the verb: "Kenya's decision to sever".
    owner: Item | None = None

    @property
    def present(self) -> bool:
        """Whether the verb is in the present tense."""
        return self.form in (BASE, THIRD) and not self.passive


def is_negation(item: Item) -> bool:
    """Return whether a word negates its verb."""
    return item.lower in _NEGATIONS or item.lower.endswith("n't")


def is_adverb(item: Item) -> bool:
    """Return whether a date or an adverb may occur among the auxiliaries of a verb."""
    return item.kind == "date" or (
        item.kind == "word"
        and (
            item.lower in _ADVERBS
            or " " in item.text  # "In turn", one item.
            or (
                item.lower.endswith("ly")
                and len(item.lower) > 4
                and item.lower not in ("only", "july", "ally", "italy", "assembly")
            )
        )
    )


def group_at(items: list[Item], place: int, form: str, words: Lexicon) -> VerbGroup:
    """Return the verb at a position with its auxiliaries, and the mood of its act."""
    one = VerbGroup(place, place, form)
    left, seen, negated = _auxiliaries(items, one)
    # A date or an adverb before the first auxiliary also belongs to the group.
    one.first = left + 1
    one.perfect = bool(_HAVE & seen)
    if form == BASE and _is_inverted(items, one.first):
        form = one.form = PAST
    being = bool(_BE & seen)
    if form in (PAST, PARTICIPLE):
        one.passive = being
        one.form = PARTICIPLE if being or one.perfect else form
    one.progressive = form == GERUND and being
    if left >= 0 and items[left].lower == "to" and (form == BASE or seen):
        _infinitive(one, items, left, words)
        if negated and one.mood == DONE:
            one.mood, one.reason = "negated", "not"
    elif negated and _until(items, place, seen):
        one.form = PAST
    elif negated:
        one.mood, one.reason = "negated", "the verb is negated"
    elif _FUTURE & seen:
        one.mood, one.reason = "future", "the verb is in the future"
    elif _MODALS & seen:
        one.mood, one.reason = "possible", "the verb has a modal"
    elif form == GERUND and not being:
        _gerund(one, items, left, words)
    elif form in (BASE, PAST, PARTICIPLE):
        _of_those(one, items, words)
    if one.mood == DONE:
        _suppose(one, items)
    return one


def _auxiliaries(items: list[Item], one: VerbGroup) -> tuple[int, set[str], bool]:
    """Return the position before the auxiliaries of a verb, these, and whether one of them negates it.

    Words that make its act doubtful set its mood.
    """
    left, seen, negated = one.place - 1, set[str](), False
    while left >= 0 and items[left].kind in ("word", "date"):
        item = items[left]
        if is_negation(item) or (item.lower == "longer" and left and items[left - 1].lower == "no"):
            negated = True
            seen.add(item.lower)
            left -= item.lower == "longer"
        elif item.lower in AUXILIARIES:
            seen.add(item.lower)
        elif item.lower in _DOUBTS:
            one.mood, one.reason = "claimed", item.text
        elif item.lower in _NOT_QUITE:
            one.mood, one.reason = "negated", item.text
        elif not is_adverb(item):
            break
        left -= 1
    return left, seen, negated


def _until(items: list[Item], place: int, auxiliaries: set[str]) -> bool:
    """Return whether a negated verb gives the time of an act: "did not recognise it until 1974"."""
    places = range(place, min(len(items) - 1, place + 10))
    return bool({"did", "didn't", "had"} & auxiliaries) and any(
        items[at].lower == "until" and items[at + 1].kind == "date" for at in places
    )


def _is_inverted(items: list[Item], first: int) -> bool:
    """Return whether "did" precedes the subject of a verb: "Only in 1974 did Pakistan recognise it"."""
    before = lowered(items[max(0, first - 3) : first - 1])
    asked = before[-1:] == ["did"] and before[0] not in ("nor", "neither")
    return asked and bool(items[first - 1].parties)


def is_base(items: list[Item], place: int) -> bool:
    """Return whether a verb such as "cut", which is its own past, is in the base form: after "to" or a modal."""
    left = place - 1
    while left >= 0 and (is_adverb(items[left]) or is_negation(items[left])):
        left -= 1
    return left >= 0 and items[left].lower in _FUTURE | _MODALS | _DO | {"to", "didn't", "won't"}


def _infinitive(one: VerbGroup, items: list[Item], to: int, words: Lexicon) -> None:
    """Determine what governs an infinitive."""
    left = to - 1
    one.mood, one.reason = "planned", "an infinitive"
    after: tuple[str, ...] = ()
    while left >= 0 and to - left < 12:
        item = items[left]
        if is_negation(item):
            one.mood, one.reason = "refused", f"“{item.text} to”"
            return
        if item.lower in (",", ";", ":", "(", ")") and to - left > 1 and not _is_continued(items, left, to):
            return
        if item.lower in _CAUSED and items[to - 1].parties and to - left < 4:
            # "Syria's decision prompted Georgia to break off relations".
            one.mood, one.reason, one.form = DONE, f"“{item.text} to”", PAST
            one.first, one.owner = left, items[to - 1]
            return
        if item.lower == "decision":
            _decided(one, items, left, to, words)
            return
        effect = words.mood(item.lower) if item.kind == "word" else ""
        if effect == DONE and item.lower in _RANKED:
            if _ranked(one, items, left):
                one.after = after
                return
        elif effect:
            _governed(one, items, left, effect, words)
            return
        elif item.lower in _BE:
            return
        elif item.lower == "after":
            after = tuple(party for each in items[left + 1 : to] for party in each.parties)
        left -= 1


def _is_continued(items: list[Item], mark: int, to: int) -> bool:
    """Return whether a clause goes on after a mark: "the fourth, after Russia and Venezuela, to"."""
    if items[mark + 1].lower in ("after", "and") or items[mark + 1].parties:
        return True
    return items[mark].lower == "," and all(
        one.kind == "date" or one.lower in ("as", "of", "from", "on", "in", ",")
        for one in items[mark + 1 : to]
    )  # "Has decided, as of today, to recognise".


def _decided(one: VerbGroup, items: list[Item], decision: int, to: int, words: Lexicon) -> None:
    """Determine the mood of an infinitive after "decision"."""
    if {"would", "be"} <= set(lowered(items[to:])):
        one.mood, one.reason = "possible", "“would be”"  # "Kenya's decision to … would be a mistake".
    elif owner := _deciding(items, decision, to):
        one.mood, one.reason, one.form = DONE, "“decision to”", PAST
        one.first, one.owner = min(decision, items.index(owner)), owner
    elif (taking := _taking(items, decision)) >= 0:
        governor = group_at(items, taking, PAST, words)
        one.mood, one.reason = governor.mood, governor.reason or "“decision to”"
        one.first, one.perfect, one.form = governor.first, governor.perfect, PAST


def _ranked(one: VerbGroup, items: list[Item], noun: int) -> bool:
    """Return whether an ordinal precedes a noun, which then governs the infinitive: "the second country to"."""
    ordinal = end = _ordinal(items, noun)
    if ordinal < 0:
        return False
    while ordinal and (items[ordinal - 1].lower in BECOME | _HAVE | _AMONG or is_adverb(items[ordinal - 1])):
        ordinal -= 1
    one.mood, one.reason, one.first, one.form, one.ranked = DONE, "", ordinal, PAST, True
    one.perfect = bool({"has", "have"} & set(lowered(items[ordinal:end])))
    return True


def _governed(one: VerbGroup, items: list[Item], verb: int, effect: str, words: Lexicon) -> None:
    """Determine the mood of an infinitive from that of the verb that governs it.

    :param effect: the mood that the verb gives to what it governs.
    """
    item = items[verb]
    if effect == DONE:
        form = next((form for _, form in words.forms.get(item.lower, ())), PAST)
        governor = group_at(items, verb, form, words)
        one.mood, one.first = governor.mood, governor.first
        one.reason = f"“{item.text} to”" if governor.mood == DONE else governor.reason
        one.perfect, one.form = governor.perfect, governor.form
        return
    one.mood, one.reason = effect, f"“{item.text}”"
    one.first = _first_of(items, verb, words)
    if effect == ENDED:
        _of_governor(one, items, verb, words)


def _taking(items: list[Item], decision: int) -> int:
    """Return the position of the verb in "took the decision", or -1."""
    for at in range(decision - 1, max(-1, decision - 4), -1):
        if items[at].lower in ("took", "taken", "made"):
            return at
    return -1


def _deciding(items: list[Item], decision: int, to: int) -> Item | None:
    """Return whose decision something is: "Kenya's recent decision to", "the decision by Kenya to"."""
    between = [
        one for one in items[decision + 1 : to] if one.kind != "date" and one.lower not in ("on", "the")
    ]
    # "The decision of Kiribati to recognise China and to sever relations with Taiwan".
    between = between[: next((at for at, one in enumerate(between) if one.lower == "to"), len(between))]
    if lowered(between) == ["of"] and items[to - 1].kind == "date":
        between = []  # "Kenya's decision of Monday to recognise".
    if between:
        by = between[0].lower in ("by", "of") and between[-1].parties and len(between) == 2
        return between[-1] if by else None
    owner = decision - 1
    while owner > 0 and (items[owner].kind == "possessive" or items[owner].lower in _PRAISE):
        owner -= 1
    return items[owner] if owner >= 0 and items[owner].parties else None


def _ordinal(items: list[Item], place: int) -> int:
    """Return the start of "the second country", or -1 if no ordinal precedes the noun."""
    for left in range(place, max(-1, place - 5), -1):
        word = items[left].lower
        if (
            word in _ORDINALS
            or word.endswith(_OF_ORDINALS)
            or (word[:1].isdigit() and word[-2:] in ("st", "nd", "rd", "th"))
        ):
            return left - 1 if left and items[left - 1].lower in ("the", "its") else left
    return -1


def _gerund(one: VerbGroup, items: list[Item], left: int, words: Lexicon) -> None:
    """Determine what governs a gerund: "without recognising", "considered severing"."""
    if left >= 0 and items[left].lower == "in" and (joining := _joining(items, left, words)) >= 0:
        governor = group_at(items, joining, PAST, words)
        one.first, one.perfect = governor.first, governor.perfect
        if not items[joining].lower.endswith(
            "ing"
        ):  # Not "joining Spain in recognising Palestine, Ireland …".
            one.mood, one.reason, one.form = governor.mood, governor.reason, PAST
        return
    if one.first < one.place and items[one.first].lower == "since":
        return  # "Since recognising Kosovo".
    if left < 0 or items[left].lower in ('"', "“", "that", "said"):
        one.mood, one.reason = "possible", "the gerund is a subject"
        return
    for at in range(left, max(-1, left - 7), -1):
        item = items[at]
        if item.lower in (",", ";", ":"):
            return
        if is_negation(item):
            one.mood, one.reason = "negated", f"“{item.text}”"
            return
        if item.kind == "word" and (effect := words.mood(item.lower)) and effect != DONE:
            one.mood, one.reason = effect, f"“{item.text}”"
            if effect == ENDED:
                _of_governor(one, items, at, words)
            return


def _of_governor(one: VerbGroup, items: list[Item], place: int, words: Lexicon) -> None:
    """Assign to a group the position and form of its governing verb, and the verb's mood unless that is done."""
    form = next((form for _, form in words.forms.get(items[place].lower, ())), PAST)
    governor = group_at(items, place, form, words)
    one.first, one.form, one.perfect = governor.first, governor.form, governor.perfect
    if governor.mood != DONE:
        one.mood, one.reason = governor.mood, governor.reason


def _first_of(items: list[Item], place: int, words: Lexicon) -> int:
    """Return the start of the verb at a position, including auxiliaries, or the position of a noun."""
    if not any(
        items[place].lower != verb or form != BASE for verb, form in words.forms.get(items[place].lower, ())
    ):
        return place
    first = place
    while first and (items[first - 1].lower in _HAVE | _BE or is_adverb(items[first - 1])):
        first -= 1
    return first


def _joining(items: list[Item], place: int, words: Lexicon) -> int:
    """Return the position of the verb in "joined Spain in recognising", or -1."""
    for at in range(place - 1, max(-1, place - 14), -1):
        if words.governs(items[at].lower, "joins"):
            return at
        if items[at].lower in (";", ":"):
            break
    return -1


def _of_those(one: VerbGroup, items: list[Item], words: Lexicon) -> None:
    """Treat "joined the list of states that recognise" as an act of the subject that joins."""
    those = one.first - 2
    if those < 1 or items[those + 1].lower not in RELATIVE or items[those].lower not in _STATES:
        return
    joining = _joining(items, those, words)
    if joining >= 0 and not items[joining].lower.endswith("ing"):
        governor = group_at(items, joining, PAST, words)
        one.first, one.perfect, one.form = governor.first, governor.perfect, PAST
        one.mood, one.reason = governor.mood, governor.reason


def _suppose(one: VerbGroup, items: list[Item]) -> None:
    """Determine what makes the clause of a verb hypothetical."""
    if items[0].text in ("Had", "Were", "Should") and "," in lowered(items[one.place :]):
        one.mood, one.reason = "hypothetical", f"“{items[0].text}” before the subject"
        return
    if items[0].lower in ("if", "unless", "once") and one.present and "," in lowered(items[: one.first]):
        one.mood, one.reason = "hypothetical", f"“{items[0].text}”"
        return
    for left in range(one.first - 1, -1, -1):
        word = items[left].lower
        if word in (",", ";", ":"):
            return
        if word in _BLOCKERS or (word == "once" and any(one.lower in _FUTURE for one in items[:left])):
            one.mood, one.reason = "hypothetical", f"“{items[left].text}”"
            return
        if word in ("since", "after", "when"):
            return  # "Nothing has changed since Kenya recognised Kosovo".
        if word in ("neither", "nobody", "none", "nothing"):
            one.mood, one.reason = "negated", f"“{items[left].text}”"
            return
