"""Headers that every answer carries: security, reading by other sites, and the counting of answers."""

from flask import Flask, Response, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

from .service import Service
from .settings import Settings

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
_RESPONSES = {number: f'comity_responses_total{{status="{number}xx"}}' for number in range(1, 6)}


def register(app: Flask, settings: Settings) -> None:
    """Add the headers, and believe as many proxies as the settings say."""
    common = list((SECURITY | (_READING if settings.cors else {})).items())

    def add(response: Response) -> Response:
        headers = response.headers
        for name, value in common:
            if name not in headers:
                headers[name] = value
        if request.method == "OPTIONS" and settings.cors:
            headers.update(_PREFLIGHT)
        service: Service = current_app.extensions["comity"]
        service.metrics.add(_RESPONSES[response.status_code // 100])
        return response

    app.after_request(add)
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count, x_prefix=count
        )
    if settings.path_prefix:
        app.wsgi_app = _Prefix(app.wsgi_app, settings.path_prefix)  # type: ignore[method-assign,assignment]


class _Prefix:
    """Takes the path prefix off, whether the proxy in front has left it on or not."""

    def __init__(self, application: object, prefix: str) -> None:
        self._application = application
        self._prefix = prefix

    def __call__(self, environ: dict[str, object], start_response: object) -> object:
        path = str(environ.get("PATH_INFO", ""))
        if path == self._prefix or path.startswith(self._prefix + "/"):
            environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
        environ["SCRIPT_NAME"] = self._prefix
        return self._application(environ, start_response)  # type: ignore[operator]
