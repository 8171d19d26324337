"""The pages for people, put into the application in one place."""

from flask import Flask

from comity.server.web import render
from comity.server.web.pages import (
    ask,
    editor,
    entities,
    explain,
    graphs,
    home,
    map_page,
    matrix,
    network,
    search,
    timeline,
)

BLUEPRINTS = (
    home.blueprint,
    ask.blueprint,
    map_page.blueprint,
    timeline.blueprint,
    matrix.blueprint,
    network.blueprint,
    editor.blueprint,
    explain.blueprint,
    search.blueprint,
    graphs.blueprint,
    entities.blueprint,
)


def register(app: Flask) -> None:
    """Add the pages and what their templates use."""
    render.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
