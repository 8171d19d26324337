"""The search for proofs: shortest first, and never in a circle.

A triple that an axiom gives is proved within as few levels as possible: a proof of a certain height only uses
proofs of a lower one, so that symmetric and inverse properties cannot support themselves. Triples of periods
and snapshots come from rules, which look only at what lies on floors below.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from comity.closure.axioms import Fact, Rule
from comity.closure.program import Program
from comity.closure.union import Union, is_asserting
from comity.explanation.grounds import Law
from comity.explanation.matching import Absence, Condition
from comity.explanation.patterns import RuleFile
from comity.iris import PERIODS

Way = tuple[Rule, tuple[Fact, ...]]
#: More levels than any proof over the ontology needs; the property test holds every triple against it.
TALLEST = 24


@dataclass(frozen=True)
class Tree:
    """A proof before it is put into words. ``by`` is None where the fact is asserted."""

    fact: Fact | Condition | Absence
    graph: NamedNode | None = None
    by: Rule | Law | RuleFile | None = None
    premises: tuple["Tree", ...] = ()
    size: int = 1
    height: int = 0
    #: Whether a rule is still to be found that gives the fact.
    open: bool = field(default=False, compare=False)
    #: How many premises of the same kind are left out.
    more: int = 0


def tree(
    fact: Fact,
    graph: NamedNode | None,
    by: Rule | Law | RuleFile,
    premises: tuple[Tree, ...],
    more: int = 0,
) -> Tree:
    """Give the tree of one step over others."""
    size = 1 + sum(one.size for one in premises) + more
    height = 1 + max((one.height for one in premises), default=0)
    return Tree(fact, graph, by, premises, size, height, more=more)


class Prover:
    """Proves facts of the union of a store by axioms, down to asserted facts and facts about periods."""

    def __init__(self, union: Union, program: Program) -> None:
        """Search in this union with the rules of the program."""
        self.union, self.program = union, program
        self._proved: dict[Fact, Tree] = {}
        self._failed: dict[Fact, int] = {}
        self._steps: dict[Fact, tuple[list[Way], Iterator[Way]]] = {}

    def prove(self, goal: Fact) -> Tree | None:
        """Give a proof of least height, and of the least size that the search meets there."""
        for height in range(TALLEST):
            if found := self._within(goal, height):
                return found
            if height and next(self._ways(goal), None) is None:
                return None
        return None

    def _within(self, goal: Fact, height: int) -> Tree | None:
        known = self._proved.get(goal)
        if known is not None:
            return known if known.height <= height else None
        if self._failed.get(goal, -1) >= height:
            return None
        found = self._leaf(goal) if height == 0 or goal not in self._failed else None
        if found is None and height:
            found = self._best(goal, height)
        if found is None:
            self._failed[goal] = height
        else:
            self._proved[goal] = found
        return found

    def _leaf(self, goal: Fact) -> Tree | None:
        graphs = self.union.graphs(goal)
        for name in graphs:
            if is_asserting(name):
                return Tree(goal, name)
        return Tree(goal, PERIODS, size=2, open=True) if PERIODS in graphs else None

    def _best(self, goal: Fact, height: int) -> Tree | None:
        best: Tree | None = None
        for rule, facts in self._ways(goal):
            premises: list[Tree] = []
            for fact in facts:
                if (premise := self._within(fact, height - 1)) is None:
                    break
                premises.append(premise)
            else:
                found = tree(goal, None, rule, tuple(premises))
                if best is None or found.size < best.size:
                    best = found
                if best.size <= 1 + len(facts):  # nothing shorter is left: the ways go by number of premises
                    break
        return best

    def _ways(self, goal: Fact) -> Iterator[Way]:
        """Give the ways in which a fact follows, found as they are asked for and then kept."""
        found, source = self._steps.setdefault(goal, ([], self._all_ways(goal)))
        place = 0
        while True:
            while place < len(found):
                yield found[place]
                place += 1
            if (way := next(source, None)) is None:
                return
            found.append(way)

    def _all_ways(self, goal: Fact) -> Iterator[Way]:
        return (way for way in self.program.steps(goal, self.union) if goal not in way[1])
