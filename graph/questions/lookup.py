"""Look-up of entities by id, path, IRI or ISO code, or by any of their names, in any spelling, script or language.

The names of a store are its labels, official names and aliases, including former names and those in the languages of
the table ``polity-names``; :mod:`comity.questions.spelling` compares them, and knows states in further languages.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, product

import pyoxigraph as ox
from rapidfuzz import fuzz, process

from comity.edtf import dated
from comity.errors import UnknownError
from comity.iris import BASE, CO, ONTOLOGY, PREFIXES, RDFS, SKOS, TYPE, identifier
from comity.questions.spelling import BEGUN, alternatives, fold, scores, territories, words_of

#: Properties that name an entity; the first one present is its label.
_NAMING = (SKOS + "prefLabel", RDFS + "label", CO + "officialName", SKOS + "altLabel")
#: Languages of names used in hints.
_ENGLISH = ("en", None)
#: The types of entities a name may denote in a search, the likeliest first.
SOUGHT = ("polity", "organisation", "person", "place", "document", "status")
#: Types with a label but no name of their own.
LABELLED = ("act", "statement", "source")
#: The types a text may name in :func:`find`, by the requested kind.
_FOLDERS = {
    "party": ("polity", "organisation"),
    "entity": (*SOUGHT[:4], "act", "statement", "source", "status", "document", "claim"),
}
#: Codes that CLDR and the World Bank use though ISO 3166 has not assigned them.
_UNASSIGNED = {"XK": "kosovo", "XKX": "kosovo"}
_CODES = ("isoAlpha2", "isoAlpha3")
#: The minimum similarity of two names in per cent (rapidfuzz's ``ratio``) for a hint.
_LIKENESS_OF_HINTS = 55
#: The scores of the words of a name, abbreviated or reordered, and of a code.
_REWORDED, _CODED = 2.9, 2.85
#: The score from which a name matches completely.
_WHOLE = 2.6
#: The penalty of a polity that has ended against another whose name matches as much of the text.
_PAST = 0.4
_Entry = tuple[str, str, str]


def folder_of(iri: str) -> str:
    """Return the kind of entity that an IRI of the project names: the first part of its path."""
    return iri.removeprefix(BASE).partition("/")[0]


@dataclass(frozen=True)
class Hit:
    """A search result: its label, its IRI, the other name or code by which it was found, and its score.

    The score is 3 for the name itself, 2.9 for its words, abbreviated or reordered, 2.85 for its code, 2.8 for one of
    several alternative names, from 2 for whole words of it, the first ones before later ones, from 1.8 for the
    beginning of its first word, from 1.5 for that of a later word, from 1 for a part of it, and below 1 for a name
    that only resembles it. If the text is only a part of the name, polities that have ended come last.
    """

    name: str
    iri: str
    via: str = ""
    score: float = 0.0

    @property
    def id(self) -> str:
        """The id that :meth:`Names.find` takes: the path, without its first part if the rest is unambiguous."""
        path = self.iri.removeprefix(BASE)
        return path.partition("/")[2] if folder_of(self.iri) in SOUGHT else path


class Names:
    """The names in the default graph of one store, read when they are first needed."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store

    def prepare(self) -> None:
        """Read the names now rather than at the first look-up."""
        _ = self._labels, self._by_folder, self._labelled, self._by_words

    @cached_property
    def _labels(self) -> dict[str, str]:
        # Of several names of an entity, the first English one, else the first, remains: it comes last here.
        return {iri: name for iri, name, _ in chain(*map(reversed, reversed(self._entries)))}

    @cached_property
    def _entries(self) -> tuple[list[_Entry], list[_Entry]]:
        """(IRI, name, folded name) of English names, and of those in other languages; labels come before aliases."""
        return self._read([None])

    def _read(self, things: Iterable[ox.NamedNode | None]) -> tuple[list[_Entry], list[_Entry]]:
        """Return the entries of some entities; None for all."""
        english: list[_Entry] = []
        others: list[_Entry] = []
        for predicate, one in product(_NAMING, things):
            for quad in self.store.quads_for_pattern(one, ox.NamedNode(predicate), None, ox.DefaultGraph()):
                thing, name = quad.subject, quad.object
                if not isinstance(thing, ox.NamedNode) or not isinstance(name, ox.Literal):
                    continue
                if (iri := thing.value).startswith(BASE):
                    found = english if name.language in _ENGLISH else others
                    found.append((iri, text := name.value, fold(text)))
        return english, others

    def after(self, store: ox.Store, changed: Iterable[object]) -> "Names":
        """Return the names in a later state of the store, rereading only those of changed nodes.

        If one of the names that a search looks for has changed, whose order matters, all are read again when needed.
        """
        later = Names(store)
        known = vars(self)
        if "_entries" not in known or "_labelled" not in known:
            return later
        nodes = [node for node in changed if isinstance(node, ox.NamedNode) and node.value.startswith(BASE)]
        iris = {node.value for node in nodes}
        new = later._read(nodes)
        sought = {iri for iri in iris if folder_of(iri) in SOUGHT}
        if any(
            {entry for entry in before if entry[0] in sought}
            != {entry for entry in now if entry[0] in sought}
            for before, now in zip(self._entries, new, strict=True)
        ):
            return later
        iris -= sought
        added = [[entry for entry in entries if entry[0] in iris] for entries in new]
        same = [[entry for entry in entries if entry[0] not in iris] for entries in self._entries]
        later._entries = (same[0] + added[0], same[1] + added[1])
        later._labelled = {
            folder: [entry for entry in entries if entry[0] not in iris]
            + [(iri, name, fold(dated(name))) for iri, name, _ in chain(*added) if folder_of(iri) == folder]
            for folder, entries in self._labelled.items()
        }
        return later

    @cached_property
    def _by_folder(self) -> dict[str, list[_Entry]]:
        found: dict[str, list[_Entry]] = {}
        for entry in chain(*self._entries):
            found.setdefault(folder_of(entry[0]), []).append(entry)
        return found

    @cached_property
    def _labelled(self) -> dict[str, list[tuple[str, str, str]]]:
        """(IRI, label, folded label) by folder of labelled entities; dates are folded as written in pages."""
        return {
            folder: [(iri, name, fold(dated(name))) for iri, name, _ in self._by_folder.get(folder, ())]
            for folder in LABELLED
        }

    @cached_property
    def _by_words(self) -> dict[str, list[tuple[str, str]]]:
        """(IRI, name) of searchable entities by the words of the name, see :func:`words_of`."""
        found: dict[str, list[tuple[str, str]]] = {}
        for folder in SOUGHT:
            for iri, name, folded in self._by_folder.get(folder, ()):
                found.setdefault(words_of(folded), []).append((iri, name))
        return found

    @cached_property
    def _ended(self) -> set[str]:
        """The polities that have ended."""
        ended = self.store.quads_for_pattern(None, ox.NamedNode(CO + "ended"), None, ox.DefaultGraph())
        return {quad.subject.value for quad in ended if isinstance(quad.subject, ox.NamedNode)}

    @cached_property
    def _by_code(self) -> dict[str, list[str]]:
        """The polities of each ISO 3166-1 code, of two letters or three."""
        found = {code: [f"{BASE}polity/{identifier}"] for code, identifier in _UNASSIGNED.items()}
        for code in _CODES:
            coded = self.store.quads_for_pattern(None, ox.NamedNode(CO + code), None, ox.DefaultGraph())
            for quad in coded:
                if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal):
                    found.setdefault(quad.object.value, []).append(quad.subject.value)
        return found

    def _with_code(self, text: str) -> list[str]:
        """Return the polities whose ISO 3166-1 code a text is, in capitals or small letters; ``Nga`` is a word."""
        code = text.strip()
        listed = self._by_code.get(code.upper(), ()) if code.isupper() or code.islower() else ()
        return [iri for iri in listed if iri in self._labels]

    def find(self, text: str, kind: str = "entity") -> ox.NamedNode:
        """Return the entity of a kind that a text names.

        :param text: an id (``north-korea``), a path (``act/recognition/…``), an IRI, whole or prefixed, a name or
            alias in any case, such as ``Lugansk`` or ``Deutschland``, or the ISO 3166-1 code of a polity (``FR``,
            ``fra``). An act named without its date means the latest one.
        :param kind: the first part of a path, such as ``polity``, or ``party``, or ``entity`` for any type.
        :raises UnknownError: if nothing has that name, with the closest names, or if the text is the code of one
            entity and the name of another.
        """
        folders = _FOLDERS.get(kind, (kind,))
        for candidate in _candidates(text.strip(), folders):
            if next(self.store.quads_for_pattern(candidate, None, None, ox.DefaultGraph()), None):
                return candidate
        if "act" in folders and (act := self._undated_act(text)):
            return act
        wanted, written = fold(text), fold(dated(text))
        coded = self._with_code(text) if "polity" in folders else []
        for folder in folders:
            labelled = folder in LABELLED
            for iri, _, folded in (self._labelled if labelled else self._by_folder).get(folder, ()):
                if folded == (written if labelled else wanted):
                    if coded and iri not in coded:
                        raise self._ambiguity(text, (*coded, iri))
                    return ox.NamedNode(iri)
        if coded:
            return ox.NamedNode(coded[0])
        if (
            "polity" in folders
            and (hit := next(self._in_other_languages(wanted), None))
            and fold(hit.via) == wanted
        ):
            return ox.NamedNode(hit.iri)
        if len(reworded := self._named_in_other_words(text, folders)) == 1:
            return ox.NamedNode(reworded.pop())
        entries = [entry for folder in folders for entry in self._by_folder.get(folder, ())]
        near = self._nearest(wanted, entries)
        names = " or ".join(name for name, _ in near)
        hint = f"Did you mean {names}?" if near else "Check the spelling, or search for it first."
        what = "an entity" if kind == "entity" else f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"
        raise UnknownError(f"{text!r} is not the name of {what} in this graph.", hint, text, near)

    def _ambiguity(self, text: str, things: Iterable[str]) -> UnknownError:
        """Return the error for a text that is the code of the first of some entities and the name of the last."""
        near = [(self._labels[iri], iri) for iri in things]
        coded, named = near[0][0], near[-1][0]
        ids = " or ".join(Hit(name, iri).id for name, iri in near)
        return UnknownError(
            f"{text!r} is the ISO code of {coded}, and a name of {named}.", f"Write {ids}.", text, near
        )

    def term(self, text: str, of_class: bool = False) -> ox.NamedNode | None:
        """Return the property or class of the ontology with this name or label, or None."""
        wanted = fold(text)
        for quad in self.store.quads_for_pattern(None, ox.NamedNode(RDFS + "label"), None, ONTOLOGY):
            local = getattr(quad.subject, "value", "").removeprefix(CO)
            if local[:1].isupper() == of_class and (local == text or fold(quad.object.value) == wanted):  # type: ignore[union-attr]
                return quad.subject  # type: ignore[return-value]
        return None

    def _nearest(self, wanted: str, entries: list[_Entry]) -> list[tuple[str, str]]:
        """Return the entities that a folded text may mean, as (name, IRI), without duplicates.

        These are those in whose English names it begins a word or, if there are none, those with similar names.
        """
        english = {name for _, name, _ in self._entries[0]}
        folded = {place: entry[2] for place, entry in enumerate(entries) if entry[1] in english}
        places = [place for place, name in folded.items() if f" {wanted}" in f" {name}" and len(wanted) > 2]
        if not places:
            near = process.extract(
                wanted, folded, scorer=fuzz.ratio, processor=None, score_cutoff=_LIKENESS_OF_HINTS, limit=12
            )
            places = [place for _, _, place in near]
        found: dict[str, str] = {}
        for place in places:
            iri = entries[place][0]
            found.setdefault(self._labels[iri], iri)
        return list(found.items())[:3]

    def search(self, text: str, kind: str = "entity", most: int = 20) -> list[Hit]:
        """Return the entities whose names a text matches, resembles or begins, best first.

        :param kind: as for :meth:`find`. Acts, statements and sources are found by the words of their labels.
        """
        if kind in LABELLED:
            return self.mentions(text, (kind,), most)
        wanted = fold(text)
        if not wanted:
            return []
        best: dict[str, Hit] = {}
        folders = {"entity": SOUGHT, "party": SOUGHT[:2]}.get(kind, (kind,))
        for rank, folder in enumerate(folders):
            entries = self._by_folder.get(folder, [])
            for place, score in scores(wanted, [folded for _, _, folded in entries]).items():
                iri, name, _ = entries[place]
                score -= rank * 0.01
                if iri not in best or best[iri].score < score:
                    label = self._labels[iri]
                    best[iri] = Hit(label, iri, "" if name == label else name, score)
        coded = self._with_code(text) if "polity" in folders else []
        of_code = (Hit(self._labels[iri], iri, text.strip().upper(), _CODED) for iri in coded)
        for hit in chain(of_code, self._reworded(text, folders)):
            if hit.iri not in best or best[hit.iri].score < hit.score:
                best[hit.iri] = hit
        begun = any(fold(hit.via or hit.name).startswith(wanted) for hit in best.values())
        if "polity" in folders and not begun:
            for hit in self._in_other_languages(wanted):
                if hit.iri not in best or best[hit.iri].score < hit.score:
                    best[hit.iri] = hit
        return sorted(best.values(), key=self._rank)[:most]

    def _rank(self, hit: Hit) -> tuple[float, bool, str]:
        ended = hit.iri in self._ended
        return -hit.score + (_PAST if ended and hit.score < _WHOLE else 0), ended, hit.name

    @property
    def labels(self) -> Mapping[str, str]:
        """The names of all named entities by IRI; dates in them are in EDTF."""
        return self._labels

    def labelled(self, folder: str) -> list[tuple[str, str, str]]:
        """Return the entities of a kind in :data:`LABELLED`: IRI, label, and folded label with dates in words."""
        return self._labelled[folder]

    def label(self, iri: str) -> str:
        """Return the name of an entity, or the end of its IRI if it has none."""
        return self._labels.get(iri) or identifier(iri)

    def named(self, classes: tuple[str, ...]) -> Iterator[tuple[str, ox.Literal, bool]]:
        """Yield the IRI of each entity of some classes with each of its names, and whether that is its label."""
        default = ox.DefaultGraph()
        for name in classes:
            for thing in self.store.quads_for_pattern(None, TYPE, ox.NamedNode(CO + name), default):
                for predicate in _NAMING:
                    for quad in self.store.quads_for_pattern(
                        thing.subject, ox.NamedNode(predicate), None, default
                    ):
                        if isinstance(quad.object, ox.Literal) and isinstance(quad.subject, ox.NamedNode):
                            yield quad.subject.value, quad.object, predicate in _NAMING[:2]

    def of_polities(self) -> Iterator[tuple[str, str]]:
        """Yield the IRI of each polity with each of its names."""
        for iri, name, _ in self._by_folder.get("polity", ()):
            yield iri, name

    def mentions(self, text: str, folders: tuple[str, ...], most: int = 30) -> list[Hit]:
        """Return the entities, such as acts, statements and sources, whose label contains all words of a text.

        Dates are found in the form of pages (``13 July 2022``) and in EDTF.
        """
        wanted = fold(dated(text))
        words = wanted.split()
        entries = (entry for folder in folders for entry in self._labelled.get(folder, ()))
        found: dict[str, Hit] = {}
        for iri, name, folded in entries:
            if words and all(word in folded for word in words):
                score = 3.0 if folded == wanted else 1 + len(wanted) / len(folded) / 2
                found.setdefault(iri, Hit(name, iri, score=min(score, 3.0)))
                if len(found) == most:
                    break
        return sorted(found.values(), key=lambda hit: hit.name)

    def _named_in_other_words(self, text: str, folders: tuple[str, ...]) -> set[str]:
        """Return the entities a text names by a variant; of several alternative names, each must be known."""
        whole = {hit.iri for hit in self._reworded(text, folders) if hit.score == _REWORDED}
        parts = [{hit.iri for hit in self._reworded(part, folders)} for part in alternatives(text)]
        return whole or (set().union(*parts) if all(parts) else set())

    def _reworded(self, text: str, folders: tuple[str, ...]) -> Iterator[Hit]:
        """Yield the entities a text names by a variant: abbreviated, reordered, or with several alternative names."""
        parts = alternatives(text)
        written = [(text, _REWORDED)]
        if len(parts) > 1:
            written += [(part, 2.8 - place * 0.05) for place, part in enumerate(parts)]
        for part, score in written:
            for iri, name in self._by_words.get(words_of(fold(part)), ()):
                if folder_of(iri) in folders:
                    yield Hit(self._labels[iri], iri, "" if name == self._labels[iri] else name, score)

    def _in_other_languages(self, wanted: str) -> Iterator[Hit]:
        """Yield the polities whose name in any language a folded text matches or begins."""
        listed = territories()
        seen: set[str] = set()
        for place in range(bisect_left(listed, wanted), len(listed)):
            folded, name, code = listed[place].split("\t")
            if not folded.startswith(wanted) or len(seen) > 40:
                return
            for iri in self._by_code.get(code, ()):
                if iri not in seen and iri in self._labels:
                    seen.add(iri)
                    score = 3.0 if folded == wanted else BEGUN + len(wanted) / len(folded) / 5
                    yield Hit(self._labels[iri], iri, name, score)

    def _undated_act(self, text: str) -> ox.NamedNode | None:
        path = text.removeprefix(BASE).removeprefix("act/")
        if path.count("/") != 2 or (actor := node_of(f"{BASE}polity/{path.split('/')[1]}")) is None:
            return None
        acts = self.store.quads_for_pattern(None, ox.NamedNode(CO + "actor"), actor, ox.DefaultGraph())
        found = [quad.subject.value for quad in acts if isinstance(quad.subject, ox.NamedNode)]
        return max(
            (ox.NamedNode(iri) for iri in found if iri.startswith(f"{BASE}act/{path}/")),
            key=lambda node: node.value,
            default=None,
        )


def find(store: ox.Store, text: str, kind: str = "entity") -> ox.NamedNode:
    """Return the entity of a kind that a text names; see :meth:`Names.find`."""
    return Names(store).find(text, kind)


def prefixed_node(text: str) -> ox.NamedNode | None:
    """Return the node of a name with a known prefix, or of an IRI; None for any other text."""
    text = text.removeprefix("<").removesuffix(">")
    prefix, colon, local = text.partition(":")
    if text.startswith(("http://", "https://")) and not re.search(r"[\s<>\"{}|^`\\]", text):
        return node_of(text)
    return node_of(PREFIXES[prefix] + local) if colon and prefix in PREFIXES else None


def _candidates(text: str, folders: tuple[str, ...]) -> Iterator[ox.NamedNode]:
    text = text.removeprefix("<").removesuffix(">")
    if re.search(r"[\s<>\"{}|^`\\]", text) or not text:
        return
    if node := prefixed_node(text):
        paths = [node.value]
    else:
        paths = [BASE + text for folder in folders if text.startswith(folder + "/")]
        paths += [f"{BASE}{folder}/{text}" for folder in folders]
    yield from filter(None, map(node_of, paths))


def node_of(iri: str) -> ox.NamedNode | None:
    """Return the node of an IRI, or None for a text that is not one, such as one with control characters."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None
