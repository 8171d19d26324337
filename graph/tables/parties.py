"""The catalogue of parties and statuses, and their lasting relations: memberships, successions, status claims.

The column ``kind`` classifies parties by objective criteria (a seat in the United Nations, a claim of a UN member to
the territory). It does not say what anybody considers a polity to be; that is a claim, which says what one party
considers another to be for a time and is never a statement of fact. A contested succession is such a claim too, and
names the parties that make it.
"""

import difflib
import re
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from comity.edtf import order
from comity.english import capital, with_article
from comity.errors import Problem
from comity.iris import (
    DCTERMS,
    GEO,
    NOTE,
    SKOS,
    STATUS,
    TYPE,
    WIKIDATA,
    identifier,
    organisation,
    polity,
    slug,
    status,
    thing,
)
from comity.tables.quad_builder import ALT_LABEL, EXACT_MATCH, QuadBuilder, is_sourced
from comity.tables.reader import Checker, Row, Table
from comity.tables.sources import Sources, evidence_iri

#: Class of the ontology for each ``kind`` of polity; ``other`` has none beyond co:Polity.
CLASS_OF_KIND = {
    "un_member": "State",
    "un_observer": "State",
    "de_facto": "DeFactoEntity",
    "former_de_facto": "DeFactoEntity",
    "former_state": "FormerState",
    "associated_state": "AssociatedState",
    "other": "",
}
LATITUDE, LONGITUDE = NamedNode(GEO + "lat"), NamedNode(GEO + "long")
_PREF_LABEL = NamedNode(SKOS + "prefLabel")
_SOURCE = NamedNode(DCTERMS + "source")
_IN_SCHEME = NamedNode(SKOS + "inScheme")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


@dataclass
class Catalogue:
    """The parties by id, the statuses by id, and the English labels of both."""

    parties: dict[str, NamedNode] = field(default_factory=dict)
    labels: dict[NamedNode, str] = field(default_factory=dict)
    statuses: dict[str, NamedNode] = field(default_factory=dict)

    def unknown(self, row: Row, column: str, name: str) -> Problem:
        """Return the problem for a cell with an unknown party, with the closest known ids."""
        near = difflib.get_close_matches(name, self.parties, n=3)
        cure = (
            f"Did you mean {' or '.join(near)}?"
            if near
            else "Add it to polities.csv, organisations.csv or governments.csv first."
        )
        return row.problem(column, f"{name!r} is not the id of a polity or organisation.", cure)


@dataclass
class Context:
    """State shared by the loaders of all tables: known parties, quads built, sources seen and problems found."""

    catalogue: Catalogue
    builder: QuadBuilder
    sources: Sources
    checker: Checker

    def party(self, row: Row, column: str) -> NamedNode | None:
        """Return the party that a cell names; an unknown id becomes a problem."""
        party = self.catalogue.parties.get(row[column])
        if party is None:
            self.checker.problems.append(self.catalogue.unknown(row, column, row[column]))
        return party

    def parties(self, row: Row, column: str) -> list[NamedNode]:
        """Return the parties that a cell names, separated by semicolons; unknown ids become problems."""
        known = self.catalogue.parties
        names = row.many(column)
        self.checker.problems += [
            self.catalogue.unknown(row, column, name) for name in names if name not in known
        ]
        return [known[name] for name in names if name in known]

    def label(self, party: NamedNode) -> str:
        """Return the English label of a party."""
        return self.catalogue.labels[party]

    def named(self, party: NamedNode) -> str:
        """Return the name of a party in the form used within a sentence."""
        return with_article(self.label(party))


def split_notes(text: str) -> tuple[list[str], str]:
    """Return the aliases and the remark in the notes of a catalogue row.

    The notes of polities have the form ``aliases: a; b | remark``, those of organisations ``aliases: a; b; remark``,
    where the remarks are the parts that do not look like names.

    >>> split_notes("aliases: DPR; DNR | proclaimed 2014-04-07")
    (['DPR', 'DNR'], 'proclaimed 2014-04-07')
    """
    if not text.startswith("aliases:"):
        return [], text
    head, bar, remark = text.removeprefix("aliases:").partition("|")
    parts = [part.strip() for part in head.split(";") if part.strip()]
    if bar:
        return parts, remark.strip()
    names = [
        part
        for part in parts
        if not re.search(r"\d{4}|\b(first|in force|signed|successor|dissolved)\b", part)
    ]
    names += [part for part in parts if part not in names and re.fullmatch(r"[^,]+\(until [\d-]+\)", part)]
    return names, "; ".join(part for part in parts if part not in names)


def load_polities(table: Table, context: Context) -> None:
    """Load ``polities``: names, codes, first and last days, claims to the territory, coordinates."""
    catalogue, checker = context.catalogue, context.checker
    for row in table:
        if not _has_new_id(row, context, "kind"):
            continue
        node = polity(row["id"])
        dated = [checker.date(row, column) for column in ("un_member_since", "established", "ended")]
        if checker.one_of(row, "kind", CLASS_OF_KIND) and all(dated):
            catalogue.parties[row["id"]] = node
            catalogue.labels[node] = row["name"]
            _write_polity(row, node, context.builder)
    writer = context.builder.in_table("polities")
    for row in table:
        if row["id"] in catalogue.parties:
            for claimant in context.parties(row, "claimed_by"):
                writer.link(polity(row["id"]), "territoryClaimedBy", claimant)


def _write_polity(row: Row, node: NamedNode, builder: QuadBuilder) -> None:
    classes = filter(None, ("Polity", CLASS_OF_KIND[row["kind"]]))
    writer = builder.describe(row, node, *classes, label=row["name"])
    writer.text(node, "officialName", row["official_name"])
    aliases, remark = split_notes(row["notes"])
    for alias in dict.fromkeys((row["official_name"], *aliases)):
        if alias != row["name"]:
            writer.text(node, ALT_LABEL, alias)
    writer.text(node, NOTE, remark)
    for column, name in (
        ("kind", "kind"),
        ("iso2", "isoAlpha2"),
        ("iso3", "isoAlpha3"),
        ("m49", "m49"),
        ("un_member_since", "unMemberSince"),
        ("capital", "capital"),
        ("region", "region"),
    ):
        writer.literal(node, name, row[column])
    writer.edtf(node, "established", row["established"], "establishedEarliest", "establishedLatest")
    writer.edtf(node, "ended", row["ended"], "endedEarliest", "endedLatest")
    writer.literal(node, LATITUDE, row["lat"], "decimal")
    writer.literal(node, LONGITUDE, row["lon"], "decimal")
    if row["wikidata"]:
        writer.link(node, EXACT_MATCH, NamedNode(WIKIDATA + row["wikidata"]))


def _has_new_id(row: Row, context: Context, *required: str) -> bool:
    if not context.checker.required(row, ("id", "name", *required)):
        return False
    if not _ID.fullmatch(row["id"]):
        message = f"{row['id']!r} is not a valid id."
        cure = "Use lower-case words with hyphens, like north-korea."
    elif row["id"] in context.catalogue.parties:
        message, cure = f"{row['id']!r} occurs twice.", "Keep one row for each id."
    else:
        return True
    context.checker.problems.append(row.problem("id", message, cure))
    return False


def load_codes(table: Table, context: Context) -> None:
    """Load ``polity-codes``: the numbers of states in data sets of political science."""
    writer = context.builder.in_table("polity-codes")
    for row in table:
        if node := context.party(row, "polity"):
            writer.literal(node, "cowCode", row["cow_code"])
            writer.literal(node, "cowAbbreviation", row["cow_abbrev"])
            writer.literal(node, "gwCode", row["gw_code"])
            writer.text(node, NOTE, row["notes"])


#: Kinds of names in ``polity-names``: in languages of the polity or government, in others, and before a change.
NAME_KINDS = ("own", "usual", "former")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", re.ASCII)


def load_names(table: Table, context: Context) -> None:
    """Load ``polity-names``: names in many languages as aliases, and former names also with their period of use."""
    checker = context.checker
    for row in table:
        filled = checker.required(row, ("polity", "language", "name", "kind"))
        dated = checker.date(row, "since") and checker.date(row, "until")
        known = checker.one_of(row, "kind", NAME_KINDS)
        node = context.party(row, "polity")
        if not (filled and dated and known and node and _is_in_language(row, checker)):
            continue
        if (row["kind"] == "former") != bool(row["until"]):
            message = "only former names have an end."
            checker.problems.append(row.problem("until", message, "Correct the kind or the date."))
        elif _in_order(row, checker):
            _write_name(row, node, context)


def _is_in_language(row: Row, checker: Checker) -> bool:
    if _LANGUAGE.fullmatch(row["language"]):
        return True
    message = f"{row['language']!r} is not a valid language tag."
    checker.problems.append(row.problem("language", message, "Use a BCP 47 tag such as ru or zh-Hant."))
    return False


def _write_name(row: Row, node: NamedNode, context: Context) -> None:
    cited = context.sources.of(row)
    writer = context.builder.in_table("polity-names", sourced=bool(cited))
    if (row["name"], row["language"]) != (context.label(node), "en"):
        writer.text(node, ALT_LABEL, row["name"], row["language"])
    if row["kind"] == "own":
        writer.text(node, "ownName", row["name"], row["language"])
    for source in cited:
        writer.link(writer.graph, _SOURCE, source)
    if row["kind"] == "former":
        _write_former_name(row, node, cited, context)


def _write_former_name(row: Row, node: NamedNode, cited: list[NamedNode], context: Context) -> None:
    language, until = row["language"].lower(), slug(row["until"])
    use = thing("name", row["polity"], f"{slug(row['name']) or 'name'}-{language}-until-{until}")
    writer = context.builder.describe(row, use, "NameUse", label=row["name"], sourced=bool(cited))
    writer.text(use, "text", row["name"], row["language"])
    writer.literal(use, "nameKind", "former name")
    writer.link(use, "names", node)
    writer.link(use, "usedBy", node)
    writer.interval(use, row["since"], row["until"])
    writer.text(use, NOTE, row["note"])
    context.sources.cite("polity-names", use, cited)


def load_organisations(table: Table, context: Context) -> None:
    """Load ``organisations``: intergovernmental organisations and alliances."""
    for row in table:
        if not _has_new_id(row, context, "kind") or not context.checker.date(row, "founded"):
            continue
        node = organisation(row["id"])
        context.catalogue.parties[row["id"]] = node
        context.catalogue.labels[node] = row["name"]
        classes = ("Organisation", "InternationalOrganisation")
        writer = context.builder.describe(row, node, *classes, label=row["name"])
        aliases, remark = split_notes(row["notes"])
        for alias in aliases:
            writer.text(node, ALT_LABEL, alias)
        writer.text(node, NOTE, remark)
        writer.literal(node, "kind", row["kind"])
        writer.literal(node, "founded", row["founded"])
        if row["wikidata"]:
            writer.link(node, EXACT_MATCH, NamedNode(WIKIDATA + row["wikidata"]))


#: The positions of a government, in or outside its polity, during a phase.
PHASES = ("in office", "transitional", "de facto", "rival", "in exile")


def load_governments(table: Table, context: Context) -> None:
    """Load ``governments``: bodies that govern a polity or claim to, with their dates and phases."""
    catalogue, checker = context.catalogue, context.checker
    for row in table:
        of = context.party(row, "of")
        dated = checker.date(row, "from") and checker.date(row, "until") and checker.date(row, "source_date")
        known = checker.each_of(row, "phases", PHASES)
        if not (_has_new_id(row, context, "of") and of and dated and known):
            continue
        if row["from"] and not _in_order(row, checker, "from"):
            continue
        node = organisation(row["id"])
        catalogue.parties[row["id"]] = node
        catalogue.labels[node] = row["name"]
        writer = context.builder.describe(
            row, node, "Organisation", "Body", "Government", label=row["name"], sourced=is_sourced(row.values)
        )
        writer.literal(node, "kind", "government")
        writer.link(node, "governmentOf", of)
        writer.interval(node, row["from"], row["until"])
        for phase in row.many("phases"):
            writer.literal(node, "phase", phase)
        if row["seat"]:
            writer.link(node, "seat", thing("place", row["seat"]))
        for alias in row.many("aliases"):
            writer.text(node, ALT_LABEL, alias)
        writer.text(node, NOTE, row["notes"])
        context.sources.cite("governments", node, context.sources.of(row))


def load_statuses(table: Table, context: Context) -> None:
    """Load ``statuses`` into the SKOS concept scheme of statuses."""
    known = context.catalogue.statuses
    scheme = NamedNode(STATUS.rstrip("/"))
    known.update({row["id"]: status(row["id"]) for row in table if row["id"]})
    context.catalogue.labels.update({status(row["id"]): row["label"] for row in table if row["id"]})
    for row in table:
        if not context.checker.required(row, ("id", "label", "definition")):
            continue
        node = status(row["id"])
        writer = context.builder.describe(row, node)
        writer.link(node, TYPE, NamedNode(SKOS + "Concept"))
        writer.link(node, _IN_SCHEME, scheme)
        writer.text(node, _PREF_LABEL, row["label"])
        writer.text(node, NamedNode(SKOS + "definition"), row["definition"])
        for column, predicate in (
            ("broader", NamedNode(SKOS + "broader")),
            ("incompatible_with", "incompatibleWith"),
        ):
            for other in row.many(column):
                if other in known:
                    writer.link(node, predicate, status(other))
                else:
                    problem = row.problem(column, f"{other!r} is not a known status.", "Add its row first.")
                    context.checker.problems.append(problem)


def load_rivals(table: Table, context: Context) -> None:
    """Load ``rivals``: pairs of governments such that a third party can have relations with only one of them."""
    for row in table:
        party, rival = context.party(row, "party"), context.party(row, "rival")
        if not (party and rival and context.checker.date(row, "since")):
            continue
        cited = context.sources.of(row)
        node = thing("rivalry", identifier(party), identifier(rival))
        label = capital(f"{context.named(party)} and {context.named(rival)} exclude each other")
        writer = context.builder.describe(row, node, "Rivalry", label=label, sourced=bool(cited))
        writer.link(party, "rivalGovernmentOf", rival)
        writer.link(rival, "rivalGovernmentOf", party)
        writer.link(node, "rival", party)
        writer.link(node, "rival", rival)
        writer.interval(node, row["since"], "")
        writer.text(node, NOTE, row["note"])
        context.sources.cite("rivals", node, cited)


def load_policies(table: Table, context: Context) -> None:
    """Load ``recognition-policies``: who recognises only states and not governments, for a time."""
    checker = context.checker
    for row in table:
        filled = checker.required(row, ("party", "since"))
        dated = checker.date(row, "since") and checker.date(row, "until") and checker.date(row, "source_date")
        party = context.party(row, "party")
        if not (filled and dated and party and _in_order(row, checker)):
            continue
        node = thing("policy", row["party"], row["since"])
        label = capital(f"{context.named(party)} recognises states and not governments")
        sourced = is_sourced(row.values)
        writer = context.builder.describe(row, node, "RecognitionPolicy", label=label, sourced=sourced)
        writer.link(node, "policyOf", party)
        writer.interval(node, row["since"], row["until"])
        writer.text(node, NOTE, row["note"])
        context.sources.cite("recognition-policies", node, context.sources.of(row))


#: Statuses of a seat in an organisation; only ``member`` counts as membership.
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
#: How labels express a status; the others are followed by *of*.
_STANDINGS = {
    "observer": "observer at",
    "suspended": "suspended from",
    "withdrawal_announced": "with announced withdrawal from",
    "participation_frozen": "with frozen participation in",
    "participant": "participant in",
    "invited": "invited to",
    "g8_member": "in the Group of Eight with",
    "applicant": "applicant to",
}
SUCCESSION_KINDS = ("continues", "succeeds", "dissolved-into", "annexed-by", "united-into")
#: The kinds of succession that, if uncontested, are also written as a triple between the polities.
_DIRECT = ("continues", "succeeds")


def _in_order(row: Row, checker: Checker, beginning: str = "since") -> bool:
    if row[beginning] and row["until"] and order(row["until"])[1] < order(row[beginning])[0]:
        message = f"{row['until']!r} is before the beginning, {row[beginning]!r}."
        checker.problems.append(row.problem("until", message, "Correct one of the two dates."))
        return False
    return True


def load_memberships(table: Table, context: Context) -> None:
    """Load ``memberships``: one row per period in which a party has a seat in an organisation."""
    checker = context.checker
    for row in table:
        filled = checker.required(row, ("polity", "organisation", "since"))
        dated = checker.date(row, "since") and checker.date(row, "until")
        known = not row["status"] or checker.one_of(row, "status", MEMBERSHIP_STATUSES)
        member, body = context.party(row, "polity"), context.party(row, "organisation")
        if not (filled and dated and known and member and body and _in_order(row, checker)):
            continue
        seat = row["status"] or "member"
        node = thing(
            "membership",
            row["polity"],
            row["organisation"],
            row["since"],
            *([] if seat == "member" else [seat]),
        )
        standing = _STANDINGS.get(seat, seat.replace("_", " ") + " of")
        label = capital(f"{context.named(member)}, {standing} {context.named(body)}")
        sourced = is_sourced(row.values)
        writer = context.builder.describe(row, node, "Membership", label=label, sourced=sourced)
        writer.link(node, "member", member)
        writer.link(node, "organisation", body)
        writer.literal(node, "membershipStatus", seat)
        writer.interval(node, row["since"], row["until"])
        writer.text(node, NOTE, row["note"])
        context.sources.cite("memberships", node, context.sources.of(row))


_CARRIED = {"relations": "carriesRelations", "recognitions": "carriesRecognitions"}


def load_successions(table: Table, context: Context) -> None:
    """Load ``successions``; contested ones become claims of the parties that make them."""
    checker = context.checker
    for row in table:
        filled = checker.required(row, ("successor", "predecessor", "kind", "date"))
        valid = checker.date(row, "date", ordered=True) and checker.one_of(row, "kind", SUCCESSION_KINDS)
        valid &= checker.each_of(row, "carries", _CARRIED)
        successor, predecessor = context.party(row, "successor"), context.party(row, "predecessor")
        holders = context.parties(row, "held_by")
        if row["note"].startswith("Contested") and not row["held_by"]:
            message = "a contested succession is a claim, but no claimant is named."
            checker.problems.append(
                row.problem("held_by", message, "Name the party or parties that make the claim.")
            )
        elif filled and valid and successor and predecessor:
            _write_succession(row, successor, predecessor, holders, context)


def _write_succession(
    row: Row, successor: NamedNode, predecessor: NamedNode, holders: list[NamedNode], context: Context
) -> None:
    node = thing("succession", row["successor"], row["predecessor"])
    names = (context.named(successor), row["kind"].replace("-", " "), context.named(predecessor))
    if row["kind"] not in _DIRECT:
        names = names[::-1]
    kind, sourced = "ContestedSuccession" if holders else "Succession", is_sourced(row.values)
    writer = context.builder.describe(row, node, kind, label=capital(" ".join(names)), sourced=sourced)
    writer.link(node, "successor", successor)
    writer.link(node, "predecessor", predecessor)
    writer.literal(node, "successionKind", row["kind"])
    for name in row.many("carries"):
        writer.literal(node, _CARRIED[name], "true", "boolean")
    writer.edtf(node, "edtf", row["date"], "earliest", "latest")
    for holder in holders:
        writer.link(node, "heldBy", holder)
    writer.text(node, NOTE, row["note"])
    if not holders and row["kind"] in _DIRECT:
        writer.link(successor, row["kind"], predecessor)
    context.sources.cite("successions", node, context.sources.of(row))


def load_claims(table: Table, context: Context) -> None:
    """Load ``status-claims``: who claims which status of whom, for a time."""
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
    """Return the IRI of the claim in a row; it includes ``of_whom`` if that cell is filled."""
    return thing("claim", row["claimant"], row["about"], row["status"], *row.many("of_whom"), row["since"])


def _write_claim(
    row: Row, claimant: NamedNode, about: NamedNode, of_whom: list[NamedNode], context: Context
) -> None:
    node = claim_iri(row)
    name = context.label(context.catalogue.statuses[row["status"]])
    label = capital(f"{context.named(claimant)} on {context.named(about)}: {name[:1].lower()}{name[1:]}")
    sourced = is_sourced(row.values)
    writer = context.builder.describe(row, node, "StatusClaim", label=label, sourced=sourced)
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
