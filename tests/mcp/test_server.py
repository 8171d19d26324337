"""The Model Context Protocol as a client meets it: the SDK's own client, over standard input and over HTTP."""

import datetime as dt
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import httpx
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, Tool

from comity.server.mcp.server import LimitedBodies, program
from comity.server.mcp.tools import GraphTools
from comity.store.database import Store
from tests.export import pages
from tests.mcp.calls import CALLS, REFUSED

COMITY = str(Path(sys.executable).parent / "comity")
TOOLS = {"search_name", "ask_question", "query", "explain", "describe_schema"} | {
    "read_report",
    "check_act",
    "propose_acts",
}


async def over_stdio(store: Path, work: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    words = StdioServerParameters(command=COMITY, args=["mcp", "--store", str(store)], env=dict(os.environ))
    async with stdio_client(words) as streams, ClientSession(*streams) as session:
        await session.initialize()
        return await work(session)


async def over_http(address: str, work: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    async with (
        streamable_http_client(address) as (reading, writing, *_),
        ClientSession(reading, writing) as session,
    ):
        await session.initialize()
        return await work(session)


Answers = dict[str, CallToolResult]


class Met(NamedTuple):
    """All that a client met in one session."""

    answers: Answers
    tools: list[Tool]
    patterns: list[CallToolResult]


async def meet(session: ClientSession) -> Met:
    answers = {key: await session.call_tool(name, words) for key, (name, words) in CALLS.items()}
    overview = told(answers, "overview")
    patterns = [*overview["patterns"].values(), overview["snapshots"]["use"]]
    rows = [await session.call_tool("query", {"sparql": text, "limit": 2}) for text in patterns]
    return Met(answers, (await session.list_tools()).tools, rows)


@pytest.fixture(scope="module")
def met(real_path: Path) -> Met:
    found: Met = anyio.run(over_stdio, real_path, meet)
    return found


@pytest.fixture(scope="module")
def answers(met: Met) -> Answers:
    return met.answers


def told(answers: Answers, key: str) -> dict[str, Any]:
    assert not answers[key].isError and answers[key].structuredContent
    return answers[key].structuredContent


@pytest.mark.parametrize("key", [key for key in CALLS if key not in REFUSED])
def test_every_answer_carries_sources_date_and_version(answers: Answers, real_store: Store, key: str) -> None:
    answer = told(answers, key)
    assert answer["graph_version"]["generation"] == real_store.generation
    assert answer["graph_version"]["content_hash"] == real_store.meta["hash"]
    assert answer["date"]["answered_on"] == dt.date.today().isoformat() and "as_of" in answer["date"]
    assert all(source["title"] for source in answer["sources"]) and "not a refusal" in answer["note"]


@pytest.mark.parametrize(("key", "words"), REFUSED.items())
def test_what_cannot_be_answered_is_told_in_a_sentence(answers: Answers, key: str, words: str) -> None:
    assert answers[key].isError and words in answers[key].content[0].text  # type: ignore[union-attr]
    assert "Traceback" not in answers[key].content[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("key", "name"),
    [("name", "Luhansk People's Republic"), ("typo", "Sahrawi Republic"), ("foreign", "Germany")],
)
def test_names_are_found_in_any_spelling(answers: Answers, key: str, name: str) -> None:
    assert told(answers, key)["hits"][0]["name"] == name


def test_ids_that_were_found_are_ids_that_other_tools_take(answers: Answers) -> None:
    (hit, *_) = told(answers, "act")["hits"]
    assert hit["id"] == "act/recognition/north-korea/donetsk-peoples-republic/2022-07-13"
    assert told(answers, "name")["hits"][0]["id"] == "luhansk-peoples-republic"


def test_a_question_and_a_query_give_the_same_six_with_their_sources(answers: Answers) -> None:
    six = told(answers, "six")
    asked = {row["recogniser"] for row in six["rows"]}
    assert asked == {row["who"] for row in told(answers, "snapshot")["rows"]} and len(asked) == 6
    for key in ("six", "snapshot"):
        answer = told(answers, key)
        assert answer["date"]["as_of"] == "2022-07-14"
        assert "North Korea ready" in " ".join(source["title"] for source in answer["sources"])


def test_rows_end_at_the_limit_and_say_so(answers: Answers) -> None:
    for key, number in (("few", 5), ("construct", 3)):
        answer = told(answers, key)
        assert (len(answer["rows"]), answer["more_rows"]) == (number, True)
    assert told(answers, "ask")["boolean"] is True


def test_a_number_that_is_none_stays_a_text(answers: Answers) -> None:
    assert told(answers, "numbers")["rows"] == [{"odd": "x", "seven": 7}]


def test_an_explanation_rests_on_the_sources_that_it_names(answers: Answers) -> None:
    why = told(answers, "why")
    assert why["status"] == "entailed" and "13 July 2022" in why["explanation"]
    assert all(source["title"] in why["explanation"] for source in why["sources"][:-1]) and why["sources"][1:]
    assert told(answers, "that day")["status"] == told(answers, "held")["status"] == "entailed" or told(
        answers, "held"
    )
    assert told(answers, "not")["status"] == "not entailed"


def test_names_ids_and_iris_are_taken_alike(answers: Answers) -> None:
    told_by = [told(answers, key) for key in ("that day", "by names", "by IRIs")]
    assert len({answer["explanation"] for answer in told_by}) == 1 and told_by[0]["status"] == "entailed"
    assert told(answers, "class by name")["status"] == "asserted"
    assert told(answers, "prefixed party")["rows"] == told(answers, "six")["rows"]


def test_the_server_gives_the_version_of_the_program(real_path: Path) -> None:
    tools = GraphTools(real_path)
    try:
        assert program(tools)._mcp_server.create_initialization_options().server_version == version("comity")
    finally:
        tools.close()


def test_the_schema_names_what_queries_need(answers: Answers) -> None:
    overview = told(answers, "overview")
    assert (
        overview["prefixes"]["co"] == "https://w3id.org/comity/ontology#"
        and "who-recognises" in overview["questions"]
    )
    terms = {
        one["term"] for one in told(answers, "classes")["classes"] + told(answers, "properties")["properties"]
    }
    assert {"co:Recognition", "co:RecognitionPeriod", "co:actor", "co:evidence"} <= terms
    assert (
        told(answers, "questions")["questions"]["who-recognises"]["parameters"]["object"]["required"] is True
    )
    assert "cost:no-state" in {one["term"] for one in told(answers, "statuses")["statuses"]}


def test_the_patterns_of_the_schema_are_queries_that_answer(met: Met) -> None:
    assert met.patterns and all(told({"it": answer}, "it")["rows"] for answer in met.patterns)


def test_every_tool_but_one_says_that_it_only_reads(met: Met) -> None:
    assert {tool.name for tool in met.tools} == TOOLS
    assert all(tool.annotations and tool.description for tool in met.tools)
    writing = {tool.name for tool in met.tools if tool.annotations and not tool.annotations.readOnlyHint}
    assert writing == {"propose_acts"}


@pytest.fixture(scope="module")
def address(real_path: Path) -> Iterator[str]:
    words = [COMITY, "mcp", "--http", "--port", "0", "--store", str(real_path)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        line = server.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        yield found[0]
        server.terminate()


def test_the_same_answers_come_over_http(answers: Answers, address: str) -> None:
    async def work(session: ClientSession) -> list[CallToolResult]:
        return [await session.call_tool(*CALLS[key]) for key in ("six", "snapshot", "too long")]

    six, snapshot, late = anyio.run(over_http, address, work)
    for key, answer in (("six", six), ("snapshot", snapshot)):
        here, there = told(answers, key), answer.structuredContent
        assert (here["rows"], here["sources"][:-1]) == (there["rows"], there["sources"][:-1])
    assert late.isError


@pytest.mark.parametrize("header", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_requests_by_another_name_are_turned_away(address: str, header: dict[str, str]) -> None:
    accept = {"Accept": "application/json, text/event-stream", **header}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert httpx.post(address, json=body, headers=accept).status_code in (403, 421)


def test_an_address_that_is_taken_is_told_in_a_sentence(address: str, real_path: Path) -> None:
    port = address.rpartition(":")[2].partition("/")[0]
    words = [COMITY, "mcp", "--http", "--port", port, "--store", str(real_path)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 1 and "Cannot listen at" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.long
def test_the_page_for_programs_runs(real_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = pages.run("mcp.md", real_path, tmp_path, monkeypatch, skip="comity mcp")["answer"]
    assert len(answer["rows"]) == 6 and answer["date"]["as_of"] == "2022-07-14"


def test_a_body_has_a_length_and_is_no_longer_than_a_report(address: str) -> None:
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    long, endless = (
        httpx.post(address, content=content, headers=headers) for content in (b" " * 5_000_000, iter([b"{}"]))
    )
    assert (long.status_code, endless.status_code) == (413, 411)


def test_a_body_that_does_not_arrive_is_given_up() -> None:
    met: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        met.extend([(await receive())["type"], (await receive())["type"]])

    async def pieces() -> Any:
        if met or arrived:
            await anyio.sleep_forever()
        arrived.append(True)
        return {"type": "http.request", "body": b"{", "more_body": True}

    arrived: list[bool] = []
    scope = {"type": "http", "method": "POST", "headers": [(b"content-length", b"2")]}
    anyio.run(LimitedBodies(application, seconds=0.05), scope, pieces, None)
    assert met == ["http.request", "http.disconnect"]
