"""What lasts by the tables themselves: memberships, successions and claims about status.

A claim says what one party holds, for a time; it is never a statement of what is so. A succession
that is contested is such a claim too and names who holds it.
"""

from pyoxigraph import NamedNode

from comity.edtf import bounds
from comity.iris import status, thing
from comity.tables.parties import Catalogue
from comity.tables.quad_builder import NOTE, Assertions, is_sourced
from comity.tables.reader import Checker, Row, Table
from comity.tables.sources import Sources, evidence_iri

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


def _not_reversed(row: Row, checker: Checker) -> bool:
    if row["until"] and bounds(row["until"])[1] < bounds(row["since"])[0]:
        message = f"{row['until']!r} lies before the beginning, {row['since']!r}."
        checker.problems.append(row.problem("until", message, "Correct one of the two dates."))
        return False
    return True


def load_memberships(
    table: Table, catalogue: Catalogue, assertions: Assertions, sources: Sources, checker: Checker
) -> None:
    """Read ``memberships``: one row for each spell of a seat in an organisation."""
    for row in table:
        filled = checker.required(row, ("polity", "organisation", "since"))
        dated = checker.date(row, "since") and checker.date(row, "until")
        known = not row["status"] or checker.one_of(row, "status", MEMBERSHIP_STATUSES)
        member, seat = (catalogue.check(row, column, checker) for column in ("polity", "organisation"))
        if not (filled and dated and known and member and seat and _not_reversed(row, checker)):
            continue
        state = row["status"] or "member"
        node = thing(
            "membership", row["polity"], row["organisation"], row["since"], *[state] * (state != "member")
        )
        scope = assertions.in_table("memberships", is_sourced(row.values))
        scope.came_from(node, row.table, row.line)
        label = f"{catalogue.labels[member]}, {state.replace('_', ' ')} of {catalogue.labels[seat]}"
        scope.node(node, "Membership", label=label)
        scope.link(node, "member", member)
        scope.link(node, "organisation", seat)
        scope.plain(node, "membershipStatus", state)
        scope.lasting(node, row["since"], row["until"])
        scope.text(node, NOTE, row["note"])
        sources.cite("memberships", node, sources.of(row))


def load_successions(
    table: Table, catalogue: Catalogue, assertions: Assertions, sources: Sources, checker: Checker
) -> None:
    """Read ``successions``; those that are contested become claims of their holders."""
    for row in table:
        filled = checker.required(row, ("successor", "predecessor", "kind", "date"))
        fine = checker.date(row, "date") and checker.one_of(row, "kind", SUCCESSION_KINDS)
        pair = [catalogue.check(row, column, checker) for column in ("successor", "predecessor")]
        holders = catalogue.check_many(row, "held_by", checker)
        if row["note"].startswith("Contested") and not row["held_by"]:
            message = "a contested succession is somebody's claim, and nobody is named."
            checker.problems.append(
                row.problem("held_by", message, "Name the party or parties that hold it.")
            )
            continue
        if filled and fine and pair[0] and pair[1]:
            _assert_succession(row, (pair[0], pair[1]), holders, catalogue, assertions, sources)


def _assert_succession(
    row: Row,
    pair: tuple[NamedNode, NamedNode],
    holders: list[NamedNode],
    catalogue: Catalogue,
    assertions: Assertions,
    sources: Sources,
) -> None:
    successor, predecessor = pair
    node = thing("succession", row["successor"], row["predecessor"])
    scope = assertions.in_table("successions", is_sourced(row.values))
    scope.came_from(node, row.table, row.line)
    names = (catalogue.labels[successor], row["kind"].replace("-", " "), catalogue.labels[predecessor])
    if row["kind"] not in ("continues", "succeeds"):
        names = names[::-1]
    scope.node(node, "ContestedSuccession" if holders else "Succession", label=" ".join(names))
    scope.link(node, "successor", successor)
    scope.link(node, "predecessor", predecessor)
    scope.plain(node, "successionKind", row["kind"])
    scope.span(node, "edtf", row["date"], "earliest", "latest")
    for holder in holders:
        scope.link(node, "heldBy", holder)
    scope.text(node, NOTE, row["note"])
    if not holders and row["kind"] in _DIRECT:
        scope.link(successor, _DIRECT[row["kind"]], predecessor)
    sources.cite("successions", node, sources.of(row))


def load_claims(
    table: Table, catalogue: Catalogue, assertions: Assertions, sources: Sources, checker: Checker
) -> None:
    """Read ``status-claims``: who holds what about whose status, for a time."""
    for row in table:
        filled = checker.required(row, ("claimant", "about", "status", "since"))
        dated = checker.date(row, "since") and checker.date(row, "until") and checker.date(row, "source_date")
        known = checker.one_of(row, "status", catalogue.statuses)
        claimant, about = (catalogue.check(row, column, checker) for column in ("claimant", "about"))
        catalogue.check_many(row, "of_whom", checker)
        if filled and dated and known and claimant and about and _not_reversed(row, checker):
            _assert_claim(row, (claimant, about), catalogue, assertions, sources)


def claim_iri(row: Row) -> NamedNode:
    """Give the IRI of the claim in a row; ``of_whom`` is part of it where it is filled."""
    return thing("claim", row["claimant"], row["about"], row["status"], *row.many("of_whom"), row["since"])


def _assert_claim(
    row: Row,
    pair: tuple[NamedNode, NamedNode],
    catalogue: Catalogue,
    assertions: Assertions,
    sources: Sources,
) -> None:
    claimant, about = pair
    node = claim_iri(row)
    scope = assertions.in_table("status-claims", is_sourced(row.values))
    scope.came_from(node, row.table, row.line)
    label = f"{catalogue.labels[claimant]} on {catalogue.labels[about]}: {row['status'].replace('-', ' ')}"
    scope.node(node, "StatusClaim", label=label)
    scope.link(node, "claimant", claimant)
    scope.link(node, "about", about)
    scope.link(node, "status", status(row["status"]))
    for other in row.many("of_whom"):
        scope.link(node, "ofWhom", catalogue.parties[other])
    scope.lasting(node, row["since"], row["until"])
    scope.text(node, NOTE, row["note"])
    scope.text(node, "speakerName", row["speaker"])
    scope.plain(node, "confidence", row["confidence"])
    cited = sources.of(row)
    sources.cite("status-claims", node, cited)
    if row["short_quotation"] and cited:
        quotation = evidence_iri(node, cited[0])
        scope.node(quotation, "Quotation")
        scope.text(quotation, "text", row["short_quotation"], row["language"] or "en")
        scope.text(quotation, "speakerName", row["speaker"] or catalogue.labels[claimant])
