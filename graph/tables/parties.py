"""The catalogue of parties and statuses: who can act, be acted on, and be held to be what.

``kind`` sorts the catalogue by outward criteria (a seat in the UN, a claim of a UN member to the
territory); it says nothing of what anybody holds a polity to be.
"""

import difflib
import re
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from comity.errors import Problem
from comity.iris import GEO, SKOS, STATUS, WIKIDATA, identifier, organisation, polity, status, thing
from comity.tables.quad_builder import ALT_LABEL, EXACT_MATCH, NOTE, TYPE, Assertions
from comity.tables.reader import Checker, Row, Table
from comity.tables.sources import Sources

#: Class of the catalogue for each ``kind`` of polity; ``other`` has none beyond co:Polity.
CLASS_OF_KIND = {
    "un_member": "State",
    "un_observer": "State",
    "de_facto": "DeFactoEntity",
    "former_de_facto": "DeFactoEntity",
    "former_state": "FormerState",
    "associated_state": "AssociatedState",
    "other": "",
}
_LATITUDE, _LONGITUDE = NamedNode(GEO + "lat"), NamedNode(GEO + "long")
_CONCEPT_LABEL = NamedNode(SKOS + "prefLabel")
_IS_PART_OF_SCHEME = NamedNode(SKOS + "inScheme")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


@dataclass
class Catalogue:
    """Who the tables know: parties by id with their labels, statuses, and lives of polities."""

    parties: dict[str, NamedNode] = field(default_factory=dict)
    labels: dict[NamedNode, str] = field(default_factory=dict)
    statuses: dict[str, NamedNode] = field(default_factory=dict)

    def check(self, row: Row, column: str, checker: Checker) -> NamedNode | None:
        """Give the party that a cell names; an unknown id becomes a problem with the nearest known ones."""
        if party := self.parties.get(row[column]):
            return party
        checker.problems.append(self._unknown(row, column, row[column]))
        return None

    def check_many(self, row: Row, column: str, checker: Checker) -> list[NamedNode]:
        """Give the parties that a cell with several ids names; unknown ones become problems."""
        found = []
        for name in row.many(column):
            if party := self.parties.get(name):
                found.append(party)
            else:
                checker.problems.append(self._unknown(row, column, name))
        return found

    def _unknown(self, row: Row, column: str, name: str) -> Problem:
        near = difflib.get_close_matches(name, self.parties, n=3)
        cure = (
            f"Did you mean {' or '.join(near)}?"
            if near
            else "Add it to polities.csv or organisations.csv first."
        )
        return row.problem(column, f"{name!r} is the id of no polity or organisation.", cure)


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


def load_polities(table: Table, into: Catalogue, assertions: Assertions, checker: Checker) -> None:
    """Read ``polities``: names, codes, dates of life, claims to the territory, coordinates."""
    for row in table:
        if not _identified(row, into, checker):
            continue
        node = polity(row["id"])
        dated = [checker.date(row, column) for column in ("un_member_since", "established", "ended")]
        if checker.one_of(row, "kind", CLASS_OF_KIND) and all(dated):
            into.parties[row["id"]] = node
            into.labels[node] = row["name"]
            _assert_polity(row, node, assertions)
    scope = assertions.in_table("polities")
    for row in table:
        if row["id"] in into.parties:
            for claimant in into.check_many(row, "claimed_by", checker):
                scope.link(polity(row["id"]), "territoryClaimedBy", claimant)


def _assert_polity(row: Row, node: NamedNode, assertions: Assertions) -> None:
    scope = assertions.in_table("polities")
    scope.came_from(node, row.table, row.line)
    scope.node(node, "Polity", *filter(None, [CLASS_OF_KIND[row["kind"]]]), label=row["name"])
    scope.text(node, "officialName", row["official_name"])
    aliases, remark = split_notes(row["notes"])
    for alias in dict.fromkeys((row["official_name"], *aliases)):
        if alias != row["name"]:
            scope.text(node, ALT_LABEL, alias)
    scope.text(node, NOTE, remark)
    for column, name in (
        ("kind", "kind"),
        ("iso2", "isoAlpha2"),
        ("iso3", "isoAlpha3"),
        ("m49", "m49"),
        ("un_member_since", "unMemberSince"),
        ("capital", "capital"),
        ("region", "region"),
    ):
        scope.plain(node, name, row[column])
    scope.span(node, "established", row["established"], "establishedEarliest", "establishedLatest")
    scope.span(node, "ended", row["ended"], "endedEarliest", "endedLatest")
    scope.plain(node, _LATITUDE, row["lat"], "decimal")
    scope.plain(node, _LONGITUDE, row["lon"], "decimal")
    if row["wikidata"]:
        scope.link(node, EXACT_MATCH, NamedNode(WIKIDATA + row["wikidata"]))


def _identified(row: Row, into: Catalogue, checker: Checker) -> bool:
    if not checker.required(row, ("id", "name", "kind")):
        return False
    if not _ID.fullmatch(row["id"]):
        checker.problems.append(
            row.problem(
                "id", f"{row['id']!r} is no id.", "Use lower-case words with hyphens, like north-korea."
            )
        )
        return False
    if row["id"] in into.parties:
        checker.problems.append(
            row.problem("id", f"{row['id']!r} stands twice.", "Keep one row for each id.")
        )
        return False
    return True


def load_codes(table: Table, into: Catalogue, assertions: Assertions, checker: Checker) -> None:
    """Read ``polity-codes``: the numbers by which political science knows states."""
    scope = assertions.in_table("polity-codes")
    for row in table:
        if node := into.check(row, "polity", checker):
            scope.plain(node, "cowCode", row["cow_code"])
            scope.plain(node, "cowAbbreviation", row["cow_abbrev"])
            scope.plain(node, "gwCode", row["gw_code"])
            scope.text(node, NOTE, row["notes"])


def load_organisations(table: Table, into: Catalogue, assertions: Assertions, checker: Checker) -> None:
    """Read ``organisations``: intergovernmental organisations and alliances."""
    scope = assertions.in_table("organisations")
    for row in table:
        if not _identified(row, into, checker) or not checker.date(row, "founded"):
            continue
        node = organisation(row["id"])
        into.parties[row["id"]] = node
        into.labels[node] = row["name"]
        scope.came_from(node, row.table, row.line)
        scope.node(node, "Organisation", "InternationalOrganisation", label=row["name"])
        aliases, remark = split_notes(row["notes"])
        for alias in aliases:
            scope.text(node, ALT_LABEL, alias)
        scope.text(node, NOTE, remark)
        scope.plain(node, "kind", row["kind"])
        scope.plain(node, "founded", row["founded"])
        if row["wikidata"]:
            scope.link(node, EXACT_MATCH, NamedNode(WIKIDATA + row["wikidata"]))


def load_statuses(table: Table, into: Catalogue, assertions: Assertions, checker: Checker) -> None:
    """Read ``statuses`` into the SKOS scheme of statuses."""
    scope = assertions.in_table("statuses")
    scheme = NamedNode(STATUS.rstrip("/"))
    into.statuses.update({row["id"]: status(row["id"]) for row in table if row["id"]})
    for row in table:
        if not checker.required(row, ("id", "label", "definition")):
            continue
        node = status(row["id"])
        scope.came_from(node, row.table, row.line)
        scope.link(node, TYPE, NamedNode(SKOS + "Concept"))
        scope.link(node, _IS_PART_OF_SCHEME, scheme)
        scope.text(node, _CONCEPT_LABEL, row["label"])
        scope.text(node, NamedNode(SKOS + "definition"), row["definition"])
        for column, predicate in (
            ("broader", NamedNode(SKOS + "broader")),
            ("incompatible_with", "incompatibleWith"),
        ):
            for other in row.many(column):
                if other in into.statuses:
                    scope.link(node, predicate, status(other))
                else:
                    checker.problems.append(
                        row.problem(column, f"{other!r} is no status.", "Add its row first.")
                    )


def load_rivals(
    table: Table, into: Catalogue, assertions: Assertions, sources: Sources, checker: Checker
) -> None:
    """Read ``rivals``: pairs of governments of which a third party can have relations with one only."""
    for row in table:
        one, other = into.check(row, "party", checker), into.check(row, "rival", checker)
        if not (one and other and checker.date(row, "since")):
            continue
        cited = sources.of(row)
        scope = assertions.in_table("rivals", bool(cited))
        scope.link(one, "rivalGovernmentOf", other)
        scope.link(other, "rivalGovernmentOf", one)
        node = thing("rivalry", identifier(one), identifier(other))
        scope.came_from(node, row.table, row.line)
        scope.node(node, "Rivalry", label=f"{into.labels[one]} and {into.labels[other]} exclude each other")
        scope.link(node, "rival", one)
        scope.link(node, "rival", other)
        scope.lasting(node, row["since"], "")
        scope.text(node, NOTE, row["note"])
        sources.cite("rivals", node, cited)
