"""Coverage of the record: statements about it, the counts of other publishers, and the record's own counts.

The statements come from the question ``coverage``; the record's own numbers are computed each time.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

import pyoxigraph as ox

from comity.edtf import in_words
from comity.iris import BASE
from comity.periods.in_force import Interval
from comity.questions.questions import question
from comity.schema import select
from comity.snapshots.calendar import Calendar
from comity.snapshots.totals import Totals

#: The names of topics in pages and commands.
TOPICS = {
    "recognition": "recognition of it",
    "recognition-by": "recognition by it",
    "relations": "its relations",
    "claims": "claims about it",
}
#: The meanings of the degrees of completeness.
COMPLETENESS = {
    "complete": "everything in the list",
    "nearly": "all but a few",
    "partly": "less than that; the statement says what is missing, as far as is known",
    "incidentally": "only data that belongs to another topic or party",
}
#: The measure of a topic without a total.
_MEASURES = {"recognition": "recognisers", "recognition-by": "recognised", "relations": "relations"}
_LISTS = """SELECT DISTINCT ?stated ?source ?publisher ?title ?date ?url WHERE {
  { ?stated a co:KnownTotal } UNION { ?stated a co:CoverageStatement }
  ?stated co:evidence/co:source ?source .
  OPTIONAL { ?source co:publisher ?publisher }
  OPTIONAL { ?source dcterms:title ?title }
  OPTIONAL { ?source co:published ?date }
  OPTIONAL { ?source co:url ?url }
} ORDER BY ?stated ?source"""
_TOTALS = """SELECT ?total ?label ?about ?measure ?among ?day ?number ?qualifier ?note WHERE {
  ?total co:measure ?measure ; rdfs:label ?label ; co:about ?about ; co:asOf ?day ; co:number ?number ;
    co:qualifier ?qualifier .
  OPTIONAL { ?total co:among ?among }
  OPTIONAL { ?total skos:note ?note }
} ORDER BY ?about ?measure ?day ?total"""
_CLAIMS = """SELECT DISTINCT ?party ?claim ?first ?latest ?end ?endLatest WHERE {
  ?claim co:about ?party ; co:claimant ?claimant ; co:startEarliest ?first ; co:startLatest ?latest .
  OPTIONAL { ?claim co:endEarliest ?end ; co:endLatest ?endLatest }
}"""


@dataclass(frozen=True)
class Source:
    """A list or text of another publisher that the record was compared with."""

    iri: str
    publisher: str
    title: str
    date: str
    url: str

    def __str__(self) -> str:
        return ", ".join(part for part in (self.publisher, self.title, self.date) if part) or self.url

    @property
    def called(self) -> str:
        """Publisher, title and date in words; for a bare URL, its host."""
        text = ", ".join(part for part in (self.publisher, self.title, in_words(self.date)) if part)
        return text or urlsplit(self.url).netloc.removeprefix("www.")


@dataclass(frozen=True)
class KnownTotal:
    """A number given by another publisher, and the record's count by the same measure on the same day."""

    iri: str
    label: str
    about: str
    measure: str
    day: str
    number: int
    qualifier: str
    note: str
    sources: tuple[Source, ...]
    recorded: int

    @property
    def difference(self) -> int:
        """How many more the record contains; negative if some are missing."""
        return self.recorded - self.number

    def record(self) -> dict[str, str | int]:
        """Return its values by name, as in commands and downloads."""
        return {
            "counted": self.label,
            "asOf": self.day,
            "qualifier": self.qualifier,
            "number": self.number,
            "recorded": self.recorded,
            "difference": self.difference,
            "by": "; ".join(map(str, self.sources)),
            "note": self.note,
            "about": self.about,
            "measure": self.measure,
            "total": self.iri,
        }


@dataclass(frozen=True)
class Statement:
    """A statement on the coverage of a party and topic.

    ``party`` is the dataset if the statement applies to every other party. ``recorded`` is the record's count: by the
    total on its day or, without one, for the topic on the day of the statement; None for several parties.
    """

    iri: str
    party: str
    label: str
    topic: str
    completeness: str
    as_of: str
    missing: str
    note: str
    sources: tuple[Source, ...]
    total: KnownTotal | None
    recorded: int | None

    def record(self) -> dict[str, str | int]:
        """Return its values by name, as in commands and downloads."""
        return {
            "party": self.label,
            "topic": TOPICS[self.topic],
            "completeness": self.completeness,
            "asOf": self.as_of,
            "recorded": "" if self.recorded is None else self.recorded,
            "known": self.total.number if self.total else "",
            "counted": self.total.label if self.total else "",
            "checkedAgainst": "; ".join(map(str, self.sources)),
            "missing": self.missing,
            "note": self.note,
            "about": self.party,
            "statement": self.iri,
        }


class Coverage:
    """The statements and totals of a store, which must not change: results are computed once and cached."""

    def __init__(self, store: ox.Store, calendar: Calendar) -> None:
        self._store = store
        self._totals = Totals(calendar)
        self._counts: dict[tuple[str, ...], int] = {}
        self._statements: dict[str, tuple[Statement, ...]] = {}

    def totals(self, about: str | None = None) -> list[KnownTotal]:
        """Return all known totals, or those of one party by its IRI, each with the record's count."""
        return [self._total(row) for row in self._known.values() if about in (None, row["about"])]

    def statements(self, party: str = "") -> tuple[Statement, ...]:
        """Return the statements on coverage, or those that apply to one party.

        :param party: the IRI of a party; includes statements on its organisation or on every other party.
        """
        if party not in self._statements:
            self._statements[party] = tuple(self._stated(party))
        return self._statements[party]

    def own(self, party: str) -> list[Statement]:
        """Return the statements on one party itself, without those on its organisation or on every other party."""
        return self._own.get(party, [])

    @cached_property
    def _own(self) -> dict[str, list[Statement]]:
        found: defaultdict[str, list[Statement]] = defaultdict(list)
        for one in self.statements():
            found[one.party].append(one)
        return found

    def _stated(self, party: str) -> Iterator[Statement]:
        asked = question("coverage").bind(self._store, {"polity": party})
        for row in _rows(self._store, asked):
            known = self._known.get(row["knownTotal"])
            total = self._total(known) if known else None
            yield Statement(
                row["statement"],
                row["party"],
                row["partyLabel"],
                row["topic"],
                row["completeness"],
                row["asOf"],
                row["missing"],
                row["note"],
                total.sources if total else self._sources[row["statement"]],
                total,
                total.recorded if total else self._recorded(row["party"], row["topic"], row["asOf"]),
            )

    @cached_property
    def _known(self) -> dict[str, dict[str, str]]:
        """The data of each known total, by its IRI."""
        return {row["total"]: row for row in _rows(self._store, _TOTALS)}

    @cached_property
    def _sources(self) -> defaultdict[str, tuple[Source, ...]]:
        """The sources of each total and statement."""
        sources: defaultdict[str, tuple[Source, ...]] = defaultdict(tuple)
        for row in _rows(self._store, _LISTS):
            names = ("source", "publisher", "title", "date", "url")
            sources[row["stated"]] += (Source(*(row[name] for name in names)),)
        return sources

    def _total(self, row: dict[str, str]) -> KnownTotal:
        return KnownTotal(
            row["total"],
            row["label"],
            row["about"],
            row["measure"],
            row["day"],
            int(row["number"]),
            row["qualifier"],
            row["note"],
            self._sources[row["total"]],
            self._count(row["measure"], row["about"], row["day"], row["among"]),
        )

    def _count(self, measure: str, party: str, day: str, among: str = "") -> int:
        key = (measure, party, day, among)
        if key not in self._counts:
            members = ox.NamedNode(among) if among else None
            self._counts[key] = len(self._totals.counted(measure, ox.NamedNode(party), day, members))
        return self._counts[key]

    def _recorded(self, party: str, topic: str, day: str) -> int | None:
        if not party.startswith(BASE + "polity/"):
            return None
        if topic in _MEASURES:
            return self._count(_MEASURES[topic], party, day)
        return sum(interval.in_force(day) for interval in self._claims[party])

    @cached_property
    def _claims(self) -> defaultdict[str, list[Interval]]:
        """The times of all claims about each party."""
        intervals: defaultdict[str, list[Interval]] = defaultdict(list)
        bounds = ("first", "latest", "end", "endLatest")
        for row in _rows(self._store, _CLAIMS):
            intervals[row["party"]].append(Interval.of(*(row[name] for name in bounds)))
        return intervals


def _rows(store: ox.Store, sparql: str) -> list[dict[str, str]]:
    """Return the rows of a SELECT as texts by variable; unbound ones are empty."""
    rows = select(store, sparql)
    names = [variable.value for variable in rows.variables]
    return [{name: str(getattr(row[name], "value", "")) for name in names} for row in rows]
