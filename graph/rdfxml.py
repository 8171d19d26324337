"""Checks of RDF/XML before parsing: it must be complete, which Oxigraph does not check, and have no DOCTYPE."""

from xml.parsers import expat


class DoctypeError(ValueError):
    """The document has a DOCTYPE, whose entities may expand exponentially."""


def check(document: bytes) -> None:
    """Check that a document is well-formed XML to its end.

    :raises DoctypeError: if it has a DOCTYPE anywhere.
    :raises SyntaxError: if it is not well-formed, for example truncated.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        message = expat.errors.messages[error.code]
        raise SyntaxError(message, (None, error.lineno, error.offset + 1, None)) from None


def _refuse(*_: object) -> None:
    raise DoctypeError("it has a DOCTYPE, whose entities can blow up; write IRIs in full and leave it out")
