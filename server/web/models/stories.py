"""Stories that the timeline tells: which parties, which days, and how each begins in words."""

from dataclasses import dataclass

from comity.iris import BASE


@dataclass(frozen=True)
class Story:
    """A stretch of acts that belong together."""

    name: str
    title: str
    lead: str
    parties: tuple[str, ...]
    first: str
    last: str
    #: Within these days statements are told too; outside only what changes recognition or relations.
    close_first: str
    close_last: str
    #: The entities whose recognition the story is about, and the act that it turns on.
    about: tuple[str, ...]
    turn: str

    @property
    def party_iris(self) -> list[str]:
        """The IRIs of the parties, in the order of their lanes."""
        return [iri(one) for one in self.parties]


def iri(identifier: str) -> str:
    """Give the IRI of a polity."""
    return f"{BASE}polity/{identifier}"


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
            "",
        ),
    )
}
