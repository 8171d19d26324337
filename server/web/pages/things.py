"""The page of any other thing: what it is in a sentence, all that is said of it, and what points at it."""

from collections import Counter
from typing import Any

import pyoxigraph as ox
from flask import request

from comity.edtf import in_words
from comity.iris import BASE, CO, DCTERMS, GEO, INFERRED, PERIODS, PROVENANCE, RDF, RDFS, SKOS, term
from comity.server.problems import Problem
from comity.server.web import view_context
from comity.server.web.models import records
from comity.server.web.models.graph_reader import KINDS, GraphReader, Row, kept
from comity.server.web.view_context import graph_reader

_HIDDEN = {RDF + "type", RDFS + "label", SKOS + "prefLabel"}
#: What may be many is cut here; the RDF has it all.
MOST = 60
_NAMES = {
    SKOS + "altLabel": "also called",
    SKOS + "note": "note",
    SKOS + "definition": "definition",
    SKOS + "broader": "broader",
    SKOS + "inScheme": "scheme",
    SKOS + "exactMatch": "same as",
    DCTERMS + "title": "title",
    DCTERMS + "source": "source",
    GEO + "lat": "latitude",
    GEO + "long": "longitude",
}
_KINDS = {
    "organisation": "Organisations",
    "person": "People",
    "place": "Places",
    "statement": "Statements",
    "source": "Sources",
    "evidence": "Evidence",
    "claim": "Claims",
    "membership": "Memberships",
    "succession": "Successions",
    "document": "Documents",
    "office": "Offices",
    "name": "Names",
    "status": "Statuses",
    "period": "Periods",
    "rivalry": "Rivalries",
}


def thing_context(iri: str) -> dict[str, Any]:
    """Give what the template shows of a thing of any kind."""
    reader, now = graph_reader(), view_context.current()
    told = reader.about(iri)
    folder = iri.removeprefix(BASE).partition("/")[0]
    name = headline(reader, folder, iri, told)
    return {
        "iri": iri,
        "name": name,
        "folder": folder,
        "trail": [(_KINDS[folder], "/" + folder), (name, None)],
        "types": types(reader, told),
        "value": Values(reader, told),
        "properties": properties(reader, iri, told),
        "incoming": incoming(reader, iri),
        "evidence": records.evidence(reader, iri),
        **_more(reader, folder, iri, now),
    }


class Values:
    """The values of a thing's properties, for templates: ``value.of("claimText")``."""

    def __init__(self, reader: GraphReader, told: dict[str, Any]) -> None:
        self._told = told
        self._reader = reader

    def of(self, name: str) -> str:
        """Give one value of a property, empty where there is none."""
        values = self._told.get(name if name.startswith("http") else CO + name)
        return str(values[0].value) if values else ""

    def all(self, name: str) -> list[str]:
        """Give all values of a property."""
        values = self._told.get(name if name.startswith("http") else CO + name, [])
        return sorted(str(value.value) for value in values)


def headline(reader: GraphReader, folder: str, iri: str, told: dict[str, Any]) -> str:
    """Give what a thing is called at the head of its page."""
    value = Values(reader, told)
    if folder == "statement":
        return value.of("claimText") or reader.label(iri)
    if folder == "period":
        kind, a, b, start = iri.removeprefix(BASE + "period/").split("/", 3)
        one, other = reader.label(f"{BASE}polity/{a}"), reader.label(f"{BASE}polity/{b}")
        words = {
            "recognition": "{} recognises {}",
            "relations": "Relations of {} and {}",
            "freeze": "{} freezes its recognition of {}",
        }
        return words.get(kind, "{} and {}").format(one, other) + ", from " + in_words(start)
    if folder == "evidence":
        return "Evidence from " + (reader.label(value.of("source")) if value.of("source") else "a source")
    label = reader.label(iri)
    return label[:1].upper() + label[1:]


def types(reader: GraphReader, told: dict[str, Any]) -> list[tuple[str, str]]:
    """Give the classes of the ontology that a thing is in: IRI and label."""
    found = [(value.value, reader.label(value.value)) for value in told.get(RDF + "type", [])]
    return sorted((one for one in found if one[0].startswith(CO)), key=lambda one: one[1])


def properties(reader: GraphReader, iri: str, told: dict[str, Any]) -> list[dict[str, Any]]:
    """Give all that is said of a thing, by property, with a mark on what is derived."""
    node = ox.NamedNode(iri)
    derived = {
        (quad.predicate.value, str(quad.object))
        for graph in (INFERRED, PERIODS)
        for quad in reader.quads(node, None, None, graph)
    }
    found = []
    for predicate, values in told.items():
        if predicate in _HIDDEN:
            continue
        cells = [
            {
                "term": value,
                "iri": value.value if isinstance(value, ox.NamedNode) else "",
                "text": reader.label(value.value) if isinstance(value, ox.NamedNode) else value.value,
                "language": getattr(value, "language", None),
                "derived": (predicate, str(value)) in derived,
            }
            for value in values
        ]
        cells.sort(key=lambda cell: str(cell["text"]).casefold())
        name = _NAMES.get(predicate) or reader.label(predicate)
        found.append({"predicate": predicate, "name": name, "cells": cells[:MOST], "more": len(cells) - MOST})
    return sorted(found, key=lambda one: str(one["name"]))


def incoming(reader: GraphReader, iri: str) -> list[dict[str, Any]]:
    """Give what points at a thing, by property."""
    found: dict[str, list[str]] = {}
    for quad in reader.pointing(iri):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(BASE):
            found.setdefault(quad.predicate.value, []).append(quad.subject.value)
    return [
        {
            "name": _NAMES.get(predicate) or reader.label(predicate),
            "things": sorted(things, key=lambda one: reader.label(one).casefold())[:MOST],
            "more": len(things) - MOST,
        }
        for predicate, things in sorted(found.items(), key=lambda item: reader.label(item[0]))
    ]


def _more(reader: GraphReader, folder: str, iri: str, now: view_context.ViewContext) -> dict[str, Any]:
    """What only some kinds have: an organisation its members and claims, a speaker what it says."""
    found: dict[str, Any] = {"members": [], "own_claims": [], "statements": [], "acts": [], "claims": []}
    if folder == "organisation":
        pairs = reader.pairs(now.day, now.reading, "membership")
        members = {one.value for one, other in pairs if other.value == iri}
        found["members"] = sorted(members, key=lambda one: reader.label(one).casefold())
        found["own_claims"] = [
            one for one in records.claims_by(reader, iri) if records.in_force(one, now.day, now.reading)
        ]
        found["acts"] = records.acts_of(reader, iri)
    if folder in ("organisation", "person", "document", "place"):
        found["statements"] = records.statements_on(reader, iri)
    if folder == "status":
        quads = reader.quads(None, term("status"), ox.NamedNode(iri))
        found["claims"] = sorted((quad.subject.value for quad in quads), key=reader.label)
    return found


_RELATED = """
SELECT DISTINCT ?role ?other WHERE {
  VALUES (?it) { (cop:kosovo) }
  { ?it co:inResponseTo ?other BIND("answered" AS ?role) }
  UNION { ?other co:inResponseTo ?it BIND("answers" AS ?role) }
  UNION { ?it co:reverses ?other BIND("reversed" AS ?role) }
  UNION { ?other co:reverses ?it BIND("reversal" AS ?role) }
  UNION { ?it co:consequentTo ?other BIND("before" AS ?role) }
  UNION { ?other co:consequentTo ?it BIND("after" AS ?role) }
}"""
_PERIODS = """
SELECT ?role ?period ?class WHERE {
  VALUES (?it) { (cop:kosovo) }
  { ?period co:beganBy ?it BIND("began" AS ?role) } UNION { ?period co:endedBy ?it BIND("ended" AS ?role) }
  ?period a ?class .
  FILTER (?class IN (co:RecognitionPeriod, co:RelationsPeriod, co:FreezePeriod,
    co:BrokenRelationsPeriod, co:SuspendedRelationsPeriod))
}"""


def act_context(iri: str) -> dict[str, Any]:
    """Give what the template of an act's page shows."""
    reader = graph_reader()
    act = records.act(reader, iri)
    assert act is not None
    told = reader.about(iri)
    related = _related(reader, iri)
    direct = {one.iri for role in ("answered", "answers", "reversed", "reversal") for one in related[role]}
    node = ox.NamedNode(iri)
    rows = reader.quads(node, term("tableRow"), None, PROVENANCE)
    return {
        "iri": iri,
        "act": act,
        "name": act.sentence,
        "trail": [
            ("Polities", "/polity"),
            (reader.label(act.object), "/" + act.object.split("/", 4)[4]),
            (act.sentence, None),
        ],
        "instrument": [value.value for value in told.get(CO + "instrument", [])],
        "confidence": [value.value for value in told.get(CO + "confidence", [])],
        "notes": [value.value for value in told.get(SKOS + "note", [])],
        "evidence": records.evidence(reader, iri),
        "related": related,
        "before": [one for one in related["before"] if one.iri not in direct],
        "after": [one for one in related["after"] if one.iri not in direct],
        "periods": reader.rows(_PERIODS, it=node),
        "statements": records.statements_on(reader, iri),
        "lines": sorted(quad.object.value for quad in rows),
        "types": types(reader, told),
        "properties": properties(reader, iri, told),
    }


def _related(reader: GraphReader, iri: str) -> dict[str, list[records.Act]]:
    found: dict[str, list[records.Act]] = {
        role: [] for role in ("answered", "answers", "reversed", "reversal", "before", "after")
    }
    rows: list[Row] = reader.rows(_RELATED, it=ox.NamedNode(iri))
    for row in rows:
        other = records.act(reader, row["other"])
        if other is not None:
            found[row["role"]].append(other)
    for acts in found.values():
        acts.sort(key=lambda act: (act.earliest, act.latest, act.iri))
    return found


#: How many things one page of a long index lists.
LENGTH = 250
_INDEXES = {
    "organisation": ("Organisation", "Organisations and bodies"),
    "person": ("Person", "People"),
    "place": ("Place", "Places"),
    "act": ("Act", "Acts"),
    "statement": ("AttributedStatement", "Attributed statements"),
    "source": ("Source", "Sources"),
    "evidence": ("Evidence", "Evidence"),
    "claim": ("StatusClaim", "Claims of status"),
    "membership": ("Membership", "Memberships"),
    "succession": ("Succession", "Successions"),
    "document": ("Document", "Documents"),
    "office": ("OfficeHolding", "Offices held"),
    "name": ("NameUse", "Names in use"),
    "period": ("Period", "Periods"),
    "rivalry": ("Rivalry", "Rivalries"),
}


def index_context(folder: str) -> dict[str, Any]:
    """Give what the template of an index shows."""
    reader = graph_reader()
    if folder == "polity":
        return _polities(reader)
    if folder == "status":
        return _page_of("Statuses", _statuses(reader))
    name, title = _INDEXES[folder]
    return _page_of(title, _listed(reader, name))


@kept
def _listed(reader: GraphReader, name: str) -> list[str]:
    return reader.of_class(name)


def _statuses(reader: GraphReader) -> list[str]:
    rows = reader.rows(f"SELECT ?s WHERE {{ ?s a skos:Concept ; skos:inScheme <{BASE}status> }}")
    return sorted((row["s"] for row in rows), key=reader.label)


def _page_of(title: str, things: list[str]) -> dict[str, Any]:
    text = request.args.get("page", "1")
    last = max(1, -(-len(things) // LENGTH))
    if not text.isdigit() or not 1 <= int(text) <= last:
        raise Problem(404, "no-such-page", f"page: {text[:20]!r} is not there.", hint=f"There are {last}.")
    number = int(text)
    return {
        "title": title,
        "trail": [(title, None)],
        "things": things[(number - 1) * LENGTH : number * LENGTH],
        "total": len(things),
        "page": number,
        "last": last,
        "groups": [],
    }


def _polities(reader: GraphReader) -> dict[str, Any]:
    now = view_context.current()
    number = Counter(other.value for _, other in reader.pairs(now.day, now.reading, "recognises"))
    groups: dict[str, list[tuple[str, int]]] = {}
    for iri in sorted(reader.kinds, key=lambda one: reader.label(one).casefold()):
        groups.setdefault(reader.kinds[iri], []).append((iri, number[iri]))
    order = [
        "de_facto",
        "former_de_facto",
        "un_observer",
        "associated_state",
        "other",
        "former_state",
        "un_member",
    ]
    return {
        "title": "Polities",
        "trail": [("Polities", None)],
        "groups": [(_plural(KINDS[kind]), groups[kind]) for kind in order if kind in groups],
        "total": len(reader.kinds),
        "things": [],
        "page": 1,
        "last": 1,
        "catalogue": CO + "Polity",
    }


def _plural(words: str) -> str:
    """Give the plural of the first noun: ``member state of …`` is member states of …"""
    for noun, many in (("entity", "entities"), ("state", "states"), ("polity", "polities")):
        if noun in words:
            return words.replace(noun, many, 1)
    return words
