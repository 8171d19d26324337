"""The graph for language models and other programs, over the Model Context Protocol; a token allows proposals."""

import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import anyio
import anyio.to_thread
from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations
from pydantic import Field
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comity.errors import ComityError
from comity.reading.intake import MOST_LETTERS
from comity.server.listening import bound, shown
from comity.server.mcp.tools import MOST_ROWS, GraphTools
from comity.server.problems import Problem

_INSTRUCTIONS = """Comity records who recognises whom, since when, and who says so: dated, sourced acts of states, de
facto entities and organisations, and the facts derived from them. Begin with search_name to find ids, and prefer
ask_question (describe_schema with topic "questions" lists the questions) to query. State the date of each answer, name
its sources, and report a status as the claim of its claimant. A party that is not listed has not refused: only
known acts are recorded."""
_READ_ONLY = ToolAnnotations(
    readOnlyHint=True, destructiveHint=False, idempotentHint=True, openWorldHint=False
)
_PROPOSING = ToolAnnotations(
    readOnlyHint=False, destructiveHint=False, idempotentHint=False, openWorldHint=False
)
Kind = Literal[
    "any", "polity", "organisation", "person", "place", "document", "status", "act", "statement", "source"
]
Topic = Literal["overview", "classes", "properties", "questions", "statuses"]
Text = Annotated[str, Field(max_length=400)]
Sparql = Annotated[str, Field(max_length=65536)]
Rows = Annotated[int, Field(ge=1, le=MOST_ROWS)]
Seconds = Annotated[float, Field(gt=0, le=60)]
Cell = Annotated[str, Field(max_length=2000)]
FoundRows = Annotated[list[dict[str, Cell]], Field(max_length=50)]
#: The most characters in a report; the reader reports the number in a longer one.
Report = Annotated[str, Field(max_length=2 * MOST_LETTERS)]
Token = Annotated[
    str, Field(max_length=200, description="A contributor's token, created with `comity token add`.")
]
Answer = dict[str, Any]
#: The most bytes in the body of a request over HTTP.
_MOST_BYTES = 4 * 1024 * 1024


def program(tools: GraphTools, hosts: tuple[str, ...] = ()) -> FastMCP:
    """Return the server with its tools.

    :param hosts: host names allowed over HTTP, besides this machine's own.
    """
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=["127.0.0.1:*", "localhost:*", "[::1]:*", *hosts, *(f"{host}:*" for host in hosts)],
        allowed_origins=["http://127.0.0.1:*", "http://localhost:*", *(f"https://{host}" for host in hosts)],
    )
    server = FastMCP(
        "comity",
        instructions=_INSTRUCTIONS,
        log_level="WARNING",
        stateless_http=True,
        json_response=True,
        transport_security=security,
    )
    # FastMCP has no version parameter, and would report that of the SDK.
    server._mcp_server.version = version("comity")
    _finding(server, tools)
    _asking(server, tools)
    _proposing(server, tools)
    return server


def _finding(server: FastMCP, tools: GraphTools) -> None:
    @server.tool(annotations=_READ_ONLY)
    async def search_name(text: Text, kind: Kind = "any", limit: Rows = 10) -> Answer:
        """Find polities, organisations, people, places, acts or sources by any name, in any spelling or language.

        Returns ids for the other tools. Kinds and statuses organise the catalogue; they are not verdicts.
        """
        return await _answered(lambda: tools.search_name(text, kind, limit))

    @server.tool(annotations=_READ_ONLY)
    async def describe_schema(topic: Topic = "overview") -> Answer:
        """Describe the graph: an overview with prefixes, snapshots and example queries, or one topic."""
        return await _answered(lambda: tools.describe(topic))


def _asking(server: FastMCP, tools: GraphTools) -> None:
    @server.tool(annotations=_READ_ONLY)
    async def ask_question(name: Text, parameters: dict[str, str] | None = None, limit: Rows = 100) -> Answer:
        """Ask a question from the library by name, such as who-recognises with object and as_of (YYYY-MM-DD).

        Give entities by id, name or alias. describe_schema with topic "questions" lists all questions and parameters.
        """
        return await _answered(lambda: tools.ask(name, parameters or {}, limit))

    @server.tool(annotations=_READ_ONLY)
    async def query(sparql: Sparql, limit: Rows = 100, seconds: Seconds = 5.0) -> Answer:
        """Run a read-only SPARQL 1.1 query with limits on time and rows; the project's prefixes are predeclared.

        Write FROM <https://w3id.org/comity/as-of/2022-07-14> to query the state on a day in the present tense.
        """
        return await _answered(lambda: tools.query(sparql, limit, seconds))

    @server.tool(annotations=_READ_ONLY)
    async def explain(
        subject: Text, predicate: Text, object: Text, as_of: Text = "", according_to: Text = ""
    ) -> Answer:
        """Explain why a statement holds, down to sourced acts, or what is missing for it to hold.

        Give entities by id, name or IRI. The predicate is a term such as co:recognises (give as_of, YYYY-MM-DD),
        co:hasRecognised, or "a" for a class.
        """
        return await _answered(lambda: tools.explain(subject, predicate, object, as_of, according_to))


def _proposing(server: FastMCP, tools: GraphTools) -> None:
    @server.tool(annotations=_READ_ONLY)
    async def read_report(
        text: Report, published: Text = "", publisher: Text = "", title: Text = "", url: Text = ""
    ) -> Answer:
        """Read a report in English: return the acts and statements it describes, as rows to check and propose.

        published is its day (2022-07-14), from which "on Wednesday" is resolved. No address is fetched, nothing is
        stored. Acts without a date, which a row must have, are under undated; those that are planned, denied or
        demanded under not_done. Omit the columns span, also, reasons, known, sentence and name from rows that you
        propose.
        """
        return await _answered(lambda: tools.read_report(text, published, publisher, title, url))

    @server.tool(annotations=_READ_ONLY)
    async def check_act(
        token: Token, rows: FoundRows | None = None, statements: FoundRows | None = None
    ) -> Answer:
        """Check proposed acts and statements against the rules and the facts, as if entered; nothing is stored.

        A row has the columns of the tables of acts: kind, actor, object, date (EDTF, as exact as the source), a source
        (source_publisher, source_title, source_date, source_url, source_kind) and others; one of statements speaker,
        speaker_id, speaks_for, kind, said_on, about (ids, or acts as kind/actor/object), claim_in_our_words and the
        same source. Parties are ids or names.
        """
        return await _answered(lambda: tools.check_act(rows or [], statements or [], token))

    @server.tool(annotations=_PROPOSING)
    async def propose_acts(
        token: Token, reason: Text, rows: FoundRows | None = None, statements: FoundRows | None = None
    ) -> Answer:
        """Propose acts and statements from a source; they wait in the review queue until an editor decides.

        Rows as for check_act. Propose only acts the source reports as done, none planned, demanded or denied.
        """
        return await _answered(lambda: tools.propose_acts(rows or [], statements or [], token, reason))


class LimitedBodies:
    """Passes on to an ASGI application requests whose body has a length, is not too long, and arrives in time."""

    def __init__(self, application: ASGIApp, seconds: float = 30.0) -> None:
        """Wrap an application.

        :param seconds: how long a body may take to arrive.
        """
        self._application = application
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if scope["method"] == "POST" and not (length.isascii() and length.isdecimal()):
            await PlainTextResponse("The request does not give the length of its body.", 411)(
                scope, receive, send
            )
            return
        if length and int(length[:20]) > _MOST_BYTES:
            words = f"The body of the request is larger than {_MOST_BYTES:,} bytes."
            await PlainTextResponse(words, 413)(scope, receive, send)
            return
        deadline = time.monotonic() + self._seconds
        whole = False

        async def received() -> Message:
            nonlocal whole
            message: Message = {"type": "http.disconnect"}
            with anyio.move_on_after(None if whole else max(deadline - time.monotonic(), 0)):
                message = await receive()
            whole = whole or not message.get("more_body", False)
            return message

        await self._application(scope, received, send)


async def _answered(work: Callable[[], Answer]) -> Answer:
    """Return an answer computed in a thread, which keeps the event loop free; errors become one sentence."""
    try:
        return await anyio.to_thread.run_sync(work)
    except Problem as problem:
        raise ToolError(problem.sentence()) from None
    except ComityError as error:
        raise ToolError(str(error)) from None
    except ValueError as error:
        raise ToolError(f"An argument cannot be read: {error}.") from None


def serve_stdio(store_path: Path) -> None:
    """Serve on standard input and output until the other side closes them."""
    tools = GraphTools(store_path)
    try:
        program(tools).run("stdio")
    finally:
        tools.close()


def serve_http(
    store_path: Path, host: str, port: int, hosts: tuple[str, ...], announce: Callable[[str], None]
) -> None:
    """Serve at http://HOST:PORT/mcp until interrupted.

    :param announce: called with the address once the server is listening.
    :raises ComityError: if the address is in use.
    """
    import uvicorn

    taken = bound(host, port)
    taken.listen(128)
    tools = GraphTools(store_path)
    try:
        app = LimitedBodies(program(tools, hosts).streamable_http_app())
        address, number = taken.getsockname()[:2]
        announce(f"http://{shown(address)}:{number}/mcp")
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[taken])
    finally:
        tools.close()
        taken.close()
