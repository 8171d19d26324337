"""The interface in OpenAPI 3.1, for clients and test tools that read it."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from comity.server.endpoint import interface_pages, interface_writes
from comity.server.endpoint.interface_words import content, in_path, parameter, problem_schema, responses
from comity.server.http.formats import GRAPHS, RDF, RESULTS
from comity.server.http.service import Service
from comity.server.settings import Settings

blueprint = Blueprint("openapi", __name__)


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
        "paths": _paths(settings),
        "components": {
            "schemas": {"Problem": problem_schema()} | interface_writes.schemas(),
            "securitySchemes": interface_writes.schemes(),
        },
    }


def _paths(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in (
        _sparql(settings),
        _graph_store(),
        _others(),
        interface_pages.paths(),
        interface_writes.paths(),
    ):
        for path, operations in part.items():
            found[path] = found.get(path, {}) | operations
    return found


def _sparql(settings: Settings) -> dict[str, Any]:
    parameters = [
        parameter("default-graph-uri", "A graph of the default graph.", many=True),
        parameter("named-graph-uri", "A named graph.", many=True),
        parameter("as-of", "A day: the default graph is the snapshot of that day."),
        parameter("according-to", "With as-of: the id of a party whose view is added."),
        parameter("reading", "With as-of: certain (the default) or possible."),
        parameter("timeout", f"Seconds allowed, at most {settings.query_seconds:g}.", "number"),
        parameter("format", "The format by name instead of Accept: json, csv, turtle, …"),
    ]
    answers = responses(*RESULTS, *GRAPHS[:-1], refusals=("400", "406", "413", "429", "503", "504"))
    query = parameter("query", "The query; without it the service describes itself.")
    form = {"type": "object", "properties": {"query": {"type": "string"}, "update": {"type": "string"}}}
    body = {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {"schema": form},
            "application/sparql-query": {"schema": {"type": "string"}},
            "application/sparql-update": {"schema": {"type": "string"}},
        },
    }
    # A query may be sent by anybody, an update needs a token.
    security: list[dict[str, list[str]]] = [{}, *interface_writes.SECURITY]
    posted = _either(answers, interface_writes.answers("409"))
    return {
        "/sparql": {
            "get": {"summary": "Query", "parameters": [query, *parameters], "responses": answers},
            "post": {
                "summary": "Query or update",
                "parameters": [*parameters, *interface_writes.CHOICES],
                "security": security,
                "requestBody": body,
                "responses": posted,
            },
        }
    }


def _either(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The answers of an operation that may do the one or the other."""
    both = one | other
    for status in one.keys() & other.keys():
        both[status] = both[status] | {"content": one[status]["content"] | other[status]["content"]}
        if one[status]["description"] != other[status]["description"]:
            both[status]["description"] = f"{one[status]['description']} {other[status]['description']}"
    return both


def _graph_store() -> dict[str, Any]:
    parameters = [
        parameter("graph", "The IRI of a graph."),
        {**parameter("default", "The default graph."), "allowEmptyValue": True},
        parameter("format", "The format by name instead of Accept."),
    ]
    named = [in_path("name", "The graph is the one whose IRI is this address.")]
    return {
        "/graph-store": _graph_operations(parameters),
        "/graph-store/{name}": _graph_operations(named),
    }


def _graph_operations(parameters: list[dict[str, Any]]) -> dict[str, Any]:
    reading = responses(*RDF, refusals=("400", "404", "406", "429", "503", "504"))
    body = {"required": True, "content": content(*RDF)}
    writing: dict[str, Any] = {
        "parameters": [*parameters, *interface_writes.CHOICES],
        "security": interface_writes.SECURITY,
        "responses": interface_writes.answers("404", "409"),
    }
    return {
        "get": {"summary": "Read a graph", "parameters": parameters, "responses": reading},
        "put": {"summary": "Replace a graph", "requestBody": body, **writing},
        "post": {"summary": "Add to a graph", "requestBody": body, **writing},
        "delete": {"summary": "Remove a graph", **writing},
    }


def _others() -> dict[str, Any]:
    pages = {
        "/.well-known/void": ("The dataset in VoID and DCAT", RDF),
        "/examples": ("The questions as runnable examples", RDF),
    }
    paths: dict[str, Any] = {
        path: {"get": {"summary": summary, "responses": responses(*offered, refusals=("406",))}}
        for path, (summary, offered) in pages.items()
    }
    for path, summary, media in (
        ("/openapi.json", "This document", "application/json"),
        ("/prefixes", "Prefixes that need no declaration", "application/json"),
        ("/health", "Whether the process lives", "application/json"),
        ("/ready", "Whether a query worker answers", "application/json"),
        ("/metrics", "Counters", "text/plain"),
    ):
        answer = {"description": "The answer.", "content": {media: {"schema": {}}}}
        paths[path] = {"get": {"summary": summary, "responses": {"200": answer}}}
    return paths
