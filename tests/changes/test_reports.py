"""What strangers report is kept apart from the graph and its record, costs little, and is removed in one command."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from click.testing import CliRunner

from comity.errors import DamagedError
from comity.server.cli.main import main
from comity.store import reports
from comity.store.backup import backup, check, restore
from comity.store.changelog import ChangeLog
from comity.store.database import current
from comity.store.reports import ReportError, Reports, TooManyReports
from comity.store.tokens import Tokens

from .serving import send, serving
from .world import make_store

if TYPE_CHECKING:
    from playwright.sync_api import Route

FORM = "application/x-www-form-urlencoded"


@dataclass
class Served:
    """A server with the token of an editor."""

    address: str
    store: Path
    editor: str

    def report(self, values: dict[str, str], **headers: str) -> tuple[int, bytes]:
        body = urlencode(values).encode()
        return send(f"{self.address}/report", "POST", body, **{"Content_Type": FORM, **headers})[:2]

    def get(self, path: str, accept: str = "application/json") -> tuple[int, bytes]:
        return send(self.address + path, Accept=accept)[:2]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("reports")
    store = make_store(folder)
    token = Tokens(store).add("ada", "editor")
    with serving(store, folder / "tables", COMITY_PROXIES="1") as address:
        yield Served(address, store, token)


def test_a_report_changes_neither_the_graph_nor_its_record(served: Served) -> None:
    before = current(served.store), ChangeLog(served.store).head()
    status, answer = served.report(
        {"about": "polity/borduria", "text": "It was in May.\nSee the gazette.", "name": "Eve"}
    )
    assert status == 202
    assert (current(served.store), ChangeLog(served.store).head()) == before
    number = json.loads(answer)["number"]
    shown = json.loads(served.get(f"/reports/{number}")[1])
    assert (shown["name"], shown["about"], shown["closed_by"]) == ("Eve", "polity/borduria", "")
    assert number in [one["number"] for one in json.loads(served.get("/reports")[1])["reports"]]
    for path, accept in (
        ("/changes.atom", "*/*"),
        ("/changes", "text/html"),
        ("/new", "text/html"),
        ("/new?format=atom", "*/*"),
        ("/review?all", "text/html"),
    ):
        assert b"It was in May." not in served.get(path, accept)[1]


def test_the_form_thanks_and_leads_to_the_page_of_the_report(served: Served) -> None:
    status, page = served.report({"text": "It was in June."}, Accept="text/html")
    number = Reports(served.store).listed()[-1].number
    assert (status, b"Thank you" in page, f'/reports/{number}"'.encode() in page) == (202, True, True)


def test_only_what_the_graph_knows_becomes_a_link(served: Served) -> None:
    for about, linked in (
        ("polity/borduria", True),
        ("https://w3id.org/comity/polity/borduria", True),
        ("polity/nowhere", False),
        ("https://evil.example/", False),
        ("javascript:alert(1)", False),
        ("<a href='//evil.example'>", False),
    ):
        number = Reports(served.store).add(about, "See http://evil.example/page.", sender=about)
        page = served.get(f"/reports/{number}", "text/html")[1].decode()
        assert ("/polity/borduria" in page, "href='//evil" in page) == (linked, False)
        assert 'href="http://evil.example' not in page and 'href="javascript:' not in page


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Sec_Fetch_Site": "cross-site", "Origin": "null"},
        # A sandboxed frame, over plain http.
        {"Origin": "null"},
    ],
)
def test_pages_of_other_sites_report_nothing(served: Served, headers: dict[str, str]) -> None:
    before = Reports(served.store).listed()
    assert served.report({"text": "Wrong."}, **headers)[0] == 403
    assert Reports(served.store).listed() == before


def _answer_with(body: str, policy: str) -> "Callable[[Route], None]":
    headers = {"Content-Security-Policy": policy}
    return lambda route: route.fulfill(content_type="text/html", body=body, headers=headers)


@pytest.mark.long
def test_browsers_report_over_http_from_our_form_and_from_no_page_of_others(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    store = make_store(tmp_path)
    names = {"COMITY_HOSTS": "ours.example,theirs.example"}
    with serving(store, tmp_path / "tables", **names) as served, sync_playwright() as playwright:
        port = served.rpartition(":")[2]
        # Unlike the machine's own address, these get no Sec-Fetch-Site.
        rules = "--host-resolver-rules=MAP *.example 127.0.0.1"
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", rules]
        )
        page = browser.new_page()
        page.goto(f"http://ours.example:{port}/report?about=polity/borduria")
        page.fill("textarea[name=text]", "It was in May.")
        with page.expect_response("**/report") as answer:
            page.locator("main form button[type=submit]").click()
        assert answer.value.status == 202
        form = (
            f"<form method=post action=http://ours.example:{port}/report>"
            "<input name=about value=x><input name=text value=y></form><script>document.forms[0].submit()</script>"
        )
        # Of the second, the origin is `null`.
        for policy in ("", "sandbox allow-scripts allow-forms"):
            page = browser.new_page()
            page.route("http://theirs.example/*", _answer_with(form, policy))
            with page.expect_response("**/report") as answer:
                page.goto("http://theirs.example/")
            assert answer.value.status == 403
        browser.close()
    assert [one.text for one in Reports(store).listed()] == ["It was in May."]


@pytest.mark.parametrize("bad", ["\x00", "\x1b[2J", "\ud800", "\x85", "\u202e", "\uffff"])
@pytest.mark.parametrize("field", ["about", "text", "name"])
def test_what_is_no_text_is_refused(served: Served, field: str, bad: str) -> None:
    before = Reports(served.store).listed()
    values = {"about": "x", "text": "Wrong.", "name": "Eve"}
    values[field] += bad + "x"
    if bad != "\ud800":  # UTF-8, which a form is sent in, has none; broken bytes arrive as U+FFFD.
        assert served.report(values)[0] == 400
    body = json.dumps(values).encode()
    assert send(f"{served.address}/report", "POST", body, Content_Type="application/json")[0] == 400
    assert Reports(served.store).listed() == before


@pytest.mark.parametrize(
    "values",
    [
        {"text": "  "},
        {"about": "x"},
        {"text": "x" * (reports.LONGEST_TEXT + 1)},
        {"text": "x", "about": "x" * (reports.LONGEST_ABOUT + 1)},
        {"text": "x", "name": "x" * (reports.LONGEST_NAME + 1)},
    ],
)
def test_a_report_that_is_empty_or_long_is_refused_and_the_form_keeps_it(
    served: Served, values: dict[str, str]
) -> None:
    status, page = served.report(values, Accept="text/html")
    assert (status, b'role="alert"' in page) == (400, True)
    if len(values.get("name", "")) > 1:
        assert b">x</textarea>" in page


def test_a_network_that_sends_many_waits_and_others_do_not(served: Served) -> None:
    def sent(client: str) -> int:
        return served.report({"text": "Wrong."}, X_Forwarded_For=client)[0]

    assert [sent(f"192.0.2.{host}") for host in range(reports.MOST_A_MINUTE)] == [202] * reports.MOST_A_MINUTE
    assert sent("192.0.2.200") == 429
    assert sent("192.0.3.1") == 202
    # Nothing of the address is kept.
    assert b"192.0.2" not in Reports(served.store).path.read_bytes()


def test_an_editor_closes_a_report_and_says_what_became_of_it(served: Served) -> None:
    number = Reports(served.store).add("polity/borduria", "It is in the north.", sender="somewhere")
    address = f"{served.address}/reports/{number}/close"
    for token, body, expected in (
        ("", b"outcome=Mended.", 401),
        (served.editor, b"outcome=+", 409),
        (served.editor, b"outcome=Mended.", 200),
        (served.editor, b"outcome=Again.", 409),
    ):
        assert send(address, "POST", body, token, Content_Type=FORM)[0] == expected
    assert b"Mended." in served.get(f"/reports/{number}", "text/html")[1]
    assert number not in [one["number"] for one in json.loads(served.get("/reports")[1])["reports"]]
    assert number in [one["number"] for one in json.loads(served.get("/reports?all")[1])["reports"]]
    assert served.get("/reports/999999999999999999999")[0] == 404


def test_a_full_or_damaged_list_hinders_nothing_else(served: Served) -> None:
    kept = Reports(served.store)
    kept.clear()
    with closing(sqlite3.connect(kept.path)) as connection:
        connection.executemany(
            "INSERT INTO reports (time, name, about, text, closed_by, outcome, sender) "
            "VALUES ('2020-01-01T00:00:00.000000Z', '', '', ?, '', '', '')",
            [("x" * reports.LONGEST_TEXT,)] * reports.MOST,
        )
        connection.commit()
    assert served.report({"text": "Wrong."}, X_Forwarded_For="198.51.100.1")[0] == 429
    turtle = quote("INSERT DATA { cop:arcadia skos:note 'x'@en }")
    for damaged in (False, True):
        if damaged:
            kept.path.write_bytes(b"no database, and long enough to be taken for none" * 9)
        for path in ("/", "/review", "/changes", "/report", "/ready", "/polity/borduria"):
            assert served.get(path, "text/html")[0] == 200, path
        done = send(
            f"{served.address}/sparql", "POST", f"update={turtle}".encode(), served.editor, Content_Type=FORM
        )
        assert done[0] in (200, 201)
    assert served.get("/reports")[0] == 503
    assert served.report({"text": "Wrong."}, X_Forwarded_For="198.51.100.1")[0] == 503
    result = CliRunner().invoke(main, ["reports", "clear", "--yes", "--store", str(served.store)])
    assert (result.exit_code, served.report({"text": "Wrong."}, X_Forwarded_For="198.51.100.1")[0]) == (
        0,
        202,
    )


def test_closed_reports_make_room_and_waiting_ones_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MOST", 3)
    kept = Reports(tmp_path)
    first, *_ = (kept.add("", f"Report {number}.", sender=str(number)) for number in range(3))
    with pytest.raises(TooManyReports, match="wait to be read"):
        kept.add("", "One more.")
    kept.close(first, "ada", "Mended.")
    kept.add("", "One more.")
    assert [one.text for one in kept.listed(closed=True)] == ["Report 1.", "Report 2.", "One more."]
    with pytest.raises(ReportError, match="There is no report 1"):
        kept.report(first)


def test_there_are_limits_for_an_hour_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_A_MINUTE", 1000)
    kept = Reports(tmp_path)
    for _ in range(reports.MOST_OF_A_NETWORK):
        kept.add("", "Wrong.", sender="one")
    with pytest.raises(TooManyReports, match="Your network sent"):
        kept.add("", "Wrong.", sender="one")
    for number in range(reports.MOST_AN_HOUR - reports.MOST_OF_A_NETWORK):
        kept.add("", "Wrong.", sender=f"network {number}")
    with pytest.raises(TooManyReports, match="Many reports"):
        kept.add("", "Wrong.", sender="another")
    with closing(sqlite3.connect(kept.path)) as connection:
        connection.execute("UPDATE reports SET time = '2020-01-01T00:00:00.000000Z'")
        connection.commit()
        kept.add("", "Wrong.", sender="one")
        senders = connection.execute("SELECT DISTINCT sender FROM reports ORDER BY sender").fetchall()
    assert senders == [("",), ("one",)]


def test_reports_are_listed_closed_and_removed_on_the_command_line(store: Path) -> None:
    kept = Reports(store)

    def run(*words: str) -> str:
        result = CliRunner().invoke(main, ["reports", *words, "--store", str(store)])
        assert result.exit_code == 0, result.output
        return result.output

    first, second, third = (
        kept.add("polity/x", f"Wrong:\n{word}.", "Eve") for word in ("one", "two", "three")
    )
    assert "Wrong: one." in run("list") and run("list", "--format", "json").count('"Eve"') == 3
    run("close", str(first), "--outcome", "Mended.")
    assert "one." not in run("list") and "one." in run("list", "--all")
    assert run("clear", str(second)) == "1 report removed.\n"
    assert b"two." not in kept.path.read_bytes()
    assert [one.number for one in kept.listed(closed=True)] == [first, third]
    assert run("clear", "--yes") == "2 reports removed.\n"
    assert kept.listed(closed=True) == [] and kept.add("", "Wrong.") > third


def test_a_backup_holds_the_reports_and_a_restore_removes_none(store: Path, tmp_path: Path) -> None:
    Reports(store).add("", "In the backup.")
    backup(store, tmp_path / "copy")
    restore(tmp_path / "new", tmp_path / "copy")
    assert [one.text for one in Reports(tmp_path / "new").listed()] == ["In the backup."]
    Reports(store).clear()
    Reports(store).add("", "After it.")
    found = restore(store, tmp_path / "copy")
    assert [one.text for one in Reports(store).listed()] == ["After it."]
    assert "Reports are as they were; those of the backup, 1, are left out." in found.left_out
    (tmp_path / "copy" / "reports.sqlite").write_bytes(
        b"no database, and long enough to be taken for none" * 9
    )
    with pytest.raises(DamagedError, match="reports"):
        check(tmp_path / "copy")


def test_damaged_reports_do_not_keep_a_store_from_being_copied(store: Path, tmp_path: Path) -> None:
    Reports(store).path.write_bytes(b"no database, and long enough to be taken for none" * 9)
    found = backup(store, tmp_path / "copy")
    assert found.left_out and "comity reports clear" in found.left_out[0]
    assert check(tmp_path / "copy").generation == current(store)
