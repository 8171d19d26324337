"""Python's collector of cyclic garbage, paused while millions of objects are made that are all needed to the end."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Make no search for cyclic garbage meanwhile: it would look through everything again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
