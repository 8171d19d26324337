"""What operators look at: whether the server lives, whether it can answer, and its counters."""

from flask import Blueprint, Response, current_app, jsonify

from comity.server.http.api_operation import JSON, TEXT, operation
from comity.server.http.service import Service
from comity.server.problems import Problem

blueprint = Blueprint("operations", __name__)


@blueprint.get("/health")
@operation(formats=(JSON,))
def health() -> Response:
    """Alive: this process answers."""
    return jsonify(status="alive")


@blueprint.get("/ready")
@operation(formats=(JSON,))
def ready() -> Response:
    """Ready: a query worker answers from a store."""
    service: Service = current_app.extensions["comity"]
    if not service.ask("ASK { ?s ?p ?o }")["boolean"]:
        raise Problem(503, "store-empty", "The store holds nothing.", hint="Run `comity build`.")
    return jsonify(status="ready", generation=service.pool.generation)


@blueprint.get("/metrics")
@operation(formats=(TEXT,))
def metrics() -> Response:
    """The counters, as Prometheus reads them."""
    service: Service = current_app.extensions["comity"]
    service.metrics.cache_bytes.set(service.cache.bytes)
    service.metrics.running.set(service.pool.admission.running)
    service.metrics.waiting.set(service.pool.admission.waiting)
    return Response(service.metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")
