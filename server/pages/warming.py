"""Opens each generation for the pages before the first visitor asks: when a process starts, and while it changes.

A new generation stands on disk some moments before the query workers have loaded it and it becomes the one that
answers; in those moments the pages make ready, so that the switch costs no visitor anything.
"""

import logging
import threading
import time
from collections import Counter

from flask import Flask

from comity.graph.store.database import current
from comity.graph.vocabulary.errors import ComityError
from comity.graph.vocabulary.names import term

from . import atlas, control, coverage, map_marks, records, search, standing, welcome
from .reading import Reader, prepare

#: The parties whose acts are read beforehand: those with most, unless in a world too large for it.
_MOST_SOUGHT, _MANY = 10, 2000
_LOOK_SECONDS, _LATER_SECONDS = 0.1, 5.0
_log = logging.getLogger(__name__)


def start(app: Flask) -> None:
    """Keep the pages of an application ready, from a thread that ends with the process."""
    threading.Thread(target=_watch, args=(app,), name="pages-warming", daemon=True).start()


def make_ready(app: Flask) -> str | None:
    """Make the pages ready for the current generation; give its name."""
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    generation = current(app.extensions["comity"].store_path)
    if generation is not None:
        prepare(app, generation, warm)
    return generation


def _watch(app: Flask) -> None:
    ready: str | None = None
    while True:
        try:
            if current(app.extensions["comity"].store_path) != ready:
                ready = make_ready(app)
        except (ComityError, OSError, ValueError) as error:  # the next page opens it, and says what is wrong
            _log.warning("The pages could not be made ready: %s", error)
            time.sleep(_LATER_SECONDS)
        time.sleep(_LOOK_SECONDS)


def warm(known: Reader) -> None:
    """Have ready what pages take from a generation: kinds, calendars, what explains, and the index of names."""
    day = control.today()
    for name in ("recognises", "express", "implied", "frozen", "relations", "membership"):
        known.pairs(day, "certain", name)
    known.pairs(day, "possible", "recognises")
    coverage.newest(known)
    welcome.sizes(known)
    welcome.chronicle(known)
    for iri in known.of_class("Source"):
        records.source(known, iri)
    objects = Counter(quad.object.value for quad in known.quads(None, term("object"), None))
    for iri, number in objects.most_common(_MOST_SOUGHT):
        if number <= _MANY:
            records.acts_of(known, iri)
            standing.spans(known, iri)
    atlas.shapes()
    map_marks.places(known)
    map_marks.claims_on_regions(known)
    search.index(known).widen()
    with known.lock:
        for name in ("kinds", "refusing", "proposals", "explainer"):
            getattr(known, name)
