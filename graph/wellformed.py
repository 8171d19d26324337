"""What every format can represent: RDF 1.1 triples, texts that survive a round trip through XML 1.0, and real dates.

Writes that violate this are refused; computed query results are adapted to the format they are sent in.
"""

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

import pyoxigraph as ox

from comity.edtf import bounds, check_orderable
from comity.errors import DateError, Problem
from comity.iris import BASE, CO, RDF, XSD

#: Characters that XML 1.0, and so workbooks and RDF/XML, cannot represent.
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNWRITABLE_BYTES = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_XMLNS = "http://www.w3.org/2000/xmlns/"
_LOCAL_NAME = re.compile(r"[^\W\d][\w.\-·]*\Z")
_INTEGER = re.compile(r"[+-]?\d+\Z", re.ASCII)
_FLOAT = re.compile(r"(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|-?INF|NaN)\Z", re.ASCII)
#: The lexical forms of the datatypes whose values are compared and counted.
_LEXICAL = {
    "integer": _INTEGER,
    "nonNegativeInteger": re.compile(r"\+?\d+\Z", re.ASCII),
    "decimal": re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)\Z", re.ASCII),
    "double": _FLOAT,
    "float": _FLOAT,
    "boolean": re.compile(r"(?:true|false|1|0)\Z"),
    "date": re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII),
}
_LEXICAL |= dict.fromkeys(("int", "long", "short", "byte"), _INTEGER)
#: The largest xsd:decimal that the engine computes with; it writes larger ones differently in each format.
_LARGEST_DECIMAL = (2**127 - 1) // 10**18
#: Properties whose values are EDTF dates.
_DATES = frozenset(
    CO + name
    for name in (
        *("edtf", "since", "until", "established", "ended", "founded", "unMemberSince", "attestedOn"),
        *("handedOn", "published", "publishedOn", "accessed", "saidOn", "claimedDate"),
    )
)
#: The first parts of the IRIs that are answered under our namespace; no other is taken for a subject.
KINDS = frozenset(
    (
        *(
            "act",
            "claim",
            "coverage",
            "dispute",
            "document",
            "evidence",
            "graph",
            "membership",
            "name",
            "office",
        ),
        *("ontology", "organisation", "period", "person", "place", "policy", "polity", "rivalry", "source"),
        *("shapes", "statement", "status", "succession", "total"),
    )
)
_KIND = re.compile(r"[a-z]*")
_PARTIES = (BASE + "polity/", BASE + "organisation/")
_PARTY = re.compile(r"[a-z]+/[a-z0-9]+(?:-[a-z0-9]+)*")
_THING = re.compile(r"(?:[\w.~:+,/#-]|%[0-9A-F]{2})*", re.ASCII)
_RESERVED = {
    RDF + name for name in ("RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "li")
}
_RESERVED |= {RDF + name for name in ("Description", "aboutEach", "aboutEachPrefix", "bagID")}


def unwritable(text: str) -> tuple[str, str] | None:
    """Return why XML cannot represent a text, with the cure; None if it can."""
    character = UNWRITABLE.search(text)
    if character is None:
        return None
    code = f"U+{ord(character[0]):04X}"
    return f"the text contains the character {code}, which XML cannot hold.", f"Leave {code} out."


def is_xml_property(predicate: ox.NamedNode) -> bool:
    """Return whether RDF/XML can write a property: its IRI ends in a name and is not a keyword of the syntax."""
    iri = predicate.value
    return bool(_LOCAL_NAME.search(iri)) and iri not in _RESERVED and not iri.startswith(_XMLNS)


def faults(quads: Iterable[ox.Quad]) -> list[Problem]:
    """Return what some formats could not represent in quads to be written, with cures."""
    return [
        Problem("the change", None, None, f"<{_shown(quad)}>: {fault[0]}", fault[1])
        for quad in quads
        if (fault := _fault(quad))
    ]


def _shown(quad: ox.Quad) -> str:
    return f"{getattr(quad.subject, 'value', '')}> <{quad.predicate.value}"


def _has_valid_path(iri: str) -> bool:
    """Return whether an IRI is foreign, or its path has only characters that are safe in links and file names."""
    if not iri.startswith(BASE):
        return True
    pattern = _PARTY if iri.startswith(_PARTIES) else _THING
    return bool(pattern.fullmatch(iri, len(BASE)))


def _is_answered(iri: str) -> bool:
    """Return whether an IRI is foreign or of a kind that has an address."""
    kind = _KIND.match(iri, len(BASE))
    return not iri.startswith(BASE) or (kind is not None and kind[0] in KINDS)


def _fault(quad: ox.Quad) -> tuple[str, str] | None:
    value = quad.object
    if isinstance(quad.subject, ox.NamedNode) and not _has_valid_path(quad.subject.value):
        cure = "Use small letters, digits and hyphens in ids, as in polity/north-macedonia."
        return "the IRI of an entity has characters that are not allowed in it.", cure
    if isinstance(quad.subject, ox.NamedNode) and not _is_answered(quad.subject.value):
        cure = "Use one of the kinds in use, such as polity/, source/ or document/, or an IRI of your own."
        return f"there is no such kind of entity under {BASE}.", cure
    if isinstance(value, ox.Triple):
        return "a triple term cannot be stored.", "Name the statement by an IRI, as acts and evidence are."
    if isinstance(value, ox.Literal):
        if value.direction is not None:
            return "a text with a base direction cannot be stored.", "Write the language alone, as in @ar."
        if fault := unwritable(value.value) or _ill_typed(value.value, value.datatype.value):
            return fault
        if quad.predicate.value in _DATES and (
            error := _date_error(value.value, quad.predicate.value == CO + "edtf")
        ):
            cure = "Write the date in EDTF, no finer than the source has it: 2022-07-13, 2022-07, 1991~."
            return error, cure
    if not is_xml_property(quad.predicate):
        cure = "Use a property whose IRI ends in a name, such as skos:note."
        return "RDF/XML cannot write this property.", cure
    return None


@lru_cache(maxsize=4096)
def _date_error(text: str, ordered: bool) -> str:
    """Return why a text is not a date that the graph can store and sort; empty if it is one."""
    try:
        (check_orderable if ordered else bounds)(text)
    except DateError as error:
        return str(error)
    return ""


@lru_cache(maxsize=4096)
def _ill_typed(text: str, datatype: str) -> tuple[str, str] | None:
    """Return why a lexical form is not valid for its datatype, with the cure; None if it is valid."""
    form = _LEXICAL.get(datatype.removeprefix(XSD))
    valid = form is None or bool(form.match(text))
    if valid and datatype == XSD + "date":
        try:
            dt.date.fromisoformat(text)
        except ValueError:
            valid = False
    if valid and datatype == XSD + "decimal" and abs(Decimal(text)) > _LARGEST_DECIMAL:
        return (
            f"'{text[:60]}' is too large for an xsd:decimal.",
            "Write it as an xsd:double or as plain text.",
        )
    if valid:
        return None
    cure = "Correct it, or write it as plain text."
    if datatype == XSD + "date":
        cure = "Write a day as in 2022-07-14, of a year from 1 to 9999 and without a time zone."
    return f"'{text[:60]}' is not a valid xsd:{datatype.removeprefix(XSD)}.", cure


def xml(data: bytes) -> bytes:
    """Return the engine's XML with U+FFFD for invalid characters, and character references for carriage returns."""
    return _UNWRITABLE_BYTES.sub("\ufffd".encode(), data).replace(b"\r", b"&#13;")
