"""The provenance of periods: from which acts, successions and ends of polities each triple of a period follows.

A period names the acts that opened and closed it, so that its derivation can be read back. A test holds that the
derivation of periods, given the premises of a triple and nothing else, derives that triple.
"""

from collections.abc import Callable, Iterator

from pyoxigraph import Literal, NamedNode

from comity.closure.axioms import TYPE, Fact, Term
from comity.closure.union import Union
from comity.explanation.proofs import FactPremise, NegatedPremise, Premise, RuleRef
from comity.iris import CO, SKOS, status, term

Way = tuple[RuleRef, tuple[Premise, ...]]


#: The rules that derive periods (:mod:`comity.periods.sweep`); ``docs/semantics.md`` gives their sources in law.
OPENING = RuleRef("period-opening", "An act that opens a period does so unless one is open already")
CARRYING = RuleRef("period-continuity", "A state that continues another carries on its periods of that day")
CLOSING = RuleRef("period-ending", "A period ends by the first act that closes it")
POLITY_END = RuleRef("period-polity-end", "The end of a polity closes its periods")
RIVAL = RuleRef(
    "period-rival",
    "Who turns to a rival government, or breaks with one of two rivals, no longer recognises the other",
)
RESUMPTION = RuleRef(
    "period-resumption", "A recognition after a withdrawal or a freeze resumes an earlier one"
)
REVERSAL = RuleRef(
    "period-reversal", "A withdrawal reverses the recognition that opened the period which it ends"
)
REFUSAL = RuleRef("period-refusal", "A claim refuses by a status that excludes a state or a sovereign state")
CONTRADICTION = RuleRef(
    "period-contradiction",
    "A recognition is contradicted by a refusing claim of the recogniser of the same time",
)

_ACT = ("actor", "object", "edtf", "earliest", "latest")
_SUCCESSION = ("successor", "predecessor", "successionKind", "edtf", "earliest", "latest")
_CLAIM = ("claimant", "about", "status", "startEarliest", "startLatest", "endEarliest", "endLatest")
_POLITY = ("ended", "endedEarliest", "endedLatest")
_ROLES = ("recogniser", "recognisedParty", "firstParty", "secondParty")
_CLASSES = frozenset(
    term(name + "Period")
    for name in ("Recognition", "Freeze", "Relations", "BrokenRelations", "SuspendedRelations")
)
_REFUSAL = term("Refusal")
_BROADER, _INCOMPATIBLE = NamedNode(SKOS + "broader"), term("incompatibleWith")
_STATEHOOD = {status("state"), status("sovereign-state")}


class PeriodProvenance:
    """Looks up the premises of period triples in the union of a store."""

    def __init__(self, union: Union) -> None:
        """Look facts up in this union."""
        self.union = union
        self._begun: dict[Term, list[Way]] = {}

    def ways(self, fact: Fact) -> Iterator[Way]:
        """Yield each way in which a fact of a period follows: the rule and its premises."""
        subject, predicate, value = fact
        name = predicate.value.removeprefix(CO)
        if predicate == TYPE and value == _REFUSAL:
            yield from self._refuses(subject)
        elif predicate == TYPE:
            yield from self._begins(subject) if value in _CLASSES else self._resumes(subject)
        elif name == "reverses":
            yield from self._reverses(subject, value)
        elif name == "contradictedBy":
            yield from self._contradictions(subject, value)
        elif reading := _READINGS.get(name):
            yield from reading(self, subject)

    def _begins(self, period: Term) -> Iterator[Way]:
        if period not in self._begun:
            self._begun[period] = list(self._beginnings(period))
        return iter(self._begun[period])

    def _beginnings(self, period: Term) -> Iterator[Way]:
        for act in self._values(period, "beganBy"):
            premises = self._said(act, _ACT)
            yield OPENING, (*premises, _nothing("nothing earlier that opens this period was still open"))
        for succession in self._values(period, "beganByContinuity"):
            for before in self._values(period, "continuesPeriod"):
                carried = [FactPremise(fact) for name in _ROLES for fact in self._facts(before, name)]
                carried += [FactPremise(fact) for fact in self._facts(before, "type") if fact[2] in _CLASSES]
                yield CARRYING, (*self._said(succession, _SUCCESSION), *carried)

    def _ends(self, period: Term) -> Iterator[Way]:
        began = [
            FactPremise(f) for name in ("beganBy", "beganByContinuity") for f in self._facts(period, name)
        ]
        first = _nothing("nothing that closes this period came earlier")
        for act in self._values(period, "endedBy"):
            rivalry = self._rivalry(period, act)
            yield RIVAL if rivalry else CLOSING, (*began, *self._said(act, _ACT), *rivalry, first)
        for polity in self._values(period, "endedByEndOf"):
            yield POLITY_END, (*began, *self._said(polity, _POLITY), first)

    def _contradictions(self, period: Term, claim: Term) -> Iterator[Way]:
        """Yield the bounds of the period, and the claim with its being a refusal."""
        bounds = [*self._begins(period)][:1] + [*self._ends(period)][:1]
        bounding = dict.fromkeys(premise for _, premises in bounds for premise in premises)
        yield CONTRADICTION, (*bounding, FactPremise((claim, TYPE, _REFUSAL)), *self._said(claim, _CLAIM))

    def _refuses(self, claim: Term) -> Iterator[Way]:
        """Yield the status of a claim, and why that excludes that the party is a state."""
        for held in self._values(claim, "status"):
            if exclusion := next(self._exclusions(held), None):
                yield REFUSAL, (*self._said(claim, _CLAIM), *exclusion)

    def _exclusions(self, held: Term) -> Iterator[list[Premise]]:
        """Yield the ways in the scheme from a status, by broader ones, to one that excludes a state."""
        seen = {held}
        ways: list[tuple[Term, list[Premise]]] = [(held, [])]
        for one, way in ways:
            for fact in (
                *self.union.match(one, _INCOMPATIBLE, None),
                *self.union.match(None, _INCOMPATIBLE, one),
            ):
                if _STATEHOOD & {fact[0], fact[2]} and self.union.asserted(fact):
                    yield [*way, FactPremise(fact)]
            for fact in self.union.match(one, _BROADER, None):
                if fact[2] not in seen and self.union.asserted(fact):
                    seen.add(fact[2])
                    ways.append((fact[2], [*way, FactPremise(fact)]))

    def _rivalry(self, period: Term, act: Term) -> list[Premise]:
        """Return the rivalry by which an act of one side ends a period with the other, if that is how it does."""
        sides = [side for name in _ROLES for side in self._values(period, name)]
        involved = [party for name in ("actor", "object") for party in self._values(act, name)]
        broken = term("SeveranceOfRelations") in self._values(act, "type")
        recognised = self._values(period, "recognisedParty")
        found = [
            FactPremise(fact)
            for side in sides
            for fact in self._facts(side, "rivalGovernmentOf")
            if (fact[2] in involved and fact[0] not in involved) or (broken and fact[0] in recognised)
        ]
        return [one for one in found if self.union.asserted(one.fact)] or list(found)

    def _resumes(self, act: Term) -> Iterator[Way]:
        """Return the latest withdrawal or freeze before a recognition."""
        earlier = []
        (earliest,), (latest,) = self._days(act, "earliest"), self._days(act, "latest")
        for fact in self._rejections(act):
            days = self._days(fact[0], "latest") + self._days(fact[0], "earliest")
            if days[0] < latest and days[1] < earliest:
                earlier.append((days, fact[0]))
        if earlier:
            _, rejection = max(earlier, key=lambda one: (one[0], str(one[1])))
            yield RESUMPTION, (*self._said(act, _ACT), *self._said(rejection, _ACT))

    def _rejections(self, act: Term) -> Iterator[Fact]:
        actors, objects = set(self._values(act, "actor")), set(self._values(act, "object"))
        for actor in actors:
            for fact in self.union.match(None, term("actor"), actor):
                kinds = {kind for _, _, kind in self._facts(fact[0], "type")}
                if kinds & _REJECTING and objects & set(self._values(fact[0], "object")):
                    yield fact

    def _reverses(self, withdrawal: Term, recognition: Term) -> Iterator[Way]:
        for period, _, _ in self.union.match(None, term("endedBy"), withdrawal):
            for began in self._facts(period, "beganBy"):
                if began[2] == recognition:
                    ended = (period, term("endedBy"), withdrawal)
                    kinds = [
                        FactPremise(fact)
                        for fact in self._facts(withdrawal, "type")
                        if self.union.asserted(fact)
                    ]
                    yield REVERSAL, (FactPremise(began), FactPremise(ended), *kinds)

    # facts

    def _said(self, node: Term, names: tuple[str, ...]) -> list[Premise]:
        """Return what is asserted of a thing: its classes and these properties."""
        kinds = [fact for fact in self._facts(node, "type") if self.union.asserted(fact)]
        if names is _POLITY:
            kinds = []
        return [
            FactPremise(fact) for fact in (*kinds, *(f for name in names for f in self._facts(node, name)))
        ]

    def _facts(self, node: Term, name: str) -> list[Fact]:
        return list(self.union.match(node, TYPE if name == "type" else term(name), None))

    def _values(self, node: Term, name: str) -> list[Term]:
        return [fact[2] for fact in self._facts(node, name)]

    def _days(self, node: Term, name: str) -> list[str]:
        return [value.value for value in self._values(node, name) if isinstance(value, Literal)]


_REJECTING = {term("WithdrawalOfRecognition"), term("FreezeOfRecognition")}
_READINGS: dict[str, Callable[[PeriodProvenance, Term], Iterator[Way]]] = {
    **dict.fromkeys((*_ROLES, "basis", "beganBy", "beganByContinuity"), PeriodProvenance._begins),
    **dict.fromkeys(("continuesPeriod", "startEarliest", "startLatest"), PeriodProvenance._begins),
    **dict.fromkeys(
        ("endedBy", "endedByEndOf", "endReason", "endEarliest", "endLatest"), PeriodProvenance._ends
    ),
}


def _nothing(note: str) -> NegatedPremise:
    return NegatedPremise(note)
