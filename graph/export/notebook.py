"""The graph in a notebook: open it, ask it, query it, see it as of a day, have it explain itself.

These are the functions that ``from comity import …`` gives. What they return prints itself readably and turns
into a table of pandas, a network of networkx or a graph of rdflib on request; none of these is loaded before.
"""

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from comity.errors import QueryError
from comity.export.extras import needed
from comity.export.findings import Answer, Explanation, Snapshot, plain
from comity.iris import PREFIXES, SNAPSHOT_PREFIX, identifier
from comity.questions.evaluation import Result
from comity.questions.evaluation import answer as evaluate
from comity.questions.lookup import find as find_thing
from comity.questions.lookup import read_statement
from comity.questions.questions import question
from comity.snapshots.graphs import Address, Snapshots, read_address
from comity.store import database as stores
from comity.store.database import Store

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    import rdflib

_TOKEN = re.compile(
    r"""\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|<[^<>"{}|^`\\\s]*>|\#[^\n]*"""
    r"""|[?$]\w+|[\w-]*:[\w./-]*|\w+""",
    re.DOTALL,
)


def open_store(path: Path | str | None = None) -> Store:
    """Open the store at a path, by default the user's own; the first use on a machine builds it.

    :raises StoreError: when it is damaged or of a newer program.
    """
    place = stores.default_path() if path is None else Path(path)
    if stores.current(place) is None:
        from comity.build import build

        build(place)
    return stores.open_store(place)


def find(store: Store, text: str, kind: str = "entity") -> str:
    """Give the IRI of what a text names: an id, a path, an IRI, or a name or alias in any case.

    :raises UnknownError: when nothing is so named, with the nearest names.
    """
    return find_thing(store.oxigraph, text, kind).value


def ask(store: Store, name: str, **parameters: object) -> Answer:
    """Ask a question of the library by its name, with its parameters as a person writes them.

    :raises QuestionError: when there is no such question or parameter, or a value does not fit.
    """
    values = {key: str(value) for key, value in parameters.items() if value is not None}
    sparql = question(name).bind(store.oxigraph, values)
    result = evaluate(store, sparql)
    assert isinstance(result, ox.QuerySolutions)
    return _answer(result, store, sparql)


def query(store: Store, sparql: str) -> "Answer | bool | rdflib.Graph":
    """Run a SPARQL query: rows for SELECT, a truth for ASK, a graph of rdflib for CONSTRUCT and DESCRIBE.

    The prefixes of the project need no declaration, and ``FROM <…/as-of/2022-07-14>`` asks of that day.

    :raises QueryError: when it is not valid, names a graph that is not there, or asks another server.
    """
    dataset, named = _graphs(sparql)
    result: Result = evaluate(store, sparql, dataset, named)
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    if isinstance(result, ox.QuerySolutions):
        return _answer(result, store, sparql)
    from comity.terms import memory_graph

    return memory_graph(result)


def snapshot(
    store: Store, day: dt.date | str, according_to: str | None = None, reading: str = "certain"
) -> Snapshot:
    """Give what was in force on a day, and with a party what that party held as well.

    :param reading: ``certain``, or ``possible`` for what may have been in force given dates that are not exact.
    :raises SnapshotError: when the day or the party is not known.
    """
    party = identifier(find_thing(store.oxigraph, according_to, "party")) if according_to else None
    node = Address(str(day), reading, party).iri
    address, memory = read_address(node.value), ox.Store()
    Snapshots(store.oxigraph, memory).make([address.iri.value])
    quads = memory.quads_for_pattern(None, None, None, address.iri)
    return Snapshot(address.iri.value, store.generation, sorted((quad.triple for quad in quads), key=str))


def explain(
    store: Store, subject: str, predicate: str, value: str, as_of: dt.date | str | None = None
) -> Explanation:
    """Explain why a statement holds, as of a day if one is given, or what is missing for it.

    Things are ids, paths, IRIs or names; the predicate is a term like ``co:hasRecognised``, or ``a``.
    """
    from comity.explanation.explain import explain as prove

    graph = None if as_of is None else f"{SNAPSHOT_PREFIX}{as_of}"
    fact, view = read_statement(store.oxigraph, subject, predicate, value, graph)
    return Explanation(prove(store.oxigraph, *fact, view))


def panel(
    store: Store, first: int | None = None, last: int | None = None, day: str = "12-31"
) -> "pd.DataFrame":
    """Give the dyad-year panel as a table of pandas; an empty cell means that nothing is known.

    :raises ExportError: when the years make no panel, or pandas is not installed.
    """
    needed("pandas", "scholars")
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
    """Give the network of a tie as of a day: recognises, express, mutual or relations.

    :raises ExportError: when networkx is not installed.
    """
    from comity.export import networks
    from comity.export.dyads import Dyads

    return networks.network(Dyads(store.oxigraph), str(day), tie, reading)


def geojson(
    store: Store, day: dt.date | str, according_to: str | None = None, reading: str = "certain"
) -> dict[str, Any]:
    """Give the polities as points, with how many are known to recognise each, and how a party stands to it."""
    from comity.export import places
    from comity.export.dyads import Dyads

    party = identifier(find_thing(store.oxigraph, according_to, "party")) if according_to else None
    return places.places(store.oxigraph, Dyads(store.oxigraph), str(day), reading, party)


def _answer(result: ox.QuerySolutions, store: Store, sparql: str) -> Answer:
    columns = tuple(variable.value for variable in result.variables)
    rows = [{name: plain(row[name]) for name in columns} for row in result]
    return Answer(columns, rows, store.generation, sparql)


def _graphs(sparql: str) -> tuple[list[str], list[str]]:
    """Give the graphs of a query's FROM clauses, and all snapshots that it names.

    :raises QueryError: when it asks another server, which is not done here.
    """
    words = [word for word in _TOKEN.findall(sparql) if not word.startswith("#")]
    if any(word.upper() == "SERVICE" for word in words):
        raise QueryError(
            "SERVICE asks another server, which is not done here. Join the answers of both yourself."
        )
    dataset = []
    for place, word in enumerate(words):
        if word.upper() == "FROM":
            rest = words[place + 1 :]
            dataset.append(_iri(rest[1] if rest and rest[0].upper() == "NAMED" else rest[0] if rest else ""))
    iris = (_iri(word) for word in words if word.startswith("<"))
    return dataset, [iri for iri in dict.fromkeys(iris) if iri.startswith(SNAPSHOT_PREFIX)]


def _iri(word: str) -> str:
    prefix, _, local = word.partition(":")
    return word[1:-1] if word.startswith("<") else PREFIXES.get(prefix, prefix + ":") + local
