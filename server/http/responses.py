"""HTTP answers: conditional, compressed where the client accepts that, streamed where they are large."""

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from flask_compress import Compress

from comity.server.http.cache import Representation
from comity.server.http.formats import GRAPHS, RESULTS
from comity.server.processes.client import ResponseStream

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

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


class WholeResponse(Response):
    """A response that hands a whole body over as a list, which granian sends at once and without another thread."""

    whole = False

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        if not self.whole or self.status_code != 200 or environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        start_response(self.status, list(self.headers))
        return list(self.iter_encoded())


def respond(
    found: Representation, rest: ResponseStream | None = None, size: int = 0, timing: str = ""
) -> Response:
    """Return the HTTP answer with a representation, or 304 where the client has it already.

    :param found: the representation; where it is streamed, its first bytes.
    :param rest: the bytes that follow; closing the answer lets go of the worker that they come from.
    :param size: how many bytes there are in all, where they are streamed: a client that gets fewer will notice.
    :param timing: the value of ``Server-Timing``.
    """
    headers = [
        ("Content-Type", found.content_type),
        ("Content-Length", str(len(found.body) if rest is None else size)),
        ("Vary", "Accept, Accept-Encoding"),
        ("Cache-Control", "no-cache" if found.tag else "no-store"),
        ("Comity-Version", found.generation),
    ]
    if timing:
        headers.append(("Server-Timing", timing))
    if found.tag:
        headers.append(("ETag", f'W/"{found.tag}"'))
    response = WholeResponse(found.body if rest is None else chain([found.body], rest), headers=headers)
    response.whole = rest is None
    if found.tag and "HTTP_IF_NONE_MATCH" in request.environ:
        response.make_conditional(request)
    if rest is not None:
        response.call_on_close(rest.close)
        if response.status_code == 304 or request.method == "HEAD":
            # An answer without a body is never closed.
            rest.close()
    return response


class _Compression(Compress):
    """Flask-Compress, which takes ``gzip;q=0`` for a wish: here, what a client refuses is left out first."""

    def after_request(self, response: Response | None) -> Response:
        wanted = request.environ.get("HTTP_ACCEPT_ENCODING")
        if response is not None and not wanted and "Vary" in response.headers:
            return response
        if wanted:
            accepted = [f"{name};q={quality}" for name, quality in request.accept_encodings if quality > 0]
            request.environ["HTTP_ACCEPT_ENCODING"] = ", ".join(accepted)
        compressed: Response = super().after_request(response)
        return compressed


def register(app: Flask) -> None:
    """Compress answers as clients accept it."""
    app.response_class = WholeResponse
    media = {name for choice in (*RESULTS, *GRAPHS) for name in choice.media} | _COMPRESSED
    app.config["COMPRESS_MIMETYPES"] = sorted(media)
    app.config["COMPRESS_MIN_SIZE"] = _LEAST_BYTES
    app.config["COMPRESS_ALGORITHM"] = app.config["COMPRESS_ALGORITHM_STREAMING"] = _ALGORITHMS
    # Answers are made conditional where they are made, so that a 304 is decided once.
    app.config["COMPRESS_EVALUATE_CONDITIONAL_REQUEST"] = False
    _Compression(app)
