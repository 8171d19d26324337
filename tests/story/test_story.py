"""Every question that the news report of July 2022 raises, put to the graph of the real facts."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from comity.iris import BASE, prologue
from comity.store.database import Store


@dataclass(frozen=True)
class Question:
    """One question of the report: what it asks, the query that answers it, the rows expected."""

    id: str
    asks: str
    query: str
    expect: Any
    ordered: bool = False
    columns: tuple[str, ...] = ()


def questions() -> list[Question]:
    files = sorted(Path(__file__).parent.glob("*.toml"))
    return [Question(**one) for file in files for one in tomllib.loads(file.read_text("utf-8"))["question"]]


def shown(term: ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple | None) -> str:
    if term is None:
        return ""
    assert isinstance(term, ox.NamedNode | ox.Literal)
    return term.value.removeprefix(BASE)


def answer(store: Store, question: Question) -> Any:
    result = store.oxigraph.query(prologue() + question.query)
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    assert isinstance(result, ox.QuerySolutions)
    columns = question.columns or [variable.value for variable in result.variables]
    rows = [[shown(row[column]) for column in columns] for row in result]
    return rows if question.ordered else sorted(rows)


def names() -> list[str]:
    ids = [question.id for question in questions()]
    return [f"{one}-{ids[:place].count(one) + 1}" for place, one in enumerate(ids)]


@pytest.mark.parametrize("question", questions(), ids=names())
def test_the_graph_answers_as_the_report_does(real_store: Store, question: Question) -> None:
    expected = question.expect
    if isinstance(expected, list) and not question.ordered:
        expected = sorted(expected)
    assert answer(real_store, question) == expected


def test_no_question_is_left_out() -> None:
    wanted = {f"Q{number:02}" for number in range(1, 47)} | {f"N{number:02}" for number in range(1, 19)}
    assert {question.id for question in questions()} == wanted


@pytest.mark.parametrize("number", range(1, 47))
def test_every_answer_names_who_says_so(number: int) -> None:
    asked = [question for question in questions() if question.id == f"Q{number:02}"]
    selects = [question for question in asked if question.expect is not False]
    assert selects and all("?by" in question.query.partition("WHERE")[0] for question in selects)


@pytest.mark.parametrize("number", range(1, 19))
def test_every_denial_is_shown_by_absence_or_by_its_speakers(number: int) -> None:
    asked = [question for question in questions() if question.id == f"N{number:02}"]
    assert any(question.expect is False or "?by" in question.query for question in asked)


def test_each_statement_of_the_report_has_speaker_and_source(real_store: Store) -> None:
    query = """SELECT ?said WHERE { ?said a co:AttributedStatement
      FILTER NOT EXISTS { ?said co:speaker ?speaker ; co:reportedBy/(co:issuedBy|co:publisher) ?issuer } }"""
    assert list(real_store.oxigraph.query(prologue() + query)) == []


def test_what_is_said_is_no_evidence_of_itself(real_store: Store) -> None:
    query = "ASK { ?act a co:Act ; co:evidence ?said . ?said a co:AttributedStatement }"
    assert not real_store.oxigraph.query(prologue() + query)
