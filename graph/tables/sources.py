"""Sources: the documents that report facts, one node per document, however many rows name it.

A row names a source by publisher, title, date and URL, and by ``evidence`` the places where the fact was read: URLs,
or ``owner/repo:path`` of a file in a public repository. Two mentions are the same source if their URLs agree; the
table ``sources`` describes sources once and lists the texts by which other tables name them.
"""

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pyoxigraph import NamedNode

from comity.errors import Problem
from comity.iris import DCTERMS, NOTE, identifier, slug, thing
from comity.tables.quad_builder import ALT_LABEL, QuadBuilder
from comity.tables.reader import Checker, Row, Table

TITLE = NamedNode(DCTERMS + "title")
#: Kinds of sources, from primary ones to those that repeat others.
KINDS = (
    "official",
    "treaty-or-un",
    "press",
    "scholarly",
    "encyclopaedia",
    "copy",
    "forum-or-blog",
    "other",
)
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+:\S.*")


@dataclass
class Source:
    """A document: its IRI and metadata."""

    iri: NamedNode
    publisher: str = ""
    title: str = ""
    date: str = ""
    url: str = ""
    repository_path: str = ""
    kind: str = ""
    other_titles: list[str] = field(default_factory=list)


class Sources:
    """All documents that rows name, indexed by URL, by path, and by publisher, title and date."""

    def __init__(self, builder: QuadBuilder) -> None:
        self._builder = builder
        self._by_key: dict[str, Source] = {}
        self._aliases: dict[str, Source] = {}
        self._curated: list[tuple[Row, Source]] = []
        self._publishers: dict[str, tuple[str, str]] = {}

    def publishers(self, table: Table, checker: Checker) -> None:
        """Read the table ``publishers``: the publisher and the kind of sources at each host."""
        for row in table:
            if checker.required(row, ("publisher", "kind")) and checker.one_of(row, "kind", KINDS):
                self._publishers[(row["host"] or row["publisher"]).casefold()] = row["publisher"], row["kind"]

    def _published(self, source: Source) -> tuple[str, str]:
        """Return the publisher and kind of a source, from its own row or else from its host or publisher."""
        labels = host_of(source.url).split(".")
        domains = [".".join(labels[start:]) for start in range(len(labels))]
        known = (self._publishers[domain] for domain in domains if domain in self._publishers)
        publisher, kind = next(known, self._publishers.get(source.publisher.casefold(), ("", "")))
        return source.publisher or publisher, source.kind or kind

    def describe(self, table: Table, checker: Checker) -> None:
        """Read the table ``sources``, which describes sources that other rows name by an alias."""
        for row in table:
            if not checker.required(row, ("id", "title")) or not checker.date(row, "date"):
                continue
            source = Source(
                thing("source", row["id"]), row["publisher"], row["title"], row["date"], row["url"]
            )
            if row["kind"] and checker.one_of(row, "kind", KINDS):
                source.kind = row["kind"]
            self._curated.append((row, source))
            for name in (row["id"], row["title"], *row.many("aliases")):
                self._aliases[name.casefold()] = source
            if row["url"]:
                self._by_key[address_key(row["url"])] = source

    def named(self, text: str) -> NamedNode | None:
        """Return the described source that a text names, or None."""
        source = self._aliases.get(text.casefold())
        return source.iri if source else None

    def of(self, row: Row) -> list[NamedNode]:
        """Return the sources of a row, the main one first; none for a proposal."""
        cited: list[NamedNode] = []
        if any(row[f"source_{column}"] for column in ("publisher", "title", "date", "url")):
            cited.append(self._main(row).iri)
        for entry in re.split(r";\s+", row["evidence"]):
            if entry := entry.strip():
                cited.append(self._read_at(entry).iri)
        for iri in cited:
            self._builder.origin.setdefault(iri, (row.table, row.line))
        return list(dict.fromkeys(cited))

    def page(self, url: str) -> NamedNode:
        """Return the source at a URL."""
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
            name = "-".join(part for part in (slug(publisher, 24), slug(date), slug(title, 48)) if part)
            source = Source(_mint(name or _address_slug(url), key), url=url)
            self._by_key[key] = source
        if title and source.title and title != source.title and title not in source.other_titles:
            source.other_titles.append(title)
        source.publisher = source.publisher or publisher
        source.title = source.title or title
        source.date = source.date or date
        source.kind = source.kind or row["source_kind"]
        return source

    def _read_at(self, entry: str) -> Source:
        if alias := self._aliases.get(entry.casefold()):
            return alias
        is_address = re.match(r"https?://", entry) is not None
        key = address_key(entry) if is_address else entry
        source = self._by_key.get(key)
        if source is None:
            iri = _mint(_address_slug(entry) if is_address else slug(entry), key)
            if is_address:
                source = Source(iri, url=entry)
            elif _REPOSITORY.fullmatch(entry):
                source = Source(iri, repository_path=entry)
            else:
                source = Source(iri, title=entry)
            self._by_key[key] = source
        return source

    def write_all(self) -> None:
        """Write every source into the graph ``facts/sources``."""
        writer = self._builder.in_table("sources")
        for row, source in self._curated:
            self._builder.origin[source.iri] = row.table, row.line
            writer.text(source.iri, NOTE, row["notes"])
            writer.literal(source.iri, "archivedUrl", row["archived_url"], "anyURI")
            writer.literal(source.iri, "accessed", row["accessed"])
            for name in row.many("aliases"):
                writer.text(source.iri, ALT_LABEL, name)
            for outer in row.many("reported_in"):
                writer.link(source.iri, "reportedIn", thing("source", outer))
        described = {source.iri: source for _, source in self._curated}
        for source in (*described.values(), *self._by_key.values()):
            if described.get(source.iri, source) is source:
                described[source.iri] = source
        for source in sorted(described.values(), key=lambda source: source.iri.value):
            self._write(source)

    def mixed_publishers(self) -> list[Problem]:
        """Return a warning for each publisher of a new source whose own texts are of different kinds.

        Treaties and copies are published by anyone, so these two kinds may stand beside another.
        """
        by_publisher: dict[str, dict[str, str]] = defaultdict(dict)
        new: set[str] = set()
        for source in (*self._by_key.values(), *(source for _, source in self._curated)):
            publisher, kind = self._published(source)
            if self._is_new(source):
                new.add(publisher)
            if publisher and kind not in ("", "treaty-or-un", "copy"):
                by_publisher[publisher].setdefault(kind, source.url or source.title)
        warnings = []
        for publisher, kinds in by_publisher.items():
            if len(kinds) > 1 and publisher in new:
                told = ", ".join(f"{kind} ({example})" for kind, example in sorted(kinds.items()))
                message = f"the texts of {publisher} are of different kinds: {told}."
                cure = "Correct the kind of one of them here or in publishers, or name its publisher more exactly."
                warnings.append(Problem("sources.csv", None, "kind", message, cure))
        return warnings

    def _is_new(self, source: Source) -> bool:
        """Return whether a source is written, since nothing describes it yet."""
        return True

    def _write(self, source: Source) -> None:
        writer = self._builder.in_table("sources")
        publisher, kind = self._published(source)
        label = source.title or publisher or source.repository_path or source.url
        writer.node(source.iri, "Source", label=label)
        writer.text(source.iri, TITLE, source.title)
        for other in source.other_titles:
            writer.text(source.iri, ALT_LABEL, other)
        writer.literal(source.iri, "publisher", publisher)
        writer.literal(source.iri, "kind", kind)
        writer.edtf(source.iri, "published", source.date, "publishedEarliest", "publishedLatest")
        writer.literal(source.iri, "url", source.url, "anyURI")
        writer.literal(source.iri, "repositoryPath", source.repository_path)

    def cite(self, table: str, subject: NamedNode, sources: list[NamedNode]) -> None:
        """Write a ``co:Evidence`` of a fact for each of its sources."""
        writer = self._builder.in_table(table)
        for source in sources:
            evidence = evidence_iri(subject, source)
            writer.link(subject, "evidence", evidence)
            writer.node(evidence, "Evidence")
            writer.link(evidence, "source", source)


def evidence_iri(subject: NamedNode, source: NamedNode) -> NamedNode:
    """Return the IRI of the evidence that a source provides for a fact."""
    base, _, path = subject.value.partition("/comity/")
    return NamedNode(f"{base}/comity/evidence/{path}/{identifier(source)}")


def host_of(url: str) -> str:
    """Return the host of a URL, in lower case and without ``www.``."""
    return urlsplit(url).netloc.lower().removeprefix("www.")


def _mint(name: str, key: str) -> NamedNode:
    return thing("source", f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:6]}")


def address_key(url: str) -> str:
    """Return the key of a URL, which ignores the scheme, ``www.`` and a final slash."""
    parts = urlsplit(url)
    return f"{host_of(url)}{parts.path.rstrip('/')}?{parts.query}#{parts.fragment}"


def _address_slug(url: str) -> str:
    parts = urlsplit(url)
    return slug(f"{parts.netloc.removeprefix('www.')} {parts.path}")
