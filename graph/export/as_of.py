"""The parties as of a day for other tools: as a network (networkx, GraphML, GEXF) and as points (GeoJSON, RFC 7946).

Nodes and points are the polities that existed on the day; a network also includes every party with an edge. An edge
means that recognition or relations are known to be in force; its absence means that nothing is known, not refusal.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from comity.errors import require
from comity.export.dyads import Dyads, Party, Standing, readings_within
from comity.iris import identifier, organisation, term
from comity.periods.in_force import CERTAIN
from comity.snapshots import perspectives
from comity.snapshots.calendar import Pair

if TYPE_CHECKING:
    import networkx as nx

#: The meanings of an edge, and whether it is directed.
TIES = {"recognises": True, "express": True, "mutual": False, "relations": False}


def make_network(dyads: Dyads, day: str, tie: str = "recognises", reading: str = CERTAIN) -> "nx.Graph":
    """Return the network of one tie as of a day: directed for one-sided ties, undirected for mutual ones.

    :param tie: ``recognises`` (expressly or by relations), ``express``, ``mutual`` (each recognises the other) or
        ``relations`` (diplomatic relations).
    :param reading: ``certain``, or ``possible`` for what may be in force given inexact dates.
    :raises MissingLibraryError: if networkx is not installed.
    """
    require("networkx", "scholars")
    import networkx as nx

    standings, readings = dict(dyads.on(day)), readings_within(reading)
    recognition = {pair for pair, standing in standings.items() if standing.recognises in readings}
    counted = _counts(dyads, day, reading, recognition)
    graph = nx.DiGraph() if TIES[tie] else nx.Graph()
    graph.graph.update(name=f"Comity: {tie} as of {day} ({reading})", as_of=day, reading=reading, tie=tie)
    chosen = {
        pair: standing
        for pair, standing in standings.items()
        if _tied(tie, pair, standing, recognition, readings)
    }
    ends = {party for pair in chosen for party in pair}
    for node, party in dyads.parties.items():
        if node in ends or (party.is_polity and party.there_on(day)):
            graph.add_node(party.id, **_attributes(party), **counted(node))
    for (a, b), standing in chosen.items():
        one, other = dyads.parties[a].id, dyads.parties[b].id
        if TIES[tie] or one < other:
            graph.add_edge(one, other, **_edge(tie, standing, (b, a) in recognition))
    return graph


def _counts(
    dyads: Dyads, day: str, reading: str, recognition: Collection[Pair]
) -> Callable[[ox.NamedNode], dict[str, Any]]:
    """Return a function that gives a party's seat in the United Nations and its counts on both sides."""
    recognisers, recognised = Counter(b for _, b in recognition), Counter(a for a, _ in recognition)
    members = dyads.members(day, organisation("united-nations"), reading)
    return lambda node: {
        "un_member": node in members,
        "recogniser_count": recognisers[node],
        "recognised_count": recognised[node],
    }


def _tied(
    tie: str, pair: Pair, standing: Standing, recognition: set[Pair], readings: tuple[str, ...]
) -> bool:
    if tie == "relations":
        return standing.relations in readings
    if tie == "mutual":
        return pair in recognition and (pair[1], pair[0]) in recognition
    return pair in recognition and (tie == "recognises" or standing.basis == "express")


def _attributes(party: Party) -> dict[str, Any]:
    """Return the known attributes of a party, since GraphML and GEXF cannot express unknown ones."""
    lat, long = party.place or (None, None)
    values = {
        "label": party.name,
        **party.attributes(),
        "latitude": lat,
        "longitude": long,
    }
    return {name: value for name, value in values.items() if value is not None}


def _edge(tie: str, standing: Standing, answered: bool) -> dict[str, Any]:
    values: dict[str, Any] = {"relations": standing.relations is not None}
    if tie in ("recognises", "express"):
        values |= {
            "basis": standing.basis,
            "certainty": standing.recognises,
            "since": standing.since,
            "mutual": answered,
        }
    return values


def write_network(graph: "nx.Graph", form: str) -> bytes:
    """Return a network as GraphML or GEXF; equal networks yield equal bytes.

    :param form: ``graphml`` or ``gexf``.
    """
    import networkx as nx

    if form == "graphml":
        return ("\n".join(nx.generate_graphml(graph)) + "\n").encode()
    return _without_clock("\n".join(nx.generate_gexf(graph)), graph.graph["as_of"])


def _without_clock(text: str, day: str) -> bytes:
    """Replace the time of writing and the version of the library, so that equal networks yield equal bytes."""
    text = re.sub(r'lastmodifieddate="[^"]*"', f'lastmodifieddate="{day}"', text, count=1)
    return (re.sub(r"<creator>[^<]*<", "<creator>Comity<", text, count=1) + "\n").encode()


_NOTE = (
    "Counts include only parties known to recognise; those not counted have not refused. "
    "Points are near capitals or centres and say nothing about borders."
)


def make_geojson(
    store: ox.Store, dyads: Dyads, day: str, reading: str = CERTAIN, according_to: str | None = None
) -> dict[str, Any]:
    """Return the polities that existed on a day as a FeatureCollection.

    :param reading: ``certain``, or ``possible`` for what may be in force given inexact dates.
    :param according_to: id of a party, whose stance towards each polity is added: ``contradictory``, ``recognises``,
        ``frozen``, ``refuses``, ``withdrawn`` (prefixed with ``possibly`` if dates leave it open), or null if
        nothing is known; and the status it gives each.
    :raises SnapshotError: if the party is not in the graph.
    """
    standings, readings = dict(dyads.on(day)), readings_within(reading)
    pairs = [pair for pair, standing in standings.items() if standing.recognises in readings]
    counted = _counts(dyads, day, reading, pairs)
    view = None
    if according_to is not None:
        holder = perspectives.party(store, according_to)
        held = _held(perspectives.view(store, day, reading, according_to, pairs))
        view = (holder, held)
    features = []
    for node, party in dyads.parties.items():
        if party.place is None or not (party.is_polity and party.there_on(day)):
            continue
        properties = {"name": party.name, **party.attributes(), "iri": party.iri, **counted(node)}
        if view is not None:
            properties |= _view(view[0], standings.get((view[0], node)), node, view[1])
        features.append(_feature(party, properties))
    about = {"as_of": day, "reading": reading, "according_to": according_to, "note": _NOTE}
    return {"type": "FeatureCollection", **about, "features": features}


def _held(statements: list[perspectives.Statement]) -> dict[ox.NamedNode, set[str]]:
    held: dict[ox.NamedNode, set[str]] = {}
    for subject, predicate, value in statements:
        if predicate == term("heldToBe") and isinstance(value, ox.NamedNode):
            held.setdefault(subject, set()).add(identifier(value))
    return held


def _view(
    holder: ox.NamedNode, standing: Standing | None, node: ox.NamedNode, held: dict[ox.NamedNode, set[str]]
) -> dict[str, Any]:
    stance = "itself" if node == holder else standing.stance if standing else None
    return {"stance": stance, "held_to_be": sorted(held.get(node, ()))}


def _feature(party: Party, properties: dict[str, Any]) -> dict[str, Any]:
    assert party.place
    lat, long = party.place
    geometry = {"type": "Point", "coordinates": [long, lat]}
    return {"type": "Feature", "id": party.id, "geometry": geometry, "properties": properties}


def write_geojson(collection: dict[str, Any]) -> bytes:
    """Return a FeatureCollection as text, a feature on each line."""
    head = {key: value for key, value in collection.items() if key != "features"}
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in collection["features"])
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "features": [\n{lines}\n]}}\n'.encode()
