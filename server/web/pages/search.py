"""Search over names and aliases in any spelling: accents, typing errors and other languages and scripts included."""

import re
import threading
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, request

from comity.iris import BASE, CO
from comity.questions.lookup import names
from comity.questions.questions import questions
from comity.server.web import cldr_names, render, view_context
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.pages.polity import KINDS
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("search", __name__)
#: What a name may stand for, the likeliest first.
_RANK = {"polity": 0, "organisation": 1, "person": 2, "place": 3, "document": 4, "status": 5}
#: Codes that CLDR uses though ISO 3166 has not assigned them.
_UNASSIGNED = {"XK": "kosovo"}
_PARTY = ("polity", "organisation")
#: Below this likeness (Dice's coefficient over trigrams) a name is no hit.
_LIKENESS = 0.42


@dataclass(frozen=True)
class Hit:
    """A thing that was found: its name, the kind of thing, and the other name by which it was found."""

    name: str
    iri: str
    kind: str
    via: str = ""
    score: float = 0.0


def fold(text: str) -> str:
    """Give a text without case, accents and punctuation, for comparison."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^\w]+", " ", plain.replace("'", "").replace("’", "")).replace("_", " ").strip()


def trigrams(text: str) -> set[str]:
    """Give the runs of three letters of a folded text, its edges included."""
    padded = f"  {text} "
    return {padded[place : place + 3] for place in range(len(padded) - 2)}


class Index:
    """Names of things with their trigrams; names in other languages join it when they are first needed."""

    def __init__(self, reader: GraphReader) -> None:
        self._reader = reader
        self._entries: list[tuple[str, str, str, int]] = []
        self._grams: dict[str, list[int]] = defaultdict(list)
        self._lock = threading.Lock()
        self._foreign: dict[str, list[tuple[str, str]]] = {}
        self._sorted: list[str] = []
        for name, node in names(reader.store, tuple(_RANK)):
            self._add(name, node.value)
        for iri in reader.of_class("Polity"):
            if official := reader.first(iri, CO + "officialName"):
                self._add(official, iri)
        for row in reader.rows("SELECT ?s ?n WHERE { ?s a skos:Concept ; skos:prefLabel ?n }"):
            self._add(row["n"], row["s"])

    def _add(self, name: str, iri: str) -> None:
        folded = fold(name)
        if not folded:
            return
        grams = trigrams(folded)
        for gram in grams:
            self._grams[gram].append(len(self._entries))
        self._entries.append((folded, name, iri, len(grams)))

    def widen(self) -> None:
        """Add the names of states in the languages of CLDR, which takes a moment the first time."""
        with self._lock:
            if self._foreign:
                return
            foreign: dict[str, list[tuple[str, str]]] = {}
            for code, name in cldr_names.names():
                for iri in self._by_code().get(code, ()):
                    foreign.setdefault(fold(name), []).append((name, iri))
            self._sorted = sorted(foreign)
            self._foreign = foreign

    def elsewhere(self, text: str) -> dict[str, Hit]:
        """Give the polities that a text names, or begins to name, in some language of the world."""
        self.widen()
        wanted = fold(text)
        best: dict[str, Hit] = {}
        for place in range(bisect_left(self._sorted, wanted), len(self._sorted)):
            folded = self._sorted[place]
            if not folded.startswith(wanted) or len(best) > 40:
                break
            for name, iri in self._foreign[folded]:
                if iri not in best:
                    score = _score(wanted, folded, len(wanted) / len(folded))
                    best[iri] = Hit(self._reader.label(iri), iri, kind_of(self._reader, iri), name, score)
        return best

    def _by_code(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = self._reader.shelf.setdefault("codes", {})
        if not found:
            for row in self._reader.rows("SELECT ?polity ?code WHERE { ?polity co:isoAlpha2 ?code }"):
                found.setdefault(row["code"], []).append(row["polity"])
            for code, identifier in _UNASSIGNED.items():
                found.setdefault(code, []).append(f"{BASE}polity/{identifier}")
        return found

    def hits(self, text: str, folders: tuple[str, ...]) -> dict[str, Hit]:
        """Give the best hit for each thing."""
        wanted = fold(text)
        grams = trigrams(wanted)
        shared = Counter(place for gram in grams for place in self._grams.get(gram, ()))
        best: dict[str, Hit] = {}
        for place, number in shared.items():
            folded, name, iri, size = self._entries[place]
            folder = iri.removeprefix(BASE).partition("/")[0]
            if folder not in folders:
                continue
            score = _score(wanted, folded, 2 * number / (len(grams) + size))
            if score <= 0:
                continue
            score -= _RANK.get(folder, 9) * 0.01
            if iri not in best or best[iri].score < score:
                label = self._reader.label(iri)
                via = "" if name == label else name
                best[iri] = Hit(label, iri, kind_of(self._reader, iri), via, score)
        return best


def kind_of(reader: GraphReader, iri: str) -> str:
    """Say what kind of thing an IRI names."""
    folder = iri.removeprefix(BASE).partition("/")[0]
    return KINDS.get(reader.kinds.get(iri, ""), "polity") if folder == "polity" else folder


def _score(wanted: str, name: str, likeness: float) -> float:
    if name == wanted:
        return 3.0
    if name.startswith(wanted):
        return 2.0 + likeness
    if f" {wanted}" in f" {name}":
        return 1.5 + likeness
    if len(wanted) > 3 and wanted in name:
        return 1.0 + likeness
    return likeness if likeness >= _LIKENESS else 0.0


def index(reader: GraphReader) -> Index:
    """Give the index of a generation."""
    with reader.lock:
        if "search" not in reader.shelf:
            reader.shelf["search"] = Index(reader)
        found: Index = reader.shelf["search"]
    return found


def find(
    reader: GraphReader, text: str, most: int = 20, folders: tuple[str, ...] = tuple(_RANK)
) -> list[Hit]:
    """Give the things that a text names, the best first; other languages are looked at where ours say little."""
    if not fold(text):
        return []
    names_index = index(reader)
    hits = names_index.hits(text, folders)
    if "polity" in folders and not any(hit.score >= 2 for hit in hits.values()):
        for iri, hit in names_index.elsewhere(text).items():
            if iri not in hits or hits[iri].score < hit.score:
                hits[iri] = hit
    return sorted(hits.values(), key=lambda hit: (-hit.score, hit.name))[:most]


def mentions(reader: GraphReader, text: str, folders: tuple[str, ...], most: int = 30) -> list[Hit]:
    """Give the acts, statements and sources whose label has all words of a text."""
    words = fold(text).split()
    if not words:
        return []
    found = []
    for iri, label in reader.labels.items():
        folder = iri.removeprefix(BASE).partition("/")[0]
        if folder in folders and all(word in fold(label) for word in words):
            found.append(Hit(label, iri, kind_of(reader, iri)))
            if len(found) == most:
                break
    return sorted(found, key=lambda hit: hit.name)


@blueprint.get("/search")
def search() -> Response:
    """Find things by any of their names."""
    text = request.args.get("q", "").strip()[:200]

    def make() -> dict[str, object]:
        reader = graph_reader()
        hits = find(reader, text, 30)
        words = fold(text).split()
        asked = [
            question
            for question in questions().values()
            if words and all(word in fold(f"{question.title} {question.description}") for word in words)
        ]
        return {
            "q": text,
            "hits": hits,
            "sure": bool(hits) and hits[0].score >= 1.5,
            "questions": asked[:6],
            "acts": mentions(reader, text, ("act",)),
            "others": mentions(reader, text, ("statement", "source")),
            "trail": [("Search", None)],
        }

    return render.page("search.html", make)


@blueprint.get("/complete")
def complete() -> Response:
    """Names for completion: things of a kind whose name or alias begins with, or resembles, what is typed."""
    text, kind = request.args.get("q", "")[:100], request.args.get("type", "entity")
    folders = {"party": _PARTY, "entity": tuple(_RANK)}.get(kind, (kind,))
    reader = graph_reader()
    if kind in ("act", "statement", "source"):
        hits = mentions(reader, text, (kind,), 12)
    else:
        hits = find(reader, text, 12, folders)
    response = jsonify(
        [
            {"name": hit.name, "id": _identifier(hit.iri), "iri": hit.iri, "kind": hit.kind, "via": hit.via}
            for hit in hits
        ]
    )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _identifier(iri: str) -> str:
    path = iri.removeprefix(BASE)
    return path.partition("/")[2] if path.partition("/")[0] in _RANK else path


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """Lets a browser offer the search in its address bar."""
    root = request.url_root.rstrip("/")
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/"><ShortName>Comity</ShortName>'
        "<Description>Names in the graph of recognition</Description>"
        f'<Url type="text/html" template="{root}/search?q={{searchTerms}}"/></OpenSearchDescription>\n'
    )
    return Response(text, content_type="application/opensearchdescription+xml")


def suggestions(text: str) -> list[tuple[str, str]]:
    """Give names and links near to a text, for pages that found nothing."""
    return [(hit.name, view_context.link(hit.iri)) for hit in find(graph_reader(), text, 5)]
