"""Families of parties: those that one state's continuing another, or a rivalry, ties together.

Whatever periods there are between two parties, and whatever an act between them needs to be well founded,
follows from the acts between their two families; so a change to one act needs no look at any other.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import pyoxigraph as ox

from comity.iris import SKOS, term
from comity.periods.events import Event, EventLog, Refusal, read_events
from comity.periods.sweep import derive_from

_DEFAULT = ox.DefaultGraph()
_SUCCESSOR = term("successor")
_ACTOR, _OBJECT, _CONTINUES = term("actor"), term("object"), term("continues")
#: The two sides of what bears on periods: an act, or a claim by which one refuses another.
_ACT_SIDES, _CLAIM_SIDES = (_ACTOR, _OBJECT), (term("claimant"), term("about"))
#: A change of one of these may tie or part families, end a polity, or alter which statuses refuse: then all periods
#: are derived anew.
TYING = frozenset(
    term(name)
    for name in (
        *("rivalGovernmentOf", "continues", "ended", "endedEarliest", "endedLatest"),
        *("successor", "predecessor", "successionKind", "incompatibleWith"),
    )
) | {ox.NamedNode(SKOS + "broader")}
Pair = frozenset[str]


class Families:
    """The acts of a graph, filed by the two families between which they are done."""

    def __init__(self, facts: ox.Store) -> None:
        """Read the acts from the store's default graph, which holds asserted facts."""
        self._facts = facts
        self._read()

    def _read(self) -> None:
        quads = self._facts.quads_for_pattern(None, None, None, _DEFAULT)
        self._log = read_events(quads)
        self._head = _heads(self._log, self._facts)
        self._events: defaultdict[Pair, dict[str, Event]] = defaultdict(dict)
        self._refusals: defaultdict[Pair, dict[str, Refusal]] = defaultdict(dict)
        self._acts: defaultdict[Pair, dict[str, None]] = defaultdict(dict)
        self._pairs_of: dict[str, set[Pair]] = {}
        self._take_in(self._log)
        for predicate in (_ACTOR, _CLAIM_SIDES[0]):
            for quad in self._facts.quads_for_pattern(None, predicate, None, _DEFAULT):
                self._file(quad.subject)

    def _take_in(self, log: EventLog) -> None:
        for event in log.acts:
            self._events[self.pair(event.actor, event.object)][event.iri] = event
        for refusal in log.refusals:
            self._refusals[self.pair(refusal.claimant, refusal.about)][refusal.iri] = refusal

    def _file(self, subject: ox.NamedNode | ox.BlankNode | ox.Triple) -> None:
        """File an act or a claim, complete or not, under every pair of families that its two sides make."""
        if not isinstance(subject, ox.NamedNode):
            return
        acts = self._sides(subject, _ACT_SIDES)
        if pairs := acts | self._sides(subject, _CLAIM_SIDES):
            self._pairs_of[subject.value] = pairs
        for pair in acts:
            self._acts[pair][subject.value] = None

    def _sides(self, node: ox.NamedNode, sides: tuple[ox.NamedNode, ox.NamedNode]) -> set[Pair]:
        ones, others = (
            [quad.object.value for quad in self._facts.quads_for_pattern(node, side, None, _DEFAULT)]  # type: ignore[union-attr]
            for side in sides
        )
        return {self.pair(one, other) for one in ones for other in others}

    def ties(self, triples: Iterable[ox.Triple]) -> bool:
        """Tell whether a change may tie or part families: by what it says, or since it speaks of a succession."""
        return any(
            triple.predicate in TYING
            or next(self._facts.quads_for_pattern(triple.subject, _SUCCESSOR, None, _DEFAULT), None)
            for triple in triples
        )

    def pair(self, one: str, other: str) -> Pair:
        """Give the two families, as one key, that two parties belong to."""
        return frozenset((self._head.get(one, one), self._head.get(other, other)))

    def pairs(self) -> set[Pair]:
        """Give every pair of families that acts stand between."""
        return set(self._acts)

    def acts(self, pair: Pair) -> list[str]:
        """Give the IRIs of all acts between two families."""
        return list(self._acts.get(pair, ()))

    def periods(self, pairs: Iterable[Pair]) -> set[ox.Triple]:
        """Give the triples of all periods between these families."""
        pairs = list(pairs)
        return self._swept(
            [event for pair in pairs for event in self._events.get(pair, {}).values()],
            [refusal for pair in pairs for refusal in self._refusals.get(pair, {}).values()],
        )

    def all_periods(self) -> set[ox.Triple]:
        """Give the triples of all periods."""
        return self.periods(self._events.keys() | self._refusals.keys())

    def _swept(self, acts: list[Event], refusals: list[Refusal]) -> set[ox.Triple]:
        part = replace(
            self._log,
            acts=sorted(acts, key=lambda act: act.order),
            refusals=sorted(refusals, key=lambda refusal: refusal.iri),
        )
        return set(derive_from(part))

    def lineage(self) -> list[ox.Triple]:
        """Give who continues whom."""
        return [quad.triple for quad in self._facts.quads_for_pattern(None, _CONTINUES, None, _DEFAULT)]

    def touched(self, subjects: Iterable[ox.NamedNode | ox.BlankNode | ox.Triple]) -> set[Pair]:
        """Return the pairs of families that the acts and claims among these subjects stand or stood between."""
        found = set()
        for subject in subjects:
            if isinstance(subject, ox.NamedNode):
                found |= self._pairs_of.get(subject.value, set())
                found |= self._sides(subject, _ACT_SIDES) | self._sides(subject, _CLAIM_SIDES)
        return found

    def refresh(self, subjects: Iterable[ox.NamedNode | ox.BlankNode | ox.Triple], tied: bool) -> None:
        """Take in that the facts about these subjects have changed; ``tied``: families themselves may have."""
        if tied:
            self._read()
            return
        for subject in subjects:
            if not isinstance(subject, ox.NamedNode):
                continue
            for pair in self._pairs_of.pop(subject.value, ()):
                self._acts[pair].pop(subject.value, None)
                self._events[pair].pop(subject.value, None)
                self._refusals[pair].pop(subject.value, None)
            self._file(subject)
            quads = self._facts.quads_for_pattern(subject, None, None, _DEFAULT)
            self._take_in(read_events(quads, self._log.refusing))


def _heads(found: EventLog, facts: ox.Store) -> dict[str, str]:
    """Give for each party with relatives the one that stands for its family."""
    head: dict[str, str] = {}

    def top(party: str) -> str:
        while (above := head.get(party, party)) != party:
            party = above
        return party

    ties = [(event.actor, event.object) for event in found.continuities]
    ties += [(one, other) for one, others in found.rivals.items() for other in others]
    ties += [
        (quad.subject.value, quad.object.value)
        for quad in facts.quads_for_pattern(None, _CONTINUES, None, _DEFAULT)
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode)
    ]
    for one, other in ties:
        head[top(one)] = top(other)
    return {party: top(party) for party in head}
