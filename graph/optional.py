"""Optional libraries: those of an extra, which a plain installation does not have."""

import importlib.util

from comity.errors import MissingLibraryError


def require(module: str, extra: str) -> None:
    """Check that a library of an extra is installed.

    :param module: the name by which it is imported.
    :param extra: the extra of the package ``comity`` that installs it.
    :raises MissingLibraryError: if it is not installed, with the command that installs it.
    """
    if importlib.util.find_spec(module) is None:
        raise MissingLibraryError(
            f"{module} is not installed, and this needs it. Run: pip install 'comity[{extra}]'"
        )
