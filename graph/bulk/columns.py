"""Triples as columns of numbers, for work on whole graphs: closure, core shapes and periods of large worlds.

Each term is its place in one list of texts in N-Triples' form; a triple is three numbers. A million acts are
twenty-five million triples: as objects they would need more memory than most machines have, as columns 300 MB.
"""

from array import array
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyoxigraph as ox

from comity.iris import RDF

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
TYPE = f"<{RDF}type>"
_EMPTY = np.empty(0, np.int64)


class Columns:
    """A set of triples in which doubles do no harm."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._rows = (array("i"), array("i"), array("i"))
        self._by_predicate: dict[int, tuple[Numbers, Numbers]] | None = None
        self._texts: list[str] = []

    def read(self, file: Path) -> None:
        """Take in a file of N-Triples, one triple a line with single spaces, as :mod:`.spool` writes it."""
        with file.open(encoding="utf-8", newline="\n") as lines:
            self.add(lines)

    def add(self, lines: Iterable[str]) -> None:
        """Take in lines of N-Triples."""
        ids, (subjects, predicates, values) = self._ids, self._rows
        one, two, three = subjects.append, predicates.append, values.append
        number = ids.setdefault
        for line in lines:
            subject, predicate, value = line.split(" ", 2)
            one(number(subject, len(ids)))
            two(number(predicate, len(ids)))
            three(number(value[:-3], len(ids)))
        self._by_predicate = None

    def add_triples(self, triples: Iterable[ox.Triple | ox.Quad]) -> None:
        """Take in triples that are objects."""
        self.add(line(triple) for triple in triples)

    def __len__(self) -> int:
        """The number of different terms."""
        return len(self._ids)

    def id(self, text: str) -> int:
        """Give the number of a term; one not met before gets one."""
        return self._ids.setdefault(text, len(self._ids))

    def known(self, text: str) -> int | None:
        """Give the number of a term, None if it was not met."""
        return self._ids.get(text)

    @property
    def terms(self) -> list[str]:
        """All terms in the order of their numbers."""
        if len(self._texts) != len(self._ids):
            self._texts = list(self._ids)
        return self._texts

    def pairs(self, predicate: str) -> tuple[Numbers, Numbers]:
        """Give subjects and values of a predicate, in the order of entry."""
        if self._by_predicate is None:
            self._by_predicate = self._sorted()
        number = self._ids.get(predicate)
        return self._by_predicate.get(-1 if number is None else number, (_EMPTY, _EMPTY))

    def _sorted(self) -> dict[int, tuple[Numbers, Numbers]]:
        subjects, predicates, values = (np.frombuffer(row, np.int32) for row in self._rows)
        order = np.argsort(predicates, kind="stable")
        numbers, starts = np.unique(predicates[order], return_index=True)
        found = {}
        for place, (number, start) in enumerate(zip(numbers, starts, strict=True)):
            end = starts[place + 1] if place + 1 < len(starts) else len(order)
            part = order[start:end]
            found[int(number)] = subjects[part].astype(np.int64), values[part].astype(np.int64)
        return found

    def predicates(self) -> list[str]:
        """Give all predicates."""
        if self._by_predicate is None:
            self._by_predicate = self._sorted()
        return [self.terms[number] for number in self._by_predicate]


def line(triple: ox.Triple | ox.Quad) -> str:
    """Give a triple as a line of N-Triples."""
    return f"{triple.subject} {triple.predicate} {triple.object} .\n"


def term_of(text: str) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Give the term of a text in N-Triples' form."""
    if text.startswith("<"):
        return ox.NamedNode(text[1:-1])
    if text.startswith("_:"):
        return ox.BlankNode(text[2:])
    quad = next(iter(ox.parse(f"<a:a> <a:a> {text} .", format=ox.RdfFormat.N_TRIPLES)))
    assert isinstance(quad.object, ox.Literal)
    return quad.object


def lexical(text: str) -> str:
    """Give what a literal, an IRI or a blank node reads as: SPARQL's ``STR``."""
    if text.startswith("<"):
        return text[1:-1]
    if not text.startswith('"'):
        return ""
    inside = text[1 : text.rindex('"')]
    return str(term_of(text).value) if "\\" in inside else inside


def datatype(text: str) -> str:
    """Give the datatype of a literal as an IRI; the empty text for what is no literal."""
    if not text.startswith('"'):
        return ""
    mark = text[text.rindex('"') + 1 :]
    if mark.startswith("^^"):
        return mark[3:-1]
    return RDF + "langString" if mark else "http://www.w3.org/2001/XMLSchema#string"
