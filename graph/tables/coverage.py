"""Coverage of the record: the counts of other publishers, and statements of coverage by party and topic.

Counts of the record itself are never entered: :mod:`comity.snapshots.totals` computes them.
"""

import re

from pyoxigraph import NamedNode

from comity.iris import BASE, NOTE, thing
from comity.tables.parties import Context
from comity.tables.quad_builder import GraphWriter, is_sourced
from comity.tables.reader import Row, Table

#: The subject of a statement that names nobody: every party without its own statement.
DATASET = NamedNode(BASE + "dataset")
TOPICS = ("recognition", "recognition-by", "relations", "claims")
COMPLETENESS = ("complete", "nearly", "partly", "incidentally")
#: The measures of totals, by the names used in :mod:`comity.snapshots.totals`.
MEASURES = (
    "recognisers",
    "recognisers-ever",
    "recognised",
    "relations",
    "relations-ever",
    "broken-relations",
    "pairs-ever",
)
QUALIFIERS = ("exactly", "about", "at least")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def total_iri(identifier: str) -> NamedNode:
    """Return the IRI of a known total by its id."""
    return thing("total", identifier)


def _is_day(row: Row, context: Context) -> bool:
    if not context.checker.date(row, "as_of"):
        return False
    if _DAY.fullmatch(row["as_of"]):
        return True
    message = f"{row['as_of']!r} is not a valid day."
    cure = "Write YYYY-MM-DD: a total is counted on a day."
    context.checker.problems.append(row.problem("as_of", message, cure))
    return False


def load_totals(table: Table, context: Context) -> None:
    """Load ``known-totals``: the counts of other publishers on a day."""
    checker = context.checker
    for row in table:
        filled = checker.required(row, ("id", "about", "measure", "as_of", "number", "counted"))
        known = checker.one_of(row, "measure", MEASURES)
        known &= not row["qualifier"] or checker.one_of(row, "qualifier", QUALIFIERS)
        number = row["number"].isdecimal()
        if row["number"] and not number:
            message = f"{row['number']!r} is not a whole number."
            checker.problems.append(row.problem("number", message, "Write it in digits."))
        about = context.party(row, "about")
        among = context.party(row, "among") if row["among"] else None
        if filled and known and number and _is_day(row, context) and about:
            node = total_iri(row["id"])
            sourced = is_sourced(row.values)
            writer = context.builder.describe(row, node, "KnownTotal", label=row["counted"], sourced=sourced)
            writer.link(node, "about", about)
            writer.literal(node, "measure", row["measure"])
            if among:
                writer.link(node, "among", among)
            writer.literal(node, "asOf", row["as_of"], "date")
            writer.literal(node, "number", row["number"], "integer")
            writer.literal(node, "qualifier", row["qualifier"] or QUALIFIERS[0])
            writer.text(node, NOTE, row["note"])
            context.sources.cite("known-totals", node, context.sources.of(row))


def load_coverage(table: Table, context: Context) -> None:
    """Load ``coverage``: how complete the record is for a party and topic, compared with which list."""
    checker = context.checker
    for row in table:
        filled = checker.required(row, ("topic", "completeness", "as_of"))
        known = checker.one_of(row, "topic", TOPICS) & checker.one_of(row, "completeness", COMPLETENESS)
        about = context.party(row, "about") if row["about"] else DATASET
        if filled and known and _is_day(row, context) and about:
            _write_statement(row, about, context)


def _write_statement(row: Row, about: NamedNode, context: Context) -> None:
    name = row["about"] or "every-other-party"
    label = f"Coverage of {context.label(about) if row['about'] else 'every other party'}: {row['topic']}"
    node = thing("coverage", name, row["topic"])
    # A statement that data is missing needs no source; a shape requires one of the others.
    writer: GraphWriter = context.builder.describe(row, node, "CoverageStatement", label=label)
    writer.link(node, "about", about)
    writer.literal(node, "topic", row["topic"])
    writer.literal(node, "completeness", row["completeness"])
    writer.literal(node, "asOf", row["as_of"], "date")
    if row["known_total"]:
        writer.link(node, "checkedAgainst", total_iri(row["known_total"]))
    writer.text(node, "missing", row["missing"])
    writer.text(node, NOTE, row["note"])
    context.sources.cite("coverage", node, context.sources.of(row))
