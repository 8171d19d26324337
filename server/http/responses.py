"""HTTP responses: caching, conditional requests, compression and common headers."""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, Response, request
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from comity.server.http.formats import GRAPHS, RESULTS
from comity.server.http.monitoring import Metrics
from comity.server.processes.client import ResponseStream
from comity.server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Changes whenever the program would render the same request and data to different bytes.
_EDITION = "2"
#: The approximate overhead of an entry beyond its body.
_OVERHEAD = 600
#: The number of bytes read from a file at once.
_CHUNK = 1 << 18


def entity_tag(key: str) -> str:
    """Return the entity tag for a cache key."""
    return hashlib.blake2b(f"{_EDITION}\0{key}".encode(), digest_size=12).hexdigest()


@dataclass(slots=True)
class Representation:
    """A representation of a resource (RFC 9110): its bytes and their metadata.

    ``tag`` is the entity tag, empty if the bytes must not be cached; ``form`` is ``solutions``, ``boolean``,
    ``graph`` or ``page``; ``unknown`` lists graphs of its dataset that are not in the store.
    """

    body: bytes
    content_type: str
    generation: str
    tag: str = ""
    form: str = ""
    unknown: tuple[str, ...] = ()


class Cache:
    """A cache of representations by key, limited in bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._entries: OrderedDict[str, Representation] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0

    def get(self, key: str) -> Representation | None:
        """Return the representation cached under a key, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def put(self, key: str, entry: Representation) -> None:
        """Cache a representation, unless it alone would take an eighth of the cache."""
        size = self._weight(key, entry)
        if size > self._most // 8:
            return
        with self._lock:
            former = self._entries.pop(key, None)
            if former is not None:
                self.bytes -= self._weight(key, former)
            self._entries[key] = entry
            self.bytes += size
            while self.bytes > self._most:
                oldest, dropped = self._entries.popitem(last=False)
                self.bytes -= self._weight(oldest, dropped)

    @staticmethod
    def _weight(key: str, entry: Representation) -> int:
        return 2 * len(key) + len(entry.body) + _OVERHEAD

    def __len__(self) -> int:
        return len(self._entries)


class Chunks:
    """The bytes of an open file in chunks; closing the iterator closes the file, read or not."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.size = os.fstat(file.fileno()).st_size

    def __iter__(self) -> Iterator[bytes]:
        with self.file:
            while chunk := self.file.read(_CHUNK):
                yield chunk

    def close(self) -> None:
        """Close the file."""
        self.file.close()


#: Below this size, headers cost more than compression saves.
_LEAST_BYTES = 860
#: Above this size, responses are sent uncompressed, since compressing would block the process; larger content is
#: available compressed among the files of `/data`.
_MOST_BYTES = 8 * 1024 * 1024
_GZIP_LEVEL = 3
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
    """A response that passes a complete body as a list, which granian sends at once without another thread.

    A file is passed on as a file, so that only the part its client is reading is in memory.
    """

    whole = False
    file: Chunks | None = None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Handle a request."""
        wrapper = environ.get("wsgi.file_wrapper")
        sent = self.status_code == 200 and environ["REQUEST_METHOD"] == "GET"
        if wrapper and sent and self.file and "Content-Encoding" not in self.headers:
            start_response(self.status, list(self.headers))
            wrapped: Iterable[bytes] = wrapper(self.file.file)
            return wrapped
        if not self.whole or self.status_code != 200 or environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        start_response(self.status, list(self.headers))
        return list(self.iter_encoded())


def respond(
    found: Representation,
    rest: ResponseStream | Chunks | None = None,
    size: int = 0,
    timing: str = "",
) -> Response:
    """Return the HTTP response for a representation, or 304 if the client has it already.

    :param found: the representation; if it is streamed, its first bytes.
    :param rest: the remaining bytes; closing the response releases the worker or file they come from.
    :param size: the total number of bytes of a stream, so that a client notices truncation.
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
    if found.unknown:
        headers.append(("Comity-Unknown-Graph", " ".join(map(_in_header, found.unknown))[:2000]))
    if found.tag:
        headers.append(("ETag", f'W/"{found.tag}"'))
    response = WholeResponse(found.body if rest is None else chain([found.body], rest), headers=headers)
    response.whole = rest is None
    response.file = rest if isinstance(rest, Chunks) else None
    if found.tag and "HTTP_IF_NONE_MATCH" in request.environ:
        response.make_conditional(request)
    if rest is not None:
        response.call_on_close(rest.close)
        if response.status_code == 304 or request.method == "HEAD":
            # A response without a body is never closed.
            rest.close()
    return response


def _in_header(iri: str) -> str:
    """Return any IRI as a URI (RFC 3987, 3.1)."""
    return quote(iri, safe="%:/?#[]@!$&'()*+,;=-._~")


class _Compression(Compress):
    """Flask-Compress takes ``gzip;q=0`` for acceptance; this removes the encodings a client refuses."""

    def after_request(self, response: Response | None) -> Response:
        wanted = request.environ.get("HTTP_ACCEPT_ENCODING")
        if response is not None and not wanted and "Vary" in response.headers:
            return response
        if response is not None and (response.content_length or _MOST_BYTES + 1) > _MOST_BYTES:
            return response
        if wanted:
            accepted = [f"{name};q={quality}" for name, quality in request.accept_encodings if quality > 0]
            request.environ["HTTP_ACCEPT_ENCODING"] = ", ".join(accepted)
        compressed: Response = super().after_request(response)
        return compressed


_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Other sites get no referrer; without any, browsers would call the origin of our own forms `null`.
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: The figures that pages of other sites, or pages opened as files, may frame; no source expression of
#: `frame-ancestors` matches the latter. The figures are read-only.
_FRAMED = ("/embed/map", "/embed/timeline", "/reconcile/preview")
_FRAMABLE = {
    **{name: value for name, value in _SECURITY.items() if name != "X-Frame-Options"},
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; font-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'"
    ),
}
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "ETag, Retry-After, Server-Timing, Comity-Version, Comity-Unknown-Graph, Link"
    ),
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Accept, Authorization, Comity-Reason, Content-Type, If-Match, If-None-Match, Prefer"
    ),
    "Access-Control-Max-Age": "86400",
}


class _CommonHeaders:
    """Adds the common headers to every response and counts it; views set none of these themselves."""

    def __init__(self, application: "WSGIApplication", cors: bool, metrics: Metrics) -> None:
        self._application = application
        self._count = metrics.count_response
        self._cors = list(_CORS.items()) if cors else []
        self._headers = [*_SECURITY.items(), *self._cors]
        self._framable = [*_FRAMABLE.items(), *self._cors]
        self._preflight = [*self._headers, *(_PREFLIGHT.items() if cors else ())]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        more = self._preflight if environ["REQUEST_METHOD"] == "OPTIONS" else self._headers
        path = environ.get("PATH_INFO", "")
        framed = any(path == one or path.startswith(one + "/") for one in _FRAMED)

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            self._count(int(status[:3]))
            # A page that reports a problem has the forms of all pages, so it must not be framed.
            own = self._framable if framed and status[:3] in ("200", "304") else more
            return start_response(status, headers + own, *exc_info)

        return self._application(environ, start)


class _PathPrefix:
    """Removes the path prefix, if the proxy in front has not already done so."""

    def __init__(self, application: "WSGIApplication", prefix: str) -> None:
        self._application = application
        self._prefix = prefix

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        if path == self._prefix or path.startswith(self._prefix + "/"):
            environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
        environ["SCRIPT_NAME"] = self._prefix
        return self._application(environ, start_response)


def register(app: Flask, settings: Settings, metrics: Metrics) -> None:
    """Compress responses as clients accept, add the common headers, and trust the configured number of proxies."""
    app.response_class = WholeResponse
    media = {name for choice in (*RESULTS, *GRAPHS) for name in choice.media} | _COMPRESSED
    app.config["COMPRESS_MIMETYPES"] = sorted(media)
    app.config["COMPRESS_MIN_SIZE"] = _LEAST_BYTES
    app.config["COMPRESS_LEVEL"] = _GZIP_LEVEL
    app.config["COMPRESS_ALGORITHM"] = app.config["COMPRESS_ALGORITHM_STREAMING"] = _ALGORITHMS
    # Responses are made conditional where they are created, so that a 304 is decided once.
    app.config["COMPRESS_EVALUATE_CONDITIONAL_REQUEST"] = False
    _Compression(app)
    app.wsgi_app = _CommonHeaders(app.wsgi_app, settings.cors, metrics)  # type: ignore[method-assign]
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count, x_prefix=count
        )
    if settings.path_prefix:
        app.wsgi_app = _PathPrefix(app.wsgi_app, settings.path_prefix)  # type: ignore[method-assign]
