"""The graph: tables of facts, the gate, periods, closure, snapshots and answers.

For notebooks and programs: ``from comity import open_store, ask, query, snapshot, explain``. Importing the
package loads nothing else; each function loads what it needs when it is first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comity.export.findings import Answer, Explanation, Snapshot
    from comity.export.notebook import (
        ask,
        explain,
        find,
        geojson,
        network,
        open_store,
        panel,
        query,
        snapshot,
    )

__all__ = [
    "Answer",
    "Explanation",
    "Snapshot",
    "ask",
    "explain",
    "find",
    "geojson",
    "network",
    "open_store",
    "panel",
    "query",
    "snapshot",
]


def __getattr__(name: str) -> Any:
    """Give a function of :mod:`comity.export.notebook` on first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from comity.export import notebook

    return getattr(notebook, name)


def __dir__() -> list[str]:
    """List what the package gives to those who look into it."""
    return sorted([*globals(), *__all__])
