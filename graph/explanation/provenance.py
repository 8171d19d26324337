"""The provenance of the triples of periods and snapshots: the rules that derive them, with their premises.

A period names the acts that opened and closed it, so its derivation can be traced back. A test checks that the
derivation of periods, given only the premises of a triple, derives that triple.

Each rule of snapshots and perspectives in ``queries/rules/`` has a provenance query of the same name in
``queries/provenance/``. It takes the variables of the rule's conclusion in a VALUES line, and constructs the premises
of one way in which the rule derives it. A comment above a FILTER describes the condition or absence that the FILTER
requires. The premises it proposes count only if the rule, run over them alone, derives the conclusion.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Variable

from comity.closure.axioms import Fact, Term, triple_of
from comity.closure.union import Union
from comity.explanation.proofs import Condition, FactPremise, NegatedPremise, Premise, RuleRef
from comity.iris import CO, SKOS, TYPE, status, term
from comity.schema import Bindings, bind, day_bindings, rule, rules
from comity.snapshots import graphs as snapshots
from comity.snapshots.perspectives import party

#: A rule with the premises from which a fact follows by it.
Way = tuple[RuleRef, tuple[Premise, ...]]

#: The rules that derive periods (:mod:`comity.periods.sweep`); ``docs/semantics.md`` gives their legal sources.
OPENING = RuleRef("period-opening", "An act that opens a period does so unless one is open already")
CARRYING = RuleRef(
    "period-continuity",
    "A state that continues another, or keeps its relations, carries on its periods of that day",
)
CLOSING = RuleRef("period-ending", "A period ends by the first act that closes it")
POLITY_END = RuleRef("period-polity-end", "The end of a polity or government closes its periods")
RIVAL = RuleRef(
    "period-rival",
    "A party that turns to a rival government, or breaks with one of two rivals, no longer recognises the other",
)
RESUMPTION = RuleRef(
    "period-resumption", "A recognition after a withdrawal or a freeze resumes an earlier one"
)
REVERSAL = RuleRef("period-reversal", "A withdrawal reverses the recognition that opened the period it ends")
REFUSAL = RuleRef(
    "period-refusal", "A claim is a refusal if its status excludes a state or a sovereign state"
)
CONTRADICTION = RuleRef(
    "period-contradiction",
    "A recognition is contradicted by a simultaneous refusing claim of the recogniser",
)

_ACT = ("actor", "object", "edtf", "earliest", "latest", "capacity", "inPlaceOf")
_SUCCESSION = (
    *("successor", "predecessor", "successionKind", "carriesRelations", "carriesRecognitions"),
    *("edtf", "earliest", "latest"),
)
_CLAIM = ("claimant", "about", "status", "startEarliest", "startLatest", "endEarliest", "endLatest")
_POLITY = ("ended", "endedEarliest", "endedLatest")
_GOVERNMENT = ("governmentOf", "until", "endEarliest", "endLatest")
_ROLES = ("recogniser", "recognisedParty", "recognisedGovernment", "firstParty", "secondParty")
_CLASSES = frozenset(
    term(name + "Period")
    for name in (
        *("Recognition", "GovernmentRecognition", "LimitedRecognition", "Freeze"),
        *("Relations", "BrokenRelations", "SuspendedRelations"),
    )
)
_REFUSAL = term("Refusal")
_BROADER, _INCOMPATIBLE = NamedNode(SKOS + "broader"), term("incompatibleWith")
_STATEHOOD = {status("state"), status("sovereign-state")}


class PeriodProvenance:
    """Looks up the premises of period triples in the union of a store."""

    def __init__(self, union: Union) -> None:
        self.union = union
        self._begun: dict[Term, list[Way]] = {}

    def ways(self, fact: Fact) -> Iterator[Way]:
        """Yield each way in which a fact of a period follows: the rule and its premises."""
        subject, predicate, value = fact
        name = predicate.value.removeprefix(CO)
        if predicate == TYPE and value == _REFUSAL:
            yield from self._refuses(subject)
        elif predicate == TYPE:
            yield from self._begins(subject) if value in _CLASSES else self._resumes(subject)
        elif name == "reverses":
            yield from self._reverses(subject, value)
        elif name == "contradictedBy":
            yield from self._contradictions(subject, value)
        elif reading := _READINGS.get(name):
            yield from reading(self, subject)

    def _begins(self, period: Term) -> Iterator[Way]:
        if period not in self._begun:
            self._begun[period] = list(self._beginnings(period))
        return iter(self._begun[period])

    def _beginnings(self, period: Term) -> Iterator[Way]:
        governs = self._governs(period)
        for act in self._values(period, "beganBy"):
            premises = (*self._assertions(act, _ACT), *governs)
            yield OPENING, (*premises, NegatedPremise("no earlier period of this kind was still open"))
        for succession in self._values(period, "beganByContinuity"):
            for before in self._values(period, "continuesPeriod"):
                carried = [FactPremise(fact) for name in _ROLES for fact in self._facts(before, name)]
                carried += [FactPremise(fact) for fact in self._facts(before, "type") if fact[2] in _CLASSES]
                carried += [FactPremise(fact) for fact in self._facts(before, "capacity")]
                yield CARRYING, (*self._assertions(succession, _SUCCESSION), *carried, *governs)

    def _ends(self, period: Term) -> Iterator[Way]:
        began = [
            FactPremise(f) for name in ("beganBy", "beganByContinuity") for f in self._facts(period, name)
        ]
        began += self._governs(period)
        first = NegatedPremise("nothing closed this period earlier")
        for act in self._values(period, "endedBy"):
            rivalry = self._rivalry(period, act)
            yield RIVAL if rivalry else CLOSING, (*began, *self._assertions(act, _ACT), *rivalry, first)
        for ended in self._values(period, "endedByEndOf"):
            yield POLITY_END, (*began, *self._assertions(ended, (*_POLITY, *_GOVERNMENT)), first)

    def _governs(self, period: Term) -> list[FactPremise]:
        """Return the polity of the recognised government of a period."""
        governments = self._values(period, "recognisedGovernment")
        return [FactPremise(fact) for one in governments for fact in self._facts(one, "governmentOf")]

    def _contradictions(self, period: Term, claim: Term) -> Iterator[Way]:
        """Yield the bounds of the period, and the refusing claim."""
        bounds = [*self._begins(period)][:1] + [*self._ends(period)][:1]
        bounding = dict.fromkeys(premise for _, premises in bounds for premise in premises)
        yield (
            CONTRADICTION,
            (*bounding, FactPremise((claim, TYPE, _REFUSAL)), *self._assertions(claim, _CLAIM)),
        )

    def _refuses(self, claim: Term) -> Iterator[Way]:
        """Yield the status of a claim, and why it excludes a state."""
        for held in self._values(claim, "status"):
            if exclusion := next(self._exclusions(held), None):
                yield REFUSAL, (*self._assertions(claim, _CLAIM), *exclusion)

    def _exclusions(self, held: Term) -> Iterator[list[Premise]]:
        """Yield the paths in the scheme from a status, through broader ones, to one that excludes a state."""
        seen = {held}
        paths: list[tuple[Term, list[Premise]]] = [(held, [])]
        for concept, path in paths:
            for fact in (
                *self.union.match(concept, _INCOMPATIBLE, None),
                *self.union.match(None, _INCOMPATIBLE, concept),
            ):
                if _STATEHOOD & {fact[0], fact[2]} and self.union.asserted(fact):
                    yield [*path, FactPremise(fact)]
            for fact in self.union.match(concept, _BROADER, None):
                if fact[2] not in seen and self.union.asserted(fact):
                    seen.add(fact[2])
                    paths.append((fact[2], [*path, FactPremise(fact)]))

    def _rivalry(self, period: Term, act: Term) -> list[Premise]:
        """Return the rivalry by which an act of one side ends a period with the other, if any."""
        sides = [side for name in _ROLES for side in self._values(period, name)]
        involved = [party for name in ("actor", "object") for party in self._values(act, name)]
        broken = term("SeveranceOfRelations") in self._values(act, "type")
        recognised = self._values(period, "recognisedParty")
        rivalries = [
            FactPremise(fact)
            for side in sides
            for fact in self._facts(side, "rivalGovernmentOf")
            if (fact[2] in involved and fact[0] not in involved) or (broken and fact[0] in recognised)
        ]
        return [premise for premise in rivalries if self.union.asserted(premise.fact)] or list(rivalries)

    def _resumes(self, act: Term) -> Iterator[Way]:
        """Return the latest withdrawal or freeze before a recognition."""
        earlier = []
        (earliest,), (latest,) = self._days(act, "earliest"), self._days(act, "latest")
        for fact in self._rejections(act):
            days = self._days(fact[0], "latest") + self._days(fact[0], "earliest")
            if days[0] < latest and days[1] < earliest:
                earlier.append((days, fact[0]))
        if earlier:
            _, rejection = max(earlier, key=lambda pair: (pair[0], str(pair[1])))
            yield RESUMPTION, (*self._assertions(act, _ACT), *self._assertions(rejection, _ACT))

    def _rejections(self, act: Term) -> Iterator[Fact]:
        actors, objects = set(self._values(act, "actor")), set(self._values(act, "object"))
        for actor in actors:
            for fact in self.union.match(None, term("actor"), actor):
                kinds = {kind for _, _, kind in self._facts(fact[0], "type")}
                if kinds & _REJECTING and objects & set(self._values(fact[0], "object")):
                    yield fact

    def _reverses(self, withdrawal: Term, recognition: Term) -> Iterator[Way]:
        for period, _, _ in self.union.match(None, term("endedBy"), withdrawal):
            for began in self._facts(period, "beganBy"):
                if began[2] == recognition:
                    ended = (period, term("endedBy"), withdrawal)
                    kinds = [
                        FactPremise(fact)
                        for fact in self._facts(withdrawal, "type")
                        if self.union.asserted(fact)
                    ]
                    yield REVERSAL, (FactPremise(began), FactPremise(ended), *kinds)

    def _assertions(self, node: Term, names: tuple[str, ...]) -> list[Premise]:
        """Return the asserted facts about an entity: its classes and these properties."""
        kinds = [fact for fact in self._facts(node, "type") if self.union.asserted(fact)]
        if set(_POLITY) <= set(names):
            kinds = []
        return [
            FactPremise(fact) for fact in (*kinds, *(f for name in names for f in self._facts(node, name)))
        ]

    def _facts(self, node: Term, name: str) -> list[Fact]:
        return list(self.union.match(node, TYPE if name == "type" else term(name), None))

    def _values(self, node: Term, name: str) -> list[Term]:
        return [fact[2] for fact in self._facts(node, name)]

    def _days(self, node: Term, name: str) -> list[str]:
        return [value.value for value in self._values(node, name) if isinstance(value, Literal)]


_REJECTING = {term("WithdrawalOfRecognition"), term("FreezeOfRecognition")}
_READINGS: dict[str, Callable[[PeriodProvenance, Term], Iterator[Way]]] = {
    **dict.fromkeys((*_ROLES, "basis", "capacity", "beganBy", "beganByContinuity"), PeriodProvenance._begins),
    **dict.fromkeys(("continuesPeriod", "startEarliest", "startLatest"), PeriodProvenance._begins),
    **dict.fromkeys(
        ("endedBy", "endedByEndOf", "endReason", "endEarliest", "endLatest"), PeriodProvenance._ends
    ),
}


Pattern = tuple[Term | Variable, Term | Variable, Term | Variable]
Row = dict[str, Term]
#: The properties that are stated only as of a day.
ONLY_AS_OF = frozenset(map(term, snapshots.PARTS))
_CONSTRUCT = re.compile(
    r"^CONSTRUCT\s*\{(?P<template>.*?)\}\s*WHERE\s*(?P<where>\{.*)", re.DOTALL | re.MULTILINE
)
_CHECK = re.compile(r"^ *# (?P<note>.+)\n *(?P<filter>FILTER (?P<negated>NOT EXISTS )?.+)$", re.MULTILINE)
_VARIABLE = re.compile(r"[?$](\w+)")
_STAND_IN = "urn:variable:"


@dataclass(frozen=True)
class Check:
    """A FILTER of a provenance query, with its comment."""

    note: str
    filter: str
    negated: bool

    def premise(self, row: Row) -> Condition:
        """Return the check as a premise met by a solution."""
        kind = NegatedPremise if self.negated else Condition
        return kind(
            self.note, tuple((name, row[name]) for name in _VARIABLE.findall(self.note) if name in row)
        )


@dataclass(frozen=True)
class ProvenanceQuery:
    """A provenance query, parsed as far as necessary: templates as patterns, the rest as text."""

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
    """A rule that may derive a fact: its provenance query, and the values of the rule's variables."""

    query: ProvenanceQuery
    terms: Bindings
    graph: NamedNode


class RuleProvenance:
    """Looks up, in the union of a store, the rules and premises from which the triples of snapshots follow."""

    def __init__(self, union: Union) -> None:
        self.union = union
        self._settings: dict[NamedNode, Bindings] = {}

    def ways(self, fact: Fact, graph: NamedNode) -> Iterator[Way]:
        """Yield one way in which a fact of a snapshot follows by each rule that derives it.

        :raises SnapshotError: if the graph is not a valid snapshot.
        """
        for applied in self.applications(fact, graph):
            premises = self.premises(applied)
            if premises and triple_of(fact) in self.conclusions(applied, premises):
                yield applied.query.rule, premises

    def applications(self, fact: Fact, graph: NamedNode, any_value: bool = False) -> Iterator[Application]:
        """Yield the rules that may derive a fact of a snapshot.

        :param any_value: whether the fact's object is left open.
        :raises SnapshotError: if the graph is not a valid snapshot.
        """
        setting = self._setting(graph)
        for name in (*rules("snapshot-"), *(rules("perspective-") if setting.get("party") else ())):
            if (
                name == "snapshot-catalogue"
                and setting.get("party")
                and fact[1] == TYPE
                and fact[2] in snapshots.CLASSIFICATION
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
        """Return the premises from a provenance query: facts, conditions that are met, and absences."""
        rows = self.rows(applied)
        facts = [premise for row in rows for premise in self.facts(applied, row)]
        conditions = [check.premise(row) for row in rows for check in applied.query.checks]
        return tuple(dict.fromkeys([*facts, *conditions]))

    def rows(self, applied: Application, checked: bool = True) -> list[Row]:
        """Return the solutions of a provenance query; if not ``checked``, even those that fail its named checks."""
        where = applied.query.where if checked else _CHECK.sub("", applied.query.where)
        bound = {name: value for name, value in applied.terms.items() if value is not None}
        return [
            bound | row for row in self.select(applied.query, bind(where, applied.terms, undefined=False))
        ]

    def select(self, query: ProvenanceQuery, where: str) -> Iterator[Row]:
        """Yield the solutions of a pattern, or of a pattern with solution modifiers, in the prefixes of a query."""
        solutions = self.union.store.query(f"{query.prologue}SELECT * WHERE {where}")
        assert isinstance(solutions, ox.QuerySolutions)
        variables = solutions.variables
        for solution in solutions:
            yield {one.value: value for one in variables if (value := solution[one]) is not None}

    def facts(self, applied: Application, row: Row) -> Iterator[FactPremise]:
        """Yield the premises of a query as facts for a solution, without those of unmatched OPTIONALs."""
        for pattern in applied.query.premises:
            if (fact := instantiated(pattern, row)) is not None:
                yield FactPremise(fact, applied.graph if fact[1] in ONLY_AS_OF else None)

    def met(self, query: ProvenanceQuery, check: Check, row: Row) -> bool:
        """Return whether a check of a query holds for a solution."""
        return (
            next(self.select(query, f"{{ {_inline(check.filter, row)} {check.filter} }}"), None) is not None
        )

    def counter_evidence(self, query: ProvenanceQuery, check: Check, row: Row) -> tuple[Fact, ...]:
        """Return the existing facts that a negated check forbids for a solution."""
        pattern = check.filter.partition("{")[2].rpartition("}")[0]
        found = next(self.select(query, f"{{ {_inline(pattern, row)} {pattern} }}"), None)
        if found is None:
            return ()
        triples = re.sub(r"FILTER \(.*?\)(?= *(\.|$))", "", pattern)
        patterns = _template(f"{query.prologue}CONSTRUCT {{ {triples} }} WHERE {{}}")
        return tuple(fact for one in patterns if (fact := instantiated(one, row | found)))

    def conclusions(self, applied: Application, premises: tuple[Premise, ...]) -> set[ox.Triple]:
        """Return what the rule derives from these premises alone."""
        alone = ox.Store()
        for premise in premises:
            if isinstance(premise, FactPremise):
                triple = triple_of(premise.fact)
                graph = premise.graph or ox.DefaultGraph()
                alone.add(ox.Quad(triple.subject, triple.predicate, triple.object, graph))
        triples = alone.query(bind(rule(applied.query.rule.name), self._setting(applied.graph)))
        assert isinstance(triples, ox.QueryTriples)
        return set(triples)

    def _setting(self, graph: NamedNode) -> Bindings:
        """Return the values for the VALUES lines of all rules in a snapshot."""
        if graph not in self._settings:
            address = snapshots.read_address(graph.value)
            view: Bindings = {"party": party(self.union.store, address.party)} if address.party else {}
            self._settings[graph] = day_bindings(address.day, address.reading) | {"snapshot": graph} | view
        return self._settings[graph]


def unified(pattern: Pattern, fact: Fact, given: Bindings) -> Bindings | None:
    """Return the given values with those of a pattern's variables in a fact; None if it does not match."""
    bound = dict(given)
    for node, value in zip(pattern, fact, strict=True):
        if isinstance(node, Variable):
            if not isinstance(value, NamedNode | ox.Literal) or bound.setdefault(node.value, value) != value:
                return None
        elif node != value:
            return None
    return bound


def instantiated(pattern: Pattern, row: Row) -> Fact | None:
    """Return the fact of a pattern for a solution, or None if a variable is not bound."""
    subject, predicate, value = (
        row.get(node.value) if isinstance(node, Variable) else node for node in pattern
    )
    if subject is None or value is None or not isinstance(predicate, NamedNode):
        return None
    return subject, predicate, value


def _inline(expression: str, row: Row) -> str:
    """Return a VALUES line with the values of an expression's variables."""
    used = [name for name in dict.fromkeys(_VARIABLE.findall(expression)) if name in row]
    used = [name for name in used if not isinstance(row[name], ox.BlankNode)]
    return f"VALUES ({' '.join(f'?{name}' for name in used)}) {{ ({' '.join(str(row[name]) for name in used)}) }}"
