import json
import shutil
from pathlib import Path

import pytest
from frictionless import Package, Resource

from comity.tables.reader import known_columns

FACTS = Path(__file__).parents[2] / "graph" / "facts"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(FACTS, tmp_path / "facts")


def errors(folder: Path) -> list[tuple[str, str, str]]:
    report = Package(str(folder / "datapackage.json")).validate()
    return [(task.name, error.type, error.message) for task in report.tasks for error in task.errors]


def resources() -> list[Resource]:
    return Package(str(FACTS / "datapackage.json")).resources


def test_every_table_fits_its_description() -> None:
    assert errors(FACTS) == []


def test_every_table_is_described_and_every_description_has_its_table() -> None:
    described = {resource.path for resource in resources()}
    assert described == {path.name for path in FACTS.glob("*.csv")}


def test_the_reader_knows_every_column_that_is_described() -> None:
    for resource in resources():
        kind = "acts" if resource.name.startswith("acts-") else resource.name
        assert {field.name for field in resource.schema.fields} <= set(known_columns(kind)), resource.name


def test_every_table_and_every_column_is_explained() -> None:
    for resource in resources():
        assert resource.title and resource.description and resource.sources, resource.name
        for field in resource.schema.fields:
            assert field.title and field.description, (resource.name, field.name)


def test_licence_and_sources_are_named() -> None:
    package = json.loads((FACTS / "datapackage.json").read_text("utf-8"))
    assert [licence["name"] for licence in package["licenses"]] == ["CC-BY-4.0"]
    assert package["sources"]


WRONG = [
    ("memberships.csv", "afghanistan,united-nations", "atlantis,united-nations", "foreign-key"),
    ("memberships.csv", "1946-11-19", "19 November 1946", "constraint-error"),
    ("acts-ukraine.csv", "annexation,russia,crimea", "theft,russia,crimea", "constraint-error"),
    ("polities.csv", "id,name,official_name", "id,name,official", "incorrect-label"),
    ("people.csv", "olga-makeyeva,Olga", "dmytro-kuleba,Olga", "unique-error"),
]


def test_wrong_cells_are_found(copy: Path) -> None:
    for table, before, after, _ in WRONG:
        text = (copy / table).read_text("utf-8")
        assert before in text
        (copy / table).write_text(text.replace(before, after, 1), "utf-8")
    found = {(name, kind) for name, kind, _ in errors(copy)}
    assert {(Path(table).stem, expected) for table, _, _, expected in WRONG} <= found
