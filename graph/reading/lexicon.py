"""The vocabulary of diplomacy: verbs and nouns of acts, reporting and mood, offices, media, demonyms and names.

It is maintained by curators in the tables of the folder ``lexicon``; this module inflects the verbs and indexes the
tables.
"""

import csv
import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "lexicon"
#: Forms of a verb: the base, the third person, the past, the participle, the gerund.
BASE, THIRD, PAST, PARTICIPLE, GERUND = "base", "third", "past", "participle", "gerund"
_VOWELS = "aeiou"


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of the lexicon."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _many(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


@cache
def _lists() -> dict[str, frozenset[str]]:
    return {row["list"]: frozenset(_many(row["words"])) for row in rows("lists")}


def word_list(name: str) -> frozenset[str]:
    """Return the words of one list of the table of lists.

    :raises KeyError: if the table has no list of that name.
    """
    return _lists()[name]


_DOUBLED = word_list("doubled")


@dataclass(frozen=True)
class Frame:
    """How a verb expresses an act: with a noun and a preposition before the other party, or with neither."""

    kind: str
    particle: str
    nouns: tuple[str, ...]
    prepositions: tuple[str, ...]
    opposite: str = ""
    opposite_preposition: str = ""
    #: Whether the party after the preposition is the one that acted: "won recognition from".
    reversed: bool = False


@dataclass(frozen=True)
class Nominal:
    """How a noun expresses an act, such as a recognition, or the severing of relations."""

    kind: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Office:
    """An office or an organ, and whether its acts are those of its party."""

    name: str
    binds: bool
    #: The only party that has an office of this name.
    party: str


@dataclass
class Lexicon:
    """All tables, indexed by the words as they occur in a text, in lower case."""

    #: (verb, form) by word.
    forms: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    frames: dict[str, list[Frame]] = field(default_factory=dict)
    nominals: dict[str, list[Nominal]] = field(default_factory=dict)
    moods: dict[str, str] = field(default_factory=dict)
    reporting: dict[str, str] = field(default_factory=dict)
    #: Verbs that report only before "that": one may also recall an ambassador.
    only_before: dict[str, str] = field(default_factory=dict)
    #: Verbs whose subject performs the act in a following noun or gerund, with the effect: decides or joins.
    governing: dict[str, str] = field(default_factory=dict)
    offices: dict[str, Office] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    demonyms: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    #: The party and the office that the names of well-known leaders stand for.
    leaders: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: Parties that are recognised more often than they recognise.
    contested: set[str] = field(default_factory=set)
    #: For each party, the others that had its name and their last day, earliest first.
    earlier: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def lemmas(self, word: str) -> list[str]:
        """Return the verbs that a word is a form of."""
        return [verb for verb, _ in self.forms.get(word, ())]

    def governs(self, word: str, effect: str) -> bool:
        """Return whether a word is a form of a verb that governs a noun or a gerund with an effect."""
        return any(self.governing.get(verb) == effect for verb in self.lemmas(word))

    def on(self, party: str, day: dt.date | None) -> str:
        """Return the party that had a party's name on a day: in 1917, the German Empire that of Germany."""
        if day is None:
            return party
        return next(
            (other for until, other in self.earlier.get(party, ()) if day.isoformat() <= until), party
        )

    def mood(self, word: str) -> str:
        """Return the mood a word gives to an act it governs: done, planned, demanded and so on; or nothing."""
        singular = word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
        for base in (word, *self.lemmas(word), singular):
            if base in self.moods:
                return self.moods[base]
        return ""


@cache
def lexicon() -> Lexicon:
    """Return the lexicon read from its tables."""
    found = Lexicon()
    irregular = {row["verb"]: (row["past"], row["participle"]) for row in rows("irregular")}
    for verb in irregular:
        _inflect(found, verb, irregular)
    for row in rows("acts"):
        frame = Frame(row["kind"], "", _many(row["nouns"]), _many(row["prepositions"]),
                      row["opposite"], row["opposite_preposition"], bool(row["reversed"]))  # fmt: skip
        for words in _many(row["verbs"]):
            verb, _, particle = words.partition(" ")
            _inflect(found, verb, irregular)
            one = Frame(**{**frame.__dict__, "particle": particle})
            found.frames.setdefault(verb, []).append(one)
    for row in rows("nouns"):
        for noun in _many(row["noun"]):
            found.nominals.setdefault(noun, []).append(Nominal(row["kind"], _many(row["of"])))
    for row in rows("moods"):
        found.moods[row["word"]] = row["effect"]
        _inflect(found, row["word"].partition(" ")[0], irregular)
    for row in rows("reporting"):
        found.reporting[row["verb"]] = row["kind"]
        if row["only_before"]:
            found.only_before[row["verb"]] = row["only_before"]
        _inflect(found, row["verb"].partition(" ")[0], irregular)
    for row in rows("offices"):
        for words in _many(row["words"]):
            found.offices[words] = Office(row["office"], row["binds"] == "yes", row["party"])
    found.media = {row["name"]: row["party"] for row in rows("media")}
    found.demonyms = {word: row["party"] for row in rows("demonyms") for word in _many(row["demonyms"])}
    for row in rows("governing"):
        found.governing[row["verb"]] = row["effect"]
        _inflect(found, row["verb"], irregular)
    found.contested = {row["party"] for row in rows("contested")}
    for row in rows("earlier"):
        found.earlier.setdefault(row["party"], []).append((row["until"], row["earlier"]))
    found.leaders = {
        name: (row["party"], row["office"]) for row in rows("leaders") for name in _many(row["names"])
    }
    found.names = {row["name"]: row["party"] for row in rows("names")}
    return found


def _inflect(found: Lexicon, verb: str, irregular: dict[str, tuple[str, str]]) -> None:
    """Add the forms of a verb."""
    if any(entry == (verb, BASE) for entry in found.forms.get(verb, ())):
        return
    stem = verb[:-1] if verb.endswith("e") else verb
    if verb in _DOUBLED:
        stem += stem[-1]
    consonant_y = verb.endswith("y") and verb[-2] not in _VOWELS
    third = (
        verb[:-1] + "ies"
        if consonant_y
        else verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "o")) else "s")
    )
    regular = verb[:-1] + "ied" if consonant_y else stem + "ed"
    past, participle = irregular.get(verb, (regular, regular))
    for word, form in (
        (verb, BASE),
        (third, THIRD),
        (past, PAST),
        (participle, PARTICIPLE),
        (stem + "ing", GERUND),
    ):
        entries = found.forms.setdefault(word, [])
        if (verb, form) not in entries:
            entries.append((verb, form))
