"""The pages for people, put into the application in one place."""

from flask import Flask

from comity.server.web import (
    ask,
    editor,
    entities,
    graph_page,
    map_page,
    matrix,
    network,
    reasons,
    search,
    snapshot_page,
    timeline,
    welcome,
)
from comity.server.web import frame as pages

BLUEPRINTS = (
    welcome.blueprint,
    ask.blueprint,
    map_page.blueprint,
    timeline.blueprint,
    matrix.blueprint,
    network.blueprint,
    editor.blueprint,
    reasons.blueprint,
    search.blueprint,
    snapshot_page.blueprint,
    graph_page.blueprint,
    entities.blueprint,
)


def register(app: Flask) -> None:
    """Add the pages and what their templates use."""
    pages.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
