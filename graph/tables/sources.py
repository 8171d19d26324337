"""Sources: the documents in which facts can be read, each once, however many rows name it.

A row names a source by its publisher, title, date and address, and the places where the fact was read
by ``evidence``: addresses of pages, or ``owner/repo:path`` of a file in a public repository. Two
mentions are one source when their address is the same; the table ``sources`` describes sources once
and lists the texts by which other tables name them.
"""

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pyoxigraph import NamedNode

from comity.iris import DCTERMS, identifier, slug, thing
from comity.tables.quad_builder import ALT_LABEL, NOTE, Assertions
from comity.tables.reader import Checker, Row, Table

TITLE = NamedNode(DCTERMS + "title")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+:\S.*")


@dataclass
class Source:
    """One document: what is known of it, and its IRI."""

    iri: NamedNode
    publisher: str = ""
    title: str = ""
    date: str = ""
    url: str = ""
    repository_path: str = ""
    other_titles: list[str] = field(default_factory=list)


class Sources:
    """The register of all documents that rows name."""

    def __init__(self, assertions: Assertions) -> None:
        self._assertions = assertions
        self._by_key: dict[str, Source] = {}
        self._aliases: dict[str, Source] = {}
        self._curated: list[tuple[Row, Source]] = []

    def describe(self, table: Table, checker: Checker) -> None:
        """Take in the table ``sources``, which describes sources that other rows name by an alias."""
        for row in table:
            if not checker.required(row, ("id", "title")) or not checker.date(row, "date"):
                continue
            source = Source(
                thing("source", row["id"]), row["publisher"], row["title"], row["date"], row["url"]
            )
            self._curated.append((row, source))
            for name in (row["id"], row["title"], *row.many("aliases")):
                self._aliases[name.casefold()] = source
            if row["url"]:
                self._by_key[address_key(row["url"])] = source

    def named(self, text: str) -> NamedNode | None:
        """Give the described source that a text names, or None."""
        source = self._aliases.get(text.casefold())
        return source.iri if source else None

    def of(self, row: Row) -> list[NamedNode]:
        """Give the sources of a row, its main one first; empty for a proposal."""
        found: list[NamedNode] = []
        if any(row[f"source_{column}"] for column in ("publisher", "title", "date", "url")):
            found.append(self._main(row).iri)
        for entry in re.split(r";\s+", row["evidence"]):
            if entry := entry.strip():
                found.append(self._read_at(entry).iri)
        return list(dict.fromkeys(found))

    def page(self, url: str) -> NamedNode:
        """Give the source at an address."""
        return self._read_at(url).iri

    def _main(self, row: Row) -> Source:
        publisher, title = row["source_publisher"], row["source_title"]
        date, url = row["source_date"], row["source_url"]
        alias = self._aliases.get(publisher.casefold()) or self._aliases.get(title.casefold())
        if alias and not url:
            return alias
        key = address_key(url) if url else "|".join((publisher, title, date)).casefold()
        source = self._by_key.get(key)
        if source is None:
            words = "-".join(part for part in (slug(publisher, 24), slug(date), slug(title, 48)) if part)
            source = Source(_mint(words or _address_words(url), key), url=url)
            self._by_key[key] = source
        if title and source.title and title != source.title and title not in source.other_titles:
            source.other_titles.append(title)
        source.publisher = source.publisher or publisher
        source.title = source.title or title
        source.date = source.date or date
        return source

    def _read_at(self, entry: str) -> Source:
        if alias := self._aliases.get(entry.casefold()):
            return alias
        is_address = re.match(r"https?://", entry) is not None
        key = address_key(entry) if is_address else entry
        source = self._by_key.get(key)
        if source is None:
            iri = _mint(_address_words(entry) if is_address else slug(entry), key)
            if is_address:
                source = Source(iri, url=entry)
            elif _REPOSITORY.fullmatch(entry):
                source = Source(iri, repository_path=entry)
            else:
                source = Source(iri, title=entry)
            self._by_key[key] = source
        return source

    def assert_all(self) -> None:
        """Write every source into the graph ``facts/sources``."""
        scope = self._assertions.in_table("sources")
        for row, source in self._curated:
            scope.came_from(source.iri, row.table, row.line)
            scope.text(source.iri, NOTE, row["notes"])
            scope.plain(source.iri, "archivedUrl", row["archived_url"], "anyURI")
            scope.plain(source.iri, "accessed", row["accessed"])
            for name in row.many("aliases"):
                scope.text(source.iri, ALT_LABEL, name)
            for outer in row.many("reported_in"):
                scope.link(source.iri, "reportedIn", thing("source", outer))
        described = {source.iri: source for _, source in self._curated}
        for source in (*described.values(), *self._by_key.values()):
            if described.get(source.iri, source) is source:
                described[source.iri] = source
        for source in sorted(described.values(), key=lambda source: source.iri.value):
            self._assert(source)

    def _assert(self, source: Source) -> None:
        scope = self._assertions.in_table("sources")
        label = source.title or source.publisher or source.repository_path or source.url
        scope.node(source.iri, "Source", label=label)
        scope.text(source.iri, TITLE, source.title)
        for other in source.other_titles:
            scope.text(source.iri, ALT_LABEL, other)
        scope.plain(source.iri, "publisher", source.publisher)
        scope.span(source.iri, "published", source.date, "publishedEarliest", "publishedLatest")
        scope.plain(source.iri, "url", source.url, "anyURI")
        scope.plain(source.iri, "repositoryPath", source.repository_path)

    def cite(self, table: str, subject: NamedNode, sources: list[NamedNode]) -> None:
        """Give a fact one piece of evidence for each of its sources."""
        scope = self._assertions.in_table(table)
        for source in sources:
            evidence = evidence_iri(subject, source)
            scope.link(subject, "evidence", evidence)
            scope.node(evidence, "Evidence")
            scope.link(evidence, "source", source)


def evidence_iri(subject: NamedNode, source: NamedNode) -> NamedNode:
    """Give the IRI of the evidence that a source holds for a fact."""
    base, _, path = subject.value.partition("/comity/")
    return NamedNode(f"{base}/comity/evidence/{path}/{identifier(source)}")


def _mint(words: str, key: str) -> NamedNode:
    return thing("source", f"{words}-{hashlib.sha256(key.encode()).hexdigest()[:6]}")


def address_key(url: str) -> str:
    """Give what two writings of one address have in common."""
    parts = urlsplit(url)
    host = parts.netloc.lower().removeprefix("www.")
    return f"{host}{parts.path.rstrip('/')}?{parts.query}#{parts.fragment}"


def _address_words(url: str) -> str:
    parts = urlsplit(url)
    return slug(f"{parts.netloc.removeprefix('www.')} {parts.path}")
