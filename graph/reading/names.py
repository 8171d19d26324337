"""The names that a text may use for things in the graph: parties, persons, places and bodies.

They are the names of the look-up (:class:`comity.questions.lookup.Names`), the capitals of polities, and the names in
the lexicon. A name shared by several polities refers to the one that existed on the day of the report.
"""

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import pyoxigraph as ox

from comity.edtf import bounds
from comity.errors import DateError
from comity.iris import BASE, CO, TYPE, identifier
from comity.questions.lookup import Names, folder_of
from comity.reading.lexicon import Lexicon, word_list
from comity.reading.text import Item, tokenize

_DEFAULT = ox.DefaultGraph()
_CLASSES = ("Polity", "Organisation", "Person", "Place")
#: Names in other languages that are also English words, or have fewer letters than this, are left out.
_LEAST = 4
_WORDS = word_list("no names")


@dataclass(frozen=True)
class Known:
    """A possible referent of a name."""

    kind: str
    id: str
    #: The party that a body, a person or a place belongs to.
    party: str = ""
    office: str = ""
    #: The rank of the name among those of the referent, its label first.
    rank: int = 0
    #: The parties of a body shared by several.
    parties: tuple[str, ...] = ()


@dataclass
class NameTable:
    """Names as sequences of tokens, by first token, longest first."""

    by_first: dict[str, list[tuple[tuple[str, ...], list[Known]]]] = field(default_factory=dict)
    #: The last day of each polity and government that has ended, and the first of each government.
    ends: dict[str, dt.date] = field(default_factory=dict)
    begins: dict[str, dt.date] = field(default_factory=dict)

    def match(self, items: list[Item], place: int) -> tuple[int, list[Known]]:
        """Return the number of tokens of the name at a position, and its possible referents."""
        first = items[place]
        if first.kind != "word":
            return 0, []
        for words, known in self.by_first.get(_key(first.text), ()):
            here = items[place : place + len(words)]
            if len(here) == len(words) and all(
                _key(one.text) == word for one, word in zip(here, words, strict=True)
            ):
                return len(words), known
        return 0, []

    def exists(self, party: str, published: dt.date | None) -> bool:
        """Return whether a party existed on a day, or exists now if none is given."""
        day = published or dt.date.today()
        return self.begins.get(party, dt.date.min) <= day <= self.ends.get(party, dt.date.max)

    def choose(self, known: list[Known], published: dt.date | None) -> Known:
        """Return the referent of a name on a day: preferably one that existed then, a party, and so labelled."""

        def order(one: Known) -> tuple[bool, bool, int]:
            return (not self.exists(one.id, published), one.kind != "party", one.rank)

        return min(known, key=order)


def _key(word: str) -> str:
    """Return a word for comparison: case-folded unless it is an abbreviation in capitals."""
    plain = word.replace("’", "'")
    if not plain.isascii():
        plain = "".join(
            letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter)
        )
    return plain if plain.isupper() and len(plain) <= 3 else plain.casefold()


def name_table(names: Names, words: Lexicon) -> NameTable:
    """Return the names in a store and in the lexicon."""
    found = NameTable()
    entries: dict[tuple[str, ...], list[Known]] = defaultdict(list)

    def add(name: str, known: Known) -> None:
        sequence = tuple(_key(one.text) for one in tokenize(name))
        if sequence and name[:1].isupper() and known not in entries[sequence]:
            entries[sequence].append(known)

    belongs = _belongs(names.store)
    bodies = {
        quad.subject.value
        for quad in names.store.quads_for_pattern(None, TYPE, ox.NamedNode(CO + "Body"), _DEFAULT)
        if isinstance(quad.subject, ox.NamedNode)
    }
    governments = {
        quad.subject.value
        for quad in names.store.quads_for_pattern(None, TYPE, ox.NamedNode(CO + "Government"), _DEFAULT)
        if isinstance(quad.subject, ox.NamedNode)
    }
    offices = _offices(names.store)
    for iri, literal, is_label in names.named(_CLASSES):
        name, language = literal.value, literal.language
        folder, id_ = folder_of(iri), identifier(ox.NamedNode(iri))
        english = language in ("en", None)
        bare = re.sub(r"\s*\([^)]*\)$", "", name)
        if not english and (len(bare) < _LEAST or bare.casefold() in _WORDS or not bare[0].isascii()):
            continue
        rank = (not is_label) + 2 * (bare != name) + 4 * (not english)
        parties = belongs.get(iri, ())
        party = parties[0] if parties else ""
        if folder == "polity":
            known = Known("party", id_, id_, rank=rank)
        elif iri in governments and not id_.startswith("government-of-"):
            # One of several governments of a polity is recognised separately.
            known = Known("party", id_, id_, rank=rank + 8)
            for called in _called_after(bare, id_):
                add(called, known)
        elif folder == "organisation":
            known = Known(
                "body" if iri in bodies else "party",
                id_,
                party if iri in bodies else id_,
                rank=rank,
                parties=parties,
            )
        else:
            known = Known(folder, id_, offices.get(id_, ("", ""))[1] if folder == "person" else party,
                          offices.get(id_, ("", ""))[0], rank)  # fmt: skip
        add(bare, known)
    _capitals(names.store, add)
    for name, party in words.media.items():
        sequence = tuple(_key(one.text) for one in tokenize(name))
        agency = next((one.id for one in entries[sequence] if one.kind == "body"), "")
        entries[sequence] = [Known("medium", agency, party)]
    for name, party in words.names.items():
        sequence = tuple(_key(one.text) for one in tokenize(name))
        entries[sequence] = [Known("party" if party else "place", party, party)]
    for name, (party, office) in words.leaders.items():
        add(name, Known("person", "", party, office))
    for demonym, party in words.demonyms.items():
        sequence = tuple(_key(one.text) for one in tokenize(demonym))
        entries[sequence] = [Known("demonym", party, party)]
    for sequence in sorted(entries, key=len, reverse=True):
        found.by_first.setdefault(sequence[0], []).append((sequence, entries[sequence]))
    found.ends = _days(names.store, "ended", last=True) | _days(names.store, "until", last=True)
    found.begins = _days(names.store, "since", last=False)
    return found


def _called_after(name: str, id_: str) -> list[str]:
    """Return the name of a government after the man named in its identifier: "Lobo's government"."""
    first, *rest = name.removeprefix("Government of ").split() if name.startswith("Government of ") else [""]
    surname = next((word for word in rest if _key(word).casefold() in id_.split("-")), "")
    if not surname or first.islower() or first in ("Democratic", "National", "South"):
        return []
    return [f"{surname}'s government", f"{surname} government", f"Government of {first} {surname}"]


def _capitals(store: ox.Store, add: object) -> None:
    """Add the capital of each existing polity as a name of its government."""
    for quad in store.quads_for_pattern(None, ox.NamedNode(CO + "capital"), None, _DEFAULT):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal):
            party = identifier(quad.subject)
            add(quad.object.value, Known("capital", party, party, rank=8))  # type: ignore[operator]


def _belongs(store: ox.Store) -> dict[str, tuple[str, ...]]:
    """Return the parties of each body."""
    found: dict[str, tuple[str, ...]] = {}
    for quad in store.quads_for_pattern(None, ox.NamedNode(CO + "bodyOf"), None, _DEFAULT):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
            of = (*found.get(quad.subject.value, ()), identifier(quad.object))
            found[quad.subject.value] = tuple(sorted(of))
    return found


def _offices(store: ox.Store) -> dict[str, tuple[str, str]]:
    """Return the last office of each person, and its party."""
    found: dict[str, tuple[str, str]] = {}
    for holding in store.quads_for_pattern(None, ox.NamedNode(CO + "holder"), None, _DEFAULT):
        said = {
            quad.predicate.value.removeprefix(CO): quad.object
            for quad in store.quads_for_pattern(holding.subject, None, None, _DEFAULT)
        }
        of, title = said.get("officeOf"), said.get("officeTitle")
        if (
            isinstance(of, ox.NamedNode)
            and isinstance(title, ox.Literal)
            and of.value.startswith(BASE + "polity/")
        ):
            found[identifier(holding.object)] = (title.value, identifier(of))  # type: ignore[arg-type]
    return found


def _days(store: ox.Store, name: str, last: bool) -> dict[str, dt.date]:
    """Return the last, or the first, possible day of a date of each party.

    A state may be re-established, so only the beginning of a government, not of a state, shows since when it has had
    its name.

    :param name: ``ended`` of a polity, ``since`` or ``until`` of a government.
    """
    found: dict[str, dt.date] = {}
    for quad in store.quads_for_pattern(None, ox.NamedNode(CO + name), None, _DEFAULT):
        subject, value = quad.subject, quad.object
        if not (isinstance(subject, ox.NamedNode) and isinstance(value, ox.Literal)):
            continue
        if subject.value.startswith((BASE + "polity/", BASE + "organisation/")):
            with suppress(DateError):
                found[identifier(subject)] = bounds(value.value)[last]
    return found
