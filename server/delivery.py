"""Sends a result: conditional, compressed where that pays, streamed where it is large, honest where cut."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request

from .cache import Cached
from .compression import LEAST_BYTES, choose_encoding, compress, compressor
from .cutting import Cutter
from .exchange import Rest


@dataclass
class Served:
    """A result on its way to the client."""

    body: bytes
    content_type: str
    generation: str = ""
    tag: str = ""
    rest: Rest | None = None
    format: str = ""
    form: str = ""
    trailer: dict[str, Any] = field(default_factory=dict)
    cached: Cached | None = None
    headers: dict[str, str] = field(default_factory=dict)
    vary: str = "Accept, Accept-Encoding"


def deliver(served: Served) -> Response:
    """The HTTP answer with a result, or 304 where the client has it already."""
    response = Response(content_type=served.content_type)
    headers = response.headers
    headers["Vary"] = served.vary
    headers["Cache-Control"] = "no-cache" if served.tag else "no-store"
    if served.generation:
        headers["Comity-Version"] = served.generation
    if served.tag:
        headers["ETag"] = f'W/"{served.tag}"'
        if _has_it(served.tag):
            response.status_code = 304
            del headers["Content-Type"]
            return response
    headers.update(served.headers)
    if served.rest is not None:
        return _stream(response, served)
    if served.trailer.get("cut"):
        _cut_short(response, served)
    _fill(response, served)
    return response


def _has_it(tag: str) -> bool:
    known = request.environ.get("HTTP_IF_NONE_MATCH")
    if not known or request.method not in {"GET", "HEAD"}:
        return False
    tags = [part.strip().removeprefix("W/") for part in known.split(",")]
    return "*" in tags or f'"{tag}"' in tags


def _fill(response: Response, served: Served) -> None:
    body = served.body
    if len(body) >= LEAST_BYTES:
        encoding = choose_encoding(request.environ.get("HTTP_ACCEPT_ENCODING"))
        if encoding:
            body = _encoded(served, encoding)
            response.headers["Content-Encoding"] = encoding
    response.set_data(body)


def _encoded(served: Served, encoding: str) -> bytes:
    if served.cached is None:
        return compress(served.body, encoding)
    if encoding not in served.cached.encoded:
        served.cached.encoded[encoding] = compress(served.body, encoding)
    return served.cached.encoded[encoding]


def reason_of(cut: str) -> str:
    """Why a result was cut off, in words."""
    return "the result is larger than this server sends" if cut == "size" else cut


def _cut_short(response: Response, served: Served) -> None:
    cutter = Cutter(served.format)
    served.body = cutter.feed(served.body) + cutter.close(reason_of(served.trailer["cut"]))
    response.headers["Comity-Truncated"] = "size"
    response.headers["Cache-Control"] = "no-store"


class _Stream:
    """The body of a streamed answer; closing it frees the worker."""

    def __init__(self, served: Served, encoding: str) -> None:
        assert served.rest is not None
        self._rest = served.rest
        self._pieces = self._encode(self._cut(served), encoding)

    def _cut(self, served: Served) -> Iterator[bytes]:
        cutter = Cutter(served.format)
        yield cutter.feed(served.body)
        for piece in self._rest:
            yield cutter.feed(piece)
        cut = self._rest.trailer.get("cut")
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


def _stream(response: Response, served: Served) -> Response:
    encoding = choose_encoding(request.environ.get("HTTP_ACCEPT_ENCODING"))
    if encoding:
        response.headers["Content-Encoding"] = encoding
    if request.method == "HEAD":
        assert served.rest is not None
        served.rest.close()
        return response
    stream = _Stream(served, encoding)
    response.response = stream
    response.call_on_close(stream.close)
    return response
