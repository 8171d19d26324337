"""What of a request matters beside the question: its method and the headers about the answer."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Client(NamedTuple):
    """What the client wants of the answer's form."""

    method: str
    accept: str | None
    encoding: str | None
    known: str | None
    address: str

    @classmethod
    def of(cls, environ: "WSGIEnvironment") -> "Client":
        """The client of a WSGI request."""
        get = environ.get
        return cls(
            environ["REQUEST_METHOD"],
            get("HTTP_ACCEPT"),
            get("HTTP_ACCEPT_ENCODING"),
            get("HTTP_IF_NONE_MATCH"),
            get("REMOTE_ADDR", ""),
        )

    def has(self, tag: str) -> bool:
        """Whether the client holds the answer with this entity tag."""
        if not self.known or self.method not in {"GET", "HEAD"}:
            return False
        tags = [part.strip().removeprefix("W/") for part in self.known.split(",")]
        return "*" in tags or f'"{tag}"' in tags
