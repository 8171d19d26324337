"""A generation is open and warm before the first page asks for it."""

from pathlib import Path

from comity.server.app import create_app
from comity.server.web import reading, warming


def test_a_page_takes_what_was_made_ready(real_path: Path) -> None:
    app = create_app(real_path)
    service = app.extensions["comity"]
    try:
        reading.prepare(app, service.pool.generation, warming.warm)
        ready = app.extensions["comity-reader-next"]
        assert {"kinds", "refusing", "proposals", "explainer", "snapshots"} <= vars(ready).keys()
        assert {"search", "tables"} <= ready.shelf.keys()
        response = app.test_client().get("/polity/kosovo", headers={"Accept": "text/html"})
        assert response.status_code == 200 and response.headers["Server-Timing"].startswith("page;dur=")
        assert app.extensions["comity-reader"] is ready
        again = app.test_client().get("/polity/kosovo", headers={"Accept": "text/html"})
        assert again.headers["Server-Timing"].startswith("cache;dur=")
    finally:
        service.close()
