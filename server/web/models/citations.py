"""Citations of pages, and the sources behind an answer.

The sources are those of the acts, claims and periods in an answer, or else of what is known between its parties.
"""

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import pyoxigraph as ox

from comity.addresses import web_address
from comity.edtf import day as read_day
from comity.edtf import in_words
from comity.errors import ComityError, UnknownError
from comity.explanation.proofs import Proof
from comity.export.packages import NAME, TITLE, made_on
from comity.iris import BASE, PREFIXES, thing
from comity.periods.in_force import POSSIBLE
from comity.questions.questions import THINGS, questions
from comity.server.web.models import recognition, titles
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.stories import STORIES
from comity.sparql.policy import scope_of
from comity.sparql.tokens import tokenize, unescape

#: The number of things in an answer that are considered, and the number of sources returned.
_LOOKED_AT, SOURCES = 300, 50
_ABOUT = """
  ?source rdfs:label ?title .
  OPTIONAL { ?source co:publisher ?publisher }
  OPTIONAL { ?source co:published ?published }
  OPTIONAL { ?source co:url ?url }
  OPTIONAL { ?source co:repositoryPath ?path }
"""
_DIRECT = f"""SELECT DISTINCT ?source ?title ?publisher ?published ?url ?path WHERE {{
  VALUES ?thing {{ %s }}
  {{ ?thing co:evidence/co:source ?source }} UNION {{ ?thing co:reportedBy ?source }}
  UNION {{ ?thing (co:beganBy|co:beganByContinuity|co:endedBy)/co:evidence/co:source ?source }}
  UNION {{ ?thing co:source ?source }} UNION {{ ?thing a co:Source . BIND (?thing AS ?source) }}
  {_ABOUT}
}} ORDER BY ?title ?source LIMIT {SOURCES}"""
_BEGAN = f"""SELECT DISTINCT ?source ?title ?publisher ?published ?url ?path WHERE {{
  VALUES ?period {{ %s }}
  ?period co:continuesPeriod*/co:beganBy/co:evidence/co:source ?source .
  {_ABOUT}
}} ORDER BY ?title ?source LIMIT {SOURCES}"""
#: Kinds of periods of recognition between two parties.
_STATES = (recognition.EXPRESS, recognition.RELATIONS, recognition.FROZEN)
_PARTIES = (BASE + "polity/", BASE + "organisation/")


def of_answer(
    reader: GraphReader, iris: Iterable[str], text: str = "", day: str | None = None
) -> list[dict[str, str]]:
    """Return the sources of the things in an answer.

    :param iris: the IRIs in its rows.
    :param text: the query, whose parties count as named.
    :param day: the day of the snapshot that was queried, if any.
    """
    named = [iri for iri in dict.fromkeys(iris) if iri.startswith(BASE)][:_LOOKED_AT]
    things = [iri for iri in named if not iri.startswith(_PARTIES)]
    found = _rows(reader, _DIRECT % _values(things)) if things else []
    if found:
        return found
    parties = [iri for iri in named if iri.startswith(_PARTIES)]
    others = [iri for iri in dict.fromkeys(mentioned(text)) if iri.startswith(_PARTIES)][
        :_LOOKED_AT
    ] or parties
    return _rows(reader, _BEGAN % _values(_periods(reader, set(parties or others), set(others), day)))


def _periods(reader: GraphReader, some: set[str], others: set[str], day: str | None) -> list[str]:
    """Return the periods of recognition between two sets of parties; with a day, those possibly in force on it."""
    fewer, more = sorted((some, others), key=len)
    return sorted(
        {
            span.period
            for party in fewer
            for span in recognition.spans(reader, party)
            if span.state in _STATES
            and (span.recogniser if span.recognised == party else span.recognised) in more
            and (day is None or span.interval.in_force(day, POSSIBLE))
        }
    )


def mentioned(text: str) -> list[str]:
    """Return the IRIs in a query."""
    listed = list(tokenize(unescape(text)))
    scope = scope_of(listed, dict(PREFIXES))
    return [scope.iri(token) for token in listed if token.kind in {"iri", "name"}]


def of_proof(proof: Proof) -> list[dict[str, str]]:
    """Return the sources that a proof cites."""
    found: dict[str, dict[str, str]] = {}
    for step in proof.walk():
        for one in step.citations:
            pairs = {
                "title": one.title,
                "publisher": one.publisher,
                "published": one.published,
                "url": one.address,
                "quotation": one.quotation,
                "iri": one.source.value,
            }
            found.setdefault(one.source.value, {name: text for name, text in pairs.items() if text})
    return list(found.values())[:SOURCES]


def _rows(reader: GraphReader, text: str) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in reader.rows(text):
        address = web_address(row.get("url", "")) or row.get("path", "")
        details: dict[str, Any] = {
            name: row[name] for name in ("title", "publisher", "published") if name in row
        }
        found.setdefault(
            row["source"], details | ({"url": address} if address else {}) | {"iri": row["source"]}
        )
    return list(found.values())


def _values(iris: Iterable[str]) -> str:
    return " ".join(str(ox.NamedNode(iri)) for iri in iris)


@dataclass(frozen=True)
class Citation:
    """The citation of a page: its content, the version of the graph, and the day on which it was read."""

    title: str
    #: The path of the page with its parameters, without the host.
    path: str
    version: str
    read: str

    @property
    def address(self) -> str:
        """The permanent address, independent of the host that serves the page."""
        return BASE + self.path.removeprefix("/")

    @property
    def made(self) -> str:
        """The day on which the version was created."""
        return made_on(self.version)

    @property
    def text(self) -> str:
        """The citation as a sentence."""
        title = self.title if self.title.startswith(NAME) else f"{NAME}, “{self.title}”"
        day = in_words(self.read)
        return f"{title} ({self.made[:4]}). Version {self.version}, read {day}. {self.address}"

    @property
    def bibtex(self) -> str:
        """The citation as an entry of BibTeX."""
        fields = {
            "author": f"{{{NAME}}}",
            "title": f"{{{_for_latex(self.title)}}}",
            "year": self.made[:4],
            "note": f"Version {self.version}",
            "url": self.address,
            "urldate": self.read,
        }
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
        return f"@misc{{{self._key},\n{lines}}}\n"

    @property
    def ris(self) -> str:
        """The citation in the RIS format."""
        fields = (
            ("TY", "DATA"),
            ("AU", NAME),
            ("TI", self.title),
            ("PY", self.made[:4]),
            ("DA", self.made.replace("-", "/")),
            ("ET", self.version),
            ("PB", NAME),
            ("UR", self.address),
            ("Y2", self.read.replace("-", "/")),
            ("ER", ""),
        )
        return "".join(f"{name}  - {value}\r\n" for name, value in fields)

    @property
    def csl(self) -> str:
        """The citation in the JSON of the Citation Style Language."""
        made, read = ([[int(part) for part in day.split("-")]] for day in (self.made, self.read))
        item = {
            "id": self._key,
            "type": "dataset",
            "title": self.title,
            "author": [{"literal": NAME}],
            "publisher": NAME,
            "version": self.version,
            "issued": {"date-parts": made},
            "accessed": {"date-parts": read},
            "URL": self.address,
            "language": "en",
        }
        return json.dumps([item], ensure_ascii=False, indent=2) + "\n"

    @property
    def _key(self) -> str:
        words = re.sub("[^a-z0-9]+", "-", self.path.partition("?")[0].lower()).strip("-")
        return f"comity-{words or 'site'}-{self.made.replace('-', '')}"


def _for_latex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {letter: f"\\{letter}" for letter in "&%$#_{}"}
    return "".join(special.get(letter, letter) for letter in text)


def of_page(reader: GraphReader, path: str, read: str) -> Citation:
    """Return the citation of a page.

    :param path: its path with parameters: that of the data, a question, map, story or pair, or of a thing in the graph.
    :param read: the day on which it is read.
    :raises UnknownError: if there is no such page, or it cannot be cited.
    :raises DateError: if a day in it is invalid.
    """
    place, _, query = path.partition("?")
    given = dict(parse_qsl(query))
    parts = [unquote(part) for part in place.strip("/").split("/")]
    if parts in ([""], ["data"]):
        title = TITLE
    elif parts[0] == "questions" and len(parts) == 2 and parts[1] in questions():
        title = _asked(reader, parts[1], given)
    elif parts[0] == "timeline" and len(parts) == 2 and parts[1] in STORIES:
        title = STORIES[parts[1]].title
    else:
        title = _of_map(reader, given) if parts == ["map"] else _of_things(reader, place, parts)
        if day := given.get("as_of"):
            title += f", as of {in_words(read_day(day).isoformat())}"
    place = quote(unquote(place), safe="/~:-._")
    return Citation(title, place + (f"?{urlencode(given)}" if given else ""), reader.generation, read)


def _asked(reader: GraphReader, name: str, given: dict[str, str]) -> str:
    """Return the title of a question with its parameters: things by their names, other values with what they are."""
    asked = questions()[name]
    said = []
    for parameter in asked.parameters:
        value = given.get(parameter.name)
        if value and value != parameter.default:
            if parameter.type in THINGS:
                with suppress(ComityError):
                    value = reader.label(reader.names.find(value, parameter.type).value)
                said.append(value)
                continue
            if parameter.type == "date":
                value = in_words(read_day(value).isoformat())
            said.append(f"{parameter.name.replace('_', ' ')} {value}")
    return asked.title + (": " + ", ".join(said) if said else "")


def _of_map(reader: GraphReader, given: dict[str, str]) -> str:
    """Return the title of a map.

    :raises UnknownError: if the graph does not name its subject or the party whose view it shows.
    """
    by, of = given.get("by", ""), given.get("of", "")
    name = reader.named(reader.names.find(by or of, "polity").value)
    title = f"Whom {name} recognises" if by else f"Who recognises {name}"
    if party := given.get("according_to"):
        title += f", on the map as {reader.named(reader.names.find(party, 'party').value)} sees it"
    return title


def _of_things(reader: GraphReader, place: str, parts: list[str]) -> str:
    """Return the title of the page of a pair or of a thing.

    :raises UnknownError: if the graph does not name it.
    """
    if parts[0] == "between" and len(parts) == 3:
        names = [reader.label(reader.names.find(part, "party").value) for part in parts[1:]]
        return " and ".join(names)
    if parts[0] == "polity" and len(parts) == 3 and parts[2] == "counts":
        return f"Why counts of {_of_things(reader, place, parts[:2])} differ"
    iri = thing(*parts).value if len(parts) > 1 and re.fullmatch("[a-z]+", parts[0]) else ""
    if not iri or next(reader.quads(ox.NamedNode(iri), None, None), None) is None:
        raise UnknownError(f"{place[:200]!r} is not the path of a page that can be cited.")
    return titles.called(reader, iri)
