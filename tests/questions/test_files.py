"""The question files: headers that tell all, queries that any SPARQL 1.1 engine takes, and the list of them."""

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib.plugins.sparql import prepareQuery

from comity.questions.questions import Question, questions
from comity.rules import Bindings, bind
from comity.store.database import Store

from .listing import listing

ALL = pytest.mark.parametrize("asked", questions().values(), ids=list(questions()))
PAGE = Path(__file__).parent.parent.parent / "docs" / "questions.md"
_COUNTS = re.compile(r"\bCOUNT\(")
_SILENCE = re.compile(r"known|silen|refus|may |not counted|one source|falls|so many words|all stand")


@ALL
def test_it_runs_as_it_stands(real_store: Store, asked: Question) -> None:
    solutions = real_store.oxigraph.query(asked.sparql)
    assert isinstance(solutions, ox.QuerySolutions)
    assert next(solutions, None) is not None, "the example of a question finds something"


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
        assert re.search(rf"VALUES \([?\w ]*\?{parameter.name}\b", asked.sparql), parameter.name


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


@ALL
def test_labels_for_people_come_before_iris(real_store: Store, asked: Question) -> None:
    solutions = real_store.oxigraph.query(asked.sparql)
    assert isinstance(solutions, ox.QuerySolutions)
    first = next(solutions)[0]
    assert isinstance(first, ox.Literal)


def test_the_story_has_a_dozen_questions_and_the_rest_many_topics() -> None:
    topics = [asked.topic for asked in questions().values()]
    assert topics.count("story") >= 12
    assert len(topics) >= 40
    assert len(set(topics)) >= 15


def test_the_page_of_questions_is_in_step_with_the_files() -> None:
    assert PAGE.read_text("utf-8") == listing(), "write it anew: python -m tests.questions.listing"
