"""The closure: every ``co:`` triple that the ontology entails from the facts and periods, and nothing else.

It keeps the new triples whose predicate is a term of the ontology, and typings by its classes. It omits the
bookkeeping of OWL 2 RL: owl:Thing, datatypes, reflexive axioms, memberships of unnamed classes, literals as subjects,
and the closure of the schema itself (use ``rdfs:subClassOf+`` for that). Both engines keep exactly the same triples:
owlrl is the reference, the default is the forward chainer of :mod:`.saturation`.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Literal

from pyoxigraph import Triple

from comity.closure.axioms import compile_rules, fact_of
from comity.closure.saturation import saturate

Reasoner = Literal["fast", "owlrl"]


@dataclass(frozen=True)
class Entailment:
    """The entailed triples, and the contradictions reported by owlrl."""

    triples: Set[Triple]
    complaints: tuple[str, ...] = ()


def entail(axioms: Iterable[Triple], base: Iterable[Triple], reasoner: Reasoner = "fast") -> Entailment:
    """Return the new triples that axioms entail from a base, together with owlrl's error messages.

    The default engine reports none and leaves contradictions to the checks.

    :param axioms: triples of the base, including all that state axioms.
    :param base: ontology, facts and periods.
    :raises AxiomError: if the default engine does not support an axiom.
    """
    if reasoner == "owlrl":
        from comity.closure.owl import reference  # rdflib and owlrl cost a third of a second to import

        return Entailment(*reference(base))
    rules = compile_rules(map(fact_of, axioms))
    return Entailment(saturate(rules, base))
