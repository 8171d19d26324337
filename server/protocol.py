"""The SPARQL Protocol at /sparql: queries, and updates where somebody may make them."""

import re
import time
from typing import Any

from flask import Blueprint, Response, current_app, request

from . import asking, formats, writes
from .cache import Cached
from .delivery import Served, deliver
from .description import service_description
from .formats import GRAPHS, RDF, RESULTS, Format, choose
from .home import query_page
from .problems import Problem
from .service import Service
from .tags import tag_of

blueprint = Blueprint("protocol", __name__)
_VOLATILE = re.compile(r"\b(NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)
_BY_NAME = {choice.name: choice for choice in (*RESULTS, *GRAPHS)}


@blueprint.route("/sparql", methods=["GET", "POST"], strict_slashes=False)
def sparql() -> Response:
    """Answer a query, carry out an update, or describe the service."""
    asked = asking.read(request)
    if asked.text is None:
        return _without_query(asked)
    if asked.is_update:
        return writes.update(asked)
    service: Service = current_app.extensions["comity"]
    return _query(service, asked, asked.text)


def _without_query(asked: asking.Asked) -> Response:
    if request.method == "POST":
        raise Problem(
            400, "query-missing", "The form holds neither query nor update.", hint="Send query=SELECT …"
        )
    choice = choose(request.headers.get("Accept"), (*RDF, formats.HTML), asked.get("format"))
    if choice is formats.HTML:
        return query_page()
    return service_description(choice)


def _formats(asked: asking.Asked) -> tuple[dict[str, str | None], dict[str, list[str]]]:
    """The format for each kind of result, and the words of refusal where there is none."""
    accept, name = request.headers.get("Accept"), asked.get("format") or asked.get("output")
    wanted: dict[str, str | None] = {}
    refusals: dict[str, list[str]] = {}
    for key, offered in (("result_format", RESULTS), ("graph_format", GRAPHS)):
        try:
            wanted[key] = choose(accept, offered, name).name
        except Problem as problem:
            wanted[key] = None
            refusals[key] = [problem.detail, problem.hint]
    if refusals.keys() == wanted.keys():
        raise Problem(406, "not-acceptable", refusals["result_format"][0], hint=refusals["result_format"][1])
    return wanted, refusals


def seconds_allowed(service: Service, text: str | None) -> float:
    """The time that a query may take: the server's limit, or less where the client says so."""
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


def _query(service: Service, asked: asking.Asked, text: str) -> Response:
    started = time.perf_counter()
    wanted, refusals = _formats(asked)
    seconds = seconds_allowed(service, asked.get("timeout"))
    service.rates.check(request.remote_addr or "")
    key = "\0".join(
        [
            service.pool.generation,
            str(wanted["result_format"]),
            str(wanted["graph_format"]),
            *asked.default,
            "\1",
            *asked.named,
            "\2",
            asked.get("explain") or "",
            text,
        ]
    )
    fixed = _VOLATILE.search(text) is None
    if fixed:
        served = _remembered(service, key)
        if served is not None:
            service.record("query", started, served, text, cached=True)
            return deliver(served)
    header = {
        "do": "query",
        "default": asked.default,
        "named": asked.named,
        "bounds": service.bounds,
        "snapshots": service.settings.snapshot_graphs,
        "refusals": refusals,
        **wanted,
    }
    try:
        served = _evaluate(service, header, text, seconds, key if fixed else "")
    except Problem as problem:
        service.record_problem("query", started, problem, text)
        raise
    if asked.get("explain") not in {None, "", "0", "false"}:
        served.headers["Comity-Explain"] = "The engine offers no plan; Server-Timing says how long it took."
    service.record("query", started, served, text)
    return deliver(served)


def _remembered(service: Service, key: str) -> Served | None:
    cached = service.cache.get(key)
    if cached is None:
        return None
    return Served(
        cached.body,
        cached.content_type,
        generation=cached.generation,
        tag=cached.tag,
        cached=cached,
        form=cached.form,
    )


def _evaluate(service: Service, header: dict[str, Any], text: str, seconds: float, key: str) -> Served:
    result = service.pool.run(header, text.encode(), seconds)
    choice: Format = _BY_NAME[result.head["format"]]
    served = Served(
        result.body,
        choice.content_type,
        generation=result.generation,
        tag=tag_of(key) if key and key.startswith(result.generation) else "",
        rest=result.rest,
        format=choice.name,
        form=result.head["form"],
        trailer=result.trailer,
    )
    if choice is formats.HTML:
        served.body = service.page_of_result(served.form, result.body, text)
    if served.tag and result.rest is None and not result.trailer.get("cut"):
        served.cached = Cached(served.body, served.content_type, served.tag, result.generation, served.form)
        service.cache.put(key, served.cached)
    return served
