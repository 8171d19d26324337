"""The Graph Store Protocol at /graph-store: graphs read whole, and written where somebody may."""

from flask import Blueprint, Response, current_app, request

from comity.iris import BASE
from comity.server.http import asking, writes
from comity.server.http.delivery import Served, deliver
from comity.server.http.formats import HTML, JSONLD, NQUADS, RDF, TRIG, Format, choose
from comity.server.http.service import Service
from comity.server.http.tags import tag_of
from comity.server.problems import Problem
from comity.server.processes.protocol import GraphCall
from comity.server.web.pages import graphs

blueprint = Blueprint("graph_store", __name__)
_METHODS = ["GET", "PUT", "POST", "DELETE"]
_DATASET = (NQUADS, TRIG, JSONLD)
#: Instead of a graph's name: everything there is.
EVERYTHING = "*"


@blueprint.route("/graph-store", methods=_METHODS, strict_slashes=False)
def indirect() -> Response:
    """A graph named by ?graph= or ?default; without either, the whole dataset, or a new graph to make."""
    parameters = asking.pairs(request.environ.get("QUERY_STRING", ""))
    named = parameters.get("graph", [])
    default = "default" in parameters
    if len(named) + default > 1:
        raise Problem(
            400, "conflicting-parameters", "The request names more than one graph.", hint="Name one graph."
        )
    if named:
        asking.check_iri(named[0], "graph")
        return _answer(named[0], parameters)
    if default:
        return _answer(None, parameters)
    return _without_graph(parameters)


def _without_graph(parameters: dict[str, list[str]]) -> Response:
    if request.method in {"GET", "HEAD"}:
        return _read(EVERYTHING, parameters, _DATASET)
    if request.method == "POST":
        return writes.graph(EVERYTHING)
    raise Problem(
        400,
        "graph-missing",
        "The request names no graph.",
        hint="Add ?default or ?graph= and the graph's IRI.",
    )


@blueprint.route("/graph-store/<path:name>", methods=_METHODS)
def direct(name: str) -> Response:
    """A graph whose IRI is the address itself."""
    service: Service = current_app.extensions["comity"]
    graph = f"{service.root()}graph-store/{name}"
    asking.check_iri(graph, "the address")
    return _answer(graph, _parameters())


@blueprint.get("/graph/<path:name>")
def own_graph(name: str) -> Response:
    """One of the named graphs of the project, at its own path: as RDF, or as a page for people."""
    asking.check_iri(f"{BASE}graph/{name}", "the address")
    stem, form = graphs.named(name)
    if form is HTML:
        return graphs.page(stem)
    return _read(f"{BASE}graph/{stem}", {"format": [form.name]}, RDF)


def _parameters() -> dict[str, list[str]]:
    return asking.pairs(request.environ.get("QUERY_STRING", ""))


def _answer(name: str | None, parameters: dict[str, list[str]]) -> Response:
    if request.method in {"GET", "HEAD"}:
        return _read(name, parameters, RDF)
    return writes.graph(name)


def _read(name: str | None, parameters: dict[str, list[str]], offered: tuple[Format, ...]) -> Response:
    service: Service = current_app.extensions["comity"]
    choice = choose(request.headers.get("Accept"), offered, (parameters.get("format") or [""])[-1])
    service.rates.check(request.remote_addr or "")
    result = service.pool.run(GraphCall(graph=name, format=choice.name), service.settings.query_seconds)
    return deliver(
        Served(
            result.body,
            choice.content_type,
            generation=result.generation,
            tag=tag_of("\0".join([result.generation, "graph", str(name), choice.name])),
            rest=result.rest,
            format=choice.name,
            form="graph",
            cut=result.end.cut,
        )
    )
