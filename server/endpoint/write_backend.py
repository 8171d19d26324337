"""Where updates and Graph Store writes go: to the write backend that the application was given."""

from dataclasses import dataclass
from typing import Protocol

from flask import Response, request

from comity.server.endpoint.protocol_request import SparqlRequest

#: Where the application keeps its write backend, among its extensions.
EXTENSION = "comity-writes"


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


class WriteBackend(Protocol):
    """Carries out writes. Each method answers the request, or raises a Problem; it decides who may write."""

    def update(self, asked: SparqlRequest) -> Response:
        """Carry out a SPARQL update."""

    def graph(self, write: GraphWrite) -> Response:
        """Carry out a Graph Store write."""


def graph_write(name: str | None) -> GraphWrite:
    """Return the Graph Store write that the request of Flask's context holds, to a graph of this name."""
    content_type = request.headers.get("Content-Type", "")
    if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
        files = request.files.values()
        documents = tuple(Document(file.read(), file.content_type or "") for file in files)
    else:
        documents = (Document(request.get_data(), content_type),)
    return GraphWrite(request.method, name, documents)
