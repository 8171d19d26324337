"""Proofs: why a triple holds, as a tree whose leaves are asserted triples with their sources.

A proof is finished: it carries the words and the sources that it is told with, and needs no store.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pyoxigraph import NamedNode

from comity.closure.axioms import Fact

Kind = Literal["asserted", "axiom", "rule", "condition", "absence", "missing", "not entailed"]


@dataclass(frozen=True)
class Citation:
    """A source that an asserted triple rests on, with what is quoted from it."""

    source: NamedNode
    title: str
    publisher: str = ""
    published: str = ""
    address: str = ""
    quotation: str = ""
    speaker: str = ""

    def __str__(self) -> str:
        about = ", ".join(part for part in (self.publisher, self.published) if part)
        text = f"{self.title} ({about})" if about else self.title
        if not self.quotation:
            return text
        return f"{text}: “{self.quotation}”" + (f" ({self.speaker})" if self.speaker else "")


@dataclass(frozen=True)
class Proof:
    """One step: what holds, why, and the proofs of what it rests on.

    ``kind`` tells the step: an asserted triple; one that an axiom of the ontology or a rule in
    ``queries/rules/`` gives; a condition that is met, or the absence of something, on which a rule insists;
    something that is missing; or, at the root, a triple that does not follow.
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
    #: What the sentence of a triple is about, which is how it begins.
    about: str = ""
    #: How many premises of the same kind are left out, each as provable as those given.
    more: int = 0

    @property
    def status(self) -> str:
        """``asserted``, ``entailed`` or ``not entailed``."""
        return self.kind if self.kind in ("asserted", "not entailed") else "entailed"

    def walk(self) -> Iterator["Proof"]:
        """Give this step and all below it."""
        yield self
        for premise in self.premises:
            yield from premise.walk()

    def leaves(self) -> Iterator["Proof"]:
        """Give the steps that rest on nothing further."""
        return (step for step in self.walk() if not step.premises)
