"""Rules run backwards: the ways in which a rule gives a triple, each with all that it needed.

A pattern is joined from what the triple binds, so that only a few facts are looked at. Each solution carries its
premises: the facts that were matched, the conditions that hold, and what must not be there and is not.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from pyoxigraph import NamedNode, Variable

from comity.closure.axioms import Fact, Node, Term
from comity.closure.union import Union
from comity.explanation.expressions import Binding, Engine, is_aggregate, terms_of
from comity.explanation.patterns import (
    Alternatives,
    Bind,
    Element,
    Exists,
    Filter,
    Group,
    InGraph,
    Optional,
    Path,
    Pattern,
    RuleError,
    RuleFile,
    Select,
    Values,
)
from comity.explanation.plan import cost, required


@dataclass(frozen=True)
class Given:
    """A premise that is a fact, in a snapshot where one is named."""

    fact: Fact
    graph: NamedNode | None = None


@dataclass(frozen=True)
class Condition:
    """A premise that is a condition: the expression, and what its variables stand for."""

    expression: str
    terms: tuple[tuple[str, Term], ...]
    note: str = ""


@dataclass(frozen=True)
class Absence:
    """A premise that nothing matches a pattern, given what is bound."""

    group: Group
    terms: tuple[tuple[str, Term], ...]
    note: str = ""


Premise = Given | Condition | Absence
Solution = tuple[Binding, tuple[Premise, ...]]
Lookup = Callable[[Term | None, NamedNode, Term | None, NamedNode], Iterator[Fact]]


class Matcher:
    """Solves the patterns of one rule over the union of a store and, where the rule names one, a snapshot."""

    def __init__(self, union: Union, rule: RuleFile, given: Binding, lookup: Lookup) -> None:
        """Solve for this rule.

        :param given: what takes the place of the examples in the VALUES lines of the rule.
        :param lookup: gives the facts of a snapshot that fit.
        """
        self.union, self.rule, self.given, self.lookup = union, rule, given, lookup
        self.engine = Engine(union.store, rule.prologue)

    def derivations(self, binding: Binding) -> Iterator[Solution]:
        """Give the solutions of the rule under a binding, each with its premises.

        A variable that only an OPTIONAL binds is left to it: bound from outside, it would be so even where the
        OPTIONAL finds nothing.
        """
        firm = {name: term for name, term in binding.items() if name in required(self.rule.where)}
        for solution, premises in self.solve(self.rule.where, firm):
            if all(solution.get(name) == term for name, term in binding.items()):
                yield solution, premises

    def solve(self, group: Group, binding: Binding, graph: NamedNode | None = None) -> Iterator[Solution]:
        """Give the solutions of a group under a binding, each with its premises."""
        return self._join(list(group.elements), binding, (), graph)

    def _join(
        self, pending: list[Element], binding: Binding, premises: tuple[Premise, ...], graph: NamedNode | None
    ) -> Iterator[Solution]:
        if not pending:
            yield binding, premises
            return
        element = min(pending, key=lambda element: cost(element, binding))
        rest = [other for other in pending if other is not element]
        for extended, found in self._solve(element, binding, graph):
            yield from self._join(rest, extended, (*premises, *found), graph)

    def _solve(self, element: Element, binding: Binding, graph: NamedNode | None) -> Iterator[Solution]:
        match element:
            case Pattern():
                yield from self._pattern(element, binding, graph)
            case Values():
                yield from self._values(element, binding)
            case Filter(expression, note):
                if self.engine.holds(expression, binding):
                    yield binding, (Condition(expression, terms_of(expression + note, binding), note),)
            case Exists(group, negated, note):
                found = next(self.solve(group, binding, graph), None)
                if negated and found is None:
                    yield binding, (Absence(group, tuple((k.value, v) for k, v in binding.items()), note),)
                elif found is not None and not negated:
                    yield binding, found[1]
            case Bind(expression, name):
                yield from self._assign(name, self.engine.value(expression, [binding]), binding)
            case Optional(group):
                found = next(self.solve(group, binding, graph), None)
                yield from self.solve(group, binding, graph) if found else [(binding, ())]
            case Alternatives(groups):
                for group in groups:
                    yield from self.solve(group, binding, graph)
            case InGraph(name, group):
                inner = binding[name] if isinstance(name, Variable) else name
                assert isinstance(inner, NamedNode)
                yield from self.solve(group, binding, inner)
            case Select():
                yield from self._select(element, binding, graph)

    def _assign(self, name: Variable, value: Term | None, binding: Binding) -> Iterator[Solution]:
        if value is None or name not in binding:
            yield (binding if value is None else {**binding, name: value}), ()
        elif binding[name] == value:
            yield binding, ()

    def _values(self, values: Values, binding: Binding) -> Iterator[Solution]:
        rows: tuple[tuple[Term | None, ...], ...] = values.rows
        if all(name in self.given for name in values.names):
            rows = (tuple(self.given[name] for name in values.names),)
        for row in rows:
            extended = dict(binding)
            pairs = zip(values.names, row, strict=True)
            if all(term is None or extended.setdefault(name, term) == term for name, term in pairs):
                yield extended, ()

    def _select(self, select: Select, binding: Binding, graph: NamedNode | None) -> Iterator[Solution]:
        seen_outside = {*select.names, *select.by}
        outer = {name: term for name, term in binding.items() if name in seen_outside}
        inner = self.solve(select.group, outer, graph)
        aggregates = bool(select.by) or any(is_aggregate(e.expression) for e in select.expressions)
        if not aggregates and not select.expressions and all(name in outer for name in select.names):
            inner = islice(inner, 1)  # whatever else there is selects the same
        for key, rows, premises in _grouped(inner, select) if aggregates else _distinct(inner, select):
            results: list[Binding] = [binding | key]
            for computed in select.expressions:
                value = self.engine.value(computed.expression, rows)
                results = [after for one in results for after, _ in self._assign(computed.name, value, one)]
            yield from ((result, premises) for result in results)

    # facts

    def match(
        self, subject: Term | None, predicate: NamedNode, value: Term | None, graph: NamedNode | None
    ) -> Iterator[Fact]:
        """Give the facts that fit, in the union or in a snapshot."""
        if graph is None:
            return iter(self.union.match(subject, predicate, value))
        return self.lookup(subject, predicate, value, graph)

    def _pattern(self, pattern: Pattern, binding: Binding, graph: NamedNode | None) -> Iterator[Solution]:
        predicate = pattern.predicate
        if isinstance(predicate, Variable):
            found = binding.get(predicate)
            if not isinstance(found, NamedNode):
                raise RuleError(f"Rule {self.rule.name}: the predicate {predicate} is not bound by the rule.")
            predicate = found
        ends = [binding.get(n) if isinstance(n, Variable) else n for n in (pattern.subject, pattern.object)]
        for one, other, premises in self._path(ends[0], predicate, ends[1], graph):
            extended = dict(binding)
            if _bound(extended, pattern.subject, one) and _bound(extended, pattern.object, other):
                yield extended, premises

    def _path(
        self, one: Term | None, path: NamedNode | Path, other: Term | None, graph: NamedNode | None
    ) -> Iterator[tuple[Term, Term, tuple[Premise, ...]]]:
        """Give the pairs that a path links, with the facts along it."""
        if isinstance(path, NamedNode):
            for fact in self.match(one, path, other, graph):
                yield fact[0], fact[2], (Given(fact, graph),)
        elif path.op == "|":
            for part in path.parts:
                yield from self._path(one, part, other, graph)
        elif path.op == "^":
            for b, a, premises in self._path(other, path.parts[0], one, graph):
                yield a, b, premises
        elif path.op == "/":
            rest = path.parts[1] if len(path.parts) == 2 else Path("/", path.parts[1:])
            for a, middle, before in self._path(one, path.parts[0], None, graph):
                for _, b, after in self._path(middle, rest, other, graph):
                    yield a, b, before + after
        elif one is None:
            for a, b, premises in self._path(other, Path(path.op, (_inverse(path.parts[0]),)), None, graph):
                yield b, a, premises
        else:
            yield from self._repeated(one, path, other, graph)

    def _repeated(
        self, one: Term, path: Path, other: Term | None, graph: NamedNode | None
    ) -> Iterator[tuple[Term, Term, tuple[Premise, ...]]]:
        reached: dict[Term, tuple[Premise, ...]] = {} if path.op == "+" else {one: ()}
        frontier: dict[Term, tuple[Premise, ...]] = {one: ()}
        while frontier:
            ahead: dict[Term, tuple[Premise, ...]] = {}
            for node, premises in frontier.items():
                for _, b, step in self._path(node, path.parts[0], None, graph):
                    if b not in reached:
                        reached[b] = ahead[b] = premises + step
            frontier = {} if path.op == "?" else ahead
        for b, premises in reached.items():
            if other is None or b == other:
                yield one, b, premises


Row = tuple[Binding, list[Binding], tuple[Premise, ...]]


def _grouped(solutions: Iterator[Solution], select: Select) -> Iterator[Row]:
    """Give for each group what it is grouped by, its rows, and the premises of all of them."""
    groups: dict[tuple[Term | None, ...], list[Solution]] = {} if select.by else {(): []}
    for solution in solutions:
        groups.setdefault(tuple(solution[0].get(name) for name in select.by), []).append(solution)
    for key, members in groups.items():
        bound = {name: term for name, term in zip(select.by, key, strict=True) if term is not None}
        premises = dict.fromkeys(premise for _, found in members for premise in found)
        yield bound, [row for row, _ in members], tuple(premises)


def _distinct(solutions: Iterator[Solution], select: Select) -> Iterator[Row]:
    """Give the distinct rows of what is selected, each with the premises of its first solution."""
    seen = set()
    for row, premises in solutions:
        bound = {name: row[name] for name in select.names if name in row}
        if (key := tuple(bound.items())) not in seen:
            seen.add(key)
            yield bound, [row], premises


def _bound(binding: Binding, node: Node, term: Term) -> bool:
    return (binding.setdefault(node, term) if isinstance(node, Variable) else node) == term


def _inverse(path: NamedNode | Path) -> Path:
    return Path("^", (path,))


def conclude(
    pattern: Pattern, subject: Term | None, predicate: NamedNode, value: Term | None
) -> Binding | None:
    """Give what a pattern of a template binds when it is to give such triples; None fits anything."""
    binding: Binding = {}
    for node, wanted in ((pattern.subject, subject), (pattern.predicate, predicate), (pattern.object, value)):
        if wanted is None:
            continue
        if isinstance(node, Path) or not _bound(binding, node, wanted):
            return None
    return binding


def conclusion(pattern: Pattern, binding: Binding) -> Fact | None:
    """Give the triple that a pattern of a template is under a binding, or None where it is not one."""
    subject, predicate, value = (
        None if isinstance(node, Path) else binding.get(node) if isinstance(node, Variable) else node
        for node in (pattern.subject, pattern.predicate, pattern.object)
    )
    if subject is None or value is None or not isinstance(predicate, NamedNode):
        return None
    return subject, predicate, value
