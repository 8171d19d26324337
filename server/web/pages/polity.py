"""The page of a polity: what is known of it, who says what it is, who recognises it and whom it recognises."""

from collections.abc import Iterable
from functools import partial
from itertools import pairwise
from typing import Any

from comity.edtf import in_words, shifted
from comity.iris import SKOS
from comity.periods.in_force import CERTAIN
from comity.questions.coverage import Statement
from comity.server.web import view_context
from comity.server.web.figures import charts
from comity.server.web.models import blocs, governments, recognition, records
from comity.server.web.models.graph_reader import KINDS, GraphReader, Thing
from comity.server.web.models.records import Act, Claim, Source
from comity.server.web.view_context import ViewContext, graph_reader

#: The box of facts: a heading, the properties, and whether they are dates.
_FACTS = (
    ("Established", ("established",), True),
    ("Ended", ("ended",), True),
    ("Member of the United Nations since", ("unMemberSince",), True),
    ("Capital", ("capital",), False),
    ("Region", ("region",), False),
    ("ISO codes", ("isoAlpha2", "isoAlpha3", "m49"), False),
    ("Code in the Correlates of War", ("cowCode",), False),
)
_EVENTS = {
    "independence_declared",
    "annexation",
    "use_of_force",
    "statement",
    "withdrawal",
    "suspension",
    "representation_opened",
    "claim_recognised",
    "relations_severed",
    "relations_suspended",
}
#: The topics of coverage in the order of the page.
_COVERED = {
    "recognition": "Recognition of {}",
    "recognition-by": "Recognition by {}",
    "relations": "Relations of {}",
    "claims": "Claims about {}",
}
#: Lists of more parties than this can be filtered.
_LONG = 12
#: Acts shown next to recognition but not counted as such.
_ANNOUNCED = {"recognition_announced", "recognition_conditional", "belligerency_recognised"}


def context(iri: str) -> dict[str, Any]:
    """Return what the template of a polity's page shows."""
    reader, now = graph_reader(), view_context.current()
    thing = reader.thing(iri)
    acts = records.acts_of(reader, iri)
    claims = records.claims_about(reader, iri)
    return {
        "iri": iri,
        "name": reader.label(iri),
        "trail": [("States and others", "/polity"), (reader.label(iri), None)],
        "thing": thing,
        "kind": KINDS.get(reader.kinds.get(iri, ""), "polity"),
        "facts": _facts(thing),
        **names(reader, thing),
        "claimed_by": thing.all("territoryClaimedBy"),
        "begun": partial(recognition.begun, reader),
        "notes": thing.all(SKOS + "note"),
        "matches": thing.all(SKOS + "exactMatch"),
        **_recognition(reader, iri, now, claims),
        "life": _life(reader, thing, now.day),
        **_governments(reader, iri, now),
        "view": _view(reader, iri, now, claims),
        "claims": _by_status(reader, claims, now),
        "past_claims": [one for one in claims if not one.interval.reading_on(now.day)],
        "quotations": [one for one in claims if one.quotes],
        "statements": records.statements_on(reader, iri),
        "own_claims": [one for one in records.claims_by(reader, iri) if one.interval.in_force(now.day)],
        "announced": [
            act for act in acts if act.object == iri and act.kind in _ANNOUNCED and act.earliest <= now.day
        ],
        "events": [act for act in acts if act.kind in _EVENTS],
        "acts": acts,
        "memberships": _memberships(reader, iri, now),
        "successions": _successions(reader, iri),
        "sources": _sources(acts, claims),
        "proposals": reader.proposals[iri],
        "reach": records.reach(reader, acts),
        "coverage": _coverage(reader, iri),
        **_blocs(reader, iri, thing, now),
    }


def _blocs(reader: GraphReader, iri: str, thing: Thing, now: ViewContext) -> dict[str, Any]:
    """Return the organisations and their members' positions on a polity, if the record counts its recognisers."""
    counted = blocs.counted(reader, iri)
    there = counted and not records.listed(thing, now.day, now.day)
    return {
        "blocs_counted": counted,
        "whole": blocs.is_whole(reader, iri),
        "blocs": blocs.blocs(reader, iri, now.day, now.reading) if there else [],
    }


def _coverage(reader: GraphReader, iri: str) -> list[tuple[str, Statement]]:
    """Return the statements of coverage of a polity, each with its subject in words."""
    stated = {one.topic: one for one in reader.coverage.statements(iri)}
    name = reader.named(iri)
    return [(words.format(name), stated[topic]) for topic, words in _COVERED.items() if topic in stated]


def names(reader: GraphReader, thing: Thing) -> dict[str, Any]:
    """Return the names of a polity or government: English aliases, own and former names, and the others."""
    uses = [reader.thing(one) for one in reader.subjects("names", thing.iri)]
    former = [one for one in uses if one.of("nameKind") == "former name"]
    former.sort(key=lambda one: (one.of("until"), one.of("since")))
    past = {literal for one in former for literal in one.terms("text")}
    own, official = set(thing.terms("ownName")), thing.all("officialName")
    rest = sorted(
        set(thing.terms(SKOS + "altLabel")) - past - own, key=lambda name: (name.language, name.value)
    )
    others = [name for name in rest if name.language != "en"]
    past_elsewhere = {name for name in past if name.language != "en"}
    return {
        "aliases": [name.value for name in rest if name.language == "en" and name.value not in official],
        "own_names": sorted(own, key=lambda name: (name.language, name.value)),
        "former_names": [
            (one, one.of("since")[:4], one.of("until")[:4])
            for one in former
            if one.terms("text")[0].language == "en"
        ],
        "other_names": others + sorted(past_elsewhere, key=lambda name: (name.language, name.value)),
    }


def _facts(thing: Thing) -> list[tuple[str, str]]:
    found = []
    for title, names, dated in _FACTS:
        values = [value for name in names for value in thing.all(name)]
        if values:
            found.append((title, ", ".join(in_words(value) if dated else value for value in values)))
    return found


def _life(reader: GraphReader, thing: Thing, day: str) -> str:
    """Return a sentence saying that a polity is not listed on a day, before its beginning or after its end."""
    listed, last = records.listed(thing, day, day), thing.of("endedEarliest")
    number = 0
    if listed and last and last <= day:
        before = [count for since, count in recognition.counts(reader, thing.iri) if since < last]
        number = before[-1] if before else 0
    least = "" if blocs.is_whole(reader, thing.iri) else "at least "
    recognised = f"; until then {least}{number} {'party' if number == 1 else 'parties'} recognised it"
    return f"It {listed}{recognised if number else ''}." if listed else ""


def _recognition(reader: GraphReader, iri: str, now: ViewContext, claims: list[Claim]) -> dict[str, Any]:
    recognisers = recognition.standings(reader, iri, now.day)
    certain = {one.party for one in recognisers if one.certain}
    possible = {one.party for one in recognisers}
    united = recognition.un_members(reader, now.day)
    held = [one for one in recognition.stances(claims, now.day).values() if one.claimant not in possible]
    held.sort(key=lambda one: reader.label(one.claimant))
    today = view_context.today()
    points = recognition.counts(reader, iri)
    title = f"Number of parties that recognise {reader.named(iri)}, over time"
    drawn, last = _drawn(points, reader.thing(iri).of("endedEarliest"), today)
    marked = min(now.day, last) if last < today else now.day
    shown = certain if now.reading == "certain" else possible
    frozen = recognition.standings(reader, iri, now.day, frozen=True)
    paused = {one.party for one in frozen if one.certain}
    recognised = recognition.standings(reader, iri, now.day, recognised=False)
    groups = _groups(reader, possible, now)
    return {
        "groups": groups,
        "narrowed": _narrowed(reader, groups) if len(recognisers) > _LONG else [],
        "recognisers": recognisers,
        "contradictory": [one for one in recognisers if one.contradiction],
        "number": len(shown),
        "possibly_more": len(possible) - len(certain),
        "number_united": len(shown & united),
        "united": len(united),
        "refusing": [one for one in held if one.refuses],
        "otherwise": [one for one in held if not one.refuses],
        "silent": len(united - possible - {one.claimant for one in held} - {iri}),
        "frozen": frozen,
        "recognised": recognised,
        "broken": _broken(reader, iri, now, {one.party for one in recognised}),
        "ended": [one for one in recognition.endings(reader, iri, "", now.day) if one.party not in paused],
        "since_then": recognition.endings(reader, iri, now.day, today) if now.day < today else [],
        "today": today,
        "points": [one for before, one in pairwise([("", 0), *points]) if one[1] != before[1]],
        "chart": charts.steps(drawn, marked, last, title, "count-table"),
        "chart_day": marked,
    }


def _broken(
    reader: GraphReader, iri: str, now: ViewContext, recognised: set[str]
) -> list[tuple[bool, list[tuple[str, recognition.Span]]]]:
    """Return the parties with which relations are broken off or suspended: those still recognised, then the others."""
    apart = recognition.broken(reader, iri, now.day)
    by_name = sorted(apart.items(), key=lambda item: reader.label(item[0]).casefold())
    halves = [(still, [one for one in by_name if (one[0] in recognised) is still]) for still in (True, False)]
    return [(still, those) for still, those in halves if those]


def _drawn(points: list[tuple[str, int]], ended: str, today: str) -> tuple[list[tuple[str, int]], str]:
    """Return the points of a curve and its last day: that of a polity that has ended, or else today."""
    last = shifted(ended, -1) if ended else today
    if last >= today or any(number for day, number in points if day > last):
        return points, today
    return [point for point in points if point[0] <= last], last


def _groups(reader: GraphReader, parties: set[str], now: ViewContext) -> dict[str, list[str]]:
    """Return the organisations that each of some parties belongs to on the day, and its region, by name."""
    regions = records.regions(reader)
    found = {party: [regions[party]] if party in regions else [] for party in parties}
    for member, organisation in reader.pairs(now.day, now.reading, "membership"):
        if member.value in found:
            found[member.value].append(reader.label(organisation.value))
    return found


def _narrowed(reader: GraphReader, groups: dict[str, list[str]]) -> list[tuple[str, list[str]]]:
    """Return the fields for filtering a long list of parties, each with its choices."""
    named, regions = (
        {name for names in groups.values() for name in names},
        {*records.regions(reader).values()},
    )
    return [("Member of", sorted(named - regions)), ("Region", sorted(named & regions))]


def _governments(reader: GraphReader, iri: str, now: ViewContext) -> dict[str, Any]:
    """Return the governments of the polity, each with who recognises it on the day, and those that it recognises."""
    own = [one for one in governments.recognitions(reader, iri) if one.party == iri]
    return {
        "governments": [
            (
                one,
                one.interval.reading_on(now.day),
                governments.by_capacity(governments.on_day(found, now.day)),
                found,
            )
            for one in governments.governments_of(reader, iri)
            for found in [governments.recognitions(reader, one.iri)]
        ],
        "recognised_governments": governments.on_day(own, now.day),
        "recognised_governments_ever": len(own),
        "policies": [
            policy for one in reader.subjects("policyOf", iri) if (policy := reader.thing(one)).of("since")
        ],
    }


def _view(reader: GraphReader, iri: str, now: ViewContext, claims: list[Claim]) -> dict[str, Any] | None:
    """Return the position of the party in the control on this polity on the day; None if none is chosen."""
    party = now.party_iri
    if party is None:
        return None

    def of(those: Iterable[Any]) -> Any:
        return next((one for one in those if one.party == party), None)

    return {
        "party": party,
        "claims": [
            one for one in claims if one.claimant == party and one.interval.in_force(now.day, now.reading)
        ],
        "standing": of(recognition.standings(reader, iri, now.day)),
        "ended": of(recognition.endings(reader, iri, "", now.day)),
        "frozen": of(recognition.standings(reader, iri, now.day, frozen=True)),
        "broken": recognition.broken(reader, iri, now.day).get(party),
    }


def _by_status(
    reader: GraphReader, claims: list[Claim], now: ViewContext
) -> list[tuple[str, list[tuple[Claim, bool]]]]:
    """Return the claims in force, by status, each with whether it is certainly in force."""
    found: dict[str, list[tuple[Claim, bool]]] = {}
    for one in claims:
        if surest := one.interval.reading_on(now.day):
            found.setdefault(one.status, []).append((one, surest == CERTAIN))
    for those in found.values():
        those.sort(key=lambda pair: reader.label(pair[0].claimant))
    return sorted(found.items(), key=lambda item: (-len(item[1]), reader.label(item[0])))


def _memberships(reader: GraphReader, iri: str, now: ViewContext) -> list[dict[str, Any]]:
    found = [
        {
            "iri": one,
            "organisation": thing.of("organisation"),
            "status": thing.of("membershipStatus") or "member",
            "since": thing.of("since") or thing.of("startEarliest"),
            "until": thing.of("until") or thing.of("endEarliest"),
            "now": thing.interval().in_force(now.day, now.reading),
        }
        for one in reader.subjects("member", iri)
        if (thing := reader.thing(one)).of("organisation") and thing.of("startLatest")
    ]
    found.sort(key=lambda one: (not one["now"], reader.label(str(one["organisation"])), one["since"]))
    return found


def _successions(reader: GraphReader, iri: str) -> list[Thing]:
    iris = {*reader.subjects("successor", iri), *reader.subjects("predecessor", iri)}
    found = [thing for one in iris if (thing := reader.thing(one)).of("successionKind")]
    return sorted(found, key=lambda thing: (thing.of("earliest"), thing.iri))


def _sources(acts: list[Act], claims: list[Claim]) -> list[tuple[Source, int]]:
    number: dict[Source, int] = {}
    for one in [*(act.sources for act in acts), *(claim.sources for claim in claims)]:
        for source in one:
            number[source] = number.get(source, 0) + 1
    return sorted(number.items(), key=lambda item: (-item[1], item[0].title))
