"""An act is entered, corrected and taken back in the browser; what is gone says so."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.store.tokens import Tokens
from tests.changes.serving import serving
from tests.changes.world import make_store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def editor(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple["Page", str]]:
    """A page on a server of a small world, and the token of an editor there."""
    folder = tmp_path_factory.mktemp("editing")
    store: Path = make_store(folder)
    token = Tokens(store).add("ada", "editor")
    with serving(store, folder / "tables") as address:
        context = browser.new_context(base_url=address)
        yield context.new_page(), token
        context.close()


def test_a_name_is_chosen_by_arrow_keys_and_one_enter(editor: tuple["Page", str]) -> None:
    page, _ = editor
    page.goto("/acts/new")
    field = page.get_by_label("Who did it", exact=True)
    field.press_sequentially("bord")
    page.get_by_role("option", name="Borduria", exact=False).first.wait_for()
    field.press("ArrowDown")
    field.press("Enter")
    assert field.input_value() == "Borduria"
    assert page.url.endswith("/acts/new")
    search = page.get_by_role("combobox", name="Search by any name")
    search.press_sequentially("syld")
    page.get_by_role("option", name="Syldavia", exact=False).first.wait_for()
    search.press("ArrowDown")
    search.press("Enter")
    page.wait_for_url("**/search?q=Syldavia**")


def test_a_retracted_act_is_a_page_that_says_what_happened(editor: tuple["Page", str]) -> None:
    page, token = editor
    # From the front page, two clicks to the form, and two in it.
    page.goto("/")
    page.get_by_role("link", name="Changes", exact=True).click()
    page.get_by_role("link", name="Enter an act").click()
    page.get_by_label("Kind", exact=True).select_option("recognition")
    for label, text in (
        ("Who did it", "Borduria"),
        ("Towards whom", "Syldavia"),
        ("When", "2012-12-12"),
        ("Title", "News"),
        ("Address", "https://news.example/a"),
        ("Why this change", "Read in the news."),
        ("Token", token),
    ):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Check").click()
    assert "Opens a period: recognition of Syldavia by Borduria" in page.get_by_role("status").inner_text()
    assert page.get_by_text("Signed in as ada (editor).").is_visible()
    page.get_by_role("button", name="Enter").click()
    act = "/act/recognition/borduria/syldavia/2012-12-12"
    answer = page.goto(act)
    assert answer and answer.status == 200

    page.get_by_role("link", name="Retract").click()
    page.get_by_label("Reason").fill("It never happened.")
    assert not page.get_by_label("Token of an editor").is_visible()
    page.get_by_role("button", name="Retract", exact=True).click()
    answer = page.goto(act)
    assert answer and answer.status == 410
    told = page.locator("main").inner_text()
    assert "retracted" in told and "It never happened." in told
    assert page.get_by_role("link", name="The change that did it").is_visible()
