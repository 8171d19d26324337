"""Questions as forms, and their answers: a sentence, a table, the query, downloads, and a citation."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template, request

from comity.edtf import bounds, in_words
from comity.errors import ComityError, DateError, MissingLibraryError, QuestionError, UnknownError
from comity.export.results import parquet
from comity.iris import BASE, XSD
from comity.questions.questions import THINGS, Parameter, Question, by_topic, heading, question, questions
from comity.server.http.formats import CSV, HTML, TSV, XML, Format, requested
from comity.server.http.formats import JSON as RESULTS_JSON
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.http.service import service
from comity.server.problems import Problem, unknown
from comity.server.processes.protocol import QueryCall
from comity.server.web import render, view_context
from comity.server.web.models import records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("ask", __name__)
PARQUET = Format("parquet", ("application/vnd.apache.parquet",))
FORMS = (HTML, RESULTS_JSON, CSV, TSV, XML, PARQUET)
#: Rows of the table on the page; downloads have all.
MOST = 500
#: Sources that a cell names; the citation and downloads have all.
_SOURCES = 2


@dataclass(frozen=True)
class Field:
    """A field of a question's form."""

    parameter: Parameter
    name: str
    label: str
    value: str

    @property
    def completes(self) -> str:
        """The kind of thing whose names complete what is typed, if any."""
        return self.parameter.type if self.parameter.type in THINGS else ""


@blueprint.get("/questions", strict_slashes=False)
@operation(formats=(HTML, JSON))
def index() -> Response:
    """Return all questions by topic."""
    if requested(HTML, JSON) is JSON:
        listed = [
            {"name": one.name, "title": one.title, "description": one.description, "topic": one.topic}
            for one in questions().values()
        ]
        return current_app.json.response(listed)  # type: ignore[return-value]
    return render.page("questions.html", _index)


def _index() -> dict[str, Any]:
    return {"trail": [("Ask", None)], "topics": by_topic()}


@blueprint.get("/questions/<name>")
@operation(*MOMENT, formats=FORMS)
def ask(name: str) -> Response:
    """Return the form of a question, and its answer where all required parameters are given."""
    try:
        asked = question(name)
    except QuestionError as error:
        raise Problem(404, "no-such-question", str(error), hint="/questions lists all questions.") from error
    form = requested(*FORMS)
    if form is HTML:
        return _page(asked)
    values = _values(asked)
    text = _bound(graph_reader(), asked, values)
    return _parquet(asked, values, text) if form is PARQUET else _data(text, form)


def _data(text: str, form: Format) -> Response:
    """Return the answer as data, evaluated and serialised by a query worker."""
    result = service().pool.run(QueryCall(text=text, result_format=form.name), 10.0)
    response = Response(result.whole(), content_type=form.content_type)
    response.headers["Comity-Version"] = result.generation
    if request.args.get("download"):
        response.headers["Content-Disposition"] = f'attachment; filename="answer.{form.name}"'
    return response


def _parquet(asked: Question, values: dict[str, str], text: str) -> Response:
    """Return the answer as a Parquet file whose metadata hold the question and the version of the graph."""
    document = service().ask(text)
    notes = {
        "title": f"Comity: {asked.title}",
        "address": service().root().rstrip("/") + _permalink(asked, _explicit(asked, values)),
        "generation": graph_reader().generation,
        "sparql": text,
    }
    try:
        body = parquet(document["head"]["vars"], document["results"]["bindings"], notes)
    except MissingLibraryError as error:
        raise Problem(
            501,
            "format-not-installed",
            str(error),
            hint="Install it where the server runs, or ask for CSV or JSON.",
        ) from error
    response = Response(body, content_type=PARQUET.content_type)
    response.headers["Comity-Version"] = graph_reader().generation
    response.headers["Content-Disposition"] = f'attachment; filename="{asked.name}.parquet"'
    return response


def _values(asked: Question) -> dict[str, str]:
    """Return the parameters given, with the day of the view where the question asks for one."""
    now = view_context.current()
    found = {}
    for parameter in asked.parameters:
        value = request.args.get(parameter.name, "").strip()
        if not value and parameter.name == "as_of":
            value = now.day
        if value:
            found[parameter.name] = value
    return found


def _bound(reader: GraphReader, asked: Question, values: dict[str, str]) -> str:
    types = {parameter.name: parameter.type for parameter in asked.parameters}
    try:
        things = {
            name: reader.names.find(text, types[name]).value
            for name, text in values.items()
            if types[name] in THINGS
        }
        return asked.bind(reader.store, values | things)
    except UnknownError as error:
        raise unknown(error, 400, "cannot-ask") from error
    except QuestionError as error:
        raise Problem(400, "cannot-ask", str(error), hint="Change the parameters and ask again.") from error


def _page(asked: Question) -> Response:
    values = _values(asked)
    missing = [one for one in asked.parameters if one.required and one.name not in values]
    if missing:
        return render.page("question.html", lambda: _shown(asked, values))
    try:
        text = _bound(graph_reader(), asked, values)
    except Problem as problem:
        body = render_template("question.html", **(_shown(asked, values) | {"problem": problem}))
        return Response(body, 400, content_type=render.HTML)
    return render.page("question.html", lambda: _shown(asked, values) | _answer(asked, values, text))


def _shown(asked: Question, values: dict[str, str]) -> dict[str, Any]:
    example = {one.name: one.example for one in asked.parameters if one.example and one.required}
    return {
        "question": asked,
        "trail": [("Ask", "/questions"), (asked.title, None)],
        "fields": [_field(one, values) for one in asked.parameters],
        "example": example,
        "problem": None,
        "answer": None,
    }


def _field(parameter: Parameter, values: dict[str, str]) -> Field:
    value = values.get(parameter.name, parameter.default or "")
    if value == "today":
        value = view_context.today()
    if parameter.type in THINGS and value:
        try:
            iri = graph_reader().names.find(value, parameter.type).value
            value = value if parameter.type == "act" else graph_reader().label(iri)
        except ComityError:
            pass
    label = parameter.name.replace("_", " ").capitalize().replace("un members", "UN members")
    return Field(parameter, parameter.name, label, value)


def _answer(asked: Question, values: dict[str, str], text: str) -> dict[str, Any]:
    reader = graph_reader()
    document = service().ask(text)
    names: list[str] = document["head"]["vars"]
    rows: list[dict[str, Any]] = document["results"]["bindings"]
    columns = [one for one in names if one + "Label" not in names and one != "urls"]
    # Dates are plain texts in the graph: a column is one of dates where all that is in it reads as a date.
    dates = {one for one in columns if all(_is_date(row[one]) for row in rows if one in row)}
    explicit = _explicit(asked, values)
    return {
        "answer": _sentence(reader, asked, explicit, rows),
        "columns": [heading(one) for one in columns],
        "rows": [[_cell(reader, row, one, names, dates) for one in columns] for row in rows[:MOST]],
        "total": len(rows),
        "sparql": text,
        "permalink": _permalink(asked, explicit),
        "sources": _sources(rows),
        "address": service().root().rstrip("/"),
    }


def _explicit(asked: Question, values: dict[str, str]) -> dict[str, str]:
    """Return all values that decide the answer, defaults included."""
    found = {one.name: values.get(one.name, one.default or "") for one in asked.parameters}
    return {
        name: view_context.today() if value == "today" else value for name, value in found.items() if value
    }


def _permalink(asked: Question, explicit: dict[str, str]) -> str:
    query = f"?{urlencode(explicit)}" if explicit else ""
    return f"{request.script_root}/questions/{asked.name}{query}"


def _is_date(term: dict[str, Any]) -> bool:
    """Return whether a term is a day, or the text of a date or an interval as EDTF writes it."""
    if term["type"] != "literal" or term.get("datatype", XSD + "string") not in (
        XSD + "string",
        XSD + "date",
    ):
        return False
    try:
        return all(bounds(part) for part in term["value"].split("/"))
    except DateError:
        return False


def _cell(
    reader: GraphReader, row: dict[str, Any], name: str, names: list[str], dates: set[str]
) -> dict[str, Any]:
    """Return a cell for the template: its text and, where it names a thing, the link to it."""
    term = row.get(name)
    if term is None:
        return {"text": "", "links": []}
    value = term["value"]
    if name.endswith("Label") and (thing := row.get(name.removesuffix("Label"))):
        return {"text": value, "links": [(value, thing["value"])]}
    if term["type"] == "uri":
        text = reader.label(value) if value.startswith(BASE) else value
        return {"text": text, "links": [(text, value)], "wide": value.startswith(BASE + "act/")}
    if name == "sources" and "urls" in names:
        titles, urls = value.split(" | "), row.get("urls", {}).get("value", "").split()
        titles = [records.shortened(title) for title in titles]
        pairs = list(zip(titles, urls, strict=True)) if len(titles) == len(urls) else []
        more = max(len(titles) - _SOURCES, 0)
        return {"text": "; ".join(titles[:_SOURCES]), "links": pairs[:_SOURCES], "more": more}
    number = term.get("datatype", "").endswith(("integer", "decimal"))
    return {
        "text": in_words(value) if name in dates else value,
        "links": [],
        "number": number,
        "date": name in dates,
        "sort": value,
    }


def _sentence(
    reader: GraphReader, asked: Question, values: dict[str, str], rows: list[dict[str, Any]]
) -> str:
    said: dict[str, str] = {}
    for parameter in asked.parameters:
        value = values.get(parameter.name, "")
        if parameter.type in THINGS and value:
            value = reader.label(reader.names.find(value, parameter.type).value)
        elif parameter.type == "date" and value:
            value = in_words(value)
        said[parameter.name] = value
    if len(rows) == 1:
        said |= {name: cell["value"] for name, cell in rows[0].items() if name not in said}
    return asked.sentence(len(rows), said) or f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}."


def _sources(rows: list[dict[str, Any]]) -> list[str]:
    titles = (title for row in rows if "sources" in row for title in row["sources"]["value"].split(" | "))
    return list(dict.fromkeys(filter(None, titles)))
