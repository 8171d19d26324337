"""Explanations: why any triple of the graph, or of a snapshot, holds, and why another does not follow."""

from pyoxigraph import NamedNode, Store

from . import snapshots
from .axioms import Fact, Rule, Term, compile_rules, fact_of
from .derivation import Derivations
from .matching import Absence, Condition, Given, Premise
from .names import FACTS_PREFIX, ONTOLOGY
from .nearness import Nearness
from .program import Program
from .proofs import Proof
from .prover import Prover, Tree, tree
from .union import Union
from .wording import Wording

#: How many ways in which a rule gives a triple are weighed against each other.
_WEIGHED = 12
Goal = tuple[Fact, NamedNode | None]


def explain(
    store: Store, subject: Term, predicate: NamedNode, value: Term, graph: NamedNode | None = None
) -> Proof:
    """Give the shortest proof of a triple, or say what is missing for it to follow.

    :param graph: the snapshot in which the triple stands; None for the graph as a whole.
    :raises SnapshotError: when the graph is under ``as-of/`` and names no snapshot.
    """
    return Explainer(store).explain((subject, predicate, value), graph)


class Explainer:
    """Explains the triples of one store; what it learns about the store serves the next explanation too."""

    def __init__(self, store: Store) -> None:
        """Explain from this store, which is never written to."""
        self.union = Union(store)
        axioms = (fact_of(quad.triple) for quad in store.quads_for_pattern(None, None, None, ONTOLOGY))
        self.program = Program(compile_rules(axioms))
        self.wording = Wording(self.union)
        self.derivations = Derivations(self.union)
        self._prover = Prover(self.union, self.program)
        self._open: list[Goal] = []
        self._derived: dict[Goal, Tree | None] = {}

    def explain(self, fact: Fact, graph: NamedNode | None = None) -> Proof:
        """Give the shortest proof of a fact, or say what is missing for it to follow.

        :raises SnapshotError: when the graph is under ``as-of/`` and names no snapshot.
        """
        view = graph if graph is not None and snapshots.is_snapshot(graph.value) else None
        found = self._tree(fact, view)
        if found is None:
            return Nearness(self.union, self.program, self.derivations, self.wording).refute(
                fact, view, self._told_of
            )
        return self._told(found)

    def _told_of(self, fact: Fact, graph: NamedNode | None) -> Proof | None:
        found = self._tree(fact, graph)
        return self._told(found) if found else None

    def _tree(self, fact: Fact, graph: NamedNode | None) -> Tree | None:
        return self._close(self._prover.prove(fact)) if graph is None else self._derive(fact, graph)

    def _close(self, found: Tree | None) -> Tree | None:
        """Give the tree with a rule's derivation in the place of each fact that a rule must give."""
        if found is None or not isinstance(found.fact, tuple):
            return found
        if found.open:
            return self._derive(found.fact, None)
        if found.by is None:
            return found
        premises = [self._close(premise) for premise in found.premises]
        proved = tuple(premise for premise in premises if premise is not None)
        return tree(found.fact, found.graph, found.by, proved) if len(proved) == len(premises) else None

    def _derive(self, fact: Fact, graph: NamedNode | None) -> Tree | None:
        goal = (fact, graph)
        if goal in self._open:  # no fact may be its own reason
            return None
        if goal not in self._derived:
            self._open.append(goal)
            try:
                self._derived[goal] = self._shortest(fact, graph)
            finally:
                self._open.pop()
        return self._derived[goal]

    def _shortest(self, fact: Fact, graph: NamedNode | None) -> Tree | None:
        best: Tree | None = None
        for count, (rule, premises) in enumerate(self.derivations.ways(fact, graph), 1):
            proofs = [self._premise(premise) for premise in premises]
            proved = tuple(proof for proof in proofs if proof is not None)
            if len(proved) == len(proofs):
                found = tree(fact, graph, rule, proved)
                best = found if best is None or found.size < best.size else best
            if best is not None and count >= _WEIGHED:
                break
        return best

    def _premise(self, premise: Premise) -> Tree | None:
        return self._tree(premise.fact, premise.graph) if isinstance(premise, Given) else Tree(premise)

    # words

    def _told(self, found: Tree) -> Proof:
        if isinstance(found.fact, Condition):
            return Proof("condition", self.wording.condition(found.fact))
        if isinstance(found.fact, Absence):
            return Proof("absence", self.wording.absence(found.fact))
        sentence = self.wording.sentence(found.fact) + self.as_of(found.graph)
        premises = tuple(map(self._told, found.premises))
        if isinstance(found.by, Rule):
            reason, name = self.wording.axiom(found.by), found.by.kind
            return Proof("axiom", sentence, reason, found.fact, None, name, found.by.terms, (), premises)
        if found.by is not None:
            title, name = found.by.title, found.by.name
            return Proof("rule", sentence, title, found.fact, found.graph, name, (), (), premises)
        assert found.graph is not None
        table = found.graph.value.removeprefix(FACTS_PREFIX)
        where = "in the ontology" if found.graph == ONTOLOGY else f"in the table {table}"
        citations = self.wording.citations(found.fact[0])
        return Proof("asserted", sentence, where, found.fact, found.graph, citations=citations)

    @staticmethod
    def as_of(graph: NamedNode | None) -> str:
        """Give the words that place a sentence in a snapshot."""
        if graph is None or not snapshots.is_snapshot(graph.value):
            return ""
        address = snapshots.read_address(graph.value)
        certainty = "possibly, " if address.reading == "possible" else ""
        view = f", according to {address.party}" if address.party else ""
        return f" ({certainty}as of {address.day}{view})"
