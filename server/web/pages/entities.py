"""Every IRI of the project as a page, and in the forms of RDF: /polity/…, /act/…, /source/… and their indexes."""

import io
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request

from comity import jsonld
from comity.addresses import web_address
from comity.changes.history import tombstone
from comity.edtf import dated, in_words
from comity.english import filing_name
from comity.iris import (
    BASE,
    CO,
    DCTERMS,
    GEO,
    INFERRED,
    LABEL,
    PERIODS,
    PREFIXES,
    PROPOSALS,
    PROVENANCE,
    RDF,
    RDFS,
    SKOS,
    term,
    thing,
)
from comity.questions.lookup import folder_of
from comity.server.http import formats
from comity.server.http.formats import CSV, PARQUET, Format, requested
from comity.server.http.openapi import MOMENT, operation
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.processes.worker import RDF_FORMATS
from comity.server.web import render, view_context
from comity.server.web.models import governments, records, titles
from comity.server.web.models.graph_reader import GraphReader, Thing
from comity.server.web.pages import indexes, polity
from comity.server.web.pages.indexes import FOLDERS
from comity.server.web.view_context import ViewContext, graph_reader
from comity.store.changelog import ChangeLog
from comity.store.records import NQuads, Record
from comity.wellformed import xml

blueprint = Blueprint("entities", __name__)
#: The number of values and mentions shown on a page; the RDF has them all.
MOST = 60
_EVIDENCED = """SELECT DISTINCT ?thing WHERE {
  VALUES (?source) { (UNDEF) }
  ?evidence co:source ?source .
  ?thing co:evidence ?evidence
}"""
_HIDDEN = {RDF + "type", RDFS + "label", SKOS + "prefLabel"}
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
#: The relations between acts, by property; inverse if it begins with ^.
_RELATED = {
    "answered": "inResponseTo",
    "answers": "^inResponseTo",
    "reversed": "reverses",
    "reversal": "^reverses",
    "before": "consequentTo",
    "after": "^consequentTo",
}
#: The formats of a thing, and those named by a suffix of its address.
FORMS = (
    formats.HTML,
    formats.TURTLE,
    formats.JSONLD,
    formats.NTRIPLES,
    formats.RDFXML,
    formats.TRIG,
    formats.NQUADS,
)
SUFFIXES = {
    "ttl": formats.TURTLE,
    "jsonld": formats.JSONLD,
    "nt": formats.NTRIPLES,
    "rdf": formats.RDFXML,
    "trig": formats.TRIG,
    "nq": formats.NQUADS,
    "html": formats.HTML,
}
_FOLDERS = f"any({', '.join(FOLDERS)})"
#: The class of schema.org of each kind of thing, and more properties of schema.org from those of the ontology.
_CLASSES = {
    # A contested polity is a place under every view; whether it is a country is not ours to say.
    "polity": "Place",
    "place": "Place",
    "organisation": "Organization",
    "person": "Person",
    "source": "CreativeWork",
    "document": "CreativeWork",
    "statement": "Claim",
    "claim": "Claim",
    "act": "Event",
    "status": "DefinedTerm",
}
_DETAILS = {
    "act": (("startDate", CO + "earliest"), ("endDate", CO + "latest")),
    "source": (("publisher", CO + "publisher"), ("datePublished", CO + "published"), ("url", CO + "url")),
    "statement": (("text", CO + "claimText"), ("datePublished", CO + "saidOn")),
    "organisation": (("foundingDate", CO + "founded"),),
}
#: A date in schema.org, which has no EDTF qualifiers.
_CALENDAR_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


def thing_context(iri: str) -> dict[str, Any]:
    """Return what the template shows of a thing of any kind."""
    reader, now = graph_reader(), view_context.current()
    thing, folder = reader.thing(iri), folder_of(iri)
    name = _headline(reader, folder, thing)
    return {
        "iri": iri,
        "name": name,
        "folder": folder,
        "trail": [(FOLDERS[folder][1], "/" + folder), (name, None)],
        "types": _types(reader, thing),
        "value": thing,
        "properties": _properties(reader, thing),
        "incoming": _resting(reader, iri) if folder == "source" else _incoming(reader, iri),
        "evidence": records.evidence(reader, thing),
        "natures": records.NATURES,
        **_more(reader, folder, iri, now),
    }


def _headline(reader: GraphReader, folder: str, thing: Thing) -> str:
    """Return the heading of a thing's page."""
    label = reader.label(thing.iri)
    if folder == "statement":
        speaker = thing.of("speaker")
        told = thing.of("claimText") or label
        return f"{reader.label(speaker)}: {told}" if speaker else told
    if folder in ("period", "succession"):
        return titles.called(reader, thing.iri)
    if folder == "evidence":
        return "Evidence from " + (reader.label(thing.of("source")) if thing.of("source") else "a source")
    return label[:1].upper() + label[1:]


def _types(reader: GraphReader, thing: Thing) -> list[tuple[str, str]]:
    """Return the narrowest classes of the ontology that a thing is in: IRI and label."""
    classes = [iri for iri in thing.all("a") if iri.startswith(CO)]
    wider = {
        quad.object.value
        for iri in classes
        for quad in reader.quads(ox.NamedNode(iri), ox.NamedNode(RDFS + "subClassOf"), None)
        if quad.object.value != iri
    }
    found = [(iri, reader.label(iri)) for iri in classes if iri not in wider]
    return sorted(found, key=lambda one: one[1])


def _properties(reader: GraphReader, thing: Thing) -> list[dict[str, Any]]:
    """Return all statements about a thing, by property, marking derived ones."""
    derived = {
        (quad.predicate.value, str(quad.object))
        for graph in (INFERRED, PERIODS)
        for quad in reader.quads(ox.NamedNode(thing.iri), None, None, graph)
    }
    found = []
    for predicate, values in thing.values.items():
        if predicate in _HIDDEN:
            continue
        cells = [
            {
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


def _incoming(reader: GraphReader, iri: str) -> list[dict[str, Any]]:
    """Return what refers to a thing, by kind, except the claims of a status, which are already on its page."""
    pointing = {quad.subject.value for quad in reader.pointing(iri) if isinstance(quad.subject, ox.NamedNode)}
    shown = "claim" if folder_of(iri) == "status" else ""
    return _by_kind(reader, (one for one in pointing if folder_of(one) != shown))


def _resting(reader: GraphReader, iri: str) -> list[dict[str, Any]]:
    """Return what has evidence from a source itself, by kind, and the sources known through it."""
    found = _by_kind(reader, (row["thing"] for row in reader.rows(_EVIDENCED, source=ox.NamedNode(iri))))
    through = reader.subjects("reportedIn", iri)
    return [*found, _listed(reader, "Sources that are known through it", through)] if through else found


def _by_kind(reader: GraphReader, things: Iterable[str]) -> list[dict[str, Any]]:
    """Return things of the project by kind, acts first."""
    found: dict[str, list[str]] = {}
    for one in things:
        if one.startswith(BASE) and folder_of(one) in FOLDERS:
            found.setdefault(FOLDERS[folder_of(one)][1], []).append(one)
    order = sorted(found, key=lambda name: (name != FOLDERS["act"][1], name))
    return [_listed(reader, name, found[name]) for name in order]


def _listed(reader: GraphReader, name: str, things: list[str]) -> dict[str, Any]:
    """Return a list of things: the first by IRI, sorted by name, and the number of others."""
    shown = sorted(sorted(things)[:MOST], key=lambda one: filing_name(reader.label(one)))
    return {"name": name, "things": shown, "more": len(things) - MOST}


def _more(reader: GraphReader, folder: str, iri: str, now: ViewContext) -> dict[str, Any]:
    """Return what only some kinds have: members and claims of an organisation, statements of a speaker."""
    found: dict[str, Any] = {"members": [], "own_claims": [], "statements": [], "acts": [], "claims": []}
    if folder == "organisation" and (of := governments.government(reader, iri)):
        found["government"] = of
        found |= polity.names(reader, reader.thing(iri))
        found["recognitions"] = [
            one for one in governments.recognitions(reader, iri) if one.government == iri
        ]
        found["recognitions_now"] = governments.by_capacity(
            governments.on_day(found["recognitions"], now.day)
        )
        found["at_the_same_time"] = governments.at_the_same_time(reader, iri)
    if folder == "organisation":
        pairs = reader.pairs(now.day, now.reading, "membership")
        members = {one.value for one, other in pairs if other.value == iri}
        found["members"] = sorted(members, key=lambda one: reader.label(one).casefold())
        claims = records.claims_by(reader, iri)
        found["own_claims"] = [one for one in claims if one.interval.in_force(now.day, now.reading)]
        found["acts"] = records.acts_of(reader, iri)
    if folder in ("organisation", "person", "document", "place"):
        found["statements"] = records.statements_on(reader, iri)
    if folder == "claim":
        found["claim"] = records.claim(reader, iri)
    if folder == "status":
        claimed = sorted(reader.subjects("status", iri), key=reader.label)
        found["claims"] = [records.claim(reader, one) for one in claimed if folder_of(one) == "claim"]
    return found


def act_context(iri: str) -> dict[str, Any]:
    """Return what the template of an act's page shows."""
    reader = graph_reader()
    act, thing = records.act(reader, iri), reader.thing(iri)
    assert act is not None
    related = {role: _acts(reader, thing, name) for role, name in _RELATED.items()}
    direct = {one.iri for role in ("answered", "answers", "reversed", "reversal") for one in related[role]}
    rows = reader.quads(ox.NamedNode(iri), term("tableRow"), None, PROVENANCE)
    return {
        "iri": iri,
        "act": act,
        "name": act.sentence,
        "trail": [
            (FOLDERS[folder_of(act.object)][1], "/" + folder_of(act.object)),
            (reader.label(act.object), "/" + act.object.removeprefix(BASE)),
            (act.sentence, None),
        ],
        "instrument": thing.all("instrument"),
        "confidence": thing.all("confidence"),
        "notes": thing.all(SKOS + "note"),
        "evidence": records.evidence(reader, thing),
        "related": related,
        "before": [one for one in related["before"] if one.iri not in direct],
        "after": [one for one in related["after"] if one.iri not in direct],
        "periods": [
            {"role": role, "period": period, "title": titles.called(reader, period)}
            for role, name in (("began", "beganBy"), ("ended", "endedBy"))
            for period in reader.subjects(name, iri)
            if folder_of(period) == "period"
        ],
        "disputes": [
            {"by": one.of("disputedBy"), "ground": one.of("ground"), "on": one.of("edtf"), "iri": one.iri}
            for one in map(reader.thing, reader.subjects("disputes", iri))
        ],
        "statements": records.statements_on(reader, iri),
        "lines": sorted(quad.object.value for quad in rows),
        "types": _types(reader, thing),
        "properties": _properties(reader, thing),
    }


def _acts(reader: GraphReader, thing: Thing, name: str) -> list[records.Act]:
    """Return the acts that are values of a property, or that have it, ordered by date."""
    iris = reader.subjects(name[1:], thing.iri) if name.startswith("^") else thing.all(name)
    found = [one for iri in iris if (one := records.act(reader, iri))]
    return sorted(found, key=lambda one: (one.earliest, one.latest, one.iri))


@blueprint.get(f"/<{_FOLDERS}:folder>", strict_slashes=False)
@operation("page", "q", "kind", "bloc", "region", "sort", *MOMENT, formats=(*FORMS, CSV, PARQUET))
def index(folder: str) -> Response:
    """Return all things of a kind, or those selected by the parameters, by name or in another order."""
    form = requested(*FORMS, CSV, PARQUET)
    if form is formats.HTML:
        return render.page("index.html", lambda: indexes.context(folder))
    if form in (CSV, PARQUET):
        return render.table(lambda: indexes.table(folder), form)
    things, number, last = indexes.listed(folder)
    response = render.answer(lambda: _index_triples(folder, things, form), form.content_type)
    if number < last:
        others = [pair for pair in view_context.arguments() if pair[0] != "page"]
        address = urlencode([*others, ("page", number + 1)])
        response.headers["Link"] = f'<{request.base_url}?{address}>; rel="next"'
    return response


def _index_triples(folder: str, things: list[str], form: Format) -> str:
    """Return the kinds and names of things, and the description of the list itself, serialised."""
    reader = graph_reader()
    found = [quad.triple for quad in reader.quads(ox.NamedNode(BASE + folder), None, None)]
    for iri in things:
        for name in (RDF + "type", RDFS + "label", SKOS + "prefLabel", SKOS + "inScheme"):
            found += [quad.triple for quad in reader.quads(ox.NamedNode(iri), ox.NamedNode(name), None)]
    return _serialized(ox.NamedNode(BASE + folder), found, form)


@blueprint.get(f"/<{_FOLDERS}:folder>/<path:rest>")
@operation(*MOMENT, formats=FORMS)
def entity(folder: str, rest: str) -> Response:
    """Return a thing as a page, or as RDF if the suffix, ?format= or the Accept header asks for it."""
    reader = graph_reader()
    iri, form = _named(reader, folder, rest)
    if form is None:
        form = requested(*FORMS)
    if not _is_there(reader, iri):
        return _elsewhere(reader, iri, folder)
    if form is formats.HTML:
        response = _page(folder, iri)
    else:
        wanted = form
        response = render.answer(lambda: triples(reader, iri, wanted), wanted.content_type)
    response.headers["Link"] = links(iri)
    return response


def _named(reader: GraphReader, folder: str, rest: str) -> tuple[str, Format | None]:
    """Return the IRI named by a path, and the format named by its suffix; dates may contain dots and slashes."""
    for candidate in _candidates(folder, rest):
        if _is_there(reader, candidate):
            return candidate, None
    stem, dot, suffix = rest.rpartition(".")
    if dot and suffix in SUFFIXES:
        for candidate in _candidates(folder, stem):
            if _is_there(reader, candidate):
                return candidate, SUFFIXES[suffix]
        return _candidates(folder, stem)[-1], SUFFIXES[suffix]
    return _candidates(folder, rest)[-1], None


def _candidates(folder: str, rest: str) -> list[str]:
    parts = rest.split("/")
    found = [thing(folder, *parts).value]
    if folder == "act" and len(parts) > 4:
        found.append(thing(folder, *parts[:3], "/".join(parts[3:])).value)
    return found


def _is_there(reader: GraphReader, iri: str) -> bool:
    quads = reader.quads(ox.NamedNode(iri), None, None)
    return next(quads, None) is not None


def _page(folder: str, iri: str) -> Response:
    makers = {"polity": ("polity.html", polity.context), "act": ("act.html", act_context)}
    template, make = makers.get(folder, ("thing.html", thing_context))
    return render.page(
        template, lambda: {**make(iri), "structured": structured_data(graph_reader(), folder, iri)}
    )


def links(iri: str) -> str:
    """Return the Link header of a thing: its permanent address, and its other formats."""
    address = view_context.path_of(iri)
    found = [f'<{iri}>; rel="canonical"']
    found += [
        f'<{address}.{suffix}>; rel="alternate"; type="{form.media[0]}"'
        for suffix, form in SUFFIXES.items()
        if form is not formats.HTML
    ]
    return ", ".join(found)


def triples(reader: GraphReader, iri: str, form: Format) -> str:
    """Return the triples about a thing, with those of its evidence and those with it as object, serialised."""
    node = ox.NamedNode(iri)
    found = [quad.triple for quad in reader.quads(node, None, None)]
    for triple in list(found):
        if triple.predicate.value == CO + "evidence" and isinstance(triple.object, ox.NamedNode):
            pattern = reader.quads(triple.object, None, None)
            found += [quad.triple for quad in pattern]
    found += [quad.triple for quad in reader.pointing(iri)]
    return _serialized(
        node, sorted(set(found), key=lambda triple: (triple.subject != node, str(triple))), form
    )


def _serialized(thing: ox.NamedNode, found: list[ox.Triple], form: Format) -> str:
    if form is formats.JSONLD:
        return json.dumps(jsonld.document(thing, found), ensure_ascii=False)
    out = io.BytesIO()
    ox.serialize(found, out, format=RDF_FORMATS[form.name], prefixes=PREFIXES)
    return xml(out.getvalue()).decode() if form is formats.RDFXML else out.getvalue().decode()


def _elsewhere(reader: GraphReader, iri: str, folder: str) -> Response:
    """Redirect to the replacement of a thing that is not in the graph, or raise the reason for its absence.

    :raises Problem: 410 if it was retracted or removed, 404 if it is only proposed, or unknown.
    """
    node = ox.NamedNode(iri)
    became = tombstone(reader.store, node)
    if became and became.replaced_by:
        return redirect(view_context.link(became.replaced_by), 301)  # type: ignore[return-value]
    removed = ChangeLog(service().store_path).removal(iri)
    if became:
        day = f" on {in_words(became.time[:10])}" if became.time else ""
        reason = f" Reason given: {became.reason}" if became.reason else ""
        raise Problem(
            410,
            "retracted",
            f"{_called(iri, removed)} was retracted{day}, by change {became.change}.{reason}",
            hint="The address stays, so that readers of a citation learn what happened.",
            change=became.change,
        )
    if next(reader.quads(node, None, None, PROPOSALS), None):
        raise Problem(
            404,
            "only-proposed",
            f"<{iri}> is a proposal: it has no source yet, and an act without a source is not a fact here.",
            hint="It is kept in the graph of proposals, and no answer includes it.",
        )
    if removed:
        cause = f"change {removed.number}"
        if removed.channel == "build":
            cause += ", a build from the tables of facts, which no longer contain it"
        raise Problem(
            410,
            "removed",
            f"{_called(iri, removed)} was removed on {in_words(removed.time[:10])}, by {cause}.",
            hint="What replaced it, such as an act with another date, is among the additions of that change.",
            change=removed.number,
        )
    words = iri.removeprefix(BASE + folder).strip("/").replace("-", " ").replace("/", " ")
    near = reader.names.search(words, most=5)
    hint = "Did you mean " + ", ".join(hit.name for hit in near) + "?" if near else "Search for it by name."
    raise Problem(
        404,
        "not-found",
        f"Nothing here has the address {iri.removeprefix(BASE)}.",
        hint=hint,
        suggestions=[{"name": hit.name, "iri": hit.iri} for hit in near],
    )


def _called(iri: str, removed: Record | None) -> str:
    """Return the label that a removed thing had, or its IRI if that is not known."""
    lines = [line for line in removed.removed.lines if line.startswith(f"<{iri}> ")] if removed else []
    labels = [quad.object for quad in NQuads.of_lines(lines).quads if quad.predicate == LABEL]
    return next((f"“{dated(one.value)}”" for one in labels if isinstance(one, ox.Literal)), f"<{iri}>")


def structured_data(reader: GraphReader, folder: str, iri: str) -> str:
    """Return the JSON-LD of a thing for a script element of its page; empty if schema.org has no class for it."""
    if folder not in _CLASSES:
        return ""
    thing = reader.thing(iri)
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _CLASSES[folder],
        "@id": iri,
        "name": reader.label(iri),
    }
    if names := thing.all(SKOS + "altLabel"):
        document["alternateName"] = names
    if matches := _of_the_web(thing.all(SKOS + "exactMatch")):
        document["sameAs"] = matches
    if thing.all(GEO + "lat") and folder in ("polity", "place"):
        coordinates = {"latitude": thing.of(GEO + "lat"), "longitude": thing.of(GEO + "long")}
        document["geo"] = {"@type": "GeoCoordinates", **coordinates}
    for name, predicate in _DETAILS.get(folder, ()):
        found = thing.all(predicate)
        if name == "url":
            found = _of_the_web(found)
        elif "date" in name.lower():
            found = [date for date in found if _CALENDAR_DATE.fullmatch(date)]
        if found:
            document[name] = found[0]
    if folder in ("act", "claim", "statement"):
        document["citation"] = _of_the_web(thing.all(CO + "citesSource"))
    return escaped(document)


def _of_the_web(addresses: list[str]) -> list[str]:
    return list(filter(None, map(web_address, addresses)))


def escaped(document: Any) -> str:
    """Return JSON that is safe inside a script element."""
    text = json.dumps(document, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
