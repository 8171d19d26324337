"""The page of any other thing: what it is in a sentence, all that is said of it, and what points at it."""

from typing import Any

import pyoxigraph as ox

from comity.iris import BASE, CO, DCTERMS, GEO, INFERRED, PERIODS, RDF, RDFS, SKOS, term
from comity.server.web import control, records
from comity.server.web.reading import Reader, reader

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


def context(iri: str) -> dict[str, Any]:
    """Give what the template shows of a thing of any kind."""
    known, now = reader(), control.moment()
    told = known.about(iri)
    folder = iri.removeprefix(BASE).partition("/")[0]
    name = headline(known, folder, iri, told)
    return {
        "iri": iri,
        "name": name,
        "folder": folder,
        "trail": [(_KINDS[folder], "/" + folder), (name, None)],
        "types": types(known, told),
        "value": Values(known, told),
        "properties": properties(known, iri, told),
        "incoming": incoming(known, iri),
        "evidence": records.evidence(known, iri),
        **_more(known, folder, iri, now),
    }


class Values:
    """The values of a thing's properties, for templates: ``value.of("claimText")``."""

    def __init__(self, known: Reader, told: dict[str, Any]) -> None:
        self._told = told
        self._known = known

    def of(self, name: str) -> str:
        """Give one value of a property, empty where there is none."""
        values = self._told.get(name if name.startswith("http") else CO + name)
        return str(values[0].value) if values else ""

    def all(self, name: str) -> list[str]:
        """Give all values of a property."""
        values = self._told.get(name if name.startswith("http") else CO + name, [])
        return sorted(str(value.value) for value in values)


def headline(known: Reader, folder: str, iri: str, told: dict[str, Any]) -> str:
    """Give what a thing is called at the head of its page."""
    value = Values(known, told)
    if folder == "statement":
        return value.of("claimText") or known.label(iri)
    if folder == "period":
        kind, a, b, start = iri.removeprefix(BASE + "period/").split("/", 3)
        one, other = known.label(f"{BASE}polity/{a}"), known.label(f"{BASE}polity/{b}")
        words = {
            "recognition": "{} recognises {}",
            "relations": "Relations of {} and {}",
            "freeze": "{} freezes its recognition of {}",
        }
        return words.get(kind, "{} and {}").format(one, other) + ", from " + control.in_words(start)
    if folder == "evidence":
        return "Evidence from " + (known.label(value.of("source")) if value.of("source") else "a source")
    label = known.label(iri)
    return label[:1].upper() + label[1:]


def types(known: Reader, told: dict[str, Any]) -> list[tuple[str, str]]:
    """Give the classes of the ontology that a thing is in: IRI and label."""
    found = [(value.value, known.label(value.value)) for value in told.get(RDF + "type", [])]
    return sorted((one for one in found if one[0].startswith(CO)), key=lambda one: one[1])


def properties(known: Reader, iri: str, told: dict[str, Any]) -> list[dict[str, Any]]:
    """Give all that is said of a thing, by property, with a mark on what is derived."""
    node = ox.NamedNode(iri)
    derived = {
        (quad.predicate.value, str(quad.object))
        for graph in (INFERRED, PERIODS)
        for quad in known.quads(node, None, None, graph)
    }
    found = []
    for predicate, values in told.items():
        if predicate in _HIDDEN:
            continue
        cells = [
            {
                "term": value,
                "iri": value.value if isinstance(value, ox.NamedNode) else "",
                "text": known.label(value.value) if isinstance(value, ox.NamedNode) else value.value,
                "language": getattr(value, "language", None),
                "derived": (predicate, str(value)) in derived,
            }
            for value in values
        ]
        cells.sort(key=lambda cell: str(cell["text"]).casefold())
        name = _NAMES.get(predicate) or known.label(predicate)
        found.append({"predicate": predicate, "name": name, "cells": cells[:MOST], "more": len(cells) - MOST})
    return sorted(found, key=lambda one: str(one["name"]))


def incoming(known: Reader, iri: str) -> list[dict[str, Any]]:
    """Give what points at a thing, by property."""
    found: dict[str, list[str]] = {}
    for quad in known.pointing(iri):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(BASE):
            found.setdefault(quad.predicate.value, []).append(quad.subject.value)
    return [
        {
            "name": _NAMES.get(predicate) or known.label(predicate),
            "things": sorted(things, key=lambda one: known.label(one).casefold())[:MOST],
            "more": len(things) - MOST,
        }
        for predicate, things in sorted(found.items(), key=lambda item: known.label(item[0]))
    ]


def _more(known: Reader, folder: str, iri: str, now: control.Moment) -> dict[str, Any]:
    """What only some kinds have: an organisation its members and claims, a speaker what it says."""
    found: dict[str, Any] = {"members": [], "own_claims": [], "statements": [], "acts": [], "claims": []}
    if folder == "organisation":
        pairs = known.pairs(now.day, now.reading, "membership")
        members = {one.value for one, other in pairs if other.value == iri}
        found["members"] = sorted(members, key=lambda one: known.label(one).casefold())
        found["own_claims"] = [
            one for one in records.claims_by(known, iri) if control.in_force(one, now.day, now.reading)
        ]
        found["acts"] = records.acts_of(known, iri)
    if folder in ("organisation", "person", "document", "place"):
        found["statements"] = records.statements_on(known, iri)
    if folder == "status":
        quads = known.quads(None, term("status"), ox.NamedNode(iri))
        found["claims"] = sorted((quad.subject.value for quad in quads), key=known.label)
    return found
