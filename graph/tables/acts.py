"""Acts in the tables: rows are read, merged if two describe the same act, and written as quads.

Two rows describe the same act if kind, actor, object and date are equal, or when one date lies within the other
(``2001`` and ``2001-06-18``); the establishment or restoration of relations is also the same act if it was entered
from the other side. The more exact date is kept, and the sources of both.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from pyoxigraph import NamedNode

from comity import iris
from comity.edtf import bounds, in_words
from comity.english import capital, with_article
from comity.errors import Problem
from comity.iris import NOTE, identifier, thing
from comity.periods.sweep import LIMITED_CAPACITIES
from comity.tables.parties import Context
from comity.tables.quad_builder import REPLACED_BY, is_sourced
from comity.tables.reader import Row, Table

#: Class of the ontology for each kind of act.
CLASS_OF_KIND = {
    "recognition": "Recognition",
    "withdrawal": "WithdrawalOfRecognition",
    "suspension": "FreezeOfRecognition",
    "non_recognition": "NonRecognition",
    "recognition_announced": "AnnouncedRecognition",
    "recognition_conditional": "ConditionalRecognition",
    "belligerency_recognised": "RecognitionOfBelligerency",
    "claim_recognised": "RecognitionOfClaim",
    "relations_established": "EstablishmentOfRelations",
    "relations_severed": "SeveranceOfRelations",
    "relations_suspended": "SuspensionOfRelations",
    "relations_restored": "RestorationOfRelations",
    "annexation": "Annexation",
    "independence_declared": "DeclarationOfIndependence",
    "representation_opened": "OpeningOfMission",
    "accreditation": "Accreditation",
    "use_of_force": "UseOfForce",
    "statement": "Statement",
    "vote": "Vote",
}
#: Acts that both sides perform together, so that a row may name either side first.
MUTUAL = frozenset({"relations_established", "relations_restored"})
_REPEATABLE = frozenset(
    {"statement", "vote", "use_of_force", "representation_opened", "accreditation", "non_recognition"}
)
#: Capacities in which a state is recognised.
STATE_CAPACITIES = ("de facto", "de jure")
#: Capacities in which a government is recognised. The derivation of periods decides which are limited.
CAPACITIES = (
    *STATE_CAPACITIES,
    *("de jure government", "de facto government", "provisional government", "interim president"),
    *("authority in power", *sorted(LIMITED_CAPACITIES)),
)
#: Modes of granting or withdrawing recognition.
MODES = ("express", "accreditation", "treaty", "continuation", "collective")
_SENTENCES = {
    "recognition": "{actor} recognises {object}",
    "withdrawal": "{actor} withdraws its recognition of {object}",
    "suspension": "{actor} freezes its recognition of {object}",
    "non_recognition": "{actor} declares that it does not recognise {object}",
    "recognition_announced": "{actor} announces that it will recognise {object}",
    "recognition_conditional": "{actor} recognises {object} on a condition",
    "belligerency_recognised": "{actor} recognises {object} as a belligerent",
    "claim_recognised": "{actor} recognises a claim of {object} to {territory}",
    "relations_established": "{actor} and {object} establish relations",
    "relations_severed": "{actor} severs relations with {object}",
    "relations_suspended": "{actor} suspends relations with {object}",
    "relations_restored": "{actor} and {object} restore relations",
    "annexation": "{actor} proclaims the annexation of {object}",
    "independence_declared": "{actor} declares independence",
    "representation_opened": "{actor} opens a representation in {object}",
    "accreditation": "{actor} exchanges envoys with {object}",
    "use_of_force": "{actor} uses force against {object}",
    "statement": "{actor} makes a statement on {object}",
    "vote": "{actor} votes on {object}",
}
_CONFIDENCE = ("low", "medium", "high")


@dataclass(eq=False)
class Act:
    """An act with the rows that describe it; objects are compared by identity, not by value.

    ``node`` is the IRI of an act that is already in the graph. Such an act begins without rows and takes on those that
    repeat it. The IRI of a new act is minted from its first row.
    """

    kind: str
    actor: NamedNode
    object: NamedNode
    edtf: str
    earliest: dt.date
    latest: dt.date
    sourced: bool
    rows: list[Row]
    responses: list["Act"] = field(default_factory=list)
    node: NamedNode | None = None

    @cached_property
    def iri(self) -> NamedNode:
        """The IRI of the act."""
        return self.node or iris.act(self.kind, identifier(self.actor), identifier(self.object), self.edtf)

    @property
    def order(self) -> tuple[dt.date, dt.date]:
        """The sort key of the act in time: its latest day, then its earliest."""
        return self.latest, self.earliest


def read_acts(table: Table, context: Context) -> list[Act]:
    """Return the acts of one table, one per row; rows that cannot be read become problems."""
    acts: list[Act] = []
    checker = context.checker
    for row in table:
        if not checker.required(row, ("kind", "actor", "object", "date")):
            continue
        actor, object_ = context.party(row, "actor"), context.party(row, "object")
        valid = [
            checker.one_of(row, "kind", CLASS_OF_KIND),
            checker.date(row, "date", ordered=True),
            checker.date(row, "source_date"),
            not row["confidence"] or checker.one_of(row, "confidence", _CONFIDENCE),
            not row["capacity"] or checker.one_of(row, "capacity", CAPACITIES),
            not row["mode"] or checker.one_of(row, "mode", MODES),
            not row["in_place_of"] or bool(context.party(row, "in_place_of")),
            checker.sourced_note(row),
        ]
        if actor and object_ and all(valid):
            days = bounds(row["date"])
            sourced = is_sourced(row.values)
            acts.append(Act(row["kind"], actor, object_, row["date"], *days, sourced, [row]))
    return acts


def kind_and_parties(act: Act) -> tuple[object, ...]:
    """Return what the descriptions of one act share apart from its date; the parties of a mutual act have no order."""
    if act.kind in MUTUAL:
        return act.kind, frozenset((act.actor, act.object))
    return act.kind, act.actor, act.object


def merge(acts: list[Act]) -> tuple[list[Act], list[Problem]]:
    """Merge acts that are described more than once.

    :returns: the remaining acts in order of first mention, and warnings about rows whose date covers several acts.
    """
    groups: dict[tuple[object, ...], list[Act]] = defaultdict(list)
    for act in acts:
        groups[(*kind_and_parties(act), act.sourced)].append(act)
    warnings: list[Problem] = []
    merged: set[Act] = set()
    for group in groups.values():
        if len(group) > 1:
            warnings += _merge_group(group, merged)
    return [act for act in acts if act not in merged], warnings


def _merge_group(group: list[Act], merged: set[Act]) -> list[Problem]:
    """Merge each act of a group into the only act whose more exact date lies within its own."""
    warnings = []
    kept: list[Act] = []
    dated: dict[str, list[Act]] = defaultdict(list)
    for act in sorted(group, key=lambda act: act.latest - act.earliest):
        same = dated[act.edtf]
        if not same and act.kind not in _REPEATABLE:
            same = [other for other in kept if act.earliest <= other.earliest and other.latest <= act.latest]
        if len(same) == 1:
            same[0].rows += act.rows
            merged.add(act)
            continue
        if same and act.rows:
            message = (
                f"the date {act.edtf} covers {len(same)} acts in other rows, so this may be one of them."
            )
            warnings.append(act.rows[0].problem("date", message, "Give the exact date, or delete the row."))
        kept.append(act)
        dated[act.edtf].append(act)
    return warnings


class ActIndex:
    """Resolves references to acts in the form ``kind/actor/object``, with or without a date."""

    def __init__(self, acts: list[Act]) -> None:
        self._acts: dict[tuple[str, str, str], list[Act]] = defaultdict(list)
        for act in acts:
            actor, object_ = identifier(act.actor), identifier(act.object)
            self._acts[act.kind, actor, object_].append(act)
            if act.kind in MUTUAL:
                self._acts[act.kind, object_, actor].append(act)

    def find(
        self, reference: str, not_after: dt.date | None = None, exclude: Act | None = None
    ) -> Act | None:
        """Return the latest act that matches a reference, preferring facts to proposals, or None.

        :param reference: ``kind/actor/object`` or ``kind/actor/object/date``.
        :param not_after: acts that certainly began later are ignored.
        :param exclude: an act to ignore.
        """
        kind, _, rest = reference.partition("/")
        actor, _, rest = rest.partition("/")
        object_, _, date = rest.partition("/")
        matching = [
            act
            for act in self._acts.get((kind, actor, object_), ())
            if act is not exclude
            and (not date or act.edtf == date or any(row["date"] == date for row in act.rows))
            and (not_after is None or act.earliest <= not_after)
        ]
        return max(matching, key=lambda act: (act.sourced, act.order), default=None)

    def link_responses(self, acts: list[Act]) -> list[Problem]:
        """Resolve ``in_response_to`` of each act; return warnings about references that match no earlier act."""
        warnings = []
        for act in acts:
            for row in act.rows:
                for reference in row.many("in_response_to"):
                    answered = self.find(reference, act.latest, exclude=act)
                    if answered is None:
                        message = f"{reference!r} does not name an act on or before the date of this one."
                        cure = "Add that act, or correct the reference or the dates."
                        warnings.append(row.problem("in_response_to", message, cure))
                    elif answered not in act.responses:
                        act.responses.append(answered)
        return warnings


def label(act: Act, context: Context) -> str:
    """Return the neutral English label of an act, with its date."""
    names = {
        "actor": context.named(act.actor),
        "object": context.named(act.object),
        "territory": "a territory",
    }
    for row in act.rows:
        if row["territory"]:
            named = context.catalogue.labels.get(_territory(row, context), row["territory"])
            names["territory"] = with_article(named)
    capacity = in_capacity(next((row["capacity"] for row in act.rows if row["capacity"]), ""))
    return f"{sentence(act.kind, **names)}{capacity}, {in_words(act.edtf)}"


def sentence(kind: str, actor: str, object: str, territory: str = "a territory") -> str:
    """Return the neutral English sentence for an act of a kind, without its date.

    The names of the parties and of the territory must be in the form used within a sentence.
    """
    on = "itself" if object == actor else object
    return capital(_SENTENCES[kind].format(actor=actor, object=on, territory=territory))


def in_capacity(capacity: str) -> str:
    """Return the end of a sentence that says in which capacity a party is recognised."""
    return f" {capacity}" if capacity in STATE_CAPACITIES else f" as {capacity}" if capacity else ""


def _territory(row: Row, context: Context) -> NamedNode:
    """Return the polity or place that a row names as the territory; a shape rejects unknown ones."""
    return context.catalogue.parties.get(row["territory"]) or thing("place", row["territory"])


def write_act(act: Act, context: Context) -> None:
    """Write a new act with the data of its rows into the graph of its first row's table, or into the proposals."""
    kind, name = CLASS_OF_KIND[act.kind], label(act, context)
    writer = context.builder.describe(act.rows[0], act.iri, kind, label=name, sourced=act.sourced)
    writer.link(act.iri, "actor", act.actor)
    writer.link(act.iri, "object", act.object)
    writer.edtf(act.iri, "edtf", act.edtf, "earliest", "latest")
    confidences = [_CONFIDENCE.index(row["confidence"]) for row in act.rows if row["confidence"]]
    if confidences:
        writer.literal(act.iri, "confidence", _CONFIDENCE[max(confidences)])
    for answered in act.responses:
        target = writer if answered.sourced else context.builder.in_table("", sourced=False)
        target.link(act.iri, "inResponseTo", answered.iri)
    write_rows(act, context)


def write_rows(act: Act, context: Context) -> None:
    """Write the data that rows add to an act: instruments, notes and sources.

    The IRIs that merged rows would have had lead to the remaining act.
    """
    aliases = context.builder.in_provenance()
    for row in act.rows:
        table = row.table.removesuffix(".csv")
        writer = context.builder.in_table(table, act.sourced)
        writer.literal(act.iri, "capacity", row["capacity"])
        writer.literal(act.iri, "mode", row["mode"])
        if row["territory"]:
            writer.link(act.iri, "territory", _territory(row, context))
        if row["in_place_of"]:
            writer.link(act.iri, "inPlaceOf", context.catalogue.parties[row["in_place_of"]])
        writer.text(act.iri, "instrument", row["instrument"])
        writer.text(act.iri, NOTE, row["note"])
        for shape in row.many("exception_to"):
            writer.literal(act.iri, "exceptionTo", shape)
        context.sources.cite(table, act.iri, context.sources.of(row))
        aliases.literal(act.iri, "tableRow", f"{row.table}:{row.line}")
        alias = iris.act(row["kind"], row["actor"], row["object"], row["date"])
        if alias != act.iri:
            aliases.link(alias, REPLACED_BY, act.iri)
