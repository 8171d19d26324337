"""Finding the things that a person names: by id, by path, by IRI, or by any name or alias of theirs."""

import difflib
import re
from collections.abc import Iterator

import pyoxigraph as ox

from comity.errors import UnknownError
from comity.iris import BASE, CO, PREFIXES, RDF, RDFS, SKOS, slug

_LABEL = ox.NamedNode(RDFS + "label")
_ALIAS = ox.NamedNode(SKOS + "altLabel")
_FOLDERS = {
    "polity": ("polity",),
    "organisation": ("organisation",),
    "party": ("polity", "organisation"),
    "person": ("person",),
    "place": ("place",),
    "act": ("act",),
    "statement": ("statement",),
    "source": ("source",),
    "status": ("status",),
}
_ALL = (
    "polity",
    "organisation",
    "person",
    "place",
    "act",
    "statement",
    "source",
    "status",
    "document",
    "claim",
)


def find(store: ox.Store, text: str, kind: str = "entity") -> ox.NamedNode:
    """Give the thing of a kind that a text names.

    A text is an id (``north-korea``), a path (``act/recognition/…``), a whole IRI, or a name or alias in
    any case (``Lugansk``). An act may be named without its date: the latest such act is meant.

    :param kind: ``polity``, ``organisation``, ``party``, ``person``, ``place``, ``act``, ``statement``,
        ``source``, ``status``, or ``entity`` for any.
    :raises UnknownError: when nothing is so named, with the nearest names.
    """
    folders = _FOLDERS.get(kind, _ALL)
    for candidate in _candidates(text.strip(), folders):
        if _is_there(store, candidate):
            return candidate
    if "act" in folders and (act := _undated_act(store, text)):
        return act
    named = names(store, folders)
    wanted = slug(text)
    for name, node in named:
        if slug(name) == wanted:
            return node
    near = difflib.get_close_matches(text, dict.fromkeys(name for name, _ in named), n=3, cutoff=0.5)
    cure = f"Did you mean {' or '.join(near)}?" if near else "Check the spelling, or search for it first."
    raise UnknownError(f"{text!r} is no {kind} of the graph. {cure}")


Term = ox.NamedNode | ox.Literal


def read_statement(
    store: ox.Store, subject: str, predicate: str, value: str, graph: str | None = None
) -> tuple[tuple[ox.NamedNode, ox.NamedNode, Term], ox.NamedNode | None]:
    """Read a triple as a person writes it, and the snapshot in which it is said to hold.

    The predicate and a class are terms of a known prefix (``co:hasRecognised``) or ``a``; other things are what
    :func:`find` takes. A value that names nothing is read as a literal.

    :raises UnknownError: when the subject, the predicate or the graph names nothing.
    """
    verb = ox.NamedNode(RDF + "type") if predicate == "a" else _prefixed(predicate)
    if verb is None:
        raise UnknownError(
            f"{predicate!r} is no property. Write it like co:hasRecognised, or a for the type."
        )
    thing = _prefixed(subject) or find(store, subject)
    other: Term
    try:
        other = _prefixed(value) or find(store, value)
    except UnknownError:
        if value.startswith("http"):
            raise
        other = _literal(store, thing, verb, value)
    address = None if graph is None else _node(graph if graph.startswith("http") else BASE + graph)
    if graph is not None and address is None:
        raise UnknownError(f"{graph!r} is no graph. Write it like as-of/2022-07-14.")
    return (thing, verb, other), address


def _prefixed(text: str) -> ox.NamedNode | None:
    """Give the IRI of a name with a known prefix, or of an IRI; None for any other text."""
    prefix, colon, local = text.partition(":")
    if text.startswith(("http://", "https://")) and not re.search(r"[\s<>\"{}|^`\\]", text):
        return _node(text)
    return _node(PREFIXES[prefix] + local) if colon and prefix in PREFIXES else None


def _literal(store: ox.Store, thing: ox.NamedNode, verb: ox.NamedNode, text: str) -> ox.Literal:
    """Give the literal of this text that the thing has, whatever its datatype; else a number or a plain string."""
    for quad in store.quads_for_pattern(thing, verb, None, ox.DefaultGraph()):
        if isinstance(quad.object, ox.Literal) and quad.object.value == text:
            return quad.object
    # The counts of a snapshot stand in no graph that could be looked into.
    return ox.Literal(int(text)) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else ox.Literal(text)


def _candidates(text: str, folders: tuple[str, ...]) -> Iterator[ox.NamedNode]:
    if re.search(r"[\s<>\"{}|^`\\]", text) or not text:
        return
    if text.startswith(BASE):
        names = [text]
    elif text.startswith("co:"):
        names = [CO + text.removeprefix("co:")]
    elif re.match(r"https?://", text):
        names = [text]
    else:
        names = [BASE + text for folder in folders if text.startswith(folder + "/")]
        names += [f"{BASE}{folder}/{text}" for folder in folders]
    yield from filter(None, map(_node, names))


def _node(iri: str) -> ox.NamedNode | None:
    """Give the node of an IRI, or None for a text that is none, such as one with control characters."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def _is_there(store: ox.Store, node: ox.NamedNode) -> bool:
    return next(store.quads_for_pattern(node, None, None, ox.DefaultGraph()), None) is not None


def _undated_act(store: ox.Store, text: str) -> ox.NamedNode | None:
    path = text.removeprefix(BASE).removeprefix("act/")
    if path.count("/") != 2:
        return None
    actor = ox.NamedNode(f"{BASE}polity/{path.split('/')[1]}")
    start = f"{BASE}act/{path}/"
    acts = store.quads_for_pattern(None, ox.NamedNode(CO + "actor"), actor, ox.DefaultGraph())
    iris = (quad.subject.value for quad in acts if isinstance(quad.subject, ox.NamedNode))
    found = sorted(iri for iri in iris if iri.startswith(start))
    return ox.NamedNode(found[-1]) if found else None


def names(store: ox.Store, folders: tuple[str, ...] = _ALL) -> list[tuple[str, ox.NamedNode]]:
    """Give the names of all things in these folders, labels before aliases."""
    starts = tuple(f"{BASE}{folder}/" for folder in folders)
    found = []
    for predicate in (_LABEL, _ALIAS):
        for quad in store.quads_for_pattern(None, predicate, None, ox.DefaultGraph()):
            node, name = quad.subject, quad.object
            if (
                isinstance(node, ox.NamedNode)
                and isinstance(name, ox.Literal)
                and node.value.startswith(starts)
            ):
                found.append((name.value, node))
    return found
