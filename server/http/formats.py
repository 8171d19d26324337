"""The formats of responses, and content negotiation by name or by the Accept header."""

from dataclasses import dataclass
from functools import lru_cache

from flask import request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from comity.server.problems import Problem


@dataclass(frozen=True)
class Format:
    """A format of results: its short name for ``?format=`` and its media types (the first is sent)."""

    name: str
    media: tuple[str, ...]

    @property
    def content_type(self) -> str:
        """Return the Content-Type of a response in this format."""
        media = self.media[0]
        return f"{media}; charset=utf-8" if media.startswith("text/") else media


JSON = Format("json", ("application/sparql-results+json", "application/json"))
XML = Format("xml", ("application/sparql-results+xml", "application/xml", "text/xml"))
CSV = Format("csv", ("text/csv",))
TSV = Format("tsv", ("text/tab-separated-values",))
PARQUET = Format("parquet", ("application/vnd.apache.parquet",))
SVG = Format("svg", ("image/svg+xml",))
PNG = Format("png", ("image/png",))
HTML = Format("html", ("text/html", "application/xhtml+xml"))
TURTLE = Format(
    "turtle", ("text/turtle", "application/turtle", "application/x-turtle", "text/n3", "text/rdf+n3")
)
NTRIPLES = Format("ntriples", ("application/n-triples", "text/plain"))
NQUADS = Format("nquads", ("application/n-quads", "text/x-nquads"))
TRIG = Format("trig", ("application/trig", "application/x-trig"))
RDFXML = Format("rdfxml", ("application/rdf+xml", "application/xml", "text/xml"))
JSONLD = Format("jsonld", ("application/ld+json", "application/json"))

#: In the order of preference, for a client that accepts anything.
RESULTS = (JSON, XML, CSV, TSV, HTML)
GRAPHS = (TURTLE, NTRIPLES, NQUADS, TRIG, RDFXML, JSONLD, HTML)
RDF = (TURTLE, NTRIPLES, NQUADS, TRIG, RDFXML, JSONLD)

_ALIASES = {
    "ttl": "turtle",
    "n3": "turtle",
    "nt": "ntriples",
    "nq": "nquads",
    "rdf": "rdfxml",
    "json-ld": "jsonld",
}


@lru_cache(maxsize=512)
def _best(header: str, offered: tuple[Format, ...]) -> Format | None:
    """Return the format with the highest q-value; ties go to the earlier one, and to the main media type."""
    # Parameters such as charset and profile distinguish variants that do not exist here.
    ranges = [
        (media.partition(";")[0].strip().lower(), quality)
        for media, quality in parse_accept_header(header, MIMEAccept)
    ]
    accept, named = MIMEAccept(ranges), {media for media, _ in ranges}
    best, best_quality = None, 0.0
    for place, choice in enumerate(offered):
        for rank, media in enumerate(choice.media):
            # A wildcard matches only the main media type; other names of the format must be written out.
            given = accept.quality(media) if rank == 0 or media in named else 0.0
            quality = given - (place * 10 + rank) * 1e-6
            if given > 0 and quality > best_quality:
                best, best_quality = choice, quality
    return best


def choose(accept: str | None, offered: tuple[Format, ...], name: str | None = None) -> Format:
    """Return the format of the response: the one requested by name, else the best the Accept header allows.

    :param accept: the ``Accept`` header; None or empty accepts anything.
    :param offered: the formats of this resource, preferred ones first.
    :param name: the value of ``?format=``, which takes precedence over the header if it names one of them.
    :raises Problem: 406 if none is acceptable.
    """
    named = _named(name, offered) if name else None
    if named is not None:
        return named
    if not accept:
        return offered[0]
    best = _best(accept, offered)
    if best is None:
        raise Problem(
            406,
            "not-acceptable",
            f"This result is not available in any of the media types in 'Accept: {accept[:200]}'.",
            hint=f"Ask for one of {', '.join(choice.media[0] for choice in offered)}, or for */*.",
        )
    return best


def requested(*offered: Format) -> Format:
    """Return the format requested by ``?format=`` or its Accept header; see :func:`choose`."""
    return choose(request.headers.get("Accept"), offered, request.args.get("format"))


def _named(name: str, offered: tuple[Format, ...]) -> Format | None:
    wanted = _ALIASES.get(name.lower(), name.lower())
    for choice in offered:
        if wanted == choice.name or wanted in choice.media[:1]:
            return choice
    return next((choice for choice in offered if wanted in choice.media), None)


def by_media_type(content_type: str) -> Format | None:
    """Return the RDF format named by a Content-Type, if any."""
    media = content_type.partition(";")[0].strip().lower()
    for choice in RDF:
        if media == choice.media[0]:
            return choice
    for choice in RDF:
        if media in choice.media:
            return choice
    return None
