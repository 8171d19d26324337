"""The pages of the history and the review queue say what is wrong, and answer in the format asked for."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from comity.changes.apply import Changes
from comity.changes.review import report
from comity.server.app import create_app
from comity.server.processes.protocol import ChangeRequest
from comity.server.processes.writer import ChangeHandler, ReportLimit
from comity.server.settings import Settings

from .world import CONTRIBUTOR, add, fresh_row

HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def app(store: Path) -> Iterator[Flask]:
    found = create_app(store, Settings())
    yield found
    found.extensions["comity"].close()


def test_a_damaged_log_is_not_taken_for_a_missing_proposal(app: Flask, changes: Changes) -> None:
    number = report(changes, "", "It was in May.", CONTRIBUTOR).number
    client = app.test_client()
    assert client.get(f"/review/{number}").status_code == 200
    assert client.get("/review/999").status_code == 404
    connection = sqlite3.connect(changes.log.path)
    connection.execute("UPDATE changes SET reason = 'altered' WHERE number = ?", (number,))
    connection.commit()
    connection.close()
    answer = client.get(f"/review/{number}")
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
    answer = app.test_client().get(f"{path}?format={wanted}", headers=HTML)
    assert (answer.status_code, answer.mimetype) == (200, kind)


def test_one_network_sends_few_reports_in_a_minute(changes: Changes) -> None:
    handler = ChangeHandler(changes.path)

    def send(client: str) -> tuple[dict[str, object], bool]:
        arguments = {"about": "", "text": "Wrong.", "client": client}
        request = ChangeRequest(
            operation="report",
            author="reader",
            role="reader",
            channel="report",
            reason="",
            dry_run=False,
            arguments=arguments,
        )
        return handler.answer(request)

    assert not any(refused for _, refused in (send("192.0.2.1") for _ in range(ReportLimit.most)))
    answer, refused = send("192.0.2.200")
    assert (refused, answer["status"]) == (True, 429)
    assert not send("192.0.3.1")[1]
    networks = (f"198.51.{number}.1" for number in range(ReportLimit.most_an_hour - ReportLimit.most - 1))
    assert not any(refused for _, refused in map(send, networks))
    assert send("203.0.113.1")[0]["status"] == 429
