"""Dates as historians write them, from a table to the pages: read, compared by their bounds, put into words."""

import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient

from comity.build import build
from comity.cells import unguarded
from comity.errors import ComityError
from comity.export import table_files
from comity.iris import BASE, act
from comity.server.app import create_app
from comity.store.database import open_store

from .world import FIRST, row, write_tables

#: Recognitions and other acts by the date in their row, and the words for it.
DATED = {
    "2004-21": "spring 2004",
    "[2006-03..2006-05]": "some time between March 2006 and May 2006",
    "{2007-01,2007-03}": "January 2007 and March 2007",
    "2008-11/2009-02": "November 2008 to February 2009",
    "2010-XX": "some month of 2010",
    "../2003-05": "until May 2003",
    "[2011-01..]": "January 2011 or later",
    "julian:2012-12-25": "25 December 2012 in the Julian calendar (7 January 2013)",
    "201X%": "about the 2010s (uncertain)",
    "2014?": "2014 (uncertain)",
    "9999": "9999",
}
REFUSED = {
    "-0044-03-15": "before the Common Era",
    "2009/2008": "ends before it begins",
    "2004?-06": "a qualifier on part of the date",
    "Y170000002": "after the year 9999",
}
#: A source of long ago.
TREATY = {"source_title": "Treaty", "source_date": "-1258", "source": ""}

KINDS = ("recognition", "relations_established")
PAGES = (
    "/polity/cascadia?as_of={day}",
    "/polity/arcadia/counts?as_of={day}",
    "/between/cascadia/arcadia?as_of={day}",
    "/between/arcadia/ruritania?as_of={day}",
    "/timeline?around={day}",
    "/map?of=arcadia&as_of={day}",
    "/network?as_of={day}",
    "/polity/cascadia/calendar.ics",
    "/polity/cascadia/feed",
    "/as-of/{day}",
)


def as_cell(date: str) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([date])
    return out.getvalue().strip()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dates")
    rows = [row(kind, "cascadia", "arcadia", as_cell(date)) for date in DATED for kind in KINDS]
    rows.append(row("recognition", "borduria", "taured", "[2006-03..2006-05]"))
    rows.append(row("recognition", "arcadia", "taured", "2001", **TREATY))
    tables = write_tables(folder / "tables", FIRST + rows)
    with (tables / "polities.csv").open("a") as polities:
        polities.write("hyperborea,Hyperborea,,un_member,HY,HYP,907,Q8,1950-01-01,-0659-02-11,,,,,,,\n")
        polities.write("lemuria,Lemuria,,former_state,,,,Q9,,-0859,-0589~,,,,,,\n")
    build(folder / "store", tables)
    return folder / "store"


@pytest.fixture(scope="module")
def client(path: Path) -> Iterator[FlaskClient]:
    app = create_app(path)
    yield app.test_client()
    app.extensions["comity"].close()


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, (path, answer.get_data(as_text=True)[:2000])
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(("date", "words"), DATED.items())
def test_an_act_has_an_address_that_answers_and_shows_its_date_in_words(
    date: str, words: str, client: FlaskClient
) -> None:
    for kind in KINDS:
        page = text_of(client, "/" + act(kind, "cascadia", "arcadia", date).value.removeprefix(BASE))
        assert words in html.unescape(page)


def test_periods_begin_at_such_dates_and_have_addresses(client: FlaskClient, path: Path) -> None:
    store = open_store(path).oxigraph
    begun = store.query(f"SELECT ?p {{ ?p <{BASE}ontology#beganBy> ?act }}")
    found = [row["p"].value for row in begun if "cascadia" in row["p"].value]  # type: ignore[union-attr,index]
    assert found
    for one in found:
        text_of(client, "/" + one.removeprefix(BASE))


@pytest.mark.parametrize("path_", PAGES)
def test_pages_feeds_and_exports_hold_at_the_ends_of_the_calendar(path_: str, client: FlaskClient) -> None:
    for day in ("1700-01-01", "2007-01-01", "2199-12-31"):
        answer = client.get(path_.format(day=day))
        assert answer.status_code == 200, (path_, day, answer.get_data(as_text=True)[:1500])
    for day in ("0001-01-01", "9999-12-31"):
        assert client.get(path_.format(day=day)).status_code in (200, 400, 404)


def test_what_surely_holds_on_a_day_is_told_from_what_may(client: FlaskClient) -> None:
    def recognises(moment: str) -> bool:
        answer = client.get(f"/as-of/{moment}", headers={"Accept": "application/n-triples"})
        assert answer.status_code == 200
        return f"<{BASE}polity/borduria> <{BASE}ontology#recognises> <{BASE}polity/taured>" in answer.text

    assert not recognises("2006-03-31") and recognises("2006-03-31/possible") and recognises("2006-06-01")


def test_what_was_before_our_era_is_told_and_stands_before_every_day(client: FlaskClient) -> None:
    assert "11 February 660 BC" in text_of(client, "/polity/hyperborea")
    page = text_of(client, "/polity/lemuria")
    assert "860 BC" in page and "about 590 BC" in page
    query = f"""PREFIX co: <{BASE}ontology#> SELECT ?d ?first {{ ?t ?p ?d FILTER(STRSTARTS(STR(?d), '-')) BIND
        (IRI(CONCAT(STR(?p), 'Earliest')) AS ?q) ?t ?q ?first }}"""
    found = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/csv"})
    rows = [line.split(",") for line in found.get_data(as_text=True).split()[1:]]
    assert sorted(map(tuple, rows)) == [
        (date, "0001-01-01") for date in ("-0589~", "-0659-02-11", "-0859", "-1258")
    ]


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_exports_have_dates_before_our_era_as_written_and_days_of_our_era(
    form: str, path: Path, tmp_path: Path
) -> None:
    file = tmp_path / f"polities.{form}"
    table_files.write(open_store(path).oxigraph, "polities", form, file, {})
    if form == "csv":
        told = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    elif form == "parquet":
        told = pq.read_table(file).to_pylist()
    else:
        head, *lines = openpyxl.load_workbook(file).worksheets[0].iter_rows(values_only=True)
        told = [dict(zip(head, line, strict=True)) for line in lines]
    (found,) = [one for one in told if unguarded(one["established"] or "") == "-0659-02-11"]
    assert str(found["established_earliest"])[:10] == "0001-01-01"


@pytest.mark.parametrize(("date", "words"), REFUSED.items())
def test_a_date_that_is_not_taken_is_refused_at_its_cell(date: str, words: str, tmp_path: Path) -> None:
    tables = write_tables(tmp_path / "tables", [row("recognition", "arcadia", "syldavia", as_cell(date))])
    with pytest.raises(ComityError, match=f"row 2.*date.*{re.escape(words)}"):
        build(tmp_path / "store", tables)


def test_the_end_of_a_time_is_one_date_and_no_interval(tmp_path: Path) -> None:
    tables = write_tables(tmp_path / "tables")
    policies = tables / "recognition-policies.csv"
    policies.write_text("party,since,until,source_url\narcadia,1950/1960,,https://news.example/\n", "utf-8")
    with pytest.raises(ComityError, match=r"since.*is an interval.*in separate columns"):
        build(tmp_path / "store", tables)
