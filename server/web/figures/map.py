"""The map: the class, the place and the style of each polity on a day, and all of them as one SVG."""

from dataclasses import dataclass, field
from html import escape
from typing import Any

from comity.edtf import in_words
from comity.iris import BASE
from comity.server.web.figures import basemap
from comity.server.web.models import recognition, records
from comity.server.web.models.graph_reader import GraphReader, Row, kept
from comity.server.web.models.records import Claim
from comity.server.web.view_context import ViewContext

#: How each class of the map is called in its legend, in their order there.
LEGEND = {
    "self": "the entity itself",
    "yes": "recognises",
    "broken": "recognises, with relations broken off",
    "contradictory": "contradictory: recognises, and holds that it is not a sovereign state",
    "maybe": "possibly recognises",
    "frozen": "recognition frozen",
    "past": "recognised it before, not now",
    "no": "holds that it is not a sovereign state",
    "other": "makes another claim of its status",
    "silent": "nothing known",
    "absent": "no polity of this name on the day",
}
#: How a mark is drawn: filled; striped, as contested; as an outline only, where there is a claim and no entity; not.
SOLID, HATCHED, OUTLINE, HIDDEN = "solid", "hatched", "outline", "hidden"
_PLACES = """
SELECT ?polity ?lat ?long ?m49 ?se ?ee ?el WHERE {
  ?polity a co:Polity .
  OPTIONAL { ?polity geo:lat ?lat ; geo:long ?long }
  OPTIONAL { ?polity co:m49 ?m49 }
  OPTIONAL { ?polity co:establishedEarliest ?se }
  OPTIONAL { ?polity co:endedEarliest ?ee ; co:endedLatest ?el }
}"""
_CONTESTED = ("de_facto", "former_de_facto", "un_observer")


@dataclass(frozen=True)
class Subject:
    """What a map is about: recognition of an entity, or by a party."""

    iri: str
    by: bool

    @property
    def parameter(self) -> str:
        """The name of its parameter in the address."""
        return "by" if self.by else "of"

    @property
    def id(self) -> str:
        """The id in the address."""
        return self.iri.rpartition("/")[2]


@dataclass
class Mark:
    """One polity on the map: a shape of its own, a region within another, a diamond, or a dot."""

    iri: str
    name: str
    group: str
    words: str
    contested: bool
    path: str = ""
    region: bool = False
    place: tuple[float, float] | None = None
    ringed: bool = False
    drawn: str = SOLID
    #: The class of its colour where it differs: that of the state which the party chosen holds it to be a part of.
    colour: str = ""
    view: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id of the polity."""
        return self.iri.rpartition("/")[2]

    @property
    def title(self) -> str:
        """Its name and a few words on it."""
        return f"{self.name}: {self.words}" if self.words else self.name


@kept
def places(reader: GraphReader) -> list[Row]:
    """Return all polities by name, with their coordinates and the dates of their existence."""
    rows = {row["polity"]: row for row in reader.rows(_PLACES)}
    return [rows[iri] for iri in sorted(rows, key=reader.label)]


def colours(reader: GraphReader, subject: Subject, now: ViewContext) -> dict[str, tuple[str, str]]:
    """Return the class of each polity that is not silent, and a few words on it."""
    found: dict[str, tuple[str, str]] = {}
    recognised = not subject.by
    claims = (records.claims_by if subject.by else records.claims_about)(reader, subject.iri)
    said = "held to be: " if subject.by else "holds it to be: "
    for party, claim in recognition.stances(claims, now.day, "about" if subject.by else "claimant").items():
        found[party] = ("no" if claim.refuses else "other", said + reader.label(claim.status).lower())
    for end in recognition.endings(reader, subject.iri, "", now.day, recognised):
        if end.party not in found:
            found[end.party] = ("past", "until " + in_words(end.edtf))
    for each in recognition.standings(reader, subject.iri, now.day, recognised, frozen=True):
        found[each.party] = ("frozen", "recognition frozen since " + in_words(each.since))
    for each in recognition.standings(reader, subject.iri, now.day, recognised):
        found[each.party] = _standing(reader, each, subject.by, now.reading)
    found[subject.iri] = ("self", "")
    return found


def _standing(reader: GraphReader, one: recognition.Standing, by: bool, reading: str) -> tuple[str, str]:
    """Return the class of a recognition, and a few words on it."""
    words = f"{'recognised' if by else 'recognises'}, since {in_words(one.edtf)}"
    if one.contradiction:
        status = reader.label(one.contradiction.status).lower()
        return "contradictory", f"{words}; but {'held' if by else 'holds it'} to be: {status}"
    if not one.certain and reading != "possible":
        return "maybe", words
    if one.broken:
        began = in_words(one.broken.interval.start[0])
        return "broken", f"{words}; relations {one.broken.state} since {began}"
    return "yes", words


def _exists(row: Row, day: str) -> bool:
    return row.get("se", "") <= day and ("ee" not in row or day < row["el"])


def marks(reader: GraphReader, subject: Subject, now: ViewContext) -> list[Mark]:
    """Return the marks of the map, as the view draws them."""
    classes = colours(reader, subject, now)
    found = []
    for row in places(reader):
        mark = _mark(reader, row, classes.get(row["polity"], ("silent", "nothing known")), now)
        mark.ringed = mark.iri == subject.iri and mark.place is not None
        if mark.path or mark.place:
            found.append(mark)
    if now.party_iri and not subject.by:
        _apply_view(reader, found, now)
    return found


def _mark(reader: GraphReader, row: Row, shown: tuple[str, str], now: ViewContext) -> Mark:
    iri = row["polity"]
    identifier = iri.rpartition("/")[2]
    shapes, regions = basemap.shapes(), basemap.regions()
    contested = reader.kinds.get(iri, "") in _CONTESTED
    key = identifier if identifier in shapes else row.get("m49", "")
    mark = Mark(iri, reader.label(iri), *shown, contested, shapes.get(key, "") or regions.get(identifier, ""))
    mark.region = identifier in regions
    mark.drawn = HATCHED if contested else SOLID
    current = _exists(row, now.day)
    if not current and mark.group in ("silent", "past"):
        mark.group, mark.words = "absent", "no polity of this name on this day"
    if "lat" in row:
        x, y = basemap.place(float(row["long"]), float(row["lat"]))
        mark.place = (round(x, 1), round(y, 1))
    if not current and (mark.region or not mark.path) and mark.group != "self":
        mark.drawn = OUTLINE if mark.region and _claimed(reader, iri, now) else HIDDEN
    return mark


@kept
def claims_on_regions(reader: GraphReader) -> dict[str, list[Claim]]:
    """Return the claims about each region that is drawn within a state."""
    iris = [f"{BASE}polity/{identifier}" for identifier in basemap.regions()]
    return {iri: records.claims_about(reader, iri) for iri in iris}


def _claimed(reader: GraphReader, iri: str, now: ViewContext) -> bool:
    """Return whether a claim about a region is in force on the day."""
    return any(claim.interval.in_force(now.day, now.reading) for claim in claims_on_regions(reader)[iri])


def _apply_view(reader: GraphReader, found: list[Mark], now: ViewContext) -> None:
    """Change the marks of contested entities to what the party chosen holds; without a claim they stay hatched."""
    party = str(now.party_iri)
    held = recognition.stances(records.claims_by(reader, party), now.day, "about")
    recognised = {one.party for one in recognition.standings(reader, party, now.day, recognised=False)}
    groups = {mark.iri: mark.group for mark in found}
    for mark in found:
        if not mark.contested or mark.drawn == HIDDEN:
            continue
        claim = held.get(mark.iri)
        if mark.iri == party or (mark.iri in recognised and not (claim and claim.refuses)):
            mark.view = {"own": True}
            mark.drawn = SOLID if mark.drawn == HATCHED else mark.drawn
        elif claim:
            mark.view = {"status": claim.status, "claim": claim.iri, "whom": ""}
            said = f"according to {reader.label(party)}: {reader.label(claim.status).lower()}"
            word = records.preposition(claim.status)
            mark.words = f"{said} {word} {reader.label(claim.whom)}" if claim.whom else said
            if mark.iri in recognised:
                mark.view["contradictory"] = True
            elif claim.refuses and claim.whom:
                mark.view["whom"] = claim.whom
                mark.colour, mark.drawn = groups.get(claim.whom, "silent"), SOLID


#: The inset around the subject: where it stands on the map, its size, and how much larger it shows.
_INSET = (8.0, 258.0, 252.0, 186.0)
_LARGER = 3.5


def svg(title: str, marks: list[Mark], style: str = "") -> str:
    """Return the map as one SVG element, with a style element in it where it has to stand alone."""
    own = {mark.path for mark in marks if mark.path}
    rest = "".join(f'<path d="{path}"/>' for path in basemap.shapes().values() if path and path not in own)
    title = escape(title)
    parts = [
        f'<svg class="map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {basemap.WIDTH:g} {basemap.HEIGHT:g}"'
        f' role="img" aria-label="{title}" aria-describedby="map-words">{style}<defs>',
        _pattern("hatch", "hatch", 4),
        *(_pattern(f"stripe-{group}", f"stripe {group}", 2) for group in LEGEND),
        f'</defs><g id="world" class="map"><g class="land">{rest}</g>',
    ]
    ordered = sorted(marks, key=lambda mark: (not mark.path, mark.region, mark.group == "self"))
    parts += [_drawn(mark) for mark in ordered]
    parts.append("</g>")
    parts += [_around(mark) for mark in marks if mark.ringed]
    parts.append("</svg>")
    return "".join(parts)


def _pattern(name: str, classes: str, width: int) -> str:
    return (
        f'<pattern id="{name}" width="{width}" height="{width}" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="{width}" class="{classes}"/></pattern>'
    )


def _drawn(mark: Mark) -> str:
    kind = "region " if mark.region else "" if mark.path else "small "
    attributes = f'class="m {kind}{mark.colour or mark.group}" data-drawn="{mark.drawn}" data-id="{mark.id}"'
    title = f"<title>{escape(mark.title)}</title>"
    if mark.region:
        return f'<path {attributes} d="{mark.path}">{title}</path>'
    if mark.path:
        over = f'<path class="over" d="{mark.path}"/>' if mark.contested else ""
        return f'<path {attributes} d="{mark.path}">{title}</path>{over}'
    assert mark.place is not None
    x, y = mark.place
    if mark.contested:
        diamond = f"M{x},{y - 4.6:.1f}l4.6,4.6 -4.6,4.6 -4.6,-4.6z"
        return f'<path {attributes} d="{diamond}">{title}</path><path class="over" d="{diamond}"/>'
    return f'<circle {attributes} cx="{x}" cy="{y}" r="2.6">{title}</circle>'


def _around(mark: Mark) -> str:
    """Return a ring around the subject, which may be too small to see, and an inset that enlarges its surroundings."""
    assert mark.place is not None
    x, y = mark.place
    left, top, width, height = _INSET
    box = f"{x - width / _LARGER / 2:.1f} {y - height / _LARGER / 2:.1f} {width / _LARGER:.1f} {height / _LARGER:.1f}"
    frame = f'x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}"'
    return (
        f'<circle class="ring" cx="{x}" cy="{y}" r="9"/><g class="inset" aria-hidden="true"><rect class="sea" {frame}/>'
        f'<svg {frame} viewBox="{box}"><use href="#world"/></svg><rect class="frame" {frame}/></g>'
    )
