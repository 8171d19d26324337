"""The front page, the page with the query box, and the prefixes."""

from flask import Blueprint, Response, current_app, jsonify, render_template, request

from comity.graph.names import PREFIXES
from comity.graph.questions import Question
from comity.graph.questions import questions as all_questions

from .service import Service

blueprint = Blueprint("home", __name__)

_COUNTS = """SELECT ?class ?label (COUNT(?thing) AS ?number) WHERE {
  VALUES ?class { co:Polity co:Organisation co:Person co:Act co:RecognitionAct co:Recognition co:StatusClaim
                  co:AttributedStatement co:Period co:Source co:Membership }
  ?thing a ?class .
  OPTIONAL { ?class rdfs:label ?label }
} GROUP BY ?class ?label ORDER BY DESC(?number)"""
_GRAPHS = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
SAMPLE = """SELECT ?recogniser ?name ?date WHERE {
  ?act a co:Recognition ; co:actor ?recogniser ; co:object cop:kosovo ; co:edtf ?date .
  ?recogniser rdfs:label ?name .
} ORDER BY ?date LIMIT 20"""


@blueprint.get("/")
def home() -> str:
    """The front page: what is in the graph, the questions, and a box for a query."""
    service: Service = current_app.extensions["comity"]
    return render_template(
        "home.html",
        counts=service.rows(_COUNTS),
        graphs=service.rows(_GRAPHS),
        questions=questions(),
        sample=SAMPLE,
        generation=service.pool.generation,
    )


def questions() -> list[Question]:
    """The questions that come with the program, with title and description."""
    return list(all_questions().values())


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
