"""Parties, and their known standing towards each other on a day: recognition, relations, freeze, refusal.

Silence is distinguished from refusal. A party not known to recognise another has not thereby refused: a refusal is a
claim in force that gives the other a status no state has (:mod:`comity.snapshots.refusals`), and nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyoxigraph as ox

from comity.iris import BASE, WIKIDATA, identifier
from comity.periods.in_force import CERTAIN, NEVER, POSSIBLE, Interval
from comity.schema import select
from comity.snapshots.calendar import Calendar, Pair
from comity.snapshots.refusals import refusing_statuses

#: A date before every day, for an unknown beginning.
ALWAYS = "0000-00-00"

_PARTIES = f"""
SELECT ?party ?label ?kind ?iso3 ?cow ?abbreviation ?gw ?lat ?long ?region ?item ?began ?ended ?endedEarliest WHERE {{
  VALUES ?class {{ co:Polity co:InternationalOrganisation }}
  ?party a ?class ; rdfs:label ?label .
  OPTIONAL {{ ?party co:kind ?kind }}
  OPTIONAL {{ ?party co:isoAlpha3 ?iso3 }}
  OPTIONAL {{ ?party co:cowCode ?cow }}
  OPTIONAL {{ ?party co:cowAbbreviation ?abbreviation }}
  OPTIONAL {{ ?party co:gwCode ?gw }}
  OPTIONAL {{ ?party geo:lat ?lat ; geo:long ?long }}
  OPTIONAL {{ ?party co:region ?region }}
  OPTIONAL {{ ?party skos:exactMatch ?item . FILTER (STRSTARTS(STR(?item), "{WIKIDATA}Q")) }}
  OPTIONAL {{ ?party co:establishedEarliest ?began }}
  OPTIONAL {{ ?party co:endedEarliest ?endedEarliest ; co:endedLatest ?ended }}
}}
ORDER BY ?party ?item"""


@dataclass(frozen=True)
class Party:
    """A polity or organisation; unknown values are None."""

    iri: str
    id: str
    name: str
    is_polity: bool
    kind: str | None
    iso3: str | None
    cow: int | None
    cow_abbreviation: str | None
    gw: int | None
    place: tuple[float, float] | None
    region: str | None
    wikidata: str | None
    first_day: str
    last_day: str
    surely_ended: str

    def there_on(self, day: str) -> bool:
        """Return whether the party may have existed on a day, by the dates of the catalogue."""
        return self.first_day <= day < self.last_day

    def attributes(self) -> dict[str, Any]:
        """Return its kind, codes and region under the names used in networks and points; None is unknown."""
        names = ("kind", "iso3", "cow", "gw", "wikidata", "region")
        return {name: getattr(self, name) for name in names}


def parties(store: ox.Store) -> dict[ox.NamedNode, Party]:
    """Return all polities and organisations of a store, in order of IRI."""
    found: dict[ox.NamedNode, Party] = {}
    for row in select(store, _PARTIES):
        found.setdefault(row["party"], _party(row))
    return found


def _party(row: ox.QuerySolution) -> Party:
    node, lat, long = row["party"], _text(row, "lat"), _text(row, "long")
    cow, gw, item = _text(row, "cow"), _text(row, "gw"), _text(row, "item")
    return Party(
        iri=node.value,
        id=identifier(node),
        name=row["label"].value,
        is_polity=node.value.startswith(BASE + "polity/"),
        kind=_text(row, "kind"),
        iso3=_text(row, "iso3"),
        cow=int(cow) if cow else None,
        cow_abbreviation=_text(row, "abbreviation"),
        gw=int(gw) if gw else None,
        place=(float(lat), float(long)) if lat and long else None,
        region=_text(row, "region"),
        wikidata=item.removeprefix(WIKIDATA) if item else None,
        first_day=_text(row, "began") or ALWAYS,
        last_day=_text(row, "ended") or NEVER,
        surely_ended=_text(row, "endedEarliest") or NEVER,
    )


def _text(row: ox.QuerySolution, name: str) -> str | None:
    return None if row[name] is None else row[name].value


_CLAIMS = """
SELECT DISTINCT ?a ?b ?status ?se ?sl ?ee ?el WHERE {
  ?claim a co:StatusClaim ; co:claimant ?a ; co:about ?b ; co:status ?status ;
    co:startEarliest ?se ; co:startLatest ?sl .
  FILTER (?a != ?b)
  OPTIONAL { ?claim co:endEarliest ?ee ; co:endLatest ?el }
}"""
_WITHDRAWALS = """
SELECT ?a ?b ?se ?sl WHERE {
  ?act a co:WithdrawalOfRecognition . ?period co:endedBy ?act .
  { ?period a co:RecognitionPeriod } UNION { ?period a co:FreezePeriod }
  ?period co:recogniser ?a ; co:recognisedParty ?b ; co:endEarliest ?se ; co:endLatest ?sl .
}"""


@dataclass(frozen=True)
class Standing:
    """The known standing of one party towards another on a day; each reading is ``certain``, ``possible`` or None."""

    recognises: str | None = None
    basis: str | None = None
    relations: str | None = None
    broken_off: str | None = None
    frozen: str | None = None
    withdrawn: str | None = None
    refuses: str | None = None
    held_to_be: tuple[str, ...] = ()
    since: str | None = None
    since_latest: str | None = None

    @property
    def contradictory(self) -> str | None:
        """Whether it recognises the other and gives it a refusing status at the same time."""
        if not (self.recognises and self.refuses):
            return None
        return CERTAIN if self.recognises == self.refuses == CERTAIN else POSSIBLE

    @property
    def stance(self) -> str | None:
        """The first that applies: contradictory, recognises, frozen, refuses or withdrawn; None if nothing is known."""
        names = ("contradictory", "recognises", "frozen", "refuses", "withdrawn")
        for name in names:
            if getattr(self, name) == CERTAIN:
                return name
        for name in names:
            if getattr(self, name):
                return f"possibly {name}"
        return None


@dataclass(frozen=True)
class Claim:
    """A status that one party gives another for a time."""

    span: Interval
    status: str
    refusal: bool


class Dyads:
    """Everything lasting between two parties, by ordered pair; pairs of which nothing is known are omitted."""

    def __init__(
        self, store: ox.Store, calendar: Calendar | None = None, party: ox.NamedNode | None = None
    ) -> None:
        """Read the data of all pairs from a store, or only of those whose first member is a given party."""
        self._store, self._party = store, party
        self.calendar = calendar or Calendar(store)

    @cached_property
    def _spans(self) -> dict[Pair, dict[str, list[Interval]]]:
        found: dict[Pair, dict[str, list[Interval]]] = {}
        for name in ("express", "implied", "frozen", "relations", "broken"):
            for span, pair in self.calendar.timeline(name).entries_of(self._is_wanted):
                found.setdefault(pair, {}).setdefault(name, []).append(span)
        for row in select(self._store, _WITHDRAWALS):
            if self._is_wanted(pair := (row["a"], row["b"])):
                kinds = found.setdefault(pair, {})
                kinds.setdefault("withdrawn", []).append(Interval((row["se"].value, row["sl"].value)))
        return found

    @cached_property
    def _claims(self) -> dict[Pair, list[Claim]]:
        found: dict[Pair, list[Claim]] = {}
        refusing = refusing_statuses(self._store)
        for row in select(self._store, _CLAIMS):
            if self._is_wanted(pair := (row["a"], row["b"])):
                found.setdefault(pair, []).append(_claim(row, refusing))
        return found

    def _is_wanted(self, pair: Pair) -> bool:
        return self._party is None or pair[0] == self._party

    @cached_property
    def parties(self) -> dict[ox.NamedNode, Party]:
        """The parties by IRI."""
        return parties(self._store)

    @cached_property
    def pairs(self) -> list[Pair]:
        """The ordered pairs of which anything is known, by id."""
        both = self._spans.keys() | self._claims.keys()
        known = (pair for pair in both if pair[0] in self.parties and pair[1] in self.parties)
        return sorted(known, key=lambda pair: (pair[0].value, pair[1].value))

    def members(self, day: str, organisation: ox.NamedNode, reading: str = CERTAIN) -> set[ox.NamedNode]:
        """Return the members of an organisation on a day."""
        rows = self.calendar.timeline("membership").on(day, reading)
        return {member for member, body in rows if body == organisation}

    def recognitions(self, day: str, reading: str = CERTAIN) -> list[Pair]:
        """Return the pairs whose first party recognises the second on a day, by declaration or by relations."""
        pairs = self.calendar.on("recognises", day, reading)
        return [pair for pair in pairs if self._is_wanted(pair) and self._are_there(pair, day)]

    def refusals(self, day: str, reading: str = CERTAIN) -> list[Pair]:
        """Return the pairs whose first party claims on a day that the second is not a sovereign state."""
        return [
            pair
            for pair, claims in self._claims.items()
            if any(claim.refusal and claim.span.in_force(day, reading) for claim in claims)
            and self._are_there(pair, day)
        ]

    def _are_there(self, pair: Pair, day: str) -> bool:
        """Return whether the parties of a pair are known, and neither has certainly ended by a day."""
        return all(party in self.parties and day < self.parties[party].surely_ended for party in pair)

    def reach(self, pair: Pair) -> tuple[str, str]:
        """Return the first day on which anything may be in force between two parties, and the first day after."""
        spans = [span for kind in self._spans.get(pair, {}).values() for span in kind]
        spans += [claim.span for claim in self._claims.get(pair, ())]
        last = min(self.parties[party].surely_ended for party in pair)
        return min(span.start[0] for span in spans), min(max(span.end[1] for span in spans), last)

    def standing(self, pair: Pair, day: str) -> Standing | None:
        """Return the standing of a pair on a day; None if nothing is known."""
        first, last = self.reach(pair)
        if not first <= day < last:
            return None
        kinds, claims = self._spans.get(pair, {}), self._claims.get(pair, ())
        express, implied = _reading(kinds.get("express"), day), _reading(kinds.get("implied"), day)
        recognises, frozen = _surer(express, implied), _reading(kinds.get("frozen"), day)
        since = self.since(pair, day) if recognises else None
        held = [(claim, reading) for claim in claims if (reading := claim.span.reading_on(day))]
        # A withdrawal lasts until the next recognition; a freeze that follows it takes precedence.
        over = not recognises and not frozen
        found = Standing(
            recognises,
            None if not recognises else "express" if express == recognises else "implied",
            _reading(kinds.get("relations"), day),
            _reading(kinds.get("broken"), day),
            frozen,
            _reading(kinds.get("withdrawn"), day) if over else None,
            _surer(*(reading for claim, reading in held if claim.refusal)),
            tuple(sorted({claim.status for claim, _ in held})),
            *(since or (None, None)),
        )
        return None if found == Standing() else found

    def since(self, pair: Pair, day: str) -> tuple[str, str | None]:
        """Return the earliest and latest day since which a recognition that may be in force on a day has lasted."""
        kinds = self._spans[pair]
        return _since([*kinds.get("express", ()), *kinds.get("implied", ())], day)

    def on(self, day: str) -> Iterator[tuple[Pair, Standing]]:
        """Yield the standing of each pair of which anything is known on a day."""
        for pair in self.pairs:
            if standing := self.standing(pair, day):
                yield pair, standing


def _claim(row: ox.QuerySolution, refusing: frozenset[str]) -> Claim:
    end = (row["ee"].value, row["el"].value) if row["ee"] else ()
    span = Interval.of(row["se"].value, row["sl"].value, *end)
    return Claim(span, identifier(row["status"]), row["status"].value in refusing)


def readings_within(reading: str) -> tuple[str, ...]:
    """Return the readings that satisfy a reading: whatever is certainly in force is also possibly so."""
    return (CERTAIN,) if reading == CERTAIN else (CERTAIN, POSSIBLE)


def _surer(*readings: str | None) -> str | None:
    return CERTAIN if CERTAIN in readings else POSSIBLE if POSSIBLE in readings else None


def _reading(spans: list[Interval] | None, day: str) -> str | None:
    return _surer(*(span.reading_on(day) for span in spans)) if spans else None


def _since(spans: list[Interval], day: str) -> tuple[str, str | None]:
    """Return the earliest and latest day since which the spans have been in force without a gap."""
    earliest = _unbroken([(span.start[0], span.end[1]) for span in spans], day)
    assert earliest
    return earliest, _unbroken([(span.start[1], span.end[0]) for span in spans], day)


def _unbroken(times: list[tuple[str, str]], day: str) -> str | None:
    first = min((start for start, end in times if start <= day < end), default=None)
    while first is not None:
        before = [start for start, end in times if start < first <= end]
        if not before:
            return first
        first = min(before)
    return None
