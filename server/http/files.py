"""Answers that are files, each made once for a generation by a process of its own, and sent from the disk."""

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
    """Return a file of the current generation, made now where nobody has asked for it yet.

    :raises Problem: 503 where it is still being made or too many wait for one, 500 where it cannot be made.
    """
    current = service()
    current.rate_limit.check(request.remote_addr or "")
    generation = current.pool.generation
    found = Representation(
        b"", content_type, generation, entity_tag("\0".join([generation, "download", name, form])), "table"
    )
    if request.if_none_match.contains_weak(found.tag):
        return respond(found)
    try:
        file = downloads.opened(current.runtime, current.store_path, generation, name, form)
    except downloads.GenerationGoneError:
        if current.pool.generation != generation:  # It was removed while the file was being made.
            return answer(name, form, content_type)
        file = None
    except RuntimeError as error:
        raise Problem(500, "download-not-made", str(error), hint="The log of the server says why.") from error
    if file is None:
        raise Problem(
            503,
            "download-being-made",
            f"{name}.{form} is being made, which takes a minute after each change of the graph.",
            hint="Ask again in half a minute.",
            headers={"Retry-After": "30"},
        )
    chunks = Chunks(file)
    return respond(found, chunks, chunks.size)
