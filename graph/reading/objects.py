"""The objects of a verb of diplomacy: the parties after it, or before it in a relative clause."""

from comity.reading.clauses import parties_after
from comity.reading.lexicon import Frame, word_list
from comity.reading.phrases import PREPOSITIONS, STATEHOOD
from comity.reading.text import Item, lower_at, lowered, phrase_at
from comity.reading.told import Reached
from comity.tables.acts import MUTUAL

#: Words that may occur between a verb or a noun of diplomacy and its complements.
BELONGING = word_list("before a noun")
#: Words that end the search for the party after a noun.
_ENDS = word_list("ends")
_CLAIMS = ("sovereignty", "claim", "claims", "autonomy", "jurisdiction")
_TERRITORIAL = ("part", "capital", "territory", "province", "integral")
#: The capacities in which a state or a government is recognised; others, such as a partner, are not recognition.
_AS_WHAT = word_list("as what")
_CAPACITIES = ("de facto", "de jure", "sole legitimate representative", "legitimate representative")
_CONDITIONS = ("on condition that", "on the condition that", "provided that", "subject to")
_CONDITIONAL = ("on condition", "on the condition", "provided", "subject to", "conditionally")
#: The subjects of a vote for a party: "for the admission of Palestine".
_VOTED_ON = "the a an admission accession membership admitting granting giving observer status of to for"
_ADMISSION = frozenset(_VOTED_ON.split())
#: Words after a party that is criticised: "attacked Kenya for its decision".
_NO_FORCE = frozenset(("for", "over", "as", "because"))
_PAPERS = frozenset(("passports", "documents", "diplomas", "licences", "licenses"))
#: "In accordance with the Vienna Convention".
_ACCORDING = ("accordance", "conformity", "line", "keeping", "compliance")
_OWN_LAND = ("province", "region", "territory", "country", "nation", "republic", "colony", "island")
#: Acts whose other party the context may give.
_WITHOUT_OBJECT = frozenset(
    (*MUTUAL, "independence_declared", "relations_severed", "relations_suspended", "withdrawal", "suspension")
)
#: The maximum distance of a noun after its verb, and of the party after the noun.
_NEAR, _FAR = 8, 14


def objects_after(items: list[Item], frame: Frame, begin: int, taken: set[int]) -> Reached | None:
    """Return what the verb of a frame acts on, or None if the frame does not fit.

    :param begin: the position after the verb.
    :param taken: the positions of nouns that belong to a verb; those found are added.
    """
    if not frame.nouns:
        return (
            _with_preposition(items, frame, begin, begin)
            if frame.prepositions
            else _direct(items, frame, begin)
        )
    noun = noun_after(items, frame, begin) or _own_embassy(items, frame, begin)
    if noun is None:
        return _pronoun_for_noun(items, frame, begin)
    at, length = noun
    end = at + length
    if _is_adjective(items, at, end):
        return None
    taken.update(range(at, end))
    if frame.kind == "independence_declared":
        if at > begin and items[at - 1].kind == "party":
            return Reached([items[at - 1]], [], end)  # "Declared Rhodesia independent".
        if at > begin + 1 and items[at - 1].kind == "possessive":
            return _independence_of(items[at - 2], end)
    return _with_preposition(items, frame, begin, end)


def _with_preposition(items: list[Item], frame: Frame, begin: int, end: int) -> Reached | None:
    """Return the parties that prepositions introduce after a verb that ends at a position, and its noun at another."""
    search = _Search(items, frame, begin, end)
    if not search.run():
        return None
    if search.pair:
        return Reached(search.pair, [], search.end, {"pair": "yes"})
    objects, opposite, end = search.objects, search.opposite, search.end
    if not objects and "to" in frame.prepositions:
        objects = _indirect_object(items, frame, search.begin)
        if objects and objects[0].lower in ("its", "their", "his", "her"):
            return Reached([], opposite, end)  # "Guatemala gave its recognition".
    if not objects and frame.kind == "accreditation":
        objects = _accredited(items, frame, end)
    if "legation" in frame.nouns and "embassy" not in lowered(items[end : end + _FAR]):
        return None  # Upgraded, but not to an embassy.
    if not objects:
        return Reached([], opposite, end) if _stands_alone(items, frame, end) else None
    if (
        frame.kind == "relations_severed"
        and not frame.nouns
        and any(one.kind == "pronoun" for one in objects)
    ):
        return None  # "Broke with it".
    return Reached(objects, opposite, end)


def _own_embassy(items: list[Item], frame: Frame, begin: int) -> tuple[int, int] | None:
    """Return the position and the length of the noun in "Taiwan had opened its own in Hargeisa"."""
    own = frame.kind == "representation_opened" and lowered(items[begin : begin + 2]) == ["its", "own"]
    return (begin + 1, 1) if own else None


def _pronoun_for_noun(items: list[Item], frame: Frame, begin: int) -> Reached | None:
    """Return what a verb acts on if a pronoun replaces its noun, or None if none does."""
    if "relations" in frame.nouns and lowered(items[begin : begin + 1]) == ["them"]:
        # "… and restored them in 2020": the relations.
        with_whom = items[begin + 1 : begin + 2]
        if with_whom and with_whom[0].lower in frame.prepositions:
            found, end = parties_after(items, begin + 2)
            return Reached(found, [], end)
        return Reached([], [], begin + 1)
    if _is_it(items, begin) and "recognition" in frame.nouns and "of" in frame.prepositions:
        return Reached([], [], begin + 1)  # "… and withdrew it in 2022": the recognition.
    return None


def _is_adjective(items: list[Item], at: int, end: int) -> bool:
    """Return whether "independent" describes something other than a state: "declared an independent inquiry"."""
    if items[at].lower != "independent" or end >= len(items):
        return False
    word = items[end]
    return (
        word.kind == "word"
        and word.text.isalpha()
        and word.lower not in PREPOSITIONS | {"and", "state", "republic"}
    )


def _independence_of(owner: Item, end: int) -> Reached | None:
    """Return whose independence is declared, given the word before the possessive."""
    if owner.parties:
        return Reached([owner], [], end)
    # "Its parliament declared the province's independence".
    return Reached([], [], end) if owner.lower in _OWN_LAND else None


class _Search:
    """A search for the parties that prepositions introduce after a verb or its noun."""

    def __init__(self, items: list[Item], frame: Frame, begin: int, end: int) -> None:
        """Create a search that starts at the position after the verb and its noun."""
        self._items, self._frame, self._start = items, frame, end
        #: The position after the last preposition before a party, or after the verb.
        self.begin = begin
        #: The position after the last word found.
        self.end = end
        self.objects: list[Item] = []
        self.opposite: list[Item] = []
        #: The two parties of "between Kenya and Chad".
        self.pair: list[Item] = []

    def run(self) -> bool:
        """Search, and return whether the frame may fit: no preposition introduces an unknown party."""
        items, frame = self._items, self._frame
        for at in range(self._start, min(len(items), self._start + _FAR)):
            word = items[at].lower
            if self._ends_before(at):
                break
            if word in ("which", "that") and "recognition" in frame.nouns and not self.objects:
                self.objects, self.end = _of_relative(items, at, self.end)
            if items[at].kind == "word" and word in _ENDS:
                break
            if items[at].value == "there" and "in" in frame.prepositions and not self.objects:
                self.objects, self.end = [items[at]], at + 1
            matched = phrase_at(items, at, frame.prepositions)
            sought = matched and not self.objects and items[at - 1].lower not in _ACCORDING
            if sought and not self._introduced(at, at + matched):
                return False
            if word == "between" and frame.kind in MUTUAL and not self.objects:
                pair, after = parties_after(items, at + 1, listed=True)
                if len(pair) == 2:
                    self.pair, self.end = pair, after
                    break
            if frame.opposite_preposition and word == frame.opposite_preposition and not self.opposite:
                self.opposite, after = parties_after(items, at + 1)
                self.end = max(self.end, after)
        return True

    def _ends_before(self, at: int) -> bool:
        """Return whether the clause ends before a position."""
        one = self._items[at]
        if one.kind == "date" and one.lower.endswith((" after", " before")):
            return True
        return one.lower in (";", ":") or (one.lower == "," and not self.objects and at > self._start + 2)

    def _introduced(self, at: int, first: int) -> bool:
        """Find the parties that a preposition introduces; return whether they may be known.

        :param at: the position of the preposition.
        :param first: the position after it.
        """
        items, frame = self._items, self._frame
        self.begin = first
        while frame.kind == "vote" and self.begin < len(items) and items[self.begin].lower in _ADMISSION:
            self.begin += 1
        accrediting = frame.kind == "accreditation"
        found, after = parties_after(items, self.begin, heads=accrediting)
        word = lower_at(items, self.begin)
        if word in ("nobody", "none", "neither"):
            return False
        if found:
            self.objects, self.end = found, max(self.end, after)
            return True
        if word == "the" and items[at].lower == "with" and not accrediting:
            return False  # "Restored relations with the Baltic states".
        in_place = first < len(items) and items[first].kind == "place"
        return not in_place or "with" in frame.prepositions


def _indirect_object(items: list[Item], frame: Frame, begin: int) -> list[Item]:
    """Return the parties of "granted Kosovo recognition", "handed the president his credentials"."""
    accrediting = frame.kind == "accreditation"
    found, _ = parties_after(items, begin, heads=accrediting)
    return [] if accrediting and found[:1] and found[0].kind == "pronoun" else found


def _accredited(items: list[Item], frame: Frame, end: int) -> list[Item]:
    """Return the ambassador received, or the party of the place where credentials are presented."""
    if frame.reversed:
        ahead = items[end : end + _FAR]
        if ambassadors := [one for one in ahead if one.office == "ambassador" and one.parties][:1]:
            return ambassadors
    if "to" not in frame.prepositions:
        return []
    at = next((at for at in range(end, min(len(items), end + _NEAR)) if items[at].lower == "in"), len(items))
    return parties_after(items, at + 1)[0]  # "Presented their letters of credence in Madrid".


def _stands_alone(items: list[Item], frame: Frame, end: int) -> bool:
    """Return whether the verb of a frame may lack an object, which the context then gives."""
    if frame.kind in _WITHOUT_OBJECT:
        return True
    if frame.kind == "accreditation":
        return "with" in frame.prepositions
    return frame.kind == "recognition" and (
        "of" in frame.prepositions  # "Renewed its recognition in 2008".
        or ("to" in frame.prepositions and _ends_clause(items, end))
    )


def _ends_clause(items: list[Item], place: int) -> bool:
    """Return whether a clause ends at a position or goes on with a date: "granted recognition the same day"."""
    return (
        place >= len(items)
        or items[place].kind == "date"
        or items[place].lower in (".", ",", ";", "and", "on")
    )


def _of_relative(items: list[Item], which: int, end: int) -> tuple[list[Item], int]:
    """Return the object of "the recognition which it had extended to Kosovo", and the position after it."""
    for at in range(which + 1, min(len(items), which + _NEAR)):
        if items[at].lower in ("to", "granted", "accorded", "given"):
            found, after = parties_after(items, at + 1)
            if found and found[0].lower not in ("it", "its"):
                return found, after
    return [], end


def _is_it(items: list[Item], place: int) -> bool:
    here = items[place : place + 2]
    if len(here) == 2 and here[0].lower in ("that", "this"):  # "Cancelled that in June 2001".
        return here[1].kind == "date" or here[1].lower in (",", ".", "in", "on")
    return bool(here) and here[0].lower == "it"


def noun_after(items: list[Item], frame: Frame, begin: int) -> tuple[int, int] | None:
    """Return the position and the length of the noun of a frame after its verb."""
    strange = 0
    begin = _after_insertion(items, begin)
    if {"copy", "copies"} & set(lowered(items[begin : begin + 3])):
        return None  # "Presented copies of her credentials to the foreign minister".
    for at in range(begin, min(len(items), begin + _NEAR)):
        if length := phrase_at(items, at, frame.nouns):
            return at, length
        if _is_inserted(items, at):
            continue
        one, word = items[at], items[at].lower
        if one.kind != "word" or word == "no" or not (word[:1].isalnum() or word in '"“”-'):
            return None  # "Severed no relations".
        if word == "and" and strange:
            return None  # "Ending the state of war and restoring relations".
        if word in BELONGING or word == frame.particle or word in ("and", "of", "at", "level", '"', "“", "”"):
            continue
        strange += 1
        if word in PREPOSITIONS or word in ("that", "which", "who", "to") or strange > 3:
            return None
    return None


def _is_inserted(items: list[Item], at: int) -> bool:
    """Return whether an item between a verb and its noun is a date, a duration, or the owner of what it names."""
    one, word = items[at], items[at].lower
    if one.kind in ("date", "demonym", "possessive") or one.parties:
        return True
    if word.isdigit() or word in ("years", "decades"):
        return True  # "Ended 105 years of relations".
    if at + 1 == len(items):
        return False
    if word == ",":  # "Suspends with effect from today, 5 August, its recognition".
        return "date" in (items[at - 1].kind, items[at + 1].kind)
    return word in ("on", "in", "last") and items[at + 1].kind == "date"


def relative(items: list[Item], frame: Frame, first: int, begin: int) -> Reached | None:
    """Return an object that precedes its verb: "Kosovo, which it recognised", "ties with Iran, which it cut".

    :param first: the start of the verb, including its auxiliaries.
    :param begin: the position after it.
    """
    place = first - 1
    if place < 2 or not items[place].parties:
        return None
    which = place - 1
    while which > 0 and items[which].lower in ("the", "both"):
        which -= 1
    if items[which].lower in STATEHOOD and items[which - 1].lower == "whose":
        which -= 1  # "Kosovo, whose independence Peru recognised".
    elif items[which].lower not in ("which", "that", "whom"):
        return None
    if not frame.nouns and not frame.prepositions and parties_after(items, begin)[0]:
        return None  # "Said at the United Nations that France recognises Palestine".
    before = which - 1 if items[which - 1].lower != "," else which - 2
    antecedent = items[before] if before >= 0 else None
    if (
        antecedent is None
        or antecedent.kind != "party"
        or set(antecedent.parties) & set(items[place].parties)
    ):
        return None
    if not frame.nouns:
        return Reached([antecedent], [], begin) if not frame.prepositions else None
    for at in range(before - 1, max(-1, before - 5), -1):
        prepositions = (*frame.prepositions, "of") if "recognition" in frame.nouns else frame.prepositions
        if phrase_at(items, at, prepositions):
            return Reached([antecedent], [], begin) if _ends_with(items, at, frame.nouns) else None
    return None


def _after_insertion(items: list[Item], begin: int) -> int:
    """Return the position after ", as from this date," at a position, or the same position."""
    if lowered(items[begin : begin + 1]) != [","]:
        return begin
    end = next((at for at in range(begin + 1, min(len(items), begin + 8)) if items[at].lower == ","), begin)
    return end + 1 if any(one.kind == "date" for one in items[begin:end]) else begin


def _ends_with(items: list[Item], end: int, nouns: tuple[str, ...]) -> bool:
    return any(lowered(items[end - len(words.split()) : end]) == words.split() for words in nouns)


def _direct(items: list[Item], frame: Frame, begin: int) -> Reached | None:
    """Return the parties right after a verb such as recognise, and what follows them."""
    ahead = items[begin : begin + 12]
    words = lowered(ahead)
    recognising = frame.kind == "recognition"
    if recognising and any(word in words for word in _CLAIMS):
        claim = _claim(ahead, words, begin)
        if claim is not None or "over" in words:
            return claim
    if words[:2] in (["each", "other"], ["one", "another"]):
        return Reached([], [], begin + 2, {"mutual": "yes"})
    found, end = parties_after(items, begin)
    if not found or (end < len(items) and items[end].kind == "possessive"):
        if not (ahead and ahead[0].kind == "place" and "capital" in words[:7]):
            return None
        found, end = [], begin + 1
    if frame.kind == "independence_declared":
        named = {word for one in items[begin:end] for word in one.lower.split()}
        return Reached(found[:1], [], end) if named & {"state", "republic"} else None
    follows = lower_at(items, end)
    if follows in ("-", "–", *_PAPERS) or (frame.kind == "use_of_force" and follows in _NO_FORCE):
        return None
    if recognising and follows == "as" and _is_capacity(lowered(items[end + 1 : end + 3])):
        return _in_capacity(items, found, begin, end)
    if not found:
        return None
    return Reached(found, [], end, _conditions(items, begin, end) if recognising else {})


def _is_capacity(after: list[str]) -> bool:
    """Return whether the words after "as" may be a capacity: not "as soon as", nor "as of today"."""
    return after[1:2] != ["as"] and after[:1] not in (["of"], ["from"], ["did"], ["well"])


def _in_capacity(items: list[Item], found: list[Item], begin: int, end: int) -> Reached | None:
    """Return who is recognised in the capacity after "as", or None if it is not that of a state, as a partner's."""
    words = lowered(items[end : end + 9])
    if found and [one.kind for one in items[end + 1 : end + 2]] == ["demonym"]:
        return _territorial(items, found, begin, end)  # "… Western Sahara as Moroccan".
    if not _AS_WHAT & set(" ".join(words[:8]).split()):
        return None
    details: dict[str, str] = {}
    if {"belligerent", "belligerents"} & set(words[:5]):
        details["kind"] = "belligerency_recognised"
    elif any(word in words[:5] for word in _TERRITORIAL):
        return _territorial(items, found, begin, end)
    return Reached(found, [], end, details | _conditions(items, begin, end)) if found else None


def _claim(ahead: list[Item], words: list[str], begin: int) -> Reached | None:
    """Return whose claim is recognised, and to which territory: "Moroccan sovereignty over Western Sahara"."""
    index = next(words.index(word) for word in _CLAIMS if word in words)
    if "over" not in words[index : index + 4] and "to" not in words[index : index + 2]:
        return None
    over = words.index("over", index) if "over" in words[index:] else words.index("to", index)
    holder = [one for one in ahead[:index] if one.parties] or [
        one for one in ahead[index:over] if one.parties
    ]
    land = next(
        (one for one in ahead[over + 1 : over + 4] if one.kind in ("party", "place", "pronoun")), None
    )
    if not holder or land is None:
        return None
    details = {"kind": "claim_recognised", "territory": _territory(land)}
    return Reached([holder[0]], [], begin + over + 2, details)


def _territorial(items: list[Item], found: list[Item], begin: int, end: int) -> Reached | None:
    """Return the party that a territory is recognised as belonging to: "Jerusalem as the capital of Israel"."""
    after = items[end : end + 9]
    words = lowered(after)
    holder, last = parties_after(items, end + words.index("of") + 1) if "of" in words else ([], end)
    holder = holder or [one for one in after[:5] if one.parties]
    if not holder:
        return None
    land = found[0] if found else items[begin]
    details = {"kind": "claim_recognised", "territory": _territory(land)}
    return Reached(holder[:1], [], max(end, last), details)


def _conditions(items: list[Item], begin: int, end: int) -> dict[str, str]:
    """Return details of a recognition: whether it is conditional, and in which capacity."""
    details = {}
    after = " ".join(lowered(items[end : end + 14]))
    if after.startswith(_CONDITIONAL) or any(phrase in after for phrase in _CONDITIONS):
        details["kind"] = "recognition_conditional"
    around = " ".join(lowered(items[max(0, begin - 4) : end + 6]))
    capacity = next((words for words in _CAPACITIES if words in around), "")
    return details | ({"capacity": capacity} if capacity else {})


def _territory(item: Item) -> str:
    """Return the id of the place or polity claimed in a recognised claim."""
    if item.kind == "place":
        return item.value
    return item.value.removeprefix("place:") if item.value.startswith("place:") else item.parties[0]
