"""A request of the SPARQL 1.1 Protocol: its query or update, its dataset, and the other parameters."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from flask import request
from pyoxigraph import NamedNode

from comity.iris import BASE
from comity.server.problems import Problem

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
_MOST_PARAMETERS = 5000
_MALFORMED = re.compile("%(?![0-9A-Fa-f]{2})")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|^`\\\x00-\x20]*\Z")


@dataclass
class SparqlRequest:
    """A query or an update, its dataset, and the choices of the client; no text where none was sent."""

    text: str | None
    is_update: bool = False
    default: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    parameters: Mapping[str, list[str]] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """Return the last value of a parameter."""
        values = self.parameters.get(name)
        return values[-1] if values else None


def read() -> SparqlRequest:
    """Return what the request of Flask's context asks.

    :raises Problem: 400, 405 or 415, as the protocol demands.
    """
    parameters = query_parameters()
    if request.method != "POST":
        if "update" in parameters:
            raise Problem(
                405,
                "update-by-get",
                "An update cannot be sent by GET.",
                hint="Send it by POST, as application/sparql-update or in a form.",
                headers={"Allow": "POST"},
            )
        return _of_parameters(parameters)
    return _of_post(request.content_type or "", request.get_data(), parameters)


def query_parameters() -> dict[str, list[str]]:
    """Return the parameters of the request's query string."""
    return parse_parameters(request.query_string)


def parse_parameters(data: bytes) -> dict[str, list[str]]:
    """Return the values of each parameter of a query string or form.

    Werkzeug's own parameters replace what is not UTF-8; a query that was changed on its way must be refused.

    :raises Problem: 400 where it is not percent-encoded UTF-8, or holds too many parameters.
    """
    found: dict[str, list[str]] = {}
    try:
        text = data.decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeError as error:
        raise _not_utf8("parameters") from error
    except ValueError as error:
        raise Problem(
            400,
            "too-many-parameters",
            f"There are more than {_MOST_PARAMETERS:,} parameters.",
            hint="Send fewer.",
        ) from error
    if _MALFORMED.search(text):
        raise Problem(
            400,
            "malformed-parameters",
            "A percent sign in the parameters is not followed by two hexadecimal digits.",
            hint="Write %25 for a percent sign.",
        )
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _not_utf8(what: str) -> Problem:
    return Problem(400, "not-utf-8", f"The {what} are not valid UTF-8.", hint="Encode text as UTF-8.")


def _of_post(content_type: str, body: bytes, parameters: dict[str, list[str]]) -> SparqlRequest:
    media, _, rest = content_type.partition(";")
    media = media.strip().lower()
    if media not in {FORM, QUERY, UPDATE}:
        raise Problem(
            415,
            "unsupported-media-type",
            f"'{media[:100]}' is not a media type of queries or updates."
            if media
            else "The request has no Content-Type.",
            hint=f"Use one of {FORM}, {QUERY}, {UPDATE}.",
        )
    charset = re.search(r"charset\s*=\s*\"?([\w.:\-]+)", rest, re.IGNORECASE)
    if charset and charset[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise Problem(
            415, "unsupported-charset", f"The charset {charset[1]} is not supported.", hint="Send UTF-8."
        )
    if media == FORM:
        for name, values in parse_parameters(body).items():
            parameters.setdefault(name, []).extend(values)
        return _of_parameters(parameters)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise _not_utf8("contents of the body") from error
    if "query" in parameters or "update" in parameters:
        raise _conflict("The body is a query or update, and the address holds another.")
    return _dataset(SparqlRequest(text, media == UPDATE, parameters=parameters))


def _conflict(detail: str) -> Problem:
    return Problem(400, "conflicting-parameters", detail, hint="Send exactly one query or one update.")


def _of_parameters(parameters: dict[str, list[str]]) -> SparqlRequest:
    queries, updates = parameters.get("query", []), parameters.get("update", [])
    if len(queries) + len(updates) > 1:
        raise _conflict(f"The request holds {len(queries)} queries and {len(updates)} updates.")
    text = queries[0] if queries else updates[0] if updates else None
    return _dataset(SparqlRequest(text, bool(updates), parameters=parameters))


def _dataset(asked: SparqlRequest) -> SparqlRequest:
    """Fill in the dataset that the parameters name, and return the request."""
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


def _iris(asked: SparqlRequest, parameter: str) -> list[str]:
    values = list(dict.fromkeys(asked.parameters.get(parameter, [])))
    for value in values:
        check_iri(value, parameter)
    return values


def check_iri(value: str, parameter: str) -> None:
    """Refuse a parameter that is not an absolute IRI."""
    if not _ABSOLUTE.match(value) or not _is_iri(value):
        raise Problem(
            400,
            "not-an-iri",
            f"{parameter}: '{value[:200]}' is not an absolute IRI.",
            hint=f"Write it whole, as in {BASE}graph/inferred.",
        )


def _is_iri(value: str) -> bool:
    """Return whether the engine takes a text for an IRI; it refuses more characters than our pattern."""
    try:
        NamedNode(value)
    except ValueError:
        return False
    return True


def _snapshot(asked: SparqlRequest) -> list[str]:
    """Return the graph that the parameters as-of and according-to name, short for a default-graph-uri."""
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
