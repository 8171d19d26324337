"""Results for programs and notebooks: answers, snapshots and explanations with readable output, and Parquet."""

import datetime as dt
import html
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from comity.errors import require
from comity.iris import XSD, identifier, term

if TYPE_CHECKING:
    import pandas as pd
    import rdflib

    from comity.explanation.proofs import Proof

#: How many rows of an answer a notebook shows; the answer contains all of them.
SHOWN = 20


@dataclass(frozen=True)
class Answer:
    """The rows of an answer as plain Python values, and the generation of the graph."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]] = field(repr=False)
    generation: str
    sparql: str = field(repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.rows[index]

    def column(self, name: str) -> list[Any]:
        """Return the values of one column."""
        return [row[name] for row in self.rows]

    def frame(self) -> "pd.DataFrame":
        """Return the answer as a pandas table.

        :raises MissingLibraryError: if pandas is not installed.
        """
        require("pandas", "scholars")
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(self.columns))

    def _repr_html_(self) -> str:
        """Return the first rows as an HTML table for notebooks."""
        cells = [[str("" if value is None else value) for value in row.values()] for row in self.rows[:SHOWN]]
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in cells
        )
        foot = f"<p>{len(self):,} rows; generation {html.escape(self.generation)}</p>"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{foot}"


@dataclass(frozen=True)
class Snapshot:
    """The triples in force on a day; with a party, also its claims at the time."""

    iri: str
    generation: str
    triples: list[ox.Triple] = field(repr=False)

    def __len__(self) -> int:
        return len(self.triples)

    def pairs(self, name: str = "recognises") -> list[tuple[str, str]]:
        """Return the pairs of ids in a relation: recognises, recognisesExpressly, maintainsRelationsWith …"""
        found = (triple for triple in self.triples if triple.predicate == term(name))
        return sorted((_short(triple.subject), _short(triple.object)) for triple in found)

    def graph(self) -> "rdflib.Graph":
        """Return the snapshot as an rdflib graph."""
        from comity.terms import memory_graph

        return memory_graph(self.triples)


@dataclass(frozen=True)
class Explanation:
    """The proof of a statement down to acts with their sources, or what is missing for it."""

    proof: "Proof" = field(repr=False)

    @property
    def holds(self) -> bool:
        """Whether the statement is in the graph."""
        return self.proof.status != "not entailed"

    @property
    def sources(self) -> list[str]:
        """The sources of all asserted statements it rests on."""
        return list(dict.fromkeys(str(one) for step in self.proof.walk() for one in step.citations))

    def __str__(self) -> str:
        from comity.explanation.render import as_text

        return as_text(self.proof)

    def json(self) -> dict[str, Any]:
        """Return the proof tree as dicts and lists."""
        from comity.explanation.render import as_json

        return as_json(self.proof)


_PLAIN: dict[str, Callable[[str], Any]] = {
    XSD + "integer": int,
    XSD + "decimal": Decimal,
    XSD + "double": float,
    XSD + "date": dt.date.fromisoformat,
    XSD + "boolean": lambda text: text in ("true", "1"),
}


def plain(value: Any) -> Any:
    """Return an RDF term as a Python value: numbers, days and booleans as such, everything else as text."""
    if not isinstance(value, ox.Literal):
        return None if value is None else getattr(value, "value", str(value))
    read = _PLAIN.get(value.datatype.value)
    return read(value.value) if read else value.value


def _short(node: Any) -> str:
    return identifier(node) if isinstance(node, ox.NamedNode) else str(getattr(node, "value", node))


#: Arrow types of the XSD datatypes that Parquet has a type for.
_ARROW = {
    XSD + "integer": "int64",
    XSD + "date": "date32",
    XSD + "boolean": "bool",
    XSD + "double": "float64",
}
JsonTerm = Mapping[str, str]


def parquet(
    names: Sequence[str], rows: Sequence[Mapping[str, JsonTerm]], metadata: Mapping[str, str]
) -> bytes:
    """Return query results as a Parquet file.

    A column whose values share a datatype that Parquet supports gets that type; other columns are text. Unbound
    variables are null.

    :param names: the variables, and ``rows`` the bindings, as in the SPARQL 1.1 results JSON format.
    :param metadata: the key-value metadata of the file.
    :raises MissingLibraryError: if pyarrow is not installed.
    """
    require("pyarrow", "scholars")
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns, fields = [], []
    for name in names:
        terms = [row.get(name) for row in rows]
        kind, values = _typed(terms)
        arrow_type = getattr(pa, kind)() if kind != "bool" else pa.bool_()
        columns.append(pa.array(values, arrow_type))
        fields.append(pa.field(name, arrow_type))
    schema = pa.schema(fields).with_metadata(dict(metadata))
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), out, compression="zstd")
    return out.getvalue()


def _typed(terms: Iterable[JsonTerm | None]) -> tuple[str, list[Any]]:
    """Return the Arrow type of a column and its values; text if a value is outside the range of the type."""
    terms = list(terms)
    datatypes = {term.get("datatype", "") for term in terms if term is not None}
    datatype = datatypes.pop() if len(datatypes) == 1 else ""
    if datatype in _ARROW:
        try:
            values = [None if term is None else _PLAIN[datatype](term["value"]) for term in terms]
            if all(not isinstance(value, int) or abs(value) < 2**63 for value in values):
                return _ARROW[datatype], values
        except (ValueError, OverflowError):
            pass
    return "string", [None if term is None else term["value"] for term in terms]
