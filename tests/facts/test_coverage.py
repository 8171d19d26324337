"""The statements of coverage and the totals of other publishers, against what the record holds."""

import csv
from pathlib import Path

import pytest

from comity.questions.coverage import Coverage
from comity.questions.questions import question
from comity.schema import select
from comity.snapshots.calendar import Calendar
from comity.store.database import Store, open_store
from comity.tables.coverage import TOPICS

FACTS = Path(__file__).parents[2] / "graph" / "facts"


def rows(name: str) -> list[dict[str, str]]:
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def record(whole_path: Path) -> Coverage:
    """The coverage of the whole record, which counts otherwise than the sample of it."""
    store = open_store(whole_path).oxigraph
    return Coverage(store, Calendar(store))


@pytest.mark.long
def test_what_is_complete_holds_all_that_its_list_has(record: Coverage) -> None:
    complete = {one.label: one.total for one in record.statements() if one.completeness == "complete"}
    assert complete and None not in complete.values()
    wrong = {name: (total.number, total.recorded) for name, total in complete.items() if total.difference}
    assert wrong == {}


@pytest.mark.long
def test_every_party_has_a_statement_on_every_topic_and_so_has_every_pair(real_store: Store) -> None:
    asked = question("coverage")
    for row in rows("polities"):
        found = select(real_store.oxigraph, asked.bind(real_store.oxigraph, {"polity": row["id"]}))
        assert sorted(one["topic"].value for one in found) == sorted(TOPICS), row["id"]


@pytest.mark.long
def test_the_record_deviates_from_other_publishers_by_what_the_table_says(record: Coverage) -> None:
    listed = {row["id"]: row["deviation"] for row in rows("known-totals")}
    found = {total.iri.rpartition("/")[2]: total for total in record.totals()}
    wrong = {
        name: (found[name].number, found[name].recorded)
        for name, deviation in listed.items()
        if found[name].difference != int(deviation or 0)
        and not (found[name].qualifier == "at least" and found[name].difference > 0)
    }
    assert wrong == {}, "correct the facts or, if they are right, the deviation and its reason"


def test_there_are_totals_of_many_publishers_parties_and_years() -> None:
    totals = rows("known-totals")
    assert len(totals) >= 80
    assert len({row["about"] for row in totals}) >= 25
    assert all(row["source_publisher"] and (row["source_title"] or row["source_url"]) for row in totals)


def test_a_deviation_has_its_reason() -> None:
    assert [row["id"] for row in rows("known-totals") if row["deviation"] and not row["note"]] == []
