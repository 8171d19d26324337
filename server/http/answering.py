"""Answers a query: from the results kept, or by a query worker."""

import re
import time
from functools import lru_cache

from comity.server.http.asking import Asked
from comity.server.http.cache import Cached
from comity.server.http.client import Client
from comity.server.http.delivery import Served
from comity.server.http.formats import GRAPHS, HTML, RESULTS, Format, choose
from comity.server.http.service import Service
from comity.server.http.tags import tag_of
from comity.server.problems import Problem
from comity.server.processes.protocol import QueryCall

_VOLATILE = re.compile(r"\b(NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)
_BY_NAME = {choice.name: choice for choice in (*RESULTS, *GRAPHS)}


def answer(service: Service, asked: Asked, client: Client) -> Served:
    """The result of a query, ready to be delivered; what stands in its way is raised as a Problem."""
    started = time.perf_counter()
    text = asked.text or ""
    wanted, refusals = _formats(client.accept, asked.get("format") or asked.get("output"))
    seconds = seconds_allowed(service, asked.get("timeout"))
    service.rates.check(client.address)
    volatile = "(" in text and _VOLATILE.search(text) is not None
    key = "" if volatile else _key(service.pool.generation, asked, wanted)
    served = _remembered(service, key) if key else None
    if served is not None:
        service.record(started, served, text, "cached")
    else:
        call = QueryCall(
            text=text,
            default_graphs=tuple(asked.default),
            named_graphs=tuple(asked.named),
            result_format=wanted["result_format"],
            graph_format=wanted["graph_format"],
            refusals=refusals,
        )
        try:
            served, outcome = _evaluate(service, call, seconds, key)
        except Problem as problem:
            service.record_problem(started, problem, text)
            raise
        service.record(started, served, text, outcome)
    if asked.get("explain") not in {None, "", "0", "false"}:
        served.headers["Comity-Explain"] = "The engine offers no plan; Server-Timing says how long it took."
    return served


@lru_cache(maxsize=1024)
def _formats(accept: str | None, name: str | None) -> tuple[dict[str, str | None], dict[str, list[str]]]:
    """The format for each kind of result, and the words of refusal where there is none."""
    wanted: dict[str, str | None] = {}
    refusals: dict[str, list[str]] = {}
    for key, offered in (("result_format", RESULTS), ("graph_format", GRAPHS)):
        try:
            wanted[key] = choose(accept, offered, name).name
        except Problem as problem:
            wanted[key] = None
            refusals[key] = [problem.detail, problem.hint]
    if refusals.keys() == wanted.keys():
        raise Problem(406, "not-acceptable", refusals["result_format"][0], hint=refusals["result_format"][1])
    return wanted, refusals


def seconds_allowed(service: Service, text: str | None) -> float:
    """The time that a query may take: the server's limit, or less where the client says so."""
    limit = service.settings.query_seconds
    if text is None:
        return limit
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise Problem(
            400,
            "bad-timeout",
            f"timeout: '{text[:40]}' is not a number of seconds above zero.",
            hint=f"Give seconds, such as 2.5; {limit:g} is the most.",
        )
    return min(seconds, limit)


def _key(generation: str, asked: Asked, wanted: dict[str, str | None]) -> str:
    """What a result depends on: generation, formats, dataset and text."""
    graphs = "\1".join([*asked.default, "\2", *asked.named])
    return f"{generation}\0{wanted['result_format']}\0{wanted['graph_format']}\0{graphs}\0{asked.text}"


def _remembered(service: Service, key: str) -> Served | None:
    kept = service.cache.get(key)
    if kept is None:
        return None
    return Served(
        kept.body,
        kept.content_type,
        generation=kept.generation,
        tag=kept.tag,
        cached=kept,
        again=True,
        form=kept.form,
    )


def _evaluate(service: Service, call: QueryCall, seconds: float, key: str) -> tuple[Served, str]:
    """The result and where it is from: a worker, or the graph at hand in this process."""
    plain = not call.default_graphs and not call.named_graphs
    found = service.at_hand.answer(call, service.pool.generation) if plain else None
    result = found or service.pool.run(call, seconds)
    choice: Format = _BY_NAME[result.head.format]
    # A result of a generation that became current meanwhile goes out, but under no tag of the former one.
    whole = result.rest is None and not result.end.cut
    served = Served(
        result.body,
        choice.content_type,
        generation=result.generation,
        tag=tag_of(key) if key and key.startswith(result.generation) else "",
        rest=result.rest,
        format=choice.name,
        form=result.head.form,
        cut=result.end.cut,
    )
    if choice is HTML:
        served.body = service.page_of_result(served.form, result.body, call.text)
    if served.tag and whole and (not found or service.cache.asked_before(key)):
        served.cached = Cached(served.body, served.content_type, served.tag, result.generation, served.form)
        service.cache.put(key, served.cached)
    return served, "at_hand" if found else "ok"
