"""Points on a map: who was there, how many are known to recognise it, and how a party stands to it."""

import json
from typing import Any

import pytest

from comity.errors import SnapshotError
from comity.export import as_of
from comity.export.dyads import Dyads
from comity.store.database import Store

DAY = "2022-07-14"


def features(store: Store, dyads: Dyads, *rest: str) -> dict[str, dict[str, Any]]:
    collection = json.loads(as_of.write_geojson(as_of.make_geojson(store.oxigraph, dyads, *rest)))
    assert collection["type"] == "FeatureCollection" and collection["as_of"] == rest[0]
    return {feature["id"]: feature for feature in collection["features"]}


def test_points_are_longitude_first_and_of_those_who_were_there(real_store: Store, real_dyads: Dyads) -> None:
    found = features(real_store, real_dyads, DAY)
    long, lat = found["kosovo"]["geometry"]["coordinates"]
    assert 20 < long < 22 and 42 < lat < 43.5
    assert "soviet-union" not in found and "soviet-union" in features(real_store, real_dyads, "1985-01-01")
    assert not [one for one in found.values() if not (-180 <= one["geometry"]["coordinates"][0] <= 180)]


def test_counts_are_of_those_known_to_recognise(real_store: Store, real_dyads: Dyads) -> None:
    counts = features(real_store, real_dyads, DAY)["donetsk-peoples-republic"]["properties"]
    assert counts["recogniser_count"] == 6 and counts["un_member"] is False and "stance" not in counts


def test_a_party_stands_to_each_polity_by_its_acts_and_claims(real_store: Store, real_dyads: Dyads) -> None:
    found = features(real_store, real_dyads, DAY, "certain", "ukraine")
    stances = {name: one["properties"]["stance"] for name, one in found.items()}
    assert stances["donetsk-peoples-republic"] == "refuses" and stances["poland"] == "recognises"
    assert stances["ukraine"] == "itself" and stances["kosovo"] is None
    assert "part-of-another-state" in found["donetsk-peoples-republic"]["properties"]["held_to_be"]


def test_a_party_that_is_not_there_is_named(real_store: Store, real_dyads: Dyads) -> None:
    with pytest.raises(SnapshotError, match="atlantis"):
        as_of.make_geojson(real_store.oxigraph, real_dyads, DAY, "certain", "atlantis")
