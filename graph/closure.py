"""The closure: every ``co:`` triple that the ontology entails from the facts and periods, and nothing else.

Kept are the new triples whose predicate is a term of the ontology, and typings by its classes. Left out is
the bookkeeping of OWL 2 RL: owl:Thing, datatypes, reflexive axioms, memberships of unnamed classes, literals
as subjects. Both engines keep exactly the same triples; owlrl is the reference, the default is a semi-naive
forward chainer over the rules of :mod:`.axioms`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Protocol

from pyoxigraph import Literal, NamedNode, Triple, Variable

from .axioms import TYPE, Atom, Fact, Rule, Term, compile_rules
from .names import CO

Binding = dict[Variable, Term]


class Facts(Protocol):
    """What rules are joined over: facts that can be looked up from any side."""

    def match(self, subject: Term | None, predicate: NamedNode, value: Term | None) -> Iterable[Fact]:
        """Give the facts that fit, where None fits anything."""
        ...


def infer(base: Iterable[Triple], reasoner: str = "fast") -> set[Triple]:
    """Give the new triples that the axioms among ``base`` entail from its facts, by ``fast`` or ``owlrl``."""
    if reasoner == "owlrl":
        from .owl import reference  # an import of a third of a second that only this choice needs

        return reference(base).triples
    triples = list(base)
    program = Program(compile_rules(triples))
    stated: set[Fact] = {tuple(triple) for triple in triples if program.concerns(triple.predicate)}
    return {Triple(*fact) for fact in program.saturate(stated) if kept(fact)}


def kept(fact: Fact) -> bool:
    """Tell whether an entailed fact is worth keeping: its predicate, or the class it types by, is of the ontology."""
    term = fact[2] if fact[1] == TYPE else fact[1]
    return isinstance(term, NamedNode) and term.value.startswith(CO)
