"""Groups of parties: those that one state's continuing another, or a rivalry of governments, ties together.

Whatever periods there are between two parties follows from the acts and claims between their two groups, so a change
of one act needs no look at any other. A pair of groups is the unit in which periods are derived.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

import pyoxigraph as ox

from comity.iris import SKOS, term
from comity.periods.events import EventLog, read_events
from comity.periods.sweep import derive_from

_DEFAULT = ox.DefaultGraph()
_ACTOR, _OBJECT, _CLAIMANT, _ABOUT = (term(name) for name in ("actor", "object", "claimant", "about"))
_CONTINUES, _SUCCESSOR, _BROADER = term("continues"), term("successor"), ox.NamedNode(SKOS + "broader")
_RIVAL, _INCOMPATIBLE = term("rivalGovernmentOf"), term("incompatibleWith")
_ENDS = tuple(term(name) for name in ("ended", "endedEarliest", "endedLatest"))
#: A change of one of these may regroup parties, end a polity, or alter which statuses refuse: it affects all pairs.
REGROUPING = frozenset(
    {
        *_ENDS,
        _RIVAL,
        _INCOMPATIBLE,
        _CONTINUES,
        _SUCCESSOR,
        _BROADER,
        term("predecessor"),
        term("successionKind"),
    }
)
#: An unordered pair of groups, each by the IRI of the party that stands for it; one IRI for a group and itself.
Pair = frozenset[str]


class Facts(Protocol):
    """Asserted facts that can be looked up from any side, in the default graph."""

    def quads_for_pattern(
        self, subject: Any, predicate: Any, object: Any, graph_name: Any = None
    ) -> Iterator[ox.Quad]:
        """Yield the quads that fit, where None fits anything."""


class PartyGroups:
    """The groups of parties of a graph, and the periods between them."""

    def __init__(self, facts: Facts) -> None:
        """Group the parties of these facts."""
        self._facts = facts
        self._head = _heads(self._context, self._find(None, _CONTINUES, None))
        self._members: dict[str, list[str]] = {}
        for party, head in self._head.items():
            self._members.setdefault(head, []).append(party)

    def pairs_of(self, nodes: Iterable[object]) -> set[Pair]:
        """Return the pairs of groups that the acts and claims among some nodes stand between."""
        found = set()
        for node in nodes:
            for sides in ((_ACTOR, _OBJECT), (_CLAIMANT, _ABOUT)) if isinstance(node, ox.NamedNode) else ():
                ones, others = (
                    [_iri(quad.object) for quad in self._find(node, side, None)] for side in sides
                )
                found |= {self._pair(one, other) for one in ones for other in others}
        return found

    def periods(self, pairs: Iterable[Pair]) -> set[ox.Triple]:
        """Return the triples of all periods between some pairs of groups."""
        nodes = {node for pair in pairs for node in self._between(pair)}
        quads = (quad for node in sorted(nodes, key=str) for quad in self._find(node, None, None))
        log = read_events(quads, self._context.refusing)
        part = replace(self._context, acts=log.acts, refusals=log.refusals)
        return set(derive_from(part))

    @cached_property
    def _context(self) -> EventLog:
        """What bears on the periods of all pairs: successions, ends of polities, rivalries, the scheme of statuses."""
        quads = [
            quad
            for name in (*_ENDS, _RIVAL, _INCOMPATIBLE, _BROADER)
            for quad in self._find(None, name, None)
        ]
        for node in {quad.subject for quad in self._find(None, _SUCCESSOR, None)}:
            quads += self._find(node, None, None)
        return read_events(quads)

    def _find(self, subject: Any, predicate: Any, value: Any) -> Iterator[ox.Quad]:
        return self._facts.quads_for_pattern(subject, predicate, value, _DEFAULT)

    def _pair(self, one: str, other: str) -> Pair:
        return frozenset((self._head.get(one, one), self._head.get(other, other)))

    def _between(self, pair: Pair) -> Iterator[ox.NamedNode]:
        """Yield the acts and claims between two groups, in either direction."""
        one, other = (*pair, *pair)[:2]
        for left, right in ((one, other), (other, one)):
            right_parties = {ox.NamedNode(party) for party in self._members.get(right, [right])}
            for party in self._members.get(left, [left]):
                for side, opposite in ((_ACTOR, _OBJECT), (_CLAIMANT, _ABOUT)):
                    for quad in self._find(None, side, ox.NamedNode(party)):
                        node = quad.subject
                        if isinstance(node, ox.NamedNode) and any(
                            quad.object in right_parties for quad in self._find(node, opposite, None)
                        ):
                            yield node


def may_regroup(changed: Iterable[ox.Triple], before: Facts, after: Facts) -> bool:
    """Return whether a change may affect all pairs: by what it says, or since it speaks of a succession."""
    return any(
        triple.predicate in REGROUPING
        or any(
            next(facts.quads_for_pattern(triple.subject, _SUCCESSOR, None, _DEFAULT), None)
            for facts in (before, after)
        )
        for triple in changed
    )


def _heads(log: EventLog, continues: Iterable[ox.Quad]) -> dict[str, str]:
    """Return for each party that is tied to another the one that stands for its group."""
    head: dict[str, str] = {}

    def top(party: str) -> str:
        while (above := head.get(party, party)) != party:
            party = above
        return party

    ties = [(event.actor, event.object) for event in log.continuities]
    ties += [(one, other) for one, others in log.rivals.items() for other in others]
    ties += [(_iri(quad.subject), _iri(quad.object)) for quad in continues]
    for one, other in ties:
        ones, others = sorted((top(one), top(other)))  # so that the order of ties does not matter much
        head[others] = ones
    return {party: top(party) for pair in ties for party in pair}


def _iri(node: object) -> str:
    return str(getattr(node, "value", node))
