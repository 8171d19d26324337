"""Verbs of diplomacy in the passive: the agent after "by", the object or noun before the verb."""

from dataclasses import replace

from comity.reading.clauses import first_subject, parties_after, starts_clause, subject_of
from comity.reading.lexicon import Frame, Lexicon
from comity.reading.phrases import STATEHOOD
from comity.reading.text import Item, lower_at, lowered
from comity.reading.told import Clause, Reached, Told, between, sides_of, tell
from comity.tables.acts import MUTUAL

_AS_STATE = frozenset(("state", "independent", "sovereign", "country", "nation", "government"))
_BELLIGERENTS = frozenset(("belligerent", "belligerents"))
#: The maximum distance of the agent after the verb.
_FAR = 10
#: The maximum distance of the location of a representation after the verb.
_NEAR = 5


def passive(clause: Clause, begin: int, taken: set[int], words: Lexicon) -> list[Told]:
    """Return the acts of a verb in the passive.

    :param begin: the position after the verb.
    :param taken: the positions of nouns that belong to a verb; those found are added.
    """
    agents, end = by(clause.items, begin)
    if clause.frame.nouns:
        return _of_noun(clause, agents, max(end, clause.group.place + 1), taken, words)
    items, group, frame = clause.items, clause.group, clause.frame
    as_other = frame.kind == "recognition" and any(one.lower == "as" for one in items[begin : begin + 2])
    as_other = as_other and not any(one.lower in _AS_STATE for one in items[begin : begin + 6])
    as_belligerents = frame.kind == "recognition" and bool(
        _BELLIGERENTS & set(lowered(items[begin : begin + 3]))
    )
    if not agents and "by which" in " ".join(lowered(items[max(0, group.first - 6) : group.first])):
        agents = first_subject(items, group.first)  # "Spain issued a decree by which … are recognised".
    if frame.prepositions or not agents or (as_other and not as_belligerents):
        return []
    objects = _possessed(items, group.first) or subject_of(
        items, group.first, first_subject(items, group.first)
    )
    objects = objects or [one for one in items[: group.first][-1:] if one.parties]
    parties = [
        one
        for one in objects
        if one.parties and (one.kind in ("party", "pronoun") or one.office == "government")
    ]
    details = {"kind": "belligerency_recognised"} if as_belligerents else {}
    return tell(clause, agents, Reached(parties, [], end, details), words) if parties else []


def proclaimed(clause: Clause, words: Lexicon) -> list[Told]:
    """Return the declaration of independence in "the State of Israel was proclaimed", ", proclaimed in 1948,"."""
    items, first = clause.items, clause.group.first
    after = items[clause.group.place + 1 : clause.group.place + 2]
    placed = after and (after[0].kind == "date" or after[0].lower in ("at", "in", "on", "by"))
    if not clause.group.passive:
        reduced = placed and first > 1 and items[first - 1].lower == "," and items[first - 2].kind == "party"
        state = items[first - 2 : first - 1] if reduced else []
        return tell(clause, [], Reached(state, [], clause.group.place + 1), words) if state else []
    subject = subject_of(items, first, [])
    state = [one for one in subject if one.kind == "party" and one.parties and items[first - 1] is one]
    return tell(clause, [], Reached(state, [], clause.group.place + 1), words) if state else []


def is_reduced(items: list[Item], place: int) -> bool:
    """Return whether a participle has no auxiliary: "the republics recognised by Russia"."""
    after = lowered(items[place + 1 : place + 4])
    if "by" not in after:
        return False
    return not any(one.parties for one in items[place + 1 : place + 1 + after.index("by")])


def agents_at(items: list[Item], place: int, clauses: bool = True) -> tuple[list[Item], int]:
    """Return the parties and offices in the list at a position, and the position after them.

    :param clauses: whether the last of them may be the subject of a separate clause.
    """
    at = place
    while at < len(items) and items[at].lower in ("the", "both"):
        at += 1
    found: list[Item] = []
    while at < len(items) and items[at].kind in ("party", "office", "pronoun") and items[at].parties:
        if at + 1 < len(items) and items[at + 1].kind == "possessive":
            break
        found.append(items[at])
        at += 1
        ahead = at
        while ahead < len(items) and items[ahead].lower in (",", "and", "the", "later", "then"):
            ahead += 1
        if ahead == at or ahead >= len(items) or not items[ahead].parties:
            break
        joined = not clauses and items[at].lower == "and"
        if not joined and starts_clause(items, ahead):
            break
        at = ahead
    return found, at


def by(items: list[Item], begin: int) -> tuple[list[Item], int]:
    """Return the agents after "by", and the position after them."""
    as_what = begin < len(items) and items[begin].lower == "as"
    for at in range(begin, min(len(items), begin + _FAR)):
        if items[at].lower in (",", ";", "but", "that") or (items[at].lower == "and" and not as_what):
            break
        if items[at].lower == "by":
            return agents_at(items, at + 1)
    return [], begin


def _of_noun(clause: Clause, agents: list[Item], end: int, taken: set[int], words: Lexicon) -> list[Told]:
    """Return the acts of a noun before the verb: "relations between A and B were restored"."""
    items, frame, group = clause.items, clause.frame, clause.group
    noun = _noun_before(items, frame, group.first)
    if noun is None:
        return []
    at, length = noun
    if frame.kind == "independence_declared":
        if at >= 2 and items[at - 1].lower == "whose":
            state = subject_of(items, at, [])  # "Senegal, whose independence was proclaimed by its assembly".
            return tell(clause, [], Reached(state, [], end), words) if state else []
        owned = at >= 2 and items[at - 1].kind == "possessive" and bool(items[at - 2].parties)
        if owned and items[at + length].start >= items[group.first].start:
            return tell(clause, [], Reached([items[at - 2]], [], end), words)
        if agents:
            return tell(clause, agents, Reached([], [], end), words)
    after = at + length
    taken.update(range(at, after))
    if lower_at(items, after) in ("between", "of"):
        return _joined_by(clause, agents, after, end, words)
    if after == group.first and frame.kind in MUTUAL:  # "Relations were established between A and B".
        ahead = range(end, min(len(items), end + 6))
        behind = next((one for one in ahead if items[one].lower == "between"), 0)
        flat = sides_of(parties_after(items, behind + 1, listed=True)[0]) if behind else []
        return between(clause, flat[:1], flat[1:], end, {}, words) if len(flat) == 2 else []
    if after == group.first:
        # "A consulate was opened in Sukhumi", "recognition was granted to Kosovo by Peru".
        near = range(group.place + 1, min(len(items), group.place + _NEAR))
        after = next((one for one in near if items[one].lower in frame.prepositions), after)
    return _towards(clause, agents, at, after, end, words)


def _joined_by(clause: Clause, agents: list[Item], after: int, end: int, words: Lexicon) -> list[Told]:
    """Return the acts of a noun whose parties "between" or "of" at a position introduces."""
    frame, word = clause.frame, clause.items[after].lower
    pair, _ = parties_after(clause.items, after + 1, listed=True)
    flat = sides_of(pair)
    if len(flat) == 2 and frame.kind in MUTUAL:
        return between(clause, flat[:1], flat[1:], end, {}, words)
    if pair and frame.kind == "independence_declared" and word == "of":
        return tell(clause, [], Reached(pair, [], end), words)
    if agents and pair and word in frame.prepositions:
        return tell(clause, agents, Reached(pair, [], end), words)
    if agents and word == "between" and len(flat) == 2:
        acting = {party for one in agents for party in one.parties}
        others = [one for one in pair if not set(one.parties) & acting]
        return tell(clause, agents, Reached(others, [], end), words) if len(others) == 1 else []
    return []


def _towards(clause: Clause, agents: list[Item], at: int, after: int, end: int, words: Lexicon) -> list[Told]:
    """Return the acts of a noun with a preposition before the other party: "Kenya's embassy in Havana was opened".

    :param at: the position of the noun.
    :param after: the position of the preposition.
    """
    items, frame = clause.items, clause.frame
    there = after < len(items) and items[after].value == "there"
    if not there and lower_at(items, after) not in frame.prepositions:
        return []
    others = [items[after]] if there else parties_after(items, after + 1)[0]
    if items[at].kind == "office":
        agents = [replace(items[at], binds=True)]
    before = at
    while before > 1 and items[before - 1].lower in ("diplomatic", "full", "official", "new", "own"):
        before -= 1
    possessed = before >= 2 and items[before - 1].kind == "possessive"
    owner = ([items[before - 2]] if possessed else []) or agents
    if at and items[at - 1].kind == "demonym":
        owner = [items[at - 1]]  # "A Kenyan consulate was opened".
    return tell(clause, owner, Reached(others, [], end), words) if others and owner else []


def _noun_before(items: list[Item], frame: Frame, first: int) -> tuple[int, int] | None:
    for at in range(first - 1, -1, -1):
        for words in frame.nouns:
            parts = words.split()
            if lowered(items[at : at + len(parts)]) == parts:
                return at, len(parts)
            if items[at].kind == "office" and (items[at].lower.endswith(words) or items[at].office == words):
                return at, 1
    return None


def _possessed(items: list[Item], first: int) -> list[Item]:
    """Return the party of "Kosovo's independence" before a verb in the passive."""
    noun = first >= 3 and items[first - 1].lower in STATEHOOD
    if noun and items[first - 2].kind == "possessive" and items[first - 3].parties:
        return [items[first - 3]]
    for place in range(first - 1):
        if items[place].lower in STATEHOOD and items[place + 1].lower == "of":
            # "The independence and sovereignty of Donetsk and Luhansk were recognised by Syria".
            owners, end = parties_after(items, place + 2, listed=True)
            if end == first and owners:
                return owners
    for place in range(max(2, first - 6), first):
        if items[place].lower in STATEHOOD and "of" in lowered(items[place - 2 : place]):
            owner = next((at for at in range(place, 0, -1) if items[at].kind == "possessive"), 0)
            if owner and items[owner - 1].parties:
                return [items[owner - 1]]  # "Kosovo's declaration of independence was recognised by Peru".
        if lowered(items[place : place + 2]) == ["independence", "of"]:
            return parties_after(items, place + 2)[0]
    return []
