"""The compiled rules as a program: facts that arrive trigger the rules they may complete.

A rule with one premise fires on its own; one with several is joined from the fact that arrived over the
facts already there. This is semi-naive evaluation: no join is ever repeated for facts that did not change.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Protocol

from pyoxigraph import Literal, NamedNode, Variable

from .axioms import TYPE, Atom, Fact, Rule, Term

Binding = dict[Variable, Term]


class Facts(Protocol):
    """Facts that can be looked up from any side."""

    def match(self, subject: Term | None, predicate: NamedNode, value: Term | None) -> Iterable[Fact]:
        """Give the facts that fit, where None fits anything."""


class Memory:
    """Facts in dictionaries, indexed from both sides for the predicates that joins need."""

    def __init__(self, joined: Iterable[NamedNode]) -> None:
        self.known: set[Fact] = set()
        self._forward: dict[NamedNode, dict[Term, list[Fact]]] = {p: {} for p in joined}
        self._backward: dict[NamedNode, dict[Term, list[Fact]]] = {p: {} for p in joined}

    def add(self, fact: Fact) -> None:
        """Add a fact that is not there yet."""
        self.known.add(fact)
        if (forward := self._forward.get(fact[1])) is not None:
            forward.setdefault(fact[0], []).append(fact)
            self._backward[fact[1]].setdefault(fact[2], []).append(fact)

    def match(self, subject: Term | None, predicate: NamedNode, value: Term | None) -> Iterable[Fact]:
        """Give the facts that fit, where None fits anything."""
        if subject is None:
            index = self._backward[predicate]
            return (
                [fact for facts in index.values() for fact in facts]
                if value is None
                else index.get(value, ())
            )
        if value is None:
            return self._forward[predicate].get(subject, ())
        fact = (subject, predicate, value)
        return (fact,) if fact in self.known else ()


class Program:
    """Rules indexed by what triggers them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._direct: defaultdict[NamedNode, list[tuple[object, object, object]]] = defaultdict(list)
        self._joined: defaultdict[NamedNode, list[tuple[Atom, tuple[Atom, ...], Atom]]] = defaultdict(list)
        for rule in self.rules:
            if len(rule.body) == 1:
                self._direct[key(rule.body[0])].append(_picks(rule))
            for place, atom in enumerate(rule.body if len(rule.body) > 1 else ()):
                rest = ordered(rule.body[:place] + rule.body[place + 1 :], atom)
                self._joined[key(atom)].append((atom, rest, rule.head))

    def memory(self) -> Memory:
        """Give an empty memory with the indexes that this program needs."""
        return Memory({atom.predicate for rule in self.rules if len(rule.body) > 1 for atom in rule.body})

    def saturate(self, memory: Memory, stated: Iterable[Fact]) -> list[Fact]:
        """Add the stated facts and all they entail to the memory; give those that were not stated."""
        agenda = list(dict.fromkeys(stated))
        for fact in agenda:
            memory.add(fact)
        given = len(agenda)
        known = memory.known
        for fact in agenda:
            for entailed in self.consequences(fact, memory):
                if entailed not in known and not isinstance(entailed[0], Literal):
                    memory.add(entailed)
                    agenda.append(entailed)
        return agenda[given:]

    def consequences(self, fact: Fact, facts: Facts) -> Iterator[Fact]:
        """Give what the fact entails in one step, together with other facts where a rule needs several."""
        trigger = fact[2] if fact[1] == TYPE else fact[1]
        for subject, predicate, value in self._direct.get(trigger, ()):
            yield (
                fact[subject] if type(subject) is int else subject,
                predicate,
                fact[value] if type(value) is int else value,
            )
        for atom, rest, head in self._joined.get(trigger, ()):
            if (binding := unify(atom, fact)) is not None:
                for solution in solutions(rest, binding, facts):
                    yield instantiate(head, solution)


def key(atom: Atom) -> NamedNode:
    """Give what facts that may match the atom are filed under: the class for a typing, else the predicate."""
    return atom.object if atom.predicate == TYPE else atom.predicate


def ordered(atoms: tuple[Atom, ...], after: Atom) -> tuple[Atom, ...]:
    """Give the atoms so that each one shares a variable with those before it, where that can be."""
    bound, left, result = {after.subject, after.object}, list(atoms), []
    while left:
        left.sort(key=lambda atom: -((atom.subject in bound) + (atom.object in bound)))
        result.append(left.pop(0))
        bound |= {result[-1].subject, result[-1].object}
    return tuple(result)


def unify(atom: Atom, fact: Fact, binding: Binding | None = None) -> Binding | None:
    """Give the binding, extending the one given, under which the atom is the fact; None when it cannot be."""
    result = dict(binding or ())
    for node, term in ((atom.subject, fact[0]), (atom.object, fact[2])):
        if result.setdefault(node, term) != term if isinstance(node, Variable) else node != term:
            return None
    return result


def instantiate(atom: Atom, binding: Binding) -> Fact:
    """Give the fact that the atom is under the binding."""
    return (binding.get(atom.subject, atom.subject), atom.predicate, binding.get(atom.object, atom.object))


def solutions(atoms: tuple[Atom, ...], binding: Binding, facts: Facts) -> Iterator[Binding]:
    """Give every extension of the binding under which all atoms are facts."""
    if not atoms:
        yield binding
        return
    atom, rest = atoms[0], atoms[1:]
    subject, value = _ground(atom.subject, binding), _ground(atom.object, binding)
    for fact in facts.match(subject, atom.predicate, value):
        extended = binding
        if subject is None or value is None:
            extended = unify(atom, fact, binding)
            if extended is None:
                continue
        yield from solutions(rest, extended, facts)


def _ground(node: Term | Variable, binding: Binding) -> Term | None:
    return binding.get(node) if isinstance(node, Variable) else node


def _picks(rule: Rule) -> tuple[object, object, object]:
    """Give the head of a rule with one premise as places in the fact that triggers it, or the term itself."""
    (atom,), head = rule.body, rule.head
    places = {atom.object: 2, atom.subject: 0}
    return (places.get(head.subject, head.subject), head.predicate, places.get(head.object, head.object))
