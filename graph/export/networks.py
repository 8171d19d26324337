"""The network of recognition as of a day, for the tools of network analysis: networkx, GraphML, GEXF.

Nodes are the polities that were there on the day, and whoever has an edge. There is an edge where recognition or
relations are known to be in force; its absence means that nothing is known, not that somebody refused.
"""

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from comity.errors import require
from comity.export.dyads import Dyads, Party, Standing
from comity.iris import organisation
from comity.periods.in_force import CERTAIN
from comity.snapshots.calendar import Pair

if TYPE_CHECKING:
    import networkx as nx

#: What an edge may stand for, and whether it has a direction.
TIES = {"recognises": True, "express": True, "mutual": False, "relations": False}
FORMS = ("graphml", "gexf")


def network(dyads: Dyads, day: str, tie: str = "recognises", reading: str = CERTAIN) -> "nx.Graph":
    """Return the network of one tie as of a day: directed for one-sided ties, undirected for mutual ones.

    :param tie: ``recognises`` (expressly or by relations), ``express``, ``mutual`` (each recognises the other) or
        ``relations`` (diplomatic relations).
    :param reading: ``certain``, or ``possible`` for what may be in force given dates that are not exact.
    :raises MissingLibraryError: if networkx is not installed.
    """
    require("networkx", "scholars")
    import networkx as nx

    readings = (CERTAIN,) if reading == CERTAIN else (CERTAIN, reading)
    standings = {pair: it for pair, it in dyads.on(day) if it.recognises or it.relations}
    recognition = {pair for pair, it in standings.items() if it.recognises in readings}
    recognisers, recognised = Counter(b for _, b in recognition), Counter(a for a, _ in recognition)
    graph = nx.DiGraph() if TIES[tie] else nx.Graph()
    graph.graph.update(name=f"Comity: {tie} as of {day} ({reading})", as_of=day, reading=reading, tie=tie)
    chosen = {pair: it for pair, it in standings.items() if _tied(tie, pair, it, recognition, readings)}
    ends = {party for pair in chosen for party in pair}
    united_nations = dyads.members(day, organisation("united-nations"), reading)
    for node, party in dyads.parties.items():
        if node in ends or (party.is_polity and party.there_on(day)):
            counts = {"recogniser_count": recognisers[node], "recognised_count": recognised[node]}
            graph.add_node(party.id, **_known(party), un_member=node in united_nations, **counts)
    for (a, b), it in chosen.items():
        one, other = dyads.parties[a].id, dyads.parties[b].id
        if TIES[tie] or one < other:
            graph.add_edge(one, other, **_edge(tie, it, (b, a) in recognition))
    return graph


def _tied(tie: str, pair: Pair, it: Standing, recognition: set[Pair], readings: tuple[str, ...]) -> bool:
    if tie == "relations":
        return it.relations in readings
    if tie == "mutual":
        return pair in recognition and (pair[1], pair[0]) in recognition
    return pair in recognition and (tie == "recognises" or it.basis == "express")


def _known(party: Party) -> dict[str, Any]:
    """Return the known attributes of a party; GraphML and GEXF cannot express that one is unknown."""
    lat, long = party.place or (None, None)
    values = {
        "label": party.name,
        **party.attributes(),
        "latitude": lat,
        "longitude": long,
    }
    return {name: value for name, value in values.items() if value is not None}


def _edge(tie: str, it: Standing, answered: bool) -> dict[str, Any]:
    values: dict[str, Any] = {"relations": it.relations is not None}
    if tie in ("recognises", "express"):
        values |= {"basis": it.basis, "certainty": it.recognises, "since": it.since, "mutual": answered}
    return values


def write(graph: "nx.Graph", form: str) -> bytes:
    """Return a network as GraphML or GEXF; equal networks give equal bytes.

    :param form: ``graphml`` or ``gexf``.
    """
    import networkx as nx

    if form == "graphml":
        return ("\n".join(nx.generate_graphml(graph)) + "\n").encode()
    return _without_clock("\n".join(nx.generate_gexf(graph)), graph.graph["as_of"])


def _without_clock(text: str, day: str) -> bytes:
    """Replace the time of writing and the version of the library, so that equal networks give equal bytes."""
    text = re.sub(r'lastmodifieddate="[^"]*"', f'lastmodifieddate="{day}"', text, count=1)
    return (re.sub(r"<creator>[^<]*<", "<creator>Comity<", text, count=1) + "\n").encode()
