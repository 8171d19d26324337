"""Construction of RDF quads from the tables, with one named graph per table.

A row without any source is a proposal: its quads go to ``graph/proposals`` instead of the graph of its table, and so
are part of no answer, derived period or closure.
"""

import datetime as dt
from functools import cache

from pyoxigraph import Literal, NamedNode, Quad

from comity.edtf import bounds
from comity.iris import DCTERMS, LABEL, PROPOSALS, PROVENANCE, SKOS, TYPE, XSD, graph, term
from comity.tables.reader import Row

ALT_LABEL = NamedNode(SKOS + "altLabel")
EXACT_MATCH = NamedNode(SKOS + "exactMatch")
REPLACED_BY = NamedNode(DCTERMS + "isReplacedBy")
_DATE = NamedNode(XSD + "date")
_SOURCE_COLUMNS = ("source_publisher", "source_title", "source_date", "source_url", "evidence")


@cache
def date_literal(value: dt.date) -> Literal:
    """Return a day as an ``xsd:date`` literal."""
    return Literal(value.isoformat(), datatype=_DATE)


class QuadBuilder:
    """The quads built so far and, for each node, the first row that describes it."""

    def __init__(self) -> None:
        self.quads: list[Quad] = []
        #: File name and line (the header is line 1) of the first row of each node.
        self.origin: dict[NamedNode, tuple[str, int]] = {}

    def in_table(self, table: str, sourced: bool = True) -> "GraphWriter":
        """Return a writer into the named graph of a table, or into the proposals if the row has no source."""
        return GraphWriter(self, graph(f"facts/{table}") if sourced else PROPOSALS)

    def describe(
        self, row: Row, node: NamedNode, *classes: str, label: str = "", sourced: bool = True
    ) -> "GraphWriter":
        """Write the classes and label of the entity that a row describes, and record the row as its origin.

        :returns: the writer into the graph of the row's table, or into the proposals if the row has no source.
        """
        self.origin.setdefault(node, (row.table, row.line))
        writer = self.in_table(row.table.removesuffix(".csv"), sourced)
        writer.node(node, *classes, label=label)
        return writer

    def in_provenance(self) -> "GraphWriter":
        """Return a writer into the named graph of provenance."""
        return GraphWriter(self, PROVENANCE)


class GraphWriter:
    """Writes triples into one named graph; predicates are IRIs or local names of the ontology."""

    def __init__(self, builder: QuadBuilder, graph_name: NamedNode) -> None:
        self._quads = builder.quads
        self.graph = graph_name

    def node(self, subject: NamedNode, *classes: str, label: str = "") -> None:
        """Write the classes of a node (local names of the ontology) and its English label."""
        for name in classes:
            self._quads.append(Quad(subject, TYPE, term(name), self.graph))
        if label:
            self.text(subject, LABEL, label)

    def link(self, subject: NamedNode, predicate: NamedNode | str, value: NamedNode) -> None:
        """Write a triple whose object is an IRI."""
        self._quads.append(Quad(subject, _predicate(predicate), value, self.graph))

    def text(self, subject: NamedNode, predicate: NamedNode | str, value: str, language: str = "en") -> None:
        """Write a language-tagged string, unless it is empty."""
        if value:
            self._quads.append(
                Quad(subject, _predicate(predicate), Literal(value, language=language), self.graph)
            )

    def literal(self, subject: NamedNode, predicate: NamedNode | str, value: str, datatype: str = "") -> None:
        """Write a plain string or a literal of an XSD datatype such as ``"decimal"``, unless it is empty."""
        if value:
            literal = Literal(value, datatype=NamedNode(XSD + datatype)) if datatype else Literal(value)
            self._quads.append(Quad(subject, _predicate(predicate), literal, self.graph))

    def edtf(self, subject: NamedNode, predicate: str, date: str, earliest: str, latest: str) -> None:
        """Write an EDTF date as given, and its bounds as ``xsd:date``, unless it is empty.

        :param date: an EDTF date that has already been checked.
        :param earliest: the property for the first day the date may denote.
        :param latest: the property for the last such day.
        """
        if date:
            first, last = bounds(date)
            self.literal(subject, predicate, date)
            self._quads.append(Quad(subject, term(earliest), date_literal(first), self.graph))
            self._quads.append(Quad(subject, term(latest), date_literal(last), self.graph))

    def interval(self, subject: NamedNode, since: str, until: str) -> None:
        """Write the beginning and end of an interval as EDTF dates and as four bounds; an empty end is open."""
        self.edtf(subject, "since", since, "startEarliest", "startLatest")
        self.edtf(subject, "until", until, "endEarliest", "endLatest")


def _predicate(predicate: NamedNode | str) -> NamedNode:
    return term(predicate) if isinstance(predicate, str) else predicate


def is_sourced(values: dict[str, str]) -> bool:
    """Return whether a row names a source or evidence; without one it is a proposal, not a fact."""
    return any(values.get(column) for column in _SOURCE_COLUMNS)
