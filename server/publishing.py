"""The whole site as files that any web host serves: pages as of one day, maps, data, RDF, and redirects for w3id.

Every file is the application's response at the corresponding address, with its links turned into links between files.
What needs a server (queries, search, forms, other days) is omitted: links to it lead to the given server, or else to
a page that says so.
"""

import html
import multiprocessing
import os
import posixpath
import re
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit

from flask import Flask, render_template

from comity import schema
from comity.errors import ComityError
from comity.server.processes.lifecycle import StoreProcesses
from comity.server.settings import Settings
from comity.server.web.pages import entities
from comity.server.web.render import PUBLISHED

#: Pages without parameters, besides the lists and entities of the folders.
_PAGES = (
    "about",
    "glossary",
    "coverage",
    "data",
    "map",
    "matrix",
    "network",
    "timeline",
    "ontology",
    "shapes",
)
#: Entities with pages and RDF of their own. Periods and evidence are several times as many, and are available in the
#: tables and the whole graph.
FOLDERS = (
    *("polity", "organisation", "person", "place", "act", "statement", "source", "claim", "membership"),
    *(
        "succession",
        "document",
        "office",
        "name",
        "status",
        "rivalry",
        "dispute",
        "policy",
        "coverage",
        "total",
    ),
)
_RDF = (".ttl", ".jsonld")
_MAPS = ("svg", "csv")
#: The page that links lead to if no server is given.
NEEDS_SERVER = "needs-a-server.html"
#: Where the redirects for w3id are written.
REDIRECTS = Path("w3id") / ".htaccess"
_ATTRIBUTE = re.compile(r'\b(href|src|action)="([^"]*)"')
_ELEMENT = re.compile(r"<([a-z]+) [^>]*>")
_PLACE = re.compile(r' id="([^"]*)"')
#: How many pages' anchors are cached in memory.
_MOST_PLACES = 2000
#: How many pages are queued ahead for each process.
_AT_ONCE = 4
#: How long to wait for a file that is being created, and between two requests for it, in seconds.
_PATIENCE, _PAUSE = 900.0, 2.0


class PublishError(ComityError):
    """The folder cannot be published to, or was not published."""


@dataclass(frozen=True)
class Site:
    """The options of a publication: its day, where its files will be served, and the server for the rest.

    :param day: the day the pages show.
    :param address: the address under which the files will be served, for the redirects; empty if unknown.
    :param server: the address of a server for everything omitted; empty if there is none.
    """

    day: str
    address: str = ""
    server: str = ""

    def file(self, path: str, parameters: dict[str, str]) -> str | None:
        """Return the name of the file for an address; None if it is omitted."""
        name = path.strip("/")
        rest = {key: value for key, value in parameters.items() if (key, value) != ("as_of", self.day)}
        if any(part in ("", ".", "..") for part in name.split("/")) and name:
            return None
        if name.startswith("static/"):
            return name
        folder, _, thing = name.partition("/")
        if folder == "map" and not thing and rest.get("of"):
            form = rest.get("format", "html")
            fits = {*rest} <= {"of", "format"} and form in ("html", *_MAPS) and "/" not in rest["of"]
            return f"map/{rest['of']}.{form}" if fits else None
        if folder in FOLDERS and not thing and {*rest} == {"page"}:
            return f"{folder}.html" if rest["page"] == "1" else f"{folder}-page-{rest['page']}.html"
        return None if rest else self._plain(name, folder, thing)

    def _plain(self, name: str, folder: str, thing: str) -> str | None:
        if not name:
            return "index.html"
        if name.startswith("data/") or name in ("ontology.ttl", "shapes.ttl"):
            return name
        # A polity has further pages below its own, which are omitted.
        known = folder in FOLDERS and not (folder == "polity" and "/" in thing)
        if not (known or name in _PAGES or (folder == "timeline" and thing)):
            return None
        if thing and folder in FOLDERS and name.rpartition(".")[2] in entities.SUFFIXES:
            return name if name.endswith(_RDF) else None
        return f"{name}.html"


@dataclass
class Published:
    """The files written, and their faults."""

    files: int = 0
    faults: list[str] = field(default_factory=list)


def check_target(folder: Path) -> None:
    """Check that a folder may be published to.

    :raises PublishError: if it contains something that was not published.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / NEEDS_SERVER).exists():
        raise PublishError(
            f"{folder} contains other files. Name an empty folder, or one that was published to before."
        )


def publish(
    store: Path,
    folder: Path,
    site: Site,
    settings: Settings,
    jobs: int = 0,
    progress: Callable[[str], None] = lambda stage: None,
) -> Published:
    """Write the site of a store to a folder, which is replaced as a whole once complete.

    :param folder: a folder that passes :func:`check_target`.
    :param jobs: how many processes render pages; 0 for the number of processors.
    :param progress: called with the current activity.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Limits meant for the readers of a server do not apply here.
    settings = replace(settings, public_url=site.server, requests_per_minute=0, cache_mib=0, path_prefix="")
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        processes = StoreProcesses(store, settings)
        try:
            found = _render_all((store, processes.runtime, asdict(settings), site, draft), jobs, progress)
        finally:
            processes.close()
        progress("Checking for dead links")
        found.faults += dead_links(draft)
        draft.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return found


#: The addresses a page links to, and its fault, if any.
_Rendered = tuple[list[str], str]
_Work = tuple[Path, Path, dict[str, Any], Site, Path]


def _render_all(work: _Work, jobs: int, progress: Callable[[str], None]) -> Published:
    """Render all pages reachable from the front page, breadth first, in several processes."""
    found, site, draft = Published(), work[3], work[4]
    context, jobs = multiprocessing.get_context("spawn"), jobs or os.cpu_count() or 1
    with ProcessPoolExecutor(jobs, context, _begin, work) as pool:
        first, said = pool.submit(_more_files).result(), 0
        seen, waiting = set(first), deque(first.values())
        running: dict[Future[_Rendered | None], str] = {}
        # Data files are created one at a time while pages are rendered.
        data: list[str] = []
        data_asked = 0.0
        data_began: dict[str, float] = {}
        while running or waiting or data:
            # Each wait checks all submitted pages, which would be tens of thousands for a site.
            while waiting and len(running) < _AT_ONCE * jobs:
                address = waiting.popleft()
                running[pool.submit(_render, address)] = address
            now = time.monotonic()
            if data and now > data_asked + _PAUSE and data_began.keys().isdisjoint(running.values()):
                data_asked, address = now, data.pop()
                data_began.setdefault(address, now)
                running[pool.submit(_render, address)] = address
            if not running:
                time.sleep(_PAUSE)
            done = wait(running, return_when=FIRST_COMPLETED).done
            for address, made in ((running.pop(one), one.result()) for one in done):
                if made is None and now < data_began.get(address, now) + _PATIENCE:
                    data.append(address)
                    continue
                addresses, fault = made or (
                    [],
                    f"{address}: it was not created within {_PATIENCE:.0f} seconds.",
                )
                found.files += not fault
                found.faults += [fault] if fault else []
                for address in addresses:
                    name = site.file(*_parts(address))
                    if name is not None and name not in seen:
                        seen.add(name)
                        (data if name.startswith("data/") else waiting).append(address)
            if found.files >= said + 1000:
                said = found.files
                progress(f"{found.files:,} files written")
    if site.address:
        (draft / REDIRECTS).parent.mkdir()
        (draft / REDIRECTS).write_text(redirects(site), "utf-8")
    return found


class Renderer:
    """Requests pages from the application and writes them; one per process."""

    def __init__(self, app: Flask, site: Site, folder: Path) -> None:
        app.config[PUBLISHED] = True
        self._client, self._site, self._folder = app.test_client(), site, folder

    def more_files(self) -> dict[str, str]:
        """Write the files no page links to, and return addresses that pages refer to without a link."""
        app: Flask = self._client.application
        shutil.copytree(Path(app.static_folder or ""), self._folder / "static")
        with app.test_request_context("/", query_string={"as_of": self._site.day}):
            page = render_template("needs-server.html", site_day=self._site.day, server=self._site.server)
        self._write(NEEDS_SERVER, self._links("/", page)[0].encode())
        return {"index.html": "/"} | {f"{name}.ttl": f"/{name}.ttl" for name in ("ontology", "shapes")}

    def render(self, address: str) -> _Rendered | None:
        """Write the file for an address; return the addresses it links to, and its fault.

        None means that a file of all facts is still being created, which takes minutes.
        """
        path, parameters = _parts(address)
        name = self._site.file(path, parameters)
        assert name is not None
        if name.startswith("static/"):
            return [], "" if (self._folder / name).exists() else f"{address}: the file does not exist."
        of_day = {} if path.startswith("/data/") or name.endswith(".ttl") else {"as_of": self._site.day}
        answer = self._client.get(
            path,
            query_string=parameters | of_day,
            headers={"Accept": "text/html,*/*;q=0.5", "Accept-Encoding": "identity"},
            follow_redirects=True,
        )
        with answer:
            if answer.status_code == 503:
                return None
            if answer.status_code != 200:
                return [], f"{address}: {answer.status_code} {_said(answer.get_data(as_text=True))}"
            if answer.mimetype != "text/html":
                self._write(name, answer.iter_encoded())
                return [], ""
            text, found = self._links(path, answer.get_data(as_text=True), name)
            self._write(name, text.encode())
            return found, ""

    def _links(self, path: str, text: str, name: str = "index.html") -> tuple[str, list[str]]:
        """Return a page whose links lead to files or to the server, and the addresses of the files."""
        found: list[str] = []

        def attribute(match: re.Match[str]) -> str:
            return f'{match[1]}="{html.escape(self._turned(path, name, html.unescape(match[2]), found))}"'

        def element(match: re.Match[str]) -> str:
            made = _ATTRIBUTE.sub(attribute, match[0])
            # Programs follow links in the head, so those without a file are removed.
            return "" if match[1] == "link" and NEEDS_SERVER in made else made

        return _ELEMENT.sub(element, text), found

    def _turned(self, path: str, name: str, target: str, found: list[str]) -> str:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or (not parts.path and not parts.query):
            return target
        address = urljoin(path, target) if parts.path else f"{path}?{parts.query}"
        whole, mark, fragment = address.partition("#")
        if file := self._site.file(*_parts(whole)):
            found.append(whole)
            return quote(posixpath.relpath(file, posixpath.dirname(name) or ".")) + mark + fragment
        if self._site.server:
            return self._site.server.rstrip("/") + address
        return posixpath.relpath(NEEDS_SERVER, posixpath.dirname(name) or ".")

    def _write(self, name: str, body: bytes | Iterable[bytes]) -> None:
        file = self._folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            out.writelines([body] if isinstance(body, bytes) else body)


def _parts(address: str) -> tuple[str, dict[str, str]]:
    """Return the decoded path of an address, and its parameters."""
    parts = urlsplit(address)
    return unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True))


def _said(page: str) -> str:
    """Return the text of a problem page."""
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    return html.unescape(title[1]).strip() if title else page[:200]


_renderer: Renderer | None = None


def _begin(store: Path, runtime: Path, settings: dict[str, Any], site: Site, folder: Path) -> None:
    """Open the application in a rendering process."""
    # Imported here, since the application imports much that the command line does not need.
    from comity.server.app import create_app

    global _renderer
    _renderer = Renderer(create_app(store, Settings(**settings), runtime=runtime), site, folder)


def _more_files() -> dict[str, str]:
    assert _renderer is not None
    return _renderer.more_files()


def _render(address: str) -> _Rendered | None:
    assert _renderer is not None
    return _renderer.render(address)


def dead_links(folder: Path) -> list[str]:
    """Return a sentence for each dead link of published pages: one whose file or anchor is missing.

    :raises PublishError: if nothing was published there.
    """
    if not (folder / NEEDS_SERVER).exists():
        raise PublishError(f"{folder} was not published. Name a folder written by `comity publish`.")
    places: dict[str, set[str]] = {}

    def places_of(name: str) -> set[str]:
        if name not in places:
            places[name] = set(_PLACE.findall((folder / name).read_text("utf-8")))
        return places[name]

    faults = []
    for file in sorted(folder.rglob("*.html")):
        name = file.relative_to(folder).as_posix()
        text = file.read_text("utf-8")
        for target in dict.fromkeys(html.unescape(one[1]) for one in _ATTRIBUTE.findall(text)):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            to = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
            to = to if parts.path else name
            if to.startswith("..") or not (folder / to).is_file():
                faults.append(f"{name}: the link {target} has no file.")
            elif parts.fragment and to.endswith(".html") and unquote(parts.fragment) not in places_of(to):
                faults.append(f"{name}: the link {target} has no anchor in its page.")
        if len(places) > _MOST_PLACES:
            places.clear()
    return faults


def redirects(site: Site) -> str:
    """Return the Apache rules (mod_rewrite) by which w3id.org redirects the project's IRIs to the files."""
    address, folders = site.address.rstrip("/"), "|".join(FOLDERS)
    rest = f"{site.server.rstrip('/')}/$1" if site.server else f"{address}/{NEEDS_SERVER}"
    lines = [
        "# Redirects of https://w3id.org/comity/ to the published files.",
        "Options -MultiViews",
        "RewriteEngine on",
        f"RewriteRule ^$ {address}/index.html [R=303,L]",
        f"RewriteRule ^((?:{folders})/.+\\.(?:ttl|jsonld|html))$ {address}/$1 [R=303,L]",
        f"RewriteRule ^(data/.+|(?:ontology|shapes)\\.ttl)$ {address}/$1 [R=303,L]",
        f"RewriteRule ^(ontology|shapes)/{re.escape(schema.version())}$ {address}/$1.ttl [R=303,L]",
    ]
    for media, suffix, things in (
        ("text/turtle|application/x-turtle", "ttl", f"(?:{folders})/.+|ontology|shapes"),
        ("application/ld\\+json", "jsonld", f"(?:{folders})/.+"),
    ):
        lines += [
            f"RewriteCond %{{HTTP_ACCEPT}} ({media})",
            f"RewriteRule ^({things})/?$ {address}/$1.{suffix} [R=303,L]",
        ]
    pages = "|".join(_PAGES)
    lines += [
        f"RewriteRule ^((?:{folders})(?:/.+?)?|{pages}|timeline/[^/]+)/?$ {address}/$1.html [R=303,L]",
        f"RewriteRule ^(.*)$ {rest} [R=303,L]",
        "",
    ]
    return "\n".join(lines)
