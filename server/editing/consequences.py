"""The consequences of a change, in words: acts added and removed, periods opened and ended, today's counts."""

from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from comity.edtf import in_words as day_in_words
from comity.iris import CO, LABEL, TYPE, is_facts
from comity.periods.in_force import NEVER
from comity.server.web.models.graph_reader import GraphReader, Thing
from comity.server.web.view_context import today
from comity.store.records import NQuads

#: The wording for a period of each class, with the properties of its two parties.
_PERIODS = {
    "RecognitionPeriod": ("recognition of {} by {}", "recognisedParty", "recogniser"),
    "GovernmentRecognitionPeriod": (
        "recognition of {} as a government by {}",
        "recognisedParty",
        "recogniser",
    ),
    "LimitedRecognitionPeriod": (
        "recognition of {} in a limited capacity by {}",
        "recognisedParty",
        "recogniser",
    ),
    "FreezePeriod": ("a freeze of the recognition of {} by {}", "recognisedParty", "recogniser"),
    "RelationsPeriod": ("diplomatic relations between {} and {}", "firstParty", "secondParty"),
    "BrokenRelationsPeriod": ("relations broken off between {} and {}", "firstParty", "secondParty"),
    "SuspendedRelationsPeriod": ("relations suspended between {} and {}", "firstParty", "secondParty"),
}
_MOST = 40


def in_words(reader: GraphReader, receipt: dict[str, Any]) -> list[str]:
    """Return sentences about the effects of the change in a receipt; none if there are none to describe.

    :param receipt: of a dry run, which contains the periods that would be added and removed.
    """
    sides = [NQuads.of_lines(receipt.get(side, ())).quads for side in ("removed", "added")]
    found = [
        f"{verb}: {text}."
        for verb, side in zip(("Removes", "Adds"), sides, strict=True)
        for text in _acts(side)
    ]
    periods = receipt.get("periods") or {}
    gone, come = (_things(NQuads.of_lines(periods.get(side, ())).quads) for side in ("removed", "added"))
    states: dict[str, tuple[Thing | None, Thing | None]] = {}
    for iri in sorted({*gone, *come}):
        before = reader.thing(iri)
        after = _changed(before, gone.get(iri, {}), come.get(iri, {}))
        states[iri] = (before if before.values else None, after if after.of("startLatest") else None)
        if text := _told(reader, *states[iri]):
            found.append(text)
    return found[:_MOST] + _counts(reader, states)


def _acts(quads: Iterable[ox.Quad]) -> list[str]:
    """Return the labels of the acts among quads, which contain their dates in words."""
    facts = [quad for quad in quads if is_facts(quad.graph_name)]
    dated = {quad.subject for quad in facts if quad.predicate == ox.NamedNode(CO + "edtf")}
    labels = (quad.object for quad in facts if quad.predicate == LABEL and quad.subject in dated)
    return sorted(label.value for label in labels if isinstance(label, ox.Literal))


def _things(quads: Iterable[ox.Quad]) -> dict[str, dict[str, list[Any]]]:
    found: dict[str, dict[str, list[Any]]] = {}
    for quad in quads:
        if isinstance(quad.subject, ox.NamedNode):
            values = found.setdefault(quad.subject.value, {})
            values.setdefault(quad.predicate.value, []).append(quad.object)
    return found


def _changed(before: Thing, gone: dict[str, list[Any]], come: dict[str, list[Any]]) -> Thing:
    names = {*before.values, *come}
    values = {
        name: [one for one in before.values.get(name, []) if one not in gone.get(name, [])]
        + come.get(name, [])
        for name in names
    }
    return Thing(before.iri, {name: found for name, found in values.items() if found})


def _kind(thing: Thing) -> str:
    classes = (one.removeprefix(CO) for one in thing.all(TYPE.value))
    return next((one for one in classes if one in _PERIODS), "")


def _told(reader: GraphReader, before: Thing | None, after: Thing | None) -> str:
    """Return the effect on a period; empty if only its basis changes."""
    thing = after or before
    if thing is None or not (kind := _kind(thing)):
        return ""
    words, first, second = _PERIODS[kind]
    what = words.format(reader.label(thing.of(first)), reader.label(thing.of(second)))
    if kind == "RecognitionPeriod" and thing.of("basis") not in ("", "express"):
        what = f"{what}, which diplomatic relations imply"
    if before is None:
        return f"Opens a period: {what}, {_span(thing)}."
    if after is None:
        return f"Removes a period: {what}, {_span(before)}."
    if before.interval() == after.interval():
        return ""
    if before.interval().start == after.interval().start and before.interval().end[0] == NEVER:
        return f"Ends a period: {what}, {_span(after)}."
    return f"Changes a period: {what}, {_span(after)} instead of {_span(before)}."


def _span(thing: Thing) -> str:
    interval = thing.interval()
    start = _between(*interval.start)
    return f"from {start}" if interval.end[0] == NEVER else f"from {start} to {_between(*interval.end)}"


def _between(first: str, last: str) -> str:
    if first == last or last == NEVER:
        return day_in_words(first)
    return f"a day between {day_in_words(first)} and {day_in_words(last)}"


def _counts(reader: GraphReader, states: dict[str, tuple[Thing | None, Thing | None]]) -> list[str]:
    """Return how many parties recognise each party concerned today, before and after."""
    day = today()
    pairs: dict[tuple[str, str], None] = {}
    for before, after in states.values():
        thing = after or before
        if thing is not None and _kind(thing) == "RecognitionPeriod":
            pairs[thing.of("recogniser"), thing.of("recognisedParty")] = None
    found = []
    for about in dict.fromkeys(recognised for _, recognised in pairs):
        now = sum(pair[1].value == about for pair in reader.pairs(day, "certain", "recognises"))
        then = now
        for recogniser in (one for one, recognised in pairs if recognised == about):
            iris = {*reader.subjects("recogniser", recogniser)} & {*reader.subjects("recognisedParty", about)}
            stands = {iri: reader.thing(iri) for iri in iris}
            held = _in_force(stands.values(), day)
            will = stands | {
                iri: after
                for iri, (_, after) in states.items()
                if after and _is_pair(after, recogniser, about)
            }
            left = [thing for iri, thing in will.items() if iri not in states or states[iri][1] is not None]
            then += _in_force(left, day) - held
        change = f"{now:,} → {then:,}" if now != then else f"{now:,}, as before"
        found.append(f"{reader.label(about)} is recognised by {change} on {day_in_words(day)}.")
    return found


def _is_pair(thing: Thing, recogniser: str, recognised: str) -> bool:
    return thing.of("recogniser") == recogniser and thing.of("recognisedParty") == recognised


def _in_force(things: Iterable[Thing], day: str) -> bool:
    """Return whether any of some periods is a recognition certainly in force on a day."""
    return any(_kind(thing) == "RecognitionPeriod" and thing.interval().in_force(day) for thing in things)
