"""The pages of the history and the review queue say what is wrong, and answer in the format asked for."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from comity.changes.apply import Changes
from comity.changes.importing import add_rows
from comity.server.app import create_app
from comity.server.settings import Settings

from .world import CONTRIBUTOR, add, fresh_row, sheet

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
