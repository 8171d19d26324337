"""The effect of an update, computed without changing the generation it is computed on.

A pattern is evaluated as a query, so that only the data it finds is read; its solutions are inserted into the templates
in a separate store. A pattern that follows other operations is evaluated in the worker's own memory, to which their
effect is applied for the time of the evaluation; parts of named graphs that it may match are copied there from disk. An
operation on whole graphs is executed on a copy of only these; everything is copied only if it may affect any graph.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Triple

from comity.iris import BASE, PREFIXES
from comity.server.processes.dataset import LoadedDataset
from comity.sparql.policy import graphs_asked, matches, properties, scan
from comity.sparql.tokens import tokenize
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

    def changed_graphs(self) -> set[NamedNode | DefaultGraph]:
        """Return the graphs that have changed, appeared or disappeared."""
        changed: set[Any] = {quad.graph_name for quads in (self.removed, self.added) for quad in quads}
        return changed | self.created | self.dropped

    def may_match(self, store: Store, names: Collection[str] | None, asked: Collection[str] | None) -> bool:
        """Return whether a pattern may have other solutions in a store once it is changed so far.

        :param names: the graphs that the pattern reads, the empty name for the default graph; None for any.
        :param asked: the properties that it matches; None for any.
        """
        changed = self.changed_graphs()
        if names is not None:
            changed &= {NamedNode(name) if name else DefaultGraph() for name in names}
        if changed & (self.graphs(store) ^ set(store.named_graphs())):
            return True  # Even a pattern without triples matches a graph that has appeared.
        quads = (quad for quads in (self.removed, self.added) for quad in quads)
        return bool(changed) and (asked is None or any(quad.predicate.value in asked for quad in quads))

    def graphs(self, store: Store) -> set[NamedNode]:
        """Return the named graphs of a store, once it is changed so far."""
        stored = {name for name in store.named_graphs() if isinstance(name, NamedNode)}
        added = {quad.graph_name for quad in self.added if isinstance(quad.graph_name, NamedNode)}
        return (stored - self.dropped) | self.created | added

    @contextmanager
    def applied(self, store: Store) -> Iterator[None]:
        """Change a store, or a copy of a part of one, for the time of a block."""
        removed = [quad for quad in self.removed if quad in store]
        added = [quad for quad in self.added if quad not in store]
        graphs = set(store.named_graphs())
        for quad in removed:
            store.remove(quad)
        store.extend(added)
        try:
            yield
        finally:
            for quad in added:
                store.remove(quad)
            for graph in set(store.named_graphs()) - graphs:
                store.remove_graph(graph)
            store.extend(removed)


def effect_of(
    dataset: LoadedDataset, snapshots: Sequence[str], text: str, with_functions: WithFunctions
) -> Effect:
    """Return the effect of an update on a dataset; for one that contains all its data, all of that data.

    :param snapshots: the snapshots that the update names.
    :param text: the update, with escapes decoded.
    :raises SyntaxError: if it is not a valid update.
    :raises OSError, ValueError, RuntimeError: if the engine cannot execute it.
    """
    listed = _taken_apart(text)
    effect = Effect(independent=all(operation.kind == "data" for operation in listed))
    whole = any(operation.kind == "graphs" for operation in listed)
    dataset.prepare(snapshots, None if whole else properties(text, PREFIXES))
    for operation in listed:
        if operation.kind == "data":
            _carry_out_data(operation, effect)
        elif operation.kind == "pattern":
            _carry_out_pattern(dataset, snapshots, operation, effect, with_functions)
        else:
            _carry_out_on_copy(dataset, snapshots, operation, effect)
    if effect.independent:
        return effect
    store, named = dataset.store, effect.graphs(dataset.store)
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


class _View(NamedTuple):
    """A store in which a pattern is evaluated, its dataset for the engine, and whether the effect so far is missing."""

    store: Store
    specified: dict[str, Any]
    stale: bool = False


def _views(
    dataset: LoadedDataset, snapshots: Sequence[str], operation: Operation, query: str, effect: Effect
) -> Iterator[_View]:
    """Yield the views of a dataset that together have the solutions of the pattern of an operation."""
    named, using = graphs_asked(query, PREFIXES), scan(query, dataset.bounds, PREFIXES)
    within = "" if using.has_dataset else operation.within
    specified: dict[str, Any] = {"default_graph": [NamedNode(within)]} if within else {}
    names: set[str] | None = None
    if using.has_dataset:
        names = {*using.default_graphs, *using.named_graphs}
    elif named is not None:
        names = {within, *named}
    seen = matches(query, PREFIXES)
    if names == {""}:
        yield _View(dataset.in_memory([""], seen), {}, True) if effect else _View(dataset.store, {})
        return
    asked = None if seen is None else {match.property for match in seen}
    if not (snapshots or effect.may_match(dataset.store, names, asked)):
        yield _View(dataset.store, specified)
        return
    visible = {*effect.graphs(dataset.store), *map(NamedNode, snapshots)}
    if names is None and _is_of_one_graph(operation.where):
        # Each solution comes from a single graph: only those that have changed are needed in memory.
        changed = visible & {*effect.changed_graphs(), *map(NamedNode, snapshots)}
        yield _View(dataset.store, specified | {"named_graphs": [*visible - changed]})
        visible, names = changed, set()
    if not using.has_dataset:
        specified["named_graphs"] = [*visible]
    names = {name.value for name in visible} | (names or {within})
    yield _View(dataset.in_memory(names, seen), specified, bool(effect))


def _is_of_one_graph(where: str) -> bool:
    """Return whether a pattern consists of a GRAPH clause with a variable, and contains no other."""
    listed = list(tokenize(where))
    if [token.keyword for token in listed].count("GRAPH") != 1 or listed[1].keyword != "GRAPH":
        return False
    depth = 0
    for index, token in enumerate(listed[3:], 3):
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            return index == len(listed) - 2
    return False


def _carry_out_pattern(
    dataset: LoadedDataset,
    snapshots: Sequence[str],
    operation: Operation,
    effect: Effect,
    with_functions: WithFunctions,
) -> None:
    query = f"{operation.prologue} SELECT * {operation.using} WHERE {operation.where}"
    within = f"WITH <{operation.within}> " if operation.within else ""
    removed: set[Quad] = set()
    added: set[Quad] = set()

    def fill_in(view: _View, functions: dict[str, Any]) -> None:
        found: Any = view.store.query(query, base_iri=BASE, prefixes=PREFIXES, **view.specified, **functions)
        for chunk, variables in _chunks(found):
            values = f"{{ VALUES ({variables}) {{ {chunk} }} }}"
            for template, quads in ((operation.delete, removed), (operation.insert, added)):
                if template:
                    quads |= _inserted(f"{operation.prologue} {within} INSERT {template} WHERE {values}")

    for view in _views(dataset, snapshots, operation, query, effect):
        with effect.applied(view.store) if view.stale else nullcontext():
            with_functions(partial(fill_in, view))
    effect.change({quad for quad in removed if quad in dataset.store or quad in effect.added}, added)


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
    dataset: LoadedDataset, snapshots: Sequence[str], operation: Operation, effect: Effect
) -> None:
    """Execute an operation on whole graphs on a copy of these, or of all."""
    copy, former = Store(), effect.graphs(dataset.store)
    if operation.graphs is None:
        copy.bulk_extend(dataset.store.quads_for_pattern(None, None, None, None))
    else:
        former = (former | set(map(NamedNode, snapshots))) & set(map(NamedNode, operation.graphs))
        for name in former:
            copy.bulk_extend(dataset.store_for([name.value]).quads_for_pattern(None, None, None, name))
    with effect.applied(copy):
        for name in former:
            copy.add_graph(name)
        before = set(copy)
        copy.update(operation.text, base_iri=BASE, prefixes=PREFIXES)
        after, now = set(copy), {name for name in copy.named_graphs() if isinstance(name, NamedNode)}
    effect.change(before - after, after - before)
    effect.name(former - now, now - former)
