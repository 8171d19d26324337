"""Refusals and failures as problem details (RFC 9457), with the same words in JSON and HTML."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from comity.errors import ComityError, StoreError, UnknownError
from comity.server.fault_log import LOGGER

TYPES = "https://w3id.org/comity/problem/"


class Problem(ComityError):
    """A problem returned instead of a result: a status, what is wrong, and how to fix it."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        hint: str = "",
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.hint = hint
        self.headers = headers or {}
        self.more = more

    @property
    def title(self) -> str:
        """Return the kind of problem in words."""
        return self.kind.replace("-", " ").capitalize()

    def document(self) -> dict[str, Any]:
        """Return the members of the problem document."""
        members: dict[str, Any] = {
            "type": TYPES + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.hint:
            members["hint"] = self.hint
        return members | self.more

    def plain_answer(self) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return the status, headers and body of the answer as a problem document."""
        body = (json.dumps(self.document(), ensure_ascii=False) + "\n").encode()
        headers = {
            "Content-Type": "application/problem+json",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Vary": "Accept",
            **self.headers,
        }
        return f"{self.status} {HTTPStatus(self.status).phrase}", list(headers.items()), body

    def sentence(self) -> str:
        """Return the detail and the hint as one line of text."""
        return f"{self.detail} {self.hint}".strip()


def unknown(
    error: UnknownError, status: int = 400, kind: str = "unknown-name", place: str = "", hint: str = ""
) -> Problem:
    """Return the problem for an unknown name, with the closest known names as suggestions.

    :param place: the parameter that contains the name, if any.
    :param hint: further advice.
    """
    near = [{"name": name, "iri": iri} for name, iri in error.near]
    more: dict[str, Any] = {"parameter": place} if place else {}
    more |= {"written": error.written, "suggestions": near} if near else {}
    return Problem(status, kind, error.said, hint=f"{error.hint} {hint}".strip(), **more)


def _wants_html() -> bool:
    accept = request.accept_mimetypes
    best = accept.best_match(
        ["application/problem+json", "application/json", "text/html"], "application/problem+json"
    )
    return best == "text/html"


def answer(problem: Problem) -> Response:
    """Return the HTTP response for a problem, in the format the client accepts."""
    status, headers, body = problem.plain_answer()
    response = Response(body, status, headers)
    if _wants_html():
        response.set_data(render_template("problem.html", problem=problem))
        response.content_type = "text/html; charset=utf-8"
    return response


def _of_http(error: HTTPException) -> Problem:
    status = error.code or 500
    phrase = HTTPStatus(status).phrase
    detail = {
        404: f"There is nothing at {request.path}.",
        405: f"{request.path} does not support {request.method}.",
        413: f"The body of the request is larger than {request.max_content_length or 0:,} bytes.",
    }.get(status, error.description or f"{phrase}.")
    hint = {
        404: "The front page lists what is available.",
        405: f"Use one of {', '.join(sorted(getattr(error, 'valid_methods', None) or []))}.",
        413: "Send a smaller request.",
    }.get(status, "")
    headers = {"Allow": ", ".join(sorted(error.valid_methods or []))} if status == 405 else {}  # type: ignore[attr-defined]
    return Problem(status, phrase.lower().replace(" ", "-"), detail, hint=hint, headers=headers)


def _of_comity(error: ComityError) -> Response:
    if isinstance(error, StoreError):  # The client cannot fix it.
        return answer(Problem(503, "store-unreadable", str(error), hint="Tell the operator of the server."))
    if isinstance(error, UnknownError):
        error = unknown(error)
    return answer(error if isinstance(error, Problem) else Problem(400, "bad-request", str(error)))


def _of_http_answer(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()  # type: ignore[return-value]
    return answer(_of_http(error))


def _of_bug(error: Exception) -> Response:
    LOGGER.error("A request failed", exc_info=error)
    return answer(_internal_error())


def _internal_error() -> Problem:
    return Problem(
        500,
        "internal-error",
        "Something failed inside the server; the details are in its log.",
        hint="You can retry the request.",
    )


def of_process(members: Mapping[str, Any]) -> Problem:
    """Return the problem that another process of the server sent; what failed inside it is for the log alone."""
    if members["kind"] == "internal-error":
        LOGGER.error("A request failed in another process: %s", ascii(members["detail"][:200]))
        return _internal_error()
    return Problem(**members)


def register(app: Flask) -> None:
    """Make every failure of the application return a problem document."""
    app.register_error_handler(ComityError, _of_comity)
    app.register_error_handler(HTTPException, _of_http_answer)
    app.register_error_handler(Exception, _of_bug)
