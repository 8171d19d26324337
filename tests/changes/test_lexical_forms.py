"""Values that no one expected, by every property and every way in: each is taken, or refused with place and cure."""

import csv
import io
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pyoxigraph as ox
import pytest
from openpyxl.utils.exceptions import IllegalCharacterError

from comity.iris import CO, RDF, XSD, graph
from comity.ontology import __file__ as ontology
from comity.server.mcp.tools import GraphTools
from comity.server.problems import Problem

from .serving import send
from .test_http import ACT, Served, served  # noqa: F401
from .world import HEADER

SECONDS = 50
FORMS = [
    *(
        "",
        " ",
        "-0044-03-15",
        "2022-02-30",
        "2022-13",
        "0000",
        "99999-01-01",
        "-99999",
        "24:00",
        "2001-01-01Z",
    ),
    *(
        "1991~",
        "19XX",
        "1991/1992",
        "[1990,1991]",
        "2001-21",
        "../1990",
        "1990/..",
        "NaN",
        "INF",
        "-INF",
        "1e400",
    ),
    *(
        "9" * 400,
        "-0",
        "+1",
        "0x1F",
        "1_000",
        "١٢",
        "true",
        "TRUE",
        "null",
        "None",
        "🜨",
        "e\u0301",
        "\u202eabc",
    ),
    *(
        "a" * 30_000,
        "http://",
        "https://[",
        "javascript:alert(1)",
        "urn:x:%zz",
        "=1+1",
        '"',
        "'",
        "\\",
        ";",
        ",",
    ),
    *("a\tb", "a\nb", "<b>", "{}", "${x}", "%s", "\ufffd"),
]
TYPES = [
    XSD + name
    for name in ("date", "gYear", "gYearMonth", "dateTime", "integer", "decimal", "double", "boolean")
]
Way = Callable[[Served, str, str, str], int]


def properties() -> list[str]:
    text = (Path(ontology).parent / "comity.ttl").read_text("utf-8")
    kinds = {"DatatypeProperty", "ObjectProperty", "AnnotationProperty"}
    found = {
        triple.subject.value
        for triple in ox.parse(text, ox.RdfFormat.TURTLE)
        if isinstance(triple.subject, ox.NamedNode) and triple.predicate.value == RDF + "type"
        if isinstance(triple.object, ox.NamedNode) and triple.object.value.rpartition("#")[2] in kinds
    }
    return sorted(one for one in found if one.startswith(CO))


def statement(predicate: str, text: str, kind: str) -> str:
    literal = ox.Literal(text, datatype=ox.NamedNode(kind)) if kind else ox.Literal(text)
    return f"<https://w3id.org/comity/polity/arcadia> <{predicate}> {literal} ."


def by_update(one: Served, predicate: str, text: str, kind: str) -> int:
    update = f"INSERT DATA {{ {statement(predicate, text, kind)} }}".encode()
    headers = {"Content_Type": "application/sparql-update"}
    return send(f"{one.address}/sparql?dry-run=1", "POST", update, one.editor, **headers)[0]


def by_turtle(one: Served, predicate: str, text: str, kind: str) -> int:
    address = f"{one.address}/graph-store?graph={quote(graph('facts/mine').value)}&dry-run=1"
    body = statement(predicate, text, kind).encode()
    return send(address, "POST", body, one.editor, Content_Type="text/turtle")[0]


def row_of(column: str, text: str) -> dict[str, str]:
    return ACT | {column: text}


COLUMNS = HEADER.split(",")


def by_csv(one: Served, predicate: str, text: str, kind: str) -> int:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerow(row_of(COLUMNS[hash_of(predicate) % len(COLUMNS)], text))
    address = f"{one.address}/changes?name=acts-odd.csv&dry-run=1"
    return send(address, "POST", out.getvalue().encode(), one.editor, Content_Type="text/csv")[0]


def by_workbook(one: Served, predicate: str, text: str, kind: str) -> int:
    book = openpyxl.Workbook()
    cells = row_of(COLUMNS[hash_of(predicate) % len(COLUMNS)], text)
    sheet = book.active
    assert sheet is not None
    sheet.title = "acts-odd"
    sheet.append(COLUMNS)
    try:
        sheet.append([cells.get(name, "") for name in COLUMNS])
    except IllegalCharacterError:
        return 0
    out = io.BytesIO()
    book.save(out)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    address = f"{one.address}/changes?name=acts-odd.xlsx&dry-run=1"
    return send(address, "POST", out.getvalue(), one.editor, Content_Type=kind)[0]


def by_form(one: Served, predicate: str, text: str, kind: str) -> int:
    body = json.dumps(row_of(COLUMNS[hash_of(predicate) % len(COLUMNS)], text)).encode()
    return send(f"{one.address}/acts?dry-run=1", "POST", body, one.editor, Content_Type="application/json")[0]


def hash_of(text: str) -> int:
    return sum(map(ord, text))


@pytest.fixture(scope="module")
def by_tool(served: Served) -> Iterator[Way]:  # noqa: F811
    """The way of language models: a tool of the Model Context Protocol."""
    tools = GraphTools(served.store)

    def check_act(one: Served, predicate: str, text: str, kind: str) -> int:
        try:
            tools.check_act([row_of(COLUMNS[hash_of(predicate) % len(COLUMNS)], text)], [], one.contributor)
        except Problem as problem:
            return problem.status
        return 200

    yield check_act
    tools.close()


WAYS: list[Way] = [by_update, by_turtle, by_csv, by_workbook, by_form]


@pytest.mark.long
def test_no_form_of_any_value_by_any_way_fails_inside(served: Served, by_tool: Way) -> None:  # noqa: F811
    drawn = random.Random(20261127)
    cases = list(itertools.product([*WAYS, by_tool], properties(), FORMS, ["", *TYPES]))
    assert len(cases) > 50_000
    until, done, failed = time.monotonic() + SECONDS, 0, []
    while time.monotonic() < until and len(failed) < 5:
        way, predicate, text, kind = drawn.choice(cases)
        status = way(served, predicate, text, kind)
        done += 1
        if status >= 500:
            failed.append((status, way.__name__, predicate, text[:60], kind))
    assert not failed
    assert done > 20
