"""According to a party: its perspective on a day, from its own claims and recognitions.

Nobody else's claims are included. If a claim and a recognition of the same party disagree, both are stated, as is the
disagreement; nothing is reconciled.
"""

from collections.abc import Iterable
from functools import cache

import pyoxigraph as ox

from comity.errors import SnapshotError
from comity.iris import TYPE, organisation, polity, status, term
from comity.schema import bind, day_bindings, rule, rules

Statement = tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]


@cache
def _rules() -> tuple[str, ...]:
    """Return the rules of a perspective except the one on recognition, since :func:`view` is given recognitions."""
    return tuple(rule(name) for name in rules("perspective-") if name != "perspective-recognition")


def prepare() -> None:
    """Read the rules, for a process that will soon be unable to open files."""
    _rules()


def party(store: ox.Store, identifier: str) -> ox.NamedNode:
    """Return the polity or organisation with this id.

    :raises SnapshotError: if there is none.
    """
    for node in (polity(identifier), organisation(identifier)):
        if next(store.quads_for_pattern(node, TYPE, None, ox.DefaultGraph()), None):
            return node
    raise SnapshotError(
        f"according-to/{identifier}: {identifier!r} is not the id of a polity or organisation. "
        "Look the id up by name first, for example according-to/north-korea."
    )


def view(
    store: ox.Store,
    day: str,
    reading: str,
    identifier: str,
    recognises: Iterable[tuple[ox.NamedNode, ox.NamedNode]],
) -> list[Statement]:
    """Return the triples that a party's perspective on a day adds to the public ones.

    :param recognises: who recognises whom on that day, in the same reading.
    :raises SnapshotError: if the party is not in the graph.
    """
    holder = party(store, identifier)
    terms = day_bindings(day, reading) | {"party": holder}
    held: dict[Statement, None] = {}
    for recogniser, recognised in recognises:
        if recogniser == holder:
            held[recognised, TYPE, term("State")] = None
            held[recognised, term("heldToBe"), status("state")] = None
    for text in _rules():
        triples = store.query(bind(text, terms))
        assert isinstance(triples, ox.QueryTriples)
        held.update({(triple.subject, triple.predicate, triple.object): None for triple in triples})
    return list(held)
