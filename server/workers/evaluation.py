"""Evaluates one request in a query worker; what comes out is serialised by the engine itself."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any, cast

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    serialize,
)

from comity.iris import BASE, PREFIXES
from comity.server.workers.library import Library
from comity.sparql.errors import syntax_error
from comity.sparql.needs import properties
from comity.sparql.policy import QueryRejected, QueryScan, scan

if TYPE_CHECKING:
    from comity.server.workers.worker import Outlet


RESULT_FORMATS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}
RDF_FORMATS = {
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
    "nquads": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "rdfxml": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}
_STRING = "http://www.w3.org/2001/XMLSchema#string"
_QUADS = {"nquads", "trig", "jsonld"}
#: Without this word, or an escape that might spell it, a query without a dataset sees the default graph alone.
_NAMED = re.compile(r"graph|\\u", re.IGNORECASE)
#: Rows of the table that a browser is shown; the whole result is a link away.
HTML_ROWS = 1000


def query(library: Library, header: dict[str, Any], body: bytes, outlet: "Outlet") -> dict[str, Any]:
    """Evaluate a query and write its result."""
    text = body.decode()
    reading = scan(text, library.bounds, PREFIXES)
    store, dataset = _dataset(library, header, reading, text)
    try:
        result = store.query(text, base_iri=BASE, prefixes=prefixes_in(text), **dataset)
        return _write(result, header, outlet)
    except SyntaxError as error:
        raise syntax_error(text, error, "query") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise _failure(error, outlet) from error


def prefixes_in(text: str) -> dict[str, str]:
    """Those of our prefixes that a query may use; reading all of them takes as long as a small query."""
    return {prefix: iri for prefix, iri in PREFIXES.items() if f"{prefix}:" in text}


def _failure(error: Exception, outlet: "Outlet") -> Exception:
    """Say in words what the engine could not do; a result that was too large passes as what it is."""
    from comity.server.workers.worker import CutOffError

    if outlet.overflown:
        return CutOffError()
    if isinstance(error, BrokenPipeError):
        return error
    return QueryRejected(
        400,
        "query-failed",
        f"The query cannot be evaluated: {error}.",
        "Use the functions and forms of SPARQL 1.1.",
    )


def _dataset(
    library: Library, header: dict[str, Any], reading: QueryScan, text: str
) -> tuple[Store, dict[str, Any]]:
    """The graphs that the query is about: those of the protocol, else of its FROM, else the default ones."""
    default, named = header.get("default"), header.get("named")
    mentioned = [*(default or ()), *(named or ()), *reading.snapshots]
    if mentioned:
        _check_number(mentioned, library.bounds.snapshots)
        library.prepare(mentioned, properties(text, PREFIXES))
    if default or named:
        names = [*(default or ()), *(named or ())]
        library.check(names)
        return library.holding(names), {
            "default_graph": [NamedNode(name) for name in default or ()],
            "named_graphs": [NamedNode(name) for name in named or ()],
        }
    if reading.has_dataset:
        names = [*reading.default_graphs, *reading.named_graphs]
        library.check(names)
        return library.holding(names), {}
    if _NAMED.search(text) is None:
        return library.default_graph, {}
    visible = library.visible(reading.snapshots)
    store = library.holding(["", *reading.snapshots])
    return store, {} if visible is None else {"named_graphs": visible}


def _check_number(names: list[str], most: int) -> None:
    if len(set(names)) > most:
        raise QueryRejected(
            400,
            "too-many-graphs",
            f"The query names {len(set(names)):,} as-of graphs; the limit is {most:,}.",
            "Ask over fewer dates at a time: between two acts nothing changes, so few dates tell all.",
        )


def _write(result: Any, header: dict[str, Any], outlet: "Outlet") -> dict[str, Any]:
    if isinstance(result, QueryTriples):
        name = _wanted(header, "graph_format")
        outlet.begin({"form": "graph", "format": name})
        if name == "html":
            return _page_of_triples(result, outlet)
        serialize(result, _file(outlet), format=RDF_FORMATS[name], prefixes=PREFIXES)
        return {}
    name = _wanted(header, "result_format")
    form = "boolean" if isinstance(result, QueryBoolean) else "solutions"
    outlet.begin({"form": form, "format": name})
    if name == "html":
        return _page(result, outlet)
    if isinstance(result, QueryBoolean) and name in {"csv", "tsv"}:
        # SPARQL 1.1 defines neither for ASK; one value under no variable reads well everywhere.
        outlet.write(b"true\n" if result else b"false\n")
        return {}
    result.serialize(_file(outlet), RESULT_FORMATS[name])
    return {}


def _file(outlet: "Outlet") -> IO[bytes]:
    # A raw file has all that the engine uses of one.
    return cast("IO[bytes]", outlet)


def _wanted(header: dict[str, Any], key: str) -> str:
    name = header.get(key)
    if name is None:
        raise QueryRejected(
            406, "not-acceptable", *header.get("refusals", {}).get(key, ["The result has another form.", ""])
        )
    return str(name)


def json_term(term: Any) -> dict[str, str] | None:
    """A term as the SPARQL 1.1 Query Results JSON Format has it; None for what is unbound."""
    if term is None:
        return None
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if not hasattr(term, "datatype"):
        return {"type": "triple", "value": str(term)}
    plain = {"type": "literal", "value": term.value}
    if term.language:
        return plain | {"xml:lang": term.language}
    if term.datatype.value == _STRING:
        return plain
    return plain | {"datatype": term.datatype.value}


def _page(result: QuerySolutions | QueryBoolean, outlet: "Outlet") -> dict[str, Any]:
    if isinstance(result, QueryBoolean):
        outlet.write(json.dumps({"boolean": bool(result)}).encode())
        return {}
    names = [variable.value for variable in result.variables]
    rows: list[list[dict[str, str] | None]] = []
    for solution in result:
        if len(rows) == HTML_ROWS:
            break
        rows.append([json_term(value) for value in solution])
    more = len(rows) == HTML_ROWS and next(iter(result), None) is not None
    outlet.write(json.dumps({"names": names, "rows": rows, "more": more}).encode())
    return {}


def _page_of_triples(result: QueryTriples, outlet: "Outlet") -> dict[str, Any]:
    rows: list[list[dict[str, str] | None]] = []
    for triple in result:
        if len(rows) == HTML_ROWS:
            break
        rows.append([json_term(triple.subject), json_term(triple.predicate), json_term(triple.object)])
    more = len(rows) == HTML_ROWS and next(iter(result), None) is not None
    page = {"names": ["subject", "predicate", "object"], "rows": rows, "more": more}
    outlet.write(json.dumps(page).encode())
    return {}


def graph(library: Library, header: dict[str, Any], body: bytes, outlet: "Outlet") -> dict[str, Any]:
    """Write one graph, the default graph (no name) or everything."""
    name, what = header["format"], header["graph"]
    if what == "*":
        outlet.begin({"form": "graph", "format": name})
        _serialize(_everything(library), name, outlet)
        return {}
    if what is not None:
        library.prepare([what])
    node = DefaultGraph() if what is None else NamedNode(what)
    store = library.holding([] if what is None else [what])
    if isinstance(node, NamedNode) and not store.contains_named_graph(node):
        raise QueryRejected(
            404,
            "no-such-graph",
            f"There is no graph <{what}>.",
            "Ask for ?default or for a graph of /.well-known/void.",
        )
    outlet.begin({"form": "graph", "format": name})
    quads = store.quads_for_pattern(None, None, None, node)
    _serialize((quad.triple for quad in quads), name, outlet)
    return {}


def _everything(library: Library) -> Iterator[Quad]:
    """The quads of the generation, without the snapshots that happen to be made."""
    graphs: list[DefaultGraph | NamedNode] = [DefaultGraph(), *library.graphs]
    for node in graphs:
        yield from library.store.quads_for_pattern(None, None, None, node)


def _serialize(statements: Iterable[Any], name: str, outlet: "Outlet") -> None:
    try:
        serialize(statements, _file(outlet), format=RDF_FORMATS[name], prefixes=PREFIXES)
    except (OSError, ValueError, RuntimeError) as error:
        raise _failure(error, outlet) from error


def copy_of(store: Store) -> Store:
    """A store in memory with the same quads, to try things on."""
    copy = Store()
    copy.bulk_extend(store.quads_for_pattern(None, None, None, None))
    return copy
