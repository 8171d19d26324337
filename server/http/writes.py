"""Where updates and Graph Store writes go: nowhere, unless the server was given somebody to take them."""

from dataclasses import dataclass
from typing import Protocol

from flask import Response, current_app, request

from comity.server.http.asking import Asked
from comity.server.problems import Problem


@dataclass(frozen=True)
class Document:
    """An RDF document that was sent, with its Content-Type."""

    body: bytes
    content_type: str


@dataclass(frozen=True)
class GraphWrite:
    """A write of the Graph Store Protocol: PUT, POST or DELETE.

    The graph is None for the default graph and ``*`` for a graph that is still to be named.
    """

    method: str
    graph: str | None
    documents: tuple[Document, ...]


class Writes(Protocol):
    """Takes writes. Each method answers the request, or raises a Problem; who may write is its affair."""

    def update(self, asked: Asked) -> Response:
        """Carry out a SPARQL update."""

    def graph(self, write: GraphWrite) -> Response:
        """Carry out a Graph Store write."""


def _taker() -> Writes:
    taker: Writes | None = current_app.extensions["comity"].writes
    if taker is None:
        raise Problem(
            403,
            "read-only",
            "This server answers questions and takes no changes.",
            hint="An operator makes tokens with `comity token add`; changes are sent with one of them.",
        )
    return taker


def update(asked: Asked) -> Response:
    """Hand an update on."""
    return _taker().update(asked)


def graph(name: str | None) -> Response:
    """Hand a Graph Store write on."""
    taker = _taker()
    return taker.graph(GraphWrite(request.method, name, _documents()))


def _documents() -> tuple[Document, ...]:
    content_type = request.headers.get("Content-Type", "")
    if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
        files = request.files.values()
        return tuple(Document(file.read(), file.content_type or "") for file in files)
    return (Document(request.get_data(), content_type),)
