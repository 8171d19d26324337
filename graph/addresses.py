"""Addresses that may become links: those of the web only, since a browser might execute other schemes."""

import re
from urllib.parse import urlsplit

_WEB = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
#: Characters that an address must not contain unencoded (RFC 3986).
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>\"{}|\\^`\[\]\ud800-\udfff]")


def web_address(text: str) -> str:
    """Return an http or https address in a form safe for links; empty for anything else.

    Characters not allowed in an address are percent-encoded.
    """
    if not _WEB.match(text):
        return ""
    try:
        host = urlsplit(text).netloc
    except ValueError:  # The brackets of the host do not match.
        return ""
    head = text.partition("://")[0] + "://" + host
    return _encoded(head, "[]") + _encoded(text[len(head) :])


def _encoded(text: str, but: str = "") -> str:
    return _UNSAFE.sub(lambda found: found[0] if found[0] in but else _percent(found[0]), text)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
