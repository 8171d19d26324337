"""The objects of a verb of diplomacy: the parties after it, or before it in a relative clause."""

from comity.reading.clauses import parties_after
from comity.reading.lexicon import Frame, word_list
from comity.reading.phrases import PREPOSITIONS, STATEHOOD
from comity.reading.text import Item
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
#: The maximum distance of a noun after its verb, and of the party after the noun.
_NEAR, _FAR = 8, 14


def objects_after(items: list[Item], frame: Frame, begin: int, taken: set[int]) -> Reached | None:
    """Return what the verb of a frame acts on, or None if the frame does not fit.

    :param begin: the position after the verb.
    :param taken: the positions of nouns that belong to a verb; those found are added.
    """
    if not frame.nouns and not frame.prepositions:
        return _direct(items, frame, begin)
    end = begin
    if frame.nouns:
        noun = noun_after(items, frame, begin)
        own = [one.lower for one in items[begin : begin + 2]] == ["its", "own"]
        if noun is None and own and frame.kind == "representation_opened":
            noun = begin + 1, 1  # "Taiwan had opened its own in Hargeisa".
        if (
            noun is None
            and "relations" in frame.nouns
            and items[begin : begin + 1]
            and items[begin].lower == "them"
        ):
            # "… and restored them in 2020": the relations.
            with_whom = items[begin + 1 : begin + 2]
            if with_whom and with_whom[0].lower in frame.prepositions:
                return Reached(*_no_opposite(parties_after(items, begin + 2)))
            return Reached([], [], begin + 1)
        if (
            noun is None
            and _is_it(items, begin)
            and "recognition" in frame.nouns
            and "of" in frame.prepositions
        ):
            return Reached([], [], begin + 1)  # "… and withdrew it in 2022": the recognition.
        if noun is None:
            return None
        at, length = noun
        follows = items[at + length : at + length + 1]
        if (
            items[at].lower == "independent"
            and follows
            and follows[0].kind == "word"
            and (
                follows[0].text.isalpha()
                and follows[0].lower not in PREPOSITIONS | {"and", "state", "republic"}
            )
        ):
            return None  # "Declared an independent inquiry".
        taken.update(range(at, at + length))
        end = at + length
        if frame.kind == "independence_declared" and at > begin and items[at - 1].kind == "party":
            return Reached([items[at - 1]], [], end)  # "Declared Rhodesia independent".
        if frame.kind == "independence_declared" and at > begin + 1 and items[at - 1].kind == "possessive":
            if items[at - 2].lower in _OWN_LAND and not items[at - 2].parties:
                return Reached([], [], end)  # "Its parliament declared the province's independence".
            return Reached([items[at - 2]], [], end) if items[at - 2].parties else None
    objects: list[Item] = []
    opposite: list[Item] = []
    for at in range(end, min(len(items), end + _FAR)):
        word = items[at].lower
        if items[at].kind == "date" and word.endswith((" after", " before")):
            break
        if word in (";", ":") or (word == "," and not objects and at > end + 2):
            break
        if word in ("which", "that") and "recognition" in frame.nouns and not objects:
            objects, end = _of_relative(items, at, end)
        if items[at].kind == "word" and word in _ENDS:
            break
        if items[at].value == "there" and "in" in frame.prepositions and not objects:
            objects, end = [items[at]], at + 1
        matched = _preposition(items, at, frame.prepositions)
        if matched and not objects and items[at - 1].lower not in _ACCORDING:
            begin = at + matched
            while frame.kind == "vote" and begin < len(items) and items[begin].lower in _ADMISSION:
                begin += 1
            found, after = parties_after(items, begin, heads=frame.kind == "accreditation")
            if begin < len(items) and items[begin].lower in ("nobody", "none", "neither"):
                return None
            unknown = items[begin : begin + 1] and items[begin].lower == "the"
            if not found and unknown and word == "with" and frame.kind != "accreditation":
                return None  # "Restored relations with the Baltic states".
            if found:
                objects, end = found, max(end, after)
            elif (
                at + matched < len(items)
                and items[at + matched].kind == "place"
                and "with" not in frame.prepositions
            ):
                return None
        if word == "between" and frame.kind in MUTUAL and not objects:
            pair, after = parties_after(items, at + 1, listed=True)
            if len(pair) == 2:
                return Reached(pair, [], after, {"pair": "yes"})
        if frame.opposite_preposition and word == frame.opposite_preposition and not opposite:
            opposite, after = parties_after(items, at + 1)
            end = max(end, after)
    accrediting = frame.kind == "accreditation"
    if not objects and "to" in frame.prepositions:
        # "Granted Kosovo recognition", "handed the president his credentials".
        objects, _ = parties_after(items, begin, heads=accrediting)
        if accrediting and objects[:1] and objects[0].kind == "pronoun":
            objects = []
        if objects and objects[0].lower in ("its", "their", "his", "her"):
            return Reached([], opposite, end)  # "Guatemala gave its recognition".
    if not objects and accrediting and frame.reversed:
        ahead = items[end : end + _FAR]
        objects = [one for one in ahead if one.office == "ambassador" and one.parties][:1]
    if not objects and accrediting and "to" in frame.prepositions:
        at = next(
            (at for at in range(end, min(len(items), end + _NEAR)) if items[at].lower == "in"), len(items)
        )
        objects, _ = parties_after(items, at + 1)  # "Presented their letters of credence in Madrid".
    if (
        frame.nouns
        and "legation" in frame.nouns
        and "embassy" not in [one.lower for one in items[end : end + _FAR]]
    ):
        return None  # Upgraded, but not to an embassy.
    if objects:
        broken_with_it = frame.kind == "relations_severed" and not frame.nouns
        if broken_with_it and any(one.kind == "pronoun" for one in objects):
            return None
        return Reached(objects, opposite, end)
    exchanged = accrediting and "with" in frame.prepositions
    if (
        exchanged
        or frame.kind in MUTUAL
        or frame.kind
        in (
            "independence_declared",
            "relations_severed",
            "relations_suspended",
            "withdrawal",
            "suspension",
        )
        or (frame.kind == "recognition" and "of" in frame.prepositions)  # "Renewed its recognition in 2008".
        or (frame.kind == "recognition" and "to" in frame.prepositions and _ends_clause(items, end))
    ):
        return Reached([], opposite, end)
    return None


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


def _no_opposite(found: tuple[list[Item], int]) -> tuple[list[Item], list[Item], int]:
    """Return parties and the position after them as what a verb reaches, without an opposite."""
    return found[0], [], found[1]


def _is_it(items: list[Item], place: int) -> bool:
    here = items[place : place + 2]
    if len(here) == 2 and here[0].lower in ("that", "this"):  # "Cancelled that in June 2001".
        return here[1].kind == "date" or here[1].lower in (",", ".", "in", "on")
    return bool(here) and here[0].lower == "it"


def noun_after(items: list[Item], frame: Frame, begin: int) -> tuple[int, int] | None:
    """Return the position and the length of the noun of a frame after its verb."""
    strange = 0
    begin = _after_insertion(items, begin)
    if {"copy", "copies"} & {one.lower for one in items[begin : begin + 3]}:
        return None  # "Presented copies of her credentials to the foreign minister".
    for at in range(begin, min(len(items), begin + _NEAR)):
        for words in frame.nouns:
            parts = words.split()
            if [one.lower for one in items[at : at + len(parts)]] == parts:
                return at, len(parts)
        one = items[at]
        if one.kind in ("date", "demonym", "possessive") or one.parties:
            continue
        if one.lower == "," and at + 1 < len(items) and "date" in (items[at - 1].kind, items[at + 1].kind):
            continue  # "Suspends with effect from today, 5 August, its recognition".
        word = one.lower
        if word in ("on", "in", "last") and at + 1 < len(items) and items[at + 1].kind == "date":
            continue
        if word.isdigit() or word in ("years", "decades"):
            continue  # "Ended 105 years of relations".
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
        if _preposition(items, at, prepositions):
            return Reached([antecedent], [], begin) if _ends_with(items, at, frame.nouns) else None
    return None


def _after_insertion(items: list[Item], begin: int) -> int:
    """Return the position after ", as from this date," at a position, or the same position."""
    if [one.lower for one in items[begin : begin + 1]] != [","]:
        return begin
    end = next((at for at in range(begin + 1, min(len(items), begin + 8)) if items[at].lower == ","), begin)
    return end + 1 if any(one.kind == "date" for one in items[begin:end]) else begin


def _ends_with(items: list[Item], end: int, nouns: tuple[str, ...]) -> bool:
    return any(
        [one.lower for one in items[end - len(words.split()) : end]] == words.split() for words in nouns
    )


def _preposition(items: list[Item], at: int, prepositions: tuple[str, ...]) -> int:
    """Return the number of items from a position on that form one of some prepositions."""
    for words in prepositions:
        parts = words.split()
        if [one.lower for one in items[at : at + len(parts)]] == parts:
            return len(parts)
    return 0


def _direct(items: list[Item], frame: Frame, begin: int) -> Reached | None:
    """Return the parties right after a verb such as recognise, and what follows them."""
    ahead = items[begin : begin + 12]
    lowers = [one.lower for one in ahead]
    recognising = frame.kind == "recognition"
    if recognising and any(word in lowers for word in _CLAIMS):
        claim = _claim(ahead, lowers, begin)
        if claim is not None or "over" in lowers:
            return claim
    if lowers[:2] in (["each", "other"], ["one", "another"]):
        return Reached([], [], begin + 2, {"mutual": "yes"})
    found, end = parties_after(items, begin)
    if not found or (end < len(items) and items[end].kind == "possessive"):
        if not (ahead and ahead[0].kind == "place" and "capital" in lowers[:7]):
            return None
        found, end = [], begin + 1
    if frame.kind == "independence_declared":
        named = {word for one in items[begin:end] for word in one.lower.split()}
        return Reached(found[:1], [], end) if named & {"state", "republic"} else None
    words = [one.lower for one in items[end : end + 9]]
    if frame.kind == "use_of_force" and words and words[0] in _NO_FORCE:
        return None
    if words[:1] in (["-"], ["–"]) or (words and words[0] in _PAPERS):
        return None
    details: dict[str, str] = {}
    as_what = (
        words[:1] == ["as"]
        and words[2:3] != ["as"]
        and words[1:2] not in (["of"], ["from"], ["did"], ["well"])
    )
    if as_what and recognising:  # Not "as soon as", nor "as of today".
        if items[end + 1 : end + 2] and items[end + 1].kind == "demonym" and found:
            return _territorial(items, found, begin, end)  # "… Western Sahara as Moroccan".
        if not _AS_WHAT & {part for word in words[:8] for part in word.split()}:
            return None
        if {"belligerent", "belligerents"} & set(words[:5]):
            details["kind"] = "belligerency_recognised"
        elif any(word in words[:5] for word in _TERRITORIAL):
            return _territorial(items, found, begin, end)
    if not found:
        return None
    if recognising:
        details |= _conditions(items, begin, end)
    return Reached(found, [], end, details)


def _claim(ahead: list[Item], lowers: list[str], begin: int) -> Reached | None:
    """Return whose claim is recognised, and to which territory: "Moroccan sovereignty over Western Sahara"."""
    index = next(lowers.index(word) for word in _CLAIMS if word in lowers)
    if "over" not in lowers[index : index + 4] and "to" not in lowers[index : index + 2]:
        return None
    over = lowers.index("over", index) if "over" in lowers[index:] else lowers.index("to", index)
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
    words = [one.lower for one in after]
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
    after = " ".join(one.lower for one in items[end : end + 14])
    if after.startswith(_CONDITIONAL) or any(phrase in after for phrase in _CONDITIONS):
        details["kind"] = "recognition_conditional"
    around = " ".join(one.lower for one in items[max(0, begin - 4) : end + 6])
    capacity = next((words for words in _CAPACITIES if words in around), "")
    return details | ({"capacity": capacity} if capacity else {})


def _territory(item: Item) -> str:
    """Return the id of the place or polity claimed in a recognised claim."""
    if item.kind == "place":
        return item.value
    return item.value.removeprefix("place:") if item.value.startswith("place:") else item.parties[0]
