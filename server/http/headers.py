"""Headers that every answer carries: security, and reading by pages of other sites; and the proxies in front."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

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


def register(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer, and believe as many proxies as the settings say."""
    common = list((_SECURITY | (_CORS if settings.cors else {})).items())

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        for name, value in common:
            headers.setdefault(name, value)
        if settings.cors and request.method == "OPTIONS":
            headers.update(_PREFLIGHT)
        return response

    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count, x_prefix=count
        )
    if settings.path_prefix:
        app.wsgi_app = _PathPrefix(app.wsgi_app, settings.path_prefix)  # type: ignore[method-assign]


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
