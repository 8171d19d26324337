"""The pages of the history and the review queue say what is wrong, and answer in the format asked for."""

import html
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from comity.build import build
from comity.changes.apply import Changes
from comity.changes.importing import add_rows
from comity.server.app import create_app
from comity.server.settings import Settings

from .world import CONTRIBUTOR, FIRST, add, fresh_row, row, sheet, write_tables

HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def app(store: Path) -> Iterator[Flask]:
    found = create_app(store, Settings())
    yield found
    found.extensions["comity"].close()


def test_a_damaged_log_is_not_taken_for_a_missing_proposal(app: Flask, changes: Changes) -> None:
    number = changes.propose(add_rows(sheet(fresh_row()[0])), CONTRIBUTOR, "import", "Please.").proposal
    client = app.test_client()
    assert client.get(f"/review/{number}").status_code == 200
    assert client.get("/review/999").status_code == 404
    connection = sqlite3.connect(changes.log.path)
    connection.execute("UPDATE changes SET reason = 'altered' WHERE number = ?", (number,))
    connection.commit()
    connection.close()
    answer = client.get(f"/review/{number}?format=json")
    assert answer.status_code >= 500 and b"damaged" in answer.data


@pytest.mark.parametrize(
    ("path", "wanted", "kind"),
    [
        ("/changes", "json", "application/json"),
        ("/changes", "atom", "application/atom+xml"),
        ("/changes/2", "patch", "application/rdf-patch"),
        ("/as-known-on/2099-01-01", "trig", "application/trig"),
        ("/as-known-on/2099-01-01", "nquads", "application/n-quads"),
    ],
)
def test_the_format_that_is_named_wins_over_accept(
    app: Flask, changes: Changes, path: str, wanted: str, kind: str
) -> None:
    add(changes, fresh_row()[0])
    answer = app.test_client().get(f"{path}?format={wanted}", headers=HTML, buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, kind)


def test_an_act_that_a_build_removed_is_gone_and_its_address_says_by_what(
    changes: Changes, tmp_path: Path
) -> None:
    rows = [row("recognition", "arcadia", "syldavia", "2001-07"), *(FIRST[0], *FIRST[2:])]
    build(changes.path, write_tables(tmp_path / "tables", rows))
    number = changes.log.head().number
    app = create_app(changes.path, Settings())
    client = app.test_client()
    path = "/act/recognition/arcadia/syldavia/2001-06"
    assert path in client.get(f"/changes/{number}", headers=HTML).get_data(as_text=True)
    answer = client.get(path, headers=HTML)
    text = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 410 and f'href="/changes/{number}"' in text
    assert "“Arcadia recognises Syldavia, June 2001” was removed on" in text
    turtle = client.get(f"{path}.ttl")
    assert (turtle.status_code, turtle.get_json()["change"]) == (410, number)
    assert client.get("/act/recognition/arcadia/syldavia/1999", headers=HTML).status_code == 404
    app.extensions["comity"].close()
