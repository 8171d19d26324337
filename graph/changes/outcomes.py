"""What validation makes of a change: an outcome that can be written; a refusal is a ValidationError."""

from dataclasses import dataclass, field

import pyoxigraph as ox

from comity.changes.delta import Delta
from comity.errors import Problem


@dataclass(frozen=True)
class Outcome:
    """What an accepted change makes of the store: the facts it changes, and all quads that come and go."""

    delta: Delta
    added: frozenset[ox.Quad]
    removed: frozenset[ox.Quad]
    warnings: list[Problem] = field(default_factory=list)
    opened: frozenset[ox.Triple] = frozenset()
    closed: frozenset[ox.Triple] = frozenset()
