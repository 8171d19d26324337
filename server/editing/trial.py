"""Updates and documents tried in a query worker before anybody acts on them."""

from dataclasses import dataclass, field
from typing import Any

from pyoxigraph import Quad, RdfFormat, parse

from comity.server.endpoint.protocol_request import SparqlRequest
from comity.server.http.formats import by_media_type
from comity.server.http.service import Service
from comity.server.problems import Problem


@dataclass(frozen=True)
class Change:
    """What an update would do to the store."""

    removed: list[Quad]
    added: list[Quad]
    created: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    generation: str = ""


def try_update(service: Service, asked: SparqlRequest) -> Change:
    """The effect of an update on the current generation, worked out on a private copy under all bounds."""
    return _try(service, service.header(do="update", default=asked.default, named=asked.named), asked)


def try_data(service: Service, asked: SparqlRequest) -> Change:
    """The effect of an update that only spells out data, whatever the store holds."""
    return _try(service, service.header(do="data"), asked)


def _try(service: Service, header: dict[str, Any], asked: SparqlRequest) -> Change:
    try:
        result = service.pool.run(header, (asked.text or "").encode(), service.settings.query_seconds)
        body = result.body + b"".join(result.rest or ())
    except Problem as problem:
        if problem.kind != "result-too-large":
            raise
        raise Problem(
            413,
            "change-too-large",
            "The update changes more than this server takes.",
            hint="Send it in parts.",
        ) from problem
    removed, _, added = body.partition(b"\n\n") if not body.startswith(b"\n") else (b"", b"", body[1:])
    head = result.head
    return Change(_quads(removed), _quads(added), head["created"], head["dropped"], result.generation)


def read_document(service: Service, body: bytes, content_type: str, base: str) -> list[Quad]:
    """The quads of an RDF document, parsed under all bounds."""
    form = by_media_type(content_type)
    if form is None:
        raise Problem(
            415,
            "unsupported-media-type",
            f"'{content_type[:100]}' is no RDF format that is read here.",
            hint="Send Turtle, N-Triples, N-Quads, TriG, RDF/XML or JSON-LD with its Content-Type.",
        )
    header = {"do": "parse", "format": form.name, "base": base}
    result = service.pool.run(header, body, service.settings.query_seconds)
    return _quads(result.body + b"".join(result.rest or ()))


def _quads(lines: bytes) -> list[Quad]:
    return list(parse(lines, RdfFormat.N_QUADS))
