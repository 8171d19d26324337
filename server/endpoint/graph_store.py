"""The SPARQL 1.1 Graph Store Protocol at /graph-store: reading whole graphs, and writing them with a token."""

from flask import Blueprint, Response, current_app, request

from comity.iris import BASE
from comity.server.endpoint.protocol import EXTENSION, GraphWrite, check_iri, query_parameters
from comity.server.http.formats import HTML, JSONLD, NQUADS, RDF, TRIG, Format, choose
from comity.server.http.openapi import documents, operation, writes
from comity.server.http.responses import Representation, entity_tag, respond
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.processes.protocol import GraphCall
from comity.server.web.pages import graphs

blueprint = Blueprint("graph_store", __name__)
_METHODS = ["GET", "PUT", "POST", "DELETE"]
_DATASET = (NQUADS, TRIG, JSONLD)
#: Used in place of a graph's name: all graphs.
EVERYTHING = "*"
#: Kinds of problems of graphs that are too large for an answer.
_TOO_LARGE = frozenset({"query-timed-out", "query-out-of-memory", "result-too-large"})


@blueprint.route("/graph-store", methods=_METHODS, strict_slashes=False)
@operation("graph", "default", formats=RDF, summary="Read a graph")
@operation(
    "graph",
    "default",
    body=documents(),
    token="required",
    receipt=True,
    methods=("put",),
    summary="Replace a graph",
)
@operation(
    "graph",
    "default",
    body=documents(),
    token="required",
    receipt=True,
    methods=("post",),
    summary="Add to a graph",
)
@writes("graph", "default", method="delete", summary="Remove a graph")
def indirect() -> Response:
    """Serve the graph named by ?graph= or ?default; otherwise the whole dataset or, for POST, a new graph."""
    parameters = query_parameters()
    named = parameters.get("graph", [])
    default = "default" in parameters
    if len(named) + default > 1:
        raise Problem(
            400, "conflicting-parameters", "The request names more than one graph.", hint="Name one graph."
        )
    if named:
        check_iri(named[0], "graph")
        return _answer(named[0], parameters)
    if default:
        return _answer(None, parameters)
    return _without_graph(parameters)


def _without_graph(parameters: dict[str, list[str]]) -> Response:
    if request.method in {"GET", "HEAD"}:
        return _read(EVERYTHING, parameters, _DATASET)
    if request.method == "POST":
        return _write(EVERYTHING)
    raise Problem(
        400,
        "graph-missing",
        "The request does not name a graph.",
        hint="Add ?default or ?graph= and the graph's IRI.",
    )


@blueprint.route("/graph-store/<path:name>", methods=_METHODS)
@operation(formats=RDF, summary="Read a graph")
@writes(body=documents(), method="put", summary="Replace a graph")
@writes(body=documents(), method="post", summary="Add to a graph")
@writes(method="delete", summary="Remove a graph")
def direct(name: str) -> Response:
    """Serve the graph whose IRI is the request's own address."""
    graph = f"{service().root()}graph-store/{name}"
    check_iri(graph, "the address")
    return _answer(graph, query_parameters())


@blueprint.get("/graph/<path:name>")
@operation(formats=(HTML, *RDF))
def own_graph(name: str) -> Response:
    """One of the project's named graphs at its own path, as RDF or as a page."""
    check_iri(f"{BASE}graph/{name}", "the address")
    stem, form = graphs.named(name)
    if form is HTML:
        return graphs.page(stem)
    return _read(f"{BASE}graph/{stem}", {"format": [form.name]}, RDF)


def _answer(name: str | None, parameters: dict[str, list[str]]) -> Response:
    if request.method in {"GET", "HEAD"}:
        return _read(name, parameters, RDF)
    return _write(name)


def _read(name: str | None, parameters: dict[str, list[str]], offered: tuple[Format, ...]) -> Response:
    current = service()
    choice = choose(request.headers.get("Accept"), offered, (parameters.get("format") or [""])[-1])
    try:
        result = current.pool.run(GraphCall(graph=name, format=choice.name), current.settings.query_seconds)
    except Problem as problem:
        if problem.kind in _TOO_LARGE:
            problem.hint = "Download /data/graph.trig.gz or .nq.gz, or query what you need of it."
        raise
    tag = entity_tag("\0".join([result.generation, "graph", str(name), choice.name]))
    return respond(
        Representation(result.body, choice.content_type, result.generation, tag, "graph"),
        result.rest,
        result.size,
    )


def tags(generation: str, name: str | None) -> list[str]:
    """Return the entity tags of a graph, one per format."""
    return [entity_tag("\0".join([generation, "graph", str(name), choice.name])) for choice in RDF]


def _write(name: str | None) -> Response:
    written: Response = current_app.extensions[EXTENSION].graph(GraphWrite(request.method, name))
    return written
