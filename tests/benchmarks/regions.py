"""A region of a made-up world: some two hundred polities and the acts between them, told as sources tell them."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

_ONSETS = ("b br d dr f g gr h j k kr l m n p pr r s st t tr v z").split()  # noqa: SIM905
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "io", "ou"]
_CODAS = ["", "", "l", "m", "n", "r", "s", "th", "sk"]
_ENDINGS = ["ia", "land", "ora", "istan", "au", "mark", "une", "essa"]
Values = dict[str, str]


@dataclass
class Polity:
    """A made-up polity: when it lives, who claims its territory, and whom it has met and when."""

    id: str
    name: str
    kind: str
    born: dt.date
    ended: dt.date | None = None
    claimed_by: str = ""
    met: dict[str, dt.date] = field(default_factory=dict)


class Region:
    """One region of a world: its polities, and the stream of their acts."""

    def __init__(self, number: int, seed: int) -> None:
        self._number = number
        self._random = random.Random(f"{seed}/{number}")
        self._publishers = [
            f"{self._word()} {kind}" for kind in ("Gazette", "Times", "Courier", "Ministry") * 5
        ]
        self.polities = [self._polity(place) for place in range(230)]
        members = [one for one in self.polities if one.kind == "un_member"]
        self._entities = [one for one in self.polities if one.kind == "de_facto"]
        for entity in self._entities:
            claimant = self._random.choice([one for one in members if one.born < entity.born])
            entity.claimed_by = claimant.id
        self._members = members

    def _word(self) -> str:
        draw = self._random.choice
        return "".join(draw(_ONSETS) + draw(_VOWELS) + draw(_CODAS) for _ in range(2)).capitalize()

    def _polity(self, place: int) -> Polity:
        name = f"{self._word()}{self._random.choice(_ENDINGS)}"
        number = self._number * 1000 + place
        kind = "un_member" if place < 180 else "de_facto" if place < 210 else "former_state"
        year = self._random.randint(*((1815, 1975) if kind != "de_facto" else (1976, 2008)))
        born = self._day(year)
        ended = self._day(self._random.randint(1985, 2000)) if kind == "former_state" else None
        return Polity(f"{name.lower()}-{number}", f"{name} {number}", kind, born, ended)

    def _day(self, year: int) -> dt.date:
        return dt.date(year, 1, 1) + dt.timedelta(days=self._random.randrange(365))

    def _later(self, day: dt.date, least: int, most: int) -> dt.date:
        return day + dt.timedelta(days=self._random.randint(least, most))

    def _edtf(self, day: dt.date) -> str:
        """Write a day at the precision with which sources tell of one."""
        chance = self._random.random()
        if chance < 0.87:
            return day.isoformat()
        return f"{day:%Y-%m}" if chance < 0.95 else f"{day:%Y}" if chance < 0.99 else f"{day:%Y}~"

    def _source(self, title: str, day: dt.date, shared: str = "") -> Values:
        publisher = self._random.choice(self._publishers)
        told = self._later(day, 0, 900)
        path = shared or f"{day:%Y/%m}/{self._random.randrange(10**9):09d}"
        address = f"https://press-{self._number}.example/{path}"
        if shared:
            publisher, title, told = (
                self._publishers[0],
                f"List of recognitions: {shared}",
                dt.date(2020, 1, 1),
            )
        other = f"; https://archive-{self._number}.example/{self._random.randrange(400)}"
        return {
            "source_publisher": publisher,
            "source_title": title,
            "source_date": told.isoformat(),
            "source_url": address,
            "evidence": address + (other if self._random.random() < 0.1 else ""),
        }

    def _act(
        self, kind: str, actor: Polity, object_: Polity, day: dt.date, answers: str = "", shared: str = ""
    ) -> Values:
        row = {"kind": kind, "actor": actor.id, "object": object_.id, "date": self._edtf(day)}
        row["in_response_to"] = answers
        row["confidence"] = self._random.choices(("high", "medium", "low"), (64, 29, 7))[0]
        if self._random.random() < 0.2:
            row["note"] = f"Told by the {self._random.choice(self._publishers)}."
        if kind != "statement" or self._random.random() < 0.6:
            row |= self._source(f"{actor.name} and {object_.name}: {kind.replace('_', ' ')}", day, shared)
        return row

    def acts(self) -> Iterator[Values]:
        """Give the rows of the region's acts without end: declarations first, then dealings in pairs."""
        for one in self.polities:
            yield self._act("independence_declared", one, one, one.born)
        pairs: set[frozenset[str]] = set()
        while len(pairs) < len(self.polities) * (len(self._members) - 1) // 2:
            actor, object_ = self._random.choice(self._members), self._random.choice(self.polities)
            pair = frozenset((actor.id, object_.id))
            if actor is object_ or pair in pairs or actor.id == object_.claimed_by:
                continue
            pairs.add(pair)
            yield from self._dealings(actor, object_)

    def _dealings(self, actor: Polity, object_: Polity) -> Iterator[Values]:
        """Give what goes on between two polities, in order of time."""
        day = self._later(max(actor.born, object_.born), 1, 1500)
        if any(one.ended and one.ended < day for one in (actor, object_)):
            return
        declared = f"independence_declared/{object_.id}/{object_.id}"
        if object_.kind == "de_facto" or self._random.random() < 0.6:
            shared = object_.id if self._random.random() < 0.5 else ""
            yield self._act("recognition", actor, object_, day, declared, shared)
            if object_.kind == "de_facto":
                yield from self._quarrel(actor, object_, day)
            if self._random.random() < 0.06:
                yield from self._second_thoughts(actor, object_, day)
        if object_.kind != "de_facto" or self._random.random() < 0.5:
            yield from self._relations(actor, object_, day)
        if self._random.random() < 0.15:
            yield self._act("statement", actor, object_, self._later(day, 1, 3000))

    def _relations(self, actor: Polity, object_: Polity, day: dt.date) -> Iterator[Values]:
        opened = self._later(day, 0, 400)
        actor.met[object_.id] = opened
        yield self._act("relations_established", actor, object_, opened)
        if self._random.random() < 0.2:
            kind = "relations_severed" if self._random.random() < 0.9 else "relations_suspended"
            sides = (actor, object_) if self._random.random() < 0.6 else (object_, actor)
            cut = self._later(opened, 900, 4000)
            yield self._act(kind, *sides, cut)
            if self._random.random() < 0.6:
                answers = f"{kind}/{sides[0].id}/{sides[1].id}"
                yield self._act("relations_restored", actor, object_, self._later(cut, 900, 3000), answers)

    def _quarrel(self, actor: Polity, entity: Polity, day: dt.date) -> Iterator[Values]:
        """Give the answer of whoever claims the entity's territory to its recognition."""
        claimant = next(one for one in self._members if one.id == entity.claimed_by)
        met = claimant.met.get(actor.id) or actor.met.get(claimant.id)
        answers = f"recognition/{actor.id}/{entity.id}"
        if met and met < day and self._random.random() < 0.4:
            yield self._act("relations_severed", claimant, actor, self._later(day, 0, 20), answers)
        elif self._random.random() < 0.5:
            yield self._act("statement", claimant, actor, self._later(day, 0, 10), answers)

    def _second_thoughts(self, actor: Polity, object_: Polity, day: dt.date) -> Iterator[Values]:
        kind = "withdrawal" if self._random.random() < 0.7 else "suspension"
        left = self._later(day, 900, 5000)
        yield self._act(kind, actor, object_, left)
        if self._random.random() < 0.3:
            yield self._act("recognition", actor, object_, self._later(left, 900, 2000))

    def catalogue(self) -> Iterator[tuple[str, Values]]:
        """Give the rows of the other tables."""
        league = f"league-{self._number}"
        yield (
            "organisations",
            {"id": league, "name": f"League {self._number}", "kind": "regional", "founded": "1960"},
        )
        for one in self.polities:
            yield "polities", self._catalogued(one)
            page = f"https://members-{self._number}.example/list"
            if one.kind == "un_member":
                seats = ("united-nations", league) if self._random.random() < 0.4 else ("united-nations",)
                for seat in seats:
                    since = max(one.born, dt.date(1945, 10, 24)).isoformat()
                    yield (
                        "memberships",
                        {
                            "polity": one.id,
                            "organisation": seat,
                            "since": since,
                            "status": "member",
                            "evidence": page,
                        },
                    )
            if one.claimed_by:
                yield "status-claims", self._claim(one)
        former = [one for one in self.polities if one.ended]
        for heir, gone in zip(self._members, former[:10], strict=False):
            kind = "continues" if gone is former[0] else "succeeds"
            assert gone.ended
            yield (
                "successions",
                {
                    "successor": heir.id,
                    "predecessor": gone.id,
                    "kind": kind,
                    "date": gone.ended.isoformat(),
                    "evidence": page,
                },
            )
        party, rival = (one.id for one in self._members[-2:])
        yield "rivals", {"party": party, "rival": rival, "since": "1949", "evidence": page}

    def _catalogued(self, one: Polity) -> Values:
        draw = self._random
        return {
            "id": one.id,
            "name": one.name,
            "official_name": f"Republic of {one.name}",
            "kind": one.kind,
            "un_member_since": max(one.born, dt.date(1945, 10, 24)).isoformat()
            if one.kind == "un_member"
            else "",
            "established": one.born.isoformat(),
            "ended": one.ended.isoformat() if one.ended else "",
            "capital": self._word(),
            "claimed_by": one.claimed_by,
            "lat": f"{draw.uniform(-60, 70):.4f}",
            "lon": f"{draw.uniform(-180, 180):.4f}",
            "region": f"Region {self._number}",
        }

    def _claim(self, entity: Polity) -> Values:
        source = self._source(f"On {entity.name}", entity.born)
        del source["evidence"]
        return source | {
            "claimant": entity.claimed_by,
            "about": entity.id,
            "status": "part-of-another-state",
            "of_whom": entity.claimed_by,
            "since": self._edtf(entity.born),
            "short_quotation": "an inseparable part",
            "language": "en",
            "speaker": f"Ministry of {entity.claimed_by}",
            "confidence": "high",
        }
