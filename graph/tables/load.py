"""Conversion of the tables of facts to asserted quads: everything curators wrote, with the row it came from."""

from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from comity.errors import Problem, TableError
from comity.iris import organisation, thing
from comity.tables import coverage, parties
from comity.tables.acts import Act, ActIndex, merge, read_acts, write_act, write_rows
from comity.tables.disputes import load_disputes
from comity.tables.parties import Catalogue, Context
from comity.tables.quad_builder import QuadBuilder
from comity.tables.reader import Checker, Table, read_all
from comity.tables.sources import KINDS, Sources
from comity.tables.statements import StatementTables
from comity.wellformed import UNWRITABLE, unwritable

#: Loaders of the tables that acts need, and of those loaded after the acts, in order.
_BEFORE_ACTS = {
    "polities": parties.load_polities,
    "organisations": parties.load_organisations,
    "polity-codes": parties.load_codes,
    "governments": parties.load_governments,
    "polity-names": parties.load_names,
    "statuses": parties.load_statuses,
    "rivals": parties.load_rivals,
}
_AFTER_ACTS = {
    "memberships": parties.load_memberships,
    "successions": parties.load_successions,
    "status-claims": parties.load_claims,
    "recognition-policies": parties.load_policies,
    "known-totals": coverage.load_totals,
    "coverage": coverage.load_coverage,
}


@dataclass
class Facts:
    """The content of tables.

    ``origin`` maps each node to the file and line of its first row; warnings concern rows that can be read but
    look wrong.
    """

    quads: list[Quad]
    acts: list[Act]
    catalogue: Catalogue
    origin: dict[NamedNode, tuple[str, int]]
    warnings: list[Problem]


@dataclass
class ExistingGraph:
    """The data known before tables are read: none for a build, the graph when rows are added to one."""

    builder: QuadBuilder = field(default_factory=QuadBuilder)
    catalogue: Catalogue = field(default_factory=Catalogue)
    sources: Sources | None = None
    acts: list[Act] = field(default_factory=list)
    things: dict[str, NamedNode] = field(default_factory=dict)


def load(folder: Path) -> Facts:
    """Return the content of all tables of a folder.

    :raises TableError: with every problem of every table, if any cannot be read.
    """
    tables, problems = read_all(folder)
    return assemble(tables, problems)


def assemble(
    tables: list[Table], problems: list[Problem] | None = None, existing: ExistingGraph | None = None
) -> Facts:
    """Return the content of tables that are in memory.

    :param problems: problems found while the tables were read.
    :param existing: the graph to which rows are added; for an act already in it, only added data is written.
    :raises TableError: with every problem of every table, if there are any.
    """
    existing = existing or ExistingGraph()
    checker = Checker(list(problems or ()))
    for row in (row for table in tables for row in table):
        if unwritable("".join(row.values.values())):
            checker.problems += [
                row.problem(name, *found) for name in row.values if (found := unwritable(row[name]))
            ]
            row.values.update((name, UNWRITABLE.sub("\ufffd", value)) for name, value in row.values.items())
        prefix = "" if row.table == "sources.csv" else "source_"
        checker.titled(row, f"{prefix}title", f"{prefix}publisher")
        checker.addresses(row)
        if row["source_kind"]:
            checker.one_of(row, "source_kind", KINDS)
    sources = existing.sources or Sources(existing.builder)
    context = Context(existing.catalogue, existing.builder, sources, checker)
    by_name = {table.name: table for table in tables}
    if "publishers" in by_name:
        sources.publishers(by_name["publishers"], checker)
    if "sources" in by_name:
        sources.describe(by_name["sources"], checker)
    for row in by_name.get("bodies", ()):
        context.catalogue.labels[organisation(row["id"])] = row["name"]
    for row in by_name.get("places", ()):
        context.catalogue.labels[thing("place", row["id"])] = row["name"]
    for name, loader in _BEFORE_ACTS.items():
        if name in by_name:
            loader(by_name[name], context)

    read = [act for table in tables if table.kind == "acts" for act in read_acts(table, context)]
    acts, warnings = merge([*existing.acts, *read])
    index = ActIndex(acts)
    warnings += index.link_responses([act for act in acts if act.node is None])
    for act in acts:
        if act.node is None:
            write_act(act, context)
        else:
            write_rows(act, context)

    for name, loader in _AFTER_ACTS.items():
        if name in by_name:
            loader(by_name[name], context)
    if "disputes" in by_name:
        load_disputes(by_name["disputes"], context, index)
    StatementTables(context, index, existing.things).load(by_name)
    sources.write_all()
    warnings += sources.mixed_publishers()
    if checker.problems:
        raise TableError(checker.problems)
    quads = list(dict.fromkeys(existing.builder.quads))
    return Facts(quads, acts, context.catalogue, existing.builder.origin, warnings)
