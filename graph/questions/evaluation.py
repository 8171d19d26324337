"""Answers: a query over the store, evaluated and serialised by Oxigraph itself."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox

from comity.errors import QueryError
from comity.iris import BASE, CO, PREFIXES, PROPOSALS
from comity.questions.questions import snapshots_of
from comity.snapshots.graphs import Snapshots, is_snapshot, parts_for
from comity.sparql.needs import properties
from comity.store.database import Store

Result = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


def read_query(text: str) -> str:
    """Give the query that a command line names: SPARQL itself, a file's name, or ``-`` for standard input.

    :raises QueryError: when the file cannot be read.
    """
    if text == "-":
        return sys.stdin.read()
    if "{" in text:
        return text
    try:
        return Path(text).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise QueryError(f"{text!r} is neither SPARQL nor a file that can be read: {reason}.") from None


def answer(
    store: Store, sparql: str, dataset: Sequence[str] = (), snapshots: Sequence[str] | None = None
) -> Result:
    """Evaluate a query with the project's prefixes; snapshots that it names are made first.

    :param dataset: the IRIs of its FROM and FROM NAMED clauses, if it has any.
    :param snapshots: the IRIs of all snapshots that it names; by default those that its text names in full.
    :raises QueryError: when it is not a SPARQL 1.1 query, or names a graph that is not in the store.
    :raises SnapshotError: when an IRI under ``as-of/`` names no snapshot.
    """
    database = store.oxigraph
    snapshots = snapshots_of(sparql) if snapshots is None else snapshots
    make = getattr(database, "make", None)  # a store inside an engine makes its snapshots there
    if make is not None:
        make(snapshots)
    elif snapshots:
        database = _with_snapshots(database, sparql, dataset, snapshots)
    for graph in dataset:
        if not database.contains_named_graph(ox.NamedNode(graph)):
            raise QueryError(f"<{graph}> is not a graph of this store, and nothing is ever fetched.")
    try:
        return database.query(sparql, prefixes=PREFIXES, base_iri=BASE)
    except SyntaxError as error:
        raise QueryError(f"The query is not valid SPARQL 1.1: {error}.") from None
    except (OSError, ValueError) as error:
        raise QueryError(f"The query cannot be evaluated: {error}.") from None


def _with_snapshots(
    database: ox.Store, sparql: str, dataset: Sequence[str], snapshots: Sequence[str]
) -> ox.Store:
    """Return a store in memory with the snapshots and with what else of the graph the query can see."""
    memory = ox.Store()
    wanted = properties(sparql, PREFIXES)
    if not dataset or not all(is_snapshot(graph) for graph in dataset):
        if wanted is None:
            memory.bulk_extend(database)
        for iri in wanted or ():
            memory.bulk_extend(database.quads_for_pattern(None, ox.NamedNode(iri), None, None))
    Snapshots(database, memory).make(snapshots, parts_for(wanted))
    return memory


def counts(store: Store) -> dict[str, int]:
    """Give how much there is of each kind of thing."""
    kinds = {
        "acts": "{ ?thing co:actor ?actor ; co:earliest ?date }",
        "proposed acts": f"{{ GRAPH <{PROPOSALS.value}> {{ ?thing co:actor ?actor ; co:earliest ?date }} }}",
        "polities": "{ ?thing a co:Polity }",
        "organisations": "{ ?thing a co:InternationalOrganisation }",
        "memberships": "{ ?thing a co:Membership }",
        "status claims": "{ ?thing a co:StatusClaim }",
        "attributed statements": "{ ?thing a co:AttributedStatement }",
        "sources": "{ ?thing a co:Source }",
        "recognition periods": "{ ?thing a co:RecognitionPeriod }",
        "relations periods": "{ ?thing a co:RelationsPeriod }",
    }
    found = {}
    for kind, pattern in kinds.items():
        solutions = store.oxigraph.query(
            f"PREFIX co: <{CO}> SELECT (COUNT(DISTINCT ?thing) AS ?n) WHERE {pattern}"
        )
        assert isinstance(solutions, ox.QuerySolutions)
        found[kind] = int(next(solutions)["n"].value)
    return found
