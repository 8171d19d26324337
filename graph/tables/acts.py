"""Acts as the tables state them: read, merged where two rows tell of one act, and asserted.

Two rows are one act when kind, actor, object and date are equal, or when one date lies within the
other (``2001`` and ``2001-06-18``); the opening or restoring of relations is also the same act when it was
entered from the other side. The more exact date stays, and the sources of both.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from pyoxigraph import NamedNode

from comity.edtf import bounds
from comity.errors import Problem
from comity.iris import act, identifier
from comity.tables.parties import Catalogue
from comity.tables.quad_builder import NOTE, REPLACED_BY, Assertions, is_sourced
from comity.tables.reader import Checker, Row, Table
from comity.tables.sources import Sources

#: Class of the ontology for each kind of act.
CLASS_OF_KIND = {
    "recognition": "Recognition",
    "withdrawal": "WithdrawalOfRecognition",
    "suspension": "FreezeOfRecognition",
    "relations_established": "EstablishmentOfRelations",
    "relations_severed": "SeveranceOfRelations",
    "relations_suspended": "SuspensionOfRelations",
    "relations_restored": "RestorationOfRelations",
    "annexation": "Annexation",
    "independence_declared": "DeclarationOfIndependence",
    "representation_opened": "OpeningOfMission",
    "use_of_force": "UseOfForce",
    "statement": "Statement",
    "vote": "Vote",
}
#: Both sides perform these together, so a row may name either side first.
MUTUAL = frozenset({"relations_established", "relations_restored"})
_REPEATABLE = frozenset({"statement", "vote", "use_of_force", "representation_opened"})
_PHRASE = {
    "recognition": "{actor} recognises {object}",
    "withdrawal": "{actor} withdraws its recognition of {object}",
    "suspension": "{actor} freezes its recognition of {object}",
    "relations_established": "{actor} and {object} establish relations",
    "relations_severed": "{actor} severs relations with {object}",
    "relations_suspended": "{actor} suspends relations with {object}",
    "relations_restored": "{actor} and {object} restore relations",
    "annexation": "{actor} proclaims the annexation of {object}",
    "independence_declared": "{actor} declares independence",
    "representation_opened": "{actor} opens a representation in {object}",
    "use_of_force": "{actor} uses force against {object}",
    "statement": "{actor} makes a statement on {object}",
    "vote": "{actor} votes on {object}",
}
_CONFIDENCE = ("low", "medium", "high")


@dataclass
class Act:
    """One act, with the rows that tell of it (the first gives its IRI)."""

    kind: str
    actor: NamedNode
    object: NamedNode
    edtf: str
    earliest: dt.date
    latest: dt.date
    sourced: bool
    rows: list[Row]
    responses: list["Act"] = field(default_factory=list)

    @cached_property
    def iri(self) -> NamedNode:
        """The IRI minted from the first row."""
        return act(self.kind, identifier(self.actor), identifier(self.object), self.edtf)

    @property
    def order(self) -> tuple[dt.date, dt.date]:
        """Where the act stands in time: its latest day, then its earliest."""
        return self.latest, self.earliest


def read_acts(table: Table, catalogue: Catalogue, checker: Checker) -> list[Act]:
    """Read the rows of one table of acts; rows that cannot be read become problems."""
    acts = []
    for row in table:
        if not checker.required(row, ("kind", "actor", "object", "date")):
            continue
        actor, object_ = (catalogue.check(row, column, checker) for column in ("actor", "object"))
        fine = [
            checker.one_of(row, "kind", CLASS_OF_KIND),
            checker.date(row, "date"),
            checker.date(row, "source_date"),
            not row["confidence"] or checker.one_of(row, "confidence", _CONFIDENCE),
        ]
        if actor and object_ and all(fine):
            days = bounds(row["date"])
            sourced = is_sourced(row.values)
            acts.append(Act(row["kind"], actor, object_, row["date"], *days, sourced, [row]))
    return acts


def _sides(one: Act) -> tuple[object, ...]:
    if one.kind in MUTUAL:
        return one.kind, frozenset((one.actor, one.object)), one.sourced
    return one.kind, one.actor, one.object, one.sourced


def merge(acts: list[Act]) -> tuple[list[Act], list[Problem]]:
    """Join rows that tell of one act; give the acts in order of first mention, and warnings on near misses."""
    groups: dict[tuple[object, ...], list[Act]] = defaultdict(list)
    for one in acts:
        groups[_sides(one)].append(one)
    warnings: list[Problem] = []
    gone: set[int] = set()
    for group in groups.values():
        if len(group) > 1:
            warnings += _merge_group(group, gone)
    return [one for one in acts if id(one) not in gone], warnings


def _merge_group(group: list[Act], gone: set[int]) -> list[Problem]:
    """Join each act of a group to the one act of finer date that lies within its own date."""
    warnings = []
    by_precision = sorted(group, key=lambda one: one.latest - one.earliest)
    kept: list[Act] = []
    for one in by_precision:
        same = [other for other in kept if other.edtf == one.edtf]
        if not same and one.kind not in _REPEATABLE:
            same = [other for other in kept if one.earliest <= other.earliest and other.latest <= one.latest]
        if len(same) == 1:
            same[0].rows += one.rows
            gone.add(id(one))
            continue
        if same:
            message = f"the date {one.edtf} covers {len(same)} acts of other rows, so it may be one of them."
            warnings.append(one.rows[0].problem("date", message, "Give the exact date, or delete the row."))
        kept.append(one)
    return warnings


class Answers:
    """Finds the acts that rows name by ``kind/actor/object``, with or without a date."""

    def __init__(self, acts: list[Act]) -> None:
        self._acts: dict[tuple[str, str, str], list[Act]] = defaultdict(list)
        for one in acts:
            actor, object_ = identifier(one.actor), identifier(one.object)
            self._acts[one.kind, actor, object_].append(one)
            if one.kind in MUTUAL:
                self._acts[one.kind, object_, actor].append(one)

    def find(self, reference: str, not_after: dt.date | None = None, but: Act | None = None) -> Act | None:
        """Give the latest act so named that is not after a day, facts before proposals; None if there is none."""
        kind, _, rest = reference.partition("/")
        actor, _, rest = rest.partition("/")
        object_, _, date = rest.partition("/")
        found = [
            one
            for one in self._acts.get((kind, actor, object_), ())
            if one is not but
            and (not date or one.edtf == date or any(row["date"] == date for row in one.rows))
            and (not_after is None or one.earliest <= not_after)
        ]
        return max(found, key=lambda one: (one.sourced, one.order), default=None)

    def link(self, acts: list[Act]) -> list[Problem]:
        """Fill in what each act answers; a reference that names no earlier act becomes a warning."""
        warnings = []
        for one in acts:
            for row in one.rows:
                for reference in row.many("in_response_to"):
                    answered = self.find(reference, one.latest, but=one)
                    if answered is None:
                        message = f"{reference!r} names no act that is not after this one."
                        cure = "Add that act, or correct the reference or the dates."
                        warnings.append(row.problem("in_response_to", message, cure))
                    elif answered not in one.responses:
                        one.responses.append(answered)
        return warnings


def label(one: Act, catalogue: Catalogue) -> str:
    """Give the neutral English label of an act, with its date."""
    names = {"actor": catalogue.labels[one.actor], "object": catalogue.labels[one.object]}
    return f"{_PHRASE[one.kind].format(**names)}, {one.edtf}"


def assert_acts(acts: list[Act], catalogue: Catalogue, assertions: Assertions, sources: Sources) -> None:
    """Write the acts into the graphs of their tables, proposals into theirs."""
    for one in acts:
        _assert_act(one, catalogue, assertions)
        assert_rows(one, one.rows, assertions, sources)


def assert_rows(one: Act, rows: list[Row], assertions: Assertions, sources: Sources) -> None:
    """Write what rows say of an act beyond which act it is: instrument, note and sources."""
    for row in rows:
        table = row.table.removesuffix(".csv")
        scope = assertions.in_table(table, one.sourced)
        for text in {row["instrument"]} - {""}:
            scope.text(one.iri, "instrument", text)
        scope.text(one.iri, NOTE, row["note"])
        sources.cite(table, one.iri, sources.of(row))
    _alias_other_rows(one, rows, assertions)


def _assert_act(one: Act, catalogue: Catalogue, assertions: Assertions) -> None:
    first = one.rows[0]
    scope = assertions.in_table(first.table.removesuffix(".csv"), one.sourced)
    scope.came_from(one.iri, first.table, first.line)
    scope.node(one.iri, CLASS_OF_KIND[one.kind], label=label(one, catalogue))
    scope.link(one.iri, "actor", one.actor)
    scope.link(one.iri, "object", one.object)
    scope.span(one.iri, "edtf", one.edtf, "earliest", "latest")
    confidences = [_CONFIDENCE.index(row["confidence"]) for row in one.rows if row["confidence"]]
    if confidences:
        scope.plain(one.iri, "confidence", _CONFIDENCE[max(confidences)])
    for answered in one.responses:
        target = scope if answered.sourced else assertions.in_table("", sourced=False)
        target.link(one.iri, "inResponseTo", answered.iri)


def _alias_other_rows(one: Act, rows: list[Row], assertions: Assertions) -> None:
    """Keep the IRIs that merged rows would have had: they lead to the act that stays."""
    scope = assertions.provenance()
    for row in rows:
        scope.plain(one.iri, "tableRow", f"{row.table}:{row.line}")
        other = act(row["kind"], row["actor"], row["object"], row["date"])
        if other != one.iri:
            scope.link(other, REPLACED_BY, one.iri)
