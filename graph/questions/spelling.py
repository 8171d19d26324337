"""Spellings of names: compared without case, accents and punctuation, abbreviated, reordered, or in other languages.

The names of states in further languages are those of Unicode's CLDR. Babel takes a second or two to read all its
languages, so ``make assets`` writes them into one file beside this module. Without that file they are read from Babel
when a name is first looked up in another language; without Babel, which is optional, there are none.
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path

from rapidfuzz import fuzz, process

#: The minimum similarity of two names in per cent (rapidfuzz's ``ratio``).
_LIKENESS = 78
#: The score from which a name begins with the text.
BEGUN = 1.8
#: Insignificant words of names, and common abbreviations of others.
_INSIGNIFICANT = frozenset(("the", "of", "and", "for"))
_ABBREVIATIONS = {
    long: short
    for short, words in {
        "rep": "republic",
        "dem": "democratic democr",
        "fed": "federal federated federation",
        "peoples": "people ppl",
        "soc": "socialist",
        "st": "saint sainte ste",
        "sts": "states",
        "isl": "islands island is",
        "eq": "equatorial",
        "cent": "central",
        "utd": "united",
        "n": "north northern new",
        "s": "south southern",
        "e": "east eastern",
        "w": "west western",
    }.items()
    for long in words.split()
}
_INITIALS = {
    "pr": "peoples rep",
    "dr": "dem rep",
    "dpr": "dem peoples rep",
    "pdr": "dem peoples rep",
    "fyr": "former yugoslav rep",
    "ar": "arab rep",
    "rb": "bolivarian rep",
}
_TERRITORIES = Path(__file__).parent / "territories.json"


def fold(text: str) -> str:
    """Return a text without case, accents and punctuation, for comparison.

    >>> fold("  Côte d’Ivoire! ")
    'cote divoire'
    """
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^\w]+", " ", plain.replace("'", "").replace("’", "")).replace("_", " ").strip()


def words_of(folded: str) -> str:
    """Return the words of a folded name, normalised for abbreviation and order, without insignificant ones.

    >>> words_of(fold("Korea, Dem. People’s Rep.")) == words_of(fold("Democratic People's Republic of Korea"))
    True
    >>> words_of(fold("D.R. Congo"))
    'congo dem rep'
    """
    joined = re.sub(r"\b\w(?: \w\b)+", lambda letters: letters[0].replace(" ", ""), folded)
    words = [_ABBREVIATIONS.get(word, word) for word in joined.split() if word not in _INSIGNIFICANT]
    if len(words) > 1:
        words = " ".join(_INITIALS.get(word, word) for word in words).split()
    return " ".join(sorted(words))


def alternatives(text: str) -> list[str]:
    """Return the alternative names in a text, such as ``Burma/Myanmar`` or ``Iran (Persia)``."""
    return [part.strip() for part in re.split(r"[/()\[\];=]", text) if fold(part)]


@cache
def territories() -> list[str]:
    """Return sorted lines of folded name, name and ISO 3166-1 alpha-2 code of territories, separated by tabs."""
    listed = json.loads(_TERRITORIES.read_text("utf-8")) if _TERRITORIES.is_file() else _read_territories()
    return ["\t".join(names) for names in listed]


def write_territories() -> None:
    """Write the names of territories to the file that :func:`territories` prefers."""
    _TERRITORIES.write_text(json.dumps(_read_territories(), ensure_ascii=False), "utf-8")


def _read_territories() -> list[list[str]]:
    """Return the names from Babel, one locale per language; none without Babel."""
    try:
        from babel import Locale
        from babel.localedata import locale_identifiers
    except ImportError:
        return []
    named = {
        (name, code)
        for language in locale_identifiers()
        if "_" not in language
        for code, name in Locale.parse(language).territories.items()
        if len(code) == 2
    }
    return sorted([fold(name), name, code] for name, code in named)


def scores(wanted: str, folded: list[str]) -> dict[int, float]:
    """Return the scores of the names for a text, by position; those that do not match are omitted."""
    found = {
        place: likeness / 100
        for scorer in (fuzz.token_sort_ratio, fuzz.ratio)
        for _, likeness, place in process.extract(
            wanted, folded, scorer=scorer, processor=None, score_cutoff=_LIKENESS, limit=None
        )
    }
    for place, name in enumerate(folded):
        if wanted in name:
            share = len(wanted) / len(name)
            if name == wanted:
                found[place] = 3.0
            elif name.startswith(wanted + " "):
                found[place] = 2.0 + share
            elif name.startswith(wanted):
                found[place] = BEGUN + share / 5
            elif f" {wanted} " in f"{name} ":
                found[place] = 2.0 + share / 4
            elif f" {wanted}" in name:
                found[place] = 1.5 + share / 2
            elif len(wanted) > 3:
                found[place] = 1.0 + share / 2
    return found
