"""Acts whose verb is elided: "… with Andorra on Tuesday and with Uruguay the day after"."""

from dataclasses import replace

from comity.reading.clauses import parties_after
from comity.reading.lexicon import Lexicon
from comity.reading.phrases import is_relative_to_party
from comity.reading.text import Item, lowered
from comity.reading.told import RECOGNITIONS, Clause, Reached, Told, tell

#: Words that join an act with an elided verb to the previous one, and words that may follow them.
_JOINTS = frozenset((",", "and", "then", "later", "finally", "followed", "by"))
_BEFORE_DATES = frozenset(("on", "in", "late", "early", "at", "of"))
_STOPS = frozenset((",", ".", ";", "and", ")"))


def gapped(clause: Clause, told: list[Told], reached: Reached, words: Lexicon) -> list[Told]:
    """Return the acts with an elided verb: "… with Andorra on Tuesday and with Uruguay the day after"."""
    items, found, followed = clause.items, list[Told](), False
    at = reached.end
    if at < len(items) and items[at].lower == "as":  # "… as belligerents on 13 May, Spain on 17 June".
        at = next((end for end in range(at, len(items)) if after_date(items, end) > end), at)
    joint = after_date(items, at)
    if is_relative_to_party(items, joint):
        parties, at = parties_after(items, joint + 2, listed=True)  # "…, two days after Bolivia".
        for one in tell(clause, parties, replace(reached, opposite=[], end=at), words):
            one.dated_at = joint + 1
            one.doubts.append("The verb is left out.")
            found.append(one)
    while at < len(items):
        joint = at = after_date(items, at)
        while at < len(items) and items[at].lower in _JOINTS:
            at += 1
        followed = followed or "followed by" in " ".join(lowered(items[joint:at]))
        if at == joint or at >= len(items) or items[at - 1].lower == "followed":
            break
        own = items[at].lower in clause.frame.prepositions
        parties, end = parties_after(items, at + own, listed=True)
        own = own or _is_recognised(clause, told, parties, words)
        last = after_date(items, end)
        dated = last > end and items[last - 1].kind == "date"
        if not parties or not (dated or followed) or (last < len(items) and items[last].lower not in _STOPS):
            break
        actors = told[0].actors if own else parties
        objects = parties if own else reached.objects
        rest = replace(reached, objects=objects, opposite=[], end=last)
        for one in tell(clause, actors, rest, words):
            one.dated_at, one.undated = last - 1 if dated else -1, not dated
            one.doubts.append("The verb is left out.")
            found.append(one)
        at = last
    return found


def gapped_agents(clause: Clause, told: list[Told], words: Lexicon) -> list[Told]:
    """Return the acts of further agents of a passive: "… and by the Soviet Union three days later"."""
    items, last = clause.items, max(one.end for one in told)
    end = next((at for at, one in enumerate(items) if one.start >= last), len(items))
    begin = after_date(items, end)
    if clause.frame.kind == "annexation":  # "Lithuania was annexed by … on Saturday and Latvia on Monday".
        return gapped(clause, told, Reached([], [], end), words)
    if clause.frame.nouns or "by" not in lowered(items[begin : begin + 3]) or not told[0].actors:
        return []
    objects = tuple(dict.fromkeys(one.object for one in told))
    towards = replace(told[0].actors[0], kind="party", parties=objects)
    return gapped(clause, told, Reached([towards], [], end), words)


def _is_recognised(clause: Clause, told: list[Told], parties: list[Item], words: Lexicon) -> bool:
    """Return whether parties without a verb are objects: "recognised Abkhazia … and South Ossetia in 2009"."""
    if clause.group.passive:
        return clause.frame.kind == "annexation"
    if clause.frame.kind not in RECOGNITIONS:
        return False
    named = {party for one in parties for party in one.parties}
    rival = named == {"china"} and told[-1].object == "taiwan"
    return rival or (bool(named) and named <= words.contested and told[-1].actor not in named)


def after_date(items: list[Item], at: int) -> int:
    """Return the position after a date and its preposition, if one begins at a position; otherwise that position."""
    begin = at
    if at + 1 < len(items) and items[at].lower == "," and items[at + 1].lower in _BEFORE_DATES:
        at += 1
    while at < len(items) and (items[at].kind == "date" or items[at].lower in _BEFORE_DATES):
        at += 1
    return at if at > begin and items[at - 1].kind == "date" else begin
