"""Each address: what it answers, in which form, and what it says when there is nothing."""

import csv
import io
import json
import re
from html import unescape
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from comity import schema
from comity.iris import BASE
from comity.questions.questions import questions
from comity.server.app import create_app
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.pages.indexes import FOLDERS
from tests.changes.world import make_store

from .conftest import ADDRESSES

FORMS = {
    "text/turtle": ("ttl", ox.RdfFormat.TURTLE),
    "application/ld+json": ("jsonld", ox.RdfFormat.JSON_LD),
    "application/n-triples": ("nt", ox.RdfFormat.N_TRIPLES),
    "application/rdf+xml": ("rdf", ox.RdfFormat.RDF_XML),
}
HTML = {"Accept": "text/html"}
ACT = "/act/recognition/north-korea/donetsk-peoples-republic/2022-07-13"
WRONG = {"unknown": 404, "no-answer": 400}


@pytest.mark.parametrize("name", ADDRESSES)
def test_every_page_answers_and_is_well_formed(name: str, client: FlaskClient) -> None:
    response = client.get(ADDRESSES[name], headers=HTML)
    assert response.status_code == WRONG.get(name, 200)
    text = response.get_data(as_text=True)
    assert len(re.findall(r"<h1[ >]", text)) == 1
    assert re.search(r"<title>[^<]+ – Comity</title>|<title>Comity: ", text)
    assert not re.search(r"<script(?![^>]*(src=|ld\+json))|\son\w+=|\sstyle=|Undefined|None</", text)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


@pytest.fixture(scope="module")
def subjects(known: GraphReader) -> dict[str, list[str]]:
    """A few things of each kind, by the first word of their path."""
    found: dict[str, dict[str, None]] = {}
    for quad in known.quads(None, None, None):
        if quad.subject.value.startswith(BASE):
            path = quad.subject.value.removeprefix(BASE)
            found.setdefault(path.partition("/")[0], {})[path] = None
    return {folder: sorted(paths)[:: max(1, len(paths) // 4)] for folder, paths in found.items()}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_kind_of_thing_has_an_index_and_pages(
    folder: str, client: FlaskClient, subjects: dict[str, list[str]]
) -> None:
    assert client.get(f"/{folder}", headers=HTML).status_code == 200
    assert subjects[folder]
    for path in subjects[folder]:
        assert client.get(f"/{path}", headers=HTML).status_code == 200, path


@pytest.mark.parametrize("media", FORMS)
@pytest.mark.parametrize("path", ["/polity/kosovo", ACT, "/statement/s01", "/as-of/2022-07-14"])
def test_things_come_as_rdf_by_header_and_by_suffix(path: str, media: str, client: FlaskClient) -> None:
    suffix, form = FORMS[media]
    asked = client.get(path, headers={"Accept": media})
    named = client.get(f"{path}.{suffix}", headers=HTML)
    assert asked.mimetype == named.mimetype == media
    first, second = (set(map(str, ox.parse(io.BytesIO(one.data), format=form))) for one in (asked, named))
    assert first == second and len(first) > 5


def test_a_page_names_its_other_forms(client: FlaskClient) -> None:
    link = client.get(ACT, headers=HTML).headers["Link"]
    for media, (suffix, _) in FORMS.items():
        assert f'<{ACT}.{suffix}>; rel="alternate"; type="{media}"' in link
    assert f'<{BASE}{ACT[1:]}>; rel="canonical"' in link


def test_structured_data_cannot_leave_its_element(client: FlaskClient) -> None:
    from comity.server.web.pages.entities import escaped

    assert "<" not in escaped({"name": "</script><script>alert(1)</script>"})
    text = client.get("/polity/kosovo", headers=HTML).get_data(as_text=True)
    data = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)[0])
    assert data["@type"] == "Place" and data["name"] == "Kosovo" and "Kosova" in data["alternateName"]


def test_structured_data_has_calendar_dates_alone(client: FlaskClient) -> None:
    for source, date in (("us-guide-kosovo", True), ("us-guide-cuba", False)):
        text = client.get(f"/source/{source}", headers=HTML).get_data(as_text=True)
        assert ("or before" in text, '"datePublished"' in text) == (not date, date)


def test_what_is_typed_is_never_markup(client: FlaskClient) -> None:
    for address in (
        "/search?q=",
        "/polity/",
        "/questions/who-recognises?object=",
        "/editor?query=",
        "/map?of=",
    ):
        text = client.get(address + "<script>alert(1)</script>", headers=HTML).get_data(as_text=True)
        assert "<script>alert" not in text


def test_an_old_address_leads_to_the_new_one(client: FlaskClient, known: GraphReader) -> None:
    from comity.iris import DCTERMS, PROVENANCE

    replaced = ox.NamedNode(DCTERMS + "isReplacedBy")
    quad = next(known.quads(None, replaced, None, PROVENANCE))
    response = client.get("/" + quad.subject.value.removeprefix(BASE))
    assert response.status_code == 301
    assert response.headers["Location"].endswith(quad.object.value.removeprefix(BASE))


def test_an_unknown_thing_is_not_there_and_near_ones_are_named(client: FlaskClient) -> None:
    response = client.get("/polity/kosvo", headers=HTML)
    assert response.status_code == 404
    assert 'href="/polity/kosovo"' in response.get_data(as_text=True)
    problem = client.get("/polity/kosvo", headers={"Accept": "application/json"}).get_json(force=True)
    assert problem["suggestions"][0]["name"] == "Kosovo"


def test_a_proposal_is_no_fact(tmp_path: Path) -> None:
    app = create_app(make_store(tmp_path))
    response = app.test_client().get("/act/recognition/taured/syldavia/2003-03-03", headers=HTML)
    app.extensions["comity"].close()
    assert response.status_code == 404
    assert "no source" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("as_of=2022-13-01", "as_of: &#39;2022-13-01&#39; is not a valid day"),
        ("as_of=1200-01-01", "as_of: 1200-01-01 is outside"),
        ("according_to=nobody-at-all", "&#39;nobody-at-all&#39; is not the name of a party"),
    ],
)
def test_a_moment_that_cannot_be_is_refused_in_words(query: str, words: str, client: FlaskClient) -> None:
    response = client.get(f"/polity/kosovo?{query}", headers=HTML)
    assert response.status_code == 400
    assert words in response.get_data(as_text=True)


def test_pages_are_kept_by_their_tags(client: FlaskClient) -> None:
    first = client.get("/polity/kosovo", headers=HTML)
    again = client.get("/polity/kosovo", headers={**HTML, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "address",
    ["/map?of=kosovo&format=csv", "/matrix?format=csv", "/timeline/july-2022?format=csv",
     "/questions/who-recognises?object=kosovo&format=csv"],
)  # fmt: skip
def test_figures_come_as_tables(address: str, client: FlaskClient) -> None:
    response = client.get(address)
    assert response.mimetype == "text/csv"
    assert response.get_data(as_text=True).count("\r\n") > 5


def test_answers_come_as_sparql_results(client: FlaskClient) -> None:
    response = client.get("/questions/who-recognises?object=kosovo&as_of=2010-01-01&format=json")
    assert response.mimetype == "application/sparql-results+json"
    assert len(response.get_json(force=True)["results"]["bindings"]) == 66


def test_an_answer_comes_as_parquet_with_typed_columns(client: FlaskClient) -> None:
    import pyarrow.parquet as pq

    address = "/questions/count-of-recognisers?object=kosovo&as_of=2010-01-01"
    response = client.get(f"{address}&format=parquet")
    assert response.mimetype == "application/vnd.apache.parquet"
    table = pq.read_table(io.BytesIO(response.data))
    plain = client.get(f"{address}&format=json").get_json(force=True)
    rows = [{name: term["value"] for name, term in row.items()} for row in plain["results"]["bindings"]]
    assert [
        {name: str(value) for name, value in row.items() if value is not None} for row in table.to_pylist()
    ] == rows
    assert "int64" in {str(field.type) for field in table.schema}
    notes = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert (
        notes["generation"] == response.headers["Comity-Version"] and "as_of=2010-01-01" in notes["address"]
    )


@pytest.mark.parametrize(
    "address",
    [
        "/map?of=kosovo&as_of=2010-01-01",
        "/lists/states?basis=un-members&as_of=2010-01-01",
        "/between/ukraine/north-korea",
        "/polity/kosovo/counts",
        "/matrix",
        "/network?as_of=2022-07-14",
        "/timeline/july-2022",
        "/coverage",
    ],
)
def test_pages_with_rows_give_the_same_rows_as_csv_and_parquet(client: FlaskClient, address: str) -> None:
    import pyarrow.parquet as pq

    page = unescape(client.get(address, headers={"Accept": "text/html"}).text)
    (link,) = re.findall(r'href="([^"]+)">(?:as )?Parquet</a>', page)[:1]
    response = client.get(link)
    assert response.mimetype == "application/vnd.apache.parquet"
    table = pq.read_table(io.BytesIO(response.data))
    plain = client.get(link.replace("format=parquet", "format=csv")).get_data(as_text=True)
    head, *rows = csv.reader(io.StringIO(plain))
    assert table.column_names == head
    found = [["" if cell is None else str(cell) for cell in row.values()] for row in table.to_pylist()]
    assert found == rows and rows
    notes = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert notes["generation"] == response.headers["Comity-Version"]
    assert notes["address"].startswith("http://localhost" + address.partition("?")[0])


@pytest.mark.parametrize("address", ["/questions/who-recognises?object=kosovo", "/map?of=kosovo"])
def test_without_pyarrow_parquet_is_refused_with_how_to_install_it(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    response = client.get(f"{address}&format=parquet")
    problem = response.get_json(force=True)
    assert response.status_code == 501 and "pip install 'comity[scholars]'" in problem["detail"]


def test_an_explanation_comes_as_text_json_and_provenance(client: FlaskClient) -> None:
    address = (
        "/explain?subject=north-korea&predicate=recognises&object=donetsk-peoples-republic&as_of=2022-07-14"
    )
    assert client.get(address, headers={"Accept": "application/json"}).get_json()["status"] == "entailed"
    assert "Source: " in client.get(f"{address}&format=text").get_data(as_text=True)
    assert b"prov:wasDerivedFrom" in client.get(address, headers={"Accept": "text/turtle"}).data


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            "subject=north-korea&predicate=recognises&object=donetsk-peoples-republic&as_of=2022-07-14",
            "On 14 July 2022: North Korea had recognised the Donetsk People's Republic since 13 July 2022.",
        ),
        (
            "subject=donetsk-peoples-republic&predicate=recognisedBy&object=syria&as_of=2022-07-14",
            "On 14 July 2022: Syria had recognised the Donetsk People's Republic since 29 June 2022.",
        ),
        ("subject=france&predicate=recognises&object=taiwan&as_of=2020-01-01", "It had recognised it since"),
        (
            "subject=serbia&predicate=recognises&object=kosovo&as_of=2022-07-14",
            "It claims: autonomous entity",
        ),
    ],
)
def test_why_is_answered_in_a_sentence_with_sources_before_the_proof(
    query: str, words: str, client: FlaskClient
) -> None:
    text = client.get(f"/explain?{query}", headers=HTML).get_data(as_text=True)
    told, fold, _ = text.partition("<details><summary>Step by step")
    assert fold and words in " ".join(unescape(re.sub("<[^>]+>", "", told)).split())
    assert "/source/" in told.partition("<h1>")[2]
    fields = re.findall(r'id="x-(?:subject|object)" name="\w+" value="([^"]*)"', text)
    assert len(fields) == 2 and not any("/" in one or "-" in one for one in fields)


def test_a_long_answer_is_asked_for_before_it_is_shown(client: FlaskClient) -> None:
    bare = client.get("/questions/responses-to", headers=HTML).get_data(as_text=True)
    assert "Try an example" not in bare and 'id="answer"' not in bare
    one = client.get("/questions/responses-to?actor=north-korea", headers=HTML).get_data(as_text=True)
    assert 'id="answer"' in one and re.search(r'<td data-head="Sources"[^>]*><a href="http', one)


def test_lists_are_filtered_and_ordered(client: FlaskClient) -> None:
    def names(address: str) -> list[str]:
        text = client.get(address, headers=HTML).get_data(as_text=True).partition("</form>")[2]
        part = text.partition("<h1>")[2].partition("</main>")[0]
        return [unescape(one) for one in re.findall(r'<ul class="index.*?</ul>', part, re.DOTALL)]

    union = " ".join(names("/polity?bloc=european-union&as_of=2022-07-14"))
    assert "Croatia" in union and "Serbia" not in union
    assert "Kosovo" in " ".join(names("/polity?region=Southern+Europe")) and "Ghana" not in union
    ordered = " ".join(names("/polity?q=o&sort=number&as_of=2022-07-14"))
    assert ordered.index("/polity/kosovo") < ordered.index("/polity/northern-cyprus")
    withdrawn = re.findall(
        r"/act/(\w+)/[^\"]*/(\d{4})", " ".join(names("/act?kind=withdrawal&sort=date&q=kosovo"))
    )
    years = [int(year) for _, year in withdrawn]
    assert {kind for kind, _ in withdrawn} == {"withdrawal"} and years == sorted(years, reverse=True)
    refused = client.get("/polity?region=Atlantis", headers=HTML)
    assert refused.status_code == 400 and "Caribbean" in refused.get_data(as_text=True)


@pytest.mark.parametrize("name", questions())
def test_every_question_is_asked_and_answered_on_its_page(name: str, client: FlaskClient) -> None:
    asked = questions()[name]
    values = {one.name: one.example for one in asked.parameters if one.example}
    response = client.get(f"/questions/{name}", query_string=values, headers=HTML)
    assert response.status_code == 200
    text = response.get_data(as_text=True)
    assert 'class="lead answer"' in text and "{" not in re.findall(r'lead answer">([^<]*)', text)[0]
    assert client.get(f"/questions/{name}", headers=HTML).status_code == 200


def test_a_page_is_kept_until_the_graph_changes(client: FlaskClient) -> None:
    answers = [client.get("/polity/benin?kept", headers={"Accept": "text/html"}) for _ in range(2)]
    assert [one.headers["Server-Timing"].partition(";")[0] for one in answers] == ["page", "cache"]


def test_a_long_answer_comes_in_pages(client: FlaskClient) -> None:
    address = "/questions/chronicle?from_day=1900-01-01&to_day=2026-01-01"
    text = client.get(address, headers=HTML).get_data(as_text=True)
    total = int(re.search(r"(\d+) rows; 1 to 200 are shown", text)[1])  # type: ignore[index]
    last = -(-total // 200)
    assert f"page={last}" in text
    end = client.get(f"{address}&page={last}", headers=HTML).get_data(as_text=True)
    assert f"{200 * last - 199} to {total} are shown" in end
    assert end.partition("<tbody>")[2].partition("</tbody>")[0].count("<tr>") == total - 200 * (last - 1)
    for wrong in ("0", str(last + 1), "x", "9" * 30):
        refused = client.get(f"{address}&page={wrong}", headers=HTML)
        assert refused.status_code == 400
        assert f"Use a number from 1 to {last}." in refused.get_data(as_text=True)


def test_the_form_of_a_question_speaks_of_names_and_has_the_only_day(client: FlaskClient) -> None:
    text = client.get("/questions/who-recognises", headers=HTML).get_data(as_text=True)
    assert text.count('type="date"') == 1
    assert "Try an example: Donetsk People" in text and "The party that is recognised" in text
    assert client.get("/questions/withdrawals", headers=HTML).get_data(as_text=True).count('type="date"') == 0


def test_search_engines_are_told_what_to_read(client: FlaskClient) -> None:
    robots = client.get("/robots.txt").get_data(as_text=True)
    assert "Disallow: /sparql\n" in robots and "Sitemap: http://localhost/sitemap.xml" in robots
    listed = re.findall(
        "<loc>http://localhost(/[^<]*)</loc>", client.get("/sitemap.xml").get_data(as_text=True)
    )
    assert {"/", "/polity/kosovo", "/questions/who-recognises", "/timeline/july-2022"} <= set(listed)
    assert len(listed) == len(set(listed)) > len(questions())
    for address in listed[:14]:
        assert client.get(address, headers=HTML).status_code == 200, address


@pytest.mark.parametrize("path", ["/ontology", "/shapes", "/as-of/2022-07-14"])
@pytest.mark.parametrize("media", ["text/turtle", "application/ld+json"])
def test_whole_graphs_are_compressed_and_not_sent_again(path: str, media: str, client: FlaskClient) -> None:
    headers = {"Accept": media, "Accept-Encoding": "gzip"}
    first = client.get(path, headers=headers)
    assert (first.status_code, first.headers["Content-Encoding"]) == (200, "gzip")
    again = client.get(path, headers=headers | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", ["ontology", "shapes"])
def test_only_the_present_version_of_ontology_and_shapes_is_answered(name: str, client: FlaskClient) -> None:
    present = client.get(f"/{name}/{schema.version()}", headers={"Accept": "text/turtle"})
    assert present.status_code == 200 and f"{name}/{schema.version()}>" in present.get_data(as_text=True)
    other = client.get(f"/{name}/0.0.1", headers={"Accept": "text/turtle"})
    assert other.status_code == 404 and schema.version() in other.get_json(force=True)["hint"]
