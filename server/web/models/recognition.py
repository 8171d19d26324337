"""Who recognises a polity and whom it recognises: since when, on what basis, how surely, until when."""

from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from comity.periods.in_force import NEVER, Interval
from comity.server.web.models import records
from comity.server.web.models.graph_reader import GraphReader, Row, kept
from comity.server.web.models.records import Act

_PERIODS = """
SELECT ?period ?class ?basis ?a ?b ?began ?ended ?endedWith ?continuity ?reason ?se ?sl ?ee ?el WHERE {
  VALUES (?it) { (cop:kosovo) }
  { ?period co:recogniser ?it } UNION { ?period co:recognisedParty ?it }
  ?period a ?class ; co:recogniser ?a ; co:recognisedParty ?b ; co:startEarliest ?se ; co:startLatest ?sl .
  VALUES (?class) { (co:RecognitionPeriod) (co:FreezePeriod) }
  OPTIONAL { ?period co:basis ?basis }
  OPTIONAL { ?period co:endEarliest ?ee ; co:endLatest ?el }
  OPTIONAL { ?period co:beganBy ?began } OPTIONAL { ?period co:beganByContinuity ?continuity }
  OPTIONAL { ?period co:endedBy ?ended } OPTIONAL { ?period co:endedByEndOf ?endedWith }
  OPTIONAL { ?period co:endReason ?reason }
}"""
#: How the pages name what a recognition rests on.
_BASES = {"express": "expressly", "implied by relations": "relations"}


@dataclass(frozen=True)
class Span:
    """A time in which one party recognises another, expressly or by keeping relations."""

    recogniser: str
    recognised: str
    basis: str
    period: str
    interval: Interval
    began: str = ""
    ended: str = ""
    reason: str = ""

    @property
    def start(self) -> tuple[str, str]:
        """The earliest and the latest day of its beginning."""
        return self.interval.start

    @property
    def end(self) -> tuple[str, str]:
        """The earliest and the latest day of its end."""
        return self.interval.end

    def on(self, day: str, reading: str) -> bool:
        """Return whether it is in force on a day."""
        return self.interval.in_force(day, reading)


@dataclass
class Standing:
    """One party's recognition of another on a day."""

    party: str
    certain: bool
    spans: list[Span]
    began: list[Act] = field(default_factory=list)

    @property
    def basis(self) -> str:
        """On what it rests: ``expressly``, ``relations`` or both."""
        kinds = {span.basis for span in self.spans}
        return "expressly, and relations" if len(kinds) == 2 else kinds.pop()

    @property
    def since(self) -> str:
        """The first day, as early as known."""
        return min(span.start[0] for span in self.spans)

    @property
    def edtf(self) -> str:
        """The date of the act that it began with, at the precision known."""
        return self.began[0].edtf if self.began else self.since


@dataclass(frozen=True)
class Ending:
    """A recognition that came to an end: when, why, by what act."""

    party: str
    day: str
    edtf: str
    reason: str
    act: Act | None


@kept
def spans(reader: GraphReader, party: str) -> list[Span]:
    """Give all times in which a party recognises or is recognised, as the snapshots see them."""
    rows = reader.rows(_PERIODS, it=ox.NamedNode(party))
    return list(dict.fromkeys(map(_span, rows)))


def _span(row: Row) -> Span:
    return Span(
        row["a"],
        row["b"],
        _BASES[row["basis"]] if "basis" in row else "frozen",
        row["period"],
        Interval.of(row["se"], row["sl"], row.get("ee"), row.get("el")),
        row.get("began") or row.get("continuity", ""),
        row.get("ended") or row.get("endedWith", ""),
        row.get("reason", ""),
    )


def _of(reader: GraphReader, polity: str, recognised: bool, frozen: bool = False) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for span in spans(reader, polity):
        ours, other = (span.recognised, span.recogniser) if recognised else (span.recogniser, span.recognised)
        if ours == polity and (span.basis == "frozen") is frozen:
            found.setdefault(other, []).append(span)
    return found


def standings(
    reader: GraphReader, polity: str, day: str, recognised: bool = True, frozen: bool = False
) -> list[Standing]:
    """Give who recognises a polity on a day (or, with `recognised` false, whom it recognises), by name.

    What is only possibly in force is among them, and says so.
    """
    acts = {act.iri: act for act in records.acts_of(reader, polity)}
    found = []
    for party, all_of_them in _of(reader, polity, recognised, frozen).items():
        certain = [span for span in all_of_them if span.on(day, "certain")]
        chosen = certain or [span for span in all_of_them if span.on(day, "possible")]
        if not chosen:
            continue
        began = sorted(
            {span.began: acts[span.began] for span in chosen if span.began in acts}.values(),
            key=lambda act: act.earliest,
        )
        found.append(Standing(party, bool(certain), chosen, began))
    return sorted(found, key=lambda one: reader.label(one.party).casefold())


def endings(
    reader: GraphReader, polity: str, after: str, until: str, recognised: bool = True
) -> list[Ending]:
    """Give the recognitions in force on one day that are no longer so on a later one, in order of their ends.

    With an empty first day: all that have ended by the second.
    """
    acts = {act.iri: act for act in records.acts_of(reader, polity)}
    found = []
    for party, all_of_them in _of(reader, polity, recognised).items():
        if after and not any(span.on(after, "certain") for span in all_of_them):
            continue
        if any(span.on(until, "possible") for span in all_of_them):
            continue
        past = [span for span in all_of_them if span.end[0] <= until and span.end[0] > after]
        if not past:
            continue
        last = max(past, key=lambda span: (span.end[0], span.basis == "expressly"))
        act = acts.get(last.ended)
        found.append(Ending(party, last.end[0], act.edtf if act else last.end[0], last.reason, act))
    return sorted(found, key=lambda one: (one.day, one.party))


def counts(
    reader: GraphReader, polity: str, recognised: bool = True, among: frozenset[str] | None = None
) -> list[tuple[str, int]]:
    """Give the number of certain recognisers after each day on which it changes."""
    chosen = [
        (party, span)
        for party, all_of_them in _of(reader, polity, recognised).items()
        for span in all_of_them
        if span.start[1] < span.end[0] and (among is None or party in among)
    ]
    changes: dict[str, dict[str, int]] = {}
    for party, span in chosen:
        for day, step in ((span.start[1], 1), (span.end[0], -1)):
            if day < NEVER:
                at = changes.setdefault(day, {})
                at[party] = at.get(party, 0) + step
    depth: dict[str, int] = {}
    number, points = 0, []
    for day in sorted(changes):
        for party, step in changes[day].items():
            before = depth.get(party, 0)
            depth[party] = before + step
            number += (depth[party] > 0) - (before > 0)
        points.append((day, number))
    return points


@dataclass(frozen=True)
class Stance:
    """The claim of one party about another that says most: one that refuses goes before one that does not."""

    party: str
    claim: dict[str, Any]
    refuses: bool


def stances(
    reader: GraphReader, claims: list[dict[str, Any]], day: str, key: str = "claimant"
) -> dict[str, Stance]:
    """Give the stance of each claimant (or, by the key ``about``, towards each that claims are about) on a day.

    What a party claims of itself is left out.
    """
    found: dict[str, Stance] = {}
    for claim in sorted(claims, key=lambda one: (str(one.get("since", "")), str(one["claim"]))):
        party = claim[key]
        if claim["claimant"] == claim["about"] or not records.in_force(claim, day):
            continue
        refuses = claim["status"] in reader.refusing
        if party not in found or (refuses and not found[party].refuses):
            found[party] = Stance(party, claim, refuses)
    return found
