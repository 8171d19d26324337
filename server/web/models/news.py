"""What is new: acts by the day on which they took place, and by the change that added them to the record."""

from collections.abc import Iterable
from dataclasses import dataclass

from comity.edtf import in_words
from comity.iris import BASE
from comity.server.http import feeds
from comity.server.web.models import records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.records import Act, Source
from comity.store.changelog import ChangeLog
from comity.store.outlines import Outline

#: What a change did to an act.
NEW, CORRECTED, REMOVED = "new", "corrected", "removed"


@dataclass(frozen=True)
class News:
    """What a change of the record did to an act."""

    act: str
    what: str
    sentence: str
    date: str
    parties: frozenset[str]
    record: Outline
    known: Act | None


def of_record(reader: GraphReader, log: ChangeLog, record: Outline, party: str = "") -> list[News]:
    """Return what an accepted change did to acts, or only to those by or on a party, newest act first."""
    found = []
    for act in log.acts(record.number, party):
        iri = act.iri
        what = (
            NEW if act.added and not act.removed else REMOVED if act.removed and not act.added else CORRECTED
        )
        known = records.act(reader, iri)
        if what == REMOVED and known:  # Another table still contains it.
            what = CORRECTED
        parties = act.parties or (frozenset((known.actor, known.object)) if known else frozenset())
        kind, date = _named(iri)
        sentence = known.sentence if known else _sentence(reader, iri, kind)
        if not party or party in parties:
            found.append(News(iri, what, sentence, known.edtf if known else date, parties, record, known))
    return sorted(found, key=lambda one: (one.date, one.act), reverse=True)


def of_records(reader: GraphReader, log: ChangeLog, those: Iterable[Outline], party: str = "") -> list[News]:
    """Return what accepted changes did to acts, or only to those by or on a party, newest change first."""
    accepted = (one for one in those if one.kind in ("change", "build"))
    return [one for record in accepted for one in of_record(reader, log, record, party)]


def _named(iri: str) -> tuple[str, str]:
    """Return the kind and the date of an act by its IRI."""
    kind, _, rest = iri.removeprefix(BASE + "act/").partition("/")
    return kind, "/".join(rest.split("/")[2:])


def _sentence(reader: GraphReader, iri: str, kind: str) -> str:
    """Return a description of an act that is no longer in the graph."""
    actor, _, rest = iri.removeprefix(f"{BASE}act/{kind}/").partition("/")
    return records.sentence(reader, kind, _party(reader, actor), _party(reader, rest.partition("/")[0]))


def _party(reader: GraphReader, name: str) -> str:
    polity, body = (f"{BASE}{folder}/{name}" for folder in ("polity", "organisation"))
    return polity if polity in reader.kinds else body


def _cited(sources: Iterable[Source]) -> tuple[tuple[str, str], ...]:
    """Return sources in the form used in feed entries: title and publisher, and the address."""
    return tuple((", ".join(filter(None, (one.title, one.about))), one.url) for one in sources)


def entry(root: str, act: Act) -> feeds.Entry:
    """Return an act as an entry of a feed or a calendar.

    :param root: the address of the server, with a trailing slash.
    """
    date = in_words(act.edtf)
    return feeds.Entry(
        act.iri,
        root + act.iri.removeprefix(BASE),
        f"{act.sentence}, {date}" if act.earliest != act.latest else act.sentence,
        feeds.midnight(act.earliest),
        f"{date[:1].upper()}{date[1:]}.{' ' + act.note if act.note else ''}",
        "",
        _cited(act.sources),
        act.earliest,
        act.latest,
    )


def entry_of_change(root: str, one: News) -> feeds.Entry:
    """Return what a change did to an act as an entry of a feed."""
    path = one.act.removeprefix(BASE)
    does = {NEW: "New", CORRECTED: "Corrected", REMOVED: "Removed"}[one.what]
    return feeds.Entry(
        f"{BASE}change/{one.record.number}#{path}",
        f"{root}{path}" if one.what != REMOVED else f"{root}changes/{one.record.number}",
        f"{does}: {one.sentence}, {in_words(one.date)}",
        one.record.time,
        one.record.reason,
        one.record.agent,
        _cited(one.known.sources if one.known else []),
    )
