"""A query worker: a forked process that answers calls from the dataset it inherited, and may be killed.

It cannot exceed its memory limit, and the kernel ends it when its time is up: the alarm keeps its default action, since
a handler would run only after the engine has returned. Before it evaluates anything, it gives up opening files and
sockets. The engine itself serialises results, except for JSON-LD.
"""

import ctypes
import io
import json
import os
import re
import resource
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

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
    Triple,
    parse,
    serialize,
)

from comity import jsonld, rdfxml, serialization
from comity.errors import DateError
from comity.iris import BASE, PREFIXES
from comity.reading.intake import UnreadableError
from comity.reading.rows import Source
from comity.server.processes.dataset import LoadedDataset, NeedsFreshWorker
from comity.server.processes.protocol import (
    FIRST_BYTES,
    Call,
    CallLimits,
    Connection,
    FrameKind,
    GraphCall,
    ParseCall,
    QueryCall,
    ReadCall,
    ResultHead,
    UpdateCall,
    decode_call,
    frame,
)
from comity.server.processes.updating import effect_of
from comity.snapshots.graphs import is_snapshot
from comity.sparql.policy import QueryRejected, QueryScan, graphs_asked, scan, syntax_error
from comity.sparql.updates import adapt
from comity.wellformed import is_xml_property, xml

_PR_SET_DUMPABLE = 4
Handler = Callable[[LoadedDataset, Any, "ResponseWriter"], None]


@dataclass(frozen=True)
class WorkerLimits:
    """The limit of a worker: bytes of memory beyond what it inherits."""

    memory: int


class ResultTooLarge(OSError):
    """A result exceeds its size limit."""


class ResponseWriter(io.RawIOBase):
    """A file that the engine writes a result to, buffered until complete so that its size is known before it is sent.

    A result that is too large, or an evaluation that fails midway, thus becomes an answer in itself, never a truncated
    result. A large result is then sent at the client's pace.
    """

    def __init__(self, connection: Connection, most: int) -> None:
        self._socket = connection.socket
        self._pieces: list[bytes] = []
        self._head = ResultHead("")
        self._most = most
        self.size = 0

    @property
    def overflowed(self) -> bool:
        """Whether the result exceeds its size limit."""
        return self.size > self._most

    def begin(self, head: ResultHead) -> None:
        """Set the form and format of the result that follows."""
        self._head = head
        self._pieces.clear()
        self.size = 0

    def writable(self) -> bool:
        """Return true, since this file is for writing."""
        return True

    def write(self, data: Any) -> int:
        """Append to the result.

        :raises ResultTooLarge: if the limit is exceeded, which ends the evaluation.
        """
        size = len(data)
        self.size += size
        if self.overflowed:
            raise ResultTooLarge
        self._pieces.append(bytes(data))
        return size

    def end(self) -> None:
        """Send the result."""
        # The time of a slow client does not count as the query's.
        signal.setitimer(signal.ITIMER_REAL, 0)
        body = b"".join(self._pieces)
        if self._head.format in ("xml", "rdfxml"):
            body = xml(body)
        self._pieces.clear()
        head = self._head.encode(len(body))
        if len(body) <= FIRST_BYTES:
            self._socket.sendall(head + body)
        else:
            self._socket.sendall(head)
            self._socket.sendall(body)

    def refuse(self, members: Mapping[str, Any]) -> None:
        """Send a problem instead of a result."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._pieces.clear()
        self._socket.sendall(frame(FrameKind.PROBLEM, json.dumps(members).encode()))


def too_large(most: int) -> dict[str, Any]:
    """Return the members of the problem for a result larger than a number of bytes."""
    return {
        "status": 413,
        "kind": "result-too-large",
        "detail": f"The result is larger than {most / 1024**2:g} MiB, the most this server sends.",
        "hint": "Add LIMIT or more conditions, or fetch it in parts.",
    }


def limit_memory(limits: WorkerLimits) -> None:
    """Limit the memory of this process, without core dumps, and let signals end it (setrlimit(2), signal(2))."""
    with open("/proc/self/statm", "rb") as statistics:
        used = int(statistics.read().split()[0]) * resource.getpagesize()
    if limits.memory:
        resource.setrlimit(resource.RLIMIT_AS, (used + limits.memory, used + limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def confine() -> None:
    """Take from this process what no query needs: files and sockets (setrlimit(2), prctl(2))."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    # From here on every open() and socket() fails, whatever a query makes the engine attempt.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def serve(
    connection: Connection, dataset: LoadedDataset, handlers: Mapping[str, Handler], copies: Path
) -> None:
    """Answer calls until the other side closes.

    :param handlers: by operation, the function that writes the result of a call.
    :param copies: the folder for a copy of the generation, which the first query may need.
    """
    first = True
    while True:
        try:
            call, limits = decode_call(connection.expect(FrameKind.CALL))
            steps = [handlers[call.operation]]
            if first:
                steps.insert(0, partial(_before_confinement, copies))
            _answer(connection, dataset, steps, call, limits)
            first = False
        except ConnectionError:
            return


def _before_confinement(copies: Path, dataset: LoadedDataset, call: Call, _: ResponseWriter) -> None:
    """Copy the generation if a query needs it, then give up files and sockets: nothing is evaluated before."""
    try:
        if isinstance(call, QueryCall):
            names, _arguments = _dataset_of(dataset, call, scan(call.text, dataset.bounds, PREFIXES))
            dataset.copy_for(names, call.text, copies / str(os.getpid()))
    finally:
        confine()


def _answer(
    connection: Connection, dataset: LoadedDataset, handlers: Iterable[Handler], call: Any, limits: CallLimits
) -> None:
    writer = ResponseWriter(connection, limits.result_bytes)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    try:
        for handler in handlers:
            handler(dataset, call, writer)
    except NeedsFreshWorker:
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.send(FrameKind.NEEDS_FRESH_WORKER)
    except QueryRejected as refusal:
        writer.refuse(refusal.members)
    except ResultTooLarge:
        writer.refuse(too_large(limits.result_bytes))
    except MemoryError:
        # The state of the engine is now unknown, so a new process is safer.
        os._exit(77)
    except ConnectionError:
        raise
    except Exception as error:
        words = f"The query worker failed: {type(error).__name__}: {error}"
        writer.refuse({"status": 500, "kind": "internal-error", "detail": words})
    else:
        writer.end()


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
_UNKNOWN_FUNCTION = re.compile(r"custom function <([^>]+)> is not supported")
#: The most that a browser is shown of a table, which links to the whole result: rows, columns, cells, characters of all
#: cells, and of one.
HTML_ROWS, _COLUMNS, _CELLS, _LETTERS, _LONGEST = 1000, 200, 5000, 500_000, 2000


def query(dataset: LoadedDataset, call: QueryCall, writer: ResponseWriter) -> None:
    """Evaluate a query and write its result."""
    text = call.text
    reading = scan(text, dataset.bounds, PREFIXES)
    names, graphs = _dataset_of(dataset, call, reading)
    store = dataset.store_for(names, call.text)
    unknown = dataset.unknown([name for name in names if name])
    try:
        with_functions(
            lambda functions: _write(
                store.query(reading.text, base_iri=BASE, prefixes=prefixes_in(text), **graphs, **functions),
                call,
                writer,
                unknown,
            )
        )
    except SyntaxError as error:
        raise syntax_error(text, error, "query") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise _failure(error, writer) from error


def with_functions(evaluate: Callable[[dict[str, Any]], None]) -> None:
    """Evaluate; as the standard requires, an unknown function is an error of its expression only."""
    functions: dict[NamedNode, Callable[..., None]] = {}
    while True:
        try:
            return evaluate({"custom_functions": functions} if functions else {})
        except RuntimeError as error:
            unknown = _UNKNOWN_FUNCTION.search(str(error))
            if unknown is None or NamedNode(unknown[1]) in functions:
                raise
            functions[NamedNode(unknown[1])] = lambda *_: None


def prefixes_in(text: str) -> dict[str, str]:
    """Return those of our prefixes that a query may use; parsing all of them takes as long as a small query."""
    return {prefix: iri for prefix, iri in PREFIXES.items() if f"{prefix}:" in text}


def _failure(error: Exception, writer: ResponseWriter) -> Exception:
    """Return the engine's failure as a rejection; a result that is too large passes unchanged."""
    if writer.overflowed:
        return ResultTooLarge()
    if isinstance(error, BrokenPipeError):
        return error
    return QueryRejected(
        400,
        "query-failed",
        f"The query cannot be evaluated: {error}.",
        "Use only functions and forms of SPARQL 1.1.",
    )


def _dataset_of(
    dataset: LoadedDataset, call: QueryCall, found: QueryScan
) -> tuple[list[str], dict[str, Any]]:
    """Return the dataset of a query: that of the protocol, else of its FROM clauses, else the default.

    :returns: the names of the graphs in the dataset, the empty one for the default graph; and the dataset arguments for
        the engine.
    """
    default, named = call.default_graphs, call.named_graphs
    _check_number([*default, *named, *found.snapshots], dataset.bounds.snapshots)
    if default or named:
        return [*default, *named], {
            "default_graph": [NamedNode(name) for name in default],
            "named_graphs": [NamedNode(name) for name in named],
        }
    if found.has_dataset:
        return [*found.default_graphs, *found.named_graphs], {}
    if not found.snapshots:
        return [""], {}
    asked = graphs_asked(call.text, PREFIXES)
    stored = (graph.value for graph in dataset.graphs if asked is None or graph.value in asked)
    names = [*stored, *found.snapshots]
    return ["", *names], {"named_graphs": [NamedNode(name) for name in names]}


def _check_number(names: list[str], most: int) -> None:
    if len(set(names)) > most:
        raise QueryRejected(
            400,
            "too-many-graphs",
            f"The query names {len(set(names)):,} as-of graphs; the limit is {most:,}.",
            "Query fewer dates at a time: nothing changes between two acts, so a few dates suffice.",
        )


def _write(result: Any, call: QueryCall, writer: ResponseWriter, unknown: tuple[str, ...]) -> None:
    if isinstance(result, QueryTriples):
        name = _wanted(call, "graph_format")
        writer.begin(ResultHead("graph", name, unknown=unknown))
        if name == "html":
            rows = ([triple.subject, triple.predicate, triple.object] for triple in result)
            _write_page(["subject", "predicate", "object"], rows, writer)
        else:
            fitting = _fitting(result, name) if name in ("rdfxml", "jsonld") else result
            serialization.serialize(fitting, _file(writer), RDF_FORMATS[name])
        return
    name = _wanted(call, "result_format")
    form = "boolean" if isinstance(result, QueryBoolean) else "solutions"
    writer.begin(ResultHead(form, name, unknown=unknown))
    if isinstance(result, QueryBoolean) and name == "html":
        writer.write(json.dumps({"boolean": bool(result)}).encode())
    elif isinstance(result, QueryBoolean) and name in {"csv", "tsv"}:
        # SPARQL 1.1 defines neither format for ASK; a single value without a variable is readable everywhere.
        writer.write(b"true\n" if result else b"false\n")
    elif isinstance(result, QuerySolutions) and name == "html":
        _write_page([variable.value for variable in result.variables], map(list, result), writer)
    else:
        result.serialize(_file(writer), RESULT_FORMATS[name])


def _fitting(triples: Iterable[Triple], name: str) -> Iterator[Triple]:
    """Yield triples that a format can represent.

    :raises QueryRejected: 406 at the first one it cannot.
    """
    for triple in triples:
        if name == "jsonld" and isinstance(triple.object, Triple):
            fault = "JSON-LD cannot represent the triple term"
        elif name == "rdfxml" and not is_xml_property(triple.predicate):
            fault = "RDF/XML cannot represent the property"
        else:
            yield triple
            continue
        found = f"{fault} {triple.object if name == 'jsonld' else triple.predicate}."
        raise QueryRejected(
            406, "not-acceptable", found[:500], "Ask for text/turtle or application/n-triples."
        )


def _file(writer: ResponseWriter) -> IO[bytes]:
    # A raw file has every method the engine uses.
    return cast("IO[bytes]", writer)


def _wanted(call: QueryCall, key: str) -> str:
    name: str | None = getattr(call, key)
    if name is None:
        raise QueryRejected(
            406, "not-acceptable", *call.refusals.get(key, ["The result has a different form.", ""])
        )
    return name


def json_term(term: Any) -> dict[str, str] | None:
    """Return a term in the SPARQL 1.1 Query Results JSON Format; None for an unbound one."""
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


def _shortened(term: dict[str, str] | None) -> dict[str, str] | None:
    """Return a term as a page shows it; a long IRI as text, since its beginning is another IRI."""
    if term is None or len(term["value"]) <= _LONGEST:
        return term
    return {"type": "literal", "value": term["value"][:_LONGEST] + " …"}


def _write_page(names: list[str], result: Iterator[list[Any]], writer: ResponseWriter) -> None:
    """Write the first rows and columns of a table for a page, and whether there is more."""
    shown, more = names[:_COLUMNS], len(names) > _COLUMNS
    most, letters = min(HTML_ROWS, _CELLS // max(len(shown), 1)), 0
    rows: list[list[dict[str, str] | None]] = []
    for row in result:
        if len(rows) == most or letters > _LETTERS:
            more = True
            break
        rows.append([_shortened(json_term(value)) for value in row[:_COLUMNS]])
        letters += sum(len(term["value"]) for term in rows[-1] if term)
    writer.write(json.dumps({"names": shown, "rows": rows, "more": more}).encode())


def graph(dataset: LoadedDataset, call: GraphCall, writer: ResponseWriter) -> None:
    """Write one graph, the default graph (no name) or all graphs."""
    name = call.graph
    if name == "*":
        writer.begin(ResultHead("graph", call.format))
        _serialize(_everything(dataset), call.format, writer)
        return
    node = DefaultGraph() if name is None else NamedNode(name)
    store = dataset.store if name is None else dataset.store_for([name])
    if isinstance(node, NamedNode) and not store.contains_named_graph(node):
        raise QueryRejected(
            404,
            "no-such-graph",
            f"There is no graph <{name}>.",
            "Request ?default or a graph listed in /.well-known/void.",
        )
    writer.begin(ResultHead("graph", call.format))
    quads = store.quads_for_pattern(None, None, None, node)
    _serialize((quad.triple for quad in quads), call.format, writer)


def _everything(dataset: LoadedDataset) -> Iterator[Quad]:
    """Yield the quads of the generation."""
    graphs: list[DefaultGraph | NamedNode] = [DefaultGraph(), *dataset.graphs]
    for node in graphs:
        yield from dataset.store.quads_for_pattern(None, None, None, node)


def _serialize(statements: Iterable[Any], name: str, writer: ResponseWriter) -> None:
    try:
        serialization.serialize(statements, _file(writer), RDF_FORMATS[name])
    except (OSError, ValueError, RuntimeError) as error:
        raise _failure(error, writer) from error


def update(dataset: LoadedDataset, call: UpdateCall, writer: ResponseWriter) -> None:
    """Compute what an update removes and adds, and write it."""
    reading = scan(call.text, dataset.bounds, PREFIXES)
    named = dict.fromkeys([*reading.snapshots, *call.default_graphs, *call.named_graphs])
    snapshots = [name for name in named if is_snapshot(name)]
    text = adapt(reading.text, call.default_graphs, call.named_graphs)
    try:
        effect = effect_of(dataset, snapshots, text, with_functions)
    except SyntaxError as error:
        raise syntax_error(call.text, error, "update") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise QueryRejected(400, "update-failed", f"The update cannot be executed: {error}.") from error
    created, dropped = _names(effect.created), _names(effect.dropped)
    writer.begin(ResultHead("change", created=created, dropped=dropped, independent=effect.independent))
    lines = [serialize(quads, format=RdfFormat.N_QUADS) or b"" for quads in (effect.removed, effect.added)]
    writer.write(b"\n".join(lines))


def _names(graphs: set[NamedNode]) -> tuple[str, ...]:
    return tuple(sorted(graph.value for graph in graphs))


def parse_document(dataset: LoadedDataset, call: ParseCall, writer: ResponseWriter) -> None:
    """Parse an RDF document and write its quads."""
    writer.begin(ResultHead("quads"))
    try:
        if call.format == "rdfxml":
            rdfxml.check(call.document)
        elif call.format == "jsonld":
            jsonld.check(call.document)
        quads = parse(io.BytesIO(call.document), RDF_FORMATS[call.format], base_iri=call.base)
        serialize(quads, _file(writer), format=RdfFormat.N_QUADS)
    except SyntaxError as error:
        raise _malformed(error) from error
    except rdfxml.DoctypeError as error:
        raise QueryRejected(400, "document-type-refused", f"The document is refused: {error}.") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise QueryRejected(400, "document-not-read", f"The document cannot be read: {error}.") from error


def read_report(dataset: LoadedDataset, call: ReadCall, writer: ResponseWriter) -> None:
    """Read a report and write its rows."""
    source = Source(call.publisher, call.title, call.published, call.url)
    try:
        rows = dataset.reader.read(call.text, source)
    except UnreadableError as error:
        raise QueryRejected(422, "text-not-readable", str(error)) from error
    except DateError as error:
        raise QueryRejected(
            422, "bad-date", str(error), "Write the day as YYYY-MM-DD, such as 2022-07-14."
        ) from error
    writer.begin(ResultHead("rows", "json"))
    writer.write(json.dumps(rows.as_json(), ensure_ascii=False).encode())


def _malformed(error: SyntaxError) -> QueryRejected:
    more = {"line": error.lineno, "column": error.offset} if error.lineno else {}
    return QueryRejected(
        400,
        "syntax-error",
        f"The document has a syntax error: {error.msg}.",
        "Make sure the Content-Type names the format of the document.",
        **more,
    )


HANDLERS: Mapping[str, Handler] = {
    QueryCall.operation: query,
    GraphCall.operation: graph,
    UpdateCall.operation: update,
    ParseCall.operation: parse_document,
    ReadCall.operation: read_report,
}
