"""The page of the interface: all addresses, with examples that work."""

import re
import shlex
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

#: Examples of what a fresh store does not have: a graph at an address of the server, a proposal, a report.
ABSENT = {"/graph-store/{name}", "/review/{number}", "/reports/{number}"}


def test_the_page_has_every_address_and_asks_no_other_host(client: FlaskClient) -> None:
    page = client.get("/api", headers={"Accept": "text/html"}).text
    paths = client.get("/api", headers={"Accept": "application/json"}).get_json()["paths"]
    assert paths == client.get("/openapi.json").get_json()["paths"]
    shown = {unescape(one) for one in re.findall(r"<summary><code>(.*?)</code>", page)}
    expected = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert shown == expected - {"GET /static/{filename}"}
    assert len(set(re.findall(r'<details id="([^"]+)"', page))) == len(shown)
    assert "<script src" not in page.partition("<main")[2]


@pytest.mark.long
def test_each_reading_example_answers(client: FlaskClient) -> None:
    page = client.get("/api", headers={"Accept": "text/html"}).text
    examples = re.findall(
        r"<summary><code>GET (.*?)</code>.*?<pre tabindex=\"0\"><code>(.*?)</code>", page, re.S
    )
    assert len(examples) > 40
    for path, command in examples:
        words = shlex.split(unescape(command))
        headers = dict([words[2].split(": ", 1)]) if words[1] == "-H" else {"Accept": "text/html"}
        address = urlsplit(words[-1])
        if path in ABSENT or path == "/data/graph.{form}":
            continue
        answer = client.get(
            f"{address.path}?{address.query}", headers=headers, follow_redirects="-L" in words
        )
        assert answer.status_code == 200, (command, answer.get_data(as_text=True)[:300])
        if "-H" in words:
            assert answer.content_type.partition(";")[0] == headers["Accept"], command
        answer.close()


def test_an_example_that_writes_changes_nothing_and_names_the_token(client: FlaskClient) -> None:
    page = client.get("/api", headers={"Accept": "text/html"}).text
    posted = re.findall(r"<code>(curl -X .*?)</code>", page)
    writing = [one for one in posted if not re.search(r"/(reconcile|read)\b", one)]
    assert len(writing) > 10
    assert all("?dry-run=1" in one for one in writing)
    assert sum("Bearer $TOKEN" in one for one in writing) >= len(writing) - 1
