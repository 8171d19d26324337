"""A faster memory allocator for the processes that evaluate queries.

The engine allocates a great deal; under mimalloc the same query takes a quarter to a half less time than
under the allocator of the C library. It is loaded in front of that one where its package is installed and all
that it needs is there: in the supervisor, and so in all that it forks.
"""

import os
import shutil
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

_LIBRARY = Path("cmeel.prefix") / "lib" / "libmimalloc.so"


def environment() -> dict[str, str]:
    """Return the environment of a process that evaluates queries."""
    try:
        library = Path(str(distribution("cmeel-mimalloc").locate_file(_LIBRARY)))
    except PackageNotFoundError:
        return dict(os.environ)
    if not library.exists() or not _loads(str(library)):
        return dict(os.environ)
    others = [name for name in os.environ.get("LD_PRELOAD", "").split(":") if name not in ("", str(library))]
    return os.environ | {
        "LD_PRELOAD": ":".join([str(library), *others]),
        # Reserved in small steps (KiB), since what is reserved counts against a worker's limit.
        "MIMALLOC_ARENA_RESERVE": "32768",
    }


@cache
def _loads(library: str) -> bool:
    """Return whether a program starts with the library in front: it may need others that a small system lacks."""
    program = shutil.which("true")
    if program is None:
        return False
    tried = subprocess.run(
        [program], env=os.environ | {"LD_PRELOAD": library}, capture_output=True, check=False
    )
    return tried.returncode == 0 and not tried.stderr
