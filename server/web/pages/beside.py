"""Two maps side by side: the same region according to two parties, with their positions and dates."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, render_template, request

from comity.edtf import in_words
from comity.iris import identifier
from comity.periods.in_force import CERTAIN, NEVER
from comity.server.http.formats import CSV, HTML, PARQUET, PNG, SVG, requested
from comity.server.http.openapi import JSON
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.web import render, view_context
from comity.server.web.figures.basemap import OUTLINES
from comity.server.web.figures.map import LEGEND_BY, REGION, Mark, Region, region, world_of
from comity.server.web.figures.sheet import Panel, sheet
from comity.server.web.models import pair, recognition, records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.records import Claim
from comity.server.web.pages.days import years
from comity.server.web.view_context import graph_reader

#: The width of each of the two views in a file.
_WIDTH = 470.0


@dataclass(frozen=True)
class Side:
    """One party's view of an entity and its surroundings on a day."""

    party: str
    region: Region
    sentence: str
    stance: pair.Stance
    claims: list[Claim]
    #: The other contested entities in the region with a known position.
    others: list[Mark]


def answer(subject: str) -> Response:
    """Return the page, or the data, of an entity according to the two parties in the address."""
    reader = graph_reader()
    form = requested(HTML, JSON, CSV, PARQUET, SVG, PNG)
    parties = _parties(reader)
    if form in (SVG, PNG):
        return render.drawing(lambda: _alone(reader, subject, parties), form)
    if form is JSON:
        return jsonify(_data(reader, subject, parties))
    if form in (CSV, PARQUET):
        return render.table(lambda: _table(reader, subject, parties), form)
    return render.page("beside.html", lambda: _context(reader, subject, parties))


def _parties(reader: GraphReader) -> tuple[str, str]:
    """Return the two parties in the address.

    :raises Problem: if it does not name two.
    """
    one = view_context.current().party_iri
    if not one:
        raise Problem(
            400, "one-party", "beside names a party, but according_to names none.", hint="Name two parties."
        )
    other = reader.names.find(request.args["beside"].strip(), "party").value
    if one == other:
        raise Problem(400, "same-party", f"{reader.label(one)} is named twice.", hint="Name two parties.")
    return one, other


def _sides(reader: GraphReader, subject: str, parties: tuple[str, str], linked: bool = True) -> list[Side]:
    return [_side(reader, subject, party, number == 0, linked) for number, party in enumerate(parties)]


def _side(reader: GraphReader, subject: str, party: str, first: bool, linked: bool) -> Side:
    now = view_context.current()
    found = world_of(reader, party, now)
    title = f"{reader.label(subject)} as {reader.label(party)} sees it, {now.words}"
    href = (lambda mark: view_context.between(party, mark.iri)) if linked else None
    drawn = region(title, found, subject, href, first)
    stance = pair.stance(reader, party, subject, now.day)
    claims = [
        claim
        for claim in records.claims_about(reader, subject)
        if claim.claimant == party and claim.interval.in_force(now.day, now.reading)
    ]
    others = [
        mark
        for mark in drawn.marks
        if mark.contested
        and mark.iri not in (subject, party)
        and (mark.view or mark.group not in ("silent", "absent"))
    ]
    return Side(party, drawn, _sentence(reader, stance, claims, now), stance, claims, others)


def _sentence(
    reader: GraphReader, stance: pair.Stance, claims: list[Claim], now: view_context.ViewContext
) -> str:
    """Return a sentence on a party's position on the entity, and since when it has held it."""
    if stance.holder == stance.of:
        name = reader.label(stance.of)
        told = [f"{records.status_in_words(reader, claim)}{_since(claim.since)}" for claim in claims]
        return (
            f"{name} says that it is: {', and '.join(told)}."
            if told
            else f"Nothing is known of what {name} says of itself."
        )
    text = pair.stance_in_words(reader, stance, now.day < view_context.today())
    since = ""
    if stance.standing and stance.standing.certain and not stance.standing.contradiction:
        since = ""  # The sentence says it.
    elif standing := stance.standing or stance.frozen:
        since = _since(standing.edtf)
    elif stance.ending:
        since = _since(stance.ending.edtf)
    elif stance.claim:
        since = _since(stance.claim.since)
    return text[:1].upper() + text[1:] + since + "."


def _since(edtf: str) -> str:
    return f", since {in_words(edtf)}" if edtf else ""


def _days(reader: GraphReader, subject: str, parties: tuple[str, str]) -> dict[str, str]:
    """Return the days on which the position of one of the parties changes, with the positions."""
    found: dict[str, str] = {}
    for claim in records.claims_about(reader, subject):
        if claim.claimant in parties:
            first, after = claim.interval.days(CERTAIN)
            said = f"According to {reader.named(claim.claimant)}: {records.status_in_words(reader, claim)}"
            found |= {
                day: f"{said}{end}" for day, end in ((first, ""), (after, " (until then)")) if day < NEVER
            }
    for span in recognition.spans(reader, subject):
        if span.recognised == subject and span.recogniser in parties:
            first, after = span.interval.days(CERTAIN)
            for day, iri in ((first, span.began), (after, span.ended)):
                act = records.act(reader, iri)
                if day < NEVER and act:
                    found[day] = act.sentence
    return {day: found[day] for day in sorted(found) if day <= view_context.today()}


def _context(reader: GraphReader, subject: str, parties: tuple[str, str]) -> dict[str, Any]:
    now = view_context.current()
    turns = _days(reader, subject, parties)
    days = sorted({*turns, now.day, view_context.today()})
    name = reader.label(subject)
    subject_id = identifier(subject)
    sides = _sides(reader, subject, parties)
    return {
        "trail": [("Map", f"/map?of={subject_id}"), (name, None)],
        "subject": subject,
        "id": subject_id,
        "name": name,
        "parties": parties,
        "title": _title(reader, subject, parties),
        "sides": sides,
        "legend": _legend(sides),
        "days": days,
        "at": days.index(now.day),
        "turns": turns,
        "years": years(days),
        "today": view_context.today(),
    }


def _title(reader: GraphReader, subject: str, parties: tuple[str, str]) -> str:
    one, other = (reader.label(party) for party in parties)
    return f"{reader.label(subject)} as {one} and as {other} see it"


def _legend(sides: list[Side]) -> dict[str, str]:
    used = {mark.colour or mark.group for side in sides for mark in side.region.marks}
    words = LEGEND_BY | {"self": "the party itself, and what it holds to be its own"}
    return {group: text for group, text in words.items() if group in used}


def _alone(reader: GraphReader, subject: str, parties: tuple[str, str]) -> str:
    """Return both views as a self-describing SVG document, with its subject, day and origin."""
    sides = _sides(reader, subject, parties, linked=False)
    address = f"{service().root()}map?{urlencode(view_context.arguments())}"
    legend = [
        *_legend(sides).items(),
        ("hatched", "contested, and not said by the party to be a part of a state"),
    ]
    height = _WIDTH * REGION[1] / REGION[0]
    sea = f'<rect class="sea" width="{_WIDTH:g}" height="{height:g}"/>'
    panels = [
        Panel(sea + one.region.svg, _WIDTH, height, f"As {reader.named(one.party)} sees it", one.sentence)
        for one in sides
    ]
    title = f"{_title(reader, subject, parties)}, {view_context.current().words}"
    notes = (render.origin(address), OUTLINES)
    return sheet(title, panels, legend, notes, render_template("alone.css"))


def _data(reader: GraphReader, subject: str, parties: tuple[str, str]) -> dict[str, Any]:
    return {
        "entity": subject,
        "day": view_context.current().day,
        "views": [
            {
                "party": side.party,
                "sentence": side.sentence,
                "claims": [
                    {
                        "claim": one.iri,
                        "status": one.status,
                        "whom": one.whom or None,
                        "since": one.since or None,
                    }
                    for one in side.claims
                ],
                "sources": [one.url or one.iri for one in _sources(side)],
                "entities": {
                    mark.id: {"colour": mark.colour or mark.group, "drawn": mark.drawn}
                    for mark in side.region.marks
                },
            }
            for side in _sides(reader, subject, parties)
        ],
    }


def _table(reader: GraphReader, subject: str, parties: tuple[str, str]) -> render.Table:
    """Return the position of each party on the entity, and on the contested entities nearby."""
    columns = ("party", "party_iri", "entity", "entity_iri", "position", "basis", "sources", "as_of")
    rows = []
    for side in _sides(reader, subject, parties):
        basis = " ".join([*(act.iri for act in _acts(side)), *(claim.iri for claim in side.claims)])
        found = [(reader.label(subject), subject, side.sentence, basis, _sources(side))]
        for mark in side.others:
            act, claim = mark.shown.act, mark.shown.claim
            basis = act.iri if act else claim.iri if claim else ""
            found.append((mark.name, mark.iri, mark.words, basis, mark.shown.sources))
        rows += [
            (
                reader.label(side.party),
                side.party,
                *told,
                " ".join(one.url or one.iri for one in sources),
                view_context.current().day,
            )
            for *told, sources in found
        ]
    return columns, rows


def _acts(side: Side) -> list[records.Act]:
    """Return the acts from which a side's position follows."""
    standing, ending = side.stance.standing or side.stance.frozen, side.stance.ending
    return standing.began if standing else [ending.act] if ending and ending.act else []


def _sources(side: Side) -> list[records.Source]:
    """Return the basis for a side's position and its claims."""
    those = [*(act.sources for act in _acts(side)), *(claim.sources for claim in side.claims)]
    return list(dict.fromkeys(source for sources in those for source in sources))
