"""Stories: acts of some parties between two days, from the catalogue or as chosen by a reader."""

from dataclasses import dataclass

from comity.edtf import in_words, shifted
from comity.english import capital
from comity.iris import BASE
from comity.server.web.models import blocs, recognition, records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.records import Act, Claim


@dataclass(frozen=True)
class Story:
    """Acts that belong together: of some parties, between two days."""

    name: str
    title: str
    lead: str
    #: The ids of the parties whose acts are told; a story that turns on an act has only acts among them.
    parties: tuple[str, ...]
    first: str
    last: str
    #: The days within which statements are also shown; outside them, only acts on recognition or relations.
    close_first: str
    close_last: str
    #: The entities whose recognition the story is about, and the act that it turns on.
    about: tuple[str, ...]
    turn: str = ""

    @property
    def party_iris(self) -> list[str]:
        """The IRIs of the parties, in the order of their lanes."""
        return [polity_iri(one) for one in self.parties]


@dataclass(frozen=True)
class Turn:
    """How the recognition of an entity differs between the day before a story and its last day."""

    entity: str
    #: The numbers of parties; None if the record does not count them.
    before: int | None
    after: int | None
    gained: list[str]
    lost: list[str]


@dataclass(frozen=True)
class Answered:
    """An act, and the acts of a story that respond to it."""

    act: Act
    answers: list[Act]


def polity_iri(identifier: str) -> str:
    """Return the IRI of a polity."""
    return f"{BASE}polity/{identifier}"


def _plain(name: str, title: str, lead: str, entities: tuple[str, ...], first: str, last: str) -> Story:
    """Return a story about the parties whose acts it tells, including statements."""
    return Story(name, title, lead, entities, first, last, first, last, entities)


#: The predefined stories, by name.
STORIES = {
    story.name: story
    for story in (
        Story(
            "july-2022",
            "July 2022: North Korea recognises, Ukraine answers",
            "In July 2022 North Korea recognised the two republics that had been proclaimed in eastern Ukraine, "
            "and Ukraine severed relations with it on the same day. Each row is an act, from its actor to the "
            "party that it concerns; curves on the left lead from an act to what was done in answer to it.",
            (
                "north-korea",
                "donetsk-peoples-republic",
                "luhansk-peoples-republic",
                "ukraine",
                "russia",
                "syria",
                "south-ossetia",
                "abkhazia",
            ),
            "2014-04-07",
            "2022-10-31",
            "2022-07-12",
            "2022-07-31",
            ("donetsk-peoples-republic", "luhansk-peoples-republic"),
            "act/recognition/north-korea/donetsk-peoples-republic/2022-07-13",
        ),
        Story(
            "taiwan-and-china",
            "Between Beijing and Taipei since 2016",
            "Since 2016 a number of states have broken with Taiwan and established relations with China, or the "
            "other way round. Relations with the one end recognition of the other, by the rule of rival governments.",
            ("taiwan", "china"),
            "2016-01-01",
            "2026-12-31",
            "2016-01-01",
            "2016-01-01",
            ("taiwan", "china"),
        ),
        _plain(
            "palestine-september-2025",
            "September 2025: Palestine is recognised",
            "In September 2025, around the General Assembly of the United Nations, a number of states recognised "
            "Palestine, Australia, Canada and the United Kingdom among them; Belgium did so on conditions.",
            ("palestine",),
            "2025-07-01",
            "2025-10-31",
        ),
        _plain(
            "kosovo-withdrawals",
            "Kosovo, 2017 to 2020: recognitions withdrawn and frozen",
            "Between 2017 and 2020 a number of states withdrew or froze their recognition of Kosovo, and others "
            "recognised it. Kosovo denies some of the withdrawals; these are marked as disputed.",
            ("kosovo",),
            "2017-01-01",
            "2020-12-31",
        ),
        _plain(
            "baltic-states",
            "The Baltic states, 1990 and 1991",
            "Lithuania declared its independence restored in March 1990, Estonia and Latvia in August 1991. In the "
            "weeks after, many states recognised the three or restored relations with them.",
            ("estonia", "latvia", "lithuania"),
            "1990-03-11",
            "1991-12-31",
        ),
        _plain(
            "israel-somaliland",
            "December 2025: Israel recognises Somaliland",
            "On 26 December 2025 Israel recognised Somaliland, the first member of the United Nations to do so. "
            "Somalia and others rejected it.",
            ("somaliland",),
            "2025-12-20",
            "2026-01-31",
        ),
    )
}


def made(reader: GraphReader, entities: tuple[str, ...], first: str, last: str) -> Story:
    """Return the story of some entities, given by id, between two days."""
    *others, final = [reader.named(polity_iri(one)) for one in entities]
    named = f"{', '.join(others)} and {final}" if others else final
    days = f"from {in_words(first)} to {in_words(last)}"
    return _plain(
        "",
        f"{capital(named)}, {days}",
        f"Acts of and on {named} {days}, without votes.",
        entities,
        first,
        last,
    )


def changes(reader: GraphReader, story: Story) -> list[Turn]:
    """Return how the recognition of each entity of a story differs between the day before it and its last day."""
    found = []
    day_before = shifted(story.first, -1)
    for entity in map(polity_iri, story.about):
        turn = recognition.turn(reader, entity, day_before, story.last)
        counted = blocs.counted(reader, entity) is not None
        before, after = (turn.before, turn.after) if counted else (None, None)
        found.append(Turn(entity, before, after, turn.gained, turn.lost))
    return found


def answered(reader: GraphReader, acts: list[Act]) -> list[Answered]:
    """Return the acts of others that some acts respond to, those with the most responses first."""
    answers: dict[str, list[Act]] = {}
    for act in acts:
        for iri in act.answered:
            answers.setdefault(iri, []).append(act)
    found = []
    for iri, those in answers.items():
        if one := records.act(reader, iri):
            others = [act for act in those if act.actor != one.actor]
            found += [Answered(one, others)] if others else []
    return sorted(found, key=lambda one: (-len(one.answers), one.act.earliest, one.act.iri))


def quotations(reader: GraphReader, story: Story) -> list[Claim]:
    """Return the claims about the entities of a story that begin within its days and quote somebody."""
    return [
        claim
        for entity in story.about
        for claim in records.claims_about(reader, polity_iri(entity))
        if claim.quotes and story.first <= claim.interval.start[0] <= story.last
    ]
