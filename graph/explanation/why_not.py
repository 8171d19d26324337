"""What is missing: for a triple that does not follow, the axiom or rule that comes nearest to giving it."""

from collections.abc import Callable, Iterator

from pyoxigraph import Literal, NamedNode, Variable

from comity.closure.axioms import TYPE, Atom, Fact
from comity.closure.program import Binding, Program, ground, ordered, unify
from comity.closure.union import Union
from comity.explanation.proofs import Proof
from comity.explanation.rule_provenance import (
    ONLY_AS_OF,
    Application,
    Row,
    RuleProvenance,
    instantiated,
)
from comity.explanation.verbalise import Verbaliser

Prove = Callable[[Fact, NamedNode | None], Proof | None]
_ENTAILS_NOTHING_NEW = ("inverse", "symmetry")
#: How many facts or solutions are tried where one might come near.
_TRIED = 50


class WhyNot:
    """Looks for what is missing for a triple to follow."""

    def __init__(
        self, union: Union, program: Program, rules: RuleProvenance, verbaliser: Verbaliser, prove: Prove
    ) -> None:
        """Look with these rules in this union; ``prove`` returns the proof of a fact, if it has one."""
        self.union, self.program, self.rules = union, program, rules
        self.verbaliser, self.prove = verbaliser, prove

    def refute(self, fact: Fact, graph: NamedNode | None) -> Proof:
        """Return the answer that a fact does not follow, with the nearest reason it might have had."""
        sentence = self.verbaliser.sentence(fact)
        if others := self._values_instead(fact, graph):
            return Proof(
                "not entailed", sentence, f"The graph gives instead: {', '.join(others)}.", fact, graph
            )
        if graph is None and fact[1] in ONLY_AS_OF:
            name = self.verbaliser.name(fact[1])
            reason = f"“{name}” is only stated as of a day: ask in a snapshot, as-of/YYYY-MM-DD."
            return Proof("not entailed", sentence, reason, fact)
        found = self._by_axioms(fact) if graph is None else self._by_rules(fact, graph)
        if found is None:
            reason = "No axiom or rule gives such a triple: somebody would have to assert it."
            return Proof("not entailed", sentence, reason, fact, graph)
        reason, premises = found
        return Proof("not entailed", sentence, reason, fact, graph, premises=premises)

    def _values_instead(self, fact: Fact, graph: NamedNode | None) -> list[str]:
        """Return the values that the property has, where another value was asked about."""
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
        return sorted(map(self.verbaliser.name, found))

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
        return f"It would follow thus: {self.verbaliser.axiom(rule)}.", tuple(proofs)

    def _partly(
        self, atoms: tuple[Atom, ...], binding: Binding
    ) -> tuple[list[Fact], list[tuple[Atom, Binding]]]:
        """Return the most facts that the atoms can be, and the atoms that then are none."""
        if not atoms:
            return [], []
        atom, rest = atoms[0], atoms[1:]
        met, missing = self._partly(rest, binding)
        best: tuple[list[Fact], list[tuple[Atom, Binding]]] = met, [(atom, binding), *missing]
        subject, value = ground(atom.subject, binding), ground(atom.object, binding)
        if subject is None and (value is None or atom.predicate == TYPE):
            return best  # whatever fits would have nothing to do with the triple asked about
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
        """Yield solutions of a provenance query without its checks: the proofs of what holds, and what is missing."""
        rows = self.rules.rows(applied, checked=False)[:_TRIED]
        for row in rows or [{name: term for name, term in applied.terms.items() if term is not None}]:
            met, missing = self._facts(applied, row)
            if rows:
                missing += self._unmet(applied, row)
            yield met, missing

    def _facts(self, applied: Application, row: Row) -> tuple[list[Proof], list[Proof]]:
        """Return the proofs of the premises of a query that are facts, and those patterns that no fact fits."""
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
        """Return the checks of a query that a solution fails, with the proofs of what stands against them."""
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
