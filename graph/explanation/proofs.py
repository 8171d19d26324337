"""Proofs and their parts.

A :class:`Derivation` is a proof as found by the search: facts, rules and premises. A :class:`Proof` is the same in
words, with the sources of its leaves; it is independent of the store.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pyoxigraph import NamedNode

from comity.closure.axioms import Fact, Rule, Term
from comity.edtf import in_words

Kind = Literal["asserted", "axiom", "rule", "condition", "absence", "missing", "not entailed"]


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A rule: its name, and a one-line description."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class FactPremise:
    """A premise that a fact holds, in a snapshot if one is named, else in the graph as a whole."""

    fact: Fact
    graph: NamedNode | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A premise that a comparison holds: a sentence with SPARQL variables, and their values."""

    sentence: str
    terms: tuple[tuple[str, Term], ...] = ()


@dataclass(frozen=True, slots=True)
class NegatedPremise(Condition):
    """A premise that something is not known."""


Premise = FactPremise | Condition


@dataclass(frozen=True, eq=False, slots=True)
class Derivation:
    """A step of a proof over others; ``by`` is None for an asserted fact and for a condition.

    Derivations are compared by identity, because proofs may share large parts.
    """

    fact: Fact | Condition
    graph: NamedNode | None = None
    by: Rule | RuleRef | None = None
    premises: tuple["Derivation", ...] = ()
    size: int = 1
    height: int = 0
    #: Whether the fact belongs to a period, whose own provenance is still to be looked up.
    open: bool = False
    #: How many premises of the same kind are omitted.
    more: int = 0


def derivation(
    fact: Fact,
    graph: NamedNode | None,
    by: Rule | RuleRef,
    premises: tuple[Derivation, ...],
    more: int = 0,
) -> Derivation:
    """Return the derivation of a fact from others, with its size and height."""
    size = 1 + sum(one.size for one in premises) + more
    height = 1 + max((one.height for one in premises), default=0)
    return Derivation(fact, graph, by, premises, size, height, more=more)


@dataclass(frozen=True)
class Citation:
    """A source of an asserted triple, with the text quoted from it."""

    source: NamedNode
    title: str
    publisher: str = ""
    published: str = ""
    address: str = ""
    quotation: str = ""
    speaker: str = ""

    def __str__(self) -> str:
        published = in_words(self.published) if self.published else ""
        about = ", ".join(part for part in (self.publisher, published) if part)
        text = f"{self.title} ({about})" if about else self.title
        if not self.quotation:
            return text
        return f"{text}: “{self.quotation}”" + (f" ({self.speaker})" if self.speaker else "")


@dataclass(frozen=True)
class Proof:
    """A step in words: what holds, why, and the proofs of its premises.

    ``kind`` is the kind of step: an asserted triple; one that follows by an axiom of the ontology or by a rule; a
    condition that is met, or an absence, that a rule requires; something that is missing; or, at the root, a
    triple that does not follow.
    """

    kind: Kind
    sentence: str
    reason: str = ""
    fact: Fact | None = None
    graph: NamedNode | None = None
    rule: str = ""
    terms: tuple[NamedNode, ...] = ()
    citations: tuple[Citation, ...] = ()
    premises: tuple["Proof", ...] = ()
    #: The subject of the sentence, with which it begins.
    about: str = ""
    #: How many premises of the same kind are omitted, which could be proved like those given.
    more: int = 0

    @property
    def status(self) -> str:
        """``asserted``, ``entailed`` or ``not entailed``."""
        return self.kind if self.kind in ("asserted", "not entailed") else "entailed"

    def walk(self) -> Iterator["Proof"]:
        """Yield this step and all steps below it."""
        yield self
        for premise in self.premises:
            yield from premise.walk()
