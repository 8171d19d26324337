"""Whole journeys through the pages, as people make them."""

import re

import pytest

from .conftest import Open

pytestmark = pytest.mark.needs("chromium")
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])


@SCRIPTS
def test_who_recognised_kosovo_in_2010_and_who_withdrew_is_five_clicks_away(
    visit: Open, scripts: bool
) -> None:
    page = visit("/", java_script_enabled=scripts)
    page.get_by_label("Pick a polity").fill("Kosovo")
    page.get_by_role("button", name="Go").click()
    page.get_by_label("As of").fill("2010-01-01")
    page.get_by_role("button", name="Show").click()
    assert "66 parties recognised it" in page.locator(".lead").inner_text()
    rows = page.locator("section[aria-labelledby=recognised-by] table").first.locator("tbody tr")
    assert rows.count() == 66
    assert all(row.locator("td").nth(2).locator("a").count() for row in rows.all())
    ended = page.locator("#since-then ~ .scroll").first
    assert (
        ended.locator("tbody tr", has_text="Comoros").get_by_role("link", name=re.compile("withdrew")).count()
    )
    assert ended.locator("tbody tr").count() > 3


def test_the_front_page_leads_there_in_one_click(visit: Open) -> None:
    page = visit("/")
    page.get_by_role("link", name="Who did on 1 January 2010").click()
    assert page.get_by_label("As of").input_value() == "2010-01-01"
    assert page.get_by_role("heading", name="No longer so today").is_visible()


@SCRIPTS
def test_who_came_before_north_korea_and_what_ukraine_answered(visit: Open, scripts: bool) -> None:
    page = visit("/", java_script_enabled=scripts)
    page.get_by_role("link", name="A story: July 2022").click()
    before, answers = page.locator(".two .panel").all()
    donetsk = before.locator("ol").first.inner_text()
    assert re.search(r"South Ossetia.*Russia.*Abkhazia.*Syria", donetsk, re.DOTALL)
    assert "Ukraine severed relations with North Korea, 13 July 2022" in answers.inner_text()
    answers.get_by_role("link", name="Ukraine severed relations with North Korea").click()
    assert "North Korea recognised Donetsk People's Republic" in page.locator("#answered ~ ol").inner_text()
    assert page.locator("aside ol li").count()


def test_the_day_and_the_party_go_along_with_every_link(visit: Open) -> None:
    page = visit("/polity/donetsk-peoples-republic")
    page.get_by_label("As of").fill("2022-07-14")
    page.get_by_label("According to").fill("Ukraine")
    page.get_by_role("button", name="Show").click()
    assert "temporarily occupied territory" in page.locator(".view").inner_text()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Map").click()
    assert page.url.endswith("as_of=2022-07-14&according_to=ukraine")
    page.get_by_role("link", name="SPARQL", exact=True).click()
    box = page.get_by_role("checkbox")
    assert box.is_checked()
    assert box.get_attribute("value") == "https://w3id.org/comity/as-of/2022-07-14/according-to/ukraine"


def test_a_snapshot_page_is_left_for_another_by_the_control(visit: Open) -> None:
    page = visit("/as-of/2022-07-14")
    page.get_by_label("As of").fill("2010-01-01")
    page.get_by_label("According to").fill("Serbia")
    page.get_by_role("button", name="Show").click()
    assert page.url.endswith("/as-of/2010-01-01/according-to/serbia")


def test_names_complete_as_they_are_typed(visit: Open) -> None:
    page = visit("/")
    page.get_by_label("Pick a polity").press_sequentially("Saharaw")
    option = page.get_by_role("option", name="Sahrawi Republic")
    option.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.get_by_label("Pick a polity").input_value() == "Sahrawi Republic"
    page.keyboard.press("Enter")
    page.wait_for_url("**/polity/sahrawi-republic")


def test_a_question_is_asked_and_its_answer_cited(visit: Open) -> None:
    page = visit("/questions")
    page.get_by_role("link", name="Who recognises a party on a day").click()
    page.get_by_label("Object").fill("Kosovo")
    page.locator("form.question").get_by_label("As of").fill("2010-01-01")
    page.locator("form.question").get_by_role("button", name="Ask").click()
    assert "66 are known to recognise Kosovo on 1 January 2010" in page.locator(".answer").inner_text()
    citation = page.get_by_label("Citation").input_value()
    assert re.search(r"Graph version \d{8}T\d{6}.*as_of=2010-01-01.*Sources: ", citation)
    page.get_by_role("button", name="Recogniser").click()
    assert page.locator("table.sortable tbody tr").first.inner_text().startswith("Afghanistan")


def test_the_slider_recolours_the_map(visit: Open) -> None:
    page = visit("/map?of=kosovo&as_of=2026-01-01")
    assert "yes" in (page.locator("[data-id=albania]").get_attribute("class") or "")
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_url("**as_of=2008-02-17")
    page.wait_for_function("document.querySelector('[data-id=albania]').classList.contains('silent')")
    assert page.get_by_role("heading", level=1).inner_text() == "Who recognises Kosovo, 17 February 2008"


def test_without_scripts_days_are_links(visit: Open) -> None:
    page = visit("/map?of=kosovo", java_script_enabled=False)
    assert not page.get_by_role("slider").is_visible()
    page.get_by_role("navigation", name="Other days").get_by_role("link", name="2008-02-17").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "Who recognises Kosovo, 17 February 2008"


def test_why_leads_down_to_a_source(visit: Open) -> None:
    page = visit("/polity/donetsk-peoples-republic?as_of=2022-07-14")
    page.get_by_role("link", name="Why? North Korea").click()
    assert "It follows" in page.locator(".lead").inner_text()
    page.locator(".cited a").first.click()
    assert "/source/" in page.url


def test_a_page_can_be_used_by_the_keyboard_alone(visit: Open) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "pick"
