"""Questions as forms, and their answers: a sentence, a table, the query, downloads, and a citation."""

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template, request

from comity.edtf import bounds, dated, in_words
from comity.english import capital
from comity.errors import ComityError, DateError, QuestionError, UnknownError
from comity.export.results import parquet
from comity.iris import BASE, STATUS, XSD
from comity.questions.coverage import Statement
from comity.questions.questions import THINGS, Parameter, Question, by_topic, heading, question, questions
from comity.server.http import feeds
from comity.server.http.bodies import number_in_address
from comity.server.http.feeds import ATOM, ICALENDAR
from comity.server.http.formats import CSV, HTML, PARQUET, TSV, XML, Format, requested
from comity.server.http.formats import JSON as RESULTS_JSON
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.http.responses import Representation, entity_tag, respond
from comity.server.http.service import service
from comity.server.problems import Problem, unknown
from comity.server.processes.protocol import QueryCall
from comity.server.web import render, view_context
from comity.server.web.models import blocs, records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("ask", __name__)
FORMS = (HTML, RESULTS_JSON, CSV, TSV, XML, PARQUET, ATOM, ICALENDAR)
#: The number of rows in the table on a page of the answer; downloads have all.
MOST = 200
#: The number of entries in a feed or a calendar, the newest.
MOST_ENTRIES = 500
#: The columns that date the entries of a feed, the first one in the answer; otherwise the first column of dates.
_DATED = ("date", "on", "since", "until", "day")
#: The number of sources named in a row; the citation and downloads have all.
_SOURCES = 2
#: Values of the data that pages say as they do elsewhere.
_TOLD = {"express": "by declaration", "express and by relations": "by declaration and by relations"}


@dataclass(frozen=True)
class Field:
    """A field in the form of a question."""

    parameter: Parameter
    name: str
    value: str
    #: The accepted input, in words: for a thing, its name.
    example: str

    @property
    def completes(self) -> str:
        """The kind of thing whose names are suggested for completion, if any."""
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
@operation("page", "download", *MOMENT, formats=FORMS)
def ask(name: str) -> Response:
    """Return the form of a question, and its answer if all required parameters are given."""
    try:
        asked = question(name)
    except QuestionError as error:
        raise Problem(404, "no-such-question", str(error), hint="/questions lists all questions.") from error
    form = requested(*FORMS)
    if form is HTML:
        return _page(asked)
    values = _values(asked)
    text = _bound(graph_reader(), asked, values)
    if form in (ATOM, ICALENDAR):
        return _followed(asked, values, text, form)
    return _parquet(asked, values, text) if form is PARQUET else _data(text, form)


def _data(text: str, form: Format) -> Response:
    """Return the answer as data, evaluated and serialised by a query worker."""
    result = service().pool.run(QueryCall(text=text, result_format=form.name), 10.0)
    tag = entity_tag("\0".join([result.generation, "answer", form.name, text]))
    found = Representation(result.body, form.content_type, result.generation, tag, "solutions")
    response = respond(found, result.rest, result.size)
    if request.args.get("download"):
        response.headers["Content-Disposition"] = f'attachment; filename="answer.{form.name}"'
    return response


def _parquet(asked: Question, values: dict[str, str], text: str) -> Response:
    """Return the answer as a Parquet file whose metadata contain the question and the version of the graph."""
    document = service().ask(text)
    notes = {
        "title": f"Comity: {asked.title}",
        "address": service().root().rstrip("/") + _permalink(asked, _explicit(asked, values)),
        "generation": graph_reader().generation,
        "sparql": text,
    }
    with render.libraries("CSV or JSON"):
        body = parquet(document["head"]["vars"], document["results"]["bindings"], notes)
    response = Response(body, content_type=PARQUET.content_type)
    response.headers["Comity-Version"] = graph_reader().generation
    response.headers["Content-Disposition"] = f'attachment; filename="{asked.name}.parquet"'
    return response


def _followed(asked: Question, values: dict[str, str], text: str, form: Format) -> Response:
    """Return the dated rows of an answer as an Atom feed or an iCalendar, the newest first.

    :raises Problem: 406 if the answer has no column of dates, 404 if no row has a day.
    """
    document = service().ask(text)
    names, rows = document["head"]["vars"], document["results"]["bindings"]
    dated = _date_columns(names, rows)
    name = next((one for one in _DATED if one in dated), next(iter(dated), ""))
    if rows and not name:
        raise Problem(
            406,
            "no-dates",
            f"The answer to {asked.name} has no column of dates, so that it makes no {form.name}.",
            hint="Ask for CSV or JSON.",
        )
    root = service().root().rstrip("/")
    # Without the day, so that subscribers always get the answer as of today.
    given = {one: value for one, value in values.items() if request.args.get(one)}
    page = root + _permalink(asked, given)
    entries = [_entry(asked, row, names, dated, name, page) for row in rows if name in row]
    entries = list({one.iri: one for one in entries}.values())
    entries.sort(key=lambda one: (one.first, one.title), reverse=True)
    title = f"Comity: {asked.title}"
    if form is ATOM:
        address = f"{page}{'&' if '?' in page else '?'}format=atom"
        iri = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, page)}"
        body = feeds.atom(title, iri, address, page, entries[:MOST_ENTRIES])
        return Response(body, content_type=form.content_type)
    exact = feeds.exact(entries)
    if not exact:
        raise Problem(404, "no-days", "No row of the answer has a day.", hint="Ask for atom, CSV or JSON.")
    about = f"{asked.title}: rows whose day is known, the newest {MOST_ENTRIES} at most."
    body = feeds.calendar(title, about, exact[:MOST_ENTRIES], view_context.today())
    return Response(body, content_type=form.content_type)


def _entry(
    asked: Question, row: dict[str, Any], names: list[str], dated: list[str], name: str, page: str
) -> feeds.Entry:
    """Return a row of an answer as an entry of a feed, identified by its things and its date."""
    reader = graph_reader()
    first, last = _days(row[name]["value"])
    acts = [term["value"] for term in row.values() if term["value"].startswith(BASE + "act/")]
    labels = [one for one in names if one in row and one.endswith("Label")]
    others = [
        one
        for one in names
        if one in row and row[one]["type"] != "uri" and one not in (*labels, *dated, "urls", "sources")
    ]
    told = [f"{heading(one)}: {row[one]['value']}" for one in (*labels, *others)]
    act = records.act(reader, acts[0]) if acts else None
    subject = act.sentence if act else ", ".join(row[one]["value"] for one in labels)
    key = "|".join(
        [asked.name, row[name]["value"], *(term["value"] for term in row.values() if term["type"] == "uri")]
    )
    sources = _cell(reader, row, "sources", names, set())["links"] if "sources" in row else []
    return feeds.Entry(
        f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, key)}",
        page if not acts else service().root() + acts[0].removeprefix(BASE),
        subject or asked.title,
        feeds.midnight(first),
        f"{heading(name)}: {in_words(row[name]['value'])}. {'; '.join(told)}."[:1000],
        "",
        tuple((str(title), str(url)) for title, url in sources),
        first,
        last,
    )


def _days(edtf: str) -> tuple[str, str]:
    """Return the first and the last possible day of a date or an interval."""
    first, last = bounds(edtf)
    return first.isoformat(), last.isoformat()


def _date_columns(names: list[str], rows: list[dict[str, Any]]) -> list[str]:
    """Return the columns of dates: plain texts in the graph, all of which parse as dates."""
    found = []
    for one in names:
        cells = [row[one] for row in rows if one in row]
        if cells and all(_is_date(cell) for cell in cells):
            found.append(one)
    return found


def _things(reader: GraphReader, columns: list[str], rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return, by column of names or days, the column of the things or acts they name, which need not be shown."""
    few = rows[:MOST]
    iris = [one for one in columns if all(row[one]["type"] == "uri" for row in few if one in row)]
    found: dict[str, str] = {}
    for iri in iris:
        beginning = f"{iri.removesuffix('act')}since" if iri.endswith("act") else ""
        if beginning in columns:  # a day with the act that began something: "since" with "act"
            found[beginning] = iri
            continue
        for name in columns:
            both = [row for row in few if iri in row and row.get(name, {}).get("value")]
            if name in iris or name in found or len(both) < sum(iri in row for row in few) or not both:
                continue
            if all(row[name]["value"] == reader.label(row[iri]["value"]) for row in both):
                found[name] = iri
                break
    return found


def _values(asked: Question) -> dict[str, str]:
    """Return the given parameters, with the day of the view if the question needs one."""
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
    if missing or (asked.needs and not values.keys() & asked.needs):
        return render.page("question.html", lambda: _shown(asked, values))
    try:
        text = _bound(graph_reader(), asked, values)
    except Problem as problem:
        body = render_template("question.html", **(_shown(asked, values) | {"problem": problem}))
        return Response(body, 400, content_type=render.HTML)
    return render.page("question.html", lambda: _shown(asked, values) | _answer(asked, values, text))


def _shown(asked: Question, values: dict[str, str]) -> dict[str, Any]:
    fields = [_field(one, values) for one in asked.parameters]
    return {
        "question": asked,
        "trail": [("Ask", "/questions"), (asked.title, None)],
        "fields": fields,
        "example": {
            one.name: one.parameter.example for one in fields if one.example and one.parameter.required
        },
        "example_words": [one.example for one in fields if one.example and one.parameter.required],
        "problem": None,
        "answer": None,
    }


def _field(parameter: Parameter, values: dict[str, str]) -> Field:
    value = values.get(parameter.name, parameter.default or "")
    if value == "today":
        value = view_context.today()
    return Field(
        parameter, parameter.name, _name(parameter, value), _name(parameter, parameter.example or "")
    )


def _name(parameter: Parameter, value: str) -> str:
    """Return the value of a parameter as a reader would type it: for a thing, its name if unambiguous."""
    if parameter.type not in THINGS:
        return value
    try:
        return graph_reader().label(graph_reader().names.find(value, parameter.type).value) if value else ""
    except ComityError:
        return value


def _names(asked: Question, values: dict[str, str]) -> dict[str, str]:
    """Return the names of the things that parameters of a question have as values."""
    return {
        one.name: _name(one, values[one.name])
        for one in asked.parameters
        if one.type in THINGS and one.name in values
    }


def _answer(asked: Question, values: dict[str, str], text: str) -> dict[str, Any]:
    reader = graph_reader()
    document = service().ask(text)
    names: list[str] = document["head"]["vars"]
    rows: list[dict[str, Any]] = document["results"]["bindings"]
    columns = [one for one in names if one + "Label" not in names and one != "urls"]
    things = _things(reader, columns, rows)
    columns = [one for one in columns if one not in things.values()]
    dates = set(_date_columns(columns, rows))
    explicit = _explicit(asked, values)
    pages = max(1, -(-len(rows) // MOST))
    number = number_in_address("page", pages, "bad-page", "a page of this answer") or 1
    shown = rows[(number - 1) * MOST : number * MOST]
    return {
        "answer": _sentence(reader, asked, explicit, rows),
        "columns": [
            "Of or by whom" if _names_whom(one) else heading(one, _names(asked, explicit)) for one in columns
        ],
        "reach": _reach(reader, asked, values),
        "rows": [
            [_cell(reader, row, one, names, dates, things.get(one)) for one in columns] for row in shown
        ],
        "total": len(rows),
        "first": (number - 1) * MOST + 1,
        "page": number,
        "pages": pages,
        "sparql": text,
        "permalink": _permalink(asked, explicit),
        "sources": _sources(rows),
        "followed": _permalink(asked, {one: value for one, value in values.items() if request.args.get(one)})
        if dates
        else "",
        "address": service().root().rstrip("/"),
    }


def _explicit(asked: Question, values: dict[str, str]) -> dict[str, str]:
    """Return all values that determine the answer, including defaults."""
    found = {one.name: values.get(one.name, one.default or "") for one in asked.parameters}
    return {
        name: view_context.today() if value == "today" else value for name, value in found.items() if value
    }


def _permalink(asked: Question, explicit: dict[str, str]) -> str:
    query = f"?{urlencode(explicit)}" if explicit else ""
    return f"{request.script_root}/questions/{asked.name}{query}"


def _reach(reader: GraphReader, asked: Question, values: dict[str, str]) -> list[Statement]:
    """Return the statements on the completeness of the record of recognisers of the parties in the question."""
    if asked.topic != "recognition":
        return []
    given = (
        values[one.name] for one in asked.parameters if one.name in values and one.type in ("party", "polity")
    )
    parties = dict.fromkeys(reader.names.find(text, "party").value for text in given)
    return [found for party in parties if (found := blocs.counted(reader, party))]


def _names_whom(column: str) -> bool:
    return column.removesuffix("Label") == "ofWhom"


def _status(reader: GraphReader, row: dict[str, Any]) -> str:
    """Return the status that a row of claims is about: its own column, or that of the claim in another."""
    iris = [term["value"] for term in row.values() if term["type"] == "uri"]
    own = (iri for iri in iris if iri.startswith(STATUS))
    return next(own, "") or next((reader.thing(iri).of("status") for iri in iris if "/claim/" in iri), "")


def _is_date(term: dict[str, Any]) -> bool:
    """Return whether a term is a day, or the text of a date or an interval as EDTF writes it."""
    if term["type"] != "literal" or term.get("datatype", XSD + "string") not in (
        XSD + "string",
        XSD + "date",
    ):
        return False
    try:
        return bool(bounds(term["value"]))
    except DateError:
        return False


def _cell(
    reader: GraphReader,
    row: dict[str, Any],
    name: str,
    names: list[str],
    dates: set[str],
    iris: str | None = None,
) -> dict[str, Any]:
    """Return a cell for the template: its text and, if it names a thing, the link to it.

    :param iris: the column of the things that this one names, or of the acts of its days, if any.
    """
    term = row.get(name)
    if term is None:
        return {"text": "", "links": []}
    value = term["value"]
    if _names_whom(name) and value:
        # Occupied *by* one state, part *of* another: the status says which.
        return {"text": f"{records.preposition(_status(reader, row))} {value}", "links": []}
    if iris and iris in row:
        day = name in dates
        shown = in_words(value) if day else dated(value)
        return {"text": value, "links": [(shown, row[iris]["value"])], "date": day, "sort": value}
    if name.endswith("Label") and (thing := row.get(name.removesuffix("Label"))):
        return {"text": value, "links": [(dated(value), thing["value"])]}
    if term["type"] == "uri":
        text = reader.label(value) if value.startswith(BASE) else value
        return {"text": text, "links": [(text, value)], "wide": value.startswith(BASE + "act/")}
    if name.lower().endswith("sources") and not term.get("datatype"):
        titles = value.split(" | ")
        urls = row.get("urls", {}).get("value", "").split() if name == "sources" else []
        if len(titles) != len(urls):
            known = records.described(reader)
            urls = [known.get(title, "") for title in titles]
        pairs = [(records.shortened(title), url) for title, url in zip(titles, urls, strict=True)]
        most = max(_SOURCES // sum(one.lower().endswith("sources") for one in names), 1)
        return {"text": "", "links": pairs[:most], "more": max(len(titles) - most, 0), "sources": True}
    number = term.get("datatype", "").endswith(("integer", "decimal"))
    return {
        "text": in_words(value)
        if name in dates
        else capital(dated(value))
        if name == "note"
        else _TOLD.get(value) or dated(value),
        "links": [],
        "number": number,
        "date": name in dates,
        "sort": value,
        "wide": name == "note",
    }


def _sentence(
    reader: GraphReader, asked: Question, values: dict[str, str], rows: list[dict[str, Any]]
) -> str:
    said: dict[str, str] = {}
    for parameter in asked.parameters:
        value = values.get(parameter.name, "")
        if parameter.type in THINGS and value:
            value = reader.named(reader.names.find(value, parameter.type).value)
        elif parameter.type == "date" and value:
            value = in_words(value)
        said[parameter.name] = value
    if len(rows) == 1:
        said |= {name: dated(cell["value"]) for name, cell in rows[0].items() if name not in said}
    return capital(asked.sentence(len(rows), said)) or f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}."


def _sources(rows: list[dict[str, Any]]) -> list[str]:
    lists = (cell["value"] for row in rows for name, cell in row.items() if name.lower().endswith("sources"))
    titles = (title for one in lists for title in one.split(" | "))
    return list(dict.fromkeys(filter(None, titles)))
