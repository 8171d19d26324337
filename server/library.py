"""What a query worker reads: one generation of the store, and the snapshots made of it on demand."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from comity.graph import store as stores
from comity.graph.errors import ComityError, StoreError
from comity.graph.names import BASE
from pyoxigraph import NamedNode, Store

from .guard import Refused, snapshot_iris

#: Graphs of ours may be empty or not built yet; naming one is no attempt to fetch anything.
_OURS = BASE + "graph/"


def current_generation(store_path: Path) -> str:
    """The name of the store's current generation."""
    name = stores.current(store_path)
    if name is None:
        raise StoreError(f"There is no store in {store_path}. Make one with `comity build`.")
    return name


class Library:
    """One generation, with its named graphs and the snapshots that this process has made."""

    def __init__(self, store: Store, generation: str, *, writable: bool, keep: int = 400) -> None:
        self.store = store
        self.generation = generation
        self.graphs = [graph for graph in store.named_graphs() if isinstance(graph, NamedNode)]
        self._names = {graph.value for graph in self.graphs}
        self._writable = writable
        self._keep = keep
        self._made: OrderedDict[str, NamedNode] = OrderedDict()

    @classmethod
    def load(cls, store_path: Path, generation: str, *, memory_quads: int, keep: int = 400) -> "Library":
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
            return cls(disk, generation, writable=False, keep=keep)
        memory = Store()
        memory.bulk_extend(disk.quads_for_pattern(None, None, None, None))
        for graph in disk.named_graphs():
            memory.add_graph(graph)
        return cls(memory, generation, writable=True, keep=keep)

    @property
    def made(self) -> Sequence[str]:
        """The snapshots in the store at present, oldest first."""
        return list(self._made)

    def prepare(self, names: Sequence[str]) -> None:
        """Make the snapshots among these graph names, and let go of old ones."""
        wanted = list(dict.fromkeys(snapshot_iris(names)))
        if not wanted:
            return
        if not self._writable:
            raise Refused(
                501,
                "snapshots-unavailable",
                "This store is answered from disk, where as-of graphs cannot be made.",
                "Raise COMITY_MEMORY_QUADS so that the store is held in memory.",
            )
        for name in wanted:
            self._make(name)
        while len(self._made) > max(self._keep, len(wanted)):
            _, oldest = self._made.popitem(last=False)
            self.store.remove_graph(oldest)

    def _make(self, name: str) -> None:
        if name in self._made:
            self._made.move_to_end(name)
            return
        from comity.graph.snapshots import materialise

        node = NamedNode(name)
        try:
            materialise(self.store, node)
        except ComityError as error:
            raise Refused(
                400,
                "no-such-snapshot",
                f"<{name}> is no as-of graph: {error}",
                "Write as-of/2022-07-14, as-of/2022-07-14/possible or as-of/2022-07-14/according-to/ukraine.",
            ) from error
        self._made[name] = node

    def check(self, names: Sequence[str]) -> None:
        """Refuse a dataset that names a graph which is not here: nothing is ever fetched."""
        for name in names:
            if name in self._names or name in self._made or name.startswith(_OURS):
                continue
            raise Refused(
                400,
                "no-such-graph",
                f"The dataset names <{name[:200]}>, which is not in this store; nothing is ever fetched.",
                "Ask SELECT DISTINCT ?g WHERE { GRAPH ?g { } } for the graphs that there are.",
            )

    def visible(self, mentioned: Sequence[str]) -> list[NamedNode] | None:
        """The named graphs of a query without dataset: ours and the snapshots it mentions; None for all."""
        if not self._made:
            return None
        return self.graphs + [self._made[name] for name in mentioned if name in self._made]
