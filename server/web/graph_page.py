"""Named graphs and rules as pages: what a graph holds, what a rule concludes."""

from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, redirect, request

from comity import rules
from comity.iris import ONTOLOGY, SHAPES
from comity.iris import graph as graph_name
from comity.server.http import formats
from comity.server.http.formats import Format, choose
from comity.server.http.service import Service
from comity.server.problems import Problem
from comity.server.processes.protocol import GraphCall
from comity.server.web import control, coverage, entities
from comity.server.web import frame as pages
from comity.server.web.editor import short
from comity.server.web.ontology_page import ontology_page
from comity.server.web.reading import Reader, reader

blueprint = Blueprint("graphs", __name__)
#: Triples that the page of a graph shows; the downloads have all.
MOST = 100


def named(address: str) -> tuple[str, Format]:
    """Give the graph that an address under ``graph/`` names, without its suffix, and the form to answer in."""
    stem, dot, suffix = address.rpartition(".")
    if dot and suffix in entities.SUFFIXES:
        return stem, entities.SUFFIXES[suffix]
    accept = request.headers.get("Accept")
    return address, choose(accept, (*formats.RDF, formats.HTML), request.args.get("format"))


def page(name: str) -> Response:
    """The page of a named graph: its size and its first triples."""
    known = reader()
    node = graph_name(name)
    if not known.store.contains_named_graph(node):
        names = sorted(one.value for one in known.store.named_graphs() if isinstance(one, ox.NamedNode))
        raise Problem(
            404, "no-such-graph", f"There is no graph <{node.value}>.", hint=f"There are: {', '.join(names)}."
        )
    response = pages.page("graph.html", lambda: _context(known, node))
    response.headers["Link"] = entities.links(node.value)
    return response


def triples(node: ox.NamedNode, form: Format) -> Response:
    """All triples of a named graph, written by a query worker."""
    service: Service = current_app.extensions["comity"]
    result = service.pool.run(GraphCall(graph=node.value, format=form.name), 10.0)
    response = Response(result.whole(), content_type=form.content_type)
    response.headers["Comity-Version"] = result.generation
    response.headers["Vary"] = "Accept"
    return response


def _context(known: Reader, node: ox.NamedNode) -> dict[str, Any]:
    number, shown = 0, []
    for quad in known.quads(None, None, None, node):
        number += 1
        if number <= MOST:
            shown.append([_cell(known, term) for term in (quad.subject, quad.predicate, quad.object)])
    name = node.value.partition("/graph/")[2]
    return {
        "iri": node.value,
        "structured": "",
        "trail": [("Graphs", "/graph"), (name, None)],
        "name": name,
        "number": number,
        "rows": shown,
        "reach": coverage.tables(known).get(name.removeprefix("facts/")),
    }


def _cell(known: Reader, term: Any) -> tuple[str, str]:
    """A term as its text and its address, which only things have."""
    if not isinstance(term, ox.NamedNode):
        return str(getattr(term, "value", term)), ""
    return known.labels.get(term.value) or short(term.value).strip("<>"), term.value


@blueprint.get("/graph", strict_slashes=False)
def graphs() -> Response:
    """All named graphs."""
    return pages.page("graphs.html", _graphs)


def _graphs() -> dict[str, Any]:
    known = reader()
    if "graphs" not in known.shelf:
        rows = known.rows(
            "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
        )
        known.shelf["graphs"] = [(row["g"], int(row["n"])) for row in rows]
    found = {"trail": [("Graphs", None)], "graphs": known.shelf["graphs"]}
    return found | {"reaches": coverage.tables(known), "proposals": known.proposals.total()}


@blueprint.get("/rule/<name>")
def rule(name: str) -> Response:
    """A rule: what it concludes from what, and its SPARQL."""
    if name not in rules.names():
        raise Problem(404, "no-such-rule", f"There is no rule {name[:60]!r}.", hint=", ".join(rules.names()))
    text = rules.rule(name)
    if choose(request.headers.get("Accept"), (formats.HTML, _SPARQL), request.args.get("format")) is _SPARQL:
        return Response(text, content_type="application/sparql-query")
    lines = [line[2:] for line in text.splitlines() if line.startswith("# ")]
    header = dict(line.split(": ", 1) for line in lines if ": " in line)
    title = header.get("title", name)
    found = {"trail": [("Rules", None), (title, None)], "title": title, "header": header, "text": text}
    return pages.page("rule.html", lambda: found)


_SPARQL = Format("sparql", ("application/sparql-query",))


@blueprint.get("/ontology", strict_slashes=False)
@blueprint.get("/ontology.<suffix>")
@blueprint.get("/ontology/<version>")
def ontology(suffix: str = "", version: str = "") -> Response:
    """The vocabulary, of which each term is an anchor: as a page, or as RDF."""
    if suffix and suffix not in entities.SUFFIXES:
        raise Problem(
            404, "not-found", f"The ontology has no form .{suffix[:20]}.", hint="Use .ttl or .jsonld."
        )
    form = entities.SUFFIXES.get(suffix) or choose(
        request.headers.get("Accept"), entities.FORMS, request.args.get("format")
    )
    if form is formats.HTML:
        return pages.page("vocabulary.html", _vocabulary)
    return triples(ONTOLOGY, form)


def _vocabulary() -> dict[str, Any]:
    """The page that is written from the ontology, put into the frame of all pages."""
    body = ontology_page().partition("<body>")[2].partition("</body>")[0]
    for name in ("main", "header"):
        body = body.replace(f"<{name}>", "<div>").replace(f"</{name}>", "</div>")
    return {"trail": [("Vocabulary", None)], "body": body}


@blueprint.get("/shapes", strict_slashes=False)
def shapes() -> Response:
    """The shapes that entries are held against."""
    form = choose(request.headers.get("Accept"), (formats.HTML, *formats.RDF), request.args.get("format"))
    return page("shapes") if form is formats.HTML else triples(SHAPES, form)


@blueprint.get("/problem/<kind>")
def problem(kind: str) -> Response:
    """The address of a kind of problem leads to the words on errors."""
    return redirect(control.link("/about"), 303)  # type: ignore[return-value]
