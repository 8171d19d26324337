"""What is missing: for a triple that does not follow, the axiom or rule that comes nearest to giving it."""

from collections.abc import Callable, Iterator, Sequence

from pyoxigraph import Literal, NamedNode

from comity.closure.axioms import TYPE, Atom, Fact
from comity.closure.program import Program, ground, ordered, unify
from comity.closure.union import Union
from comity.explanation.derivation import Derivations
from comity.explanation.expressions import Binding
from comity.explanation.matching import Condition, Given, Matcher
from comity.explanation.patterns import Bind, Element, Exists, Filter, Group, InGraph, Pattern, Values
from comity.explanation.proofs import Proof
from comity.explanation.wording import Wording
from comity.iris import term
from comity.snapshots import graphs as snapshots

Told = Callable[[Fact, NamedNode | None], Proof | None]
_ONLY_AS_OF = frozenset(map(term, snapshots.PARTS))
_ENTAILS_NOTHING_NEW = ("inverse", "symmetry")


class Nearness:
    """Looks for what is missing."""

    def __init__(self, union: Union, program: Program, derivations: Derivations, wording: Wording) -> None:
        """Look with these rules in this union."""
        self.union, self.program, self.derivations, self.wording = union, program, derivations, wording

    def refute(self, fact: Fact, graph: NamedNode | None, told: Told) -> Proof:
        """Give the answer that a fact does not follow, with the nearest reason it might have had."""
        sentence = self.wording.sentence(fact)
        if others := self._values_instead(fact, graph):
            reason = f"The graph gives instead: {', '.join(others)}."
            return Proof("not entailed", sentence, reason, fact, graph)
        if graph is None and fact[1] in _ONLY_AS_OF:
            reason = f"“{self.wording.name(fact[1])}” is only stated as of a day: ask in a snapshot, as-of/YYYY-MM-DD."
            return Proof("not entailed", sentence, reason, fact)
        found = self._by_axioms(fact, told) if graph is None else self._by_rules(fact, graph, told)
        if found is None:
            reason = "No axiom or rule gives such a triple: somebody would have to assert it."
            return Proof("not entailed", sentence, reason, fact, graph)
        reason, premises = found
        return Proof("not entailed", sentence, reason, fact, graph, premises=premises)

    def _values_instead(self, fact: Fact, graph: NamedNode | None) -> list[str]:
        """Give the values that the property has, where another value was asked about."""
        subject, predicate, value = fact
        if not isinstance(value, Literal):
            return []
        lookup = self.derivations.lookup
        found = (
            self.union.match(subject, predicate, None)
            if graph is None
            else lookup(subject, predicate, None, graph)
        )
        return sorted({self.wording.name(other) for _, _, other in found})

    # axioms

    def _by_axioms(self, fact: Fact, told: Told) -> tuple[str, tuple[Proof, ...]] | None:
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
        proofs = [proof for fact in met if (proof := told(fact, None))]
        proofs += [Proof("missing", self._pattern(atom, binding)) for atom, binding in missing]
        return f"It would follow thus: {self.wording.axiom(rule)}.", tuple(proofs)

    def _partly(
        self, atoms: tuple[Atom, ...], binding: Binding
    ) -> tuple[list[Fact], list[tuple[Atom, Binding]]]:
        """Give the most facts that the atoms can be, and the atoms that then are none."""
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
            if count > 50:
                break
        return best

    def _pattern(self, atom: Atom | Pattern, binding: Binding) -> str:
        pattern = atom if isinstance(atom, Pattern) else Pattern(atom.subject, atom.predicate, atom.object)
        return self.wording.pattern(pattern, {name.value: value for name, value in binding.items()})

    # rules

    def _by_rules(self, fact: Fact, graph: NamedNode, told: Told) -> tuple[str, tuple[Proof, ...]] | None:
        tries = []
        for rank, (matcher, binding) in enumerate(self.derivations.candidates(fact, graph)):
            if fact[1] not in {pattern.predicate for pattern in matcher.rule.template}:
                continue
            for met, missing in self._nearly(matcher, binding):
                proofs = [proof for given in met if (proof := told(given.fact, given.graph))]
                told_missing = [proof.sentence for proof in missing]
                nearness = (not met, len(missing), rank, told_missing)
                tries.append((nearness, matcher.rule.title, (*proofs, *missing)))
        if not tries:
            return None
        _, title, premises = min(tries, key=lambda one: one[0])
        return f"It would follow by the rule: {title}.", premises

    def _nearly(self, matcher: Matcher, binding: Binding) -> Iterator[tuple[list[Given], list[Proof]]]:
        """Give solutions of the rule without its conditions, and which of these are not met."""
        elements = matcher.rule.where.elements
        strict = [element for element in elements if isinstance(element, Filter | Exists)]
        loose = Group(tuple(element for element in elements if element not in strict))
        found = False
        for count, (solution, premises) in enumerate(matcher.solve(loose, binding)):
            found = True
            given = [premise for premise in premises if isinstance(premise, Given)]
            yield given, list(self._unmet(matcher, strict, solution))
            if count > 20:
                break
        if not found:
            yield [], list(self._unmatched(matcher, loose, binding))

    def _unmet(self, matcher: Matcher, strict: Sequence[Element], solution: Binding) -> Iterator[Proof]:
        for element in strict:
            if next(matcher.solve(Group((element,)), solution), None) is not None:
                continue
            terms = tuple((name.value, value) for name, value in solution.items())
            if isinstance(element, Filter):
                condition = self.wording.condition(Condition(element.expression, terms))
                yield Proof("missing", f"this does not hold: {condition}")
            elif isinstance(element, Exists):
                there = next(matcher.solve(element.group, solution), (solution, ()))[1]
                facts = [self.wording.sentence(one.fact) for one in there if isinstance(one, Given)]
                yield Proof("missing", "but there is: " + "; ".join(facts))

    def _unmatched(self, matcher: Matcher, loose: Group, binding: Binding) -> Iterator[Proof]:
        """Give the patterns that nothing fits, taken one by one."""
        others = tuple(element for element in loose.elements if isinstance(element, Values | Bind))
        known = next(matcher.solve(Group(others), binding), (binding, ()))[0]
        for element in loose.elements:
            if next(matcher.solve(Group((element,)), known), None) is None:
                inner = element.group.elements if isinstance(element, InGraph) else (element,)
                for pattern in (one for one in inner if isinstance(one, Pattern)):
                    yield Proof("missing", self._pattern(pattern, known))
