"""Explanations: why any triple of the graph, or of a snapshot, holds, and why another does not follow."""

from pyoxigraph import NamedNode, Store

from comity.closure.axioms import Fact, Rule, Term, compile_rules, fact_of
from comity.closure.program import Program
from comity.closure.union import Union
from comity.explanation.derivation import Derivations
from comity.explanation.matching import Absence, Condition, Given, Premise
from comity.explanation.nearness import Nearness
from comity.explanation.proofs import Proof
from comity.explanation.prover import Prover, Tree, tree
from comity.explanation.wording import Wording
from comity.iris import FACTS_PREFIX, ONTOLOGY, PERIODS
from comity.snapshots import graphs as snapshots

#: How many ways in which a rule gives a triple are weighed against each other.
_WEIGHED = 4
#: How many of the things that a rule counts are proved one by one, unless all are asked for.
WIDEST = 12
#: How many steps are remembered for later explanations before all are forgotten.
_REMEMBERED = 50_000
Goal = tuple[Fact, NamedNode | None]


def explain(
    store: Store,
    subject: Term,
    predicate: NamedNode,
    value: Term,
    graph: NamedNode | None = None,
    widest: int | None = WIDEST,
) -> Proof:
    """Give the shortest proof of a triple, or say what is missing for it to follow.

    :param graph: the snapshot in which the triple stands; None for the graph as a whole.
    :param widest: how many premises of one step are proved, where a rule counts many; None for all of them.
    :raises SnapshotError: when the graph is under ``as-of/`` and names no snapshot.
    """
    return Explainer(store, widest).explain((subject, predicate, value), graph)


class Explainer:
    """Explains the triples of one store; what it learns about the store serves the next explanation too."""

    def __init__(self, store: Store, widest: int | None = WIDEST) -> None:
        """Explain from this store, which is never written to; see :func:`explain` for ``widest``."""
        self.union, self.widest = Union(store), widest
        axioms = (fact_of(quad.triple) for quad in store.quads_for_pattern(None, None, None, ONTOLOGY))
        self.program = Program(compile_rules(axioms))
        self.wording = Wording(self.union)
        self._forget()

    def _forget(self) -> None:
        """Begin anew: what was learnt would otherwise grow with every question asked."""
        self.derivations = Derivations(self.union)
        self._prover = Prover(self.union, self.program)
        self._open: list[Goal] = []
        self._derived: dict[Goal, Tree | None] = {}
        self._supports: dict[int, tuple[tuple[Premise, ...], tuple[Tree, ...]]] = {}
        #: Proofs by the identity of their trees, which are kept beside them so that it stays theirs.
        self._telling: dict[int, tuple[Tree, Proof]] = {}

    def explain(self, fact: Fact, graph: NamedNode | None = None) -> Proof:
        """Give the shortest proof of a fact, or say what is missing for it to follow.

        :raises SnapshotError: when the graph is under ``as-of/`` and names no snapshot.
        """
        if len(self._telling) + len(self._derived) > _REMEMBERED:
            self._forget()
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
        if goal in self._derived:
            return self._derived[goal]
        self._open.append(goal)
        try:
            found = self._shortest(fact, graph)
        finally:
            self._open.pop()
        if found or not self._open:  # a failure may be due to what is open, and is no lesson
            self._derived[goal] = found
        return found

    def _shortest(self, fact: Fact, graph: NamedNode | None) -> Tree | None:
        best: Tree | None = None
        for count, (rule, premises) in enumerate(self.derivations.ways(fact, graph), 1):
            more = len(premises) - self.widest if self.widest and len(premises) > 2 * self.widest else 0
            if (proved := self._premises(premises[: self.widest] if more else premises)) is not None:
                found = tree(fact, graph, rule, proved, more)
                best = found if best is None or found.size < best.size else best
            if best is not None and count >= _WEIGHED:
                break
        return best

    def _premises(self, premises: tuple[Premise, ...]) -> tuple[Tree, ...] | None:
        """Give the proofs of all premises, once for the facts of a period that share them."""
        key = id(premises)
        if key not in self._supports:
            proofs = [self._premise(premise) for premise in premises]
            proved = tuple(proof for proof in proofs if proof is not None)
            if len(proved) < len(proofs):
                return None  # for now: what is open further up is no reason here, but may be elsewhere
            self._supports[key] = premises, proved
        return self._supports[key][1]

    def _premise(self, premise: Premise) -> Tree | None:
        return self._tree(premise.fact, premise.graph) if isinstance(premise, Given) else Tree(premise)

    # words

    def _told(self, found: Tree) -> Proof:
        """Give the proof in words; what several steps rest on is put into words once."""
        key = id(found)
        if key not in self._telling:
            self._telling[key] = found, self._put(found)
        return self._telling[key][1]

    def _put(self, found: Tree) -> Proof:
        if isinstance(found.fact, Condition):
            return Proof("condition", self.wording.condition(found.fact))
        if isinstance(found.fact, Absence):
            return Proof("absence", self.wording.absence(found.fact))
        sentence = self.wording.sentence(found.fact) + self.as_of(found.graph)
        premises, about = tuple(map(self._told, found.premises)), self.wording.name(found.fact[0])
        if isinstance(found.by, Rule):
            reason, name = self.wording.axiom(found.by), found.by.kind
            terms = found.by.terms
            return Proof("axiom", sentence, reason, found.fact, None, name, terms, (), premises, about)
        if found.by is not None:
            title, name = found.by.title, found.by.name
            graph = found.graph or PERIODS
            return Proof(
                "rule", sentence, title, found.fact, graph, name, (), (), premises, about, found.more
            )
        assert found.graph is not None
        table = found.graph.value.removeprefix(FACTS_PREFIX)
        where = "in the ontology" if found.graph == ONTOLOGY else f"in the table {table}"
        citations = self.wording.citations(found.fact[0])
        return Proof("asserted", sentence, where, found.fact, found.graph, citations=citations, about=about)

    @staticmethod
    def as_of(graph: NamedNode | None) -> str:
        """Give the words that place a sentence in a snapshot."""
        if graph is None or not snapshots.is_snapshot(graph.value):
            return ""
        address = snapshots.read_address(graph.value)
        certainty = "possibly, " if address.reading == "possible" else ""
        view = f", according to {address.party}" if address.party else ""
        return f" ({certainty}as of {address.day}{view})"
