"""The parts of which the OpenAPI document is made: parameters, bodies, answers and problems."""

from typing import Any

from comity.server.http.formats import Format

PROBLEM = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
    "text/html": {"schema": {"type": "string"}},
}
REFUSALS = {
    "400": "What is asked is malformed or refused; the detail says where and why.",
    "406": "The result has none of the formats that the client accepts.",
    "413": "The request is larger than the limit.",
    "401": "The token is missing or unknown.",
    "403": "The server takes no changes, or not these, or not from this token.",
    "404": "There is no such thing.",
    "409": "What is there has changed meanwhile, or was decided before.",
    "415": "The body is in no format that is read here.",
    "422": "The gate refuses the change; each problem says where it is and how to mend it.",
    "429": "Too many queries are running, or too many come from this address; see Retry-After.",
    "500": "The program is at fault; the operator's log says more.",
    "503": "The query needs too much memory, or too many long queries are running; or the store is not ready.",
    "504": "The query took too long.",
    "507": "The store cannot be written; nothing was changed.",
}


def problem_schema() -> dict[str, Any]:
    """The schema of a problem."""
    texts = {key: {"type": "string"} for key in ("type", "title", "detail", "hint", "text")}
    numbers = {key: {"type": "integer"} for key in ("status", "line", "column")}
    return {
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title", "status", "detail"],
        "properties": texts | numbers,
    }


def content(*offered: Format) -> dict[str, Any]:
    """Bodies in these formats."""
    return {form.media[0]: {"schema": {"type": "string"}} for form in offered}


def responses(*offered: Format, refusals: tuple[str, ...] = ()) -> dict[str, Any]:
    """The answers to a reading: the result in these formats, and the refusals with these statuses."""
    answers: dict[str, Any] = {
        "200": {"description": "The result.", "content": content(*offered)},
        "304": {"description": "The result is the one that the client has (If-None-Match)."},
    }
    for status in refusals:
        answers[status] = {"description": REFUSALS[status], "content": PROBLEM}
    return answers


def parameter(name: str, description: str, kind: str = "string", many: bool = False) -> dict[str, Any]:
    """A parameter in the query string."""
    schema: dict[str, Any] = {"type": kind}
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "array", "items": schema} if many else schema,
    }


def refused(*statuses: str) -> dict[str, Any]:
    """The refusals with these statuses."""
    return {status: {"description": REFUSALS[status], "content": PROBLEM} for status in statuses}


def in_path(name: str, description: str, kind: str = "string") -> dict[str, Any]:
    """A part of the address."""
    schema: dict[str, Any] = {"type": kind} | ({"minLength": 1} if kind == "string" else {"minimum": 0})
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}
