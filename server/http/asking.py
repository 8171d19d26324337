"""What a request asks of the SPARQL Protocol: its parameters, read strictly, and its query or update."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pyoxigraph import NamedNode

from comity.iris import BASE
from comity.server.problems import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
_MOST_PARAMETERS = 5000
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
#: The escapes of ASCII, in any case.
_ASCII = {high + low: chr(int(high + low, 16)) for high in "01234567" for low in "0123456789abcdefABCDEF"}
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|^`\\\x00-\x20]*\Z")


@dataclass
class Asked:
    """A query or an update, its dataset, and the choices of the client; no text where none was sent."""

    text: str | None
    is_update: bool = False
    default: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    parameters: Mapping[str, list[str]] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """The last value of a parameter."""
        values = self.parameters.get(name)
        return values[-1] if values else None


def read(environ: "WSGIEnvironment", body: bytes) -> Asked:
    """What a request asks, or the problem with it."""
    parameters = pairs(environ.get("QUERY_STRING", ""))
    if environ["REQUEST_METHOD"] != "POST":
        if "update" in parameters:
            raise Problem(
                405,
                "update-by-get",
                "An update cannot be sent by GET.",
                hint="Send it by POST, as application/sparql-update or in a form.",
                headers={"Allow": "POST"},
            )
        return _of_parameters(parameters)
    return _of_post(environ.get("CONTENT_TYPE", ""), body, parameters)


def pairs(text: str) -> dict[str, list[str]]:
    """The parameters of a query string or form; refused where it is not percent-encoded UTF-8."""
    parts = text.split("&")
    if len(parts) > _MOST_PARAMETERS:
        raise Problem(
            400,
            "too-many-parameters",
            f"There are more than {_MOST_PARAMETERS:,} parameters.",
            hint="Send fewer.",
        )
    found: dict[str, list[str]] = {}
    try:
        for part in parts:
            if part:
                name, _, value = part.partition("=")
                found.setdefault(decode(name), []).append(decode(value))
    except UnicodeError as error:
        raise _not_utf8("parameters") from error
    return found


def decode(text: str) -> str:
    """A name or value of a parameter, decoded; ASCII apart, since the library takes three times as long for it."""
    if not text.isascii():
        # WSGI hands bytes over as if they were Latin-1.
        text = text.encode("latin-1").decode()
    text = text.replace("+", " ")
    first, *escaped = text.split("%")
    try:
        return first + "".join([_ASCII[piece[:2]] + piece[2:] for piece in escaped])
    except KeyError:
        pass
    if len(_ESCAPE.findall(text)) != text.count("%"):
        raise Problem(
            400,
            "malformed-parameters",
            "A percent sign in the parameters is not followed by two hexadecimal digits.",
            hint="Write %25 for a percent sign.",
        )
    return unquote(text, errors="strict")


def _not_utf8(what: str) -> Problem:
    return Problem(400, "not-utf-8", f"The {what} are not valid UTF-8.", hint="Encode text as UTF-8.")


def _of_post(content_type: str, body: bytes, parameters: dict[str, list[str]]) -> Asked:
    media, _, rest = content_type.partition(";")
    media = media.strip().lower()
    if media not in {FORM, QUERY, UPDATE}:
        raise Problem(
            415,
            "unsupported-media-type",
            f"'{media[:100]}' is no way to send a query." if media else "The request has no Content-Type.",
            hint=f"Use one of {FORM}, {QUERY}, {UPDATE}.",
        )
    charset = re.search(r"charset\s*=\s*\"?([\w.:\-]+)", rest, re.IGNORECASE)
    if charset and charset[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise Problem(
            415, "unsupported-charset", f"The charset {charset[1]} is not read here.", hint="Send UTF-8."
        )
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise _not_utf8("contents of the body") from error
    if media == FORM:
        for name, values in pairs(body.decode("latin-1")).items():
            parameters.setdefault(name, []).extend(values)
        return _of_parameters(parameters)
    if "query" in parameters or "update" in parameters:
        raise _conflict("The body is a query or update, and the address holds another.")
    return _dataset(Asked(text, media == UPDATE, parameters=parameters))


def _conflict(detail: str) -> Problem:
    return Problem(400, "conflicting-parameters", detail, hint="Send exactly one query or one update.")


def _of_parameters(parameters: dict[str, list[str]]) -> Asked:
    queries, updates = parameters.get("query", []), parameters.get("update", [])
    if len(queries) + len(updates) > 1:
        raise _conflict(f"The request holds {len(queries)} queries and {len(updates)} updates.")
    text = queries[0] if queries else updates[0] if updates else None
    return _dataset(Asked(text, bool(updates), parameters=parameters))


def _dataset(asked: Asked) -> Asked:
    """Fill in the dataset that the parameters name."""
    if asked.parameters.keys() <= {"query"}:
        return asked
    own, other = ("using", "default") if asked.is_update else ("default", "using")
    default, named = _names(own, asked.is_update)
    for name in _names(other, not asked.is_update):
        if name in asked.parameters:
            raise Problem(
                400,
                "wrong-dataset-parameter",
                f"{name} does not belong to {'an update' if asked.is_update else 'a query'}.",
                hint=f"Use {default} and {named}.",
            )
    asked.default = _iris(asked, default) + _snapshot(asked)
    asked.named = _iris(asked, named)
    return asked


def _names(kind: str, update: bool) -> tuple[str, str]:
    return (f"{kind}-graph-uri", "using-named-graph-uri" if update else "named-graph-uri")


def _iris(asked: Asked, parameter: str) -> list[str]:
    values = list(dict.fromkeys(asked.parameters.get(parameter, [])))
    for value in values:
        check_iri(value, parameter)
    return values


def check_iri(value: str, parameter: str) -> None:
    """Refuse a parameter that is no absolute IRI."""
    if not _ABSOLUTE.match(value) or not _is_iri(value):
        raise Problem(
            400,
            "not-an-iri",
            f"{parameter}: '{value[:200]}' is not an absolute IRI.",
            hint=f"Write it whole, as in {BASE}graph/inferred.",
        )


def _is_iri(value: str) -> bool:
    """Tell whether the engine takes a text for an IRI; it refuses more characters than our pattern."""
    try:
        NamedNode(value)
    except ValueError:
        return False
    return True


def _snapshot(asked: Asked) -> list[str]:
    """The graph that the parameters as-of and according-to name, short for a default-graph-uri."""
    date = asked.get("as-of")
    if date is None:
        if "according-to" in asked.parameters:
            raise Problem(
                400, "date-missing", "according-to needs a date.", hint="Add as-of=, as in as-of=2022-07-14."
            )
        return []
    possible = "/possible" if asked.get("reading") == "possible" else ""
    party = asked.get("according-to")
    name = f"{BASE}as-of/{date}{possible}" + (f"/according-to/{party}" if party else "")
    check_iri(name, "as-of")
    return [name]
