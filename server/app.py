"""The Flask application over a built store."""

import atexit
from pathlib import Path

from flask import Flask

from comity.server import problems
from comity.server.editing import (
    changes_page,
    entry_page,
    reading_page,
    reports_page,
    review_page,
    statement_page,
)
from comity.server.editing.write_service import WriteService
from comity.server.endpoint import description, graph_store, protocol
from comity.server.endpoint.protocol import EXTENSION, WriteBackend
from comity.server.http import auth, bodies, hosts, openapi, responses
from comity.server.http import service as services
from comity.server.http.service import Service
from comity.server.settings import Settings
from comity.server.web import render
from comity.server.web.pages import (
    api,
    ask,
    between,
    cite,
    counts,
    coverage,
    crawlers,
    data,
    editor,
    entities,
    explain,
    follow,
    graphs,
    home,
    lists,
    map_page,
    matrix,
    network,
    reconcile,
    search,
    timeline,
)

BLUEPRINTS = (
    protocol.blueprint,
    graph_store.blueprint,
    description.blueprint,
    openapi.blueprint,
    changes_page.blueprint,
    entry_page.blueprint,
    statement_page.blueprint,
    reading_page.blueprint,
    review_page.blueprint,
    reports_page.blueprint,
    home.blueprint,
    search.blueprint,
    ask.blueprint,
    map_page.blueprint,
    timeline.blueprint,
    between.blueprint,
    matrix.blueprint,
    coverage.blueprint,
    data.blueprint,
    cite.blueprint,
    crawlers.blueprint,
    api.blueprint,
    network.blueprint,
    editor.blueprint,
    explain.blueprint,
    graphs.blueprint,
    counts.blueprint,
    follow.blueprint,
    reconcile.blueprint,
    lists.blueprint,
    entities.blueprint,
)


def create_app(
    store_path: Path,
    settings: Settings | None = None,
    *,
    runtime: Path | None = None,
    writes: WriteBackend | None = None,
) -> Flask:
    """Return the application for a store.

    :param runtime: the runtime folder of running store processes; without it, the application starts its own.
    :param writes: the write backend; by default it sends change requests for holders of a token.
    """
    settings = settings or Settings.read()
    # Flask cannot find the folder of a package without a regular parent package.
    app = Flask(
        __name__, instance_path=str(store_path.resolve()), root_path=str(Path(__file__).resolve().parent)
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    service = Service(store_path, settings, runtime)
    app.extensions["comity"] = service
    app.extensions[EXTENSION] = writes or WriteService()
    atexit.register(service.close)
    auth.register(app, service.runtime, settings.public_url, settings.path_prefix)
    problems.register(app)
    hosts.register(app, settings)
    services.register(app)
    bodies.register(app)
    responses.register(app, settings, service.metrics)
    render.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
