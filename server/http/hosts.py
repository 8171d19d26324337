"""The trusted host names of this server, from which addresses in responses are built, with scheme and path prefix.

This also refuses pages of other sites whose names were made to resolve to this server (DNS rebinding), and what a proxy
forwards of its client where that is no path prefix or scheme.
"""

import ipaddress
import socket
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, request

from comity.server.http.service import PROBES
from comity.server.problems import Problem
from comity.server.settings import PATH, Settings

ANY = "*"
#: No IP address is longer, but for the name of a zone, under which no client reaches a server.
_LONGEST_ADDRESS = 45
_LONGEST_PREFIX = 100


class Hosts:
    """The names under which a server can be reached."""

    def __init__(self, settings: Settings) -> None:
        """Collect the configured names, that of the public address, and this machine's own."""
        public = urlsplit(settings.public_url).hostname or ""
        self._names = {
            name.lower() for name in (*settings.host_names(), public, socket.gethostname()) if name
        }

    def __contains__(self, host: str) -> bool:
        """Return whether a host, with or without a port, is trusted; IP addresses always are."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
            urlsplit(f"//{host}").port  # noqa: B018  (it raises)
        except ValueError:
            return False
        return (
            ANY in self._names
            or name in self._names
            or name == "localhost"
            or name.endswith(".localhost")
            or (len(name) <= _LONGEST_ADDRESS and _is_address(name))
        )


@lru_cache(maxsize=256)
def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def register(app: Flask, settings: Settings) -> None:
    """Refuse requests for host names that are not this server's."""
    hosts = Hosts(settings)

    def check() -> None:
        _check_forwarded()
        host = str(request.environ.get("HTTP_HOST", ""))
        if not host or host in hosts or request.path in PROBES:
            return  # Probes use whatever name they know.
        request.environ["HTTP_HOST"] = "localhost"
        _forget_address()
        raise Problem(
            421,
            "other-host",
            "This server does not recognise that host name as its own.",
            hint="An operator can add it in COMITY_PUBLIC_URL or COMITY_HOSTS.",
        )

    app.before_request(check)


def _check_forwarded() -> None:
    """Refuse a path prefix or scheme that a client sent, and a proxy that sets none passed on."""
    prefix = request.root_path
    if len(prefix) <= _LONGEST_PREFIX and PATH.fullmatch(prefix) and request.scheme in ("http", "https"):
        return
    request.root_path, request.scheme = "", "http"
    request.environ |= {"SCRIPT_NAME": "", "wsgi.url_scheme": "http"}
    _forget_address()
    raise Problem(
        400,
        "bad-forwarding",
        "X-Forwarded-Prefix is not a path prefix, or X-Forwarded-Proto is neither http nor https.",
        hint="The proxy in front must set these headers, or remove those of its clients.",
    )


def _forget_address() -> None:
    """Forget what was derived from the address of the request, which was changed."""
    for name in ("host", "url", "base_url", "url_root", "host_url"):
        request.__dict__.pop(name, None)
