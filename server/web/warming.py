"""Opens each generation for the pages before the first visitor asks: when a process starts, and while it changes.

A new generation stands on disk some moments before the query workers have loaded it and it becomes the one that
answers; in those moments the pages make ready, so that the switch costs no visitor anything.
"""

import logging
import threading
import time
from collections import Counter

from flask import Flask

from comity.errors import ComityError
from comity.iris import term
from comity.server.web import atlas, control, coverage, map_marks, records, search, standing, welcome
from comity.server.web.reading import Reader, prepare
from comity.store.database import current

#: So many parties have their acts read beforehand: those with most.
_MOST_SOUGHT = 10
_LOOK_SECONDS, _LATER_SECONDS = 0.1, 5.0
#: After making ready it rests so many times as long as it took.
_REST = 6
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
        began, pause = time.thread_time(), _LOOK_SECONDS
        try:
            if current(app.extensions["comity"].store_path) != ready:
                ready = make_ready(app)
        except (ComityError, OSError, ValueError) as error:  # the next page opens it, and says what is wrong
            _log.warning("The pages could not be made ready: %s", error)
            pause = _LATER_SECONDS
        # While many changes come in, most of the processor is left to them.
        time.sleep(max(pause, _REST * (time.thread_time() - began)))


def warm(known: Reader) -> None:
    """Have ready what pages take from a generation: kinds, calendars, what explains, and the index of names."""
    day = control.today()
    for name in ("recognises", "express", "implied", "frozen", "relations", "membership"):
        known.pairs(day, "certain", name)
    known.pairs(day, "possible", "recognises")
    coverage.newest(known)
    welcome.sizes(known)
    if welcome.chronicle(known):
        _read_acts(known)
    atlas.shapes()
    map_marks.places(known)
    map_marks.claims_on_regions(known)
    search.index(known).widen()
    with known.lock:
        for name in ("kinds", "refusing", "proposals", "explainer"):
            getattr(known, name)


def _read_acts(known: Reader) -> None:
    """Read the sources, and the acts of those parties that have most."""
    for iri in known.of_class("Source"):
        records.source(known, iri)
    objects = Counter(quad.object.value for quad in known.quads(None, term("object"), None))
    for iri, _ in objects.most_common(_MOST_SOUGHT):
        records.acts_of(known, iri)
        standing.spans(known, iri)
