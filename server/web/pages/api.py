"""The API documentation page: every address with its parameters, its formats and an example for curl."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, current_app

from comity import schema
from comity.server.http import openapi
from comity.server.http.formats import GRAPHS, HTML, RESULTS, requested
from comity.server.http.openapi import JSON, TEXT, operation
from comity.server.http.service import service
from comity.server.web import render

blueprint = Blueprint("api", __name__)
#: The sections in order; the last is for addresses that only return pages.
_SECTIONS = {
    "data": ("Data and answers", "Answers to questions, pairs, maps, tables: as JSON, CSV and other files."),
    "graph": ("The graph", "SPARQL, named graphs, snapshots of a day, every thing as RDF."),
    "changes": ("Changes", "What was accepted, and entering, correcting and retracting with a token."),
    "server": ("The server", "Whether it answers, and its counters."),
    "pages": ("Pages", "What is meant for people, and comes as HTML alone."),
}
_GRAPH = (
    *("sparql", "graph-store", "graph", ".well-known", "dataset", "examples", "ontology", "shapes", "rule"),
    *("as-of", "as-known-on", "prefixes", "explain", "editor", "{folder}"),
)
_CHANGES = ("changes", "changes.atom", "change", "review", "acts", "retract", "report", "reports")
_SERVER = ("health", "ready", "metrics", "openapi.json", "api", "opensearch.xml")
#: The addresses listed first in their section.
_FIRST = ("/questions/{name}", "/data/{name}.{form}", "/between/{one}/{other}", "/sparql", "/{folder}/{rest}")
_KOSOVO = "SELECT ?name WHERE { cop:kosovo rdfs:label ?name }"
#: Values for the examples: for a path, or for parameters anywhere.
_EXAMPLES: dict[str, dict[str, str]] = {
    "/as-known-on/{text}": {"text": "2030-01-01"},
    "/as-of/{rest}": {"rest": "2022-07-14.ttl"},
    "/between": {"one": "France", "other": "Kenya"},
    "/cite": {"of_page": "/polity/kosovo?as_of=2010-01-01", "format": "bibtex"},
    "/complete": {"q": "Kos", "type": "polity"},
    "/coverage": {"kind": "totals"},
    "/data/graph.{form}": {"form": "nq.gz"},
    "/data/{name}.{form}": {"name": "polities", "form": "csv"},
    "/editor/hints": {"query": _KOSOVO},
    "/embed/map": {"of": "kosovo", "as_of": "2010-01-01"},
    "/embed/timeline": {"of": "kosovo"},
    "/embed/timeline/{name}": {"name": "july-2022"},
    "/explain": {
        "subject": "north-korea",
        "predicate": "recognises",
        "object": "ukraine",
        "as_of": "2022-07-14",
    },
    "/go": {"name": "Kosovo"},
    "/graph-store": {"graph": "https://w3id.org/comity/graph/facts/polities"},
    "/graph-store/{name}": {"name": "mine"},
    "/graph/{name}": {"name": "facts/acts-kosovo"},
    "/lists/states": {"according_to": "ukraine", "as_of": "2022-07-14"},
    "/map": {"of": "kosovo", "as_of": "2010-01-01"},
    "/matrix": {"polities": "ukraine;russia;north-korea", "as_of": "2022-07-14"},
    "/ontology.{suffix}": {"suffix": "ttl"},
    "/shapes.{suffix}": {"suffix": "ttl"},
    "/polity/{name}/counts": {"name": "kosovo", "as_of": "2020-01-01"},
    "/polity/{name}/since": {"name": "kosovo", "date": "2020-01-01"},
    "/questions/{name}": {"name": "who-recognises", "object": "kosovo", "as_of": "2010-01-01"},
    "/rule/{name}": {"name": "snapshot-express"},
    "/reconcile": {"queries": '{"q0": {"query": "Burma"}}'},
    "/reconcile/preview": {"id": "polity/kosovo"},
    "/reconcile/properties": {"type": "polity"},
    "/reconcile/suggest/entity": {"prefix": "Kos"},
    "/reconcile/suggest/property": {"prefix": "iso"},
    "/reconcile/suggest/type": {"prefix": "pol"},
    "/search": {"q": "Saharawi"},
    "/story": {"entities": "palestine,israel", "from": "2025-09-01", "until": "2025-09-30"},
    "/sparql": {"query": _KOSOVO},
    "/timeline": {"of": "kosovo"},
    "/timeline/{name}": {"name": "july-2022"},
    "/{folder}": {"folder": "polity"},
    "/{folder}/{rest}": {"folder": "polity", "rest": "kosovo"},
}
_OTHER_NAMES = {media for form in (*RESULTS, *GRAPHS, HTML) for media in form.media[1:]} - {
    form.media[0] for form in (JSON, TEXT)
}
_ANYWHERE = {
    "kind": "not-found",
    "name": "kosovo",
    "number": "1",
    "one": "ukraine",
    "other": "north-korea",
    "version": schema.version(),
}


@dataclass(frozen=True)
class Operation:
    """A method of an address, as shown on the page."""

    method: str
    path: str
    summary: str
    parameters: list[dict[str, Any]]
    formats: list[str]
    bodies: list[str]
    token: str
    example: str

    @property
    def id(self) -> str:
        """Its fragment identifier on the page."""
        words = "".join(letter if letter.isalnum() else "-" for letter in self.path).strip("-")
        return f"{self.method.lower()}-{words or 'home'}"


@blueprint.get("/api", strict_slashes=False)
@operation(formats=(HTML, JSON))
def api() -> Response:
    """Return the API documentation as a page, or as OpenAPI 3.1."""
    if requested(HTML, JSON) is JSON:
        return openapi.openapi()
    return render.page("api.html", _context)


def _context() -> dict[str, Any]:
    root = service().root()
    document = openapi.document(current_app, root)
    found: dict[str, list[Operation]] = {name: [] for name in _SECTIONS}
    for path, methods in sorted(document["paths"].items(), key=lambda one: (one[0] not in _FIRST, one[0])):
        if path.startswith("/static/"):
            continue
        for method, said in sorted(methods.items()):
            one = _shown(root.rstrip("/"), method, path, said)
            found[_section(one)].append(one)
    return {
        "trail": [("API", None)],
        "sections": [(name, *_SECTIONS[name], found[name]) for name in _SECTIONS],
        "root": root.rstrip("/"),
        "settings": service().settings,
    }


def _section(one: Operation) -> str:
    first = one.path.strip("/").partition("/")[0].partition("{")[0].rstrip(".") or one.path.strip("/")[:8]
    if first in _CHANGES or (one.method != "GET" and first not in _GRAPH):
        return "changes"
    if first in _SERVER:
        return "server"
    if one.formats == ["text/html"]:
        return "pages"
    return "graph" if first in _GRAPH else "data"


def _shown(root: str, method: str, path: str, said: dict[str, Any]) -> Operation:
    answers = said["responses"]
    # Other names of a format are also accepted and in the document; the page names each format once.
    formats = [media for media in answers["200"].get("content", {}) if media not in _OTHER_NAMES]
    needs = said.get("security", [])
    return Operation(
        method.upper(),
        path,
        said["summary"],
        said["parameters"],
        formats,
        list(said.get("requestBody", {}).get("content", {})),
        "" if not needs else "optional" if {} in needs else "required",
        example(root, method, path, said),
    )


def example(root: str, method: str, path: str, said: dict[str, Any]) -> str:
    """Return a command that requests an address; for reading, one that works as it is.

    :param root: the address of the server, without a trailing slash.
    :param said: the description of the method in the OpenAPI document.
    """
    return " ".join(_words(root, method, path, said))


def _words(root: str, method: str, path: str, said: dict[str, Any]) -> Iterator[str]:
    values = dict(_EXAMPLES.get(path, {}))
    for one in said["parameters"]:
        if one["in"] == "path":
            value = values.pop(one["name"], None) or _ANYWHERE.get(one["name"], one["name"])
            path = path.replace(f"{{{one['name']}}}", quote(value, safe="/~%:-._"))
    yield "curl -O" if "form" in {one["name"] for one in said["parameters"]} else "curl"
    if method != "get":
        yield f"-X {method.upper()}"
        yield from _body(said)
        changes = any(one["name"] == "dry-run" for one in said["parameters"])
        yield shlex.quote(f"{root}{path}{'?dry-run=1' if changes else ''}")
        return
    formats = list(said["responses"]["200"].get("content", {}))
    wanted = next((media for media in formats if "html" not in media and media != "*/*"), None)
    if wanted and "format" not in values and any(one["name"] == "format" for one in said["parameters"]):
        yield f"-H {shlex.quote(f'Accept: {wanted}')}"
    if formats and formats[0] == "text/html" and not wanted:
        yield "-L"
    yield shlex.quote(root + path + (f"?{urlencode(values)}" if values else ""))


def _body(said: dict[str, Any]) -> Iterator[str]:
    if said.get("security"):
        yield '-H "Authorization: Bearer $TOKEN"'
    content = said.get("requestBody", {}).get("content", {})
    for media, described in content.items():
        yield f"-H {shlex.quote(f'Content-Type: {media}')}"
        schema = described["schema"]
        if "properties" in schema:
            names = schema.get("required") or list(schema["properties"])[:3]
            fields = ", ".join(f'"{name}": "…"' for name in names)
            yield f"--data {shlex.quote(f'{{{fields}}}')}"
        else:
            yield "--data-binary @file"
        return
