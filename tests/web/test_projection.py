"""The drawing of the world: projection, date line, outlines."""

import pytest

from comity.server.web.figures import basemap, projection

drawn = pytest.mark.skipif(not basemap.shapes(), reason="the atlas was not fetched from npm")


def test_the_equator_runs_the_whole_width() -> None:
    assert projection.place(-180, 0)[0] == pytest.approx(0)
    assert projection.place(180, 0)[0] == pytest.approx(projection.WIDTH)
    assert projection.place(0, 0)[1] > projection.place(0, 50)[1] > 0


def test_a_ring_over_the_date_line_is_cut_in_two() -> None:
    pieces = projection.cut([(170, 0), (-170, 0), (-170, 10), (170, 10), (170, 0)])
    assert len(pieces) == 2
    assert all(-180 <= x <= 180 for piece in pieces for x, _ in piece)
    assert sum(map(projection.area, pieces)) == pytest.approx(200)


def test_a_ring_within_is_left_whole() -> None:
    ring = [(0, 0), (10, 0), (10, 10), (0, 0)]
    assert len(projection.cut(ring)) == 1


def test_thinning_keeps_corners() -> None:
    assert projection.thinned([(0, 0), (1, 0.01), (2, 0), (2, 2)], 0.1) == [(0, 0), (2, 0), (2, 2)]


@drawn
def test_contested_entities_have_outlines_of_their_own() -> None:
    shapes = basemap.shapes()
    assert all(
        shapes.get(key) for key in ("kosovo", "somaliland", "northern-cyprus", "158", "275", "732", "804")
    )
    assert sum(map(len, shapes.values())) < 200_000
