"""The map: the drawing of the world, and contested entities as a party sees them."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from comity.server.web.figures import basemap

from .conftest import Open

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
        ("serbia", "taiwan", "yes", "hatched", "recognises"),
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
