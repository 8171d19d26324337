"""A faster memory allocator for the processes that evaluate queries.

The engine allocates a great deal; under mimalloc the same query takes a quarter to a half less time than
under the allocator of the C library. It is loaded in front of that one where its package is installed.
"""

import os
import sysconfig
from pathlib import Path

_LIBRARY = Path("cmeel.prefix") / "lib" / "libmimalloc.so"


def environment() -> dict[str, str]:
    """The environment of a process that evaluates queries."""
    library = Path(sysconfig.get_path("platlib")) / _LIBRARY
    if not library.exists():
        return dict(os.environ)
    preloaded = [str(library), *filter(None, [os.environ.get("LD_PRELOAD")])]
    return os.environ | {
        "LD_PRELOAD": ":".join(preloaded),
        # Reserved in small steps (KiB), since what is reserved counts against a worker's limit.
        "MIMALLOC_ARENA_RESERVE": "32768",
    }
