"""What lasts by the tables themselves: memberships, successions and claims about status.

A claim says what one party holds another to be for a time; it is never a statement of fact. A contested succession
is such a claim too and names the parties that hold it.
"""

from pyoxigraph import NamedNode

from comity.edtf import bounds
from comity.iris import status, thing
from comity.tables.parties import Context
from comity.tables.quad_builder import NOTE, is_sourced
from comity.tables.reader import Checker, Row, Table
from comity.tables.sources import evidence_iri

#: Statuses of a seat in an organisation; only ``member`` makes a member.
MEMBERSHIP_STATUSES = (
    "member",
    "observer",
    "suspended",
    "withdrawal_announced",
    "participation_frozen",
    "participant",
    "invited",
    "g8_member",
    "associate",
    "applicant",
)
SUCCESSION_KINDS = ("continues", "succeeds", "dissolved-into", "annexed-by", "united-into")
#: Uncontested successions that also stand as one triple between the polities.
_DIRECT = {"continues": "continues", "succeeds": "succeeds"}


def _in_order(row: Row, checker: Checker) -> bool:
    if row["until"] and bounds(row["until"])[1] < bounds(row["since"])[0]:
        message = f"{row['until']!r} lies before the beginning, {row['since']!r}."
        checker.problems.append(row.problem("until", message, "Correct one of the two dates."))
        return False
    return True


def load_memberships(table: Table, context: Context) -> None:
    """Load ``memberships``: one row for each stretch of time that a party has a seat in an organisation."""
    checker = context.checker
    for row in table:
        filled = checker.required(row, ("polity", "organisation", "since"))
        dated = checker.date(row, "since") and checker.date(row, "until")
        known = not row["status"] or checker.one_of(row, "status", MEMBERSHIP_STATUSES)
        member, seat = context.party(row, "polity"), context.party(row, "organisation")
        if not (filled and dated and known and member and seat and _in_order(row, checker)):
            continue
        state = row["status"] or "member"
        node = thing(
            "membership", row["polity"], row["organisation"], row["since"], *[state] * (state != "member")
        )
        writer = context.builder.in_table("memberships", is_sourced(row.values))
        writer.provenance(node, row.table, row.line)
        label = f"{context.label(member)}, {state.replace('_', ' ')} of {context.label(seat)}"
        writer.node(node, "Membership", label=label)
        writer.link(node, "member", member)
        writer.link(node, "organisation", seat)
        writer.literal(node, "membershipStatus", state)
        writer.interval(node, row["since"], row["until"])
        writer.text(node, NOTE, row["note"])
        context.sources.cite("memberships", node, context.sources.of(row))


def load_successions(table: Table, context: Context) -> None:
    """Load ``successions``; contested ones become claims of the parties that hold them."""
    checker = context.checker
    for row in table:
        filled = checker.required(row, ("successor", "predecessor", "kind", "date"))
        fine = checker.date(row, "date") and checker.one_of(row, "kind", SUCCESSION_KINDS)
        successor, predecessor = context.party(row, "successor"), context.party(row, "predecessor")
        holders = context.parties(row, "held_by")
        if row["note"].startswith("Contested") and not row["held_by"]:
            message = "a contested succession is somebody's claim, and nobody is named."
            checker.problems.append(
                row.problem("held_by", message, "Name the party or parties that hold it.")
            )
        elif filled and fine and successor and predecessor:
            _write_succession(row, successor, predecessor, holders, context)


def _write_succession(
    row: Row, successor: NamedNode, predecessor: NamedNode, holders: list[NamedNode], context: Context
) -> None:
    node = thing("succession", row["successor"], row["predecessor"])
    writer = context.builder.in_table("successions", is_sourced(row.values))
    writer.provenance(node, row.table, row.line)
    names = (context.label(successor), row["kind"].replace("-", " "), context.label(predecessor))
    if row["kind"] not in ("continues", "succeeds"):
        names = names[::-1]
    writer.node(node, "ContestedSuccession" if holders else "Succession", label=" ".join(names))
    writer.link(node, "successor", successor)
    writer.link(node, "predecessor", predecessor)
    writer.literal(node, "successionKind", row["kind"])
    writer.edtf(node, "edtf", row["date"], "earliest", "latest")
    for holder in holders:
        writer.link(node, "heldBy", holder)
    writer.text(node, NOTE, row["note"])
    if not holders and row["kind"] in _DIRECT:
        writer.link(successor, _DIRECT[row["kind"]], predecessor)
    context.sources.cite("successions", node, context.sources.of(row))


def load_claims(table: Table, context: Context) -> None:
    """Load ``status-claims``: who holds what about whose status, for a time."""
    checker = context.checker
    for row in table:
        filled = checker.required(row, ("claimant", "about", "status", "since"))
        dated = checker.date(row, "since") and checker.date(row, "until") and checker.date(row, "source_date")
        known = checker.one_of(row, "status", context.catalogue.statuses)
        claimant, about = context.party(row, "claimant"), context.party(row, "about")
        of_whom = context.parties(row, "of_whom")
        if filled and dated and known and claimant and about and _in_order(row, checker):
            _write_claim(row, claimant, about, of_whom, context)


def claim_iri(row: Row) -> NamedNode:
    """Return the IRI of the claim in a row; ``of_whom`` is part of it where it is filled."""
    return thing("claim", row["claimant"], row["about"], row["status"], *row.many("of_whom"), row["since"])


def _write_claim(
    row: Row, claimant: NamedNode, about: NamedNode, of_whom: list[NamedNode], context: Context
) -> None:
    node = claim_iri(row)
    writer = context.builder.in_table("status-claims", is_sourced(row.values))
    writer.provenance(node, row.table, row.line)
    label = f"{context.label(claimant)} on {context.label(about)}: {row['status'].replace('-', ' ')}"
    writer.node(node, "StatusClaim", label=label)
    writer.link(node, "claimant", claimant)
    writer.link(node, "about", about)
    writer.link(node, "status", status(row["status"]))
    for other in of_whom:
        writer.link(node, "ofWhom", other)
    writer.interval(node, row["since"], row["until"])
    writer.text(node, NOTE, row["note"])
    writer.text(node, "speakerName", row["speaker"])
    writer.literal(node, "confidence", row["confidence"])
    cited = context.sources.of(row)
    context.sources.cite("status-claims", node, cited)
    if row["short_quotation"] and cited:
        quotation = evidence_iri(node, cited[0])
        writer.node(quotation, "Quotation")
        writer.text(quotation, "text", row["short_quotation"], row["language"] or "en")
        writer.text(quotation, "speakerName", row["speaker"] or context.label(claimant))
