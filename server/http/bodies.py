"""What the bodies and addresses of requests may be.

Bodies are bounded before anything of them is read, and refused where they are not whole.
Every route takes small bodies alone; those that take more say so once the sender is known to be allowed it. The server
in front ends a body that was cut like one that is whole, so each needs its length, against which it is counted.
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

#: The most that a form, or JSON in its place, may have: it is read before a thread is taken.
FORM_BYTES = READ_AHEAD_BYTES
#: The most that the parameters in an address may have, but where they hold a query.
ADDRESS_BYTES = 8192
#: The most that a header may have which lists what the client accepts.
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
    """The parser of forms, for which a form that breaks off is no empty form."""

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
                "The form in the body is not whole, or not UTF-8.",
                hint="End multipart/form-data with its boundary, and write text as UTF-8.",
            ) from None


class Request(flask.Request):
    """A request whose body is what its ``Content-Length`` says, or refused."""

    form_data_parser_class = _WholeForms

    def __init__(self, environ: dict[str, Any], *arguments: Any, **options: Any) -> None:
        environ.pop("wsgi.input_terminated", None)
        super().__init__(environ, *arguments, **options)


def register(app: Flask) -> None:
    """Let the application take bodies of known length alone, small ones unless a route says otherwise."""
    app.request_class = Request
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = FORM_BYTES
    app.before_request(_check_accept)
    app.before_request(_check_address)
    app.before_request(_check_parameters)
    app.before_request(_refuse_unknown_length)
    app.register_error_handler(ClientDisconnected, _of_cut_body)


def _check_accept() -> None:
    """Refuse a list of what the client accepts that is longer than any program writes; it is taken apart and kept."""
    for name in _ACCEPTING:
        if len(request.headers.get(name, "")) > ACCEPT_BYTES:
            request.environ["HTTP_ACCEPT"] = ""
            raise Problem(
                431,
                "header-too-long",
                f"The header {name} has more than {ACCEPT_BYTES:,} bytes.",
                hint="Name fewer, or send */*.",
            )


def _check_address() -> None:
    """Refuse an address that is long without holding a query, or that holds a token, which no answer repeats."""
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
            "A token does not belong in an address, where logs and histories keep it. It should be revoked now.",
            hint="Send it in the header Authorization: Bearer …",
        )
    detail = f"The parameters in the address have more than {ADDRESS_BYTES:,} bytes."
    raise Problem(414, "address-too-long", detail, hint="Leave out what is not needed.")


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
    """Return the whole number from 1 that a parameter of the address holds, or None where it is empty.

    :param kind: the kind of the problem where it is none, or beyond `most`.
    :param what: what the numbers stand for, for the message.
    :raises Problem: of that kind and status.
    """
    text = request.args.get(name, "").strip()
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,19}", text) and 1 <= int(text) <= most:
        return int(text)
    hint = f"Use a number from 1 to {most:,}."
    raise Problem(status, kind, f"{name}: {text[:20]!r} is not the number of {what}.", hint=hint)


def allow_upload() -> None:
    """Let the body of the request be as large as a file may be; its sender has been found to be allowed it."""
    request.max_content_length = service().settings.upload_mib * MIB


def json_object() -> dict[str, Any]:
    """Return the JSON object that the body is.

    :raises Problem: 400 where it is none, or nested too deeply to be read.
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
            "The request does not say how long its body is, so that nobody could tell whether it is whole.",
            hint="Send Content-Length instead of Transfer-Encoding; with curl, --data-binary instead of -T -.",
        )
    coding = request.headers.get("Content-Encoding", "identity")
    if coding.strip().lower() not in ("", "identity"):
        raise Problem(
            415,
            "unsupported-content-encoding",
            f"A body that is packed ({coding[:40]}) is not read.",
            hint="Send it as it is, without Content-Encoding.",
            headers={"Accept-Encoding": "identity"},
        )


def _of_cut_body(error: ClientDisconnected) -> flask.Response:
    if body_late(request.environ):
        detail = "The body of the request did not arrive in time, and was not used."
        return answer(Problem(408, "body-late", detail, hint="Send it again, in smaller parts or faster."))
    detail = "The body of the request is shorter than its Content-Length says, and was not used."
    return answer(Problem(400, "body-cut", detail, hint="Send it again."))
