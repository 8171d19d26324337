"""Libraries that only some exports need, and how to install them where they are missing."""

import importlib.util

from comity.errors import ExportError


def needed(module: str, extra: str) -> None:
    """Insist on a library of an extra.

    :raises ExportError: when it is not installed, with the command that installs it.
    """
    if importlib.util.find_spec(module) is None:
        raise ExportError(f"{module} is not installed, and this needs it. Run: pip install 'comity[{extra}]'")
