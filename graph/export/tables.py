"""The tables for reuse: acts, recognitions, relations, polities and sources.

:data:`TABLES` is the single definition of their columns, which files, codebook and machine-readable metadata follow.
:mod:`comity.export.table_files` writes them to files. A cell is empty if nothing is known. Each table has a fixed
order of rows.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import pyoxigraph as ox

from comity.errors import ExportError
from comity.iris import BASE, DCTERMS, FACTS_PREFIX, GEO, LABEL, RDF, SKOS, WIKIDATA, identifier, term
from comity.questions.questions import question
from comity.schema import bind, select

Row = tuple[Any, ...]
_SEPARATOR = "; "


@dataclass(frozen=True)
class Column:
    """A column: its name, its description, and its type as in Frictionless Table Schema."""

    name: str
    about: str
    type: str = "string"


@dataclass(frozen=True)
class Table:
    """A table for reuse, with the function that creates its rows from a store."""

    name: str
    title: str
    about: str
    columns: tuple[Column, ...]
    rows: Callable[["Source"], Iterator[Row]]
    #: Whether its rows name their licences, because they come from tables with different ones.
    has_licences: bool = False

    @property
    def key(self) -> str:
        """The name of the column that identifies a row."""
        return self.columns[0].name


class Source:
    """The values of properties in a store: each property is scanned once and cached."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store
        self._columns: dict[str, dict[str, list[str]]] = {}
        self._cited: dict[str, tuple[str, ...]] = {}

    def all(self, name: str) -> Mapping[str, list[str]]:
        """Return the values of a property by subject, in order.

        :param name: the IRI of the property, or its name in the ontology.
        """
        if name not in self._columns:
            found: defaultdict[str, list[str]] = defaultdict(list)
            predicate = ox.NamedNode(name) if name.startswith("http") else term(name)
            for quad in self.store.quads_for_pattern(None, predicate, None, ox.DefaultGraph()):
                if isinstance(quad.subject, ox.NamedNode):
                    found[quad.subject.value].append(quad.object.value)  # type: ignore[union-attr]
            self._columns[name] = {iri: sorted(values) for iri, values in found.items()}
        return self._columns[name]

    def of(self, name: str, iri: str) -> str | None:
        """Return the first value of a property of an entity, or None."""
        values = self.all(name).get(iri)
        return values[0] if values else None

    def members(self, name: str) -> list[str]:
        """Return the IRIs in a class of the ontology, in order."""
        quads = self.store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), term(name), ox.DefaultGraph())
        return sorted(quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode))

    @cached_property
    def tables_of_acts(self) -> dict[str, list[str]]:
        """The names of the tables of facts that contain each act."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for quad in self.store.quads_for_pattern(None, term("actor"), None, None):
            if isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value.startswith(FACTS_PREFIX):
                found[quad.subject.value].add(quad.graph_name.value.removeprefix(FACTS_PREFIX))  # type: ignore[union-attr]
        return {iri: sorted(names) for iri, names in found.items()}

    @cached_property
    def strengths(self) -> dict[str, str]:
        """The strength of evidence of each act, by the rule of the question ``strength-of-evidence``."""
        asked = bind(question("strength-of-evidence").sparql, {"polity": None})
        return {row["act"].value: row["strength"].value for row in select(self.store, asked)}

    @cached_property
    def disputed(self) -> set[str]:
        """The acts denied by another party."""
        return {act for acts in self.all("disputes").values() for act in acts}

    def sources(self, act: str) -> tuple[str, ...]:
        """Return the sources of an act, in order."""
        if act not in self._cited:
            evidence = self.all("evidence").get(act, ())
            found = {one for item in evidence for one in self.all("source").get(item, ())}
            self._cited[act] = tuple(sorted(found))
        return self._cited[act]

    def licences(self, acts: Iterable[str | None]) -> str | None:
        """Return the licences of the tables that contain some acts; None if none is known."""
        known = shipped_licences()
        names = (name for act in acts if act for name in self.tables_of_acts.get(act, ()))
        return _joined(sorted({known[name] for name in names if name in known}))

    def first_act(self, period: str) -> str | None:
        """Return the act that a period began with, if necessary that of the period it continues."""
        seen = set()
        while period not in seen:
            seen.add(period)
            if began := self.of("beganBy", period):
                return began
            period = self.of("continuesPeriod", period) or period
        return None


@cache
def shipped_licences() -> dict[str, str]:
    """Return the name of the licence of each shipped table of facts, such as ``CC-BY-4.0``, by the table's name."""
    package = json.loads(files("comity").joinpath("facts/datapackage.json").read_text("utf-8"))
    return {
        one["name"]: (one.get("licenses") or package["licenses"])[0]["name"] for one in package["resources"]
    }


def _joined(values: Iterable[str]) -> str | None:
    return _SEPARATOR.join(values) or None


def _short(iri: str | None) -> str | None:
    return iri and identifier(ox.NamedNode(iri))


def _ids(iris: Iterable[str]) -> str | None:
    return _joined(str(_short(iri)) for iri in iris)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _party_columns(name: str, who: str) -> tuple[Column, ...]:
    return (
        Column(name, f"id of {who}"),
        Column(f"{name}_name", "its name"),
        Column(f"{name}_type", "polity or organisation; the latter includes governments"),
        Column(f"{name}_iso3", "its ISO 3166-1 alpha-3 code"),
        Column(f"{name}_cow", "its Correlates of War state number", "integer"),
    )


def _party(values: Source, iri: str | None) -> Row:
    if iri is None:
        return (None,) * 5
    return (
        _short(iri),
        values.of(LABEL.value, iri),
        iri.removeprefix(BASE).partition("/")[0],
        values.of("isoAlpha3", iri),
        _number(values.of("cowCode", iri)),
    )


_SOURCES_OF = (
    Column("sources", "ids of the sources in the table sources, separated by semicolons"),
    Column("source_urls", "their addresses, separated by spaces"),
    Column("licence", "licences of the tables of facts that the row is based on"),
)


def _cited(values: Source, acts: Iterable[str | None]) -> Row:
    known = [act for act in acts if act]
    cited = list(dict.fromkeys(one for act in known for one in values.sources(act)))
    urls = filter(None, (values.of("url", one) for one in cited))
    return _ids(cited), " ".join(dict.fromkeys(urls)) or None, values.licences(known)


def _acts(values: Source) -> Iterator[Row]:
    found = [iri for iri in values.members("Act") if values.of("earliest", iri) and values.of("actor", iri)]
    for iri in sorted(found, key=lambda one: (values.of("earliest", one), one)):
        yield (
            iri,
            iri.removeprefix(BASE + "act/").partition("/")[0],
            values.of("edtf", iri),
            values.of("earliest", iri),
            values.of("latest", iri),
            *_party(values, values.of("actor", iri)),
            *_party(values, values.of("object", iri)),
            *(values.of(name, iri) for name in ("capacity", "mode", "instrument")),
            *(_short(values.of(name, iri)) for name in ("territory", "inPlaceOf")),
            _joined(values.all("inResponseTo").get(iri, ())),
            values.of("confidence", iri),
            values.strengths.get(iri),
            iri in values.disputed,
            values.of(SKOS + "note", iri),
            _joined(values.tables_of_acts.get(iri, ())),
            *_cited(values, [iri]),
        )


#: The bounds of periods in the graph, in the order of :data:`_BOUNDED`.
_BOUNDS = ("startLatest", "endEarliest", "startEarliest", "endLatest")
_BOUNDED = (
    Column("certain_from", "first day on which it is certainly in force, despite inexact dates", "date"),
    Column(
        "certain_until", "first day on which it is no longer certainly in force; empty if ongoing", "date"
    ),
    Column("possible_from", "first day on which it may be in force, given inexact dates", "date"),
    Column("possible_until", "first day on which it can no longer be in force; empty if ongoing", "date"),
    Column(
        "ended_how",
        "why it ended: withdrawal, freeze, severance, rival government, polity ended …; empty if ongoing",
    ),
    Column("end_disputed", "whether another party denies the act that ended it", "boolean"),
    Column(
        "began_by", "IRI of the act it began with; if continued from a predecessor, the predecessor's act"
    ),
    Column("continues", "IRI of the predecessor's period that it continues"),
    Column("ended_by", "IRI of the act that ended it, or of the polity whose end ended it"),
    *_SOURCES_OF,
)


def _bounded(values: Source, iri: str) -> Row:
    began, ended = values.first_act(iri), values.of("endedBy", iri)
    return (
        *(values.of(name, iri) for name in _BOUNDS),
        values.of("endReason", iri),
        ended in values.disputed if values.of("endReason", iri) else None,
        began,
        values.of("continuesPeriod", iri),
        ended or values.of("endedByEndOf", iri),
        *_cited(values, [began, ended]),
    )


def _in_order(values: Source, iris: Iterable[str], sides: tuple[str, str]) -> list[str]:
    def key(iri: str) -> tuple[str, ...]:
        return (*(values.of(name, iri) or "" for name in (*sides, "startEarliest")), iri)

    return sorted(iris, key=key)


def _recognitions(values: Source) -> Iterator[Row]:
    sides = ("recogniser", "recognisedParty")
    for iri in _in_order(values, values.members("RecognitionPeriod"), sides):
        yield (
            iri,
            *_party(values, values.of(sides[0], iri)),
            *_party(values, values.of(sides[1], iri)),
            "express" if values.of("basis", iri) == "express" else "relations",
            bool(values.of("contradictedBy", iri)),
            *_bounded(values, iri),
        )


_STATES = {
    "RelationsPeriod": "relations",
    "BrokenRelationsPeriod": "broken off",
    "SuspendedRelationsPeriod": "suspended",
}


def _relations(values: Source) -> Iterator[Row]:
    sides = ("firstParty", "secondParty")
    states = {iri: state for name, state in _STATES.items() for iri in values.members(name)}
    for iri in _in_order(values, states, sides):
        yield (
            iri,
            *_party(values, values.of(sides[0], iri)),
            *_party(values, values.of(sides[1], iri)),
            states[iri],
            *_bounded(values, iri),
        )


def _polities(values: Source) -> Iterator[Row]:
    for iri in values.members("Polity"):
        items = (
            one for one in values.all(SKOS + "exactMatch").get(iri, ()) if one.startswith(WIKIDATA + "Q")
        )
        name = values.of(LABEL.value, iri)
        others = values.all(SKOS + "altLabel").get(iri, ())
        lat, long = (values.of(GEO + axis, iri) for axis in ("lat", "long"))
        yield (
            _short(iri),
            iri,
            name,
            values.of("officialName", iri),
            _joined(dict.fromkeys(one for one in others if one != name)),
            *(values.of(one, iri) for one in ("kind", "region", "capital", "isoAlpha2", "isoAlpha3", "m49")),
            _number(values.of("cowCode", iri)),
            values.of("cowAbbreviation", iri),
            _number(values.of("gwCode", iri)),
            next((one.removeprefix(WIKIDATA) for one in items), None),
            *(values.of(one, iri) for one in ("established", "establishedEarliest", "establishedLatest")),
            *(values.of(one, iri) for one in ("ended", "endedEarliest", "endedLatest")),
            values.of("unMemberSince", iri),
            _ids(values.all("territoryClaimedBy").get(iri, ())),
            None if lat is None else float(lat),
            None if long is None else float(long),
        )


def _sources(values: Source) -> Iterator[Row]:
    cited: defaultdict[str, int] = defaultdict(int)
    for act in values.all("earliest"):
        if act.startswith(BASE + "act/"):
            for one in values.sources(act):
                cited[one] += 1
    for iri in values.members("Source"):
        yield (
            _short(iri),
            iri,
            values.of(DCTERMS + "title", iri) or values.of(LABEL.value, iri),
            *(values.of(name, iri) for name in ("publisher", "published")),
            *(values.of(name, iri) for name in ("publishedEarliest", "publishedLatest")),
            *(values.of(name, iri) for name in ("kind", "url", "archivedUrl")),
            _ids(values.all("reportedIn").get(iri, ())),
            cited[iri],
        )


_DATE = "at the precision known, in EDTF: 2022-07-13, 2022-07, 1991~"
#: The tables by name.
TABLES = {
    table.name: table
    for table in (
        Table(
            "acts",
            "Acts",
            "What a party did on a date, according to a source: recognitions, withdrawals, relations "
            "established and broken off, votes, statements. A row for each act that has a source.",
            (
                Column("act", "permanent address (IRI) of the act"),
                Column("kind", "what was done: recognition, withdrawal, relations_established, vote …"),
                Column("date", f"when, {_DATE}"),
                Column("earliest", "first day that the date allows", "date"),
                Column("latest", "last day that the date allows", "date"),
                *_party_columns("actor", "the party that acted"),
                *_party_columns("object", "the party it acted towards"),
                Column("capacity", "the capacity in which a state or a government is recognised"),
                Column("mode", "how a recognition was given, if known"),
                Column("instrument", "decree, letter, law, resolution …"),
                Column("territory", "id of the territory on whose status the act takes a position"),
                Column("in_place_of", "id of the government that it ceases to recognise with the act"),
                Column("in_response_to", "IRIs of the acts that it responds to, separated by semicolons"),
                Column("confidence", "confidence in the row: high, medium or low"),
                Column("strength", "strength of the evidence, by rule: strong, fair or weak"),
                Column("disputed", "whether another party denies the act", "boolean"),
                Column("note", "further remarks on the act"),
                Column("tables", "tables of facts that contain it, separated by semicolons"),
                *_SOURCES_OF,
            ),
            _acts,
            True,
        ),
        Table(
            "recognitions",
            "Recognitions",
            "Dyads: which party recognises which state, from when to when. A row for each uninterrupted "
            "period, derived from the acts by published rules. Recognition of governments is not included.",
            (
                Column("period", "permanent address (IRI) of the period"),
                *_party_columns("recogniser", "the party that recognises"),
                *_party_columns("recognised", "the party that is recognised"),
                Column("basis", "express (an act of recognition) or relations (implied by them)"),
                Column(
                    "contradicted", "whether the recogniser at times claims that it is not a state", "boolean"
                ),
                *_BOUNDED,
            ),
            _recognitions,
            True,
        ),
        Table(
            "relations",
            "Relations",
            "Pairs with diplomatic relations, or whose relations are broken off or suspended, from when to "
            "when. The order of the two parties has no meaning.",
            (
                Column("period", "permanent address (IRI) of the period"),
                *_party_columns("first", "one party"),
                *_party_columns("second", "the other party"),
                Column("state", "relations, broken off or suspended"),
                *_BOUNDED,
            ),
            _relations,
            True,
        ),
        Table(
            "polities",
            "Polities",
            "States, contested polities and former states, with codes, names and the dates of their "
            "existence. The kind is a formal classification and not a judgement.",
            (
                Column("id", "id, used in the other tables"),
                Column("polity", "permanent address (IRI)"),
                Column("name", "usual English name"),
                Column("official_name", "name as the polity itself uses it, in English"),
                Column("other_names", "other names in any language, separated by semicolons"),
                Column("kind", "un_member, un_observer, de_facto, former_de_facto, former_state, other …"),
                Column("region", "region of the United Nations geoscheme"),
                Column("capital", "seat of government"),
                Column("iso2", "ISO 3166-1 alpha-2 code"),
                Column("iso3", "ISO 3166-1 alpha-3 code"),
                Column("m49", "three-digit code of the United Nations"),
                Column("cow", "Correlates of War state number", "integer"),
                Column("cow_abbreviation", "Correlates of War abbreviation"),
                Column("gw", "Gleditsch-Ward number", "integer"),
                Column("wikidata", "item of the same polity in Wikidata"),
                Column("established", f"when it came into being, {_DATE}"),
                Column("established_earliest", "first day that the date allows", "date"),
                Column("established_latest", "last day that the date allows", "date"),
                Column("ended", "when it ended; empty if it still exists"),
                Column("ended_earliest", "first day that the date allows", "date"),
                Column("ended_latest", "last day that the date allows", "date"),
                Column("un_member_since", f"first day of membership of the United Nations, {_DATE}"),
                Column("claimed_by", "ids of the states that claim its territory, separated by semicolons"),
                Column("latitude", "of the capital or centre, WGS 84", "number"),
                Column("longitude", "of the capital or centre, WGS 84", "number"),
            ),
            _polities,
        ),
        Table(
            "sources",
            "Sources",
            "The texts that acts, claims and statements are based on, each with its publisher, date and address.",
            (
                Column("id", "id, used in the other tables"),
                Column("source", "permanent address (IRI)"),
                Column("title", "its title, or a short description"),
                Column("publisher", "who published it"),
                Column("published", f"when, {_DATE}"),
                Column("published_earliest", "first day that the date allows", "date"),
                Column("published_latest", "last day that the date allows", "date"),
                Column(
                    "kind",
                    "official, treaty-or-un, press, scholarly, encyclopaedia, copy, forum-or-blog; by its publisher",
                ),
                Column("url", "where it is or was"),
                Column("archived_url", "an archived copy"),
                Column(
                    "reported_in", "ids of the sources it was read in, if not itself, separated by semicolons"
                ),
                Column("acts", "number of acts based on it", "integer"),
            ),
            _sources,
        ),
    )
}


def table(name: str) -> Table:
    """Return a table by its name.

    :raises ExportError: if there is no such table.
    """
    if name not in TABLES:
        raise ExportError(f"{name!r} is not a table. The tables are {', '.join(TABLES)}.")
    return TABLES[name]


def notes(name: str, generation: str) -> dict[str, str]:
    """Return the metadata of a file: its title, its generation, and its licence."""
    licence = "see the column licence" if table(name).has_licences else "CC BY 4.0"
    return {
        "title": f"Comity: {table(name).title.lower()}",
        "generation": generation,
        "licence": f"{licence}; name Comity as the source",
        "address": f"{BASE}data",
    }


def notes_of_all(generation: str) -> dict[str, str]:
    """Return the metadata of a file of all tables."""
    return notes("acts", generation) | {"title": "Comity: who recognises whom"}
