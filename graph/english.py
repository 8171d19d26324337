"""English names and sentences: the article, the filing order and the capital."""

import re

#: Names that take the article although they contain none of :data:`_KINDS`.
_ALWAYS = frozenset(("Bahamas", "Comoros", "Gambia", "Holy See", "Maldives", "Netherlands", "Philippines"))
#: Common nouns in names: a name that ends with one, or in which *of* follows one, takes the article.
_KINDS = (
    "Administration|Agency|Alliance|Archipelago|Army|Assembly|Association|Authority|Bank|Caliphate|Coalition|Command|Commission|Committee|Commonwealth"
    "|Community|Confederacy|Confederation|Conference|Congress|Cooperation|Council|Court|Duchy|Emirate|Emirates|Empire"
    "|Federation|Forum|Front|Fund|Government|Group|Heights|Islands|Jamahiriya|Kingdom|Kingdoms|League|Mandate|Ministry|Monarchy|Movement"
    "|Nations|Oblast|Order|Organisation|Organization|Palatinate|Parliament|Presidency|Principality|Protectorate|Province|Publisher|Region|Regency|Reich"
    "|Representation|Republic|Republics|Secretariat|Senate|SSR|State|States|Sultanate|Territory|Territories|Tribunal|Union|Zone"
)
_LAST = re.compile(rf"(?:^|[ -])(?:{_KINDS})(?: \([^)]*\))?$", re.IGNORECASE)
_FIRST = re.compile(rf"^(?:[\w’'-]+ ){{0,4}}(?:{_KINDS}) (?:of|for|in|on)\b", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:the|a|an) ", re.IGNORECASE)


def with_article(name: str) -> str:
    """Return a name in the form used within a sentence: with *the* if English requires the article.

    >>> with_article("United States"), with_article("Republic of Cyprus"), with_article("France")
    ('the United States', 'the Republic of Cyprus', 'France')
    """
    if _ARTICLE.match(name):
        return name[:1].lower() + name[1:]
    return f"the {name}" if name in _ALWAYS or _LAST.search(name) or _FIRST.match(name) else name


def possessive(name: str) -> str:
    """Return a name in the possessive.

    >>> possessive("France"), possessive("the United States")
    ("France's", "the United States'")
    """
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def filing_name(name: str) -> str:
    """Return the form by which an alphabetical list sorts a name: without the article, in lower case.

    >>> filing_name("The United States recognises Israel")
    'united states recognises israel'
    """
    return _ARTICLE.sub("", name).casefold()


def capital(sentence: str) -> str:
    """Return a sentence with its first letter as a capital; a path at its beginning stays as it is.

    >>> capital("the United States is a polity"), capital("act/recognition/a/b is a recognition")
    ('The United States is a polity', 'act/recognition/a/b is a recognition')
    """
    return sentence if "/" in sentence.partition(" ")[0] else sentence[:1].upper() + sentence[1:]
