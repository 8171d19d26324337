"""Serialization of RDF: by Oxigraph, except for JSON-LD, which Oxigraph writes only without a context."""

from collections.abc import Iterable, Mapping
from typing import IO

import pyoxigraph as ox

from comity import jsonld
from comity.iris import PREFIXES


def serialize(
    statements: Iterable[ox.Triple] | Iterable[ox.Quad],
    out: IO[bytes],
    form: ox.RdfFormat,
    prefixes: Mapping[str, str] = PREFIXES,
) -> None:
    """Write triples or quads in a format, in their order and in constant memory.

    :raises ValueError: if the format cannot represent a term.
    """
    if form == ox.RdfFormat.JSON_LD:
        jsonld.write(statements, out, prefixes)
    else:
        ox.serialize(statements, out, format=form, prefixes=dict(prefixes))
