"""Sends a result: conditional, compressed where that pays, streamed where it is large, honest where cut."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from flask import Response, request

from comity.server.http.cache import Cached
from comity.server.http.client import Client
from comity.server.http.compression import LEAST_BYTES, choose_encoding, compress, compressor
from comity.server.http.cutting import Cutter
from comity.server.processes.client import ResponseStream

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Served:
    """A result on its way to the client."""

    body: bytes
    content_type: str
    generation: str = ""
    tag: str = ""
    rest: ResponseStream | None = None
    format: str = ""
    form: str = ""
    cut: str = ""
    cached: Cached | None = None
    again: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def deliver(served: Served, client: Client | None = None) -> Response:
    """The HTTP answer with a result, or 304 where the client has it already."""
    status, headers, body = prepare(served, client or Client.of(request.environ))
    response = Response(body, status=status, headers=headers)
    if isinstance(body, Stream):
        response.call_on_close(body.close)
    return response


def prepare(served: Served, client: Client) -> tuple[str, Headers, Iterable[bytes]]:
    """The status, headers and body of the answer with a result."""
    headers = [
        ("Vary", "Accept, Accept-Encoding"),
        ("Cache-Control", "no-cache" if served.tag else "no-store"),
        ("Comity-Version", served.generation),
        *served.headers.items(),
    ]
    if served.tag:
        headers.append(("ETag", f'W/"{served.tag}"'))
        if client.has(served.tag):
            _stop(served)
            return "304 NOT MODIFIED", headers, []
    headers.append(("Content-Type", served.content_type))
    if served.rest is not None:
        return "200 OK", headers, _stream(served, client, headers)
    if served.cut:
        _cut_short(served, headers)
    body = served.body
    if client.encoding and len(body) >= LEAST_BYTES:
        encoding = choose_encoding(client.encoding)
        if encoding:
            body = _encoded(served, encoding)
            headers.append(("Content-Encoding", encoding))
    headers.append(("Content-Length", str(len(body))))
    return "200 OK", headers, [body]


def _stop(served: Served) -> None:
    if served.rest is not None:
        served.rest.close()


def _encoded(served: Served, encoding: str) -> bytes:
    if served.cached is None:
        return compress(served.body, encoding)
    if encoding not in served.cached.encoded:
        served.cached.encoded[encoding] = compress(served.body, encoding)
    return served.cached.encoded[encoding]


def reason_of(cut: str) -> str:
    """Why a result was cut off, in words."""
    return "the result is larger than this server sends" if cut == "size" else cut


def _cut_short(served: Served, headers: Headers) -> None:
    cutter = Cutter(served.format)
    served.body = cutter.feed(served.body) + cutter.close(reason_of(served.cut))
    headers.append(("Comity-Truncated", "size"))


class Stream:
    """The body of a streamed answer; closing it frees the worker."""

    def __init__(self, served: Served, rest: ResponseStream, encoding: str) -> None:
        self._rest = rest
        self._pieces = self._encode(self._cut(served), encoding)

    def _cut(self, served: Served) -> Iterator[bytes]:
        cutter = Cutter(served.format)
        yield cutter.feed(served.body)
        for piece in self._rest:
            yield cutter.feed(piece)
        cut = self._rest.end.cut
        yield cutter.close(reason_of(cut)) if cut else cutter.rest()

    def _encode(self, pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
        if not encoding:
            yield from (piece for piece in pieces if piece)
            return
        machine = compressor(encoding)
        for piece in pieces:
            packed = machine.compress(piece)
            if packed:
                yield packed
        yield machine.finish()

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        """End the evaluation where the client has gone."""
        self._rest.close()


def _stream(served: Served, client: Client, headers: Headers) -> Iterable[bytes]:
    assert served.rest is not None
    encoding = choose_encoding(client.encoding)
    if encoding:
        headers.append(("Content-Encoding", encoding))
    if client.method == "HEAD":
        served.rest.close()
        return []
    return Stream(served, served.rest, encoding)
