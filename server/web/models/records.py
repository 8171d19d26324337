"""Acts, claims, statements and sources as records, read once from a generation, and the reach of the tables of acts.

The reach of a table in time is given by the newest source read for it, the newest act in it and the number of acts
excluded because they have no source; for the completeness of the record, see :mod:`comity.questions.coverage`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from comity.addresses import web_address
from comity.edtf import in_words, order
from comity.english import capital
from comity.iris import BASE, DCTERMS, FACTS_PREFIX, SKOS, identifier, term
from comity.periods.in_force import NEVER, Interval
from comity.server.web.models.graph_reader import GraphReader, Thing, kept, kept_for_parties
from comity.server.web.models.naming import named_then
from comity.tables.acts import in_capacity

#: For each kind of act: the pattern of a sentence in the past tense, and its colour class in figures.
_VERBS = {
    "recognition": ("{a} recognised {o}", "yes"),
    "withdrawal": ("{a} withdrew its recognition of {o}", "no"),
    "suspension": ("{a} froze its recognition of {o}", "frozen"),
    "non_recognition": ("{a} declared that it does not recognise {o}", "no"),
    "recognition_announced": ("{a} announced that it would recognise {o}", "implied"),
    "recognition_conditional": ("{a} recognised {o} on a condition", "implied"),
    "belligerency_recognised": ("{a} recognised {o} as a belligerent", "implied"),
    "claim_recognised": ("{a} recognised a claim of {o} to {t}", "implied"),
    "relations_established": ("{a} and {o} established relations", "implied"),
    "relations_severed": ("{a} severed relations with {o}", "no"),
    "relations_suspended": ("{a} suspended relations with {o}", "frozen"),
    "relations_restored": ("{a} and {o} restored relations", "implied"),
    "independence_declared": ("{a} declared independence", "ended"),
    "representation_opened": ("{a} opened a representation in {o}", "implied"),
    "accreditation": ("{a} exchanged envoys with {o}", "implied"),
    "annexation": ("{a} proclaimed the annexation of {o}", "no"),
    "use_of_force": ("{a} used force against {o}", "no"),
    "statement": ("{a} made a statement on {o}", "ended"),
    "vote": ("{a} voted on {o}", "ended"),
}


#: The wording for statuses followed by another word than "of" before the party that a claim names: in a sentence, and
#: the word before the party in a table that has the status in another cell.
_WITH_WHOM = {
    "part-of-another-state": ("part of {}", "of"),
    "no-state": ("not a state, but part of {}", "of"),
    "occupied-territory": ("territory occupied by {}", "by"),
    "temporarily-occupied-territory": ("territory temporarily occupied by {}", "by"),
    "annexed-territory": ("territory held to be annexed by {}", "by"),
    "separatist-entity": ("separatist entity within {}", "within"),
    "breakaway-region": ("region that broke away from {}", "from"),
    "legally-invalid-entity": ("entity within {} whose proclamation is held invalid", "within"),
    "territory-under-international-administration": (
        "territory of {} under international administration",
        "of",
    ),
}
#: Each kind of source in words, those that pages name first at the beginning.
NATURES = {
    "official": "official",
    "treaty-or-un": "treaty or document of the United Nations",
    "press": "press",
    "scholarly": "scholarly",
    "encyclopaedia": "encyclopaedia",
    "copy": "copy of another text",
    "forum-or-blog": "forum or blog",
}


@dataclass(frozen=True)
class Source:
    """A page, document or broadcast that facts are based on."""

    iri: str
    title: str
    publisher: str = ""
    published: str = ""
    url: str = ""
    kind: str = ""
    #: The IRIs of the sources that it was read in, if not itself.
    read_in: tuple[str, ...] = ()
    #: The address of an archived copy.
    archived: str = ""

    @property
    def about(self) -> str:
        """Who published it and when."""
        return ", ".join(part for part in (self.publisher, in_words(self.published)) if part)

    @property
    def nature(self) -> str:
        """Its kind in words; empty if that is not informative."""
        return NATURES.get(self.kind, "")


@dataclass(frozen=True)
class Evidence:
    """A piece of evidence: the source, the quotation from it, and the speaker."""

    source: Source
    text: str = ""
    language: str = ""
    speaker: str = ""
    name: str = ""


@dataclass(frozen=True)
class Act:
    """Something a party did, with its sources and what it answered."""

    iri: str
    kind: str
    actor: str
    object: str
    edtf: str
    earliest: str
    latest: str
    sentence: str
    note: str = ""
    #: Official texts first, forums and blogs last.
    sources: list[Source] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    #: The disputes in which another party denies it.
    disputes: list[str] = field(default_factory=list)

    @property
    def dated(self) -> str:
        """Its sentence and its date."""
        return f"{self.sentence}, {in_words(self.edtf)}"

    @property
    def strength(self) -> str:
        """How well its sources attest it, by the rule of the question ``strength-of-evidence``; empty without any."""
        cited = {bool(one.read_in) for one in self.sources if one.kind in ("official", "treaty-or-un")}
        read = [one for one in self.sources if one.kind in ("press", "scholarly") and not one.read_in]
        publishers = {one.publisher or one.iri for one in read}
        if False in cited or len(publishers) > 1:
            return "strong"
        return "fair" if cited or publishers else "weak" if self.sources else ""

    @property
    def colour(self) -> str:
        """The colour class of its kind."""
        return _VERBS[self.kind][1] if self.kind in _VERBS else "ended"

    @property
    def said(self) -> str:
        """The continuation of its sentence: what was stated or how the vote was cast; empty for other kinds."""
        if self.kind == "vote":
            cast = self.note.removeprefix("Voted ")
            return f", {cast[:1].lower()}{cast[1:]}" if cast else ""
        return f": {self.note}" if self.kind == "statement" and self.note else ""


class _Evidenced:
    """What is known of a claim or a statement from its evidence."""

    evidence: list[Evidence]

    @property
    def sources(self) -> list[Source]:
        """Its sources, each once."""
        return list(dict.fromkeys(one.source for one in self.evidence))

    @property
    def quotes(self) -> list[Evidence]:
        """The evidence that quotes the speaker."""
        return [one for one in self.evidence if one.text]


@dataclass(frozen=True)
class Claim(_Evidenced):
    """What a claimant considers a polity to be, with dates and evidence."""

    iri: str
    claimant: str
    about: str
    status: str
    interval: Interval
    whom: str = ""
    since: str = ""
    until: str = ""
    speaker: str = ""
    refuses: bool = False
    evidence: list[Evidence] = field(default_factory=list)


@dataclass(frozen=True)
class Statement(_Evidenced):
    """What somebody said, as reported by a source."""

    iri: str
    claim: str
    speaker: str
    on: str
    evidence: list[Evidence] = field(default_factory=list)


def sentence(
    reader: GraphReader,
    kind: str,
    actor: str,
    object_: str,
    days: tuple[str, str] = (NEVER, NEVER),
    capacity: str = "",
    territory: str = "",
) -> str:
    """Return an act as a sentence in the past tense.

    :param days: its earliest and latest day; the parties are given the names they had then.
    """
    form = _VERBS.get(kind, ("{a}: {k} on {o}", ""))[0]
    told = form.format(
        a=named_then(reader, actor, *days),
        o="itself" if object_ == actor else named_then(reader, object_, *days),
        k=kind.replace("_", " "),
        t=reader.named(territory) if territory else "territory",
    )
    return capital(told) + in_capacity(capacity)


def preposition(status: str) -> str:
    """Return the word between a status, by its IRI, and the party of a claim: occupied *by*, part *of*."""
    return _WITH_WHOM.get(identifier(status), ("", "of"))[1]


def status_in_words(reader: GraphReader, claim: Claim) -> str:
    """Return the status in a claim, with the party that it names: ``autonomous entity of Serbia``."""
    status = reader.label(claim.status).lower()
    if not claim.whom:
        return status
    told, _ = _WITH_WHOM.get(identifier(claim.status), (status + " of {}", ""))
    return told.format(reader.named(claim.whom))


def listed(thing: Thing, day: str, today: str) -> str:
    """Return the continuation of a sentence about a polity that is no longer listed today, or not yet on a day."""
    if (ended := thing.of("ended")) and thing.of("endedEarliest") and thing.of("endedLatest") <= today:
        return f"is listed until {in_words(ended)}"
    if (begun := thing.of("established")) and day < thing.of("establishedEarliest"):
        return f"is listed only from {in_words(begun)} on"
    return ""


def shortened(title: str) -> str:
    """Return the title of a source; for a bare address, its host and its end."""
    if not title.startswith(("http://", "https://")):
        return title
    host, _, path = title.partition("://")[2].removeprefix("www.").partition("/")
    end = identifier(path.partition("?")[0].rstrip("/"))
    return f"{host} … {end[:36]}" if end else host


@kept
def source(reader: GraphReader, iri: str) -> Source:
    """Return a source by its IRI."""
    thing = reader.thing(iri)
    title = shortened(thing.of(DCTERMS + "title") or reader.label(iri))
    publisher, published, kind = map(thing.of, ("publisher", "published", "kind"))
    url, archived = web_address(thing.of("url")), web_address(thing.of("archivedUrl"))
    return Source(iri, title, publisher, published, url, kind, tuple(thing.all("reportedIn")), archived)


def best(sources: list[Source]) -> Source | None:
    """Return the source to name if there is room for only one: official texts first, forums and blogs last."""
    return min(sources, key=_rank, default=None)


def _rank(source: Source) -> int:
    """Return the rank of a kind of source; those without a kind come last."""
    kinds = list(NATURES)
    return kinds.index(source.kind) if source.kind in NATURES else len(kinds)


def evidence(reader: GraphReader, thing: Thing) -> list[Evidence]:
    """Return the evidence for a thing, that of the best kinds of sources first."""
    found = []
    for iri in thing.all("evidence"):
        one = reader.thing(iri)
        if one.of("source"):
            texts = one.terms("text") or [None]
            found += [
                Evidence(
                    source(reader, one.of("source")),
                    getattr(text, "value", ""),
                    getattr(text, "language", "") or "",
                    one.of("speaker"),
                    one.of("speakerName"),
                )
                for text in texts
            ]
    return sorted(found, key=lambda one: _rank(one.source))


@kept
def act(reader: GraphReader, iri: str) -> Act | None:
    """Return an act by its IRI; None if the graph has no dated act with this IRI."""
    thing = reader.thing(iri)
    actor, object_ = thing.of("actor"), thing.of("object")
    if not (actor and object_ and thing.of("earliest")):
        return None
    kind = iri.removeprefix(BASE + "act/").partition("/")[0]
    return Act(
        iri,
        kind,
        actor,
        object_,
        thing.of("edtf"),
        thing.of("earliest"),
        thing.of("latest"),
        sentence(
            reader,
            kind,
            actor,
            object_,
            (thing.of("earliest"), thing.of("latest")),
            thing.of("capacity"),
            thing.of("territory"),
        ),
        thing.of(SKOS + "note"),
        sorted((source(reader, one) for one in thing.all("citesSource")), key=_rank),
        thing.all("inResponseTo"),
        _disputes(reader).get(iri, []),
    )


@kept
def _disputes(reader: GraphReader) -> dict[str, list[str]]:
    """Return the disputes of each act that another party denies."""
    found: dict[str, list[str]] = {}
    for dispute, act in sorted(
        (quad.subject.value, quad.object.value) for quad in reader.quads(None, term("disputes"), None)
    ):
        found.setdefault(act, []).append(dispute)
    return found


@kept_for_parties
def acts_of(reader: GraphReader, party: str) -> list[Act]:
    """Return all acts by a party, on it and on it as a territory, oldest first."""
    iris = dict.fromkeys(
        iri for name in ("actor", "object", "territory") for iri in reader.subjects(name, party)
    )
    found = [one for iri in iris if (one := act(reader, iri))]
    return sorted(found, key=lambda one: (one.earliest, one.latest, one.iri))


def acts_between(
    reader: GraphReader, first: str, last: str, parties: set[str], with_others: bool = False
) -> list[Act]:
    """Return the acts that begin within two days and have some parties on both sides, or on one of them."""
    found = {one.iri: one for party in sorted(parties) for one in acts_of(reader, party)}
    chosen = [
        one
        for one in found.values()
        if first <= one.earliest <= last and (with_others or {one.actor, one.object} <= parties)
    ]
    return sorted(chosen, key=lambda one: (one.earliest, one.latest, one.iri))


def query(parties: Iterable[str], *conditions: str, end: str = "ORDER BY ?day ?last ?act") -> str:
    """Return the SPARQL query for the acts of :func:`acts_of` of some parties.

    :param conditions: lines of its pattern about ``?act``, its first possible ``?day`` and its ``?last``.
    :param end: what follows the pattern.
    """
    values = " ".join(f"<{party}>" for party in parties)
    lines = "".join(f"\n  {line}" for line in conditions)
    return f"""SELECT DISTINCT ?date ?label ?act ?day ?last WHERE {{
  VALUES ?party {{ {values} }}
  ?act co:actor|co:object|co:territory ?party ; a co:Act ; rdfs:label ?label ;
    co:edtf ?date ; co:earliest ?day ; co:latest ?last .{lines}
}} {end}"""


@kept
def claim(reader: GraphReader, iri: str) -> Claim:
    """Return a claim of status by its IRI."""
    thing = reader.thing(iri)
    return Claim(
        iri,
        thing.of("claimant"),
        thing.of("about"),
        thing.of("status"),
        thing.interval(),
        thing.of("ofWhom"),
        thing.of("since"),
        thing.of("until"),
        thing.of("speakerName"),
        thing.of("status") in reader.refusing,
        evidence(reader, thing),
    )


def _claims(reader: GraphReader, side: str, iri: str) -> list[Claim]:
    found = [claim(reader, one) for one in reader.subjects(side, iri) if one.startswith(BASE + "claim/")]
    return sorted(found, key=lambda one: (one.interval.start[1], one.iri))


@kept
def claims_about(reader: GraphReader, iri: str) -> list[Claim]:
    """Return the claims of status about a thing, oldest first."""
    return _claims(reader, "about", iri)


@kept
def claims_by(reader: GraphReader, iri: str) -> list[Claim]:
    """Return the claims of status made by a party, oldest first."""
    return _claims(reader, "claimant", iri)


def statements_on(reader: GraphReader, iri: str) -> list[Statement]:
    """Return the attributed statements about a thing or by it, oldest first."""
    found = {}
    for side in ("about", "speaker", "speaksFor"):
        for one in reader.subjects(side, iri):
            thing = reader.thing(one)
            if thing.of("claimText"):
                found[one] = Statement(
                    one,
                    thing.of("claimText"),
                    thing.of("speaker"),
                    thing.of("saidOn"),
                    evidence(reader, thing),
                )
    return sorted(found.values(), key=lambda one: (one.on, one.iri))


@dataclass(frozen=True)
class Reach:
    """The reach of some acts: their number, the dates of the newest source and of the newest act, their tables."""

    acts: int
    newest_source: str
    newest_act: str
    tables: tuple[str, ...] = ()


@kept
def newest_source(reader: GraphReader) -> str:
    """Return the day of the newest source of any act; empty if none has a date."""
    days = sorted(reader.column("publishedEarliest").items(), key=lambda one: one[1], reverse=True)
    return next((day for source, day in days if _is_of_an_act(reader, source)), "")


def _is_of_an_act(reader: GraphReader, source: str) -> bool:
    cited = reader.quads(None, term("citesSource"), ox.NamedNode(source))
    return any(quad.subject.value.startswith(BASE + "act/") for quad in cited)


@kept
def _tables_of(reader: GraphReader, act: str) -> tuple[str, ...]:
    """Return the tables that have a row of an act, by name."""
    quads = reader.quads(ox.NamedNode(act), term("actor"), None, None)
    graphs = (getattr(quad.graph_name, "value", "") for quad in quads)
    return tuple(graph.removeprefix(FACTS_PREFIX) for graph in graphs if graph.startswith(FACTS_PREFIX))


def reach(reader: GraphReader, acts: list[Act]) -> Reach:
    """Return the reach of some acts."""
    dates = [source.published for act in acts for source in act.sources if source.published]
    names = {name for act in acts for name in _tables_of(reader, act.iri)}
    return Reach(
        len(acts),
        max(dates, key=order, default=""),
        max((act.edtf for act in acts), key=order, default=""),
        tuple(sorted(names)),
    )


@kept
def regions(reader: GraphReader) -> dict[str, str]:
    """Return the region of each polity that has one, by name."""
    rows = reader.rows("SELECT ?polity ?region WHERE { ?polity a co:Polity ; co:region ?region }")
    return {row["polity"]: row["region"] for row in rows}


_TITLES = """SELECT ?s ?title ?publisher WHERE {
  ?s a co:Source ; rdfs:label ?title . OPTIONAL { ?s co:publisher ?publisher }
}"""


@kept
def described(reader: GraphReader) -> dict[str, str]:
    """Return the IRI of each source by its description in answers: its title, or title and publisher."""
    rows = reader.rows(_TITLES)
    named = {f"{row['title']} ({row['publisher']})": row["s"] for row in rows if "publisher" in row}
    return {row["title"]: row["s"] for row in rows} | named
