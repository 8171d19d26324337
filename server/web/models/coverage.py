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
    published = reader.column("publishedEarliest")
    source_of = {evidence: published.get(source, "") for evidence, source in reader.column("source").items()}
    found = {}
    for graph in reader.store.named_graphs():
        name = str(graph.value).removeprefix(_FACTS)
        if name != graph.value and (days := reader.column("earliest", graph)):
            dates = [
                source_of.get(quad.object.value, "")
                for quad in reader.quads(None, term("evidence"), None, graph)
                if quad.subject.value in days
            ]
            acts = {quad.subject.value for quad in reader.quads(None, term("actor"), None, graph)}
            found[name] = Reach(len(acts), max(dates, default=""), max(days.values()), (name,))
    return {name: reach for name, reach in sorted(found.items()) if reach.acts}


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
