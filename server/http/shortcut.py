"""Answers plain queries in front of Flask, whose routing and responses cost more than most queries do.

It says the same as the route in :mod:`protocol`, with the same functions, and leaves to Flask whatever is
not a plain query: pages for browsers, updates, the service description.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from comity.server.http import asking
from comity.server.http.answering import answer
from comity.server.http.client import Client
from comity.server.http.delivery import Headers, prepare
from comity.server.http.service import Service
from comity.server.problems import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Answers kept whole, by the bytes of the request; only small ones, since the results are kept too.
_KEPT = 4096
_KEPT_BYTES = 16384
Key = tuple[str, str | None, str | None]


class Shortcut:
    """A WSGI application before another one."""

    def __init__(self, application: "WSGIApplication", service: Service, common: Headers) -> None:
        self._application = application
        self._service = service
        self._common = common
        self._kept: OrderedDict[Key, tuple[str, str, Headers, bytes]] = OrderedDict()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        if environ["PATH_INFO"] != "/sparql" or environ["REQUEST_METHOD"] != "GET":
            return self._application(environ, start_response)
        get = environ.get
        key = (environ["QUERY_STRING"], get("HTTP_ACCEPT"), get("HTTP_ACCEPT_ENCODING"))
        kept = self._kept.get(key)
        if kept is not None and get("HTTP_IF_NONE_MATCH") is None and self._fresh(kept[0]):
            self._service.metrics.count_query("cached", size=len(kept[3]))
            self._service.metrics.count_response(2)
            start_response(kept[1], list(kept[2]))
            return [kept[3]]
        return self._evaluate(key, environ, start_response)

    def _fresh(self, generation: str) -> bool:
        service = self._service
        return generation == service.pool.generation and not service.log.open and not service.rates.on

    def _evaluate(
        self, key: Key, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if "html" in (key[1] or "") or "html" in key[0]:
            return self._application(environ, start_response)
        client = Client.of(environ)
        try:
            asked = asking.read(environ, b"")
            if asked.text is None:
                return self._application(environ, start_response)
            served = answer(self._service, asked, client)
        except Problem as problem:
            status, headers, body = problem.plain_answer()
            self._service.metrics.count_response(problem.status // 100)
            start_response(status, headers + self._common)
            return [body]
        status, headers, pieces = prepare(served, client)
        headers += self._common
        if served.again and isinstance(pieces, list) and client.known is None:
            self._keep(key, served.generation, status, headers, pieces[0])
        self._service.metrics.count_response(int(status[0]))
        start_response(status, headers)
        return pieces

    def _keep(self, key: Key, generation: str, status: str, headers: Headers, body: bytes) -> None:
        if len(body) > _KEPT_BYTES or not self._service.settings.cache_mib:
            return
        timeless = [pair for pair in headers if pair[0] != "Server-Timing"]
        self._kept[key] = (generation, status, timeless, body)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
