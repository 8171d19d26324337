"""Checks of a text before reading: that it is text, its length, and whether it is English."""

import re

from comity.errors import ComityError
from comity.reading.lexicon import word_list

#: The maximum length of a text in characters: about sixty printed pages.
MOST_LETTERS = 200_000
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = word_list("English")
#: The least share of such words in an English text of some length, and from how many words on this is asked.
_LEAST_SHARE, _SOME_WORDS = 0.15, 12


class UnreadableError(ComityError):
    """A text cannot be read: it is empty, too long, not text, or markup."""


def as_text(data: bytes) -> str:
    """Return a file or a body as text.

    :raises UnreadableError: if it is not UTF-8, or is rejected by :func:`checked`.
    """
    try:
        return checked(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        message = f"This is not a text in UTF-8 (byte {error.start + 1} does not fit). Save it as plain text in UTF-8."
        raise UnreadableError(message) from None


def checked(text: str) -> str:
    """Return a text that can be read, with Unix line endings.

    :raises UnreadableError: if it is empty, too long, binary or markup.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise UnreadableError("There is no text. Paste the report, or name a file that holds it.")
    if len(text) > MOST_LETTERS:
        message = f"The text has {len(text):,} letters, and at most {MOST_LETTERS:,} are read at once."
        raise UnreadableError(f"{message} Send it in parts.")
    strange = sum(letter < " " and letter not in "\n\t\f" for letter in text)
    if "\0" in text or strange > len(text) / 100:
        raise UnreadableError("This is a binary file, not a text. Save the report as plain text.")
    tags = _TAG.findall(text)
    if (
        len(tags) > 3
        or text.lstrip()[:9].lower() in ("<!doctype", "<?xml ver")
        or re.match(r"\s*<html", text, re.I)
    ):
        message = "This is markup, not a text: nothing of it was interpreted."
        raise UnreadableError(f"{message} Copy the words of the report, without the tags.")
    return text


def is_english(text: str) -> bool:
    """Return whether a text seems to be English; short texts are assumed to be."""
    words = [word.casefold() for word in _WORD.findall(text[:20_000])]
    return len(words) < _SOME_WORDS or sum(word in _ENGLISH for word in words) / len(words) >= _LEAST_SHARE
