"""Forward chaining to the closure, a whole relation at a time, joining each fact once (semi-naive evaluation).

Terms are numbered and a fact is one integer, which takes a tenth of the memory of triples; only facts that rules read
or conclude are stored. A rule with one premise maps a set to a set; one with several joins the new facts of one premise
with the existing facts of the others.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Triple, Variable

from comity.closure.axioms import Atom, Node, Rule, Term, kept
from comity.closure.program import key, ordered
from comity.iris import TYPE

#: A fact is ``subject << _SHIFT | value``; a typing is the subject alone, stored under its class.
_SHIFT = 32
_VALUE = (1 << _SHIFT) - 1
Facts = set[int]
Bindings = dict[Variable, int]
Step = Callable[[Facts], Facts]


def saturate(rules: Iterable[Rule], stated: Iterable[Triple]) -> "Entailed":
    """Return the triples to keep that the rules entail from the stated ones, without the stated ones."""
    chainer = _Chainer(tuple(rules))
    chainer.state(stated)
    chainer.run()
    return chainer.entailed()


class Entailed(Set[Triple]):
    """Entailed triples, stored as numbers and created on access, since the objects would take ten times the memory."""

    def __init__(
        self, number: "_Numbers", typings: dict[NamedNode, Facts], links: dict[NamedNode, Facts]
    ) -> None:
        """Store typings by class, as numbers of their subjects, and other facts by predicate."""
        self._number, self._typings, self._links = number, typings, links

    def __len__(self) -> int:
        return sum(map(len, (*self._typings.values(), *self._links.values())))

    def __iter__(self) -> Iterator[Triple]:
        term = self._number.term
        for name, facts in self._typings.items():
            for fact in facts:
                yield Triple(term(fact), TYPE, name)  # type: ignore[arg-type]
        for name, facts in self._links.items():
            for fact in facts:
                yield Triple(term(fact >> _SHIFT), name, term(fact & _VALUE))  # type: ignore[arg-type]

    def __contains__(self, triple: object) -> bool:
        if not isinstance(triple, Triple):
            return False
        subject, predicate, value = triple
        one, other = self._number.known(subject), self._number.known(value)
        if one is None:
            return False
        if predicate == TYPE:
            return isinstance(value, NamedNode) and one in self._typings.get(value, ())
        return other is not None and one << _SHIFT | other in self._links.get(predicate, ())

    @classmethod
    def _from_iterable(cls, triples: Iterable[Triple]) -> frozenset[Triple]:  # type: ignore[override]
        """Return the result of an operation with another set."""
        return frozenset(triples)


class _Numbers:
    """Numbers for terms: odd ones for literals, which cannot be subjects."""

    def __init__(self) -> None:
        self._numbers: dict[Term, int] = {}
        self._terms: list[Term] = []

    def __getitem__(self, term: Term) -> int:
        number = self._numbers.get(term)
        if number is None:
            number = self._numbers[term] = len(self._terms) << 1 | isinstance(term, Literal)
            self._terms.append(term)
        return number

    def known(self, term: Term) -> int | None:
        return self._numbers.get(term)

    def term(self, number: int) -> Term:
        return self._terms[number >> 1]


class _Relation:
    """The pairs of a predicate, indexed for joins by subject and by value."""

    def __init__(self) -> None:
        self.values: defaultdict[int, list[int]] = defaultdict(list)
        self.subjects: defaultdict[int, list[int]] = defaultdict(list)

    def update(self, facts: Facts) -> None:
        for fact in facts:
            subject, value = fact >> _SHIFT, fact & _VALUE
            self.values[subject].append(value)
            self.subjects[value].append(subject)


class _Chainer:
    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._number = _Numbers()
        atoms = {atom for rule in rules for atom in (rule.head, *rule.body)}
        self._facts: dict[Node, Facts] = {key(atom): set() for atom in atoms}
        self._classes = {key(atom) for atom in atoms if atom.predicate == TYPE}
        self._new: defaultdict[Node, Facts] = defaultdict(set)
        self._agenda: dict[Node, Facts] = {}
        joined = {
            key(atom) for rule in rules if len(rule.body) > 1 for atom in rule.body if atom.predicate != TYPE
        }
        self._relations = {one: _Relation() for one in joined}
        self._triggered: defaultdict[Node, list[tuple[Node, Step]]] = defaultdict(list)
        for rule in rules:
            for place, atom in enumerate(rule.body):
                self._triggered[key(atom)].append((key(rule.head), self._step(rule, place)))

    def state(self, stated: Iterable[Triple]) -> None:
        """Load the stated triples, of which only those that a rule reads are indexed."""
        number, facts = self._number, self._facts
        for triple in stated:
            predicate = triple.predicate
            if predicate == TYPE:
                if (known := facts.get(triple.object)) is not None:
                    known.add(number[triple.subject])
            elif (known := facts.get(predicate)) is not None:
                known.add(number[triple.subject] << _SHIFT | number[triple.object])
        self._agenda = {name: set(known) for name, known in facts.items() if known}
        for name, relation in self._relations.items():
            relation.update(facts[name])

    def run(self) -> None:
        """Apply the rules until they entail nothing new."""
        while self._agenda:
            name, arrived = self._agenda.popitem()
            for head, step in self._triggered[name]:
                known = self._facts[head]
                if new := step(arrived) - known:
                    known |= new
                    self._new[head] |= new
                    self._agenda[head] = self._agenda.get(head, set()) | new
                    if head in self._relations:
                        self._relations[head].update(new)

    def entailed(self) -> Entailed:
        """Return the facts to keep that were not stated."""
        typings: dict[NamedNode, Facts] = {}
        links: dict[NamedNode, Facts] = {}
        for name, facts in self._new.items():
            assert isinstance(name, NamedNode)
            if name in self._classes:
                if kept((name, TYPE, name)):
                    typings[name] = facts
            elif kept((name, name, name)):
                links[name] = facts
        return Entailed(self._number, typings, links)

    def _step(self, rule: Rule, place: int) -> Step:
        """Return the function that applies a rule to new facts of one premise; the common shapes are fast."""
        atom, rest = rule.body[place], rule.body[:place] + rule.body[place + 1 :]
        if not rest:
            return self._mapped(atom, rule.head)
        if _is_chain(rule):
            return self._chained(rule, place)
        return self._joined(atom, ordered(rest, atom), rule.head)

    def _chained(self, rule: Rule, place: int) -> Step:
        """Return the step of a chain of two properties; its values may be literals, its subjects may not."""
        other = self._relations[key(rule.body[1 - place])]
        if place == 0:
            return lambda facts: {
                (fact >> _SHIFT) << _SHIFT | value
                for fact in facts
                for value in other.values.get(fact & _VALUE, ())
            }
        return lambda facts: {
            subject << _SHIFT | fact & _VALUE
            for fact in facts
            for subject in other.subjects.get(fact >> _SHIFT, ())
        }

    def _pattern(self, atom: Atom) -> "_Pattern":
        def numbered(node: Node) -> Variable | int:
            return node if isinstance(node, Variable) else self._number[node]

        return _Pattern(key(atom), atom.predicate == TYPE, numbered(atom.subject), numbered(atom.object))

    def _mapped(self, atom: Atom, head: Atom) -> Step:
        """Return the step of a rule with one premise, which maps a set of facts to another."""
        x, y = atom.subject, atom.object
        typing, concludes_typing = atom.predicate == TYPE, head.predicate == TYPE
        if not (isinstance(x, Variable) and (typing or isinstance(y, Variable)) and x != y):
            return self._joined(atom, (), head)
        if (typing and concludes_typing) or (head.subject, head.object) == (x, y):
            return lambda facts: facts
        if concludes_typing and head.subject == x:
            return lambda facts: {fact >> _SHIFT for fact in facts}
        if concludes_typing and head.subject == y:
            return lambda facts: {fact & _VALUE for fact in facts if not fact & 1}
        if (head.subject, head.object) == (y, x):
            return lambda facts: {
                (fact & _VALUE) << _SHIFT | fact >> _SHIFT for fact in facts if not fact & 1
            }
        return self._joined(atom, (), head)

    def _joined(self, atom: Atom, rest: tuple[Atom, ...], head: Atom) -> Step:
        """Return the step of any rule: facts of one premise are joined with the others one by one."""
        first, others, concluded = (
            self._pattern(atom),
            [self._pattern(one) for one in rest],
            self._pattern(head),
        )

        def step(facts: Facts) -> Facts:
            found = set()
            for fact in facts:
                if (bindings := first.bound(fact, {})) is not None:
                    for solution in self._solutions(others, bindings):
                        subject = concluded.subject_in(solution)
                        assert subject is not None
                        if not subject & 1:
                            found.add(concluded.fact(subject, concluded.value_in(solution)))
            return found

        return step

    def _solutions(self, patterns: list["_Pattern"], bindings: Bindings) -> Iterator[Bindings]:
        """Yield every extension of some bindings under which all patterns are facts."""
        if not patterns:
            yield bindings
            return
        pattern, rest = patterns[0], patterns[1:]
        for fact in self._matching(pattern, bindings):
            if (extended := pattern.bound(fact, bindings)) is not None:
                yield from self._solutions(rest, extended)

    def _matching(self, pattern: "_Pattern", bindings: Bindings) -> Iterable[int]:
        facts = self._facts[pattern.name]
        subject, value = pattern.subject_in(bindings), pattern.value_in(bindings)
        if subject is not None and (pattern.typing or value is not None):
            fact = pattern.fact(subject, value)
            return (fact,) if fact in facts else ()
        relation = self._relations.get(pattern.name)
        if relation is not None and subject is not None:
            return [subject << _SHIFT | one for one in relation.values.get(subject, ())]
        if relation is not None and value is not None:
            return [one << _SHIFT | value for one in relation.subjects.get(value, ())]
        return facts


@dataclass(frozen=True)
class _Pattern:
    """An atom of a rule, with its constants as numbers."""

    name: Node
    typing: bool
    subject: Variable | int
    value: Variable | int

    def subject_in(self, bindings: Bindings) -> int | None:
        return self.subject if isinstance(self.subject, int) else bindings.get(self.subject)

    def value_in(self, bindings: Bindings) -> int | None:
        return self.value if isinstance(self.value, int) else bindings.get(self.value)

    def fact(self, subject: int, value: int | None) -> int:
        return subject if self.typing or value is None else subject << _SHIFT | value

    def bound(self, fact: int, bindings: Bindings) -> Bindings | None:
        """Return the extended bindings under which the atom is a fact, or None."""
        result = dict(bindings)
        parts = (
            ((self.subject, fact),)
            if self.typing
            else ((self.subject, fact >> _SHIFT), (self.value, fact & _VALUE))
        )
        for node, number in parts:
            if (result.setdefault(node, number) if isinstance(node, Variable) else node) != number:
                return None
        return result


def _is_chain(rule: Rule) -> bool:
    if len(rule.body) != 2 or any(atom.predicate == TYPE for atom in (rule.head, *rule.body)):
        return False
    first, second = rule.body
    nodes = (first.subject, first.object, second.object)
    linked = first.object == second.subject and (rule.head.subject, rule.head.object) == (nodes[0], nodes[2])
    return linked and len(set(nodes)) == 3 and all(isinstance(node, Variable) for node in nodes)
