"""What parties claim of each other's status on a day: a refusal, or a claim that refuses nothing."""

from dataclasses import dataclass
from typing import Any

from comity.server.web import control
from comity.server.web.reading import Reader


@dataclass(frozen=True)
class Stance:
    """The claim of one party about another that says most: one that refuses goes before one that does not."""

    party: str
    claim: dict[str, Any]
    refuses: bool


def stances(
    known: Reader, claims: list[dict[str, Any]], day: str, key: str = "claimant"
) -> dict[str, Stance]:
    """Give the stance of each claimant (or, by the key ``about``, towards each that claims are about) on a day.

    What a party claims of itself is left out.
    """
    found: dict[str, Stance] = {}
    for claim in sorted(claims, key=lambda one: (str(one.get("since", "")), str(one["claim"]))):
        party = claim[key]
        if claim["claimant"] == claim["about"] or not control.in_force(claim, day):
            continue
        refuses = claim["status"] in known.refusing
        if party not in found or (refuses and not found[party].refuses):
            found[party] = Stance(party, claim, refuses)
    return found
