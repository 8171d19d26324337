"""What the gate makes of a change: an outcome that can be written, or a refusal."""

from dataclasses import dataclass, field

import pyoxigraph as ox

from comity.changes.delta import Delta
from comity.errors import Problem, RefusedError
from comity.validation.inspection import Finding, Known

Origin = dict[ox.NamedNode, tuple[str, int]]


class GateError(RefusedError):
    """The gate refused a change; besides the problems in words it carries what the shapes found."""

    def __init__(self, problems: list[Problem], findings: list[Finding]) -> None:
        super().__init__(problems)
        self.findings = findings


@dataclass(frozen=True)
class Outcome:
    """What an accepted change makes of the store: the facts it changes, and all quads that come and go."""

    delta: Delta
    added: frozenset[ox.Quad]
    removed: frozenset[ox.Quad]
    warnings: list[Problem] = field(default_factory=list)
    opened: frozenset[ox.Triple] = frozenset()
    closed: frozenset[ox.Triple] = frozenset()
    known: Known = field(default_factory=dict)
