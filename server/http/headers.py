"""Headers that every answer carries: security, reading by other sites, and the counting of answers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from comity.server.http.service import Service
from comity.server.http.shortcut import Shortcut

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
}
_READING = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "ETag, Retry-After, Server-Timing, Comity-Version, Comity-Truncated, Comity-Explain, Link"
    ),
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class Common:
    """Adds the common headers to every answer and counts it; outside Flask, where that is cheapest."""

    def __init__(self, application: "WSGIApplication", service: Service) -> None:
        self._application = application
        self._count = service.metrics.count_response
        self.headers = list((SECURITY | (_READING if service.settings.cors else {})).items())
        self._preflight = list(_PREFLIGHT.items()) if service.settings.cors else []

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            self._count(int(status[0]))
            given = {name for name, _ in headers}
            headers += [pair for pair in self.headers if pair[0] not in given]
            if environ["REQUEST_METHOD"] == "OPTIONS":
                headers += self._preflight
            return start_response(status, headers, *exc_info)

        return self._application(environ, start)


def register(app: Flask, service: Service) -> None:
    """Add the headers, and believe as many proxies as the settings say."""
    settings = service.settings
    common = Common(app.wsgi_app, service)
    app.wsgi_app = Shortcut(common, service, common.headers)  # type: ignore[method-assign]
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count, x_prefix=count
        )
    if settings.path_prefix:
        app.wsgi_app = _Prefix(app.wsgi_app, settings.path_prefix)  # type: ignore[method-assign]


class _Prefix:
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
