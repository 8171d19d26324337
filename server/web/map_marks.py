"""What the map shows: each polity with the class of its colour, where it is drawn, and how."""

from dataclasses import dataclass, field
from typing import Any

from comity.iris import BASE
from comity.server.web import atlas, control, projection, records, stances, standing
from comity.server.web.reading import Reader, Row

#: How each class of the map is called in its legend, in their order there.
LEGEND = {
    "self": "the entity itself",
    "yes": "recognises",
    "maybe": "possibly recognises",
    "frozen": "recognition frozen",
    "past": "recognised it before, not now",
    "no": "holds that it is no sovereign state",
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


def places(known: Reader) -> list[Row]:
    """Give all polities by name, with where they are and the dates of their existence."""
    found: list[Row] = known.shelf.get("places", [])
    if not found:
        rows = {row["polity"]: row for row in known.rows(_PLACES)}
        found = known.shelf["places"] = [rows[iri] for iri in sorted(rows, key=known.label)]
    return found


def colours(known: Reader, subject: Subject, now: control.Moment) -> dict[str, tuple[str, str]]:
    """Give the class of each polity that is not silent, and a few words on it."""
    found: dict[str, tuple[str, str]] = {}
    claims = (records.claims_by if subject.by else records.claims_about)(known, subject.iri)
    said = "held to be: " if subject.by else "holds it to be: "
    for one in stances.stances(known, claims, now.day, "about" if subject.by else "claimant").values():
        words = said + known.label(one.claim["status"]).lower()
        found[one.party] = ("no" if one.refuses else "other", words)
    for end in standing.endings(known, subject.iri, "", now.day, not subject.by):
        if end.party not in found:
            found[end.party] = ("past", "until " + control.in_words(end.edtf))
    for each in standing.standings(known, subject.iri, now.day, not subject.by, frozen=True):
        found[each.party] = ("frozen", "recognition frozen since " + control.in_words(each.since))
    for each in standing.standings(known, subject.iri, now.day, not subject.by):
        sure = each.certain or now.reading == "possible"
        words = ("recognises" if not subject.by else "recognised") + ", since " + control.in_words(each.edtf)
        found[each.party] = ("yes" if sure else "maybe", words)
    found[subject.iri] = ("self", "")
    return found


def _exists(row: Row, day: str) -> bool:
    return row.get("se", "") <= day and ("ee" not in row or day < row["el"])


def marks(known: Reader, subject: Subject, now: control.Moment) -> list[Mark]:
    """Give all that is drawn, as it is in the view of the party chosen, if any."""
    classes = colours(known, subject, now)
    found = []
    for row in places(known):
        mark = _mark(known, row, classes.get(row["polity"], ("silent", "nothing known")), now)
        mark.ringed = mark.iri == subject.iri and mark.place is not None
        if mark.path or mark.place:
            found.append(mark)
    if now.party_iri and not subject.by:
        _see(known, found, now)
    return found


def _mark(known: Reader, row: Row, shown: tuple[str, str], now: control.Moment) -> Mark:
    iri = row["polity"]
    identifier = iri.rpartition("/")[2]
    shapes, regions = atlas.shapes(), atlas.regions()
    contested = known.kinds.get(iri, "") in _CONTESTED
    key = identifier if identifier in shapes else row.get("m49", "")
    mark = Mark(iri, known.label(iri), *shown, contested, shapes.get(key, "") or regions.get(identifier, ""))
    mark.region = identifier in regions
    mark.drawn = HATCHED if contested else SOLID
    current = _exists(row, now.day)
    if not current and mark.group in ("silent", "past"):
        mark.group, mark.words = "absent", "no polity of this name on this day"
    if "lat" in row:
        x, y = projection.place(float(row["long"]), float(row["lat"]))
        mark.place = (round(x, 1), round(y, 1))
    if not current and (mark.region or not mark.path) and mark.group != "self":
        mark.drawn = OUTLINE if mark.region and _claimed(known, iri, now) else HIDDEN
    return mark


def claims_on_regions(known: Reader) -> dict[str, list[Row]]:
    """Give the claims about each region that is drawn within a state; read once."""
    if "claims of regions" not in known.shelf:
        iris = [f"{BASE}polity/{identifier}" for identifier in atlas.regions()]
        known.shelf["claims of regions"] = {iri: records.claims_about(known, iri) for iri in iris}
    found: dict[str, list[Row]] = known.shelf["claims of regions"]
    return found


def _claimed(known: Reader, iri: str, now: control.Moment) -> bool:
    """Tell whether anybody holds anything of a region on the day."""
    return any(control.in_force(claim, now.day, now.reading) for claim in claims_on_regions(known)[iri])


def _see(known: Reader, found: list[Mark], now: control.Moment) -> None:
    """Draw contested entities as the party chosen sees them, where that is known; others stay hatched."""
    party = str(now.party_iri)
    held = stances.stances(known, records.claims_by(known, party), now.day, "about")
    recognised = {one.party for one in standing.standings(known, party, now.day, recognised=False)}
    groups = {mark.iri: mark.group for mark in found}
    for mark in found:
        if not mark.contested or mark.drawn == HIDDEN:
            continue
        stance = held.get(mark.iri)
        if mark.iri == party or (mark.iri in recognised and not (stance and stance.refuses)):
            mark.view = {"own": True}
            mark.drawn = SOLID if mark.drawn == HATCHED else mark.drawn
        elif stance:
            whom = stance.claim.get("whom", "")
            mark.view = {"status": stance.claim["status"], "claim": stance.claim["claim"], "whom": ""}
            said = f"according to {known.label(party)}: {known.label(stance.claim['status']).lower()}"
            mark.words = f"{said}, of {known.label(whom)}" if whom else said
            if stance.refuses and whom:
                mark.view["whom"] = whom
                mark.colour, mark.drawn = groups.get(whom, "silent"), SOLID


def address(iri: str) -> str:
    """Give the address of the map of an entity's recognition."""
    return control.link("/map", of=iri.removeprefix(BASE + "polity/"))
