"""What a search engine may know of a page: schema.org data, escaped so that it cannot leave its element."""

import json
from typing import Any

from comity.iris import CO, GEO, SKOS
from comity.server.web.models.graph_reader import GraphReader

_CLASSES = {
    # A contested polity is a place under every view; whether it is a country is not ours to say.
    "polity": "Place",
    "place": "Place",
    "organisation": "Organization",
    "person": "Person",
    "source": "CreativeWork",
    "document": "CreativeWork",
    "statement": "Claim",
    "claim": "Claim",
    "act": "Event",
    "status": "DefinedTerm",
}


def data(reader: GraphReader, folder: str, iri: str) -> str:
    """Give the JSON-LD of a thing for its page, ready for a script element; empty where there is no class."""
    if folder not in _CLASSES:
        return ""
    told = reader.about(iri)

    def values(predicate: str) -> list[str]:
        return [str(getattr(value, "value", "")) for value in told.get(predicate, [])]

    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _CLASSES[folder],
        "@id": iri,
        "name": reader.label(iri),
    }
    if names := sorted(values(SKOS + "altLabel")):
        document["alternateName"] = names
    if matches := values(SKOS + "exactMatch"):
        document["sameAs"] = matches
    if values(GEO + "lat") and folder in ("polity", "place"):
        coordinates = {"latitude": values(GEO + "lat")[0], "longitude": values(GEO + "long")[0]}
        document["geo"] = {"@type": "GeoCoordinates", **coordinates}
    for name, predicate in _DETAILS.get(folder, ()):
        if found := values(predicate):
            document[name] = found[0]
    if folder in ("act", "claim", "statement"):
        document["citation"] = sorted(values(CO + "citesSource"))
    return escaped(document)


_DETAILS = {
    "act": (("startDate", CO + "earliest"), ("endDate", CO + "latest")),
    "source": (("publisher", CO + "publisher"), ("datePublished", CO + "published"), ("url", CO + "url")),
    "statement": (("text", CO + "claimText"), ("datePublished", CO + "saidOn")),
    "organisation": (("foundingDate", CO + "founded"),),
}


def escaped(document: Any) -> str:
    """Write JSON that may stand inside a script element."""
    text = json.dumps(document, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
