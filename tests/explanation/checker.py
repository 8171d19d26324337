"""An independent check of proofs: each step is re-done by SPARQL or owlrl, none by the code that found it."""

from functools import cache

import pyoxigraph as ox

from comity import schema
from comity.closure.axioms import Fact
from comity.explanation.proofs import Proof
from comity.iris import FACTS_PREFIX, ONTOLOGY, PERIODS, PREFIXES, TYPE, polity
from comity.periods.sweep import derive
from comity.schema import bind, day_bindings, rule
from comity.snapshots import graphs as snapshots
from tests.closure.reasoning import infer

PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
#: What must be stated for an axiom of each kind, where $0, $1, ... are its terms.
STATED = {
    "subclass": "$0 rdfs:subClassOf|owl:equivalentClass|^owl:equivalentClass $1",
    "subproperty": "$0 rdfs:subPropertyOf|owl:equivalentProperty|^owl:equivalentProperty $1",
    "domain": "$0 rdfs:domain $1",
    "range": "$0 rdfs:range $1",
    "inverse": "$0 owl:inverseOf|^owl:inverseOf $1",
    "symmetry": "$0 a owl:SymmetricProperty",
    "transitivity": "$0 a owl:TransitiveProperty",
    "chain": "$n owl:propertyChainAxiom ?list . ?list rdf:rest*/rdf:rest rdf:nil",
}


class Checker:
    """Checks proofs against one store."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store
        self.outputs: dict[tuple[str, str], set[ox.Triple]] = {}
        self.good: set[Proof] = set()

    def check(self, proof: Proof, above: tuple[object, ...] = ()) -> None:
        """Raise AssertionError unless every step holds, nothing supports itself, and all leaves are asserted."""
        if proof in self.good:
            return
        assert (proof.fact, proof.graph) not in above, f"circular: {proof.sentence}"
        for premise in proof.premises:
            self.check(premise, (*above, (proof.fact, proof.graph)))
        if proof.kind in ("asserted", "axiom", "rule"):
            assert getattr(self, proof.kind)(proof), f"{proof.kind} {proof.rule}: {proof.sentence}"
        else:
            assert proof.kind in ("condition", "absence") and not proof.premises, proof
        self.good.add(proof)

    def asserted(self, proof: Proof) -> bool:
        assert proof.fact and proof.graph and not proof.premises
        told = proof.graph == ONTOLOGY or proof.graph.value.startswith(FACTS_PREFIX)
        return told and ox.Quad(*proof.fact, proof.graph) in self.store

    def axiom(self, proof: Proof) -> bool:
        assert proof.fact
        premises = [premise.fact for premise in proof.premises if premise.fact]
        if proof.rule in STATED:
            pattern = STATED[proof.rule].replace("$n", str(proof.terms[-1]))
            for place, one in enumerate(proof.terms):
                pattern = pattern.replace(f"${place}", str(one))
            if not ontology().query(f"{PROLOGUE} ASK {{ {pattern} }}"):
                return False
        return entailed(*canonical(proof.fact, premises))

    def rule(self, proof: Proof) -> bool:
        """Hold the rule to give the triple in the whole graph, and from the premises alone."""
        assert proof.fact
        if proof.rule.startswith("period-"):
            return self.sweep(proof)
        alone = ox.Store()
        for premise in (premise for premise in proof.premises if premise.fact):
            quad = ox.Quad(*premise.fact, premise.graph if self.in_snapshot(premise) else ox.DefaultGraph())
            alone.add(quad)
        triple, text = ox.Triple(*proof.fact), self.text(proof)
        return triple in set(alone.query(text)) and triple in self.output(proof, text)

    def sweep(self, proof: Proof) -> bool:
        """Hold the sweep over acts to give the triple from the asserted leaves alone."""
        assert proof.fact
        leaves = {ox.Triple(*leaf.fact) for leaf in proof.walk() if leaf.fact and not leaf.premises}
        in_periods = ox.Quad(*proof.fact, PERIODS) in self.store
        return in_periods and ox.Triple(*proof.fact) in derive(leaves)

    @staticmethod
    def in_snapshot(proof: Proof) -> bool:
        return proof.graph is not None and snapshots.is_snapshot(proof.graph.value)

    def text(self, proof: Proof) -> str:
        if not self.in_snapshot(proof):
            return rule(proof.rule)
        address = snapshots.read_address(proof.graph.value)
        terms = day_bindings(address.day, address.reading) | {"snapshot": proof.graph}
        return bind(rule(proof.rule), terms | {"party": polity(address.party)} if address.party else terms)

    def output(self, proof: Proof, text: str) -> set[ox.Triple]:
        key = (proof.rule, proof.graph.value if self.in_snapshot(proof) else "")
        if key not in self.outputs:
            if self.in_snapshot(proof) and not self.store.contains_named_graph(proof.graph):
                snapshots.Snapshots(self.store).make([proof.graph.value])
            self.outputs[key] = set(self.store.query(text))
        return self.outputs[key]


@cache
def ontology() -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in schema.ontology())
    return store


def canonical(fact: Fact, premises: list[Fact]) -> tuple[Fact, tuple[Fact, ...]]:
    """Give a step with its things named by their order, so that equal steps over other things are one."""
    things: dict[object, ox.NamedNode] = {}

    def named(term: object) -> object:
        if isinstance(term, ox.NamedNode) and term.value.startswith(PREFIXES["coo"] + "united-nations"):
            return term  # the one thing that an axiom names
        return things.setdefault(term, ox.NamedNode(f"urn:thing:{len(things)}"))

    def renamed(one: Fact) -> Fact:
        subject, predicate, value = one
        literal = isinstance(value, ox.Literal)
        return (
            named(subject),
            predicate,
            value if predicate == TYPE else ox.Literal("v") if literal else named(value),
        )

    return renamed(fact), tuple(map(renamed, premises))


@cache
def entailed(fact: Fact, premises: tuple[Fact, ...]) -> bool:
    """Tell whether owlrl derives the fact from the ontology and the premises alone."""
    logical = [t for t in schema.ontology() if not isinstance(t.object, ox.Literal)]
    return ox.Triple(*fact) in infer([*logical, *(ox.Triple(*one) for one in premises)], "owlrl")
