"""The functions of Comity for programs and notebooks, imported with ``from comity import …``.

Their results print readably and convert to a pandas table, a networkx graph or an rdflib graph on request; these
libraries are loaded only then. Every error that a caller can fix is a :class:`comity.errors.ComityError`.
"""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from comity.errors import ComityError, QueryError, require
from comity.export.results import Answer, Explanation, Snapshot, plain
from comity.iris import PREFIXES, SNAPSHOT_PREFIX, identifier
from comity.questions import lookup, statement
from comity.questions.questions import Result, answer, question
from comity.snapshots.graphs import Address, Snapshots, read_address
from comity.store import database
from comity.store.database import Store

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    import rdflib

__all__ = [
    "Answer",
    "ComityError",
    "Explanation",
    "Snapshot",
    "ask",
    "explain",
    "find",
    "geojson",
    "network",
    "open_store",
    "panel",
    "query",
    "snapshot",
]


def open_store(path: Path | str | None = None) -> Store:
    """Open a store for reading; if there is none yet, build it from the facts that ship with the package.

    :param path: the folder of the store; by default ``COMITY_STORE`` or a folder in the user's data directory.
    :returns: the current generation of the store.
    :raises StoreError: if the store is damaged or was made by a newer program.
    """
    place = database.default_path() if path is None else Path(path)
    if database.current(place) is None:
        from comity.build import build

        build(place)
    return database.open_store(place)


def find(store: Store, text: str, kind: str = "entity") -> str:
    """Return the IRI of the entity a text names.

    :param text: an id, a path such as ``act/recognition/…``, an IRI, or a name or alias in any case.
    :param kind: ``entity``, ``party``, ``polity`` or another type of question parameter.
    :raises UnknownError: if nothing has that name; the message lists the nearest names.
    """
    return lookup.find(store.oxigraph, text, kind).value


def ask(store: Store, name: str, **parameters: object) -> Answer:
    """Ask a question from the library.

    :param name: the name of the question; ``comity ask`` lists all questions.
    :param parameters: its parameters as a person writes them; None stands for the default.
    :returns: the rows of the answer.
    :raises QuestionError: if there is no such question or parameter, or a value is invalid.
    :raises UnknownError: if a value names nothing in the graph.
    """
    values = {key: str(value) for key, value in parameters.items() if value is not None}
    sparql = question(name).bind(store.oxigraph, values)
    result = answer(store, sparql)
    assert isinstance(result, ox.QuerySolutions)
    return _answer(result, store, sparql)


def query(store: Store, sparql: str) -> "Answer | bool | rdflib.Graph":
    """Run a SPARQL 1.1 query.

    The project's prefixes are predeclared, and ``FROM <…/as-of/2022-07-14>`` queries the state on that day.

    :returns: rows for SELECT, a boolean for ASK, an rdflib graph for CONSTRUCT and DESCRIBE.
    :raises QueryError: if it is invalid, too large, names a graph that does not exist, or queries another server.
    """
    result = evaluate(store, sparql)
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    if isinstance(result, ox.QuerySolutions):
        return _answer(result, store, sparql)
    from comity.terms import memory_graph

    return memory_graph(result)


def evaluate(store: Store, sparql: str) -> Result:
    """Run a SPARQL 1.1 query and return the engine's result; for the errors see :func:`query`."""
    from comity.sparql.policy import Bounds, QueryRejected, scan

    try:
        scanned = scan(sparql, Bounds(), PREFIXES)
    except QueryRejected as rejected:
        raise QueryError(str(rejected)) from None
    dataset = [*scanned.default_graphs, *scanned.named_graphs]
    return answer(store, scanned.text, dataset, scanned.snapshots)


def snapshot(
    store: Store, day: dt.date | str, according_to: str | None = None, reading: str = "certain"
) -> Snapshot:
    """Return what was in force on a day.

    :param according_to: a party, by id or name, whose claims are added.
    :param reading: ``certain``, or ``possible`` for what may have been in force given inexact dates.
    :raises SnapshotError: if the day is not a valid date.
    :raises UnknownError: if there is no such party.
    """
    party = identifier(lookup.find(store.oxigraph, according_to, "party")) if according_to else None
    node = Address(str(day), reading, party).iri
    address, memory = read_address(node.value), ox.Store()
    Snapshots(store.oxigraph, memory).make([address.iri.value])
    quads = memory.quads_for_pattern(None, None, None, address.iri)
    return Snapshot(address.iri.value, store.generation, sorted((quad.triple for quad in quads), key=str))


def explain(
    store: Store, subject: str, predicate: str, value: str, as_of: dt.date | str | None = None
) -> Explanation:
    """Explain why a statement holds, or what is missing for it.

    :param subject: an id, path, IRI or name, and so is ``value``.
    :param predicate: a term such as ``co:hasRecognised``, or ``a``.
    :param as_of: the day of the snapshot to use; without it, the graph as stored.
    :raises UnknownError: if one of them names nothing in the graph.
    """
    from comity.explanation.explain import explain as prove

    graph = None if as_of is None else f"{SNAPSHOT_PREFIX}{as_of}"
    fact, view = statement.read_statement(store.oxigraph, subject, predicate, value, graph)
    return Explanation(prove(store.oxigraph, *fact, view))


def panel(
    store: Store, first: int | None = None, last: int | None = None, day: str = "12-31"
) -> "pd.DataFrame":
    """Return the dyad-year panel: one row per ordered pair and year with known data.

    An empty cell means that nothing is known. The columns are those of :data:`comity.export.panels.COLUMNS`.

    :param first: the first year; by default that of the first act.
    :param last: the last year; by default the last one whose reference day has passed.
    :param day: the reference day of each year, as ``MM-DD``.
    :raises ExportError: if the years are invalid.
    :raises MissingLibraryError: if pandas is not installed.
    """
    require("pandas", "scholars")
    import pandas as pd

    from comity.export import panels
    from comity.export.dyads import Dyads

    dyads = Dyads(store.oxigraph)
    frame = pd.DataFrame(panels.columns_of(dyads, panels.years(dyads, first, last, day)))
    codes = [name for name in frame.columns if name.endswith(("_cow", "_gw"))]
    return frame.astype({name: "Int16" for name in codes})


def network(
    store: Store, day: dt.date | str, tie: str = "recognises", reading: str = "certain"
) -> "nx.Graph":
    """Return the network of polities as of a day.

    :param tie: ``recognises`` or ``express`` (directed), ``mutual`` or ``relations`` (undirected).
    :param reading: ``certain`` or ``possible``, see :func:`snapshot`.
    :raises MissingLibraryError: if networkx is not installed.
    """
    from comity.export import as_of
    from comity.export.dyads import Dyads

    return as_of.make_network(Dyads(store.oxigraph), str(day), tie, reading)


def geojson(
    store: Store, day: dt.date | str, according_to: str | None = None, reading: str = "certain"
) -> dict[str, Any]:
    """Return the polities of a day as a GeoJSON FeatureCollection of points.

    :param according_to: a party, by id or name, whose position on each polity is added.
    :param reading: ``certain`` or ``possible``, see :func:`snapshot`.
    :returns: for each polity, how many parties are known to recognise it and how many it is known to recognise.
    :raises UnknownError: if there is no such party.
    """
    from comity.export import as_of
    from comity.export.dyads import Dyads

    party = identifier(lookup.find(store.oxigraph, according_to, "party")) if according_to else None
    return as_of.make_geojson(store.oxigraph, Dyads(store.oxigraph), str(day), reading, party)


def _answer(result: ox.QuerySolutions, store: Store, sparql: str) -> Answer:
    columns = tuple(variable.value for variable in result.variables)
    rows = [{name: plain(row[name]) for name in columns} for row in result]
    return Answer(columns, rows, store.generation, sparql)
