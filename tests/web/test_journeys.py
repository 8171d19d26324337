"""Whole journeys through the pages, as people make them."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .conftest import Open

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

pytestmark = pytest.mark.needs("chromium")
SCRIPTS = pytest.mark.parametrize(
    "scripts", [True, pytest.param(False, marks=pytest.mark.long)], ids=["with scripts", "without scripts"]
)


class Hand:
    """Clicks as a visitor does, and counts the clicks."""

    def __init__(self) -> None:
        self.clicks = 0

    def click(self, thing: "Locator") -> None:
        thing.page.wait_for_load_state()  # A script may move what is to be clicked.
        thing.click()
        self.clicks += 1


def assert_kosovo_in_2010(page: "Page") -> None:
    """The page names who recognised Kosovo (66, and three possibly) and the four that no longer do, with sources."""
    assert "66 parties recognised it" in page.locator(".lead").inner_text()
    rows = page.locator("section[aria-labelledby=recognised-by] table").first.locator("tbody tr")
    listed = rows.evaluate_all(
        """rows => rows.map((row) => ({
            name: row.querySelector("th a").innerText,
            possibly: Boolean(row.querySelector("th .badge.possible")),
            sourced: Boolean(row.querySelector("td:nth-of-type(3) a[href*='/source/']")),
        }))"""
    )
    names = {one["name"] for one in listed}
    possibly = {one["name"] for one in listed if one["possibly"]}
    assert possibly == {"Mauritania", "Tuvalu", "Vanuatu"} and len(names - possibly) == 66
    assert "; 3 more possibly did, given dates that are not exact" in page.locator(".lead").inner_text()
    assert {"Albania", "Costa Rica", "Taiwan", "United States"} <= names
    assert not {"Bolivia", "Serbia", "Spain"} & names
    assert all(one["sourced"] for one in listed)
    gone = {
        row.locator("th").inner_text(): row.locator("td").nth(2).inner_text()
        for row in page.locator("#since-then ~ .scroll").first.locator("tbody tr").all()
    }
    assert gone == {
        "Comoros": "The Comoros withdrew its recognition of Kosovo disputed",
        "Palau": "Palau froze its recognition of Kosovo",
        "Nauru": "Nauru withdrew its recognition of Kosovo",
        "Sierra Leone": "Sierra Leone withdrew its recognition of Kosovo disputed",
    }
    for row in page.locator("#since-then ~ .scroll").first.locator("tbody tr").all():
        assert row.locator("td").nth(3).locator("a[href*='/source/']").count()


@SCRIPTS
def test_who_recognised_kosovo_in_2010_and_who_withdrew_is_five_clicks_away(
    visit: Open, scripts: bool
) -> None:
    page, hand = visit("/", java_script_enabled=scripts), Hand()
    hand.click(page.get_by_label("Look up a name"))
    page.keyboard.type("Kosovo")
    hand.click(page.get_by_role("button", name="Go"))
    hand.click(page.get_by_label("Day", exact=True))
    page.get_by_label("Day", exact=True).fill("2010-01-01")
    hand.click(page.get_by_role("button", name="Show"))
    assert_kosovo_in_2010(page)
    hand.click(
        page.locator("#since-then ~ .scroll")
        .first.get_by_role("link", name=re.compile("dacic:? sierra leone", re.IGNORECASE))
        .first
    )
    assert page.get_by_role("link", name="Open the source").get_attribute("href")
    assert hand.clicks <= 5


def test_the_front_page_leads_there_in_one_click(visit: Open) -> None:
    page = visit("/")
    page.get_by_role("link", name="who recognised Kosovo on 1 January 2010").click()
    assert page.get_by_label("Day", exact=True).input_value() == "2010-01-01"
    assert_kosovo_in_2010(page)


def test_the_front_page_tells_at_a_glance_what_this_is(visit: Open) -> None:
    page = visit("/", viewport={"width": 1280, "height": 800})
    seen = [
        page.get_by_role("heading", name="Who recognises whom, since when, and who says so"),
        page.get_by_label("Look up a name"),
        page.get_by_label("Day", exact=True),
        page.get_by_role("heading", name="A story: who answered whom in July 2022"),
        page.get_by_role("heading", name="Who recognises Kosovo"),
    ]
    for one in seen:
        box = one.bounding_box()
        assert box and box["y"] + box["height"] <= 800
    assert page.get_by_role("search").count() == 1
    assert page.get_by_role("region", name="Latest acts").get_by_role("listitem").count() == 4
    assert page.get_by_role("region", name="Changes to the record").get_by_role("listitem").count()


@SCRIPTS
def test_who_came_before_north_korea_and_what_ukraine_answered(visit: Open, scripts: bool) -> None:
    page = visit("/", java_script_enabled=scripts)
    page.get_by_role("link", name="A story: who answered whom in July 2022").click()
    before, answers = page.locator(".two .panel").all()
    donetsk = before.locator("ol").first.inner_text()
    assert re.search(r"South Ossetia.*Russia.*Abkhazia.*Syria", donetsk, re.DOTALL)
    assert "Ukraine severed relations with North Korea, 13 July 2022" in answers.inner_text()
    sourced = before.locator("ol").first.locator("li", has=page.locator("a[href*='/source/']"))
    assert sourced.count() == before.locator("ol").first.locator("li").count() == 5
    answers.get_by_role("link", name="Ukraine severed relations with North Korea").click()
    assert (
        "North Korea recognised the Donetsk People's Republic" in page.locator("#answered ~ ol").inner_text()
    )
    assert page.locator("aside ol li").count()


def test_the_day_and_the_party_go_along_with_every_link(visit: Open) -> None:
    page = visit("/polity/donetsk-peoples-republic")
    page.get_by_label("Day", exact=True).fill("2022-07-14")
    page.get_by_label("As seen by").fill("Ukraine")
    page.get_by_role("button", name="Show").click()
    assert "territory temporarily occupied by Russia" in page.locator(".view").inner_text()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Map").click()
    assert page.url.endswith("as_of=2022-07-14&according_to=ukraine")
    page.get_by_role("link", name="SPARQL", exact=True).click()
    box = page.get_by_role("checkbox")
    assert box.is_checked()
    assert box.get_attribute("value") == "https://w3id.org/comity/as-of/2022-07-14/according-to/ukraine"


def test_a_snapshot_page_is_left_for_another_by_the_control(visit: Open) -> None:
    page = visit("/as-of/2022-07-14")
    page.get_by_label("Day", exact=True).fill("2010-01-01")
    page.get_by_label("As seen by").fill("Serbia")
    page.get_by_role("button", name="Show").click()
    assert page.url.endswith("/as-of/2010-01-01/according-to/serbia")


def test_names_complete_as_they_are_typed(visit: Open) -> None:
    page = visit("/")
    page.get_by_label("Look up a name").press_sequentially("Saharaw")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text("Sahrawi Republic")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/polity/sahrawi-republic")


def test_a_late_answer_leaves_the_list_someone_chooses_from(visit: Open) -> None:
    page = visit("/")
    name = page.get_by_label("Look up a name")
    name.press_sequentially("Kos")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text("Kosovo")
    held: list[Route] = []
    page.route("**/complete?**", lambda route: held.append(route))
    with page.expect_request("**/complete?**"):
        name.press_sequentially("ov")
    page.keyboard.press("ArrowDown")
    with page.expect_response("**/complete?**"):
        held[0].continue_()
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    page.wait_for_url("**/polity/kosovo")


def test_a_name_typed_while_the_page_loads_arrives_whole(visit: Open) -> None:
    page = visit("/about")
    held: list[Route] = []
    page.route("**/comity.js*", lambda route: held.append(route))
    with page.expect_request("**/comity.js*"):
        page.goto("/questions/who-recognises", wait_until="commit")
    field = page.get_by_label("The party that is recognised")
    field.press_sequentially("Kos")
    with page.expect_response("**/complete?**"):
        held[0].continue_()
        page.locator(".completes #f-object").wait_for()
        page.keyboard.type("ovo")
    assert field.input_value() == "Kosovo"
    page.get_by_role("option", name="Kosovo").first.wait_for()


def test_a_question_is_asked_and_its_answer_cited(visit: Open) -> None:
    page = visit("/questions")
    page.get_by_label("Find a question").fill("recognises day")
    assert page.get_by_role("heading", name="Evidence and coverage").is_hidden()
    page.get_by_role("link", name="Who recognises a party on a day").click()
    page.wait_for_url("**/questions/who-recognises")
    page.get_by_label("The party that is recognised").fill("Kosovo")
    page.locator("form.question").get_by_label("The day asked about").fill("2010-01-01")
    page.locator("form.question").get_by_role("button", name="Ask").click()
    assert (
        "66 parties are known to recognise Kosovo on 1 January 2010" in page.locator(".answer").inner_text()
    )
    citation = page.locator("#citation").inner_text()
    assert re.search(r"Version \d{8}T\d{6}.*as_of=2010-01-01.*Sources: ", citation)
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
    page.get_by_role("navigation", name="What changed when").get_by_role(
        "link", name="17 February 2008"
    ).first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "Who recognises Kosovo, 17 February 2008"


def test_why_leads_down_to_a_source(visit: Open) -> None:
    page = visit("/polity/donetsk-peoples-republic?as_of=2022-07-14")
    page.get_by_role("link", name="Why? North Korea").click()
    assert "North Korea had recognised the Donetsk People's Republic" in page.locator(".lead").inner_text()
    page.get_by_text("Step by step").click()
    page.locator(".cited a").first.click()
    assert "/source/" in page.url


def test_a_page_can_be_used_by_the_keyboard_alone(visit: Open) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "pick"
    page.keyboard.type("Kosovo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/polity/kosovo")
    tab_to(page, "[name=as_of]")
    page.keyboard.type("01012010")
    tab_to(page, ".control button")
    page.keyboard.press("Enter")
    page.wait_for_url("**as_of=2010-01-01*")
    tab_to(page, ".why")
    page.keyboard.press("Enter")
    page.wait_for_url("**/explain**")


def tab_to(page: "Page", selector: str) -> None:
    """Press the tab key until what is sought has the focus, which is seen."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("one => document.activeElement.matches(one)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"The tab key does not lead to {selector}.")


@pytest.mark.long
@pytest.mark.parametrize(
    ("address", "selector"),
    [
        ("/map?of=kosovo", "[type=range]"),
        ("/matrix?as_of=2022-07-14", ".matrix td a"),
        ("/timeline/july-2022", ".lines-scroll"),
        ("/network?kind=responses", ".lines-scroll"),
        ("/acts/new", "[name=reason]"),
        ("/editor", "button.run, [type=submit]"),
    ],
)
def test_figures_and_forms_are_reached_by_the_tab_key(visit: Open, address: str, selector: str) -> None:
    tab_to(visit(address), selector)


@pytest.mark.parametrize(
    "address", ["/network?as_of=2022-07-14", "/network?kind=responses", "/timeline/july-2022"]
)
def test_no_text_of_a_figure_is_cut_or_runs_out_of_its_frame(visit: Open, address: str) -> None:
    page = visit(address)
    texts = page.locator("main svg[viewBox] text")
    assert texts.count() > 10 and not [one for one in texts.all_text_contents() if "…" in one]
    astray = """those => those.filter((one) => {
      const inner = one.getBoundingClientRect(), outer = one.ownerSVGElement.getBoundingClientRect();
      if (inner.left < outer.left || inner.right > outer.right) return true;
      return inner.top < outer.top || inner.bottom > outer.bottom;
    }).map((one) => one.textContent)"""
    assert not texts.evaluate_all(astray)
