"""The ontology, its shapes, the scheme of statuses and the rules that ship with the package.

A rule states what follows from what, as a portable SPARQL CONSTRUCT file in ``queries/rules/``. If it depends on a day,
a snapshot or a party, a ``VALUES`` line contains an example, so that the rule runs unchanged; :func:`bind` replaces it
with the requested values.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import pyoxigraph as ox

from comity.iris import CO, ONTOLOGY, OWL, PREFIXES, SHAPES, XSD

_VERSION = ox.NamedNode(OWL + "versionInfo")


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
    """Return the triples of the ontology and of its concept scheme of statuses, without the statuses themselves."""
    return turtle("comity.ttl") + turtle("status.ttl")


def shapes() -> tuple[ox.Triple, ...]:
    """Return the triples of the SHACL shapes."""
    return turtle("shapes.ttl")


def version() -> str:
    """Return the version of the ontology and the shapes, which have the same."""
    (found,) = (triple.object for triple in ontology() if triple.predicate == _VERSION)
    return str(found.value)  # type: ignore[union-attr]


def quads() -> Iterator[ox.Quad]:
    """Return ontology and shapes as quads in their graphs."""
    for triple in ontology():
        yield ox.Quad(triple.subject, triple.predicate, triple.object, ONTOLOGY)
    for triple in shapes():
        yield ox.Quad(triple.subject, triple.predicate, triple.object, SHAPES)


def fingerprint() -> bytes:
    """Return the SHA-256 digest of what determines a derivation: ontology, shapes, rules and this package's code."""
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
    """Return the files in a folder, recursively, in an order that depends only on their names."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            if entry.name != "server":  # in a wheel the server is inside the package
                yield from _entries(entry)
        else:
            yield entry


_VALUES_LINE = re.compile(r"VALUES \((?P<names>[?\w ]+)\) \{[^{}]*\}")
#: The properties of ``co:`` for the first day in force and the first day after it, by the reading of inexact dates.
BOUNDS = {"certain": ("startLatest", "endEarliest"), "possible": ("startEarliest", "endLatest")}
Bindings = dict[str, ox.NamedNode | ox.Literal | None]


@cache
def rule(name: str) -> str:
    """Return the text of a rule by its name without suffix."""
    return _queries("rules").joinpath(name + ".rq").read_text("utf-8")


@cache
def rules(prefix: str = "") -> tuple[str, ...]:
    """Return the names of the rules that begin with a prefix, in order."""
    entries = sorted(entry.name for entry in _queries("rules").iterdir())
    return tuple(
        name.removesuffix(".rq") for name in entries if name.endswith(".rq") and name.startswith(prefix)
    )


def bind(sparql: str, terms: Bindings, *, undefined: bool = True) -> str:
    """Return a query with the examples in its ``VALUES`` lines replaced by terms.

    :param terms: by variable; a line is replaced only if all its variables are given. None stands for UNDEF.
    :param undefined: whether a variable bound to None stays in its line, or is omitted from it.
    """

    def replaced(line: re.Match[str]) -> str:
        variables = [name.removeprefix("?") for name in line["names"].split()]
        if not set(variables) <= terms.keys():
            return line[0]
        row = {f"?{name}": terms[name] for name in variables if undefined or terms[name] is not None}
        values = ("UNDEF" if term is None else str(term) for term in row.values())
        return f"VALUES ({' '.join(row)}) {{ ({' '.join(values)}) }}"

    return _VALUES_LINE.sub(replaced, sparql)


def select(store: ox.Store, sparql: str, prefixes: dict[str, str] = PREFIXES) -> ox.QuerySolutions:
    """Return the rows of a SELECT query, which need not declare the prefixes."""
    solutions = store.query(sparql, prefixes=prefixes)
    assert isinstance(solutions, ox.QuerySolutions)
    return solutions


def day_bindings(day: str, reading: str) -> Bindings:
    """Return the bindings for rules that depend on a day: the day, and the bounds used by the reading."""
    start, end = (ox.NamedNode(CO + name) for name in BOUNDS[reading])
    literal = ox.Literal(day, datatype=ox.NamedNode(XSD + "date"))
    return {"day": literal, "from": start, "until": end}
