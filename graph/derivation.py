"""Which rules give a triple, in the graph of periods or in a snapshot, and from what."""

from collections.abc import Iterator

from pyoxigraph import NamedNode, Variable

from . import snapshots
from .axioms import TYPE, Fact, Term
from .expressions import Binding
from .matching import Matcher, Premise, conclude, conclusion
from .names import PERIODS, term
from .patterns import Pattern, RuleFile
from .perspectives import party
from .reader import rule_file
from .rules import moment, names
from .union import Union

#: Classes that sort the catalogue; in the view of a party they may only say what that party holds.
_SORTING = frozenset(term(name) for name in ("State", "DeFactoEntity", "FormerState", "AssociatedState"))
_PARTY = Variable("party")


class Derivations:
    """Runs the rules backwards over the union of a store."""

    def __init__(self, union: Union) -> None:
        """Look facts up in this union."""
        self.union = union
        self._setting: dict[NamedNode, tuple[Binding, tuple[str, ...]]] = {}

    def ways(self, fact: Fact, graph: NamedNode | None) -> Iterator[tuple[RuleFile, tuple[Premise, ...]]]:
        """Give each way in which a rule gives the fact, with what it needs.

        :param graph: the snapshot that the fact stands in; None for the graph of periods.
        :raises SnapshotError: when the graph names no snapshot.
        """
        for matcher, pattern, binding in self.candidates(fact, graph):
            told = self._siblings(matcher.rule, pattern, fact) if graph is None else {}
            found = False
            for _, premises in matcher.derivations(told | binding):
                found = True
                yield matcher.rule, premises
            for _, premises in () if found or not told else matcher.derivations(binding):
                yield matcher.rule, premises

    def candidates(self, fact: Fact, graph: NamedNode | None) -> Iterator[tuple[Matcher, Pattern, Binding]]:
        """Give the rules that may give the fact: the pattern of the template that fits, and what it binds."""
        given, rules = self.setting(graph)
        for name in rules:
            if name == "snapshot-catalogue" and _PARTY in given and fact[1] == TYPE and fact[2] in _SORTING:
                continue
            rule = rule_file(name)
            for pattern in rule.template:
                if (binding := conclude(pattern, *fact)) is not None:
                    yield Matcher(self.union, rule, given, self.lookup), pattern, binding

    def setting(self, graph: NamedNode | None) -> tuple[Binding, tuple[str, ...]]:
        """Give what the VALUES lines of rules stand for in a graph, and the rules that make that graph.

        :raises SnapshotError: when the graph names no snapshot.
        """
        if graph is None:
            return {}, tuple(name for name in names() if not name.startswith(("snapshot-", "perspective-")))
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

    def _siblings(self, rule: RuleFile, fitting: Pattern, fact: Fact) -> Binding:
        """Give what the other triples of the same node bind, which the rule gave together with this one."""
        found: Binding = {}
        for pattern in rule.template:
            if pattern.subject != fitting.subject or not isinstance(pattern.object, Variable):
                continue
            if isinstance(pattern.subject, Variable) and isinstance(pattern.predicate, NamedNode):
                quads = self.union.store.quads_for_pattern(fact[0], pattern.predicate, None, PERIODS)  # type: ignore[arg-type]
                values = [quad.object for quad in quads]
                if len(values) == 1:
                    found[pattern.object] = values[0]
        return found

    def lookup(
        self, subject: Term | None, predicate: NamedNode, value: Term | None, graph: NamedNode
    ) -> Iterator[Fact]:
        """Give the facts of a snapshot that fit, as the rules give them."""
        seen: set[Fact] = set()
        given, rules = self.setting(graph)
        for rule in map(rule_file, rules):
            for pattern in rule.template:
                binding = conclude(pattern, subject, predicate, value)
                if binding is None or pattern.predicate != predicate:
                    continue
                for solution, _ in Matcher(self.union, rule, given, self.lookup).derivations(binding):
                    fact = conclusion(pattern, solution)
                    if fact is not None and fact not in seen:
                        seen.add(fact)
                        yield fact
