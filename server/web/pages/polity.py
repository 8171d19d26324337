"""The page of a polity: what is known of it, who says what it is, who recognises it and whom it recognises."""

from typing import Any

import pyoxigraph as ox

from comity.edtf import in_words
from comity.iris import BASE, CO, GEO, SKOS
from comity.server.web import view_context
from comity.server.web.figures import charts
from comity.server.web.models import coverage, recognition, records
from comity.server.web.models.graph_reader import KINDS, GraphReader, Row
from comity.server.web.models.records import Act, Source
from comity.server.web.view_context import graph_reader

_FACTS = (
    ("Established", CO + "established"),
    ("Ended", CO + "ended"),
    ("Member of the United Nations since", CO + "unMemberSince"),
    ("Capital", CO + "capital"),
    ("Region", CO + "region"),
    ("ISO codes", CO + "isoAlpha2"),
    ("Correlates of War", CO + "cowCode"),
)
_EVENTS = {
    "independence_declared",
    "annexation",
    "use_of_force",
    "statement",
    "vote",
    "withdrawal",
    "suspension",
    "representation_opened",
    "relations_severed",
    "relations_suspended",
}
_MEMBERSHIPS = """
SELECT ?membership ?organisation ?status ?since ?until ?se ?sl ?ee ?el ?source WHERE {
  VALUES (?it) { (cop:kosovo) }
  ?membership co:member ?it ; co:organisation ?organisation ; co:startEarliest ?se ; co:startLatest ?sl .
  OPTIONAL { ?membership co:membershipStatus ?status } OPTIONAL { ?membership co:since ?since }
  OPTIONAL { ?membership co:until ?until }
  OPTIONAL { ?membership co:endEarliest ?ee ; co:endLatest ?el }
  OPTIONAL { ?membership co:evidence/co:source ?source }
} ORDER BY ?sl"""
_SUCCESSIONS = """
SELECT DISTINCT ?succession ?successor ?predecessor ?kind ?edtf ?holder WHERE {
  VALUES (?it) { (cop:kosovo) }
  { ?succession co:successor ?it } UNION { ?succession co:predecessor ?it }
  ?succession co:successor ?successor ; co:predecessor ?predecessor ; co:successionKind ?kind .
  OPTIONAL { ?succession co:edtf ?edtf } OPTIONAL { ?succession co:heldBy ?holder }
} ORDER BY ?edtf"""
UNITED_NATIONS = BASE + "organisation/united-nations"


def members(reader: GraphReader, day: str, reading: str = "certain") -> set[str]:
    """Give the members of the United Nations on a day."""
    pairs = reader.pairs(day, reading, "membership")
    return {one.value for one, other in pairs if other.value == UNITED_NATIONS}


def context(iri: str) -> dict[str, Any]:
    """Give what the template of a polity's page shows."""
    reader, now = graph_reader(), view_context.current()
    told = reader.about(iri)
    acts = records.acts_of(reader, iri)
    claims = records.claims_about(reader, iri)
    return {
        "iri": iri,
        "name": reader.label(iri),
        "trail": [("Polities", "/polity"), (reader.label(iri), None)],
        "told": told,
        "kind": KINDS.get(reader.kinds.get(iri, ""), "polity"),
        "facts": _facts(reader, told),
        "aliases": sorted({value.value for value in told.get(SKOS + "altLabel", [])}),
        "claimed_by": [str(value.value) for value in told.get(CO + "territoryClaimedBy", [])],
        "notes": [str(value.value) for value in told.get(SKOS + "note", [])],
        "matches": [str(value.value) for value in told.get(SKOS + "exactMatch", [])],
        **_recognition(reader, iri, now, claims),
        "view": _view(reader, iri, now, claims),
        "claims": _by_status(reader, claims, now),
        "past_claims": [one for one in claims if not records.in_force(one, now.day, "possible")],
        "quotations": [one for one in claims if one["quotes"]],
        "statements": records.statements_on(reader, iri),
        "own_claims": [one for one in records.claims_by(reader, iri) if records.in_force(one, now.day)],
        "events": [act for act in acts if act.kind in _EVENTS],
        "acts": acts,
        "memberships": _memberships(reader, iri, now),
        "successions": reader.rows(_SUCCESSIONS, it=ox.NamedNode(iri)),
        "sources": _sources(acts, claims),
        "proposals": reader.proposals[iri],
        "reach": coverage.reach(reader, acts),
        "located": GEO + "lat" in told,
    }


def _facts(reader: GraphReader, told: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for name, predicate in _FACTS:
        values = [value.value for value in told.get(predicate, [])]
        if predicate == CO + "isoAlpha2":
            values = [
                value.value for code in ("isoAlpha2", "isoAlpha3", "m49") for value in told.get(CO + code, [])
            ]
        if predicate in (CO + "established", CO + "ended", CO + "unMemberSince"):
            values = [in_words(value) for value in values]
        if values:
            found.append((name, ", ".join(values)))
    return found


def _recognition(
    reader: GraphReader, iri: str, now: view_context.ViewContext, claims: list[dict[str, Any]]
) -> dict[str, Any]:
    recognisers = recognition.standings(reader, iri, now.day)
    certain = {one.party for one in recognisers if one.certain}
    possible = {one.party for one in recognisers}
    united = members(reader, now.day)
    held = [one for one in recognition.stances(reader, claims, now.day).values() if one.party not in possible]
    held.sort(key=lambda one: reader.label(one.party))
    refusing = [one.claim for one in held if one.refuses]
    today = view_context.today()
    points = recognition.counts(reader, iri)
    name = reader.label(iri)
    title = f"Number of parties that recognise {name}, over time"
    shown = certain if now.reading == "certain" else possible
    return {
        "recognisers": recognisers,
        "number": len(shown),
        "possibly_more": len(possible) - len(certain),
        "number_united": len(shown & united),
        "united": len(united),
        "refusing": refusing,
        "otherwise": [one.claim for one in held if not one.refuses],
        "silent": len(united - possible - {one.party for one in held} - {iri}),
        "frozen": recognition.standings(reader, iri, now.day, frozen=True),
        "recognised": recognition.standings(reader, iri, now.day, recognised=False),
        "ended": recognition.endings(reader, iri, "", now.day),
        "since_then": recognition.endings(reader, iri, now.day, today) if now.day < today else [],
        "today": today,
        "points": points,
        "chart": charts.steps(points, now.day, today, title, "count-table"),
    }


def _view(
    reader: GraphReader, iri: str, now: view_context.ViewContext, claims: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """What the party of the control holds of this polity on the day; nothing where none is chosen."""
    party = now.party_iri
    if party is None:
        return None
    mine = [one for one in claims if one["claimant"] == party]
    return {
        "party": party,
        "claims": [one for one in mine if records.in_force(one, now.day, now.reading)],
        "standing": next(
            (one for one in recognition.standings(reader, iri, now.day) if one.party == party), None
        ),
        "ended": next(
            (one for one in recognition.endings(reader, iri, "", now.day) if one.party == party), None
        ),
        "frozen": any(one.party == party for one in recognition.standings(reader, iri, now.day, frozen=True)),
    }


def _by_status(
    reader: GraphReader, claims: list[dict[str, Any]], now: view_context.ViewContext
) -> list[tuple[str, list[dict[str, Any]]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in claims:
        certain = records.in_force(one, now.day)
        if certain or records.in_force(one, now.day, "possible"):
            found.setdefault(one["status"], []).append({**one, "certain": certain})
    for those in found.values():
        those.sort(key=lambda one: reader.label(one["claimant"]))
    return sorted(found.items(), key=lambda item: (-len(item[1]), reader.label(item[0])))


def _memberships(reader: GraphReader, iri: str, now: view_context.ViewContext) -> list[Row]:
    rows = {row["membership"]: row for row in reader.rows(_MEMBERSHIPS, it=ox.NamedNode(iri))}
    for row in rows.values():
        row["now"] = "yes" if records.in_force(row, now.day, now.reading) else ""
    return sorted(rows.values(), key=lambda row: (not row["now"], reader.label(row["organisation"])))


def _sources(acts: list[Act], claims: list[dict[str, Any]]) -> list[tuple[Source, int]]:
    number: dict[Source, int] = {}
    for one in [*(act.sources for act in acts), *(claim["sources"] for claim in claims)]:
        for source in one:
            number[source] = number.get(source, 0) + 1
    return sorted(number.items(), key=lambda item: (-item[1], item[0].title))
