"""The results of reading as rows of the tables, each with its position, its confidence and the state of the graph.

A row is *known* if the graph has the act, so that the report adds a source; it *contradicts* the graph if that has
another date or the opposite sides; otherwise it is *new*.
"""

from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from comity.changes.existing import existing_act
from comity.edtf import bounds
from comity.english import with_article
from comity.iris import BASE, identifier
from comity.questions.lookup import Names
from comity.reading.dates import overlap
from comity.reading.intake import checked, is_english
from comity.reading.reading import Act, Reader, Reading
from comity.reading.speech import Said
from comity.reading.told import Told
from comity.schema import select
from comity.tables.acts import MUTUAL, sentence
from comity.tables.acts import Act as KnownAct

#: Acts that a party may repeat, so that another date is another act.
_REPEATED = frozenset(("use_of_force", "vote", "accreditation", "representation_opened", "statement"))
_TOPICS = {
    "relations_severed": "severance",
    "relations_established": "relations",
    "relations_restored": "relations",
    "relations_suspended": "relations",
    "representation_opened": "representation",
    "use_of_force": "invasion",
}
_BETWEEN = (
    "SELECT DISTINCT ?act WHERE { VALUES (?actor ?object) { %s } ?act co:actor ?actor ; co:object ?object }"
)
#: The deductions from the confidence, and the thresholds for high and medium: one doubt makes it medium; a date that is
#: only that of somebody's statement makes it medium, and none makes it low.
_DOUBT, _NOUN, _OTHERS, _REPORTED, _UNDATED = 0.2, 0.1, 0.1, 0.2, 0.45
_HIGH, _MEDIUM = 0.85, 0.6


@dataclass(frozen=True)
class Source:
    """The report that was read, in the columns of the tables for a source."""

    publisher: str = ""
    title: str = ""
    date: str = ""
    url: str = ""

    def columns(self) -> dict[str, str]:
        """Return the columns of a source that are filled in."""
        found = {
            "source_publisher": self.publisher,
            "source_title": self.title,
            "source_date": self.date,
            "source_url": self.url,
        }
        return {name: value for name, value in found.items() if value}


@dataclass
class Rows:
    """Rows of acts and statements, other mentions, and notes on the whole text."""

    acts: list[dict[str, Any]] = field(default_factory=list)
    statements: list[dict[str, Any]] = field(default_factory=list)
    #: Acts reported as done, without the date that a row must have.
    undated: list[dict[str, Any]] = field(default_factory=list)
    #: Acts mentioned but not reported as done.
    not_done: list[dict[str, Any]] = field(default_factory=list)
    mentions: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    published: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "published": self.published,
            "acts": self.acts,
            "statements": self.statements,
            "undated": self.undated,
            "not_done": self.not_done,
            "mentions": self.mentions,
            "notes": self.notes,
        }


class ReportReader:
    """Reads reports into rows, using the names and the acts of a store."""

    def __init__(self, store: ox.Store, names: Names | None = None) -> None:
        """Read the names of a store, which takes a moment."""
        self._store = store
        names = names or Names(store)
        self._reader = Reader(names)
        self._labels = {
            iri: name.value for iri, name, is_label in names.named(("Polity", "Organisation")) if is_label
        }

    def read(self, text: str, source: Source) -> Rows:
        """Return the rows found in a text.

        :param source: the report; dates such as "on Wednesday" are relative to its date.
        :raises UnreadableError: if the text cannot be read.
        :raises DateError: if the date of the source is invalid.
        """
        text = checked(text)
        published = bounds(source.date)[0] if len(source.date.rstrip("~?%")) == 10 else None
        if source.date:
            bounds(source.date)
        reading = self._reader.read(text, published)
        rows = Rows(published=reading.published.isoformat() if reading.published else "")
        english = is_english(text)
        if not english:
            rows.notes.append("The text does not seem to be English: only names were looked for.")
        elif reading.published is None:
            rows.notes.append(
                "The day of publication is not known, so that days such as “Wednesday” have no date. Give it."
            )
        rows.mentions = _mentions(reading)
        if not english:
            return rows
        known = self._known(reading)
        rows.acts = [self._act(one, reading, known, source) for one in reading.acts]
        rows.undated = [self._act(one, reading, known, source) for one in reading.undated]
        rows.not_done = [_not_done(one) for one in reading.not_done]
        rows.statements = [
            self._statement(number, one, reading, source) for number, one in enumerate(reading.statements, 1)
        ]
        if not reading.done and not rows.statements:
            rows.notes.append("No act and no statement was found in the text.")
        return rows

    # Acts

    def _known(self, reading: Reading) -> list[KnownAct]:
        """Return the acts in the graph between the parties of each act read, in both directions."""
        sides = {pair for one in reading.done for pair in ((one.actor, one.object), (one.object, one.actor))}
        pairs = " ".join(
            f"({actor} {object_})"
            for one, other in sorted(sides)
            for actor in self._nodes(one)
            for object_ in self._nodes(other)
        )
        if not pairs:
            return []
        nodes = sorted((row["act"] for row in select(self._store, _BETWEEN % pairs)), key=str)
        return [
            act
            for node in nodes
            if isinstance(node, ox.NamedNode) and (act := existing_act(self._store, node))
        ]

    @staticmethod
    def _nodes(party: str) -> tuple[ox.NamedNode, ...]:
        """Return the nodes that the graph may have for a party: a polity, or a government or organisation."""
        return ox.NamedNode(f"{BASE}polity/{party}"), ox.NamedNode(f"{BASE}organisation/{party}")

    def _named(self, party: str) -> str:
        """Return the name of a party or place as used within a sentence."""
        return with_article(self._label(party))

    def _label(self, party: str) -> str:
        return next(
            (self._labels[node.value] for node in self._nodes(party) if node.value in self._labels), party
        )

    def _act(self, one: Act, reading: Reading, known: list[KnownAct], source: Source) -> dict[str, Any]:
        level, reasons = confidence(one, reading)
        date = one.date if one.dated else ""
        row = {"kind": one.kind, "actor": one.actor, "object": one.object, "date": date}
        if one.response_to:
            row["in_response_to"] = ";".join(other.reference for other in one.response_to)
        more = {"capacity": one.capacity, "territory": one.territory}
        row |= {name: value for name, value in more.items() if value}
        told = one.told[0]
        return {
            **row,
            **source.columns(),
            "confidence": level,
            "reasons": reasons,
            "sentence": sentence(one.kind, self._named(one.actor), self._named(one.object),
                                 self._named(one.territory) if one.territory else "a territory"),
            "span": _span(told.sentence, told.start, told.end),
            "also": [_span(other.sentence, other.start, other.end) for other in one.told[1:]],
            "known": matched(one, known),
        }  # fmt: skip

    # Statements

    def _statement(self, number: int, one: Said, reading: Reading, source: Source) -> dict[str, Any]:
        speaker = one.speaker
        acts = [act for act in reading.done if any(told.sentence is one.sentence for told in act.told)]
        about = [act.reference + (f"/{act.date}" if act.dated else "") for act in acts] or list(
            dict.fromkeys(
                party for item in one.sentence.items if item is not speaker and item.kind in ("party", "demonym")
                for party in item.parties
            )
        )  # fmt: skip
        organisation = ", ".join(self._label(party) for party in speaker.parties)
        row = {
            "statement_id": f"s{number:02}",
            "speaker": (speaker.person or organisation) if speaker.kind == "pronoun" else speaker.text,
            "role_of_speaker": "news agency or paper" if speaker.kind == "medium" else speaker.office,
            "organisation": organisation,
            "said_on": one.date or (f"{reading.published}~" if reading.published else ""),
            "about": ";".join(about),
            "claim_in_our_words": "; ".join(
                sentence(act.kind, self._named(act.actor), self._named(act.object)) for act in acts
            ),
            "short_quotation": one.quotation,
            "speaker_id": self._speaker_id(one),
            "speaks_for": ";".join(speaker.parties),
            "kind": one.kind,
            "topic": _TOPICS.get(acts[0].kind, acts[0].kind.replace("_", "-")) if acts else "",
            "relays": acts[0].actor if speaker.kind == "medium" and acts else "",
            "claimed_date": acts[0].date if acts and acts[0].dated else "",
            **source.columns(),
        }
        reasons = [speaker.doubt] if speaker.doubt else []
        if not acts:
            reasons.append("No act stands in the sentence: say in your own words what is claimed.")
        span = _span(one.sentence, speaker.start, speaker.end)
        return {name: value for name, value in row.items() if value} | {
            "name": one.name,
            "confidence": "medium"
            if speaker.doubt or (not speaker.parties and speaker.kind != "medium")
            else "high",
            "reasons": reasons,
            "span": span,
        }

    def _speaker_id(self, one: Said) -> str:
        speaker = one.speaker
        if (
            speaker.kind in ("person", "medium", "office", "pronoun")
            and speaker.value
            and ":" not in speaker.value
        ):
            return speaker.value
        return speaker.parties[0] if speaker.kind == "party" and speaker.parties else ""


def confidence(one: Act, reading: Reading) -> tuple[str, list[str]]:
    """Return the confidence in an act, as in the tables, and the reasons for doubt."""
    best, found = 0.0, list[str]()
    dated = [told for told in one.told if told.date == one.date] or one.told
    for told in dated:
        sure = 1.0 - _DOUBT * len(set(told.doubts))
        sure -= _NOUN * ("told by a noun" in told.reasons)
        sure -= _REPORTED * told.of_publication
        if sure > best:
            best, found = (
                sure,
                [*dict.fromkeys([*told.doubts, *(reason for reason in told.reasons if reason)])],
            )
    if not one.dated:
        best -= _UNDATED
    if one.date:
        found = [reason for reason in found if reason != "The text gives no date."]
    speakers = [
        said for said in reading.statements if any(told.sentence is said.sentence for told in one.told)
    ]
    others = [
        said
        for said in speakers
        if not {one.actor, one.object} & set(said.speaker.parties) and said.speaker.parties
    ]
    if speakers and len(others) == len(speakers):
        best -= _OTHERS
        found.append(f"Only {others[0].speaker.text} says so, which is not a party to it.")
    level = "high" if best >= _HIGH else "medium" if best >= _MEDIUM else "low"
    return level, found


def matched(one: Act, known: list[KnownAct]) -> dict[str, Any]:
    """Return how an act relates to the graph: whether it is known, contradicts it, or is new."""
    same, reversed_ = [], []
    for act in known:
        sides = (identifier(act.actor), identifier(act.object))
        if act.kind == one.kind and (
            sides == (one.actor, one.object) or (one.kind in MUTUAL and set(sides) == {one.actor, one.object})
        ):
            same.append(act)
        elif act.kind == one.kind == "relations_severed" and sides == (one.object, one.actor):
            reversed_.append(act)
    agreeing = [act for act in same if not one.date or overlap(act.edtf, one.date)]
    if agreeing:
        return {"state": "known", "acts": [_reference(act) for act in agreeing],
                "words": "The graph has this act; the report adds a source."}  # fmt: skip
    if same and one.kind not in _REPEATED:
        dates = ", ".join(act.edtf for act in same)
        return {"state": "contradicts", "acts": [_reference(act) for act in same],
                "words": f"The graph dates this act to {dates}."}  # fmt: skip
    if opposite := [act for act in reversed_ if not one.date or overlap(act.edtf, one.date)]:
        return {"state": "contradicts", "acts": [_reference(act) for act in opposite],
                "words": "The graph has the other side as the one that acted."}  # fmt: skip
    return {"state": "new", "acts": [], "words": "The graph does not have this act."}


def _reference(act: KnownAct) -> dict[str, str]:
    return {"iri": act.iri.value, "date": act.edtf}


def _not_done(one: Told) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "actor": one.actor,
        "object": one.object,
        "mood": one.mood,
        "reasons": one.reasons,
        "span": _span(one.sentence, one.start, one.end),
    }


def _span(sentence: Any, start: int, end: int) -> dict[str, int]:
    return {
        "start": start,
        "end": end,
        "paragraph": sentence.paragraph,
        "sentence_start": sentence.start,
        "sentence_end": sentence.end,
    }


def _mentions(reading: Reading) -> list[dict[str, Any]]:
    kinds = {"party": "party", "office": "office", "person": "person", "place": "place", "medium": "medium",
             "demonym": "demonym", "date": "date", "pronoun": "pronoun"}  # fmt: skip
    return [
        {"kind": kinds[item.kind], "text": item.text, "start": item.start, "end": item.end}
        | ({"ids": list(item.parties)} if item.parties else {})
        | ({"date": item.value} if item.kind == "date" and item.value else {})
        for sentence in reading.sentences
        for item in sentence.items
        if item.kind in kinds
    ]
