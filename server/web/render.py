"""Pages and other texts about the graph: rendered, sent with an entity tag, and cached until the graph changes."""

import html
import importlib.util
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, render_template, request
from markupsafe import Markup, escape

from comity.addresses import web_address
from comity.cells import csv_lines
from comity.edtf import dated, in_words
from comity.english import capital
from comity.errors import ComityError, MissingLibraryError
from comity.export.results import parquet
from comity.iris import BASE, CO, PREFIXES, XSD, identifier
from comity.questions.hints import Hint, hints
from comity.questions.questions import question
from comity.server.http.formats import PARQUET, SVG, Format
from comity.server.http.responses import Representation, entity_tag, respond
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.web import assets, view_context
from comity.server.web.figures.sheet import png
from comity.server.web.models import citations, records, titles
from comity.server.web.view_context import graph_reader

HTML = "text/html; charset=utf-8"
#: The names of columns, and rows.
Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
#: The configuration key for whether pages are written to files instead of being served.
PUBLISHED = "COMITY_PUBLISHED"


def page(template: str, make: Callable[[], dict[str, Any]], content_type: str = HTML) -> Response:
    """Return a page, rendered or from the cache; its content depends only on address, generation and day.

    :param make: returns the values for the template; called only if the page is not in the cache.
    """
    return answer(lambda: render_template(template, **make()), content_type)


def answer(make: Callable[[], str | bytes], content_type: str) -> Response:
    """Return a text or picture that depends only on address, generation and day, made or from the cache."""
    started = time.perf_counter()
    generation = graph_reader().generation
    address = f"{request.base_url}?{urlencode(view_context.arguments())}"
    key = "\0".join(["page", generation, view_context.today(), address, content_type, assets.stamp()])
    cached = service().cache.get(key)
    kept = cached is not None
    if cached is None:
        made = make()
        body = made if isinstance(made, bytes) else made.encode()
        cached = Representation(body, content_type, generation, entity_tag(key), "page")
        service().cache.put(key, cached)
    milliseconds = (time.perf_counter() - started) * 1000
    return respond(cached, timing=f"{'cache' if kept else 'page'};dur={milliseconds:.2f}")


def drawing(make: Callable[[], str], form: Format) -> Response:
    """Return a standalone figure as SVG or PNG, made or from the cache.

    :param make: returns the SVG document.
    :raises Problem: 501 if the server has no library for pictures.
    """
    if form is SVG:
        return answer(make, form.content_type)
    with libraries("SVG"):
        return answer(lambda: png(make()), form.content_type)


@contextmanager
def libraries(instead: str) -> Iterator[None]:
    """Respond that a format needs a library of an extra that the server has not installed.

    :param instead: the formats to ask for instead.
    :raises Problem: 501 if a library is missing.
    """
    try:
        yield
    except MissingLibraryError as error:
        hint = f"Install it where the server runs, or ask for {instead}."
        raise Problem(501, "format-not-installed", str(error), hint=hint) from error


def table(make: Callable[[], Table], form: Format) -> Response:
    """Return the rows of a page as CSV or Parquet, made or from the cache.

    :param make: returns the names of the columns and the rows.
    :raises Problem: 501 if the server has no library for Parquet.
    """
    if form is not PARQUET:
        return answer(lambda: csv_text(*make()), form.content_type)
    with libraries("CSV or JSON"):
        response = answer(lambda: _parquet(*make()), form.content_type)
    name = re.sub(r"[^\w-]+", "-", request.path.strip("/"))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.parquet"'
    return response


def _parquet(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a table as Parquet whose metadata contain its address and the version of the graph."""
    bindings = [
        {name: _term(cell) for name, cell in zip(columns, row, strict=True) if cell not in (None, "")}
        for row in rows
    ]
    query = urlencode(view_context.arguments())
    address = service().root().rstrip("/") + request.path + (f"?{query}" if query else "")
    return parquet(columns, bindings, {"address": address, "generation": graph_reader().generation})


def _term(cell: Any) -> dict[str, str]:
    """Return a cell as a term of the SPARQL results JSON format."""
    return {"value": str(cell)} | ({"datatype": XSD + "integer"} if type(cell) is int else {})


def origin(address: str) -> str:
    """Return the footer of a figure, with its origin and licence."""
    version = graph_reader().generation
    return f"Source: Comity, {address}. Version {version} of the graph. Facts: CC BY 4.0."


def embed_code(path: str, title: str, arguments: dict[str, str]) -> str:
    """Return the HTML for embedding a figure of this server in a page elsewhere.

    :param path: the address of the figure on this server, which must allow embedding.
    """
    address = f"{service().root().rstrip('/')}{path}" + (f"?{urlencode(arguments)}" if arguments else "")
    return (
        f'<iframe src="{html.escape(address)}" title="{html.escape(title)}" width="100%" height="620" loading="lazy" '
        'frameborder="0"></iframe>'
    )


@cache
def has_pictures() -> bool:
    """Return whether the server can render maps as pictures."""
    return importlib.util.find_spec("resvg_py") is not None


_LEAD = re.compile(r'<p class="lead"[^>]*>(.*?)</p>', re.DOTALL)
_PARAGRAPH = re.compile(r"<p(?: [^>]*)?>(.*?)</p>|<h1[^>]*>(.*?)</h1>", re.DOTALL)
#: About the length that search engines and messengers show of a description.
_MOST_LETTERS = 220


def first_sentences(body: str) -> str:
    """Return the beginning of a page as plain text: its lead, or else its first paragraph of some length."""
    leads = [match[1] for match in _LEAD.finditer(body)]
    others = [match[1] or match[2] for match in _PARAGRAPH.finditer(body)]
    texts = (" ".join(html.unescape(re.sub(r"<[^>]+>", " ", one)).split()) for one in [*leads, *others])
    text = next((one for one in texts if len(one) > 20), "")
    text = re.sub(r" ([.,;:)])", r"\1", text)
    if len(text) <= _MOST_LETTERS:
        return text
    return text[:_MOST_LETTERS].rpartition(" ")[0].rstrip(" ,;:") + " …"


def with_code(text: str) -> Markup:
    """Return a text with the parts in backticks marked up as code.

    >>> str(with_code("`contradictory` says < whether"))
    '<code>contradictory</code> says &lt; whether'
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as CSV (RFC 4180), with texts escaped so that spreadsheets do not execute them."""
    return csv_lines([header, *rows])


def register(app: Flask) -> None:
    """Provide templates with what every page uses: links, labels, the view, and the installed assets."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["in_words"] = in_words
    app.jinja_env.filters["dated"] = dated
    app.jinja_env.filters["moment"] = lambda time: f"{in_words(time[:10])}, {time[11:16]}"
    app.jinja_env.filters["capital"] = capital
    app.jinja_env.filters["preposition"] = records.preposition
    app.jinja_env.filters["first_sentences"] = first_sentences
    app.jinja_env.filters["with_code"] = with_code
    app.jinja_env.filters["web"] = web_address
    app.jinja_env.filters["number"] = lambda value: f"{int(value):,}"
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    """Return the names available in every template; those that read the store do so only when used."""
    try:
        now = view_context.current()
        reader = graph_reader()
    except ComityError:  # The page that reports the error also needs these names.
        now, reader = view_context.ViewContext(view_context.today()), None
    return {
        "now": now,
        "moment_arguments": now.arguments,
        "generation_name": reader.generation if reader else "",
        "newest_source": (lambda: records.newest_source(reader)) if reader else str,
        "today_words": in_words(view_context.today()),
        "link": view_context.linker(),
        "here": view_context.here,
        "own_path": view_context.own_path,
        "between": view_context.between,
        "kept": view_context.kept,
        "arguments": view_context.arguments,
        "instead": view_context.instead,
        "label": reader.label if reader else identifier,
        "called": (lambda iri: titles.called(reader, iri)) if reader else identifier,
        "held_as": (lambda claim: records.status_in_words(reader, claim)) if reader else str,
        "the_name": reader.named if reader else identifier,
        "kind_of": reader.kind_of if reader else str,
        "asset": assets.address,
        "public": service().settings.public_url.rstrip("/"),
        "pictures": has_pictures(),
        "published": bool(current_app.config.get(PUBLISHED)),
        "vendored": assets.vendored,
        "why": why,
        "site": service().root().rstrip("/"),
        "asked": lambda name, **values: question(name).bind(graph_reader().store, values),
        "cited": lambda path: citations.of_page(graph_reader(), path, view_context.today()),
        "hints": _hints,
        "BASE": BASE,
        "CO": CO,
    }


def _hints(text: str, default: Sequence[str]) -> list[Hint]:
    """Return why a query finds nothing."""
    return hints(graph_reader().names, text, PREFIXES, default, view_context.current().day)


def why(subject: str, predicate: str, value: str, snapshot: bool = False) -> str:
    """Return the address of the explanation of a triple, in the snapshot of this page's view if `snapshot` is set."""
    more = {"graph": view_context.current().snapshot.partition("/according-to")[0]} if snapshot else {}
    predicate = predicate if predicate.startswith("http") else CO + predicate
    return view_context.link("/explain", subject=subject, predicate=predicate, object=value, **more)
