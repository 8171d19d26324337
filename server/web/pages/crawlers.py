"""Files for search engines: which pages they may visit, and the addresses of those worth indexing."""

from xml.sax.saxutils import escape

from flask import Blueprint, Response

from comity.iris import BASE
from comity.questions.questions import questions
from comity.server.http.formats import Format
from comity.server.http.openapi import TEXT, operation
from comity.server.http.service import service
from comity.server.web import render
from comity.server.web.models.stories import STORIES
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("crawlers", __name__)
SITEMAP = Format("sitemap", ("application/xml", "text/xml"))
_PAGES = (
    "/",
    "/polity",
    "/questions",
    "/map",
    "/timeline",
    "/matrix",
    "/network",
    "/coverage",
    "/data",
    "/about",
    "/glossary",
)
#: Addresses that are unlimited in number or expensive: queries, explanations, every day of every view.
_DISALLOWED = (
    *("/sparql", "/graph-store", "/mcp", "/explain", "/search", "/complete", "/go", "/story", "/cite"),
    *("/as-of/", "/as-known-on/", "/report", "/acts/new", "/statements/new"),
    *("/*as_of=", "/*according_to=", "/*format="),
)


@blueprint.get("/robots.txt")
@operation(formats=(TEXT,))
def robots() -> Response:
    """Return the addresses that crawlers should not visit (RFC 9309)."""
    prefix = service().root().rstrip("/").partition("://")[2].partition("/")[2]
    lines = ["User-agent: *", *(f"Disallow: {'/' + prefix if prefix else ''}{path}" for path in _DISALLOWED)]
    text = "\n".join([*lines, "", f"Sitemap: {service().root()}sitemap.xml", ""])
    return Response(text, content_type="text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
@operation(formats=(SITEMAP,))
def sitemap() -> Response:
    """Return the addresses of the pages of polities, questions and stories, and of the main pages (sitemaps.org)."""
    return render.answer(_sitemap, "application/xml; charset=utf-8")


def _sitemap() -> str:
    paths = [
        *_PAGES,
        *(f"/timeline/{name}" for name in STORIES),
        *(f"/questions/{name}" for name in questions()),
        *("/" + iri.removeprefix(BASE) for iri in graph_reader().of_class("Polity")),
    ]
    root = service().root().rstrip("/")
    urls = "\n".join(f"<url><loc>{escape(root + path)}</loc></url>" for path in paths)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}\n</urlset>\n'
    )
