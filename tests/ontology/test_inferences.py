"""Each axiom earns its keep: what follows from a few triples, and what must not."""

import pyoxigraph as ox
import pytest

from comity import schema
from tests.closure.reasoning import infer

from .samples import PREFIXES

RECOGNITION = ":p a co:RecognitionPeriod ; co:recogniser :dprk ; co:recognisedParty :dpr ."
RELATIONS = ":r a co:RelationsPeriod ; co:firstParty :dprk ; co:secondParty :ukraine ."
RUSSIA = ":russia co:continues :ussr . :ussr co:hasRecognised :israel . :cuba co:hasRecognised :ussr ."

FOLLOWS = {
    "a period of recognition, once recognised": (RECOGNITION, ":dprk co:hasRecognised :dpr ."),
    "relations go both ways": (
        RELATIONS,
        ":ukraine co:hasMaintainedRelationsWith :dprk . :dprk co:hasMaintainedRelationsWith :ukraine .",
    ),
    "relations imply recognition, both ways": (
        RELATIONS,
        ":ukraine co:hasRecognised :dprk . :dprk co:hasRecognised :ukraine .",
    ),
    "a continuing state keeps what it recognised and who recognised it": (
        RUSSIA,
        ":russia co:hasRecognised :israel . :cuba co:hasRecognised :russia . :russia co:descendsFrom :ussr .",
    ),
    "an answer to an answer is consequent to the first act": (
        ":c co:inResponseTo :b . :b co:inResponseTo :a .",
        ":c co:consequentTo :a . :a co:answeredBy :b . :a a co:Act .",
    ),
    "breaking relations in answer to a recognition is retaliation": (
        ":s a co:SeveranceOfRelations ; co:inResponseTo :a . :a a co:Recognition .",
        ":s a co:Retaliation , co:RelationsAct .",
    ),
    "so is suspending them": (
        ":s a co:SuspensionOfRelations ; co:inResponseTo :a . :a a co:ResumptionOfRecognition .",
        ":s a co:Retaliation .",
    ),
    "a withdrawn recognition is reversed": (
        ":w a co:WithdrawalOfRecognition ; co:reverses :a . :a a co:Recognition .",
        ":a a co:ReversedRecognition ; co:reversedBy :w . :w co:consequentTo :a .",
    ),
    "an entry cites the source of its evidence": (
        ":a co:evidence :e . :e co:source :statement .",
        ":a co:citesSource :statement .",
    ),
    "words of an organ are attributed to its party": (
        ":s co:speaker :ministry . :ministry co:bodyOf :ukraine .",
        ":s co:attributedTo :ministry , :ukraine .",
    ),
    "a seat in the United Nations": (
        ":m a co:Membership ; co:member :dprk ;"
        " co:organisation <https://w3id.org/comity/organisation/united-nations> .",
        ":m a co:UNMembership .",
    ),
    "an office held": (
        ":o co:holder :kuleba ; co:officeOf :ukraine .",
        ":kuleba co:hasHeldOfficeFor :ukraine .",
    ),
    "what is incompatible with a status is so with narrower ones": (
        "cost:sovereign-state skos:broader cost:state . cost:state co:incompatibleWith cost:no-state .",
        "cost:sovereign-state co:incompatibleWith cost:no-state . cost:no-state co:incompatibleWith cost:state .",
    ),
    "a succession that somebody holds is contested": (
        ":s co:heldBy :russia .",
        ":s a co:ContestedSuccession .",
    ),
}
DOES_NOT_FOLLOW = {
    "a period of recognition is not mutual": (RECOGNITION, ":dpr co:hasRecognised :dprk ."),
    "recognition once is not recognition on a day": (RECOGNITION, ":dprk co:recognises :dpr ."),
    "relations are no express recognition": (RELATIONS, ":r a co:RecognitionPeriod ."),
    "a new state inherits no recognition": (
        ":armenia co:succeeds :ussr . :ussr co:hasRecognised :israel .",
        ":armenia co:hasRecognised :israel .",
    ),
    "recognising a party makes it no state": (RECOGNITION, ":dpr a co:State ."),
    "holding a status makes it no type": (
        ":c co:claimant :russia ; co:about :dpr ; co:status cost:state .",
        ":dpr a co:State .",
    ),
    "breaking relations over anything else is no retaliation": (
        ":s a co:SeveranceOfRelations ; co:inResponseTo :a . :a a co:UseOfForce .",
        ":s a co:Retaliation .",
    ),
    "a frozen recognition is not reversed": (
        ":f a co:FreezeOfRecognition ; co:reverses :a . :a a co:Recognition .",
        ":a a co:ReversedRecognition .",
    ),
    "a reporter is not attributed what they report": (
        ":s co:speaker :kuleba ; co:reportedBy :report .",
        ":s co:attributedTo :report .",
    ),
    "a seat elsewhere": (":m a co:Membership ; co:organisation :league .", ":m a co:UNMembership ."),
}


def triples(turtle: str) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)}


def closure(turtle: str) -> set[ox.Triple]:
    return infer([*schema.ontology(), *triples(turtle)])


@pytest.mark.parametrize("case", FOLLOWS)
def test_follows(case):
    premises, conclusion = FOLLOWS[case]
    assert triples(conclusion) - closure(premises) - triples(premises) == set()


@pytest.mark.parametrize("case", DOES_NOT_FOLLOW)
def test_does_not_follow(case):
    premises, conclusion = DOES_NOT_FOLLOW[case]
    assert triples(conclusion) & closure(premises) == set()
