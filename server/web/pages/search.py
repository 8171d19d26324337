"""The search page, and completion of names as they are typed."""

from flask import Blueprint, Response, jsonify, request

from comity.questions.lookup import fold
from comity.questions.questions import questions
from comity.server.http.openapi import JSON, MOMENT, OPENSEARCH, operation
from comity.server.web import render
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@operation("q", *MOMENT)
def search() -> Response:
    """Find things by any of their names."""
    text = request.args.get("q", "").strip()[:200]

    def make() -> dict[str, object]:
        reader = graph_reader()
        hits = reader.names.search(text, most=30)
        words = fold(text).split()
        asked = [
            question
            for question in questions().values()
            if words and all(word in fold(f"{question.title} {question.description}") for word in words)
        ]
        return {
            "q": text,
            "hits": hits,
            "sure": bool(hits) and hits[0].score >= 1.5,
            "questions": asked[:6],
            "acts": reader.names.mentions(text, ("act",)),
            "others": reader.names.mentions(text, ("statement", "source")),
            "trail": [("Search", None)],
        }

    return render.page("search.html", make)


@blueprint.get("/complete")
@operation("q", "type", formats=(JSON,))
def complete() -> Response:
    """Return the things of a kind whose name or alias begins with, or resembles, what is typed."""
    text, kind = request.args.get("q", "")[:100], request.args.get("type", "entity")
    reader = graph_reader()
    response = jsonify(
        [
            {
                "name": hit.name,
                "id": hit.id,
                "iri": hit.iri,
                "kind": reader.kind_of(hit.iri),
                "via": hit.via,
            }
            for hit in reader.names.search(text, kind, 12)
        ]
    )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@blueprint.get("/opensearch.xml")
@operation(formats=(OPENSEARCH,))
def opensearch() -> Response:
    """Return the description by which a browser offers the search in its address bar."""
    root = request.url_root.rstrip("/")
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/"><ShortName>Comity</ShortName>'
        "<Description>Names in the graph of recognition</Description>"
        f'<Url type="text/html" template="{root}/search?q={{searchTerms}}"/></OpenSearchDescription>\n'
    )
    return Response(text, content_type="application/opensearchdescription+xml")
