"""How far the tables reach: what silence on a page means, and since when nobody may have looked.

No table carries a day on which it was reviewed. What can be said is told instead: the newest source that was read for
it, the newest act in it, and how many acts are left out because they have no source yet.
"""

from dataclasses import dataclass

import pyoxigraph as ox

from comity.iris import BASE, term
from comity.server.web.models import records
from comity.server.web.models.graph_reader import GraphReader, kept
from comity.server.web.models.records import Act

_FACTS = BASE + "graph/facts/"
_TABLES = """
SELECT ?graph (COUNT(DISTINCT ?act) AS ?acts) (MAX(?day) AS ?last)
  (MAX(COALESCE(STR(?published), "")) AS ?newest)
WHERE {
  GRAPH ?graph { ?act co:actor ?actor }
  ?act co:earliest ?day .
  OPTIONAL { ?act co:evidence/co:source/co:publishedEarliest ?published }
  FILTER (STRSTARTS(STR(?graph), "%s"))
} GROUP BY ?graph"""


@dataclass(frozen=True)
class Reach:
    """How far some acts reach: their number, the dates of the newest source and of the newest act, their tables."""

    acts: int
    newest_source: str
    newest_act: str
    tables: tuple[str, ...] = ()


@kept
def tables(reader: GraphReader) -> dict[str, Reach]:
    """Give the reach of each table of acts, by its name."""
    found = {}
    for row in reader.rows(_TABLES % _FACTS):
        name = row["graph"].removeprefix(_FACTS)
        found[name] = Reach(int(row["acts"]), row.get("newest", ""), row["last"], (name,))
    return found


def newest(reader: GraphReader) -> str:
    """Give the day of the newest source of any act; empty where none has a date."""
    return max((one.newest_source for one in tables(reader).values()), default="")


def of_party(reader: GraphReader, iri: str) -> Reach:
    """Give the reach of what is known of one party: the acts by it and on it."""
    return reach(reader, records.acts_of(reader, iri))


def reach(reader: GraphReader, acts: list[Act]) -> Reach:
    """Give the reach of some acts."""
    dates = [source.published for act in acts for source in act.sources if source.published]
    names: dict[str, None] = {}
    for act in acts:
        for quad in reader.quads(ox.NamedNode(act.iri), term("actor"), None, None):
            graph = getattr(quad.graph_name, "value", "")
            if graph.startswith(_FACTS):
                names[graph.removeprefix(_FACTS)] = None
    return Reach(
        len(acts),
        max(dates, key=lambda date: date.rstrip("~?%"), default=""),
        max((act.edtf for act in acts), key=lambda date: date.rstrip("~?%"), default=""),
        tuple(sorted(names)),
    )
