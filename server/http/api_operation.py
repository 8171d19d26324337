"""What a view tells the OpenAPI document of itself, beside its address and its docstring."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from comity.server.http.formats import HTML, RDF, Format

_View = TypeVar("_View", bound=Callable[..., Any])
_ATTRIBUTE = "api_operations"
JSON = Format("json", ("application/json",))
TEXT = Format("text", ("text/plain",))
ATOM = Format("atom", ("application/atom+xml",))
PATCH = Format("patch", ("application/rdf-patch", "text/rdf-patch"))
OPENSEARCH = Format("opensearch", ("application/opensearchdescription+xml",))
QUERY = Format("sparql", ("application/sparql-query",))
#: The day and the view that most pages can be asked for.
MOMENT = ("as_of", "reading", "according_to")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Operation:
    """One method of one view."""

    methods: tuple[str, ...]
    parameters: tuple[str, ...]
    formats: tuple[Format, ...]
    body: dict[str, Any] | None
    token: str
    receipt: bool
    summary: str


def operation(
    *parameters: str,
    formats: tuple[Format, ...] = (HTML,),
    body: dict[str, Any] | None = None,
    token: str = "",
    receipt: bool = False,
    methods: tuple[str, ...] = ("get",),
    summary: str = "",
) -> Callable[[_View], _View]:
    """Describe one or several methods of a view; of several descriptions each stands for its own methods.

    :param parameters: names of parameters in the query string, which :mod:`comity.server.endpoint.openapi` explains.
    :param formats: the formats of the answer, the preferred one first.
    :param body: the request body, as OpenAPI has it.
    :param token: ``required``, ``optional`` where only some requests need one, or empty.
    :param receipt: whether it changes something, and answers with a receipt.
    :param summary: what it does; by default, the first line of the view's docstring.
    """

    def describe(view: _View) -> _View:
        told = Operation(methods, parameters, formats, body, token, receipt, summary)
        setattr(view, _ATTRIBUTE, (*getattr(view, _ATTRIBUTE, ()), told))
        return view

    return describe


def operation_of(view: Callable[..., Any], method: str) -> Operation:
    """Return what a view tells of one of its methods; of a view that tells nothing, that it is a page."""
    for told in getattr(view, _ATTRIBUTE, ()):
        if method in told.methods:
            found: Operation = told
            return found
    return Operation((method,), (), (HTML,), None, "", False, "")


def writes(
    *parameters: str,
    body: dict[str, Any] | None = None,
    formats: tuple[Format, ...] = (HTML,),
    token: str = "required",
    method: str = "post",
    summary: str = "",
) -> Callable[[_View], _View]:
    """Describe a method of a view that changes something."""
    return operation(
        *parameters, formats=formats, body=body, token=token, receipt=True, methods=(method,), summary=summary
    )


def fields(names: Mapping[str, str], *required: str) -> dict[str, Any]:
    """Return a request body of named texts, as JSON or as a form."""
    texts = {name: {"type": "string", "description": text} for name, text in names.items()}
    schema: dict[str, Any] = {"type": "object", "properties": texts}
    if required:
        schema["required"] = list(required)
    media = ("application/json", "application/x-www-form-urlencoded")
    return {"required": True, "content": {name: {"schema": schema} for name in media}}


def documents(*, tables: bool = False) -> dict[str, Any]:
    """Return a request body that is an RDF document or, with `tables`, a file in the columns of the tables."""
    content: dict[str, Any] = {form.media[0]: {"schema": {"type": "string"}} for form in RDF}
    if tables:
        content["text/csv"] = {"schema": {"type": "string"}}
        content[_XLSX] = {"schema": {"type": "string", "format": "binary"}}
    return {"required": True, "content": content}
