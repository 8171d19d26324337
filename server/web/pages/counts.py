"""Why other lists differ: what may be counted as recognition of a polity on a day, and the counts of others."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from comity.edtf import shifted
from comity.iris import BASE, identifier
from comity.server.http.formats import CSV, HTML, PARQUET, requested
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.problems import Problem
from comity.server.web import render, view_context
from comity.server.web.models import blocs, counts, records
from comity.server.web.models.counts import GROUPS, Compared, Group
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("counts", __name__)
FORMS = (HTML, JSON, CSV, PARQUET)


def polity_named(reader: GraphReader, name: str) -> str:
    """Return the IRI of a polity from the last segment of its address.

    :raises Problem: 404 if the graph has none with that name.
    """
    iri = f"{BASE}polity/{name}"
    if iri not in reader.kinds:
        raise Problem(
            404,
            "unknown-polity",
            f"{name[:60]!r} is not the id of a polity.",
            hint="/polity lists all of them.",
        )
    return iri


@blueprint.get("/polity/<name>/counts")
@operation("count", *MOMENT, formats=FORMS)
def reconcile(name: str) -> Response:
    """Return why counts of the recognisers of a polity differ, or the parties in each group that may be counted."""
    reader = graph_reader()
    iri = polity_named(reader, name)
    form, keys = requested(*FORMS), _chosen()
    if form is HTML:
        return render.page("counts.html", lambda: context(reader, iri, keys))
    found = counts.groups(reader, iri, view_context.current().day)
    if form in (CSV, PARQUET):
        return render.table(lambda: _table(reader, found, keys), form)
    return jsonify(document(reader, iri, found, keys))


def _chosen() -> tuple[str, ...]:
    """Return the groups to count.

    :raises Problem: 400 if one of them is unknown.
    """
    given = request.args.getlist("count")
    for key in given:
        if key not in GROUPS:
            raise Problem(
                400,
                "unknown-group",
                f"count: {key[:40]!r} is not a group.",
                hint=f"Use one or more of {', '.join(GROUPS)}.",
            )
    return tuple(dict.fromkeys(given)) or counts.chosen_by_default(view_context.current().reading)


def context(reader: GraphReader, iri: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return what the template shows."""
    now, name, ended = view_context.current(), reader.label(iri), reader.thing(iri).of("endedEarliest")
    found = counts.groups(reader, iri, now.day)
    usual = counts.chosen_by_default(now.reading)
    return {
        "iri": iri,
        "id": identifier(iri),
        "name": name,
        "trail": [("States and others", "/polity"), (name, "/" + iri.removeprefix(BASE)), ("Counts", None)],
        "groups": found,
        "chosen": keys,
        "altered": set(keys) != set(usual),
        "number": counts.number(found, keys),
        "united": counts.number(found, keys, True),
        "usual": counts.number(found, usual),
        "usual_united": counts.number(found, usual, True),
        "counted": blocs.counted(reader, iri),
        "compared": counts.compared(reader, iri),
        "life": records.listed(reader.thing(iri), now.day, now.day),
        "last_day": shifted(ended, -1) if ended and ended <= now.day else "",
        "dated": now.day < view_context.today(),
    }


def document(reader: GraphReader, iri: str, found: list[Group], keys: tuple[str, ...]) -> dict[str, Any]:
    """Return the groups, which of them are counted, and the counts of others as JSON."""
    return {
        "polity": iri,
        "day": view_context.current().day,
        "counted": list(keys),
        "parties": counts.number(found, keys),
        "unMembers": counts.number(found, keys, True),
        "groups": [
            {
                "group": one.key,
                "title": one.title,
                "parties": [
                    {
                        "party": row.party,
                        "name": reader.label(row.party),
                        "unMember": row.united,
                        "date": row.edtf,
                        "act": row.act.iri if row.act else None,
                    }
                    for row in one.rows
                ],
            }
            for one in found
        ],
        "otherCounts": [_record(one) for one in counts.compared(reader, iri)],
    }


def _record(one: Compared) -> dict[str, Any]:
    return {
        **one.total.record(),
        "candidates": {group.key: [row.party for row in group.rows] for group in one.candidates},
        "sameNumber": one.same.key if one.same else None,
    }


def _table(reader: GraphReader, found: list[Group], keys: tuple[str, ...]) -> render.Table:
    columns = ("party", "name", "group", "counted", "un_member", "date", "act")
    rows = [
        (
            identifier(row.party),
            reader.label(row.party),
            one.key,
            "yes" if one.key in keys else "no",
            "yes" if row.united else "no",
            row.edtf,
            row.act.iri if row.act else "",
        )
        for one in found
        for row in one.rows
    ]
    return columns, rows
