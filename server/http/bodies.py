"""Limits on the bodies and addresses of requests.

Bodies are limited before any of them is read, and refused if incomplete. Every route accepts only small bodies;
those that accept larger ones raise the limit once the sender is known to be authorized. The server in front does not
tell a truncated body from a complete one, so every body needs a length, against which it is counted.
"""

import re
from collections import Counter
from typing import IO, Any

import flask
from flask import Flask, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import ClientDisconnected
from werkzeug.formparser import FormDataParser

from comity.server.http.gateway import READ_AHEAD_BYTES, body_late
from comity.server.http.service import service
from comity.server.problems import Problem, answer
from comity.server.settings import MIB

#: The most bytes in a form, or JSON in its place: it is read before a thread is taken.
FORM_BYTES = READ_AHEAD_BYTES
#: The most bytes in the parameters of an address, unless they contain a query.
ADDRESS_BYTES = 8192
#: The most bytes in a header that lists what the client accepts.
ACCEPT_BYTES = 2048
#: Parameters that may be given more than once, each time with another value.
REPEATABLE = frozenset(
    ("count", "default-graph-uri", "named-graph-uri", "using-graph-uri", "using-named-graph-uri")
)
#: Parameters that say a format, which SPARQLWrapper gives twice: by name and by media type.
_OF_FORMATS = frozenset(("format", "output", "results"))
_ACCEPTING = ("Accept", "Accept-Encoding", "Accept-Language")
_WITH_QUERIES = ("/sparql", "/editor")


class _WholeForms(FormDataParser):
    """A parser of forms that does not mistake a truncated form for an empty one."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Any = None
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        self.silent = False
        try:
            return super().parse(stream, mimetype, content_length, options)
        except ValueError:
            raise Problem(
                400,
                "malformed-form",
                "The form in the body is incomplete or not UTF-8.",
                hint="End multipart/form-data with its boundary, and write text as UTF-8.",
            ) from None


class Request(flask.Request):
    """A request that is refused if its body is not as long as its ``Content-Length`` says."""

    form_data_parser_class = _WholeForms

    def __init__(self, environ: dict[str, Any], *arguments: Any, **options: Any) -> None:
        environ.pop("wsgi.input_terminated", None)
        super().__init__(environ, *arguments, **options)


def register(app: Flask) -> None:
    """Make the application accept only bodies of known length, and only small ones unless a route says otherwise."""
    app.request_class = Request
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = FORM_BYTES
    app.before_request(_check_accept)
    app.before_request(_check_address)
    app.before_request(_check_parameters)
    app.before_request(_refuse_unknown_length)
    app.register_error_handler(ClientDisconnected, _of_cut_body)


def _check_accept() -> None:
    """Refuse an overlong list of what the client accepts, since lists are parsed and cached."""
    for name in _ACCEPTING:
        if len(request.headers.get(name, "")) > ACCEPT_BYTES:
            request.environ["HTTP_ACCEPT"] = ""
            raise Problem(
                431,
                "header-too-long",
                f"The header {name} is longer than {ACCEPT_BYTES:,} bytes.",
                hint="List fewer, or send */*.",
            )


def _check_address() -> None:
    """Refuse an address that is long without containing a query, or contains a token, which is not repeated."""
    secret = "token" in request.args or "access_token" in request.args
    long = len(request.query_string) > ADDRESS_BYTES and not request.path.startswith(_WITH_QUERIES)
    if not (secret or long):
        return
    request.environ["QUERY_STRING"], request.query_string = "", b""
    for name in ("args", "url", "full_path"):
        request.__dict__.pop(name, None)
    if secret:
        raise Problem(
            400,
            "token-in-address",
            "A token must not be part of an address, since logs and browser histories record it. Revoke this one now.",
            hint="Send it in the header Authorization: Bearer …",
        )
    detail = f"The parameters in the address are longer than {ADDRESS_BYTES:,} bytes."
    raise Problem(414, "address-too-long", detail, hint="Omit parameters that are not needed.")


def _check_parameters() -> None:
    """Refuse an address that gives a parameter twice, of which one value would be taken silently."""
    refuse_repeated([name for name, _ in request.args.items(multi=True)])


def refuse_repeated(names: list[str]) -> None:
    """Refuse parameters of which one is named twice, ``as_of`` and ``as-of`` being the same, unless it has many values.

    :raises Problem: 400, with the name.
    """
    for alike, times in Counter(name.replace("_", "-") for name in names).items():
        if times > 1 and alike not in REPEATABLE | _OF_FORMATS:
            written = " or ".join(dict.fromkeys(one[:40] for one in names if one.replace("_", "-") == alike))
            raise Problem(
                400,
                "repeated-parameter",
                f"The parameter {written} is given {times} times.",
                hint="Give it once.",
            )


def number_in_address(name: str, most: int, kind: str, what: str, status: int = 400) -> int | None:
    """Return a parameter of the address as a positive integer, or None if it is empty.

    :param kind: the kind of problem if it is not one, or greater than `most`.
    :param what: what the number identifies, such as ``change``.
    :raises Problem: of that kind and status.
    """
    text = request.args.get(name, "").strip()
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,19}", text) and 1 <= int(text) <= most:
        return int(text)
    hint = f"Use a number from 1 to {most:,}."
    raise Problem(status, kind, f"{name}: {text[:20]!r} is not a valid {what} number.", hint=hint)


def allow_upload() -> None:
    """Allow the body of the request to be as large as a file; its sender must have been authorized."""
    request.max_content_length = service().settings.upload_mib * MIB


def json_object() -> dict[str, Any]:
    """Return the body as a JSON object.

    :raises Problem: 400 if it is not one, or is nested too deeply to be read.
    """
    try:
        found = request.get_json(silent=True)
    except RecursionError:
        found = None
    if not isinstance(found, dict):
        raise Problem(400, "bad-json", "The body is not a JSON object.", hint='Send {"name": "value"}.')
    return found


def _refuse_unknown_length() -> None:
    if "Transfer-Encoding" in request.headers:
        raise Problem(
            411,
            "length-required",
            "The request does not give the length of its body, so a truncated body could not be detected.",
            hint="Send Content-Length instead of Transfer-Encoding; with curl, --data-binary instead of -T -.",
        )
    coding = request.headers.get("Content-Encoding", "identity")
    if coding.strip().lower() not in ("", "identity"):
        raise Problem(
            415,
            "unsupported-content-encoding",
            f"Compressed request bodies ({coding[:40]}) are not supported.",
            hint="Send it uncompressed, without Content-Encoding.",
            headers={"Accept-Encoding": "identity"},
        )


def _of_cut_body(error: ClientDisconnected) -> flask.Response:
    if body_late(request.environ):
        detail = "The body of the request did not arrive in time and was discarded."
        return answer(
            Problem(
                408, "body-late", detail, hint="Send it again in smaller parts, or over a faster connection."
            )
        )
    detail = "The body of the request is shorter than its Content-Length and was discarded."
    return answer(Problem(400, "body-cut", detail, hint="Send it again."))
