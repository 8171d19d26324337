"""To follow a polity, a question and the record: feeds, calendars, what changed since a day, what is new."""

import html
import re
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from comity.iris import BASE, CO, FACTS_PREFIX
from comity.server.app import create_app
from comity.server.web.models import news, records
from comity.server.web.models.graph_reader import GraphReader
from comity.store.changelog import ChangeLog
from comity.store.records import NQuads, Record
from tests.changes.world import make_store

ATOM = "{http://www.w3.org/2005/Atom}"
HTML = {"Accept": "text/html"}
KOSOVO = BASE + "polity/kosovo"
ACT = BASE + "act/recognition/austria/kosovo/2008-02-28"


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def feed(client: FlaskClient, address: str) -> ElementTree.Element:
    answer = client.get(address)
    assert answer.status_code == 200 and answer.mimetype == "application/atom+xml"
    return ElementTree.fromstring(answer.data)


def test_a_polity_s_feed_has_its_acts_with_sources_the_newest_first(
    client: FlaskClient, known: GraphReader
) -> None:
    found = feed(client, "/polity/kosovo/feed")
    entries = found.findall(ATOM + "entry")
    days = [entry.findtext(ATOM + "updated") for entry in entries]
    assert days == sorted(days, reverse=True) and found.findtext(ATOM + "updated") == days[0]
    ids = [entry.findtext(ATOM + "id") for entry in entries]
    assert len(ids) == len(set(ids)) == 100
    assert set(ids) <= {one.iri for one in records.acts_of(known, KOSOVO)}
    assert all("Sources: " in (entry.findtext(ATOM + "summary") or "") for entry in entries)
    assert any(link.get("rel") == "via" for link in found.iter(ATOM + "link"))


def test_a_polity_s_calendar_has_the_acts_whose_day_is_known(client: FlaskClient, known: GraphReader) -> None:
    answer = client.get("/polity/kosovo/calendar.ics")
    assert answer.mimetype == "text/calendar"
    text = answer.get_data(as_text=True).replace("\r\n ", "")
    acts = records.acts_of(known, KOSOVO)
    exact = [one for one in acts if one.earliest == one.latest]
    assert 0 < len(exact) < len(acts)
    assert text.count("BEGIN:VEVENT") == len(exact)
    assert f"their day is not known: {len(acts) - len(exact)}." in text
    assert f"UID:{ACT}\r\n" in text and "DTSTART;VALUE=DATE:20080228\r\n" in text


def test_the_page_of_a_polity_names_its_feed_and_calendar(client: FlaskClient) -> None:
    text = client.get("/polity/kosovo", headers=HTML).get_data(as_text=True)
    assert '<link rel="alternate" type="application/atom+xml" href="/polity/kosovo/feed"' in text
    assert 'href="/polity/kosovo/calendar.ics"' in text and 'href="/polity/kosovo/since"' in text


def test_what_changed_since_a_day_tells_the_numbers_and_the_acts(client: FlaskClient) -> None:
    address = "/polity/kosovo/since?date=2018-01-01&as_of=2019-01-01"
    told = client.get(address + "&format=json").get_json()
    assert told["acts"] and all("2018-01-01" < one["date"] <= "2019-01-01" for one in told["acts"])
    change = len(told["recognisesSince"]) - len(told["noLongerRecognises"])
    assert told["recognisersAfter"] - told["recognisersBefore"] == change < 0
    assert BASE + "polity/burundi" in told["noLongerRecognises"]
    text = page(client, address)
    links = re.findall(r'href="(/story\?[^"]*)"', client.get(address, headers=HTML).get_data(as_text=True))
    assert client.get(html.unescape(links[0]), headers=HTML).status_code == 200
    assert "Burundi withdrew its recognition of Kosovo" in text and "Ended or frozen since then:" in text


def test_what_changed_tells_what_was_stated(client: FlaskClient) -> None:
    text = page(client, "/polity/kosovo/since?date=2022-12-01&as_of=2023-03-01")
    assert re.search("Kosovo made a statement on Gabon ?: Kosovo said that it had received no", text)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/polity/atlantis/feed", 404),
        ("/polity/atlantis/calendar.ics", 404),
        ("/polity/atlantis/since", 404),
        ("/polity/kosovo/since?date=2018", 400),
        ("/polity/kosovo/since?date=2018-01-01&as_of=2017-01-01", 400),
        ("/questions/bloc-behaviour?object=kosovo&format=atom", 406),
    ],
)
def test_what_cannot_be_followed_is_refused_with_a_cure(
    client: FlaskClient, address: str, status: int
) -> None:
    answer = client.get(address)
    assert answer.status_code == status and answer.get_json()["hint"]


def test_the_dated_rows_of_an_answer_make_a_feed_and_a_calendar(client: FlaskClient) -> None:
    asked = "/questions/who-recognises?object=kosovo"
    entries = feed(client, asked + "&format=atom").findall(ATOM + "entry")
    ids = [entry.findtext(ATOM + "id") for entry in entries]
    assert len(ids) == len(set(ids)) > 50
    assert "Austria recognised Kosovo" in [entry.findtext(ATOM + "title") for entry in entries]
    text = client.get(asked + "&format=ics").get_data(as_text=True)
    assert "SUMMARY:Austria recognised Kosovo\r\n" in text
    assert "who-recognises?object=kosovo&amp;format=ics" in client.get(asked, headers=HTML).get_data(
        as_text=True
    )


def quads(act: str, *said: tuple[str, str]) -> NQuads:
    graph = ox.NamedNode(FACTS_PREFIX + "acts-mine")
    terms = [
        (CO + name, ox.NamedNode(value) if value.startswith("http") else ox.Literal(value))
        for name, value in said
    ]
    return NQuads.of(ox.Quad(ox.NamedNode(act), ox.NamedNode(name), value, graph) for name, value in terms)


def test_a_change_is_told_act_by_act(known: GraphReader, tmp_path: Path) -> None:
    austria, atlantis = BASE + "polity/austria", BASE + "act/withdrawal/austria/kosovo/2030-01-01"
    whole, date = quads(ACT, ("actor", austria), ("object", KOSOVO)), quads(ACT, ("edtf", "2008-02-28"))
    gone = quads(atlantis, ("actor", austria), ("object", KOSOVO))
    log = ChangeLog(tmp_path)
    for record in (
        Record("change", "someone", "form", "", whole),
        Record("change", "someone", "form", "", date),
        Record("change", "someone", "retraction", "", removed=gone),
        Record("proposal", "someone", "form", "", quads(ACT, ("actor", austria))),
    ):
        log.append(log.seal(record))
    found = news.of_records(known, log, log.latest(9), KOSOVO)
    assert [(one.record.number, one.what, one.sentence) for one in found] == [
        (3, "removed", "Austria withdrew its recognition of Kosovo"),
        (2, "corrected", "Austria recognised Kosovo"),
        (1, "new", "Austria recognised Kosovo"),
    ]
    assert not news.of_records(known, log, log.latest(9), BASE + "polity/france")


def test_the_page_of_news_says_where_the_record_begins(tmp_path: Path) -> None:
    client = create_app(make_store(tmp_path)).test_client()
    assert "The record on this server begins on" in page(client, "/new")
    assert client.get("/new?format=json").get_json() == []
    assert feed(client, "/new?format=atom").findtext(ATOM + "updated") != "1970-01-01T00:00:00Z"
