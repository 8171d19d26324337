"""The sources behind an answer: of the acts, claims and periods in it, else of what is known between its parties."""

from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from comity.explanation.proofs import Proof
from comity.iris import BASE, PREFIXES
from comity.periods.in_force import POSSIBLE
from comity.server.web.models import recognition
from comity.server.web.models.graph_reader import GraphReader
from comity.sparql.policy import scope_of
from comity.sparql.tokens import tokens, unescape

#: How many things of an answer are looked at, and how many sources are returned.
THINGS, SOURCES = 300, 50
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
#: Periods that say how one party recognises another.
_STATES = (recognition.EXPRESS, recognition.RELATIONS, recognition.FROZEN)
_PARTIES = (BASE + "polity/", BASE + "organisation/")


def of_answer(
    reader: GraphReader, iris: Iterable[str], text: str = "", day: str | None = None
) -> list[dict[str, str]]:
    """Return the sources of what an answer names.

    :param iris: the IRIs in its rows.
    :param text: the query, whose parties count as named.
    :param day: the day of the snapshot that was asked, if it was one.
    """
    named = [iri for iri in dict.fromkeys(iris) if iri.startswith(BASE)][:THINGS]
    things = [iri for iri in named if not iri.startswith(_PARTIES)]
    found = _rows(reader, _DIRECT % _values(things)) if things else []
    if found:
        return found
    parties = [iri for iri in named if iri.startswith(_PARTIES)]
    others = [iri for iri in dict.fromkeys(mentioned(text)) if iri.startswith(_PARTIES)][:THINGS] or parties
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
    """Return the IRIs that a query names."""
    listed = list(tokens(unescape(text)))
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
        address = row.get("url") or row.get("path", "")
        details: dict[str, Any] = {
            name: row[name] for name in ("title", "publisher", "published") if name in row
        }
        found.setdefault(
            row["source"], details | ({"url": address} if address else {}) | {"iri": row["source"]}
        )
    return list(found.values())


def _values(iris: Iterable[str]) -> str:
    return " ".join(str(ox.NamedNode(iri)) for iri in iris)
