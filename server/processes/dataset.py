"""The loaded dataset that workers inherit: one generation of the store, and the snapshots made of it on demand."""

from collections.abc import Sequence
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Store

from comity.errors import SnapshotError, StoreError
from comity.iris import BASE
from comity.snapshots.graphs import Snapshots, is_snapshot, parts_for
from comity.sparql.policy import Bounds, QueryRejected
from comity.store import database as stores
from comity.store.steps import Step

#: Graphs of ours may be empty or not built yet; naming one is no attempt to fetch anything.
_OURS = BASE + "graph/"
_BOUNDS = Bounds()
#: So many quads may always change before a fresh copy is due; fewer take no room worth the time.
_LEAST_CHANGED = 20_000


def current_generation(store_path: Path) -> str:
    """The name of the store's current generation."""
    name = stores.current(store_path)
    if name is None:
        raise StoreError(f"There is no store in {store_path}. Make one with `comity build`.")
    return name


class LoadedDataset:
    """One generation, with its named graphs and the snapshots that this process has made."""

    def __init__(
        self,
        store: Store,
        generation: str,
        *,
        writable: bool,
        keep: int = 400,
        bounds: Bounds = _BOUNDS,
        default_graph: Store | None = None,
    ) -> None:
        self.store = store
        # In memory, the engine walks all quads of a term, in whichever graph: what asks the default graph only
        # is answered from a store of its own in half the time.
        if default_graph is None:
            default_graph = default_graph_of(store) if writable else store
        self.default_graph = default_graph
        self.bounds = bounds
        self._keep = keep
        #: Quads that steps have taken away and added since the generation was read whole.
        self._changed = 0
        self.generation = generation
        self.graphs = [graph for graph in store.named_graphs() if isinstance(graph, NamedNode)]
        self._names = {graph.value for graph in self.graphs}
        # Beside a store on disk, which nobody writes to, snapshots have a store of their own.
        self._snapshot_store = None if writable else Store()
        self._snapshots = Snapshots(store, self._snapshot_store, keep=keep)
        # Read once here, so that the workers inherit it.
        self._snapshots.prepare()

    @classmethod
    def load(
        cls,
        store_path: Path,
        generation: str,
        *,
        memory_quads: int,
        keep: int = 400,
        bounds: Bounds = _BOUNDS,
    ) -> "LoadedDataset":
        """A generation on disk, copied into memory unless it is too large."""
        meta = stores.stamp(store_path, generation) or {}
        folder = store_path / "generations" / generation
        try:
            disk = Store.read_only(str(folder))
        except OSError as error:
            raise StoreError(
                f"The store {store_path} cannot be opened: {error}. Run `comity build`."
            ) from error
        if meta.get("counts", {}).get("quads", 0) > memory_quads:
            return cls(disk, generation, writable=False, keep=keep, bounds=bounds)
        memory = Store()
        memory.bulk_extend(disk.quads_for_pattern(None, None, None, None))
        for graph in disk.named_graphs():
            memory.add_graph(graph)
        return cls(memory, generation, writable=True, keep=keep, bounds=bounds)

    def advance(self, steps: Sequence[Step]) -> "LoadedDataset | None":
        """The generation that steps from this one lead to, in the same memory; None where it must be read whole.

        This dataset is not to be used any more. An engine's memory keeps what was taken away, so that after
        enough of that a fresh copy is due.
        """
        changed = self._changed + sum(step.size for step in steps)
        if self._snapshot_store is not None or (changed > _LEAST_CHANGED and changed > len(self.store) // 4):
            return None
        for step in steps:
            if not step.fits(self.store):
                return None
            step.take(self.store)
            step.in_default_graph().take(self.default_graph)
        later = LoadedDataset(
            self.store,
            steps[-1].name,
            writable=True,
            keep=self._keep,
            bounds=self.bounds,
            default_graph=self.default_graph,
        )
        later._changed = changed
        return later

    def prepare(self, names: Sequence[str], properties: frozenset[str] | None = None) -> None:
        """Make the snapshots among these graph names, all of them or what these IRIs can see of them."""
        wanted = [name for name in dict.fromkeys(names) if is_snapshot(name)]
        if not wanted:
            return
        try:
            self._snapshots.make(wanted, parts_for(properties))
        except SnapshotError as error:
            raise QueryRejected(400, "no-such-snapshot", str(error)) from error

    def store_for(self, names: Sequence[str]) -> Store:
        """The store that holds the graphs of a dataset; no names stand for the default dataset."""
        made = [is_snapshot(name) for name in names]
        if self._snapshot_store is None or not any(made):
            return self.store
        if all(made):
            return self._snapshot_store
        raise QueryRejected(
            501,
            "graphs-kept-apart",
            "This store is answered from disk, where one query cannot have as-of graphs and others.",
            "Ask in two queries, or raise COMITY_MEMORY_QUADS so that the store is held in memory.",
        )

    def check(self, names: Sequence[str]) -> None:
        """Refuse a dataset that names a graph which is not here: nothing is ever fetched."""
        for name in names:
            if name in self._names or name.startswith(_OURS) or is_snapshot(name):
                continue
            raise QueryRejected(
                400,
                "no-such-graph",
                f"The dataset names <{name[:200]}>, which is not in this store; nothing is ever fetched.",
                "Ask SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } } for the graphs that there are.",
            )

    def default_named_graphs(self, mentioned: Sequence[str]) -> list[NamedNode] | None:
        """The named graphs of a query without dataset: ours and the snapshots it mentions; None for all."""
        if self._snapshot_store is not None or not self._snapshots.made:
            return None
        return self.graphs + [NamedNode(name) for name in dict.fromkeys(mentioned)]


def default_graph_of(store: Store) -> Store:
    """The default graph of a store, alone in a store in memory."""
    alone = Store()
    alone.bulk_extend(store.quads_for_pattern(None, None, None, DefaultGraph()))
    return alone
