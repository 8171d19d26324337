"""Groups of parties, by which the periods that a change of facts may affect are derived alone.

The unit of derivation is a pair of groups of parties: those linked by continuity of states or by rivalry of
governments, and a polity with its governments. The periods between two parties depend only on the acts and claims
between their two groups, so a change of one act affects no other pair.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import replace
from functools import cache, cached_property
from typing import Any, Protocol

import pyoxigraph as ox

from comity.iris import SKOS, term
from comity.periods.events import EventLog, read_events
from comity.periods.sweep import derive_from

_DEFAULT = ox.DefaultGraph()
_ACTOR, _OBJECT, _CLAIMANT, _ABOUT = _SIDES = tuple(
    term(name) for name in ("actor", "object", "claimant", "about")
)
_CONTINUES, _SUCCESSOR, _BROADER = term("continues"), term("successor"), ox.NamedNode(SKOS + "broader")
_GOVERNMENT_OF = term("governmentOf")
_RIVAL, _INCOMPATIBLE = term("rivalGovernmentOf"), term("incompatibleWith")
_ENDS = tuple(term(name) for name in ("ended", "endedEarliest", "endedLatest"))
#: A change of one of these may regroup parties, end a polity, or alter which statuses refuse, so affects all pairs.
REGROUPING = frozenset(
    {
        *_ENDS,
        _RIVAL,
        _INCOMPATIBLE,
        _CONTINUES,
        _SUCCESSOR,
        _GOVERNMENT_OF,
        _BROADER,
        term("predecessor"),
        term("successionKind"),
        term("carriesRelations"),
        term("carriesRecognitions"),
    }
)
#: An unordered pair of groups, each by the IRI of its representative; one IRI for a group with itself.
Pair = frozenset[str]


class Facts(Protocol):
    """Asserted facts in the default graph, indexed by every position."""

    def quads_for_pattern(
        self, subject: Any, predicate: Any, object: Any, graph_name: Any = None
    ) -> Iterator[ox.Quad]:
        """Yield the matching quads; None matches anything."""


class PartyGroups:
    """The groups of parties of a graph, and the periods between them."""

    def __init__(self, facts: Facts) -> None:
        """Group the parties of these facts."""
        self.facts = facts
        self._head = _heads(self._context, self._find(None, _CONTINUES, None))
        self._members: dict[str, list[str]] = {}
        for party, head in self._head.items():
            self._members.setdefault(head, []).append(party)

    def over(self, facts: Facts) -> "PartyGroups":
        """Return the same groups over facts that do not differ in how they group parties: see :func:`may_regroup`."""
        groups = copy(self)
        groups.facts = facts
        return groups

    def pairs_of(self, nodes: Iterable[object]) -> set[Pair]:
        """Return the pairs of groups that the acts and claims among some nodes connect."""
        pairs = set()
        for node in nodes:
            parties: dict[ox.NamedNode, list[str]] = defaultdict(list)
            for quad in self._find(node, None, None) if isinstance(node, ox.NamedNode) else ():
                if quad.predicate in _SIDES:
                    parties[quad.predicate].append(_iri(quad.object))
            for side, opposite in ((_ACTOR, _OBJECT), (_CLAIMANT, _ABOUT)):
                pairs |= {self._pair(one, other) for one in parties[side] for other in parties[opposite]}
        return pairs

    def periods(self, pairs: Iterable[Pair]) -> set[ox.Triple]:
        """Return the triples of all periods between some pairs of groups."""
        of_group = cache(self._of_group)  # Parties with thousands of acts are in hundreds of pairs.
        nodes = {node for pair in pairs for node in self._between(pair, of_group)}
        quads = (quad for node in sorted(nodes, key=str) for quad in self._find(node, None, None))
        log = read_events(quads, self._context.refusing)
        part = replace(self._context, acts=log.acts, refusals=log.refusals)
        return set(derive_from(part))

    @cached_property
    def _context(self) -> EventLog:
        """The data that affects all pairs: successions, ends of polities, governments, rivalries, the status scheme."""
        quads = [
            quad
            for name in (*_ENDS, _RIVAL, _INCOMPATIBLE, _BROADER)
            for quad in self._find(None, name, None)
        ]
        for name in (_SUCCESSOR, _GOVERNMENT_OF):
            for node in {quad.subject for quad in self._find(None, name, None)}:
                quads += self._find(node, None, None)
        return read_events(quads)

    def _find(self, subject: Any, predicate: Any, value: Any) -> Iterator[ox.Quad]:
        return self.facts.quads_for_pattern(subject, predicate, value, _DEFAULT)

    def _pair(self, one: str, other: str) -> Pair:
        return frozenset((self._head.get(one, one), self._head.get(other, other)))

    def _between(
        self, pair: Pair, of_group: Callable[[str, ox.NamedNode], set[object]]
    ) -> Iterator[ox.NamedNode]:
        """Yield the acts and claims between two groups, in either direction."""
        one, other = (*pair, *pair)[:2]
        for left, right in ((one, other), (other, one)):
            for side, opposite in ((_ACTOR, _OBJECT), (_CLAIMANT, _ABOUT)):
                both = of_group(left, side) & of_group(right, opposite)
                yield from (node for node in both if isinstance(node, ox.NamedNode))

    def _of_group(self, head: str, role: ox.NamedNode) -> set[object]:
        """Return the acts or claims in which a party of a group has a role."""
        parties = (ox.NamedNode(party) for party in self._members.get(head, [head]))
        return {quad.subject for party in parties for quad in self._find(None, role, party)}


def may_regroup(changed: Iterable[ox.Triple], before: Facts, after: Facts) -> bool:
    """Return whether a change may affect all pairs: by its properties, or as it concerns a succession or government."""
    triples = list(changed)
    if any(triple.predicate in REGROUPING for triple in triples):
        return True
    ties = {
        quad.subject
        for facts in (before, after)
        for name in (_SUCCESSOR, _GOVERNMENT_OF)
        for quad in facts.quads_for_pattern(None, name, None, _DEFAULT)
    }
    return any(triple.subject in ties for triple in triples)


def _heads(log: EventLog, continues: Iterable[ox.Quad]) -> dict[str, str]:
    """Return, for each party linked to another, the representative of its group (union-find)."""
    parent: dict[str, str] = {}

    def head(party: str) -> str:
        while (above := parent.get(party, party)) != party:
            party = above
        return party

    ties = [(event.actor, event.object) for event in log.continuities]
    ties += [(party, rival) for party, rivals in log.rivals.items() for rival in rivals]
    ties += log.governments.items()
    ties += [(_iri(quad.subject), _iri(quad.object)) for quad in continues]
    for one, other in ties:
        first, second = sorted((head(one), head(other)))  # to depend less on the order of links
        parent[second] = first
    return {party: head(party) for pair in ties for party in pair}


def _iri(node: object) -> str:
    return str(getattr(node, "value", node))
