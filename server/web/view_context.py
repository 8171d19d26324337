"""The view of a page: its day and party, read from the address, shown in one control, and preserved in links."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlencode

from flask import current_app, g, request

from comity.addresses import web_address
from comity.caching import LONGEST, cached_if_short
from comity.edtf import day as read_day
from comity.edtf import in_words
from comity.errors import DateError, UnknownError
from comity.iris import BASE, identifier
from comity.questions.lookup import SOUGHT, folder_of
from comity.questions.questions import questions
from comity.server.http.openapi import operation_of
from comity.server.http.service import service
from comity.server.problems import Problem, unknown
from comity.server.processes.lifecycle import published_generation
from comity.server.processes.shared_calendar import calendar_file, share
from comity.server.web.models.graph_reader import GraphReader, open_reader
from comity.snapshots.graphs import FIRST_DAY, LAST_DAY, Address
from comity.store.database import current as current_generation
from comity.store.steps import steps_between

#: The parameters of the control, preserved in every link within the pages.
PARAMETERS = ("as_of", "according_to", "reading")
#: Longer values of parameters are not preserved from page to page.
_LONGEST_KEPT = 1000


@dataclass(frozen=True)
class ViewContext:
    """A day, the reading of inexact dates, and the party whose view is added, if any."""

    day: str
    reading: str = "certain"
    party: str | None = None
    given: bool = False

    @property
    def arguments(self) -> dict[str, str]:
        """The parameters for this view; none for today without a party."""
        found = {"as_of": self.day} if self.given else {}
        if self.party:
            found["according_to"] = self.party
        if self.reading != "certain":
            found["reading"] = self.reading
        return found

    @property
    def words(self) -> str:
        """The day in words."""
        return in_words(self.day)

    @property
    def snapshot(self) -> str:
        """The IRI of the graph of what was in force."""
        return Address(self.day, self.reading, self.party).iri.value

    @property
    def party_iri(self) -> str | None:
        """The IRI of the party."""
        return graph_reader().names.find(self.party, "party").value if self.party else None


_opening = threading.Lock()


def graph_reader() -> GraphReader:
    """Return the reader of the current generation, shared by all threads of the process.

    :raises Problem: 503 if the store cannot be opened.
    """
    generation = service().pool.generation
    reader: GraphReader | None = current_app.extensions.get("comity-reader")
    if reader is not None and reader.generation == generation:
        return reader
    with _opening:
        reader = current_app.extensions.get("comity-reader")
        if reader is None or reader.generation != generation:
            ahead: GraphReader | None = current_app.extensions.get("comity-reader-ahead")
            # What was read ahead may be a few steps behind already, or no longer lead to this generation.
            if ahead and steps_between(service().store_path, ahead.generation, generation) is not None:
                reader = current_app.extensions.pop("comity-reader-ahead")
            try:
                if reader is None or reader.generation != generation:
                    reader = open_reader(service().store_path, generation, reader, _shared())
            except OSError as error:
                raise Problem(
                    503,
                    "no-store",
                    f"The store cannot be opened: {error}.",
                    hint="Try again soon.",
                    headers={"Retry-After": "2"},
                ) from error
            current_app.extensions["comity-reader"] = reader
    return reader


def _shared() -> Path:
    return calendar_file(service().runtime)


def share_calendar(reader: GraphReader) -> None:
    """Write what is in force on any day in a generation for the other processes of the server.

    :raises OSError: if it cannot be written.
    """
    with reader.lock:
        calendar = reader.snapshots.calendar
    share(calendar, reader.generation, service().store_path, _shared())


def read_ahead() -> None:
    """Read what pages need from a generation that other processes are still loading in full.

    At startup, and after a large change or a build, this takes seconds, which pages would otherwise wait for once it is
    published.

    :raises OSError: if the generation no longer exists or cannot be read.
    :raises StoreError: if the store cannot be read.
    """
    store, known = service().store_path, current_app.extensions
    reader: GraphReader | None = known.get("comity-reader")
    coming, published = current_generation(store), published_generation(service().runtime)
    if coming is None or coming == published or (reader is not None and coming == reader.generation):
        return
    with _opening:
        ahead: GraphReader | None = known.get("comity-reader-ahead")
        if ahead is not None and ahead.generation == coming:
            return
        if reader is not None and steps_between(store, reader.generation, coming) is not None:
            return
        ahead = open_reader(store, coming, shared=_shared())
        known["comity-reader-ahead"] = ahead
    ahead.prepare()
    share_calendar(ahead)


def today() -> str:
    """Return today's date."""
    return dt.date.today().isoformat()


def current() -> ViewContext:
    """Return the view in the address of this request; by default, that of today."""
    if "view" not in g:
        g.view = _read()
    found: ViewContext = g.view
    return found


def _given(name: str) -> str:
    """Return a parameter of the view, also accepted in the endpoint's spelling: ``as-of``, ``according-to``."""
    return (request.args.get(name) or request.args.get(name.replace("_", "-")) or "").strip()


def _read() -> ViewContext:
    text = _given("as_of")
    reading = request.args.get("reading", "certain") or "certain"
    if reading not in ("certain", "possible"):
        raise Problem(
            400,
            "bad-reading",
            f"reading: {reading[:40]!r} is not a reading.",
            hint="Use certain or possible.",
        )
    party = _given("according_to")
    return ViewContext(_day(text), reading, party_named(party, "according_to") if party else None, bool(text))


def _day(text: str) -> str:
    if not text:
        return today()
    try:
        day = read_day(text).isoformat()
    except DateError as error:
        raise Problem(400, "bad-date", f"as_of: {error}") from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Problem(
            400,
            "bad-date",
            f"as_of: {day} is outside {FIRST_DAY} to {LAST_DAY}.",
            hint="Choose a day between them.",
        )
    return day


def party_named(text: str, parameter: str) -> str:
    """Return the id of the party given in a parameter by id, IRI, name or ISO code.

    :raises Problem: 400 if there is no such party.
    """
    try:
        return identifier(graph_reader().names.find(text, "party"))
    except UnknownError as error:
        raise unknown(error, 400, "unknown-party", parameter) from error


def path_of(iri: str) -> str:
    """Return the address on this server of an IRI of the project; other IRIs are returned unchanged."""
    if not iri.startswith(BASE):
        return iri
    return request.script_root + "/" + _quoted(iri)


@cached_if_short(8192)
def _quoted(iri: str) -> str:
    return quote(iri.removeprefix(BASE), safe="/~%:-._#")


def link(target: str, **more: str | None) -> str:
    """Return the link to an IRI or a path, preserving the view; a parameter set to None is omitted."""
    return linker()(target, **more)


def linker() -> Callable[..., str]:
    """Return the function :func:`link` for this request, without looking up the preserved parameters for each link."""
    root, carried = request.script_root, _carried()
    same = tuple(carried.items())

    def link(target: str, **more: str | None) -> str:
        return _link(root, target, tuple({**carried, **more}.items()) if more else same)

    return link


def between(one: str, other: str, **parameters: str | None) -> str:
    """Return the link to the page of two parties, given by their IRIs."""
    first, second = (identifier(iri) for iri in (one, other))
    return link(f"/between/{first}/{second}", **parameters)


def _link(root: str, target: str, parameters: tuple[tuple[str, str | None], ...]) -> str:
    # A client may have made up a long one.
    length = len(root) + len(target) + sum(len(str(value)) for _, value in parameters)
    return (_remembered_link if length <= LONGEST else _compose)(root, target, parameters)


def _compose(root: str, target: str, parameters: tuple[tuple[str, str | None], ...]) -> str:
    if not target.startswith((BASE, "/")):
        # IRIs that are not web addresses have no page; the endpoint describes them.
        return web_address(target) or f"{root}/sparql?{urlencode({'query': f'DESCRIBE <{target}>'})}"
    # Two slashes would introduce the name of another host.
    address = f"{root}/" + (_quoted(target) if target.startswith(BASE) else target.lstrip("/\\"))
    given = [(name, value) for name, value in parameters if value is not None]
    address, mark, fragment = address.partition("#")
    return address + ("?" + urlencode(given) if given else "") + mark + fragment


_remembered_link = lru_cache(maxsize=8192)(_compose)


def _carried() -> dict[str, str]:
    """Return the parameters to preserve: none if the day or the party in the address is invalid."""
    if "carried" not in g:
        try:
            g.carried = current().arguments
        except Problem:
            g.carried = {}
    found: dict[str, str] = g.carried
    return found


def arguments() -> list[tuple[str, str]]:
    """Return the parameters of this address that its page knows; others have no effect and are never repeated."""
    if "arguments" not in g:
        view = current_app.view_functions.get(request.endpoint or "")
        known = {*PARAMETERS, *(name.replace("_", "-") for name in PARAMETERS), "format"}
        if view is not None:
            known.update(operation_of(view, "get").parameters)
        asked = (
            questions().get((request.view_args or {}).get("name", "")) if request.blueprint == "ask" else None
        )
        if asked is not None:
            known.update(one.name for one in asked.parameters)
        g.arguments = [(name, value) for name, value in request.args.items(multi=True) if name in known]
    found: list[tuple[str, str]] = g.arguments
    return found


def _short() -> list[tuple[str, str]]:
    """Return the parameters of this page preserved in its links: short ones, since each link repeats them."""
    return [(name, value) for name, value in arguments() if len(value) <= _LONGEST_KEPT]


def _first() -> dict[str, str]:
    """Return the first value of each parameter preserved in links, in order."""
    found: dict[str, str] = {}
    for name, value in _short():
        found.setdefault(name, value)
    return found


def here(**more: str | None) -> str:
    """Return this page's address with some parameters changed; None removes one."""
    parameters = tuple({**_first(), **more}.items())
    return _link(request.script_root, quote(request.path), parameters)


def own_path() -> str:
    """Return this page's address without its parameters."""
    return _link(request.script_root, quote(request.path), ())


def instead(written: str, iri: str) -> str:
    """Return the address of this request with a name replaced by a thing, or the thing's own address.

    :param written: the name, as given in a parameter, an entry of one, or a segment of the path.
    """
    identified = iri.removeprefix(BASE)
    identified = identified.partition("/")[2] if folder_of(iri) in SOUGHT else identified
    for name, value in arguments():
        parts = [part.strip() for part in value.split(",")]
        if written and written in parts:
            return here(**{name: ",".join(identified if part == written else part for part in parts)})
    steps = request.path.split("/")
    if written and written in steps[2:]:
        path = "/".join([*steps[:2], *(identified if step == written else step for step in steps[2:])])
        return _link(request.script_root, quote(path), tuple(_first().items()))
    return link(iri)


def kept() -> list[tuple[str, str]]:
    """Return the other parameters of this page, for the hidden fields of the control."""
    return [(name, value) for name, value in _short() if name not in PARAMETERS]
