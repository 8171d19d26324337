"""The question files: headers that tell all, queries that any SPARQL 1.1 engine takes, and the list of them."""

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib.plugins.sparql import prepareQuery

from comity.questions.questions import Question, by_topic, questions
from comity.schema import Bindings, bind
from comity.store.database import Store

from .conftest import Ask
from .listing import listing

ALL = pytest.mark.parametrize("asked", questions().values(), ids=list(questions()))
#: Every shipped act has a source, so that the question about those without one finds nothing.
ANSWERED = pytest.mark.parametrize(
    "asked",
    [asked for name, asked in questions().items() if name != "unsourced-acts"],
    ids=lambda asked: asked.name,
)
PAGE = Path(__file__).parent.parent.parent / "docs" / "questions.md"
_COUNTS = re.compile(r"\bCOUNT\(")
_SILENCE = re.compile(r"known|silen|refus|may |not counted|one source|lose|explicit|all listed")


@ANSWERED
def test_it_runs_as_it_stands(ask: Ask, asked: Question) -> None:
    assert next(ask(asked.sparql), None) is not None, "the example of a question finds something"


@ALL
def test_it_is_sparql_1_1_for_another_parser_too(asked: Question) -> None:
    prepareQuery(asked.sparql)


@ALL
def test_it_uses_no_extension_of_an_engine(asked: Question) -> None:
    body = re.sub(r'"[^"]*"|<[^>]*>|#.*', "", asked.sparql)
    functions = set(re.findall(r"\b([a-z]+:\w+)\s*\(", body))
    assert functions <= {"xsd:integer"}
    assert not re.search(r"\b(LATERAL|ADJUST|SERVICE|LOAD)\b", body)


@ALL
def test_a_parameter_has_an_example_in_the_header_and_the_query(asked: Question) -> None:
    for parameter in asked.parameters:
        assert parameter.example or not parameter.required
        assert parameter.about.strip()
        in_values = re.search(rf"VALUES \([?\w ]*\?{parameter.name}\b", asked.sparql)
        in_snapshot = parameter.type == "date" and f"as-of/{parameter.example}" in asked.sparql
        in_bounds = parameter.name == "reading" and "co:startLatest" in asked.sparql
        assert in_values or in_snapshot or in_bounds, parameter.name


@ALL
def test_each_snapshot_that_it_names_is_that_of_a_parameter(asked: Question) -> None:
    examples = [parameter.example for parameter in asked.parameters if parameter.type == "date"]
    assert len(examples) == len(set(examples))
    assert set(re.findall(r"as-of/([0-9-]+)", asked.sparql)) <= set(examples)


#: How a question states that something is in force on a day, where no snapshot answers: in the words of the rules.
_IN_FORCE = re.compile(
    r"co:startLatest (?P<start>\?\w+) \.\s+FILTER \((?P=start) <= (?P<day>\?\w+)\)\s+"
    r"FILTER NOT EXISTS \{ (?P<thing>\?\w+) co:endEarliest (?P<end>\?\w+) \. FILTER \((?P=end) <= (?P=day)\) \}"
)
#: Two claims, two recognitions, or a claim and a recognition, are in force at once.
_TWICE = {"contradictions", "inconsistent-parties", "recognisers-of-two"}


@ALL
def test_it_does_not_repeat_what_in_force_means(asked: Question) -> None:
    found = len(_IN_FORCE.findall(asked.sparql))
    assert found <= (2 if asked.name in _TWICE else 1)
    # Nothing else compares an end with the day, and what only relations between parties hold comes from snapshots.
    assert not re.search(
        r"!BOUND\(\?\w*[eE]nd\w*\)|impliedEnd|noLonger|co:firstParty|co:secondParty", asked.sparql
    )
    assert not re.search(r"a co:Membership", asked.sparql) or asked.name in _WHOLE_MEMBERSHIPS


_WHOLE_MEMBERSHIPS = {"never-recognised-by-un-members"}


def test_who_recognises_is_understood_at_sight() -> None:
    body = questions()["who-recognises"].sparql.partition("WHERE {")[2].partition("\n}")[0]
    assert len(body.strip().splitlines()) <= 25


def test_the_questions_stay_short() -> None:
    assert sum(asked.sparql.count("\n") for asked in questions().values()) <= 2000


@ALL
def test_every_line_of_values_for_parameters_is_replaced(real_store: Store, asked: Question) -> None:
    values = {p.name: p.example for p in asked.parameters if p.example and p.required}
    marked: Bindings = {p.name: ox.Literal("asked") for p in asked.parameters}
    lines = re.findall(r"VALUES \([?\w ]+\) \{[^{}]*\}", bind(asked.sparql, marked))
    mixed = [line for line in lines if "asked" not in line and any(f"?{name}" in line for name in marked)]
    assert mixed == []
    asked.bind(real_store.oxigraph, values)


@ALL
def test_the_header_says_what_silence_means(asked: Question) -> None:
    assert asked.topic and asked.answer and asked.title[0].isupper()
    if _COUNTS.search(asked.sparql):
        assert _SILENCE.search(asked.description), asked.description


@ANSWERED
def test_labels_for_people_come_before_iris(ask: Ask, asked: Question) -> None:
    first = next(ask(asked.sparql))[0]
    assert isinstance(first, ox.Literal)


def test_every_question_stands_in_a_list_of_topics() -> None:
    listed = [one.name for _, those in by_topic() for one in those]
    assert sorted(listed) == sorted(questions()) and len(listed) >= 78
    assert dict(by_topic())["Recognition"][0].name == "who-recognises"


def test_the_page_of_questions_is_in_step_with_the_files() -> None:
    assert PAGE.read_text("utf-8") == listing(), "write it anew: python -m tests.questions.listing"
