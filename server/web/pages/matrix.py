"""The matrix: who recognises whom among chosen polities on a day."""

from typing import Any, NamedTuple

from flask import Blueprint, Response, jsonify, request

from comity.edtf import in_words
from comity.iris import identifier
from comity.server.http.formats import CSV, HTML, PARQUET, requested
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.problems import Problem
from comity.server.web import render, view_context
from comity.server.web.models import recognition, records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.view_context import graph_reader
from comity.snapshots.graphs import Address

blueprint = Blueprint("matrix", __name__)
FORMS = (HTML, JSON, CSV, PARQUET)
#: The maximum number of polities in a matrix.
MOST = 24
SETS = {
    "July 2022": "ukraine;russia;north-korea;syria;donetsk-peoples-republic;luhansk-peoples-republic;"
    "abkhazia;south-ossetia",
    "After the Soviet Union": "russia;georgia;abkhazia;south-ossetia;moldova;transnistria;azerbaijan;"
    "armenia;artsakh;ukraine",
    "After Yugoslavia": "serbia;kosovo;croatia;bosnia-and-herzegovina;slovenia;montenegro;north-macedonia",
    "China": "china;taiwan;north-korea;south-korea;japan;united-states;holy-see",
    "Near East": "israel;palestine;egypt;jordan;syria;lebanon;iran;united-states",
    "Western Sahara": "sahrawi-republic;morocco;algeria;mauritania;spain;united-states;south-africa",
    "Germany until 1990": "germany;east-germany;soviet-union;united-states;united-kingdom;france;poland",
}
#: The days that links to some of the sets have, unless another day is chosen.
DAYS = {"July 2022": "2022-07-14", "Germany until 1990": "1975-01-01"}
#: Marks of the cells: text for reading, class for colour.
MARKS = {
    "express": ("●", "recognises by declaration"),
    "relations": ("○", "recognises by diplomatic relations"),
    "broken": ("◌", "recognises, with relations broken off"),
    "contradictory": ("⊗", "contradictory: recognises, and holds that it is not a sovereign state"),
    "possible": ("?", "possibly recognises"),
    "frozen": ("◐", "recognition frozen"),
    "refuses": ("✕", "holds that it is not a sovereign state"),
    "claims": ("–", "makes another claim of its status"),
    "": ("", "nothing known"),
}


class Cell(NamedTuple):
    """One polity's position on another: the key of its mark, and since when."""

    mark: str
    since: str = ""

    @property
    def words(self) -> str:
        """What the mark means, with the date."""
        return MARKS[self.mark][1] + (f", since {in_words(self.since)}" if self.since else "")


@blueprint.get("/matrix", strict_slashes=False)
@operation("polities", *MOMENT, formats=FORMS)
def matrix() -> Response:
    """Return the matrix as a page, or its data."""
    form = requested(*FORMS)
    polities = _polities(graph_reader())
    if form is HTML:
        return render.page("matrix.html", lambda: _context(polities))
    cells = _cells(graph_reader(), polities)
    if form in (CSV, PARQUET):
        return render.table(lambda: _table(graph_reader(), polities, cells), form)
    return jsonify(
        [
            {"recogniser": one, "recognised": other, "basis": cell.mark, "since": cell.since or None}
            for (one, other), cell in cells.items()
            if cell.mark
        ]
    )


def _polities(reader: GraphReader) -> list[str]:
    text = request.args.get("polities", "").replace("\n", ";").replace(",", ";")
    words = [word.strip() for word in text.split(";") if word.strip()] or SETS[
        "After the Soviet Union"
    ].split(";")
    if len(words) > MOST:
        raise Problem(
            400, "too-many-polities", f"{len(words)} polities are too many.", hint=f"Name at most {MOST}."
        )
    if not request.args.get("polities"):
        words = [word for word in words if f"/{word}" in "".join(reader.kinds)]
    return list(dict.fromkeys(reader.names.find(word, "polity").value for word in words))


def _cells(reader: GraphReader, polities: list[str]) -> dict[tuple[str, str], Cell]:
    """Return the position of each of the polities on each of the others, the holder first."""
    day = view_context.current().day
    found = {(one, other): Cell("") for one in polities for other in polities if one != other}
    for other in polities:
        for party, claim in recognition.stances(records.claims_about(reader, other), day).items():
            if (party, other) in found:
                found[party, other] = Cell("refuses" if claim.refuses else "claims", claim.since)
        for standing in recognition.standings(reader, other, day, frozen=True):
            if (standing.party, other) in found and standing.certain:
                found[standing.party, other] = Cell("frozen", standing.edtf)
        for standing in recognition.standings(reader, other, day):
            if (standing.party, other) in found:
                found[standing.party, other] = Cell(_mark(standing), standing.edtf)
    return found


def _mark(standing: recognition.Standing) -> str:
    if standing.contradiction:
        return "contradictory"
    if not standing.certain:
        return "possible"
    if standing.broken:
        return "broken"
    return "relations" if standing.basis == recognition.RELATIONS else "express"


def _context(polities: list[str]) -> dict[str, Any]:
    reader = graph_reader()
    present = {identifier(iri) for iri in reader.kinds}
    sets = {name: [word for word in words.split(";") if word in present] for name, words in SETS.items()}
    return {
        "trail": [("Matrix", None)],
        "polities": polities,
        "cells": _cells(reader, polities),
        "marks": MARKS,
        "sets": {name: (";".join(words), DAYS.get(name)) for name, words in sets.items()},
        "text": "; ".join(reader.label(iri) for iri in polities),
        "sparql": _sparql(polities),
    }


def _sparql(polities: list[str]) -> str:
    """Return the query for the recognitions among polities that are in force on the day."""
    those = " ".join(f"<{iri}>" for iri in polities)
    day = Address(view_context.current().day).iri.value
    return f"""SELECT ?recogniser ?recognised WHERE {{
  VALUES ?one {{ {those} }}
  VALUES ?other {{ {those} }}
  GRAPH <{day}> {{ ?one co:recognises ?other }}
  FILTER (?one != ?other)
  ?one rdfs:label ?recogniser . ?other rdfs:label ?recognised
}} ORDER BY ?recogniser ?recognised"""


def _table(reader: GraphReader, polities: list[str], cells: dict[tuple[str, str], Cell]) -> render.Table:
    rows = [
        (reader.label(one), *(cells[one, other].words if one != other else "" for other in polities))
        for one in polities
    ]
    return ("recogniser", *(reader.label(iri) for iri in polities)), rows
