"""The page of a snapshot: what was in force on a day, in numbers, with the party's view where there is one."""

from collections import Counter
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, request

from comity.errors import SnapshotError
from comity.iris import CO, RDF, SNAPSHOT_PREFIX
from comity.server.http import formats
from comity.server.http.formats import Format, choose
from comity.server.http.service import Service
from comity.server.problems import Problem
from comity.server.processes.protocol import GraphCall
from comity.server.web import control, entities, welcome
from comity.server.web import frame as pages
from comity.server.web.reading import Reader, reader
from comity.snapshots.graphs import Address, read_address

blueprint = Blueprint("snapshot", __name__)


@blueprint.get("/as-of/<path:rest>")
def snapshot(rest: str) -> Response:
    """A snapshot as a page, or its triples."""
    stem, dot, suffix = rest.rpartition(".")
    form = entities.SUFFIXES.get(suffix) if dot else None
    address = _address(stem if form else rest)
    if set(request.args) & set(control.PARAMETERS):
        return _moved(address)
    if form is None:
        form = choose(request.headers.get("Accept"), entities.FORMS, request.args.get("format"))
    g.moment = control.Moment(address.day, address.reading, address.party, True)
    if form is formats.HTML:
        response = pages.page("snapshot.html", lambda: _context(address))
    else:
        response = _triples(address, form)
    response.headers["Link"] = entities.links(address.iri.value)
    return response


def _address(rest: str) -> Address:
    try:
        return read_address(SNAPSHOT_PREFIX + rest)
    except SnapshotError as error:
        raise Problem(404, "no-such-snapshot", str(error)) from error


def _moved(address: Address) -> Response:
    """The control leads from one snapshot to another."""
    now = control.moment()
    day = now.day if now.given else address.day
    other = Address(day, now.reading if "reading" in request.args else address.reading, now.party)
    return redirect(control.path_of(other.iri.value), 303)  # type: ignore[return-value]


def _triples(address: Address, form: Format) -> Response:
    service: Service = current_app.extensions["comity"]
    result = service.pool.run(GraphCall(graph=address.iri.value, format=form.name), 10.0)
    response = Response(result.whole(), content_type=form.content_type)
    response.headers["Comity-Version"] = result.generation
    return response


def _context(address: Address) -> dict[str, Any]:
    known, now = reader(), control.moment()
    numbers = {
        name: len(known.pairs(address.day, address.reading, name))
        for name in ("recognises", "express", "implied", "frozen", "relations", "membership")
    }
    recognised = Counter(b.value for _, b in known.pairs(address.day, address.reading, "recognises"))
    return {
        "iri": address.iri.value,
        "structured": "",
        "trail": [("As of " + now.words, None)],
        "numbers": numbers,
        "contested": welcome.contested(known, now),
        "most": recognised.most_common(20),
        "held": _held(known, address),
        "address": address,
    }


def _held(known: Reader, address: Address) -> list[tuple[str, list[str]]]:
    """What the party of the snapshot holds each polity to be."""
    if address.party is None:
        return []
    try:
        statements = known.view(address.day, address.reading, address.party)
    except SnapshotError as error:
        raise Problem(404, "no-such-snapshot", str(error)) from error
    found: dict[str, list[str]] = {}
    for subject, predicate, value in statements:
        if predicate.value == CO + "heldToBe" or (
            predicate.value == RDF + "type" and value.value == CO + "State"
        ):
            found.setdefault(value.value, []).append(subject.value)
    return sorted(
        (status, sorted(set(those), key=known.label))
        for status, those in found.items()
        if "/status/state" not in status
    )
