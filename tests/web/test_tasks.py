"""What newcomers come for, from the front page on: each within a few clicks, a field filled in counted as one."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from .conftest import Open
from .test_journeys import Hand

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.long]


class Newcomer(Hand):
    """Someone who has never seen the site."""

    def __init__(self, page: "Page") -> None:
        super().__init__()
        self.page = page
        page.set_default_timeout(120_000)  # A loaded machine takes half a minute for a first page.

    def follow(self, name: str | re.Pattern[str], within: str = "body") -> None:
        """Click the first link of this name."""
        self.click(self.page.locator(within).get_by_role("link", name=name).first)

    def look_up(self, text: str) -> None:
        """Type into the box of the front page and press Enter."""
        self.page.get_by_label("Look up a name").fill(text)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(re.compile("/(search|polity|organisation)"))
        self.clicks += 1

    @property
    def reads(self) -> str:
        """The text of the page."""
        return self.page.locator("main").inner_text()


def on_a_past_day(one: Newcomer) -> None:
    one.follow(re.compile("who recognised Kosovo on 1 January 2010"))
    assert re.search(r"On 1 January 2010, 6\d parties recognised it", one.reads)
    assert "Palau froze its recognition of Kosovo" in one.reads.partition("No longer in force today")[2]


def july_2022(one: Newcomer) -> None:
    one.follow("A story: who answered whom in July 2022")
    before = one.reads.partition("Responses")
    assert "Syria, 29 June 2022" in before[0] and "Ukraine severed relations with North Korea" in before[2]


def query_in_a_notebook(one: Newcomer) -> None:
    one.follow("SPARQL", "nav")
    one.click(one.page.get_by_role("button", name="Run"))
    one.page.get_by_text(re.compile(r"^\d+ rows")).wait_for()
    one.click(one.page.get_by_text("Copy as code"))
    one.page.locator("[data-code] select").select_option("Python, SPARQLWrapper")
    code = one.page.locator("[data-code] code").inner_text()
    assert "from SPARQLWrapper import" in code and "/sparql" in code and "co:Recognition" in code


def switches(one: Newcomer) -> None:
    one.follow("Stories")
    one.follow("Between Beijing and Taipei since 2016")
    assert "Honduras" in one.reads and "Nauru" in one.reads


def pair(one: Newcomer) -> None:
    one.look_up("when did Ukraine break with North Korea")
    assert "have been broken off since 13 July 2022" in one.reads
    one.follow("Ukraine and North Korea")
    assert "Ukraine severed relations with North Korea" in one.reads


def table_for_r(one: Newcomer) -> None:
    one.follow("Data", "nav")
    with one.page.expect_download() as saved:
        one.click(one.page.locator("a[href$='recognitions.csv']").first)
    assert saved.value.suggested_filename.endswith(".csv")


def holdouts(one: Newcomer) -> None:
    one.look_up("which EU members do not recognise Kosovo")
    assert "Cyprus, Greece, Romania, Slovakia and Spain" in one.reads
    one.page.get_by_role("combobox", name="Search by any name").fill(
        "which EU members do not recognise Palestine"
    )
    one.page.keyboard.press("Enter")
    one.page.get_by_text("are not known to recognise Palestine: Austria").wait_for()
    one.clicks += 1


def two_views(one: Newcomer) -> None:
    one.look_up("Republic of Crimea")
    one.follow("Map", "main")
    one.follow(re.compile("^17 March 2014"))
    one.click(one.page.get_by_role("button", name="Compare"))
    assert "Republic of Crimea as " in one.reads


def both_claim(one: Newcomer) -> None:
    one.look_up("Republic of Crimea")
    one.page.get_by_label("Day", exact=True).fill("2015-01-01")
    one.clicks += 1
    one.click(one.page.get_by_role("button", name="Show").first)
    one.page.get_by_text("1 January 2015, no one country’s view").wait_for()
    assert "Russia (of itself, since 18 March 2014)" in one.reads
    assert "Ukraine (of itself, since 15 April 2014)" in one.reads


def inherited(one: Newcomer) -> None:
    one.look_up("when did Ukraine recognise Palestine")
    assert "the Ukrainian SSR recognised Palestine, 19 November 1988" in one.reads


def quotation(one: Newcomer) -> None:
    one.look_up("when did the United States recognise Israel")
    one.follow("United States and Israel")
    one.follow("14 May 1948")
    assert "recognizes the provisional government as the de facto authority" in one.reads
    assert "Harry S. Truman, 14 May 1948" in one.reads


def citation(one: Newcomer) -> None:
    one.follow(re.compile("who recognised Kosovo on 1 January 2010"))
    with one.page.expect_download() as saved:
        one.follow("BibTeX")
    assert "as_of=2010-01-01" in saved.value.path().read_text("utf-8")


def report(one: Newcomer) -> None:
    one.follow(re.compile("Mali withdrew|recognised|recognise"), "[aria-labelledby=latest]")
    one.follow("Report an error")
    assert "No token is needed" in one.reads


def yes_or_no(one: Newcomer) -> None:
    one.look_up("does France recognise Taiwan")
    assert "France no longer recognises Taiwan" in one.reads


def shared_map(one: Newcomer) -> None:
    one.follow(re.compile("^Larger"))
    one.click(one.page.get_by_text("Embed this map"))
    assert "<iframe" in one.page.locator("#embed-code").input_value()


def both(one: Newcomer) -> None:
    one.follow("Ask", "nav")
    one.follow(re.compile("Who recognises both of two parties"))
    one.follow(re.compile("^Try an example"))
    one.page.locator("main").filter(has_text=re.compile(r"\d+ parties")).wait_for()


def governments(one: Newcomer) -> None:
    one.look_up("Guaidó")
    assert "Guaidó" in one.reads and "recognis" in one.reads


def ordinary_pair(one: Newcomer) -> None:
    one.look_up("France Kenya")
    # In the sample of the facts nothing is between the two.
    assert re.search("France and Kenya recognise each other|Nothing is known of recognition", one.reads)


#: How an act is added needs a token: see test_editing.
TASKS: dict[str, tuple[int, Callable[[Newcomer], None]]] = {
    "Kosovo on a day of 2010": (2, on_a_past_day),
    "July 2022": (2, july_2022),
    "a query for a notebook": (4, query_in_a_notebook),
    "who switched from Taipei since 2016": (2, switches),
    "a break and its day": (2, pair),
    "all recognitions for R": (3, table_for_r),
    "members of the EU without Kosovo": (2, holdouts),
    "Crimea as two see it": (4, two_views),
    "what two claim of Crimea in 2015": (4, both_claim),
    "since when Ukraine recognises Palestine": (2, inherited),
    "the United States and Israel": (4, quotation),
    "how to cite": (3, citation),
    "an error is reported": (3, report),
    "does France recognise Taiwan": (1, yes_or_no),
    "a map to embed": (3, shared_map),
    "both of two parties": (4, both),
    "governments": (2, governments),
    "an ordinary pair": (2, ordinary_pair),
}


@pytest.mark.parametrize("name", TASKS)
def test_a_newcomer_gets_there(name: str, visit: Open) -> None:
    most, task = TASKS[name]
    newcomer = Newcomer(visit("/"))
    task(newcomer)
    assert newcomer.clicks <= most
