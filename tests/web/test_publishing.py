"""The site as static files: every page, map, table and RDF there, with links that lead somewhere."""

import csv
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from comity import schema
from comity.build import build
from comity.server.app import create_app
from comity.server.publishing import NEEDS_SERVER, PublishError, Renderer, Site, dead_links, redirects
from comity.server.settings import Settings
from comity.server.web.models.stories import STORIES
from tests.changes.world import write_tables
from tests.cli.test_commands import run

DAY = "2006-01-01"
#: Entities that the front page and the stories name.
NAMED = {"palestine", "kosovo", "donetsk-peoples-republic", "luhansk-peoples-republic"}
SERVER = "https://live.example.org/comity"


def test_addresses_have_files_and_what_needs_a_server_has_none() -> None:
    site = Site(DAY)
    for path, parameters, name in (
        ("/", {}, "index.html"),
        ("/polity/kosovo", {"as_of": DAY}, "polity/kosovo.html"),
        ("/polity/kosovo.ttl", {}, "polity/kosovo.ttl"),
        ("/act/recognition/a/b/2000-01-01/2001", {}, "act/recognition/a/b/2000-01-01/2001.html"),
        ("/act", {"page": "2", "as_of": DAY}, "act-page-2.html"),
        ("/act", {"page": "1"}, "act.html"),
        ("/map", {"of": "kosovo", "as_of": DAY}, "map/kosovo.html"),
        ("/map", {"of": "kosovo", "format": "svg"}, "map/kosovo.svg"),
        ("/data/acts.csv", {}, "data/acts.csv"),
        ("/static/comity.css", {"v": "1"}, "static/comity.css"),
        ("/polity/kosovo", {"as_of": "2007-01-01"}, None),
        ("/polity/kosovo", {"according_to": "serbia"}, None),
        ("/polity/kosovo/counts", {}, None),
        ("/polity/kosovo.rdf", {}, None),
        ("/polity/../../etc", {}, None),
        ("/map", {"of": "../kosovo"}, None),
        ("/sparql", {"query": "ASK {}"}, None),
        ("/between/a/b", {}, None),
        ("/period/relations/a/b/2000", {}, None),
        ("/search", {}, None),
    ):
        assert site.file(path, parameters) == name, path


def _followed(rules: str, path: str, accept: str = "text/html") -> str:
    """Return where the rules lead a path, as mod_rewrite reads them."""
    condition = ""
    for line in rules.splitlines():
        word, *rest = line.split()[:3] or [""]
        if word == "RewriteCond":
            condition = rest[1]
        elif word == "RewriteRule":
            if (found := re.search(rest[0], path)) and re.search(condition, accept):
                return rest[1].replace("$1", found[1] if found.groups() else "")
            condition = ""
    raise AssertionError(path)


def test_the_redirects_lead_each_iri_to_its_file() -> None:
    rules = redirects(Site(DAY, "https://example.org/c/", SERVER))
    act = "act/recognition/a/b/2000~"
    for path, accept, target in (
        ("", "text/html", "https://example.org/c/index.html"),
        (act, "text/html", f"https://example.org/c/{act}.html"),
        (act, "text/turtle", f"https://example.org/c/{act}.ttl"),
        (act, "application/ld+json", f"https://example.org/c/{act}.jsonld"),
        (f"{act}.ttl", "*/*", f"https://example.org/c/{act}.ttl"),
        ("polity", "text/html", "https://example.org/c/polity.html"),
        ("ontology", "text/turtle", "https://example.org/c/ontology.ttl"),
        ("ontology", "text/html", "https://example.org/c/ontology.html"),
        (f"shapes/{schema.version()}", "text/html", "https://example.org/c/shapes.ttl"),
        ("data/acts.csv", "*/*", "https://example.org/c/data/acts.csv"),
        ("period/relations/a/b/2000", "text/turtle", f"{SERVER}/period/relations/a/b/2000"),
        ("as-of/2020-01-01", "text/html", f"{SERVER}/as-of/2020-01-01"),
    ):
        assert _followed(rules, path, accept) == target
    assert _followed(redirects(Site(DAY, "https://example.org")), "sparql").endswith(NEEDS_SERVER)


def test_nothing_else_is_overwritten_or_walked(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    assert "contains other files" in run("publish", str(tmp_path), store=tmp_path / "none", code=1).stderr
    with pytest.raises(PublishError, match="was not published"):
        dead_links(tmp_path)
    assert "is not a URL" in run("publish", "x", "--server", "live", store=tmp_path, code=2).stderr


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world in which everything is that the front page and the stories name."""
    folder = tmp_path_factory.mktemp("world")
    tables = write_tables(folder / "tables")
    named = NAMED | {one for story in STORIES.values() for one in (*story.parties, *story.about)}
    with (tables / "polities.csv").open("a", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerows([one, one.title(), "", "other", *[""] * 13] for one in sorted(named))
    build(folder / "store", tables)
    return folder / "store"


@pytest.mark.long
def test_a_published_site_is_whole_and_can_be_checked(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    run("publish", "--as-of", DAY, "--address", "https://example.org/c", "--quiet", str(folder), store=store)
    names = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    act = "act/recognition/cascadia/syldavia/2002-02-02"
    assert {
        *(
            "index.html",
            "polity.html",
            "polity/arcadia.html",
            "polity/arcadia.ttl",
            f"{act}.html",
            f"{act}.jsonld",
        ),
        *(
            "map/syldavia.html",
            "map/syldavia.svg",
            "data/acts.csv",
            "data/comity.sqlite.gz",
            "data/graph.nq.gz",
        ),
        *("ontology.ttl", "static/comity.css", "w3id/.htaccess", NEEDS_SERVER),
    } <= names
    triples = {quad.triple for quad in ox.parse((folder / f"{act}.ttl").read_bytes(), ox.RdfFormat.TURTLE)}
    assert any(one.subject.value.endswith(act) for one in triples if isinstance(one.subject, ox.NamedNode))
    page = (folder / f"{act}.html").read_text("utf-8")
    assert "As of 1 January 2006" in page and 'href="../../../../polity/syldavia.html"' in page
    assert "/search" not in page and f'href="../../../../{NEEDS_SERVER}">SPARQL' in page
    assert "Every link leads to a file" in run("publish", "--check", str(folder), store=store).stdout
    (folder / "polity" / "syldavia.html").unlink()
    told = run("publish", "--check", str(folder), store=store, code=1).stderr
    assert "index.html" in told or "polity.html: the link polity/syldavia.html has no file." in told


@pytest.mark.long
def test_what_is_left_out_leads_to_the_server_that_is_named(store: Path, tmp_path: Path) -> None:
    app = create_app(store, Settings(public_url=SERVER))
    addresses, fault = Renderer(app, Site(DAY, server=SERVER), tmp_path).render("/polity/arcadia") or ([], "")
    app.extensions["comity"].close()
    page = (tmp_path / "polity" / "arcadia.html").read_text("utf-8")
    assert f'action="{SERVER}/search"' in page and f'href="{SERVER}/editor?as_of={DAY}">SPARQL' in page
    assert NEEDS_SERVER not in page and fault == "" and "/polity/arcadia.ttl" in addresses
