"""The SPARQL editor in the browser."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Route, expect

from comity.server.web import assets

from .conftest import Open

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("chromium")
rich = pytest.mark.skipif(not assets.vendored("yasqe.min.js"), reason="YASQE was not fetched from npm")


def write(page: "Page", text: str) -> None:
    page.evaluate("text => { code.setValue(text); code.focus(); code.setCursor(code.lineCount(), 0); }", text)


@rich
def test_a_query_is_run_and_shown_as_table_chart_and_map(visit: Open) -> None:
    page = visit("/editor")
    write(
        page,
        "SELECT ?name ?lat ?long (1 AS ?n) WHERE { cop:kosovo rdfs:label ?name ; geo:lat ?lat ; geo:long ?long }",
    )
    page.keyboard.press("Control+Enter")
    page.get_by_role("cell", name="Kosovo").wait_for()
    page.get_by_role("tab", name="Map").click()
    expect(page.locator("[data-view] circle")).to_have_count(1)
    page.get_by_role("tab", name="Chart").click()
    expect(page.locator("[data-view] rect")).to_have_count(1)


@rich
def test_terms_and_things_complete(visit: Open) -> None:
    page = visit("/editor")
    write(page, "SELECT * WHERE { ?x co:recognis")
    page.keyboard.press("Control+Space")
    page.locator(".CodeMirror-hint", has_text="co:recognisesExpressly").wait_for()
    page.keyboard.press("Escape")
    write(page, "SELECT * WHERE { ?x co:recognises Saharawi")
    page.keyboard.press("Control+Space")
    page.locator(".CodeMirror-hint", has_text="cop:sahrawi-republic").wait_for()


@rich
def test_an_error_is_shown_at_its_place(visit: Open) -> None:
    page = visit("/editor")
    write(page, "SELECT ?x WHERE {\n  ?x co:actor }\n")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("alert").wait_for()
    assert "line 2" in page.get_by_role("alert").inner_text()
    wrong = "".join(page.locator(".wrong-line").all_inner_texts())
    assert wrong.replace("\xa0", " ").strip() == "?x co:actor }"


@rich
def test_the_day_chosen_is_the_dataset(visit: Open) -> None:
    page = visit("/editor?as_of=2010-01-01")
    write(page, "SELECT (COUNT(*) AS ?n) WHERE { ?x co:recognises cop:kosovo }")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("cell", name="66").wait_for()


def test_without_scripts_the_form_asks_the_endpoint(visit: Open) -> None:
    page = visit("/editor", java_script_enabled=False)
    page.get_by_label("Query").fill("SELECT ?name WHERE { cop:kosovo rdfs:label ?name }")
    page.get_by_role("button", name="Run").click()
    assert page.get_by_role("cell", name="Kosovo").is_visible()


@rich
def test_a_link_to_a_query_opens_it(visit: Open) -> None:
    page = visit("/editor?question=who-recognises")
    assert "Who recognises" in page.evaluate("code.getValue()")


@rich
def test_the_result_comes_into_view_with_names_which_can_be_turned_off(visit: Open) -> None:
    page = visit("/editor")
    write(
        page,
        "SELECT ?who ?date WHERE { ?a a co:Recognition ; co:actor ?who ; co:object cop:kosovo ; co:edtf ?date }",
    )
    page.get_by_role("button", name="Run").click()
    page.get_by_role("link", name="Costa Rica", exact=True).wait_for()
    expect(page.locator("#result")).to_be_in_viewport()
    page.get_by_label("Names instead of ids").uncheck()
    page.get_by_role("link", name="cop:costa-rica", exact=True).wait_for()


@rich
@pytest.mark.long
def test_a_result_is_downloaded_with_and_without_names(visit: Open) -> None:
    page = visit("/editor")
    write(page, "SELECT ?who WHERE { VALUES ?who { cop:kosovo } }")
    page.keyboard.press("Control+Enter")
    page.get_by_role("link", name="Kosovo", exact=True).wait_for()
    files = {}
    for button in ("CSV", "CSV with names", "JSON"):
        with page.expect_download() as told:
            page.get_by_role("button", name=button, exact=True).click()
        files[button] = Path(told.value.path()).read_text("utf-8")
    assert files["CSV"].splitlines() == ["who", "https://w3id.org/comity/polity/kosovo"]
    assert files["CSV with names"].splitlines() == [
        "who,whoName",
        "https://w3id.org/comity/polity/kosovo,Kosovo",
    ]
    assert json.loads(files["JSON"])["results"]["bindings"][0]["who"]["type"] == "uri"


@rich
@pytest.mark.long
def test_the_code_that_is_copied_asks_the_same(visit: Open) -> None:
    page = visit("/editor?as_of=2010-01-01")
    write(page, 'SELECT (COUNT(*) AS ?n) ("it\'s" AS ?text) WHERE { ?x co:recognises cop:kosovo }')
    page.keyboard.press("Control+Enter")
    page.get_by_role("cell", name="66").wait_for()
    page.get_by_text("Copy as code").click()

    def code(kind: str) -> str:
        page.locator("[data-code] select").select_option(kind)
        return page.locator("[data-code] code").inner_text()

    shell = subprocess.run(["bash", "-c", code("curl")], capture_output=True, text=True, timeout=20)
    assert shell.stdout.split() == ["n,text", "66,it's"]
    python = [sys.executable, "-c", code("Python, rdflib")]
    assert subprocess.run(python, capture_output=True, text=True, timeout=30).stdout.split() == ["66", "it's"]
    compile(code("Python, SPARQLWrapper"), "copied", "exec")
    assert "PREFIX co: <https://w3id.org/comity/ontology#>" in code("R")


@rich
def test_a_query_that_finds_nothing_is_put_right_by_buttons(visit: Open) -> None:
    page = visit("/editor")
    write(page, "SELECT ?who WHERE { ?who co:recognizes cop:kosovo }")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Use co:recognises").click()
    page.get_by_role("button", name="Ask the graph of the day").click()
    page.get_by_role("link", name="Costa Rica", exact=True).wait_for()
    assert page.evaluate("code.getValue()") == "SELECT ?who WHERE { ?who co:recognises cop:kosovo }"


@rich
@pytest.mark.long
def test_numbers_by_year_are_a_line_and_polities_a_map(visit: Open) -> None:
    page = visit("/editor")
    write(
        page,
        "SELECT ?year (COUNT(*) AS ?n) WHERE { ?a a co:Recognition ; co:earliest ?d BIND(YEAR(?d) AS ?year) } "
        "GROUP BY ?year",
    )
    page.keyboard.press("Control+Enter")
    page.get_by_role("tab", name="Chart").click()
    assert page.locator("[data-view] polyline").count() == 1
    write(page, "SELECT ?who (2 AS ?n) WHERE { VALUES ?who { cop:kosovo cop:france } }")
    page.keyboard.press("Control+Enter")
    page.get_by_role("tab", name="Map").click()
    page.locator("[data-view] title", has_text="France: 2").wait_for(state="attached")


@rich
def test_a_query_typed_while_the_page_loads_arrives_whole(visit: Open) -> None:
    page = visit("/editor")
    held: list[Route] = []
    page.route("**/editor.js*", lambda route: held.append(route))
    with page.expect_request("**/editor.js*"):
        page.goto("/editor", wait_until="commit")
    query = page.locator("textarea[name=query]")
    query.fill("")
    query.press_sequentially("ASK ")
    held[0].continue_()
    page.locator(".yasqe").wait_for()
    page.keyboard.type("{}")
    assert query.input_value() == "ASK {}"


@rich
@pytest.mark.long
def test_open_and_saved_queries_stay_in_the_browser(visit: Open) -> None:
    page = visit("/editor")
    page.get_by_role("button", name="New query").click()
    write(page, "# All that is said\nSELECT * WHERE { cop:kosovo ?p ?o }")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save in this browser").click()
    page.goto("/editor?question=who-recognises")
    assert page.locator(".open-queries li").count() == 4  # the first, the saved, the question, and a new one
    page.get_by_role("button", name="Close All that is said").click()
    page.reload()
    page.locator("[data-saved]").get_by_role("button", name="All that is said", exact=True).click()
    assert page.evaluate("code.getValue()").startswith("# All that is said")


def test_an_empty_result_says_why_without_scripts_too(client: FlaskClient) -> None:
    query = "SELECT ?x WHERE { ?x co:recognises cop:kosovoo }"
    page = client.get("/sparql", query_string={"query": query, "format": "html"}).text
    assert "The graph does not contain cop:kosovoo. Did you mean cop:kosovo (Kosovo)?" in page
    assert "as-of=" in page
    assert "0 rows" in page
