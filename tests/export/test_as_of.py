"""Networks and points as of a day agree with the snapshot, and come back from their files as they were."""

import io
import json
from typing import Any

import networkx as nx
import pyoxigraph as ox
import pytest

from comity.errors import SnapshotError
from comity.export import as_of
from comity.export.dyads import Dyads
from comity.iris import identifier, term
from comity.snapshots.graphs import Snapshots
from comity.store.database import Store
from tests.export.test_dyads import small

DAY = "2022-07-14"


@pytest.fixture(scope="module")
def stated(real_store: Store) -> dict[str, set[tuple[str, str]]]:
    """What the snapshot states, by property."""
    memory = ox.Store()
    Snapshots(real_store.oxigraph, memory).make([f"https://w3id.org/comity/as-of/{DAY}"])
    found: dict[str, set[tuple[str, str]]] = {}
    for quad in memory:
        value = identifier(quad.object) if isinstance(quad.object, ox.NamedNode) else quad.object.value
        found.setdefault(quad.predicate.value, set()).add((identifier(quad.subject), value))
    return found


STATED = {
    "recognises": "recognises",
    "express": "recognisesExpressly",
    "mutual": "mutuallyRecognises",
    "relations": "maintainsRelationsWith",
}


@pytest.mark.parametrize(("tie", "name"), STATED.items())
def test_edges_are_what_the_snapshot_states(
    real_dyads: Dyads, stated: dict[str, set[tuple[str, str]]], tie: str, name: str
) -> None:
    graph = as_of.make_network(real_dyads, DAY, tie)
    edges = (
        set(graph.edges)
        if graph.is_directed()
        else {pair for a, b in graph.edges for pair in ((a, b), (b, a))}
    )
    assert edges == stated[term(name).value]


def test_counts_of_nodes_are_those_of_the_snapshot(
    real_dyads: Dyads, stated: dict[str, set[tuple[str, str]]]
) -> None:
    graph = as_of.make_network(real_dyads, DAY)
    counts = {(node, str(number)) for node, number in graph.nodes(data="recogniser_count") if number}
    assert counts == stated[term("recogniserCount").value]
    members = {node for node, member in graph.nodes(data="un_member") if member}
    assert len(members) == 193 and "palestine" not in members


def test_who_was_not_there_yet_or_any_more_is_no_node(real_dyads: Dyads) -> None:
    then, now = (set(as_of.make_network(real_dyads, day)) for day in ("1985-01-01", DAY))
    assert "soviet-union" in then - now and "kosovo" in now - then


def test_what_may_be_in_force_is_in_the_possible_network_only() -> None:
    dyads = small("recognition,a,c,2001")
    edges = [
        list(as_of.make_network(dyads, "2001-05-05", reading=reading).edges)
        for reading in ("certain", "possible")
    ]
    assert edges == [[], [("a", "c")]]


@pytest.mark.parametrize("form", ["graphml", "gexf"])
@pytest.mark.parametrize("tie", ["recognises", "mutual"])
def test_files_give_the_network_back(real_dyads: Dyads, form: str, tie: str) -> None:
    graph = as_of.make_network(real_dyads, DAY, tie)
    data = as_of.write_network(graph, form)
    assert data == as_of.write_network(as_of.make_network(real_dyads, DAY, tie), form)
    back = (nx.read_graphml if form == "graphml" else nx.read_gexf)(io.BytesIO(data))
    assert set(back.nodes) == set(graph.nodes) and len(back.edges) == len(graph.edges)
    assert back.is_directed() is graph.is_directed()
    assert back.nodes["kosovo"]["recogniser_count"] == graph.nodes["kosovo"]["recogniser_count"]
    assert back.nodes["kosovo"]["cow"] == 347


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
