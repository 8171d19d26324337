"""Where a server listens: an IP address or host name, and a free port."""

import socket

from comity.errors import ComityError


def bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to a host and a port; the caller must close it.

    :param host: an IP address or a name; if a name has several addresses, IPv4 is preferred.
    :param port: 0 for any free port.
    :raises ComityError: if the host has no address of this machine, or the port is in use.
    """
    name = host.strip().removeprefix("[").removesuffix("]")
    if not name:
        raise ComityError(
            "--host is empty. Name 127.0.0.1 for this machine only, or 0.0.0.0 for all networks."
        )
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        family, *_, address = min(found, key=lambda one: one[0] != socket.AF_INET)
        taken = socket.socket(family, socket.SOCK_STREAM)
        try:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
        except OSError:
            taken.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a valid host name"
        raise ComityError(
            f"Cannot listen at {name[:100]}, port {port}: {reason}. Name another --host or --port."
        ) from None
    return taken


def free_address(host: str, port: int) -> tuple[str, int]:
    """Return the IP address and the port that a host and a port (0 for any free one) resolve to.

    :raises ComityError: if it is impossible to listen there.
    """
    with bound(host, port) as probe:
        address, number = probe.getsockname()[:2]
    return str(address), int(number)


def shown(address: str) -> str:
    """Return an address as written in a URL."""
    return f"[{address}]" if ":" in address else address
