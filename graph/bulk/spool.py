"""Quads on their way to the store as files of N-Triples, for each graph one or more.

A large world does not fit into memory as objects; the store loads such files faster than it takes objects, and
the closure reads them as columns.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from comity.iris import BASE, in_union
from comity.tables.quad_builder import QuadBuilder

#: Lines of a file, about a hundred megabytes: enough for the store to take well, few enough to begin early.
PART_LINES = 500_000
#: Lines that are made and written together: with more of them, memory costs more than the engine saves.
_BATCH = 1000
Finished = Callable[[ox.NamedNode, Path], None]


@dataclass
class _Part:
    """A file that is being written, how many lines it may still take, and the triples that wait to be written."""

    file: BinaryIO
    path: Path
    left: int
    waiting: list[ox.Triple] = field(default_factory=list)

    def flush(self) -> None:
        """Write the triples that wait: the engine makes lines of many at once in a third of the time."""
        self.file.write(_lines(self.waiting))
        self.waiting.clear()


class Spool(list[ox.Quad]):
    """A list that writes what is appended to it into files, and stays empty; each graph has a file or more."""

    def __init__(
        self, folder: Path, finished: Finished = lambda graph, path: None, lines: int = PART_LINES
    ) -> None:
        """Write into this folder, which is there; ``finished`` is told of each file once it is whole."""
        super().__init__()
        self._folder = folder
        self._finished = finished
        self._lines = lines
        self._open: dict[ox.NamedNode, _Part] = {}
        self._paths: dict[ox.NamedNode, list[Path]] = {}

    def append(self, quad: ox.Quad) -> None:
        """Write a quad."""
        graph = quad.graph_name
        assert isinstance(graph, ox.NamedNode)
        part = self._open.get(graph) or self._begin(graph)
        part.waiting.append(quad.triple)
        part.left -= 1
        if not part.left:
            self._finish(graph)
        elif len(part.waiting) >= _BATCH:
            part.flush()

    def write(self, graph: ox.NamedNode, triples: Iterable[ox.Triple]) -> None:
        """Write triples into one graph."""
        rest = iter(triples)
        while piece := list(islice(rest, self._room(graph))):
            self._add(graph, _lines(piece), len(piece))

    def write_lines(self, graph: ox.NamedNode, lines: Iterable[str]) -> None:
        """Write lines of N-Triples into one graph."""
        rest = iter(lines)
        while piece := list(islice(rest, self._room(graph))):
            self._add(graph, "".join(piece).encode(), len(piece))

    def _room(self, graph: ox.NamedNode) -> int:
        """Tell how many lines may be written at once."""
        return min((self._open.get(graph) or self._begin(graph)).left, _BATCH)

    def _add(self, graph: ox.NamedNode, text: bytes, lines: int) -> None:
        part = self._open[graph]
        part.file.write(text)
        part.left -= lines
        if not part.left:
            self._finish(graph)

    def _begin(self, graph: ox.NamedNode) -> _Part:
        paths = self._paths.setdefault(graph, [])
        name = graph.value.removeprefix(BASE).replace("/", "-")
        paths.append(self._folder / f"{name}-{len(paths)}.nt")
        self._open[graph] = _Part(paths[-1].open("wb"), paths[-1], self._lines)
        return self._open[graph]

    def _finish(self, graph: ox.NamedNode) -> None:
        part = self._open.pop(graph)
        part.flush()
        part.file.close()
        self._finished(graph, part.path)

    def paths(self, graph: ox.NamedNode) -> list[Path]:
        """Give the files of a graph, in the order of writing."""
        return self._paths.get(graph, [])

    def close(self) -> None:
        """Finish the files that are still being written."""
        for graph in list(self._open):
            self._finish(graph)

    def graphs(self, in_default: bool) -> list[ox.NamedNode]:
        """Give the graphs that were written and are, or are not, part of the store's default graph."""
        return [graph for graph in self._paths if in_union(graph) == in_default]


def _lines(triples: list[ox.Triple]) -> bytes:
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


def spooled_builder(spool: Spool) -> QuadBuilder:
    """Return a builder whose quads go into the files."""
    builder = QuadBuilder()
    builder.quads = spool
    return builder
