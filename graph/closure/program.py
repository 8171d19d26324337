"""The compiled rules, indexed for one fact at a time: what it entails, and how it follows.

A revision of the closure runs them forwards from added and removed facts, an explanation backwards from the fact to
be explained; :mod:`.saturation` computes a whole closure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Protocol

from pyoxigraph import Literal, NamedNode, Variable

from comity.closure.axioms import Atom, Fact, Node, Rule, Term
from comity.iris import TYPE

Binding = dict[Variable, Term]
#: The kinds of axioms; those that make the simplest explanations come first.
_BY_SIMPLICITY = (
    *("subclass", "subproperty", "definition", "chain", "symmetry", "inverse", "transitivity"),
    *("domain", "range"),
)
Step = tuple[Rule, tuple[Fact, ...]]


class Facts(Protocol):
    """Facts indexed by every position."""

    def match(self, subject: Term | None, predicate: NamedNode, value: Term | None) -> Iterable[Fact]:
        """Return the matching facts; None matches anything."""


class Program:
    """Rules indexed by the facts that trigger them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._direct: defaultdict[Node, list[tuple[int, NamedNode, int, Term]]] = defaultdict(list)
        self._joined: defaultdict[Node, list[tuple[Atom, tuple[Atom, ...], Atom]]] = defaultdict(list)
        self._concluding: defaultdict[Node, list[Rule]] = defaultdict(list)
        for rule in sorted(self.rules, key=lambda rule: (len(rule.body), _BY_SIMPLICITY.index(rule.kind))):
            self._concluding[key(rule.head)].append(rule)
        for rule in self.rules:
            if len(rule.body) == 1:
                self._direct[key(rule.body[0])].append(_picks(rule))
            for position, atom in enumerate(rule.body if len(rule.body) > 1 else ()):
                rest = ordered(rule.body[:position] + rule.body[position + 1 :], atom)
                self._joined[key(atom)].append((atom, rest, rule.head))

    def consequences(self, fact: Fact, facts: Facts) -> Iterator[Fact]:
        """Return what the fact entails in one step, together with other facts if a rule needs several."""
        trigger = fact[2] if fact[1] == TYPE else fact[1]
        for subject, predicate, value, constant in self._direct.get(trigger, ()):
            terms = (*fact, constant)
            if not isinstance(terms[subject], Literal):  # RDF has no literals as subjects
                yield (terms[subject], predicate, terms[value])
        for atom, rest, head in self._joined.get(trigger, ()):
            if (binding := unify(atom, fact)) is not None:
                for solution in solutions(rest, binding, facts):
                    entailed = instantiate(head, solution)
                    if not isinstance(entailed[0], Literal):
                        yield entailed

    def steps(self, fact: Fact, facts: Facts) -> Iterator[Step]:
        """Return each way in which the fact follows in one step: the rule and its premises."""
        for rule in self.concluding(fact):
            if (binding := unify(rule.head, fact)) is not None:
                for solution in solutions(ordered(rule.body, rule.head), binding, facts):
                    yield rule, tuple(instantiate(atom, solution) for atom in rule.body)

    def concluding(self, fact: Fact) -> list[Rule]:
        """Return the rules whose head may be the fact, those for the simplest explanations first."""
        return self._concluding.get(fact[2] if fact[1] == TYPE else fact[1], [])


def key(atom: Atom) -> Node:
    """Return the index key of the facts that may match an atom: the class for a typing, else the predicate."""
    return atom.object if atom.predicate == TYPE else atom.predicate


def ordered(atoms: tuple[Atom, ...], after: Atom) -> tuple[Atom, ...]:
    """Return the atoms ordered so that, if possible, each shares a variable with those before it."""
    bound, remaining, result = {after.subject, after.object}, list(atoms), []
    while remaining:
        remaining.sort(key=lambda atom: -((atom.subject in bound) + (atom.object in bound)))
        result.append(remaining.pop(0))
        bound |= {result[-1].subject, result[-1].object}
    return tuple(result)


def unify(atom: Atom, fact: Fact, binding: Binding | None = None) -> Binding | None:
    """Return the binding, extended such that the atom equals the fact; None if there is no such binding."""
    result = dict(binding or {})
    for node, term in ((atom.subject, fact[0]), (atom.object, fact[2])):
        if (result.setdefault(node, term) if isinstance(node, Variable) else node) != term:
            return None
    return result


def ground(node: Node, binding: Binding) -> Term | None:
    """Return the term of the node under the binding, None for an unbound variable."""
    return binding.get(node) if isinstance(node, Variable) else node


def instantiate(atom: Atom, binding: Binding) -> Fact:
    """Return the fact of the atom under a binding of all its variables."""
    subject, value = atom.subject, atom.object
    return (
        binding[subject] if isinstance(subject, Variable) else subject,
        atom.predicate,
        binding[value] if isinstance(value, Variable) else value,
    )


def solutions(atoms: tuple[Atom, ...], binding: Binding, facts: Facts) -> Iterator[Binding]:
    """Return every extension of the binding under which all atoms are facts."""
    if not atoms:
        yield binding
        return
    atom, rest = atoms[0], atoms[1:]
    for fact in facts.match(ground(atom.subject, binding), atom.predicate, ground(atom.object, binding)):
        if (extended := unify(atom, fact, binding)) is not None:
            yield from solutions(rest, extended, facts)


def _picks(rule: Rule) -> tuple[int, NamedNode, int, Term]:
    """Return the head of a rule with one premise: the positions of its terms in the fact, 3 being the constant."""
    (atom,), head = rule.body, rule.head
    positions: dict[Node, int] = {
        node: position
        for node, position in ((atom.object, 2), (atom.subject, 0))
        if isinstance(node, Variable)
    }
    constants = [node for node in (head.subject, head.object) if not isinstance(node, Variable)]
    constant = constants[0] if constants else TYPE
    return positions.get(head.subject, 3), head.predicate, positions.get(head.object, 3), constant
