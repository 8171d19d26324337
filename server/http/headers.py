"""Headers that every answer carries: security, and reading by pages of other sites; and the proxies in front."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from comity.server.http.metrics import Metrics
from comity.server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

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
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After, Server-Timing, Comity-Version, Link",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


def register(app: Flask, settings: Settings, metrics: Metrics) -> None:
    """Add the headers to every answer and count it, and believe as many proxies as the settings say."""
    app.wsgi_app = _CommonHeaders(app.wsgi_app, settings.cors, metrics)  # type: ignore[method-assign]
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count, x_prefix=count
        )
    if settings.path_prefix:
        app.wsgi_app = _PathPrefix(app.wsgi_app, settings.path_prefix)  # type: ignore[method-assign]


class _CommonHeaders:
    """Adds the common headers to every answer, and counts it; no view sets any of them itself."""

    def __init__(self, application: "WSGIApplication", cors: bool, metrics: Metrics) -> None:
        self._application = application
        self._count = metrics.count_response
        self._headers = [*_SECURITY.items(), *(_CORS.items() if cors else ())]
        self._preflight = [*self._headers, *(_PREFLIGHT.items() if cors else ())]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        more = self._preflight if environ["REQUEST_METHOD"] == "OPTIONS" else self._headers

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            self._count(int(status[:3]))
            return start_response(status, headers + more, *exc_info)

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
