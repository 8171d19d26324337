"""HTTP answers: conditional, compressed where the client accepts that, streamed where they are large."""

from itertools import chain

from flask import Flask, Response, request
from flask_compress import Compress

from comity.server.http.cache import Representation
from comity.server.http.formats import GRAPHS, RESULTS
from comity.server.processes.client import ResponseStream

#: Below this, headers cost more than compression saves.
_LEAST_BYTES = 860
_ALGORITHMS = ["zstd", "br", "gzip"]
_COMPRESSED = {
    "application/atom+xml",
    "application/json",
    "application/manifest+json",
    "application/opensearchdescription+xml",
    "application/problem+json",
    "application/rdf-patch",
    "application/sparql-query",
    "image/svg+xml",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
}


def respond(
    found: Representation, rest: ResponseStream | None = None, size: int = 0, timing: str = ""
) -> Response:
    """Return the HTTP answer with a representation, or 304 where the client has it already.

    :param found: the representation; where it is streamed, its first bytes.
    :param rest: the bytes that follow; closing the answer lets go of the worker that they come from.
    :param size: how many bytes there are in all, where they are streamed: a client that gets fewer will notice.
    :param timing: the value of ``Server-Timing``.
    """
    response = Response(found.body if rest is None else chain([found.body], rest))
    headers = response.headers
    headers["Content-Type"] = found.content_type
    headers["Vary"] = "Accept, Accept-Encoding"
    headers["Cache-Control"] = "no-cache" if found.tag else "no-store"
    headers["Comity-Version"] = found.generation
    if timing:
        headers["Server-Timing"] = timing
    if rest is not None:
        headers["Content-Length"] = str(size)
        response.call_on_close(rest.close)
    if found.tag:
        response.set_etag(found.tag, weak=True)
        if "HTTP_IF_NONE_MATCH" in request.environ:
            response.make_conditional(request)
    return response


class _Compression(Compress):
    """Flask-Compress, which takes ``gzip;q=0`` for a wish: here, what a client refuses is left out first."""

    def after_request(self, response: Response | None) -> Response:
        if request.environ.get("HTTP_ACCEPT_ENCODING"):
            accepted = [f"{name};q={quality}" for name, quality in request.accept_encodings if quality > 0]
            request.environ["HTTP_ACCEPT_ENCODING"] = ", ".join(accepted)
        compressed: Response = super().after_request(response)
        return compressed


def register(app: Flask) -> None:
    """Compress answers as clients accept it."""
    media = {name for choice in (*RESULTS, *GRAPHS) for name in choice.media} | _COMPRESSED
    app.config["COMPRESS_MIMETYPES"] = sorted(media)
    app.config["COMPRESS_MIN_SIZE"] = _LEAST_BYTES
    app.config["COMPRESS_ALGORITHM"] = app.config["COMPRESS_ALGORITHM_STREAMING"] = _ALGORITHMS
    # Answers are made conditional where they are made, so that a 304 is decided once.
    app.config["COMPRESS_EVALUATE_CONDITIONAL_REQUEST"] = False
    _Compression(app)
