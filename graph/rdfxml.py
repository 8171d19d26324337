"""What RDF/XML has to be before it is parsed: whole, which Oxigraph does not notice, and without a DOCTYPE."""

from xml.parsers import expat


class DoctypeError(ValueError):
    """The document has a DOCTYPE, whose entities can blow up."""


def check(document: bytes) -> None:
    """Check that a document is well-formed XML to its end.

    :raises DoctypeError: where it has a DOCTYPE, wherever that stands.
    :raises SyntaxError: where it is not well-formed, such as one that was cut.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        words = expat.errors.messages[error.code]
        raise SyntaxError(words, (None, error.lineno, error.offset + 1, None)) from None


def _refuse(*_: object) -> None:
    raise DoctypeError("it has a DOCTYPE, whose entities can blow up; write IRIs in full and leave it out")
