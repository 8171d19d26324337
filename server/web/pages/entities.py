"""Every IRI of the project as a page, and in the forms of RDF: /polity/…, /act/…, /source/… and their indexes."""

import io
import json
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request

from comity.changes.history import tombstone
from comity.edtf import in_words
from comity.iris import BASE, CO, GEO, PREFIXES, PROPOSALS, SKOS, thing
from comity.server.http import formats
from comity.server.http.formats import Format, choose
from comity.server.http.openapi import MOMENT, operation
from comity.server.problems import Problem
from comity.server.web import render, view_context
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.pages import polity, things
from comity.server.web.pages.things import FOLDERS
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("entities", __name__)
FORMS = (formats.HTML, formats.TURTLE, formats.JSONLD, formats.NTRIPLES, formats.RDFXML)
SUFFIXES = {
    "ttl": formats.TURTLE,
    "jsonld": formats.JSONLD,
    "nt": formats.NTRIPLES,
    "rdf": formats.RDFXML,
    "html": formats.HTML,
}
_WRITERS = {
    "turtle": ox.RdfFormat.TURTLE,
    "jsonld": ox.RdfFormat.JSON_LD,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
_FOLDERS = f"any({', '.join(FOLDERS)})"


@blueprint.get(f"/<{_FOLDERS}:folder>", strict_slashes=False)
@operation("page", *MOMENT)
def index(folder: str) -> Response:
    """All things of a kind, by name."""
    return render.page("index.html", lambda: things.index_context(folder))


@blueprint.get(f"/<{_FOLDERS}:folder>/<path:rest>")
@operation(*MOMENT, formats=FORMS)
def entity(folder: str, rest: str) -> Response:
    """A thing: as a page, or as RDF where the suffix, ?format= or the Accept header asks for it."""
    reader = graph_reader()
    iri, form = _named(reader, folder, rest)
    if form is None:
        form = choose(request.headers.get("Accept"), FORMS, request.args.get("format"))
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
    """The IRI that a path names, and the form that its suffix names; dates may hold dots and slashes."""
    for candidate in _candidates(folder, rest):
        if _is_there(reader, candidate):
            return candidate, None
    stem, dot, suffix = rest.rpartition(".")
    if dot and suffix in SUFFIXES:
        for candidate in _candidates(folder, stem):
            if _is_there(reader, candidate):
                return candidate, SUFFIXES[suffix]
    return next(iter(_candidates(folder, rest))), None


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
    makers = {"polity": ("polity.html", polity.context), "act": ("act.html", things.act_context)}
    template, make = makers.get(folder, ("thing.html", things.thing_context))
    return render.page(
        template, lambda: {**make(iri), "structured": structured_data(graph_reader(), folder, iri)}
    )


def links(iri: str) -> str:
    """Give the Link header of a thing: its permanent address, and its other forms."""
    address = view_context.path_of(iri)
    found = [f'<{iri}>; rel="canonical"']
    found += [
        f'<{address}.{suffix}>; rel="alternate"; type="{form.media[0]}"'
        for suffix, form in SUFFIXES.items()
        if form is not formats.HTML
    ]
    return ", ".join(found)


def triples(reader: GraphReader, iri: str, form: Format) -> str:
    """Write what is said of a thing, with its evidence, and what points at it."""
    node = ox.NamedNode(iri)
    found = [quad.triple for quad in reader.quads(node, None, None)]
    for triple in list(found):
        if triple.predicate.value == CO + "evidence" and isinstance(triple.object, ox.NamedNode):
            pattern = reader.quads(triple.object, None, None)
            found += [quad.triple for quad in pattern]
    found += [quad.triple for quad in reader.pointing(iri)]
    out = io.BytesIO()
    ordered = sorted(set(found), key=lambda triple: (triple.subject != node, str(triple)))
    ox.serialize(ordered, out, format=_WRITERS[form.name], prefixes=PREFIXES)
    return out.getvalue().decode()


def _elsewhere(reader: GraphReader, iri: str, folder: str) -> Response:
    """What becomes of an IRI that the graph does not hold: moved, retracted, only proposed, or unknown."""
    node = ox.NamedNode(iri)
    became = tombstone(reader.store, node)
    if became and became.replaced_by:
        return redirect(view_context.link(became.replaced_by), 301)  # type: ignore[return-value]
    if became:
        day = f" on {in_words(became.time[:10])}" if became.time else ""
        reason = f" Reason given: {became.reason}" if became.reason else ""
        raise Problem(
            410,
            "retracted",
            f"<{iri}> was retracted{day}, by change {became.change}.{reason}",
            hint="The address stays, so that whoever cites it learns what happened.",
            change=became.change,
        )
    if next(reader.quads(node, None, None, PROPOSALS), None):
        raise Problem(
            404,
            "only-proposed",
            f"<{iri}> is a proposal: it has no source yet, and no source means no fact.",
            hint="It is in the graph of proposals, outside every answer.",
        )
    words = iri.removeprefix(BASE + folder).strip("/").replace("-", " ").replace("/", " ")
    near = reader.names.search(words, most=5)
    hint = "Did you mean " + ", ".join(hit.name for hit in near) + "?" if near else "Search for it by name."
    raise Problem(
        404,
        "not-found",
        f"Nothing here is called {iri.removeprefix(BASE)}.",
        hint=hint,
        suggestions=[{"name": hit.name, "iri": hit.iri} for hit in near],
    )


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


def structured_data(reader: GraphReader, folder: str, iri: str) -> str:
    """Give the JSON-LD of a thing for its page, ready for a script element; empty where there is no class."""
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
    if matches := thing.all(SKOS + "exactMatch"):
        document["sameAs"] = matches
    if thing.all(GEO + "lat") and folder in ("polity", "place"):
        coordinates = {"latitude": thing.of(GEO + "lat"), "longitude": thing.of(GEO + "long")}
        document["geo"] = {"@type": "GeoCoordinates", **coordinates}
    for name, predicate in _DETAILS.get(folder, ()):
        if found := thing.all(predicate):
            document[name] = found[0]
    if folder in ("act", "claim", "statement"):
        document["citation"] = thing.all(CO + "citesSource")
    return escaped(document)


_DETAILS = {
    "act": (("startDate", CO + "earliest"), ("endDate", CO + "latest")),
    "source": (("publisher", CO + "publisher"), ("datePublished", CO + "published"), ("url", CO + "url")),
    "statement": (("text", CO + "claimText"), ("datePublished", CO + "saidOn")),
    "organisation": (("foundingDate", CO + "founded"),),
}


def escaped(document: Any) -> str:
    """Write JSON that may stand inside a script element."""
    text = json.dumps(document, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
