"""Which rules of ``queries/rules/`` give a triple of a snapshot, and from which premises.

Beside each rule of snapshots and views stands a provenance query of the same name in ``queries/provenance/``. It takes
the variables of the rule's conclusion in a VALUES line, and constructs the premises of one way in which the rule gives
it. A comment line above a FILTER names the condition or the absence that the FILTER insists on. The engine evaluates
the query; whatever premises it proposes count only if the rule, run over them alone, gives the conclusion.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pyoxigraph as ox
from pyoxigraph import NamedNode, Variable

from comity.closure.axioms import TYPE, Fact, Term, triple_of
from comity.closure.union import Union
from comity.explanation.proofs import Condition, FactPremise, NegatedPremise, Premise, RuleRef
from comity.iris import term
from comity.rules import Bindings, bind, moment, names, rule
from comity.snapshots import graphs as snapshots
from comity.snapshots.perspectives import party

Pattern = tuple[Term | Variable, Term | Variable, Term | Variable]
Row = dict[str, Term]
#: The properties that are only stated as of a day.
ONLY_AS_OF = frozenset(map(term, snapshots.PARTS))
#: Classes that sort the catalogue; in the view of a party they may only say what that party holds.
_SORTING = frozenset(term(name) for name in ("State", "DeFactoEntity", "FormerState", "AssociatedState"))
_CONSTRUCT = re.compile(
    r"^CONSTRUCT\s*\{(?P<template>.*?)\}\s*WHERE\s*(?P<where>\{.*)", re.DOTALL | re.MULTILINE
)
_CHECK = re.compile(r"^ *# (?P<note>.+)\n *(?P<filter>FILTER (?P<negated>NOT EXISTS )?.+)$", re.MULTILINE)
_VALUES = re.compile(r"VALUES \((?P<names>[?\w ]+)\) \{[^{}]*\}")
_VARIABLE = re.compile(r"[?$](\w+)")
_STAND_IN = "urn:variable:"


@dataclass(frozen=True)
class Check:
    """A FILTER of a provenance query, with what the comment above it says in words."""

    note: str
    filter: str
    negated: bool

    def premise(self, row: Row) -> Condition:
        """Return the check as a premise that is met by a solution."""
        kind = NegatedPremise if self.negated else Condition
        return kind(
            self.note, tuple((name, row[name]) for name in _VARIABLE.findall(self.note) if name in row)
        )


@dataclass(frozen=True)
class ProvenanceQuery:
    """A provenance query taken apart as far as is needed: templates as patterns, the rest as text."""

    rule: RuleRef
    conclusions: tuple[Pattern, ...]
    premises: tuple[Pattern, ...]
    checks: tuple[Check, ...]
    prologue: str
    where: str

    @property
    def variables(self) -> frozenset[str]:
        """The variables of the rule's conclusions."""
        return frozenset(node.value for one in self.conclusions for node in one if isinstance(node, Variable))


@cache
def provenance_query(name: str) -> ProvenanceQuery:
    """Return the provenance query of a rule.

    :param name: the name of the rule, such as ``snapshot-express``.
    """
    text = files("comity.queries").joinpath("provenance", name + ".rq").read_text("utf-8")
    stated = rule(name)
    title = re.search(r"^# title: (.+)$", stated, re.MULTILINE)
    query = _CONSTRUCT.search(text)
    assert title and query, name
    checks = (Check(one["note"], one["filter"], bool(one["negated"])) for one in _CHECK.finditer(text))
    return ProvenanceQuery(
        RuleRef(name, title[1]),
        _template(stated),
        _template(text),
        tuple(checks),
        _prologue(text),
        query["where"],
    )


def _prologue(text: str) -> str:
    return "\n".join(re.findall(r"^PREFIX .+$", text, re.MULTILINE)) + "\n"


def _template(text: str) -> tuple[Pattern, ...]:
    """Return the CONSTRUCT template of a query: it is Turtle, but for its variables."""
    query = _CONSTRUCT.search(text)
    assert query
    turtle = (
        _prologue(text) + _VARIABLE.sub(rf"<{_STAND_IN}\1>", query["template"].rstrip().rstrip(".")) + "."
    )
    return tuple(
        (_node(triple.subject), _node(triple.predicate), _node(triple.object))
        for triple in ox.parse(turtle, format=ox.RdfFormat.TURTLE)
    )


def _node(node: Term) -> Term | Variable:
    if isinstance(node, NamedNode) and node.value.startswith(_STAND_IN):
        return Variable(node.value.removeprefix(_STAND_IN))
    return node


@dataclass(frozen=True)
class Application:
    """A rule that may give a fact: its provenance query, and what the variables of the rule then stand for."""

    query: ProvenanceQuery
    terms: Bindings
    graph: NamedNode


class RuleProvenance:
    """Looks up, in the union of a store, by which rules and from what the triples of snapshots follow."""

    def __init__(self, union: Union) -> None:
        """Look facts up in this union."""
        self.union = union
        self._settings: dict[NamedNode, Bindings] = {}

    def ways(self, fact: Fact, graph: NamedNode) -> Iterator[tuple[RuleRef, tuple[Premise, ...]]]:
        """Yield for each rule that gives a fact of a snapshot the rule and the premises of one way to it.

        :raises SnapshotError: when the graph is not a valid snapshot.
        """
        for applied in self.applications(fact, graph):
            premises = self.premises(applied)
            if premises and triple_of(fact) in self.conclusions(applied, premises):
                yield applied.query.rule, premises

    def applications(self, fact: Fact, graph: NamedNode, any_value: bool = False) -> Iterator[Application]:
        """Yield the rules that may give a fact of a snapshot.

        :param any_value: whether the fact's object is left open.
        :raises SnapshotError: when the graph is not a valid snapshot.
        """
        setting = self._setting(graph)
        for name in (*names("snapshot-"), *(names("perspective-") if setting.get("party") else ())):
            if (
                name == "snapshot-catalogue"
                and setting.get("party")
                and fact[1] == TYPE
                and fact[2] in _SORTING
            ):
                continue
            query = provenance_query(name)
            for pattern in query.conclusions:
                bound = unified(pattern, fact, setting)
                if bound is not None:
                    if any_value and isinstance(pattern[2], Variable):
                        bound[pattern[2].value] = None
                    yield Application(query, dict.fromkeys(query.variables) | bound, graph)

    def premises(self, applied: Application) -> tuple[Premise, ...]:
        """Return what the provenance query gives: facts, conditions that are met, and what is not known."""
        found: dict[Premise, None] = {}
        rows = self.rows(applied)
        for row in rows:
            found.update(dict.fromkeys(self.facts(applied, row)))
        for row in rows:
            found.update(dict.fromkeys(check.premise(row) for check in applied.query.checks))
        return tuple(found)

    def rows(self, applied: Application, checked: bool = True) -> list[Row]:
        """Return the solutions of a provenance query; those that fail its named checks too if ``checked`` is false."""
        where = applied.query.where if checked else _CHECK.sub("", applied.query.where)
        bound = {name: value for name, value in applied.terms.items() if value is not None}
        return [bound | row for row in self.select(applied.query, _bind(where, applied.terms))]

    def select(self, query: ProvenanceQuery, where: str) -> Iterator[Row]:
        """Yield the solutions of a pattern, or of a pattern with solution modifiers, in the prefixes of a query."""
        solutions = self.union.store.query(f"{query.prologue}SELECT * WHERE {where}")
        assert isinstance(solutions, ox.QuerySolutions)
        variables = solutions.variables
        for solution in solutions:
            yield {one.value: value for one in variables if (value := solution[one]) is not None}

    def facts(self, applied: Application, row: Row) -> Iterator[FactPremise]:
        """Yield the facts that the premises of a query are for a solution, without those of unmatched OPTIONALs."""
        for pattern in applied.query.premises:
            if (fact := instantiated(pattern, row)) is not None:
                yield FactPremise(fact, applied.graph if fact[1] in ONLY_AS_OF else None)

    def met(self, query: ProvenanceQuery, check: Check, row: Row) -> bool:
        """Return whether a check of a query holds for a solution."""
        return (
            next(self.select(query, f"{{ {_inline(check.filter, row)} {check.filter} }}"), None) is not None
        )

    def counter_evidence(self, query: ProvenanceQuery, check: Check, row: Row) -> tuple[Fact, ...]:
        """Return the facts that a negated check forbids and that are there for a solution."""
        pattern = check.filter.partition("{")[2].rpartition("}")[0]
        found = next(self.select(query, f"{{ {_inline(pattern, row)} {pattern} }}"), None)
        if found is None:
            return ()
        triples = re.sub(r"FILTER \(.*?\)(?= *(\.|$))", "", pattern)
        patterns = _template(f"{query.prologue}CONSTRUCT {{ {triples} }} WHERE {{}}")
        return tuple(fact for one in patterns if (fact := instantiated(one, row | found)))

    def conclusions(self, applied: Application, premises: tuple[Premise, ...]) -> set[ox.Triple]:
        """Return what the rule gives when it is run over these premises and nothing else."""
        alone = ox.Store()
        for one in premises:
            if isinstance(one, FactPremise):
                triple = triple_of(one.fact)
                graph = one.graph or ox.DefaultGraph()
                alone.add(ox.Quad(triple.subject, triple.predicate, triple.object, graph))
        triples = alone.query(bind(rule(applied.query.rule.name), self._setting(applied.graph)))
        assert isinstance(triples, ox.QueryTriples)
        return set(triples)

    def _setting(self, graph: NamedNode) -> Bindings:
        """Return what the VALUES lines of all rules stand for in a snapshot."""
        if graph not in self._settings:
            address = snapshots.read_address(graph.value)
            view: Bindings = {"party": party(self.union.store, address.party)} if address.party else {}
            self._settings[graph] = moment(address.day, address.reading) | {"snapshot": graph} | view
        return self._settings[graph]


def unified(pattern: Pattern, fact: Fact, given: Bindings) -> Bindings | None:
    """Return what is given and what the variables of a pattern stand for in a fact; None where it does not fit."""
    bound = dict(given)
    for node, value in zip(pattern, fact, strict=True):
        if isinstance(node, Variable):
            if not isinstance(value, NamedNode | ox.Literal) or bound.setdefault(node.value, value) != value:
                return None
        elif node != value:
            return None
    return bound


def instantiated(pattern: Pattern, row: Row) -> Fact | None:
    """Return the fact that a pattern is for a solution, or None where a variable is not bound."""
    subject, predicate, value = (
        row.get(node.value) if isinstance(node, Variable) else node for node in pattern
    )
    if subject is None or value is None or not isinstance(predicate, NamedNode):
        return None
    return subject, predicate, value


def _bind(where: str, terms: Bindings) -> str:
    """Put terms in the place of the examples in VALUES lines, leaving out the variables that stand for nothing."""

    def replaced(line: re.Match[str]) -> str:
        variables = [name.removeprefix("?") for name in line["names"].split()]
        if not set(variables) <= terms.keys():
            return line[0]
        bound = {name: term for name in variables if (term := terms[name]) is not None}
        return (
            f"VALUES ({' '.join(f'?{name}' for name in bound)}) {{ ({' '.join(map(str, bound.values()))}) }}"
        )

    return _VALUES.sub(replaced, where)


def _inline(expression: str, row: Row) -> str:
    """Return a VALUES line with what the variables of an expression stand for."""
    used = [name for name in dict.fromkeys(_VARIABLE.findall(expression)) if name in row]
    used = [name for name in used if not isinstance(row[name], ox.BlankNode)]
    return f"VALUES ({' '.join(f'?{name}' for name in used)}) {{ ({' '.join(str(row[name]) for name in used)}) }}"
