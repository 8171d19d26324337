"""Every error answer has one shape: problem details (RFC 9457), with the same words in HTML."""

import logging
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from comity.questions.questions import question, questions
from comity.server.fault_log import Repetitions
from comity.server.problems import Problem
from comity.server.processes.client import submit
from comity.server.processes.protocol import ChangeRequest
from comity.server.processes.writer import ChangeHandler
from comity.sparql.mistakes import mistake
from comity.sparql.tokens import tokenize

SYNTAX = [
    ("SELECT * { ?s foaf:name ?o }", 1, 15, "foaf:name", "the prefix foaf: is not declared."),
    ("SELECT *\nWHERE { ?s ?p }", 2, None, "", ""),
    ("SELECT * { ?s ?p ?o", 1, None, "", ""),
]


@pytest.mark.parametrize(("query", "line", "column", "found", "words"), SYNTAX)
def test_a_syntax_error_says_where(
    client: FlaskClient, query: str, line: int, column: int | None, found: str, words: str
) -> None:
    problem = client.get(f"/sparql?query={quote(query)}").json
    assert problem["status"] == 400 and problem["line"] == line and words in problem["detail"]
    assert column is None or problem["column"] == column
    assert not found or problem["text"] == found
    assert f"line {line}, column {problem['column']}" in problem["detail"]


BROKEN = ["SELECT", "", "  ", "SELEKT * {}", "SELECT * {}}", "ASK {} ASK {}", "ASK { ?s ?p '"]


@pytest.mark.parametrize("query", BROKEN)
def test_no_error_speaks_in_the_parsers_own_signs(client: FlaskClient, query: str) -> None:
    problem = client.get(f"/sparql?query={quote(query)}").json
    assert problem["status"] == 400 and "['" not in problem["detail"] and "u{" not in problem["detail"]


WRONG = ["/nowhere", "/sparql?query=x", "/graph-store?graph=x", "/sparql?query=ASK{}&timeout=x"]


@pytest.mark.parametrize("path", WRONG)
def test_every_problem_has_the_members_of_the_standard(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.content_type == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= response.json.keys()
    assert response.json["status"] == response.status_code and response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/nowhere", "/sparql?query=SELECT+x"])
def test_people_read_the_same_words_on_a_page(client: FlaskClient, path: str) -> None:
    words = client.get(path).json["detail"]
    page = client.get(path, headers={"Accept": "text/html"})
    assert page.mimetype == "text/html" and page.status_code >= 400
    assert words.split(":")[0].replace("'", "&#39;") in page.text


def test_a_method_that_does_not_fit_names_those_that_do(client: FlaskClient) -> None:
    response = client.delete("/sparql")
    assert response.status_code == 405 and response.headers["Allow"]
    assert "GET" in response.json["hint"]


def test_a_bug_shows_no_traceback(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("comity.server.web.pages.home.prologue", None)
    response = client.get("/prefixes", headers={"Accept": "text/plain"})
    assert response.status_code == 500 and "Traceback" not in response.text
    assert response.json["type"].endswith("/internal-error")


def test_a_fault_that_comes_again_is_one_line_of_the_log(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client.application.config["PROPAGATE_EXCEPTIONS"] = False

    def fails() -> str:
        raise LookupError(request.headers["X-Try"] + "\nTraceback, so called")

    monkeypatch.setattr("comity.server.web.pages.home.prologue", fails)
    for number in range(3):
        assert (
            client.get("/prefixes", headers={"Accept": "text/plain", "X-Try": str(number)}).status_code == 500
        )
    first, *others = [logging.Formatter().format(record) for record in caplog.records]
    assert "Traceback (most recent call last)" in first and "LookupError: 0" in first
    assert [line.count("\n") for line in others] == [0, 0]
    assert "time 3: 'LookupError: 2" in others[1]
    monkeypatch.setattr("comity.server.web.pages.home.prologue", None)
    client.get("/prefixes", headers={"Accept": "text/plain"})
    assert "TypeError" in logging.Formatter().format(caplog.records[-1])


def test_a_fault_of_the_writer_that_comes_again_is_one_line_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    handler = ChangeHandler(tmp_path)
    for _ in range(3):
        receipt, refused = handler.answer(
            ChangeRequest(operation="none such", author="ada", role="editor", channel="form")
        )
        assert refused and receipt["kind"] == "internal-error"
    lines = [logging.Formatter().format(record).count("\n") for record in caplog.records]
    assert lines[0] > 2 and lines[1:] == [0, 0]


def test_many_kinds_of_faults_take_no_more_memory() -> None:
    repetitions = Repetitions()
    for number in range(1000):
        try:
            exec(compile("\n" * number + "1 / 0", f"{number}.py", "exec"))
        except ZeroDivisionError:
            assert repetitions.filter(logging.makeLogRecord({"msg": "x", "exc_info": sys.exc_info()}))
    assert len(repetitions) == 200


def test_updates_are_refused_where_nobody_takes_them(client: FlaskClient) -> None:
    response = client.post("/sparql", data="CLEAR ALL", content_type="application/sparql-update")
    assert response.status_code == 403 and "is read-only" in response.json["detail"]


@pytest.mark.parametrize(
    "address",
    [
        "/graph-store/%07%C3%B6",
        "/graph-store/%C2%99",
        "/graph/%7F%C2%84",
        "/map?of=%C2%99",
        "/matrix?according_to=%07",
        "/timeline?of=%C2%99",
        "/explain?subject=%07&predicate=a&object=%C2%99",
        "/explain?subject=http://x.example/%C2%99&predicate=co:%C2%99&object=b",
        "/sparql?query=ASK%7B%7D&default-graph-uri=urn:%C2%99",
    ],
)
def test_characters_that_no_iri_has_are_no_fault_of_the_server(client: FlaskClient, address: str) -> None:
    for accept in ("text/html", "text/turtle", "application/json"):
        assert 400 <= client.get(address, headers={"Accept": accept}).status_code < 500


def test_a_network_of_responses_without_its_first_act_is_an_empty_page(client: FlaskClient) -> None:
    assert client.get("/network?kind=responses", headers={"Accept": "text/html"}).status_code == 200


def test_nobody_is_advised_to_write_what_is_refused(client: FlaskClient) -> None:
    detail = client.get("/sparql?query=SELECT+*+%7B+%3Fs+%3Fp+%7D").json["detail"]
    assert "line 1, column 18" in detail and "SERVICE" not in detail and "LATERAL" not in detail


@pytest.mark.parametrize("path", ["/polity/a%26b%3Cc%3E", "/nowhere/a%26b%3Cc%3E", "/questions/a%26b%3Cc%3E"])
def test_problems_in_json_hold_no_html_entities(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"Accept": "application/json"})
    assert response.status_code == 404 and "&lt;" not in response.text and "&amp;" not in response.text


def test_the_indexes_of_an_empty_graph_are_empty(scratch: Flask) -> None:
    client = scratch.test_client()
    assert client.post("/sparql", data={"update": "DROP ALL"}).status_code < 300
    for folder in ("polity", "act", "source"):
        answer = client.get(f"/{folder}", headers={"Accept": "text/html"})
        assert answer.status_code == 200 and "0 in the graph" in answer.get_data(as_text=True), folder


MISTAKES = [
    ("SELECT ?a, ?b { ?a co:actor ?b }", 10, "Use spaces"),
    ("SELECT ?a (COUNT(?b) AS ?n) { ?a co:actor ?b }", 8, "GROUP BY ?a"),
    ("SELECT ?a (COUNT(?b) AS ?n) { ?a co:actor ?b } GROUP BY ?b", 8, "Add ?a to GROUP BY"),
    ("SELECT COUNT(?a) { ?a co:actor ?b }", 8, "(COUNT(?x) AS ?name)"),
    ("SELECT ?a COUNT(?b) AS ?n { ?a co:actor ?b } GROUP BY ?a", 11, "(COUNT(?x) AS ?name)"),
    ("SELECT a { ?a co:actor ?b }", 8, "Write ?a."),
    ("SELECT ?a { ?a co:actor ?b ?b a co:Polity }", 28, "Add a dot"),
    ("SELECT ?a { ?a co:evidence/co:source ?b ?b a co:Source }", 41, "Add a dot"),
    ("SELECT ?a { ?a co:edtf '2001'^^xsd:string ?a a co:Act }", 43, "Add a dot"),
    ("SELECT ?a { ?a co:actor ?b FILTER(?b = 1 }", 34, "Write )"),
    ("SELECT ?a { ?a co:actor ?b", 11, "Write }"),
    ("SELECT ?a { ?a co:actor ?b }}", 29, "Remove it"),
    ("SELECT ?a { ?a co:actor ?b FILTER(?b == 1) }", 38, "Write = "),
    ("SELECT ?a { ?a co:actor ?b FILTER(?b <> 1) }", 38, "Write !="),
    ("SELECT ?a { ?a co:actor ?b FILTER(?b AND ?a) }", 38, "Write &&"),
    ("SELECT ?a { ?a co:actor ?b FILTER ?b = 1 }", 35, "Write FILTER (…)"),
    ("SELECT ?a { ?a co:edtf 'x }", 24, "Close it"),
    ("SELECT ?a { ?a co:edtf “x” }", 24, 'Write "'),
    ("SELECT ?a { ?a co:url http://x.example/ }", 23, "Write <http:"),
    ("SELECT ?a { ?a co:edtf ?b BIND(1 AS n) }", 37, "Write ?n"),
    ("SELECT ?a { ?a co:edtf ?b } LIMIT", 29, "LIMIT 10"),
    ("SELECT ?a { ?a co:edtf ?b } ORDER ?a", 29, "ORDER BY"),
    ("SELECT ?a { ?a foaf:name ?b }", 16, "PREFIX"),
    ("SELECT ?a { foaf:x ?b ?a }", 13, "PREFIX"),
    ("SELECT * FROM <//[::1> { ?a co:actor ?b }", 15, "Write the full IRI"),
    ("SELECT * FROM <http://[::1> { ?a co:actor ?b }", 15, "Write the full IRI"),
    ("", 1, "SELECT * WHERE"),
    ("SELEC ?a { ?a co:actor ?b }", 1, "Write SELECT."),
    ("INSERT DATA { cop:x a co:Polity }", 1, "as an update"),
    ("@prefix x: <http://x.example/> . SELECT * { ?a a x:b }", 1, "Write PREFIX"),
    ("PREFIX x <http://x.example/> SELECT * { ?a a x:b }", 8, "PREFIX x:"),
    ("PREFIX x: <http://x.example/>; SELECT * { ?a a x:b }", 30, "Remove ;"),
    ("SELECT TOP 10 ?a { ?a co:actor ?b }", 8, "LIMIT 10"),
    ("SELECT { ?a co:actor ?b }", 8, "SELECT *"),
    ("SELECT ?a ?b", 13, "WHERE { … }"),
    ("SELECT ?a-b { ?a-b a co:Act }", 10, "?a_b"),
    ("SELECT ?a WERE { ?a co:actor ?b }", 11, "Write WHERE"),
    ("SELECT ?a WHERE ?a co:actor ?b", 17, "WHERE { … }"),
    ("SELECT ?a FROM acts WHERE { ?a co:actor ?b }", 11, "Remove FROM"),
    ("SELECT (COUNT(*) ?n) { ?a co:actor ?b }", 8, "AS ?name"),
    ("SELECT (?a AS ?x, ?b AS ?y) { ?a co:actor ?b }", 17, "(?a AS ?b) (?c AS ?d)"),
    ("SELECT (COUNT(?a, ?b) AS ?n) { ?a co:actor ?b }", 17, "Count one"),
    ("SELECT (GROUP_CONCAT(?a, '-') AS ?n) { ?a co:actor ?b }", 24, "SEPARATOR"),
    ("SELECT ?a (1 AS ?a) { ?a co:actor ?b }", 17, "another name"),
    ("SELECT ?a { ?a co:actor ?b OPTIONAL ?a co:edtf ?c }", 28, "OPTIONAL { … }"),
    ("SELECT ?a { ?a co:actor ?b FILTER NOT EXIST { ?a co:edtf ?c } }", 39, "EXISTS"),
    ("SELECT ?a { ?a co:edtf ?c FILTER (?c LIKE '19%') }", 38, "CONTAINS"),
    ("SELECT ?a { ?a co:edtf ?c FILTER (?c IS NULL) }", 38, "BOUND"),
    ("SELECT ?a { ?a co:edtf ?c FILTER (?c => 1) }", 38, "Write >="),
    ("SELECT ?a { ?a co:edtf ?c FILTER lang(?c) = 'en' }", 34, "FILTER (…)"),
    ("SELECT ?a { ?a co:edtf ?c FILTER regex(?c '19') }", 43, "comma"),
    ("SELECT ?a { ?a co:edtf ?c FILTER strstart(?c, '19') }", 34, "STRSTARTS"),
    ("SELECT ?a { ?a co:edtf 2022-07-14 }", 24, '"2022-07-14"^^xsd:date'),
    ("SELECT ?a { ?a a Act }", 18, "co:Act"),
    ("SELECT ?a { ?a a }", 18, "a subject, a property and a value"),
    ("SELECT ?a { ?a a co:Act, co:edtf ?b }", 24, "Write ;"),
    ("SELECT ?a { VALUES ?a { 1, 2 } }", 26, "spaces"),
    ("SELECT ?a { ?a a co:Act. ?a co:edtf ?b HAVING (?b > 1) }", 40, "Close the pattern"),
    ("SELECT ?a { ?a a co:Act } ORDER BY DESC ?a", 36, "DESC(?x)"),
    ("SELECT ?a { ?a a co:Act } LIMIT 1 ORDER BY ?a", 35, "Move LIMIT"),
    ("SELECT ?a { ?a a co:Act } ORDER BY ?a DESC", 39, "DESC(?x)"),
    ("SELECT ?a LIMIT 3 { ?a a co:Act }", 11, "behind the last }"),
    ("SELECT ?a ?a co:actor ?b", 14, "WHERE { … }"),
    ("SELECT ?a { ?a co:actor ?b . ?a = ?b }", 33, "FILTER (?a = ?b)"),
    ("SELECT ?a { ?a a co:Act };", 26, "Remove it."),
    ("ASK", 4, "{ ?s ?p ?o }"),
    ("SELECT * { ?s ?p ?o } WHERE { ?s ?p ?o }", 23, "one pair of braces"),
    ("SELECT ?a AS ?b { ?a ?p ?o }", 11, "(?a AS ?b)"),
    ("SELECT * { ?s ?p ?o } ORDER BY", 31, "ORDER BY ?a"),
    ("SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING ?s", 36, "HAVING (…)"),
    ("SELECT * { { ?x a co:Act } UNIN { ?x a co:Polity } }", 28, "Write UNION."),
    ("SELECT * { ?a co:date > 2000 }", 23, "FILTER (?a > ?b)"),
    ("SELECT * { VALUES (?x ?y) { ('a'@en '1'^^xsd:int) (2) } }", 51, "UNDEF"),
    ("SELECT * { SELECT ?s { ?s ?p ?o } ?s ?p ?x }", 12, "{ SELECT … }"),
    ("SELECT ?a { ?a rdfs:label 'x'@en-a-b }", 30, "@pt-BR"),
    ("SELECT ?a { ?a rdfs:label 'x'@toolongtag }", 30, "@pt-BR"),
    ("SELECT ?a { ?a rdfs:label 'a\\uD83Db' }", 27, "the character itself"),
    ("SELECT ?a { ?a a co:Act } -- all", 27, "Start comments with #"),
]


@pytest.mark.parametrize(("query", "column", "cure"), MISTAKES)
def test_what_beginners_write_gets_its_place_and_a_cure(
    client: FlaskClient, query: str, column: int, cure: str
) -> None:
    problem = client.get(f"/sparql?query={quote(query)}").json
    assert (problem["status"], problem["column"], cure in problem["hint"]) == (400, column, True), problem
    assert problem["hint"].count(". ") == 0 and len(problem["detail"]) < 200


def test_no_mistake_is_found_in_a_query_that_is_right() -> None:
    for name in questions():
        assert mistake(list(tokenize(question(name).sparql))) is None, name
    for query in (
        "SELECT ?a { ?a !a ?b. ?b ^co:actor/co:edtf|!(co:actor|^co:object) ?c. _:c co:edtf ?c }",
        "PREFIX x: <> SELECT ?a { ?a x:y <>, 'b'@en, 1 ; co:note [] , ( 1 2 ) . [ co:edtf ?b ] }",
        "SELECT * { { SELECT (COUNT(DISTINCT ?a) AS ?n) { ?a ?b ?c } GROUP BY ?c LIMIT 2 } }",
        "SELECT * { ?a ?b ?c FILTER xsd:date(?c) FILTER (?c NOT IN (1, 2) && !EXISTS { ?c ?b 2 }) } ORDER BY ?a",
        "SELECT * { VALUES (?a ?b) { (1 UNDEF) } GRAPH ?g { ?a ?b ?c ; } BIND (IF(?a, 1 - 2, 3) AS ?d) }",
        "BASE <http://x.example/> DESCRIBE <a> ?a WHERE { ?a ?b 'x'^^xsd:date . } HAVING (MAX(?a) > 1)",
    ):
        assert mistake(list(tokenize(query))) is None, query


def test_what_failed_in_another_process_is_for_the_log(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    request = ChangeRequest(operation="nothing", author="ada", role="editor")
    with pytest.raises(Problem) as told:
        submit(app.extensions["comity"].runtime, request, 20)
    assert told.value.status == 500 and "KeyError" not in told.value.sentence() and "KeyError" in caplog.text
