"""Disputes of acts: which party denies another's act, since when and on what grounds."""

from comity.english import capital
from comity.iris import BASE, thing
from comity.tables.acts import ActIndex, label
from comity.tables.parties import Context
from comity.tables.quad_builder import is_sourced
from comity.tables.reader import Table


def load_disputes(table: Table, context: Context, acts: ActIndex) -> None:
    """Load ``disputes``; the act is named as ``kind/actor/object``, with its date as a fourth part if necessary."""
    checker = context.checker
    for row in table:
        filled = checker.required(row, ("act", "by", "date", "ground"))
        dated = checker.date(row, "date", ordered=True) and checker.date(row, "source_date")
        party, act = context.party(row, "by"), acts.find(row["act"])
        if row["act"] and act is None:
            problem = row.problem("act", f"{row['act']!r} does not name an act.", "Add its row first.")
            checker.problems.append(problem)
        if not (filled and dated and party and act):
            continue
        path = act.iri.value.removeprefix(BASE + "act/").split("/")
        node = thing("dispute", row["by"], *path)
        name = capital(f"{context.named(party)} disputes: {label(act, context)}")
        writer = context.builder.describe(row, node, "Dispute", label=name, sourced=is_sourced(row.values))
        writer.link(node, "disputes", act.iri)
        writer.link(node, "disputedBy", party)
        writer.text(node, "ground", row["ground"])
        writer.edtf(node, "edtf", row["date"], "earliest", "latest")
        context.sources.cite("disputes", node, context.sources.of(row))
