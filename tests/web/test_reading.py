"""A report is read over HTTP and in the browser, and one of its acts goes through the review queue into the graph."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.store.tokens import Tokens
from tests.changes.serving import send, serving
from tests.changes.world import make_store
from tests.cli.test_commands import COMITY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TEXT = """Borduria recognises Syldavia

Borduria recognised Syldavia on Wednesday, the Bordurian president said. Arcadia refuses to recognise it.
<script>alert(1)</script>"""
PUBLISHED = "2013-06-14"  # a Friday


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address and the store of a server of a small world."""
    folder = tmp_path_factory.mktemp("reading")
    store: Path = make_store(folder)
    with serving(store, folder / "tables") as address:
        yield address, store


def post(address: str, values: dict[str, str]) -> tuple[int, dict[str, object]]:
    status, body, _ = send(
        f"{address}/read", "POST", json.dumps(values).encode(), Content_Type="application/json"
    )
    return status, json.loads(body)


def test_a_report_is_read_by_a_program_without_a_token(server: tuple[str, Path]) -> None:
    address, _ = server
    status, found = post(address, {"text": TEXT, "published": PUBLISHED, "title": "A report"})
    acts = found["acts"]
    assert isinstance(acts, list)
    assert status == 200 and [(one["kind"], one["actor"], one["object"], one["date"]) for one in acts] == [
        ("recognition", "borduria", "syldavia", "2013-06-12")
    ]
    assert acts[0]["source_title"] == "A report" and acts[0]["known"]["state"] in ("new", "contradicts")


@pytest.mark.parametrize(
    ("text", "published", "words"),
    [
        ("", PUBLISHED, "There is no text"),
        ("x " * 100_001, PUBLISHED, "at most 200,000 are read"),
        ("<html><p>Borduria</p><script>alert(1)</script></html>", PUBLISHED, "markup"),
        (TEXT, "yesterday", "yesterday"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(
    server: tuple[str, Path], text: str, published: str, words: str
) -> None:
    status, problem = post(server[0], {"text": text, "published": published})
    assert status == 422 and words in str(problem["detail"])


def paste(page: "Page") -> None:
    """Have a pasted report read."""
    page.goto("/read")
    page.get_by_label("Text of the report").fill(TEXT)
    for label, text in (
        ("Published on", PUBLISHED),
        ("Publisher", "The Courier"),
        ("Title", "Borduria recognises Syldavia"),
        ("Address", "https://courier.example/1"),
    ):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Read", exact=True).click()


def propose_and_accept(page: "Page", editor: str) -> None:
    """Send what a form holds with a contributor's token, and accept it with an editor's."""
    page.get_by_role("button", name="Enter").click()
    page.wait_for_url("**/review/*")
    page.get_by_label("Token of an editor").fill(editor)
    page.get_by_label("Stay signed in").uncheck()
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url("**/changes/*")


@pytest.mark.needs("chromium")
def test_a_recognition_goes_from_a_pasted_report_to_the_map_and_its_source(
    server: tuple[str, Path], browser: "Browser"
) -> None:
    address, store = server
    contributor, editor = Tokens(store).add("bob", "contributor"), Tokens(store).add("ada", "editor")
    context = browser.new_context(base_url=address)
    page = context.new_page()
    paste(page)
    assert page.locator("mark").first.inner_text() == "Borduria recognises Syldavia"
    assert "<script>alert(1)</script>" in page.locator(".reading").inner_text()

    page.locator("#acts + ol").get_by_role("link", name="Check, correct and send").click()
    assert page.get_by_label("When", exact=True).input_value() == "2013-06-12"
    page.get_by_label("When", exact=True).fill("2013-06-11")
    page.get_by_label("Token", exact=True).fill(contributor)
    page.get_by_label("Stay signed in").uncheck()
    propose_and_accept(page, editor)

    paste(page)
    # The graph has the act now, on the day that the curator gave.
    assert page.locator("#acts + ol .badge").inner_text() == "contradicts"
    page.locator("#statements + ul").get_by_role("link", name="Check, correct and send").click()
    assert page.get_by_label("About", exact=True).input_value() == "recognition/borduria/syldavia/2013-06-11"
    page.get_by_label("Token", exact=True).fill(contributor)
    page.get_by_label("Stay signed in").uncheck()
    propose_and_accept(page, editor)

    page.goto("/map?of=syldavia&as_of=2014-01-01")
    assert "Borduria" in page.locator("main").inner_text()
    context.close()
    words = ("ask", "statements-about", "--about", "recognition/borduria/syldavia", "--format", "csv")
    said = subprocess.run([COMITY, *words, "--store", store], capture_output=True, text=True, check=True)
    assert "Borduria recognises Syldavia" in said.stdout
    words = ("explain", "borduria", "co:hasRecognised", "syldavia")
    told = subprocess.run([COMITY, *words, "--store", store], capture_output=True, text=True, check=True)
    assert "2013-06-11" in told.stdout and "Borduria recognises Syldavia" in told.stdout
