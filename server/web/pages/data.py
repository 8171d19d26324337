"""The page of the data: its content and coverage, files to download, the codebook, licences, and how to cite it."""

import importlib.util
from collections import Counter
from typing import Any

from flask import Blueprint, Response, jsonify

from comity.errors import MissingLibraryError
from comity.export import packages
from comity.export.table_files import FORMS, check_form
from comity.export.tables import TABLES, shipped_licences
from comity.iris import CO, FACTS_PREFIX
from comity.questions.coverage import COMPLETENESS
from comity.server.http import files
from comity.server.http.formats import Format
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.processes import downloads
from comity.server.web import render
from comity.server.web.models.graph_reader import GraphReader, kept
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("data", __name__)
_GZIP = Format("gzip", ("application/gzip",))
_FILES = {form: Format(form, (media,)) for form, media in packages.MEDIA.items()}
#: The classes of the ontology whose members are the rows of each table.
_ROWS = {
    "acts": ("Act",),
    "recognitions": ("RecognitionPeriod",),
    "relations": ("RelationsPeriod", "BrokenRelationsPeriod", "SuspendedRelationsPeriod"),
    "polities": ("Polity",),
    "sources": ("Source",),
}
_TOPICS = {
    "recognition": "Who recognises a polity",
    "recognition-by": "Whom a polity recognises",
    "relations": "Diplomatic relations",
    "claims": "Claims of status",
}
_STATED = """SELECT ?topic ?completeness (COUNT(*) AS ?n) WHERE {
  ?stated a co:CoverageStatement ; co:about ?party ; co:topic ?topic ; co:completeness ?completeness .
  ?party a co:Polity .
} GROUP BY ?topic ?completeness"""
_CLASSES = " ".join(f"<{CO}{one}>" for classes in _ROWS.values() for one in classes)
_SIZES = f"SELECT ?class (COUNT(*) AS ?n) {{ VALUES ?class {{ {_CLASSES} }} ?one a ?class }} GROUP BY ?class"
_ACTS_OF_GRAPHS = f"SELECT ?g (COUNT(*) AS ?n) WHERE {{ GRAPH ?g {{ ?act <{CO}actor> ?actor }} }} GROUP BY ?g"
_TABLES = f"any({', '.join(TABLES)})"
_FORMS = f"any({', '.join(FORMS)})"
_GRAPHS = f"any({', '.join(map(repr, downloads.GRAPH_FORMS))})"


@blueprint.get("/data", strict_slashes=False)
@operation(*MOMENT)
def data() -> Response:
    """Return the page of the data: content, downloads, codebook, licences, citation."""
    return render.page("data.html", lambda: _context(graph_reader()))


@blueprint.get(f"/data/<{_TABLES}:name>.<{_FORMS}:form>")
@operation(formats=tuple(_FILES.values()))
def table(name: str, form: str) -> Response:
    """Return a table as a file: acts, recognitions, relations, polities or sources."""
    try:
        check_form(form)
    except MissingLibraryError as error:
        raise Problem(
            501, "format-not-installed", str(error), hint="Install it where the server runs, or take the CSV."
        ) from error
    return files.download(name, form, _FILES[form].content_type)


@blueprint.get(f"/data/graph.<{_GRAPHS}:form>")
@operation(formats=(_GZIP,))
def graph(form: str) -> Response:
    """Return the whole graph as a compressed file: TriG or N-Quads with the named graphs, or Turtle."""
    return files.download(downloads.GRAPH, form, _GZIP.content_type)


@blueprint.get(f"/data/{downloads.DATABASE}.{downloads.DATABASE_FORM}")
@operation(formats=(_GZIP,))
def database() -> Response:
    """Return all tables as one compressed file of SQLite, with keys and views."""
    return files.download(downloads.DATABASE, downloads.DATABASE_FORM, _GZIP.content_type)


@blueprint.get("/data/datapackage.json")
@operation(formats=(JSON,))
def data_package() -> Response:
    """Return the descriptor of the tables as a Frictionless data package."""
    return _described(packages.data_package)


@blueprint.get("/data/ro-crate-metadata.json")
@operation(formats=(JSON,))
def research_object() -> Response:
    """Return the metadata of the tables as an RO-Crate."""
    return _described(packages.research_object)


@blueprint.get("/data/croissant.json")
@operation(formats=(JSON,))
def croissant() -> Response:
    """Return the metadata of the tables as Croissant, for machine-learning tools."""
    return _described(packages.croissant)


def _described(make: Any) -> Response:
    generation = service().pool.generation
    response = jsonify(make(generation, service().root() + "data"))
    response.headers["Comity-Version"] = generation
    return response


def _context(reader: GraphReader) -> dict[str, Any]:
    counts = _counts(reader)
    return {
        "trail": [("Data", None)],
        "tables": [(one, counts[one.name]) for one in TABLES.values()],
        "forms": [form for form, needed in FORMS.items() if _installed(needed)],
        "graphs": {"trig.gz": "TriG", "nq.gz": "N-Quads", "ttl.gz": "Turtle"},
        "meta": reader.meta,
        "made": packages.made_on(reader.generation),
        "topics": _topics(reader),
        "meanings": COMPLETENESS,
        "licences": _licences(reader),
        "codes": packages.LICENCES,
        "root": service().root().rstrip("/"),
    }


def _installed(needed: tuple[str, str] | None) -> bool:
    return needed is None or importlib.util.find_spec(needed[0]) is not None


@kept
def _counts(reader: GraphReader) -> dict[str, int]:
    """Return the number of rows of each table, counted by a query worker."""
    number = {row["class"]: int(row["n"]) for row in service().rows(_SIZES)}
    return {name: sum(number.get(CO + one, 0) for one in classes) for name, classes in _ROWS.items()}


@kept
def _topics(reader: GraphReader) -> list[tuple[str, Counter[str]]]:
    """Return the topics, each with the number of polities by the completeness of the record."""
    rows = reader.rows(_STATED)
    return [
        (words, Counter({row["completeness"]: int(row["n"]) for row in rows if row["topic"] == topic}))
        for topic, words in _TOPICS.items()
    ]


@kept
def _licences(reader: GraphReader) -> list[tuple[str, int, list[str]]]:
    """Return the licences of the tables of acts, each with the number of acts and the tables' names."""
    numbers = {
        row["g"].removeprefix(FACTS_PREFIX): int(row["n"])
        for row in service().rows(_ACTS_OF_GRAPHS)
        if row["g"].startswith(FACTS_PREFIX)
    }
    found: dict[str, list[str]] = {}
    for name in sorted(numbers):
        found.setdefault(shipped_licences().get(name, ""), []).append(name)
    return [(code, sum(numbers[name] for name in names), names) for code, names in sorted(found.items())]
