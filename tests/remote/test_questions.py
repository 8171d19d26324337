"""Every question, asked with the examples of what it needs, has one answer in all engines that can plan it."""

import re
from collections.abc import Iterator
from typing import cast

import pyoxigraph as ox
import pytest

from comity.questions.questions import answer, question, questions
from comity.remote.build import build_remote
from comity.remote.store import open_remote
from comity.store.database import Store
from tests.sample import sample_folder

from . import engines

#: What Virtuoso 7 refuses with an internal error of its compiler, or answers with too few rows (docs/scale.md).
NOT_ON_VIRTUOSO = {
    *("bloc-deviants", "breaks-of-relations", "compare-perspectives", "inconsistent-parties", "isolation"),
    *("missions", "recognised-by", "recognisers-of-two", "refusals", "statuses-held", "through-annexation"),
    *("who-recognises", "withdrawals", "never-recognised-by-un-members", "status-holders"),
    *("coverage", "strength-of-evidence"),
}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("virtuoso", marks=pytest.mark.needs("virtuoso")),
        pytest.param("oxigraph", marks=pytest.mark.needs("oxigraph")),
    ],
)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Store]]:
    with getattr(engines, request.param)(tmp_path_factory.mktemp(request.param)) as address:
        build_remote(address, sample_folder(), "real", lambda stage: None)
        yield request.param, open_remote(address)


def cell(term: object) -> str:
    """Give a cell without what engines write otherwise: forms of numbers, tags of joined texts, and their order."""
    if not isinstance(term, ox.Literal):
        return str(term or "")
    if term.datatype.value.endswith(("integer", "decimal", "double", "int")):
        return f"{float(term.value):.6g}"
    return "|".join(sorted(filter(None, re.split(r" \| |, | ", term.value))))


def rows(store: Store, sparql: str) -> list[list[str]]:
    solutions = cast(ox.QuerySolutions, answer(store, sparql))
    names = [variable.value for variable in solutions.variables]
    return sorted([*names, *(cell(row[name]) for name in names)] for row in solutions)


def left_out(found: list[list[str]], expected: list[list[str]], grouped: bool) -> bool:
    """Tell whether rows are only missing: of groups, whose counts then differ too, what their IRIs name is compared."""
    if not grouped:
        return all(row in expected for row in found)
    known = {tuple(value for value in row if value.startswith("<")) for row in expected}
    return all(tuple(value for value in row if value.startswith("<")) in known for row in found)


@pytest.mark.long
@pytest.mark.parametrize("name", questions())
def test_a_question_has_one_answer_in_all_engines(
    engine: tuple[str, Store], real_store: Store, name: str
) -> None:
    kind, remote = engine
    if kind == "virtuoso" and name in NOT_ON_VIRTUOSO:
        pytest.xfail("Virtuoso 7 cannot plan it, or leaves rows out")
    values = {item.name: item.example or "" for item in question(name).parameters if item.required}
    sparql = question(name).bind(real_store.oxigraph, values)
    expected = rows(real_store, sparql)
    found = rows(remote, sparql)
    # Virtuoso 7 now and then leaves rows out, also before it counts them; a comment makes it plan anew. Nothing of
    # the kind is known of others.
    for again in range(2 if kind == "virtuoso" else 0):
        if found != expected:
            found = rows(remote, f"{sparql}\n# {again}")
    if kind == "virtuoso" and found != expected and left_out(found, expected, grouped="GROUP BY" in sparql):
        pytest.xfail("Virtuoso 7 left rows out three times")
    assert found == expected
