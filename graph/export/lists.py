"""Lists of states for software: which polities are included, by whose judgement, why, and on which source.

No list is neutral, so each states its criterion: the polities that one party considers states on a day, the members of
the United Nations, these and the observer states, or the polities recognised by a number of members. A polity that is
not in a list has not been refused; it is not known to belong there. Names and codes are in columns named as in the
usual lists of countries, so that a list can replace one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyoxigraph as ox

from comity.cells import csv_lines
from comity.errors import ComityError
from comity.export.dyads import Dyads, Standing, readings_within
from comity.iris import BASE, CO, RDFS, TYPE, identifier, organisation, term
from comity.periods.in_force import CERTAIN
from comity.periods.sweep import EXPRESS, IMPLIED
from comity.schema import select
from comity.snapshots import perspectives
from comity.snapshots.calendar import Pair
from comity.snapshots.graphs import Address

#: The lists that depend on no party: members of the United Nations, with or without the observer states.
MEMBERS, OBSERVERS = "un-members", "un-members-and-observers"
COLUMNS = {
    "id": "id of the polity",
    "name": "its name in English",
    "official_name": "its official name",
    "alpha-2": "ISO 3166-1 alpha-2 code, if any",
    "alpha-3": "ISO 3166-1 alpha-3 code, if any",
    "country-code": "the number in ISO 3166-1 and M49, if any",
    "region": "its region",
    "capital": "its capital, or seat of government",
    "latitude": "of the capital or centre, in degrees",
    "longitude": "of the capital or centre, in degrees",
    "un": "its seat in the United Nations on the day: member, observer or nothing",
    "recognised_by": "how many members of the United Nations are known to recognise it on the day",
    "refused_by": "ids of the parties that claim on the day that it is not a sovereign state, separated by semicolons",
    "status": "member, observer, express, relations, claim, contradictory, itself or recognised",
    "reason": "the same as a sentence",
    "since": "since when, as exactly as is known",
    "because": "the IRI of the act, claim or membership it rests on; in a list by number, of the recognition, "
    "counted by date, that reaches the number",
    "source": "the title of a source",
    "source_url": "its address",
}
_UNITED_NATIONS = organisation("united-nations")
_MEMBERSHIPS = f"""
SELECT ?polity ?membership ?status ?start ?end WHERE {{
  ?membership a co:Membership ; co:membershipStatus ?status ; co:member ?polity ;
    co:organisation <{_UNITED_NATIONS.value}> ; co:startEarliest ?start .
  OPTIONAL {{ ?membership co:endLatest ?end }}
  FILTER (?status IN ("member", "observer"))
}} ORDER BY DESC(?start) ?membership"""


@dataclass(frozen=True)
class Reason:
    """Why a polity is in a list: as a word, as a sentence, since when, by which act, claim or membership."""

    status: str
    sentence: str
    since: str = ""
    because: str = ""


@dataclass(frozen=True)
class Choice:
    """The criterion of a list: a basis in the United Nations, a party, or a minimum number of recognising members."""

    basis: str = MEMBERS
    party: str = ""
    least: int = 0

    @classmethod
    def read(cls, basis: str = "", party: str = "", least: str = "") -> "Choice":
        """Return the choice made by parameters; the members of the United Nations by default.

        :param party: the id of a party that exists.
        :raises ComityError: if they conflict, or are unknown.
        """
        if sum(map(bool, (basis, party, least))) > 1:
            raise ComityError("Choose one criterion: a party, a basis, or a number of recognising members.")
        if least:
            if not (least.isascii() and least.isdigit() and 1 <= int(least[:5]) <= 200):
                raise ComityError(f"{least[:40]!r} is not a number of members from 1 to 200.")
            return cls("recognised-by", least=int(least))
        if party:
            return cls("according-to", party)
        if basis and basis not in (MEMBERS, OBSERVERS):
            raise ComityError(f"{basis[:40]!r} is not a list. Choose {MEMBERS} or {OBSERVERS}.")
        return cls(basis or MEMBERS)

    def title(self, name: str) -> str:
        """Return the title of the list.

        :param name: the name of the party.
        """
        members = "1 member" if self.least == 1 else f"{self.least} members"
        return {
            MEMBERS: "Members of the United Nations",
            OBSERVERS: "Members of the United Nations and observer states",
            "according-to": f"States according to {name}",
            "recognised-by": f"Polities recognised by at least {members} of the United Nations",
        }[self.basis]

    def query(self, day: str, reading: str = CERTAIN) -> str:
        """Return the SPARQL query for the names and IRIs of the polities in the list on a day."""
        snapshot = Address(day, reading, self.party or None).iri.value
        members = f"GRAPH <{snapshot}> {{ ?polity co:memberOf coo:united-nations }}"
        if self.basis == MEMBERS:
            return _named(members)
        if self.basis == OBSERVERS:
            return _named(
                f"{{ {members} }} UNION {{",
                '  ?polity co:kind "un_observer" . ?seat co:member ?polity ; co:organisation coo:united-nations ;',
                '    co:membershipStatus "observer" ; co:startEarliest ?start .',
                f'  FILTER (?start <= "{day}"^^xsd:date)',
                f'  FILTER NOT EXISTS {{ ?seat co:endLatest ?end . FILTER (?end <= "{day}"^^xsd:date) }}',
                "}",
            )
        there = (
            '?polity a co:Polity ; co:kind ?kind . FILTER (?kind != "other")',
            f'FILTER NOT EXISTS {{ ?polity co:establishedEarliest ?first . FILTER (?first > "{day}"^^xsd:date) }}',
            f'FILTER NOT EXISTS {{ ?polity co:endedLatest ?gone . FILTER (?gone <= "{day}"^^xsd:date) }}',
        )
        if self.basis == "according-to":
            held = f"GRAPH <{snapshot}> {{ ?polity a co:State }}"
            return _named(f"{{ {held} }} UNION {{ VALUES ?polity {{ cop:{self.party} }} }}", *there)
        recognised = "?member co:recognises ?polity ; co:memberOf coo:united-nations"
        counted = f"SELECT ?polity {{ GRAPH <{snapshot}> {{ {recognised} }} }}"
        return _named(
            f"{{ {counted} GROUP BY ?polity HAVING (COUNT(DISTINCT ?member) >= {self.least}) }}", *there
        )


def _named(*pattern: str) -> str:
    """Return the query for the polities of a pattern with their names."""
    lines = "".join(f"\n  {line}" for line in pattern)
    return f"SELECT DISTINCT ?name ?polity WHERE {{{lines}\n  ?polity rdfs:label ?name\n}} ORDER BY ?name"


class States:
    """The lists of states from a store for a day."""

    def __init__(self, store: ox.Store, dyads: Dyads, day: str, reading: str = CERTAIN) -> None:
        self._store, self._dyads, self._day, self._reading = store, dyads, day, reading
        self._readings = readings_within(reading)

    def rows(self, choice: Choice) -> list[dict[str, Any]]:
        """Return the rows of a list in order of name; the keys are those of :data:`COLUMNS`.

        :raises SnapshotError: if the party is not in the graph.
        """
        rows = (self._row(node, reason) for node, reason in dict(self._chosen(choice)).items())
        return sorted(rows, key=lambda row: str(row["name"]))

    def _chosen(self, choice: Choice) -> Iterator[tuple[ox.NamedNode, Reason]]:
        if choice.basis == "according-to":
            yield from self._held_by(choice.party)
        elif choice.basis == "recognised-by":
            yield from self._recognised_by(choice.least)
        else:
            for node, (status, membership) in self._seats.items():
                if status == "member" or choice.basis == OBSERVERS:
                    since = self._text(membership, "since")
                    what = "Member of" if status == "member" else "Observer state at"
                    sentence = f"{what} the United Nations{f' since {since}' if since else ''}."
                    yield node, Reason(status, sentence, since, membership)

    def _recognised_by(self, least: int) -> Iterator[tuple[ox.NamedNode, Reason]]:
        reached: dict[Pair, str] = {}
        for node, recognisers in self._recognisers.items():
            if len(recognisers) >= least and self._is_there(node):
                dated = []
                for one in recognisers:
                    earliest, latest = self._dyads.since((one, node), self._day)
                    dated.append((latest or earliest, one.value, one))
                since, _, one = sorted(dated)[least - 1]
                reached[(one, node)] = since
        acts = self._acts(reached)
        for (one, node), since in reached.items():
            number = len(self._recognisers[node])
            members = "1 member" if number == 1 else f"{number} members"
            place = "the first" if least == 1 else f"number {least}"
            sentence = (
                f"It is recognised by {members} of the United Nations, as far as is known; counted by date, "
                f"{place} is {self._label(one.value)}."
            )
            act = next(iter(acts.get((one, node), {}).values()), "")
            yield node, Reason("recognised", sentence, self._text(act, "edtf") or since, act)

    def _held_by(self, party: str) -> Iterator[tuple[ox.NamedNode, Reason]]:
        holder = perspectives.party(self._store, party)
        if self._is_there(holder):
            _, seat = self._seats.get(holder, ("", ""))
            yield holder, Reason("itself", "The party itself.", because=seat)
        held = {
            subject
            for subject, predicate, value in perspectives.view(
                self._store, self._day, self._reading, party, self._recognitions
            )
            if predicate == TYPE and value == term("State")
        }
        standings = Dyads(self._store, self._dyads.calendar, holder)
        acts = self._acts((holder, node) for node in held)
        claims, name = self._claims(holder), self._label(holder.value)
        for node in held:
            if node == holder or not self._is_there(node):
                continue
            standing = standings.standing((holder, node), self._day)
            if standing is None or standing.recognises not in self._readings:
                claim = claims.get(node, "")
                yield node, Reason("claim", f"{name} says so.", self._text(claim, "since"), claim)
            else:
                basis = EXPRESS if standing.basis == "express" else IMPLIED
                act = acts.get((holder, node), {}).get(basis, "")
                yield node, self._reason(name, standing, act)

    def _reason(self, name: str, standing: Standing, act: str) -> Reason:
        """Return why a named party, which recognises a polity by an act, considers it a state."""
        express = standing.basis == "express"
        how = "by declaration" if express else "by diplomatic relations"
        since = self._text(act, "edtf") or standing.since or ""
        if standing.contradictory in self._readings:
            sentence = f"{name} recognises it {how}, but claims that it is not a sovereign state."
            return Reason("contradictory", sentence, since, act)
        return Reason("express" if express else "relations", f"{name} recognises it {how}.", since, act)

    def _row(self, node: ox.NamedNode, reason: Reason) -> dict[str, Any]:
        party = self._dyads.parties[node]
        latitude, longitude = party.place or (None, None)
        source, url = self._source(reason.because)
        codes = {name: self._text(node.value, name) for name in ("isoAlpha2", "isoAlpha3", "m49")}
        values: Iterable[Any] = (
            party.id,
            party.name,
            self._text(node.value, "officialName"),
            *codes.values(),
            party.region or "",
            self._text(node.value, "capital"),
            latitude,
            longitude,
            self._seats[node][0] if node in self._seats else "",
            len(self._recognisers.get(node, ())),
            ";".join(self._refusers.get(node, ())),
            reason.status,
            reason.sentence,
            reason.since,
            reason.because,
            source,
            url,
        )
        return dict(zip(COLUMNS, values, strict=True))

    @cached_property
    def _recognitions(self) -> list[Pair]:
        return self._dyads.recognitions(self._day, self._reading)

    @cached_property
    def _recognisers(self) -> Mapping[ox.NamedNode, list[ox.NamedNode]]:
        """The members of the United Nations that recognise each polity on the day."""
        members = self._dyads.members(self._day, _UNITED_NATIONS, self._reading)
        recognisers: dict[ox.NamedNode, list[ox.NamedNode]] = {}
        for recogniser, recognised in self._recognitions:
            if recogniser in members:
                recognisers.setdefault(recognised, []).append(recogniser)
        return recognisers

    @cached_property
    def _refusers(self) -> dict[ox.NamedNode, list[str]]:
        refusers: dict[ox.NamedNode, list[str]] = {}
        refusals = self._dyads.refusals(self._day, self._reading)
        for refuser, refused in sorted(refusals, key=lambda pair: pair[0].value):
            refusers.setdefault(refused, []).append(identifier(refuser))
        return refusers

    @cached_property
    def _seats(self) -> dict[ox.NamedNode, tuple[str, str]]:
        """The polities with a seat in the United Nations on the day, with status and membership."""
        members = self._dyads.members(self._day, _UNITED_NATIONS, self._reading)
        found = {}
        for row in select(self._store, _MEMBERSHIPS):
            node, status = row["polity"], row["status"].value
            last = row["end"].value if row["end"] else ""
            if row["start"].value > self._day or (last and last <= self._day):
                continue
            # The Order of Malta and organisations are observers too, but not observer states.
            observer = status == "observer" and self._dyads.parties[node].kind == "un_observer"
            if node not in found and (node in members if status == "member" else observer):
                found[node] = (status, row["membership"].value)
        return found

    def _is_there(self, node: ox.NamedNode) -> bool:
        """Return whether a node is a polity that existed on the day, and not of another kind, such as a territory."""
        party = self._dyads.parties.get(node)
        return party is not None and party.is_polity and party.kind != "other" and party.there_on(self._day)

    def _acts(self, pairs: Iterable[Pair]) -> dict[Pair, dict[str, str]]:
        """Return the acts that began the recognitions between pairs in force on the day, by basis, oldest first."""
        values = " ".join(f"(<{one.value}> <{other.value}>)" for one, other in pairs)
        text = f"""SELECT ?one ?other ?basis ?act WHERE {{
  VALUES (?one ?other) {{ {values} }}
  ?period co:recogniser ?one ; co:recognisedParty ?other ; a co:RecognitionPeriod ;
    co:basis ?basis ; co:startEarliest ?start ; co:continuesPeriod*/co:beganBy ?act .
  {self._on_the_day()}
}} ORDER BY ?start ?act"""
        found: dict[Pair, dict[str, str]] = {}
        for row in select(self._store, text):
            acts = found.setdefault((row["one"], row["other"]), {})
            acts.setdefault(row["basis"].value, row["act"].value)
        return found

    def _claims(self, holder: ox.NamedNode) -> dict[ox.NamedNode, str]:
        """Return the claims of a party in force on the day that polities are states."""
        text = f"""SELECT ?polity ?claim WHERE {{
  ?claim a co:StatusClaim ; co:claimant <{holder.value}> ; co:about ?polity ; co:startEarliest ?start ;
    co:status/skos:broader* <{BASE}status/state> .
  {self._on_the_day("claim")}
}} ORDER BY ?start ?claim"""
        found: dict[ox.NamedNode, str] = {}
        for row in select(self._store, text):
            found.setdefault(row["polity"], row["claim"].value)
        return found

    def _on_the_day(self, lasting: str = "period") -> str:
        """Return the pattern that leaves out what has not begun by the day, or may have ended."""
        return f"""OPTIONAL {{ ?{lasting} co:endEarliest ?end }}
  FILTER (STR(?start) <= "{self._day}" && (!BOUND(?end) || STR(?end) > "{self._day}"))"""

    def _source(self, because: str) -> tuple[str, str]:
        """Return the title and the address of the first source that an act, claim or membership cites."""
        if not because:
            return "", ""
        cited = self._store.quads_for_pattern(
            ox.NamedNode(because), term("citesSource"), None, ox.DefaultGraph()
        )
        source = min(
            (quad.object.value for quad in cited if isinstance(quad.object, ox.NamedNode)), default=""
        )
        return (self._label(source), self._text(source, "url")) if source else ("", "")

    def _label(self, iri: str) -> str:
        return self._value(iri, RDFS + "label")

    def _text(self, iri: str, name: str) -> str:
        return self._value(iri, CO + name)

    def _value(self, iri: str, predicate: str) -> str:
        if not iri:
            return ""
        quads = self._store.quads_for_pattern(
            ox.NamedNode(iri), ox.NamedNode(predicate), None, ox.DefaultGraph()
        )
        return min((quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)), default="")


def write_csv(rows: Iterable[dict[str, Any]]) -> str:
    """Return rows as CSV (RFC 4180) with a header, whose texts are safe in spreadsheets."""
    return csv_lines([list(COLUMNS), *([row.get(name) for name in COLUMNS] for row in rows)])


def write_json(rows: list[dict[str, Any]], about: dict[str, Any]) -> str:
    """Return rows as JSON with the criterion of the list; unknown values are null."""
    states = [{name: None if value == "" else value for name, value in row.items()} for row in rows]
    return json.dumps({**about, "states": states}, ensure_ascii=False, indent=1) + "\n"
