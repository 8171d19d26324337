"""Which names of this server are believed, since addresses that answers give begin with them.

A page of another site whose name was made to stand for this server's address (DNS rebinding) is refused here, too.
"""

import ipaddress
import socket
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, request

from comity.server.problems import Problem
from comity.server.settings import Settings

#: What asks for these goes by whatever name it knows, and their answers have no address.
_FOR_MACHINES = ("/health", "/ready", "/metrics")
ANY = "*"
#: No IP address is longer, but for the name of a zone, under which no client reaches a server.
_LONGEST_ADDRESS = 45


class Hosts:
    """The names under which a server is reached."""

    def __init__(self, settings: Settings) -> None:
        """Take the configured ones, that of the public address, and this machine's own."""
        public = urlsplit(settings.public_url).hostname or ""
        self._names = {
            name.lower() for name in (*settings.host_names(), public, socket.gethostname()) if name
        }

    def __contains__(self, host: str) -> bool:
        """Return whether a host, with or without a port, is believed; an IP address stands for nobody else."""
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
    """Refuse requests to names that are not this server's."""
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
            "This server does not know that name as its own.",
            hint="An operator names it in COMITY_PUBLIC_URL, or COMITY_HOSTS.",
        )

    app.before_request(check)
