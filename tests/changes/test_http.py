"""The served graph takes changes of those who may, through the gate, and shows them in every answer."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from itsdangerous import TimestampSigner

from comity.iris import BASE, CO, act
from comity.server.app import create_app
from comity.server.http.auth import SESSION_HOURS
from comity.server.settings import SettingError, Settings
from comity.store.tokens import Tokens

from .serving import enter, send, serving
from .world import HEADER, make_store, row

ACT = {
    **{"kind": "recognition", "actor": "borduria", "object": "syldavia", "date": "2006-06-06"},
    **{"source_title": "News", "source_url": "https://news.example/a"},
}
IRI = act("recognition", "borduria", "syldavia", "2006-06-06").value
UPDATE = "application/sparql-update"


@dataclass
class Served:
    """A server, and the tokens of three roles."""

    address: str
    store: Path
    editor: str
    contributor: str
    reader: str

    def update(
        self, text: str, token: str | None = None, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        more = {"Content_Type": UPDATE, "Prefer": "wait=15"} | headers
        token = self.editor if token is None else token
        return send(f"{self.address}/sparql", "POST", text.encode(), token, **more)

    def ask(self, pattern: str) -> bool:
        query = urlencode({"query": f"ASK {{ {pattern} }}"})
        return bool(json.loads(send(f"{self.address}/sparql?{query}")[1])["boolean"])

    def get(self, path: str, accept: str = "application/json") -> tuple[int, bytes, dict[str, str]]:
        return send(f"{self.address}{path}", Accept=accept)

    def post(
        self, path: str, body: str, kind: str, token: str, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        more = {"Content_Type": kind, "Prefer": "wait=15"} | headers
        return send(self.address + path, "POST", body.encode(), token, **more)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    store = make_store(folder)
    tokens = Tokens(store)
    made = [tokens.add(role, role) for role in ("editor", "contributor", "reader")]
    with serving(store, folder / "tables") as address:
        yield Served(address, store, *made)


def test_an_editor_adds_an_act_and_sees_it_explained_and_traced(served: Served) -> None:
    status, receipt = enter(served.address, served.editor, ACT, Prefer="wait=15")
    assert (status, receipt["periods_opened"]) == (201, 1)
    held = f"GRAPH <{BASE}as-of/2007-01-01> {{ cop:borduria co:recognises cop:syldavia }}"
    assert served.ask(held)
    graph = quote(f"{BASE}as-of/2007-01-01")
    path = f"/explain?subject=polity/borduria&predicate=co:recognises&object=polity/syldavia&graph={graph}"
    assert b"2006-06-06" in served.get(path, "text/plain")[1]
    change = f"{BASE}change/{receipt['number']}"
    assert served.ask(f"GRAPH cog:provenance {{ <{IRI}> prov:wasGeneratedBy <{change}> }}")


def test_a_bad_row_is_refused_with_a_report_that_names_it(served: Served) -> None:
    rows = row("vote", "arcadia", "syldavia", "2001"), row("withdrawal", "arcadia", "syldavia", "1999")
    body = "\n".join([HEADER, *rows])
    status, answer, headers = served.post("/changes?name=mine", body, "text/csv", served.editor)
    assert (status, headers["content-type"]) == (422, "application/problem+json")
    (problem,) = json.loads(answer)["problems"]
    assert (problem["table"], problem["row"]) == ("mine.csv", 3)
    assert "add the earlier recognition" in problem["message"]


def test_a_refusal_is_a_validation_report_where_turtle_is_asked_for(served: Served) -> None:
    text = (
        f'DELETE DATA {{ <{act("recognition", "arcadia", "syldavia", "2001-06").value}> co:edtf "2001-06" }}'
    )
    status, body, _ = served.update(text, Accept="text/turtle")
    store = ox.Store()
    store.load(body, ox.RdfFormat.TURTLE)
    query = """PREFIX sh: <http://www.w3.org/ns/shacl#> ASK {
        [] a sh:ValidationReport ; sh:conforms false ; sh:result [ sh:focusNode ?n ; sh:resultPath ?p ] }"""
    assert (status, bool(store.query(query))) == (422, True)
    assert b"The date must be given once" in served.update(text, Accept="text/plain")[1]


def test_updates_read_and_write_in_one_go(served: Served) -> None:
    status, *_ = served.update('INSERT { ?p skos:note "Seen."@en } WHERE { ?p co:isoAlpha2 "AA" }')
    assert (status, served.ask('cop:arcadia skos:note "Seen."@en')) == (201, True)
    status, *_ = served.update('DELETE WHERE { ?p skos:note "Seen."@en }')
    assert (status, served.ask('cop:arcadia skos:note "Seen."@en')) == (201, False)
    assert served.update('INSERT DATA { cop:arcadia skos:note "A" ; DELETE }')[0] == 400


@pytest.mark.parametrize("graph", ["inferred", "periods", "ontology", "provenance"])
def test_derived_graphs_are_refused_with_a_reason(served: Served, graph: str) -> None:
    status, body, _ = served.update(
        f"INSERT DATA {{ GRAPH cog:{graph} {{ cop:arcadia co:kind cop:borduria }} }}"
    )
    assert (status, "takes no changes" in json.loads(body)["detail"]) == (403, True)
    status, body, _ = served.update(f"CLEAR SILENT GRAPH cog:{graph}")
    assert (status, "takes no changes" in json.loads(body)["detail"]) == (403, True)


@pytest.mark.parametrize("graphs", ["ALL", "DEFAULT", "NAMED", "SILENT ALL"])
def test_facts_are_not_cleared_as_a_whole(served: Served, graphs: str) -> None:
    status, body, _ = served.update(f"DROP {graphs}")
    assert (status, json.loads(body)["type"].rpartition("/")[2]) == (403, "graph-protected")
    assert served.update("CLEAR GRAPH <urn:nothing>")[0] == 200


@pytest.mark.parametrize(
    "update",
    [
        "MOVE DEFAULT TO <graph/facts/mine>",
        "MOVE SILENT GRAPH cog:inferred TO GRAPH <graph/facts/mine>",
        "COPY <graph/facts/mine> TO DEFAULT",
        "COPY SILENT GRAPH <graph/facts/mine> TO cog:periods",
        "PREFIX g: <https://w3id.org/comity/graph/> MOVE <graph/facts/mine> TO g:ontology",
    ],
)
def test_protected_graphs_are_neither_moved_nor_overwritten(served: Served, update: str) -> None:
    status, body, _ = served.update(update)
    assert (status, json.loads(body)["type"].rpartition("/")[2]) == (403, "graph-protected")


def test_graphs_of_facts_are_put_and_deleted(served: Served) -> None:
    name = f"{BASE}graph/facts/mine"
    address = f"{served.address}/graph-store?graph={quote(name)}"
    turtle = b"<https://w3id.org/comity/polity/arcadia> <http://www.w3.org/2004/02/skos/core#note> %s ."
    for text, status in ((b'"One."@en', 201), (b'"Two."@en', 200)):
        headers = {"Content_Type": "text/turtle", "Prefer": "wait=15"}
        assert send(address, "PUT", turtle % text, served.editor, **headers)[0] == status
    assert served.ask('cop:arcadia skos:note "Two."@en') and not served.ask('cop:arcadia skos:note "One."@en')
    assert send(address, "DELETE", None, served.editor, Prefer="wait=15")[0] == 200
    assert send(address, "DELETE", None, served.editor)[0] == 404


def test_who_may_write_is_told_by_the_token(served: Served) -> None:
    text = 'INSERT DATA { cop:arcadia skos:note "x"@en }'
    assert served.update(text, "")[0] == 401
    assert served.update(text, "comity_wrong")[0] == 401
    assert served.update(text, served.reader)[0] == 403
    assert served.post("/review/1/accept", "{}", "application/json", served.contributor)[0] == 403
    assert served.post(f"/changes?token={served.editor}", "", "text/csv", "")[0] == 400


def test_a_contributors_change_waits_until_an_editor_accepts_it(served: Served) -> None:
    values = ACT | {"actor": "cascadia", "date": "2009-09-09"}
    status, receipt = enter(served.address, served.contributor, values, Prefer="wait=15")
    node = act("recognition", "cascadia", "syldavia", "2009-09-09").value
    assert (status, served.ask(f"<{node}> ?p ?o")) == (202, False)
    path = f"/review/{receipt['proposal']}"
    assert json.loads(served.get(path)[1])["state"] == "waiting"
    assert served.post(f"{path}/accept", '{"reason": "Right."}', "application/json", served.editor)[0] == 201
    assert (json.loads(served.get(path)[1])["state"], served.ask(f"<{node}> ?p ?o")) == ("accepted", True)


def test_a_row_that_waited_for_a_source_waits_no_more_once_it_has_one(served: Served) -> None:
    node = act("recognition", "taured", "syldavia", "2003-03-03").value
    assert node.encode() in served.get("/review", "text/html")[1].replace(b"%3A", b":")
    enter(served.address, served.editor, ACT | {"actor": "taured", "date": "2003-03-03"}, Prefer="wait=15")
    assert served.ask(f"<{node}> co:actor cop:taured")
    assert not served.ask(f"GRAPH cog:proposals {{ <{node}> ?p ?o }}")


def test_a_retracted_act_answers_gone_with_the_reason(served: Served) -> None:
    enter(served.address, served.editor, ACT | {"date": "2012-12-12"}, Prefer="wait=15")
    path = "/act/recognition/borduria/syldavia/2012-12-12"
    body = json.dumps({"thing": BASE + path[1:], "reason": "It never happened."})
    assert served.post("/retract", body, "application/json", served.editor)[0] == 201
    status, page, _ = served.get(path, "text/html")
    assert (status, b"It never happened." in page) == (410, True)


def test_a_change_is_reverted_and_the_past_is_still_known(served: Served) -> None:
    _, receipt = enter(served.address, served.editor, ACT | {"date": "2013-01-01"}, Prefer="wait=15")
    number, added = receipt["number"], set(receipt["added"])
    time = json.loads(served.get(f"/changes/{number}")[1])["time"]
    assert served.post(f"/changes/{number}/revert", "{}", "application/json", served.editor)[0] == 201
    past = served.get(f"/as-known-on/{time}", "application/n-quads")[1].decode().splitlines()
    assert {line for line in added if "/graph/facts/" in line} <= set(past)


@pytest.mark.parametrize(
    "path",
    [
        "/changes",
        "/changes/2",
        "/review",
        "/acts/new",
        "/report",
        "/retract",
        f"/acts/new?corrects={quote(IRI)}",
    ],
)
def test_pages_are_whole(served: Served, path: str) -> None:
    status, page, _ = served.get(path, "text/html")
    assert (status, page.rstrip().endswith(b"</html>")) == (200, True)


def test_an_act_leads_to_its_history_and_to_the_report_of_an_error(served: Served) -> None:
    page = served.get(IRI.removeprefix(BASE.rstrip("/")), "text/html")[1].decode()
    assert f"/report?about={quote(IRI)}" in page
    changes = json.loads(served.get(f"/changes?about={quote(IRI)}")[1])["changes"]
    assert changes and all(one["way"] in ("form", "update") for one in changes)


def test_the_feed_is_atom(served: Served) -> None:
    root = ElementTree.fromstring(served.get("/changes.atom", "*/*")[1])
    entries = root.findall("{http://www.w3.org/2005/Atom}entry")
    assert root.tag == "{http://www.w3.org/2005/Atom}feed" and len(entries) > 1


def test_what_is_new_in_the_record_is_told_act_by_act(served: Served) -> None:
    enter(served.address, served.editor, ACT | {"date": "2014-04-04"}, Prefer="wait=15")
    new = BASE + "act/recognition/borduria/syldavia/2014-04-04"
    first = json.loads(served.get("/new")[1])[0]
    assert (first["act"], first["what"]) == (new, "new")
    body = json.dumps({"thing": new, "reason": "It never happened."})
    assert served.post("/retract", body, "application/json", served.editor)[0] == 201
    first = json.loads(served.get("/new")[1])[0]
    assert (first["act"], first["what"], first["reason"]) == (new, "removed", "It never happened.")
    page = served.get("/new", "text/html")[1].decode()
    assert "Borduria recognised Syldavia" in page and "It never happened." in page
    feed = ElementTree.fromstring(served.get("/new?format=atom", "*/*")[1])
    titles = [one.text or "" for one in feed.iter("{http://www.w3.org/2005/Atom}title")]
    assert titles[1] == "Removed: Borduria recognised Syldavia, 4 April 2014"
    changed = json.loads(served.get("/polity/syldavia/since")[1])["inTheRecord"]
    assert [one["act"] for one in changed[:2]] == [new, new]
    assert "removed" in served.get("/polity/syldavia/since", "text/html")[1].decode()


def test_a_form_without_a_source_is_told_so(served: Served) -> None:
    body = urlencode({name: value for name, value in ACT.items() if not name.startswith("source")})
    status, answer, _ = served.post("/acts", body, "application/x-www-form-urlencoded", served.editor)
    assert (status, json.loads(answer)["type"].rpartition("/")[2]) == (422, "source-missing")


FORM = "application/x-www-form-urlencoded"


def test_a_form_names_a_missing_token_together_with_its_other_faults(served: Served) -> None:
    body = urlencode({"kind": "recognition", "actor": "Nowhereland", "date": "1999-19", "source_kind": "x"})
    status, page, _ = served.post("/acts", body, FORM, "", Accept="text/html")
    faulty = set(re.findall(rb'<a href="#f-(\w+)">', page))
    assert status == 401
    assert faulty == {b"actor", b"object", b"date", b"source_title", b"source_kind", b"token"}
    assert b'value="Nowhereland"' in page


def test_the_form_takes_the_kind_of_a_source(served: Served) -> None:
    fields = ACT | {
        "date": "2015-05-05",
        "source_url": "https://news.example/note",
        "source_kind": "official",
    }
    _, receipt = enter(served.address, served.editor, fields)
    assert any(line.split()[1:3] == [f"<{CO}kind>", '"official"'] for line in receipt["added"])


CROSS = {"Sec_Fetch_Site": "cross-site", "Origin": "https://elsewhere.example"}


def test_without_tokens_nothing_is_taken_but_reports(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    with serving(store, tmp_path / "tables") as address:
        assert enter(address, "comity_any", ACT)[0] == 403
        _, page, _ = send(f"{address}/acts/new", Accept="text/html")
        assert b"comity token add" in page and b"disabled" in page
        assert send(f"{address}/report", "POST", b"text=Wrong", Content_Type=FORM)[0] == 202


def test_where_reports_are_off_a_contact_takes_them(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="there is no contact"):
        Settings(reports=False)
    store = make_store(tmp_path)
    chosen = {"COMITY_REPORTS": "no", "COMITY_CONTACT": "facts@example.org"}
    with serving(store, tmp_path / "tables", **chosen) as address:
        assert b'href="mailto:facts@example.org"' in send(f"{address}/report", Accept="text/html")[1]
        status, answer, _ = send(f"{address}/report", "POST", b"text=x", Content_Type=FORM)
        assert (status, json.loads(answer)["hint"]) == (403, "Write to facts@example.org.")


def sign_in(served: Served, fields: dict[str, str]) -> tuple[str, str]:
    """Check an act by the form and stay signed in; give the cookie and the key of the session's forms."""
    body = urlencode(fields | {"token": served.editor, "remember": "1", "check": "1"})
    status, page, headers = served.post("/acts", body, FORM, "", Accept="text/html")
    assert status == 200
    cookie = {name.lower(): value for name, value in headers.items()}["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Expires=" in cookie
    assert served.editor not in cookie
    key = re.search(
        rb'name="form" value="([\w-]+)"',
        send(f"{served.address}/acts/new", Accept="text/html", Cookie=cookie.partition(";")[0])[1],
    )
    assert key and b'name="token"' not in page
    return cookie.partition(";")[0], key[1].decode()


def test_a_session_takes_the_place_of_the_token_in_its_own_forms_alone(served: Served) -> None:
    fields = ACT | {"date": "2018-08-08"}
    cookie, key = sign_in(served, fields)

    def enter_by_form(key: str, **headers: str) -> int:
        body = urlencode(fields | {"form": key, "check": "1"})
        return served.post("/acts", body, FORM, "", Accept="text/html", Cookie=cookie, **headers)[0]

    assert enter_by_form(key) == enter_by_form(key, Sec_Fetch_Site="same-origin") == 200
    assert enter_by_form(key, **CROSS) == enter_by_form("wrong") == enter_by_form("") == 403
    assert served.post("/acts", json.dumps(fields), "application/json", "", Cookie=cookie)[0] == 401
    assert served.post("/sparql", "update=x", FORM, "", Cookie=cookie)[0] == 401


def test_a_session_ends_with_its_token_and_by_signing_out(served: Served) -> None:
    cookie, key = sign_in(served, ACT | {"date": "2018-08-09"})
    assert served.post("/session/end", "form=wrong", FORM, "", Cookie=cookie)[0] == 403
    # The client follows to the history; a browser has dropped the cookie by then.
    assert served.post("/session/end", urlencode({"form": key}), FORM, "", Cookie=cookie)[0] == 200
    body = urlencode(ACT | {"form": key, "check": "1"})
    # Somebody may have a copy of it.
    assert served.post("/acts", body, FORM, "", Accept="text/html", Cookie=cookie)[0] == 401
    tokens = Tokens(served.store)
    once = tokens.add("once", "editor")
    cookie, key = sign_in(replace(served, editor=once), ACT | {"date": "2018-08-10"})
    tokens.revoke("once")
    body = urlencode(ACT | {"form": key, "check": "1"})
    assert served.post("/acts", body, FORM, "", Accept="text/html", Cookie=cookie)[0] == 401
    forged = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")
    assert served.post("/acts", body, FORM, "", Accept="text/html", Cookie=forged)[0] == 401


def test_a_session_expires_and_begins_anew_whatever_cookie_was_there(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(store, Settings())
    try:
        browser, token = app.test_client(), Tokens(store).add("ada", "editor")
        form = ACT | {"date": "2018-08-11", "check": "1"}
        signed = form | {"token": token, "remember": "1"}

        def sign_in() -> tuple[str, str]:
            assert browser.post("/acts", data=signed, headers={"Accept": "text/html"}).status_code == 200
            cookie = browser.get_cookie("comity_session")
            page = browser.get("/acts/new", headers={"Accept": "text/html"}).text
            key = re.search(r'name="form" value="([\w-]+)"', page)
            assert cookie is not None and key is not None
            return cookie.value, key[1]

        browser.set_cookie("comity_session", "eyJmb3JtIjoieCJ9.made.up")
        first, second = sign_in(), sign_in()
        assert first[0] != second[0] and first[1] != second[1]
        assert browser.post("/acts", data=form | {"form": second[1]}).status_code == 200
        assert browser.post("/acts", data=form | {"form": first[1]}).status_code == 403
        nearly = int(time.time()) + SESSION_HOURS * 3600 - 60
        for later, status in ((nearly, 200), (nearly + 120, 401)):
            monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self, later=later: later)
            browser.set_cookie("comity_session", second[0])
            assert browser.post("/acts", data=form | {"form": second[1]}).status_code == status
    finally:
        app.extensions["comity"].close()


def test_faults_are_told_at_once_beside_their_fields_and_nothing_is_lost(served: Served) -> None:
    fields = {
        "kind": "recognition",
        "actor": "Bordurria",
        "object": "",
        "date": "soon",
        "note": "Kept <b>words</b>",
    }
    status, body, _ = served.post("/acts", urlencode(fields), FORM, served.editor, Accept="text/html")
    page = body.decode()
    assert status == 422
    assert "Did you mean Borduria" in page and "A source is required" in page
    for name in ("actor", "object", "date", "source_title"):
        assert f'id="e-{name}" class="fault"' in page
    assert 'value="Bordurria"' in page and "Kept &lt;b&gt;words&lt;/b&gt;" in page
    status, answer = enter(served.address, served.editor, fields)
    assert (status, {one["column"] for one in answer["problems"]}) == (
        422,
        {"actor", "object", "date", "source_title"},
    )


def test_a_check_says_in_words_what_would_change(served: Served) -> None:
    fields = ACT | {"actor": "Taured", "object": "Arcadia", "date": "2019-09-09", "check": "1"}
    page = served.post("/acts", urlencode(fields), FORM, served.editor, Accept="text/html")[1].decode()
    words = re.sub(r"\s+", " ", page)
    assert "Adds: Taured recognises Arcadia, 9 September 2019." in words
    assert "Opens a period: recognition of Arcadia by Taured, from 9 September 2019." in words
    numbers = re.search(r"Arcadia is recognised by (\d+) → (\d+) on", words)
    assert numbers and int(numbers[2]) == int(numbers[1]) + 1
    assert "<summary>As N-Quads" in page
    assert not served.ask(f"<{act('recognition', 'taured', 'arcadia', '2019-09-09').value}> ?p ?o")


def test_what_the_validation_finds_stands_in_the_form_too(served: Served) -> None:
    fields = ACT | {"kind": "withdrawal", "actor": "Arcadia", "date": "1999"}
    status, body, _ = served.post("/acts", urlencode(fields), FORM, served.editor, Accept="text/html")
    assert (status, b"Nothing was changed" in body, b'value="Arcadia"' in body) == (422, True, True)
