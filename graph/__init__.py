"""Comity, a knowledge graph of international recognition: who recognises whom, since when, and who says so.

>>> import comity
>>> store = comity.open_store()                                           # doctest: +SKIP
>>> comity.ask(store, "who-recognises", object="kosovo", as_of="2024-01-01")  # doctest: +SKIP

Importing the package loads nothing else; :mod:`comity.api` is loaded when one of its functions is first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comity.api import ask, explain, find, geojson, network, open_store, panel, query, snapshot
    from comity.errors import ComityError
    from comity.export.results import Answer, Explanation, Snapshot

    __version__: str

__all__ = [
    "Answer",
    "ComityError",
    "Explanation",
    "Snapshot",
    "__version__",
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
    """Return the version, or a part of :mod:`comity.api`, on first use."""
    if name == "__version__":
        from importlib.metadata import version

        return version("comity")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from comity import api

    return getattr(api, name)


def __dir__() -> list[str]:
    """Return the names that the package offers."""
    return sorted([*globals(), *__all__])
