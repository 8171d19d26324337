"""Acts, sources, claims and periods as plain records, read for one party or one thing at a time."""

from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from comity.edtf import in_words
from comity.iris import BASE, CO, DCTERMS
from comity.server.web.models.graph_reader import GraphReader, Row, kept

#: Each kind of act: how a past sentence goes, and the colour class that stands for it in figures.
_VERBS = {
    "recognition": ("{a} recognised {o}", "yes"),
    "withdrawal": ("{a} withdrew its recognition of {o}", "no"),
    "suspension": ("{a} froze its recognition of {o}", "frozen"),
    "relations_established": ("{a} and {o} established relations", "implied"),
    "relations_severed": ("{a} severed relations with {o}", "no"),
    "relations_suspended": ("{a} suspended relations with {o}", "frozen"),
    "relations_restored": ("{a} and {o} restored relations", "implied"),
    "independence_declared": ("{a} declared independence", "ended"),
    "representation_opened": ("{a} opened a representation in {o}", "implied"),
    "annexation": ("{a} proclaimed the annexation of {o}", "no"),
    "use_of_force": ("{a} used force against {o}", "no"),
    "statement": ("{a} made a statement on {o}", "ended"),
    "vote": ("{a} voted on {o}", "ended"),
}
_ACTS = """
SELECT ?act ?actor ?object ?edtf ?earliest ?latest ?source ?answered ?note WHERE {
  VALUES (?it) { (cop:kosovo) }
  %s
  ?act co:actor ?actor ; co:object ?object ; co:edtf ?edtf ; co:earliest ?earliest ; co:latest ?latest .
  OPTIONAL { ?act co:evidence/co:source ?source }
  OPTIONAL { ?act co:inResponseTo ?answered }
  OPTIONAL { ?act skos:note ?note }
}"""
_EITHER = "{ ?act co:actor ?it } UNION { ?act co:object ?it }"
_CLAIMS = """
SELECT ?claim ?claimant ?about ?status ?whom ?since ?until ?se ?sl ?ee ?el ?speaker ?note ?text ?language ?source
WHERE {
  VALUES (?it) { (cop:kosovo) }
  %s
  ?claim a co:StatusClaim ; co:claimant ?claimant ; co:about ?about ; co:status ?status ;
     co:startEarliest ?se ; co:startLatest ?sl .
  OPTIONAL { ?claim co:since ?since } OPTIONAL { ?claim co:until ?until }
  OPTIONAL { ?claim co:endEarliest ?ee ; co:endLatest ?el }
  OPTIONAL { ?claim co:ofWhom ?whom } OPTIONAL { ?claim co:speakerName ?speaker }
  OPTIONAL { ?claim skos:note ?note }
  OPTIONAL { ?claim co:evidence ?e . ?e co:source ?source
             OPTIONAL { ?e co:text ?text BIND(LANG(?text) AS ?language) } }
} ORDER BY ?sl ?claim"""


@dataclass(frozen=True)
class Source:
    """A page, document or broadcast that facts rest on."""

    iri: str
    title: str
    publisher: str = ""
    published: str = ""
    url: str = ""

    @property
    def about(self) -> str:
        """Who published it and when."""
        return ", ".join(part for part in (self.publisher, in_words(self.published)) if part)


@dataclass
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
    sources: list[Source] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)

    @property
    def colour(self) -> str:
        """The class of colour that stands for its kind."""
        return _VERBS[self.kind][1] if self.kind in _VERBS else "ended"


def kind_of_act(iri: str) -> str:
    """Give the kind of an act from its IRI."""
    return iri.removeprefix(BASE + "act/").partition("/")[0]


def sentence(reader: GraphReader, kind: str, actor: str, object_: str) -> str:
    """Say in the past tense what an act was."""
    form = _VERBS.get(kind, ("{a}: {k} on {o}", ""))[0]
    return form.format(a=reader.label(actor), o=reader.label(object_), k=kind.replace("_", " "))


def shortened(title: str) -> str:
    """Give the title of a source; of a bare address, its host and its end."""
    if not title.startswith(("http://", "https://")):
        return title
    host, _, path = title.partition("://")[2].removeprefix("www.").partition("/")
    end = path.partition("?")[0].rstrip("/").rpartition("/")[2]
    return f"{host} … {end[:36]}" if end else host


@kept
def source(reader: GraphReader, iri: str) -> Source:
    """Return a source by its IRI."""
    values = reader.about(iri)

    def one(predicate: str) -> str:
        return str(values[predicate][0].value) if predicate in values else ""

    title = shortened(one(DCTERMS + "title") or reader.label(iri))
    return Source(iri, title, one(CO + "publisher"), one(CO + "published"), one(CO + "url"))


def _acts(reader: GraphReader, rows: list[Row]) -> list[Act]:
    found: dict[str, Act] = {}
    for row in rows:
        act = found.get(row["act"])
        if act is None:
            kind = kind_of_act(row["act"])
            said = sentence(reader, kind, row["actor"], row["object"])
            act = found[row["act"]] = Act(
                row["act"],
                kind,
                row["actor"],
                row["object"],
                row["edtf"],
                row["earliest"],
                row["latest"],
                said,
                row.get("note", ""),
            )
        if "source" in row:
            named = source(reader, row["source"])
            if named not in act.sources:
                act.sources.append(named)
        if "answered" in row and row["answered"] not in act.answered:
            act.answered.append(row["answered"])
    return sorted(found.values(), key=lambda act: (act.earliest, act.latest, act.iri))


@kept
def acts_of(reader: GraphReader, party: str) -> list[Act]:
    """Return all acts by a party and on it, oldest first."""
    return _acts(reader, reader.rows(_ACTS % _EITHER, it=ox.NamedNode(party)))


def act(reader: GraphReader, iri: str) -> Act | None:
    """Give one act by its IRI."""
    found = _acts(reader, reader.rows(_ACTS % "BIND(?it AS ?act)", it=ox.NamedNode(iri)))
    return found[0] if found else None


def acts_between(
    reader: GraphReader, first: str, last: str, parties: set[str], with_others: bool = False
) -> list[Act]:
    """Give the acts that fall within two days and have some parties on both sides, or on one of them."""
    found = {act.iri: act for party in sorted(parties) for act in acts_of(reader, party)}
    chosen = [
        act
        for act in found.values()
        if first <= act.earliest <= last and (with_others or {act.actor, act.object} <= parties)
    ]
    return sorted(chosen, key=lambda act: (act.earliest, act.latest, act.iri))


def _gathered(rows: list[Row], key: str, reader: GraphReader) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        record = found.setdefault(row[key], {**row, "sources": [], "quotes": []})
        if "source" in row:
            named = source(reader, row["source"])
            if named not in record["sources"]:
                record["sources"].append(named)
            quote = (row.get("text", ""), row.get("language", ""), named)
            if "text" in row and quote not in record["quotes"]:
                record["quotes"].append(quote)
    return list(found.values())


def claims_about(reader: GraphReader, iri: str) -> list[dict[str, Any]]:
    """Give the claims of status about a thing, each with its sources and quotations."""
    return _gathered(reader.rows(_CLAIMS % "?claim co:about ?it .", it=ox.NamedNode(iri)), "claim", reader)


def claims_by(reader: GraphReader, iri: str) -> list[dict[str, Any]]:
    """Give the claims of status that a party makes."""
    return _gathered(reader.rows(_CLAIMS % "?claim co:claimant ?it .", it=ox.NamedNode(iri)), "claim", reader)


_STATEMENTS = """
SELECT ?statement ?speaker ?for ?role ?on ?claim ?text ?language ?source WHERE {
  VALUES (?it) { (cop:kosovo) }
  { ?statement co:about ?it } UNION { ?statement co:speaker ?it } UNION { ?statement co:speaksFor ?it }
  ?statement a co:AttributedStatement ; co:claimText ?claim .
  OPTIONAL { ?statement co:speaker ?speaker } OPTIONAL { ?statement co:speaksFor ?for }
  OPTIONAL { ?statement co:roleOfSpeaker ?role } OPTIONAL { ?statement co:saidOn ?on }
  OPTIONAL { ?statement co:evidence ?e . ?e co:source ?source
             OPTIONAL { ?e co:text ?text BIND(LANG(?text) AS ?language) } }
} ORDER BY ?on ?statement"""


def statements_on(reader: GraphReader, iri: str) -> list[dict[str, Any]]:
    """Give the attributed statements about a thing or by it."""
    return _gathered(reader.rows(_STATEMENTS, it=ox.NamedNode(iri)), "statement", reader)


_EVIDENCE = """
SELECT ?evidence ?source ?text ?language ?speaker ?name WHERE {
  VALUES (?it) { (cop:kosovo) }
  ?it co:evidence ?evidence . ?evidence co:source ?source .
  OPTIONAL { ?evidence co:text ?text BIND(LANG(?text) AS ?language) }
  OPTIONAL { ?evidence co:speaker ?speaker } OPTIONAL { ?evidence co:speakerName ?name }
}"""


def evidence(reader: GraphReader, iri: str) -> list[dict[str, Any]]:
    """Give the evidence of a thing: each source with what is quoted from it and who says it."""
    rows = reader.rows(_EVIDENCE, it=ox.NamedNode(iri))
    return [{**row, "from": source(reader, row["source"])} for row in rows]


def in_force(row: Row, day: str, reading: str = "certain") -> bool:
    """Tell whether what a row dates by startEarliest … endLatest (se, sl, ee, el) holds on a day."""
    start, end = ("sl", "ee") if reading == "certain" else ("se", "el")
    return row.get(start, "9999") <= day and (end not in row or row[end] > day)
