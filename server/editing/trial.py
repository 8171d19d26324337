"""Updates and documents tried in a query worker before anybody acts on them."""

from dataclasses import dataclass, field

from pyoxigraph import Quad, RdfFormat, parse

from comity.server.endpoint.protocol_request import SparqlRequest
from comity.server.http.formats import by_media_type
from comity.server.http.service import Service
from comity.server.problems import Problem
from comity.server.processes.protocol import DataCall, ParseCall, UpdateCall


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
    call = UpdateCall(
        text=asked.text or "", default_graphs=tuple(asked.default), named_graphs=tuple(asked.named)
    )
    return _try(service, call)


def try_data(service: Service, asked: SparqlRequest) -> Change:
    """The effect of an update that only spells out data, whatever the store holds."""
    return _try(service, DataCall(text=asked.text or ""))


def _try(service: Service, call: UpdateCall | DataCall) -> Change:
    try:
        result = service.pool.run(call, service.settings.query_seconds)
        body = result.whole()
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
    return Change(_quads(removed), _quads(added), list(head.created), list(head.dropped), result.generation)


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
    call = ParseCall(document=body, format=form.name, base=base)
    return _quads(service.pool.run(call, service.settings.query_seconds).whole())


def _quads(lines: bytes) -> list[Quad]:
    return list(parse(lines, RdfFormat.N_QUADS))
