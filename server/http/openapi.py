"""The OpenAPI 3.1 document, generated from the application's routes and the descriptions of its views."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, Flask, Response, current_app, jsonify
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from comity.server.http.bodies import REPEATABLE
from comity.server.http.formats import HTML, RDF, Format
from comity.server.http.service import service

_View = TypeVar("_View", bound=Callable[..., Any])
_ATTRIBUTE = "api_operations"
JSON = Format("json", ("application/json",))
TEXT = Format("text", ("text/plain",))
PATCH = Format("patch", ("application/rdf-patch", "text/rdf-patch"))
OPENSEARCH = Format("opensearch", ("application/opensearchdescription+xml",))
QUERY = Format("sparql", ("application/sparql-query",))
#: The day and perspective that most pages accept.
MOMENT = ("as_of", "reading", "according_to")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Operation:
    """The description of one method of a view."""

    methods: tuple[str, ...]
    parameters: tuple[str, ...]
    formats: tuple[Format, ...]
    body: dict[str, Any] | None
    token: str
    receipt: bool
    summary: str


def operation(
    *parameters: str,
    formats: tuple[Format, ...] = (HTML,),
    body: dict[str, Any] | None = None,
    token: str = "",
    receipt: bool = False,
    methods: tuple[str, ...] = ("get",),
    summary: str = "",
) -> Callable[[_View], _View]:
    """Return a decorator that describes methods of a view; it can be applied once per method.

    :param parameters: names of parameters in the query string, described in :data:`_PARAMETERS`.
    :param formats: the formats of the response, preferred ones first.
    :param body: the request body, in the terms of OpenAPI.
    :param token: ``required``, ``optional`` if only some requests need one, or empty.
    :param receipt: whether it changes something and returns a receipt.
    :param summary: what it does; by default, the first line of the view's docstring.
    """

    def describe(view: _View) -> _View:
        described = Operation(methods, parameters, formats, body, token, receipt, summary)
        setattr(view, _ATTRIBUTE, (*getattr(view, _ATTRIBUTE, ()), described))
        return view

    return describe


def operation_of(view: Callable[..., Any], method: str) -> Operation:
    """Return the description of one method of a view; a view without one is a page."""
    for described in getattr(view, _ATTRIBUTE, ()):
        if method in described.methods:
            found: Operation = described
            return found
    return Operation((method,), (), (HTML,), None, "", False, "")


def writes(
    *parameters: str,
    body: dict[str, Any] | None = None,
    formats: tuple[Format, ...] = (HTML,),
    token: str = "required",
    method: str = "post",
    summary: str = "",
) -> Callable[[_View], _View]:
    """Return a decorator that describes a method of a view that makes changes; see :func:`operation`."""
    return operation(
        *parameters, formats=formats, body=body, token=token, receipt=True, methods=(method,), summary=summary
    )


def fields(names: Mapping[str, str], *required: str) -> dict[str, Any]:
    """Return a request body of named fields, as JSON or as a form."""
    texts = {name: {"type": "string", "description": text} for name, text in names.items()}
    schema: dict[str, Any] = {"type": "object", "properties": texts}
    if required:
        schema["required"] = list(required)
    media = ("application/json", "application/x-www-form-urlencoded")
    return {"required": True, "content": {name: {"schema": schema} for name in media}}


def documents(*, tables: bool = False) -> dict[str, Any]:
    """Return a request body that is an RDF document or, with `tables`, a file with the columns of a table."""
    content: dict[str, Any] = {form.media[0]: {"schema": {"type": "string"}} for form in RDF}
    if tables:
        content["text/csv"] = {"schema": {"type": "string"}}
        content[_XLSX] = {"schema": {"type": "string", "format": "binary"}}
    return {"required": True, "content": content}


blueprint = Blueprint("openapi", __name__)
_TOKEN = "A token created by the operator with `comity token add`; its role determines what it permits."
_PROBLEM = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
    "text/html": {"schema": {"type": "string"}},
}
_RECEIPT = {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}}
_REFUSALS = {
    "400": "The request is malformed or refused; the detail says where and why.",
    "401": "The token is missing or unknown.",
    "403": "The server is read-only, or the token does not permit these changes.",
    "404": "Not found.",
    "406": "The result is not available in a format the client accepts.",
    "409": "The resource has changed in the meantime, or the proposal was already decided.",
    "413": "The request or the result exceeds the size limit.",
    "415": "The format of the body is not supported.",
    "422": "The change is not valid; each problem gives its place and how to fix it.",
    "429": "Too many queries are running, or this address sent too many; see Retry-After.",
    "503": "The query needs too much memory, too many long queries are running, or the store is not ready.",
    "504": "The query timed out.",
    "507": "The store cannot be written to; nothing was changed.",
}
_READING = ("400", "404", "406", "413", "429", "503", "504")
_WRITING = ("400", "401", "403", "404", "409", "413", "415", "422", "429", "503", "507")
#: Descriptions of the parameters in the query string; others appear without one.
_PARAMETERS = {
    "about": "The IRI or path of an entity.",
    "according-to": "With as-of: a party, by id, name or ISO code, whose perspective is added.",
    "according_to": "The party whose perspective is shown, by id, name or ISO code.",
    "act": "The IRI or path of an act.",
    "all": "Include those already decided.",
    "around": "The day around which acts are shown.",
    "as-of": "A day: the default graph is the snapshot of that day.",
    "as_of": "The day, as YYYY, YYYY-MM or YYYY-MM-DD.",
    "basis": "un-members (the default) or un-members-and-observers.",
    "before": "Only changes with a lower number.",
    "beside": "Another party, whose perspective is shown beside that of according_to.",
    "bloc": "An organisation, by id or name, to show only its members on the day.",
    "by": "A party, by id, name or ISO code.",
    "corrects": "The IRI or path of the act to correct.",
    "count": "A group of parties to count, repeated for each: express, relations, disputed, frozen, …",
    "cursor": "How many suggestions to skip.",
    "date": "A date as in the tables (EDTF).",
    "default": "The default graph.",
    "default-graph-uri": "The IRI of a graph to merge into the default graph.",
    "dry-run": "Report what would change without changing anything.",
    "extend": "A data extension query, as JSON.",
    "download": "Whether a browser should save the response as a file.",
    "entities": "Ids, names or ISO codes of polities, separated by commas.",
    "format": "The format by name instead of Accept: json, csv, turtle, …",
    "from": "The first day.",
    "graph": "The IRI of a graph.",
    "id": "The id of an entity, such as polity/kosovo.",
    "kind": "For the network: mutual or responses; for coverage: totals; for a list: the kind of acts or sources.",
    "limit": "The most results to return.",
    "like": "The IRI or path of an act to start from.",
    "name": "A name; that of a file identifies its table, such as acts-mine.csv.",
    "named-graph-uri": "The IRI of a named graph.",
    "object": "An entity, or a text in quotes.",
    "of": "A party, by id, name or ISO code.",
    "of_page": "The path of a page with its parameters, such as /polity/kosovo.",
    "one": "A party, by id, name or ISO code.",
    "other": "Another party, by id, name or ISO code.",
    "page": "The number of the page.",
    "polities": "Ids, names or ISO codes of polities, separated by semicolons.",
    "predicate": "A property, such as recognises or co:hasRecognised.",
    "prefix": "The text typed so far.",
    "q": "The text to search for.",
    "queries": "A batch of reconciliation queries, as JSON.",
    "query": "The text of a query.",
    "question": "The name of a question.",
    "reading": "certain (the default) or possible.",
    "reason": "The reason for the change; also accepted as the header Comity-Reason.",
    "recognised-by": "The minimum number of recognising members of the United Nations.",
    "region": "A region of the United Nations, such as Eastern Africa.",
    "sort": "The order of a list: by name, by number of parties that recognise a polity, or by date of an act.",
    "subject": "An entity: an id, a path, an IRI or a name.",
    "table": "The table, if neither the name nor the columns identify it.",
    "thing": "The IRI or path of an entity.",
    "timeout": "The time limit in seconds, at most that of the server.",
    "until": "The last day.",
    "type": "entity, party, or a kind of entity.",
}
#: Descriptions of the parts of paths.
_IN_PATH = {
    "filename": "The name of a file.",
    "folder": "The kind of entity.",
    "form": "The format of the file.",
    "kind": "The kind of problem.",
    "name": "The id or name of the entity or file.",
    "number": "Its number.",
    "one": "The id, name or ISO code of a party.",
    "other": "The id, name or ISO code of another party.",
    "rest": "The rest of the permanent address, such as an id; with a suffix such as .ttl, as RDF.",
    "suffix": "The format: ttl, jsonld, nt, rdf or html.",
    "text": "A day, or a time in UTC.",
    "version": "A version of the ontology.",
    "votes": "Include the votes cast, which are otherwise omitted.",
}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "timeout": {"type": "number"},
    **{name: {"type": "array", "items": {"type": "string"}} for name in REPEATABLE},
}
_STATIC = Operation(("get",), (), (Format("any", ("*/*",)),), None, "", False, "Files of the pages")
_FLAGS = {"default", "dry-run"}


@blueprint.get("/openapi.json")
@operation(formats=(JSON,))
def openapi() -> Response:
    """The OpenAPI 3.1 document of the interface."""
    return jsonify(document(current_app, service().root()))


def document(app: Flask, root: str) -> dict[str, Any]:
    """Return the OpenAPI document of an application at an address."""
    paths: dict[str, dict[str, Any]] = {}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<>:]+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule)
        view = app.view_functions[rule.endpoint]
        for method in sorted(method.lower() for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}):
            described = _STATIC if rule.endpoint == "static" else operation_of(view, method)
            paths.setdefault(path, {})[method] = _operation(rule, view, described)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Comity",
            "version": "1",
            "description": "Who recognises whom, since when, and who says so.",
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "servers": [{"url": root.rstrip("/")}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": _problem_schema(), "Receipt": _receipt_schema()},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": _TOKEN,
                }
            },
        },
    }


def _operation(rule: Rule, view: Callable[..., Any], described: Operation) -> dict[str, Any]:
    names = described.parameters
    if described.receipt:
        names += ("dry-run", "reason")
    elif len(described.formats) > 1 and "format" not in names and "form" not in rule.arguments:
        names += ("format",)
    summary = described.summary or _first_sentence(view.__doc__ or rule.endpoint)
    found: dict[str, Any] = {
        "summary": summary,
        "parameters": [
            *(_in_path(name, rule) for name in sorted(rule.arguments)),
            *(_in_query(name) for name in names),
        ],
        "responses": _answers(described),
    }
    if described.body is not None:
        found["requestBody"] = described.body
    if described.token:
        found["security"] = [{"bearer": []}] if described.token == "required" else [{}, {"bearer": []}]
    return found


def _first_sentence(text: str) -> str:
    """Return the first line of a docstring without markup."""
    line = text.strip().partition("\n")[0].rstrip(".").removeprefix("Return ").replace("``", "")
    return line[:1].upper() + line[1:]


def _in_path(name: str, rule: Rule) -> dict[str, Any]:
    converter = rule._converters[name]
    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    if isinstance(converter, IntegerConverter):
        schema = {"type": "integer", "minimum": 0}
    elif isinstance(converter, AnyConverter):
        schema = {"type": "string", "enum": sorted(converter.items)}
    about = _IN_PATH.get(name, f"The {name}.")
    return {"name": name, "in": "path", "required": True, "description": about, "schema": schema}


def _in_query(name: str) -> dict[str, Any]:
    schema = _SCHEMAS.get(name, {"type": "string"})
    found = {"name": name, "in": "query", "description": _PARAMETERS.get(name, ""), "schema": schema}
    return found | {"allowEmptyValue": True} if name in _FLAGS else found


def _answers(described: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {
        media: {"schema": {}} for form in described.formats for media in form.media[:2]
    }
    answers: dict[str, Any] = {
        "200": {"description": "The result.", "content": content},
        "304": {"description": "The client's cached result is current (If-None-Match)."},
    }
    statuses: tuple[str, ...] = _READING
    if described.receipt:
        location = {"Location": {"schema": {"type": "string"}, "description": "The URL that describes it."}}
        statuses = _WRITING
        answers = {
            "200": {
                "description": "There was nothing to change, or a dry run was requested.",
                "content": content | _RECEIPT,
            },
            "201": {"description": "Accepted.", "headers": location, "content": _RECEIPT},
            "202": {
                "description": "The change is waiting in the review queue.",
                "headers": location,
                "content": content | _RECEIPT,
            },
            "303": {"description": "To the page of the change, after a form sent by a browser."},
        }
    answers |= {status: {"description": _REFUSALS[status], "content": _PROBLEM} for status in statuses}
    if "422" in answers:
        report = {media: {"schema": {"type": "string"}} for media in ("text/turtle", "text/plain")}
        answers["422"] = answers["422"] | {"content": _PROBLEM | report}
    return answers | {"default": {"description": "A redirect or a problem.", "content": _PROBLEM}}


def _problem_schema() -> dict[str, Any]:
    texts = {key: {"type": "string"} for key in ("type", "title", "detail", "hint", "text")}
    numbers = {key: {"type": "integer"} for key in ("status", "line", "column")}
    return {
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title", "status", "detail"],
        "properties": texts | numbers,
    }


def _receipt_schema() -> dict[str, Any]:
    texts = {"kind": "change, proposal or decision.", "generation": "The generation that includes it."}
    numbers = {
        "number": "The number of the change.",
        "proposal": "The number of the proposal at /review.",
        "periods_opened": "The number of periods added.",
        "periods_closed": "The number of periods removed.",
    }
    lists = {
        "added": "The quads added.",
        "removed": "The quads removed.",
        "warnings": "Validation warnings.",
    }
    properties: dict[str, Any] = {
        **{name: {"type": ["string", "null"], "description": text} for name, text in texts.items()},
        **{name: {"type": ["integer", "null"], "description": text} for name, text in numbers.items()},
        **{name: {"type": "array", "description": text} for name, text in lists.items()},
        "dry_run": {"type": "boolean"},
        "periods": {
            "type": "object",
            "description": "In a dry run: the quads of periods added and removed.",
        },
    }
    return {"type": "object", "description": "The outcome of a change.", "properties": properties}
