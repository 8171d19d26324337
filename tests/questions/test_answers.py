"""Every question against the real facts: the rows it must give, those it must not, and totals known elsewhere."""

import tomllib
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from comity.iris import BASE
from comity.questions.questions import question, questions
from comity.store.database import Store

Row = dict[str, str]
CASES: list[dict[str, Any]] = [
    case
    for file in sorted(Path(__file__).parent.glob("*.toml"))
    for case in tomllib.loads(file.read_text("utf-8"))["case"]
]


def name(case: dict[str, Any]) -> str:
    return " ".join([case["question"], *(f"{key}={value}" for key, value in case["params"].items())])


def shown(term: ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple | None) -> str:
    assert term is None or isinstance(term, ox.NamedNode | ox.Literal)
    return "" if term is None else term.value.removeprefix(BASE)


def ask(store: Store, case: dict[str, Any]) -> list[Row]:
    solutions = store.oxigraph.query(question(case["question"]).bind(store.oxigraph, case["params"]))
    assert isinstance(solutions, ox.QuerySolutions)
    columns = [variable.value for variable in solutions.variables]
    return [{column: shown(solution[column]) for column in columns} for solution in solutions]


def fits(row: Row, wanted: Row) -> bool:
    return all(row[column] == value for column, value in wanted.items())


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_answer_is_as_expected(real_store: Store, case: dict[str, Any]) -> None:
    rows = ask(real_store, case)
    assert len(rows) == case.get("rows", len(rows))
    assert [wanted for wanted in case.get("has", ()) if not any(fits(row, wanted) for row in rows)] == []
    assert [row for row in rows for unwanted in case.get("hasnt", ()) if fits(row, unwanted)] == []


@pytest.mark.parametrize("asked", questions())
def test_every_question_has_an_expected_answer(asked: str) -> None:
    assert [case for case in CASES if case["question"] == asked and ("rows" in case or "has" in case)]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_case_looks_at_columns_that_the_answer_has(real_store: Store, case: dict[str, Any]) -> None:
    solutions = real_store.oxigraph.query(question(case["question"]).sparql)
    assert isinstance(solutions, ox.QuerySolutions)
    columns = {variable.value for variable in solutions.variables}
    assert {column for row in (*case.get("has", ()), *case.get("hasnt", ())) for column in row} <= columns
