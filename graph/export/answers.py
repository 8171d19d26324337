"""The answer to a question as a Parquet table with typed columns."""

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from comity.export.extras import needed

_XSD = "http://www.w3.org/2001/XMLSchema#"
_TYPES = {
    _XSD + "integer": "int64",
    _XSD + "date": "date32",
    _XSD + "boolean": "bool",
    _XSD + "double": "float64",
}
_READERS = {
    "int64": int,
    "date32": dt.date.fromisoformat,
    "bool": lambda text: text in ("true", "1"),
    "float64": float,
    "string": str,
}
Term = Mapping[str, str]


def parquet(names: Sequence[str], rows: Sequence[Mapping[str, Term]], notes: Mapping[str, str]) -> bytes:
    """Give SPARQL results (variables, bindings of the JSON format) as a Parquet file.

    A column whose values all have one type of XML Schema that Parquet knows is of that type; others are text.
    What is unbound is null.

    :param notes: what the file says about itself, kept in the metadata of its schema.
    :raises ExportError: when pyarrow is not installed.
    """
    needed("pyarrow", "scholars")
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns, fields = [], []
    for name in names:
        terms = [row.get(name) for row in rows]
        kind = _kind(term for term in terms if term is not None)
        kind, values = _values(kind, terms)
        made = getattr(pa, kind)() if kind != "bool" else pa.bool_()
        columns.append(pa.array(values, made))
        fields.append(pa.field(name, made))
    schema = pa.schema(fields).with_metadata(dict(notes))
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), out, compression="zstd")
    return out.getvalue()


def _kind(terms: Iterable[Term]) -> str:
    kinds = {_TYPES.get(term.get("datatype", ""), "string") for term in terms}
    return kinds.pop() if len(kinds) == 1 else "string"


def _values(kind: str, terms: Sequence[Term | None]) -> tuple[str, list[Any]]:
    """Read the values of a column; as text, where one is outside of what its type can hold."""
    read: Any = _READERS[kind]
    try:
        values = [None if term is None else read(term["value"]) for term in terms]
        if kind == "int64" and any(value is not None and abs(value) >= 2**63 for value in values):
            raise OverflowError
    except (ValueError, OverflowError):
        return "string", [None if term is None else term["value"] for term in terms]
    return kind, values
