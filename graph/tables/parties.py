"""The catalogue of parties and statuses: who may act or be acted on, and what a polity may be held to be.

The column ``kind`` sorts the catalogue by outward criteria (a seat in the United Nations, a claim of a UN member to
the territory). It does not say what anybody holds a polity to be; that is a claim (:mod:`comity.tables.claims`).
"""

import difflib
import re
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from comity.errors import Problem
from comity.iris import GEO, SKOS, STATUS, WIKIDATA, identifier, organisation, polity, status, thing
from comity.tables.quad_builder import ALT_LABEL, EXACT_MATCH, NOTE, TYPE, QuadBuilder
from comity.tables.reader import Checker, Row, Table
from comity.tables.sources import Sources

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
_IN_SCHEME = NamedNode(SKOS + "inScheme")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


@dataclass
class Catalogue:
    """The parties by id, their English labels, and the statuses by id."""

    parties: dict[str, NamedNode] = field(default_factory=dict)
    labels: dict[NamedNode, str] = field(default_factory=dict)
    statuses: dict[str, NamedNode] = field(default_factory=dict)

    def unknown(self, row: Row, column: str, name: str) -> Problem:
        """Return the problem that a cell names no known party, with the nearest known ids."""
        near = difflib.get_close_matches(name, self.parties, n=3)
        cure = (
            f"Did you mean {' or '.join(near)}?"
            if near
            else "Add it to polities.csv or organisations.csv first."
        )
        return row.problem(column, f"{name!r} is not the id of a polity or organisation.", cure)


@dataclass
class Context:
    """What the loaders of all tables share: known parties, quads built, sources seen and problems found."""

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


def split_notes(text: str) -> tuple[list[str], str]:
    """Split the notes of a catalogue row into its aliases and the remark.

    The notes of polities open with ``aliases: a; b | remark``, those of organisations with
    ``aliases: a; b; remark``, where the remarks are the parts that do not look like names.

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
        if not _has_new_id(row, context):
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
    writer = builder.in_table("polities")
    writer.provenance(node, row.table, row.line)
    writer.node(node, "Polity", *filter(None, [CLASS_OF_KIND[row["kind"]]]), label=row["name"])
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


def _has_new_id(row: Row, context: Context) -> bool:
    if not context.checker.required(row, ("id", "name", "kind")):
        return False
    if not _ID.fullmatch(row["id"]):
        message = f"{row['id']!r} is not a valid id."
        cure = "Use lower-case words with hyphens, like north-korea."
    elif row["id"] in context.catalogue.parties:
        message, cure = f"{row['id']!r} stands twice.", "Keep one row for each id."
    else:
        return True
    context.checker.problems.append(row.problem("id", message, cure))
    return False


def load_codes(table: Table, context: Context) -> None:
    """Load ``polity-codes``: the numbers of states in the data sets of political science."""
    writer = context.builder.in_table("polity-codes")
    for row in table:
        if node := context.party(row, "polity"):
            writer.literal(node, "cowCode", row["cow_code"])
            writer.literal(node, "cowAbbreviation", row["cow_abbrev"])
            writer.literal(node, "gwCode", row["gw_code"])
            writer.text(node, NOTE, row["notes"])


def load_organisations(table: Table, context: Context) -> None:
    """Load ``organisations``: intergovernmental organisations and alliances."""
    writer = context.builder.in_table("organisations")
    for row in table:
        if not _has_new_id(row, context) or not context.checker.date(row, "founded"):
            continue
        node = organisation(row["id"])
        context.catalogue.parties[row["id"]] = node
        context.catalogue.labels[node] = row["name"]
        writer.provenance(node, row.table, row.line)
        writer.node(node, "Organisation", "InternationalOrganisation", label=row["name"])
        aliases, remark = split_notes(row["notes"])
        for alias in aliases:
            writer.text(node, ALT_LABEL, alias)
        writer.text(node, NOTE, remark)
        writer.literal(node, "kind", row["kind"])
        writer.literal(node, "founded", row["founded"])
        if row["wikidata"]:
            writer.link(node, EXACT_MATCH, NamedNode(WIKIDATA + row["wikidata"]))


def load_statuses(table: Table, context: Context) -> None:
    """Load ``statuses`` into the SKOS concept scheme of statuses."""
    writer, known = context.builder.in_table("statuses"), context.catalogue.statuses
    scheme = NamedNode(STATUS.rstrip("/"))
    known.update({row["id"]: status(row["id"]) for row in table if row["id"]})
    for row in table:
        if not context.checker.required(row, ("id", "label", "definition")):
            continue
        node = status(row["id"])
        writer.provenance(node, row.table, row.line)
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
    """Load ``rivals``: pairs of governments of which a third party can have relations with only one."""
    for row in table:
        one, other = context.party(row, "party"), context.party(row, "rival")
        if not (one and other and context.checker.date(row, "since")):
            continue
        cited = context.sources.of(row)
        writer = context.builder.in_table("rivals", bool(cited))
        writer.link(one, "rivalGovernmentOf", other)
        writer.link(other, "rivalGovernmentOf", one)
        node = thing("rivalry", identifier(one), identifier(other))
        writer.provenance(node, row.table, row.line)
        writer.node(
            node, "Rivalry", label=f"{context.label(one)} and {context.label(other)} exclude each other"
        )
        writer.link(node, "rival", one)
        writer.link(node, "rival", other)
        writer.interval(node, row["since"], "")
        writer.text(node, NOTE, row["note"])
        context.sources.cite("rivals", node, cited)
