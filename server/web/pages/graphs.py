"""Named graphs, snapshots, the ontology, the shapes and the rules as pages and as RDF."""

from itertools import islice
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, g, redirect, request

from comity import schema
from comity.errors import SnapshotError
from comity.iris import CO, FACTS_PREFIX, ONTOLOGY, RDF, SHAPES, SNAPSHOT_PREFIX
from comity.iris import graph as graph_name
from comity.server.http import formats
from comity.server.http.formats import Format, requested
from comity.server.http.openapi import MOMENT, QUERY, operation
from comity.server.http.responses import Representation, entity_tag, respond
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.processes.protocol import GraphCall
from comity.server.web import render, view_context
from comity.server.web.models import recognition, records
from comity.server.web.models.graph_reader import GraphReader, kept
from comity.server.web.pages import entities, home
from comity.server.web.pages.editor import short
from comity.server.web.pages.vocabulary import vocabulary
from comity.server.web.view_context import graph_reader
from comity.snapshots.graphs import Address, read_address

blueprint = Blueprint("graphs", __name__)
#: The relations counted on the page of a snapshot.
_COUNTED = [
    "recognises",
    "express",
    "implied",
    "contradictory",
    "frozen",
    "relations",
    "broken",
    "suspended",
    "membership",
]
_ACTS = f"""SELECT ?g (COUNT(DISTINCT ?act) AS ?n) (MAX(STR(?earliest)) AS ?day) {{
  GRAPH ?g {{ ?act <{CO}actor> ?actor ; <{CO}earliest> ?earliest }}
}} GROUP BY ?g ORDER BY ?g"""
_NEWEST_SOURCES = f"""SELECT ?g (MAX(STR(?published)) AS ?day) {{
  {{ SELECT DISTINCT ?g ?source {{ GRAPH ?g {{ ?act <{CO}evidence> ?evidence }} ?evidence <{CO}source> ?source }} }}
  ?source <{CO}publishedEarliest> ?published
}} GROUP BY ?g"""
#: The number of triples shown on the page of a graph; the downloads have all.
MOST = 100


def named(address: str) -> tuple[str, Format]:
    """Return the graph named by an address under ``graph/``, without its suffix, and the format of the response."""
    stem, dot, suffix = address.rpartition(".")
    if dot and suffix in entities.SUFFIXES:
        return stem, entities.SUFFIXES[suffix]
    return address, requested(*formats.RDF, formats.HTML)


def page(name: str) -> Response:
    """Return the page of a named graph: its size and its first triples."""
    reader = graph_reader()
    node = graph_name(name)
    if not reader.store.contains_named_graph(node):
        names = sorted(one.value for one in reader.store.named_graphs() if isinstance(one, ox.NamedNode))
        raise Problem(
            404,
            "no-such-graph",
            f"There is no graph <{node.value}>.",
            hint=f"The graphs are {', '.join(names)}.",
        )
    response = render.page("graph.html", lambda: _context(reader, node))
    response.headers["Link"] = entities.links(node.value)
    return response


def triples(node: ox.NamedNode, form: Format) -> Response:
    """Return all triples of a named graph, serialised by a query worker."""
    result = service().pool.run(GraphCall(graph=node.value, format=form.name), 10.0)
    tag = entity_tag(f"{result.generation}\0{node.value}\0{form.name}")
    found = Representation(result.body, form.content_type, result.generation, tag, "graph")
    return respond(found, result.rest, result.size)


def _context(reader: GraphReader, node: ox.NamedNode) -> dict[str, Any]:
    shown = [
        [_cell(reader, term) for term in (quad.subject, quad.predicate, quad.object)]
        for quad in islice(reader.quads(None, None, None, node), MOST)
    ]
    name = node.value.partition("/graph/")[2]
    return {
        "iri": node.value,
        "structured": "",
        "trail": [("Graphs", "/graph"), (name, None)],
        "name": name,
        "number": _sizes(reader).get(node.value, 0),
        "rows": shown,
        "reach": _reaches(reader).get(name.removeprefix("facts/")),
    }


def _cell(reader: GraphReader, term: Any) -> tuple[str, str]:
    """Return the text of a term, and the IRI that it links to, which is empty for a literal."""
    if not isinstance(term, ox.NamedNode):
        return str(getattr(term, "value", term)), ""
    return reader.name(term.value) or short(term.value).strip("<>"), term.value


@blueprint.get("/graph", strict_slashes=False)
def graphs() -> Response:
    """Return the list of all named graphs."""
    return render.page("graphs.html", _graphs)


def _graphs() -> dict[str, Any]:
    reader = graph_reader()
    return {
        "trail": [("Graphs", None)],
        "graphs": [(name, number) for name, number in _sizes(reader).items() if name],
        "reaches": _reaches(reader),
        "proposals": reader.proposals.total(),
    }


@kept
def _reaches(reader: GraphReader) -> dict[str, records.Reach]:
    """Return the reach of the acts of each table, by name, determined by a query worker."""
    newest = {row["g"]: row["day"] for row in service().rows(_NEWEST_SOURCES)}
    return {
        name: records.Reach(int(row["n"]), newest.get(row["g"], ""), row["day"], (name,))
        for row in service().rows(_ACTS)
        if (name := row["g"].removeprefix(FACTS_PREFIX)) != row["g"]
    }


@kept
def _sizes(reader: GraphReader) -> dict[str, int]:
    """Return the number of triples of each graph, by its IRI."""
    return service().graph_sizes(reader.generation)


@blueprint.get("/rule/<name>")
@operation(formats=(formats.HTML, QUERY))
def rule(name: str) -> Response:
    """Return a rule: what it concludes from what, and its SPARQL."""
    if name not in schema.rules():
        raise Problem(
            404, "no-such-rule", f"{name[:60]!r} is not the name of a rule.", hint=", ".join(schema.rules())
        )
    text = schema.rule(name)
    if requested(formats.HTML, QUERY) is QUERY:
        return Response(text, content_type="application/sparql-query")
    lines = [line[2:] for line in text.splitlines() if line.startswith("# ")]
    header = dict(line.split(": ", 1) for line in lines if ": " in line)
    title = header.get("title", name)
    found = {"trail": [("Rules", None), (title, None)], "title": title, "header": header, "text": text}
    return render.page("rule.html", lambda: found)


@blueprint.get("/ontology", strict_slashes=False)
@blueprint.get("/ontology.<suffix>")
@blueprint.get("/ontology/<version>")
@operation(formats=entities.FORMS)
def ontology(suffix: str = "", version: str = "") -> Response:
    """Return the ontology as a page, in which each term is an anchor, or as RDF; only its present version is kept."""
    _check_version("ontology", version)
    form = _form("ontology", suffix)
    if form is formats.HTML:
        return render.page("vocabulary.html", lambda: {"trail": [("Vocabulary", None)], **vocabulary()})
    return triples(ONTOLOGY, form)


@blueprint.get("/shapes", strict_slashes=False)
@blueprint.get("/shapes.<suffix>")
@blueprint.get("/shapes/<version>")
@operation(formats=entities.FORMS)
def shapes(suffix: str = "", version: str = "") -> Response:
    """Return the SHACL shapes that entries are validated against; only their present version is kept."""
    _check_version("shapes", version)
    form = _form("shapes", suffix)
    return page("shapes") if form is formats.HTML else triples(SHAPES, form)


def _check_version(name: str, version: str) -> None:
    """Do nothing for the present version, or if none is named.

    :raises Problem: 404 for another version.
    """
    if version and version != schema.version():
        detail = f"Version {version[:20]} of the {name} is not kept."
        hint = f"The present one is {schema.version()}: /{name}/{schema.version()}."
        raise Problem(404, "not-found", detail, hint=hint)


def _form(name: str, suffix: str) -> Format:
    """Return the format in the suffix of a graph's address or, without one, that requested."""
    if suffix and suffix not in entities.SUFFIXES:
        hint = f"Use one of .{', .'.join(entities.SUFFIXES)}."
        raise Problem(404, "not-found", f"There is no format .{suffix[:20]} of the {name}.", hint=hint)
    return entities.SUFFIXES.get(suffix) or requested(*entities.FORMS)


@blueprint.get("/problem/<kind>")
def problem(kind: str) -> Response:
    """Redirect from the IRI of a kind of problem to the help page."""
    return redirect(view_context.link("/about"), 303)  # type: ignore[return-value]


@blueprint.get("/as-of/<path:rest>")
@operation(*MOMENT, formats=entities.FORMS)
def snapshot(rest: str) -> Response:
    """Return a snapshot as a page, or its triples."""
    stem, dot, suffix = rest.rpartition(".")
    form = entities.SUFFIXES.get(suffix) if dot else None
    address = _address(stem if form else rest)
    if set(request.args) & set(view_context.PARAMETERS):
        return _moved(address)
    if form is None:
        form = requested(*entities.FORMS)
    g.view = view_context.ViewContext(address.day, address.reading, address.party, True)
    if form is formats.HTML:
        response = render.page("snapshot.html", lambda: _snapshot(address))
    else:
        response = triples(address.iri, form)
    response.headers["Link"] = entities.links(address.iri.value)
    return response


def _address(rest: str) -> Address:
    try:
        return read_address(SNAPSHOT_PREFIX + rest)
    except SnapshotError as error:
        raise Problem(404, "no-such-snapshot", str(error)) from error


def _moved(address: Address) -> Response:
    """Redirect from one snapshot to the one selected in the control."""
    now = view_context.current()
    day = now.day if now.given else address.day
    other = Address(day, now.reading if "reading" in request.args else address.reading, now.party)
    return redirect(view_context.path_of(other.iri.value), 303)  # type: ignore[return-value]


def _snapshot(address: Address) -> dict[str, Any]:
    reader, now = graph_reader(), view_context.current()
    numbers = {name: len(reader.pairs(address.day, address.reading, name)) for name in _COUNTED}
    recognised = recognition.recogniser_counts(reader, address.day, address.reading)
    return {
        "iri": address.iri.value,
        "structured": "",
        "trail": [("As of " + now.words, None)],
        "numbers": numbers,
        "contested": home.contested(reader, now.day, now.reading),
        "most": recognised.most_common(20),
        "held": _held(reader, address),
        "address": address,
    }


def _held(reader: GraphReader, address: Address) -> list[tuple[str, list[str]]]:
    """Return what the party of the snapshot considers polities to be: each status with its polities."""
    if address.party is None:
        return []
    try:
        statements = reader.view(address.day, address.reading, address.party)
    except SnapshotError as error:
        raise Problem(404, "no-such-snapshot", str(error)) from error
    found: dict[str, list[str]] = {}
    for subject, predicate, value in statements:
        if predicate.value == CO + "heldToBe" or (
            predicate.value == RDF + "type" and value.value == CO + "State"
        ):
            found.setdefault(value.value, []).append(subject.value)
    return sorted(
        (status, sorted(set(those), key=reader.label))
        for status, those in found.items()
        if "/status/state" not in status
    )
