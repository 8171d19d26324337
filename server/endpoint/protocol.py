"""The SPARQL Protocol at /sparql: queries, and updates where somebody may make them."""

from flask import Blueprint, Response, current_app, request

from comity.server.endpoint.description import service_description
from comity.server.http import asking, formats, writes
from comity.server.http.answering import answer
from comity.server.http.client import Client
from comity.server.http.delivery import deliver
from comity.server.http.formats import RDF, choose
from comity.server.problems import Problem
from comity.server.web.pages import editor

blueprint = Blueprint("protocol", __name__)


@blueprint.route("/sparql", methods=["GET", "POST"], strict_slashes=False)
def sparql() -> Response:
    """Answer a query, carry out an update, or describe the service."""
    body = request.get_data() if request.method == "POST" else b""
    asked = asking.read(request.environ, body)
    if asked.text is None:
        return _without_query(asked)
    if asked.is_update:
        return writes.update(asked)
    client = Client.of(request.environ)
    return deliver(answer(current_app.extensions["comity"], asked, client), client)


def _without_query(asked: asking.Asked) -> Response:
    if request.method == "POST":
        raise Problem(
            400, "query-missing", "The form holds neither query nor update.", hint="Send query=SELECT …"
        )
    choice = choose(request.headers.get("Accept"), (*RDF, formats.HTML), asked.get("format"))
    if choice is formats.HTML:
        return editor.page()
    return service_description(choice)
