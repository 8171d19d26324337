"""What the OpenAPI document says of the pages: their addresses, parameters and formats."""

from typing import Any

from comity.server.endpoint.interface_words import PROBLEM, in_path, parameter
from comity.server.http.formats import HTML, NQUADS, NTRIPLES, RDF, TRIG, TURTLE, Format
from comity.server.web.pages import ask, entities, explain, map_page, matrix, network, timeline

_PLAIN = Format("json", ("application/json",))
_TEXT = Format("text", ("text/plain",))
_ATOM = Format("atom", ("application/atom+xml",))
_PATCH = Format("patch", ("application/rdf-patch",))
_SEARCH = Format("opensearch", ("application/opensearchdescription+xml",))
_QUERY = Format("sparql", ("application/sparql-query",))
_FOLDER = in_path("folder", "What kind of thing: polity, act, source, …")
_NUMBER = in_path("number", "The number in the journal.", "integer")
#: The day and the view that most pages can be asked for.
_MOMENT = {
    "as_of": "The day, as YYYY, YYYY-MM or YYYY-MM-DD.",
    "reading": "certain (the default) or possible.",
    "according_to": "The id of the party whose view is shown.",
}
_WORDS = {
    "q": "What is looked for.",
    "type": "entity, party, or a kind of thing.",
    "name": "A name or an id.",
    "of": "The id of a party, or several.",
    "by": "The id of a party.",
    "polities": "Ids of polities, parted by semicolons.",
    "kind": "mutual or responses.",
    "act": "The IRI or path of an act.",
    "around": "The day around which acts are shown.",
    "page": "The number of the page.",
    "question": "The name of a question.",
    "query": "The text of a query.",
    "subject": "A thing: an id, a path, an IRI or a name.",
    "predicate": "A property, such as recognises or co:hasRecognised.",
    "object": "A thing, or a text in quotes.",
    "graph": "The graph in which it holds.",
    "before": "Changes before this number.",
    "about": "The IRI or path of a thing.",
    "thing": "The IRI or path of a thing.",
    "all": "Decided ones as well.",
    "corrects": "The IRI or path of an act that is corrected.",
    "like": "The IRI or path of an act to start from.",
    "date": "A date as the tables write it.",
} | _MOMENT
_PAGE = (HTML,)
_TIMES = tuple(_MOMENT)
_Row = tuple[str, tuple[Format, ...], tuple[str, ...]]

#: summary, formats, parameters of each address.
_PAGES: dict[str, _Row] = {
    "/": ("Home", _PAGE, _TIMES),
    "/about": ("About the graph", _PAGE, ()),
    "/go": ("Leads to the thing that has a name", _PAGE, ("name",)),
    "/search": ("Search", _PAGE, ("q", *_TIMES)),
    "/complete": ("Completions of what was typed", (_PLAIN,), ("q", "type")),
    "/opensearch.xml": ("The search, for browsers", (_SEARCH,), ()),
    "/questions": ("The questions", (HTML, _PLAIN), ()),
    "/questions/{name}": ("A question and its answer", ask.FORMS, _TIMES),
    "/editor": ("An editor for queries", _PAGE, ("question", "query")),
    "/editor/terms.json": ("Terms that the editor completes", (_PLAIN,), ()),
    "/explain": ("Why something holds", explain.FORMS, ("subject", "predicate", "object", "graph", *_TIMES)),
    "/map": ("The map", map_page.FORMS, ("of", "by", *_TIMES)),
    "/matrix": ("Who recognises whom, as a matrix", matrix.FORMS, ("polities", *_TIMES)),
    "/network": ("Recognitions or responses as a network", network.FORMS, ("kind", "act", *_TIMES)),
    "/timeline": ("The timeline of some parties", timeline.FORMS, ("of", "around", *_TIMES)),
    "/timeline/{name}": ("The timeline of a party or a story", timeline.FORMS, ("around", *_TIMES)),
    "/{folder}": ("All things of a kind", _PAGE, ("page", *_TIMES)),
    "/{folder}/{rest}": ("A thing", entities.FORMS, _TIMES),
    "/as-of/{rest}": ("The graph as of a day", entities.FORMS, _TIMES),
    "/graph": ("The named graphs", _PAGE, ()),
    "/graph/{name}": ("A named graph", (HTML, *RDF), ()),
    "/ontology": ("The ontology", entities.FORMS, ()),
    "/ontology.{suffix}": ("The ontology in a format", entities.FORMS, ()),
    "/ontology/{version}": ("A version of the ontology", entities.FORMS, ()),
    "/shapes": ("The shapes", (HTML, *RDF), ()),
    "/rule/{name}": ("A rule", (HTML, _QUERY), ()),
    "/problem/{kind}": ("What a kind of problem means", _PAGE, ()),
    "/changes": ("The accepted changes", (HTML, _PLAIN, _ATOM), ("before", "about")),
    "/changes.atom": ("The latest changes as a feed", (_ATOM,), ()),
    "/changes/{number}": ("A change", (HTML, _PLAIN, _PATCH, TURTLE, NTRIPLES), ()),
    "/change/{number}": ("Leads from the IRI of a change to its page", _PAGE, ()),
    "/as-known-on/{text}": ("The facts as known at a moment", (NQUADS, TRIG), ()),
    "/review": ("What waits for an editor", (HTML, _PLAIN), ("all",)),
    "/review/{number}": ("A proposal", (HTML, _PLAIN), ()),
    "/report": ("The form to report an error", _PAGE, ("about",)),
    "/retract": ("The form to take a thing back", _PAGE, ("thing",)),
    "/acts/new": ("The form for one act", _PAGE, ("corrects", "like")),
    "/acts/days": ("The days that a date may mean", (_TEXT,), ("date",)),
    "/static/{filename}": ("Files of the pages", (Format("any", ("*/*",)),), ()),
}
_PARTS = {
    "name": in_path("name", "Its name."),
    "folder": _FOLDER,
    "rest": in_path("rest", "The rest of its path."),
    "suffix": in_path("suffix", "ttl, jsonld, nt or rdf."),
    "version": in_path("version", "The version."),
    "kind": in_path("kind", "The kind of problem."),
    "number": _NUMBER,
    "text": in_path("text", "A day, or a time in UTC."),
    "filename": in_path("filename", "The path of the file."),
}


def paths() -> dict[str, Any]:
    """The addresses of the pages."""
    return {path: {"get": _operation(path, *row)} for path, row in _PAGES.items()}


def _operation(
    path: str, summary: str, offered: tuple[Format, ...], names: tuple[str, ...]
) -> dict[str, Any]:
    parts = [part.partition("}")[0] for part in path.split("{")[1:]]
    parameters = [_PARTS[part] for part in parts]
    parameters += [parameter(name, _WORDS[name]) for name in names]
    if len(offered) > 1:
        parameters.append(parameter("format", "The format by name instead of Accept."))
    body: dict[str, Any] = {media: {"schema": {}} for form in offered for media in form.media[:2]}
    return {
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": "The page, or its data.", "content": body},
            "304": {"description": "It is the one that the client has (If-None-Match)."},
            "default": {"description": "A redirection, or a problem.", "content": PROBLEM},
        },
    }
