"""Proofs through axioms: the shortest ones, down to what is asserted, never in a circle."""

import pytest

from comity.explanation import explain as explanation
from comity.explanation.explain import Explainer, explain
from comity.explanation.render import as_text
from comity.iris import TYPE

from .checker import Checker
from .worlds import node, small

STORY = """
<https://w3id.org/comity/act/r> a co:Recognition ; rdfs:label "A recognises B"@en ; co:evidence cos:e1 .
<https://w3id.org/comity/act/s> a co:SeveranceOfRelations ; rdfs:label "C severs relations with A"@en ;
  co:inResponseTo <https://w3id.org/comity/act/r> ; co:evidence cos:e2 .
<https://w3id.org/comity/act/t> a co:Statement ; co:inResponseTo <https://w3id.org/comity/act/s> .
cos:e1 a co:Evidence ; co:source cos:one .
cos:one a co:Source ; rdfs:label "Report one"@en ; co:published "2022-07-14" .
cos:e2 a co:Quotation ; co:source cos:two ; co:text "as a response"@en ; co:speakerName "The ministry" .
cos:two a co:Source ; rdfs:label "Report two"@en ; co:publisher "Agency" .
"""
TREE = """\
C severs relations with A is a retaliation
│  because definition of retaliation: Severance or suspension of diplomatic ties in response to a recognition
├─ C severs relations with A is a severance of relations; \
in response to: A recognises B  [asserted in the table acts-test]
│     Source: Report two (Agency): “as a response” (The ministry)
└─ A recognises B is a recognition  [asserted in the table acts-test]
      Source: Report one (14 July 2022)
"""


@pytest.fixture(scope="module")
def story() -> Explainer:
    return Explainer(small(STORY))


def test_reader_can_follow_the_tree(story: Explainer) -> None:
    assert as_text(story.explain((node("act/s"), TYPE, node("co:Retaliation")))) == TREE


@pytest.mark.parametrize(
    ("fact", "steps"),
    [
        ("act/s co:consequentTo act/r", ["subproperty", ""]),
        ("act/t co:consequentTo act/r", ["transitivity", "subproperty", "", "subproperty", ""]),
        ("act/r co:answeredBy act/s", ["inverse", ""]),
        ("act/s a co:Act", ["subclass", "subclass", ""]),
        ("act/s co:citesSource source/two", ["chain", "", ""]),
        ("source/e2 a co:Evidence", ["subclass", ""]),
    ],
)
def test_shortest_proof_is_found_and_re_checks(story: Explainer, fact: str, steps: list[str]) -> None:
    subject, predicate, value = fact.split()
    goal = (node(subject), TYPE if predicate == "a" else node(predicate), node(value))
    proof = story.explain(goal)
    assert [step.rule for step in proof.walk()] == steps
    Checker(story.union.store).check(proof)


def test_symmetric_facts_do_not_prove_each_other() -> None:
    store = small("cop:a co:rivalGovernmentOf cop:b . cop:b a co:Polity .")
    goal = (node("polity/b"), node("co:rivalGovernmentOf"), node("polity/a"))
    proof = explain(store, *goal)
    assert [step.kind for step in proof.walk()] == ["axiom", "asserted"]
    store.remove(next(store.quads_for_pattern(*goal[::-1], node("graph/facts/acts-test"))))
    assert explain(store, *goal).status == "not entailed"


def test_asserted_is_an_answer(story: Explainer) -> None:
    proof = story.explain((node("act/s"), node("co:inResponseTo"), node("act/r")))
    assert proof.status == "asserted"
    assert [str(citation) for citation in proof.citations] == [
        "Report two (Agency): “as a response” (The ministry)"
    ]


def test_what_does_not_follow_names_what_is_missing(story: Explainer) -> None:
    proof = story.explain((node("act/r"), TYPE, node("co:Retaliation")))
    assert proof.status == "not entailed"
    missing = {step.sentence for step in proof.premises if step.kind == "missing"}
    assert missing == {
        "A recognises B is a severance of relations",
        "A recognises B — in response to: something",
        "something is a recognition",
    }


def test_nearest_way_builds_on_what_holds(story: Explainer) -> None:
    proof = story.explain((node("act/s"), node("co:consequentTo"), node("act/t")))
    assert proof.status == "not entailed"
    assert any(step.kind == "missing" for step in proof.premises)


def test_what_nothing_gives_would_have_to_be_asserted(story: Explainer) -> None:
    proof = story.explain((node("act/r"), node("co:edtf"), node("act/r")))
    assert (proof.status, proof.premises) == ("not entailed", ())


def test_explainer_that_has_answered_much_forgets_and_goes_on(
    story: Explainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanation, "_REMEMBERED", 0)
    goal = (node("act/t"), node("co:consequentTo"), node("act/r"))
    assert story.explain(goal) == story.explain(goal)
