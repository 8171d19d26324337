"""Ends a result early so that it is still well formed and says that it was cut off."""

import json
import re

_LINE = re.compile(rb"\n")
#: Where a piece of each format may be cut: behind a whole row or statement. Quotes inside literals are
#: escaped in JSON and tags in XML, so these marks are never part of a value.
_ENDS = {
    "json": re.compile(rb'\}\}(?=,\{")'),
    "xml": re.compile(rb"</result>"),
    "tsv": _LINE,
    "csv": _LINE,
    "ntriples": _LINE,
    "nquads": _LINE,
    "turtle": re.compile(rb" \.\n"),
    "trig": re.compile(rb" \.\n|\}\n"),
    "rdfxml": re.compile(rb"</rdf:Description>\n?"),
    "jsonld": re.compile(rb'\}\](?:\})(?=,\{"@id")'),
}
#: What precedes the first row.
_STARTS = {
    "json": re.compile(rb'"bindings":\['),
    "xml": re.compile(rb"<results>"),
    "rdfxml": re.compile(rb"<rdf:RDF[^>]*>\n?"),
    "jsonld": re.compile(rb"^\["),
}


class Cutter:
    """Passes a result on, holding back the row that is not yet whole."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._end = _ENDS.get(name)
        self._held = b""
        self._begun = False
        self._depth = 0

    def feed(self, data: bytes) -> bytes:
        """What can be sent without starting a row that might not be finished."""
        if self._end is None:
            return data
        data = self._held + data
        cut = self._last_end_of_csv(data) if self._name == "csv" else self._last_end(data)
        self._held = data[cut:]
        passed = data[:cut]
        self._begun = self._begun or bool(passed)
        self._watch(passed)
        return passed

    def _last_end(self, data: bytes) -> int:
        last = 0
        for match in self._end.finditer(data) if self._end else ():
            last = match.end()
        return last

    @staticmethod
    def _last_end_of_csv(data: bytes) -> int:
        """Behind the last line end that has an even number of quotes before it."""
        quotes, end = data.count(b'"'), len(data)
        while (found := data.rfind(b"\n", 0, end)) >= 0:
            quotes -= data.count(b'"', found, end)
            if quotes % 2 == 0:
                return found + 1
            end = found
        return 0

    def _watch(self, passed: bytes) -> None:
        if self._name == "trig":
            self._depth += passed.count(b" {\n") - len(re.findall(rb"^\}\n", passed, re.MULTILINE))
        elif self._name == "jsonld":
            self._depth += passed.count(b'"@graph":[') - passed.count(b"}]}]}")

    def rest(self) -> bytes:
        """What was held back, for a result that came to its own end."""
        held, self._held = self._held, b""
        return held

    def close(self, reason: str) -> bytes:
        """The end of a result that was cut off, with a remark that says why."""
        return self._opening() + self._closing(reason)

    def _opening(self) -> bytes:
        """What must stand before the first row, where not even that one was whole."""
        held, self._held = self._held, b""
        start = _STARTS.get(self._name)
        match = start.search(held) if start and not self._begun else None
        return held[: match.end()] if match else b""

    def _closing(self, reason: str) -> bytes:
        remark = f"cut off here: {reason}"
        if self._name == "json":
            return b']},"truncated":' + json.dumps({"reason": reason}).encode() + b"}"
        if self._name == "xml":
            return f"</results><!-- {remark.replace('--', '- -')} --></sparql>".encode()
        if self._name == "rdfxml":
            return f"<!-- {remark.replace('--', '- -')} -->\n</rdf:RDF>".encode()
        if self._name == "jsonld":
            note = json.dumps({"http://www.w3.org/2000/01/rdf-schema#comment": [{"@value": remark}]})
            return b"]}" * (self._depth > 0) + b"," * self._begun + note.encode() + b"]"
        closing = "}\n" * (self._depth > 0)
        return f"{closing}# {remark}\n".encode()
