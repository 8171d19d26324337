"""The front page, the page with the query box, and the prefixes."""

from flask import Blueprint, Response, jsonify, render_template, request

from comity.graph.names import PREFIXES

from . import welcome

blueprint = Blueprint("home", __name__)

SAMPLE = """SELECT ?recogniser ?name ?date WHERE {
  ?act a co:Recognition ; co:actor ?recogniser ; co:object cop:kosovo ; co:edtf ?date .
  ?recogniser rdfs:label ?name .
} ORDER BY ?date LIMIT 20"""


@blueprint.get("/")
def home() -> Response:
    """The front page."""
    return welcome.page()


def query_page() -> Response:
    """The page with the query box."""
    return Response(render_template("sparql.html", text=request.args.get("query", ""), sample=SAMPLE))


@blueprint.get("/prefixes")
def prefixes() -> Response:
    """The prefixes that need no declaration: as JSON, or as PREFIX lines."""
    if request.accept_mimetypes.best_match(["application/json", "text/plain"]) == "text/plain":
        lines = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
        return Response(lines, content_type="text/plain; charset=utf-8")
    return jsonify(PREFIXES)
