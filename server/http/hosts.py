"""The trusted host names of this server, from which addresses in responses are built.

This also refuses pages of other sites whose names were made to resolve to this server (DNS rebinding).
"""

import ipaddress
import socket
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, request

from comity.server.problems import Problem
from comity.server.settings import Settings

#: Probes use whatever name they know for these paths, whose responses contain no address.
_FOR_MACHINES = ("/health", "/ready", "/metrics")
ANY = "*"
#: No IP address is longer, but for the name of a zone, under which no client reaches a server.
_LONGEST_ADDRESS = 45


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
        host = str(request.environ.get("HTTP_HOST", ""))
        if not host or host in hosts or request.path in _FOR_MACHINES:
            return
        request.environ["HTTP_HOST"] = "localhost"
        for name in ("host", "url", "base_url", "url_root", "host_url"):
            request.__dict__.pop(name, None)
        raise Problem(
            421,
            "other-host",
            "This server does not recognise that host name as its own.",
            hint="An operator can add it in COMITY_PUBLIC_URL or COMITY_HOSTS.",
        )

    app.before_request(check)
