"""The formats that answers come in, and the choice among them by the Accept header."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from comity.server.problems import Problem


@dataclass(frozen=True)
class Format:
    """One way to write a result: its short name for ``?format=``, its media types (the first is sent)."""

    name: str
    media: tuple[str, ...]
    text: bool = True

    @property
    def content_type(self) -> str:
        """The Content-Type that an answer in this format carries."""
        media = self.media[0]
        return f"{media}; charset=utf-8" if media.startswith("text/") else media


JSON = Format("json", ("application/sparql-results+json", "application/json"))
XML = Format("xml", ("application/sparql-results+xml", "application/xml", "text/xml"))
CSV = Format("csv", ("text/csv",))
TSV = Format("tsv", ("text/tab-separated-values",))
HTML = Format("html", ("text/html", "application/xhtml+xml"))
TURTLE = Format("turtle", ("text/turtle", "application/turtle", "application/x-turtle"))
NTRIPLES = Format("ntriples", ("application/n-triples", "text/plain"))
NQUADS = Format("nquads", ("application/n-quads", "text/x-nquads"))
TRIG = Format("trig", ("application/trig", "application/x-trig"))
RDFXML = Format("rdfxml", ("application/rdf+xml", "application/xml", "text/xml"))
JSONLD = Format("jsonld", ("application/ld+json", "application/json"))

#: In the order of preference, for a client that accepts anything.
RESULTS = (JSON, XML, CSV, TSV, HTML)
GRAPHS = (TURTLE, NTRIPLES, NQUADS, TRIG, RDFXML, JSONLD, HTML)
RDF = (TURTLE, NTRIPLES, NQUADS, TRIG, RDFXML, JSONLD)

_ALIASES = {"ttl": "turtle", "nt": "ntriples", "nq": "nquads", "rdf": "rdfxml", "json-ld": "jsonld"}


@lru_cache(maxsize=1024)
def parse_accept(header: str) -> tuple[tuple[str, float], ...]:
    """The media ranges of an Accept header with their q-values, as written."""
    ranges = []
    for part in header.split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                try:
                    quality = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        if media:
            ranges.append((media.lower(), quality))
    return tuple(ranges)


def _quality(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The q-value that the most specific range gives a media type; 0 where none fits."""
    best, specificity = 0.0, -1
    kind = media.partition("/")[0]
    for pattern, quality in ranges:
        rank = 2 if pattern == media else 1 if pattern == f"{kind}/*" else 0 if pattern == "*/*" else -1
        if rank > specificity:
            best, specificity = quality, rank
    return best


@lru_cache(maxsize=4096)
def _best(header: str, offered: tuple[Format, ...]) -> Format | None:
    ranges = parse_accept(header)
    best, best_quality = None, 0.0
    for place, choice in enumerate(offered):
        for rank, media in enumerate(choice.media):
            # A wildcard means the main media type; another name of the format must be written out.
            given = _quality(media, ranges) if rank == 0 else dict(ranges).get(media, 0.0)
            # Ties go to the earlier format.
            quality = given - (place * 10 + rank) * 1e-6
            if given > 0 and quality > best_quality:
                best, best_quality = choice, quality
    return best


def choose(accept: str | None, offered: tuple[Format, ...], name: str | None = None) -> Format:
    """The format to answer in: the one asked for by name, else the best that the Accept header allows."""
    if name:
        return _named(name, offered)
    if not accept:
        return offered[0]
    best = _best(accept, offered)
    if best is None:
        raise Problem(
            406,
            "not-acceptable",
            f"None of the media types in 'Accept: {accept[:200]}' can be given for this result.",
            hint=f"Ask for one of {', '.join(choice.media[0] for choice in offered)}, or for */*.",
        )
    return best


def _named(name: str, offered: tuple[Format, ...]) -> Format:
    wanted = _ALIASES.get(name.lower(), name.lower())
    for choice in offered:
        if wanted == choice.name or wanted in choice.media[:1]:
            return choice
    for choice in offered:
        if wanted in choice.media:
            return choice
    raise Problem(
        406,
        "not-acceptable",
        f"'{name[:100]}' is not a format of this result.",
        hint=f"Use format= with one of {', '.join(choice.name for choice in offered)}.",
    )


def by_media_type(content_type: str) -> Format | None:
    """The RDF format that a Content-Type names; None where it is no RDF format."""
    media = content_type.partition(";")[0].strip().lower()
    for choice in RDF:
        if media == choice.media[0]:
            return choice
    for choice in RDF:
        if media in choice.media:
            return choice
    return None
