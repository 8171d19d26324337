"""Quads on their way to the store as files of N-Triples, one file for each graph.

A large world does not fit into memory as objects; the store loads such files faster than it takes objects, and
the closure reads them as columns.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import pyoxigraph as ox

from ..facts.assertions import Assertions
from ..vocabulary.names import BASE, in_union
from .columns import line


class Spool(list[ox.Quad]):
    """A list that writes what is appended to it into the files, and stays empty."""

    def __init__(self, folder: Path) -> None:
        """Write into this folder, which is there."""
        super().__init__()
        self._folder = folder
        self._files: dict[ox.NamedNode, TextIO] = {}

    def append(self, quad: ox.Quad) -> None:
        """Write a quad."""
        graph = quad.graph_name
        assert isinstance(graph, ox.NamedNode)
        file = self._files.get(graph)
        (file or self._open(graph)).write(line(quad))

    def write(self, graph: ox.NamedNode, triples: Iterable[ox.Triple]) -> None:
        """Write triples into one graph."""
        self.write_lines(graph, map(line, triples))

    def write_lines(self, graph: ox.NamedNode, lines: Iterable[str]) -> None:
        """Write lines of N-Triples into one graph."""
        (self._files.get(graph) or self._open(graph)).writelines(lines)

    def _open(self, graph: ox.NamedNode) -> TextIO:
        self._files[graph] = self.path(graph).open("w", encoding="utf-8", newline="\n")
        return self._files[graph]

    def path(self, graph: ox.NamedNode) -> Path:
        """Give the file of a graph."""
        return self._folder / (graph.value.removeprefix(BASE).replace("/", "-") + ".nt")

    def close(self) -> None:
        """Finish the files written so far."""
        for file in self._files.values():
            file.close()

    def graphs(self, in_default: bool) -> list[ox.NamedNode]:
        """Give the graphs that were written and are, or are not, part of the store's default graph."""
        return [graph for graph in self._files if in_union(graph) == in_default]


def spooled_assertions(spool: Spool) -> Assertions:
    """Give assertions whose quads go into the files."""
    assertions = Assertions()
    assertions.quads = spool
    return assertions
