"""RDF written in any of its formats: by Oxigraph, but for JSON-LD, which it only writes without a context."""

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
    """Write triples or quads, in their order and without holding them all.

    :raises ValueError: for what the format cannot hold.
    """
    if form == ox.RdfFormat.JSON_LD:
        jsonld.write(statements, out, prefixes)
    else:
        ox.serialize(statements, out, format=form, prefixes=dict(prefixes))
