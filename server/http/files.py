"""Responses that are files, each created once per generation by a separate process, and sent from disk."""

from flask import Response, request

from comity.server.http.responses import Chunks, Representation, entity_tag, respond
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.processes import downloads


def download(name: str, form: str, content_type: str) -> Response:
    """Return a file of the current generation for a browser to save; see :func:`answer`."""
    response = answer(name, form, content_type)
    own = "comity" if name == downloads.DATABASE else f"comity-{name}"
    response.headers["Content-Disposition"] = f'attachment; filename="{own}.{form}"'
    return response


def answer(name: str, form: str, content_type: str) -> Response:
    """Return a file of the current generation, created now if it does not exist yet.

    :raises Problem: 503 if it is still being created or too many requests wait, 500 if it cannot be created.
    """
    current = service()
    generation = current.pool.generation
    found = Representation(
        b"", content_type, generation, entity_tag("\0".join([generation, "download", name, form])), "table"
    )
    if request.if_none_match.contains_weak(found.tag):
        return respond(found)
    try:
        file = downloads.opened(current.runtime, current.store_path, generation, name, form)
    except downloads.GenerationGoneError:
        if current.pool.generation != generation:  # It was removed while the file was being created.
            return answer(name, form, content_type)
        file = None
    except RuntimeError as error:
        raise Problem(
            500, "download-not-made", str(error), hint="The log of the server gives the reason."
        ) from error
    if file is None:
        raise Problem(
            503,
            "download-being-made",
            f"{name}.{form} is being created, which takes a minute after each change to the graph.",
            hint="Try again in half a minute.",
            headers={"Retry-After": "30"},
        )
    chunks = Chunks(file)
    return respond(found, chunks, chunks.size)
