"""The SPARQL 1.1 Protocol at /sparql: parsing of requests, queries, and updates with a token."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol
from urllib.parse import parse_qsl

from flask import Blueprint, Response, current_app, request
from pyoxigraph import NamedNode

from comity.iris import BASE
from comity.server.endpoint.description import service_description
from comity.server.http.bodies import FORM_BYTES, allow_upload, refuse_repeated
from comity.server.http.formats import GRAPHS, HTML, RDF, RESULTS, choose
from comity.server.http.openapi import operation
from comity.server.http.responses import Representation, entity_tag, respond
from comity.server.http.service import Service, service
from comity.server.problems import Problem
from comity.server.processes.client import ResponseStream
from comity.server.processes.protocol import QueryCall
from comity.server.web import view_context
from comity.server.web.pages import editor

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
_MOST_PARAMETERS = 5000
_MALFORMED = re.compile("%(?![0-9A-Fa-f]{2})")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|^`\\\x00-\x20]*\Z")


@dataclass
class SparqlRequest:
    """A query or an update, its dataset and the client's options; the text is empty if none was sent."""

    text: str | None
    is_update: bool = False
    default: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    parameters: Mapping[str, list[str]] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """Return the value of a parameter, the last of a format.

        :raises Problem: 400 where it has two, one in the address and one in the form.
        """
        values = self.parameters.get(name, [])
        refuse_repeated([name] * len(values))
        return values[-1] if values else None


def read() -> SparqlRequest:
    """Parse the current request of Flask's context.

    :raises Problem: 400, 405 or 415, as the protocol requires.
    """
    parameters = query_parameters()
    if request.method != "POST":
        if "update" in parameters:
            raise Problem(
                405,
                "update-by-get",
                "Updates cannot be sent by GET.",
                hint="Send the update by POST, as application/sparql-update or in a form.",
                headers={"Allow": "POST"},
            )
        return _of_parameters(parameters)
    # A form encodes an escaped byte as three.
    request.max_content_length = 3 * 1024 * service().settings.query_kib + FORM_BYTES
    return _of_post(request.content_type or "", request.get_data(), parameters)


def query_parameters() -> dict[str, list[str]]:
    """Return the parameters of the request's query string."""
    return parse_parameters(request.query_string)


def parse_parameters(data: bytes) -> dict[str, list[str]]:
    """Return the values of each parameter of a query string or form.

    Werkzeug's parsing replaces bytes that are not UTF-8, but an altered query must be refused.

    :raises Problem: 400 if it is not percent-encoded UTF-8, or has too many parameters.
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
            f"The request has more than {_MOST_PARAMETERS:,} parameters.",
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
            f"'{media[:100]}' is not a media type for queries or updates."
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
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8("contents of the body") from error
    if "query" in parameters or "update" in parameters:
        raise _conflict("The body is a query or update, but the address contains another.")
    return _dataset(SparqlRequest(text, media == UPDATE, parameters=parameters))


def _conflict(detail: str) -> Problem:
    return Problem(400, "conflicting-parameters", detail, hint="Send exactly one query or one update.")


def _of_parameters(parameters: dict[str, list[str]]) -> SparqlRequest:
    queries, updates = parameters.get("query", []), parameters.get("update", [])
    if len(queries) + len(updates) > 1:
        raise _conflict(f"The request contains {len(queries)} queries and {len(updates)} updates.")
    text = queries[0] if queries else updates[0] if updates else None
    text = text.removeprefix("\ufeff") if text else text
    return _dataset(SparqlRequest(text, bool(updates), parameters=parameters))


def _dataset(asked: SparqlRequest) -> SparqlRequest:
    """Return the request with the dataset named by its parameters."""
    if asked.parameters.keys() <= {"query"}:
        return asked
    own, other = ("using", "default") if asked.is_update else ("default", "using")
    default, named = _names(own, asked.is_update)
    for name in _names(other, not asked.is_update):
        if name in asked.parameters:
            raise Problem(
                400,
                "wrong-dataset-parameter",
                f"{name} is not allowed with {'an update' if asked.is_update else 'a query'}.",
                hint=f"Use {default} and {named} instead.",
            )
    asked.default = _iris(asked, default) + _snapshot(asked)
    asked.named = _iris(asked, named)
    return asked


def _names(kind: str, update: bool) -> tuple[str, str]:
    return (f"{kind}-graph-uri", "using-named-graph-uri" if update else "named-graph-uri")


def _iris(asked: SparqlRequest, parameter: str) -> list[str]:
    values = list(dict.fromkeys(filter(None, asked.parameters.get(parameter, []))))
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
            hint=f"Write the full IRI, as in {BASE}graph/inferred.",
        )


def _is_iri(value: str) -> bool:
    """Return whether the engine accepts a text as an IRI; it refuses more characters than our pattern."""
    try:
        NamedNode(value)
    except ValueError:
        return False
    return True


def _snapshot(asked: SparqlRequest) -> list[str]:
    """Return the graph named by the parameters as-of and according-to, a shorthand for default-graph-uri."""
    date = asked.get("as-of")
    if date is None:
        if "according-to" in asked.parameters:
            raise Problem(
                400,
                "date-missing",
                "according-to requires a date.",
                hint="Add as-of=, as in as-of=2022-07-14.",
            )
        return []
    possible = "/possible" if asked.get("reading") == "possible" else ""
    name, party = f"{BASE}as-of/{date}{possible}", asked.get("according-to")
    if party:
        name += f"/according-to/{view_context.party_named(party, 'according-to')}"
    check_iri(name, "as-of")
    return [name]


blueprint = Blueprint("protocol", __name__)
_PARAMETERS = (
    "default-graph-uri",
    "named-graph-uri",
    "as-of",
    "according-to",
    "reading",
    "timeout",
    "format",
)
_FORM = {"type": "object", "properties": {"query": {"type": "string"}, "update": {"type": "string"}}}
_BODY = {
    "required": True,
    "content": {
        FORM: {"schema": _FORM},
        QUERY: {"schema": {"type": "string"}},
        UPDATE: {"schema": {"type": "string"}},
    },
}
#: A query that uses one of these has a different result each time.
_VOLATILE = re.compile(r"\b(NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)
_BY_NAME = {choice.name: choice for choice in (*RESULTS, *GRAPHS)}


@blueprint.route("/sparql", methods=["GET", "POST"], strict_slashes=False)
@operation("query", *_PARAMETERS, formats=(*RESULTS, *GRAPHS), summary="Query")
@operation(
    *_PARAMETERS,
    formats=(*RESULTS, *GRAPHS),
    body=_BODY,
    token="optional",
    receipt=True,
    methods=("post",),
    summary="Query or update",
)
def sparql() -> Response:
    """Answer a query, execute an update, or describe the service."""
    asked = read()
    if asked.text is None:
        return _without_query(asked)
    if asked.is_update:
        updated: Response = current_app.extensions[EXTENSION].update(asked)
        return updated
    return _query(service(), asked, asked.text)


def _without_query(asked: SparqlRequest) -> Response:
    if request.method == "POST":
        raise Problem(
            400,
            "query-missing",
            "The form contains neither a query nor an update.",
            hint="Send query=SELECT …",
        )
    choice = choose(request.headers.get("Accept"), (*RDF, HTML), asked.get("format"))
    return editor.page() if choice is HTML else service_description(choice)


def _query(service: Service, asked: SparqlRequest, text: str) -> Response:
    """Return the response to a query, from the cache or from a query worker."""
    started = time.perf_counter()
    wanted, refusals = _formats(
        request.environ.get("HTTP_ACCEPT"), (asked.get("format") or asked.get("output") or "")[:40]
    )
    seconds = _seconds_allowed(service, asked.get("timeout"))
    volatile = "(" in text and _VOLATILE.search(text) is not None
    key = "" if volatile else _cache_key(service.pool.generation, asked, wanted)
    found, rest, size, outcome = service.cache.get(key) if key else None, None, 0, "cached"
    if found is None:
        call = QueryCall(
            text=text,
            default_graphs=tuple(asked.default),
            named_graphs=tuple(asked.named),
            result_format=wanted["result_format"],
            graph_format=wanted["graph_format"],
            refusals=refusals,
        )
        outcome = "ok"
        try:
            found, rest, size = _evaluate(service, call, seconds, key)
        except Problem as problem:
            service.record_problem(started, problem, text)
            raise
    took = time.perf_counter() - started
    service.record(took, found, text, outcome, streamed=rest is not None)
    return respond(found, rest, size, f"{'query' if outcome == 'ok' else 'cache'};dur={took * 1000:.2f}")


@lru_cache(maxsize=512)
def _formats(accept: str | None, name: str | None) -> tuple[dict[str, str | None], dict[str, list[str]]]:
    """Return the format for each kind of result, and the refusal for each kind without an acceptable one."""
    wanted: dict[str, str | None] = {}
    refusals: dict[str, list[str]] = {}
    for key, offered in (("result_format", RESULTS), ("graph_format", GRAPHS)):
        try:
            wanted[key] = choose(accept, offered, name).name
        except Problem as problem:
            wanted[key] = None
            refusals[key] = [problem.detail, problem.hint]
    if refusals.keys() == wanted.keys():
        detail, hint = refusals["result_format"]
        raise Problem(406, "not-acceptable", detail, hint=hint)
    return wanted, refusals


def _seconds_allowed(service: Service, text: str | None) -> float:
    """Return the time limit of a query: the server's, or the client's if lower."""
    limit = service.settings.query_seconds
    if text in (None, "", "0"):
        return limit
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise Problem(
            400,
            "bad-timeout",
            f"timeout: '{text[:40]}' is not a positive number of seconds.",
            hint=f"Use a number of seconds such as 2.5; the maximum is {limit:g}.",
        )
    return min(seconds, limit)


def _cache_key(generation: str, asked: SparqlRequest, wanted: dict[str, str | None]) -> str:
    """Return the cache key of a result: generation, formats, dataset and text."""
    graphs = "\1".join([*asked.default, "\2", *asked.named])
    return f"{generation}\0{wanted['result_format']}\0{wanted['graph_format']}\0{graphs}\0{asked.text}"


def _evaluate(
    service: Service, call: QueryCall, seconds: float, key: str
) -> tuple[Representation, ResponseStream | None, int]:
    """Return the result of a query worker; of a large one, the first bytes, the rest and the total size."""
    result = service.pool.run(call, seconds)
    choice, form = _BY_NAME[result.head.format], result.head.form
    body, rest = result.body, result.rest
    if choice is HTML:
        body, rest = service.page_of_result(form, result.whole(), call.text, call.default_graphs), None
    # If the generation has changed, its result is sent, but not with an entity tag of the former one.
    tag = entity_tag(key) if key and key.startswith(result.generation + "\0") else ""
    found = Representation(
        body, choice.content_type, result.generation, tag, form, tuple(result.head.unknown)
    )
    if tag and rest is None:
        service.cache.put(key, found)
    return found, rest, result.size


#: The key of the write backend among the application's extensions.
EXTENSION = "comity-writes"


@dataclass(frozen=True)
class Document:
    """An RDF document from a request, with its Content-Type."""

    body: bytes
    content_type: str


@dataclass(frozen=True)
class GraphWrite:
    """A write of the Graph Store Protocol: PUT, POST or DELETE.

    The graph is None for the default graph and ``*`` for a new graph that has no name yet.
    """

    method: str
    graph: str | None

    def documents(self) -> tuple[Document, ...]:
        """Read the documents in the body of the request, whose sender the caller has authorized.

        :raises Problem: 400 for a form without a file, 413 for a body larger than the settings allow.
        """
        allow_upload()
        content_type = request.headers.get("Content-Type", "")
        if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
            return (Document(request.get_data(), content_type),)
        files = request.files.values()
        found = tuple(Document(file.read(), file.content_type or "") for file in files)
        if not found:
            raise Problem(
                400, "file-missing", "The form does not contain a file.", hint="Attach an RDF document."
            )
        return found


class WriteBackend(Protocol):
    """Executes writes. Each method checks authorization, then returns the response or raises a Problem."""

    def update(self, asked: SparqlRequest) -> Response:
        """Execute a SPARQL update."""

    def graph(self, write: GraphWrite) -> Response:
        """Execute a Graph Store write."""
