"""A store that anybody may write to, without a gate: what the protocol tests of updates need."""

import shutil
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
from flask import Response, current_app

from comity.server.editing.write_service import effect_of, parsed
from comity.server.endpoint.graph_store import EVERYTHING
from comity.server.endpoint.protocol import GraphWrite, SparqlRequest
from comity.server.http.service import Service
from comity.server.problems import Problem
from comity.server.processes.protocol import UpdateCall
from comity.store import database as stores
from comity.store.records import NQuads


def write_store(path: Path, quads: Iterable[ox.Quad], graphs: Iterable[ox.NamedNode] = ()) -> str:
    """A new current generation with these quads, and with these graphs even if they are empty."""
    name = stores.new_name(uuid.uuid4().hex)
    folder = path / "generations" / name
    folder.mkdir(parents=True)
    database = ox.Store(str(folder))
    database.extend(quads)
    for graph in graphs:
        database.add_graph(graph)
    database.flush()
    del database
    stores.write_atomically(folder / "stamp.json", '{"form": 1, "counts": {}}')
    stores.write_atomically(path / "CURRENT", name + "\n")
    for former in (path / "generations").iterdir():
        if former.name not in {name}:
            shutil.rmtree(former, ignore_errors=True)
    return name


class ScratchWrites:
    """Takes every write and makes a new generation of it."""

    def update(self, asked: SparqlRequest) -> Response:
        service: Service = current_app.extensions["comity"]
        call = UpdateCall(
            text=asked.text or "", default_graphs=tuple(asked.default), named_graphs=tuple(asked.named)
        )
        change = effect_of(call)
        quads, graphs = self._content(service)
        quads = (quads - set(NQuads(change.removed).quads)) | set(NQuads(change.added).quads)
        graphs = (graphs - set(map(ox.NamedNode, change.dropped))) | set(map(ox.NamedNode, change.created))
        self._replace(service, quads, graphs)
        return Response(status=204)

    def graph(self, write: GraphWrite) -> Response:
        service: Service = current_app.extensions["comity"]
        quads, graphs = self._content(service)
        address = write.graph
        if address == EVERYTHING:
            address = f"{service.root()}graph-store/{uuid.uuid4().hex}"
        node = ox.DefaultGraph() if address is None else ox.NamedNode(address)
        there = isinstance(node, ox.DefaultGraph) or node in graphs
        if write.method == "DELETE" and not there:
            raise Problem(404, "no-such-graph", f"There is no graph <{address}>.")
        new = self._read(service, write, node, address) if write.method != "DELETE" else set()
        if write.method in {"PUT", "DELETE"}:
            quads = {quad for quad in quads if quad.graph_name != node}
        if isinstance(node, ox.NamedNode):
            graphs = graphs - {node} if write.method == "DELETE" else graphs | {node}
        self._replace(service, quads | new, graphs)
        headers = {} if there else {"Location": str(address)}
        return Response(status=204 if there else 201, headers=headers)

    def _read(self, service: Service, write: GraphWrite, node: object, address: str | None) -> set[ox.Quad]:
        found = set()
        for document in write.documents():
            base = address or service.root()
            quads = NQuads(parsed(document.body, document.content_type, base)).quads
            found |= {ox.Quad(quad.subject, quad.predicate, quad.object, node) for quad in quads}
        return found

    def _content(self, service: Service) -> tuple[set[ox.Quad], set[ox.NamedNode]]:
        store = ox.Store.read_only(str(service.store_path / "generations" / service.pool.generation))
        return set(store), {graph for graph in store.named_graphs() if isinstance(graph, ox.NamedNode)}

    def _replace(self, service: Service, quads: set[ox.Quad], graphs: set[ox.NamedNode]) -> None:
        name = write_store(service.store_path, quads, graphs)
        deadline = time.monotonic() + 10
        while service.pool.generation != name and time.monotonic() < deadline:
            time.sleep(0.02)
