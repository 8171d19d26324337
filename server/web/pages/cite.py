"""Citations of pages for reference managers: BibTeX, RIS and the JSON of the Citation Style Language."""

from flask import Blueprint, Response, request

from comity.errors import DateError, UnknownError
from comity.server.http.formats import Format, requested
from comity.server.http.openapi import operation
from comity.server.problems import Problem
from comity.server.web import render, view_context
from comity.server.web.models import citations
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("cite", __name__)
BIBTEX = Format("bibtex", ("application/x-bibtex",))
RIS = Format("ris", ("application/x-research-info-systems",))
CSL = Format("csl", ("application/vnd.citationstyles.csl+json", "application/json"))
TEXT = Format("text", ("text/plain",))
_SUFFIXES = {"bibtex": "bib", "ris": "ris", "csl": "json", "text": "txt"}
_LONGEST = 2000


@blueprint.get("/cite")
@operation("of_page", formats=(TEXT, BIBTEX, RIS, CSL))
def cite() -> Response:
    """Return the citation of a page, as text or for a reference manager."""
    form = requested(TEXT, BIBTEX, RIS, CSL)
    path = request.args.get("of_page", "/data")
    if not path.startswith("/") or len(path) > _LONGEST:
        raise Problem(
            400,
            "not-a-path",
            f"of_page: {path[:100]!r} is not the path of a page.",
            hint="Give the path of a page of this site, such as /polity/kosovo?as_of=2010-01-01.",
        )
    try:
        found = citations.of_page(graph_reader(), path, view_context.today())
    except (UnknownError, DateError) as error:
        raise Problem(
            404,
            "not-citable",
            str(error),
            hint="Give the path of the data, a question, a map, a story, a pair or a thing.",
        ) from error
    response = render.answer(lambda: str(getattr(found, form.name)), form.content_type)
    if form is not TEXT:
        response.headers["Content-Disposition"] = f'attachment; filename="comity.{_SUFFIXES[form.name]}"'
    return response
