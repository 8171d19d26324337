"""The statements of coverage and the totals of other publishers, against what the record holds."""

import csv
from pathlib import Path

import pytest

from comity.questions.coverage import Coverage
from comity.questions.questions import question
from comity.schema import select
from comity.snapshots.calendar import Calendar
from comity.store.database import Store
from comity.tables.coverage import TOPICS

FACTS = Path(__file__).parents[2] / "graph" / "facts"


def rows(name: str) -> list[dict[str, str]]:
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def record(real_store: Store) -> Coverage:
    return Coverage(real_store.oxigraph, Calendar(real_store.oxigraph))


def test_what_is_complete_holds_all_that_its_list_has(record: Coverage) -> None:
    complete = {one.label: one.total for one in record.statements() if one.completeness == "complete"}
    assert complete and None not in complete.values()
    wrong = {name: (total.number, total.recorded) for name, total in complete.items() if total.difference}
    assert wrong == {}


def test_every_party_has_a_statement_on_every_topic_and_so_has_every_pair(real_store: Store) -> None:
    asked = question("coverage")
    for row in rows("polities"):
        found = select(real_store.oxigraph, asked.bind(real_store.oxigraph, {"polity": row["id"]}))
        assert sorted(one["topic"].value for one in found) == sorted(TOPICS), row["id"]


@pytest.mark.long  # the deviations are those of the record of the whole world
def test_the_record_deviates_from_other_publishers_as_the_table_says(record: Coverage) -> None:
    listed = {row["id"]: int(row["deviation"] or 0) for row in rows("known-totals")}
    found = {total.iri.rpartition("/")[2]: total.difference for total in record.totals()}
    assert {name: found.get(name) for name in listed} == listed


def test_a_deviation_has_its_reason() -> None:
    assert [row["id"] for row in rows("known-totals") if row["deviation"] and not row["note"]] == []
