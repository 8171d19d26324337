"""Every question against the real facts: the rows it must give, those it must not, and totals known elsewhere."""

import tomllib
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from comity.iris import BASE
from comity.questions.questions import answer, question, questions
from comity.store.database import Store

from .conftest import Ask

Row = dict[str, str]
CASES: list[dict[str, Any]] = [
    case
    for file in sorted(Path(__file__).parent.glob("*.toml"))
    for case in tomllib.loads(file.read_text("utf-8"))["case"]
]


#: Cases that the sample answers, and those that only all the facts do.
SAMPLE = [case for case in CASES if case.get("facts", "sample") == "sample"]
ALL = [case for case in CASES if case.get("facts") == "all"]


def name(case: dict[str, Any]) -> str:
    return " ".join([case["question"], *(f"{key}={value}" for key, value in case["params"].items())])


def shown(term: ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple | None) -> str:
    assert term is None or isinstance(term, ox.NamedNode | ox.Literal)
    return "" if term is None else term.value.removeprefix(BASE)


def rows_of(solutions: ox.QuerySolutions) -> list[Row]:
    columns = [variable.value for variable in solutions.variables]
    return [{column: shown(solution[column]) for column in columns} for solution in solutions]


def with_parts_in_order(rows: list[Row]) -> list[dict[str, list[str]]]:
    """Return the rows with the parts of their cells sorted: SPARQL leaves the order of GROUP_CONCAT open."""
    return [{column: sorted(str(value).split(" | ")) for column, value in row.items()} for row in rows]


def fits(row: Row, wanted: Row) -> bool:
    return all(row[column] == value for column, value in wanted.items())


def check(rows: list[Row], case: dict[str, Any]) -> None:
    assert len(rows) == case.get("rows", len(rows))
    assert [wanted for wanted in case.get("has", ()) if not any(fits(row, wanted) for row in rows)] == []
    assert [row for row in rows for unwanted in case.get("hasnt", ()) if fits(row, unwanted)] == []


@pytest.mark.parametrize("case", SAMPLE, ids=name)
def test_the_answer_is_as_expected(ask: Ask, real_memory: ox.Store, case: dict[str, Any]) -> None:
    check(rows_of(ask(question(case["question"]).bind(real_memory, case["params"]))), case)


@pytest.mark.long
@pytest.mark.parametrize("case", ALL, ids=name)
def test_the_answer_of_all_the_facts_is_as_expected(whole_store: Store, case: dict[str, Any]) -> None:
    solutions = answer(whole_store, question(case["question"]).bind(whole_store.oxigraph, case["params"]))
    assert isinstance(solutions, ox.QuerySolutions)
    check(rows_of(solutions), case)


def test_a_case_names_facts_that_there_are() -> None:
    assert len(SAMPLE) + len(ALL) == len(CASES)


@pytest.mark.parametrize("asked", questions())
def test_every_question_has_an_expected_answer(asked: str) -> None:
    assert [case for case in CASES if case["question"] == asked and ("rows" in case or "has" in case)]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_case_looks_at_columns_that_the_answer_has(ask: Ask, case: dict[str, Any]) -> None:
    columns = {variable.value for variable in ask(question(case["question"]).sparql).variables}
    assert {column for row in (*case.get("has", ()), *case.get("hasnt", ())) for column in row} <= columns


@pytest.mark.parametrize("asked", ["who-recognises", "mutual-recognition", "count-of-recognisers"])
def test_a_store_on_disk_answers_alike_without_snapshots_made_before(
    ask: Ask, real_store: Store, asked: str
) -> None:
    sparql = question(asked).sparql
    solutions = answer(real_store, sparql)
    assert isinstance(solutions, ox.QuerySolutions)
    assert with_parts_in_order(rows_of(solutions)) == with_parts_in_order(rows_of(ask(sparql)))
