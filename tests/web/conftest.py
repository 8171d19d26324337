"""The real server over the real facts, and a browser that reaches nothing else."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient

from comity.server.app import create_app
from comity.server.web import assets
from comity.server.web.models.graph_reader import GraphReader
from comity.store.database import Store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = "/usr/bin/chromium"
RUN = """import sys; from pathlib import Path
from comity.server.serving import serve
serve(Path(sys.argv[1]), port=0)"""
#: Each kind of page once, and the states that pages can be in; what is called for looks, axe and no overflow.
ADDRESSES = {
    "home": "/",
    "about": "/about",
    "glossary": "/glossary",
    "polities": "/polity?as_of=2010-01-01",
    "polity": "/polity/kosovo?as_of=2010-01-01",
    "polity-view": "/polity/donetsk-peoples-republic?as_of=2022-07-14&according_to=ukraine",
    "polity-silent": "/polity/ambazonia",
    "polity-ended": "/polity/biafra",
    "act": "/act/recognition/north-korea/donetsk-peoples-republic/2022-07-13",
    "statement": "/statement/s01",
    "claim": "/claim/russia/kosovo/legally-invalid-entity/serbia/2008-02-17",
    "source": "/source/news-report-2022-07",
    "organisation": "/organisation/united-nations",
    "government": "/organisation/venezuela-guaido-interim-government?as_of=2019-06-01",
    "polity-governments": "/polity/libya?as_of=2011-09-01",
    "government-period": "/period/limited-recognition/france/syrian-national-coalition/2012-11-13",
    "person": "/person/olga-makeyeva",
    "place": "/place/kyiv",
    "period": "/period/relations/austria/kosovo/2008-02-28",
    "membership": "/membership/libya/organisation-of-african-unity/1963-05-25",
    "succession": "/succession/russia/soviet-union",
    "document": "/document/document-handed-to-makeyeva",
    "office": "/office/olga-makeyeva/separatists-representation-in-moscow/2022-07-13",
    "name": "/name/n12",
    "status": "/status/occupied-territory",
    "snapshot": "/as-of/2022-07-14/according-to/ukraine",
    "questions": "/questions",
    "question": "/questions/who-recognises",
    "answer": "/questions/who-recognises?object=kosovo&as_of=2010-01-01",
    "no-answer": "/questions/who-recognises?object=nowhereland",
    "search": "/search?q=Saharawi",
    "search-empty": "/search?q=xyzzyx",
    "search-asked": "/search?q=who+withdrew+recognition+of+Kosovo",
    "answer-notes": "/questions/responses-to?actor=north-korea",
    "map": "/map?of=palestine&as_of=2012-01-01",
    "map-view": "/map?of=donetsk-peoples-republic&as_of=2022-07-14&according_to=ukraine",
    "map-by": "/map?by=north-korea&as_of=2022-07-14",
    "map-beside": "/map?of=kosovo&according_to=serbia&beside=albania&as_of=2024-01-01",
    "timelines": "/timeline",
    "story": "/timeline/july-2022",
    "timeline": "/timeline?of=kosovo",
    "story-made": "/story?entities=kosovo&from=2017-01-01&until=2020-12-31",
    "matrix": "/matrix?as_of=2022-07-14",
    "list": "/lists/states?according_to=ukraine&as_of=2022-07-14",
    "counts": "/polity/kosovo/counts?as_of=2024-01-01",
    "since": "/polity/kosovo/since?date=2018-01-01&as_of=2019-01-01",
    "new": "/new",
    "pair": "/between/ukraine/north-korea",
    "pair-form": "/between",
    "coverage": "/coverage",
    "data": "/data",
    "api": "/api",
    "read": "/read",
    "network": "/network",
    "responses": "/network?kind=responses",
    "editor": "/editor",
    "explain": "/explain?subject=north-korea&predicate=recognises&object=donetsk-peoples-republic&as_of=2022-07-14",
    "explain-not": "/explain?subject=serbia&predicate=recognises&object=kosovo&as_of=2022-07-14",
    "graphs": "/graph",
    "graph": "/graph/facts/acts-kosovo",
    "rule": "/rule/snapshot-express",
    "vocabulary": "/ontology",
    "shapes": "/shapes",
    "result": "/sparql?query=SELECT%20%3Fname%20WHERE%20%7B%20cop%3Akosovo%20rdfs%3Alabel%20%3Fname%20%7D",
    "changes": "/changes",
    "change": "/changes/1",
    "review": "/review",
    "entry": "/acts/new",
    "correction": "/acts/new?corrects=https://w3id.org/comity/act/recognition/north-korea/donetsk-peoples-republic/2022-07-13",
    "report": "/report",
    "retraction": "/retract",
    "unknown": "/polity/kosovoo",
}


@pytest.fixture(scope="session")
def known(real_store: Store) -> GraphReader:
    return GraphReader(real_store.oxigraph, real_store.generation, real_store.meta)


@pytest.fixture(scope="session")
def client(real_path: Path) -> Iterator[FlaskClient]:
    app = create_app(real_path)
    yield app.test_client()
    app.extensions["comity"].close()


@pytest.fixture(scope="session")
def server(real_path: Path) -> Iterator[str]:
    """The address of the server, run as `comity serve` runs it."""
    process = subprocess.Popen([sys.executable, "-c", RUN, str(real_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = re.search(r"http://\S+", process.stdout.readline())
    assert told
    yield told[0].rstrip("/")
    process.terminate()
    process.wait(15)
    process.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


Open = Callable[..., "Page"]


@pytest.fixture
def visit(browser: "Browser", server: str) -> Iterator[Open]:
    """Opens an address; requests to any other host, and errors of scripts, fail the test at its end."""
    astray: list[str] = []
    contexts = []

    def go(address: str, **options: object) -> "Page":
        context = browser.new_context(base_url=server, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request", lambda request: astray.append(request.url) if _foreign(request.url, server) else None
        )
        page.on("pageerror", lambda error: astray.append(str(error)))
        page.goto(address)
        return page

    yield go
    for context in contexts:
        context.close()
    assert not astray


def _foreign(url: str, server: str) -> bool:
    return not url.startswith((server, "data:", "blob:"))


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, fetched from npm by the lock beside this file."""
    folder = ROOT / "build" / "axe"
    if not (folder / "axe.min.js").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            assets.fetch(Path(__file__).parent / "axe.lock.json", folder)
        except assets.AssetError as error:
            pytest.skip(str(error))
    return (folder / "axe.min.js").read_text("utf-8")
