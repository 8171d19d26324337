"""The interface in OpenAPI 3.1, for clients and test tools that read it."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from ..http.formats import GRAPHS, RDF, RESULTS, Format
from ..http.service import Service
from ..settings import Settings

blueprint = Blueprint("openapi", __name__)
_PROBLEM = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
    "text/html": {"schema": {"type": "string"}},
}
_REFUSALS = {
    "400": "What is asked is malformed or refused; the detail says where and why.",
    "406": "The result has none of the formats that the client accepts.",
    "413": "The request is larger than the limit.",
    "415": "The body is in no format that is read here.",
    "429": "Too many queries are running, or too many come from this address; see Retry-After.",
    "503": "The query needs too much memory, or too many long queries are running.",
    "504": "The query took too long.",
}


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of the interface."""
    service: Service = current_app.extensions["comity"]
    return jsonify(document(service.root(), service.settings))


def document(root: str, settings: Settings) -> dict[str, Any]:
    """The OpenAPI document for a server at an address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Comity",
            "version": "1",
            "description": "Who recognises whom, since when, and who says so.",
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "servers": [{"url": root.rstrip("/")}],
        "paths": _sparql(settings) | _graph_store() | _others(),
        "components": {"schemas": {"Problem": _problem_schema()}},
    }


def _problem_schema() -> dict[str, Any]:
    texts = {key: {"type": "string"} for key in ("type", "title", "detail", "hint", "text")}
    numbers = {key: {"type": "integer"} for key in ("status", "line", "column")}
    return {
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title", "status", "detail"],
        "properties": texts | numbers,
    }


def _content(*offered: Format) -> dict[str, Any]:
    return {form.media[0]: {"schema": {"type": "string"}} for form in offered}


def _responses(*offered: Format, refusals: tuple[str, ...] = ()) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "200": {"description": "The result.", "content": _content(*offered)},
        "304": {"description": "The result is the one that the client has (If-None-Match)."},
    }
    for status in refusals:
        answers[status] = {"description": _REFUSALS[status], "content": _PROBLEM}
    return answers


def _parameter(name: str, description: str, kind: str = "string", many: bool = False) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": kind}
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "array", "items": schema} if many else schema,
    }


def _sparql(settings: Settings) -> dict[str, Any]:
    parameters = [
        _parameter("default-graph-uri", "A graph of the default graph.", many=True),
        _parameter("named-graph-uri", "A named graph.", many=True),
        _parameter("as-of", "A day: the default graph is the snapshot of that day."),
        _parameter("according-to", "With as-of: the id of a party whose view is added."),
        _parameter("reading", "With as-of: certain (the default) or possible."),
        _parameter("timeout", f"Seconds allowed, at most {settings.query_seconds:g}.", "number"),
        _parameter("format", "The format by name instead of Accept: json, csv, turtle, …"),
        _parameter("explain", "1: asks for the plan, which the engine does not offer; a header says so."),
    ]
    answers = _responses(*RESULTS, *GRAPHS[:-1], refusals=("400", "406", "413", "429", "503", "504"))
    query = _parameter("query", "The query; without it the service describes itself.")
    form = {"type": "object", "properties": {"query": {"type": "string"}, "update": {"type": "string"}}}
    body = {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {"schema": form},
            "application/sparql-query": {"schema": {"type": "string"}},
            "application/sparql-update": {"schema": {"type": "string"}},
        },
    }
    posted: dict[str, Any] = (
        answers | {"415": {"description": _REFUSALS["415"], "content": _PROBLEM}} | _writing()
    )
    return {
        "/sparql": {
            "get": {"summary": "Query", "parameters": [query, *parameters], "responses": answers},
            "post": {
                "summary": "Query or update",
                "parameters": parameters,
                "requestBody": body,
                "responses": posted,
            },
        }
    }


def _writing() -> dict[str, Any]:
    words = {
        "204": "Done.",
        "401": "The token is missing or unknown.",
        "403": "The server takes no changes, or not from this token.",
        "422": "The change does not fit the shapes.",
    }
    answers: dict[str, dict[str, Any]] = {status: {"description": text} for status, text in words.items()}
    for status in answers.keys() - {"204"}:
        answers[status]["content"] = _PROBLEM
    return answers


def _graph_store() -> dict[str, Any]:
    parameters = [
        _parameter("graph", "The IRI of a graph."),
        {**_parameter("default", "The default graph."), "allowEmptyValue": True},
        _parameter("format", "The format by name instead of Accept."),
    ]
    missing: dict[str, Any] = {"404": {"description": "There is no such graph.", "content": _PROBLEM}}
    reading = _responses(*RDF, refusals=("400", "406", "429", "503", "504")) | missing
    refused: dict[str, Any] = {
        status: {"description": _REFUSALS[status], "content": _PROBLEM} for status in ("400", "413", "415")
    }
    created: dict[str, Any] = {"201": {"description": "Made; see Location."}}
    body = {"required": True, "content": _content(*RDF)}
    writing: dict[str, Any] = {"parameters": parameters, "responses": _writing() | refused | created}
    return {
        "/graph-store": {
            "get": {"summary": "Read a graph", "parameters": parameters, "responses": reading},
            "put": {"summary": "Replace a graph", "requestBody": body, **writing},
            "post": {"summary": "Add to a graph", "requestBody": body, **writing},
            "delete": {"summary": "Remove a graph", **writing, "responses": writing["responses"] | missing},
        }
    }


def _others() -> dict[str, Any]:
    pages = {
        "/.well-known/void": ("The dataset in VoID and DCAT", RDF),
        "/examples": ("The questions as runnable examples", RDF),
    }
    paths: dict[str, Any] = {
        path: {"get": {"summary": summary, "responses": _responses(*offered, refusals=("406",))}}
        for path, (summary, offered) in pages.items()
    }
    for path, summary, media in (
        ("/prefixes", "Prefixes that need no declaration", "application/json"),
        ("/health", "Whether the process lives", "application/json"),
        ("/ready", "Whether a query worker answers", "application/json"),
        ("/metrics", "Counters", "text/plain"),
    ):
        answer = {"description": "The answer.", "content": {media: {"schema": {}}}}
        paths[path] = {"get": {"summary": summary, "responses": {"200": answer}}}
    return paths
