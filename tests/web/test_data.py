"""The page of the data, its files, and how pages are cited."""

import csv
import fcntl
import gzip
import io
import json
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from html import unescape
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from comity.export.tables import TABLES
from comity.server.processes import downloads
from comity.server.processes.client import WorkerPool
from comity.store.database import current


@pytest.mark.parametrize(
    "address",
    ["/map?of=kosovo&as_of=2020-01-01", "/matrix?as_of=2022-07-14", "/timeline?of=kosovo", "/coverage"],
)
def test_rows_of_figures_can_be_copied_as_code(address: str, client: FlaskClient) -> None:
    text = unescape(client.get(address, headers={"Accept": "text/html"}).get_data(as_text=True))
    told = re.search(r'id="copy-r">rows <- read.csv\("http://[^/]+(/[^"]+)"\)', text)
    assert told and 'id="copy-curl">' in text and 'id="copy-python">' in text
    answer = client.get(told[1])
    assert answer.content_type.startswith("text/csv") and answer.get_data(as_text=True).count("\n") > 3


def test_the_dataset_leads_people_to_the_page_and_answers_programs(client: FlaskClient) -> None:
    moved = client.get("/dataset", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (moved.status_code, moved.location) == (303, "http://localhost/data")
    answer = client.get("/dataset", headers={"Accept": "text/turtle"})
    triples = [quad.triple for quad in ox.parse(answer.data, ox.RdfFormat.TURTLE)]
    downloaded = {t.object.value for t in triples if t.predicate.value.endswith("#downloadURL")}
    assert {"http://localhost/data/acts.csv", "http://localhost/data/graph.trig.gz"} <= downloaded
    assert any(t.predicate.value.endswith("foaf/0.1/name") and t.object.value == "Comity" for t in triples)


def test_a_list_comes_as_rdf_page_by_page(client: FlaskClient) -> None:
    def read(address: str) -> tuple[set[str], str]:
        answer = client.get(address, headers={"Accept": "application/n-triples"})
        quads = ox.parse(answer.data, format=ox.RdfFormat.N_TRIPLES)
        return {quad.subject.value for quad in quads}, answer.headers.get("Link", "")

    acts, link = read("/act?q=kosovo")
    assert len(acts) > 50 and 'rel="next"' not in link
    assert "https://w3id.org/comity/polity/kosovo" in read("/polity")[0]
    assert "https://w3id.org/comity/status" in read("/status")[0], "the scheme of the statuses itself"
    assert re.fullmatch(r'<[^>]*/act\?page=2>; rel="next"', read("/act")[1])


def test_every_page_leads_to_the_data(client: FlaskClient) -> None:
    footer = client.get("/about").text.partition("<footer")[2]
    assert 'href="/data"' in footer and ".well-known/void" not in footer


def test_the_page_says_what_there_is_and_links_each_file(client: FlaskClient) -> None:
    page = client.get("/data").text
    for table in TABLES.values():
        for form in ("csv", "parquet", "xlsx"):
            assert f'href="/data/{table.name}.{form}"' in page
        for column in table.columns:
            assert f"<code>{column.name}</code>" in page
    assert 'href="/data/comity.sqlite.gz"' in page
    for words in ("Attribution 4.0", "Version of the graph", "BibTeX", "In part"):
        assert words in page


def test_a_table_is_made_once_and_not_sent_again_to_who_has_it(client: FlaskClient) -> None:
    first = client.get("/data/polities.csv")
    assert first.status_code == 200 and first.content_type == "text/csv; charset=utf-8"
    assert first.headers["Content-Disposition"] == 'attachment; filename="comity-polities.csv"'
    rows = list(csv.DictReader(io.StringIO(first.get_data(as_text=True))))
    assert next(row for row in rows if row["id"] == "france")["iso3"] == "FRA"
    again = client.get("/data/polities.csv", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.data


@pytest.mark.long
def test_the_whole_graph_is_a_compressed_file(client: FlaskClient) -> None:
    for _ in range(8):  # A busy machine takes longer than a request waits.
        packed = client.get("/data/graph.nq.gz")
        if packed.status_code != 503:
            break
    assert packed.status_code == 200
    text = gzip.decompress(packed.data)
    assert b"<https://w3id.org/comity/graph/facts/acts-kosovo>" in text and text.count(b"\n") > 100_000


@pytest.mark.long
def test_all_tables_come_in_one_file(client: FlaskClient, tmp_path: Path) -> None:
    packed = client.get("/data/comity.sqlite.gz")
    assert (
        packed.status_code == 200 and 'filename="comity.sqlite.gz"' in packed.headers["Content-Disposition"]
    )
    (tmp_path / "comity.sqlite").write_bytes(gzip.decompress(packed.data))
    with closing(sqlite3.connect(tmp_path / "comity.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM recognitions_in_force").fetchone()[0] > 100


def test_who_need_not_wait_is_told_when_to_come_again(real_path: Path, tmp_path: Path) -> None:
    generation = current(real_path)
    assert generation
    assert downloads.opened(tmp_path, real_path, generation, "polities", "csv", patience=0) is None
    (tmp_path / "downloads" / "20000101T000000-former").mkdir()
    made = downloads.opened(tmp_path, real_path, generation, "polities", "parquet", patience=300)
    assert made
    with made:
        assert made.read().startswith(b"PAR1")
    left = downloads.opened(tmp_path, real_path, generation, "polities", "csv", patience=300)
    assert left
    with left:
        assert left.read().startswith(b"id,polity,name,")
    # Files of former generations are gone.
    assert {folder.name for folder in (tmp_path / "downloads").iterdir() if folder.is_dir()} == {generation}


def test_a_file_whose_generation_is_gone_is_told_in_a_line(
    real_path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(downloads.GenerationGoneError):
        downloads.opened(tmp_path, real_path, "20000101T000000-former", "polities", "csv", patience=300)
    told = capfd.readouterr().err
    assert told == "polities.csv was not created: its generation 20000101T000000-former is gone.\n"


@pytest.mark.long
def test_a_file_is_given_up_when_its_server_ends(real_path: Path, tmp_path: Path) -> None:
    script = """import sys; from pathlib import Path; from comity.server.processes.downloads import opened
assert opened(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], "graph", "nq.gz", patience=0.5) is None"""
    generation = current(real_path)
    assert generation
    subprocess.run([sys.executable, "-c", script, str(tmp_path), str(real_path), generation], check=True)
    folder = tmp_path / "downloads" / generation
    with (folder / ".graph.nq.gz.lock").open("w") as lock:
        for _ in range(50):  # The one who makes it holds the lock until it ends.
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.1)
        else:
            pytest.fail("It goes on without the server.")
    assert not (folder / "graph.nq.gz").exists()


@pytest.mark.parametrize("path", ["/data/votes.csv", "/data/acts.ods", "/data/graph.zip"])
def test_other_files_are_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_descriptions_for_programs_name_addresses_here(client: FlaskClient) -> None:
    package = client.get("/data/datapackage.json").get_json()
    assert [one["path"] for one in package["resources"]] == [f"{name}.csv" for name in TABLES]
    crate = client.get("/data/ro-crate-metadata.json").get_json()
    assert crate["@graph"][1]["url"] == "http://localhost/data"
    assert package["version"] == crate["@graph"][1]["version"]
    croissant = client.get("/data/croissant.json").get_json()
    assert croissant["distribution"][0]["contentUrl"] == "http://localhost/data/acts.csv"


CITED = {
    "/data": "Comity: who recognises whom",
    "/questions/who-recognises?object=kosovo&as_of=2010-01-01": ": Kosovo, as of 1 January 2010",
    "/polity/kosovo?as_of=2010-01-01": "Kosovo, as of 1 January 2010",
    "/map?of=kosovo&as_of=2010-01-01": "Who recognises Kosovo, as of 1 January 2010",
    "/map?of=kosovo&as_of=2010-01-01&according_to=serbia": "Who recognises Kosovo, on the map as Serbia sees it, as of",
    "/timeline/july-2022": "July 2022: North Korea recognises, Ukraine answers",
    "/polity/kosovo/counts?as_of=2010-01-01": "Why counts of Kosovo differ, as of 1 January 2010",
    "/between/ukraine/north-korea?as_of=2022-07-14": "Ukraine and North Korea, as of 14 July 2022",
    "/act/recognition/north-korea/donetsk-peoples-republic/2022-07-13": "North Korea recognised the Donetsk People",
}


@pytest.mark.parametrize("path", CITED)
def test_pages_are_cited_by_their_permanent_address_and_version(client: FlaskClient, path: str) -> None:
    page = client.get(path, headers={"Accept": "text/html"}).text
    told = unescape(re.search(r'<p id="citation">(.*?)</p>', page, re.S)[1])  # type: ignore[index]
    assert CITED[path] in told and "https://w3id.org/comity" + path in told
    links = {name: unescape(href) for href, name in re.findall(r'href="(/cite[^"]+)">([^<]+)</a>', page)}
    bibtex = client.get(links["BibTeX"])
    assert bibtex.text.startswith("@misc{comity-") and bibtex.text.count("{") == bibtex.text.count("}")
    ris = client.get(links["RIS"]).text.split("\r\n")
    assert ris[0] == "TY  - DATA" and ris[-2] == "ER  - "
    (address,) = (line.removeprefix("UR  - ") for line in ris if line.startswith("UR  - "))
    assert address.startswith(f"https://w3id.org/comity{path}") and address in told
    (item,) = json.loads(client.get(links["CSL-JSON"]).text)
    assert item["URL"] == address and item["title"] in told.replace("“", "")
    assert item["version"] == re.search(r"Version (\S+),", told)[1]  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/polity/nowhereland", 404),
        ("/between/france/atlantis", 404),
        ("/map?of=atlantis", 404),
        ("/timeline/no-such", 404),
        ("/questions/no-such", 404),
        ("/polity/kosovo?as_of=someday", 404),
        ('/polity/a b<>"{}', 404),
        ("/polity/%ff%00", 404),
        ("/a b/c", 404),
        ("/ontology#State", 404),
        ("https://example.org/", 400),
        ("/" + "x" * 3000, 400),
    ],
)
def test_what_is_no_page_is_not_cited(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get("/cite", query_string={"of_page": path})
    assert answer.status_code == status and answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("/questions/who-recognises?object=kosovo&as_of=2010-01-01", "Albania"),
        ("/polity/kosovo?as_of=2010-01-01", "Albania"),
        ("/between/ukraine/north-korea", "relations_severed"),
    ],
)
def test_rows_are_had_by_the_code_that_is_copied(client: FlaskClient, path: str, holds: str) -> None:
    page = client.get(path, headers={"Accept": "text/html"}).text
    found = re.findall(r'<code id="copy-(\w+)">(.*?)</code>', page, re.S)
    codes = {name: unescape(text) for name, text in found}
    addresses = {re.search(r"http://localhost(/[^'\"]+)", codes[name])[1] for name in ("curl", "python", "r")}  # type: ignore[index]
    (address,) = addresses
    rows = client.get(address)
    assert rows.content_type == "text/csv; charset=utf-8" and holds in rows.text
    assert "read_csv" in codes["python"] and "read.csv" in codes["r"]
    answer = client.post("/sparql", data={"query": codes["sparql"]}, headers={"Accept": "text/csv"})
    assert answer.status_code == 200 and len(answer.text.splitlines()) == len(rows.text.splitlines())


def test_a_file_whose_generation_was_removed_meanwhile_is_made_of_the_next(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = client.application.extensions["comity"].pool.generation
    seen = iter(["gone", there])
    monkeypatch.setattr(WorkerPool, "generation", property(lambda _: next(seen, there)))
    made = downloads.opened

    def opened(runtime: Path, store: Path, generation: str, name: str, form: str) -> object:
        if generation == "gone":
            raise downloads.GenerationGoneError
        return made(runtime, store, generation, name, form)

    monkeypatch.setattr(downloads, "opened", opened)
    with client.get("/data/sources.csv") as answer:
        assert answer.status_code == 200 and there in answer.headers["Comity-Version"]


@pytest.mark.parametrize(
    ("address", "columns", "row"),
    [
        ("/polity?region=Southern Europe", ["name", "kind", "recognised_by", "iri"], ["Spain"]),
        ("/act?q=kosovo&kind=withdrawal", ["name", "kind", "iri"], ["withdrawal", "Togo"]),
        ("/source?kind=press", ["name", "kind", "iri"], ["press"]),
        ("/organisation", ["name", "iri"], ["European Union"]),
        (
            "/polity/kosovo/since?date=2018-01-01&as_of=2019-01-01",
            ["date", "kind", "actor", "object", "sentence", "sources", "act"],
            ["2018-11-07", "withdrawal", "comoros", "kosovo"],
        ),
    ],
)
def test_a_list_is_taken_away_whole_as_csv_and_parquet(
    client: FlaskClient, address: str, columns: list[str], row: list[str]
) -> None:
    sign = "&" if "?" in address else "?"
    text = client.get(f"{address}{sign}format=csv").get_data(as_text=True)
    head, *rows = csv.reader(io.StringIO(text))
    assert head == columns and any(all(any(cell in one for one in found) for cell in row) for found in rows)
    page = client.get(address, headers={"Accept": "text/html"}).get_data(as_text=True)
    assert ">CSV</a>" in page and "Copy as curl, Python, R" in page
    assert client.get(f"{address}{sign}format=parquet").data[:4] == b"PAR1"


def _query_copied_from(client: FlaskClient, address: str) -> str:
    page = client.get(address, headers={"Accept": "text/html"}).text
    return unescape(re.findall(r'<code id="copy-sparql">([^<]*)</code>', page)[0])


#: The classes of the rows of a map whose recognition is in force on the day.
RECOGNISING = {"yes", "broken", "contradictory"}


@pytest.mark.parametrize(
    ("address", "in_file", "in_answer"),
    [
        ("/map?of=kosovo&as_of=2022-07-14", "iri", "recogniser"),
        ("/map?of=donetsk-peoples-republic&as_of=2022-07-14&according_to=ukraine", "iri", "recogniser"),
        ("/map?by=north-korea&as_of=2022-07-14", "iri", "recognised"),
        ("/lists/states?as_of=1955-12-14", "id", "polity"),
        ("/lists/states?basis=un-members-and-observers&as_of=2013-01-01", "id", "polity"),
        ("/lists/states?according_to=ukraine&as_of=2022-07-14", "id", "polity"),
        ("/lists/states?recognised-by=5&as_of=2022-07-14&reading=possible", "id", "polity"),
        ("/polity/kosovo/since?date=2018-01-01&as_of=2019-01-01", "act", "act"),
        ("/timeline?of=kosovo&around=2008-02-17&votes=1", "act", "act"),
        ("/timeline?of=ukraine", "act", "act"),
        ("/story?entities=kosovo,palestine&from=2010-01-01&until=2020-12-31", "act", "act"),
        ("/timeline/taiwan-and-china", "act", "act"),
        ("/network?kind=responses", "to", "to"),
    ],
)
def test_the_query_copied_from_a_page_gives_the_rows_of_its_file(
    client: FlaskClient, address: str, in_file: str, in_answer: str
) -> None:
    query = _query_copied_from(client, address)
    answer = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/csv"}).text
    file = client.get(f"{address}&format=csv" if "?" in address else f"{address}?format=csv").text
    expected = {
        row[in_file].rpartition("polity/")[2]
        for row in csv.DictReader(io.StringIO(file))
        if row.get("class", "yes") in RECOGNISING
    }
    given = {row[in_answer] for row in csv.DictReader(io.StringIO(answer))}
    # Maps draw polities; organisations recognise too.
    found = {iri.rpartition("polity/")[2] for iri in given if "/organisation/" not in iri or "/act/" in iri}
    assert found == expected != set()


def test_the_query_copied_from_a_matrix_gives_its_recognitions(client: FlaskClient) -> None:
    address = "/matrix?as_of=2022-07-14"
    query = _query_copied_from(client, address)
    answer = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/csv"}).text
    cells = client.get(f"{address}&format=json").get_json()
    in_force = [
        cell for cell in cells if cell["basis"] in ("express", "relations", "broken", "contradictory")
    ]
    assert len(list(csv.DictReader(io.StringIO(answer)))) == len(in_force) > 20


def test_what_no_single_query_gives_is_copied_without_one(client: FlaskClient) -> None:
    for address in ("/polity/kosovo/counts", "/network", "/timeline/july-2022", "/new"):
        page = client.get(address, headers={"Accept": "text/html"}).text
        assert 'id="copy-curl"' in page and 'id="copy-sparql"' not in page


def test_a_list_of_many_pages_is_one_file(client: FlaskClient) -> None:
    page = client.get("/act?page=2", headers={"Accept": "text/html"}).get_data(as_text=True)
    (address,) = re.findall(r'href="(/act\?[^"]*format=csv[^"]*)"', page)
    rows = list(csv.DictReader(io.StringIO(client.get(unescape(address)).get_data(as_text=True))))
    assert len(rows) > 250 and "page=" not in address
