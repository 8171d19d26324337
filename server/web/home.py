"""The front page, the page with the query box, and the prefixes."""

from flask import Blueprint, Response, jsonify, request

from comity.iris import PREFIXES
from comity.server.web import editor, welcome

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> Response:
    """The front page."""
    return welcome.page()


def query_page() -> Response:
    """The page with the editor."""
    return editor.page()


@blueprint.get("/prefixes")
def prefixes() -> Response:
    """The prefixes that need no declaration: as JSON, or as PREFIX lines."""
    if request.accept_mimetypes.best_match(["application/json", "text/plain"]) == "text/plain":
        lines = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
        return Response(lines, content_type="text/plain; charset=utf-8")
    return jsonify(PREFIXES)
