"""What depends on a source or an act: everything that would be lost if it were retracted."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import product
from typing import Any

from pyoxigraph import NamedNode, Store, Triple

from comity.closure.axioms import Term, fact_of
from comity.closure.union import Union
from comity.derivation import Difference, consequences
from comity.errors import UnknownError
from comity.explanation.render import Verbaliser
from comity.iris import CO, PERIODS, is_facts, term
from comity.periods.in_force import Interval

_EVIDENCE, _SOURCE = term("evidence"), term("source")
_RECOGNISER, _RECOGNISED = term("recogniser"), term("recognisedParty")
Pair = tuple[str, str]


@dataclass(frozen=True)
class Dependence:
    """The losses with an entity: entities, asserted, period and inferred triples, recognitions in force today.

    ``weakened`` names the entities that lose a source but keep another; ``opened`` are the period triples that
    replace lost ones, for example with a later beginning or no end.
    """

    name: str
    things: tuple[str, ...]
    weakened: tuple[str, ...]
    asserted: Set[Triple]
    periods: Set[Triple]
    opened: Set[Triple]
    inferred: Set[Triple]
    recognitions: tuple[Pair, ...]

    def as_text(self) -> str:
        """Return the losses as lines of text."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"If {self.name} were retracted:"
        for title, names in (
            ("would fall", self.things),
            ("would lose a source but keep another", self.weakened),
            ("would no longer be in force today", [f"{a} recognises {b}" for a, b in self.recognitions]),
        ):
            if names:
                yield f"{len(names)} {title}:"
                yield from (f"  {name}" for name in names)
        yield (
            f"In total, {len(self.asserted)} asserted, {len(self.periods)} period and {len(self.inferred)} inferred "
            f"triples would be removed; {len(self.opened)} period triples would replace them."
        )

    def as_json(self) -> dict[str, Any]:
        """Return the losses as plain values; triples as lines of N-Triples."""
        triples = ("asserted", "periods", "opened", "inferred")
        return {
            "retracted": self.name,
            "things": list(self.things),
            "weakened": list(self.weakened),
            "recognitions": [{"recogniser": a, "recognised": b} for a, b in self.recognitions],
            **{name: sorted(f"{triple} ." for triple in getattr(self, name)) for name in triples},
        }


def depends(store: Store, node: NamedNode, today: dt.date | None = None) -> Dependence:
    """Return the losses if a source, an act or any other entity of the tables is retracted.

    :raises UnknownError: if no table mentions it.
    """
    return _Retraction(store, node, (today or dt.date.today()).isoformat()).result()


class _Retraction:
    def __init__(self, store: Store, node: NamedNode, today: str) -> None:
        self.store, self.node, self.today = store, node, today
        self.union = Union(store)
        self.verbaliser = Verbaliser(self.union)

    def result(self) -> Dependence:
        things, weakened, evidence = self._things()
        asserted = {triple for one in (*things, *evidence) for triple in self._said_of(one)}
        if not asserted:
            raise UnknownError(f"No table of facts mentions <{self.node.value}>. Look up its address first.")
        derived = consequences(self.store, Difference(removed=frozenset(asserted)))
        names = self.verbaliser.name
        return Dependence(
            names(self.node),
            tuple(sorted(map(names, things))),
            tuple(sorted(map(names, weakened))),
            frozenset(asserted),
            derived.periods.removed,
            derived.periods.added,
            derived.inferred.removed - derived.periods.added,
            tuple(sorted((names(a), names(b)) for a, b in self._recognitions(derived.periods))),
        )

    def _things(self) -> tuple[set[Term], set[Term], set[Term]]:
        """Return the lost entities, those that only lose a source, and the lost evidence."""
        drawn = {fact[0] for fact in self.union.match(None, _SOURCE, self.node)}
        supported = {fact[0] for evidence in drawn for fact in self.union.match(None, _EVIDENCE, evidence)}
        falling = {one for one in supported if set(self.union.objects(one, _EVIDENCE)) <= drawn}
        things = falling | {self.node}
        own = {evidence for one in things for evidence in self.union.objects(one, _EVIDENCE)}
        return things, supported - falling, drawn | own

    def _said_of(self, node: Term) -> Iterator[Triple]:
        for quad in (
            *self.store.quads_for_pattern(node, None, None, None),  # type: ignore[arg-type]
            *self.store.quads_for_pattern(None, None, node, None),
        ):
            if is_facts(quad.graph_name):
                yield quad.triple

    def _recognitions(self, periods: Difference) -> set[tuple[Term, Term]]:
        """Return who no longer certainly recognises whom today after these period triples are removed and added."""
        touched = {triple.subject for triple in (*periods.removed, *periods.added)}
        pairs = {pair for node in touched for pair in self._pairs(node)}
        nodes = {node for pair in pairs for node in self._periods_of(pair)} | touched
        before = {
            quad.triple
            for node in nodes
            for quad in self.store.quads_for_pattern(node, None, None, PERIODS)  # type: ignore[arg-type]
        }
        after = before - periods.removed | periods.added
        return in_force(before, self.today) - in_force(after, self.today)

    def _pairs(self, period: Term) -> Iterator[tuple[Term, Term]]:
        return product(self.union.objects(period, _RECOGNISER), self.union.objects(period, _RECOGNISED))

    def _periods_of(self, pair: tuple[Term, Term]) -> set[Term]:
        recogniser, recognised = pair
        sides = ((_RECOGNISER, recogniser), (_RECOGNISED, recognised))
        one, other = ({fact[0] for fact in self.union.match(None, role, party)} for role, party in sides)
        return one & other


def in_force(periods: Iterable[Triple], day: str) -> set[tuple[Term, Term]]:
    """Return who certainly recognises whom on a day, expressly or through relations, according to period triples."""
    nodes: defaultdict[Term, dict[str, Any]] = defaultdict(dict)
    for subject, predicate, value in map(fact_of, periods):
        nodes[subject][predicate.value.removeprefix(CO)] = value
    return {
        (one["recogniser"], one["recognisedParty"])
        for one in nodes.values()
        if "basis" in one and _interval(one).in_force(day)
    }


def _interval(period: dict[str, Any]) -> Interval:
    names = ("startEarliest", "startLatest", "endEarliest", "endLatest")
    return Interval.of(*(period[name].value if name in period else "" for name in names))
