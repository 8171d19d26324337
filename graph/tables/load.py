"""The tables of facts as asserted quads: everything that curators wrote, and where they wrote it."""

from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from comity.errors import Problem, TableError
from comity.iris import organisation
from comity.tables.acts import Act, Answers, assert_acts, assert_rows, merge, read_acts
from comity.tables.claims import load_claims, load_memberships, load_successions
from comity.tables.parties import (
    Catalogue,
    load_codes,
    load_organisations,
    load_polities,
    load_rivals,
    load_statuses,
)
from comity.tables.quad_builder import Assertions
from comity.tables.reader import Checker, Table, read_all
from comity.tables.sources import Sources
from comity.tables.statements import Story


@dataclass
class Facts:
    """What the tables say: the quads, the acts among them, the place of each node, and warnings."""

    quads: list[Quad]
    acts: list[Act]
    catalogue: Catalogue
    origin: dict[NamedNode, tuple[str, int]]
    warnings: list[Problem]


def load(folder: Path) -> Facts:
    """Read all tables of a folder.

    :raises TableError: with every problem of every table, when anything cannot be read.
    """
    tables, problems = read_all(folder)
    return assemble(tables, problems)


@dataclass
class Ground:
    """What is known before tables are read: nothing for a build, the graph for rows that are added to it."""

    assertions: Assertions = field(default_factory=Assertions)
    catalogue: Catalogue = field(default_factory=Catalogue)
    sources: Sources | None = None
    acts: list[Act] = field(default_factory=list)
    things: dict[str, NamedNode] = field(default_factory=dict)


def assemble(
    tables: list[Table], problems: list[Problem] | None = None, ground: Ground | None = None
) -> Facts:
    """Make the quads of tables that are in memory; see :func:`load`."""
    ground = ground or Ground()
    checker, assertions, catalogue = Checker(), ground.assertions, ground.catalogue
    checker.problems += problems or []
    sources = ground.sources or Sources(assertions)
    by_name = {table.name: table for table in tables}
    if "sources" in by_name:
        sources.describe(by_name["sources"], checker)
    _load_catalogue(by_name, catalogue, assertions, sources, checker)
    read = [one for table in tables if table.kind == "acts" for one in read_acts(table, catalogue, checker)]
    acts, warnings = merge([*ground.acts, *read])
    answers = Answers(acts)
    known = {id(one) for one in ground.acts}
    fresh = [one for one in acts if id(one) not in known]
    for one in fresh:
        one.rows = [
            row for row in one.rows if row.line
        ]  # Line 0 stands for an act of the graph that it repeats.
    warnings += answers.link(fresh)
    assert_acts(fresh, catalogue, assertions, sources)
    for one in ground.acts:
        if more := [row for row in one.rows if row.line]:
            assert_rows(one, more, assertions, sources)
    for name, loader in (
        ("memberships", load_memberships),
        ("successions", load_successions),
        ("status-claims", load_claims),
    ):
        if name in by_name:
            loader(by_name[name], catalogue, assertions, sources, checker)
    Story(catalogue, answers, assertions, sources, checker, ground.things).load(by_name)
    sources.assert_all()
    if checker.problems:
        raise TableError(checker.problems)
    return Facts(list(dict.fromkeys(assertions.quads)), acts, catalogue, assertions.origin, warnings)


def _load_catalogue(
    tables: dict[str, Table], catalogue: Catalogue, assertions: Assertions, sources: Sources, checker: Checker
) -> None:
    for name, loader in (
        ("polities", load_polities),
        ("organisations", load_organisations),
        ("polity-codes", load_codes),
        ("statuses", load_statuses),
    ):
        if name in tables:
            loader(tables[name], catalogue, assertions, checker)
    for row in tables.get("bodies", ()):
        catalogue.labels[organisation(row["id"])] = row["name"]
    if "rivals" in tables:
        load_rivals(tables["rivals"], catalogue, assertions, sources, checker)
