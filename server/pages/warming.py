"""Opens each generation for the pages before the first visitor asks: when a process starts, and while it changes.

A new generation stands on disk some moments before the query workers have loaded it and it becomes the one that
answers; in those moments the pages make ready, so that the switch costs no visitor anything.
"""

import logging
import threading
import time

from flask import Flask

from comity.graph.store.database import current
from comity.graph.vocabulary.errors import ComityError

from . import control, coverage, search
from .reading import Reader, prepare

_LOOK_SECONDS = 0.1
_log = logging.getLogger(__name__)


def start(app: Flask) -> None:
    """Keep the pages of an application ready, from a thread that ends with the process."""
    threading.Thread(target=_watch, args=(app,), name="pages-warming", daemon=True).start()


def _watch(app: Flask) -> None:
    store_path = app.extensions["comity"].store_path
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    ready: str | None = None
    while True:
        generation = current(store_path)
        if generation is not None and generation != ready:
            try:
                prepare(app, generation, warm)
            except (
                ComityError,
                OSError,
                ValueError,
            ) as error:  # the next page opens it, and says what is wrong
                _log.warning("The pages could not be made ready for %s: %s", generation, error)
            ready = generation
        time.sleep(_LOOK_SECONDS)


def warm(known: Reader) -> None:
    """Have ready what pages take from a generation: kinds, calendars, what explains, and the index of names."""
    day = control.today()
    for name in ("recognises", "express", "implied", "frozen", "relations", "membership"):
        known.pairs(day, "certain", name)
    known.pairs(day, "possible", "recognises")
    coverage.newest(known)
    search.index(known).widen()
    with known.lock:
        for name in ("kinds", "refusing", "proposals", "explainer"):
            getattr(known, name)
