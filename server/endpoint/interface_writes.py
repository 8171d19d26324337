"""What the OpenAPI document says of changes: how they are sent, and what comes back."""

from typing import Any

from comity.server.endpoint.interface_words import PROBLEM, REFUSALS, content, in_path, parameter, refused
from comity.server.http.formats import HTML, RDF
from comity.tables.reader import known_columns

#: What every operation that writes asks for.
SECURITY: list[dict[str, list[str]]] = [{"bearer": []}]
_RECEIPT = {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORM = "application/x-www-form-urlencoded"
_REQUIRED = ["kind", "actor", "object", "date"]
_REFUSED_REPORTS = ("400", "403", "404", "409", "413", "415", "422", "429", "503", "507")
_REPORT = PROBLEM | {media: {"schema": {"type": "string"}} for media in ("text/turtle", "text/plain")}
#: Parameters of all that writes.
CHOICES = [
    {**parameter("dry-run", "Say what would change, and change nothing."), "allowEmptyValue": True},
    parameter("reason", "Why; also as the header Comity-Reason."),
]


def schemes() -> dict[str, Any]:
    """The security scheme: bearer tokens."""
    words = "A token that the operator makes with `comity token add`; its role says what it may."
    return {"bearer": {"type": "http", "scheme": "bearer", "description": words}}


def schemas() -> dict[str, Any]:
    """The schema of a receipt."""
    texts = {"kind": "change, proposal, decision or report.", "generation": "The generation that shows it."}
    numbers = {
        "number": "The number of the change in the journal.",
        "proposal": "The number of what waits at /review.",
        "periods_opened": "Triples of periods that come.",
        "periods_closed": "Triples of periods that go.",
    }
    lists = {"added": "Quads that come.", "removed": "Quads that go.", "warnings": "What the gate warns of."}
    properties: dict[str, Any] = {
        **{name: {"type": ["string", "null"], "description": text} for name, text in texts.items()},
        **{name: {"type": ["integer", "null"], "description": text} for name, text in numbers.items()},
        **{name: {"type": "array", "description": text} for name, text in lists.items()},
        "dry_run": {"type": "boolean"},
    }
    return {"Receipt": {"type": "object", "description": "What a change came to.", "properties": properties}}


def answers(*more: str) -> dict[str, Any]:
    """The answers to a write: receipts, and refusals with the usual statuses and these."""
    location = {"Location": {"schema": {"type": "string"}, "description": "Where it is told of."}}
    return {
        "200": {"description": "Nothing was to change, or a dry run was asked for.", "content": _RECEIPT},
        "201": {"description": "Accepted.", "headers": location, "content": _RECEIPT},
        "202": {"description": "It waits in the review queue.", "headers": location, "content": _RECEIPT},
        **refused("400", "401", "403", "413", "415", "503", "507", *more),
        "422": {"description": REFUSALS["422"], "content": _REPORT},
    }


def paths() -> dict[str, Any]:
    """The addresses that write beside those of the protocols."""
    number, reason = in_path("number", "The number of the change.", "integer"), {"reason": "Why."}
    proposal = in_path("number", "The number of the proposal.", "integer")
    source = {f"source_{name}": f"The source's {name}." for name in ("publisher", "title", "date", "url")}
    thing = {"thing": "The thing, as IRI or path.", "reason": "Why; whoever asks for it later is told."}
    return {
        "/acts": _operation("Enter one act, or correct one", _act()),
        "/changes": _operation("Import a file", _file(), _naming()),
        "/changes/{number}/revert": _operation("Undo a change", _fields(reason), [number], ("404", "409")),
        "/retract": _operation("Take a thing back", _fields(thing, "thing", "reason"), [], ("404", "409")),
        "/review/{number}/accept": _operation(
            "Accept a proposal", _fields(reason | source), [proposal], ("404", "409")
        ),
        "/review/{number}/refuse": _operation(
            "Refuse a proposal", _fields(reason, "reason"), [proposal], ("404", "409")
        ),
        "/report": _report(),
    }


def _operation(
    summary: str, body: dict[str, Any], parameters: Any = (), more: tuple[str, ...] = ("404", "409")
) -> dict[str, Any]:
    found = answers(*more)
    found["303"] = {
        "description": "To the page of the change, for a browser's form.",
        "content": content(HTML),
    }
    found["200"] = found["200"] | {"content": _RECEIPT | content(HTML)}
    return {
        "post": {
            "summary": summary,
            "security": SECURITY,
            "parameters": [*parameters, *CHOICES],
            "requestBody": body,
            "responses": found,
        }
    }


def _fields(words: dict[str, str], *required: str) -> dict[str, Any]:
    """A body of named texts, as JSON or as a form."""
    texts = {name: {"type": "string", "description": text} for name, text in words.items()}
    schema: dict[str, Any] = {"type": "object", "properties": texts}
    if required:
        schema["required"] = list(required)
    return {"required": True, "content": {"application/json": {"schema": schema}, _FORM: {"schema": schema}}}


def _act() -> dict[str, Any]:
    words = {name: f"As the column {name} of the tables of acts." for name in known_columns("acts")}
    words |= {"corrects": "The IRI or path of the act that this one corrects.", "reason": "Why."}
    return _fields(words, *_REQUIRED)


def _file() -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string"}}, _XLSX: binary} | content(*RDF),
    }


def _naming() -> list[dict[str, Any]]:
    return [
        parameter("name", "The name of the file, which says which table it is, such as acts-mine.csv."),
        parameter("table", "The table, where neither name nor columns say it."),
    ]


def _report() -> dict[str, Any]:
    words = {"about": "What it is about.", "text": "What is wrong.", "name": "Who says so, if they like."}
    waits = {"description": "It waits in the review queue.", "content": _RECEIPT | content(HTML)}
    return {
        "post": {
            "summary": "Report an error; needs no token",
            "requestBody": _fields(words, "about", "text"),
            "responses": {
                "202": waits,
                **refused("400", "403", "404", "409", "413", "415", "422", "429", "503", "507"),
            },
        }
    }
