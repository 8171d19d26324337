"""Makes pages: one frame for all of them, sent with a tag, compressed, and kept while the graph stays the same."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask, Response, render_template, request

from comity.edtf import in_words
from comity.errors import ComityError
from comity.iris import BASE, CO
from comity.server.http.responses import Representation, entity_tag, respond
from comity.server.web import assets, view_context
from comity.server.web.models import records
from comity.server.web.view_context import graph_reader, service

Trail = Sequence[tuple[str, str]]
HTML = "text/html; charset=utf-8"


def page(template: str, make: Callable[[], dict[str, Any]], content_type: str = HTML) -> Response:
    """Give a page: made by a template from what `make` gives, or remembered from the last time.

    The address, the generation and the day decide what a page says; nothing else does.
    """
    return answer(lambda: render_template(template, **make()), content_type)


def answer(make: Callable[[], str], content_type: str) -> Response:
    """Give a text that follows from the address and the generation alone."""
    started = time.perf_counter()
    generation = graph_reader().generation
    key = "\0".join(["page", generation, view_context.today(), request.url, content_type, assets.stamp()])
    cached = service().cache.get(key)
    kept = cached is not None
    if cached is None:
        cached = Representation(make().encode(), content_type, generation, entity_tag(key), "page")
        service().cache.put(key, cached)
    milliseconds = (time.perf_counter() - started) * 1000
    return respond(cached, timing=f"{'cache' if kept else 'page'};dur={milliseconds:.2f}")


def register(app: Flask) -> None:
    """Give templates what every page uses: links, labels, the moment, and the assets that are there."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["in_words"] = in_words
    app.jinja_env.filters["number"] = lambda value: f"{int(value):,}"
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    """The names that templates know; each reads the store only when it is used."""
    try:
        now = view_context.current()
        generation = graph_reader().generation
    except ComityError:  # the page that says so still has to be drawn
        now, generation = view_context.ViewContext(view_context.today()), ""
    return {
        "now": now,
        "moment_arguments": now.arguments,
        "generation_name": generation,
        "newest_source": (lambda: records.newest_source(graph_reader())) if generation else str,
        "today_words": in_words(view_context.today()),
        "link": view_context.link,
        "here": view_context.here,
        "kept": view_context.kept,
        "label": lambda iri: graph_reader().label(iri),
        "kind_of": lambda iri: graph_reader().kind_of(iri),
        "asset": assets.address,
        "vendored": assets.vendored,
        "why": why,
        "BASE": BASE,
        "CO": CO,
    }


def why(subject: str, predicate: str, value: str, snapshot: bool = False) -> str:
    """Give the address of the explanation of a triple, in the graph of this page's day where it is one of a day."""
    more = {"graph": view_context.current().snapshot.partition("/according-to")[0]} if snapshot else {}
    predicate = predicate if predicate.startswith("http") else CO + predicate
    return view_context.link("/explain", subject=subject, predicate=predicate, object=value, **more)
