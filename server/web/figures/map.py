"""The map: the class, position and style of each polity on a day, and all of them as one SVG."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from comity.edtf import in_words
from comity.iris import BASE, identifier
from comity.server.web.figures import basemap
from comity.server.web.models import recognition, records
from comity.server.web.models.graph_reader import GraphReader, Row, kept
from comity.server.web.models.records import Act, Claim, Source
from comity.server.web.view_context import ViewContext

#: The name of each class in the legend of the map, in order.
LEGEND = {
    "self": "{name}",
    "yes": "recognises it",
    "broken": "recognises it, but has broken off or suspended relations",
    "contradictory": "contradictory: recognises it, but says that it is not a sovereign state",
    "maybe": "possibly recognises it: the dates are not exact",
    "frozen": "has frozen its recognition",
    "withdrawn": "has withdrawn its recognition",
    "past": "recognised it once; that ended in another way",
    "no": "says that it is not a sovereign state",
    "other": "says something else of its status",
    "silent": "nothing known",
    "absent": "not in existence on this day",
}
#: The same for a map of whom a party recognises.
LEGEND_BY = LEGEND | {
    "yes": "recognised",
    "broken": "recognised, but relations are broken off or suspended",
    "contradictory": "contradictory: recognised, but said not to be a sovereign state",
    "maybe": "possibly recognised: the dates are not exact",
    "frozen": "recognition frozen",
    "withdrawn": "recognition withdrawn",
    "past": "recognised once; that ended in another way",
    "no": "said not to be a sovereign state",
    "other": "something else is said of its status",
}
#: How a mark is drawn: filled; striped, if contested; as an outline only, for a claim without an entity; not at all.
SOLID, HATCHED, OUTLINE, HIDDEN = "solid", "hatched", "outline", "hidden"
_PLACES = """
SELECT ?polity ?lat ?long ?m49 ?se ?ee ?el WHERE {
  ?polity a co:Polity .
  OPTIONAL { ?polity geo:lat ?lat ; geo:long ?long }
  OPTIONAL { ?polity co:m49 ?m49 }
  OPTIONAL { ?polity co:establishedEarliest ?se }
  OPTIONAL { ?polity co:endedEarliest ?ee ; co:endedLatest ?el }
}"""
#: The wording on pages for why a recognition ended.
_REASONS = {
    "rival government": "it recognised a rival government",
    "severance": "relations were broken off",
    "polity ended": "one of the two ceased to exist",
    "freeze": "frozen then",
}
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
        return identifier(self.iri)


@dataclass(frozen=True)
class Shown:
    """The position of a polity on the subject on the day: its class, a few words, and the basis for them."""

    group: str
    words: str
    act: Act | None = None
    claim: Claim | None = None

    @property
    def sources(self) -> list[Source]:
        """The sources of the act or the claim."""
        return self.act.sources if self.act else self.claim.sources if self.claim else []


@dataclass
class Mark:
    """A polity on the map: a shape of its own, a region within another, a diamond, or a dot."""

    iri: str
    name: str
    group: str
    words: str
    contested: bool
    shown: Shown
    path: str = ""
    region: bool = False
    place: tuple[float, float] | None = None
    ringed: bool = False
    observer: bool = False
    drawn: str = SOLID
    #: The class for its colour, if different: that of the state that the chosen party considers it part of.
    colour: str = ""
    view: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id of the polity."""
        return identifier(self.iri)

    @property
    def diamond(self) -> bool:
        """Whether it is drawn as a diamond: a contested entity without an outline of its own."""
        return self.contested and not self.path and self.place is not None and not self.observer

    @property
    def title(self) -> str:
        """Its name and a few words on it."""
        return f"{self.name}: {self.words}" if self.words else self.name


@kept
def places(reader: GraphReader) -> list[Row]:
    """Return all polities by name, with their coordinates and the dates of their existence."""
    rows = {row["polity"]: row for row in reader.rows(_PLACES)}
    return [rows[iri] for iri in sorted(rows, key=reader.label)]


def legend(reader: GraphReader, subject: Subject) -> dict[str, str]:
    """Return the names of the classes on the map of a subject."""
    words = LEGEND_BY if subject.by else LEGEND
    return {group: text.format(name=reader.label(subject.iri)) for group, text in words.items()}


def colours(reader: GraphReader, subject: Subject, now: ViewContext) -> dict[str, Shown]:
    """Return the position of each polity that has a known one on the subject."""
    found: dict[str, Shown] = {}
    recognised = not subject.by
    claims = (records.claims_by if subject.by else records.claims_about)(reader, subject.iri)
    said = "said to be: " if subject.by else "says that it is: "
    for party, claim in recognition.stances(claims, now.day, "about" if subject.by else "claimant").items():
        words = said + records.status_in_words(reader, claim)
        found[party] = Shown("no" if claim.refuses else "other", words, claim=claim)
    for end in recognition.endings(reader, subject.iri, "", now.day, recognised):
        if end.party not in found:
            found[end.party] = _ended(reader, end, subject.by)
    for each in recognition.standings(reader, subject.iri, now.day, recognised, frozen=True):
        words = f"{'recognition frozen' if subject.by else 'froze its recognition'} {_dated(each.edtf)}"
        found[each.party] = Shown("frozen", words, act=next(iter(each.began), None))
    for each in recognition.standings(reader, subject.iri, now.day, recognised):
        found[each.party] = _standing(reader, each, subject.by, now.reading)
    found[subject.iri] = Shown("self", "")
    return found


def _ended(reader: GraphReader, end: recognition.Ending, by: bool) -> Shown:
    """Return how a recognition that has ended is shown: withdrawn, or ended in another way."""
    began = f"{'recognised' if by else 'recognised it'} from {in_words(end.since)}"
    if end.reason == "withdrawal":
        withdrawn = "recognition withdrawn" if by else "withdrew its recognition"
        words = f"{began}{',' if by else ' and'} {withdrawn} {_dated(end.edtf)}"
        return Shown("withdrawn", words + _disputed(reader, end.act), act=end.act)
    reason = _REASONS.get(end.reason, end.reason)
    return Shown("past", f"{began} until {in_words(end.edtf)} ({reason})", act=end.act)


def _dated(edtf: str) -> str:
    """Return a date as the end of a sentence: *on* a day, *in* a month or a year."""
    words = in_words(edtf)
    if edtf.count("-") == 2 and edtf[-1:].isdigit():
        return f"on {words}"
    return f"in {words}" if edtf[-1:].isdigit() and "/" not in edtf else f"({words})"


def _disputed(reader: GraphReader, act: Act | None) -> str:
    """Return who denies an act, as the end of a sentence; empty if nobody does."""
    parties = {reader.thing(iri).of("disputedBy") for iri in act.disputes} if act else set()
    names = sorted(reader.named(iri) for iri in parties if iri)
    return f", which {' and '.join(names)} {'disputes' if len(names) == 1 else 'dispute'}" if names else ""


def _standing(reader: GraphReader, one: recognition.Standing, by: bool, reading: str) -> Shown:
    """Return how a recognition is shown."""
    act = next(iter(one.began), None)
    certain = one.certain or reading == "possible"
    words = (
        ("recognised" if by else "has recognised it")
        if certain
        else f"possibly recognise{'d' if by else 's it'}"
    )
    words += f" since {in_words(one.edtf)}"
    if one.contradiction:
        status = records.status_in_words(reader, one.contradiction)
        words += f"; but {'said to be' if by else 'says that it is'}: {status}"
        return Shown("contradictory", words, act, one.contradiction)
    if not certain:
        return Shown("maybe", words, act)
    if one.broken:
        began = in_words(recognition.begun(reader, one.broken))
        return Shown("broken", f"{words}; relations {one.broken.state} since {began}", act)
    return Shown("yes", words, act)


def _exists(row: Row, day: str) -> bool:
    """Return whether a polity is listed as existing on a day."""
    return row.get("se", "") <= day and ("ee" not in row or day < row["el"])


def marks(reader: GraphReader, subject: Subject, now: ViewContext) -> list[Mark]:
    """Return the marks of the map for the view."""
    classes = colours(reader, subject, now)
    found = []
    for row in places(reader):
        mark = _mark(reader, row, classes.get(row["polity"], Shown("silent", "nothing known")), now)
        mark.ringed = mark.iri == subject.iri and mark.place is not None
        if mark.path or mark.place:
            found.append(mark)
    _set_apart(found)
    if now.party_iri and not subject.by:
        _apply_view(reader, found, now.day, now.party_iri)
    return found


def _set_apart(marks: list[Mark]) -> None:
    """Move overlapping dots to the east of the previous ones."""
    dots = [mark for mark in marks if not mark.path and mark.place and mark.drawn != HIDDEN]
    for number, mark in enumerate(dots):
        for other in dots[:number]:
            if mark.place and other.place and math.dist(mark.place, other.place) < _NEAR:
                mark.place = (round(other.place[0] + 2 * _NEAR, 1), other.place[1])


def world_of(reader: GraphReader, party: str, now: ViewContext) -> list[Mark]:
    """Return the marks of the world according to a party: whom it recognises, and contested entities by its claims."""
    found = marks(reader, Subject(party, True), now)
    _apply_view(reader, found, now.day, party)
    return found


def _mark(reader: GraphReader, row: Row, shown: Shown, now: ViewContext) -> Mark:
    """Return the mark of a polity: its position and form."""
    iri = row["polity"]
    polity_id = identifier(iri)
    shapes, regions = basemap.shapes(), basemap.regions()
    contested = reader.kinds.get(iri, "") in _CONTESTED
    key = polity_id if polity_id in shapes else row.get("m49", "")
    path = shapes.get(key, "") or regions.get(polity_id, "")
    mark = Mark(iri, reader.label(iri), shown.group, shown.words, contested, shown, path)
    mark.region = polity_id in regions
    mark.observer = reader.kinds.get(iri, "") == "un_observer"
    mark.drawn = HATCHED if contested else SOLID
    current = _exists(row, now.day)
    if not current and mark.group in ("silent", "past", "withdrawn"):
        mark.group, mark.words = "absent", "not in existence on this day"
    # Regions, cities and orders that are only mentioned do not appear on maps they have nothing to do with.
    if mark.group == "silent" and not mark.path and reader.kinds.get(iri, "") == "other":
        mark.drawn = HIDDEN
    if "lat" in row:
        x, y = basemap.place(float(row["long"]), float(row["lat"]))
        mark.place = (round(x, 1), round(y, 1))
    if not current and (mark.region or not mark.path) and mark.group != "self":
        mark.drawn = OUTLINE if mark.region and _claimed(reader, iri, now) else HIDDEN
    return mark


@kept
def claims_on_regions(reader: GraphReader) -> dict[str, list[Claim]]:
    """Return the claims about each region drawn within a state."""
    iris = [f"{BASE}polity/{polity_id}" for polity_id in basemap.regions()]
    return {iri: records.claims_about(reader, iri) for iri in iris}


def _claimed(reader: GraphReader, iri: str, now: ViewContext) -> bool:
    """Return whether a claim about a region is in force on the day."""
    return any(claim.interval.in_force(now.day, now.reading) for claim in claims_on_regions(reader)[iri])


def _apply_view(reader: GraphReader, found: list[Mark], day: str, party: str) -> None:
    """Change the marks of contested entities to the chosen party's position; without a claim they stay hatched."""
    held = recognition.stances(records.claims_by(reader, party), day, "about")
    recognised = {one.party for one in recognition.standings(reader, party, day, recognised=False)}
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
            mark.words = f"according to {reader.named(party)}: {records.status_in_words(reader, claim)}"
            if mark.iri in recognised:
                mark.view["contradictory"] = True
            elif claim.refuses and claim.whom:
                mark.view["whom"] = claim.whom
                mark.colour, mark.drawn = groups.get(claim.whom, "silent"), SOLID


#: The inset around the subject: its position on the map, clear of land, its size, and its magnification.
_INSET = (84.0, 297.0, 212.0, 149.0)
_LARGER = 3.2
#: Dots are drawn smaller on larger maps, to hide less: here for files, elsewhere by the style sheet.
_SMALLER = 0.4
#: Dots closer together than this are drawn side by side: two have their seat in the same city.
_NEAR = 1.5


#: The left, upper, right and lower bounds of a part of the drawing.
Box = tuple[float, float, float, float]


def svg(title: str, marks: list[Mark], href: Callable[[Mark], str] | None = None) -> str:
    """Return the map as one SVG element.

    :param href: returns the address that a mark links to; without it, marks are not links.
    """
    links = "group" if href else "img"
    return (
        f'<svg class="map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {basemap.WIDTH:g} {basemap.HEIGHT:g}"'
        f' role="{links}" aria-label="{escape(title)}" aria-describedby="map-words">{drawing(marks, href)}</svg>'
    )


def drawing(marks: list[Mark], href: Callable[[Mark], str] | None = None) -> str:
    """Return the content of the SVG element of the map."""
    own = {mark.path for mark in marks if mark.path}
    rest = "".join(f'<path d="{path}"/>' for path in basemap.shapes().values() if path and path not in own)
    parts = [_patterns(), f'<g id="world" class="map"><g class="land">{rest}</g>']
    ordered = sorted(marks, key=lambda mark: (not mark.path, mark.region, mark.group == "self"))
    parts += [_drawn(mark, href) for mark in ordered]
    parts.append("</g>")
    # In a file, the inset contains copies of what it shows: scaling the whole world takes some programs seconds.
    parts += [_around(mark, None if href else ordered) for mark in marks if mark.ringed]
    return "".join(parts)


def _patterns() -> str:
    stripes = "".join(_pattern(f"stripe-{group}", f"stripe {group}", 2) for group in LEGEND)
    return f"<defs>{_pattern('hatch', 'hatch', 4)}{stripes}</defs>"


def _pattern(name: str, classes: str, width: int) -> str:
    return (
        f'<pattern id="{name}" width="{width}" height="{width}" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="{width}" class="{classes}"/></pattern>'
    )


def _drawn(mark: Mark, href: Callable[[Mark], str] | None, size: float = 1.0) -> str:
    """Return a mark: a link with its outline or dot, and its name and words as the title.

    :param size: the size of a dot, relative to that on the world map.
    """
    kind = "region " if mark.region else "" if mark.path else "small "
    tag, link = ("a", f' href="{escape(href(mark))}"') if href else ("g", "")
    return (
        f'<{tag}{link} class="m {kind}{mark.colour or mark.group}" data-drawn="{mark.drawn}"'
        f' data-id="{escape(mark.id)}">'
        f"<title>{escape(mark.title)}</title>{_outline(mark, size)}</{tag}>"
    )


def _outline(mark: Mark, size: float) -> str:
    path = mark.path
    if not path:
        assert mark.place is not None
        x, y = mark.place
        # Observers are dots like other small states: a diamond would hide those beside it.
        if not mark.diamond:
            return f'<circle cx="{x}" cy="{y}" r="{2.6 * size:g}"/>'
        half = round(4.2 * size, 2)
        path = f"M{x},{y - half:.2f}l{half},{half} -{half},{half} -{half},-{half}z"
    over = f'<path class="over" d="{path}"/>' if mark.contested and not mark.region else ""
    return f'<path d="{path}"/>{over}'


def _around(mark: Mark, copied: list[Mark] | None) -> str:
    """Return a ring around the subject, which may be too small to see, and a magnified inset of its surroundings.

    :param copied: the marks to draw again in the inset; without them it refers to the world.
    """
    assert mark.place is not None
    x, y = mark.place
    left, top, width, height = _INSET
    across, down = width / _LARGER, height / _LARGER
    box = f"{x - across / 2:.1f} {y - down / 2:.1f} {across:.1f} {down:.1f}"
    world = '<use href="#world"/>'
    if copied is not None:
        # Two units wider on each side, so that the cut edges are not visible.
        view = (x - across / 2 - 2, y - down / 2 - 2, x + across / 2 + 2, y + down / 2 + 2)
        near = "".join(_copy(one, view) for one in copied)
        world = f'<g class="map">{near}</g>'
    frame = f'x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}"'
    return (
        f'<circle class="ring" cx="{x}" cy="{y}" r="9"/><g class="inset" aria-hidden="true"><rect class="sea" {frame}/>'
        f'<svg {frame} viewBox="{box}">{world}</svg><rect class="frame" {frame}/></g>'
    )


def _copy(mark: Mark, box: Box) -> str:
    """Return a mark clipped to a box, given as its left, upper, right and lower bounds."""
    if mark.path:
        part = basemap.clipped(mark.path, *box)
        return _drawn(replace(mark, path=part), None) if part else ""
    assert mark.place is not None
    x, y = mark.place
    return _drawn(mark, None, _SMALLER) if box[0] <= x <= box[2] and box[1] <= y <= box[3] else ""


@dataclass(frozen=True)
class Region:
    """A part of the map: its SVG element, and the visible marks."""

    svg: str
    marks: list[Mark]


#: The width and the height of a region, in units of the map.
REGION = (100.0, 66.0)


def region(
    title: str, marks: list[Mark], centre: str, href: Callable[[Mark], str] | None, patterns: bool
) -> Region:
    """Return the part of the map around a polity.

    :param href: returns the address that a mark links to; without it, for a file, marks are not links.
    :param centre: the IRI of the polity; if it has no position, the whole map is shown.
    :param patterns: whether to include the patterns of hatched marks, needed only once per page.
    """
    middle = next((mark for mark in marks if mark.iri == centre and mark.place), None)
    x, y = middle.place if middle and middle.place else (basemap.WIDTH / 2, basemap.HEIGHT / 2)
    across, down = (side / 2 for side in (REGION if middle else (basemap.WIDTH, basemap.HEIGHT)))
    box = (x - across - 2, y - down - 2, x + across + 2, y + down + 2)
    own = {mark.path for mark in marks if mark.path}
    rest = (path for path in basemap.shapes().values() if path and path not in own)
    land = "".join(f'<path d="{path}"/>' for path in rest if _overlap(basemap.extent(path), box))
    ordered = sorted(marks, key=lambda mark: (not mark.path, mark.region, mark.iri == centre))
    seen = [mark for mark in ordered if mark.drawn != HIDDEN and _overlap(_extent(mark), box)]
    label = (
        f'<text class="name" x="{x:.1f}" y="{y - 3:.1f}" text-anchor="middle">{escape(middle.name)}</text>'
        if middle
        else ""
    )
    return Region(
        f'<svg class="map" xmlns="http://www.w3.org/2000/svg"'
        f' viewBox="{x - across:.1f} {y - down:.1f} {2 * across:g} {2 * down:g}" role="group"'
        f' aria-label="{escape(title)}" aria-describedby="map-words">{_patterns() if patterns else ""}'
        f'<g class="land">{land}</g>{"".join(_drawn(mark, href, 1.0 if href else _SMALLER) for mark in seen)}'
        f"{label}</svg>",
        seen,
    )


def _extent(mark: Mark) -> Box:
    """Return the bounds of a mark."""
    if mark.path:
        return basemap.extent(mark.path)
    assert mark.place is not None
    return (*mark.place, *mark.place)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
