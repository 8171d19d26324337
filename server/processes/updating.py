"""The effect of an update, computed on a store that is not changed.

A pattern is evaluated as a query over the store, so that only the data it finds is read; its solutions are inserted
into the templates in a separate store. An operation on whole graphs is executed on a copy of only these. A pattern
after an operation that changes something is evaluated on a copy of the triples with the properties it may match.
Everything is copied only if it may match any property, or if an operation may affect any graph.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Triple

from comity.iris import BASE, PREFIXES
from comity.sparql.policy import graphs_asked, properties
from comity.sparql.tokens import tokens
from comity.sparql.updates import Operation, operations

#: Represent blank nodes of the store while a template is filled in.
_BLANK = "urn:comity:blank:"
#: The number of solutions filled in at once.
_MANY = 2000
#: Makes a call of the engine with custom functions.
WithFunctions = Callable[[Callable[[dict[str, Any]], None]], None]


@dataclass
class Effect:
    """The quads that an update removes from a store and adds, and the graphs that it creates and drops.

    :ivar independent: whether it is the same for every store, because the update contains all its data.
    """

    removed: set[Quad] = field(default_factory=set)
    added: set[Quad] = field(default_factory=set)
    created: set[NamedNode] = field(default_factory=set)
    dropped: set[NamedNode] = field(default_factory=set)
    independent: bool = False

    def change(self, removed: set[Quad], added: set[Quad]) -> None:
        """Record quads removed, and then quads added."""
        self.removed, self.added = (self.removed | removed) - added, (self.added - removed) | added

    def name(self, dropped: set[NamedNode], created: set[NamedNode]) -> None:
        """Take note of graphs that go, and of others that come."""
        self.created, self.dropped = (self.created - dropped) | created, (self.dropped - created) | dropped

    def __bool__(self) -> bool:
        return bool(self.removed or self.added or self.created or self.dropped)

    def graphs(self, store: Store) -> set[NamedNode]:
        """Return the named graphs of a store, once it is changed so far."""
        stored = {name for name in store.named_graphs() if isinstance(name, NamedNode)}
        added = {quad.graph_name for quad in self.added if isinstance(quad.graph_name, NamedNode)}
        return (stored - self.dropped) | self.created | added

    def carry_out(self, copy: Store) -> None:
        """Change the copy of a part of the store so far; what else is added comes into it too."""
        for quad in self.removed:
            copy.remove(quad)
        copy.extend(self.added)


def effect_of(store: Store, snapshots: Iterable[Quad], text: str, with_functions: WithFunctions) -> Effect:
    """Return the effect of an update on a store; for one that contains all its data, all of that data.

    :param snapshots: quads that the update sees in addition to those of the store.
    :param text: the update, with escapes decoded.
    :raises SyntaxError: if it is not a valid update.
    :raises OSError, ValueError, RuntimeError: if the engine cannot execute it.
    """
    listed = _taken_apart(text)
    effect = Effect(independent=all(operation.kind == "data" for operation in listed))
    if effect.independent:
        for operation in listed:
            _carry_out_data(operation, effect)
        return effect
    extra = list(snapshots)
    if extra:
        listed = []
    for operation in listed:
        if operation.kind == "data":
            _carry_out_data(operation, effect)
        elif operation.kind == "pattern" and (asked := _store_asked(store, operation, effect)) is not None:
            _carry_out_pattern(store, asked, operation, effect, with_functions)
        elif operation.kind == "pattern" or operation.graphs is None:
            listed = []
            break
        else:
            _carry_out_on_copy(store, operation.graphs, operation.text, effect, with_functions)
    if not listed:
        effect = Effect()
        _carry_out_on_copy(store, None, text, effect, with_functions, extra)
    named = effect.graphs(store)
    effect.removed = {quad for quad in effect.removed if quad in store}
    effect.added = {quad for quad in effect.added if quad not in store}
    effect.created = {name for name in named if not store.contains_named_graph(name)}
    effect.dropped = {name for name in effect.dropped - named if store.contains_named_graph(name)}
    return effect


def _taken_apart(text: str) -> list[Operation]:
    """Return the operations of an update, after checking its syntax on an empty store."""
    # Errors about missing data on an empty store say nothing about ours.
    with suppress(OSError, ValueError, RuntimeError):
        Store().update(text, base_iri=BASE, prefixes=PREFIXES)
    return operations(text, PREFIXES)


def _carry_out_data(operation: Operation, effect: Effect) -> None:
    start = operation.text[len(operation.prologue) :]
    word, rest = start[:6].upper(), start[6:]
    quads = _inserted(f"{operation.prologue} INSERT {rest}")
    effect.change(quads, set()) if word == "DELETE" else effect.change(set(), quads)


def _store_asked(store: Store, operation: Operation, effect: Effect) -> Store | None:
    """Return the store that a pattern is asked of; None where it may need all of a changed one."""
    if not effect:
        return store
    # Of a path of any length, or none, any node may be an end.
    if any(token.text in ("*", "?") for token in tokens(operation.where)):
        return None
    query = f"{operation.prologue} SELECT ?any WHERE {operation.where}"
    asked, named = properties(query, PREFIXES), graphs_asked(query, PREFIXES)
    if asked is None:
        return None
    graphs: list[Any] = [None]
    if named is not None and not operation.using:
        default = NamedNode(operation.within) if operation.within else DefaultGraph()
        graphs = [default, *map(NamedNode, named - {operation.within})]
    copy = Store()
    for graph, name in product(graphs, asked):
        copy.bulk_extend(store.quads_for_pattern(None, NamedNode(name), None, graph))
    effect.carry_out(copy)
    for graph in effect.graphs(store):
        copy.add_graph(graph)
    return copy


def _carry_out_pattern(
    store: Store, asked: Store, operation: Operation, effect: Effect, with_functions: WithFunctions
) -> None:
    query = f"{operation.prologue} SELECT * {operation.using} WHERE {operation.where}"
    dataset: dict[str, Any] = {}
    if operation.within and not operation.using:
        dataset["default_graph"] = [NamedNode(operation.within)]
    found: list[QuerySolutions] = []
    with_functions(
        lambda functions: found.append(
            asked.query(query, base_iri=BASE, prefixes=PREFIXES, **dataset, **functions)  # type: ignore[arg-type]
        )
    )
    removed: set[Quad] = set()
    added: set[Quad] = set()
    for chunk, variables in _chunks(found[-1]):
        values = f"{{ VALUES ({variables}) {{ {chunk} }} }}"
        within = f"WITH <{operation.within}> " if operation.within else ""
        for template, quads in ((operation.delete, removed), (operation.insert, added)):
            if template:
                quads |= _inserted(f"{operation.prologue} {within} INSERT {template} WHERE {values}")
    known = {quad for quad in removed if quad in store or quad in effect.added}
    effect.change(known, added)


def _chunks(solutions: QuerySolutions) -> Iterable[tuple[str, str]]:
    """Yield solutions as rows of VALUES in batches, with their variables."""
    names = " ".join(str(variable) for variable in solutions.variables)
    rows: list[str] = []
    for solution in solutions:
        rows.append(f"({' '.join('UNDEF' if value is None else _written(value) for value in solution)})")
        if len(rows) == _MANY:
            yield "\n".join(rows), names
            rows = []
    if rows:
        yield "\n".join(rows), names


def _written(term: Any) -> str:
    if isinstance(term, BlankNode):
        return f"<{_BLANK}{term.value}>"
    if isinstance(term, Triple):
        return f"<<( {' '.join(map(_written, (term.subject, term.predicate, term.object)))} )>>"
    return str(term)


def _inserted(update: str) -> set[Quad]:
    """Return the quads that an update inserts into an empty store."""
    scratch = Store()
    scratch.update(update, base_iri=BASE, prefixes=PREFIXES)
    return {
        Quad(_read(quad.subject), quad.predicate, _read(quad.object), quad.graph_name) for quad in scratch
    }


def _read(term: Any) -> Any:
    if isinstance(term, NamedNode) and term.value.startswith(_BLANK):
        return BlankNode(term.value.removeprefix(_BLANK))
    if isinstance(term, Triple):
        return Triple(_read(term.subject), term.predicate, _read(term.object))
    return term


def _carry_out_on_copy(
    store: Store,
    graphs: Sequence[str] | None,
    text: str,
    effect: Effect,
    with_functions: WithFunctions,
    extra: Iterable[Quad] = (),
) -> None:
    """Execute an update on a copy of some graphs of the store, or of all of it."""
    copy = Store()
    if graphs is None:
        copy.bulk_extend(store.quads_for_pattern(None, None, None, None))
        copy.extend(extra)
        former = effect.graphs(store)
    else:
        former = effect.graphs(store) & {NamedNode(name) for name in graphs}
        for name in former:
            copy.bulk_extend(store.quads_for_pattern(None, None, None, name))
        effect.carry_out(copy)
    for name in former:
        copy.add_graph(name)
    before = set(copy)
    with_functions(lambda functions: copy.update(text, base_iri=BASE, prefixes=PREFIXES, **functions))
    after, now = set(copy), {name for name in copy.named_graphs() if isinstance(name, NamedNode)}
    effect.change(before - after, after - before)
    effect.name(former - now, now - former)
