"""Where updates and Graph Store writes go: nowhere, unless the server was given somebody to take them."""

from dataclasses import dataclass
from typing import Protocol

from flask import Response, current_app, request

from .asking import Asked
from .problems import Problem


@dataclass(frozen=True)
class GraphWrite:
    """A write of the Graph Store Protocol: PUT, POST or DELETE of a graph (None: the default graph)."""

    method: str
    graph: str | None
    body: bytes
    content_type: str
    slug: str = ""


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
    return taker.graph(
        GraphWrite(
            request.method,
            name,
            request.get_data(),
            request.headers.get("Content-Type", ""),
            request.headers.get("Slug", ""),
        )
    )
