"""Reconciliation over HTTP with the W3C Reconciliation Service API 0.2, for OpenRefine and similar tools."""

import json
import re
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from comity import __version__
from comity.edtf import bounds, dated
from comity.errors import DateError
from comity.iris import BASE, CO
from comity.questions.reconciliation import DAY, PROPERTIES, TYPES, Candidate, Query, Reconciler
from comity.questions.spelling import fold
from comity.server.http.formats import HTML
from comity.server.http.openapi import JSON, operation
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.web.models.graph_reader import GraphReader, kept
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("reconcile", __name__)
#: Limits of a request: queries, things to extend, properties, candidates per query, length of a text.
_QUERIES, _IDS, _MOST_PROPERTIES, _CANDIDATES, _LETTERS = 50, 1000, 30, 25, 300
_SUGGESTIONS = 20
_PREVIEW = {"width": 430, "height": 230}
_WHAT = {"queries": "A batch of queries, as JSON.", "extend": "A data extension query, as JSON."}
_FORM = {
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "properties": {
                    name: {"type": "string", "description": about} for name, about in _WHAT.items()
                },
            }
        }
    }
}


@blueprint.route("/reconcile", methods=["GET", "POST"])
@operation("queries", "extend", formats=(JSON,), summary="The reconciliation service: manifest, or answers")
@operation(formats=(JSON,), body=_FORM, methods=("post",), summary="Reconcile a batch of names, or extend")
def reconcile() -> Response:
    """Return the manifest of the reconciliation service, or the answers to a batch or a data extension query."""
    for name, answer in (("queries", _reconciled), ("extend", _extended)):
        if (text := request.values.get(name)) is not None:
            return jsonify(answer(graph_reader(), _parsed(text, name)))
    if request.method == "POST" or "query" in request.args:
        raise _refusal(
            "Neither queries nor extend is given.",
            'Send queries={"q0": {"query": "Burma"}} as a form, or in the address.',
        )
    return jsonify(_manifest())


@blueprint.get("/reconcile/suggest/entity")
@operation("prefix", "cursor", "type", formats=(JSON,))
def suggest_entity() -> Response:
    """Return the things whose name begins with, or resembles, the input."""
    prefix, skipped = _typed()
    types = tuple(name for name in [request.args.get("type", "")] if name in TYPES)
    found = _reconciler(graph_reader()).candidates(Query(prefix, types, skipped + _SUGGESTIONS))
    return jsonify({"result": [_suggestion(one) for one in found[skipped:]]})


@blueprint.get("/reconcile/suggest/type")
@operation("prefix", "cursor", formats=(JSON,))
def suggest_type() -> Response:
    """Return the types whose name contains the input."""
    prefix, skipped = _typed()
    found = [_type(name) for name in TYPES if _begins(prefix, name, TYPES[name][1])]
    return jsonify({"result": found[skipped:]})


@blueprint.get("/reconcile/suggest/property")
@operation("prefix", "cursor", formats=(JSON,))
def suggest_property() -> Response:
    """Return the properties whose name contains the input."""
    prefix, skipped = _typed()
    offered = [(DAY, "Day of the list"), *((one.id, one.name) for one in PROPERTIES.values())]
    found = [{"id": key, "name": name} for key, name in offered if _begins(prefix, key, name)]
    return jsonify({"result": found[skipped:]})


@blueprint.get("/reconcile/properties")
@operation("type", "limit", formats=(JSON,))
def propose_properties() -> Response:
    """Return the properties with which a column of things of a type can be extended."""
    kind = request.args.get("type", "")
    limit = _number(request.args.get("limit") or len(PROPERTIES), "limit")
    found = [{"id": one.id, "name": one.name} for one in PROPERTIES.values() if not kind or kind in one.types]
    return jsonify({"type": kind, "limit": limit, "properties": found[:limit]})


@blueprint.get("/reconcile/preview")
@operation("id", formats=(HTML,))
def preview() -> Response:
    """Return a small page about a thing, for embedding elsewhere."""
    reader, identifier = graph_reader(), request.args.get("id", "")[:_LETTERS]
    iri = _reconciler(reader).entity(identifier)
    if iri is None:
        detail = f"id: {identifier!r} is not the id of a thing in this graph."
        raise Problem(404, "unknown-name", detail, hint="Ids are paths such as polity/kosovo.")
    shown = [
        (one.name, ", ".join(map(dated, values)))
        for one in PROPERTIES.values()
        if one.id in ("official_name", "capital", "established", "ended", "publisher", "published")
        and (values := one.values(reader.store, iri))
    ]
    return Response(render_template("preview.html", iri=iri, rows=shown), content_type=HTML.content_type)


@kept
def _reconciler(reader: GraphReader) -> Reconciler:
    return Reconciler(reader.names)


def _refusal(detail: str, hint: str, status: int = 400) -> Problem:
    return Problem(status, "bad-reconciliation" if status == 400 else "batch-too-large", detail, hint=hint)


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except RecursionError:
        raise _refusal(f"{name}: this JSON is nested too deeply.", "Write an object of queries.") from None
    except ValueError as error:
        # Only a number of thousands of digits is no error of the syntax.
        reason = str(error) if isinstance(error, json.JSONDecodeError) else "a number is too long"
        raise _refusal(
            f"{name}: this is not JSON ({reason}).", "Write a JSON object, percent-encoded."
        ) from None
    if not isinstance(found, dict):
        raise _refusal(
            f"{name}: this is not a JSON object.",
            'Write an object, such as {"q0": {"query": "Burma"}}, with a key for each query.',
        )
    return found


def _number(value: object, place: str) -> int:
    """Return a positive integer given in JSON or an address."""
    text = str(value)
    if re.fullmatch(r"0*[1-9][0-9]{0,17}", text):
        return int(text)
    raise _refusal(f"{place}: {text[:40]!r} is not a positive whole number.", "Write one, or leave it out.")


def _text(value: object, place: str) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise _refusal(f"{place} is not a text.", "Write a string.")
    if len(str(value)) > _LETTERS:
        raise _refusal(f"{place} has more than {_LETTERS} letters.", "Send names, not whole texts.")
    return str(value).strip()


def _reconciled(reader: GraphReader, batch: dict[str, Any]) -> dict[str, Any]:
    if len(batch) > _QUERIES:
        raise _refusal(
            f"queries: the batch has {len(batch)} queries.", f"Send at most {_QUERIES} at once.", 413
        )
    queries = {key: _query(key, value) for key, value in batch.items()}
    return {
        key: {"result": [_candidate(one) for one in _reconciler(reader).candidates(query)] if query else []}
        for key, query in queries.items()
    }


def _query(key: str, value: object) -> Query | None:
    """Return a query of a batch; None for a blank cell, which nothing matches."""
    place = f"queries, {key[:40]}"
    if not isinstance(value, dict):
        raise _refusal(f"{place}: this is not a JSON object.", 'Write {"query": "Burma"}.')
    name = _text(value.get("query", ""), f"{place}, query")
    kinds = value.get("type") or []
    types = tuple(_text(kind, f"{place}, type") for kind in (kinds if isinstance(kinds, list) else [kinds]))
    limit = min(_number(value.get("limit", 5), f"{place}, limit"), _CANDIDATES)
    properties = value.get("properties") or []
    if not isinstance(properties, list) or len(properties) > _MOST_PROPERTIES:
        hint = f"Write a list of at most {_MOST_PROPERTIES} objects."
        raise _refusal(f"{place}, properties: this is not a list, or is too long.", hint)
    values: dict[str, tuple[str, ...]] = {}
    for one in properties:
        if not isinstance(one, dict) or not isinstance(one.get("pid"), str) or "v" not in one:
            raise _refusal(
                f"{place}, properties: pid or v is missing.", 'Write {"pid": "as_of", "v": "1965"}.'
            )
        values[one["pid"]] = values.get(one["pid"], ()) + tuple(
            _values(one["v"], f"{place}, {one['pid'][:40]}")
        )
    day = next(filter(None, values.pop(DAY, ())), "")
    if not name and not values:
        if "query" in value:
            return None
        raise _refusal(f"{place}: neither query nor properties has anything.", 'Write {"query": "Burma"}.')
    return Query(name, types, limit, _time(day, place) if day else None, tuple(values.items()))


def _values(value: object, place: str) -> Iterable[str]:
    for one in (value if isinstance(value, list) else [value])[:_MOST_PROPERTIES]:
        yield _text(one.get("id", "") if isinstance(one, dict) else one, place)


def _time(text: str, place: str) -> tuple[str, str]:
    """Return the first and the last day of a date, year or month."""
    try:
        first, last = bounds(text)
    except DateError as error:
        raise _refusal(f"{place}, {DAY}: {error}", "Write a day such as 1965-07-01, or a year.") from None
    return first.isoformat(), last.isoformat()


def _extended(reader: GraphReader, query: dict[str, Any]) -> dict[str, Any]:
    ids, wanted = query.get("ids"), query.get("properties")
    if not isinstance(ids, list) or not isinstance(wanted, list):
        raise _refusal(
            "extend: ids or properties is not a list.",
            'Write {"ids": ["polity/kosovo"], "properties": [{"id": "iso3"}]}.',
        )
    if len(ids) > _IDS or len(wanted) > _MOST_PROPERTIES:
        hint = f"Ask for at most {_IDS} ids and {_MOST_PROPERTIES} properties at once."
        raise _refusal("extend: this asks for too much.", hint, 413)
    columns = []
    for one in wanted:
        name = one.get("id") if isinstance(one, dict) else None
        if not isinstance(name, str) or name not in PROPERTIES:
            hint = f"Choose from {', '.join(PROPERTIES)}."
            raise _refusal(f"extend, properties: {str(name)[:40]!r} is not a property here.", hint)
        columns.append(PROPERTIES[name])
    rows = {}
    for one in ids:
        identifier = _text(one, "extend, ids")
        iri = _reconciler(reader).entity(identifier)
        rows[identifier] = {
            column.id: [{"str": value} for value in column.values(reader.store, iri)] if iri else []
            for column in columns
        }
    return {"meta": [{"id": one.id, "name": one.name} for one in columns], "rows": rows}


def _typed() -> tuple[str, int]:
    """Return the input so far, and the number of suggestions to skip."""
    cursor = request.args.get("cursor") or "0"
    skipped = 0 if cursor == "0" else _number(cursor, "cursor")
    if skipped > 1000:
        raise _refusal(f"cursor: {skipped} is more than anybody reads.", "Type more of the name.")
    return request.args.get("prefix", "").strip()[:_LETTERS], skipped


def _begins(prefix: str, *names: str) -> bool:
    return any(f" {fold(prefix)}" in f" {fold(name)}" for name in names)


def _type(name: str) -> dict[str, Any]:
    return {"id": name, "name": TYPES[name][1]}


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "description": graph_reader().kind_of(one.iri),
        "score": one.score,
        "match": one.match,
        "type": [_type(one.type)],
        "features": [{"id": name, "value": value} for name, value in one.features],
    }


def _suggestion(one: Candidate) -> dict[str, Any]:
    description = graph_reader().kind_of(one.iri)
    return {"id": one.id, "name": one.name, "description": description, "notable": [_type(one.type)]}


def _manifest() -> dict[str, Any]:
    root = service().root()
    here = root + "reconcile"
    suggest = {
        kind: {"service_url": here, "service_path": f"/suggest/{kind}"}
        for kind in ("entity", "type", "property")
    }
    return {
        "versions": ["0.2"],
        "name": "Comity: parties and sources of international recognition",
        "identifierSpace": BASE,
        "schemaSpace": CO,
        "defaultTypes": [_type(name) for name in ("polity", "organisation", "source")],
        "documentation": root + "api",
        "serviceVersion": __version__,
        "view": {"url": root + "{{id}}"},
        "batchSize": _QUERIES,
        "suggest": suggest,
        "preview": {"url": f"{here}/preview?id={{{{id}}}}", **_PREVIEW},
        "extend": {
            "propose_properties": {"service_url": here, "service_path": "/properties"},
            "property_settings": [],
        },
    }
