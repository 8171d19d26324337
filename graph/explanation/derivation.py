"""Which rules give a triple, in the graph of periods or in a snapshot, and from what."""

from collections.abc import Iterator

from pyoxigraph import NamedNode, Variable

from comity.closure.axioms import TYPE, Fact, Term
from comity.closure.union import Union
from comity.explanation.expressions import Binding
from comity.explanation.grounds import Grounds, Law
from comity.explanation.matching import Matcher, Premise, conclude, conclusion
from comity.explanation.patterns import RuleFile
from comity.explanation.reader import rule_file
from comity.iris import PERIODS, term
from comity.rules import moment, names
from comity.snapshots import graphs as snapshots
from comity.snapshots.perspectives import party

#: Classes that sort the catalogue; in the view of a party they may only say what that party holds.
_SORTING = frozenset(term(name) for name in ("State", "DeFactoEntity", "FormerState", "AssociatedState"))
Way = tuple[Law | RuleFile, tuple[Premise, ...]]
_PARTY = Variable("party")


class Derivations:
    """Runs the rules backwards over the union of a store."""

    def __init__(self, union: Union) -> None:
        """Look facts up in this union."""
        self.union, self._grounds = union, Grounds(union)
        #: The ways of facts that a look-up has met, all of them.
        self._known: dict[tuple[Fact, NamedNode], list[Way]] = {}
        self._setting: dict[NamedNode, tuple[Binding, tuple[str, ...]]] = {}

    def ways(self, fact: Fact, graph: NamedNode | None) -> Iterator[Way]:
        """Give each way in which a rule gives the fact, with what it needs.

        :param graph: the snapshot that the fact stands in; None for the graph of periods.
        :raises SnapshotError: when the graph names no snapshot.
        """
        if graph is None:
            if PERIODS in self.union.graphs(fact):
                yield from self._grounds.ways(fact)
            return
        if (fact, graph) in self._known:
            yield from self._known[fact, graph]
            return
        for matcher, binding in self.candidates(fact, graph):
            for _, premises in matcher.derivations(binding):
                yield matcher.rule, premises

    def candidates(self, fact: Fact, graph: NamedNode) -> Iterator[tuple[Matcher, Binding]]:
        """Give the rules that may give the fact in a snapshot, each with what the fact binds."""
        given, rules = self.setting(graph)
        for name in rules:
            if name == "snapshot-catalogue" and _PARTY in given and fact[1] == TYPE and fact[2] in _SORTING:
                continue
            rule = rule_file(name)
            for pattern in rule.template:
                if (binding := conclude(pattern, *fact)) is not None:
                    yield Matcher(self.union, rule, given, self.lookup), binding

    def setting(self, graph: NamedNode) -> tuple[Binding, tuple[str, ...]]:
        """Give what the VALUES lines of rules stand for in a graph, and the rules that make that graph.

        :raises SnapshotError: when the graph names no snapshot.
        """
        if graph not in self._setting:
            self._setting[graph] = self._snapshot(graph)
        return self._setting[graph]

    def _snapshot(self, graph: NamedNode) -> tuple[Binding, tuple[str, ...]]:
        address = snapshots.read_address(graph.value)
        given: Binding = {Variable("snapshot"): graph}
        for name, value in moment(address.day, address.reading).items():
            if value is not None:
                given[Variable(name)] = value
        if address.party is None:
            return given, names("snapshot-")
        given[_PARTY] = party(self.union.store, address.party)
        return given, (*names("snapshot-"), *names("perspective-"))

    def lookup(
        self, subject: Term | None, predicate: NamedNode, value: Term | None, graph: NamedNode
    ) -> Iterator[Fact]:
        """Give the facts of a snapshot that fit, as the rules give them."""
        found: dict[Fact, list[Way]] = {}
        given, rules = self.setting(graph)
        for rule in map(rule_file, rules):
            for pattern in rule.template:
                binding = conclude(pattern, subject, predicate, value)
                if binding is None:
                    continue
                for solution, premises in Matcher(self.union, rule, given, self.lookup).derivations(binding):
                    fact = conclusion(pattern, solution)
                    if fact is None:
                        continue
                    if fact not in found:
                        yield fact
                    found.setdefault(fact, []).append((rule, premises))
        self._known.update({(fact, graph): ways for fact, ways in found.items()})
