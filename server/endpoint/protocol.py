"""The SPARQL 1.1 Protocol at /sparql: queries, and updates of those who may make them."""

import re
import time
from functools import lru_cache

from flask import Blueprint, Response, current_app, request

from comity.server.endpoint import protocol_request
from comity.server.endpoint.description import service_description
from comity.server.endpoint.protocol_request import SparqlRequest
from comity.server.endpoint.write_backend import EXTENSION
from comity.server.http.api_operation import operation
from comity.server.http.cache import Representation, entity_tag
from comity.server.http.formats import GRAPHS, HTML, RDF, RESULTS, choose
from comity.server.http.responses import respond
from comity.server.http.service import Service
from comity.server.problems import Problem
from comity.server.processes.client import ResponseStream
from comity.server.processes.protocol import QueryCall
from comity.server.web.pages import editor

blueprint = Blueprint("protocol", __name__)
_PARAMETERS = (
    "default-graph-uri",
    "named-graph-uri",
    "as-of",
    "according-to",
    "reading",
    "timeout",
    "format",
)
_FORM = {"type": "object", "properties": {"query": {"type": "string"}, "update": {"type": "string"}}}
_BODY = {
    "required": True,
    "content": {
        protocol_request.FORM: {"schema": _FORM},
        protocol_request.QUERY: {"schema": {"type": "string"}},
        protocol_request.UPDATE: {"schema": {"type": "string"}},
    },
}
#: A query that uses one of these has another result each time.
_VOLATILE = re.compile(r"\b(NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)
_BY_NAME = {choice.name: choice for choice in (*RESULTS, *GRAPHS)}


@blueprint.route("/sparql", methods=["GET", "POST"], strict_slashes=False)
@operation("query", *_PARAMETERS, formats=(*RESULTS, *GRAPHS), summary="Query")
@operation(
    *_PARAMETERS,
    formats=(*RESULTS, *GRAPHS),
    body=_BODY,
    token="optional",
    receipt=True,
    methods=("post",),
    summary="Query or update",
)
def sparql() -> Response:
    """Answer a query, carry out an update, or describe the service."""
    asked = protocol_request.read()
    if asked.text is None:
        return _without_query(asked)
    if asked.is_update:
        updated: Response = current_app.extensions[EXTENSION].update(asked)
        return updated
    return _query(current_app.extensions["comity"], asked, asked.text)


def _without_query(asked: SparqlRequest) -> Response:
    if request.method == "POST":
        raise Problem(
            400, "query-missing", "The form holds neither query nor update.", hint="Send query=SELECT …"
        )
    choice = choose(request.headers.get("Accept"), (*RDF, HTML), asked.get("format"))
    return editor.page() if choice is HTML else service_description(choice)


def _query(service: Service, asked: SparqlRequest, text: str) -> Response:
    """Return the answer to a query: from the cache, or by a query worker."""
    started = time.perf_counter()
    wanted, refusals = _formats(
        request.environ.get("HTTP_ACCEPT"), asked.get("format") or asked.get("output")
    )
    seconds = _seconds_allowed(service, asked.get("timeout"))
    service.rate_limit.check(request.remote_addr or "")
    volatile = "(" in text and _VOLATILE.search(text) is not None
    key = "" if volatile else _cache_key(service.pool.generation, asked, wanted)
    found, rest, size, outcome = service.cache.get(key) if key else None, None, 0, "cached"
    if found is None:
        call = QueryCall(
            text=text,
            default_graphs=tuple(asked.default),
            named_graphs=tuple(asked.named),
            result_format=wanted["result_format"],
            graph_format=wanted["graph_format"],
            refusals=refusals,
        )
        outcome = "ok"
        try:
            found, rest, size = _evaluate(service, call, seconds, key)
        except Problem as problem:
            service.record_problem(started, problem, text)
            raise
    took = time.perf_counter() - started
    service.record(took, found, text, outcome, streamed=rest is not None)
    return respond(found, rest, size, f"{'query' if outcome == 'ok' else 'cache'};dur={took * 1000:.2f}")


@lru_cache(maxsize=1024)
def _formats(accept: str | None, name: str | None) -> tuple[dict[str, str | None], dict[str, list[str]]]:
    """Return the format for each kind of result, and the words of refusal for a kind that has none."""
    wanted: dict[str, str | None] = {}
    refusals: dict[str, list[str]] = {}
    for key, offered in (("result_format", RESULTS), ("graph_format", GRAPHS)):
        try:
            wanted[key] = choose(accept, offered, name).name
        except Problem as problem:
            wanted[key] = None
            refusals[key] = [problem.detail, problem.hint]
    if refusals.keys() == wanted.keys():
        detail, hint = refusals["result_format"]
        raise Problem(406, "not-acceptable", detail, hint=hint)
    return wanted, refusals


def _seconds_allowed(service: Service, text: str | None) -> float:
    """Return the time that a query may take: the server's limit, or less where the client says so."""
    limit = service.settings.query_seconds
    if text is None:
        return limit
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise Problem(
            400,
            "bad-timeout",
            f"timeout: '{text[:40]}' is not a number of seconds above zero.",
            hint=f"Give seconds, such as 2.5; {limit:g} is the most.",
        )
    return min(seconds, limit)


def _cache_key(generation: str, asked: SparqlRequest, wanted: dict[str, str | None]) -> str:
    """Return what a result depends on: generation, formats, dataset and text."""
    graphs = "\1".join([*asked.default, "\2", *asked.named])
    return f"{generation}\0{wanted['result_format']}\0{wanted['graph_format']}\0{graphs}\0{asked.text}"


def _evaluate(
    service: Service, call: QueryCall, seconds: float, key: str
) -> tuple[Representation, ResponseStream | None, int]:
    """Return the result of a query worker; where it is large, its first bytes, the rest, and the size of all."""
    result = service.pool.run(call, seconds)
    choice, form = _BY_NAME[result.head.format], result.head.form
    body = service.page_of_result(form, result.body, call.text) if choice is HTML else result.body
    # The result of a generation that became current meanwhile goes out, but not under a tag of the former one.
    tag = entity_tag(key) if key and key.startswith(result.generation + "\0") else ""
    found = Representation(body, choice.content_type, result.generation, tag, form)
    if tag and result.rest is None:
        service.cache.put(key, found)
    return found, result.rest, result.head.size
