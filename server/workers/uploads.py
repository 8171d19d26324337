"""Tries updates and reads uploaded RDF in a query worker, where a bomb harms nobody."""

import io
from typing import IO, TYPE_CHECKING, Any, cast

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, serialize
from pyoxigraph import parse as parse_rdf

from comity.iris import BASE, PREFIXES
from comity.server.workers.evaluation import RDF_FORMATS, copy_of
from comity.server.workers.library import Library
from comity.sparql.errors import syntax_error
from comity.sparql.policy import QueryRejected, scan
from comity.sparql.updates import adapt, data_parts

if TYPE_CHECKING:
    from comity.server.workers.worker import Outlet


def update(library: Library, header: dict[str, Any], body: bytes, outlet: "Outlet") -> dict[str, Any]:
    """Apply an update to a private copy; what it takes away and what it adds is the result."""
    text = body.decode()
    reading = scan(text, library.bounds, PREFIXES)
    library.prepare(reading.snapshots)
    trial = copy_of(library.store)
    before = set(trial)
    try:
        trial.update(
            adapt(text, header.get("default"), header.get("named")), base_iri=BASE, prefixes=PREFIXES
        )
    except SyntaxError as error:
        raise syntax_error(text, error, "update") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise QueryRejected(400, "update-failed", f"The update cannot be carried out: {error}.") from error
    after = set(trial)
    created = set(trial.named_graphs()) - set(library.store.named_graphs())
    dropped = set(library.store.named_graphs()) - set(trial.named_graphs())
    outlet.begin({"form": "change", "created": _names(created), "dropped": _names(dropped)})
    _send(before - after, outlet)
    outlet.write(b"\n")
    _send(after - before, outlet)
    return {}


def data(library: Library, header: dict[str, Any], body: bytes, outlet: "Outlet") -> dict[str, Any]:
    """Read an update that spells out all its data; what it takes away and what it adds is the result."""
    text = body.decode()
    scan(text, library.bounds, PREFIXES)
    added: set[Quad] = set()
    removed: set[Quad] = set()
    for operation, insertion in data_parts(text):
        scratch = Store()
        try:
            scratch.update(insertion, base_iri=BASE, prefixes=PREFIXES)
        except SyntaxError as error:
            raise syntax_error(text, error, "update") from error
        quads = set(scratch)
        if operation == "INSERT":
            added, removed = added | quads, removed - quads
        else:
            added, removed = added - quads, removed | quads
    outlet.begin({"form": "change", "created": [], "dropped": []})
    _send(removed, outlet)
    outlet.write(b"\n")
    _send(added, outlet)
    return {}


def _names(graphs: set[Any]) -> list[str]:
    return sorted(graph.value for graph in graphs if isinstance(graph, NamedNode))


def _send(quads: set[Quad], outlet: "Outlet") -> None:
    lines = serialize(quads, format=RdfFormat.N_QUADS) or b""
    for start in range(0, len(lines), 8192):
        outlet.write(lines[start : start + 8192])


def parse(library: Library, header: dict[str, Any], body: bytes, outlet: "Outlet") -> dict[str, Any]:
    """Read an RDF document; its quads are the result."""
    if b"<!DOCTYPE" in body[:65536].upper() and header["format"] == "rdfxml":
        raise QueryRejected(
            400,
            "document-type-refused",
            "The RDF/XML document has a DOCTYPE, whose entities can blow up; it is not read.",
            "Write IRIs in full and leave the DOCTYPE out.",
        )
    outlet.begin({"form": "quads"})
    try:
        quads = parse_rdf(io.BytesIO(body), RDF_FORMATS[header["format"]], base_iri=header["base"])
        serialize(quads, cast("IO[bytes]", outlet), format=RdfFormat.N_QUADS)
    except SyntaxError as error:
        raise _malformed(error) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise QueryRejected(400, "document-not-read", f"The document cannot be read: {error}.") from error
    return {}


def _malformed(error: SyntaxError) -> QueryRejected:
    more = {"line": error.lineno, "column": error.offset} if error.lineno else {}
    return QueryRejected(
        400,
        "syntax-error",
        f"The document has a syntax error: {error.msg}.",
        "The Content-Type must name the format that the document is written in.",
        **more,
    )
