"""A triple as a person writes it, with names instead of IRIs."""

import re

import pyoxigraph as ox

from comity.errors import UnknownError
from comity.iris import BASE, RDF
from comity.questions.lookup import Names, node_of, prefixed_node

Term = ox.NamedNode | ox.Literal


def read_statement(
    names: Names | ox.Store, subject: str, predicate: str, value: str, graph: str | None = None
) -> tuple[tuple[ox.NamedNode, ox.NamedNode, Term], ox.NamedNode | None]:
    """Parse a triple as a person writes it, and the snapshot in which it should hold.

    :param names: the names of the store, or the store itself.
    :param subject: a text accepted by :meth:`~comity.questions.lookup.Names.find`, or a name with a known prefix.
    :param predicate: a property by its name, label or prefixed name (``hasRecognised``, ``co:hasRecognised``), or
        ``a`` for the type.
    :param value: like the subject, or a class after ``a``; a literal if in double quotes, or if it names nothing.
    :param graph: the IRI of a snapshot, or its path (``as-of/2022-07-14``).
    :raises UnknownError: if the subject, the predicate or the graph names nothing.
    """
    names = names if isinstance(names, Names) else Names(names)
    kind = ox.NamedNode(RDF + "type")
    verb = kind if predicate in ("a", "type") else prefixed_node(predicate) or names.term(predicate)
    if verb is None:
        raise UnknownError(
            f"{predicate!r} is not a property. Write one such as co:hasRecognised, or a for the type."
        )
    thing = prefixed_node(subject) or names.find(subject)
    named = names.term(value, of_class=True) if verb == kind else None
    other = _quoted(value) or prefixed_node(value) or named or _literal_of(names.store, thing, verb, value)
    if other is None:
        try:
            other = names.find(value)
        except UnknownError:
            if value.startswith("http"):
                raise
            # The counts of a snapshot stand in no graph that could be looked into.
            counted = re.fullmatch(r"-?\d{1,18}", value, re.ASCII)
            other = ox.Literal(int(value)) if counted else ox.Literal(value)
    address = None if graph is None else node_of(graph if graph.startswith("http") else BASE + graph)
    if graph is not None and address is None:
        raise UnknownError(f"{graph!r} is not a graph. Write one such as as-of/2022-07-14.")
    return (thing, verb, other), address


def _quoted(text: str) -> ox.Literal | None:
    """Return the literal denoted by a text in double quotes, with its language or datatype."""
    form = re.fullmatch(r'"(?P<text>.*)"(?:@(?P<language>[\w-]+)|\^\^(?P<type>\S+))?', text, re.DOTALL)
    if form is None:
        return None
    try:
        datatype = prefixed_node(form["type"].strip("<>")) if form["type"] else None
        return ox.Literal(form["text"], language=form["language"], datatype=datatype)
    except ValueError:
        return ox.Literal(form["text"])


def _literal_of(store: ox.Store, thing: ox.NamedNode, verb: ox.NamedNode, text: str) -> ox.Literal | None:
    """Return the entity's literal with this text, whatever its datatype, or None."""
    for quad in store.quads_for_pattern(thing, verb, None, ox.DefaultGraph()):
        if isinstance(quad.object, ox.Literal) and quad.object.value == text:
            return quad.object
    return None
