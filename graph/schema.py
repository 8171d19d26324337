"""The ontology, its shapes and the scheme of statuses, as they ship with the package."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import pyoxigraph as ox

from comity.iris import ONTOLOGY, SHAPES


def _file(name: str) -> Traversable:
    return files("comity.ontology").joinpath(name)


def _queries(name: str) -> Traversable:
    return files("comity.queries").joinpath(name)


@cache
def turtle(name: str) -> tuple[ox.Triple, ...]:
    """Return the triples of one Turtle file of the ontology folder, for example ``comity.ttl``."""
    quads = ox.parse(_file(name).read_bytes(), format=ox.RdfFormat.TURTLE)
    return tuple(quad.triple for quad in quads)


def ontology() -> tuple[ox.Triple, ...]:
    """Return the triples of the ontology and of the head of its scheme of statuses."""
    return turtle("comity.ttl") + turtle("status.ttl")


def shapes() -> tuple[ox.Triple, ...]:
    """Return the triples of the SHACL shapes."""
    return turtle("shapes.ttl")


def quads() -> Iterator[ox.Quad]:
    """Return ontology and shapes as quads of their graphs."""
    for triple in ontology():
        yield ox.Quad(triple.subject, triple.predicate, triple.object, ONTOLOGY)
    for triple in shapes():
        yield ox.Quad(triple.subject, triple.predicate, triple.object, SHAPES)


def fingerprint() -> bytes:
    """Return a digest of ontology, shapes, rules and the code of this package: of all that derives the graph."""
    digest = hashlib.sha256()
    for name in ("comity.ttl", "shapes.ttl", "status.ttl"):
        digest.update(_file(name).read_bytes())
    for folder, ending in (
        (_queries("rules"), ".rq"),
        (_queries("checks"), ".rq"),
        (files("comity"), ".py"),
    ):
        for entry in _entries(folder):
            if entry.name.endswith(ending):
                digest.update(f"{entry.name}\0".encode() + entry.read_bytes())
    return digest.digest()


def _entries(folder: Traversable) -> Iterator[Traversable]:
    """Return the files in a folder and in the folders in it, in an order that depends on their names only."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            if entry.name != "server":  # in a wheel the server stands inside the package
                yield from _entries(entry)
        else:
            yield entry
