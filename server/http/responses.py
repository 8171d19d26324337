"""HTTP answers: cached, conditional, compressed where the client accepts that, with the headers that all carry."""

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

#: Changes when the program would answer the same request of the same data with other bytes.
_EDITION = "2"
#: What an entry takes beside its body, roughly.
_OVERHEAD = 600
#: How much of a file is read at once.
_CHUNK = 1 << 18


def entity_tag(key: str) -> str:
    """Return the entity tag of what a cache key stands for."""
    return hashlib.blake2b(f"{_EDITION}\0{key}".encode(), digest_size=12).hexdigest()


@dataclass(slots=True)
class Representation:
    """A representation of a resource (RFC 9110): its bytes, and what they are.

    ``tag`` is the entity tag, empty where the bytes may not be kept; ``form`` is ``solutions``, ``boolean``,
    ``graph`` or ``page``; ``unknown`` are graphs of its dataset that are not in the store.
    """

    body: bytes
    content_type: str
    generation: str
    tag: str = ""
    form: str = ""
    unknown: tuple[str, ...] = ()


class Cache:
    """Representations by key, up to a number of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._entries: OrderedDict[str, Representation] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0

    def get(self, key: str) -> Representation | None:
        """Return what is kept under a key."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def put(self, key: str, entry: Representation) -> None:
        """Keep a representation, unless it alone would take an eighth of the room."""
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
    """The bytes of an open file, in chunks; whoever closes them closes the file, read or not."""

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


#: Below this, headers cost more than compression saves.
_LEAST_BYTES = 860
#: More than this is sent as it is: packing it would keep the process from all else; what is larger yet waits packed
#: among the files of `/data`.
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
    """A response that hands a whole body over as a list, which granian sends at once and without another thread.

    One that is a file is handed over as that, so that no more of it is in memory than its client takes at once.
    """

    whole = False
    file: Chunks | None = None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
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
    """Return the HTTP answer with a representation, or 304 where the client has it already.

    :param found: the representation; where it is streamed, its first bytes.
    :param rest: the bytes that follow; closing the answer lets go of the worker or file that they come from.
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
            # An answer without a body is never closed.
            rest.close()
    return response


def _in_header(iri: str) -> str:
    """Return an IRI as a URI (RFC 3987, 3.1), whatever it names."""
    return quote(iri, safe="%:/?#[]@!$&'()*+,;=-._~")


class _Compression(Compress):
    """Flask-Compress, which takes ``gzip;q=0`` for acceptance: here, what a client refuses is left out first."""

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
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: The figures that pages elsewhere may show in a frame, those that are opened as files too, which no source expression
#: of `frame-ancestors` stands for. Nothing in them changes anything.
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
    """Adds the common headers to every answer, and counts it; no view sets any of them itself."""

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
            # A page that reports a problem has the forms of all pages, which nobody else may show.
            own = self._framable if framed and status[:3] in ("200", "304") else more
            return start_response(status, headers + own, *exc_info)

        return self._application(environ, start)


class _PathPrefix:
    """Takes the path prefix off, whether the proxy in front has left it on or not."""

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
    """Compress answers as clients accept it, add the common headers, and trust as many proxies as the settings say."""
    app.response_class = WholeResponse
    media = {name for choice in (*RESULTS, *GRAPHS) for name in choice.media} | _COMPRESSED
    app.config["COMPRESS_MIMETYPES"] = sorted(media)
    app.config["COMPRESS_MIN_SIZE"] = _LEAST_BYTES
    app.config["COMPRESS_LEVEL"] = _GZIP_LEVEL
    app.config["COMPRESS_ALGORITHM"] = app.config["COMPRESS_ALGORITHM_STREAMING"] = _ALGORITHMS
    # Answers are made conditional where they are made, so that a 304 is decided once.
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
