"""Explanations: why a triple of the graph or of a snapshot holds, or what is missing for it to follow.

A triple entailed by an axiom is proved within as few levels as possible: a proof of a given height uses only proofs of
lower height, so that symmetric and inverse properties cannot support themselves. Triples of periods and snapshots have
their own provenance, and rest only on triples of a lower kind: snapshots on periods and claims, periods on acts and
earlier periods.
"""

from collections.abc import Callable, Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Store, Variable

from comity.closure.axioms import Atom, Fact, Rule, Term, compile_rules, fact_of
from comity.closure.program import Binding, Program, ground, ordered, unify
from comity.closure.union import Union
from comity.explanation.proofs import (
    Condition,
    Derivation,
    FactPremise,
    Kind,
    NegatedPremise,
    Premise,
    Proof,
    RuleRef,
    derivation,
)
from comity.explanation.provenance import (
    ONLY_AS_OF,
    Application,
    PeriodProvenance,
    Row,
    RuleProvenance,
    instantiated,
)
from comity.explanation.render import Verbaliser
from comity.iris import FACTS_PREFIX, ONTOLOGY, PERIODS, TYPE, is_asserted
from comity.snapshots import graphs as snapshots

#: How many of the entities that a rule counts are proved individually, unless all are requested.
WIDEST = 12
#: How many steps are cached for later explanations before all are discarded.
_REMEMBERED, _MOST_EXPLAINED = 50_000, 1000
#: More levels than any proof over the ontology needs; the property test checks every triple.
_TALLEST = 24


def explain(
    store: Store,
    subject: Term,
    predicate: NamedNode,
    value: Term,
    graph: NamedNode | None = None,
    widest: int | None = WIDEST,
) -> Proof:
    """Return the shortest proof of a triple, or what is missing for it to follow.

    :param graph: the snapshot that contains the triple; None for the graph as a whole.
    :param widest: how many premises of a step are proved if a rule counts many; None for all.
    :returns: a proof whose ``status`` is ``asserted``, ``entailed`` or ``not entailed``.
    :raises SnapshotError: if the graph is under ``as-of/`` and is not a valid snapshot.
    """
    return Explainer(store, widest).explain((subject, predicate, value), graph)


class AxiomProver:
    """Proves facts of the union of a store by axioms, down to asserted facts and facts about periods."""

    def __init__(self, union: Union, program: Program) -> None:
        """Search in this union with the rules of the program."""
        self.union, self.program = union, program
        self._proved: dict[Fact, Derivation] = {}
        self._failed: dict[Fact, int] = {}
        self._steps: dict[Fact, list[tuple[Rule, tuple[Fact, ...]]]] = {}

    def prove(self, goal: Fact) -> Derivation | None:
        """Return a proof of minimum height, and of the smallest size found at that height."""
        for height in range(_TALLEST):
            if found := self._within(goal, height):
                return found
            if height and not self._ways(goal):
                return None
        return None

    def _within(self, goal: Fact, height: int) -> Derivation | None:
        known = self._proved.get(goal)
        if known is not None:
            return known if known.height <= height else None
        if self._failed.get(goal, -1) >= height:
            return None
        found = self._leaf(goal) if height == 0 or goal not in self._failed else None
        if found is None and height:
            found = self._smallest(goal, height)
        if found is None:
            self._failed[goal] = height
        else:
            self._proved[goal] = found
        return found

    def _leaf(self, goal: Fact) -> Derivation | None:
        graphs = self.union.graphs(goal)
        for name in graphs:
            if is_asserted(name):
                return Derivation(goal, name)
        return Derivation(goal, PERIODS, size=2, open=True) if PERIODS in graphs else None

    def _smallest(self, goal: Fact, height: int) -> Derivation | None:
        best: Derivation | None = None
        for rule, facts in self._ways(goal):
            premises: list[Derivation] = []
            for fact in facts:
                if (premise := self._within(fact, height - 1)) is None:
                    break
                premises.append(premise)
            else:
                found = derivation(goal, None, rule, tuple(premises))
                if best is None or found.size < best.size:
                    best = found
                if best.size <= 1 + len(
                    facts
                ):  # no shorter one is left: the ways are ordered by number of premises
                    break
        return best

    def _ways(self, goal: Fact) -> list[tuple[Rule, tuple[Fact, ...]]]:
        """Return the ways in which a fact follows from others by one axiom."""
        if goal not in self._steps:
            self._steps[goal] = [way for way in self.program.steps(goal, self.union) if goal not in way[1]]
        return self._steps[goal]


class Explainer:
    """Explains the triples of a store, caching proofs for later explanations."""

    def __init__(self, store: Store, widest: int | None = WIDEST) -> None:
        """Create an explainer for a store, which is never written to; see :func:`explain` for ``widest``."""
        self.union, self.widest = Union(store), widest
        axioms = (fact_of(quad.triple) for quad in store.quads_for_pattern(None, None, None, ONTOLOGY))
        self.program = Program(compile_rules(axioms))
        self.verbaliser = Verbaliser(self.union)
        self._forget()

    def _forget(self) -> None:
        """Drop cached proofs, which would otherwise grow with every question and every day."""
        self.rules, self.periods = RuleProvenance(self.union), PeriodProvenance(self.union)
        self._explained = 0
        self._prover = AxiomProver(self.union, self.program)
        self._derived: dict[tuple[Fact, NamedNode | None], Derivation | None] = {}
        self._verbalised: dict[Derivation, Proof] = {}

    def explain(self, fact: Fact, graph: NamedNode | None = None) -> Proof:
        """Return the shortest proof of a fact, or what is missing for it to follow.

        :param graph: the snapshot that contains the fact; None for the graph as a whole.
        :raises SnapshotError: if the graph is under ``as-of/`` and is not a valid snapshot.
        """
        if self._explained > _MOST_EXPLAINED or len(self._verbalised) + len(self._derived) > _REMEMBERED:
            self._forget()
        self._explained += 1
        view = graph if graph is not None and snapshots.is_snapshot(graph.value) else None
        if proof := self._proof(fact, view):
            return proof
        return WhyNot(self.union, self.program, self.rules, self.verbaliser, self._proof).refute(fact, view)

    def _proof(self, fact: Fact, view: NamedNode | None) -> Proof | None:
        found = self._derive(fact, view)
        return self._verbalise(found) if found else None

    def _derive(self, fact: Fact, view: NamedNode | None) -> Derivation | None:
        if view is None:
            return self._close(self._prover.prove(fact))
        return self._by_provenance(fact, view, self.rules.ways(fact, view))

    def _close(self, found: Derivation | None) -> Derivation | None:
        """Return the derivation with each fact of a period replaced by its provenance."""
        if found is None or not isinstance(found.fact, tuple):
            return found
        if found.open:
            return self._by_provenance(found.fact, None, self.periods.ways(found.fact))
        if found.by is None:
            return found
        premises = [self._close(premise) for premise in found.premises]
        proved = tuple(premise for premise in premises if premise is not None)
        return derivation(found.fact, found.graph, found.by, proved) if len(proved) == len(premises) else None

    def _by_provenance(
        self, fact: Fact, view: NamedNode | None, ways: Iterable[tuple[RuleRef, tuple[Premise, ...]]]
    ) -> Derivation | None:
        """Return the smallest derivation of a fact by one of the ways in its provenance."""
        if (fact, view) not in self._derived:
            self._derived[fact, view] = None  # while it is being proved, it cannot prove itself
            found = list(self._derivations(fact, view, ways))
            self._derived[fact, view] = min(found, key=lambda one: one.size, default=None)
        return self._derived[fact, view]

    def _derivations(
        self, fact: Fact, view: NamedNode | None, ways: Iterable[tuple[RuleRef, tuple[Premise, ...]]]
    ) -> Iterator[Derivation]:
        for rule, premises in ways:
            wide = self.widest is not None and len(premises) > 2 * self.widest
            chosen = premises[: self.widest] if wide else premises
            proved = [self._premise(premise) for premise in chosen]
            known = tuple(one for one in proved if one is not None)
            if len(known) == len(chosen):
                yield derivation(fact, view, rule, known, len(premises) - len(chosen))

    def _premise(self, premise: Premise) -> Derivation | None:
        if isinstance(premise, FactPremise):
            return self._derive(premise.fact, premise.graph)
        return Derivation(premise)

    # words

    def _verbalise(self, found: Derivation) -> Proof:
        """Return a derivation in words; shared premises are put into words once."""
        if found not in self._verbalised:
            self._verbalised[found] = self._words(found)
        return self._verbalised[found]

    def _words(self, found: Derivation) -> Proof:
        if isinstance(found.fact, Condition):
            kind: Kind = "absence" if isinstance(found.fact, NegatedPremise) else "condition"
            return Proof(kind, self.verbaliser.condition(found.fact))
        sentence = self.verbaliser.sentence(found.fact) + _as_of(found.graph)
        premises = tuple(map(self._verbalise, found.premises))
        about = self.verbaliser.called(found.fact[0])
        if isinstance(found.by, Rule):
            reason, name, terms = self.verbaliser.axiom(found.by), found.by.kind, found.by.terms
            return Proof("axiom", sentence, reason, found.fact, None, name, terms, (), premises, about)
        if found.by is not None:
            graph, (title, name) = found.graph or PERIODS, (found.by.title, found.by.name)
            return Proof(
                "rule", sentence, title, found.fact, graph, name, (), (), premises, about, found.more
            )
        assert found.graph is not None
        table = found.graph.value.removeprefix(FACTS_PREFIX)
        where = "in the ontology" if found.graph == ONTOLOGY else f"in the table {table}"
        citations = self.verbaliser.citations(found.fact[0])
        return Proof("asserted", sentence, where, found.fact, found.graph, citations=citations, about=about)


def _as_of(graph: NamedNode | None) -> str:
    """Return the words that say which snapshot a sentence is about."""
    if graph is None or not snapshots.is_snapshot(graph.value):
        return ""
    address = snapshots.read_address(graph.value)
    certainty = "possibly, " if address.reading == "possible" else ""
    view = f", according to {address.party}" if address.party else ""
    return f" ({certainty}as of {address.day}{view})"


Prove = Callable[[Fact, NamedNode | None], Proof | None]
_ENTAILS_NOTHING_NEW = ("inverse", "symmetry")
#: How many facts or solutions are tried to find a near miss.
_TRIED = 50


class WhyNot:
    """Determines what is missing for a triple to follow."""

    def __init__(
        self, union: Union, program: Program, rules: RuleProvenance, verbaliser: Verbaliser, prove: Prove
    ) -> None:
        """Search this union with these rules; ``prove`` returns the proof of a fact, if there is one."""
        self.union, self.program, self.rules = union, program, rules
        self.verbaliser, self.prove = verbaliser, prove

    def refute(self, fact: Fact, graph: NamedNode | None) -> Proof:
        """Return the answer that a fact does not follow, with the closest way in which it could have."""
        sentence = self.verbaliser.sentence(fact)
        if others := self._values_instead(fact, graph):
            return Proof(
                "not entailed", sentence, f"The graph states instead: {', '.join(others)}.", fact, graph
            )
        if graph is None and fact[1] in ONLY_AS_OF:
            name = self.verbaliser.name(fact[1])
            reason = (
                f"“{name}” is stated only as of a day: name the graph of one, such as as-of/2022-07-14 "
                "(`--graph` at the command line, `graph=` over HTTP)."
            )
            return Proof("not entailed", sentence, reason, fact)
        found = self._by_axioms(fact) if graph is None else self._by_rules(fact, graph)
        if found is None:
            reason = "No axiom or rule derives such a triple: it would have to be asserted."
            return Proof("not entailed", sentence, reason, fact, graph)
        reason, premises = found
        return Proof("not entailed", sentence, reason, fact, graph, premises=premises)

    def _values_instead(self, fact: Fact, graph: NamedNode | None) -> list[str]:
        """Return the actual values of the property."""
        subject, predicate, value = fact
        if not isinstance(value, Literal):
            return []
        if graph is None:
            found = {other for _, _, other in self.union.match(subject, predicate, None)}
        else:
            found = {
                triple.object
                for applied in self.rules.applications(fact, graph, any_value=True)
                for triple in self.rules.conclusions(applied, self.rules.premises(applied))
                if (triple.subject, triple.predicate) == (subject, predicate)
            }
        return sorted(map(self.verbaliser.called, found))

    # axioms

    def _by_axioms(self, fact: Fact) -> tuple[str, tuple[Proof, ...]] | None:
        tries = []
        for rank, rule in enumerate(self.program.concluding(fact)):
            binding = unify(rule.head, fact)
            if binding is None or rule.kind in _ENTAILS_NOTHING_NEW:
                continue
            met, missing = self._partly(ordered(rule.body, rule.head), binding)
            tries.append(((not met, len(missing), rank), rule, met, missing))
        if not tries:
            return None
        _, rule, met, missing = min(tries, key=lambda one: one[0])
        proofs = [proof for fact in met if (proof := self.prove(fact, None))]
        for atom, binding in missing:
            terms = {name.value: value for name, value in binding.items()}
            pattern = (atom.subject, atom.predicate, atom.object)
            proofs.append(Proof("missing", self.verbaliser.pattern(pattern, terms)))
        return f"It would follow like this: {self.verbaliser.axiom(rule)}.", tuple(proofs)

    def _partly(
        self, atoms: tuple[Atom, ...], binding: Binding
    ) -> tuple[list[Fact], list[tuple[Atom, Binding]]]:
        """Return the largest set of atoms matched by facts, and the atoms that remain unmatched."""
        if not atoms:
            return [], []
        atom, rest = atoms[0], atoms[1:]
        met, missing = self._partly(rest, binding)
        best: tuple[list[Fact], list[tuple[Atom, Binding]]] = met, [(atom, binding), *missing]
        subject, value = ground(atom.subject, binding), ground(atom.object, binding)
        if subject is None and (value is None or atom.predicate == TYPE):
            return best  # any match would be unrelated to the triple in question
        for count, fact in enumerate(self.union.match(subject, atom.predicate, value)):
            extended = unify(atom, fact, binding)
            if extended is not None:
                met, missing = self._partly(rest, extended)
                if len(missing) < len(best[1]):
                    best = [fact, *met], missing
            if count > _TRIED:
                break
        return best

    # rules

    def _by_rules(self, fact: Fact, graph: NamedNode) -> tuple[str, tuple[Proof, ...]] | None:
        tries = []
        for rank, applied in enumerate(self.rules.applications(fact, graph)):
            if fact[1] not in {predicate for _, predicate, _ in applied.query.conclusions}:
                continue
            for met, missing in self._nearly(applied):
                nearness = (not met, len(missing), rank, [proof.sentence for proof in missing])
                tries.append((nearness, applied.query.rule.title, (*met, *missing)))
        if not tries:
            return None
        _, title, premises = min(tries, key=lambda one: one[0])
        return f"It would follow by the rule: {title}.", premises

    def _nearly(self, applied: Application) -> Iterator[tuple[list[Proof], list[Proof]]]:
        """Yield solutions of a provenance query without its checks: proofs of what holds, and what is missing."""
        rows = self.rules.rows(applied, checked=False)[:_TRIED]
        for row in rows or [{name: term for name, term in applied.terms.items() if term is not None}]:
            met, missing = self._facts(applied, row)
            if rows:
                missing += self._unmet(applied, row)
            yield met, missing

    def _facts(self, applied: Application, row: Row) -> tuple[list[Proof], list[Proof]]:
        """Return the proofs of the premises of a query that are facts, and the patterns without a match."""
        met, missing = [], []
        graphs = {one.fact: one.graph for one in self.rules.facts(applied, row)}
        for pattern in applied.query.premises:
            fact = instantiated(pattern, row)
            if fact is not None and (proof := self.prove(fact, graphs[fact])):
                met.append(proof)
            elif fact is not None or not self._fits(pattern, row):
                missing.append(Proof("missing", self.verbaliser.pattern(pattern, row)))
        return met, missing

    def _fits(self, pattern: tuple[object, ...], row: Row) -> bool:
        nodes = (row.get(node.value) if isinstance(node, Variable) else node for node in pattern)
        return next(self.union.match(*nodes), None) is not None  # type: ignore[arg-type]

    def _unmet(self, applied: Application, row: Row) -> list[Proof]:
        """Return the checks of a query that a solution fails, with the proofs of the facts that violate them."""
        missing = []
        for check in applied.query.checks:
            if self.rules.met(applied.query, check, row):
                continue
            against = self.rules.counter_evidence(applied.query, check, row) if check.negated else ()
            if against:
                sentence = "but there is: " + "; ".join(map(self.verbaliser.sentence, against))
            else:
                sentence = f"this does not hold: {self.verbaliser.condition(check.premise(row))}"
            premises = tuple(proof for one in against if (proof := self.prove(one, None)))
            missing.append(Proof("missing", sentence, premises=premises))
        return missing
