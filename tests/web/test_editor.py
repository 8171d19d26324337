"""The SPARQL editor in the browser."""

from typing import TYPE_CHECKING

import pytest

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
    assert page.locator("[data-view] circle").count() == 1
    page.get_by_role("tab", name="Chart").click()
    assert page.locator("[data-view] rect").count() == 1


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
