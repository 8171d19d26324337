"""The records of the change log: accepted changes, proposals, reports and decisions."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pyoxigraph as ox


class NQuads:
    """Quads together with their N-Quads text; whichever is not given is computed once, when first needed."""

    def __init__(self, text: str = "") -> None:
        """Create from the text, one quad per line."""
        self.text = text

    @classmethod
    def of(cls, quads: Iterable[ox.Quad]) -> "NQuads":
        """Return quads with their text, sorted by line."""
        lines = {f"{quad} .": quad for quad in quads}
        ordered = sorted(lines)
        text = cls.of_lines(ordered)
        text.quads = tuple(lines[line] for line in ordered)
        return text

    @classmethod
    def of_lines(cls, lines: Iterable[str]) -> "NQuads":
        """Return the quads of these lines."""
        return cls("".join(f"{line}\n" for line in lines))

    @cached_property
    def quads(self) -> tuple[ox.Quad, ...]:
        """The quads, in the order of the text."""
        return tuple(ox.parse(self.text.encode(), format=ox.RdfFormat.N_QUADS)) if self.text else ()

    @property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.split("\n")[:-1]  # splitlines() would also split at U+2028 inside a literal.

    def __len__(self) -> int:
        return self.text.count("\n")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NQuads) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"NQuads({self.text!r})"


@dataclass(frozen=True)
class Record:
    """An accepted change: who made it, when, through which channel and why, and what it added and removed.

    ``kind`` is ``change`` for one that a rebuild reapplies, ``build`` for what a rebuild itself changed,
    ``proposal``, ``report`` and ``decision`` for the review queue. ``number`` and ``digest`` are assigned by the log.
    """

    kind: str
    agent: str
    channel: str
    reason: str
    added: NQuads = field(default_factory=NQuads)
    removed: NQuads = field(default_factory=NQuads)
    extra: dict[str, Any] = field(default_factory=dict)
    time: str = ""
    number: int = 0
    digest: str = ""

    def content_after(self, before: str) -> str:
        """Return the digest of a graph's content after this record, given the digest of its content before."""
        return hashlib.sha256(f"{before}\n{self.removed.text}\n{self.added.text}".encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Return the record as plain values, under the names used by the log's first format."""
        return {
            "number": self.number,
            "kind": self.kind,
            "time": self.time,
            "agent": self.agent,
            "way": self.channel,
            "reason": self.reason,
            "added": self.added.lines,
            "removed": self.removed.lines,
            "more": self.extra,
            "digest": self.digest,
        }

    def sealed(self, before: str) -> "Record":
        """Return the record with its digest, which covers the digest ``before`` it."""
        plain = {name: value for name, value in self.as_json().items() if name != "digest"}
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
        return replace(self, digest=hashlib.sha256(f"{before}\n{text}".encode()).hexdigest())
