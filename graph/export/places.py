"""Polities as GeoJSON points (RFC 7946): those that existed on a day, and how many recognised each."""

import json
from collections import Counter
from typing import Any

import pyoxigraph as ox

from comity.export.dyads import Dyads, Party, Standing
from comity.iris import identifier, organisation, term
from comity.periods.in_force import CERTAIN
from comity.snapshots import perspectives

_NOTE = (
    "Counts are of those known to recognise; who is not counted has not refused. "
    "Points stand near capitals or centres and say nothing of borders."
)


def places(
    store: ox.Store, dyads: Dyads, day: str, reading: str = CERTAIN, according_to: str | None = None
) -> dict[str, Any]:
    """Return the polities that were there on a day as a FeatureCollection.

    :param according_to: id of a party, whose stance towards each polity is added: ``contradictory``, ``recognises``,
        ``frozen``, ``refuses``, ``withdrawn`` (with ``possibly`` before it where dates leave it open), or null where
        nothing is known; and what it holds each to be.
    :raises SnapshotError: if the party is not in the graph.
    """
    readings = (CERTAIN,) if reading == CERTAIN else (CERTAIN, reading)
    standings = dict(dyads.on(day))
    pairs = [pair for pair, it in standings.items() if it.recognises in readings]
    by, of = Counter(b for _, b in pairs), Counter(a for a, _ in pairs)
    members = dyads.members(day, organisation("united-nations"), reading)
    view = None
    if according_to is not None:
        holder = perspectives.party(store, according_to)
        held = _held(perspectives.view(store, day, reading, according_to, pairs))
        view = (holder, held)
    features = []
    for node, party in dyads.parties.items():
        if party.place is None or not (party.is_polity and party.there_on(day)):
            continue
        properties = _properties(party) | {
            "un_member": node in members,
            "recogniser_count": by[node],
            "recognised_count": of[node],
        }
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


def _properties(party: Party) -> dict[str, Any]:
    return {
        "name": party.name,
        **party.attributes(),
        "iri": party.iri,
    }


def _view(
    holder: ox.NamedNode, it: Standing | None, node: ox.NamedNode, held: dict[ox.NamedNode, set[str]]
) -> dict[str, Any]:
    stance = "itself" if node == holder else it.stance if it else None
    return {"stance": stance, "held_to_be": sorted(held.get(node, ()))}


def _feature(party: Party, properties: dict[str, Any]) -> dict[str, Any]:
    assert party.place
    lat, long = party.place
    geometry = {"type": "Point", "coordinates": [long, lat]}
    return {"type": "Feature", "id": party.id, "geometry": geometry, "properties": properties}


def write(collection: dict[str, Any]) -> bytes:
    """Return a FeatureCollection as text, a feature on each line."""
    head = {key: value for key, value in collection.items() if key != "features"}
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in collection["features"])
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "features": [\n{lines}\n]}}\n'.encode()
